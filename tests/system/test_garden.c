/*
 * test_garden.c - chaosgarden as it is played: what comes out of it, sample by sample, on the stepped device.
 *
 * Contents are constants, so every frame of a recording can be said beforehand.
 */
#include "play.h"

#include "../check.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/limits.h"

static struct play play;
#define BEAT PLAY_BEAT
#define ASK(...) PLAY_ASK(&play, __VA_ARGS__)

static int group_setup(void **state)
{
	play_open(&play, PLAY_ALONE);
	return 0;
}

static int group_teardown(void **state)
{
	play_close(&play);
	return 0;
}

static int setup(void **state)
{
	play_reset(&play);
	return 0;
}

/* A tune from 0 to 16 and a resolved latent from 8 to 24, approved with this mix-in. */
static void approve(const char *mix_in)
{
	ASK("{'type':'region_create','region_id':'tune','position_beats':0,'duration_beats':16,'content':{'path':'%s'}}", play.tune);
	ASK("{'type':'region_create','region_id':'lat','position_beats':8,'duration_beats':16,'behaviour':'latent'}");
	ASK("{'type':'latent_start','region_id':'lat','job_id':'j'}");
	ASK("{'type':'latent_resolve','region_id':'lat','job_id':'j','artifact_id':'a','path':'%s',"
	    "'content_hash':'sha256:%064d'}", play.more, 1);
	ASK("{'type':'latent_approve','region_id':'lat','mix_in':%s}", mix_in);
}

/* Rows: S0-35, S0-39, S0-42, L16 */
static void test_a_linear_crossfade_at_a_bar_is_exact_to_the_sample(void **state)
{
	approve("{'kind':'linear','beats':2,'at':{'boundary':'at_bar','bar':4},'replaces':['tune']}");
	AUTO(audio_buffer) b = play_perform(&play, 24);
	play_expect(b, 0, 12 * BEAT, 0.25);
	for (int k = 0; k < 2 * BEAT; k += 97) {
		double x = (double)k / (2 * BEAT);
		play_expect(b, 12 * BEAT + k, 12 * BEAT + k + 1, 0.25 * (1 - x) + 0.5 * x);
	}
	play_expect(b, 14 * BEAT, 24 * BEAT, 0.5);
	AUTO_JSON json_t *r = stage_ask(play.stage.garden, "{'type':'region_get','region_id':'lat'}");
	assert_string_equal(stage_text(r, "region.state"), "mixed_in");
}

/* Rows: S0-35 */
static void test_an_equal_power_crossfade_keeps_the_power(void **state)
{
	approve("{'kind':'equal_power','beats':4,'at':{'boundary':'at_beat','beat':10},'replaces':['tune']}");
	AUTO(audio_buffer) b = play_perform(&play, 20);
	play_expect(b, 0, 10 * BEAT, 0.25);
	play_expect(b, 12 * BEAT, 12 * BEAT + 1, (0.25 + 0.5) * sqrt(0.5));
	play_expect(b, 14 * BEAT, 20 * BEAT, 0.5);
}

/* Rows: S0-42 */
static void test_a_hard_cut_happens_between_two_samples(void **state)
{
	approve("{'kind':'cut','at':{'boundary':'at_bar','bar':3},'replaces':['tune']}");
	AUTO(audio_buffer) b = play_perform(&play, 16);
	play_expect(b, 0, 8 * BEAT, 0.25);
	play_expect(b, 8 * BEAT, 16 * BEAT, 0.5);
}

/* Rows: S0-24, S0-31, L16 */
static void test_a_latent_that_dissolves_disturbs_nothing(void **state)
{
	approve("{'kind':'cut','at':{'boundary':'at_bar','bar':3},'replaces':['tune']}");
	ASK("{'type':'latent_reject','region_id':'lat','reason':'too busy'}");
	AUTO(audio_buffer) b = play_perform(&play, 20);
	play_expect(b, 0, 16 * BEAT, 0.25);
	play_expect(b, 16 * BEAT, 20 * BEAT, 0);
}

