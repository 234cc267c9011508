/*
 * groove_learn.c - a groove out of a performance.
 */
#include "music/groove.h"

#include "music/ask_priv.h"
#include "music/bar_walk.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

#define TOGETHER_BEATS 0.05 /* what begins within it of one another is one chord */

/* One note with its slot. */
struct heard {
	int slot;
	double off_beats, velocity, gate; /* gate 0 for the last of a voice */
};

struct learning {
	const struct score *s;
	const struct groove_learn_params *p;
	const struct model_watch *watch;
	struct grid grid;
	struct groove *g;
	struct heard *heard;
	size_t n, room;
};

/* The bar length that most beats of the piece are in. */
static double usual_bar(const struct score *s)
{
	double best = 0, length = 4;
	for (size_t i = 0; i <= s->n_meters; i++) {
		struct score_meter m = i ? s->meters[i - 1] : score_meter_at(s, 0);
		double sum = 0, bar = score_bar_beats(&m);
		for (size_t k = 0; k < s->n_meters && k < 64; k++) {
			double to = k + 1 < s->n_meters ? s->meters[k + 1].at_beats : fmax(s->end_beats, s->meters[k].at_beats + 1);
			sum += score_bar_beats(&s->meters[k]) == bar ? to - s->meters[k].at_beats : 0;
		}
		if (sum > best || i == 0) {
			best = sum;
			length = bar;
		}
		if (i > 64)
			break;
	}
	return length;
}

static int slot_of(const struct learning *l, double position, double *ret_off)
{
	const struct groove *g = l->g;
	double width = g->period_beats / g->n_slots;
	double in_period = position - floor(position / g->period_beats) * g->period_beats;
	/* A swung line is named by its place among the lines; what is measured is the distance from the straight one. */
	double line = grid_nearest(&l->grid, in_period), rest = line * l->grid.per_beat;
	double straight = floor(rest + (l->grid.swing == 0.5 ? 0.5 : 0.01)) / l->grid.per_beat;
	*ret_off = in_period - straight;
	return (int)floor(straight / width + 0.5) % g->n_slots;
}

/* The part of the way to the voice's next onset that a note sounds; 0 where there is none, or only a far one. */
static double gate_of(const struct note *x, const struct note *next)
{
	double way = next ? next->start_beats - x->start_beats : 0;
	return way > 0 && way <= 4 ? fmin(4, fmax(0.02, x->duration_beats / way)) : 0;
}

static int hear_voice(struct learning *l, const struct score_voice *v, struct err *err)
{
	struct bar_walk w;
	int code = 0;
	bar_walk_init(&w, l->s);
	for (size_t i = 0, next = 0; code == 0 && i < v->n_notes; i++) {
		const struct note *x = &v->notes[i];
		while (next < v->n_notes && v->notes[next].start_beats < x->start_beats + TOGETHER_BEATS)
			next++;
		if (mem_grow(&l->heard, &l->room, l->n + 1, sizeof(*l->heard)) < 0)
			return err_set(err, -ENOMEM, "groove");
		bar_walk_to(&w, x->start_beats);
		struct heard *h = &l->heard[l->n++];
		h->slot = slot_of(l, x->start_beats - w.from, &h->off_beats);
		h->velocity = x->velocity;
		h->gate = gate_of(x, next < v->n_notes ? &v->notes[next] : NULL);
		code = ask_now_and_then(l->watch, i, err);
	}
	return code;
}

static int by_slot_and_off(const void *pa, const void *pb)
{
	const struct heard *a = pa, *b = pb;
	if (a->slot != b->slot)
		return a->slot - b->slot;
	if (a->off_beats != b->off_beats)
		return a->off_beats < b->off_beats ? -1 : 1;
	return (a->gate > b->gate) - (a->gate < b->gate); /* so that sums are added up in one order everywhere */
}

/* The middle of the sorted offsets, the mean loudness, the mean gate. */
static void learn_slot(const struct heard *h, size_t n, double mean_velocity, struct groove_slot *s)
{
	double velocity = 0, gate = 0;
	size_t gates = 0;
	for (size_t i = 0; i < n; i++) {
		velocity += h[i].velocity;
		gate += h[i].gate;
		gates += h[i].gate > 0;
	}
	s->count = (int64_t)n;
	s->timing_beats = (h[(n - 1) / 2].off_beats + h[n / 2].off_beats) / 2;
	s->velocity = fmin(4, fmax(0.1, velocity / (double)n / mean_velocity));
	s->gate = gates ? fmin(4, fmax(0.02, gate / (double)gates)) : 0;
}

/* Slots that nobody played lie between the nearest that somebody did. */
static void fill_slots(struct groove *g)
{
	for (int i = 0; i < g->n_slots; i++) {
		int back = 1, on = 1;
		if (g->slots[i].count)
			continue;
		while (back < g->n_slots && !g->slots[(i + g->n_slots - back) % g->n_slots].count)
			back++;
		while (on < g->n_slots && !g->slots[(i + on) % g->n_slots].count)
			on++;
		const struct groove_slot *a = &g->slots[(i + g->n_slots - back) % g->n_slots], *b = &g->slots[(i + on) % g->n_slots];
		double part = (double)back / (back + on);
		g->slots[i].timing_beats = a->timing_beats + part * (b->timing_beats - a->timing_beats);
		g->slots[i].velocity = a->velocity + part * (b->velocity - a->velocity);
	}
}

