/*
 * melody.h - a tune over chords: phrases, motifs that come back, a rest on the tonic.
 *
 * Method:    a phrase's bars take their rhythms from two or three motifs (a b a c), made of a style's figures for each beat; a
 *            phrase ends with a long note. A motif also has a contour in steps of the scale and a grain of its own, so that it is
 *            recognised where it returns over other chords. The pitches are the cheapest line (pitch_path.h): chord tones on
 *            heavy beats and long notes, other tones of the scale passing or turning between them, leaps that turn back, an
 *            arch over each phrase with one summit in the piece, the leading tone going up, the tonic at the end.
 * Same seed, same parameters, same chords: the same notes on every machine; only whole numbers decide. No shared state.
 */
#ifndef MODEL_MELODY_H
#define MODEL_MELODY_H

#include "model/chords_ask.h"
#include "model/generator.h"

enum melody_style { MELODY_FOLK, MELODY_POP, MELODY_JAZZ, MELODY_CLASSICAL, MELODY_MARCH, MELODY_LULLABY, MELODY_STYLE_COUNT };
extern const char *const melody_styles[];

struct melody_params {
	struct chords_ask on;
	int64_t style, lo, hi, phrase_bars, program;
	double density;    /* 0 long notes, 1 many */
	double repetition; /* how closely motifs come back */
	double boldness;   /* leaps, and grains that differ */
};

#define MELODY_VERSION "2"
extern const struct model_table melody_table;
extern const struct generator melody_generator;

/* The notes alone, into a voice of a score; the parameters must keep to the table. */
struct pen;
struct melody_report {
	int64_t n_notes, strong, strong_in_chord, lowest, highest, leaps;
};
int melody_over(const struct harmony *h, const struct melody_params *p, uint64_t seed, const struct model_watch *watch,
		const struct pen *pen, struct melody_report *ret, struct err *err);

#endif
