/*
 * test_perception.c - questions about what things sound like, asked of the running family: the loudest four bars and their
 * spectrogram, artifacts with chords like these. Found out by the worker when it is not known, and never twice.
 */
#include "stage.h"

#include "../audio/sound.h"

#include "base/base64.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct stage stage;
static char *imports;
static char sound[40], tunes[3][40];

enum { RATE = 22050, BARS = 12, LOUD = 4, WAIT_MS = 60000 };

/* Twelve bars of 4/4 at 120 bpm, a tone a beat; bars 5 to 8 are 20 dB louder than the others. */
static void make_sound(const char *path)
{
	size_t n = (size_t)BARS * 2 * RATE;
	AUTO_MEM float *x = sound_new(n);
	for (int beat = 0; beat < 4 * BARS; beat++) {
		double loud = beat / 4 >= LOUD && beat / 4 < LOUD + 4 ? 0.5 : 0.05;
		sound_sine(x, n, RATE, 0.5 * beat, 0.5 * beat + 0.45, beat % 4 ? 440 : 220, loud);
	}
	struct wav_spec spec = {RATE, 1, WAV_FLOAT32, 0};
	struct wav_writer *w = NULL;
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	assert_int_equal(wav_writer_write(w, x, n, NULL), 0);
	assert_int_equal(wav_writer_close(w, NULL), 0);
}

static void upload(const char *abc, char ret[40])
{
	char text[1024] = "";
	assert_true(BASE64_SIZE(strlen(abc)) < sizeof(text));
	base64_encode(text, (const uint8_t *)abc, strlen(abc));
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'artifact_upload','space':'abc','mime_type':'text/vnd.abc','data':'%s'}", text);
	(void)str_copy(ret, 40, stage_text(r, "artifact.artifact_id"));
}

static int setup(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	if (fs_temp_dir(NULL, "hoot-hear", &imports, &err) < 0)
		fail_msg("%s", err.msg);
	const char *const up[] = {"--device", "stepped", "--import", imports, NULL};
	char AUTO_MEM *path = fs_join(imports, "sound.wav");
	make_sound(path);
	stage_open(&stage, up);
	stage_wait_workers(&stage, 1);
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'artifact_import','path':'%s','mime_type':'audio/wav','tags':['loud-in-the-middle']}", path);
	(void)str_copy(sound, sizeof(sound), stage_text(r, "artifact.artifact_id"));
#define CHORDS_A "[CEG]4|[FAc]4|[GBd]4|[CEG]4|[A,CE]4|[FAc]4|[GBd]4|[CEG]4|"
#define CHORDS_B "[DFA]4|[GBd]4|[Ace]4|[DFA]4|[B,DF]4|[GBd]4|[Ace]4|[DFA]4|"
#define CHORDS_C "[A,C^E]4|[^DFA]4|[_E_G_B]4|[^F^A^c]4|[_EG_B]4|[A,C^E]4|[B,D=F]4|[_A,C_E]4|"
	upload("X:1\nT:one\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\n" CHORDS_A "\n", tunes[0]);
	upload("X:1\nT:two\nM:4/4\nL:1/4\nQ:1/4=90\nK:D\n" CHORDS_B "\n", tunes[1]);
	upload("X:1\nT:three\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\n" CHORDS_C "\n", tunes[2]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_close(&stage);
	(void)fs_remove_tree(imports, NULL);
	free(imports);
	return 0;
}

/* ---- asking ---- */