static double learn_slots(struct learning *l)
{
	double velocity = 0, spread = 0;
	for (size_t i = 0; i < l->n; i++)
		velocity += l->heard[i].velocity / (double)l->n;
	qsort(l->heard, l->n, sizeof(*l->heard), by_slot_and_off);
	for (size_t i = 0; i < l->n;) {
		size_t k = i;
		while (k < l->n && l->heard[k].slot == l->heard[i].slot)
			k++;
		struct groove_slot *s = &l->g->slots[l->heard[i].slot];
		learn_slot(&l->heard[i], k - i, velocity, s);
		for (; i < k; i++)
			spread += fabs(l->heard[i].off_beats - s->timing_beats) / (double)l->n;
	}
	fill_slots(l->g);
	return spread;
}

/* Where the second of two eighths lies, over all pairs of the period whose second one was played. */
static double swing_of(const struct groove *g)
{
	int per_beat = (int)floor(g->n_slots / g->period_beats + 0.5), pairs = 0;
	double sum = 0;
	if (per_beat % 2)
		return 0;
	for (int i = 0; i < g->n_slots; i += per_beat) {
		int k = i + per_beat / 2;
		if (k >= g->n_slots || !g->slots[k].count)
			continue;
		sum += 0.5 + g->slots[k].timing_beats - g->slots[i].timing_beats;
		pairs++;
	}
	return pairs ? sum / pairs : 0;
}

static bool whole(double x)
{
	return x >= 1 - 1e-6 && fabs(x - floor(x + 0.5)) < 1e-6;
}

static int choose(struct learning *l, struct groove_report *r, struct err *err)
{
	const struct groove_learn_params *p = l->p;
	struct groove *g = l->g;
	if ((unsigned)p->grid >= GRID_NAME_COUNT)
		return err_field(err, -EINVAL, "grid", "there is no grid %d", (int)p->grid);
	if (p->period_beats != 0 && !(p->period_beats >= 0.25 && p->period_beats <= GROOVE_PERIOD_MAX))
		return err_field(err, -EINVAL, "period_beats", "period_beats is %g; allowed are 0.25 to %g, or 0", p->period_beats, GROOVE_PERIOD_MAX);
	if (p->voice >= (int)l->s->n_voices || p->voice < -1)
		return err_field(err, -EINVAL, "voice", "there is no voice %d; the piece has %zu, counted from 0", p->voice, l->s->n_voices);
	int code = grid_find(l->s, l->watch, &r->found, err);
	if (code < 0)
		return code;
	l->grid = p->grid == GRID_AUTO ? r->found.grid : grid_named(p->grid);
	g->period_beats = p->period_beats != 0 ? p->period_beats : fmin(GROOVE_PERIOD_MAX, fmax(0.25, usual_bar(l->s)));
	/* A period must end on a line: seven eighths need eighths. */
	while (l->grid.per_beat < 16 && !whole(g->period_beats * l->grid.per_beat))
		l->grid = (struct grid){ 2 * l->grid.per_beat, 0.5 };
	double slots = g->period_beats * l->grid.per_beat;
	if (!whole(slots) || slots > GROOVE_SLOTS_MAX)
		return err_field(err, -EINVAL, "period_beats", "%g beats in steps of 1/%d beat make %g slots; allowed are 1 to %d",
				 g->period_beats, l->grid.per_beat, slots, GROOVE_SLOTS_MAX);
	g->n_slots = (int)floor(slots + 0.5);
	return 0;
}

int groove_learn(const struct score *s, const struct groove_learn_params *p, const struct model_watch *watch, struct groove *ret,
		 struct groove_report *ret_report, struct err *err)
{
	struct groove g = { .n_slots = 0 };
	struct groove_report r = { .n_onsets = 0 };
	struct learning l = { .s = s, .p = p, .watch = watch, .g = &g };
	int code = choose(&l, &r, err);
	for (size_t i = 0; code == 0 && i < s->n_voices; i++)
		if (p->voice < 0 || i == (size_t)p->voice)
			code = hear_voice(&l, &s->voices[i], err);
	if (code == 0 && l.n == 0)
		code = err_field(err, -EINVAL, "inputs", "there are no notes to learn a groove from");
	if (code == 0) {
		(void)str_copy(g.name, sizeof(g.name), s->title);
		r.n_onsets = l.n;
		r.spread_beats = learn_slots(&l);
		r.swing = swing_of(&g);
		for (int i = 0; i < g.n_slots; i++)
			r.n_slots_played += g.slots[i].count > 0;
		code = groove_check(&g, err);
	}
	free(l.heard);
	if (code < 0)
		return code;
	*ret = g;
	if (ret_report)
		*ret_report = r;
	return 0;
}
