/*
 * drums.h - drum parts by grammar: a piece is phrases, a phrase is bars and a fill, a bar is beats, a beat is strokes.
 *
 * Method:    each style has grooves with strokes that are always there and strokes that may be (drum_styles.c). Which of the
 *            latter sound is drawn once for a section, so that a groove stays itself; the bars before a phrase's end draw
 *            anew, its last one is left by a fill, and the next phrase begins with a crash. Sections go A A B A. A denser
 *            part of the same seed has every stroke of a thinner one.
 *            A style is played in other meters than its own by the place of its beats in the bar: the first stays the
 *            first, what stood before the bar line stays there; beats of three are shuffled, the long beat of
 *            7/8 is filled up.
 * Units:     beats are quarter notes; the result begins on a bar line at beat 0 (at the pick-up's end of a score to play with)
 *            and is one voice on channel 9, keys of General MIDI (music/drum_kit.h).
 * Same seed, same parameters, same score: the same notes on every machine; only whole numbers decide.
 * Threads:   no shared state.
 * Errors:    -EINVAL (a parameter; a meter beyond 16/16), -ECANCELED, -EMSGSIZE (LIMIT_SCORE_NOTES), -ENOMEM.
 */
#ifndef MODEL_DRUMS_H
#define MODEL_DRUMS_H

#include "base/err.h"
#include "model/params.h"
#include "model/watch.h"
#include "music/notes.h"

#include <stdint.h>

#define DRUMS_MODEL "drums"
#define DRUMS_VERSION "1" /* changes whenever the same seed gives something else */

#define DRUM_STYLES(X) \
	X(ROCK, "rock") X(POP, "pop") X(BALLAD, "ballad") X(HALFTIME, "halftime") X(SHUFFLE, "shuffle") X(BLUES, "blues") \
	X(FUNK, "funk") X(DISCO, "disco") X(HIPHOP, "hiphop") X(TRAP, "trap") X(HOUSE, "house") X(TECHNO, "techno") \
	X(DNB, "dnb") X(BREAKBEAT, "breakbeat") X(REGGAE, "reggae") X(SKA, "ska") X(BOSSA, "bossa") X(SAMBA, "samba") \
	X(SALSA32, "salsa32") X(SALSA23, "salsa23") X(TANGO, "tango") X(AFRO, "afro") X(JAZZ, "jazz") \
	X(JAZZWALTZ, "jazzwaltz") X(WALTZ, "waltz") X(JIG, "jig") X(REEL, "reel") X(POLKA, "polka") X(MARCH, "march") \
	X(COUNTRY, "country")

#define DRUM_STYLE_ID(id, name) DRUM_STYLE_##id,
enum drum_style_id { DRUM_STYLES(DRUM_STYLE_ID) DRUM_STYLE_COUNT };
#undef DRUM_STYLE_ID

enum drum_curve { DRUM_CURVE_STEADY, DRUM_CURVE_RISE, DRUM_CURVE_FALL, DRUM_CURVE_ARCH, DRUM_CURVE_WAVE, DRUM_CURVE_SECTIONS,
		  DRUM_CURVE_COUNT };

/* By enum drum_style_id and enum drum_curve; NULL at the end. */
extern const char *const drum_style_names[], *const drum_curve_names[];

struct drums_params {
	int64_t style;      /* enum drum_style_id */
	int64_t bars;       /* 0: as many as the score to play with, 8 without one */
	char meter[8];      /* "7/8"; "": that of the score, else the style's own */
	double bpm;         /* quarter notes a minute; 0: the score's, else the style's own */
	double density;     /* 0: what makes the style, 1: every stroke that fits */
	double intensity;   /* 0 soft to 1 loud; loud bars have other cymbals and more strokes */
	int64_t curve;      /* enum drum_curve: how the intensity goes through the piece */
	int64_t fill_every; /* bars; 0: no fills */
	double swing;       /* 0 straight to 1 triplets; -1: the style's own */
	double humanise;    /* 0 exact to 1 loose, in time and strength */
	double follow;      /* how much the kick goes with the bass of the score to play with */
};

extern const struct model_table drums_table;

struct drums_report {
	int64_t n_bars, n_notes, n_fills;
	double bpm;
	uint16_t num, den; /* the meter at the start */
};

/* `with` may be NULL. */
int drums_make(const struct drums_params *params, const struct score *with, uint64_t seed, const struct model_watch *watch,
	       struct score **ret, struct drums_report *ret_report, struct err *err);

#endif
