/* progression_grammar.c - a phrase as harmonic functions, rewritten from its cadence. */
#include "model/progression_priv.h"

#include "base/banned.h"

bool composer_chance(struct composer *c, int64_t milli)
{
	return (int64_t)rng_below(&c->rng, 1000) < milli;
}

static void put(struct slot *s, enum function fn)
{
	*s = (struct slot){ .fn = fn };
}

/* PRE → PRE PRE | PRE */
static void pre_area(struct slot *s, int n)
{
	for (int i = 0; i < n; i++)
		put(&s[i], FN_PRE);
}

/* DOM → PRE DOM | DOM DOM | DOM */
static void dominant_area(struct composer *c, struct slot *s, int n)
{
	int dominants = n >= 3 && composer_chance(c, 350) ? 2 : n == 2 && composer_chance(c, 200) ? 2 : 1;
	pre_area(s, n - dominants);
	for (int i = n - dominants; i < n; i++)
		put(&s[i], FN_DOM);
}

/* T → T prolonged | T DOM T | T PRE T | T T */
static void tonic_area(struct composer *c, struct slot *s, int n)
{
	put(&s[0], FN_TONIC);
	if (n == 1)
		return;
	if (n >= 3 && composer_chance(c, 550)) {
		int inner = n >= 5 && composer_chance(c, 500) ? 2 : 1;
		put(&s[1], composer_chance(c, 600) ? FN_DOM : FN_PRE);
		if (inner == 2) {
			put(&s[1], FN_PRE);
			put(&s[2], FN_DOM);
		}
		tonic_area(c, s + 1 + inner, n - 1 - inner);
		return;
	}
	put(&s[1], FN_PROLONG);
	if (n > 2)
		tonic_area(c, s + 2, n - 2);
}

void grammar_swing(struct composer *c, struct slot *s, int n)
{
	int closes = s[n - 1].fn == FN_GOAL ? 2 : 1; /* what leads to a tonic at the end stays */
	int64_t dominants = c->key.mode == MODE_DORIAN ? 300 : 600; /* the degree that tells dorian is in IV and ii */
	for (int i = 0; i < n - closes; i++) {
		if (i % 2 == 0 && (i == 0 || composer_chance(c, 850)))
			put(&s[i], FN_TONIC);
		else if (s[i].fn == FN_TONIC || s[i].fn == FN_PROLONG)
			put(&s[i], composer_chance(c, dominants) ? FN_DOM : FN_PRE);
	}
}

void grammar_phrase(struct composer *c, enum progression_cadence cadence, struct slot *s, int n)
{
	static const enum function goals[CADENCE_COUNT] = { FN_GOAL, FN_GOAL, FN_DOM, FN_DECEPTIVE };
	int open = cadence == CADENCE_HALF; /* its goal is the dominant itself */
	put(&s[n - 1], goals[cadence]);
	s[n - 1].cadential = true;
	if (n == 1)
		return;
	/* How much of the phrase leads to the goal: from one chord up to half of it. */
	int area = open ? 0 : 1;
	if (n >= 4)
		area += composer_chance(c, 750) ? 1 + (int)rng_below(&c->rng, (uint64_t)(n / 4)) : 0;
	area = area > n - 1 ? n - 1 : area;
	int rest = n - 1 - area;
	if (rest)
		tonic_area(c, s, rest);
	if (cadence == CADENCE_PLAGAL) {
		pre_area(s + rest, area);
		s[n - 2].fn = FN_PLAGAL;
	} else if (open) {
		pre_area(s + rest, area);
	} else {
		dominant_area(c, s + rest, area);
	}
	if (n >= 2 && area)
		s[n - 2].cadential = true;
}
