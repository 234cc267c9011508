/*
 * test_work.c - content, generations and what they come from, through the running family and its command line.
 */
#include "play.h"

#include "../check.h"

#include "audio/wav.h"
#include "base/fs.h"
#include "base/str.h"

#include <dirent.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct play play;
static struct ear ear;
static char piece[80]; /* an artifact in midi */
#define HOOT(...) stage_ask(play.stage.hoot, __VA_ARGS__)

/* The job's end; a new reference. */
static json_t *finish(const json_t *started)
{
	AUTO_JSON json_t *r = HOOT("{'type':'job_poll','job_ids':['%s'],'timeout_ms':50000}", stage_text(started, "job.job_id"));
	if (!str_eq(stage_text(r, "jobs.0.state"), "complete"))
		fail_msg("%s: %s", stage_text(r, "jobs.0.state"), stage_text(r, "jobs.0.error"));
	return json_incref(json_array_get(json_object_get(r, "jobs"), 0));
}

static int group_setup(void **state)
{
	play_open(&play, PLAY_FAMILY);
	ear_open(&ear, &play, "hootenanny");
	play_piece(&play, piece, sizeof(piece));
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

/* --- lineage ------------------------------------------------------------------------------------------------------ */

static bool has_node(const json_t *lineage, const char *artifact)
{
	size_t i;
	json_t *node;
	json_array_foreach(json_object_get(lineage, "nodes"), i, node)
		if (str_eq(stage_text(node, "artifact.artifact_id"), artifact))
			return true;
	return false;
}

/* Rows: S0-32, S0-66, S0-67, S0-143, S0-150, S0-151, S3-34 */
static void test_what_a_latent_resolves_to_is_an_artifact_with_its_lineage(void **state)
{
	PLAY_ASK(&play, "{'type':'region_create','region_id':'w1','position_beats':0,'duration_beats':16,'behaviour':'latent',"
			"'intent':{'verb':'continue'}}");
	AUTO_JSON json_t *started = HOOT("{'type':'forward','inputs':['%s'],'region_id':'w1','steps':["
					 "{'verb':'continue','seed':11,'params':{'bars':2}},{'verb':'project','space':'audio'}]}", piece);
	AUTO_JSON json_t *job = finish(started);
	const char *sound = stage_text(job, "artifact_id"), *notes = stage_text(job, "steps.0.artifact_id");
	static const char *const resolved[] = { "resolved", NULL };
	stage_wait_region(&play.stage, "w1", resolved);
	AUTO_JSON json_t *region = play_region(&play, "w1");
	assert_string_equal(stage_text(region, "region.content.artifact_id"), sound);
	assert_string_equal(stage_text(region, "region.content.hash"), stage_text(job, "content_hash"));
	AUTO_JSON json_t *got = HOOT("{'type':'artifact_get','artifact_id':'%s'}", notes);
	assert_string_equal(stage_text(got, "artifact.verb"), "continue");
	assert_true(stage_number(got, "artifact.seed") == 11);
	assert_true(stage_number(got, "artifact.params.bars") == 2);
	assert_string_equal(stage_text(got, "artifact.model"), "markov@1");
	assert_string_equal(stage_text(got, "artifact.job_id"), stage_text(started, "job.job_id"));
	AUTO_JSON json_t *up = HOOT("{'type':'artifact_lineage','artifact_id':'%s','direction':'ancestors'}", sound);
	AUTO_JSON json_t *down = HOOT("{'type':'artifact_lineage','artifact_id':'%s','direction':'descendants'}", piece);
	assert_true(has_node(up, notes) && has_node(up, piece));
	assert_true(has_node(down, notes) && has_node(down, sound));
	/* the worker's word that the result is there: job, artifact and content in one event */
	const json_t *told;
	for (size_t n = 1; !str_eq(stage_text(told = ear_wait(&ear, "artifact_created", NULL, n), "artifact.artifact_id"), sound); n++)
		; /* the notes come first, and those of the setup may still come in */
	assert_string_equal(stage_text(told, "artifact.job_id"), stage_text(started, "job.job_id"));
	assert_string_equal(stage_text(told, "artifact.content_hash"), stage_text(job, "content_hash"));
}

/* --- the same again ------------------------------------------------------------------------------------------------ */

static double steps_done(void)
{
	AUTO_JSON json_t *pool = HOOT("{'type':'worker_list'}");
	return stage_number(pool, "workers.0.n_completed");
}

/* Rows: S0-70 */
static void test_a_known_request_is_answered_from_the_store(void **state)
{
	static const char ask[] = "{'type':'forward','inputs':['%s'],'steps':[{'verb':'continue','seed':21,'params':{'bars':2}},"
				  "{'verb':'project','space':'audio'}]}";
	AUTO_JSON json_t *started = HOOT(ask, piece);
	AUTO_JSON json_t *first = finish(started);
	double before = steps_done();
	AUTO_JSON json_t *again = HOOT(ask, piece);
	assert_string_equal(stage_text(again, "job.state"), "complete");
	assert_string_equal(stage_text(again, "job.artifact_id"), stage_text(first, "artifact_id"));
	for (int i = 0; i < 2; i++) {
		char path[40];
		(void)snprintf(path, sizeof(path), "job.steps.%d.cached", i);
		assert_true(json_is_true(stage_value(again, path)));
	}
	assert_true(steps_done() == before);
}

/* The result of `holler call` with these words. */
static json_t *tool(const char *const *words)
{
	const char *argv[16] = { "--json", "--family", play.stage.family_dir, "call" };
	size_t n = 4;
	AUTO_MEM char *out = NULL;
	json_t *j = NULL;
	struct err err = ERR_INIT;
	for (; *words && n + 1 < COUNT_OF(argv); words++)
		argv[n++] = *words;
	if (stage_run("holler", argv, &out) != 0)
		fail_msg("holler call %s: %s", argv[4], out);
	if (json_parse(out, strlen(out), &j, &err) < 0)
		fail_msg("%s: %s", out, err.msg);
	return j;
}
#define TOOL(...) tool((const char *const[]){ __VA_ARGS__, NULL })

/* Rows: S0-69 */
static void test_every_generation_is_verified_by_making_it_again(void **state)
{
	AUTO_JSON json_t *started = HOOT("{'type':'forward','inputs':['%s'],'steps':[{'verb':'continue','params':{'bars':2}},"
					 "{'verb':'project','space':'audio'}]}", piece);
	AUTO_JSON json_t *made = finish(started);
	double before = steps_done();
	for (int i = 0; i < 2; i++) {
		char path[40];
		(void)snprintf(path, sizeof(path), "steps.%d.artifact_id", i);
		AUTO_JSON json_t *asked = TOOL("artifact_verify", "--artifact-id", stage_text(made, path));
		AUTO_JSON json_t *checked = finish(asked);
		assert_true(json_is_true(stage_value(checked, "result.same")));
		(void)snprintf(path, sizeof(path), "steps.%d.content_hash", i);
		assert_string_equal(stage_text(checked, "content_hash"), stage_text(made, path));
	}
	assert_true(steps_done() == before + 2); /* really made again */
}

/* --- tools --------------------------------------------------------------------------------------------------------- */

/* Rows: S3-22, S3-23 */
static void test_content_and_artifacts_are_tools_of_the_command_line(void **state)
{
	AUTO_JSON json_t *kept = TOOL("cas_store", "--data", "TVRoZC13b3Jr", "--mime-type", "audio/midi");
	const char *hash = stage_text(kept, "content_hash");
	AUTO_JSON json_t *seen = TOOL("cas_inspect", "--hash", hash);
	assert_true(json_is_true(stage_value(seen, "exists")));
	assert_true(stage_number(seen, "size_bytes") == 9);
	AUTO_JSON json_t *read = TOOL("cas_get", "--hash", hash);
	assert_string_equal(stage_text(read, "data"), "TVRoZC13b3Jr");
	AUTO_JSON json_t *made = TOOL("artifact_create", "--cas-hash", hash, "--tags", "[\"keeper-of-work\"]", "--creator", "bo",
				      "--metadata", "{\"mood\":\"blue\"}");
	const char *id = stage_text(made, "artifact.artifact_id");
	AUTO_JSON json_t *got = TOOL("artifact_get", "--artifact-id", id);
	assert_string_equal(stage_text(got, "artifact.metadata.mood"), "blue");
	AUTO_JSON json_t *by_tag = TOOL("artifact_list", "--tag", "keeper-of-work");
	assert_string_equal(stage_text(by_tag, "artifacts.0.artifact_id"), id);
	AUTO_JSON json_t *by_creator = TOOL("artifact_list", "--creator", "bo");
	assert_int_equal(json_array_size(json_object_get(by_creator, "artifacts")), 1);
}

/* --- bulk data ------------------------------------------------------------------------------------------------------ */

static void no_bytes_in(const struct wire_object *o, const char *where)
{
	static const char *const allowed[] = { "cas_store", "cas_get", "cas_stage_write", "artifact_upload" };
	for (size_t i = 0; i < o->n; i++) {
		const struct wire_field *f = &o->fields[i];
		if (f->kind != WIRE_BYTES)
			continue;
		bool known = false;
		for (size_t k = 0; k < COUNT_OF(allowed); k++)
			known |= str_eq(where, allowed[k]);
		if (!known || f->hi > 65536)
			fail_msg("%s carries bytes in '%s', up to %g", where, f->name, f->hi);
	}
}

static size_t largest_heard(void)
{
	size_t largest = 0, i;
	json_t *e;
	json_array_foreach(ear.heard, i, e) {
		AUTO_MEM char *text = json_text(e, JSON_OUT_COMPACT);
		largest = strlen(text) > largest ? strlen(text) : largest;
	}
	return largest;
}

/* Rows: S0-66, S3-3, S3-49, L32 */
static void test_messages_carry_hashes_and_files_stay_on_disk(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		no_bytes_in(wire_messages[i].request, wire_messages[i].name);
		no_bytes_in(wire_messages[i].result, wire_messages[i].name);
	}
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++)
		no_bytes_in(wire_events[i].body, wire_events[i].name);
	for (size_t i = 0; wire_objects[i]; i++)
		no_bytes_in(wire_objects[i], wire_objects[i]->name);

	AUTO_JSON json_t *started = HOOT("{'type':'project','artifact_id':'%s','space':'audio','fresh':true}", piece);
	AUTO_JSON json_t *job = finish(started);
	AUTO_JSON json_t *got = HOOT("{'type':'artifact_get','artifact_id':'%s'}", stage_text(job, "artifact_id"));
	assert_true(stage_number(got, "artifact.size_bytes") > 1e6);
	AUTO_MEM char *answer = json_text(got, JSON_OUT_COMPACT);
	AUTO_MEM char *polled = json_text(job, JSON_OUT_COMPACT);
	assert_true(strlen(answer) < 8192 && strlen(polled) < 8192);
	(void)ear_wait(&ear, "artifact_created", NULL, 1);
	assert_true(largest_heard() < 8192);
	AUTO(audio_buffer) sound = NULL;
	assert_int_equal(audio_load(stage_text(got, "artifact.path"), 0, &sound, NULL), 0);
	assert_true(sound->n_frames > 48000);
}