/* The answer to a query with $id, in which ' stands for "; `more` are further fields of the request. */
static json_t *ask(const char *id, const char *query, const char *more)
{
	AUTO_STRBUF payload = STRBUF_INIT, out = STRBUF_INIT;
	char AUTO_MEM *text = strdup(query);
	struct err err = ERR_INIT;
	struct json_out o;
	json_t *result = NULL;
	const struct wire_request_options options = {.deadline_ms = 2 * WAIT_MS, .harmless = true};
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	strbuf_adds(&payload, "{\"type\":\"graph_query\",\"timeout_ms\":50000,\"query\":");
	json_out_init(&o, &payload);
	json_out_string(&o, text);
	strbuf_addf(&payload, ",\"variables\":{\"id\":\"%s\"}%s}", id, more);
	if (wire_client_call_json(stage.hoot, payload.s, payload.n, &options, &out, &err) < 0)
		fail_msg("%s\n -> %s: %s (%s)", payload.s, err_name(err.code), err.msg, err.hint);
	if (json_parse(out.s, out.n, &result, &err) < 0)
		fail_msg("%s", err.msg);
	return result;
}

#define WAIT ",\"wait_ms\":60000"
#define THE(type, id) "{ " type " { " id " @filter(op: '=', value: ['$id']) "

static size_t n_rows(const json_t *r)
{
	return json_array_size(stage_value(r, "rows"));
}

static size_t n_jobs(void)
{
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'job_list','limit':500}");
	return json_array_size(stage_value(r, "jobs"));
}

/* ---- the loudest four bars ---- */

static int64_t place_sound(void)
{
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'artifact_get','artifact_id':'%s'}", sound);
	AUTO_JSON json_t *placed =
		stage_ask(stage.garden,
			      "{'type':'region_create','region_id':'r1','position_beats':0,'duration_beats':48,'behaviour':'play_content',"
			      "'content':{'artifact_id':'%s','hash':'%s','path':'%s'}}",
			      sound, stage_text(r, "artifact.content_hash"), stage_text(r, "artifact.path"));
	return (int64_t)stage_number(placed, "revision");
}

#define LOUDEST \
	"loudest(bars: 4) { first_bar @output start_beats @output start_seconds @output end_seconds @output loudness_lufs @output " \
	"spectrogram { picture: artifact_id @output mime_type @output metadata @output } } } }"

/* Rows: S0-73, S0-76 */
static void test_the_loudest_four_bars_and_their_spectrogram(void **state)
{
	(void)state;
	char seen[80];
	(void)snprintf(seen, sizeof(seen), WAIT ",\"at_least_revision\":%lld", (long long)place_sound());
	AUTO_JSON json_t *r = ask("r1", THE("Region", "region_id") LOUDEST, seen);
	assert_int_equal(n_rows(r), 1);
	assert_true(stage_number(r, "rows.0.first_bar") == 5 && stage_number(r, "rows.0.start_beats") == 16);
	assert_true(fabs(stage_number(r, "rows.0.start_seconds") - 8) < 1e-6 && fabs(stage_number(r, "rows.0.end_seconds") - 16) < 1e-6);
	/* A sine of 0.5 for nine tenths of the time. */
	assert_true(fabs(stage_number(r, "rows.0.loudness_lufs") - -10.2) < 1.5);
	assert_string_equal(stage_text(r, "rows.0.mime_type"), "image/png");
	assert_non_null(strstr(stage_text(r, "rows.0.metadata"), "\"from_s\":8.0"));
	assert_true(stage_number(r, "n_unknown") == 0);
	size_t jobs = n_jobs();
	AUTO_JSON json_t *again = ask("r1", THE("Region", "region_id") LOUDEST, "");
	assert_string_equal(stage_text(again, "rows.0.picture"), stage_text(r, "rows.0.picture"));
	assert_int_equal(n_jobs(), jobs);
}

static void test_the_saved_queries_about_sound_answer(void **state)
{
	(void)state;
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'graph_query','name':'loudest','wait_ms':%d}", WAIT_MS);
	assert_true(n_rows(r) == 1 && stage_number(r, "rows.0.first_bar") == 5);
	assert_true(fs_exists(stage_text(r, "rows.0.spectrogram")));
	AUTO_JSON json_t *heard = stage_ask(stage.hoot, "{'type':'graph_query','name':'heard'}");
	assert_true(n_rows(heard) == 1 && stage_number(heard, "rows.0.energy") > 0);
}

