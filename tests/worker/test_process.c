#include "band.h"

#include "audio/file.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "render.h"
#include "skill.h"

#include "../check.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bars (2 s each) of a tune whose rendering takes long enough to be interrupted. */
#define LONG_BARS (LIMIT_RENDER_SECONDS > 1000 ? 480 : 28)

static void needs_sound(void)
{
	struct skill_set set;
	bool can = render_engine_version()[0] && skill_set_init(&set, NULL, NULL) == 0;
	bool sounds = can && set.soundfont[0];
	if (can)
		skill_set_done(&set);
	if (!sounds) {
		print_message("skipped: no FluidSynth in this build, or no SoundFont on this machine\n");
		skip();
	}
}

static char *start_render(struct band *b, const char *artifact, int seed)
{
	AUTO_JSON json_t *r = band_ask(b, "{'type':'project','artifact_id':'%s','space':'audio','seed':%d,'max_attempts':5}", artifact, seed);
	return strdup(band_text(json_object_get(r, "job"), "job_id"));
}

/* Starts renderings until one is seen at work: on a busy machine it may be over before we look. *seed counts them. */
static char *render_under_way(struct band *b, const char *artifact, int *seed)
{
	for (;;) {
		char *id = start_render(b, artifact, ++*seed);
		if (band_sees_running(b, id))
			return id;
		free(id);
		assert_true(*seed < 100);
	}
}

static int64_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void test_worker_continues_and_renders_and_says_what_it_made(void **state)
{
	needs_sound();
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	AUTO_MEM char *tune = band_tune(&b, 8);
	char hashes[2][80];
	for (int i = 0; i < 2; i++) {
		AUTO_JSON json_t *r = band_ask(&b,
			"{'type':'forward','inputs':['%s'],'fresh':true,'steps':["
			"{'verb':'continue','params':{'bars':4,'lead_in_bars':1},'seed':11},{'verb':'project','space':'audio'}]}", tune);
		AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
		band_wait_state(&b, id, "complete");
		AUTO_JSON json_t *job = band_job(&b, id);
		const json_t *steps = json_object_get(job, "steps");
		assert_string_equal(band_text(json_array_get(steps, 0), "model"), "markov@1");
		(void)str_copy(hashes[i], sizeof(hashes[i]), band_text(job, "content_hash"));

		AUTO_JSON json_t *got = band_ask(&b, "{'type':'artifact_get','artifact_id':'%s'}", band_text(job, "artifact_id"));
		const json_t *artifact = json_object_get(got, "artifact"), *meta = json_object_get(artifact, "metadata");
		assert_string_equal(band_text(artifact, "mime_type"), "audio/wav");
		assert_int_equal(number(meta, "rate_hz"), 48000);
		assert_int_equal(number(meta, "channels"), 2);
		assert_true(number(meta, "notes") > 4);
		AUTO(audio_buffer) sound = NULL;
		assert_int_equal(audio_load(band_text(artifact, "path"), 0, &sound, NULL), 0);
		assert_true(fabs((double)sound->n_frames / 48000 - json_number_value(json_object_get(meta, "duration_s"))) < 1e-6);
		assert_true(sound->n_frames >= 48000 * 10); /* five bars of two seconds */
	}
	assert_string_equal(hashes[0], hashes[1]);
	band_close(&b);
}