/* --- rates ---------------------------------------------------------------------------------------------------------- */

/* One second of A4 at the rate, one channel. */
static void write_a4(const char *path, uint32_t rate_hz)
{
	struct wav_writer *w = NULL;
	const struct wav_spec spec = { .rate_hz = rate_hz, .n_channels = 1, .encoding = WAV_FLOAT32 };
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	for (uint32_t i = 0; i < rate_hz; i++) {
		float x = (float)(0.5 * sin(2 * M_PI * 440 * i / rate_hz));
		assert_int_equal(wav_writer_write(w, &x, 1, NULL), 0);
	}
	assert_int_equal(wav_writer_close(w, NULL), 0);
}

/* Amplitude at a frequency: one bin of a Fourier transform with a Hann window. */
static double amplitude(const float *stereo, size_t n, double hz)
{
	double re = 0, im = 0;
	for (size_t i = 0; i < n; i++) {
		double w = 0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)n), x = stereo[2 * i] * w;
		re += x * cos(2 * M_PI * hz * (double)i / 48000);
		im += x * sin(2 * M_PI * hz * (double)i / 48000);
	}
	return 4 * hypot(re, im) / (double)n;
}

static double loudest_hz(const float *stereo, size_t n)
{
	double best = 0, at = 0;
	for (double hz = 100; hz < 1500; hz += 2) {
		double a = amplitude(stereo, n, hz);
		if (a > best) {
			best = a;
			at = hz;
		}
	}
	return at;
}

