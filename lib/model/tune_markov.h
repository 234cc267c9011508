/*
 * tune_markov.h - a variable-order Markov model over tune tokens: what the learned model has to beat.
 *
 * Method:    interpolated absolute discounting with update exclusion, which makes the counts of shorter contexts count different
 *            continuations, as Kneser-Ney smoothing has it; all orders up to MARKOV_ORDER, down to evenly over the alphabet.
 *            It may go on learning while it predicts, so that repetition inside a tune helps it, too.
 * Units:     probabilities; order is the number of tokens looked back at.
 * Ownership: opaque; memory grows with what was learned, about 30 bytes per token and order.
 * Errors:    -ENOMEM.
 * Source:    R. Kneser, H. Ney, Improved backing-off for m-gram language modeling, ICASSP 1995; update exclusion: A. Moffat,
 *            Implementing the PPM data compression scheme, IEEE Transactions on Communications 38 (1990).
 */
#ifndef MODEL_TUNE_MARKOV_H
#define MODEL_TUNE_MARKOV_H

#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

#define MARKOV_ORDER 12

struct markov;

/* discount: 0 to 1, taken off every count; order up to MARKOV_ORDER. NULL when memory is out. */
struct markov *markov_new(int order, double discount);
void markov_free(struct markov *m);
AUTO_DEFINE(markov);
/* How likely tokens[at] is after those before it. */
double markov_p(const struct markov *m, const uint16_t *tokens, size_t at);
/* Learns that tokens[at] followed those before it. */
int markov_learn(struct markov *m, const uint16_t *tokens, size_t at);

#endif
