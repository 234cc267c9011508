/*
 * test_voices.c - voices, roles, groove and similarity, asked of a real worker through a real hootenanny.
 */
#include "band.h"

#include "base/fs.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/smf.h"
#include "wire/codec.h"
#include "wire/catalogue.h"

#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char song[] =
	"X:1\nT:song\nM:4/4\nL:1/8\nQ:1/4=100\nK:C\nV:1\nV:2\nV:3\n"
	"V:1\ne3d c2de|f2e2 d4|e3f g2ag|e2d2 c4|a3g f2ga|g2e2 c4|d3e f2ed|c6 z2|]\n"
	"V:2\nz2[EGc]2z2[EGc]2|z2[FAc]2z2[FGB]2|z2[EGc]2z2[EGc]2|z2[FGB]2z2[EGc]2|z2[FAc]2z2[FAc]2|z2[EGc]2z2[EGc]2|z2[FAd]2z2[FGB]2|z2[EGc]2z2[EGc]2|]\n"
	"V:3\nC,4G,,4|F,,4G,,4|C,4E,,4|G,,4C,4|F,,4A,,4|C,4G,,4|D,,4G,,4|C,,8|]\n";

static char *upload_abc(struct band *b, const char *text)
{
	AUTO(score) s = NULL;
	AUTO_MEM uint8_t *bytes = NULL;
	size_t n;
	assert_int_equal(abc_parse(text, strlen(text), NULL, &s, NULL, NULL), 0);
	assert_int_equal(score_write_smf(s, &bytes, &n, NULL), 0);
	return band_upload(b, bytes, n, "audio/midi", "midi");
}

/* Runs one step on one or two inputs; the artifact, whose metadata and path say the rest. */
static json_t *do_step(struct band *b, const char *inputs, const char *verb, const char *space, const char *model, const char *params)
{
	AUTO_JSON json_t *r = band_ask(b, "{'type':'forward','inputs':[%s],'steps':[{'verb':'%s','space':'%s','model':'%s','params':%s,'seed':7}]}",
				       inputs, verb, space, model, params);
	return band_result(b, r);
}

static void open_with_worker(struct band *b)
{
	band_open(b, 15000);
	band_start_worker(b, 0);
	band_wait_workers(b, 1);
}

/* Rows: H-T28, H-T29, H-T30 */
static void test_voices_are_told_separated_and_exported(void **state)
{
	struct band b;
	open_with_worker(&b);
	AUTO_MEM char *tune = upload_abc(&b, song);
	char inputs[64];
	(void)snprintf(inputs, sizeof(inputs), "'%s'", tune);

	AUTO_JSON json_t *told = do_step(&b, inputs, "project", "analysis", "voices", "{}");
	AUTO_JSON json_t *report = band_report(told);
	const json_t *voices = json_object_get(report, "voices");
	assert_int_equal(json_array_size(voices), 5); /* the chords are three lines */
	assert_int_equal(json_integer_value(json_object_get(report, "melody")), 0);
	assert_int_equal(json_integer_value(json_object_get(report, "bass")), 4);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(told, "metadata"), "n_voices")), 5);
	for (size_t i = 0; i < 5; i++)
		assert_true(json_array_size(json_object_get(json_array_get(voices, i), "alternatives")) < 9);

	AUTO_JSON json_t *all = do_step(&b, inputs, "project", "midi", "separate", "{'max_voices':4}");
	AUTO(score) separated = band_score(all);
	size_t with_notes = 0, n_notes = 0;
	for (size_t i = 0; i < separated->n_voices; i++)
		with_notes += separated->voices[i].n_notes > 0;
	assert_int_equal(with_notes, 5);

	for (int i = 0; i < 5; i++) { /* every voice as a file: together they have all the notes */
		char params[32];
		(void)snprintf(params, sizeof(params), "{'voice':%d}", i);
		AUTO_JSON json_t *one = do_step(&b, inputs, "project", "midi", "stem", params);
		AUTO(score) stem = band_score(one);
		assert_true(score_n_notes(stem) > 0);
		n_notes += score_n_notes(stem);
	}
	assert_int_equal(n_notes, score_n_notes(separated));
	AUTO_JSON json_t *bass = do_step(&b, inputs, "project", "midi", "stem", "{'role':'bass'}");
	AUTO(score) low = band_score(bass);
	assert_int_equal(score_n_notes(low), 15);
	assert_true(score_bpm_at(low, 0) == 100);
	assert_string_equal(band_text(json_object_get(bass, "metadata"), "role"), "bass");

	AUTO_JSON json_t *r = band_ask(&b, "{'type':'project','artifact_id':'%s','space':'midi','model':'stem','params':{'voice':9}}", tune);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	band_wait_state(&b, id, "failed");
	band_close(&b);
}

