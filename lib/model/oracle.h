/*
 * oracle.h - in the style of given scores by a factor oracle: their beats in another order, joined where their pasts agree.
 *
 * Method:    the scores are cut into slices (a beat, half of one, a bar), each with a symbol: its place in the bar and what
 *            sounds there, in as much detail as leaves enough that repeats. A factor oracle (factor.h) of the symbols
 *            knows where else the same past was heard. The walk goes on from slice to slice, as the source did, or along suffix
 *            links, their inverses and the oracle's leaps to another place whose last `context` slices agree; the longer
 *            they agree and the longer ago the place was heard, the likelier. Never is more than max_copy_bars taken over in one
 *            piece: where nothing else can be found, the leading voice is moved along the scale. The last bar is one in
 *            which the leading voice comes to rest on the tonic; where the sources have none, the tonic is held in its second half.
 *            All voices of a slice stay together, so that chords and bass are the sources' own.
 * Inputs:    1 to LIMIT_MODEL_SOURCES scores in the same meter; the others are moved to the first one's scale, into its voices.
 * Units:     as in continuation.h.
 * Same seed, same parameters, same scores: the same score on every machine; only whole numbers decide.
 * Bounds:    the last LIMIT_MODEL_SLICES slices are learned; the work is at most that times the slices of the result.
 * Threads:   no shared state.
 * Errors:    -EINVAL (a parameter, a score without notes, other meters), -EMSGSIZE, -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_ORACLE_H
#define MODEL_ORACLE_H

#include "model/generator.h"

#include <stdbool.h>
#include <stdint.h>

#define ORACLE_MODEL   "oracle"
#define ORACLE_VERSION "1" /* changes whenever the same seed gives something else */

enum oracle_slice { ORACLE_SLICE_BEAT, ORACLE_SLICE_HALF, ORACLE_SLICE_BAR, ORACLE_SLICE_COUNT };
enum oracle_likeness { ORACLE_LIKE_AUTO, ORACLE_LIKE_EXACT, ORACLE_LIKE_NOTES, ORACLE_LIKE_OUTLINE, ORACLE_LIKENESS_COUNT };

/* NULL at the end. */
extern const char *const oracle_slice_names[], *const oracle_likeness_names[];

struct oracle_params {
	int64_t bars, lead_in_bars;
	int64_t context;       /* slices of the past that must agree where it jumps */
	double continuity;     /* how likely it goes on as the source did, where it may do either */
	double temperature;    /* below 1 the longest agreeing past, above 1 any */
	int64_t max_copy_bars; /* longest stretch taken over without a change */
	int64_t slice;         /* enum oracle_slice */
	int64_t likeness;      /* enum oracle_likeness: what must be alike for two slices to be the same */
	bool cadence;
};

extern const struct model_table oracle_table;

struct oracle_report {
	int64_t n_bars, n_notes, n_slices, n_jumps;
	int64_t n_moved;                 /* slices whose leading voice was moved, since all else would have been copying */
	int64_t mean_context_milli;      /* of the jumps, in thousandths of a slice */
	int64_t longest_copy_milli_bars;
	int64_t likeness;                /* as chosen */
	int64_t tonic;
	bool ends_on_tonic;
};

/* Goes on from the first score; with `fresh` it begins where some phrase of them begins, without a lead-in. */
int oracle_make(const struct score *const *inputs, size_t n_inputs, const struct oracle_params *params, bool fresh, uint64_t seed,
		const struct model_watch *watch, struct score **ret, struct oracle_report *ret_report, struct err *err);

#endif
