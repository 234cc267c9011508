/*
 * variation.h - a piece made different in one respect: rhythm, contour, ornaments, direction, length, harmony, density.
 *
 * Kinds:     rhythm       even pairs become dotted or snapped, dotted ones even, long notes are struck again; onsets on beats stay
 *            contour      notes between the beats take another path along the scale
 *            ornament     passing notes, graces, mordents, turns, trills
 *            inversion    mirrored along the scale at the third of the key, so that the tonic's triad stays itself
 *            retrograde   backwards, phrase by phrase
 *            augmentation twice as long; diminution: half as long. With keep_length the first half is stretched over all of it, or
 *                         all of it is played twice
 *            reharmonise  other chords under the same melody
 *            sequence     a phrase's first bar climbs or falls through the phrase by `steps`, its last bar stays
 *            transposition all of it `steps` higher along the scale
 *            thin, thicken notes left out between the beats; thirds under the melody and octaves added
 *            random       some of these, one after the other
 *            `amount` is how likely a place is changed; 0 changes nothing (the kinds that turn the whole do not heed it).
 *            Tempo, meter, key, instruments and, but for augmentation and diminution without keep_length, the length stay.
 *            keep_ends gives the melody its own last pitch again.
 * Bounds:    linear in the notes; a result has at most 9 times as many.
 * Same seed, same parameters, same score: the same score on every machine; only whole numbers decide.
 * Threads:   no shared state.
 * Errors:    -EINVAL (a parameter, a score without notes), -EMSGSIZE (LIMIT_SCORE_NOTES), -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_VARIATION_H
#define MODEL_VARIATION_H

#include "model/generator.h"

#include <stdbool.h>
#include <stdint.h>

#define VARIATION_MODEL   "variation"
#define VARIATION_VERSION "1" /* changes whenever the same seed gives something else */

enum variation_kind {
	VARIATION_RHYTHM,
	VARIATION_CONTOUR,
	VARIATION_ORNAMENT,
	VARIATION_INVERSION,
	VARIATION_RETROGRADE,
	VARIATION_AUGMENTATION,
	VARIATION_DIMINUTION,
	VARIATION_REHARMONISE,
	VARIATION_SEQUENCE,
	VARIATION_TRANSPOSITION,
	VARIATION_THIN,
	VARIATION_THICKEN,
	VARIATION_RANDOM,
	VARIATION_KIND_COUNT
};

/* By enum variation_kind; NULL at the end. */
extern const char *const variation_kind_names[];

enum variation_voices { VARIATION_VOICES_AUTO, VARIATION_VOICES_MELODY, VARIATION_VOICES_ALL, VARIATION_VOICES_COUNT };

struct variation_params {
	int64_t kind; /* enum variation_kind */
	double amount;
	int64_t steps;       /* of the scale, for sequence and transposition */
	int64_t phrase_bars; /* for retrograde and sequence */
	int64_t voices;      /* enum variation_voices; auto: the melody for what changes a line, all for what turns the whole */
	bool keep_length, keep_ends;
};

extern const struct model_table variation_table;
extern const struct generator variation_generator;

struct variation_report {
	uint32_t kinds;               /* bit i: enum variation_kind i was applied */
	int64_t n_notes;
	int64_t pitches_kept_milli;   /* of the melody: longest common subsequence of scale steps, by the longer of the two */
	int64_t rhythm_kept_milli;    /* share of its onsets that the variation's melody has, too */
};

int variation_make(const struct score *source, const struct variation_params *params, uint64_t seed, const struct model_watch *watch,
		   struct score **ret, struct variation_report *ret_report, struct err *err);

#endif
