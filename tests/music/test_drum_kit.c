#include "music/drum_kit.h"

#include "../check.h"

static void test_every_drum_has_a_name_that_leads_back_to_it(void **state)
{
	for (int drum = 0; drum < 128; drum++) {
		const char *name = drum_name(drum);
		if (drum < DRUM_FIRST || drum > DRUM_LAST) {
			assert_string_equal(name, "");
			continue;
		}
		assert_true(*name);
		assert_int_equal(drum_of_name(name), drum);
	}
	assert_int_equal(drum_of_name("Snare"), DRUM_SNARE);
	assert_int_equal(drum_of_name("HH"), DRUM_HAT);
	assert_int_equal(drum_of_name("conga"), DRUM_CONGA_HIGH);
	assert_int_equal(drum_of_name("theremin"), -1);
	assert_int_equal(drum_of_name(""), -1);
	assert_string_equal(drum_nearest_name("tringle"), "triangle");
	assert_null(drum_nearest_name("theremin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_drum_has_a_name_that_leads_back_to_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
