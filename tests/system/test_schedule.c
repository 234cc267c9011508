/*
 * test_schedule.c - edits that wait for their beat, through the running program and through its death.
 */
#include "play.h"

#include "../check.h"

#include "base/limits.h"
#include "base/mem.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct play play;
static struct ear ear;
#define BEAT PLAY_BEAT
enum { CUT = 120 }; /* frames over which fades what an edit takes away while it sounds */
#define ASK(...) PLAY_ASK(&play, __VA_ARGS__)

static int group_setup(void **state)
{
	play_open(&play, PLAY_ALONE);
	ear_open(&ear, &play, "chaosgarden");
	return 0;
}

static int group_teardown(void **state)
{
	ear_close(&ear);
	play_close(&play);
	return 0;
}

static int setup(void **state)
{
	play_reset(&play);
	ear_forget(&ear);
	ASK("{'type':'region_create','region_id':'r','position_beats':0,'duration_beats':16,'content':{'path':'%s'}}", play.tune);
	return 0;
}

static size_t n_pending(void)
{
	AUTO_JSON json_t *p = stage_ask(play.stage.garden, "{'type':'timeline_pending'}");
	return json_array_size(json_object_get(p, "edits"));
}

static void kill_and_wait(void)
{
	pid_t old = stage_pid(&play.stage, "chaosgarden");
	stage_kill(&play.stage, "chaosgarden", SIGKILL);
	stage_wait_back(&play.stage, "chaosgarden", old);
}

/* Rows: S0-35, S0-93 */
static void test_a_scheduled_edit_is_listed_heard_of_and_applied_on_its_sample(void **state)
{
	play_record(&play);
	ASK("{'type':'transport_play','from_beats':0}");
	play_step(&play, BEAT + 777);
	AUTO_JSON json_t *e = stage_ask(play.stage.garden, "{'type':'region_delete','region_id':'r','at':{'boundary':'next_bar'}}");
	assert_true(stage_number(e, "revision") == 0 && stage_number(e, "at_beats") == 4);
	AUTO_JSON json_t *p = stage_ask(play.stage.garden, "{'type':'timeline_pending'}");
	assert_string_equal(stage_text(p, "edits.0.edit_id"), stage_text(e, "edit_id"));
	assert_string_equal(stage_text(p, "edits.0.actor"), "test:stage");
	assert_string_equal(stage_text(p, "edits.0.touched.0"), "region:r");
	assert_true(stage_number(p, "edits.0.at_beats") == 4);
	assert_null(json_object_get(stage_value(p, "edits.0"), "conflict"));
	AUTO_JSON json_t *all = stage_ask(play.stage.garden, "{'type':'snapshot'}"); /* who subscribes later learns of it, too */
	assert_string_equal(stage_text(all, "state.pending.0.edit_id"), stage_text(e, "edit_id"));
	const json_t *told = ear_wait(&ear, "edit_scheduled", NULL, 1);
	assert_string_equal(stage_text(told, "edit_id"), stage_text(e, "edit_id"));
	play_step(&play, 7 * BEAT - 777);
	AUTO(audio_buffer) b = play_recorded(&play);
	play_expect(b, 0, 4 * BEAT, 0.25);
	for (int k = 0; k < CUT; k++)
		play_expect(b, 4 * BEAT + k, 4 * BEAT + k + 1, 0.25 * (1 - (double)k / CUT));
	play_expect(b, 4 * BEAT + CUT, 8 * BEAT, 0);
	assert_int_equal(n_pending(), 0);
	for (size_t n = 1; !json_object_get(told = ear_wait(&ear, "edit_applied", NULL, n), "edit_id"); n++)
		; /* those of the setup may still come in */
	assert_string_equal(stage_text(told, "edit_id"), stage_text(e, "edit_id"));
	assert_true(stage_number(told, "at_beats") == 4);
	ASK("{'type':'timeline_undo'}");
	AUTO_JSON json_t *r = play_region(&play, "r");
	assert_true(stage_number(r, "region.duration_beats") == 16);
}

