/*
 * tune_regroup.h - how to come by meters that the model knows little of: as bars of another meter, joined or played at half the speed.
 *
 * Method:    12/8 is 6/8 with two bars to one, 3/2 is 3/4 and 6/4 is 6/8 with every note twice as long; reels and hornpipes in 4/4
 *            are those in 2/2, as they were written down.
 * Ownership: *ret must be TUNE_INIT; the caller frees it.
 * Errors:    -ENOMEM.
 */
#ifndef MODEL_TUNE_REGROUP_H
#define MODEL_TUNE_REGROUP_H

#include "model/tune.h"

struct tune_grouping {
	uint8_t told;    /* the meter that the model is told */
	uint8_t bars;    /* of that meter to one that was asked for */
	uint8_t stretch; /* so many times longer is a note */
};

struct tune_grouping tune_grouping_of(int meter, int form);
/* A tune in the meter that was told as one in `meter`; bars that lack partners get rests before them, as a pick-up has. */
int tune_regroup(const struct tune *t, int meter, struct tune *ret, struct err *err);

#endif
