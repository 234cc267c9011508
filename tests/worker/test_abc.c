/*
 * test_abc.c - tunes in ABC notation, played and checked by a real worker through a real hootenanny.
 */
#include "band.h"

#include "base/fs.h"
#include "base/str.h"
#include "music/smf.h"
#include "wire/catalogue.h"
#include "wire/codec.h"

#include "../check.h"

#include <string.h>

static const char book[] = "X:1\nT:first\nM:4/4\nL:1/4\nQ:1/4=100\nK:C\n\"C\"C{e}D(TEF)|\"G7\"!f!GABc|]\n\n"
			   "X:2\nT:second\nM:3/4\nL:1/4\nK:D\nDFA|d#2|kd3|]\n";

static char *upload(struct band *b, const char *text)
{
	return band_upload(b, text, strlen(text), "text/vnd.abc", "abc");
}

static char *start(struct band *b, const char *tune, const char *space, const char *model, const char *params)
{
	AUTO_JSON json_t *r = band_ask(b, "{'type':'project','artifact_id':'%s','space':'%s','model':'%s','params':%s}", tune, space,
				       model, params);
	return strdup(band_text(json_object_get(r, "job"), "job_id"));
}

static json_t *project(struct band *b, const char *tune, const char *space, const char *model, const char *params)
{
	AUTO_JSON json_t *r = band_ask(b, "{'type':'project','artifact_id':'%s','space':'%s','model':'%s','params':%s}", tune, space,
				       model, params);
	return band_result(b, r);
}

static size_t sounding(const struct score *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n_voices; i++)
		n += s->voices[i].n_notes > 0;
	return n;
}

/* Rows: H-T33 */
static void test_a_tune_is_played_as_asked(void **state)
{
	struct band b;
	(void)state;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *tune = upload(&b, book);
	AUTO_JSON json_t *full = project(&b, tune, "midi", "abc", "{}");
	AUTO(score) performed = band_score(full);
	assert_int_equal(sounding(performed), 3); /* with bass and chords */
	AUTO_JSON json_t *bare = project(&b, tune, "midi", "abc", "{'play':'nominal','tempo_override':150,'transpose':2,'velocity':66,'channel':5}");
	AUTO(score) nominal = band_score(bare);
	assert_int_equal(sounding(nominal), 1);
	assert_int_equal(score_n_notes(nominal), 8);
	assert_true(score_n_notes(performed) > 20);
	assert_float_equal(score_bpm_at(nominal, 0), 150, 0.01);
	assert_float_equal(score_bpm_at(performed, 0), 100, 0.01);
	size_t v = nominal->voices[0].n_notes ? 0 : 1;
	assert_int_equal(nominal->voices[v].notes[0].pitch, 62);
	assert_int_equal(nominal->voices[v].notes[1].velocity, 66);
	assert_int_equal(nominal->voices[v].notes[0].channel, 4);
	AUTO_JSON json_t *plain = project(&b, tune, "midi", "abc", "{'accompaniment':false,'ornaments':false,'grace':false}");
	AUTO(score) melody = band_score(plain);
	assert_int_equal(score_n_notes(melody), 8);

	static const struct {
		const char *params, *says;
		bool words; /* of a text that is no tune */
	} wrong[] = { { "{'transpose':1000}", "-60 to 60" }, { "{'swing':'wild'}", "by_rhythm" }, { "{'swing_ratio':0.2}", "0.5 to 0.8" },
		      { "{'number':9}", "no tune has X:9; there is X:1" }, { "{}", "the text holds no tune: it has no line X:1", true } };
	AUTO_MEM char *words = upload(&b, "only words");
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		AUTO_MEM char *id = start(&b, wrong[i].words ? words : tune, "midi", "abc", wrong[i].params);
		band_wait_state(&b, id, "failed");
		AUTO_JSON json_t *job = band_job(&b, id);
		if (!strstr(band_text(job, "error"), wrong[i].says))
			fail_msg("'%s' does not say '%s'", band_text(job, "error"), wrong[i].says);
	}
	band_close(&b);
}

/* Rows: H-T32 */
static void test_a_text_with_mistakes_is_a_report(void **state)
{
	struct band b;
	json_t *report = NULL;
	(void)state;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *tune = upload(&b, book);
	AUTO_JSON json_t *checked = project(&b, tune, "analysis", "abc-check", "{}");
	const json_t *meta = json_object_get(checked, "metadata");
	assert_true(json_is_false(json_object_get(meta, "valid")));
	assert_int_equal(json_integer_value(json_object_get(meta, "n_tunes")), 2);
	assert_int_equal(json_integer_value(json_object_get(meta, "n_errors")), 1);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(meta, "first"), "line")), 14);
	assert_string_equal(band_text(checked, "mime_type"), "application/json");
	assert_int_equal(json_parse_file(band_text(checked, "path"), &report, NULL), 0);
	AUTO_JSON json_t *r = report;
	const json_t *second = json_array_get(json_object_get(r, "tunes"), 1);
	const json_t *d = json_array_get(json_object_get(second, "diagnostics"), 0);
	assert_string_equal(band_text(second, "key"), "D major");
	assert_int_equal(json_integer_value(json_object_get(d, "column")), 6);
	assert_string_equal(band_text(d, "text"), "DFA|d#2|kd3|]");
	assert_string_equal(band_text(d, "caret"), "     ^");

	AUTO_MEM char *words = upload(&b, "only words");
	AUTO_JSON json_t *none = project(&b, words, "analysis", "abc-check", "{}");
	assert_true(json_is_false(json_object_get(json_object_get(none, "metadata"), "valid")));
	band_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tune_is_played_as_asked),
		cmocka_unit_test(test_a_text_with_mistakes_is_a_report),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
