/*
 * bridge.h - lead over from one score to another: some bars that grow out of the first and arrive at the second.
 *
 * Method:    continuations (continuation.h) of the first score that have learned from both are made, BRIDGE_CANDIDATES of
 *            them, each from a seed of its own; the one that arrives best is kept: its last note is a small step from the
 *            note that the second score begins with, and its second half stays with the second score's pitches.
 * Units:     as in continuation.h; the result begins on a bar line with lead_in_bars of the first score's end. Tempo,
 *            meter and key are those of the first score's end.
 * Same seed, same parameters, same scores: the same bridge on every machine.
 * Threads:   no shared state.
 * Errors:    -EINVAL (a parameter, or a score without notes), -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_BRIDGE_H
#define MODEL_BRIDGE_H

#include "model/continuation.h"

#define BRIDGE_MODEL "markov"
#define BRIDGE_VERSION "1" /* changes whenever the same seed gives something else */
enum { BRIDGE_CANDIDATES = 8 };

struct bridge_params {
	int64_t bars;         /* new ones */
	int64_t lead_in_bars; /* of the first score's end before them */
	double temperature;
	int64_t max_copy_bars;
};

extern const struct model_table bridge_table;

struct bridge_report {
	int64_t n_bars, n_notes;
	int64_t leap;      /* semitones from the bridge's last note to the second score's first, as pitch classes: 0 to 6 */
	int64_t candidate; /* which of them was kept */
	int64_t strangers_milli; /* notes of the second half that the second score does not have, in thousandths */
};

int bridge_make(const struct score *from, const struct score *to, const struct bridge_params *params, uint64_t seed,
		const struct model_watch *watch, struct score **ret, struct bridge_report *ret_report, struct err *err);

#endif
