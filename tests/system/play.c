#include "play.h"

#include "../check.h"

#include "audio/wav.h"
#include "base/clock.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void play_constant(const char *path, float value, int beats)
{
	struct wav_writer *w = NULL;
	const struct wav_spec spec = { .rate_hz = 48000, .n_channels = 2, .encoding = WAV_FLOAT32 };
	float frames[2 * 1000];
	for (size_t i = 0; i < COUNT_OF(frames); i++)
		frames[i] = value;
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	for (int i = 0; i < beats * PLAY_BEAT / 1000; i++)
		assert_int_equal(wav_writer_write(w, frames, 1000, NULL), 0);
	assert_int_equal(wav_writer_close(w, NULL), 0);
}

void play_open(struct play *p, int which)
{
	static const char *const alone[] = { "--device", "stepped", "--workers", "0", NULL };
	static const char *const family[] = { "--device", "stepped", NULL };
	stage_open(&p->stage, which == PLAY_ALONE ? alone : family);
	(void)snprintf(p->tune, sizeof(p->tune), "%s/tune.wav", p->stage.dir);
	(void)snprintf(p->more, sizeof(p->more), "%s/more.wav", p->stage.dir);
	(void)snprintf(p->take, sizeof(p->take), "%s/take.wav", p->stage.dir);
	play_constant(p->tune, 0.25f, 24);
	play_constant(p->more, 0.5f, 24);
}

void play_close(struct play *p)
{
	stage_close(&p->stage);
}

void play_reset(struct play *p)
{
	struct err err = ERR_INIT;
	(void)stage_try(p->stage.garden, &err, "{'type':'record_stop'}"); /* a test that failed may have left one */
	PLAY_ASK(p, "{'type':'transport_stop'}");
	play_step(p, PLAY_BEAT); /* what was cut has faded away */
	AUTO_JSON json_t *waiting = stage_ask(p->stage.garden, "{'type':'timeline_pending'}");
	size_t i;
	json_t *w;
	json_array_foreach(json_object_get(waiting, "edits"), i, w)
		PLAY_ASK(p, "{'type':'timeline_cancel_edit','edit_id':'%s'}", stage_text(w, "edit_id"));
	AUTO_JSON json_t *map = stage_ask(p->stage.garden, "{'type':'tempo_map_get'}");
	json_array_foreach(json_object_get(map, "tempo"), i, w) {
		if (i > 0)
			PLAY_ASK(p, "{'type':'timeline_edit','ops':[{'op':'tempo_clear','position_beats':%.17g}]}",
				 stage_number(w, "position_beats"));
	}
	PLAY_ASK(p, "{'type':'tempo_set','position_beats':0,'bpm':120}");
	(void)stage_try(p->stage.garden, &err, "{'type':'timeline_clear'}"); /* nothing to clear is fine */
}

void play_step(struct play *p, int64_t frames)
{
	PLAY_ASK(p, "{'type':'device_step','frames':%lld}", (long long)frames);
}

void play_record(struct play *p)
{
	PLAY_ASK(p, "{'type':'record_start','path':'%s'}", p->take);
}

struct audio_buffer *play_recorded(struct play *p)
{
	struct audio_buffer *b = NULL;
	struct err err = ERR_INIT;
	PLAY_ASK(p, "{'type':'record_stop'}");
	if (audio_load(p->take, 0, &b, &err) < 0)
		fail_msg("%s", err.msg);
	return b;
}

struct audio_buffer *play_perform(struct play *p, int beats)
{
	play_record(p);
	PLAY_ASK(p, "{'type':'transport_play','from_beats':0}");
	play_step(p, (int64_t)beats * PLAY_BEAT);
	struct audio_buffer *b = play_recorded(p);
	assert_int_equal(b->n_frames, beats * PLAY_BEAT);
	return b;
}

void play_piece(struct play *p, char *ret, size_t size)
{
	struct wire_client *hoot = p->stage.hoot;
	/* "X:1\nK:C\nM:4/4\nL:1/4\nCDEF|GABc|\n" */
	AUTO_JSON json_t *abc = stage_ask(hoot, "{'type':'artifact_upload','space':'abc','mime_type':'text/vnd.abc',"
						"'data':'WDoxCk06NC80Ckw6MS80Cks6QwpDREVGfEdBQmN8Cg=='}");
	AUTO_JSON json_t *job = stage_ask(hoot, "{'type':'project','artifact_id':'%s','space':'midi'}",
					  stage_text(abc, "artifact.artifact_id"));
	AUTO_JSON json_t *done = stage_ask(hoot, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':50000}",
					   stage_text(job, "job.job_id"));
	assert_string_equal(stage_text(done, "jobs.0.state"), "complete");
	(void)snprintf(ret, size, "%s", stage_text(done, "jobs.0.artifact_id"));
}

