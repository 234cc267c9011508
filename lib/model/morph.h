/*
 * morph.h - one piece turns into another, stage by stage.
 *
 * Method:    the first bars of both are laid beside each other, voice by voice (the second one's voices by kind and height), and
 *            their notes aligned with least cost (Needleman, Wunsch 1970: onsets and pitches that are near each other belong
 *            together). From stage to stage a pair's onset, length, strength and (in scale steps) pitch go from the one to
 *            the other; what has no partner leaves, the notes between beats first, or comes, those on bar lines first. The first
 *            stage is the first piece, the last one the second, note for note. The tempo goes along.
 * Units:     as in continuation.h; every stage has the same number of bars, the result begins on a bar line at beat 0.
 * Inputs:    two scores in the same meter.
 * Bounds:    MORPH_NOTES notes in a voice of a stage.
 * Same seed, same parameters, same scores: the same notes on every machine; only whole numbers decide.
 * Threads:   no shared state.
 * Errors:    -EINVAL (a parameter, a score without notes, other meters), -EMSGSIZE, -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_MORPH_H
#define MODEL_MORPH_H

#include "model/generator.h"

#include <stdbool.h>
#include <stdint.h>

#define MORPH_MODEL   "morph"
#define MORPH_VERSION "1" /* changes whenever the same seed gives something else */
enum { MORPH_NOTES = 1024, MORPH_STAGES = 32 };

struct morph_params {
	int64_t stages;     /* with both pieces */
	int64_t stage_bars; /* 0: as many as the shorter piece has, at most 8 */
	bool ends;          /* the pieces themselves are part of it */
};

extern const struct model_table morph_table;
extern const struct generator morph_generator;

struct morph_report {
	int64_t n_stages, stage_bars, n_notes;
	int64_t n_pairs, n_leaving, n_coming;
};

int morph_make(const struct score *from, const struct score *to, const struct morph_params *params, uint64_t seed,
	       const struct model_watch *watch, struct score **ret, struct morph_report *ret_report, struct err *err);

#endif