/* Rows: S0-43, S0-44, S0-45 */
static void test_a_tempo_change_moves_the_frames_and_not_the_beats(void **state)
{
	ASK("{'type':'region_create','region_id':'r','position_beats':4,'duration_beats':2,'content':{'path':'%s'}}", play.tune);
	ASK("{'type':'tempo_set','position_beats':2,'bpm':60}");
	AUTO(audio_buffer) b = play_perform(&play, 12);
	play_expect(b, 0, 2 * BEAT + 2 * 2 * BEAT, 0);
	play_expect(b, 6 * BEAT, 10 * BEAT, 0.25);
	play_expect(b, 10 * BEAT, 12 * BEAT, 0);
	AUTO_JSON json_t *r = stage_ask(play.stage.garden, "{'type':'region_get','region_id':'r'}");
	assert_true(stage_number(r, "region.position_beats") == 4);
	ASK("{'type':'timeline_edit','ops':[{'op':'tempo_clear','position_beats':2}]}");
}

static void test_an_edit_for_the_next_bar_takes_effect_on_its_first_sample(void **state)
{
	ASK("{'type':'region_create','region_id':'r','position_beats':0,'duration_beats':16,'content':{'path':'%s'}}", play.tune);
	ASK("{'type':'record_start','path':'%s'}", play.take);
	ASK("{'type':'transport_play','from_beats':0}");
	play_step(&play, BEAT + 777);
	AUTO_JSON json_t *e = stage_ask(play.stage.garden, "{'type':'region_delete','region_id':'r','at':{'boundary':'next_bar'}}");
	assert_true(stage_number(e, "at_beats") == 4);
	play_step(&play, 7 * BEAT - 777);
	ASK("{'type':'record_stop'}");
	AUTO(audio_buffer) b = NULL;
	assert_int_equal(audio_load(play.take, 0, &b, NULL), 0);
	play_expect(b, 0, 4 * BEAT, 0.25);
	for (int k = 0; k < 120; k++) /* what an edit takes away while it sounds fades within 2.5 ms */
		play_expect(b, 4 * BEAT + k, 4 * BEAT + k + 1, 0.25 * (1 - k / 120.0));
	play_expect(b, 4 * BEAT + 120, 8 * BEAT, 0);
	ASK("{'type':'timeline_undo'}");
	AUTO_JSON json_t *r = stage_ask(play.stage.garden, "{'type':'region_get','region_id':'r'}");
	assert_true(stage_number(r, "region.duration_beats") == 16);
}

static void test_places_that_there_are_not_are_refused_by_name(void **state)
{
	struct err err = ERR_INIT;
	assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'region_create','position_beats':0,'duration_beats':4,"
				   "'content':{'path':'%s'},'output':'mix:im'}", play.tune), -ENOENT);
	assert_string_equal(err.field, "output");
	assert_non_null(strstr(err.hint, "mix:direct"));
	assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'region_create','position_beats':0,'duration_beats':4,"
				   "'content':{'path':'%s'},'output':'mix:gain'}", play.tune), -ENOENT); /* a parameter */
	assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'region_create','position_beats':0,'duration_beats':4,"
				   "'behaviour':'apply_processing','processing':{'target':'verb:room','from_value':0,'to_value':1}}"),
			 -ENOENT);
	assert_string_equal(err.field, "processing.target");
	assert_non_null(strstr(err.msg, "verb:room"));
	assert_non_null(strstr(err.hint, "mix:gain"));
	static const char *const lengths[] = { "", "'duration_beats':4," };
	for (size_t i = 0; i < COUNT_OF(lengths); i++) { /* an artifact's name alone says nothing to who has no store */
		assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'region_create','position_beats':0,%s'content':"
					   "{'artifact_id':'a'}}", lengths[i]), -EINVAL);
		assert_non_null(strstr(err.field, "content.hash"));
		assert_non_null(strstr(err.hint, "content_hash"));
	}
	ASK("{'type':'region_create','region_id':'r','position_beats':0,'duration_beats':4,'content':{'path':'%s'}}", play.tune);
	assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'region_update','region_id':'r','output':'mix:up'}"), -ENOENT);
	assert_string_equal(err.field, "output");
	ASK("{'type':'region_update','region_id':'r','output':'mix:direct'}");
	AUTO(audio_buffer) b = play_perform(&play, 4);
	play_expect(b, 0, 4 * BEAT, 0.25);
}

