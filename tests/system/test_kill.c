/*
 * test_kill.c - processes are killed while the music plays; the recording stays the same, sample for sample.
 *
 * One scenario runs several times on the stepped device, so that nothing depends on wall time: a tune plays, a latent after
 * it is resolved by a seeded chain of two steps, approved at a fixed bar, crossfaded in, and all is recorded. Each
 * disturbed run must give the bytes of the undisturbed one.
 */
#include "stage.h"

#include "../check.h"

#include "base/fs.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_FRAMES 12000 /* half a beat at 120 bpm */
#define TUNE_BARS   4

/* Four bars in 4/4 at 120: two seconds a bar. */
static const char tune[] = "X:1\\nT:Test\\nM:4/4\\nL:1/4\\nQ:1/4=120\\nK:D\\n"
			   "DFAd|fdAF|GBdB|AFEC|\\n";

enum disturbance { QUIET, KILL_HOOTENANNY, KILL_WORKER, KILL_SUPERVISOR };

struct scenario {
	struct stage stage;
	char audio[80], midi[80], region[80], latent[80], job[80];
};

static void wait_job(struct stage *s, const char *id, char *ret_artifact)
{
	AUTO_JSON json_t *r = stage_ask(s->hoot, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':50000}", id);
	if (strcmp(stage_text(r, "jobs.0.state"), "complete") != 0)
		fail_msg("job %s is %s", id, stage_text(r, "jobs.0.state"));
	(void)snprintf(ret_artifact, 80, "%s", stage_text(r, "jobs.0.artifact_id"));
}

static void project(struct stage *s, const char *artifact, const char *space, char *ret_artifact)
{
	AUTO_JSON json_t *r =
		stage_ask(s->hoot, "{'type':'project','artifact_id':'%s','space':'%s'}", artifact, space);
	wait_job(s, stage_text(r, "job.job_id"), ret_artifact);
}

static void prepare(struct scenario *c)
{
	struct stage *s = &c->stage;
	static const char *const up[] = { "--device", "stepped", NULL };
	stage_open(s, up);

	/* 'data' is base64; the tune goes in through a file to keep this readable. */
	char path[400];
	struct err err = ERR_INIT;
	AUTO_JSON json_t *staged = stage_ask(s->hoot, "{'type':'cas_stage','suffix':'.abc'}");
	(void)snprintf(path, sizeof(path), "%s", stage_text(staged, "path"));
	AUTO_STRBUF text = STRBUF_INIT;
	for (const char *p = tune; *p; p++) {
		bool newline = p[0] == '\\' && p[1] == 'n';
		strbuf_addc(&text, newline ? '\n' : *p);
		p += newline;
	}
	assert_int_equal(fs_write_atomic(path, text.s, text.n, 0644, &err), 0);
	AUTO_JSON json_t *kept = stage_ask(s->hoot, "{'type':'cas_adopt','path':'%s','mime_type':'text/vnd.abc'}", path);
	AUTO_JSON json_t *art = stage_ask(s->hoot, "{'type':'artifact_create','cas_hash':'%s','space':'abc'}",
					  stage_text(kept, "content_hash"));
	project(s, stage_text(art, "artifact.artifact_id"), "midi", c->midi);
	project(s, c->midi, "audio", c->audio);

	AUTO_JSON json_t *sound = stage_ask(s->hoot, "{'type':'artifact_get','artifact_id':'%s'}", c->audio);
	AUTO_JSON json_t *placed = stage_ask(
		s->garden, "{'type':'region_create','position_beats':0,'content':{'hash':'%s','path':'%s','mime':'audio/wav'}}",
		stage_text(sound, "artifact.content_hash"), stage_text(sound, "artifact.path"));
	(void)snprintf(c->region, sizeof(c->region), "%s", stage_text(placed, "region_id"));
	AUTO_JSON json_t *latent = stage_ask(s->garden,
					     "{'type':'region_create','position_beats':12,'duration_beats':24,"
					     "'behaviour':'latent','intent':{'verb':'continue','prompt':'4 bars more'}}");
	(void)snprintf(c->latent, sizeof(c->latent), "%s", stage_text(latent, "region_id"));
}

static void step(struct scenario *c, int64_t frames)
{
	json_decref(stage_ask(c->stage.garden, "{'type':'device_step','frames':%lld}", (long long)frames));
}

static void disturb(struct scenario *c, enum disturbance d)
{
	struct stage *s = &c->stage;
	static const char *const names[] = { NULL, "hootenanny", "hoot-worker", NULL };
	if (d == QUIET)
		return;
	if (d == KILL_SUPERVISOR) {
		pid_t pid = 0;
		struct err err = ERR_INIT;
		assert_int_equal(wire_family_holder(s->family, "supervisor", &pid, &err), 0);
		assert_true(pid > 0);
		assert_int_equal(kill(pid, SIGKILL), 0);
		return;
	}
	pid_t old = stage_pid(s, names[d]);
	stage_kill(s, names[d], SIGKILL);
	step(c, STEP_FRAMES * 2); /* the music goes on while it is away */
	stage_wait_back(s, names[d], old);
}

/* The recording as malloc'ed bytes. */
static void perform(enum disturbance d, char **ret, size_t *ret_n)
{
	struct scenario c = { 0 };
	prepare(&c);
	struct stage *s = &c.stage;
	char wav[400];
	struct err err = ERR_INIT;
	(void)snprintf(wav, sizeof(wav), "%s/take.wav", s->dir);
	json_decref(stage_ask(s->garden, "{'type':'record_start','path':'%s','format':'pcm24'}", wav));
	json_decref(stage_ask(s->garden, "{'type':'transport_play','from_beats':0}"));
	step(&c, STEP_FRAMES);

	AUTO_JSON json_t *job = stage_ask(s->hoot,
					  "{'type':'forward','inputs':['%s'],'region_id':'%s','steps':["
					  "{'verb':'continue','seed':7,'params':{'bars':4,'lead_in_bars':1}},"
					  "{'verb':'project','space':'audio'}]}",
					  c.midi, c.latent);
	(void)snprintf(c.job, sizeof(c.job), "%s", stage_text(job, "job.job_id"));
	static const char *const at_work[] = { "running", "resolved", NULL };
	stage_wait_region(s, c.latent, at_work);
	disturb(&c, d);
	if (d == QUIET || d == KILL_SUPERVISOR)
		step(&c, STEP_FRAMES * 2);

	static const char *const resolved[] = { "resolved", NULL };
	stage_wait_region(s, c.latent, resolved);
	json_decref(stage_ask(s->hoot,
			      "{'type':'decide','region_id':'%s','decision':'approve','mix_in':{'kind':'linear','beats':4,"
			      "'at':{'boundary':'at_bar','bar':4},'replaces':['%s']}}",
			      c.latent, c.region));
	static const char *const approved[] = { "approved", "mixed_in", NULL };
	stage_wait_region(s, c.latent, approved);
	for (int i = 3; i < 36 * 2; i++)
		step(&c, STEP_FRAMES);
	static const char *const mixed[] = { "mixed_in", NULL };
	stage_wait_region(s, c.latent, mixed);
	json_decref(stage_ask(s->garden, "{'type':'record_stop'}"));

	/* exactly once: one job, complete, with one artifact a step */
	AUTO_JSON json_t *jobs = stage_ask(s->hoot, "{'type':'job_list','region_id':'%s'}", c.latent);
	assert_int_equal(json_array_size(json_object_get(jobs, "jobs")), 1);
	assert_string_equal(stage_text(jobs, "jobs.0.state"), "complete");

	assert_int_equal(fs_read(wav, 100u << 20, ret, ret_n, &err), 0);
	stage_close(s);
}

static char *quiet;
static size_t quiet_n;

static int setup(void **state)
{
	perform(QUIET, &quiet, &quiet_n);
	return 0;
}

static int teardown(void **state)
{
	free(quiet);
	return 0;
}

static void same_as_quiet(enum disturbance d)
{
	AUTO_MEM char *take = NULL;
	size_t n = 0;
	perform(d, &take, &n);
	assert_int_equal(n, quiet_n);
	for (size_t i = 0; i < n; i++)
		if (take[i] != quiet[i])
			fail_msg("the recordings differ from byte %zu of %zu on", i, n);
}

static void test_recording_has_sound_before_and_after_the_mix_in(void **state)
{
	/* 24-bit stereo at 48 kHz behind the header: beats 0 to 12 and 20 to 30 */
	assert_true(quiet_n > (size_t)36 * 24000 * 6);
	static const int beats[][2] = { { 0, 12 }, { 20, 30 } };
	for (int k = 0; k < 2; k++) {
		size_t from = (size_t)beats[k][0] * 24000 * 6 + 512, to = (size_t)beats[k][1] * 24000 * 6;
		size_t loud = 0;
		for (size_t i = from - from % 6 + 2; i < to; i += 3)
			loud += quiet[i] > 4 || quiet[i] < -4;
		assert_true(loud > (to - from) / 3 / 20);
	}
}

/* Rows: S0-30, S0-139, S0-147 */
static void test_hootenanny_killed_while_the_job_runs(void **state)
{
	same_as_quiet(KILL_HOOTENANNY);
}

/* Rows: S0-147 */
static void test_worker_killed_while_the_job_runs(void **state)
{
	same_as_quiet(KILL_WORKER);
}

/* Rows: S0-139 */
static void test_supervisor_killed_while_the_job_runs(void **state)
{
	same_as_quiet(KILL_SUPERVISOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recording_has_sound_before_and_after_the_mix_in),
		cmocka_unit_test(test_hootenanny_killed_while_the_job_runs),
		cmocka_unit_test(test_worker_killed_while_the_job_runs),
		cmocka_unit_test(test_supervisor_killed_while_the_job_runs),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
