/*
 * test_harmony.c - the harmony family, asked of a real worker through a real hootenanny: chords, what is played over and under
 * them, voices for a melody, and pieces from words.
 */
#include "band.h"

#include "base/str.h"
#include "music/notes.h"

#include "../check.h"

#include <string.h>

static const json_t *meta(const json_t *artifact, const char *key)
{
	return json_object_get(json_object_get(artifact, "metadata"), key);
}

static const char *meta_text(const json_t *artifact, const char *key)
{
	const char *t = json_string_value(meta(artifact, key));
	return t ? t : "";
}

static void open_band(struct band *b)
{
	band_open(b, 15000);
	band_start_worker(b, 0);
	band_wait_workers(b, 1);
}

static json_t *sample(struct band *b, const char *model, const char *inputs, const char *params)
{
	AUTO_JSON json_t *r = band_ask(b, "{'type':'sample','model':'%s','inputs':[%s],'params':%s,'seed':7}", model, inputs, params);
	return band_result(b, r);
}

static char *quoted(const json_t *artifact)
{
	return str_printf("'%s'", band_text(artifact, "artifact_id"));
}

/* Rows: S2-7 */
static void test_chords_are_drawn_and_everything_else_is_made_over_them(void **state)
{
	struct band b;
	open_band(&b);
	AUTO_JSON json_t *chords = sample(&b, "progression", "", "{'bars':8,'key':'Bb','mode':'major','style':'jazz','meter':'3/4','bpm':150}");
	assert_string_equal(meta_text(chords, "key"), "Bb major");
	assert_int_equal(json_integer_value(meta(chords, "bars")), 8);
	assert_string_equal(band_text(chords, "space"), "midi");
	AUTO_MEM char *id = quoted(chords);
	static const char *const over[] = { "melody", "bass", "arpeggio", "accompaniment" };
	for (size_t i = 0; i < COUNT_OF(over); i++) {
		AUTO_JSON json_t *made = sample(&b, over[i], id, "{}");
		assert_string_equal(meta_text(made, "chords"), meta_text(chords, "chords")); /* they came along in the file */
		assert_string_equal(meta_text(made, "chords_from"), "symbols");
		assert_string_equal(meta_text(made, "meter"), "3/4");
		assert_float_equal(json_number_value(meta(made, "bpm")), 150, 0.01);
		AUTO(score) s = band_score(made);
		assert_true(score_n_notes(s) > 8 && s->end_beats == 24);
		AUTO_JSON json_t *alone = sample(&b, over[i], "", "{'chords':'Dm7 | G7 | Cmaj7 | %','key':'C'}");
		assert_string_equal(meta_text(alone, "chords"), "Dm7 | G7 | Cmaj7 | Cmaj7");
	}
	AUTO_JSON json_t *melody = sample(&b, "melody", id, "{}");
	AUTO_MEM char *tune = quoted(melody);
	AUTO_JSON json_t *hymn = sample(&b, "harmonise", tune, "{}");
	assert_int_equal(json_integer_value(meta(hymn, "voices")), 4);
	assert_int_equal(json_integer_value(meta(hymn, "broken_rules")), 0);
	AUTO_JSON json_t *second = sample(&b, "counterpoint", tune, "{'position':'below','species':'first'}");
	assert_int_equal(json_integer_value(meta(second, "voices")), 2);
	band_close(&b);
}

/* A bass from chords of one piece and the kick of another. */
static void test_a_bass_is_made_from_chords_and_drums(void **state)
{
	struct band b;
	open_band(&b);
	AUTO_JSON json_t *chords = sample(&b, "progression", "", "{'bars':8,'style':'pop','key':'E'}");
	AUTO_JSON json_t *drums = sample(&b, "drums", "", "{'style':'rock','bars':8,'humanise':0}");
	AUTO_MEM char *inputs = str_printf("'%s','%s'", band_text(chords, "artifact_id"), band_text(drums, "artifact_id"));
	AUTO_JSON json_t *bass = sample(&b, "bass", inputs, "{'style':'pop'}");
	assert_string_equal(meta_text(bass, "chords"), meta_text(chords, "chords"));
	assert_true(json_integer_value(meta(bass, "with_kick")) > 8);
	band_close(&b);
}

/* Rows: S2-10 */
static void test_words_become_a_piece_that_can_be_given_back(void **state)
{
	struct band b;
	open_band(&b);
	AUTO_JSON json_t *piece = sample(&b, "prompt", "", "{'prompt':'slow minor waltz in D with bass and drums, sparse, 8 bars, glorp'}");
	assert_string_equal(meta_text(piece, "meter"), "3/4");
	assert_string_equal(meta_text(piece, "key"), "D minor");
	assert_int_equal(json_integer_value(meta(piece, "voices")), 4);
	assert_int_equal(json_array_size(meta(piece, "unknown_words")), 1);
	AUTO_MEM char *params = json_text(meta(piece, "params"), JSON_OUT_COMPACT);
	for (char *c = params; *c; c++)
		*c = *c == '"' ? '\'' : *c;
	AUTO_JSON json_t *again = sample(&b, "prompt", "", params);
	assert_string_equal(band_text(again, "content_hash"), band_text(piece, "content_hash"));

	/* Without a seed two askings are two pieces, each with its seed on record. */
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'sample','model':'prompt','params':{'prompt':'lively jig'}}");
	AUTO_JSON json_t *one = band_result(&b, r);
	AUTO_JSON json_t *q = band_ask(&b, "{'type':'sample','model':'prompt','params':{'prompt':'lively jig'}}");
	AUTO_JSON json_t *two = band_result(&b, q);
	assert_string_not_equal(band_text(one, "content_hash"), band_text(two, "content_hash"));
	band_close(&b);
}

static void test_what_cannot_be_made_is_told(void **state)
{
	struct band b;
	open_band(&b);
	static const struct {
		const char *model, *params, *says;
	} cases[] = {
		{ "prompt", "{'prompt':'zork blorg'}", "not a word" },
		{ "melody", "{'chords':'C | Hm7'}", "column 5" },
		{ "progression", "{'bars':5000}", "1 to 256" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_JSON json_t *r = NULL;
		struct err err = ERR_INIT;
		/* Refused at once where the schema says so, else by the worker. */
		if (band_try(&b, &r, &err, "{'type':'sample','model':'%s','params':%s,'max_attempts':1}", cases[i].model, cases[i].params) == 0) {
			AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
			band_wait_state(&b, id, "failed");
			AUTO_JSON json_t *job = band_job(&b, id);
			(void)str_copy(err.msg, sizeof(err.msg), band_text(job, "error"));
		}
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s: '%s' does not say '%s'", cases[i].model, err.msg, cases[i].says);
	}
	band_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_chords_are_drawn_and_everything_else_is_made_over_them, band_teardown),
		cmocka_unit_test_teardown(test_a_bass_is_made_from_chords_and_drums, band_teardown),
		cmocka_unit_test_teardown(test_words_become_a_piece_that_can_be_given_back, band_teardown),
		cmocka_unit_test_teardown(test_what_cannot_be_made_is_told, band_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