/* The content hash of the sound that a family with one worker makes of the same tune with the same seeds. */
static void sound_of(bool elsewhere, char ret[80])
{
	struct band b;
	band_open(&b, 15000);
	band_wait_workers(&b, 0);
	if (elsewhere)
		band_start_worker_elsewhere(&b, 0);
	else
		band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_tune(&b, 8);
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'forward','inputs':['%s'],'steps':["
					   "{'verb':'continue','seed':11},{'verb':'project','space':'audio'}]}", tune);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	band_wait_state(&b, id, "complete");
	AUTO_JSON json_t *job = band_job(&b, id);
	(void)str_copy(ret, 80, band_text(job, "content_hash"));
	AUTO_JSON json_t *good = band_ask(&b, "{'type':'cas_verify'}");
	assert_int_equal(number(good, "n_good"), 3);
	AUTO_JSON json_t *stats = band_ask(&b, "{'type':'storage_stats'}");
	assert_int_equal(number(stats, "n_staged"), 0);
	assert_int_equal(band_end(&b.workers[0], SIGTERM), 0);
	AUTO_MEM char *path = fs_join(b.dir, "w0.log");
	AUTO_MEM char *log = NULL;
	size_t n;
	assert_int_equal(fs_read(path, 1 << 20, &log, &n, NULL), 0);
	assert_true((strstr(log, "fetched and delivered") != NULL) == elsewhere);
	band_close(&b);
}

/* Rows: S0-147 */
static void test_worker_that_sees_no_file_of_ours_fetches_and_delivers_over_tcp(void **state)
{
	needs_sound();
	char here[80], there[80];
	sound_of(false, here);
	sound_of(true, there);
	assert_string_equal(here, there);
}

/* Fetching and delivering outlive a hootenanny that is killed in the middle, wherever that is. */
static void test_worker_elsewhere_goes_on_when_hootenanny_is_back(void **state)
{
	needs_sound();
	struct band b;
	char *dir = NULL;
	assert_int_equal(fs_temp_dir(NULL, "ipc", &dir, NULL), 0);
	AUTO_MEM char *bind = str_printf("ipc://%s/h", dir); /* the same endpoint after the restart */
	band_open_at(&b, 30000, bind);
	band_wait_workers(&b, 0);
	band_start_worker_elsewhere(&b, 0);
	AUTO_MEM char *tune = band_tune(&b, 28);
	for (int seed = 0; seed < 3;) {
		AUTO_MEM char *id = render_under_way(&b, tune, &seed);
		assert_int_equal(band_end(&b.hoot, SIGKILL), 128 + SIGKILL);
		band_start_hoot(&b);
		band_wait_state(&b, id, "complete");
	}
	AUTO_JSON json_t *checked = band_ask(&b, "{'type':'cas_verify'}");
	assert_int_equal(number(checked, "n_good"), number(checked, "n_checked"));
	assert_true(number(checked, "n_good") >= 2);
	band_close(&b);
	assert_int_equal(fs_remove_tree(dir, NULL), 0);
	free(dir);
}

/* What was fetched must be what was asked for: a damaged input fails the job with a reason. */
static void test_worker_elsewhere_is_told_of_damaged_content(void **state)
{
	struct band b;
	band_open(&b, 15000);
	AUTO_MEM char *tune = band_tune(&b, 8);
	AUTO_JSON json_t *got = band_ask(&b, "{'type':'artifact_get','artifact_id':'%s'}", tune);
	assert_int_equal(truncate(band_text(json_object_get(got, "artifact"), "path"), 9), 0);
	band_start_worker_elsewhere(&b, 0);
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'continue','artifact_id':'%s','max_attempts':1}", tune);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	band_wait_state(&b, id, "failed");
	AUTO_JSON json_t *job = band_job(&b, id);
	assert_string_equal(band_text(job, "error_code"), "corrupt");
	assert_non_null(strstr(band_text(job, "error"), "another length"));
	band_close(&b);
}

/* Rows: S0-145, S0-147 */
static void test_worker_joins_and_works_over_ipc_as_over_tcp(void **state)
{
	struct band b;
	char *dir = NULL;
	assert_int_equal(fs_temp_dir(NULL, "ipc", &dir, NULL), 0);
	AUTO_MEM char *bind = str_printf("ipc://%s/h", dir);
	band_open_at(&b, 15000, bind);
	band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_tune(&b, 4);
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'continue','artifact_id':'%s','seed':1}", tune);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	band_wait_state(&b, id, "complete");
	band_close(&b);
	assert_int_equal(fs_remove_tree(dir, NULL), 0);
	free(dir);
}

