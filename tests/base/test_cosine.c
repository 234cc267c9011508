#include "base/cosine.h"

#include "../check.h"

#include <math.h>

static void test_cosine_tells_direction_and_not_length(void **state)
{
	static const float a[] = {3, 4, 0}, longer[] = {30, 40, 0}, across[] = {-4, 3, 0}, back[] = {-3, -4, 0}, near[] = {3, 4, 5};
	assert_float_equal(cosine_of(a, longer, 3), 1, 1e-12);
	assert_float_equal(cosine_of(a, across, 3), 0, 1e-12);
	assert_float_equal(cosine_of(a, back, 3), -1, 1e-12);
	assert_float_equal(cosine_of(a, near, 3), sqrt(0.5), 1e-12);
	assert_float_equal(cosine_of(a, near, 2), 1, 1e-12);
}

static void test_cosine_of_nothing_is_nothing_and_of_itself_never_beyond_one(void **state)
{
	static const float nothing[3] = {0}, a[] = {0.1f, 0.7f, 1e-20f};
	assert_true(cosine_of(nothing, a, 3) == 0);
	assert_true(cosine_of(a, a, 0) == 0);
	for (float f = 0.1f; f < 1; f += 0.013f) {
		const float v[] = {f, 1 - f, f * f};
		assert_true(cosine_of(v, v, 3) <= 1 && cosine_of(v, v, 3) > 1 - 1e-12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cosine_tells_direction_and_not_length),
		cmocka_unit_test(test_cosine_of_nothing_is_nothing_and_of_itself_never_beyond_one),
	};
	return cmocka_run_group_tests_name("cosine", tests, NULL, NULL);
}
