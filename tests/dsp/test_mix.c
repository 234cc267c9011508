#include "../check.h"
#include "../seed.h"

#include "dsp/fade.h"
#include "dsp/mix.h"

#include <math.h>
#include <string.h>

enum { N = 301 };

static void fill(uint64_t *seed, float *x)
{
	for (int i = 0; i < N; i++)
		x[i] = (float)(seed_unit(seed) * 2 - 1);
}

static void test_kernels_do_what_the_plain_loop_does_to_the_bit(void **state)
{
	uint64_t seed = seed_start();
	for (int round = 0; round < 200; round++) {
		float a[N], b[N], c[N], g[N], want[N];
		uint32_t off = seed_below(&seed, 5), n = seed_below(&seed, N - 8);
		float gain = (float)seed_unit(&seed);
		fill(&seed, a);
		fill(&seed, b);
		fill(&seed, c);
		fill(&seed, g);
		memcpy(want, a, sizeof(a));
		for (uint32_t i = 0; i < n; i++)
			want[off + i] += b[off + i] * gain;
		for (uint32_t i = 0; i < n; i++)
			want[off + i] += b[off + i] * g[i];
		float *left = a, *right = c, want_right[N];
		memcpy(want_right, c, sizeof(c));
		for (uint32_t i = 0; i < n; i++) {
			want[off + i] += b[i] * gain;
			want_right[off + i] += b[i] * gain;
		}
		for (uint32_t i = 0; i < n; i++)
			want[off + i] *= g[i];
		mix_add_rt(a + off, b + off, gain, n);
		mix_add_gains_rt(a + off, b + off, g, n);
		mix_add_both_rt(left + off, right + off, b, gain, n);
		mix_scale_gains_rt(a + off, g, n);
		assert_memory_equal(a, want, sizeof(a));
		assert_memory_equal(c, want_right, sizeof(c));
	}
}

static void test_crossfades_sum_to_one(void **state)
{
	uint64_t seed = seed_start();
	for (int round = 0; round < 50; round++) {
		int64_t n = 1 + seed_below(&seed, 100000);
		for (int i = 0; i < 100; i++) {
			int64_t k = seed_below(&seed, (uint32_t)n);
			double in = (double)fade_gain(FADE_EQUAL_POWER, false, k, n);
			double out = (double)fade_gain(FADE_EQUAL_POWER, true, k, n);
			assert_true(fabs(in * in + out * out - 1) < 3e-7);
			in = (double)fade_gain(FADE_LINEAR, false, k, n);
			out = (double)fade_gain(FADE_LINEAR, true, k, n);
			assert_true(fabs(in + out - 1) < 2e-7);
		}
		assert_true(fade_gain(FADE_EQUAL_POWER, false, 0, n) == 0);
		assert_true(fade_gain(FADE_EQUAL_POWER, false, n, n) == 1);
		assert_true(fade_gain(FADE_EQUAL_POWER, true, 0, n) == 1);
	}
}

static void test_a_fade_does_not_depend_on_where_blocks_begin(void **state)
{
	uint64_t seed = seed_start();
	for (int round = 0; round < 100; round++) {
		float whole[N], pieces[N];
		enum fade_shape shape = seed_below(&seed, 2);
		bool out = seed_below(&seed, 2);
		int64_t n = 1 + seed_below(&seed, 400), first = (int64_t)seed_below(&seed, 100) - 50;
		for (int i = 0; i < N; i++)
			whole[i] = pieces[i] = 0.75f;
		fade_apply_rt(whole, shape, out, first, n, N);
		for (uint32_t at = 0; at < N;) {
			uint32_t length = 1 + seed_below(&seed, 20);
			length = at + length > N ? N - at : length;
			fade_apply_rt(pieces + at, shape, out, first + at, n, length);
			at += length;
		}
		assert_memory_equal(whole, pieces, sizeof(whole));
	}
}

static void test_bad_samples_become_silence_and_are_counted(void **state)
{
	float x[N];
	uint32_t bad;
	for (int i = 0; i < N; i++)
		x[i] = 0.25f;
	x[7] = NAN;
	x[N - 1] = -INFINITY;
	x[100] = -0.5f;
	assert_false(mix_finite_rt(x, N));
	assert_true(mix_guard_rt(x, N, &bad) == 0.5f);
	assert_int_equal(bad, 2);
	assert_true(x[7] == 0 && x[N - 1] == 0 && x[8] == 0.25f);
	assert_true(mix_finite_rt(x, N));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels_do_what_the_plain_loop_does_to_the_bit),
		cmocka_unit_test(test_crossfades_sum_to_one),
		cmocka_unit_test(test_a_fade_does_not_depend_on_where_blocks_begin),
		cmocka_unit_test(test_bad_samples_become_silence_and_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
