/*
 * played.h - performances of known truth: a pattern of positions in a beat, played with a known looseness.
 */
#ifndef TESTS_MUSIC_PLAYED_H
#define TESTS_MUSIC_PLAYED_H

#include "base/rng.h"
#include "music/notes.h"

#include <math.h>

/* About normal, standard deviation 1. */
static inline double played_normal(struct rng *r)
{
	double sum = -6;
	for (int i = 0; i < 12; i++)
		sum += rng_double(r);
	return sum;
}

/* Adds one beat's notes: each place of `places` with likelihood `often` (the first always), off by `sigma` beats. */
static inline void played_beat(struct score *s, struct rng *r, double beat, const double *places, size_t n, double often, double sigma)
{
	for (size_t i = 0; i < n; i++) {
		if (i && rng_double(r) >= often)
			continue;
		double at = beat + places[i] + sigma * played_normal(r);
		struct note x = { fmax(0, at), 0.2, (uint8_t)(60 + rng_below(r, 12)), (uint8_t)(70 + rng_below(r, 30)), 0, 64 };
		(void)score_add_note(s, 0, &x, NULL);
	}
}

/* `beats` beats of one pattern in 4/4. */
static inline struct score *played_make(uint64_t seed, const double *places, size_t n, double often, double sigma, int beats)
{
	struct score *s = score_new();
	struct rng r;
	size_t v;
	rng_init(&r, seed);
	if (!s || score_add_voice(s, "", &v, NULL) < 0 || score_set_meter(s, 0, 4, 4, NULL) < 0)
		return s;
	for (int i = 0; i < beats; i++)
		played_beat(s, &r, i, places, n, often, sigma);
	score_sort(s);
	return s;
}

#endif