/* Rows: L05 */
static void test_an_acknowledged_schedule_survives_kill_9_and_happens_on_its_sample(void **state)
{
	ASK("{'type':'transport_play','from_beats':0}");
	play_step(&play, 2 * BEAT);
	AUTO_JSON json_t *e = stage_ask(play.stage.garden, "{'type':'timeline_edit','at':{'boundary':'at_beat','beat':6},'ops':["
					"{'op':'region_delete','region_id':'r'},"
					"{'op':'region_create','region_id':'s','position_beats':6,'duration_beats':4,"
					"'content':{'path':'%s'}}]}", play.more);
	kill_and_wait();
	AUTO_JSON json_t *p = stage_ask(play.stage.garden, "{'type':'timeline_pending','of_actor':'test:stage'}");
	assert_int_equal(json_array_size(json_object_get(p, "edits")), 1);
	assert_string_equal(stage_text(p, "edits.0.edit_id"), stage_text(e, "edit_id"));
	AUTO_JSON json_t *at = stage_ask(play.stage.garden, "{'type':'transport_status'}");
	assert_string_equal(stage_text(at, "state"), "playing");
	assert_true(stage_number(at, "position_beats") == 2);
	play_record(&play);
	play_step(&play, 6 * BEAT);
	AUTO(audio_buffer) b = play_recorded(&play);
	play_expect(b, 1024, 4 * BEAT, 0.25); /* entering in the middle of a clip fades for some milliseconds */
	for (int k = 0; k < CUT; k++)
		play_expect(b, 4 * BEAT + k, 4 * BEAT + k + 1, 0.5 + 0.25 * (1 - (double)k / CUT));
	play_expect(b, 4 * BEAT + CUT, 6 * BEAT, 0.5);
	assert_int_equal(n_pending(), 0);
	kill_and_wait(); /* applied once, for good */
	assert_int_equal(n_pending(), 0);
	AUTO_JSON json_t *s = play_region(&play, "s");
	assert_true(stage_number(s, "region.position_beats") == 6);
}

static void test_a_schedule_that_was_called_off_does_not_happen_also_after_kill_9(void **state)
{
	AUTO_JSON json_t *e = stage_ask(play.stage.garden, "{'type':'region_delete','region_id':'r','at':{'boundary':'at_beat','beat':2}}");
	ASK("{'type':'timeline_cancel_edit','edit_id':'%s'}", stage_text(e, "edit_id"));
	const json_t *told = ear_wait(&ear, "edit_dropped", NULL, 1);
	assert_string_equal(stage_text(told, "edit_id"), stage_text(e, "edit_id"));
	assert_non_null(strstr(stage_text(told, "reason"), "test:stage"));
	kill_and_wait();
	struct err err = ERR_INIT;
	assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'timeline_cancel_edit','edit_id':'%s'}",
				   stage_text(e, "edit_id")), -ENOENT);
	AUTO(audio_buffer) b = play_perform(&play, 4);
	play_expect(b, 0, 4 * BEAT, 0.25);
}

static void test_conflicts_are_told_when_accepted_and_when_due(void **state)
{
	struct err err = ERR_INIT;
	AUTO_JSON json_t *made = stage_ask(play.stage.garden, "{'type':'region_update','region_id':'r','gain':0.9}");
	ASK("{'type':'region_update','region_id':'r','gain':1}");
	assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'region_delete','region_id':'r','base_revision':%lld,"
				   "'at':{'boundary':'at_beat','beat':4}}", (long long)stage_number(made, "revision")), -ESTALE);
	assert_non_null(strstr(err.msg, "region:r"));
	AUTO_JSON json_t *e = stage_ask(play.stage.garden, "{'type':'region_delete','region_id':'r','at':{'boundary':'at_beat','beat':4}}");
	assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'region_move','region_id':'r','position_beats':1,"
				   "'at':{'boundary':'at_beat','beat':3}}"), -ESTALE);
	assert_non_null(strstr(err.msg, stage_text(e, "edit_id")));
	ASK("{'type':'region_update','region_id':'r','gain':0.5}");
	AUTO_JSON json_t *p = stage_ask(play.stage.garden, "{'type':'timeline_pending'}");
	assert_non_null(strstr(stage_text(p, "edits.0.conflict"), "region:r"));
	AUTO(audio_buffer) b = play_perform(&play, 6);
	play_expect(b, 0, 6 * BEAT, 0.125);
	const json_t *told = ear_wait(&ear, "edit_dropped", NULL, 1);
	assert_string_equal(stage_text(told, "edit_id"), stage_text(e, "edit_id"));
	assert_non_null(strstr(stage_text(told, "reason"), "region:r"));
	assert_int_equal(n_pending(), 0);
}

/* ---- killed in the middle of a stream of edits ---- */

enum { STREAM = 400 };

struct stream {
	bool ended[STREAM], acknowledged[STREAM];
	int n_acknowledged, n_ended;
};