/* Rows: L14 */
static void test_every_rate_sounds_at_its_pitch_and_length(void **state)
{
	static const uint32_t rates[] = { 16000, 22050, 24000, 32000, 44100, 48000, 96000 };
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		char path[400];
		(void)snprintf(path, sizeof(path), "%s/a4-%u.wav", play.stage.dir, rates[i]);
		write_a4(path, rates[i]);
		play_reset(&play);
		PLAY_ASK(&play, "{'type':'region_create','position_beats':0,'duration_beats':4,'content':{'path':'%s'}}", path);
		AUTO(audio_buffer) heard = play_perform(&play, 4);
		assert_true(loudest_hz(heard->samples + 2 * 12000, 9600) == 440);
		double level = amplitude(heard->samples + 2 * 12000, 24000, 440);
		if (fabs(level - 0.5) > 0.005)
			fail_msg("%u Hz sounds at %g instead of 0.5", rates[i], level);
		/* a second, and then nothing */
		assert_true(amplitude(heard->samples + 2 * 40800, 7000, 440) > 0.4);
		for (size_t k = 2 * 48400; k < 2 * 72000; k++)
			assert_true(fabsf(heard->samples[k]) < 1e-3f);
	}
}

/* --- who may hurry --------------------------------------------------------------------------------------------------- */

