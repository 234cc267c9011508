#include "model/vary_priv.h"

#include "base/banned.h"

/* The shortest note that is made. */
#define SHORTEST (VARY_TICKS / 8)

/* The notes that begin together with note i: from *ret_first, the number. The last of them is the highest. */
static size_t chord_of(const struct vary_line *l, size_t i, size_t *ret_first)
{
	size_t first = i, end = i + 1;
	while (first > 0 && l->v[first - 1].at == l->v[i].at)
		first--;
	while (end < l->n && l->v[end].at == l->v[i].at)
		end++;
	*ret_first = first;
	return end - first;
}

/* Of a chord only the highest note is the line. */
static bool is_line(const struct vary_line *l, size_t i)
{
	return i + 1 == l->n || l->v[i + 1].at > l->v[i].at;
}

/* The next note of the line after one of it that is not the last. */
static size_t next_in_line(const struct vary_line *l, size_t i)
{
	size_t first;
	return i + chord_of(l, i + 1, &first);
}

static bool is_alone(const struct vary_line *l, size_t i)
{
	return is_line(l, i) && (i == 0 || l->v[i - 1].at < l->v[i].at);
}

/* How long it is until the next note of a line, its own length for the last. */
static int64_t until_next(const struct vary_line *l, size_t i)
{
	return i + 1 < l->n && l->v[i + 1].at > l->v[i].at ? l->v[i + 1].at - l->v[i].at : l->v[i].length;
}

/* Two notes that share a beat or part of one: the first is on the pair's grid, and they stand in one bar. */
static bool is_pair(const struct vary *v, const struct vary_line *l, size_t i, int64_t *ret_first, int64_t *ret_second)
{
	if (i + 1 >= l->n || !is_alone(l, i) || !is_alone(l, i + 1))
		return false;
	*ret_first = l->v[i + 1].at - l->v[i].at;
	*ret_second = until_next(l, i + 1);
	struct vary_place at = vary_place(v, l->v[i].at);
	int64_t whole = *ret_first + *ret_second;
	return *ret_first > 0 && *ret_second >= SHORTEST && *ret_first >= SHORTEST && at.bar > 0 && at.in_bar % whole == 0 && at.in_bar + whole <= at.bar_ticks;
}

static int64_t in_proportion(int64_t length, int64_t was, int64_t is)
{
	int64_t now = length * is / was;
	return now < 1 ? 1 : now;
}

/* Moves the border between two notes; how much of its time each sounds stays. */
static void move_border(struct vary_note *a, struct vary_note *b, int64_t first, int64_t second, int64_t border)
{
	a->length = in_proportion(a->length, first, border);
	b->length = in_proportion(b->length, second, first + second - border);
	b->at = a->at + border;
}

static bool change_pair(struct vary *v, struct vary_note *a, struct vary_note *b, int64_t first, int64_t second)
{
	int64_t whole = first + second, border = 0;
	if (first == second && whole % 4 == 0 && first >= 2 * SHORTEST)
		border = vary_chance(v, 700) ? whole * 3 / 4 : whole / 4;
	else if (first != second && whole % 2 == 0 && whole <= 2 * VARY_TICKS)
		border = whole / 2;
	if (border > 0)
		move_border(a, b, first, second, border);
	return border > 0;
}

/* A long note becomes two of the same pitch. */
static int split(struct vary *v, const struct vary_note *n, struct vary_line *out, struct err *err)
{
	int64_t first = vary_chance(v, 500) ? n->length / 2 : n->length * 3 / 4;
	struct vary_note a = *n, b = *n;
	a.length = first;
	b.at += first;
	b.length -= first;
	int code = vary_add(out, &a, err);
	return code < 0 ? code : vary_add(out, &b, err);
}

int vary_rhythm(struct vary *v, struct err *err)
{
	for (size_t k = 0; k < v->n_voices; k++) {
		struct vary_line *l = &v->voices[k].line, out = { 0 };
		int code = 0;
		for (size_t i = 0; vary_takes(v, k, false) && code == 0 && i < l->n; i++) {
			int64_t first, second;
			struct vary_note *n = &l->v[i];
			struct vary_place at = vary_place(v, n->at);
			bool last = i + 1 == l->n;
			if (is_pair(v, l, i, &first, &second) && vary_chance(v, v->amount_milli) && change_pair(v, n, n + 1, first, second)) {
				code = vary_add(&out, n, err);
				i++; /* the second of a pair is done with it */
				if (code == 0)
					code = vary_add(&out, &l->v[i], err);
			} else if (!last && !v->voices[k].drums && is_alone(l, i) && at.on_beat && n->length >= at.beat_ticks && n->length % 4 == 0 && vary_chance(v, v->amount_milli / 2)) {
				code = split(v, n, &out, err);
			} else {
				code = vary_add(&out, n, err);
			}
		}
		if (vary_takes(v, k, false) && code == 0)
			vary_replace(&v->voices[k], &out);
		free(out.v);
		if (code < 0)
			return code;
	}
	return 0;
}

static int distance(int a, int b)
{
	return a > b ? a - b : b - a;
}

/* Another note of the scale that its neighbours lead to and from; the same when there is none. */
static int other_path(struct vary *v, int before, int pitch, int after)
{
	static const int moves[] = { 1, -1, 2, -2, 3, -3 };
	int found[6], n = 0;
	for (size_t i = 0; i < COUNT_OF(moves); i++) {
		int to = vary_move(v, pitch, moves[i]);
		if (to != pitch && to >= v->src->lo && to <= v->src->hi && distance(to, before) <= 7 && distance(to, after) <= 7)
			found[n++] = to;
	}
	return n ? found[rng_below(&v->rng, (uint64_t)n)] : pitch;
}

