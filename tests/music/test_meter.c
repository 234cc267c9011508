#include "music/meter_find.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "listening.h"
#include "music/beat_track.h"

/* Neither loudness nor the meter that is written down may help. */
static struct score *plain(const char *name)
{
	struct score *s = example(name);
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++)
			s->voices[v].notes[i].velocity = 80;
	s->n_meters = 0;
	return s;
}

static void change(struct score *s, double factor, double jitter, uint64_t *seed)
{
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			struct note *n = &s->voices[v].notes[i];
			double off = jitter * (seed_unit(seed) + seed_unit(seed) + seed_unit(seed) - 1.5) * 2;
			n->start_beats = fmax(0, n->start_beats * factor + off);
			n->duration_beats *= factor * (jitter > 0 ? 0.9 : 1);
		}
	score_sort(s);
}

static struct meter_report hear(const struct score *s)
{
	struct key_report k;
	struct meter_report r;
	assert_int_equal(key_find(s, &k, NULL), 0);
	assert_int_equal(meter_find(s, k.n_guesses ? &k.guesses[0] : NULL, &r, NULL), 0);
	key_report_done(&k);
	return r;
}

static void expect(const struct meter_report *r, unsigned num, unsigned den)
{
	assert_true(r->n_guesses > 1);
	if (r->guesses[0].num != num || r->guesses[0].den != den)
		fail_msg("heard %u/%u (%.2f), not %u/%u", r->guesses[0].num, r->guesses[0].den, r->guesses[0].confidence, num, den);
}

/* Rows: H-A07 */
static void test_known_tunes_have_their_meters_and_pick_ups(void **state)
{
	static const struct {
		const char *name;
		unsigned num, den;
		double pickup, beat;
	} want[] = {
		{ "country-waltz.abc", 3, 4, 1, 1 },
		{ "irish-washerwoman.abc", 6, 8, 0.5, 1.5 },
		{ "soldiers-joy.abc", 4, 4, 1, 1 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		AUTO(score) s = plain(want[i].name);
		struct meter_report r = hear(s);
		expect(&r, want[i].num, want[i].den);
		assert_true(r.on_grid);
		assert_float_equal(r.guesses[0].pickup_beats, want[i].pickup, 1e-6);
		assert_float_equal(r.guesses[0].beat_beats, want[i].beat, 1e-6);
		assert_float_equal(r.bpm, score_bpm_at(s, 0) / want[i].beat, 1e-6);
	}
}

/* Onsets up to 40 ms off at 120 bpm, early or late: nothing is rounded, so nothing changes. */
static void test_meters_survive_a_human_player(void **state)
{
	static const struct {
		const char *name;
		unsigned num, den;
	} want[] = { { "country-waltz.abc", 3, 4 }, { "irish-washerwoman.abc", 6, 8 }, { "soldiers-joy.abc", 4, 4 } };
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 10; round++)
		for (size_t i = 0; i < COUNT_OF(want); i++) {
			AUTO(score) s = plain(want[i].name);
			change(s, 1, 0.03, &seed);
			struct meter_report r = hear(s);
			expect(&r, want[i].num, want[i].den);
			assert_true(r.spread_beats > 0.005 && r.spread_beats < 0.08);
		}
}

/* A rhythm of n onsets a bar, at the beats given, on pitches that outline a harmony a bar. */
static struct score *pattern(const double *at, size_t n, double bar, int bars, double jitter, uint64_t *seed)
{
	static const uint8_t roots[8] = { 60, 65, 67, 60, 57, 62, 67, 60 };
	static const uint8_t steps[8] = { 0, 4, 7, 12, 7, 4, 7, 4 };
	struct score *s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	for (int b = 0; b < bars; b++)
		for (size_t i = 0; i < n; i++) {
			double end = i + 1 < n ? at[i + 1] : bar;
			double off = jitter * (seed_unit(seed) * 2 - 1);
			struct note x = { fmax(0, b * bar + at[i] + off), (end - at[i]) * 0.9, (uint8_t)(roots[b % 8] + steps[i % 8]),
					  80, 0, 64 };
			assert_int_equal(score_add_note(s, v, &x, NULL), 0);
		}
	score_sort(s);
	return s;
}

/* Rows: L26 */
static void test_triplets_are_found_in_onsets_as_played(void **state)
{
	static const double triplets[] = { 0, 1 / 3.0, 2 / 3.0, 1, 4 / 3.0, 5 / 3.0, 2, 7 / 3.0, 8 / 3.0, 3, 10 / 3.0, 11 / 3.0 };
	static const double eighths[] = { 0, .5, 1, 1.5, 2, 2.5, 3, 3.5 };
	static const double sixteenths[] = { 0, .25, .5, .75, 1, 1.5, 2, 2.25, 2.5, 2.75, 3, 3.5 };
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 20; round++) {
		AUTO(score) three = pattern(triplets, 12, 4, 16, 0.04, &seed);
		struct meter_report r = hear(three);
		assert_int_equal(r.feel, METER_TRIPLETS);
		assert_true(r.triplet_share > 0.75);
		assert_true(r.guesses[0].den == 8 && (r.guesses[0].num == 6 || r.guesses[0].num == 12));
		assert_float_equal(r.guesses[0].beat_beats, 1, 1e-6);
		AUTO(score) two = pattern(eighths, 8, 4, 16, 0.04, &seed);
		r = hear(two);
		assert_int_equal(r.feel, METER_EVEN);
		assert_true(r.triplet_share < 0.1);
		AUTO(score) four = pattern(sixteenths, 12, 4, 16, 0.04, &seed);
		r = hear(four);
		assert_int_equal(r.feel, METER_EVEN);
		assert_true(r.triplet_share < 0.1);
	}
}

