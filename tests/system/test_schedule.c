/*
 * test_schedule.c - edits that wait for their beat, through the running program and through its death.
 */
#include "play.h"

#include "../check.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_scheduled_edit_is_listed_heard_of_and_applied_on_its_sample, setup),
		cmocka_unit_test_setup(test_an_acknowledged_schedule_survives_kill_9_and_happens_on_its_sample, setup),
		cmocka_unit_test_setup(test_a_schedule_that_was_called_off_does_not_happen_also_after_kill_9, setup),
		cmocka_unit_test_setup(test_conflicts_are_told_when_accepted_and_when_due, setup),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
