/*
 * test_midi.c - what is heard in a piece, asked of a real worker through a real hootenanny.
 */
#include "band.h"

#include "base/fs.h"
#include "base/str.h"
#include "wire/catalogue.h"
#include "wire/codec.h"

#include "../check.h"

#include <string.h>

static const char tune[] =
	"X:1\nT:Soldier's Joy\nR:reel\nM:4/4\nL:1/8\nQ:1/2=92\nK:D\n"
	"fg|:afdf Adfa|afdf edcB|afdf Adfa|gbag fedc|defd Addf|gfed cdeg|fdfa gece|1d2d2d2fg:|2d2d2d2de|]\n"
	"|:f2fg fedf|e2ef edce|f2fg fedB|gbag fedc|f2fg fedf|e2ef edce|fdfa gece|1d2d2d2de:|2d2d2d4|]\n";

/* The artifact that the last of the steps makes. */
static json_t *do_steps(struct band *b, const char *input, const char *steps)
{
	AUTO_JSON json_t *r = band_ask(b, "{'type':'forward','inputs':['%s'],'steps':[%s]}", input, steps);
	return band_result(b, r);
}

static const json_t *first(const json_t *o, const char *key)
{
	return json_array_get(json_object_get(o, key), 0);
}

/* A tune in ABC by way of MIDI: every report, its headline in the metadata. Rows: H-T27, H-T31 */
static void test_a_tune_is_understood(void **state)
{
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *abc = band_upload(&b, tune, strlen(tune), "text/vnd.abc", "abc");

	AUTO_JSON json_t *all = do_steps(&b, abc, "{'verb':'project','space':'midi'},"
						  "{'verb':'project','space':'analysis','model':'understand','params':{'density_window_beats':8}}");
	const json_t *meta = json_object_get(all, "metadata");
	assert_string_equal(band_text(meta, "key"), "D major");
	assert_string_equal(band_text(meta, "meter"), "4/4");
	assert_string_equal(band_text(meta, "form"), "AABB");
	assert_string_equal(band_text(meta, "genre"), "reel");
	assert_non_null(strstr(band_text(meta, "headline"), "D major, 4/4 at 184 bpm, AABB, D"));
	AUTO_JSON json_t *report = band_report(all);
	static const char *const sections[] = { "tracks", "key", "meter", "chords", "form", "tension", "texture", "character" };
	for (size_t i = 0; i < COUNT_OF(sections); i++)
		assert_non_null(json_object_get(report, sections[i]));
	assert_float_equal(json_number_value(json_object_get(first(report, "tracks"), "window_beats")), 8, 0);
	assert_string_equal(band_text(first(json_object_get(report, "key"), "guesses"), "key"), "D major");
	assert_int_equal(json_array_size(json_object_get(json_object_get(report, "form"), "sections")), 4);

	static const struct {
		const char *model, *has, *lacks;
	} want[] = { { "tracks", "tracks", "key" }, { "key", "key", "meter" },	 { "meter", "meter", "tracks" },
		     { "chords", "chords", "form" }, { "form", "form", "tracks" }, { "tension", "tension", "form" },
		     { "character", "character", "form" } };
	AUTO_JSON json_t *midi = do_steps(&b, abc, "{'verb':'project','space':'midi'}");
	AUTO_MEM char *id = strdup(band_text(midi, "artifact_id"));
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		AUTO_MEM char *step = str_printf("{'verb':'project','space':'analysis','model':'%s'}", want[i].model);
		AUTO_JSON json_t *one = do_steps(&b, id, step);
		AUTO_JSON json_t *part = band_report(one);
		assert_non_null(json_object_get(part, want[i].has));
		assert_null(json_object_get(part, want[i].lacks));
	}
	band_close(&b);
}

/* The whole report, by the route through MIDI that the planner finds. Rows: H-T31 */
static void test_the_way_from_abc_to_analysis_is_found(void **state)
{
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *abc = band_upload(&b, tune, strlen(tune), "text/vnd.abc", "abc");
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'project','artifact_id':'%s','space':'analysis','model':'understand'}", abc);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	band_wait_state(&b, id, "complete");
	AUTO_JSON json_t *job = band_job(&b, id);
	AUTO_JSON json_t *got = band_ask(&b, "{'type':'artifact_get','artifact_id':'%s'}", band_text(job, "artifact_id"));
	AUTO_JSON json_t *report = band_report(json_object_get(got, "artifact"));
	assert_non_null(json_object_get(report, "character"));
	band_close(&b);
}

static void test_parameters_out_of_range_are_refused(void **state)
{
	struct band b;
	struct err err = ERR_INIT;
	json_t *r = NULL;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *piece = band_tune(&b, 4);
	int code = band_try(&b, &r, &err, "{'type':'forward','inputs':['%s'],'steps':[{'verb':'project','space':'analysis','model':'tracks',"
					  "'params':{'polyphony_threshold':3}}]}", piece);
	if (code == 0) { /* where the worker is the one that refuses, the job says it */
		AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
		band_wait_state(&b, id, "failed");
		AUTO_JSON json_t *job = band_job(&b, id);
		AUTO_MEM char *text = json_text(job, JSON_OUT_COMPACT);
		assert_non_null(strstr(text, "polyphony_threshold"));
	} else {
		assert_int_equal(code, -EINVAL);
	}
	json_decref(r);
	band_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_a_tune_is_understood, band_teardown),
		cmocka_unit_test_teardown(test_the_way_from_abc_to_analysis_is_found, band_teardown),
		cmocka_unit_test_teardown(test_parameters_out_of_range_are_refused, band_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
