/*
 * swing_priv.h - off-beat eighths later, in all voices alike.
 */
#ifndef MODEL_SWING_PRIV_H
#define MODEL_SWING_PRIV_H

#include "model/meter_shape.h"
#include "music/notes.h"

/* 0: straight; 1000: the second eighth of each quarter begins at two thirds. Meters counted in eighths stay as they are. */
void swing_score(struct score *s, const struct meter_shape *m, int thousandths);

#endif