/* By the bars that are heard, which may begin with another beat than the one that was meant. */
static void test_an_artifacts_bars_are_those_that_are_heard(void **state)
{
	(void)state;
	AUTO_JSON json_t *r = ask(sound, THE("Artifact", "artifact_id") LOUDEST, WAIT);
	assert_int_equal(n_rows(r), 1);
	assert_true(fabs(stage_number(r, "rows.0.start_seconds") - 8) <= 2.1);
	assert_true(fabs(stage_number(r, "rows.0.end_seconds") - stage_number(r, "rows.0.start_seconds") - 8) < 0.3);
	assert_string_equal(stage_text(r, "rows.0.mime_type"), "image/png");
}

/* Rows: S0-75 */
static void test_a_sound_says_what_it_is_like(void **state)
{
	(void)state;
	AUTO_JSON json_t *r = ask(sound,
				  THE("Artifact", "artifact_id") "loudness_lufs @output true_peak_db @output tempo_bpm @output energy @output density @output"
				  " mood @output instrumentation @output clipped_places @output chords @output perception_error @output } }",
				  WAIT);
	assert_true(stage_number(r, "rows.0.true_peak_db") < -5 && stage_number(r, "rows.0.true_peak_db") > -7);
	assert_true(fabs(stage_number(r, "rows.0.density") - 2) < 0.5);
	assert_true(stage_number(r, "rows.0.loudness_lufs") < -8 && stage_number(r, "rows.0.energy") > 0);
	assert_true(json_is_null(stage_value(r, "rows.0.chords")) && json_is_null(stage_value(r, "rows.0.perception_error")));
}

/* ---- chords ---- */

#define KEYS "key @output chords @output structure @output tension @output } }"

