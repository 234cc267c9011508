#include "music/quantise.h"

#include "../seed.h"
#include "music/bar_walk.h"
#include "music/tidy.h"
#include "played.h"

#include "../check.h"
#include "../starve.h"

#include <string.h>

static const double eighths[] = { 0, 0.5 }, triplets[] = { 0, 1.0 / 3, 2.0 / 3 }, sixteenths[] = { 0, 0.25, 0.5, 0.75 },
		    shuffled[] = { 0, 2.0 / 3 }, quarters[] = { 0 }, light[] = { 0, 0.58 }, sextuplets[] = { 0, 1 / 6.0, 2 / 6.0, 0.5, 4 / 6.0, 5 / 6.0 };

static const struct {
	const char *name;
	const double *places;
	size_t n;
	int per_beat;
	double swing;
} kinds[] = {
	{ "quarters", quarters, 1, 1, 0.5 },     { "eighths", eighths, 2, 2, 0.5 },        { "triplets", triplets, 3, 3, 0.5 },
	{ "sixteenths", sixteenths, 4, 4, 0.5 }, { "shuffle", shuffled, 2, 2, 2.0 / 3 }, { "light swing", light, 2, 2, 0.58 },
	{ "sextuplets", sextuplets, 6, 6, 0.5 },
};

/* How many of 50 performances are heard rightly. */
static int heard(size_t kind, double sigma, double often)
{
	int right = 0;
	for (uint64_t seed = 0; seed < 50; seed++) {
		AUTO(score) s = played_make(seed + 1, kinds[kind].places, kinds[kind].n, often, sigma, 32);
		struct grid_finding f;
		assert_int_equal(grid_find(s, NULL, &f, NULL), 0);
		right += f.grid.per_beat == kinds[kind].per_beat && fabs(f.grid.swing - kinds[kind].swing) < 0.03;
	}
	return right;
}

/* Rows: L26 */
static void test_the_grid_is_found_from_what_was_played_triplets_too(void **state)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		int exact = heard(i, 0, 1), tight = heard(i, 0.01, 0.8), loose = heard(i, 0.025, 0.8);
		print_message("%-12s exact %d, off by 0.01 beats %d, by 0.025 %d of 50\n", kinds[i].name, exact, tight, loose);
		assert_int_equal(exact, 50);
		assert_true(tight >= 48);
		assert_true(loose >= (kinds[i].per_beat == 6 ? 25 : 40));
	}
}

static void test_lag_and_triplet_share_are_measured(void **state)
{
	AUTO(score) s = played_make(3, triplets, 3, 1, 0, 16);
	for (size_t i = 0; i < s->voices[0].n_notes; i++)
		s->voices[0].notes[i].start_beats += 0.02;
	struct grid_finding f;
	assert_int_equal(grid_find(s, NULL, &f, NULL), 0);
	assert_int_equal(f.grid.per_beat, 3);
	assert_true(fabs(f.lag_beats - 0.02) < 1e-9 && f.triplet_share == 1);
	AUTO(score) none = score_new();
	assert_int_equal(grid_find(none, NULL, &f, NULL), 0);
	assert_int_equal(f.n_onsets, 0);
	assert_int_equal(f.grid.per_beat, 1);
}

static double off_lines(const struct score *s, int per_beat)
{
	double worst = 0;
	for (size_t i = 0; i < s->voices[0].n_notes; i++) {
		double at = s->voices[0].notes[i].start_beats * per_beat;
		worst = fmax(worst, fabs(at - floor(at + 0.5)) / per_beat);
	}
	return worst;
}

static struct score *quantised(const struct score *s, const struct quantise_params *p, struct quantise_report *r)
{
	struct score *out = NULL;
	struct err err = ERR_INIT;
	if (score_quantise(s, p, NULL, &out, r, &err) < 0)
		fail_msg("%s", err.msg);
	return out;
}

