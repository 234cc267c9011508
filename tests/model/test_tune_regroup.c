/* test_tune_regroup.c - bars of one meter as bars of another. */
#include "model/tune_regroup.h"

#include "../check.h"

static int meter(unsigned num, unsigned den)
{
	return tune_find_meter(num, den);
}

/* A bar of one note after another; below 0: held. */
static void add_bar(struct tune *t, const int *units, size_t n)
{
	uint16_t bar[8];
	for (size_t i = 0; i < n; i++) {
		int u = units[i] < 0 ? -units[i] : units[i], length = tune_longest(u);
		assert_int_equal(tune_lengths[length], u);
		bar[i] = (uint16_t)tune_note(length, units[i] < 0 ? TUNE_HOLD : TUNE_DEGREE_0 + 20 + (int)i);
	}
	assert_int_equal(tune_add_bar(t, bar, n, tune_last_sound(t), NULL), 0);
}

static double length_of(const struct score *s, size_t note)
{
	return s->voices[0].notes[note].duration_beats;
}

static void test_two_bars_of_a_jig_are_one_in_twelve_eight(void **state)
{
	AUTO_TUNE t = TUNE_INIT, r = TUNE_INIT;
	AUTO(score) s = NULL;
	t.meter = (uint8_t)meter(6, 8);
	for (int i = 0; i < 4; i++)
		add_bar(&t, (const int[]){ i % 2 ? -36 : 36, 36 }, 2);
	assert_int_equal(tune_regroup(&t, meter(12, 8), &r, NULL), 0);
	assert_int_equal(r.n_bars, 2);
	assert_int_equal(tune_to_score(&r, &s, NULL), 0);
	assert_true(s->end_beats > 11.99 && s->end_beats < 12.01);
	assert_int_equal(s->voices[0].n_notes, 6);
	assert_true(length_of(s, 1) > 2.99); /* held over what was a bar line */
	assert_true(score_meter_at(s, 0).num == 12);
}

static void test_a_bar_without_a_partner_becomes_a_pickup(void **state)
{
	AUTO_TUNE t = TUNE_INIT, r = TUNE_INIT;
	AUTO(score) s = NULL;
	t.meter = (uint8_t)meter(6, 8);
	for (int i = 0; i < 5; i++)
		add_bar(&t, (const int[]){ 72 }, 1);
	assert_int_equal(tune_regroup(&t, meter(12, 8), &r, NULL), 0);
	assert_int_equal(r.n_bars, 3);
	assert_int_equal(tune_to_score(&r, &s, NULL), 0);
	assert_true(s->pickup_beats > 2.99 && s->pickup_beats < 3.01);
	assert_int_equal(s->voices[0].n_notes, 5);
}

static void test_notes_twice_as_long_fill_a_bar_of_halves(void **state)
{
	AUTO_TUNE t = TUNE_INIT, r = TUNE_INIT;
	AUTO(score) s = NULL;
	t.meter = (uint8_t)meter(3, 4);
	add_bar(&t, (const int[]){ 72 }, 1); /* no token is 144 units long */
	add_bar(&t, (const int[]){ 9, 3, 12, 48 }, 4);
	add_bar(&t, (const int[]){ -24, 32, 16 }, 3);
	assert_int_equal(tune_regroup(&t, meter(3, 2), &r, NULL), 0);
	assert_int_equal(r.n_bars, 3);
	assert_int_equal(tune_to_score(&r, &s, NULL), 0);
	assert_int_equal(s->voices[0].n_notes, 7);
	assert_true(length_of(s, 0) > 5.99 && length_of(s, 0) < 6.01);
	assert_true(length_of(s, 1) > 0.74 && length_of(s, 1) < 0.76);
	assert_true(length_of(s, 4) > 5.99 && length_of(s, 4) < 6.01);
	assert_true(length_of(s, 5) > 2.66 && length_of(s, 5) < 2.67);
}

static void test_every_meter_is_told_as_one_that_fills_its_bars(void **state)
{
	for (int form = 0; form < TUNE_FORMS; form++) {
		for (int m = 0; m < TUNE_METERS; m++) {
			struct tune_grouping g = tune_grouping_of(m, form);
			assert_int_equal(tune_bar_units(g.told) * g.bars * g.stretch, tune_bar_units(m));
		}
	}
	assert_int_equal(tune_grouping_of(meter(4, 4), TUNE_REEL).told, meter(2, 2));
	assert_int_equal(tune_grouping_of(meter(4, 4), TUNE_ANY).told, meter(4, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_bars_of_a_jig_are_one_in_twelve_eight),
		cmocka_unit_test(test_a_bar_without_a_partner_becomes_a_pickup),
		cmocka_unit_test(test_notes_twice_as_long_fill_a_bar_of_halves),
		cmocka_unit_test(test_every_meter_is_told_as_one_that_fills_its_bars),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
