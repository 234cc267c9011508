/*
 * counterpoint.h - a second voice against a given melody by the rules of species counterpoint.
 *
 * Rules:     what begins together with a note of the melody is a consonance (third, fifth, sixth, octave and their compounds; a unison
 *            only at the ends); a dissonance passes by step, turns back by step (third and fifth species), or is held over and
 *            resolves a step down (fourth and fifth). No parallel fifths or octaves between neighbours, nor from one note of the
 *            melody to the next in first and second species; no fifth or octave entered by both voices in the same direction; no crossing; no
 *            melodic tritones, sevenths or leaps beyond an octave. The end is an octave or unison, reached by step from the
 *            leading tone where the melody comes down to it. Contrary motion, steps and imperfect consonances are preferred, leaps turn back.
 * Method:    every line is weighed (pitch_path.h), with a little noise from the seed; the cheapest one is taken. Where no line keeps all
 *            rules the report counts those that are broken.
 * Source:    the species are those of J. J. Fux, Gradus ad Parnassum (1725), in two voices.
 * Same seed, same parameters, same score: the same notes on every machine. No shared state.
 */
#ifndef MODEL_COUNTERPOINT_H
#define MODEL_COUNTERPOINT_H

#include "model/generator.h"

enum counterpoint_species { SPECIES_FIRST, SPECIES_SECOND, SPECIES_THIRD, SPECIES_FOURTH, SPECIES_FLORID, SPECIES_COUNT };
enum counterpoint_position { COUNTER_ABOVE, COUNTER_BELOW };

struct counterpoint_params {
	int64_t species, position;
	int64_t voice; /* of the melody, from 1; 0: the highest */
	int64_t lo, hi, program;
	bool melody; /* put the melody into the result, too */
	double freedom;
};

#define COUNTERPOINT_VERSION "2"
extern const struct model_table counterpoint_table;
extern const struct generator counterpoint_generator;

#endif