/* Rows: L26 */
static void test_beats_choose_between_straight_and_triplets(void **state)
{
	AUTO(score) truth = score_new();
	AUTO(score) played = score_new();
	struct rng r;
	size_t v;
	int wrong = 0, notes = 0;
	rng_init(&r, 11);
	assert_int_equal(score_add_voice(truth, "", &v, NULL) | score_add_voice(played, "", &v, NULL), 0);
	for (int i = 0; i < 64; i++) {
		struct rng same = r;
		bool three = i % 4 == 2;
		const double *places = three ? triplets : sixteenths;
		played_beat(truth, &same, i, places, three ? 3 : 4, 1, 0);
		same = r;
		played_beat(played, &same, i, places, three ? 3 : 4, 1, 0.015);
		r = same;
	}
	score_sort(truth);
	score_sort(played);
	struct quantise_params p = QUANTISE_PARAMS_INIT;
	struct quantise_report report;
	AUTO(score) out = quantised(played, &p, &report);
	assert_int_equal(report.n_triplet_beats, 16);
	assert_int_equal(out->voices[0].n_notes, truth->voices[0].n_notes);
	for (size_t i = 0; i < truth->voices[0].n_notes; i++, notes++)
		wrong += fabs(out->voices[0].notes[i].start_beats - truth->voices[0].notes[i].start_beats) > 1e-9;
	print_message("%d of %d notes on a wrong line\n", wrong, notes);
	assert_int_equal(wrong, 0);
}

static void test_strength_range_swing_and_lengths(void **state)
{
	AUTO(score) s = played_make(5, sixteenths, 4, 0.7, 0.03, 16);
	struct quantise_params p = { GRID_16, 1, 0, 1, LENGTHS_KEEP };
	AUTO(score) all = quantised(s, &p, NULL);
	assert_true(off_lines(all, 4) < 1e-9);
	assert_true(off_lines(s, 4) > 0.03);
	p.strength = 0.5;
	AUTO(score) half = quantised(s, &p, NULL);
	assert_true(fabs(off_lines(half, 4) - off_lines(s, 4) / 2) < 1e-9);
	p.strength = 0;
	AUTO(score) nothing = quantised(s, &p, NULL);
	assert_true(off_lines(nothing, 4) == off_lines(s, 4));

	AUTO(score) two = score_new();
	size_t v;
	assert_int_equal(score_add_voice(two, "", &v, NULL), 0);
	struct note near = { 1.02, 0.5, 60, 90, 0, 64 }, far = { 2.1, 0.5, 62, 90, 0, 64 }, off = { 3.55, 0.4, 64, 90, 0, 64 };
	assert_int_equal(score_add_note(two, v, &near, NULL) | score_add_note(two, v, &far, NULL) | score_add_note(two, v, &off, NULL), 0);
	p = (struct quantise_params){ GRID_8, 1, 0, 0.2, LENGTHS_KEEP };
	AUTO(score) some = quantised(two, &p, NULL);
	assert_true(some->voices[0].notes[0].start_beats == 1 && some->voices[0].notes[1].start_beats == 2.1);
	p = (struct quantise_params){ GRID_8, 1, 2.0 / 3, 1, LENGTHS_ENDS };
	AUTO(score) swung = quantised(two, &p, NULL);
	assert_true(fabs(swung->voices[0].notes[2].start_beats - (3 + 2.0 / 3)) < 1e-9);
	assert_true(fabs(swung->voices[0].notes[2].start_beats + swung->voices[0].notes[2].duration_beats - 3.95) < 1e-9);
	p = (struct quantise_params){ GRID_8, 1, 0, 1, LENGTHS_GRID };
	AUTO(score) ends = quantised(two, &p, NULL);
	assert_true(ends->voices[0].notes[1].start_beats == 2 && ends->voices[0].notes[1].duration_beats == 0.5);
	assert_true(ends->voices[0].notes[2].start_beats == 3.5 && ends->voices[0].notes[2].duration_beats == 0.5);
}

