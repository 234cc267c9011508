/*
 * perception_harmony.h - what a piece's harmony is, as numbers that can be compared.
 *
 * Shape:     HARMONY_SIZE numbers. [0] the tonic's pitch class, -1 where there is none. [1] beats that have a chord, 0 where no
 *            chords are known (sound). From HARMONY_CHROMA: shares of the twelve pitch classes from C. From HARMONY_CHORDS:
 *            beats of each chord, root from C times 3 plus its third (major, minor, neither). From HARMONY_MOVES: how often a
 *            chord is followed by another: (semitones up from root to root * 3 + third) * 3 + third of the next.
 * Likeness:  of two pieces, 0..1: a weighted mean of affinities (cosines of the square roots: what is rare counts, too). By
 *            degree everything counts from the tonic, so that a transposed piece is the same: 0.4 chords, 0.2 moves, 0.4 pitch
 *            classes; where either has no chords, pitch classes alone. By name nothing is turned, and moves do not count: 0.7
 *            chords, 0.3 pitch classes.
 * Threads:   pure functions.
 */
#ifndef QUERY_CONTROL_PERCEPTION_HARMONY_H
#define QUERY_CONTROL_PERCEPTION_HARMONY_H

#include "base/json.h"

enum {
	HARMONY_CHROMA = 2,
	HARMONY_CHORDS = HARMONY_CHROMA + 12,
	HARMONY_MOVES = HARMONY_CHORDS + 36,
	HARMONY_SIZE = HARMONY_MOVES + 108,
};

enum harmony_by { HARMONY_BY_DEGREE, HARMONY_BY_NAME };

/* A number of a report that others wrote: what is absurdly large is 0. */
float harmony_number(double v);
/*
 * `tonic` is a name ("Bb"; NULL: none), `chroma` a list of twelve numbers from C, `chords` a list of {"chord", "from_beats",
 * "to_beats"}; either list may be NULL. What cannot be read as a chord counts as silence.
 */
void harmony_of(const char *tonic, const json_t *chroma, const json_t *chords, float ret[HARMONY_SIZE]);
double harmony_likeness(const float *a, const float *b, enum harmony_by by);

/* Pitch class from C of the name that `s` begins with ("F#m7": 6), and how long the name is; -1 for none. */
int harmony_root(const char *s, size_t *ret_n);

#endif
