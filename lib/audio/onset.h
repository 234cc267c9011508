/*
 * onset.h - where notes and hits begin.
 *
 * Method:    the rise of the mel bands (logarithmic, against the loudest of three neighbouring bands 20 ms ago, so that vibrato
 *            and glides are not onsets), its peaks above a moving mean, then the place in the envelope of 1 ms steps where
 *            the sound rises most.
 * Units:     seconds; strength in decibels, a mean over the bands.
 * Ownership: onsets_done frees the list.
 * Threads:   pure functions.
 * Errors:    -ENOMEM.
 * Source:    S. Böck and G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013, for the rise.
 */
#ifndef AUDIO_ONSET_H
#define AUDIO_ONSET_H

#include "audio/hearing.h"
#include "base/err.h"

#include <stddef.h>

struct onset {
	double at_s;
	double strength_db;
	double level; /* the highest sample of the 60 ms behind it */
};

struct onsets {
	struct onset *v;
	size_t n, room;
};

enum onset_range { ONSET_ALL, ONSET_LOW, ONSET_HIGH, ONSET_RANGE_COUNT }; /* all bands; below 200 Hz; above 4 kHz */

/* How much loudness counts: quiet onsets nearly as much as loud ones, or as accents want it. */
enum onset_ear { ONSET_EAR_EVEN, ONSET_EAR_ACCENTS };

/* How much begins in each fast column: ret[h->n_fast]. */
void onset_strength(const struct hearing *h, enum onset_range range, enum onset_ear ear, float *ret);
/* sensitivity 0.5 is the usual; 0 hears only clear attacks, 1 nearly everything. */
int onsets_find(const struct hearing *h, double sensitivity, struct onsets *ret, struct err *err);
void onsets_done(struct onsets *o);

#endif