/* Rows: S0-148 */
static void test_worker_announces_its_name_hardware_and_what_it_can_do(void **state)
{
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 2);
	band_wait_workers(&b, 1);
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'worker_list'}");
	const json_t *w = json_array_get(json_object_get(r, "workers"), 0);
	assert_string_equal(band_text(w, "name"), "w2");
	assert_true(*band_text(w, "version"));
	assert_non_null(strstr(band_text(w, "hardware"), "cores"));
	bool continues = false, reads_abc = false;
	size_t i;
	json_t *can;
	json_array_foreach(json_object_get(w, "capabilities"), i, can) {
		const json_t *schema = json_object_get(can, "params_schema");
		bool go_on = str_eq(band_text(can, "verb"), "continue") && str_eq(band_text(can, "from_space"), "midi");
		assert_true(*band_text(can, "model") && *band_text(can, "model_version"));
		assert_string_equal(band_text(schema, "type"), "object");
		continues |= go_on && json_object_get(json_object_get(schema, "properties"), "bars") != NULL;
		reads_abc |= str_eq(band_text(can, "verb"), "project") && str_eq(band_text(can, "from_space"), "abc");
	}
	assert_true(continues && reads_abc);
	band_close(&b);
}

static int64_t steps_done(struct band *b, const char *name)
{
	AUTO_JSON json_t *r = band_ask(b, "{'type':'worker_list'}");
	size_t i;
	json_t *w;
	json_array_foreach(json_object_get(r, "workers"), i, w)
		if (str_eq(band_text(w, "name"), name))
			return number(w, "n_completed");
	fail_msg("there is no worker '%s'", name);
	return 0;
}

/* Rows: S0-147, S0-149 */
static void test_worker_started_beside_a_busy_one_takes_its_share(void **state)
{
	needs_sound();
	enum { N = 16 };
	struct band b;
	char *ids[N];
	band_open(&b, 15000);
	AUTO_MEM char *tune = band_tune(&b, 28);
	for (int i = 0; i < N; i++)
		ids[i] = start_render(&b, tune, i);
	band_start_worker(&b, 0);
	band_wait_state(&b, ids[0], "complete");
	/* However fast it is, it does not finish everything before the other one is there. */
	assert_int_equal(kill(b.workers[0], SIGSTOP), 0);
	band_start_worker(&b, 1);
	band_wait_workers(&b, 2);
	assert_int_equal(kill(b.workers[0], SIGCONT), 0);
	for (int i = 1; i < N; i++) {
		band_wait_state(&b, ids[i], "complete");
		free(ids[i]);
	}
	free(ids[0]);
	assert_int_equal(steps_done(&b, "w0") + steps_done(&b, "w1"), N);
	assert_true(steps_done(&b, "w0") >= 2 && steps_done(&b, "w1") >= 2);
	band_close(&b);
}

