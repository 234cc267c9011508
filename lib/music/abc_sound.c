/*
 * abc_sound.c - the notes that sounds become: grace notes, ornaments, articulation.
 *
 * Lengths: a grace note lasts a 32nd for each unit that is written, with a slash a 64th, all together at most half (a
 * quarter) of the note they lead to. Trills and tremolos move in 32nds; mordents and slides take two 32nds. A roll
 * is what whistles and fiddles make of it: the note two or three times, parted by a cut from above and a tap from below.
 * Notes that no slur joins and no tenuto holds end a 16th part of a beat (at most an eighth of themselves) early.
 */
#include "music/abc_play_priv.h"

#include "base/limits.h"

#define SHORT (ABC_QUARTER / 8)
#define RUN_MAX 1024 /* notes of one trill */

struct emitter {
	struct abc_play *play;
	size_t voice;
};

static bool has(const struct abc_sound *s, enum abc_decor d)
{
	return s->decor >> d & 1;
}

static int clamp(int v, int lo, int hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static int emit(const struct emitter *e, const struct abc_sound *s, int64_t start, int64_t ticks, int pitch, int velocity)
{
	if (ticks <= 0 || pitch < 0 || pitch > 127)
		return 0;
	struct note n = { .start_beats = abc_beats(start), .duration_beats = abc_beats(start + ticks) - abc_beats(start),
			  .pitch = (uint8_t)pitch, .velocity = (uint8_t)clamp(velocity, 1, 127), .channel = s->channel,
			  .release = 64 };
	return score_add_note(e->play->score, e->voice, &n, e->play->err);
}

/* How long a note sounds of the time it has. */
static int64_t held(const struct emitter *e, const struct abc_sound *s, int64_t ticks)
{
	const struct abc_play_options *o = e->play->options;
	if (o->articulation) {
		if (has(s, ABC_STACCATISSIMO))
			return ticks * 3 / 10;
		if (has(s, ABC_STACCATO))
			return ticks / 2;
		if (has(s, ABC_BREATH))
			return ticks * 3 / 4;
		if (!s->joined && !has(s, ABC_TENUTO)) {
			int64_t gap = ticks / 8 < ABC_QUARTER / 16 ? ticks / 8 : ABC_QUARTER / 16;
			ticks -= gap;
		}
		if (s->trim_ticks > 0)
			ticks = s->trim_ticks < ticks / 2 ? ticks - s->trim_ticks : ticks / 2;
	}
	return ticks;
}

/* Offsets from the note, each `each` long; the last one takes what is left. */
static int run(const struct emitter *e, const struct abc_sound *s, int64_t start, int64_t ticks, const int8_t *offsets,
	       size_t n, int64_t each, int velocity)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		int64_t at = start + (int64_t)i * each, left = ticks - (int64_t)i * each;
		r = emit(e, s, at, i + 1 < n ? each : held(e, s, left), s->pitch + offsets[i], velocity);
	}
	return r;
}

/* Main note and neighbour in turn, ending on the main note. */
static int trill(const struct emitter *e, const struct abc_sound *s, int64_t start, int64_t ticks, int velocity)
{
	int64_t each = ticks / 5 < SHORT ? ticks / 5 : SHORT, n = each ? ticks / each : 1;
	if (n > RUN_MAX) {
		n = RUN_MAX;
		each = ticks / n;
	}
	n -= n % 2 == 0;
	int r = 0;
	for (int64_t i = 0; r == 0 && i < n; i++)
		r = emit(e, s, start + i * each, i + 1 < n ? each : held(e, s, ticks - i * each), s->pitch + (i % 2 ? s->up : 0),
			 velocity - (i % 2 ? 6 : 0));
	return r;
}

