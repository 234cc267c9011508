/*
 * factor.h - the factor oracle of a sequence: the smallest automaton of its kind that accepts every stretch of it.
 *
 * Method:  built one symbol at a time in linear time and space. State i stands after the first i symbols; from it one
 *          arrow leads on to state i + 1 and others forward to later states. The suffix link of i leads to the state where a
 *          repeated end of the first i symbols was met first: nearly always the longest one. Its length is kept, too.
 * Units:   n symbols make n + 1 states and at most 2n - 1 arrows.
 * Source:  C. Allauzen, M. Crochemore, M. Raffinot, "Factor oracle: a new structure for pattern matching" (1999); lengths:
 *          A. Lefebvre, T. Lecroq, "Computing repeated factors with a factor oracle" (2000). Use in music: G. Assayag,
 *          S. Dubnov, "Using factor oracles for machine improvisation" (2004).
 * Threads: built by one thread, then only read.
 * Errors:  -ENOMEM; -EMSGSIZE past LIMIT_MODEL_SLICES.
 */
#ifndef MODEL_FACTOR_H
#define MODEL_FACTOR_H

#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct factor;

int factor_new(const uint32_t *symbols, size_t n, struct factor **ret, struct err *err);
void factor_free(struct factor *f);
AUTO_DEFINE(factor);

size_t factor_n_states(const struct factor *f);
size_t factor_n_arrows(const struct factor *f);
/* The state that a symbol leads to from a state, -1 for none. */
int64_t factor_step(const struct factor *f, size_t state, uint32_t symbol);
/* The suffix link, -1 for state 0; and how long an end both states have in common (seldom there is a longer one). */
int64_t factor_suffix(const struct factor *f, size_t state);
size_t factor_repeated(const struct factor *f, size_t state);
/* States whose suffix link is this one: the first, and the next one after; -1 for no more. */
int64_t factor_first_back(const struct factor *f, size_t state);
int64_t factor_next_back(const struct factor *f, size_t state);
/* Where the arrows lead that do not go on to the next state: up to `room`; the number written. */
size_t factor_leaps(const struct factor *f, size_t state, size_t *ret, size_t room);

#endif
