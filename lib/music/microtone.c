#include "music/microtone.h"

#include <math.h>
#include <stdlib.h>

#define EDGE_BEATS 0.05
#define EDGE_SHARE 0.2
#define CHANGES_MOST 64 /* bends during one note that may still be a steady tone */
#define QUARTER_TONE (MICROTONE_SEMITONE / 2)

/* From at_beats on a channel is so many parts above its keys; `unit` is the smallest step there. */
struct bent {
	double at_beats, parts, unit;
};

struct bends {
	struct bent *v;
	size_t n, room;
};

/* What registered parameter 0 has said so far. */
struct reach {
	int parameter[2]; /* controllers 101, 100: which parameter is being set */
	int semitones, cents;
};

static void set_reach(struct reach *r, const struct score_control *c)
{
	bool chosen = r->parameter[0] == 0 && r->parameter[1] == 0;
	if (c->number == 101 || c->number == 100)
		r->parameter[101 - c->number] = c->value;
	else if (c->number == 99 || c->number == 98)
		r->parameter[0] = r->parameter[1] = 127; /* another kind of parameter */
	else if (c->number == 6 && chosen)
		r->semitones = c->value;
	else if (c->number == 38 && chosen)
		r->cents = c->value;
}

static int add_bend(struct bends *b, double at, double value, const struct reach *r)
{
	double parts = (r->semitones + r->cents / 100.0) * MICROTONE_SEMITONE;
	if (mem_grow(&b->v, &b->room, b->n + 1, sizeof(*b->v)) < 0)
		return -ENOMEM;
	b->v[b->n++] = (struct bent){ at, (value - 8192) / 8192 * parts, parts / 8192 };
	return 0;
}

static int read_bends(const struct score_voice *v, uint8_t channel, struct bends *ret)
{
	struct reach reach = { { 127, 127 }, 2, 0 };
	double value = 8192;
	int r = 0;
	for (size_t i = 0; r == 0 && i < v->n_controls; i++) {
		const struct score_control *c = &v->controls[i];
		struct reach before = reach;
		if (c->channel != channel || (c->kind != SCORE_BEND && c->kind != SCORE_CONTROLLER))
			continue;
		if (c->kind == SCORE_CONTROLLER)
			set_reach(&reach, c);
		else
			value = c->value;
		if (c->kind == SCORE_BEND || before.semitones != reach.semitones || before.cents != reach.cents)
			r = add_bend(ret, c->at_beats, value, &reach);
	}
	return r;
}

/* The index of the last bend at or before a beat; n for none. */
static size_t bend_at(const struct bends *b, double beats)
{
	size_t low = 0, high = b->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (b->v[mid].at_beats <= beats)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? low - 1 : b->n;
}

/* The simplest fraction of a semitone that the bend cannot tell from what it is. */
static int simplest(double parts, double unit)
{
	static const int steps[] = { 240, 120, 80, 60, 48, 40, 30, 24, 20 };
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		double near = round(parts / steps[i]) * steps[i];
		if (fabs(near - parts) <= 0.5 + unit / 2)
			return (int)near;
	}
	return (int)round(parts);
}

static struct microtone tell(double parts, double unit, bool coarse)
{
	int all = coarse ? (int)(round(parts / QUARTER_TONE) * QUARTER_TONE) : simplest(parts, unit);
	struct microtone m = { (int16_t)all, 0, false };
	if (all % MICROTONE_SEMITONE == 0 || abs(all) > MICROTONE_MOST) {
		m.keys = (int8_t)(all / MICROTONE_SEMITONE);
		m.fine = (int16_t)(all % MICROTONE_SEMITONE);
	}
	return m;
}

static struct microtone of_note(const struct bends *b, const struct note *n, bool coarse)
{
	double edge = fmin(EDGE_BEATS, EDGE_SHARE * n->duration_beats), end = n->start_beats + n->duration_beats - edge;
	double steady = coarse ? QUARTER_TONE / 2.0 : MICROTONE_SEMITONE / 100.0;
	size_t i = bend_at(b, n->start_beats + edge);
	double low = i < b->n ? b->v[i].parts : 0, high = low, unit = i < b->n ? b->v[i].unit : 0;
	size_t first = i < b->n ? i + 1 : 0;
	for (i = first; i < b->n && b->v[i].at_beats < end; i++) {
		low = fmin(low, b->v[i].parts);
		high = fmax(high, b->v[i].parts);
		unit = fmax(unit, b->v[i].unit);
		if (high - low > steady || i - first > CHANGES_MOST)
			return (struct microtone){ .glides = true };
	}
	struct microtone m = tell((low + high) / 2, unit, coarse);
	if (n->pitch + m.keys < 0 || n->pitch + m.keys > 127)
		return (struct microtone){ .fine = 0 };
	return m;
}

int microtones_find(const struct score_voice *v, const struct note *notes, size_t n, bool coarse, struct microtone *ret,
		    struct err *err)
{
	struct bends b = { .n = 0 };
	int r = n ? read_bends(v, notes[0].channel, &b) : 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		ret[i] = b.n ? of_note(&b, &notes[i], coarse) : (struct microtone){ .fine = 0 };
	free(b.v);
	return r < 0 ? err_set(err, r, "out of memory for the microtones") : 0;
}
