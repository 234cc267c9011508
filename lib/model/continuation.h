/*
 * continuation.h - go on from a score in its own style: a variable-order Markov model over its notes.
 *
 * Method:    the leading voice is read as a chain of events (position in the bar, length, pitch). Each new event is drawn
 *            from those of the source that begin at the same place of a bar, the more likely the longer their past
 *            agrees with what was just played, exactly or moved along the scale. Phrases answer each other, no more
 *            than max_copy_bars are taken over in one piece, and the end is a closing bar on the tonic. Other
 *            voices follow the places in the source from which the leading voice was taken, changing only on beats,
 *            so that what sounds together is what sounded together.
 * Units:     beats are quarter notes; the result begins at beat 0 on a bar line, first lead_in_bars bars of the source's
 *            end as they are, then `bars` new ones. Tempo, meter, key and instruments are those in force at its end.
 * Same seed, same parameters, same source: the same score on every machine; only whole numbers decide.
 * Bounds:    the last LIMIT_MODEL_EVENTS events of the source are learned from; the work is at most that times the events
 *            of the result, of which a bar has at most LIMIT_MODEL_BAR_EVENTS.
 * Threads:   no shared state.
 * Errors:    -EINVAL (a parameter, or a source without notes), -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_CONTINUATION_H
#define MODEL_CONTINUATION_H

#include "base/err.h"
#include "base/json.h"
#include "model/params.h"
#include "model/watch.h"
#include "music/notes.h"

#include <stdbool.h>
#include <stdint.h>

#define CONTINUATION_MODEL "markov"
/* Changes whenever the same seed gives something else. */
#define CONTINUATION_VERSION "1"

struct continuation_params {
	int64_t bars;          /* new ones */
	int64_t lead_in_bars;  /* of the source's end before them */
	int64_t order;         /* events of past that count; 1 wanders, 6 keeps to the source */
	double temperature;    /* 1: as the weights say; small: the likeliest; large: the boldest */
	int64_t max_copy_bars; /* longest stretch taken over without a change */
	int64_t phrase_bars;
	double answer;  /* how likely a phrase takes up the beginning of the one before */
	bool cadence;   /* end on the tonic */
};

extern const struct model_table continuation_table;

/* What was made, for an artifact's metadata and for tests. */
struct continuation_report {
	int64_t n_bars, n_notes;
	int64_t tonic;            /* pitch class 0 to 11 */
	bool ends_on_tonic;
	int64_t longest_copy_milli_bars; /* longest stretch equal to the source in one piece, in thousandths of a bar */
	int64_t mean_context_milli;      /* mean length of agreeing past in thousandths of an event */
};

/*
 * Learns from 1 to LIMIT_MODEL_SOURCES scores in one meter, the others moved into the first one's scale and voices. Goes on from the
 * first; with `fresh` it begins as some phrase of them begins, without a lead-in.
 */
int continuation_learn(const struct score *const *inputs, size_t n_inputs, const struct continuation_params *params, bool fresh,
		       uint64_t seed, const struct model_watch *watch, struct score **ret,
		       struct continuation_report *ret_report, struct err *err);
/* From one score, going on. */
int continuation_make(const struct score *source, const struct continuation_params *params, uint64_t seed,
		      const struct model_watch *watch, struct score **ret, struct continuation_report *ret_report,
		      struct err *err);

#endif
