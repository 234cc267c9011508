/*
 * drum_fill_priv.h - the end of a phrase: a fill is beats, a beat is a rhythm, and the drums run down (or roll, or thicken).
 */
#ifndef MODEL_DRUM_FILL_PRIV_H
#define MODEL_DRUM_FILL_PRIV_H

#include "base/rng.h"
#include "model/drum_grid_priv.h"
#include "model/drum_hits_priv.h"

/* How many of the bar's groups a fill takes; at least one. */
size_t drum_fill_groups(const struct drum_grid *g, int64_t density_milli, bool large, struct rng *r);
/* Fills the bar that begins at `bar_at` from step `first` on. */
int drum_fill_make(const struct drum_grid *g, enum drum_fill kind, size_t first, int64_t bar_at, int64_t density_milli,
		   int64_t intensity_milli, struct rng *r, struct drum_hits *hits, struct err *err);
/* What marks the phrase that begins; 0 for nothing. */
int drum_fill_arrival(enum drum_fill kind);

#endif
