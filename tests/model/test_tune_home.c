/* test_tune_home.c - what a mode dwells on, and what is drawn for it. */
#include "model/tune_home.h"

#include "../check.h"

static int note(int degree)
{
	return tune_note(7, TUNE_DEGREE_0 + degree - TUNE_DEGREE_LO);
}

static void test_what_is_drawn_for_a_mode_lies_in_its_scale(void **state)
{
	for (int m = 0; m < TUNE_MODES; m++) {
		const struct tune_home *h = &tune_homes[m];
		int sum = 0;
		unsigned sounding = 0, scale = tune_mode_scales[m] | (m == TUNE_MINOR ? 1u << 11 : 0);
		for (int d = 0; d < 12; d++) {
			sum += h->dwell[d];
			if (h->scale >> d & 1)
				sounding |= 1u << (tune_home_turn(h, d) + 12) % 12;
			assert_true(h->dwell[d] == 0 || scale >> d & 1);
		}
		assert_int_equal(sum, 1000);
		assert_true((sounding & ~scale) == 0);
		assert_true((sounding & tune_mode_scales[m]) == tune_mode_scales[m]); /* all of it, the degrees that tell it apart, too */
	}
}

static void test_notes_are_turned_in_every_octave_and_nothing_else_is(void **state)
{
	const struct tune_home *dorian = &tune_homes[TUNE_DORIAN], *mixolydian = &tune_homes[TUNE_MIXOLYDIAN];
	assert_int_equal(tune_home_turn_token(dorian, note(8)), note(9));
	assert_int_equal(tune_home_turn_token(dorian, note(-4)), note(-3));
	assert_int_equal(tune_home_turn_token(dorian, note(23)), note(22));
	assert_int_equal(tune_home_turn_token(mixolydian, note(-1)), note(-2));
	assert_int_equal(tune_home_turn_token(mixolydian, note(8)), note(8));
	assert_int_equal(tune_home_turn_token(mixolydian, tune_note(7, TUNE_HOLD)), tune_note(7, TUNE_HOLD));
	for (int token = 1; token < TUNE_TOKEN_NOTE; token++)
		assert_int_equal(tune_home_turn_token(mixolydian, token), token);
}

static void test_degrees_that_were_heard_too_little_become_likelier(void **state)
{
	uint32_t have[12] = { 0 };
	float pull[12];
	tune_home_pull(&tune_homes[TUNE_MIXOLYDIAN], have, pull);
	for (int d = 0; d < 12; d++)
		assert_true(pull[d] > -0.01F && pull[d] < 0.01F);
	have[5] = 960; /* as if the fourth were the tonic */
	tune_home_pull(&tune_homes[TUNE_MIXOLYDIAN], have, pull);
	assert_true(pull[5] < -1 && pull[0] > 1 && pull[7] > 1);
	assert_true(pull[10] > 1 && pull[11] >= pull[10] && pull[11] <= pull[10]); /* both sound as the lowered seventh */
	have[5] = UINT32_MAX; /* bounded */
	tune_home_pull(&tune_homes[TUNE_MIXOLYDIAN], have, pull);
	for (int d = 0; d < 12; d++)
		assert_true(pull[d] >= -2 && pull[d] <= 2);
}

static void test_what_is_gone_on_from_keeps_half_of_its_own(void **state)
{
	AUTO_TUNE t = TUNE_INIT;
	struct tune_home h;
	const uint16_t bar[] = { (uint16_t)tune_note(14, TUNE_DEGREE_0 - TUNE_DEGREE_LO), (uint16_t)tune_note(10, TUNE_HOLD) };
	t.mode = TUNE_DORIAN;
	assert_int_equal(tune_add_bar(&t, bar, 2, -1, NULL), 0);
	tune_home_of(&t, &h);
	assert_int_equal(h.dwell[0], (tune_homes[TUNE_DORIAN].dwell[0] + 1000) / 2);
	assert_int_equal(h.dwell[9], tune_homes[TUNE_DORIAN].dwell[9] / 2);
	assert_int_equal(h.scale, tune_mode_scales[TUNE_DORIAN]);
	for (int d = -12; d < 24; d++)
		assert_int_equal(tune_home_turn(&h, d), d); /* what is there is not to be turned */
	t.n_notes = t.n_bars = 0;
	tune_home_of(&t, &h);
	assert_int_equal(h.dwell[0], tune_homes[TUNE_DORIAN].dwell[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_drawn_for_a_mode_lies_in_its_scale),
		cmocka_unit_test(test_notes_are_turned_in_every_octave_and_nothing_else_is),
		cmocka_unit_test(test_degrees_that_were_heard_too_little_become_likelier),
		cmocka_unit_test(test_what_is_gone_on_from_keeps_half_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