/* Rows: S0-62, L16 */
static void test_processing_moves_the_level_of_the_mix(void **state)
{
	ASK("{'type':'region_create','position_beats':0,'duration_beats':16,'content':{'path':'%s'}}", play.tune);
	ASK("{'type':'region_create','position_beats':4,'duration_beats':8,'behaviour':'apply_processing',"
	    "'processing':{'target':'mix:gain','from_value':0,'to_value':1}}");
	AUTO(audio_buffer) b = play_perform(&play, 12);
	play_expect(b, 0, 4 * BEAT - 1, 0.25);
	if (fabs((double)b->samples[2 * 8 * BEAT] - 0.125) > 0.005)
		fail_msg("half-way the level is %g", (double)b->samples[2 * 8 * BEAT]);
}

static void test_a_render_beside_the_music_is_the_music_bit_for_bit(void **state)
{
	char path[400];
	AUTO(audio_buffer) offline = NULL;
	(void)snprintf(path, sizeof(path), "%s/render.wav", play.stage.dir);
	approve("{'kind':'linear','beats':2,'at':{'boundary':'at_bar','bar':4},'replaces':['tune']}");
	ASK("{'type':'region_create','position_beats':2,'duration_beats':8,'behaviour':'apply_processing',"
	    "'processing':{'target':'mix:gain','from_value':0.3,'to_value':1,'curve':'s_curve'}}");
	AUTO(audio_buffer) live = play_perform(&play, 16);
	ASK("{'type':'timeline_render','to_beats':16,'path':'%s'}", path);
	assert_int_equal(audio_load(path, 0, &offline, NULL), 0);
	assert_int_equal(offline->n_frames, live->n_frames);
	assert_memory_equal(offline->samples, live->samples, live->n_frames * 2 * sizeof(float));
	AUTO_JSON json_t *s = stage_ask(play.stage.garden, "{'type':'transport_status'}");
	assert_true(stage_number(s, "position_beats") == 16);
}

static void test_conflicts_and_illegal_steps_say_what_is_wrong(void **state)
{
	struct err err = ERR_INIT;
	AUTO_JSON json_t *made = stage_ask(play.stage.garden, "{'type':'region_create','region_id':'r','position_beats':0,"
							  "'duration_beats':4,'behaviour':'latent'}");
	int64_t base = (int64_t)stage_number(made, "revision");
	ASK("{'type':'region_move','region_id':'r','position_beats':4}");
	assert_int_equal(stage_try(play.stage.garden, &err,
				   "{'type':'region_move','region_id':'r','position_beats':8,'base_revision':%lld}",
				   (long long)base), -ESTALE);
	assert_non_null(strstr(err.msg, "region:r"));
	assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'latent_approve','region_id':'r'}"), -EPROTO);
	assert_non_null(strstr(err.msg, "pending"));
}

/* An error of an operation names it as a path; one of a request with one operation names the request's own field. */
static void test_an_error_names_the_operation_and_its_field(void **state)
{
	static const char *const bad[][2] = {
		{ "{'op':'region_create','position_beats':0,'duration_beats':2,'behaviour':'latent','fade_in_beats':9}", "ops[1].fade_in_beats" },
		{ "{'op':'region_create','position_beats':0,'behaviour':'latent'}", "ops[1].duration_beats" },
		{ "{'op':'region_delete','region_id':'nobody'}", "ops[1].region_id" },
		{ "{'op':'region_create','position_beats':0,'duration_beats':2,'behaviour':'latent','output':'no:where'}", "ops[1].output" },
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct err err = ERR_INIT;
		assert_true(stage_try(play.stage.garden, &err, "{'type':'timeline_edit','ops':[{'op':'tempo_set','position_beats':0,'bpm':99},%s]}",
				      bad[i][0]) < 0);
		assert_string_equal(err.field, bad[i][1]);
	}
	struct err err = ERR_INIT;
	assert_true(stage_try(play.stage.garden, &err, "{'type':'region_create','position_beats':0,'duration_beats':2,"
						       "'behaviour':'latent','fade_in_beats':9}") < 0);
	assert_string_equal(err.field, "fade_in_beats");
	assert_true(stage_try(play.stage.garden, &err, "{'type':'region_delete','region_id':'nobody'}") < 0);
	assert_string_equal(err.field, "region_id");
}

/* ---- a long command, and what must not wait for it ---- */

struct long_step {
	int status;
	char *output;
};

static void *run_long_step(void *arg)
{
	struct long_step *l = arg;
	char family[320];
	(void)snprintf(family, sizeof(family), "--family=%s", play.stage.family_dir);
	const char *const args[] = { family, "send", "chaosgarden", "{\"type\":\"device_step\",\"frames\":10000000000}", NULL };
	l->status = stage_run("holler", args, &l->output);
	return NULL;
}

