/* counterpoint_rules.c - what the rules of the species cost. */
#include "model/counterpoint_priv.h"

#include "model/voice_leading.h"

#include <stdlib.h>

#include "base/banned.h"

static int sung(const struct counter *c, size_t i)
{
	return c->line->notes[c->slots[i].under].pitch;
}

static int size(int a, int b)
{
	return abs(a - b);
}

bool counter_consonant(int a, int b)
{
	static const uint16_t consonant = 1 << 0 | 1 << 3 | 1 << 4 | 1 << 7 | 1 << 8 | 1 << 9;
	return consonant >> size(a, b) % 12 & 1;
}

static bool perfect(int a, int b)
{
	return size(a, b) % 12 == 0 || size(a, b) % 12 == 7;
}

static bool is_step(int a, int b)
{
	return size(a, b) == 1 || size(a, b) == 2;
}

/* --- one note ---------------------------------------------------------------------------------- */

static int32_t harmonic_cost(const struct counter *c, size_t i, int pitch)
{
	int other = sung(c, i), apart = size(pitch, other) % 12;
	bool ends = i == 0 || i + 1 == c->n;
	if (ends && !(apart == 0 || (i == 0 && apart == 7 && c->p->position == COUNTER_ABOVE)))
		return PATH_NEVER;
	if (pitch == other && !ends)
		return PATH_NEVER;
	if (!counter_consonant(pitch, other))
		return c->slots[i].strong && !c->slots[i].may_tie ? PATH_NEVER : 2;
	int32_t cost = apart == 0 ? (ends ? 0 : 12) : apart == 7 ? 7 : 0;
	return cost + (size(pitch, other) > 16 ? (size(pitch, other) - 16) * 3 : 0);
}

static int32_t place_cost(const struct counter *c, size_t i, int pitch)
{
	int wanted = c->p->position == COUNTER_ABOVE ? sung(c, i) + 8 : sung(c, i) - 8;
	return size(pitch, wanted) / 3;
}

void counter_candidates(const struct counter *c, struct rng *r, struct path_slot *ret)
{
	bool above = c->p->position == COUNTER_ABOVE;
	int64_t noise = 1 + (int64_t)(c->p->freedom * 24);
	for (size_t i = 0; i < c->n; i++) {
		int other = sung(c, i), reach = 19;
		int from = above ? other : other - reach, to = above ? other + reach : other;
		bool cadence = i + 2 == c->n;
		ret[i].n = 0;
		for (int p = from; p <= to; p++) {
			int32_t extra = (int32_t)rng_below(&r[0], (uint64_t)noise);
			bool raised = cadence && p % 12 == c->leading;
			if (p < c->p->lo || p > c->p->hi || p < 0 || p > 127 || !(mask_has(c->scale, p) || raised))
				continue;
			if (cadence && raised)
				extra = -40;
			path_offer(&ret[i], p, harmonic_cost(c, i, p) + place_cost(c, i, p) + extra);
		}
		if (!ret[i].n) /* the range is somewhere else: the nearest note of the key that it has */
			for (int p = (int)c->p->lo; p <= c->p->hi; p++)
				if (mask_has(c->scale, p))
					path_offer(&ret[i], p, PATH_NEVER + size(p, other));
	}
}

/* --- two notes --------------------------------------------------------------------------------- */

static int32_t leap_cost(int from, int to)
{
	static const int32_t costs[13] = { 14, 0, 0, 4, 4, 8, PATH_NEVER, 9, 14, PATH_NEVER, PATH_NEVER, PATH_NEVER, 14 };
	int d = size(from, to);
	if (d > 12 || (d == 8 && to < from))
		return PATH_NEVER; /* sixths leap upwards only */
	return costs[d];
}

