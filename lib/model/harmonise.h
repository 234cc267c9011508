/*
 * harmonise.h - four voices for a melody: soprano, alto, tenor and bass, as chorales have them.
 *
 * Rules:     ranges (soprano as given, alto 55-74, tenor 48-67, bass 38-62), an octave at most between neighbours above the bass, no crossing;
 *            chords have root and third, the leading tone and the seventh are not doubled; no parallel fifths or octaves between any two
 *            voices; where a dominant goes to the tonic its leading tone goes up, sevenths go down by step (or stay); no hidden
 *            octaves between the outer voices when the soprano leaps. The end is the tonic in root position, behind a dominant where the
 *            melody allows it.
 * Method:    a chord for each beat on which the melody moves, with all its voicings; the cheapest path through all of them (Viterbi).
 *            To come back to a chord that was just left costs, so that a tune gets more than its tonic and its dominant.
 *            Notes between beats stay the soprano's own. Where no path keeps all rules the report counts what is broken. A melody that lies
 *            too low or high for a soprano is moved by octaves.
 * Same seed, same parameters, same score: the same notes on every machine. No shared state.
 */
#ifndef MODEL_HARMONISE_H
#define MODEL_HARMONISE_H

#include "model/generator.h"

struct harmonise_params {
	int64_t voice, program;
	double freedom; /* how much seeds differ */
};

#define HARMONISE_VERSION "3"
extern const struct model_table harmonise_table;
extern const struct generator harmonise_generator;

#endif
