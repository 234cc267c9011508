/*
 * accompaniment.h - chords as an instrument plays them: a style's rhythm for the low and for the high hand.
 *
 * Method:    the chords are voiced with little movement (voice_leading.h); a style says for each sixteenth what begins (the
 *            bass, its fifth, the whole chord, one of its notes, a strum), fitted to the meter. The last bar holds its chord.
 * Same seed, same parameters, same chords: the same notes on every machine. No shared state.
 */
#ifndef MODEL_ACCOMPANIMENT_H
#define MODEL_ACCOMPANIMENT_H

#include "model/chords_ask.h"
#include "model/generator.h"

enum accompaniment_style {
	ACC_BLOCK, ACC_PAD, ACC_OOMPAH, ACC_WALTZ, ACC_STRIDE, ACC_BOSSA, ACC_STRUM, ACC_BALLAD, ACC_ALBERTI, ACC_MARCH, ACC_REGGAE,
	ACC_ROCK, ACC_TANGO, ACC_HABANERA, ACC_COMPING, ACC_PICKING, ACC_COUNT
};
extern const char *const accompaniment_styles[];

struct accompaniment_params {
	struct chords_ask on;
	int64_t style, lo, hi, program;
	bool bass; /* the low hand plays, too */
	double dynamics;
};

#define ACCOMPANIMENT_VERSION "2"
extern const struct model_table accompaniment_table;
extern const struct generator accompaniment_generator;

struct pen;
int accompaniment_under(const struct harmony *h, const struct accompaniment_params *p, uint64_t seed, const struct model_watch *watch,
			const struct pen *pen, int64_t *ret_n, struct err *err);

#endif