static void test_swing_that_was_played_is_kept_and_can_be_taken_out(void **state)
{
	AUTO(score) s = played_make(9, shuffled, 2, 1, 0.01, 32);
	struct quantise_params p = QUANTISE_PARAMS_INIT;
	struct quantise_report r;
	AUTO(score) kept = quantised(s, &p, &r);
	assert_true(fabs(kept->voices[0].notes[1].start_beats - 2.0 / 3) < 0.02);
	assert_int_equal(r.n_triplet_beats, 0);
	p.swing = 0.5;
	AUTO(score) straight = quantised(s, &p, &r);
	assert_true(off_lines(straight, 2) < 1e-9);
}

static void test_lines_are_counted_from_bar_lines_behind_a_pickup(void **state)
{
	AUTO(score) s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
	s->pickup_beats = 0.75; /* three sixteenths: bar lines lie between quarters from 0 */
	struct note x = { 0.77, 1, 60, 90, 0, 64 }, y = { 1.73, 1, 62, 90, 0, 64 };
	assert_int_equal(score_add_note(s, v, &x, NULL) | score_add_note(s, v, &y, NULL), 0);
	struct quantise_params p = { GRID_4, 1, 0, 1, LENGTHS_KEEP };
	AUTO(score) out = quantised(s, &p, NULL);
	assert_true(out->voices[0].notes[0].start_beats == 0.75 && out->voices[0].notes[1].start_beats == 1.75);
}

static void test_what_falls_together_becomes_one_note(void **state)
{
	AUTO(score) s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
	struct note a = { 0.98, 0.3, 60, 70, 0, 64 }, b = { 1.03, 0.6, 60, 90, 0, 64 }, c = { 1.5, 1, 60, 50, 0, 64 }, other = { 1.02, 1, 64, 60, 0, 64 };
	assert_int_equal(score_add_note(s, v, &a, NULL) | score_add_note(s, v, &b, NULL) | score_add_note(s, v, &c, NULL) | score_add_note(s, v, &other, NULL), 0);
	struct quantise_params p = { GRID_8, 1, 0, 1, LENGTHS_KEEP };
	struct quantise_report r;
	AUTO(score) out = quantised(s, &p, &r);
	assert_int_equal(r.n_merged, 1);
	assert_int_equal(out->voices[0].n_notes, 3);
	const struct note *n = out->voices[0].notes;
	assert_true(n[0].pitch == 60 && n[0].velocity == 90 && n[0].duration_beats == 0.5); /* up to the next of its key */
}

static void test_bars_are_walked_as_they_are_counted(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	for (int round = 0; round < 50; round++) {
		AUTO(score) s = score_new();
		struct bar_walk w;
		double at = 0;
		s->pickup_beats = (double)rng_below(&r, 3);
		for (int i = 0; i < 4; i++) {
			at += (double)rng_below(&r, 30) / 2;
			assert_int_equal(score_set_meter(s, i ? at : 0, 1 + (unsigned)rng_below(&r, 7), 4u << rng_below(&r, 2), NULL), 0);
		}
		bar_walk_init(&w, s);
		at = s->pickup_beats;
		for (int i = 0; i < 60; i++) {
			int64_t bar;
			at += rng_double(&r) * (rng_below(&r, 10) ? 3 : 60);
			bar_walk_to(&w, at);
			double line = score_bar_floor(s, at, &bar);
			assert_true(fabs(line - w.from) < 1e-6 && bar == w.bar);
			assert_true(at < w.to);
		}
	}
}