/* Eighths in twos with ratio 2 to 1, a little late now and then, as somebody plays a shuffle. */
static char *upload_shuffle(struct band *b)
{
	AUTO(score) s = score_new();
	AUTO_MEM uint8_t *bytes = NULL;
	size_t v, n;
	assert_int_equal(score_add_voice(s, "", &v, NULL) | score_set_tempo(s, 0, 120, NULL) | score_set_meter(s, 0, 4, 4, NULL), 0);
	for (int i = 0; i < 64; i++) {
		double off = (i * 7 % 5 - 2) * 0.006;
		struct note x = { i / 2 + (i % 2 ? 2.0 / 3 : 0) + (i ? off : 0), 0.25, (uint8_t)(60 + i % 7), i % 2 ? 60 : 90, 0, 64 };
		assert_int_equal(score_add_note(s, v, &x, NULL), 0);
	}
	score_sort(s);
	assert_int_equal(score_write_smf(s, &bytes, &n, NULL), 0);
	return band_upload(b, bytes, n, "audio/midi", "midi");
}

static double number(const json_t *artifact, const char *key)
{
	return json_number_value(json_object_get(json_object_get(artifact, "metadata"), key));
}

/* Rows: L26 */
static void test_a_groove_is_learnt_from_one_piece_and_put_on_another(void **state)
{
	struct band b;
	open_with_worker(&b);
	AUTO_MEM char *shuffle = upload_shuffle(&b);
	AUTO_MEM char *tune = upload_abc(&b, song);
	char inputs[128];
	(void)snprintf(inputs, sizeof(inputs), "'%s'", shuffle);
	AUTO_JSON json_t *groove = do_step(&b, inputs, "project", "groove", "groove", "{}");
	assert_true(fabs(number(groove, "swing") - 2.0 / 3) < 0.02);
	AUTO_JSON json_t *told = band_report(groove);
	assert_string_equal(band_text(told, "type"), "groove");
	assert_int_equal(json_array_size(json_object_get(told, "slots")), 8);

	AUTO_JSON json_t *straight = do_step(&b, inputs, "project", "midi", "quantise", "{'swing':0.5}");
	assert_int_equal(number(straight, "lines_per_beat"), 2);
	AUTO(score) even = band_score(straight);
	assert_true(fabs(even->voices[0].notes[1].start_beats - 0.5) < 0.01);

	(void)snprintf(inputs, sizeof(inputs), "'%s','%s'", tune, band_text(groove, "artifact_id"));
	AUTO_JSON json_t *swung = do_step(&b, inputs, "project", "midi", "groove", "{}");
	AUTO(score) out = band_score(swung);
	assert_true(fabs(out->voices[0].notes[1].start_beats - (1.5 + 1.0 / 6)) < 0.03); /* e3d: the d swings */
	assert_int_equal(score_n_notes(out), 93);
	band_close(&b);
}