struct sent {
	struct stream *stream;
	int i;
};

static void on_edit(void *arg, const struct wire_answer *a)
{
	struct sent *s = arg;
	s->stream->ended[s->i] = true;
	s->stream->n_ended++;
	if (a->code == 0) {
		s->stream->acknowledged[s->i] = true;
		s->stream->n_acknowledged++;
	}
}

/* Even ones are made now, odd ones scheduled. */
static void send_edit(struct wire_client *c, int round, struct sent *s)
{
	char text[300];
	struct err err = ERR_INIT;
	const struct wire_request_options o = { .deadline_ms = 60000 };
	int n = snprintf(text, sizeof(text), "{\"type\":\"timeline_add_marker\",\"marker_id\":\"k%d-%d\",\"position_beats\":1,"
			 "\"marker_type\":\"cue_point\"%s}", round, s->i,
			 s->i % 2 ? ",\"at\":{\"boundary\":\"at_beat\",\"beat\":1000}" : "");
	if (wire_client_send_json(c, text, (size_t)n, &o, on_edit, s, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

static void turn(void)
{
	struct err err = ERR_INIT;
	if (wire_loop_step(play.stage.loop, 20, &err) < 0)
		fail_msg("%s", err.msg);
}

/* Which of the stream are there now: "k0-2" among the markers, "marker:k0-3" among what waits. */
static void look(int round, bool there[STREAM])
{
	AUTO_JSON json_t *q = stage_ask(play.stage.garden, "{'type':'timeline_query'}");
	AUTO_MEM char *text = json_text(q, JSON_OUT_COMPACT);
	for (int i = 0; i < STREAM; i++) {
		char id[40];
		(void)snprintf(id, sizeof(id), i % 2 ? "\"marker:k%d-%d\"" : "\"k%d-%d\"", round, i);
		there[i] = strstr(text, id);
	}
}

/* Rows: L05 */
static void test_whatever_was_acknowledged_before_a_kill_in_the_middle_is_there(void **state)
{
	static const int kill_after[] = { 1, 40, 150 };
	static struct sent sent[STREAM];
	for (int round = 0; round < (int)COUNT_OF(kill_after); round++) {
		struct stream stream = { .n_ended = 0 };
		bool there[STREAM];
		struct wire_client *c = NULL;
		const struct wire_client_options o = { .loop = play.stage.loop, .family = play.stage.family,
						       .daemon = "chaosgarden", .socket = "shell" };
		assert_int_equal(wire_client_new(&o, &c, NULL), 0);
		static const int limits[] = { LIMIT_WIRE_CLIENT_QUEUE, LIMIT_TIMELINE_MARKERS, 2 * LIMIT_TIMELINE_SCHEDULED };
		int n = STREAM;
		for (size_t i = 0; i < COUNT_OF(limits); i++)
			n = n < limits[i] ? n : limits[i];
		play_reset(&play);
		for (int i = 0; i < n; i++) {
			sent[i] = (struct sent){ &stream, i };
			send_edit(c, round, &sent[i]);
		}
		int enough = kill_after[round] < n / 2 ? kill_after[round] : n / 2;
		while (stream.n_acknowledged < enough)
			turn();
		kill_and_wait();
		while (stream.n_ended < n)
			turn(); /* what was lost on the way ends with an error */
		look(round, there);
		int present = 0;
		for (int i = 0; i < n; i++) {
			if (stream.acknowledged[i] && !there[i])
				fail_msg("round %d: edit %d was acknowledged and is gone", round, i);
			present += there[i];
		}
		print_message("killed after %d of %d: %d acknowledged, %d there\n", enough, n, stream.n_acknowledged, present);
		wire_client_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_scheduled_edit_is_listed_heard_of_and_applied_on_its_sample, setup),
		cmocka_unit_test_setup(test_an_acknowledged_schedule_survives_kill_9_and_happens_on_its_sample, setup),
		cmocka_unit_test_setup(test_a_schedule_that_was_called_off_does_not_happen_also_after_kill_9, setup),
		cmocka_unit_test_setup(test_conflicts_are_told_when_accepted_and_when_due, setup),
	};
	static const struct CMUnitTest kills[] = { /* with a family of their own: a supervisor gives up after some deaths in a row */
		cmocka_unit_test(test_whatever_was_acknowledged_before_a_kill_in_the_middle_is_there),
	};
	int failed = cmocka_run_group_tests(tests, group_setup, group_teardown);
	return failed + cmocka_run_group_tests(kills, group_setup, group_teardown);
}
