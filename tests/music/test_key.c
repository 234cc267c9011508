#include "music/key_find.h"
#include "music/key_profile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "listening.h"
#include "music/excerpt.h"

static void expect(const struct score *s, const char *tonic, enum key_mode mode)
{
	struct key_report r;
	assert_int_equal(key_find(s, &r, NULL), 0);
	assert_true(r.n_guesses > 1);
	assert_string_equal(key_tonic_name(r.guesses[0].tonic, r.guesses[0].mode), tonic);
	assert_int_equal(r.guesses[0].mode, mode);
	double sum = 0;
	for (size_t i = 0; i < r.n_guesses; i++) {
		sum += r.guesses[i].confidence;
		assert_true(i == 0 || r.guesses[i].confidence <= r.guesses[i - 1].confidence);
	}
	assert_true(sum <= 1 + 1e-9);
	key_report_done(&r);
}

static void test_profiles_are_distributions_with_the_tonic_on_top(void **state)
{
	(void)state;
	for (enum key_profile p = 0; p < KEY_PROFILE_COUNT; p++)
		for (enum key_mode m = 0; m < KEY_MODE_COUNT; m++) {
			double w[12], sum = 0;
			key_profile_weights(p, m, w);
			for (int i = 0; i < 12; i++)
				sum += w[i];
			assert_float_equal(sum, 1, 1e-9);
			assert_true(fabs(key_profile_fit(w, p, m, 0) - 1) < 1e-9);
			assert_true(key_profile_fit(w, p, m, 6) < 0.5);
			assert_true(key_mode_scale(m) & 1);
		}
}

static void test_signatures_and_names_follow_the_circle_of_fifths(void **state)
{
	static const struct {
		int tonic;
		enum key_mode mode;
		int sharps;
		const char *name;
	} want[] = {
		{ 0, KEY_MAJOR, 0, "C" },      { 2, KEY_MAJOR, 2, "D" },   { 10, KEY_MAJOR, -2, "Bb" },
		{ 9, KEY_MINOR, 0, "A" },      { 6, KEY_MINOR, 3, "F#" },  { 3, KEY_MINOR, 6, "D#" },
		{ 0, KEY_MINOR, -3, "C" },     { 4, KEY_DORIAN, 2, "E" },  { 9, KEY_MIXOLYDIAN, 2, "A" },
		{ 5, KEY_LYDIAN, 0, "F" },     { 4, KEY_PHRYGIAN, 0, "E" }, { 8, KEY_MAJOR, -4, "Ab" },
		{ 10, KEY_MINOR, -5, "Bb" },   { 1, KEY_MINOR, 4, "C#" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		assert_int_equal(key_sharps(want[i].tonic, want[i].mode), want[i].sharps);
		assert_string_equal(key_tonic_name(want[i].tonic, want[i].mode), want[i].name);
	}
}

/* Rows: H-A06 */
static void test_modes_of_tunes_are_told_apart(void **state)
{
	(void)state;
	AUTO(score) major = tune_of("X:1\nM:4/4\nL:1/8\nK:C\nG2|c2cd e2dc|BABc A2G2|AGAB cBcd|e2d2 c2:|\n");
	expect(major, "C", KEY_MAJOR);
	/* The same bars have no sharps either: what decides is where they rest. */
	AUTO(score) minor = tune_of("X:1\nM:4/4\nL:1/8\nK:Am\nE2|A2AB c2BA|^G2 E2 e2dc|BAGF E2^G2|A2E2 A4|\n");
	expect(minor, "A", KEY_MINOR);
	AUTO(score) dorian = tune_of("X:1\nM:4/4\nL:1/8\nK:Edor\nE2GB e2dB|dBAF D2FD|E2GB e2Bc|dBAF E4|e2ef g2fe|dBAF D2FD|"
				   "E2Bc d2cB|AFDF E4|\n");
	expect(dorian, "E", KEY_DORIAN);
	AUTO(score) mixolydian = tune_of("X:1\nM:4/4\nL:1/8\nK:Amix\nA2c2 e2ce|d2B2 G2B2|A2c2 e2ae|gedB A4|A2c2 e2ce|"
				       "d2B2 G2B2|a2e2 gedB|A2A2 A4|\n");
	expect(mixolydian, "A", KEY_MIXOLYDIAN);
}

/* Rows: H-A06 */
static void test_key_follows_transposition(void **state)
{
	(void)state;
	AUTO(score) s = tune_of("X:1\nM:3/4\nL:1/4\nK:D\nA|d>ef|g2e|e>fg|f2d|B>cd|A2F|E>FG|A2A|d>ef|g2e|a>gf|e2c|d3|\n");
	struct key_report a, b;
	assert_int_equal(key_find(s, &a, NULL), 0);
	for (int up = -11; up <= 11; up++) {
		AUTO(score) moved = NULL;
		assert_int_equal(score_transpose(s, up, &moved, NULL), 0);
		assert_int_equal(key_find(moved, &b, NULL), 0);
		assert_int_equal(b.guesses[0].tonic, (a.guesses[0].tonic + up + 12) % 12);
		assert_true(fabs(b.guesses[0].confidence - a.guesses[0].confidence) < 1e-9);
		key_report_done(&b);
	}
	assert_string_equal(key_tonic_name(a.guesses[0].tonic, a.guesses[0].mode), "D");
	key_report_done(&a);
}

/* Rows: H-A06 */
static void test_all_published_profiles_hear_a_plain_cadence(void **state)
{
	(void)state;
	AUTO(score) s = tune_of("X:1\nM:4/4\nL:1/4\nK:Eb\n[EGB]2[Ace]2|[B,DF]2[B,DFA]2|[EGB]4|[CEG]2[Ace]2|[B,DFA]4|[EGB]4|\n");
	struct key_report r;
	assert_int_equal(key_find(s, &r, NULL), 0);
	for (enum key_profile p = 0; p < KEY_PROFILE_COUNT; p++) {
		assert_int_equal(r.by_profile[p].tonic, 3);
		assert_int_equal(r.by_profile[p].mode, KEY_MAJOR);
		assert_true(r.by_profile[p].fit > 0.7);
	}
	assert_true(r.stated && r.agrees);
	key_report_done(&r);
}

/* Sixteen beats in G, twenty-four in E flat, and back: far enough apart that every window says so. */
static void test_changes_of_key_are_found_where_they_are(void **state)
{
	(void)state;
	AUTO(score) s = tune_of("X:1\nM:4/4\nL:1/8\nK:G\nG2B2 d2B2|c2A2 F2D2|G2B2 dcBA|G2F2 G4|\n"
			      "K:Eb\nE2G2 B2G2|A2F2 D2B,2|E2G2 BAGF|E2D2 E4|e2dc B2AG|F2D2 E4|\n"
			      "K:G\nG2B2 d2B2|c2A2 F2D2|G2B2 dcBA|G2F2 G4|\n");
	struct key_report r;
	assert_int_equal(key_find(s, &r, NULL), 0);
	assert_int_equal(r.n_spans, 3);
	static const struct {
		int tonic;
		double from;
	} want[] = { { 7, 0 }, { 3, 16 }, { 7, 40 } };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(r.spans[i].tonic, want[i].tonic);
		assert_int_equal(r.spans[i].mode, KEY_MAJOR);
		assert_true(fabs(r.spans[i].from_beats - want[i].from) <= 2);
	}
	assert_float_equal(r.spans[2].to_beats, 56, 1e-9);
	key_report_done(&r);
}

