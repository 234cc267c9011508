/*
 * meter_shape.h - what a bar of a meter feels like: its beats, and how heavy each place is.
 *
 * Units:     ticks, METER_TICKS to a quarter note, from the bar line.
 * Shapes:    6/8, 9/8 and 12/8 have beats of three eighths; 5/8 is 3 + 2, 7/8 2 + 2 + 3; every other meter has num beats.
 * Errors:    -EINVAL for meters of more than METER_BEATS beats or finer than 1/64.
 */
#ifndef MODEL_METER_SHAPE_H
#define MODEL_METER_SHAPE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { METER_TICKS = 480, METER_BEATS = 16 };

struct meter_shape {
	int num, den;
	int32_t bar_ticks;
	int n_beats;
	int32_t beat_at[METER_BEATS + 1]; /* the last one is bar_ticks */
	bool compound;                    /* beats divide in three */
};

int meter_shape_make(unsigned num, unsigned den, struct meter_shape *ret, struct err *err);
/* 3: the bar line; 2: the other heavy beat of an even bar; 1: a beat; 0: between beats. */
int meter_weight(const struct meter_shape *m, int32_t tick);
/* The beat at or before a tick of the bar. */
int meter_beat(const struct meter_shape *m, int32_t tick);

/* The meters that a generator's parameter offers: "4/4", ... NULL. */
extern const char *const meter_names[];
int meter_shape_of_name(const char *name, struct meter_shape *ret, struct err *err);

#endif