static int32_t motion_cost(const struct counter *c, size_t i, int from, int to)
{
	int a = sung(c, i - 1), b = sung(c, i);
	if (a == b || from == to)
		return from == to && a == b ? 10 : 1;
	bool same_way = (b > a) == (to > from);
	int low_from = a < from ? a : from, high_from = a < from ? from : a, low_to = b < to ? b : to, high_to = b < to ? to : b;
	if (voices_parallel(low_from, high_from, low_to, high_to) || (same_way && perfect(b, to)))
		return PATH_NEVER;
	/* The one must not go past where the other was. */
	bool overlaps = c->p->position == COUNTER_ABOVE ? to < a || b > from : to > a || b < from;
	return (same_way ? 5 : 0) + (overlaps ? 8 : 0);
}

int32_t counter_pair(const void *arg, size_t i, int from, int to)
{
	const struct counter *c = arg;
	const struct counter_slot *s = &c->slots[i];
	if (from == to && s->may_tie && i + 1 < c->n)
		return counter_consonant(to, sung(c, i)) ? (s->must_tie ? 0 : 4) : -8;
	if (s->strong && !counter_consonant(to, sung(c, i)))
		return PATH_NEVER; /* only what is held over may clash */
	int32_t cost = from == to ? (c->p->species == SPECIES_FIRST && i + 1 < c->n ? 14 : PATH_NEVER) : leap_cost(from, to);
	if (i + 1 == c->n && !is_step(from, to))
		cost += 400;
	return cost + motion_cost(c, i, from, to) + (s->must_tie ? 30 : 0);
}

/* --- three notes ------------------------------------------------------------------------------- */

static int32_t dissonance_cost(const struct counter *c, size_t i, int before, int from, int to)
{
	const struct counter_slot *s = &c->slots[i - 1];
	if (counter_consonant(from, sung(c, i - 1)))
		return 0;
	if (s->strong) /* held over: a step down into a consonance over the same note */
		return before == from && to < from && is_step(from, to) && c->slots[i].under == s->under && counter_consonant(to, sung(c, i)) ?
			       0 : PATH_NEVER;
	bool turns = c->p->species == SPECIES_THIRD || c->p->species == SPECIES_FLORID;
	bool passes = is_step(before, from) && is_step(from, to) && (from > before) == (to > from);
	bool neighbour = turns && before == to && is_step(before, from);
	return passes ? 0 : neighbour ? 4 : PATH_NEVER;
}

static int32_t melodic_cost(int before, int from, int to)
{
	int first = size(before, from), second = size(from, to);
	bool turns = (from > before) != (to > from);
	int32_t cost = before == to ? 6 : 0;
	if (first > 4 && second && !(turns && second <= 4))
		cost += first > 7 ? 25 : 12;
	if (!turns && first > 2 && second > 2)
		cost += size(before, to) > 9 ? 40 : 8;
	return cost + (!turns && size(before, to) == 6 && first + second > 4 ? 15 : 0);
}

/* From one note of the melody to the next, whatever lies between. */
static int32_t downbeat_cost(const struct counter *c, size_t i, int before, int to)
{
	const struct counter_slot *a = &c->slots[i - 2], *b = &c->slots[i];
	if (!a->strong || !b->strong || a->under == b->under)
		return 0;
	int x = sung(c, i - 2), y = sung(c, i);
	int low_from = x < before ? x : before, high_from = x < before ? before : x, low_to = y < to ? y : to, high_to = y < to ? to : y;
	return voices_parallel(low_from, high_from, low_to, high_to) ? PATH_NEVER : 0;
}

int32_t counter_triple(const void *arg, size_t i, int before, int from, int to)
{
	const struct counter *c = arg;
	int32_t cost = dissonance_cost(c, i, before, from, to) + melodic_cost(before, from, to);
	if (c->p->species == SPECIES_SECOND)
		cost += downbeat_cost(c, i, before, to);
	if (c->p->species == SPECIES_FIRST && before == from && from == to)
		cost += PATH_NEVER; /* no note three times */
	return cost;
}
