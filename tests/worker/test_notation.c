/*
 * test_notation.c - music written down in every way, asked of a real worker through a real hootenanny.
 */
#include "band.h"

#include "base/fs.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/smf.h"
#include "wire/catalogue.h"
#include "wire/codec.h"

#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char tune[] = "X:4\nT:Short\nM:6/8\nL:1/8\nQ:3/8=80\nK:Em\n\"Em\"B2e gfe|\"B7\"^d3 B3|\"Em\"e6|]\nw:one two three four five six sev-en\n";

/* A tune as MIDI; with its last note bent a little more in each of four steps. */
static char *upload_as_midi(struct band *b, const char *abc, bool glide)
{
	AUTO(score) s = NULL;
	AUTO_MEM uint8_t *bytes = NULL;
	size_t n;
	assert_int_equal(abc_parse(abc, strlen(abc), NULL, &s, NULL, NULL), 0);
	const struct note *last = &s->voices[0].notes[s->voices[0].n_notes - 1];
	for (int i = 1; glide && i <= 4; i++) {
		struct score_control c = { .at_beats = last->start_beats + i * last->duration_beats / 5, .kind = SCORE_BEND,
					   .value = (uint16_t)(8192 + 1024 * i) };
		assert_int_equal(score_add_control(s, 0, &c, NULL), 0);
	}
	score_sort(s);
	assert_int_equal(score_write_smf(s, &bytes, &n, NULL), 0);
	return band_upload(b, bytes, n, "audio/midi", "midi");
}

static char *upload_midi(struct band *b)
{
	return upload_as_midi(b, tune, false);
}

/* Runs one projection; the artifact that came of it. */
static json_t *project(struct band *b, const char *input, const char *space, const char *model, const char *params)
{
	AUTO_JSON json_t *r =
		band_ask(b, "{'type':'forward','inputs':['%s'],'steps':[{'verb':'project','space':'%s','model':'%s','params':%s}]}",
			 input, space, model, params);
	return band_result(b, r);
}

static char *text_of(const json_t *artifact, const char *mime_type, const char *space)
{
	char *text = NULL;
	size_t n;
	assert_string_equal(band_text(artifact, "mime_type"), mime_type);
	assert_string_equal(band_text(artifact, "space"), space);
	assert_int_equal(fs_read(band_text(artifact, "path"), 1 << 22, &text, &n, NULL), 0);
	return text;
}

static json_t *report_of(const json_t *artifact, const char *space)
{
	json_t *j = NULL;
	AUTO_MEM char *text = text_of(artifact, "application/json", space);
	assert_int_equal(json_parse(text, strlen(text), &j, NULL), 0);
	return j;
}

static const char *metadata_text(const json_t *artifact, const char *key)
{
	return band_text(json_object_get(artifact, "metadata"), key);
}

/* Rows: H-A02, S2-7 */
static void test_midi_is_written_as_abc_and_abc_is_transposed(void **state)
{
	struct band b;
	(void)state;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *midi = upload_midi(&b);
	AUTO_MEM char *abc = band_upload(&b, tune, strlen(tune), "text/vnd.abc", "abc");

	AUTO_JSON json_t *written = project(&b, midi, "abc", "abc", "{'number':4}");
	AUTO_MEM char *text = text_of(written, "text/vnd.abc", "abc");
	assert_string_equal(text, "X:4\nT:Short\nM:6/8\nL:1/8\nQ:3/8=80\nK:Em\n\"Em\"B2e gfe | \"B7\"^d3 B3 | \"Em\"e6 |]\n"
				  "w: one two three four five six sev-en\n");
	assert_string_equal(metadata_text(written, "grid"), "exact");

	AUTO_JSON json_t *moved = project(&b, abc, "abc", "abc", "{'transpose':3,'new_number':9}");
	AUTO_MEM char *up = text_of(moved, "text/vnd.abc", "abc");
	assert_string_equal(up, "X:9\nT:Short\nM:6/8\nL:1/8\nQ:3/8=80\nK:Gm\n\"Gm\"d2g bag | \"D7\"^f3 d3 | \"Gm\"g6 |]\n"
				"w: one two three four five six sev-en\n");
	assert_string_equal(metadata_text(moved, "key"), "G minor");

	AUTO_JSON json_t *file = project(&b, midi, "midi", "transpose", "{'semitones':-5}");
	AUTO_MEM char *back = strdup(band_text(file, "artifact_id"));
	AUTO_JSON json_t *low = project(&b, back, "abc", "abc", "{'transpose':5,'unit':'quarter','bars':1}");
	AUTO_MEM char *again = text_of(low, "text/vnd.abc", "abc");
	assert_non_null(strstr(again, "L:1/4\n"));
	assert_non_null(strstr(again, "K:Em\n\"Em\"Be/"));
	assert_non_null(strstr(again, "|\nw: one two three four five\n"));
	band_close(&b);
}