static struct wire_client *connect_to(const char *socket, struct wire_context *context)
{
	struct wire_client *c = NULL;
	struct err err = ERR_INIT;
	const struct wire_client_options o = { .context = context, .loop = play.stage.loop, .family = play.stage.family,
					       .daemon = "chaosgarden", .socket = socket };
	if (wire_client_new(&o, &c, &err) < 0)
		fail_msg("%s", err.msg);
	return c;
}

/* Rows: S0-95, S0-96 */
static void test_control_and_query_answer_while_the_shell_works(void **state)
{
	struct wire_context *context = NULL;
	assert_int_equal(wire_context_new(&context, NULL), 0);
	struct wire_client *control = connect_to("control", context), *query = connect_to("query", context);
	struct long_step l = { 0 };
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, run_long_step, &l), 0);
	for (bool stopped = false; !stopped;) {
		AUTO_JSON json_t *s = stage_ask(query, "{'type':'transport_status'}");
		assert_non_null(s);
		AUTO_JSON json_t *r = stage_ask(control, "{'type':'control_interrupt'}");
		stopped = json_is_true(json_object_get(r, "interrupted"));
	}
	pthread_join(thread, NULL);
	if (!strstr(l.output, "cancelled"))
		fail_msg("the long command answered %s", l.output);
	free(l.output);
	wire_client_free(control);
	wire_client_free(query);
	wire_context_free(context);
}

/* Rows: L05, S0-144 */
static void test_a_killed_chaosgarden_comes_back_playing_where_it_was(void **state)
{
	ASK("{'type':'region_create','region_id':'r','position_beats':0,'duration_beats':24,'content':{'path':'%s'}}", play.tune);
	ASK("{'type':'transport_play','from_beats':0}");
	play_step(&play, 3 * BEAT);
	AUTO_JSON json_t *before = stage_ask(play.stage.garden, "{'type':'transport_status'}");
	pid_t old = stage_pid(&play.stage, "chaosgarden");
	stage_kill(&play.stage, "chaosgarden", SIGKILL);
	stage_wait_back(&play.stage, "chaosgarden", old);
	AUTO_JSON json_t *after = stage_ask(play.stage.garden, "{'type':'transport_status'}");
	assert_string_equal(stage_text(after, "state"), "playing");
	assert_true(stage_number(after, "position_beats") == 3);
	assert_true(stage_number(after, "revision") == stage_number(before, "revision"));
	ASK("{'type':'record_start','path':'%s'}", play.take);
	play_step(&play, BEAT);
	ASK("{'type':'record_stop'}");
	AUTO(audio_buffer) b = NULL;
	assert_int_equal(audio_load(play.take, 0, &b, NULL), 0);
	play_expect(b, 1024, BEAT, 0.25); /* entering in the middle of a clip, the engine fades for some milliseconds */
}

static void test_a_recording_survives_the_recorder_to_its_last_second(void **state)
{
	ASK("{'type':'region_create','region_id':'r','position_beats':0,'duration_beats':24,'content':{'path':'%s'}}", play.tune);
	play_record(&play);
	ASK("{'type':'transport_play','from_beats':0}");
	play_step(&play, 5 * BEAT); /* 2.5 s */
	pid_t old = stage_pid(&play.stage, "chaosgarden");
	stage_kill(&play.stage, "chaosgarden", SIGKILL);
	AUTO(audio_buffer) b = NULL;
	assert_int_equal(audio_load(play.take, 0, &b, NULL), 0);
	assert_in_range(b->n_frames, 3 * BEAT, 5 * BEAT);
	play_expect(b, 1024, 3 * BEAT, 0.25);
	stage_wait_back(&play.stage, "chaosgarden", old);
	struct err err = ERR_INIT;
	assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'record_stop'}"), -EPROTO);
}

