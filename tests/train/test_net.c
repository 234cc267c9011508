/* test_net.c - the trainer's gradient, its products, and that it learns. */
#include "net.h"

#include "../check.h"
#include "../seed.h"
#include "adam.h"
#include "base/fs.h"
#include "batch.h"
#include "gemm.h"
#include "model/tune_net.h"
#include "reels.h"
#include "train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_batch(const struct corpus *c, struct batch *b, uint64_t seed)
{
	struct rng r;
	rng_init(&r, seed);
	for (size_t i = 0; i < 6 && i < c->n; i++)
		assert_int_equal(batch_add_variant(b, &c->tunes[i], &r, NULL), 0);
}

static double loss_of(struct net *n, const struct batch *b, float dropout, bool gradient)
{
	struct net_batch view = batch_view(b);
	struct rng r;
	double sum = 0;
	size_t count = 0;
	rng_init(&r, 7); /* the same values are left out each time */
	assert_int_equal(net_loss(n, &view, dropout, &r, gradient, &sum, &count, NULL), 0);
	return sum / (double)count;
}

/* Along the gradient, part by part of the weights, the loss must change as the gradient says. */
static void test_gradient_is_the_slope_of_the_loss(void **state)
{
	AUTO(corpus) c = reels_corpus(12, 3);
	AUTO(net) n = NULL;
	AUTO_BATCH b = { 0 };
	const struct tune_shape shape = { 64, 2, 2, 96 };
	enum { PARTS = 40 };
	assert_int_equal(net_new(&shape, 3, &n, NULL), 0);
	make_batch(c, &b, 5);
	(void)loss_of(n, &b, 0.2f, true);
	size_t size = net_n_params(n);
	float *g = malloc(size * sizeof(float)), *was = malloc(size * sizeof(float)), *w = net_params(n);
	memcpy(g, net_gradient(n), size * sizeof(float));
	memcpy(was, w, size * sizeof(float));
	for (size_t part = 0; part < PARTS; part++) {
		size_t from = size * part / PARTS, to = size * (part + 1) / PARTS;
		double length = 0, side[2];
		for (size_t i = from; i < to; i++)
			length += (double)g[i] * g[i];
		length = sqrt(length);
		if (length < 1e-3)
			continue;
		double step = 0.01;
		for (int k = 0; k < 2; k++) {
			for (size_t i = from; i < to; i++)
				w[i] = was[i] + (float)((k ? -step : step) * g[i] / length);
			side[k] = loss_of(n, &b, 0.2f, false);
		}
		memcpy(w, was, size * sizeof(float));
		double slope = (side[0] - side[1]) / (2 * step);
		if (fabs(slope - length) > 0.02 * length + 1e-4)
			fail_msg("weights %zu to %zu: the slope is %g, the gradient says %g", from, to, slope, length);
	}
	free(g);
	free(was);
}

static void test_products_of_any_shape_are_right(void **state)
{
	uint64_t seed = seed_start();
	struct gemm *g = gemm_new();
	assert_non_null(g);
	for (int round = 0; round < 40; round++) {
		size_t m = 1 + seed_below(&seed, 70), n = 1 + seed_below(&seed, 90), k = 1 + seed_below(&seed, 300);
		bool ta = seed_below(&seed, 2), tb = seed_below(&seed, 2), add = seed_below(&seed, 2);
		float *a = malloc(m * k * 4), *b = malloc(n * k * 4), *c = malloc(m * n * 4);
		for (size_t i = 0; i < m * k; i++)
			a[i] = (float)seed_unit(&seed) - 0.5f;
		for (size_t i = 0; i < n * k; i++)
			b[i] = (float)seed_unit(&seed) - 0.5f;
		for (size_t i = 0; i < m * n; i++)
			c[i] = 3;
		gemm(g, m, n, k, (struct gemm_matrix){ a, ta ? m : k, ta }, (struct gemm_matrix){ b, tb ? k : n, tb }, c, n, add);
		for (size_t i = 0; i < m; i++)
			for (size_t j = 0; j < n; j++) {
				double want = add ? 3 : 0;
				for (size_t p = 0; p < k; p++)
					want += (double)(ta ? a[p * m + i] : a[i * k + p]) * (tb ? b[j * k + p] : b[p * n + j]);
				assert_true(fabs(want - (double)c[i * n + j]) < 1e-4);
			}
		free(a);
		free(b);
		free(c);
	}
	gemm_free(g);
}

