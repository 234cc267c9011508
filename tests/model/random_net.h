/*
 * random_net.h - a small network that has learned nothing: its weights are drawn from a seed.
 */
#ifndef TESTS_MODEL_RANDOM_NET_H
#define TESTS_MODEL_RANDOM_NET_H

#include "model/tune_net.h"

/* The bytes of a weights file; the caller frees them. */
uint8_t *random_weights(const struct tune_shape *shape, uint64_t seed, size_t *ret_n);
/* 2 layers of 64. */
struct tune_net *random_net(uint64_t seed);

#endif
