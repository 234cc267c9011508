#include "model/voice_leading.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { CANDIDATES = 40 };

struct candidates {
	struct voicing v[CANDIDATES];
	int32_t cost[CANDIDATES];
	int n;
};

bool voices_parallel(int low_from, int high_from, int low_to, int high_to)
{
	int before = high_from - low_from, after = high_to - low_to;
	if (low_from == low_to || high_from == high_to || before < 0 || after < 0)
		return false;
	bool same = before % 12 == after % 12;
	return same && (before % 12 == 0 || before % 12 == 7);
}

/* --- the voicings of a chord ------------------------------------------------------------------ */

/* Tones that must sound somewhere, by pitch class. */
static uint16_t needed(const struct chord *c, int n_voices)
{
	uint16_t all = 0, must = 0;
	int third = chord_third(c), seventh = chord_seventh(c), fifth = chord_fifth(c);
	for (int pc = 0; pc < 12; pc++)
		all |= (uint16_t)(chord_has(c, pc) << pc);
	if (third >= 0)
		must |= (uint16_t)(1 << (c->root + third) % 12);
	if (seventh >= 0)
		must |= (uint16_t)(1 << (c->root + seventh) % 12);
	if (c->bass != c->root)
		must |= (uint16_t)(1 << c->root);
	must &= (uint16_t)~(1 << c->bass);
	if (fifth >= 0 && fifth != 7 && __builtin_popcount(must) < n_voices - 1)
		must |= (uint16_t)(1 << (c->root + fifth) % 12);
	return __builtin_popcount(all) <= n_voices ? all & (uint16_t)~(1 << c->bass) : must;
}

static int32_t own_cost(const struct voicing *v, const struct voicing_rules *r, const struct chord *c, uint16_t must)
{
	int32_t cost = 0;
	uint16_t has = 0;
	for (int i = 1; i < v->n; i++)
		has |= (uint16_t)(1 << v->pitch[i] % 12);
	cost += 400 * __builtin_popcount(must & ~has);
	int doubled = 0;
	for (int i = 1; i < v->n; i++)
		doubled += v->pitch[i] % 12 == (c->root + (chord_third(c) >= 0 ? chord_third(c) : 0)) % 12;
	cost += doubled > 1 ? 12 * (doubled - 1) : 0;
	int middle = (v->pitch[1] + v->pitch[v->n - 1]) / 2 - (r->lo + r->hi) / 2;
	cost += middle * middle / 4;
	if (v->pitch[1] - v->pitch[0] < 3 && v->pitch[1] < 55)
		cost += 15; /* mud */
	for (int i = 2; i < v->n; i++)
		cost += v->pitch[i] - v->pitch[i - 1] <= 1 ? 8 : 0;
	return cost;
}

/* Keeps the CANDIDATES cheapest. */
static void offer(struct candidates *c, const struct voicing *v, int32_t cost)
{
	int at = c->n;
	if (at == CANDIDATES) {
		int worst = 0;
		for (int i = 1; i < c->n; i++)
			worst = c->cost[i] > c->cost[worst] ? i : worst;
		if (c->cost[worst] <= cost)
			return;
		at = worst;
	} else {
		c->n++;
	}
	c->v[at] = *v;
	c->cost[at] = cost;
}

struct search {
	const struct voicing_rules *r;
	const struct chord *chord;
	uint16_t classes, must;
	struct candidates *out;
};

static void stack(const struct search *s, struct voicing *v, int i)
{
	if (i == v->n) {
		offer(s->out, v, own_cost(v, s->r, s->chord, s->must));
		return;
	}
	int from = i == 1 ? s->r->lo : v->pitch[i - 1] + 1, to = i == 1 ? s->r->hi - 7 : v->pitch[i - 1] + 9;
	from = from <= v->pitch[0] ? v->pitch[0] + 1 : from;
	for (int p = from; p <= to && p <= s->r->hi; p++) {
		if (!mask_has(s->classes, p))
			continue;
		v->pitch[i] = (uint8_t)p;
		stack(s, v, i + 1);
	}
}

