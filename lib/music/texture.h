/*
 * texture.h - figures of a whole piece: density, complexity, energy and what they are made of.
 *
 * Units:     shares and indices are 0..1 where nothing else is said; entropies are in bits.
 * Method:    entropies of pitch classes, of melodic intervals and of relative durations (Shannon). Syncopation after
 *            Longuet-Higgins and Lee 1984: an onset that sounds over a stronger place of the bar than its own counts the
 *            difference of their levels; mean over onsets, in levels. Complexity and energy are weighted means of these
 *            (texture.c says how); the weights are ours.
 * Errors:    -ENOMEM. All is 0 without notes.
 */
#ifndef MUSIC_TEXTURE_H
#define MUSIC_TEXTURE_H

#include "base/err.h"
#include "music/key_find.h"
#include "music/meter_find.h"
#include "music/notes.h"

struct texture_report {
	size_t n_notes, n_onsets;
	double duration_s;
	double notes_a_second, onsets_a_beat; /* of felt beats */
	double polyphony;                     /* mean number of notes while something sounds; drums left out */
	int lowest, highest;                  /* pitches without drums; -1 */
	double pitch_entropy, interval_entropy, rhythm_entropy;
	double chromatic;    /* share of sounding time outside of the key's scale */
	double leaps;        /* share of steps of the top line wider than a major third */
	double syncopation;  /* levels an onset */
	double articulation; /* sounding time of a note against the time to the next onset, at most 1: small is short */
	double mean_velocity, velocity_spread; /* mean and standard deviation, 0..127 */
	double drums;        /* share of notes */
	double complexity, energy;
};

int texture_find(const struct score *s, const struct key_report *key, const struct meter_report *meter,
		 struct texture_report *ret, struct err *err);

#endif
