#include "../check.h"

#include "time/meter_map.h"

#include <errno.h>

static struct meter_map *map_of(const struct meter_point *p, uint32_t n)
{
	struct meter_map *m;
	assert_int_equal(meter_map_init(test_malloc(meter_map_bytes(n)), p, n, &m, NULL), 0);
	return m;
}

static void test_bars_count_from_one_after_a_pick_up(void **state)
{
	const struct meter_point p[] = { { 1, 3, 4 } };
	struct meter_map *m = map_of(p, 1);
	assert_int_equal(meter_map_place(m, 0).bar, 0);
	assert_true(meter_map_place(m, 0).beat_in_bar == 2); /* the last beat of bar 0 */
	assert_int_equal(meter_map_place(m, 1).bar, 1);
	assert_int_equal(meter_map_place(m, 3.99).bar, 1);
	assert_int_equal(meter_map_place(m, 4).bar, 2);
	assert_true(meter_map_bar_start(m, 1) == 1);
	assert_true(meter_map_bar_start(m, 3) == 7);
	assert_true(meter_map_next_bar(m, 0) == 1);
	assert_true(meter_map_next_bar(m, 1) == 1);
	assert_true(meter_map_next_bar(m, 1.1) == 4);
	test_free(m);
}

static void test_a_new_meter_starts_a_bar_even_when_the_last_is_cut_short(void **state)
{
	const struct meter_point p[] = { { 0, 4, 4 }, { 10, 6, 8 }, { 16, 2, 2 } };
	struct meter_map *m = map_of(p, 3);
	assert_int_equal(meter_map_place(m, 9.5).bar, 3); /* bar 3 has only two beats */
	assert_int_equal(meter_map_place(m, 10).bar, 4);
	assert_true(meter_map_next_bar(m, 9) == 10);
	assert_int_equal(meter_map_place(m, 13).bar, 5);
	assert_true(meter_map_place(m, 10).bar_beats == 3);
	assert_int_equal(meter_map_place(m, 16).bar, 6);
	assert_true(meter_map_bar_start(m, 7) == 20);
	assert_true(meter_map_bar_start(m, 4) == 10);
	assert_int_equal(meter_map_place(m, 13).numerator, 6);
	test_free(m);
}

static void test_every_bar_line_is_where_its_bar_starts(void **state)
{
	const struct meter_point p[] = { { 0.5, 7, 8 }, { 14.5, 5, 4 }, { 24.5, 3, 4 } };
	struct meter_map *m = map_of(p, 3);
	double at = 0.5;
	for (int64_t bar = 1; bar < 40; bar++) {
		assert_true(meter_map_bar_start(m, bar) == at);
		struct meter_place place = meter_map_place(m, at);
		assert_int_equal(place.bar, bar);
		assert_true(place.beat_in_bar == 0);
		at = meter_map_next_bar(m, at + 0.25);
	}
	test_free(m);
}

static void test_the_next_beat_counts_from_the_bar_and_stops_at_its_line(void **state)
{
	const struct meter_point p[] = { { 0.5, 7, 8 } };
	struct meter_map *m = map_of(p, 1);
	assert_true(meter_map_next_beat(m, 0.5) == 0.5);
	assert_true(meter_map_next_beat(m, 0.6) == 1.5);
	assert_true(meter_map_next_beat(m, 3.6) == 4.0); /* the bar line comes before the fourth beat */
	assert_true(meter_map_next_beat(m, 1.5 + 1e-9) == 1.5);
	test_free(m);
}

static void test_bad_meters_are_refused_by_number(void **state)
{
	struct meter_point p[] = { { 0, 4, 4 }, { 8, 3, 4 } };
	void *memory = test_malloc(meter_map_bytes(2));
	struct meter_map *m;
	uint32_t at;
	p[1].denominator = 3;
	assert_int_equal(meter_map_init(memory, p, 2, &m, &at), -EINVAL);
	assert_int_equal(at, 1);
	p[1] = (struct meter_point){ 8, 0, 4 };
	assert_int_equal(meter_map_init(memory, p, 2, &m, &at), -EINVAL);
	p[1] = (struct meter_point){ 0, 3, 4 };
	assert_int_equal(meter_map_init(memory, p, 2, &m, &at), -EINVAL);
	assert_int_equal(meter_map_init(memory, p, 0, &m, &at), -EINVAL);
	test_free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bars_count_from_one_after_a_pick_up),
		cmocka_unit_test(test_a_new_meter_starts_a_bar_even_when_the_last_is_cut_short),
		cmocka_unit_test(test_every_bar_line_is_where_its_bar_starts),
		cmocka_unit_test(test_the_next_beat_counts_from_the_bar_and_stops_at_its_line),
		cmocka_unit_test(test_bad_meters_are_refused_by_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
