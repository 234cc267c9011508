/*
 * test_loop.c - the services as one model: what is drawn is rendered, what is rendered is listened to, and what was heard asks for
 * the next. Each step is another worker's business as far as anybody can tell; only the spaces connect them.
 */
#include "stage.h"

#include "../check.h"

#include "base/mem.h"
#include "base/str.h"
#include "have.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct stage stage;

static int setup(void **state)
{
	static const char *const args[] = { "--device", "null", "--import", "/usr/share/sounds/sf2", NULL };
	stage_open(&stage, args);
	return 0;
}

static int teardown(void **state)
{
	stage_close(&stage);
	return 0;
}

/* The artifact that a request made, which waits for it. */
static void make(char ret[80], const char *fmt, ...) PRINTF(2, 3);
static void make(char ret[80], const char *fmt, ...)
{
	char request[1200];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(request, sizeof(request), fmt, ap);
	va_end(ap);
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "%s", request);
	if (strcmp(stage_text(r, "job.state"), "complete") != 0) {
		AUTO_MEM char *said = json_text(r, JSON_OUT_COMPACT);
		fail_msg("%s: %s", request, said);
	}
	assert_true(str_copy(ret, 80, stage_text(r, "job.artifact_id")));
}

static double heard_bpm(const char *audio)
{
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'beats_detect','artifact_id':'%s','wait_ms':60000}", audio);
	return json_number_value(stage_value(r, "report.bpm"));
}

/* Rows: S2-18, S2-7, H-T24 */
static void test_what_is_heard_asks_for_what_comes_next(void **state)
{
	char drums[80], audio[80], chords[80], tune[80], all[80];
	if (!HAVE_FLUIDSYNTH)
		skip();
	make(drums, "{'type':'sample','model':'euclid','seed':3,'wait_ms':30000,'params':{'bpm':124,'bars':12,"
		    "'pattern':'kick 4/16, hat 8/16, snare 2/16@4'}}");
	make(audio, "{'type':'project','artifact_id':'%s','space':'audio','wait_ms':60000}", drums);
	double bpm = heard_bpm(audio);
	if (fabs(bpm - 124) > 2.5)
		fail_msg("124 beats a minute are heard as %g", bpm);
	/* What comes next is asked for at the tempo that was heard. */
	make(chords, "{'type':'sample','model':'progression','seed':5,'wait_ms':30000,'params':{'bars':12,'key':'A','mode':'minor','bpm':%g}}",
	     bpm);
	make(tune, "{'type':'sample','model':'melody','inputs':['%s'],'seed':6,'wait_ms':30000}", chords);
	make(all, "{'type':'forward','inputs':['%s','%s','%s'],'wait_ms':60000,'steps':[{'verb':'project','space':'midi','model':'layer'}]}",
	     tune, chords, drums);
	AUTO_JSON json_t *said = stage_ask(stage.hoot, "{'type':'midi_understand','artifact_id':'%s','wait_ms':60000}", all);
	assert_string_equal(stage_text(said, "artifact.metadata.key"), "A minor");
	assert_string_equal(stage_text(said, "artifact.metadata.meter"), "4/4");
	/* And the sound of it all has the tempo that it began with. */
	make(audio, "{'type':'project','artifact_id':'%s','space':'audio','wait_ms':60000}", all);
	bpm = heard_bpm(audio);
	double octaves = log2(bpm / 124);
	if (fabs(octaves - round(octaves)) > 0.03)
		fail_msg("at the end %g beats a minute are heard", bpm);
	AUTO_JSON json_t *line = stage_ask(stage.hoot, "{'type':'artifact_lineage','artifact_id':'%s'}", audio);
	assert_true(json_array_size(stage_value(line, "nodes")) >= 5);
}