static int tremolo(const struct emitter *e, const struct abc_sound *s, int64_t start, int64_t ticks, int velocity)
{
	int strokes = has(s, ABC_TREMOLO_3) ? 3 : has(s, ABC_TREMOLO_2) ? 2 : 1;
	int64_t each = ABC_QUARTER >> strokes, n = ticks / each < 1 ? 1 : ticks / each;
	if (n > RUN_MAX) {
		n = RUN_MAX;
		each = ticks / n;
	}
	int r = 0;
	for (int64_t i = 0; r == 0 && i < n; i++)
		r = emit(e, s, start + i * each, i + 1 < n ? each - each / 8 : held(e, s, ticks - i * each), s->pitch, velocity);
	return r;
}

static int roll(const struct emitter *e, const struct abc_sound *s, int64_t start, int64_t ticks, int velocity)
{
	int64_t cut = ticks / 12 < SHORT ? ticks / 12 : SHORT;
	if (ticks <= ABC_QUARTER / 2) { /* too short for more than a cut */
		int r = emit(e, s, start, cut, s->pitch + s->up, velocity);
		return r < 0 ? r : emit(e, s, start + cut, held(e, s, ticks - cut), s->pitch, velocity);
	}
	bool longer = ticks * 4 >= ABC_QUARTER * 5; /* the dotted note of a jig, or more */
	int64_t part = ticks / (longer ? 3 : 2), at = start;
	int r = 0;
	if (longer) {
		r = emit(e, s, at, part, s->pitch, velocity);
		at += part;
	}
	if (r == 0)
		r = emit(e, s, at, cut, s->pitch + s->up, velocity - 10);
	if (r == 0)
		r = emit(e, s, at + cut, part - cut, s->pitch, velocity);
	at += part;
	if (r == 0)
		r = emit(e, s, at, cut, s->pitch + s->down, velocity - 10);
	return r < 0 ? r : emit(e, s, at + cut, held(e, s, start + ticks - at - cut), s->pitch, velocity);
}

/* On long notes the turn comes in the second half. */
static int turn(const struct emitter *e, const struct abc_sound *s, int64_t start, int64_t ticks, int velocity, bool inverted)
{
	const int8_t offsets[4] = { inverted ? s->down : s->up, 0, inverted ? s->up : s->down, 0 };
	int64_t half = ticks >= ABC_QUARTER ? ticks / 2 : 0;
	int r = half ? emit(e, s, start, half, s->pitch, velocity) : 0;
	int64_t left = ticks - half, each = left / 4 < ABC_QUARTER / 4 ? left / 4 : ABC_QUARTER / 4;
	return r < 0 ? r : run(e, s, start + half, left, offsets, 4, each, velocity);
}

static int plain(const struct emitter *e, const struct abc_sound *s, int64_t start, int64_t ticks, int velocity)
{
	return emit(e, s, start, held(e, s, ticks), s->pitch, velocity);
}

static int ornament(const struct emitter *e, const struct abc_sound *s, int64_t start, int64_t ticks, int velocity)
{
	const int8_t lower[3] = { 0, s->down, 0 }, upper[3] = { 0, s->up, 0 }, slide[2] = { s->down, 0 };
	int64_t each = ticks / 4 < SHORT ? ticks / 4 : SHORT;
	if (has(s, ABC_TRILL))
		return trill(e, s, start, ticks, velocity);
	if (has(s, ABC_ROLL))
		return roll(e, s, start, ticks, velocity);
	if (has(s, ABC_TURN) || has(s, ABC_TURN_SLASH))
		return turn(e, s, start, ticks, velocity, false);
	if (has(s, ABC_INVERTED_TURN) || has(s, ABC_INVERTED_TURN_SLASH))
		return turn(e, s, start, ticks, velocity, true);
	if (has(s, ABC_LOWER_MORDENT))
		return run(e, s, start, ticks, lower, 3, each, velocity);
	if (has(s, ABC_UPPER_MORDENT))
		return run(e, s, start, ticks, upper, 3, each, velocity);
	if (has(s, ABC_SLIDE))
		return run(e, s, start, ticks, slide, 2, each, velocity);
	return plain(e, s, start, ticks, velocity);
}

