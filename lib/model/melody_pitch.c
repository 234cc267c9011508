/* melody_pitch.c - what each pitch of a melody costs, and the cheapest line. */
#include "model/melody_priv.h"

#include "model/pitch_path.h"

#include <stdlib.h>

#include "base/banned.h"

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static void count_degrees(struct tune *t)
{
	uint16_t scale = tonality_scale(&t->h->key);
	int n = -1;
	for (int p = 0; p < 128; p++) {
		n += mask_has(scale, p);
		t->degree[p] = n;
	}
}

static const struct harmony_chord *chord_of(const struct tune *t, size_t i)
{
	return harmony_at(t->h, t->notes[i].at);
}

static bool in_chord(const struct tune *t, size_t i, int pitch)
{
	return chord_has(&chord_of(t, i)->chord, pitch);
}

static int weight_of(const struct tune *t, size_t i)
{
	return meter_weight(&t->h->meter, t->notes[i].at % t->h->meter.bar_ticks);
}

/* The arch: up to two thirds of a phrase, down again; the phrase with the summit reaches higher. */
static int target(const struct tune *t, size_t i)
{
	int64_t length = t->p->phrase_bars * t->h->meter.bar_ticks, at = t->notes[i].at - t->notes[i].phrase * length;
	int64_t phrases = (harmony_bars(t->h) + t->p->phrase_bars - 1) / t->p->phrase_bars;
	int64_t summit = phrases * 2 / 3, range = t->p->hi - t->p->lo;
	int64_t rise = at * 3 < length * 2 ? at * 1500 / length : (length - at) * 3000 / length;
	int64_t height = range * (t->notes[i].phrase == summit ? 560 : 380) / 1000;
	return (int)(t->p->lo + range / 4 + height * rise / 1000);
}

static int rest_pitch_class(const struct tune *t, size_t i)
{
	const struct chord *c = &chord_of(t, i)->chord;
	return chord_has(c, t->h->key.tonic) ? t->h->key.tonic : c->root;
}

static int32_t own_cost(const struct tune *t, size_t i, int pitch)
{
	const struct tune_note *n = &t->notes[i];
	int weight = weight_of(t, i);
	int32_t cost = abs(pitch - target(t, i)) * 2;
	if (i + 1 == t->n)
		return cost + (pitch % 12 == rest_pitch_class(t, i) ? 0 : PATH_NEVER);
	if (!in_chord(t, i, pitch)) {
		cost += weight >= 2 ? 70 : weight == 1 ? 25 : 0;
		cost += n->length >= 2 * METER_TICKS ? 60 : n->length >= METER_TICKS ? 20 : 0;
		cost += n->ends_phrase ? 200 : 0;
		cost += mask_has(tonality_scale(&t->h->key), pitch) ? 0 : 15;
	}
	return cost;
}

static int32_t noise(const struct tune *t, size_t i, int pitch)
{
	const struct tune_note *n = &t->notes[i];
	uint64_t place = n->motif < 0 ? 0x1000 + (uint64_t)n->phrase : (uint64_t)n->motif * 64 + (uint64_t)n->index;
	uint64_t width = (uint64_t)(4 + t->boldness * 16 / 1000);
	return (int32_t)(mix(t->grain ^ place << 16 ^ (uint64_t)(pitch % 12) << 8) % width);
}

static void candidates(const struct tune *t, struct path_slot *ret)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct chord *c = &chord_of(t, i)->chord;
		uint16_t scale = harmony_scale(t->h, c);
		ret[i].n = 0;
		for (int p = (int)t->p->lo; p <= t->p->hi; p++)
			if (mask_has(scale, p))
				path_offer(&ret[i], p, own_cost(t, i, p) + noise(t, i, p));
	}
}

static int32_t pair_cost(const void *arg, size_t i, int from, int to)
{
	static const int32_t leaps[13] = { 9, 0, 0, 4, 4, 8, 30, 9, 16, 20, 45, 60, 22 };
	const struct tune *t = arg;
	const struct tune_note *n = &t->notes[i];
	int d = abs(from - to);
	int32_t cost = d > 12 ? 300 : leaps[d] * (int32_t)(1300 - t->boldness * 6 / 10) / 1000;
	if (n->motif >= 0) {
		int off = abs(t->degree[to] - t->degree[from] - t->motifs[n->motif].move[n->index]);
		cost += (int32_t)(off * 10 * t->repetition / 1000);
	}
	if (n->ends_phrase && d > 4)
		cost += 12;
	if (i + 1 == t->n && d > 2)
		cost += d <= 4 ? 10 : 25; /* the end is reached by step */
	return cost;
}

static int32_t triple_cost(const void *arg, size_t i, int before, int from, int to)
{
	const struct tune *t = arg;
	int first = abs(from - before), second = abs(to - from);
	bool turns = (from > before) != (to > from);
	int32_t cost = before == from && from == to ? 14 : before == to && first ? 11 : 0;
	if (first > 4 && !(turns && second <= 4))
		cost += first > 7 ? 24 : 10; /* a leap goes back by step */
	if (!in_chord(t, i - 1, from)) {
		bool by_step = first >= 1 && first <= 2 && second >= 1 && second <= 2;
		cost += by_step ? 0 : second >= 1 && second <= 2 ? 18 : 50; /* passing, turning; leaning; hanging */
	}
	int leading = (t->h->key.tonic + 11) % 12;
	if (from % 12 == leading && in_chord(t, i - 1, from) && to != from + 1 && t->h->key.mode <= MODE_MINOR)
		cost += to == from ? 0 : 8;
	return cost;
}

int melody_pitches(struct tune *t, const struct model_watch *watch, uint8_t *ret, struct err *err)
{
	AUTO_MEM struct path_slot *slots = mem_new_array(t->n, sizeof(*slots));
	if (!slots)
		return err_set(err, -ENOMEM, "melody");
	count_degrees(t);
	candidates(t, slots);
	const struct path_costs costs = { pair_cost, triple_cost, t };
	return pitch_path(slots, t->n, &costs, watch, ret, NULL, err);
}