/* Rows: S2-10 */
static void test_a_sample_without_a_seed_is_another_each_time_and_can_be_had_again(void **state)
{
	char a[80], b[80];
	make(a, "{'type':'sample','model':'progression','wait_ms':30000}");
	make(b, "{'type':'sample','model':'progression','wait_ms':30000}");
	AUTO_JSON json_t *first = stage_ask(stage.hoot, "{'type':'artifact_get','artifact_id':'%s'}", a);
	AUTO_JSON json_t *second = stage_ask(stage.hoot, "{'type':'artifact_get','artifact_id':'%s'}", b);
	assert_string_not_equal(stage_text(first, "artifact.content_hash"), stage_text(second, "artifact.content_hash"));
	AUTO_JSON json_t *again = stage_ask(stage.hoot, "{'type':'sample','model':'progression','fresh':true,'wait_ms':30000,'seed':%lld}",
					    (long long)json_integer_value(stage_value(first, "artifact.seed")));
	assert_string_equal(stage_text(again, "job.content_hash"), stage_text(first, "artifact.content_hash"));
	assert_true(json_is_false(stage_value(again, "job.steps.0.cached")));
}

/* Rows: H-T26, S0-75 */
static void test_a_piece_is_told_what_kind_it_is(void **state)
{
	static const struct {
		const char *how, *genre;
	} cases[] = {
		{ "'model':'prompt','seed':3,'params':{'prompt':'waltz in G major, 16 bars'}", "waltz" },
		{ "'model':'tunes','seed':4,'params':{'form':'jig','meter':'6/8','key':'G'}", "jig" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char piece[80];
		make(piece, "{'type':'sample','wait_ms':30000,%s}", cases[i].how);
		AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'midi_classify','artifact_id':'%s','wait_ms':30000}", piece);
		assert_string_equal(stage_text(r, "artifact.metadata.genre"), cases[i].genre);
		assert_true(json_number_value(stage_value(r, "artifact.metadata.genre_confidence")) > 0.5);
	}
}

/* Rows: H-T35 */
static void test_a_soundfont_tells_its_presets_and_drums_and_may_be_rendered_with(void **state)
{
	static const char path[] = "/usr/share/sounds/sf2/TimGM6mb.sf2";
	char drums[80];
	if (access(path, R_OK) != 0 || !HAVE_FLUIDSYNTH)
		skip();
	AUTO_JSON json_t *bank = stage_ask(stage.hoot, "{'type':'artifact_import','path':'%s'}", path);
	const char *id = stage_text(bank, "artifact.artifact_id");
	assert_string_equal(stage_text(bank, "artifact.space"), "soundfont");
	AUTO_JSON json_t *all = stage_ask(stage.hoot, "{'type':'soundfont_inspect','artifact_id':'%s','wait_ms':30000,"
						      "'params':{'bank':128,'program':0}}", id);
	assert_int_equal(stage_number(all, "artifact.metadata.presets"), 136);
	assert_string_equal(stage_text(all, "report.presets.0.drum_map.9.name"), "kick");
	assert_int_equal(stage_number(all, "report.presets.0.drum_map.9.key"), 36);
	make(drums, "{'type':'sample','model':'euclid','seed':3,'wait_ms':30000}");
	AUTO_JSON json_t *mine = stage_ask(stage.hoot, "{'type':'midi_render','artifact_id':'%s','soundfont_artifact_id':'%s','wait_ms':60000}",
					   drums, id);
	assert_string_equal(stage_text(mine, "job.state"), "complete");
	assert_string_equal(stage_text(mine, "artifact.metadata.soundfont"), stage_text(bank, "artifact.content_hash"));
	AUTO_JSON json_t *no = stage_ask(stage.hoot, "{'type':'midi_render','artifact_id':'%s','soundfont_artifact_id':'%s','wait_ms':60000}",
					 drums, drums);
	assert_string_equal(stage_text(no, "job.state"), "failed");
	assert_non_null(strstr(stage_text(no, "job.error"), "must be a SoundFont"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_heard_asks_for_what_comes_next),
		cmocka_unit_test(test_a_sample_without_a_seed_is_another_each_time_and_can_be_had_again),
		cmocka_unit_test(test_a_piece_is_told_what_kind_it_is),
		cmocka_unit_test(test_a_soundfont_tells_its_presets_and_drums_and_may_be_rendered_with),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
