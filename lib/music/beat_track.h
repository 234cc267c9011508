/*
 * beat_track.h - regular beats through onsets that keep to no grid.
 *
 * Units:     seconds.
 * Method:    the period is the one whose phase the onsets of each eight seconds agree on best (40 to 200 a minute, 105
 *            preferred); beats are then the best path of steps near that period through the onsets (Ellis 2007).
 * Errors:    -EINVAL for fewer than 4 onsets, -ENOMEM. Looks at the first ten minutes.
 */
#ifndef MUSIC_BEAT_TRACK_H
#define MUSIC_BEAT_TRACK_H

#include "base/err.h"

#include <stddef.h>

struct beat_track {
	double *seconds; /* of each beat; rising */
	size_t n;
	double period_s;   /* the median step */
	double confidence; /* 0..1: how well onsets agree on it */
};

/* onsets are sorted; weight may be NULL (all alike). */
int beat_track_find(const double *onsets_s, const double *weight, size_t n, struct beat_track *ret, struct err *err);
void beat_track_done(struct beat_track *b);
/* A time as a number of beats from the first one; beyond both ends the period goes on. */
double beat_track_position(const struct beat_track *b, double seconds);

#endif
