/*
 * bassline.h - bass lines under chords, in a style, with the kick of a drum part.
 *
 * Method:    most styles are rhythms with a meaning for each note (root, fifth, octave, a tone that leads to the next
 *            root), fitted to the meter. Walking lines are searched as a whole (pitch_path.h): roots where chords begin,
 *            chord tones on heavy beats, no note twice, the last beat leads into the next root by a step. Where an input has a drum
 *            voice, notes begin with its kick (General MIDI keys 35 and 36) as far as `lock` says. The end is the root.
 * Same seed, same parameters, same inputs: the same notes on every machine. No shared state.
 */
#ifndef MODEL_BASSLINE_H
#define MODEL_BASSLINE_H

#include "model/chords_ask.h"
#include "model/generator.h"

enum bass_style { BASS_ROOTS, BASS_ROOT_FIFTH, BASS_WALKING, BASS_POP, BASS_REGGAE, BASS_TUMBAO, BASS_DISCO, BASS_BOOGIE, BASS_BOSSA,
		  BASS_PEDAL, BASS_FUNK, BASS_STYLE_COUNT };
extern const char *const bass_styles[];

struct bass_params {
	struct chords_ask on;
	int64_t style, lo, hi, program;
	double lock; /* to the kick */
};

#define BASS_VERSION "3"
extern const struct model_table bass_table;
extern const struct generator bass_generator;

struct pen;
/* The notes alone; `drums` (may be NULL) has channel 9. *ret_locked counts notes that begin with a kick. */
int bass_under(const struct harmony *h, const struct bass_params *p, const struct score *drums, uint64_t seed,
	       const struct model_watch *watch, const struct pen *pen, int64_t *ret_n, int64_t *ret_locked, struct err *err);

#endif
