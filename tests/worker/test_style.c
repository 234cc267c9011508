/*
 * test_style.c - generators that go by a style, asked of a real worker through a real hootenanny.
 */
#include "band.h"

#include "base/str.h"
#include "music/drum_kit.h"
#include "music/notes.h"

#include "../check.h"

#include <string.h>

static const char reel[] = "X:1\nT:Soldier's Joy\nM:4/4\nL:1/8\nQ:1/2=92\nK:D\n"
			   "fg|:afdf Adfa|afdf edcB|afdf Adfa|gbag fedc|defd Addf|gfed cdeg|fdfa gece|1d2d2d2fg:|2d2d2d2de|]\n"
			   "|:f2fg fedf|e2ef edce|f2fg fedB|gbag fedc|f2fg fedf|e2ef edce|fdfa gece|1d2d2d2de:|2d2d2d4|]\n";
static const char other[] = "X:1\nM:4/4\nL:1/8\nQ:1/2=92\nK:G\n"
			    "G2BG dGBG|A2cA eAcA|G2BG dGBG|FGAB c2AF|G2BG dGBG|ABcd e2dc|BGdB cAFA|G2G2G4|]\n";
static const char waltz[] = "X:1\nM:3/4\nL:1/4\nQ:1/4=132\nK:Bb\nBdf|edc|dfb|a2f|gec|dBF|Gec|B3|]\n";

static char *tune(struct band *b, const char *abc)
{
	AUTO_MEM char *id = band_upload(b, abc, strlen(abc), "text/vnd.abc", "abc");
	AUTO_JSON json_t *r = band_ask(b, "{'type':'project','artifact_id':'%s','space':'midi'}", id);
	AUTO_JSON json_t *midi = band_result(b, r);
	return strdup(band_text(midi, "artifact_id"));
}

static const json_t *meta(const json_t *artifact, const char *key)
{
	return json_object_get(json_object_get(artifact, "metadata"), key);
}

static void open_band(struct band *b)
{
	band_open(b, 15000);
	band_start_worker(b, 0);
	band_wait_workers(b, 1);
}

/* A seed that is recorded gives the same again. Rows: S2-10 */
static void test_drums_are_drawn_out_of_nothing_and_to_a_piece(void **state)
{
	struct band b;
	open_band(&b);
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'sample','model':'drums','params':{'style':'bossa','bars':8},'seed':5}");
	AUTO_JSON json_t *drums = band_result(&b, r);
	assert_string_equal(json_string_value(meta(drums, "style")), "bossa");
	assert_int_equal(json_integer_value(meta(drums, "bars")), 8);
	assert_int_equal(json_integer_value(meta(drums, "fills")), 2);
	AUTO(score) s = band_score(drums);
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++)
			assert_int_equal(s->voices[v].notes[i].channel, DRUM_CHANNEL);

	AUTO_MEM char *piece = tune(&b, waltz);
	AUTO_JSON json_t *q = band_ask(&b, "{'type':'sample','inputs':['%s'],'model':'drums','params':{'style':'rock'},'seed':5}", piece);
	AUTO_JSON json_t *with = band_result(&b, q);
	assert_string_equal(json_string_value(meta(with, "meter")), "3/4");
	assert_float_equal(json_number_value(meta(with, "bpm")), 132, 0.01);
	assert_int_equal(json_integer_value(meta(with, "bars")), 8);

	AUTO_JSON json_t *e = band_ask(&b, "{'type':'sample','model':'euclid','params':{'pattern':'kick 3/8, hat 5/8','bars':2},'seed':1}");
	AUTO_JSON json_t *euclid = band_result(&b, e);
	assert_int_equal(json_integer_value(meta(euclid, "notes")), 16);

	/* Drawn without a seed: it is recorded, and gives the same content again. */
	AUTO_JSON json_t *d = band_ask(&b, "{'type':'sample','model':'drums','params':{'style':'funk'}}");
	AUTO_JSON json_t *drawn = band_result(&b, d);
	json_int_t seed = json_integer_value(json_object_get(drawn, "seed"));
	AUTO_JSON json_t *a = band_ask(&b, "{'type':'forward','fresh':true,'inputs':[],'steps':[{'verb':'sample','space':'midi','model':'drums',"
					   "'params':{'style':'funk'},'seed':%lld}]}", (long long)seed);
	AUTO_JSON json_t *again = band_result(&b, a);
	assert_string_equal(band_text(again, "content_hash"), band_text(drawn, "content_hash"));
	band_close(&b);
}

