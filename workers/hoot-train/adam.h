/*
 * adam.h - AdamW with a bound on the gradient's length, and the running mean of the weights that is shipped.
 *
 * Source:    D. Kingma, J. Ba, Adam, ICLR 2015; I. Loshchilov, F. Hutter, Decoupled weight decay regularization, ICLR 2019.
 */
#ifndef HOOT_TRAIN_ADAM_H
#define HOOT_TRAIN_ADAM_H

#include "net.h"

struct adam {
	float *m, *v, *mean; /* mean: of the weights over about the last 1 / (1 - ADAM_MEAN) steps */
	uint8_t *decays;
	size_t n, steps;
};

struct adam_rates {
	float rate, decay, clip;
};

int adam_init(struct adam *a, const struct net *n, struct err *err);
void adam_done(struct adam *a);
/* One step along the gradient; gives the gradient's length before it was bounded. */
float adam_step(struct adam *a, struct net *n, const struct adam_rates *rates);
/* The rate at a step: it rises over `warm` steps, then falls to a twentieth along half a cosine. */
float adam_rate(float peak, size_t step, size_t warm, size_t total);

#endif