/* Whatever path a request names, it costs no file of another kind, and the daemon waits for none. */
static void test_a_path_that_is_no_recording_is_refused_and_kept(void **state)
{
	struct err err = ERR_INIT;
	AUTO_MEM char *journal = fs_join(play.stage.family_dir, "chaosgarden.journal");
	AUTO_MEM char *pipe = fs_join(play.stage.dir, "pipe.mid");
	struct wire_client *c = play.stage.garden;
	assert_int_equal(stage_try(c, &err, "{'type':'record_start','path':'%s'}", journal), -EEXIST);
	assert_int_equal(stage_try(c, &err, "{'type':'timeline_render','to_beats':1,'path':'%s'}", journal), -EEXIST);
	assert_int_equal(stage_try(c, &err, "{'type':'record_start','path':'take.wav'}"), -EINVAL);
	assert_string_equal(err.field, "path");
	assert_int_equal(stage_try(c, &err, "{'type':'record_start','path':'%s'}", play.stage.dir), -EINVAL);

	ASK("{'type':'record_start','path':'%s'}", play.take);
	assert_int_equal(stage_try(c, &err, "{'type':'timeline_render','to_beats':1,'path':'%s'}", play.take), -EBUSY);
	ASK("{'type':'record_stop'}");

	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_int_equal(stage_try(c, &err, "{'type':'region_create','position_beats':0,'content':{'path':'%s'}}", pipe), -EINVAL);
	assert_int_equal(stage_try(c, &err, "{'type':'region_create','position_beats':0,'duration_beats':1,"
					    "'content':{'path':'a.wav'}}"),
			 -EINVAL);
	assert_int_equal(stage_try(c, &err, "{'type':'timeline_edit','ops':[{'op':'region_create','position_beats':0,'content':{'path':'a.wav'}}]}"),
			 -EINVAL);
	assert_string_equal(err.field, "ops[0].content.path");
	assert_string_equal(err.msg, "path 'a.wav' is relative: in chaosgarden no folder is meant");
	ASK("{'type':'region_create','position_beats':0,'duration_beats':1,'content':{'path':'%s'}}", pipe);
	ASK("{'type':'transport_play','from_beats':0}");
	play_step(&play, BEAT);
	unlink(pipe);
}

/* Free data of regions may be deep and large, but what lists them stays readable, or says that it is too much at once. */
static void test_large_free_data_does_not_make_the_timeline_unreadable(void **state)
{
	enum { MANY = LIMIT_WIRE_MESSAGE_BYTES / LIMIT_WIRE_JSON_BYTES + 2, LETTERS = LIMIT_WIRE_JSON_BYTES - 64 };
	static char letters[LETTERS + 1];
	struct err err = ERR_INIT;
	struct wire_client *c = play.stage.garden;
	memset(letters, 'x', LETTERS);
	AUTO_STRBUF deep = STRBUF_INIT;
	for (int i = 0; i < 2 * LIMIT_WIRE_JSON_DEPTH; i++)
		strbuf_adds(&deep, i < LIMIT_WIRE_JSON_DEPTH ? "[" : "]");
	assert_int_equal(stage_try(c, &err, "{'type':'region_create','position_beats':0,'duration_beats':1,"
					    "'behaviour':'custom','custom':{'a':%s}}", deep.s), -EMSGSIZE);
	assert_string_equal(err.field, "custom");
	for (int i = 0; i < MANY; i++)
		ASK("{'type':'region_create','position_beats':%d,'duration_beats':1,'behaviour':'custom','custom':{'a':'%s'}}", i,
		    letters);
	assert_int_equal(stage_try(c, &err, "{'type':'region_list','limit':1000}"), -EMSGSIZE);
	assert_non_null(strstr(err.hint, "less at once"));
	assert_int_equal(stage_try(c, &err, "{'type':'timeline_query'}"), -EMSGSIZE);
	ASK("{'type':'region_list','limit':5}");
	ASK("{'type':'timeline_query','from_beats':0,'to_beats':5}");
}

/* The furthest beat that is allowed is one that everything can do; what lies beyond is refused, not passed over. */
static void test_the_furthest_beat_is_heard_of_and_no_further(void **state)
{
	struct err err = ERR_INIT;
	struct wire_client *c = play.stage.garden;
	ASK("{'type':'tempo_set','bpm':1,'position_beats':1e8,'shape':'ramp'}");
	ASK("{'type':'region_create','position_beats':1e8,'duration_beats':1e8,'behaviour':'custom','custom':{}}");
	ASK("{'type':'time_convert','beats':1e8}");
	AUTO_JSON json_t *at = stage_ask(c, "{'type':'transport_seek','position_beats':1e8}");
	assert_true(stage_number(at, "position_beats") == 1e8);
	ASK("{'type':'transport_play'}");
	play_step(&play, 480);
	assert_int_equal(stage_try(c, &err, "{'type':'transport_seek','position_beats':1,'relative':true}"), -EINVAL);
	assert_string_equal(err.field, "position_beats");
	assert_int_equal(stage_try(c, &err, "{'type':'transport_seek','position_beats':1.1e8}"), -EINVAL);
	assert_int_equal(stage_try(c, &err, "{'type':'tempo_set','bpm':1,'position_beats':1e9}"), -EINVAL);
}

