#include "rt/cycle_times.h"

RT_SAFE uint32_t cycle_times_bin(int64_t ns)
{
	if (ns < INT64_C(1) << CYCLE_TIMES_FIRST_BIT)
		return 0;
	uint32_t bit = 63 - (uint32_t)__builtin_clzll((uint64_t)ns);
	uint32_t bin = 1 + (bit - CYCLE_TIMES_FIRST_BIT) * 8 + (uint32_t)(ns >> (bit - 3) & 7);
	return bin < CYCLE_TIMES_BINS ? bin : CYCLE_TIMES_BINS - 1;
}

int64_t cycle_times_end_ns(uint32_t bin)
{
	if (bin == 0)
		return INT64_C(1) << CYCLE_TIMES_FIRST_BIT;
	if (bin >= CYCLE_TIMES_BINS - 1)
		return INT64_MAX;
	uint32_t bit = CYCLE_TIMES_FIRST_BIT + (bin - 1) / 8;
	return (int64_t)(9 + (bin - 1) % 8) << (bit - 3);
}

int64_t cycle_times_quantile_ns(const struct cycle_times *t, double part)
{
	uint64_t all = 0, below = 0;
	for (uint32_t i = 0; i < CYCLE_TIMES_BINS; i++)
		all += t->n[i];
	for (uint32_t i = 0; i < CYCLE_TIMES_BINS; i++) {
		below += t->n[i];
		if (below > 0 && (double)below >= part * (double)all)
			return cycle_times_end_ns(i);
	}
	return 0;
}

void cycle_times_since(const struct cycle_times *now, const struct cycle_times *before, struct cycle_times *ret)
{
	for (uint32_t i = 0; i < CYCLE_TIMES_BINS; i++)
		ret->n[i] = now->n[i] - before->n[i];
}