/* The scheduling policy of a thread: field 41 of its stat line, behind the name in brackets. */
static int policy_of(const char *stat)
{
	const char *p = strrchr(stat, ')');
	assert_non_null(p);
	for (int field = 2; p && field < 41; field++)
		p = strchr(p + 1, ' ');
	assert_non_null(p);
	return (int)strtol(p + 1, NULL, 10);
}

static void nobody_hurries(pid_t pid)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *d = opendir(path);
	const struct dirent *e;
	int n = 0;
	assert_non_null(d);
	while ((e = readdir(d))) {
		char name[400];
		AUTO_MEM char *stat = NULL;
		size_t size;
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s/stat", path, e->d_name);
		if (fs_read(name, 4096, &stat, &size, NULL) < 0)
			continue; /* it has ended meanwhile */
		int policy = policy_of(stat); /* patient threads are SCHED_BATCH: behind all others */
		assert_true(policy == SCHED_OTHER || policy == SCHED_BATCH);
		n++;
	}
	closedir(d);
	assert_true(n > 0);
}

/* Rows: S0-147 */
static void test_nothing_but_the_realtime_daemon_asks_for_realtime_priority(void **state)
{
	static const char *const others[] = { "hootenanny", "hoot-worker" };
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		pid_t pid = stage_pid(&play.stage, others[i]);
		assert_true(pid > 0);
		nobody_hurries(pid);
	}
	pid_t supervisor = 0;
	assert_int_equal(wire_family_holder(play.stage.family, "supervisor", &supervisor, NULL), 0);
	nobody_hurries(supervisor);
}

/* ---- the exit status of who waits ---- */

