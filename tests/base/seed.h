/*
 * seed.h - the seed of a property test: TEST_SEED replays one, otherwise it is drawn and printed.
 */
#ifndef TESTS_BASE_SEED_H
#define TESTS_BASE_SEED_H

#include "base/rng.h"

#include "../check.h"

#include <stdlib.h>

static inline uint64_t test_seed(void)
{
	const char *s = getenv("TEST_SEED");
	uint64_t seed = s ? strtoull(s, NULL, 0) : 0;
	if (!s)
		rng_entropy(&seed, sizeof(seed));
	print_message("TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

#endif
