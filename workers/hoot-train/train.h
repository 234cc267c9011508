/*
 * train.h - learns a network from a corpus and keeps the best weights seen.
 *
 * Result:    the file `out` holds the running mean of the weights at the evaluation at which the watched part was predicted best;
 *            it is replaced whole each time, so that the work may be stopped whenever one likes.
 * Threads:   one.
 */
#ifndef HOOT_TRAIN_TRAIN_H
#define HOOT_TRAIN_TRAIN_H

#include "corpus.h"
#include "net.h"

struct train_options {
	struct tune_shape shape;
	uint64_t seed;
	size_t steps, batch_tokens, evaluate_every;
	float rate, decay, dropout;
	const char *out, *from; /* from NULL: begin anew */
	const char *words;      /* the command, for the file's note */
	bool quiet;
};

struct train_result {
	double watch_bits, held_out_bits; /* a token, of the weights kept */
	size_t best_step;
};

/* Prints a line an evaluation to stdout. */
int train_run(const struct corpus *c, const struct train_options *o, struct train_result *ret, struct err *err);

/* Bits a token of one part; the header is given. */
int train_bits(struct net *n, const struct corpus *c, enum corpus_part part, double *ret, struct err *err);
/* The same for the Markov model; `adapts`: it goes on learning from the tunes it is judged by. */
int train_markov_bits(const struct corpus *c, enum corpus_part part, int order, double discount, bool adapts, double *ret,
		      struct err *err);

#endif