static void test_worker_turns_abc_into_midi_and_fails_for_a_tune_that_is_not_there(void **state)
{
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	/* X:1 "One", CDEF|GABc| in C, 4/4; X:7 "Seven", GAB|c3| in G, 3/4. */
	AUTO_JSON json_t *up = band_ask(&b, "{'type':'artifact_upload','space':'abc','mime_type':'text/vnd.abc','data':"
					    "'WDoxClQ6T25lCk06NC80Ckw6MS80Cks6QwpDREVGfEdBQmN8CgpYOjcKVDpTZXZlbgpNOjMvNApMOjEvNApLOkcKR0FCfGMzfAo='}");
	const char *tune = band_text(json_object_get(up, "artifact"), "artifact_id");
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'project','artifact_id':'%s','space':'midi','params':{'number':7}}", tune);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	band_wait_state(&b, id, "complete");
	AUTO_JSON json_t *job = band_job(&b, id);
	AUTO_JSON json_t *got = band_ask(&b, "{'type':'artifact_get','artifact_id':'%s'}", band_text(job, "artifact_id"));
	const json_t *meta = json_object_get(json_object_get(got, "artifact"), "metadata");
	assert_string_equal(band_text(meta, "title"), "Seven");
	assert_string_equal(band_text(meta, "meter"), "3/4");
	assert_string_equal(band_text(meta, "key"), "G major");
	assert_int_equal(number(meta, "notes"), 4);
	assert_int_equal(number(meta, "errors"), 0);

	AUTO_JSON json_t *r2 = band_ask(&b, "{'type':'project','artifact_id':'%s','space':'midi','params':{'number':8}}", tune);
	AUTO_MEM char *id2 = strdup(band_text(json_object_get(r2, "job"), "job_id"));
	band_wait_state(&b, id2, "failed");
	band_close(&b);
}

static void test_worker_refuses_ridiculous_parameters_at_once_and_names_the_range(void **state)
{
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_tune(&b, 4);
	static const struct {
		const char *params, *says;
	} cases[] = { { "{'bars':100000}", "1 to 256" }, { "{'temperature':-3}", "0.05 to 4" }, { "{'barz':4}", "barz" } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_JSON json_t *r = band_ask(&b, "{'type':'continue','artifact_id':'%s','params':%s,'seed':1}", tune, cases[i].params);
		AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
		band_wait_state(&b, id, "failed");
		AUTO_JSON json_t *job = band_job(&b, id);
		if (!strstr(band_text(job, "error"), cases[i].says))
			fail_msg("'%s' does not say '%s'", band_text(job, "error"), cases[i].says);
		assert_int_equal(number(job, "attempt"), 1);
	}
	band_close(&b);
}

/* Rows: L20 */
static void test_worker_killed_in_the_middle_is_replaced_and_the_job_completes_once(void **state)
{
	needs_sound();
	struct band b;
	band_open(&b, 600000); /* no lease ends here: it is seen that the process has */
	band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_tune(&b, LONG_BARS);
	int64_t attempt = 1;
	int seed = 0;
	for (int w = 0; attempt == 1; w = !w) { /* again when it was complete before the signal was there */
		AUTO_MEM char *id = render_under_way(&b, tune, &seed);
		assert_int_equal(band_end(&b.workers[w], SIGKILL), 128 + SIGKILL);
		band_start_worker(&b, !w);
		band_wait_state(&b, id, "complete");
		AUTO_JSON json_t *job = band_job(&b, id);
		attempt = number(job, "attempt");
	}
	AUTO_JSON json_t *made = band_ask(&b, "{'type':'artifact_list','space':'audio'}");
	assert_int_equal(json_array_size(json_object_get(made, "artifacts")), seed);
	band_close(&b);
}

static void test_worker_takes_over_from_a_peer_that_went_silent(void **state)
{
	struct band b;
	band_open(&b, 3000); /* long enough for heartbeats on a busy machine */
	/* A worker that claims and is never heard again: ourselves. */
	AUTO_JSON json_t *me = band_ask(&b, "{'type':'worker_register','name':'silent','capabilities':[{'verb':'continue',"
					    "'from_space':'midi','to_space':'midi','model':'markov','model_version':'1','deterministic':true}]}");
	AUTO_MEM char *tune = band_tune(&b, 4);
	AUTO_JSON json_t *r = band_ask(&b, "{'type':'continue','artifact_id':'%s','seed':1}", tune);
	AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
	AUTO_JSON json_t *claim = band_ask(&b, "{'type':'job_claim','worker_id':'%s'}", band_text(me, "worker_id"));
	const json_t *lease = json_object_get(claim, "lease");
	assert_string_equal(band_text(lease, "job_id"), id);
	band_start_worker(&b, 0);
	band_wait_state(&b, id, "complete");
	AUTO_JSON json_t *job = band_job(&b, id);
	assert_true(number(job, "attempt") >= 2);
	/* Waking up late does not help it. */
	struct err err = ERR_INIT;
	AUTO_JSON json_t *late = NULL;
	assert_true(band_try(&b, &late, &err, "{'type':'job_heartbeat','worker_id':'%s','job_id':'%s','attempt':1}",
			     band_text(me, "worker_id"), id) < 0);
	band_close(&b);
}