static void test_without_waiting_the_answer_names_the_jobs(void **state)
{
	(void)state;
	AUTO_JSON json_t *early = ask(tunes[0], THE("Artifact", "artifact_id") KEYS, "");
	assert_int_equal(n_rows(early), 1);
	assert_true(json_is_null(stage_value(early, "rows.0.key")) && stage_number(early, "n_unknown") == 1);
	assert_int_equal(json_array_size(stage_value(early, "jobs")), 1);
	AUTO_JSON json_t *job = stage_ask(stage.hoot, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':60000}", stage_text(early, "jobs.0"));
	assert_string_equal(stage_text(job, "jobs.0.state"), "complete");
	assert_string_equal(stage_text(job, "jobs.0.actor"), "hootenanny");
	assert_string_equal(stage_text(job, "jobs.0.priority"), "low");
	AUTO_JSON json_t *late = ask(tunes[0], THE("Artifact", "artifact_id") KEYS, "");
	assert_string_equal(stage_text(late, "rows.0.key"), "C major");
	assert_string_equal(stage_text(late, "rows.0.chords.1"), "F");
	assert_true(stage_number(late, "n_unknown") == 0);
}

/* Rows: S0-74 */
static void test_artifacts_with_harmonic_content_like_this_one(void **state)
{
	static const char query[] = THE("Artifact", "artifact_id") "perceived(wait_ms: 60000) { similar(by: 'harmony', limit: 2, listen: true) {"
				    " score @output artifact { other: artifact_id @output title @output } } } } }";
	(void)state;
	AUTO_JSON json_t *r = ask(tunes[0], query, "");
	assert_true(n_rows(r) == 2 && stage_number(r, "n_unknown") == 0);
	assert_string_equal(stage_text(r, "rows.0.other"), tunes[1]);
	assert_true(stage_number(r, "rows.0.score") > 0.95);
	assert_true(stage_number(r, "rows.1.score") < 0.8);
	size_t jobs = n_jobs();
	AUTO_JSON json_t *again = ask(tunes[0], query, "");
	assert_true(json_equal(stage_value(again, "rows"), stage_value(r, "rows")));
	assert_int_equal(n_jobs(), jobs);
}

static void test_vectors_compare_notes_with_notes_and_sound_with_sound(void **state)
{
	(void)state;
	AUTO_JSON json_t *r = ask(tunes[0],
				  THE("Artifact", "artifact_id") "similar(by: 'whole', listen: true) { score @output by @output"
				  " artifact { other: artifact_id @output space @output } } } }",
				  WAIT);
	assert_true(n_rows(r) >= 2 && stage_number(r, "n_unknown") == 0);
	for (size_t i = 0; i < n_rows(r); i++) {
		const json_t *row = json_array_get(stage_value(r, "rows"), i);
		assert_string_not_equal(stage_text(row, "space"), "audio");
		assert_string_equal(stage_text(row, "by"), "whole");
	}
	AUTO_JSON json_t *alone = ask(sound, THE("Artifact", "artifact_id") "similar(by: 'whole', listen: true) { score @output } } }", WAIT);
	assert_int_equal(n_rows(alone), 0);
}

/* Rows: S0-76 */
static void test_pictures_are_drawn_when_they_are_asked_for(void **state)
{
	(void)state;
	AUTO_JSON json_t *roll = ask(tunes[1], THE("Artifact", "artifact_id") "piano_roll(wait_ms: 60000) { mime_type @output model @output } } }", "");
	assert_string_equal(stage_text(roll, "rows.0.mime_type"), "image/png");
	assert_int_equal(strncmp(stage_text(roll, "rows.0.model"), "piano-roll@", 11), 0);
	static const char part[] = THE("Artifact", "artifact_id") "waveform(wait_ms: 60000, from_seconds: 1.5, to_seconds: 2.5) { metadata @output } } }";
	AUTO_JSON json_t *wave = ask(sound, part, "");
	assert_non_null(strstr(stage_text(wave, "rows.0.metadata"), "\"duration_s\":1.0"));
	size_t jobs = n_jobs();
	json_decref(ask(sound, part, ""));
	assert_int_equal(n_jobs(), jobs);
	AUTO_JSON json_t *none = ask(tunes[1], THE("Artifact", "artifact_id") "artifact_id @output waveform { mime_type @output } } }", WAIT);
	assert_int_equal(n_rows(none), 0);
}

/* What somebody has analysed by himself needs no job. */
static void test_anybodys_analysis_will_do(void **state)
{
	(void)state;
	char id[40];
	upload("X:1\nT:four\nM:3/4\nL:1/4\nK:G\n[GBd]3|[CEG]3|[DFA]3|[GBd]3|\n", id);
	json_decref(stage_ask(stage.hoot, "{'type':'midi_understand','artifact_id':'%s'}", id));
	size_t jobs = n_jobs();
	AUTO_JSON json_t *r = ask(id, THE("Artifact", "artifact_id") KEYS, "");
	assert_string_equal(stage_text(r, "rows.0.key"), "G major");
	assert_int_equal(n_jobs(), jobs);
}

/* It says why, and is not tried again. */
static void test_what_fails_fails_once(void **state)
{
	static const char query[] = THE("Artifact", "artifact_id") "energy @output perception_error @output } }";
	(void)state;
	AUTO_JSON json_t *bad = stage_ask(stage.hoot, "{'type':'artifact_upload','space':'audio','mime_type':'audio/wav','data':'bm8gc291bmQ='}");
	char id[40];
	(void)str_copy(id, sizeof(id), stage_text(bad, "artifact.artifact_id"));
	AUTO_JSON json_t *r = ask(id, query, WAIT);
	assert_true(json_is_null(stage_value(r, "rows.0.energy")));
	assert_non_null(strstr(stage_text(r, "rows.0.perception_error"), "listen: "));
	size_t jobs = n_jobs();
	AUTO_JSON json_t *again = ask(id, query, WAIT);
	assert_string_equal(stage_text(again, "rows.0.perception_error"), stage_text(r, "rows.0.perception_error"));
	assert_true(stage_number(again, "n_unknown") == 0);
	assert_int_equal(n_jobs(), jobs);
	/* Unless somebody asks for it. */
	AUTO_JSON json_t *other = stage_ask(stage.hoot, "{'type':'perception_retry','artifact_id':'%s','kind':'waveform'}", id);
	assert_int_equal(json_array_size(json_object_get(other, "forgotten")), 0);
	AUTO_JSON json_t *retried = stage_ask(stage.hoot, "{'type':'perception_retry','artifact_id':'%s'}", id);
	assert_string_equal(stage_text(retried, "forgotten.0"), "listen");
	AUTO_JSON json_t *anew = ask(id, query, WAIT);
	assert_string_equal(stage_text(anew, "rows.0.perception_error"), stage_text(r, "rows.0.perception_error"));
	assert_int_equal(n_jobs(), jobs + 1);
	struct err err = ERR_INIT;
	assert_int_equal(stage_try(stage.hoot, &err, "{'type':'perception_retry','artifact_id':'%s','kind':'lissen'}", id), -EINVAL);
	assert_non_null(strstr(err.hint, "listen"));
}

/* A tune that was taken for MIDI, and the same text as what it is. */
static void test_what_fails_in_one_space_is_heard_in_another(void **state)
{
	static const char tune[] = "X:1\nT:five\nM:4/4\nL:1/4\nK:D\nDFAd|GBdg|AceA|d4|\n";
	static const char query[] = THE("Artifact", "artifact_id") "key @output perception_error @output perceptions @fold { kind @output state @output } } }";
	(void)state;
	char good[40], bad[40], text[BASE64_SIZE(sizeof(tune)) + 1] = "";
	upload(tune, good);
	base64_encode(text, (const uint8_t *)tune, strlen(tune));
	AUTO_JSON json_t *mistaken = stage_ask(stage.hoot, "{'type':'artifact_upload','space':'midi','mime_type':'audio/midi','data':'%s'}", text);
	(void)str_copy(bad, sizeof(bad), stage_text(mistaken, "artifact.artifact_id"));
	AUTO_JSON json_t *no = ask(bad, query, WAIT);
	assert_true(json_is_null(stage_value(no, "rows.0.key")));
	assert_non_null(strstr(stage_text(no, "rows.0.perception_error"), "understand: "));
	AUTO_JSON json_t *yes = ask(good, query, WAIT);
	assert_string_equal(stage_text(yes, "rows.0.key"), "D major");
	assert_true(json_is_null(stage_value(yes, "rows.0.perception_error")));
	assert_string_equal(stage_text(yes, "rows.0.state.0"), "known");
	AUTO_JSON json_t *still = ask(bad, query, WAIT);
	assert_string_equal(stage_text(still, "rows.0.perception_error"), stage_text(no, "rows.0.perception_error"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_loudest_four_bars_and_their_spectrogram),
		cmocka_unit_test(test_the_saved_queries_about_sound_answer),
		cmocka_unit_test(test_an_artifacts_bars_are_those_that_are_heard),
		cmocka_unit_test(test_a_sound_says_what_it_is_like),
		cmocka_unit_test(test_without_waiting_the_answer_names_the_jobs),
		cmocka_unit_test(test_artifacts_with_harmonic_content_like_this_one),
		cmocka_unit_test(test_vectors_compare_notes_with_notes_and_sound_with_sound),
		cmocka_unit_test(test_pictures_are_drawn_when_they_are_asked_for),
		cmocka_unit_test(test_anybodys_analysis_will_do),
		cmocka_unit_test(test_what_fails_fails_once),
		cmocka_unit_test(test_what_fails_in_one_space_is_heard_in_another),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
