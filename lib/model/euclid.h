/*
 * euclid.h - Euclidean rhythms: k strokes spread over n steps as evenly as they can be, one drum beside another.
 *
 * Method:  Bjorklund's algorithm: groups with a stroke take up the groups without one, what is left over is shared out again,
 *          until one group or none is left over. E(3,8) is x..x..x., the tresillo.
 * Pattern: "kick 4/16, snare 2/16@4, hat 7/16": a drum by its name (music/drum_kit.h) or key, strokes and steps, and, where wanted, "@r":
 *          the pattern begins r steps later in the bar (may be negative); "*v": its strength, 1 to 127. Drums are separated by commas.
 * Units:   beats are quarter notes; the result is one voice on channel 9 from beat 0.
 * Source:  E. Bjorklund, "The theory of rep-rate pattern generation in the SNS timing system" (2003); G. Toussaint, "The
 *          Euclidean algorithm generates traditional musical rhythms" (2005), whose list the tests hold it to.
 * Same seed, same parameters: the same notes on every machine. The seed decides only what humanise and chance change.
 * Threads: no shared state.
 * Errors:  -EINVAL with err.field = "params.pattern" and the place, or another parameter; -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_EUCLID_H
#define MODEL_EUCLID_H

#include "base/err.h"
#include "model/params.h"
#include "model/watch.h"
#include "music/notes.h"

#include <stdbool.h>
#include <stdint.h>

#define EUCLID_MODEL   "euclid"
#define EUCLID_VERSION "1"
enum { EUCLID_STEPS_MAX = 64, EUCLID_DRUMS_MAX = 8 };

/* Writes n flags (1 <= n <= EUCLID_STEPS_MAX, 0 <= k <= n); with k > 0 the first is set. */
void euclid_rhythm(int k, int n, bool ret[]);

enum euclid_cycle { EUCLID_CYCLE_BAR, EUCLID_CYCLE_STEP };

struct euclid_params {
	char pattern[256];
	int64_t bars;
	char meter[8];
	double bpm;
	int64_t cycle;   /* enum euclid_cycle: every pattern fills a bar, or every step is a sixteenth, whatever the bar */
	double accent;   /* how much stronger the first stroke of a cycle and those on beats are */
	double swing, humanise;
	double chance;   /* how likely a stroke is left out, but not the first of a bar */
};

extern const struct model_table euclid_table;

struct euclid_report {
	int64_t n_bars, n_notes, n_drums;
};

int euclid_make(const struct euclid_params *params, uint64_t seed, const struct model_watch *watch, struct score **ret,
		struct euclid_report *ret_report, struct err *err);

#endif