/* Rows: L20 */
static void test_worker_stops_when_the_job_is_cancelled_and_confirms_it(void **state)
{
	needs_sound();
	struct band b;
	band_open(&b, 3000);
	band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_tune(&b, LONG_BARS);
	AUTO_JSON json_t *r = NULL;
	int seed = 0;
	while (!r) { /* again when it was complete before we asked */
		struct err err = ERR_INIT;
		AUTO_MEM char *id = render_under_way(&b, tune, &seed);
		if (band_try(&b, &r, &err, "{'type':'job_cancel','job_id':'%s','wait_ms':20000}", id) == 0)
			continue;
		AUTO_JSON json_t *job = band_job(&b, id);
		assert_string_equal(band_text(job, "state"), "complete");
	}
	assert_true(json_is_true(json_object_get(r, "confirmed")));
	assert_string_equal(band_text(json_object_get(r, "job"), "state"), "cancelled");
	AUTO_JSON json_t *made = band_ask(&b, "{'type':'artifact_list','space':'audio'}");
	assert_int_equal(json_array_size(json_object_get(made, "artifacts")), seed - 1);
	AUTO_JSON json_t *stats = band_ask(&b, "{'type':'storage_stats'}");
	assert_int_equal(number(stats, "n_staged"), 0);
	/* And it is free for the next one. */
	AUTO_MEM char *small = band_tune(&b, 2);
	AUTO_MEM char *next = start_render(&b, small, 1);
	band_wait_state(&b, next, "complete");
	band_close(&b);
}

static void test_worker_hands_in_what_it_finished_while_hootenanny_was_dead(void **state)
{
	needs_sound();
	struct band b;
	band_open(&b, 30000);
	band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_tune(&b, LONG_BARS);
	int seed = 0;
	AUTO_MEM char *id = render_under_way(&b, tune, &seed);
	assert_int_equal(band_end(&b.hoot, SIGKILL), 128 + SIGKILL);
	band_start_hoot(&b);
	band_wait_state(&b, id, "complete");
	AUTO_JSON json_t *job = band_job(&b, id);
	assert_int_equal(number(job, "attempt"), 1);
	assert_int_not_equal(b.workers[0], 0);
	/* It is the same process, back in the pool. */
	AUTO_MEM char *small = band_tune(&b, 2);
	AUTO_MEM char *next = start_render(&b, small, 1);
	band_wait_state(&b, next, "complete");
	assert_int_equal(band_end(&b.workers[0], SIGTERM), 0);
	band_close(&b);
}

static void test_worker_told_to_end_finishes_its_job_first(void **state)
{
	needs_sound();
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_tune(&b, 28);
	int seed = 0;
	AUTO_MEM char *id = render_under_way(&b, tune, &seed);
	assert_int_equal(kill(b.workers[0], SIGTERM), 0);
	assert_int_equal(band_wait(&b.workers[0]), 0);
	AUTO_JSON json_t *job = band_job(&b, id);
	assert_string_equal(band_text(job, "state"), "complete");
	band_wait_workers(&b, 0);
	band_close(&b);
}