static void test_silence_and_drums_have_no_key(void **state)
{
	(void)state;
	AUTO(score) s = score_new();
	size_t v;
	struct key_report r;
	assert_int_equal(key_find(s, &r, NULL), 0);
	assert_int_equal(r.n_guesses, 0);
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(score_add_note(s, v, &(struct note){ i, 1, 36, 90, 9, 64 }, NULL), 0);
	assert_int_equal(key_find(s, &r, NULL), 0);
	assert_int_equal(r.n_guesses, 0);
	assert_int_equal(r.n_spans, 0);
	key_report_done(&r);
}

/* Any notes at all, also absurd ones: answers stay finite and in range. */
static void test_random_scores_give_answers_in_range(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 200; round++) {
		AUTO(score) s = random_score(&seed, 60, round % 10 == 0 ? 1e9 : 40);
		struct key_report r;
		assert_int_equal(key_find(s, &r, NULL), 0);
		for (size_t i = 0; i < r.n_guesses; i++) {
			assert_in_range(r.guesses[i].tonic, 0, 11);
			assert_true(r.guesses[i].confidence >= 0 && r.guesses[i].confidence <= 1);
		}
		for (size_t i = 0; i < r.n_spans; i++)
			assert_true(isfinite(r.spans[i].to_beats) && r.spans[i].to_beats >= r.spans[i].from_beats);
		key_report_done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profiles_are_distributions_with_the_tonic_on_top),
		cmocka_unit_test(test_signatures_and_names_follow_the_circle_of_fifths),
		cmocka_unit_test(test_modes_of_tunes_are_told_apart),
		cmocka_unit_test(test_key_follows_transposition),
		cmocka_unit_test(test_all_published_profiles_hear_a_plain_cadence),
		cmocka_unit_test(test_changes_of_key_are_found_where_they_are),
		cmocka_unit_test(test_silence_and_drums_have_no_key),
		cmocka_unit_test(test_random_scores_give_answers_in_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
