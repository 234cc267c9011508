/*
 * progression.h - chord progressions by a grammar of harmonic functions.
 *
 * Method:    a phrase is rewritten from its cadence: tonic, then what prolongs it, then a predominant that leads to a dominant that leads to
 *            the cadence's goal; each function becomes a chord with a style's weights. Then, the more the higher the
 *            complexity: secondary dominants, chords borrowed from the parallel mode, tritone substitutes (jazz), sevenths and tensions,
 *            inversions where they make the bass move by step, two chords a bar. Phrases answer each other (half cadence,
 *            authentic cadence) and come back: A A' B A'. Pop repeats a loop, blues follows its twelve, eight or sixteen bars, modal
 *            harmony swings between the tonic and the chords that tell the mode.
 * Units:     bars; complexity 0 to 1.
 * Same seed, same parameters: the same chords and notes on every machine.
 * Threads:   no shared state.
 * Errors:    -EINVAL (a parameter), -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_PROGRESSION_H
#define MODEL_PROGRESSION_H

#include "model/generator.h"
#include "model/harmony.h"

#include <stdint.h>

enum progression_style { STYLE_FOLK, STYLE_POP, STYLE_JAZZ, STYLE_CLASSICAL, STYLE_BLUES, STYLE_MODAL, STYLE_COUNT };
enum progression_cadence { CADENCE_AUTHENTIC, CADENCE_PLAGAL, CADENCE_HALF, CADENCE_DECEPTIVE, CADENCE_COUNT };
enum { KEY_ANY = 0, MODE_ANY = 0 }; /* indices of "any" in key_choices and mode_choices */

extern const char *const progression_styles[];   /* by enum, NULL at the end; so are the others */
extern const char *const progression_cadences[];
extern const char *const key_choices[];  /* "any", then tonic_names */
extern const char *const mode_choices[]; /* "any", then mode_names */

struct progression_params {
	int64_t bars, phrase_bars;
	int64_t style, key, mode, meter, cadence; /* indices of the lists above and of meter_names */
	int64_t chords_per_bar;                   /* 0: as the style has it */
	double complexity, bpm;
	int64_t voices, program;
	int64_t lo, hi; /* range of the voicing, pitches */
};

#define PROGRESSION_VERSION "2"
extern const struct model_table progression_table;
extern const struct generator progression_generator; /* its params are struct progression_params */

/* The chords alone; the parameters must keep to the table. */
int progression_chords(const struct progression_params *p, uint64_t seed, struct harmony *ret, struct err *err);

#endif
