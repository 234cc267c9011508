/* test_tune_net.c - the weights file, the network and what it draws; with weights that have learned nothing. */
#include "model/tune_net.h"

#include "../check.h"
#include "../seed.h"
#include "model/tune_draw.h"
#include "model/tune_shape.h"
#include "model/tune_weights.h"
#include "random_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct tune_shape small = { 32, 1, 1, 32 };

static void test_a_damaged_file_is_refused(void **state)
{
	uint64_t seed = seed_start();
	size_t n;
	uint8_t *bytes = random_weights(&small, 1, &n);
	struct tune_weights *w = NULL;
	for (size_t cut = 0; cut < n; cut += 1 + n / 97)
		assert_int_equal(tune_weights_parse(bytes, cut, &w, NULL), -EBADMSG);
	for (int i = 0; i < 200; i++) {
		size_t at = seed_below(&seed, (uint32_t)n);
		uint8_t bit = (uint8_t)(1u << seed_below(&seed, 8));
		bytes[at] ^= bit;
		assert_int_equal(tune_weights_parse(bytes, n, &w, NULL), -EBADMSG);
		bytes[at] ^= bit;
	}
	assert_int_equal(tune_weights_parse(bytes, n, &w, NULL), 0);
	assert_string_equal(w->note, "nothing learned");
	tune_weights_free(w);
	free(bytes);
	assert_int_equal(tune_weights_read("/nowhere/tunes.weights", &w, NULL), -ENOENT);
}

static void test_shapes_that_cannot_run_are_refused(void **state)
{
	static const struct tune_shape bad[] = { { 0, 1, 0, 32 }, { 48, 1, 1, 32 }, { 64, 1, 1, 32 }, { 32, 0, 1, 32 },
						 { 32, 13, 1, 32 }, { 32, 1, 1, 33 }, { 32, 1, 1, 4096 }, { 1024, 1, 32, 32 } };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(tune_shape_ok(&bad[i]));
	assert_true(tune_shape_ok(&small));
}

/* Steps of a made-up stream. */
static size_t make_steps(struct tune_step *steps, size_t n, uint64_t seed)
{
	struct tune_state s;
	int before_1 = 0, before_2 = 0;
	size_t k = 0;
	tune_state_init(&s);
	while (k < n) {
		int t;
		do
			t = (int)seed_below(&seed, TUNE_TOKENS);
		while (!tune_state_may(&s, t) || t == TUNE_TOKEN_END);
		tune_state_push(&s, t);
		tune_step_of(&s, t, before_1, before_2, -1, &steps[k++]);
		before_2 = before_1;
		before_1 = t;
	}
	return k;
}

static void test_every_build_gives_the_same_bits(void **state)
{
	AUTO(tune_net) net = random_net(3);
	struct tune_step steps[150];
	static float want[TUNE_TOKENS], got[TUNE_TOKENS];
	uint64_t sums[3] = { 0 };
	make_steps(steps, COUNT_OF(steps), 99);
	for (int build = 0; build <= tune_run_best_build(); build++) {
		AUTO(tune_run) run = NULL;
		assert_int_equal(tune_run_new(net, 200, &run, NULL), 0);
		tune_run_use_build(run, build);
		for (size_t i = 0; i < COUNT_OF(steps); i++) {
			assert_int_equal(tune_run_step(run, &steps[i], got, NULL), 0);
			for (int t = 0; t < TUNE_TOKENS; t++) {
				uint32_t bits;
				memcpy(&bits, &got[t], 4);
				sums[build] = sums[build] * 31 + bits;
			}
		}
		assert_true(sums[build] == sums[0]);
		/* Going back and reading the same again gives the same. */
		memcpy(want, got, sizeof(want));
		tune_run_back(run, 100);
		for (size_t i = 100; i < COUNT_OF(steps); i++)
			assert_int_equal(tune_run_step(run, &steps[i], got, NULL), 0);
		assert_memory_equal(want, got, sizeof(want));
	}
	if (sums[0] != UINT64_C(0x92931a01e30953af))
		fail_msg("the bits are %llx", (unsigned long long)sums[0]); /* on every processor and compiler */
}

