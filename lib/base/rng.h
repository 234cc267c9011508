/*
 * rng.h - random numbers that are the same everywhere for the same seed.
 *
 * Stream:    xoshiro256** (Blackman, Vigna 2018), its four words filled by splitmix64 from the seed.
 *            This is a promise: recorded seeds must give the same music in later versions.
 * Threads:   a struct rng belongs to one thread.
 * Errors:    none. Not for secrets: rng_entropy draws those from the kernel.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_init(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
/* Evenly from 0 to n - 1 (n >= 1), without bias: draws again while the low half of r * n is below 2^64 mod n. */
uint64_t rng_below(struct rng *r, uint64_t n);
/* Evenly from lo to hi, both included (lo <= hi). */
int64_t rng_range(struct rng *r, int64_t lo, int64_t hi);
/* In [0, 1): the upper 53 bits of one draw divided by 2^53. */
double rng_double(struct rng *r);
/* An independent stream for part `index` of a larger whole: same seed and index, same stream. */
void rng_split(struct rng *ret, uint64_t seed, uint64_t index);

/* Fills n bytes from the kernel; for keys, tokens and seeds that are then recorded. */
void rng_entropy(void *ret, size_t n);

#endif
