/*
 * tension.h - how tense the harmony of a piece is, bar by bar: a published model of tonal distance.
 *
 * Method:    pitches are placed on Chew's spiral array (Chew 2000; radius 1, rise of a fifth sqrt(2/15)); three figures a
 *            window as in Herremans and Chew 2016, Tension ribbons: the cloud's diameter (how far apart what sounds is),
 *            the tensile strain (how far its centre is from the key's) and the movement of that centre from window to
 *            window. Spelling follows the key on the line of fifths. Beside them dissonance: the mean roughness of the
 *            intervals that sound together (Huron 1994's ranking of interval classes, scaled to 0..1).
 *            `total` weighs them with density, register and loudness to 0..1; those weights are ours.
 * Units:     a window is a felt bar; at most TENSION_WINDOWS_MAX: in longer pieces it is several.
 * Ownership: tension_report_done frees it.
 * Errors:    -ENOMEM.
 */
#ifndef MUSIC_TENSION_H
#define MUSIC_TENSION_H

#include "base/err.h"
#include "music/key_find.h"
#include "music/meter_find.h"
#include "music/notes.h"

#define TENSION_WINDOWS_MAX 1024

struct tension_window {
	double from_beats;
	double diameter, strain, movement; /* in units of the spiral's radius */
	double dissonance;                 /* 0..1; 0 for a single line */
	double density;                    /* onsets a beat */
	double register_mean;              /* pitch, by sounding time; 0 in silence */
	double loudness;                   /* mean velocity; 0 in silence */
	double total;                      /* 0..1 */
};

struct tension_report {
	struct tension_window *v;
	size_t n;
	double window_beats;
	double mean, peak, peak_beats; /* of total */
	double rise;                   /* mean total of the last third less that of the first, -1..1 */
};

int tension_find(const struct score *s, const struct key_report *key, const struct meter_report *meter,
		 struct tension_report *ret, struct err *err);
void tension_report_done(struct tension_report *r);

#endif
