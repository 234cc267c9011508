/* bass_walk.c - a walking bass, searched as a whole. */
#include "model/bass_priv.h"

#include "model/pitch_path.h"

#include <stdlib.h>

#include "base/banned.h"

struct walk {
	const struct bass *b;
	const int32_t *at; /* beats */
	size_t n;
};

static const struct harmony_chord *chord_of(const struct walk *w, size_t i)
{
	return harmony_at(w->b->h, w->at[i]);
}

static bool begins_chord(const struct walk *w, size_t i)
{
	return i == 0 || chord_of(w, i)->at > w->at[i - 1];
}

static int32_t own_cost(const struct walk *w, size_t i, int pitch)
{
	const struct harmony_chord *c = chord_of(w, i);
	const struct meter_shape *m = &w->b->h->meter;
	if (begins_chord(w, i))
		return pitch % 12 == c->chord.bass ? 0 : PATH_NEVER;
	bool leads = i + 1 < w->n && begins_chord(w, i + 1);
	int32_t cost = abs(pitch - (int)(w->b->p->lo + w->b->p->hi) / 2) / 3;
	if (chord_has(&c->chord, pitch))
		return cost;
	cost += meter_weight(m, w->at[i] % m->bar_ticks) >= 2 && !leads ? 22 : 6;
	return cost + (mask_has(harmony_scale(w->b->h, &c->chord), pitch) ? 0 : leads ? 2 : 30);
}

static int32_t pair_cost(const void *arg, size_t i, int from, int to)
{
	const struct walk *w = arg;
	int d = abs(from - to);
	if (d == 0)
		return 40;
	if (begins_chord(w, i) && i)
		return d <= 2 ? 0 : d == 5 || d == 7 ? 7 : 12 + d; /* led into */
	return d <= 2 ? 0 : d <= 4 ? 2 : d <= 7 ? 5 : 12 + d;
}

static int32_t triple_cost(const void *arg, size_t i, int before, int from, int to)
{
	bool turns = (from > before) != (to > from);
	(void)arg;
	(void)i;
	return before == to ? 12 : turns ? (abs(from - before) > 4 ? 0 : 3) : abs(to - before) > 9 ? 14 : 0;
}

static int search(struct walk *w, struct rng *r, uint8_t *ret, struct err *err)
{
	AUTO_MEM struct path_slot *slots = mem_new_array(w->n, sizeof(*slots));
	if (!slots)
		return err_set(err, -ENOMEM, "bass");
	for (size_t i = 0; i < w->n; i++) {
		int lo = (int)w->b->p->lo, hi = (int)w->b->p->hi;
		slots[i].n = 0;
		if (hi - lo >= PATH_CANDIDATES)
			hi = lo + PATH_CANDIDATES - 1;
		for (int p = lo; p <= hi; p++)
			path_offer(&slots[i], p, own_cost(w, i, p) + (int32_t)rng_below(r, 9));
	}
	const struct path_costs costs = { pair_cost, triple_cost, w };
	return pitch_path(slots, w->n, &costs, w->b->watch, ret, NULL, err);
}

int bass_walk(struct bass *b, int32_t until, struct err *err)
{
	const struct meter_shape *m = &b->h->meter;
	struct walk w = { .b = b };
	size_t room = (size_t)(until / m->bar_ticks) * (size_t)m->n_beats;
	AUTO_MEM int32_t *at = mem_new_array(room, sizeof(*at));
	AUTO_MEM uint8_t *pitch = mem_new_array(room, 1);
	if (!at || !pitch)
		return err_set(err, -ENOMEM, "bass");
	for (int32_t bar = 0; bar < until; bar += m->bar_ticks)
		for (int k = 0; k < m->n_beats; k++)
			at[w.n++] = bar + m->beat_at[k];
	w.at = at;
	int code = w.n ? search(&w, &b->rng, pitch, err) : 0;
	for (size_t i = 0; code == 0 && i < w.n; i++) {
		int32_t end = i + 1 < w.n ? at[i + 1] : until;
		/* Now and then the beat is divided, and the second note leans on the first. */
		bool skips = end - at[i] == METER_TICKS && rng_below(&b->rng, 9) == 0;
		code = bass_add(b, at[i], skips ? METER_TICKS * 2 / 3 : end - at[i], pitch[i], err);
		if (code == 0 && skips)
			code = bass_add(b, at[i] + METER_TICKS * 2 / 3, METER_TICKS / 3, pitch[i], err);
	}
	return code;
}
