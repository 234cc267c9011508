/*
 * test_held_out.c - the shipped weights predict tunes that were held out clearly better than a variable-order Markov model does. Needs
 * the corpus they were learned from, which is not part of the repository; without it the test is skipped.
 */
#include "corpus.h"

#include "../check.h"
#include "base/fs.h"
#include "model/tune_draw.h"
#include "model/tune_markov.h"
#include "train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define EVERY 12 /* of the tunes held out: sanitizers are slow */
#else
#define EVERY 2
#endif

/* Bits a token as the worker computes them; the header is given. */
static double model_bits(const struct tune_net *net, const struct corpus *c, size_t *ret_tunes)
{
	const struct tune_rules rules = { .temperature = 1, .top_p = 1, .lowest = TUNE_DEGREE_LO, .highest = TUNE_DEGREE_HI };
	double bits = 0;
	size_t n = 0, held = 0;
	*ret_tunes = 0;
	for (size_t i = 0; i < c->n; i++) {
		AUTO(tune_draw) d = NULL;
		const struct corpus_tune *t = &c->tunes[i];
		double own = 0;
		if (t->part != CORPUS_HELD_OUT || held++ % EVERY)
			continue;
		assert_int_equal(tune_draw_new(net, &rules, 0, &d, NULL), 0);
		assert_int_equal(tune_draw_read(d, t->stream.v, t->stream.n, &own, NULL), 0);
		bits += own;
		n += t->stream.n - 3;
		++*ret_tunes;
	}
	return bits / (double)n;
}

static double markov_bits(const struct corpus *c, int order, double discount, bool adapts)
{
	AUTO(markov) m = markov_new(order, discount);
	double bits = 0;
	size_t n = 0, held = 0;
	assert_non_null(m);
	for (int judge = 0; judge < 2; judge++)
		for (size_t i = 0; i < c->n; i++) {
			const struct corpus_tune *t = &c->tunes[i];
			if (t->part != (judge ? CORPUS_HELD_OUT : CORPUS_TRAIN) || (judge && held++ % EVERY))
				continue;
			for (size_t k = 0; k < t->stream.n; k++) {
				if (judge && k >= 3) {
					bits -= log2(markov_p(m, t->stream.v, k));
					n++;
				}
				if (!judge || adapts)
					assert_int_equal(markov_learn(m, t->stream.v, k), 0);
			}
		}
	return bits / (double)n;
}

static void test_held_out_tunes_are_predicted_better_than_by_markov(void **state)
{
	AUTO(corpus) c = NULL;
	AUTO(tune_net) net = NULL;
	struct tune_weights *w = NULL;
	double best = 1e9;
	size_t n = 0;
	assert_int_equal(corpus_read(TUNES_CORPUS, &c, NULL), 0);
	assert_true(c->n_tunes[CORPUS_HELD_OUT] > 50);
	assert_int_equal(tune_weights_read(TUNES_WEIGHTS, &w, NULL), 0);
	assert_int_equal(tune_net_new(w, &net, NULL), 0);
	for (int order = 4; order <= 12; order += 4) /* the best order and discount of hoot-train --judge are among them */
		for (double discount = 0.75; discount < 0.96; discount += 0.1)
			for (int adapts = 0; adapts < 2; adapts++)
				best = fmin(best, markov_bits(c, order, discount, adapts));
	double bits = model_bits(net, c, &n);
	printf("%zu tunes held out: %.3f bits a token, Markov at its best %.3f\n", n, bits, best);
	assert_true(bits < 0.8 * best);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_held_out_tunes_are_predicted_better_than_by_markov) };
	if (!fs_is_dir(TUNES_CORPUS)) {
		printf("skipped: there is no corpus at '%s'\n", TUNES_CORPUS);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
