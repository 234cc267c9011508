/*
 * net.h - the learned model with its gradient: the trainer's forward and backward passes.
 *
 * Shapes:    a batch is several streams one after another, n steps in all; activations are [n][width], row-major.
 *            Besides the tensors of tune_shape.h there are two tables, for lengths and for sounds, whose rows are added to those
 *            of the note tokens made of them: what is learned of one token helps its relatives. net_export adds them in.
 * Units:     losses are in nats; net_loss sums them.
 * Threads:   a net belongs to one thread.
 */
#ifndef HOOT_TRAIN_NET_H
#define HOOT_TRAIN_NET_H

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/tune_shape.h"

struct net;

struct net_batch {
	const struct tune_step *steps; /* of all streams */
	const uint16_t *targets;       /* the token that follows each step; TUNE_TOKEN_NONE where nothing is asked */
	size_t n;
	const size_t *ends; /* of each stream, in steps */
	size_t n_streams;
};

int net_new(const struct tune_shape *shape, uint64_t seed, struct net **ret, struct err *err);
void net_free(struct net *n);
AUTO_DEFINE(net);

size_t net_n_params(const struct net *n);
float *net_params(struct net *n);
const float *net_gradient(const struct net *n);
/* Whether parameter i is held small by the optimiser: matrices are, scales and offsets are not. */
bool net_decays(const struct net *n, size_t i);

/*
 * Sum of -ln p over the targets; *ret_n (may be NULL) how many there were. With a gradient its mean over the targets is put into
 * net_gradient. dropout 0 leaves everything in. -ENOMEM.
 */
int net_loss(struct net *n, const struct net_batch *b, float dropout, struct rng *rng, bool gradient, double *ret_sum,
	     size_t *ret_n, struct err *err);

/* The tensors of tune_shape.h one after another, tune_n_weights floats. */
void net_export(const struct net *n, float *ret);
void net_import(struct net *n, const float *weights);

#endif