static int velocity_of(const struct emitter *e, const struct abc_sound *s)
{
	const struct abc_play_options *o = e->play->options;
	int v = s->velocity;
	if (o->dynamics)
		v += has(s, ABC_SFZ) ? 30 : has(s, ABC_MARCATO) ? 22 : has(s, ABC_ACCENT) ? 14 : 0;
	if (o->velocity)
		v += o->velocity - 86;
	return clamp(v, 1, 127);
}

/* Units of the notes of a grace group, those that sound together counted once. */
static int64_t grace_units(const struct abc_tune *t, const struct abc_item *g)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < g->grace.n; i++)
		if (!t->heads[g->grace.first + i].stacked)
			sum += t->heads[g->grace.first + i].ticks;
	return sum;
}

/* How long the grace notes before a note of `ticks` last together. */
static int64_t grace_length(const struct abc_tune *t, const struct abc_sound *s, int64_t ticks)
{
	const struct abc_item *g = s->grace;
	int64_t sum = grace_units(t, g), unit = g->grace.unit_ticks;
	if (s->grace_num)
		return s->grace_num < s->grace_den ? ticks / s->grace_den * s->grace_num : ticks / 2;
	int64_t each = s->grace_ticks ? s->grace_ticks : g->grace.slashed ? SHORT / 2 : SHORT;
	int64_t most = g->grace.slashed ? ticks / 4 : ticks / 2;
	__extension__ __int128 want = (__int128)each * sum / (unit > 0 ? unit : 1);
	return want > most ? most : (int64_t)want;
}

static int emit_grace(const struct emitter *e, const struct abc_sound *s, int64_t length, int velocity)
{
	const struct abc_tune *t = e->play->tune;
	const struct abc_item *g = s->grace;
	int64_t sum = grace_units(t, g), at = s->start, done = 0, ticks = 0;
	int r = 0;
	if (sum <= 0)
		return 0;
	for (uint32_t i = 0; r == 0 && i < g->grace.n; i++) {
		const struct abc_head *h = &t->heads[g->grace.first + i];
		if (!h->stacked) {
			at = s->start + (int64_t)((__extension__ (__int128)length * done) / sum);
			done += h->ticks;
			ticks = s->start + (int64_t)((__extension__ (__int128)length * done) / sum) - at;
		}
		r = emit(e, s, at, ticks, h->pitch, velocity);
	}
	return r;
}

static int hold(struct abc_play *p, const struct abc_sound *s)
{
	if (!p->options->ornaments || !(has(s, ABC_FERMATA) || has(s, ABC_INVERTED_FERMATA)))
		return 0;
	if (mem_grow(&p->holds, &p->room_holds, p->n_holds + 1, sizeof(*p->holds)) < 0)
		return err_set(p->err, -ENOMEM, "out of memory for the tune");
	p->holds[p->n_holds++] = (struct abc_hold){ s->start, s->start + s->ticks };
	return 0;
}

/* The rank of a note of a chord from below. */
static int64_t rank(const struct abc_sound *s, size_t n, size_t k)
{
	int64_t below = 0;
	for (size_t i = 0; i < n; i++)
		below += s[i].pitch < s[k].pitch || (s[i].pitch == s[k].pitch && i < k);
	return below;
}

static int sound(const struct emitter *e, const struct abc_sound *s, size_t n, size_t k, int64_t lead)
{
	const struct abc_sound *x = &s[k];
	int64_t start = x->start + lead, ticks = x->ticks - lead;
	int velocity = velocity_of(e, x);
	int r = hold(e->play, x);
	if (r < 0)
		return r;
	if (!e->play->options->ornaments || !x->decor)
		return plain(e, x, start, ticks, velocity);
	if (has(x, ABC_ARPEGGIO) && n > 1) {
		int64_t each = ticks / (int64_t)(2 * n) < SHORT / 2 ? ticks / (int64_t)(2 * n) : SHORT / 2;
		start += each * rank(s, n, k);
		ticks -= each * rank(s, n, k);
	}
	if (has(x, ABC_TREMOLO_1) || has(x, ABC_TREMOLO_2) || has(x, ABC_TREMOLO_3))
		return tremolo(e, x, start, ticks, velocity);
	return rank(s, n, k) + 1 == (int64_t)n ? ornament(e, x, start, ticks, velocity) : plain(e, x, start, ticks, velocity);
}

