/*
 * drum_styles_priv.h - the styles of the drum grammar as data: which drum is struck at which step.
 *
 * Shapes:  a style has one or several grooves (A, B, ...); a layer is one drum's line through a pattern of one or more
 *          bars in the style's own meter. Its text has one character a step, blanks between beats and '|' between bars:
 *            X accent   x stroke   o ghost note   . nothing   F stroke with a flam   R two strokes in one step
 *            1 to 9: a stroke that is there with that many tenths of likelihood at medium density
 *            a to i: the same for a ghost note
 *          A beat has four steps, or six where the style's meter is compound (6/8, 12/8).
 * Source:  the rhythms are common property, written down here by us; the names of those with a fixed form: son clave,
 *          cascara, tumbao (salsa), bossa clave, partido alto, the standard bell pattern of twelve pulses (afro).
 */
#ifndef MODEL_DRUM_STYLES_PRIV_H
#define MODEL_DRUM_STYLES_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a phrase is brought to its end. */
enum drum_fill { DRUM_FILL_KIT, DRUM_FILL_MACHINE, DRUM_FILL_LATIN, DRUM_FILL_SNARE, DRUM_FILL_JAZZ, DRUM_FILL_FRAME };

enum drum_swing { DRUM_SWING_EIGHTHS, DRUM_SWING_SIXTEENTHS };

struct drum_layer {
	uint8_t drum;
	uint8_t lo, hi;      /* intensities at which it plays, in percent, both included */
	bool pulse;          /* a running line (hats, shaker): fills the thirds of a compound beat */
	const char *grooves; /* "" for every groove, else the letters of those it belongs to */
	const char *steps;
};

struct drum_style {
	uint8_t num, den;          /* its own meter */
	uint8_t beats, beat_steps; /* of a bar of it */
	uint8_t bars;              /* of its pattern */
	uint8_t grooves;           /* how many */
	uint16_t bpm;              /* quarter notes a minute */
	uint8_t swing_percent;     /* its own */
	enum drum_swing swing;
	enum drum_fill fill;
	uint8_t program; /* drum kit */
	const struct drum_layer *layers;
	size_t n_layers;
};

extern const struct drum_style drum_styles[];

#endif
