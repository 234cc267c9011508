/*
 * test_time.c - musical time as it is heard: transport states, tempo ramps, live tempo, regions of every behaviour.
 *
 * Where something is expected is computed here, by adding up small steps, not with the tempo map of the program.
 */
#include "play.h"

#include "../seed.h"
#include "../check.h"

#include "base/rng.h"
#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct play play;
static struct ear ear;
#define BEAT PLAY_BEAT
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
	return 0;
}

static json_t *status(void)
{
	return stage_ask(play.stage.garden, "{'type':'transport_status'}");
}

/* ---- transport ---- */

enum { STOPPED, PLAYING, PAUSED };
static const char *const state_names[] = { "stopped", "playing", "paused" };

/* Brings the transport into a state, at beat 3 where it is not stopped. */
static void bring(int state)
{
	ASK("{'type':'transport_stop'}");
	if (state == STOPPED)
		return;
	ASK("{'type':'transport_play','from_beats':2}");
	play_step(&play, BEAT);
	if (state == PAUSED)
		ASK("{'type':'transport_pause'}");
}

/* Rows: L13, S0-93 */
static void test_every_command_in_every_state_leads_where_the_table_says(void **state)
{
	static const struct {
		int from;
		const char *command;
		int to;
		double beat, beat_later; /* at once, and a beat of frames later */
	} table[] = {
		{ STOPPED, "'transport_play'", PLAYING, 0, 1 },
		{ STOPPED, "'transport_pause'", STOPPED, 0, 0 },
		{ STOPPED, "'transport_stop'", STOPPED, 0, 0 },
		{ STOPPED, "'transport_seek','position_beats':5", STOPPED, 5, 5 },
		{ PLAYING, "'transport_play'", PLAYING, 3, 4 },
		{ PLAYING, "'transport_pause'", PAUSED, 3, 3 },
		{ PLAYING, "'transport_stop'", STOPPED, 0, 0 },
		{ PLAYING, "'transport_seek','position_beats':5", PLAYING, 5, 6 },
		{ PAUSED, "'transport_play'", PLAYING, 3, 4 },
		{ PAUSED, "'transport_pause'", PAUSED, 3, 3 },
		{ PAUSED, "'transport_stop'", STOPPED, 0, 0 },
		{ PAUSED, "'transport_seek','position_beats':5", PAUSED, 5, 5 },
		{ PAUSED, "'transport_seek','position_beats':1,'relative':true", PAUSED, 4, 4 },
		{ PLAYING, "'transport_play','from_beats':7", PLAYING, 7, 8 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		bring(table[i].from);
		ASK("{'type':%s}", table[i].command);
		AUTO_JSON json_t *now = status();
		play_step(&play, BEAT);
		AUTO_JSON json_t *later = status();
		if (strcmp(stage_text(now, "state"), state_names[table[i].to]) != 0 ||
		    stage_number(now, "position_beats") != table[i].beat ||
		    fabs(stage_number(later, "position_beats") - table[i].beat_later) > 1e-9)
			fail_msg("%s while %s: %s at %g, then %g", table[i].command, state_names[table[i].from],
				 stage_text(now, "state"), stage_number(now, "position_beats"),
				 stage_number(later, "position_beats"));
	}
}

/* ---- ramps ---- */

struct point {
	double beat, bpm;
	bool ramp;
};

/* Seconds from beat 0, added up in small steps. */
static double seconds_of(const struct point *p, size_t n, double beat)
{
	const int steps = 20000;
	double s = 0, x = 0;
	for (size_t i = 0; i < n && x < beat; i++) {
		double end = i + 1 < n && p[i + 1].beat < beat ? p[i + 1].beat : beat;
		double h = (end - x) / steps;
		for (int k = 0; k < steps; k++) {
			double at = x + (k + 0.5) * h, bpm = p[i].bpm;
			if (p[i].ramp && i + 1 < n)
				bpm += (p[i + 1].bpm - p[i].bpm) * (at - p[i].beat) / (p[i + 1].beat - p[i].beat);
			s += h * 60 / bpm;
		}
		x = end;
	}
	return s;
}

static void set_tempo(const struct point *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ASK("{'type':'tempo_set','position_beats':%.17g,'bpm':%.17g,'shape':'%s'}", p[i].beat, p[i].bpm,
		    p[i].ramp ? "ramp" : "step");
}

/* The first frame at or after `from` where something sounds. */
static int64_t onset(const struct audio_buffer *b, int64_t from)
{
	while (from < (int64_t)b->n_frames && b->samples[2 * from] == 0)
		from++;
	return from;
}

/* Rows: L12, S0-45, S0-47 */
static void test_what_stands_on_a_ramp_sounds_at_its_computed_sample(void **state)
{
	static const struct point map[] = { { 0, 120, false }, { 4, 90, true }, { 12, 200, true }, { 16, 60, false } };
	set_tempo(map, COUNT_OF(map));
	for (int k = 0; k < 20; k++)
		ASK("{'type':'region_create','position_beats':%d,'duration_beats':0.25,'content':{'path':'%s'}}", k, play.tune);
	play_record(&play);
	ASK("{'type':'transport_play','from_beats':0}");
	int64_t last = (int64_t)(48000 * seconds_of(map, COUNT_OF(map), 20));
	play_step(&play, last);
	AUTO(audio_buffer) b = play_recorded(&play);
	for (int k = 0; k < 20; k++) {
		int64_t want = (int64_t)lrint(48000 * seconds_of(map, COUNT_OF(map), k));
		int64_t end = (int64_t)lrint(48000 * seconds_of(map, COUNT_OF(map), k + 0.25));
		int64_t got = onset(b, want < 500 ? 0 : want - 500);
		if (llabs(got - want) > 1)
			fail_msg("beat %d sounds at frame %lld, not %lld", k, (long long)got, (long long)want);
		play_expect(b, end + 1, end + 100, 0);
	}
	const json_t *tick = ear_wait(&ear, "beat_tick", NULL, 11); /* that of beat 10 */
	assert_true(stage_number(tick, "position_beats") == 10);
	assert_true(fabs(stage_number(tick, "tempo_bpm") - (90 + 110 * 6 / 8.0)) < 1e-9); /* the tempo there, not that of beat 0 */
}

/* Rows: S0-43, S0-44, S0-47 */
static void test_random_tempo_maps_leave_the_beats_and_move_the_samples(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	double places[6];
	for (int k = 0; k < 6; k++) {
		places[k] = 2 * k + rng_double(&r);
		ASK("{'type':'region_create','region_id':'r%d','position_beats':%.17g,'duration_beats':0.5,'content':{'path':'%s'}}", k,
		    places[k], play.tune);
	}
	for (int round = 0; round < 8; round++) {
		struct point map[4] = { { 0 } };
		for (int i = 0; i < 4; i++)
			map[i] = (struct point){ 3 * i, (double)rng_range(&r, 60, 240), rng_below(&r, 2) };
		set_tempo(map, 4);
		char path[400];
		(void)snprintf(path, sizeof(path), "%s/render.wav", play.stage.dir);
		ASK("{'type':'timeline_render','to_beats':13,'path':'%s'}", path);
		AUTO(audio_buffer) b = NULL;
		assert_int_equal(audio_load(path, 0, &b, NULL), 0);
		for (int k = 0; k < 6; k++) {
			char id[8];
			(void)snprintf(id, sizeof(id), "r%d", k);
			AUTO_JSON json_t *region = play_region(&play, id);
			assert_true(stage_number(region, "region.position_beats") == places[k]);
			int64_t want = (int64_t)lrint(48000 * seconds_of(map, 4, places[k]));
			int64_t got = onset(b, want < 500 ? 0 : want - 500);
			if (llabs(got - want) > 1)
				fail_msg("round %d: beat %g sounds at frame %lld, not %lld", round, places[k], (long long)got,
					 (long long)want);
		}
	}
}

/* ---- live tempo ---- */

/* Rows: S0-46 */
static void test_the_tempo_follows_a_tapping_foot_and_everything_follows_the_tempo(void **state)
{
	ASK("{'type':'region_create','region_id':'r','position_beats':8,'duration_beats':1,'content':{'path':'%s'}}", play.tune);
	ASK("{'type':'timeline_add_marker','marker_id':'m','position_beats':8,'marker_type':'cue_point'}");
	play_record(&play);
	ASK("{'type':'transport_play','from_beats':0}");
	double bpm = 0;
	for (int k = 0; k < 3; k++) { /* a foot at 100, while the map says 120: every 28800 frames */
		AUTO_JSON json_t *t = stage_ask(play.stage.garden, "{'type':'tempo_tap','source':'foot'}");
		bpm = k == 2 ? stage_number(t, "bpm") : 0;
		assert_int_equal(json_is_true(stage_value(t, "applied")), k == 2);
		if (k < 2)
			play_step(&play, 28800);
	}
	assert_true(fabs(bpm - 100) < 1e-6);
	play_step(&play, 28800);
	AUTO_JSON json_t *now = status(); /* two taps at the old tempo, then one beat at the new one */
	assert_true(fabs(stage_number(now, "tempo_bpm") - 100) < 1e-6);
	assert_true(fabs(stage_number(now, "position_beats") - 3.4) < 1e-4);
	play_step(&play, 6 * 28800);
	AUTO(audio_buffer) b = play_recorded(&play);
	int64_t want = 2 * 28800 + (int64_t)lrint((8 - 2.4) * 28800); /* at 120 it would have been at 192000 */
	assert_true(llabs(onset(b, 0) - want) <= 1);
	const json_t *m = ear_wait(&ear, "marker_reached", NULL, 1);
	assert_true(fabs(stage_number(m, "tempo_bpm") - 100) < 1e-6);
	AUTO_JSON json_t *r = play_region(&play, "r");
	assert_true(stage_number(r, "region.position_beats") == 8);
	AUTO_JSON json_t *h = stage_ask(play.stage.garden, "{'type':'timeline_history','touching':'tempo','limit':1}");
	assert_string_equal(stage_text(h, "edits.0.actor"), "test:stage");
}

/* Rows: S0-46 */
static void test_the_tempo_follows_the_pulses_of_another_clock(void **state)
{
	double at = 10;
	ASK("{'type':'transport_play','from_beats':0}");
	static const double tempos[] = { 120, 140, 87.5 };
	for (size_t i = 0; i < COUNT_OF(tempos); i++) {
		for (int k = 0; k < 24 * 12; k++) { /* twelve beats of a MIDI clock, which plays along */
			double pulse = 60 / tempos[i] / 24;
			at += pulse;
			ASK("{'type':'tempo_tap','source':'midi clock','beats':%.17g,'seconds':%.17g}", 1.0 / 24, at);
			play_step(&play, (int64_t)lrint(48000 * pulse));
		}
		AUTO_JSON json_t *s = status();
		if (fabs(stage_number(s, "tempo_bpm") - tempos[i]) > tempos[i] * 0.006)
			fail_msg("the clock has %g, the map %g", tempos[i], stage_number(s, "tempo_bpm"));
	}
	AUTO_JSON json_t *map = stage_ask(play.stage.garden, "{'type':'tempo_map_get'}");
	size_t n = json_array_size(json_object_get(map, "tempo"));
	print_message("%zu points after 864 pulses\n", n);
	assert_in_range(n, 3, 30); /* it follows, and does not write a point a pulse */
}

/* ---- what regions do ---- */

/* Rows: S0-62, S0-63, S0-94, L02 */
static void test_regions_of_all_five_behaviours_are_heard_or_heard_of(void **state)
{
	ASK("{'type':'region_create','region_id':'play','position_beats':0,'duration_beats':8,'content':{'path':'%s'}}", play.tune);
	ASK("{'type':'region_create','region_id':'lat','position_beats':4,'duration_beats':4,'behaviour':'latent'}");
	ASK("{'type':'region_create','region_id':'proc','position_beats':2,'duration_beats':2,'behaviour':'apply_processing',"
	    "'processing':{'target':'mix:gain','from_value':1,'to_value':0.5}}");
	ASK("{'type':'region_create','region_id':'proc2','position_beats':4,'duration_beats':4,'behaviour':'apply_processing',"
	    "'processing':{'target':'mix:gain','from_value':0.5,'to_value':0.5,'curve':'hold'}}");
	ASK("{'type':'region_create','region_id':'trig','position_beats':3,'duration_beats':1,'behaviour':'emit_trigger','trigger':'drop'}");
	ASK("{'type':'region_create','region_id':'cust','position_beats':5,'duration_beats':1,'behaviour':'custom','custom':{'light':'red'}}");
	ASK("{'type':'latent_start','region_id':'lat','job_id':'j'}");
	ASK("{'type':'latent_resolve','region_id':'lat','job_id':'j','artifact_id':'a','path':'%s','content_hash':'sha256:%064d'}",
	    play.more, 1);
	ASK("{'type':'latent_approve','region_id':'lat','mix_in':{'kind':'cut','at':{'boundary':'at_beat','beat':6}}}");
	AUTO_JSON json_t *before = status();
	AUTO(audio_buffer) b = play_perform(&play, 8);
	play_expect(b, 0, 2 * BEAT - 1, 0.25);
	for (int k = 0; k < 2 * BEAT; k += 101) { /* the level moves linearly from 1 to a half */
		double level = 1 - 0.5 * k / (2 * BEAT), got = (double)b->samples[2 * (2 * BEAT + k)] / 0.25;
		if (fabs(got - level) > 0.01)
			fail_msg("frame %d of the processing: %g, not %g", k, got, level);
	}
	play_expect(b, 4 * BEAT + 1000, 6 * BEAT, 0.125);
	play_expect(b, 6 * BEAT, 8 * BEAT, 0.125 + 0.25);
	int64_t start = (int64_t)stage_number(before, "engine_frames");
	const json_t *t = ear_wait(&ear, "trigger_fired", "trig", 1);
	assert_string_equal(stage_text(t, "trigger"), "drop");
	assert_true((int64_t)stage_number(t, "engine_frame") - start == 3 * BEAT);
	const json_t *c = ear_wait(&ear, "region_entered", "cust", 1);
	assert_string_equal(stage_text(c, "custom.light"), "red");
	assert_true((int64_t)stage_number(c, "engine_frame") - start == 5 * BEAT);
	const json_t *m = ear_wait(&ear, "mixed_in", "lat", 1);
	assert_true((int64_t)stage_number(m, "engine_frame") - start == 6 * BEAT);
	const json_t *p = ear_wait(&ear, "playback_position", NULL, 1);
	assert_string_equal(stage_text(p, "state"), "playing");
	play_state(&play, "lat", "mixed_in"); /* the same region through its whole life */
}

static void test_content_that_cannot_be_read_is_silence_and_told_once(void **state)
{
	ASK("{'type':'region_create','region_id':'gone','position_beats':0,'duration_beats':4,"
	    "'content':{'path':'/nonexistent/tune.wav','mime':'audio/wav'}}");
	const json_t *e = ear_wait(&ear, "content_error", "gone", 1);
	assert_string_equal(stage_text(e, "path"), "/nonexistent/tune.wav");
	AUTO(audio_buffer) b = play_perform(&play, 4);
	play_expect(b, 0, 4 * BEAT, 0);
	(void)ear_wait(&ear, "beat_tick", NULL, 4);
	assert_int_equal(ear_count(&ear, "content_error", NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_every_command_in_every_state_leads_where_the_table_says, setup),
		cmocka_unit_test_setup(test_what_stands_on_a_ramp_sounds_at_its_computed_sample, setup),
		cmocka_unit_test_setup(test_random_tempo_maps_leave_the_beats_and_move_the_samples, setup),
		cmocka_unit_test_setup(test_the_tempo_follows_a_tapping_foot_and_everything_follows_the_tempo, setup),
		cmocka_unit_test_setup(test_the_tempo_follows_the_pulses_of_another_clock, setup),
		cmocka_unit_test_setup(test_regions_of_all_five_behaviours_are_heard_or_heard_of, setup),
		cmocka_unit_test_setup(test_content_that_cannot_be_read_is_silence_and_told_once, setup),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