/* A chord, or a note. */
static int sound_group(const struct emitter *e, const struct abc_sound *s, size_t n)
{
	int64_t lead = 0, shortest = s->ticks;
	int r = 0;
	for (size_t i = 1; i < n; i++)
		shortest = s[i].ticks < shortest ? s[i].ticks : shortest;
	if (e->play->options->grace && s->grace) {
		lead = grace_length(e->play->tune, s, shortest);
		r = emit_grace(e, s, lead, velocity_of(e, s) - 8);
	}
	for (size_t k = 0; r == 0 && k < n; k++)
		r = sound(e, s, n, k, lead);
	return r;
}

static int bend(const struct emitter *e, uint8_t channel, int fine, int64_t at)
{
	struct score_control c = { .at_beats = abc_beats(at), .kind = SCORE_BEND, .channel = channel,
				   .value = (uint16_t)clamp(8192 + fine * 4096 / ABC_SEMITONE, 0, 16383) };
	return score_add_control(e->play->score, e->voice, &c, e->play->err);
}

/* Where they lie: sounds that begin together stay in their order. */
static int by_start(const void *a, const void *b)
{
	const struct abc_sound *const *x = a, *const *y = b;
	if ((*x)->start != (*y)->start)
		return (*x)->start < (*y)->start ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

/*
 * Microtones bend the channel, by two semitones at most: sounds that begin together as the first of them that has one says. An overlay
 * goes back in time behind what it is laid over, so they are taken by their time; what comes after all of them is not bent.
 */
static int bends(const struct emitter *e, const struct abc_sound **s, size_t n)
{
	int r = 0, now = 0;
	int64_t end = 0;
	qsort(s, n, sizeof(*s), by_start);
	for (size_t i = 0, to; r == 0 && i < n; i = to) {
		int fine = 0;
		for (to = i; to < n && s[to]->start == s[i]->start; to++) {
			fine = fine ? fine : s[to]->fine;
			end = s[to]->start + s[to]->ticks > end ? s[to]->start + s[to]->ticks : end;
		}
		if (fine != now)
			r = bend(e, s[i]->channel, fine, s[i]->start);
		now = fine;
	}
	return r == 0 && now ? bend(e, s[n - 1]->channel, 0, end) : r;
}

static int bend_out(const struct emitter *e, const struct abc_out *o)
{
	bool any = false;
	for (size_t i = 0; i < o->n_sounds; i++)
		any |= o->sounds[i].fine != 0;
	if (!any)
		return 0;
	const struct abc_sound **s = mem_new_array(o->n_sounds, sizeof(*s));
	if (!s)
		return err_set(e->play->err, -ENOMEM, "microtones");
	for (size_t i = 0; i < o->n_sounds; i++)
		s[i] = &o->sounds[i];
	int r = bends(e, s, o->n_sounds);
	free(s);
	return r;
}

int abc_sound_out(struct abc_play *p, size_t index)
{
	const struct abc_out *o = &p->outs[index];
	const struct emitter e = { p, index };
	int r = bend_out(&e, o);
	for (size_t i = 0, n; r == 0 && i < o->n_sounds; i += n) {
		for (n = 1; i + n < o->n_sounds && o->sounds[i + n].item == o->sounds[i].item &&
			    o->sounds[i + n].start == o->sounds[i].start;
		     n++)
			;
		r = sound_group(&e, &o->sounds[i], n);
	}
	return r;
}