static void test_each_way_of_playing_is_a_skill(void **state)
{
	struct band b;
	open_with_worker(&b);
	AUTO_MEM char *tune = upload_abc(&b, song);
	char inputs[64];
	(void)snprintf(inputs, sizeof(inputs), "'%s'", tune);
	AUTO_JSON json_t *humanised = do_step(&b, inputs, "project", "midi", "humanise", "{'timing_ms':20}");
	AUTO(score) loose = band_score(humanised);
	size_t moved = 0;
	for (size_t i = 0; i < loose->voices[0].n_notes; i++)
		moved += fabs(remainder(loose->voices[0].notes[i].start_beats, 0.25)) > 1e-3;
	assert_true(moved > 0);
	AUTO_JSON json_t *doubled = do_step(&b, inputs, "project", "midi", "retime", "{'stretch':0.5}");
	assert_int_equal(number(doubled, "bars"), 4);
	AUTO_JSON json_t *short_ones = do_step(&b, inputs, "project", "midi", "articulate", "{'gate':0.5}");
	AUTO(score) staccato = band_score(short_ones);
	assert_true(fabs(staccato->voices[0].notes[0].duration_beats - 0.75) < 0.01);
	AUTO_JSON json_t *softer = do_step(&b, inputs, "project", "midi", "dynamics", "{'curve':'crescendo','depth':1}");
	AUTO(score) crescendo = band_score(softer);
	assert_true(crescendo->voices[0].notes[0].velocity < 5);
	AUTO_JSON json_t *named = do_step(&b, inputs, "project", "midi", "groove", "{'groove':'laid_back'}");
	assert_string_equal(band_text(json_object_get(named, "metadata"), "groove"), "laid_back");
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'project','artifact_id':'%s','space':'midi','model':'groove'}", tune);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	band_wait_state(&b, id, "failed"); /* which groove? */
	band_close(&b);
}

/* Rows: S0-78 */
static void test_two_pieces_are_compared_and_one_is_a_vector(void **state)
{
	struct band b;
	open_with_worker(&b);
	AUTO_MEM char *tune = upload_abc(&b, song);
	char inputs[128];
	(void)snprintf(inputs, sizeof(inputs), "'%s'", tune);
	AUTO_JSON json_t *loose = do_step(&b, inputs, "project", "midi", "retime", "{'stretch':2}");
	(void)snprintf(inputs, sizeof(inputs), "'%s','%s'", tune, band_text(loose, "artifact_id"));
	AUTO_JSON json_t *told = do_step(&b, inputs, "project", "analysis", "similarity", "{}");
	AUTO_JSON json_t *report = band_report(told);
	const json_t *aspects = json_object_get(report, "aspects");
	assert_true(json_number_value(json_object_get(aspects, "chroma")) > 0.95);
	assert_true(json_number_value(json_object_get(aspects, "melody")) > 0.7); /* the same tune in other lengths */
	assert_true(json_number_value(json_object_get(report, "shared_b")) > 0.9);
	assert_true(number(told, "similarity") > 0.6 && number(told, "similarity") < 1);

	(void)snprintf(inputs, sizeof(inputs), "'%s'", tune);
	AUTO_JSON json_t *embedded = do_step(&b, inputs, "embed", "embedding", "features", "{}");
	AUTO_JSON json_t *vector = band_report(embedded);
	assert_int_equal(json_array_size(json_object_get(vector, "vector")), json_integer_value(json_object_get(vector, "size")));
	AUTO_JSON json_t *again = do_step(&b, inputs, "embed", "embedding", "features", "{}");
	assert_string_equal(band_text(embedded, "content_hash"), band_text(again, "content_hash"));

	AUTO_JSON json_t *r = band_ask(&b, "{'type':'project','artifact_id':'%s','space':'analysis','model':'similarity'}", tune);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	band_wait_state(&b, id, "failed"); /* with what? */
	band_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_voices_are_told_separated_and_exported, band_teardown),
		cmocka_unit_test_teardown(test_a_groove_is_learnt_from_one_piece_and_put_on_another, band_teardown),
		cmocka_unit_test_teardown(test_each_way_of_playing_is_a_skill, band_teardown),
		cmocka_unit_test_teardown(test_two_pieces_are_compared_and_one_is_a_vector, band_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
