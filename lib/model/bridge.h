/*
 * bridge.h - lead over from one score to another: some bars that grow out of the first and arrive at the second.
 *
 * Method:    BRIDGE_CANDIDATES ways over are made, each from a seed of its own, and the one that arrives best is kept. A way
 *            begins as a continuation (continuation.h) of the first score that has learned from both, in the first one's key.
 *            Where the meters differ (and meet_meter), its second half is in the second one's meter: new bars in the style of the
 *            second, in the first one's voices. From the middle on what is not in the second score's scale is moved to it, by the
 *            way the signatures go. The last bar (of a single one its second half) stands on the dominant seventh of the
 *            second score's first chord; the melody's last note is a step from the note that the second score's begins with.
 *            Where the tempos differ (and meet_tempo), the second half runs from one to the other, beat by beat.
 * Units:     as in continuation.h; the result begins on a bar line with lead_in_bars of the first score's end.
 * Same seed, same parameters, same scores: the same bridge on every machine.
 * Threads:   no shared state.
 * Errors:    -EINVAL (a parameter, or a score without notes), -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_BRIDGE_H
#define MODEL_BRIDGE_H

#include "model/continuation.h"

#define BRIDGE_MODEL "markov"
#define BRIDGE_VERSION "2" /* changes whenever the same seed gives something else */
enum { BRIDGE_CANDIDATES = 8 };

struct bridge_params {
	int64_t bars;         /* new ones */
	int64_t lead_in_bars; /* of the first score's end before them */
	double temperature;
	int64_t max_copy_bars;
	bool modulate, meet_meter, meet_tempo;
};

extern const struct model_table bridge_table;

struct bridge_report {
	int64_t n_bars, n_notes;
	int64_t leap;      /* semitones from the bridge's last note to the second score's first, as pitch classes: 0 to 6 */
	int64_t candidate; /* which of them was kept */
	int64_t strangers_milli; /* notes of the second half that are not in the second score's scale, in thousandths */
	int64_t from_sharps, to_sharps;
	double from_bpm, to_bpm;
	char dominant[24], goal[24]; /* the last bar's chord and the one it leads to; "" between drum parts */
};

int bridge_make(const struct score *from, const struct score *to, const struct bridge_params *params, uint64_t seed,
		const struct model_watch *watch, struct score **ret, struct bridge_report *ret_report, struct err *err);

#endif
