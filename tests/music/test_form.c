#include "music/form_find.h"
#include "music/pattern_find.h"

#include <math.h>
#include <stdio.h>

#include "base/str.h"
#include "listening.h"
#include "music/excerpt.h"

static struct form_report hear(const struct score *s)
{
	struct key_report k;
	struct meter_report m;
	struct form_report r;
	assert_int_equal(key_find(s, &k, NULL), 0);
	assert_int_equal(meter_find(s, k.n_guesses ? &k.guesses[0] : NULL, &m, NULL), 0);
	assert_int_equal(form_find(s, &m, &r, NULL), 0);
	key_report_done(&k);
	return r;
}

static void test_known_tunes_have_their_forms(void **state)
{
	static const struct {
		const char *name, *letters;
		int64_t bars;
	} want[] = {
		{ "soldiers-joy.abc", "AABB", 8 }, { "irish-washerwoman.abc", "AABB", 8 }, { "country-waltz.abc", "AABB", 8 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		AUTO(score) s = example(want[i].name);
		struct form_report r = hear(s);
		assert_string_equal(r.letters, want[i].letters);
		assert_int_equal(r.n_bars, 32);
		assert_true(r.repetition >= 0.5);
		for (size_t k = 0; k < r.n_sections; k++) {
			assert_int_equal(r.sections[k].n_bars, want[i].bars);
			assert_int_equal(r.sections[k].first_bar, (int64_t)k * 8 + 1);
		}
		assert_float_equal(r.sections[0].from_beats, 0, 0); /* the pick-up is its own */
		form_report_done(&r);
	}
}

#define PART_A "G2B2 d2B2|c2A2 F2A2|G2B2 dcBA|G2F2 G4|G2B2 d2g2|e2c2 A2F2|GABc dBAF|G4 G4|"
#define PART_B "e3f gfed|^c2A2 e4|f3g agfe|d2B2 f4|g2e2 c2e2|d2B2 G2B2|A2ce dcBA|B2d2 D4|"
#define PART_A2 "G2B2 d2B2|c2A2 F2A2|G2B2 dcBA|G2F2 G4|G2B2 d2g2|e2d2 c2A2|BAGF EDEF|G4 G4|" /* another ending */

static void test_returns_and_varied_returns_are_named(void **state)
{
	(void)state;
	AUTO(score) aba = tune_of("X:1\nM:4/4\nL:1/8\nK:G\n" PART_A "\n" PART_B "\n" PART_A "\n");
	struct form_report r = hear(aba);
	assert_string_equal(r.letters, "ABA");
	assert_true(r.sections[2].alike > 0.99);
	form_report_done(&r);
	AUTO(score) varied = tune_of("X:1\nM:4/4\nL:1/8\nK:G\n" PART_A "\n" PART_B "\n" PART_A2 "\n");
	r = hear(varied);
	assert_int_equal(r.n_sections, 3);
	assert_int_equal(r.sections[2].letter, 0);
	assert_int_equal(r.sections[1].letter, 1);
	assert_true(r.sections[2].alike > 0.7 && r.sections[2].alike < 0.99);
	form_report_done(&r);
	AUTO(score) aaba = tune_of("X:1\nM:4/4\nL:1/8\nK:G\n" PART_A "\n" PART_A "\n" PART_B "\n" PART_A "\n");
	r = hear(aaba);
	assert_string_equal(r.letters, "AABA");
	form_report_done(&r);
}

static void test_form_survives_a_human_player(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 5; round++) {
		AUTO(score) s = example("soldiers-joy.abc");
		for (size_t i = 0; i < s->voices[0].n_notes; i++) {
			struct note *n = &s->voices[0].notes[i];
			n->start_beats = fmax(0, n->start_beats + 0.06 * (seed_unit(&seed) - 0.5));
			n->duration_beats *= 0.7 + 0.3 * seed_unit(&seed);
		}
		score_sort(s);
		struct form_report r = hear(s);
		assert_string_equal(r.letters, "AABB");
		form_report_done(&r);
	}
}

static void test_matrix_is_symmetric_with_ones_on_its_diagonal(void **state)
{
	(void)state;
	AUTO(score) s = example("irish-washerwoman.abc");
	struct form_report r = hear(s);
	for (size_t i = 0; i < r.n_bars; i++) {
		assert_float_equal(r.alike[i * r.n_bars + i], 1, 1e-6);
		for (size_t j = 0; j < i; j++) {
			assert_true(r.alike[i * r.n_bars + j] == r.alike[j * r.n_bars + i]);
			assert_true(r.alike[i * r.n_bars + j] >= 0 && r.alike[i * r.n_bars + j] <= 1.0001F);
		}
	}
	assert_true(r.alike[0 * r.n_bars + 8] > 0.95F); /* the first bar of the repeat */
	form_report_done(&r);
}

