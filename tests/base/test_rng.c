#include "base/rng.h"

#include "../check.h"

#include <string.h>

/* These numbers are a promise: a change here would change recorded music. */
static void test_rng_stream_never_changes(void **state)
{
	struct rng r;
	rng_init(&r, 1234);
	uint64_t got[4];
	for (int i = 0; i < 4; i++)
		got[i] = rng_next(&r);
	static const uint64_t want[4] = { UINT64_C(0x0bab45d9a0e3ae53),
				       UINT64_C(0xd7c640660c19433e),
				       UINT64_C(0xb0dedaa0d09a6691),
				       UINT64_C(0xdec9f41b58ec86eb) };
	assert_memory_equal(got, want, sizeof(want));
}

/* The generator from its definition, with the state written out. */
static void test_rng_follows_its_definition(void **state)
{
	struct rng r = { { 1, 2, 3, 4 } };
	/* rotl(2 * 5, 7) * 9 */
	assert_int_equal(rng_next(&r), 11520);
	/* after it s[1] is 2 ^ (3 ^ 1) = 0 */
	assert_int_equal(rng_next(&r), 0);
}

static void test_rng_below_is_even_and_in_range(void **state)
{
	struct rng r;
	rng_init(&r, 7);
	unsigned counts[7] = { 0 };
	for (int i = 0; i < 70000; i++) {
		uint64_t v = rng_below(&r, 7);
		assert_true(v < 7);
		counts[v]++;
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(counts[i], 9500, 10500);
	for (int i = 0; i < 1000; i++) {
		int64_t v = rng_range(&r, -3, 3);
		assert_true(v >= -3 && v <= 3);
	}
	assert_int_equal(rng_range(&r, 5, 5), 5);
	(void)rng_range(&r, INT64_MIN, INT64_MAX); /* the whole range must not divide by zero */
}

static void test_rng_double_lies_in_zero_to_one(void **state)
{
	struct rng r;
	rng_init(&r, 99);
	double sum = 0;
	for (int i = 0; i < 10000; i++) {
		double v = rng_double(&r);
		assert_true(v >= 0 && v < 1);
		sum += v;
	}
	assert_true(sum > 4800 && sum < 5200);
}

static void test_rng_parts_have_streams_of_their_own(void **state)
{
	struct rng a, b, again;
	rng_split(&a, 5, 0);
	rng_split(&b, 5, 1);
	rng_split(&again, 5, 1);
	assert_int_equal(rng_next(&b), rng_next(&again));
	assert_int_not_equal(rng_next(&a), rng_next(&b));
}

static void test_rng_entropy_differs_each_time(void **state)
{
	uint8_t a[600] = { 0 }, b[600] = { 0 };
	rng_entropy(a, sizeof(a));
	rng_entropy(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rng_stream_never_changes),
		cmocka_unit_test(test_rng_follows_its_definition),
		cmocka_unit_test(test_rng_below_is_even_and_in_range),
		cmocka_unit_test(test_rng_double_lies_in_zero_to_one),
		cmocka_unit_test(test_rng_parts_have_streams_of_their_own),
		cmocka_unit_test(test_rng_entropy_differs_each_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
