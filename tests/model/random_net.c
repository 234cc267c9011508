#include "random_net.h"

#include "../check.h"
#include "base/rng.h"

#include <stdlib.h>

uint8_t *random_weights(const struct tune_shape *shape, uint64_t seed, size_t *ret_n)
{
	struct rng r;
	uint8_t *bytes = NULL;
	size_t n = tune_n_weights(shape);
	float *w = malloc(n * sizeof(float));
	rng_init(&r, seed);
	for (size_t i = 0; i < n; i++)
		w[i] = (float)rng_range(&r, -1000, 1000) / 4000;
	assert_int_equal(tune_weights_write(shape, "nothing learned", w, &bytes, ret_n, NULL), 0);
	free(w);
	return bytes;
}

struct tune_net *random_net(uint64_t seed)
{
	const struct tune_shape shape = { 64, 2, 2, 96 };
	struct tune_weights *w = NULL;
	struct tune_net *net = NULL;
	size_t n = 0;
	uint8_t *bytes = random_weights(&shape, seed, &n);
	assert_int_equal(tune_weights_parse(bytes, n, &w, NULL), 0);
	assert_int_equal(tune_net_new(w, &net, NULL), 0);
	free(bytes);
	return net;
}