void play_expect(const struct audio_buffer *b, int64_t from, int64_t to, double value)
{
	assert_true(to <= (int64_t)b->n_frames);
	for (int64_t i = from; i < to; i++) {
		if (fabs((double)b->samples[2 * i] - value) > 1e-6)
			fail_msg("frame %lld is %g, not %g", (long long)i, (double)b->samples[2 * i], value);
	}
}

void play_same(const struct audio_buffer *a, const struct audio_buffer *b)
{
	assert_int_equal(a->n_frames, b->n_frames);
	for (size_t i = 0; i < (size_t)a->n_frames * 2; i++)
		if (memcmp(&a->samples[i], &b->samples[i], sizeof(float)) != 0)
			fail_msg("sample %zu is %.9g and %.9g", i, (double)a->samples[i], (double)b->samples[i]);
}

json_t *play_region(struct play *p, const char *id)
{
	return stage_ask(p->stage.garden, "{'type':'region_get','region_id':'%s'}", id);
}

void play_state(struct play *p, const char *id, const char *state)
{
	AUTO_JSON json_t *r = play_region(p, id);
	assert_string_equal(stage_text(r, "region.state"), state);
}

/* ---- events ---- */

static void ear_event(void *arg, const struct wire_received *received)
{
	struct ear *e = arg;
	struct err err = ERR_INIT;
	json_t *j = NULL;
	if (json_parse(received->payload.s, received->payload.n, &j, &err) < 0)
		fail_msg("%s: %s", received->name, err.msg);
	json_object_set_new(j, "at_frame", json_integer(received->frame));
	assert_int_equal(json_array_append_new(e->heard, j), 0);
}

static void ear_resync(void *arg, const struct wire_snapshot *snapshot)
{
	struct ear *e = arg;
	e->resynced = true;
}

static void ear_turn(struct ear *e, int64_t end, const char *what)
{
	struct err err = ERR_INIT;
	if (clock_monotonic_ns(clock_system()) > end)
		fail_msg("waited 60 s for %s", what);
	if (wire_loop_step(e->loop, 20, &err) < 0)
		fail_msg("%s", err.msg);
}

static int64_t patience(void)
{
	return clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC;
}

void ear_open(struct ear *e, struct play *p, const char *daemon)
{
	struct err err = ERR_INIT;
	*e = (struct ear){ .loop = p->stage.loop, .heard = json_array() };
	if (wire_context_new(&e->context, &err) < 0)
		fail_msg("%s", err.msg);
	const struct wire_subscriber_options o = { .context = e->context, .loop = e->loop, .family = p->stage.family,
						   .daemon = daemon, .on_event = ear_event, .on_resync = ear_resync,
						   .arg = e };
	if (wire_subscriber_new(&o, &e->subscriber, &err) < 0)
		fail_msg("%s", err.msg);
	for (int64_t end = patience(); !wire_subscriber_synced(e->subscriber);)
		ear_turn(e, end, "a subscription");
	ear_forget(e);
}

void ear_close(struct ear *e)
{
	wire_subscriber_free(TAKE(e->subscriber));
	wire_context_free(TAKE(e->context));
	json_decref(TAKE(e->heard));
}

void ear_forget(struct ear *e)
{
	json_array_clear(e->heard);
}

/* The nth of a type, and how many there are. */
static json_t *find(struct ear *e, const char *type, const char *region, size_t n, size_t *ret_n)
{
	json_t *j, *nth = NULL;
	size_t i;
	*ret_n = 0;
	json_array_foreach(e->heard, i, j) {
		const char *own = json_string_value(json_object_get(j, "type"));
		const char *of = json_string_value(json_object_get(j, "region_id"));
		if (strcmp(own, type) != 0 || (region && (!of || strcmp(of, region) != 0)))
			continue;
		if (++*ret_n == n)
			nth = j;
	}
	return nth;
}

json_t *ear_wait(struct ear *e, const char *type, const char *region, size_t n)
{
	for (int64_t end = patience();;) {
		size_t heard = 0;
		json_t *nth = find(e, type, region, n, &heard);
		if (nth)
			return nth;
		ear_turn(e, end, type);
	}
}

size_t ear_count(struct ear *e, const char *type, const char *region)
{
	size_t n = 0;
	(void)find(e, type, region, 0, &n);
	return n;
}