static void test_parameters_out_of_range_are_refused(void **state)
{
	AUTO(score) s = played_make(1, eighths, 2, 1, 0, 4);
	static const struct {
		struct quantise_params p;
		const char *field;
	} bad[] = { { { GRID_NAME_COUNT, 1, 0, 1, 0 }, "grid" }, { { 0, 1.1, 0, 1, 0 }, "strength" }, { { 0, NAN, 0, 1, 0 }, "strength" },
		    { { 0, 1, 0.4, 1, 0 }, "swing" },            { { 0, 1, 0, -1, 0 }, "range" },      { { 0, 1, 0, 1, LENGTHS_COUNT }, "lengths" } };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct score *out = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(score_quantise(s, &bad[i].p, NULL, &out, NULL, &err), -EINVAL);
		assert_string_equal(err.field, bad[i].field);
	}
}

/* Anything can be quantised: nothing is lost but what falls onto its like, nothing moves further than half a line. */
static void test_any_score_survives(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < 200; i++) {
		double places[5];
		for (int k = 0; k < 5; k++)
			places[k] = rng_double(&r);
		AUTO(score) s = played_make(rng_next(&r), places, 5, rng_double(&r), rng_double(&r), (int)rng_below(&r, 40));
		struct quantise_params p = { (enum grid_name)rng_below(&r, GRID_NAME_COUNT), rng_double(&r), 0, rng_double(&r),
					     (enum quantise_lengths)rng_below(&r, LENGTHS_COUNT) };
		struct quantise_report report;
		AUTO(score) out = quantised(s, &p, &report);
		assert_int_equal(out->voices[0].n_notes + report.n_merged, s->voices[0].n_notes);
		assert_true(report.largest_move_beats <= 0.5 + 1e-9);
		for (size_t k = 0; k < out->voices[0].n_notes; k++)
			assert_true(out->voices[0].notes[k].start_beats >= 0 && out->voices[0].notes[k].duration_beats >= 0);
	}
}

/* Notes on hundredths of a beat: which beat they belong to must not hang on how a sum is rounded. */
static void test_notes_just_before_a_beat_belong_to_one(void **state)
{
	static const double late[] = { 0.94, 0.06, 0.939999999999999, 0.9400000000000001, 0.96 };
	const struct quantise_params p = QUANTISE_PARAMS_INIT;
	for (size_t k = 0; k < COUNT_OF(late); k++) {
		AUTO(score) s = played_make(1, triplets, 3, 1, 0, 64);
		for (size_t i = 0; i < 64; i++) {
			struct note x = { (double)i + late[k], 0.1, 60, 80, 0, 64 };
			assert_int_equal(score_add_note(s, 0, &x, NULL), 0);
		}
		score_sort(s);
		AUTO(score) out = quantised(s, &p, NULL);
		assert_true(off_lines(out, 12) < 1e-9);
	}
}

static int work(void *arg, struct err *err)
{
	struct quantise_params p = QUANTISE_PARAMS_INIT;
	AUTO(score) out = NULL;
	return score_quantise(arg, &p, NULL, &out, NULL, err);
}

static void test_memory_may_run_out_anywhere(void **state)
{
	AUTO(score) s = played_make(1, triplets, 3, 1, 0.01, 20);
	assert_true(starve_exhaust(STARVE_ALL_FROM, "quantise", true, work, s) > 5); /* sorting does without */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_grid_is_found_from_what_was_played_triplets_too),
		cmocka_unit_test(test_lag_and_triplet_share_are_measured),
		cmocka_unit_test(test_beats_choose_between_straight_and_triplets),
		cmocka_unit_test(test_strength_range_swing_and_lengths),
		cmocka_unit_test(test_swing_that_was_played_is_kept_and_can_be_taken_out),
		cmocka_unit_test(test_lines_are_counted_from_bar_lines_behind_a_pickup),
		cmocka_unit_test(test_what_falls_together_becomes_one_note),
		cmocka_unit_test(test_bars_are_walked_as_they_are_counted),
		cmocka_unit_test(test_parameters_out_of_range_are_refused),
		cmocka_unit_test(test_any_score_survives),
		cmocka_unit_test(test_notes_just_before_a_beat_belong_to_one),
		cmocka_unit_test(test_memory_may_run_out_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
