/*
 * cycle_times.h - how long the cycles of an audio thread took: a histogram whose bins grow with the time, eight to each doubling.
 *
 * Units:     nanoseconds of processor time; a bin tells its upper end, which is at most an eighth above what is in it.
 * Threads:   the counts of an attention are read at any time (attention_cycle_times); two readings subtracted are what came between.
 */
#ifndef RT_CYCLE_TIMES_H
#define RT_CYCLE_TIMES_H

#include <stdint.h>

#include "dsp/rt_mark.h"

enum {
	CYCLE_TIMES_FIRST_BIT = 10, /* bin 0 is below 1.024 us */
	CYCLE_TIMES_OCTAVES = 20,   /* the last bin has all from a second on */
	CYCLE_TIMES_BINS = 8 * CYCLE_TIMES_OCTAVES + 2
};

struct cycle_times {
	uint64_t n[CYCLE_TIMES_BINS];
};

RT_SAFE uint32_t cycle_times_bin(int64_t ns);
/* Where the bin ends, INT64_MAX for the last. */
int64_t cycle_times_end_ns(uint32_t bin);
/* The end of the bin in which that part of all cycles lies (0.999: all but one of a thousand are below it); 0 when there are none. */
int64_t cycle_times_quantile_ns(const struct cycle_times *t, double part);
/* What came since `before`. */
void cycle_times_since(const struct cycle_times *now, const struct cycle_times *before, struct cycle_times *ret);

#endif