int vary_contour(struct vary *v, struct err *err)
{
	for (size_t k = 0; k < v->n_voices; k++) {
		struct vary_line *l = &v->voices[k].line;
		if (!vary_takes(v, k, false) || v->voices[k].drums)
			continue;
		for (size_t i = 1; i + 1 < l->n; i++) {
			if (!is_line(l, i))
				continue;
			size_t first;
			(void)chord_of(l, i, &first);
			if (first == 0)
				continue;
			struct vary_place at = vary_place(v, l->v[i].at);
			int64_t likely = at.on_bar ? 0 : at.on_beat ? v->amount_milli / 3 : v->amount_milli;
			if (vary_chance(v, likely))
				l->v[i].pitch = (uint8_t)other_path(v, l->v[first - 1].pitch, l->v[i].pitch, l->v[next_in_line(l, i)].pitch);
		}
	}
	return 0;
}

/* A figure on one note: parts of its length in sixteenths of it, and scale steps from it. */
struct figure {
	uint8_t parts[8];
	int8_t steps[8];
	uint8_t n;
	uint8_t beats_over_4; /* how long the note must be, in quarters of a beat */
};

static const struct figure figures[] = {
	{ { 2, 14 }, { 1, 0 }, 2, 2 },                                  /* grace from above */
	{ { 2, 14 }, { -1, 0 }, 2, 2 },                                 /* from below */
	{ { 2, 2, 12 }, { 0, -1, 0 }, 3, 3 },                           /* mordent */
	{ { 2, 2, 12 }, { 0, 1, 0 }, 3, 3 },                            /* its inversion */
	{ { 8, 2, 2, 2, 2 }, { 0, 1, 0, -1, 0 }, 5, 4 },                /* turn */
	{ { 2, 2, 2, 2, 2, 2, 2, 2 }, { 1, 0, 1, 0, 1, 0, -1, 0 }, 8, 6 }, /* trill with its close */
};

static int play_figure(struct vary *v, const struct vary_note *n, const struct figure *f, struct vary_line *out, struct err *err)
{
	int64_t at = n->at, done = 0;
	int code = 0;
	for (size_t i = 0; i < f->n && code == 0; i++) {
		struct vary_note x = *n;
		done += f->parts[i];
		int64_t end = n->at + n->length * done / 16;
		x.at = at;
		x.length = end - at;
		x.pitch = (uint8_t)vary_move(v, n->pitch, f->steps[i]);
		x.velocity = (uint8_t)(f->steps[i] ? n->velocity * 7 / 8 : n->velocity);
		x.velocity = x.velocity ? x.velocity : 1;
		at = end;
		code = x.length > 0 ? vary_add(out, &x, err) : 0;
	}
	return code;
}

/* The way between two notes of the scale: one or two notes in the second half of the first. */
static int play_passing(struct vary *v, const struct vary_note *n, int steps, struct vary_line *out, struct err *err)
{
	int count = steps > 0 ? steps - 1 : -steps - 1;
	struct vary_note x = *n;
	x.length = n->length / 2;
	int code = vary_add(out, &x, err);
	for (int i = 1; i <= count && code == 0; i++) {
		int64_t from = n->length / 2 + n->length / 2 * (i - 1) / count, to = n->length / 2 + n->length / 2 * i / count;
		x.at = n->at + from;
		x.length = to - from;
		x.pitch = (uint8_t)vary_move(v, n->pitch, steps > 0 ? i : -i);
		code = vary_add(out, &x, err);
	}
	return code;
}

static int decorate(struct vary *v, const struct vary_line *l, size_t i, struct vary_line *out, struct err *err)
{
	const struct vary_note *n = &l->v[i];
	int64_t beats_over_4 = n->length * 4 / VARY_TICKS, next = until_next(l, i);
	int steps = i + 1 < l->n ? scale_degree(&v->src->scale, l->v[next_in_line(l, i)].pitch) - scale_degree(&v->src->scale, n->pitch) : 0;
	bool third = (steps >= 2 && steps <= 3) || (steps <= -2 && steps >= -3);
	if (third && next <= n->length + n->length / 4 && beats_over_4 >= 2 && vary_chance(v, 600))
		return play_passing(v, n, steps, out, err);
	const struct figure *fit[COUNT_OF(figures)];
	size_t n_fit = 0;
	for (size_t f = 0; f < COUNT_OF(figures); f++)
		if (beats_over_4 >= figures[f].beats_over_4)
			fit[n_fit++] = &figures[f];
	return n_fit ? play_figure(v, n, fit[rng_below(&v->rng, n_fit)], out, err) : vary_add(out, n, err);
}

int vary_ornament(struct vary *v, struct err *err)
{
	for (size_t k = 0; k < v->n_voices; k++) {
		struct vary_line *l = &v->voices[k].line, out = { 0 };
		if (!vary_takes(v, k, false) || v->voices[k].drums)
			continue;
		int code = 0;
		for (size_t i = 0; code == 0 && i < l->n; i++) {
			bool may = i + 1 < l->n && is_line(l, i);
			code = may && vary_chance(v, v->amount_milli) ? decorate(v, l, i, &out, err) : vary_add(&out, &l->v[i], err);
		}
		if (code == 0)
			vary_replace(&v->voices[k], &out);
		free(out.v);
		if (code < 0)
			return code;
	}
	return 0;
}
