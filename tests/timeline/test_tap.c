#include "../check.h"

#include <math.h>
#include <stdio.h>

#include "base/rng.h"
#include "timeline/tap.h"

/* Taps `n` times at this tempo, each off by at most jitter_s; the tempo heard at the end. */
static double taps(struct tapper *t, double *at, double bpm, double beats, int n, double jitter_s, struct rng *r)
{
	double heard = 0;
	for (int i = 0; i < n; i++) {
		*at += 60 * beats / bpm;
		if (tapper_add(t, *at + jitter_s * (2 * rng_double(r) - 1), beats, &heard, NULL) < 0)
			fail_msg("tap %d is refused", i);
	}
	return heard;
}

/* Rows: S0-46 */
static void test_the_tempo_of_taps_is_heard_from_the_third_on_and_a_new_one_followed(void **state)
{
	struct tapper t = { .n = 0 };
	struct rng r;
	double at = 100, bpm = 0;
	rng_init(&r, 1);
	assert_int_equal(tapper_add(&t, at, 1, &bpm, NULL), 0);
	assert_int_equal(tapper_add(&t, at += 0.5, 1, &bpm, NULL), 0);
	assert_int_equal(tapper_add(&t, at += 0.5, 1, &bpm, NULL), 1);
	assert_true(fabs(bpm - 120) < 1e-9);
	assert_true(fabs(taps(&t, &at, 90, 1, TAP_BEATS + 1, 0, &r) - 90) < 1e-9);
}

static void test_jitter_averages_out(void **state)
{
	struct rng r;
	rng_init(&r, 7);
	for (int k = 0; k < 200; k++) {
		struct tapper t = { .n = 0 };
		double at = 0, bpm = 40 + 200 * rng_double(&r), heard = taps(&t, &at, bpm, 1, 30, 0.01, &r);
		/* 10 ms of jitter on 8 beats: within about one in a hundred of eight beats' length */
		if (fabs(heard - bpm) > bpm * 0.02 * bpm / 60 / TAP_BEATS * 3)
			fail_msg("%g bpm is heard as %g", bpm, heard);
	}
}

/* Rows: S0-46 */
static void test_the_pulses_of_a_clock_are_taps_too(void **state)
{
	struct tapper t = { .n = 0 };
	struct rng r;
	double at = 0;
	rng_init(&r, 3);
	assert_true(fabs(taps(&t, &at, 128, 1.0 / 24, 24 * 16, 0, &r) - 128) < 1e-6);
	assert_true(fabs(taps(&t, &at, 174, 1.0 / 24, 24 * 9, 0, &r) - 174) < 1e-6);
	assert_true(fabs(taps(&t, &at, 61, 1.0 / 960, 960 * 2, 0, &r) - 61) < 1e-6); /* more than it can keep */
}

static void test_a_pause_begins_anew_and_time_does_not_run_backwards(void **state)
{
	struct tapper t = { .n = 0 };
	struct err err = ERR_INIT;
	struct rng r;
	double at = 0, bpm = 0;
	rng_init(&r, 3);
	(void)taps(&t, &at, 120, 1, 6, 0, &r);
	assert_int_equal(tapper_add(&t, at, 1, &bpm, &err), -EINVAL);
	assert_string_equal(err.field, "seconds");
	assert_int_equal(tapper_add(&t, at + 1, 0, &bpm, &err), -EINVAL);
	assert_string_equal(err.field, "beats");
	at += 2;
	assert_int_equal(tapper_add(&t, at, 1, &bpm, NULL), 0);
	assert_int_equal(t.n, 1);
	assert_true(fabs(taps(&t, &at, 200, 1, 2, 0, &r) - 200) < 1e-9);
	tapper_clear(&t);
	assert_int_equal(tapper_add(&t, 0, 1, &bpm, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_tempo_of_taps_is_heard_from_the_third_on_and_a_new_one_followed),
		cmocka_unit_test(test_jitter_averages_out),
		cmocka_unit_test(test_the_pulses_of_a_clock_are_taps_too),
		cmocka_unit_test(test_a_pause_begins_anew_and_time_does_not_run_backwards),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