/* That of `holler [--json] call` with these words; what it printed, on either way out. */
static int call(bool json, char **ret_out, const char *const *words)
{
	const char *argv[20] = { "--family", play.stage.family_dir };
	size_t n = 2;
	if (json)
		argv[n++] = "--json";
	argv[n++] = "call";
	for (; *words && n + 1 < COUNT_OF(argv); words++)
		argv[n++] = *words;
	return stage_run("holler", argv, ret_out);
}
#define CALL(json, out, ...) call(json, out, (const char *const[]){ __VA_ARGS__, NULL })

static const char *state_in(const char *out)
{
	AUTO_JSON json_t *j = NULL;
	struct err err = ERR_INIT;
	if (json_parse(out, strlen(out), &j, &err) < 0) /* with --json nothing but the result is printed */
		fail_msg("%s: %s", out, err.msg);
	const char *state = stage_text(j, "job.state");
	static const char *const states[] = { "complete", "failed", "cancelled", "pending", "running" };
	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (str_eq(states[i], state))
			return states[i];
	fail_msg("state '%s'", state);
	return NULL;
}

static void test_who_waits_for_a_job_hears_of_it_by_the_exit_status(void **state)
{
	AUTO_JSON json_t *bad = HOOT("{'type':'artifact_upload','space':'midi','mime_type':'audio/midi','data':'bm8gbm90ZXM='}");
	const char *no_notes = stage_text(bad, "artifact.artifact_id");
	char AUTO_MEM *done = NULL, *AUTO_MEM failed = NULL, *AUTO_MEM told = NULL, *AUTO_MEM waits = NULL, *AUTO_MEM at_once = NULL;
	assert_int_equal(CALL(true, &done, "midi_understand", "--artifact-id", piece, "--wait-ms", "50000"), 0);
	assert_string_equal(state_in(done), "complete");
	assert_int_equal(CALL(true, &failed, "project", "--artifact-id", no_notes, "--space", "audio", "--wait-ms", "50000"), 1);
	assert_string_equal(state_in(failed), "failed");
	assert_int_equal(CALL(false, &told, "project", "--artifact-id", no_notes, "--space", "audio", "--wait-ms", "50000"), 1);
	assert_non_null(strstr(told, " has failed: "));
	/* Nobody makes films. */
	assert_int_equal(CALL(false, &waits, "project", "--artifact-id", piece, "--space", "film", "--wait-ms", "1"), 3);
	assert_non_null(strstr(waits, " waits: no worker that is online can project midi to film"));
	assert_int_equal(CALL(true, &at_once, "project", "--artifact-id", piece, "--space", "film", "--fresh"), 0);
	assert_string_equal(state_in(at_once), "pending");
}

static void test_stems_are_waited_for_like_any_other_answer(void **state)
{
	AUTO_JSON json_t *r = HOOT("{'type':'midi_stems_export','artifact_id':'%s','voices':[0,0],'wait_ms':50000}", piece);
	for (int i = 0; i < 2; i++) {
		char path[40];
		(void)snprintf(path, sizeof(path), "jobs.%d.state", i);
		assert_string_equal(stage_text(r, path), "complete");
	}
	AUTO_JSON json_t *v = HOOT("{'type':'artifact_verify','artifact_id':'%s','wait_ms':50000}", stage_text(r, "jobs.0.artifact_id"));
	assert_string_equal(stage_text(v, "job.state"), "complete");
	assert_true(json_is_true(stage_value(v, "job.result.same")));
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_what_a_latent_resolves_to_is_an_artifact_with_its_lineage),
		T(test_a_known_request_is_answered_from_the_store),
		T(test_every_generation_is_verified_by_making_it_again),
		T(test_content_and_artifacts_are_tools_of_the_command_line),
		T(test_messages_carry_hashes_and_files_stay_on_disk),
		T(test_every_rate_sounds_at_its_pitch_and_length),
		T(test_nothing_but_the_realtime_daemon_asks_for_realtime_priority),
		T(test_who_waits_for_a_job_hears_of_it_by_the_exit_status),
		T(test_stems_are_waited_for_like_any_other_answer),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