static void test_a_run_has_an_end(void **state)
{
	AUTO(tune_net) net = random_net(3);
	AUTO(tune_run) run = NULL;
	struct tune_step steps[5];
	make_steps(steps, COUNT_OF(steps), 1);
	assert_int_equal(tune_run_new(net, 4, &run, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(tune_run_step(run, &steps[i], NULL, NULL), 0);
	assert_int_equal(tune_run_step(run, &steps[4], NULL, NULL), -EMSGSIZE);
	assert_int_equal(tune_run_new(net, TUNE_STEPS_MAX + 1, &run, NULL), -EMSGSIZE);
}

static void test_soften_is_a_softmax(void **state)
{
	float v[48];
	double sum = 0, want[37];
	for (int i = 0; i < 37; i++) {
		v[i] = (float)((i * 7919) % 100) / 5 - 30;
		want[i] = exp((double)v[i]);
		sum += want[i];
	}
	tune_soften(v, 37);
	for (int i = 0; i < 37; i++)
		assert_true(fabs((double)v[i] - want[i] / sum) < 1e-6);
	v[0] = -1e4f;
	v[1] = 3;
	tune_soften(v, 2);
	assert_true(v[1] > 0.999f && v[0] >= 0 && v[0] < 1e-30f);
}

static const struct tune_rules free_rules = { .bars_most = 16, .lowest = TUNE_DEGREE_LO, .highest = TUNE_DEGREE_HI,
					      .temperature = 1, .top_p = 1, .repeats = true };

static void draw(const struct tune_net *net, const struct tune_rules *rules, int meter, uint64_t seed, struct tune_stream *s)
{
	AUTO(tune_draw) d = NULL;
	struct err err = { 0 };
	const uint16_t head[3] = { TUNE_TOKEN_MODE, (uint16_t)(TUNE_TOKEN_METER + meter), TUNE_TOKEN_FORM };
	assert_int_equal(tune_draw_new(net, rules, seed, &d, NULL), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(tune_stream_add(s, head[i], NULL), 0);
	assert_int_equal(tune_draw_read(d, head, 3, NULL, NULL), 0);
	if (tune_draw_write(d, NULL, s, &err) < 0)
		fail_msg("%s", err_msg(&err));
	assert_int_equal(tune_draw_n(d), s->n - 3);
	assert_true(tune_draw_bits(d) > 0);
}

/* A network that knows nothing does its worst; the rules hold all the same. */
static void test_rules_hold_whatever_the_network_wants(void **state)
{
	AUTO(tune_net) net = random_net(8);
	for (uint64_t seed = 0; seed < 60; seed++) {
		AUTO_TUNE_STREAM s = { 0 };
		AUTO_TUNE t = TUNE_INIT;
		struct tune_rules r = { .bars = 1 + (int)(seed % 9), .in_key = true, .close = true, .lowest = -5, .highest = 9,
					.temperature = 2, .top_p = 1, .repeats = seed % 2 };
		draw(net, &r, (int)(seed % TUNE_METERS), seed, &s);
		assert_int_equal(tune_add_stream(&t, s.v, s.n, NULL), 0);
		int last = -1, lines = 0, pickup = tune_is_note(s.v[3]) && tune_sound_of(s.v[3]) == TUNE_REST;
		for (size_t i = 0; i < s.n; i++) {
			lines += s.v[i] == TUNE_TOKEN_BAR;
			assert_true(r.repeats || !tune_is_repeat(s.v[i]));
			if (!tune_is_note(s.v[i]) || tune_sound_of(s.v[i]) < TUNE_DEGREE_0)
				continue;
			last = tune_sound_of(s.v[i]) - TUNE_DEGREE_0 + TUNE_DEGREE_LO;
			assert_in_range(last + 20, 15, 29);
			assert_true(tune_mode_scales[TUNE_MAJOR] >> ((last + 24) % 12) & 1);
		}
		assert_int_equal(lines, r.bars + pickup);
		assert_int_equal((last + 24) % 12, 0);
	}
}

static void test_same_seed_same_tokens_another_seed_others(void **state)
{
	AUTO(tune_net) net = random_net(8);
	uint64_t sum = 0, other = 0;
	for (int k = 0; k < 2; k++)
		for (uint64_t seed = 0; seed < 2; seed++) {
			AUTO_TUNE_STREAM s = { 0 };
			uint64_t h = 0;
			draw(net, &free_rules, 0, seed, &s);
			for (size_t i = 0; i < s.n; i++)
				h = h * 1000003 + s.v[i];
			if (k == 0 && seed == 0)
				sum = h;
			else if (k == 0)
				other = h;
			else
				assert_true(h == (seed ? other : sum));
		}
	assert_true(sum != other);
	if (sum != UINT64_C(0x09d67a36f718a91b))
		fail_msg("the tokens are %llx", (unsigned long long)sum); /* on every processor and compiler */
}

static void test_top_k_of_one_does_not_depend_on_the_seed(void **state)
{
	AUTO(tune_net) net = random_net(5);
	AUTO_TUNE_STREAM a = { 0 }, b = { 0 };
	struct tune_rules r = free_rules;
	r.top_k = 1;
	r.bars = 3;
	draw(net, &r, 4, 1, &a);
	draw(net, &r, 4, 2, &b);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.v, b.v, a.n * sizeof(*a.v));
	AUTO_TUNE_STREAM c = { 0 };
	r.top_k = 0;
	r.top_p = 1e-6; /* the likeliest alone */
	draw(net, &r, 4, 3, &c);
	assert_int_equal(a.n, c.n);
	assert_memory_equal(a.v, c.v, a.n * sizeof(*a.v));
}

static bool at_once(void *arg)
{
	return ++*(int *)arg > 20;
}

static void test_cancel_is_heard(void **state)
{
	AUTO(tune_net) net = random_net(5);
	AUTO(tune_draw) d = NULL;
	AUTO_TUNE_STREAM s = { 0 };
	int asked = 0;
	const struct model_watch watch = { .cancelled = at_once, .arg = &asked };
	const uint16_t head[3] = { TUNE_TOKEN_MODE, TUNE_TOKEN_METER, TUNE_TOKEN_FORM };
	struct tune_rules r = free_rules;
	r.bars = 16;
	assert_int_equal(tune_draw_new(net, &r, 1, &d, NULL), 0);
	assert_int_equal(tune_draw_read(d, head, 3, NULL, NULL), 0);
	assert_int_equal(tune_draw_write(d, &watch, &s, NULL), -ECANCELED);
	assert_int_equal(s.n, 20);
	const uint16_t nonsense[1] = { TUNE_TOKEN_METER };
	assert_int_equal(tune_draw_read(d, nonsense, 1, NULL, NULL), -EBADMSG);
	r.temperature = 0;
	assert_int_equal(tune_draw_new(net, &r, 1, &d, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_damaged_file_is_refused),
		cmocka_unit_test(test_shapes_that_cannot_run_are_refused),
		cmocka_unit_test(test_every_build_gives_the_same_bits),
		cmocka_unit_test(test_a_run_has_an_end),
		cmocka_unit_test(test_soften_is_a_softmax),
		cmocka_unit_test(test_rules_hold_whatever_the_network_wants),
		cmocka_unit_test(test_same_seed_same_tokens_another_seed_others),
		cmocka_unit_test(test_top_k_of_one_does_not_depend_on_the_seed),
		cmocka_unit_test(test_cancel_is_heard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
