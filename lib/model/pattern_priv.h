/*
 * pattern_priv.h - rhythms written as letters, a letter for a sixteenth, put together for any meter.
 *
 * Letters: '-' holds what sounds, '.' is silent, anything else begins a note; what it means is the generator's affair.
 * Meters:  bars of two, three and four beats take their cells from `four` and `three`, longer ones are groups of those; beats of three
 *          eighths take `first` and `other`. A half note's beat takes two cells, an eighth's the first half of one.
 */
#ifndef MODEL_PATTERN_PRIV_H
#define MODEL_PATTERN_PRIV_H

#include "model/meter_shape.h"

struct pattern {
	const char *four;  /* 16 letters */
	const char *three; /* 12 */
	const char *first, *other; /* 6 each */
};

enum { PATTERN_STEPS = 257 }; /* with the end */

/* The letters of a bar; *ret_step_ticks each. A bar that sixteenths do not divide is one step. */
int pattern_bar(const struct pattern *p, const struct meter_shape *m, char ret[PATTERN_STEPS], int32_t *ret_step_ticks);

#endif
