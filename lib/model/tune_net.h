/*
 * tune_net.h - the learned model at work: the likelihood of every token after those read so far.
 *
 * Method:    the network of tune_shape.h, one step at a time; keys and values of earlier steps are kept. Weights stay 8 bits
 *            wide and are widened as they are used.
 * Exactness: sums are made in 16 lanes that are added up in a fixed order, products are not fused, and exp and the square
 *            root are our own or exact: IEEE 754 fixes every bit, so that the same steps give the same logits on every
 *            processor. Three builds of the inner loops (AVX-512, AVX2, plain) differ in speed alone.
 * Ownership: a net owns its weights; runs borrow the net.
 * Threads:   a net is immutable and shared; a run belongs to one thread.
 * Errors:    -ENOMEM; -EMSGSIZE for a step past max_steps.
 */
#ifndef MODEL_TUNE_NET_H
#define MODEL_TUNE_NET_H

#include "base/err.h"
#include "base/mem.h"
#include "model/tune_weights.h"

#define TUNE_STEPS_MAX 4096

struct tune_net;
struct tune_run;

/* Takes the weights over, also when it fails. */
int tune_net_new(struct tune_weights *weights, struct tune_net **ret, struct err *err);
void tune_net_free(struct tune_net *n);
AUTO_DEFINE(tune_net);

int tune_run_new(const struct tune_net *n, size_t max_steps, struct tune_run **ret, struct err *err);
void tune_run_free(struct tune_run *r);
AUTO_DEFINE(tune_run);
/* Forgets the steps from `steps` on. */
void tune_run_back(struct tune_run *r, size_t steps);
/* Reads one step; logits[TUNE_TOKENS] of what follows are written unless it is NULL. */
int tune_run_step(struct tune_run *r, const struct tune_step *step, float *logits, struct err *err);

/* Turns v[0 .. n - 1] into likelihoods that add up to 1; v has room for n rounded up to a multiple of 16. n >= 1. */
void tune_soften(float *v, size_t n);

/* Which build of the inner loops: 0 plain, 1 AVX2, 2 AVX-512, as far as this processor has them; tests compare them. */
int tune_run_best_build(void);
void tune_run_use_build(struct tune_run *r, int build);

#endif