static void test_worker_told_twice_gives_its_job_back(void **state)
{
	needs_sound();
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_tune(&b, LONG_BARS);
	/* With the tiny limits a rendering may be over before the signals are there: then another one is begun. */
	bool interrupted = false;
	for (int seed = 0; !interrupted && seed < 20;) {
		AUTO_MEM char *id = render_under_way(&b, tune, &seed);
		/* Different signals, so that both arrive. */
		assert_int_equal(kill(b.workers[0], SIGTERM), 0);
		assert_int_equal(kill(b.workers[0], SIGINT), 0);
		assert_int_equal(band_wait(&b.workers[0]), 0);
		AUTO_JSON json_t *job = band_job(&b, id);
		interrupted = str_eq(band_text(job, "state"), "pending");
		assert_true(interrupted || str_eq(band_text(job, "state"), "complete"));
		band_start_worker(&b, 0);
		band_wait_state(&b, id, "complete");
	}
	assert_true(interrupted);
	band_close(&b);
}

static void test_worker_starts_before_hootenanny_and_waits_for_it(void **state)
{
	struct band b;
	band_open(&b, 15000);
	assert_int_equal(band_end(&b.hoot, SIGKILL), 128 + SIGKILL);
	band_start_worker(&b, 0);
	band_start_worker(&b, 1);
	band_start_hoot(&b);
	band_wait_workers(&b, 2);
	assert_int_equal(band_end(&b.workers[0], SIGTERM), 0);
	band_wait_workers(&b, 1);
	band_close(&b);
}

static void test_worker_of_the_same_name_is_refused_in_the_same_family(void **state)
{
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	band_wait_workers(&b, 1);
	pid_t first = b.workers[0];
	band_start_worker(&b, 0);
	assert_int_equal(band_wait(&b.workers[0]), 1);
	b.workers[0] = first;
	AUTO_MEM char *path = fs_join(b.dir, "w0.log");
	AUTO_MEM char *log = NULL;
	size_t n;
	assert_int_equal(fs_read(path, 1 << 20, &log, &n, NULL), 0);
	assert_non_null(strstr(log, "--name"));
	band_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_worker_continues_and_renders_and_says_what_it_made, band_teardown),
		cmocka_unit_test_teardown(test_worker_that_sees_no_file_of_ours_fetches_and_delivers_over_tcp, band_teardown),
		cmocka_unit_test_teardown(test_worker_elsewhere_goes_on_when_hootenanny_is_back, band_teardown),
		cmocka_unit_test_teardown(test_worker_elsewhere_is_told_of_damaged_content, band_teardown),
		cmocka_unit_test_teardown(test_worker_joins_and_works_over_ipc_as_over_tcp, band_teardown),
		cmocka_unit_test_teardown(test_worker_announces_its_name_hardware_and_what_it_can_do, band_teardown),
		cmocka_unit_test_teardown(test_worker_started_beside_a_busy_one_takes_its_share, band_teardown),
		cmocka_unit_test_teardown(test_worker_turns_abc_into_midi_and_fails_for_a_tune_that_is_not_there, band_teardown),
		cmocka_unit_test_teardown(test_worker_refuses_ridiculous_parameters_at_once_and_names_the_range, band_teardown),
		cmocka_unit_test_teardown(test_worker_killed_in_the_middle_is_replaced_and_the_job_completes_once, band_teardown),
		cmocka_unit_test_teardown(test_worker_takes_over_from_a_peer_that_went_silent, band_teardown),
		cmocka_unit_test_teardown(test_worker_stops_when_the_job_is_cancelled_and_confirms_it, band_teardown),
		cmocka_unit_test_teardown(test_worker_hands_in_what_it_finished_while_hootenanny_was_dead, band_teardown),
		cmocka_unit_test_teardown(test_worker_told_to_end_finishes_its_job_first, band_teardown),
		cmocka_unit_test_teardown(test_worker_told_twice_gives_its_job_back, band_teardown),
		cmocka_unit_test_teardown(test_worker_starts_before_hootenanny_and_waits_for_it, band_teardown),
		cmocka_unit_test_teardown(test_worker_of_the_same_name_is_refused_in_the_same_family, band_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
