/* test_tune_memory.c - the learned model with allocation 1, 2, 3, ... failing: -ENOMEM each time, and nothing left behind. */
#include "model/tune_net.h"
#include "model/tunes.h"

#include "../check.h"
#include "../starve.h"
#include "random_net.h"
#include "tunes.h"

#include <stdlib.h>

/* A file in memory. */
struct file {
	const uint8_t *bytes;
	size_t n;
};

static int read_weights(void *arg, struct err *err)
{
	static const struct tune_shape shape = { 32, 1, 1, 32 };
	struct tune_weights *w = NULL;
	AUTO(tune_net) net = NULL;
	AUTO(tune_run) run = NULL;
	size_t n = 0;
	const struct file *file = arg;
	uint8_t *written = NULL;
	float *weights = calloc(tune_n_weights(&shape), sizeof(float));
	if (!weights)
		return err_set(err, -ENOMEM, "weights");
	int r = tune_weights_write(&shape, "", weights, &written, &n, err);
	free(weights);
	free(written);
	if (r == 0)
		r = tune_weights_parse(file->bytes, file->n, &w, err);
	if (r == 0)
		r = tune_net_new(w, &net, err);
	return r == 0 ? tune_run_new(net, 16, &run, err) : r;
}

static void test_weights_are_read_or_refused(void **state)
{
	static const struct tune_shape shape = { 32, 1, 1, 32 };
	struct file file;
	uint8_t *bytes = random_weights(&shape, 1, &file.n);
	file.bytes = bytes;
	assert_true(starve_exhaust(STARVE_ONE, "weights", false, read_weights, &file) > 10);
	free(bytes);
}

struct makers {
	struct tune_net *net;
	struct score *source;
};

static int make(void *arg, struct err *err)
{
	const struct makers *m = arg;
	AUTO(score) fresh = NULL;
	AUTO(score) longer = NULL;
	AUTO(score) over = NULL;
	struct tunes_sample_params s;
	struct tunes_continue_params c;
	struct tunes_bridge_params b;
	int r = model_params_read(&tunes_sample_table, NULL, &s, err);
	if (r == 0)
		r = model_params_read(&tunes_continue_table, NULL, &c, err);
	if (r == 0)
		r = model_params_read(&tunes_bridge_table, NULL, &b, err);
	s.bars = c.bars = b.bars = 1;
	b.tries = 1;
	c.lead_in_bars = 1;
	if (r == 0)
		r = tunes_sample(m->net, &s, 1, NULL, &fresh, NULL, err);
	if (r == 0)
		r = tunes_continue(m->net, m->source, &c, 1, NULL, &longer, NULL, err);
	return r == 0 ? tunes_bridge(m->net, m->source, m->source, &b, 1, NULL, &over, NULL, err) : r;
}

static void test_tunes_are_made_or_refused(void **state)
{
	AUTO(tune_net) net = random_net(2);
	AUTO(score) source = tune_jig();
	struct makers m = { net, source };
	assert_true(starve_exhaust(STARVE_ONE, "tunes", false, make, &m) > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights_are_read_or_refused),
		cmocka_unit_test(test_tunes_are_made_or_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
