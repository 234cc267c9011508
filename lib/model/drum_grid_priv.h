/*
 * drum_grid_priv.h - a bar of any meter as steps, and which step of a style's pattern each of them plays.
 *
 * Units:  ticks, 480 to a quarter note, from the bar line.
 * Shapes: a bar is groups (beats); a group has two to six steps. Meters over 4, 2 or 1 have a group of four steps for each
 *         unit; meters over 8 and 16 that divide by three have groups of three units and six steps, the others groups of two
 *         units and, where a unit is left over, one of three.
 */
#ifndef MODEL_DRUM_GRID_PRIV_H
#define MODEL_DRUM_GRID_PRIV_H

#include "base/err.h"
#include "model/drum_styles_priv.h"

#include <stdbool.h>
#include <stdint.h>

#define DRUM_TICKS     480
#define DRUM_METER_MAX 16 /* of either number */
#define DRUM_STEPS_MAX (4 * DRUM_METER_MAX)

struct drum_group {
	int32_t at, ticks;
	uint8_t first, n_steps;
	bool compound; /* three equal units, felt as one beat */
};

struct drum_grid {
	uint16_t num, den;
	int32_t bar_ticks;
	struct drum_group groups[DRUM_METER_MAX];
	size_t n_groups;
	int32_t at[DRUM_STEPS_MAX]; /* with swing */
	int32_t length[DRUM_STEPS_MAX]; /* without */
	uint8_t group_of[DRUM_STEPS_MAX];
	size_t n_steps;
};

/* swing_milli: 0 straight, 1000 triplets. -EINVAL for a meter that is none or beyond 16/16. */
int drum_grid_init(struct drum_grid *g, unsigned num, unsigned den, int64_t swing_milli, enum drum_swing swing, struct err *err);
/* The sign of a layer's text that step `step` of bar `bar` plays; '.' for none. */
char drum_grid_sign(const struct drum_grid *g, const struct drum_style *style, const struct drum_layer *layer, int64_t bar,
		    size_t step);
/* "7/8" as two numbers; -EINVAL for anything else. */
int drum_meter_parse(const char *text, unsigned *ret_num, unsigned *ret_den, struct err *err);

#endif