/* It would write until the disk is full, and nobody waits for it. */
static void test_a_render_ends_with_its_deadline_and_leaves_nothing(void **state)
{
	struct wire_request_options o = { .deadline_ms = 300 };
	AUTO_MEM char *path = fs_join(play.stage.dir, "endless.wav");
	AUTO_STRBUF payload = STRBUF_INIT, out = STRBUF_INIT;
	struct err err = ERR_INIT;
	(void)strbuf_addf(&payload, "{\"type\":\"timeline_render\",\"to_beats\":1e8,\"path\":\"%s\"}", path);
	assert_int_equal(wire_client_call_json(play.stage.garden, payload.s, payload.n, &o, &out, &err), -ETIMEDOUT);
	ASK("{'type':'transport_status'}"); /* its turn comes when the render has ended */
	assert_false(fs_exists(path));
}

/* More contents than are kept, and more regions than are remembered, one after the other; that none can be read makes it quick. */
static void test_a_performance_may_go_through_more_contents_than_there_is_room_for(void **state)
{
	enum { AT_ONCE = 16 };
	for (int i = 0; i < LIMIT_CONTENT_ITEMS + AT_ONCE; i += AT_ONCE) {
		AUTO_STRBUF edit = STRBUF_INIT;
		for (int k = i; k < i + AT_ONCE; k++)
			assert_int_equal(strbuf_addf(&edit,
						     "%s{'op':'region_create','region_id':'r%d','position_beats':0,'duration_beats':1,"
						     "'content':{'path':'%s/%d.wav'}}",
						     k > i ? "," : "", k, play.stage.dir, k),
					 0);
		ASK("{'type':'timeline_edit','ops':[%s]}", edit.s);
		ASK("{'type':'device_step','frames':64}"); /* waits until they are ready */
		ASK("{'type':'timeline_clear'}");
	}
	ASK("{'type':'region_create','region_id':'last','position_beats':0,'duration_beats':4,'content':{'path':'%s'}}", play.tune);
	AUTO(audio_buffer) b = play_perform(&play, 4);
	play_expect(b, 0, 4 * BEAT, 0.25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_linear_crossfade_at_a_bar_is_exact_to_the_sample, setup),
		cmocka_unit_test_setup(test_an_equal_power_crossfade_keeps_the_power, setup),
		cmocka_unit_test_setup(test_a_hard_cut_happens_between_two_samples, setup),
		cmocka_unit_test_setup(test_a_latent_that_dissolves_disturbs_nothing, setup),
		cmocka_unit_test_setup(test_a_tempo_change_moves_the_frames_and_not_the_beats, setup),
		cmocka_unit_test_setup(test_an_edit_for_the_next_bar_takes_effect_on_its_first_sample, setup),
		cmocka_unit_test_setup(test_places_that_there_are_not_are_refused_by_name, setup),
		cmocka_unit_test_setup(test_processing_moves_the_level_of_the_mix, setup),
		cmocka_unit_test_setup(test_a_render_beside_the_music_is_the_music_bit_for_bit, setup),
		cmocka_unit_test_setup(test_conflicts_and_illegal_steps_say_what_is_wrong, setup),
		cmocka_unit_test_setup(test_an_error_names_the_operation_and_its_field, setup),
		cmocka_unit_test_setup(test_control_and_query_answer_while_the_shell_works, setup),
		cmocka_unit_test_setup(test_a_path_that_is_no_recording_is_refused_and_kept, setup),
		cmocka_unit_test_setup(test_large_free_data_does_not_make_the_timeline_unreadable, setup),
		cmocka_unit_test_setup(test_the_furthest_beat_is_heard_of_and_no_further, setup),
		cmocka_unit_test_setup(test_a_render_ends_with_its_deadline_and_leaves_nothing, setup),
		cmocka_unit_test_setup(test_a_performance_may_go_through_more_contents_than_there_is_room_for, setup),
		cmocka_unit_test_setup(test_a_killed_chaosgarden_comes_back_playing_where_it_was, setup),
		cmocka_unit_test_setup(test_a_recording_survives_the_recorder_to_its_last_second, setup),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