/* What the trainer computes and what the worker computes with the file it wrote are one network. */
static void test_inference_agrees_with_training(void **state)
{
	AUTO(corpus) c = reels_corpus(8, 4);
	AUTO(net) n = NULL;
	AUTO(tune_net) net = NULL;
	AUTO(tune_run) run = NULL;
	AUTO_BATCH b = { 0 };
	struct tune_weights *w = NULL;
	const struct tune_shape shape = { 96, 3, 3, 128 };
	uint8_t *bytes = NULL;
	size_t size = 0;
	assert_int_equal(net_new(&shape, 11, &n, NULL), 0);
	float *weights = malloc(tune_n_weights(&shape) * sizeof(float));
	net_export(n, weights);
	assert_int_equal(tune_weights_write(&shape, "a note", weights, &bytes, &size, NULL), 0);
	assert_int_equal(tune_weights_parse(bytes, size, &w, NULL), 0);
	assert_string_equal(w->note, "a note");
	tune_weights_expand(w, weights); /* as they are in the file */
	net_import(n, weights);
	assert_int_equal(batch_add_whole(&b, &c->tunes[0], NULL), 0);
	double want = loss_of(n, &b, 0, false), sum = 0;
	assert_int_equal(tune_net_new(w, &net, NULL), 0);
	assert_int_equal(tune_run_new(net, b.n, &run, NULL), 0);
	size_t asked = 0;
	for (size_t i = 0; i < b.n; i++) {
		float logits[TUNE_TOKENS];
		double total = 0;
		assert_int_equal(tune_run_step(run, &b.steps[i], logits, NULL), 0);
		if (b.targets[i] == TUNE_TOKEN_NONE)
			continue;
		for (int t = 0; t < TUNE_TOKENS; t++)
			total += exp((double)logits[t]);
		sum += log(total) - (double)logits[b.targets[i]];
		asked++;
	}
	assert_true(fabs(sum / (double)asked - want) < 1e-4);
	free(weights);
	free(bytes);
}

static void test_training_learns_and_keeps_the_best(void **state)
{
	AUTO(corpus) c = reels_corpus(60, 9);
	char *folder = NULL;
	assert_int_equal(fs_temp_dir(NULL, "train", &folder, NULL), 0);
	char *out = fs_join(folder, "small.weights");
	struct train_options o = { .shape = { 32, 1, 1, 64 }, .seed = 1, .steps = 60, .batch_tokens = 600, .evaluate_every = 20,
				   .rate = 0.01f, .decay = 0.01f, .dropout = 0.05f, .out = out, .words = "a test", .quiet = true };
	struct train_result one, two;
	assert_int_equal(train_run(c, &o, &one, NULL), 0);
	assert_true(one.watch_bits < 5); /* evenly over the alphabet it would be 9.5 */
	AUTO(tune_weights) w = NULL;
	assert_int_equal(tune_weights_read(out, &w, NULL), 0);
	assert_non_null(strstr(w->note, "a test"));

	assert_int_equal(train_run(c, &o, &two, NULL), 0); /* the same seed, the same machine */
	assert_true(one.watch_bits == two.watch_bits && one.best_step == two.best_step);
	reels_remove(folder);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gradient_is_the_slope_of_the_loss),
		cmocka_unit_test(test_products_of_any_shape_are_right),
		cmocka_unit_test(test_inference_agrees_with_training),
		cmocka_unit_test(test_training_learns_and_keeps_the_best),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
