/*
 * pitch_path.h - the cheapest line through a row of places where each has some pitches to choose from.
 *
 * Method:    Viterbi over pairs of neighbours, so that a cost may look at three notes: how a leap goes on, whether a dissonance
 *            passes. The result is the best of all lines; where every line breaks a rule it is the one that breaks least.
 * Numbers:   whole; among equals the first pitch of a slot wins. PATH_NEVER marks a broken rule.
 * Bounds:    n times PATH_CANDIDATES to the third; n at most LIMIT_MODEL_PATH.
 * Threads:   no shared state.
 * Errors:    -EMSGSIZE, -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_PITCH_PATH_H
#define MODEL_PITCH_PATH_H

#include "base/err.h"
#include "model/watch.h"

#include <stddef.h>
#include <stdint.h>

enum { PATH_CANDIDATES = 24, PATH_NEVER = 1 << 24 };

struct path_slot {
	int n; /* 1 to PATH_CANDIDATES */
	uint8_t pitch[PATH_CANDIDATES];
	int32_t cost[PATH_CANDIDATES];
};

struct path_costs {
	int32_t (*pair)(const void *arg, size_t i, int from, int to); /* of going to slot i */
	int32_t (*triple)(const void *arg, size_t i, int before, int from, int to);
	const void *arg;
};

/* Adds a pitch; a full slot keeps what it has. */
static inline void path_offer(struct path_slot *s, int pitch, int32_t cost)
{
	if (s->n < PATH_CANDIDATES) {
		s->pitch[s->n] = (uint8_t)pitch;
		s->cost[s->n++] = cost;
	}
}

/* Fills ret[n]; *ret_broken counts the rules that were broken (may be NULL). */
int pitch_path(const struct path_slot *slots, size_t n, const struct path_costs *costs, const struct model_watch *watch,
	       uint8_t *ret, int64_t *ret_broken, struct err *err);

#endif
