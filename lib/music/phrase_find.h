/*
 * phrase_find.h - where the top line breathes: phrases and their lengths.
 *
 * Units:     beats as in notes.h.
 * Method:    how strong a boundary each onset is after Cambouropoulos 2001 (LBDM: changes of interval, of time between
 *            onsets, and rests, against their neighbours); then the best cut into phrases (dynamic programming), where
 *            boundaries near bar lines and lengths of four, two or eight bars are preferred. At most 4096 onsets.
 * Ownership: phrase_report_done frees it.
 * Errors:    -ENOMEM.
 */
#ifndef MUSIC_PHRASE_FIND_H
#define MUSIC_PHRASE_FIND_H

#include "base/err.h"
#include "music/meter_find.h"
#include "music/notes.h"

struct phrase {
	double from_beats, to_beats; /* of its first onset, and of the next phrase's (or the end) */
	size_t n_notes;              /* onsets */
	double strength;             /* of the boundary at its beginning, 0..1; 1 for the first */
};

struct phrase_report {
	struct phrase *v;
	size_t n;
	double mean_bars; /* mean length */
};

int phrases_find(const struct score *s, const struct meter_report *meter, struct phrase_report *ret, struct err *err);
void phrase_report_done(struct phrase_report *r);

#endif
