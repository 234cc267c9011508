#include "music/listen.h"
#include "music/phrase_find.h"

#include <math.h>
#include <stdio.h>

#include "../starve.h"
#include "base/limits.h"
#include "base/str.h"
#include "../cpu.h"
#include "listening.h"

static json_t *report(const struct score *s, unsigned parts)
{
	struct listening l;
	json_t *j = NULL;
	assert_int_equal(score_listen(s, parts, NULL, NULL, &l, NULL), 0);
	assert_int_equal(listen_json(s, &l, parts, &j, NULL), 0);
	listening_done(&l);
	return j;
}

/* Rows: H-T31 */
static void test_report_says_what_a_tune_is(void **state)
{
	(void)state;
	AUTO(score) s = example("irish-washerwoman.abc");
	AUTO_JSON json_t *j = report(s, LISTEN_ALL);
	const char *headline = NULL;
	assert_int_equal(json_get_string(j, "headline", &headline, NULL), 0);
	assert_true(str_starts(headline, "G major, 6/8 at 112 bpm, AABB, G "));
	json_t *form = json_object_get(j, "form"), *rows = json_object_get(form, "alike");
	assert_int_equal(json_array_size(rows), 32);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(json_string_value(json_array_get(rows, i))[i], '9');
	AUTO_MEM char *text = json_text(j, JSON_OUT_COMPACT);
	AUTO_JSON json_t *again = NULL;
	assert_int_equal(json_parse(text, strlen(text), &again, NULL), 0);
	AUTO_JSON json_t *twice = report(s, LISTEN_ALL);
	AUTO_MEM char *same = json_text(twice, JSON_OUT_COMPACT);
	assert_string_equal(text, same);
}

static void test_parts_that_were_not_asked_for_are_left_out(void **state)
{
	static const struct {
		unsigned part;
		const char *key;
	} parts[] = { { LISTEN_TRACKS, "tracks" }, { LISTEN_KEY, "key" },     { LISTEN_METER, "meter" },
		      { LISTEN_CHORDS, "chords" }, { LISTEN_FORM, "form" },   { LISTEN_TENSION, "tension" },
		      { LISTEN_CHARACTER, "character" } };
	(void)state;
	AUTO(score) s = example("duet.abc");
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		AUTO_JSON json_t *j = report(s, parts[i].part);
		for (size_t k = 0; k < COUNT_OF(parts); k++)
			assert_int_equal(json_object_get(j, parts[k].key) != NULL, i == k);
	}
}

/* Sixteen bars with a rest at the end of each fourth. */
static void test_phrases_are_cut_where_the_line_breathes(void **state)
{
	(void)state;
	AUTO(score) s = tune_of("X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GFED|EFGA|G2z2|cBAG|FEDC|DEFE|D2z2|CDEF|GFED|EFGA|G2z2|cBAG|FEDC|DEDB,|C2z2|\n");
	struct meter_report m = { .n_guesses = 1, .guesses = { { 4, 4, 1, 0, 4, 1 } } };
	struct phrase_report r;
	assert_int_equal(phrases_find(s, &m, &r, NULL), 0);
	assert_int_equal(r.n, 4);
	for (size_t i = 0; i < r.n; i++) {
		assert_float_equal(r.v[i].from_beats, (double)i * 16, 1e-9);
		assert_int_equal(r.v[i].n_notes, 13);
	}
	assert_true(r.mean_bars > 3.5 && r.mean_bars < 4.1);
	phrase_report_done(&r);
}

/* A hundred thousand notes: dense, spread out over months, all at once, or in thousands of bars. */
static void test_hostile_scores_take_less_than_a_second(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	static const double far[] = { 100, 4000, 50000, 9e6, 0, 1e9 };
	for (size_t k = 0; k < COUNT_OF(far); k++) {
		AUTO(score) s = score_new();
		size_t v, n = LIMIT_SCORE_NOTES < 100000 ? LIMIT_SCORE_NOTES : 100000;
		assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
		for (size_t i = 0; i < n; i++) {
			struct note x = { seed_unit(&seed) * far[k], seed_unit(&seed) * (k % 2 ? 2 : far[k] + 1), (uint8_t)seed_below(&seed, 128),
					  (uint8_t)(1 + seed_below(&seed, 127)), (uint8_t)seed_below(&seed, 16), 64 };
			assert_int_equal(score_add_note(s, v, &x, NULL), 0);
		}
		score_sort(s);
		struct listening l;
		double before = cpu_seconds();
		assert_int_equal(score_listen(s, LISTEN_ALL, NULL, NULL, &l, NULL), 0);
		double took = cpu_seconds() - before;
		AUTO_JSON json_t *j = NULL;
		assert_int_equal(listen_json(s, &l, LISTEN_ALL, &j, NULL), 0);
		AUTO_MEM char *text = json_text(j, JSON_OUT_COMPACT);
		assert_non_null(text);
		assert_true(strlen(text) < 4u << 20);
		listening_done(&l);
		printf("100000 notes up to beat %g: %.2f s of CPU\n", far[k], took);
		assert_true(took < 1 * CPU_SLOWER);
	}
}

static int listen_once(void *arg, struct err *err)
{
	struct listening l;
	int code = score_listen(arg, LISTEN_ALL, NULL, NULL, &l, err);
	if (code == 0)
		listening_done(&l);
	return code;
}

/* Sorting does without the memory that it asks for; everything else says that it is out. */
static void test_no_memory_is_reported_at_every_allocation(void **state)
{
	(void)state;
	AUTO(score) s = example("duet.abc");
	assert_true(starve_exhaust(STARVE_ALL_FROM, "listen", true, listen_once, s) > 20);
	assert_true(starve_exhaust(STARVE_ONE, "listen", true, listen_once, s) > 20);
}

static void test_silence_is_nothing_to_hear(void **state)
{
	(void)state;
	AUTO(score) s = score_new();
	AUTO_JSON json_t *j = report(s, LISTEN_ALL);
	assert_string_equal(json_string_value(json_object_get(j, "headline")), "nothing to hear");
	AUTO(score) sounds = example("duet.abc");
	AUTO_JSON json_t *tracks = report(sounds, LISTEN_TRACKS);
	assert_string_equal(json_string_value(json_object_get(tracks, "headline")), "76 notes in 2 voices");
}

static void test_random_scores_give_reports_that_are_json(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 80; round++) {
		AUTO(score) s = random_score(&seed, 100, round % 10 == 0 ? 1e9 : round % 3 ? 50 : 1e5);
		AUTO_JSON json_t *j = report(s, LISTEN_ALL);
		AUTO_MEM char *text = json_text(j, JSON_OUT_COMPACT);
		assert_non_null(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report_says_what_a_tune_is),
		cmocka_unit_test(test_parts_that_were_not_asked_for_are_left_out),
		cmocka_unit_test(test_phrases_are_cut_where_the_line_breathes),
		cmocka_unit_test(test_hostile_scores_take_less_than_a_second),
		cmocka_unit_test(test_no_memory_is_reported_at_every_allocation),
		cmocka_unit_test(test_silence_is_nothing_to_hear),
		cmocka_unit_test(test_random_scores_give_reports_that_are_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