static void find_candidates(const struct chord *c, const struct voicing_rules *r, struct candidates *ret)
{
	struct search s = { .r = r, .chord = c, .classes = chord_pitch_classes(c), .must = needed(c, r->n_voices), .out = ret };
	if (c->bass != c->root && !(c->tones >> ((c->bass - c->root + 12) % 12) & 1))
		s.classes &= (uint16_t)~(1 << c->bass); /* a foreign bass stays below */
	ret->n = 0;
	for (int low = r->bass_lo; low < r->bass_lo + 18; low++) {
		struct voicing v = { .n = r->n_voices };
		v.pitch[0] = (uint8_t)low;
		if (low % 12 == c->bass && low >= 0 && low < r->hi - 7)
			stack(&s, &v, 1);
	}
}

/* --- the path ---------------------------------------------------------------------------------- */

static int32_t move_cost(const struct voicing *a, const struct voicing *b)
{
	int32_t cost = 0;
	for (int i = 1; i < a->n; i++) {
		int d = abs(b->pitch[i] - a->pitch[i]);
		cost += d * 2 + (d > 4 ? (d - 4) * 4 : 0);
	}
	int top = abs(b->pitch[b->n - 1] - a->pitch[a->n - 1]);
	cost += top > 5 ? (top - 5) * 6 : 0;
	cost += abs(b->pitch[0] - a->pitch[0]) / 2;
	for (int i = 0; i < a->n; i++)
		for (int k = i + 1; k < a->n; k++)
			cost += voices_parallel(a->pitch[i], a->pitch[k], b->pitch[i], b->pitch[k]) ? 30 : 0;
	return cost;
}

int voice_lead(const struct harmony *h, const struct voicing_rules *r, const struct model_watch *watch, struct voicing *ret,
	       struct err *err)
{
	if (r->hi - r->lo < VOICE_RANGE_MIN || r->lo < 0 || r->hi > 127 || r->n_voices < 3 || r->n_voices > VOICES_MAX)
		return err_set(err, -EINVAL, "voices from %d to %d; allowed are %d semitones or more", r->lo, r->hi, VOICE_RANGE_MIN);
	AUTO_MEM struct candidates *c = mem_new_array(2, sizeof(*c));
	AUTO_MEM struct voicing *all = mem_new_array(h->n, CANDIDATES * sizeof(*all));
	AUTO_MEM uint8_t *from = mem_new_array(h->n, CANDIDATES);
	if (!c || !all || !from)
		return err_set(err, -ENOMEM, "voicings");
	int32_t cost[CANDIDATES], next[CANDIDATES];
	int n = 0;
	for (size_t i = 0; i < h->n; i++) {
		if (model_cancelled(watch))
			return err_set(err, -ECANCELED, "cancelled");
		struct candidates *now = &c[i % 2], *before = &c[1 - i % 2];
		find_candidates(&h->chords[i].chord, r, now);
		for (int k = 0; k < now->n; k++) {
			int32_t best = i ? INT32_MAX : 0;
			for (int b = 0; i && b < n; b++) {
				int32_t sum = cost[b] + move_cost(&before->v[b], &now->v[k]);
				if (sum < best) {
					best = sum;
					from[i * CANDIDATES + (size_t)k] = (uint8_t)b;
				}
			}
			next[k] = best + now->cost[k];
		}
		n = now->n;
		if (!n)
			return err_set(err, -EINVAL, "no voicing of chord %zu lies between %d and %d", i + 1, r->lo, r->hi);
		memcpy(cost, next, sizeof(cost));
		memcpy(&all[i * CANDIDATES], now->v, sizeof(now->v));
	}
	int k = 0;
	for (int b = 1; b < n; b++)
		k = cost[b] < cost[k] ? b : k;
	for (size_t i = h->n; i-- > 0; k = from[i * CANDIDATES + (size_t)k])
		ret[i] = all[i * CANDIDATES + (size_t)k];
	return 0;
}