static void test_motives_are_found_where_they_return_transposed(void **state)
{
	(void)state;
	/* Five notes, a fourth and a fifth higher, then as they were; what stands between is never the same. */
	AUTO(score) s = tune_of("X:1\nM:4/4\nL:1/8\nK:C\nC2EGFD C2|a2b3 e f2|F2Ac_BG F2|d e3 a g3|G2BdcA G2|E a b4 d2|C2EGFD C2|\n");
	struct pattern_report r;
	assert_int_equal(patterns_find(s, &r, NULL), 0);
	bool found = false;
	for (size_t i = 0; i < r.n; i++)
		if (r.v[i].n_notes >= 6 && r.v[i].n_times >= 3 && r.v[i].at_beats[0] < 1) {
			found = true;
			assert_true(r.v[i].n_exact >= 1);
			assert_int_equal(r.v[i].steps[0], 0);
			assert_float_equal(r.v[i].at_beats[1], 8, 1e-6);
			assert_true(r.v[i].steps[1] == 5);
		}
	assert_true(found);
	assert_true(r.longest_notes >= 6);
}

static void test_repeated_part_is_the_longest_pattern(void **state)
{
	(void)state;
	AUTO(score) s = tune_of("X:1\nM:4/4\nL:1/8\nK:G\n" PART_A "\n" PART_A "\n");
	struct pattern_report r;
	assert_int_equal(patterns_find(s, &r, NULL), 0);
	assert_true(r.n >= 1);
	assert_int_equal(r.v[0].n_notes, score_n_notes(s) / 2);
	assert_int_equal(r.v[0].n_times, 2);
	assert_int_equal(r.v[0].n_exact, 2);
	assert_float_equal(r.v[0].at_beats[1], 32, 1e-6);
	assert_true(r.covered > 0.45);
}

/* The longest stretch of even notes whose intervals come again behind it. */
static size_t longest_again(const uint8_t *pitch, size_t n)
{
	size_t longest = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			size_t m = 1;
			while (m < k - i && k + m < n && m < PATTERN_NOTES_MAX && pitch[i + m] - pitch[i + m - 1] == pitch[k + m] - pitch[k + m - 1])
				m++;
			longest = m > longest ? m : longest;
		}
	return longest < 4 ? 0 : longest;
}

static void test_the_longest_pattern_is_the_one_a_plain_search_finds(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 400; round++) {
		AUTO(score) s = score_new();
		uint8_t pitch[60];
		size_t voice, n = 8 + (size_t)seed_below(&seed, 52);
		assert_int_equal(score_add_voice(s, NULL, &voice, NULL), 0);
		for (size_t i = 0; i < n; i++) {
			pitch[i] = (uint8_t)(60 + seed_below(&seed, 2));
			struct note x = { (double)i, 0.5, pitch[i], 80, 0, 64 };
			assert_int_equal(score_add_note(s, voice, &x, NULL), 0);
		}
		struct pattern_report r;
		assert_int_equal(patterns_find(s, &r, NULL), 0);
		if (r.longest_notes != longest_again(pitch, n))
			fail_msg("round %d: %zu, not %zu", round, r.longest_notes, longest_again(pitch, n));
	}
}

static void test_random_scores_have_forms_in_range(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 60; round++) {
		AUTO(score) s = random_score(&seed, 120, round % 10 == 0 ? 1e9 : round % 3 ? 60 : 3000);
		struct form_report f = hear(s);
		assert_true(f.n_bars <= FORM_BARS_MAX);
		int64_t next = 1;
		for (size_t i = 0; i < f.n_sections; i++) {
			assert_int_equal(f.sections[i].first_bar, next);
			next += f.sections[i].n_bars;
			assert_true(isfinite(f.sections[i].to_beats));
			assert_in_range(f.sections[i].letter, 0, 25);
		}
		assert_int_equal(next, (int64_t)f.n_bars + 1);
		form_report_done(&f);
		struct pattern_report p;
		assert_int_equal(patterns_find(s, &p, NULL), 0);
		for (size_t i = 0; i < p.n; i++)
			assert_true(p.v[i].n_times >= 2 && p.v[i].n_notes >= 4 && p.v[i].n_exact <= p.v[i].n_times);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_tunes_have_their_forms),
		cmocka_unit_test(test_returns_and_varied_returns_are_named),
		cmocka_unit_test(test_form_survives_a_human_player),
		cmocka_unit_test(test_matrix_is_symmetric_with_ones_on_its_diagonal),
		cmocka_unit_test(test_motives_are_found_where_they_return_transposed),
		cmocka_unit_test(test_repeated_part_is_the_longest_pattern),
		cmocka_unit_test(test_the_longest_pattern_is_the_one_a_plain_search_finds),
		cmocka_unit_test(test_random_scores_have_forms_in_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
