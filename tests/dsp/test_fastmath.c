#include "../check.h"
#include "../seed.h"

#include "dsp/fastmath.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 200000 };
#define GOLDEN_BITS 0x40fcef1048a0a911u

static double relative(double got, long double want)
{
	return want == 0 ? fabs(got) : (double)fabsl((got - want) / want);
}

static void test_exponentials_stay_within_their_bounds(void **state)
{
	uint64_t seed = seed_start();
	double worst_exp = 0, worst_expm1 = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double x = (seed_unit(&seed) - 0.5) * 1380, y = (seed_unit(&seed) - 0.5) * 2;
		y = i & 1 ? y : y * y * y * 1e-3;
		worst_exp = fmax(worst_exp, relative(fm_exp(x), expl(x)));
		worst_expm1 = fmax(worst_expm1, relative(fm_expm1(y), expm1l(y)));
	}
	assert_true(worst_exp < 6e-16);
	assert_true(worst_expm1 < 6e-16);
}

static void test_logarithms_stay_within_their_bounds(void **state)
{
	uint64_t seed = seed_start();
	double worst_log = 0, worst_log1p = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double x = i & 1 ? exp((seed_unit(&seed) - 0.5) * 1300) : 1 + (seed_unit(&seed) - 0.5) * 1e-3;
		double y = i & 1 ? seed_unit(&seed) * 30 - 0.99 : (seed_unit(&seed) - 0.5) * 1e-6;
		worst_log = fmax(worst_log, relative(fm_log(x), logl(x)));
		worst_log1p = fmax(worst_log1p, relative(fm_log1p(y), log1pl(y)));
	}
	assert_true(worst_log < 6e-16);
	assert_true(worst_log1p < 6e-16);
}

static void test_sines_stay_within_their_bounds(void **state)
{
	uint64_t seed = seed_start();
	double worst = 0, worst_turn = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double x = (seed_unit(&seed) - 0.5) * 2e6;
		float turns = (float)(seed_unit(&seed) * 0.9999999);
		worst = fmax(worst, (double)fabsl(fm_sin(x) - sinl(x)));
		worst = fmax(worst, (double)fabsl(fm_cos(x) - cosl(x)));
		worst_turn = fmax(worst_turn, fabs((double)fm_sinf_turn(turns) - sin(6.283185307179586 * (double)turns)));
	}
	assert_true(worst < 3e-16);
	assert_true(worst_turn < 2e-7);
}

static void test_powers_stay_within_their_bounds(void **state)
{
	uint64_t seed = seed_start();
	double worst = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double x = 0.01 + seed_unit(&seed) * 50, y = (seed_unit(&seed) - 0.5) * 16;
		worst = fmax(worst, relative(fm_pow(x, y), powl(x, y)));
	}
	assert_true(worst < 1e-14);
	assert_true(fabs(fm_hz_of_note(69) - 440) < 1e-12);
	assert_true(fabs(fm_hz_of_note(60) - 261.6255653005986) < 1e-9);
}

static void test_edges_are_what_ieee_says(void **state)
{
	assert_true(fm_exp(1000) == INFINITY && fm_exp(-1000) == 0 && fm_exp(0) == 1);
	assert_true(fm_log(0) == -INFINITY && isnan(fm_log(-1)) && fm_log(1) == 0 && fm_log(INFINITY) == INFINITY);
	assert_true(isnan(fm_exp(NAN)) && isnan(fm_log(NAN)) && isnan(fm_sin(NAN)));
	assert_true(fm_log(5e-324) < -744.4 && fm_log(5e-324) > -744.5);
	assert_true(fm_floor(-0.5) == -1 && fm_floor(2.0) == 2 && fm_round(2.5) == 3 && fm_round(-2.5) == -2);
	assert_true(fm_round(0.49999999999999994) == 0);
}

/* The bits are part of the contract: golden renderings stand on them. */
static void test_bits_are_the_same_everywhere(void **state)
{
	uint64_t hash = 1469598103934665603u;
	for (int i = 0; i < 4000; i++) {
		double x = (i - 2000) * 0.0173;
		double all[] = { fm_exp(x), fm_expm1(x), fm_log(i + 0.37), fm_log1p(i * 0.01), fm_sin(x), fm_cos(x) };
		for (size_t k = 0; k < 6; k++) {
			uint64_t bits;
			memcpy(&bits, &all[k], sizeof(bits));
			hash = (hash ^ bits) * 1099511628211u;
		}
	}
	assert_int_equal(hash, GOLDEN_BITS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exponentials_stay_within_their_bounds),
		cmocka_unit_test(test_logarithms_stay_within_their_bounds),
		cmocka_unit_test(test_sines_stay_within_their_bounds),
		cmocka_unit_test(test_powers_stay_within_their_bounds),
		cmocka_unit_test(test_edges_are_what_ieee_says),
		cmocka_unit_test(test_bits_are_the_same_everywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