/* Rows: L26 */
static void test_swing_is_measured(void **state)
{
	static const double places[] = { 0.58, 0.62, 2 / 3.0, 0.7 };
	uint64_t seed = seed_start();
	(void)state;
	for (size_t k = 0; k < COUNT_OF(places); k++) {
		double at[8];
		for (int i = 0; i < 8; i++)
			at[i] = i / 2 + (i % 2) * places[k];
		AUTO(score) s = pattern(at, 8, 4, 16, 0.01, &seed);
		struct meter_report r = hear(s);
		assert_int_equal(r.feel, METER_SWUNG);
		assert_true(fabs(r.swing - places[k] / (1 - places[k])) < 0.15);
		expect(&r, 4, 4);
	}
}

/* Rows: H-A07 */
static void test_odd_meters_are_heard(void **state)
{
	static const double five[] = { 0, 1, 2, 3, 4 }, seven[] = { 0, .5, 1, 1.5, 2, 2.5, 3 };
	static const double five_held[] = { 0, .5, 1, 2, 3, 4 }, seven_223[] = { 0, 1, 2, 2.5, 3 }, seven_322[] = { 0, .5, 1, 1.5, 2.5 };
	static const double nine[] = { 0, .5, 1, 1.5, 2, 2.5, 3, 4 };
	uint64_t seed = seed_start();
	(void)state;
	static const struct {
		const double *at;
		size_t n;
		double bar;
		unsigned num, den;
	} want[] = {
		{ five, 5, 5, 5, 4 },      { five_held, 6, 5, 5, 4 }, { seven, 7, 3.5, 7, 8 }, { seven_223, 5, 3.5, 7, 8 },
		{ seven_322, 5, 3.5, 7, 8 }, { nine, 8, 4.5, 9, 8 },
	};
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		AUTO(score) s = pattern(want[i].at, want[i].n, want[i].bar, 16, 0.02, &seed);
		struct meter_report r = hear(s);
		expect(&r, want[i].num, want[i].den);
		assert_float_equal(r.guesses[0].bar_beats, want[i].bar, 1e-6);
	}
}

/* A waltz played without a click, 11 % slower in the end than at the start, in a file whose beats mean nothing. */
static void test_waltz_without_a_click_is_a_waltz(void **state)
{
	(void)state;
	uint64_t seed = seed_start();
	AUTO(score) s = plain("country-waltz.abc");
	double end = s->end_beats;
	assert_int_equal(score_set_tempo(s, 0, 120, NULL), 0);
	for (size_t i = 0; i < s->voices[0].n_notes; i++) {
		struct note *n = &s->voices[0].notes[i];
		double x = n->start_beats;
		n->start_beats = 0.83 * (x + 0.11 * x * x / end / 2) + 0.01 * seed_unit(&seed);
		n->duration_beats *= 0.83;
	}
	score_sort(s);
	struct meter_report r = hear(s);
	assert_false(r.on_grid);
	expect(&r, 3, 4);
	/* 120 a minute is 145 at first and 130 in the end; a foot taps that, or the bar's first beats alone. */
	assert_true((r.bpm > 120 && r.bpm < 155) || (r.bpm > 40 && r.bpm < 52));
}

static void test_beats_follow_a_tempo_that_drifts(void **state)
{
	(void)state;
	double t[200], w[200], at = 0;
	for (int i = 0; i < 200; i++) {
		t[i] = at;
		w[i] = i % 2 ? 0.4 : 1;
		at += 0.25 * (1 + 0.15 * sin(i / 40.0)); /* eighths; the beat is about half a second */
	}
	struct beat_track b;
	assert_int_equal(beat_track_find(t, w, 200, &b, NULL), 0);
	assert_true(b.period_s > 0.4 && b.period_s < 0.6);
	assert_true(b.confidence > 0.3);
	int near = 0;
	for (size_t i = 0; i < b.n; i++)
		for (int k = 0; k < 200; k++)
			near += fabs(b.seconds[i] - t[k]) < 0.03;
	assert_true(near > 0.9 * (double)b.n);
	double before = -1e9;
	for (double s = -1; s < t[199] + 1; s += 0.01) {
		double now = beat_track_position(&b, s);
		assert_true(now > before);
		before = now;
	}
	beat_track_done(&b);
	assert_int_equal(beat_track_find(t, NULL, 3, &b, NULL), -EINVAL);
}

static void test_random_scores_give_meters_in_range(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 60; round++) {
		AUTO(score) s = random_score(&seed, 80, round % 10 == 0 ? 1e9 : round % 3 ? 40 : 1e5);
		struct meter_report r;
		assert_int_equal(meter_find(s, NULL, &r, NULL), 0);
		for (size_t i = 0; i < r.n_guesses; i++) {
			assert_true(r.guesses[i].confidence >= 0 && r.guesses[i].confidence <= 1 + 1e-9);
			assert_true(r.guesses[i].bar_beats > 0 && isfinite(r.guesses[i].bar_beats));
			assert_true(r.guesses[i].pickup_beats >= 0 && r.guesses[i].pickup_beats < r.guesses[i].bar_beats);
		}
		assert_true(isfinite(r.bpm) && isfinite(r.swing) && isfinite(r.spread_beats));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_tunes_have_their_meters_and_pick_ups),
		cmocka_unit_test(test_meters_survive_a_human_player),
		cmocka_unit_test(test_triplets_are_found_in_onsets_as_played),
		cmocka_unit_test(test_swing_is_measured),
		cmocka_unit_test(test_odd_meters_are_heard),
		cmocka_unit_test(test_waltz_without_a_click_is_a_waltz),
		cmocka_unit_test(test_beats_follow_a_tempo_that_drifts),
		cmocka_unit_test(test_random_scores_give_meters_in_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