/* Rows: H-T05, S2-7 */
static void test_midi_and_abc_become_musicxml_events_and_facts(void **state)
{
	struct band b;
	(void)state;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *midi = upload_midi(&b);
	AUTO_MEM char *abc = band_upload(&b, tune, strlen(tune), "text/vnd.abc", "abc");
	const char *const sources[2] = { midi, abc };
	for (int i = 0; i < 2; i++) {
		AUTO_JSON json_t *xml = project(&b, sources[i], "musicxml", "musicxml", "{}");
		AUTO_MEM char *text = text_of(xml, "application/vnd.recordare.musicxml+xml", "musicxml");
		assert_non_null(strstr(text, "<kind text=\"7\">dominant</kind>"));
		assert_non_null(strstr(text, "<syllabic>begin</syllabic>"));
		AUTO_JSON json_t *events = project(&b, sources[i], "events", "events", "{}");
		AUTO_JSON json_t *list = report_of(events, "events");
		json_t *note = json_array_get(json_object_get(list, "notes"), 5);
		assert_int_equal(json_array_size(json_object_get(list, "notes")), 8);
		assert_string_equal(band_text(note, "name"), "D#5");
		assert_float_equal(json_number_value(json_object_get(note, "second")), 1.5, 0.001);
	}
	AUTO_JSON json_t *facts = project(&b, midi, "analysis", "info", "{}");
	AUTO_JSON json_t *info = report_of(facts, "analysis");
	assert_int_equal(json_integer_value(json_object_get(info, "ppq")), 480);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(facts, "metadata"), "notes")), 8);
	band_close(&b);
}

static void test_microtones_are_written_and_glides_are_told(void **state)
{
	struct band b;
	(void)state;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *midi = upload_as_midi(&b, "X:1\nM:2/4\nL:1/4\nK:C\nC ^/D|E F|]\n", true);
	AUTO_JSON json_t *abc = project(&b, midi, "abc", "abc", "{'guess_key':false,'grid':'exact'}");
	AUTO_MEM char *text = text_of(abc, "text/vnd.abc", "abc");
	assert_string_equal(text, "X:1\nM:2/4\nL:1/4\nK:C\nC ^/D | E F |]\n");
	AUTO_JSON json_t *xml = project(&b, midi, "musicxml", "musicxml", "{}");
	AUTO_MEM char *score = text_of(xml, "application/vnd.recordare.musicxml+xml", "musicxml");
	assert_non_null(strstr(score, "<alter>0.5</alter>"));
	const json_t *const both[2] = { abc, xml };
	for (int i = 0; i < 2; i++) {
		const json_t *m = json_object_get(both[i], "metadata");
		assert_int_equal(json_integer_value(json_object_get(m, "microtones")), 1);
		assert_int_equal(json_integer_value(json_object_get(m, "glides_left_out")), 1);
		assert_string_equal(band_text(json_array_get(json_object_get(m, "diagnostics"), 0), "message"),
				    "1 note bends as it sounds, from bar 2 on: only the key is written; steady bends are written as microtones");
	}
	band_close(&b);
}

static void test_what_is_out_of_range_is_refused_with_the_range(void **state)
{
	struct band b;
	(void)state;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *midi = upload_midi(&b);
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'forward','inputs':['%s'],'steps':[{'verb':'project','space':'abc',"
					   "'model':'abc','params':{'layers':99}}]}", midi);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	band_wait_state(&b, id, "failed");
	AUTO_JSON json_t *job = band_job(&b, id);
	assert_string_equal(band_text(job, "error"), "layers is 99; allowed are whole numbers from 1 to 8; "
						     "layers: at most so many lines that sound together in a voice");
	band_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_midi_is_written_as_abc_and_abc_is_transposed, band_teardown),
		cmocka_unit_test_teardown(test_midi_and_abc_become_musicxml_events_and_facts, band_teardown),
		cmocka_unit_test_teardown(test_microtones_are_written_and_glides_are_told, band_teardown),
		cmocka_unit_test_teardown(test_what_is_out_of_range_is_refused_with_the_range, band_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
