/*
 * test_tunes.c - the learned model, asked of a real worker through a real hootenanny.
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

static const char jig[] = "X:1\nT:a jig\nM:6/8\nL:1/8\nK:G\nGBd gdB|ecA AFD|GBd gfg|aag fed|GBd gdB|ecA AFD|cBA DEF|AGG G3||\n";
static const char other[] = "X:1\nT:another\nM:6/8\nL:1/8\nK:D\ndfa afd|Bdf fdB|Ace gec|dfd d3|\n";

static char *upload(struct band *b, const char *text)
{
	AUTO(score) s = NULL;
	AUTO_MEM uint8_t *bytes = NULL;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	size_t n;
	assert_int_equal(abc_parse(text, strlen(text), NULL, &s, NULL, NULL), 0);
	assert_int_equal(score_write_smf(s, &bytes, &n, NULL), 0);
	struct artifact_upload req = { .data = { bytes, n }, .has_mime_type = true, .mime_type = "audio/midi", .has_space = true,
				       .space = "midi" };
	struct artifact_upload_result res;
	struct err err = ERR_INIT;
	if (wire_client_call(b->client, &wire_messages[WIRE_MESSAGE_artifact_upload], &req, NULL, &arena, &res, &err) < 0)
		fail_msg("upload: %s", err_msg(&err));
	return strdup(res.artifact.artifact_id);
}

/* The artifact that one step gives. */
static json_t *do_step(struct band *b, const char *inputs, const char *verb, const char *space, const char *params, const char *state)
{
	AUTO_JSON json_t *r = band_ask(b, "{'type':'forward','inputs':[%s],'steps':[{'verb':'%s','space':'%s','model':'tunes','params':%s,'seed':7}]}",
				       inputs, verb, space, params);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	band_wait_state(b, id, state);
	if (strcmp(state, "complete") != 0)
		return NULL;
	AUTO_JSON json_t *job = band_job(b, id);
	AUTO_JSON json_t *got = band_ask(b, "{'type':'artifact_get','artifact_id':'%s'}", band_text(job, "artifact_id"));
	return json_incref(json_object_get(got, "artifact"));
}

static char *bytes_of(const json_t *artifact, size_t *ret_n)
{
	char *bytes = NULL;
	assert_int_equal(fs_read(band_text(artifact, "path"), 1 << 22, &bytes, ret_n, NULL), 0);
	return bytes;
}

static struct score *score_of(const json_t *artifact)
{
	size_t n;
	AUTO_MEM char *bytes = bytes_of(artifact, &n);
	struct score *s = NULL;
	assert_string_equal(band_text(artifact, "mime_type"), "audio/midi");
	assert_int_equal(score_read_smf(bytes, n, &s, NULL), 0);
	return s;
}

static double told(const json_t *artifact, const char *key)
{
	return json_number_value(json_object_get(json_object_get(artifact, "metadata"), key));
}

static void test_tunes_are_sampled_continued_and_bridged(void **state)
{
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *one = upload(&b, jig);
	AUTO_MEM char *two = upload(&b, other);
	char inputs[160];

	AUTO_JSON json_t *fresh = do_step(&b, "", "sample", "midi", "{'key':'E','mode':'dorian','meter':'9/8','form':'slip_jig','bars':8,'repeats':false}", "complete");
	AUTO(score) tune = score_of(fresh);
	assert_int_equal(score_meter_at(tune, tune->pickup_beats).num, 9);
	assert_int_equal(tune->voices[0].notes[tune->voices[0].n_notes - 1].pitch % 12, 4);
	assert_string_equal(band_text(json_object_get(fresh, "metadata"), "mode"), "dorian");
	assert_string_equal(band_text(json_object_get(fresh, "metadata"), "key"), "E dorian");
	assert_true(told(fresh, "bits_per_token") > 0 && told(fresh, "new_bars") >= 8);

	AUTO_JSON json_t *written = do_step(&b, "", "sample", "abc", "{'bars':8}", "complete");
	size_t n;
	AUTO_MEM char *text = bytes_of(written, &n);
	AUTO(score) read = NULL;
	assert_string_equal(band_text(written, "mime_type"), "text/vnd.abc");
	assert_int_equal(abc_parse(text, n, NULL, &read, NULL, NULL), 0);
	assert_true(score_n_notes(read) > 8);

	static const char *const keys[][3] = { { "D", "dorian", "\nK:Ddor\n" }, { "Bb", "dorian", "\nK:Bbdor\n" }, { "A", "mixolydian", "\nK:Amix\n" },
					       { "E", "minor", "\nK:Em\n" } };
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		char params[80];
		(void)snprintf(params, sizeof(params), "{'bars':8,'key':'%s','mode':'%s'}", keys[i][0], keys[i][1]);
		AUTO_JSON json_t *modal = do_step(&b, "", "sample", "abc", params, "complete");
		size_t length;
		AUTO_MEM char *tune_text = bytes_of(modal, &length);
		assert_non_null(memmem(tune_text, length, keys[i][2], strlen(keys[i][2])));
	}

	(void)snprintf(inputs, sizeof(inputs), "'%s'", one);
	AUTO_JSON json_t *like = do_step(&b, inputs, "sample", "midi", "{'bars':4}", "complete"); /* in the input's key and meter */
	AUTO(score) akin = score_of(like);
	assert_int_equal(score_meter_at(akin, akin->pickup_beats).num, 6);
	assert_int_equal(score_key_at(akin, 0).sharps, 1);

	AUTO_JSON json_t *longer = do_step(&b, inputs, "continue", "midi", "{'bars':8,'lead_in_bars':2}", "complete");
	AUTO(score) went_on = score_of(longer);
	assert_true(fabs(went_on->end_beats - 30) < 0.01 || went_on->end_beats < 30); /* a rest at the end is no event */
	assert_true(told(longer, "new_bars") == 8 && told(longer, "lead_in_bars") == 2);

	(void)snprintf(inputs, sizeof(inputs), "'%s','%s'", one, two);
	AUTO_JSON json_t *over = do_step(&b, inputs, "bridge", "midi", "{'bars':2,'tries':3}", "complete");
	AUTO(score) bridge = score_of(over);
	assert_true(bridge->end_beats > 3 && bridge->end_beats < 6.01);
	assert_true(told(over, "new_bars") == 2 && told(over, "leap_semitones") <= 12);

	do_step(&b, "", "sample", "midi", "{'lowest':60,'highest':66}", "failed");
	band_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_tunes_are_sampled_continued_and_bridged, band_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
