/*
 * seed.h - random numbers for property tests: the same ones each time, others with TEST_SEED=N; `make seeds` tries many.
 */
#ifndef TESTS_SEED_H
#define TESTS_SEED_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Printed at once: a test that hangs says it, too. */
static inline uint64_t test_seed(void)
{
	const char *given = getenv("TEST_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 1;
	printf("TEST_SEED=%llu\n", (unsigned long long)seed);
	fflush(stdout);
	return seed;
}

/* Where seed_next begins. */
static inline uint64_t seed_start(void)
{
	return test_seed() * 2654435769u + 88172645463325252u;
}

static inline uint64_t seed_next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* 0 <= x < n */
static inline uint32_t seed_below(uint64_t *s, uint32_t n)
{
	return (uint32_t)((seed_next(s) >> 20) % n);
}

/* 0 <= x < 1 */
static inline double seed_unit(uint64_t *s)
{
	return (double)(seed_next(s) >> 11) * 0x1p-53;
}

#endif