static void test_a_style_is_gone_on_in_by_both_models(void **state)
{
	struct band b;
	open_band(&b);
	AUTO_MEM char *one = tune(&b, reel);
	AUTO_MEM char *two = tune(&b, other);
	static const struct {
		const char *verb, *model, *params;
		int bars;
	} steps[] = {
		{ "continue", "markov", "{'bars':8,'order':4}", 8 },
		{ "continue", "oracle", "{'bars':8,'lead_in_bars':1}", 9 },
		{ "sample", "markov", "{'bars':16}", 16 },
		{ "sample", "oracle", "{'bars':16,'form':'AABB'}", 16 },
	};
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		for (int n = 1; n <= 2; n++) {
			AUTO_MEM char *inputs = n == 1 ? str_printf("'%s'", one) : str_printf("'%s','%s'", one, two);
			AUTO_JSON json_t *r = band_ask(&b, "{'type':'forward','inputs':[%s],'steps':[{'verb':'%s','space':'midi','model':'%s','params':%s,"
							   "'seed':3}]}", inputs, steps[i].verb, steps[i].model, steps[i].params);
			AUTO_JSON json_t *made = band_result(&b, r);
			assert_int_equal(json_integer_value(meta(made, "bars")), steps[i].bars);
			assert_string_equal(json_string_value(meta(made, "key")), "D major");
			assert_string_equal(json_string_value(meta(made, "meter")), "4/4");
			AUTO(score) s = band_score(made);
			assert_true(score_n_notes(s) > 40);
		}
	}
	band_close(&b);
}

static void test_variations_and_bridges_say_what_they_kept_and_where_they_lead(void **state)
{
	struct band b;
	open_band(&b);
	AUTO_MEM char *one = tune(&b, reel);
	AUTO_MEM char *two = tune(&b, waltz);
	static const char *const kinds[] = { "rhythm",      "contour",	  "ornament", "inversion",     "retrograde", "augmentation", "diminution",
					     "reharmonise", "sequence", "thin",	    "transposition", "thicken",    "random" };
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		AUTO_JSON json_t *r = band_ask(&b, "{'type':'sample','inputs':['%s'],'model':'variation','params':{'kind':'%s'},'seed':2}", one, kinds[i]);
		AUTO_JSON json_t *made = band_result(&b, r);
		assert_string_equal(json_string_value(meta(made, "key")), "D major");
		assert_true(json_is_number(meta(made, "pitches_kept")) && json_is_array(meta(made, "kinds")));
	}
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'bridge','artifact_id':'%s','to_artifact_id':'%s','params':{'bars':4},'seed':1}", one, two);
	AUTO_JSON json_t *over = band_result(&b, r);
	assert_string_equal(json_string_value(meta(over, "leads_to")), "Bb");
	assert_string_equal(json_string_value(meta(over, "dominant")), "F7");
	assert_in_range(json_integer_value(meta(over, "leap_semitones")), 1, 2);
	assert_float_equal(json_number_value(meta(over, "to_bpm")), 132, 0.01);
	AUTO_MEM char *three = tune(&b, other);
	AUTO_JSON json_t *q = band_ask(&b, "{'type':'bridge','artifact_id':'%s','to_artifact_id':'%s','model':'morph','params':{'stages':4,'stage_bars':4},"
					   "'seed':1}", one, three);
	AUTO_JSON json_t *morph = band_result(&b, q);
	assert_int_equal(json_integer_value(meta(morph, "bars")), 16);
	assert_true(json_integer_value(meta(morph, "pairs")) > 8);
	band_close(&b);
}

static void test_parameters_that_cannot_be_are_refused_with_what_can(void **state)
{
	struct band b;
	open_band(&b);
	static const struct {
		const char *model, *params, *says;
	} wrong[] = {
		{ "drums", "{'style':'polska'}", "polka" },
		{ "drums", "{'meter':'4/5'}", "1/1 to 16/16" },
		{ "euclid", "{'pattern':'kick 9/8'}", "more strokes than steps" },
	};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct err err = ERR_INIT;
		json_t *r = NULL;
		int code = band_try(&b, &r, &err, "{'type':'sample','model':'%s','params':%s,'seed':1}", wrong[i].model, wrong[i].params);
		if (code == 0) {
			AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
			band_wait_state(&b, id, "failed");
			AUTO_JSON json_t *job = band_job(&b, id);
			AUTO_MEM char *text = json_text(job, JSON_OUT_COMPACT);
			if (!strstr(text, wrong[i].says))
				fail_msg("%s: %s", wrong[i].params, text);
		} else if (!strstr(err.msg, wrong[i].says) && !strstr(err.hint, wrong[i].says)) {
			fail_msg("%s: %s (%s)", wrong[i].params, err.msg, err.hint);
		}
		json_decref(r);
	}
	band_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_drums_are_drawn_out_of_nothing_and_to_a_piece, band_teardown),
		cmocka_unit_test_teardown(test_a_style_is_gone_on_in_by_both_models, band_teardown),
		cmocka_unit_test_teardown(test_variations_and_bridges_say_what_they_kept_and_where_they_lead, band_teardown),
		cmocka_unit_test_teardown(test_parameters_that_cannot_be_are_refused_with_what_can, band_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
