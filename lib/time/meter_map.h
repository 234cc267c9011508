/*
 * meter_map.h - bars and beats of the bar: time signatures along the timeline, and pick-ups.
 *
 * Units:     positions are beats (quarter notes, double); a 6/8 bar is 3 beats long. Bars count from 1.
 * Shapes:    points[n], n >= 1, sorted by beat. points[0].beat is where bar 1 starts: with a pick-up of one beat it is 1,
 *            and beat 0 lies in bar 0. Each later point starts a new bar, even where the bar before it is cut short.
 * Ownership: lives in memory of the caller: meter_map_bytes(n) of it, aligned to 8; nothing to free inside.
 * Threads:   built on the control thread; once published it is immutable and RT_SAFE to read.
 * Errors:    -EINVAL (unsorted, numerator outside 1..64, denominator not a power of two up to 64).
 * Source:    docs/time.md.
 */
#ifndef TIME_METER_MAP_H
#define TIME_METER_MAP_H

#include "dsp/rt_mark.h"

#include <stddef.h>
#include <stdint.h>

struct meter_point {
	double beat;
	uint32_t numerator;
	uint32_t denominator;
};

struct meter_place {
	int64_t bar;          /* 1 is the first full bar; 0 and below come before it */
	double beat_in_bar;   /* quarter notes from the start of the bar */
	double bar_start;     /* beat on which the bar starts */
	double bar_beats;     /* its length in quarter notes */
	uint32_t numerator;
	uint32_t denominator;
};

struct meter_map;

size_t meter_map_bytes(uint32_t n_points);
int meter_map_init(void *memory, const struct meter_point *points, uint32_t n_points, struct meter_map **ret,
		   uint32_t *at_point);

RT_SAFE struct meter_place meter_map_place(const struct meter_map *m, double beat);
/* The beat on which bar `bar` starts. */
RT_SAFE double meter_map_bar_start(const struct meter_map *m, int64_t bar);
/* The first bar line at or after `beat`; one closer than a millionth of a beat counts as at. */
RT_SAFE double meter_map_next_bar(const struct meter_map *m, double beat);
/* The first whole quarter note, counted from the bar's start, at or after `beat`, never past the bar line. */
RT_SAFE double meter_map_next_beat(const struct meter_map *m, double beat);

#endif
