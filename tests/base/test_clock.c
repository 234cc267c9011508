#include "base/clock.h"

#include "../check.h"

static void test_fake_clock_moves_only_when_told(void **state)
{
	struct clock_fake f;
	clock_fake_init(&f, 100, 5000);
	const struct clock *c = &f.clock;
	assert_int_equal(clock_monotonic_ns(c), 100);
	assert_int_equal(clock_monotonic_ns(c), 100);
	clock_fake_advance(&f, 7);
	assert_int_equal(clock_monotonic_ns(c), 107);
	assert_int_equal(clock_real_ns(c), 5007);
	clock_fake_set_real(&f, 1);
	assert_int_equal(clock_real_ns(c), 1);
	assert_int_equal(clock_monotonic_ns(c), 107); /* a new date moves no timer */
}

static void test_system_clock_never_goes_back(void **state)
{
	int64_t last = clock_monotonic_ns(clock_system());
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_monotonic_ns(clock_system());
		assert_true(now >= last);
		last = now;
	}
	assert_true(clock_real_ns(clock_system()) > INT64_C(1700000000) * NS_PER_SEC);
}

static void test_times_are_written_as_iso_8601(void **state)
{
	char s[CLOCK_ISO_SIZE];
	clock_format_iso(0, s);
	assert_string_equal(s, "1970-01-01T00:00:00.000Z");
	clock_format_iso(INT64_C(1582934400) * NS_PER_SEC + 789 * NS_PER_MS + 999999, s);
	assert_string_equal(s, "2020-02-29T00:00:00.789Z");
	clock_format_iso(-1, s);
	assert_string_equal(s, "1969-12-31T23:59:59.999Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fake_clock_moves_only_when_told),
		cmocka_unit_test(test_system_clock_never_goes_back),
		cmocka_unit_test(test_times_are_written_as_iso_8601),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
