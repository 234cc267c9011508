/*
 * test_family.c - the real family under `holler up`: it starts fast, is well, comes back, is
 * adopted, and stops in bounds.
 */
#include "../check.h"
#include "stage.h"

#include "base/fs.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/base64.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOUND_NS (60 * NS_PER_SEC)

static int holler(struct stage *s, char **ret_output, const char *const *words)
{
	const char *argv[24] = {"--family", s->family_dir};
	size_t n = 2;
	for (; *words && n + 1 < COUNT_OF(argv); words++)
		argv[n++] = *words;
	return stage_run("holler", argv, ret_output);
}

#define HOLLER(s, output, ...) holler((s), (output), (const char *const[]){__VA_ARGS__, NULL})

static int setup(void **state)
{
	static const char *const up[] = {"--device", "null", NULL};
	struct stage *s = calloc(1, sizeof(*s));
	assert_non_null(s);
	stage_open(s, up);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	free(*state);
	return 0;
}

static pid_t supervisor(struct stage *s)
{
	struct err err = ERR_INIT;
	pid_t pid = 0;
	if (wire_family_holder(s->family, "supervisor", &pid, &err) < 0)
		fail_msg("%s", err_msg(&err));
	return pid;
}

static void wait_gone(pid_t pid)
{
	int64_t end_ns = clock_monotonic_ns(clock_system()) + BOUND_NS;
	uint64_t start;
	while (wire_process_start(pid, &start) == 0)
		if (clock_monotonic_ns(clock_system()) > end_ns || poll(NULL, 0, 5) < 0)
			fail_msg("%d does not end", (int)pid);
}

/* Runs doctor until it is content: a worker needs a moment to join after a start. What it says then. */
static char *doctor_well(struct stage *s, const char *option)
{
	int64_t end_ns = clock_monotonic_ns(clock_system()) + BOUND_NS;
	for (;;) {
		char *AUTO_MEM out = NULL;
		if (HOLLER(s, &out, "doctor", option) == 0)
			return TAKE(out);
		if (clock_monotonic_ns(clock_system()) > end_ns)
			fail_msg("%s", out);
	}
}

static void until_well(struct stage *s)
{
	free(doctor_well(s, NULL));
}

static void test_doctor_is_content_with_a_running_family(void **state)
{
	struct stage *s = *state;
	char *AUTO_MEM out = doctor_well(s, "--json");
	assert_non_null(strstr(out, "\"ok\":true"));
	assert_null(strstr(out, "\"ok\":false"));
}

/* The models are those of the workers that are there, of the verb that stands before. */
static void test_completion_knows_the_models_of_a_running_family(void **state)
{
	struct stage *s = *state;
	char *AUTO_MEM models = NULL;
	char *AUTO_MEM spaces = NULL;
	until_well(s);
	assert_int_equal(HOLLER(s, &models, "complete", "--", "call", "bridge", "--model", "m"), 0);
	assert_string_equal(models, "markov\nmorph\n");
	assert_int_equal(HOLLER(s, &spaces, "complete", "--", "call", "project", "--space", "mi"), 0);
	assert_string_equal(spaces, "midi\n");
}

/* The daemons run elsewhere: what holler is given counts from the folder it stands in, also within an operation of an edit. */
static void test_a_relative_path_on_the_command_line_counts_from_its_own_folder(void **state)
{
	static const char one_beat[] = "MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\14\0\x90\x3c\x40\x60\x80\x3c\x40\0\xff\x2f";
	struct stage *s = *state;
	char before[4096];
	char *AUTO_MEM made = NULL;
	char *AUTO_MEM edited = NULL;
	char *AUTO_MEM missing = NULL;
	char *AUTO_MEM file = fs_join(s->dir, "one.mid");
	char *AUTO_MEM recording = fs_join(s->dir, "take.wav");
	assert_int_equal(fs_write_atomic(file, one_beat, sizeof(one_beat), 0600, NULL), 0);
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(s->dir), 0);
	int first = HOLLER(s, &made, "call", "region_create", "--region-id", "one", "--position-beats", "0", "--content",
			   "{\"path\":\"one.mid\"}");
	int second = HOLLER(s, &edited, "call", "timeline_edit", "--json",
			    "{\"ops\":[{\"op\":\"region_create\",\"position_beats\":4,\"content\":{\"path\":\"./one.mid\"}}]}");
	int third = HOLLER(s, NULL, "call", "record_start", "--path", "take.wav");
	int fourth = HOLLER(s, &missing, "call", "region_create", "--position-beats", "0", "--content", "{\"path\":\"two.mid\"}");
	assert_int_equal(chdir(before), 0);
	if (first || second || third)
		fail_msg("%s\n%s", made, edited);
	assert_non_null(strstr(made, "\"duration_beats\": 1"));
	AUTO_JSON json_t *one = stage_ask(s->garden, "{'type':'region_get','region_id':'one'}");
	assert_string_equal(stage_text(one, "region.content.path"), file);
	json_decref(stage_ask(s->garden, "{'type':'record_stop'}"));
	assert_true(fs_exists(recording));
	assert_int_equal(fourth, 1);
	assert_non_null(strstr(missing, "/two.mid"));
}

/* The family's worker cannot do what is asked of it, content is damaged: each shows in the doctor's line of it. */
static void test_doctor_finds_missing_workers_and_damaged_content(void **state)
{
	struct stage *s = *state;
	AUTO_JSON json_t *stored = stage_ask(s->hoot, "{'type':'cas_store','data':'aGVsbG8gdGhlcmU='}");
	AUTO_JSON json_t *found =
		stage_ask(s->hoot, "{'type':'cas_inspect','hash':'%s'}", stage_text(stored, "content_hash"));
	char *AUTO_MEM damaged = NULL;
	char *AUTO_MEM alone = NULL;
	char *AUTO_MEM half = NULL;
	char *AUTO_MEM none = NULL;
	const char *path = stage_text(found, "path");
	until_well(s);
	assert_int_equal(chmod(path, 0600), 0);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0 && pwrite(fd, "J", 1, 0) == 1);
	close(fd);
	assert_int_equal(HOLLER(s, &damaged, "doctor"), 1);
	if (!strstr(damaged, "FAIL  store       1 of ") || !strstr(damaged, stage_text(stored, "content_hash")))
		fail_msg("%s", damaged);

	/* Nobody makes films: such a job waits for nobody. */
	AUTO_JSON json_t *abc = stage_ask(s->hoot, "{'type':'artifact_upload','space':'abc','mime_type':'text/vnd.abc','data':"
						   "'WDoxCks6QwpDREVGfAo='}");
	AUTO_JSON json_t *job = stage_ask(s->hoot, "{'type':'project','artifact_id':'%s','space':'film'}",
					  stage_text(abc, "artifact.artifact_id"));
	const char *says = "no worker that is online can project abc to film; what comes near: ";
	assert_non_null(strstr(stage_text(job, "job.waiting_for"), says));
	assert_int_equal(HOLLER(s, &alone, "doctor"), 1);
	if (!strstr(alone, "FAIL  jobs        1 of 1 that wait, wait for nobody: no worker that is online can project abc to film"))
		fail_msg("%s", alone);
	json_decref(stage_ask(s->hoot, "{'type':'job_cancel','job_id':'%s'}", stage_text(job, "job.job_id")));

	assert_int_equal(HOLLER(s, NULL, "down"), 0);
	assert_int_equal(HOLLER(s, NULL, "up", "--detach", "--bind", "tcp://127.0.0.1:0", "--device", "null", "--workers", "0"), 0);
	assert_int_equal(HOLLER(s, &none, "doctor"), 1);
	if (!strstr(none, "FAIL  worker      0 online, none continues MIDI") || !strstr(none, "FAIL  soundfont   no worker can render MIDI"))
		fail_msg("%s", none);

	/* One that continues and does not render. */
	json_decref(stage_ask(s->hoot, "{'type':'worker_register','name':'half','version':'1','hardware':'test','capabilities':[{'verb':"
				       "'continue','from_space':'midi','to_space':'midi','model':'half','model_version':'1',"
				       "'deterministic':true}]}"));
	assert_int_equal(HOLLER(s, &half, "doctor"), 1);
	if (!strstr(half, "ok    worker      1 online, continuing MIDI with half") || !strstr(half, "FAIL  soundfont "))
		fail_msg("%s", half);
}

/* More work is done by starting more workers, and nothing but the endpoints says whether they are near: the same family over
 * local sockets.
 * Rows: S0-147
 */
static void test_a_family_over_ipc_with_two_workers_is_well(void **state)
{
	struct stage *s = *state;
	char bind[340];
	char *AUTO_MEM up = NULL;
	char *AUTO_MEM status = NULL;
	(void)snprintf(bind, sizeof(bind), "ipc://%s/s", s->dir);
	assert_int_equal(HOLLER(s, NULL, "down"), 0);
	if (HOLLER(s, &up, "up", "--detach", "--bind", bind, "--device", "null", "--workers", "2") != 0)
		fail_msg("%s", up);
	until_well(s);
	stage_wait_workers(s, 2);
	assert_int_equal(HOLLER(s, &status, "--json", "status"), 0);
	if (!strstr(status, "\"name\":\"hoot-worker-2\",\"state\":\"running\""))
		fail_msg("%s", status);
}

/* A tenth of a second of a square wave as a WAV file in base64; small enough for a message in the tiny build. */
static char *short_wav(void)
{
	static const unsigned char head[44] = { 'R', 'I', 'F', 'F', 0x44, 3, 0, 0, 'W', 'A', 'V', 'E', 'f', 'm', 't', ' ', 16, 0, 0, 0, 1, 0,
						1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0, 'd', 'a', 't', 'a', 0x20, 3, 0, 0 };
	unsigned char bytes[44 + 800];
	memcpy(bytes, head, sizeof(head));
	for (size_t i = sizeof(head); i < sizeof(bytes); i++)
		bytes[i] = i / 20 % 2 ? 0x90 : 0x70;
	char *text = calloc(1, BASE64_SIZE(sizeof(bytes)) + 1);
	assert_non_null(text);
	base64_encode(text, bytes, sizeof(bytes));
	return text;
}

/* Rows: S3-39 */
static void test_bind_and_cas_root_say_where_both_daemons_listen_and_where_content_lies(void **state)
{
	struct stage *s = *state;
	struct wire_family_daemon d;
	struct err err = ERR_INIT;
	char root[340], bind[340];
	char *AUTO_MEM up = NULL;
	char *AUTO_MEM wav = short_wav();
	(void)snprintf(root, sizeof(root), "%s/content", s->dir);
	(void)snprintf(bind, sizeof(bind), "ipc://%s/s", s->dir);
	assert_int_equal(HOLLER(s, NULL, "down"), 0);
	if (HOLLER(s, &up, "up", "--detach", "--bind", bind, "--device", "null", "--cas-root", root) != 0)
		fail_msg("%s", up);
	static const char *const daemons[] = {"hootenanny", "chaosgarden"};
	for (size_t i = 0; i < COUNT_OF(daemons); i++) {
		assert_int_equal(wire_family_find(s->family, daemons[i], &d, &err), 0);
		assert_true(d.n_endpoints >= 3);
		for (size_t k = 0; k < d.n_endpoints; k++)
			assert_true(str_starts(d.endpoints[k].endpoint, bind));
	}
	AUTO_JSON json_t *stored = stage_ask(s->hoot, "{'type':'cas_store','data':'%s','mime_type':'audio/wav'}", wav);
	const char *hash = stage_text(stored, "content_hash");
	AUTO_JSON json_t *found = stage_ask(s->hoot, "{'type':'cas_inspect','hash':'%s'}", hash);
	assert_true(str_starts(stage_text(found, "path"), root));
	/* Named by its hash alone: chaosgarden knows how long it is only when it has found the file. 0.1 s are 0.2 beats at 120 bpm. */
	AUTO_JSON json_t *region = stage_ask(s->garden, "{'type':'region_create','position_beats':0,'content':{'hash':'%s'}}", hash);
	assert_float_equal(stage_number(region, "duration_beats"), 0.2, 1e-6);
}

/*
 * Each backend by its own endpoint, without a gateway and without a family's directory. (`holler lua` comes with luanette.)
 * Rows: S3-42
 */
static void test_holler_reaches_every_backend_directly(void **state)
{
	static const struct {
		const char *daemon, *variable, *request, *has;
	} cases[] = { {"hootenanny", "HOLLER_HOOTENANNY", "job_list", "\"jobs\""},
		      {"chaosgarden", "HOLLER_CHAOSGARDEN", "region_list", "\"regions\""} };
	struct stage *s = *state;
	struct wire_family_daemon d;
	struct err err = ERR_INIT;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char payload[64];
		const char *daemon = cases[i].daemon;
		char *AUTO_MEM pinged = NULL;
		char *AUTO_MEM sent = NULL;
		char *AUTO_MEM called = NULL;
		char *AUTO_MEM nobody = NULL;
		assert_int_equal(wire_family_find(s->family, daemon, &d, &err), 0);
		setenv(cases[i].variable, d.endpoints[0].endpoint, 1);
		(void)snprintf(payload, sizeof(payload), "{\"type\":\"%s\"}", cases[i].request);
		assert_int_equal(stage_run("holler", (const char *const[]){"--family", "/no/family", "ping", daemon, NULL}, &pinged), 0);
		assert_int_equal(stage_run("holler", (const char *const[]){"--family", "/no/family", "send", daemon, payload, NULL}, &sent), 0);
		assert_int_equal(stage_run("holler", (const char *const[]){"--family", "/no/family", "call", cases[i].request, NULL}, &called),
				 0);
		unsetenv(cases[i].variable);
		assert_non_null(strstr(pinged, daemon));
		assert_non_null(strstr(sent, cases[i].has));
		assert_non_null(strstr(called, cases[i].has));
		assert_int_equal(stage_run("holler", (const char *const[]){"--family", "/no/family", "ping", daemon, NULL}, &nobody), 1);
		assert_non_null(strstr(nobody, "holler up"));
	}
}

/* Reads lines until one has the text. */
static void read_line_with(FILE *f, const char *text)
{
	char line[1024];
	while (fgets(line, sizeof(line), f))
		if (strstr(line, text))
			return;
	fail_msg("it ended before '%s'", text);
}

static void test_timeline_watch_draws_again_what_changes_and_outlives_its_daemon(void **state)
{
	struct stage *s = *state;
	char path[600], command[1200];
	stage_program("holler", path, sizeof(path));
	(void)snprintf(command, sizeof(command), "echo $$; exec %s --family %s timeline --watch", path, s->family_dir);
	FILE *f = popen(command, "r");
	int watcher = 0;
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &watcher), 1);
	read_line_with(f, "nothing stands here yet");
	json_decref(stage_ask(s->garden, "{'type':'region_create','behaviour':'latent','name':'sudden','position_beats':0,'duration_beats':4}"));
	read_line_with(f, "1 sudden");
	pid_t pid = stage_pid(s, "chaosgarden");
	stage_kill(s, "chaosgarden", SIGKILL);
	stage_wait_back(s, "chaosgarden", pid);
	json_decref(stage_ask(s->garden, "{'type':'region_create','behaviour':'latent','name':'later','position_beats':4,'duration_beats':4}"));
	read_line_with(f, "2 later");
	assert_int_equal(kill(watcher, SIGINT), 0);
	assert_int_equal(pclose(f), 0);
}

static void test_a_second_family_in_the_directory_is_refused(void **state)
{
	struct stage *s = *state;
	static const char *const daemons[] = {"hootenanny", "chaosgarden"};
	for (size_t i = 0; i < COUNT_OF(daemons); i++) {
		char *AUTO_MEM out = NULL;
		char pid[32];
		const char *const args[] = {"--family", s->family_dir, "--bind",
					    "tcp://127.0.0.1:0", NULL};
		(void)snprintf(pid, sizeof(pid), "pid %d", (int)stage_pid(s, daemons[i]));
		assert_int_not_equal(stage_run(daemons[i], args, &out), 0);
		if (!strstr(out, "already runs") || !strstr(out, pid))
			fail_msg("%s: %s", daemons[i], out);
	}
	char *AUTO_MEM out = NULL;
	assert_int_equal(HOLLER(s, &out, "up"), 1);
	assert_non_null(strstr(out, "already runs"));
}

static void test_up_says_why_when_a_port_is_taken(void **state)
{
	struct stage *s = *state;
	struct wire_family_daemon d;
	struct err err = ERR_INIT;
	char *AUTO_MEM out = NULL;
	char other[340];
	assert_int_equal(wire_family_find(s->family, "chaosgarden", &d, &err), 0);
	(void)snprintf(other, sizeof(other), "%s/other", s->dir);
	/* Alone, for another program would stumble over another port, and with the time for five attempts on a slow machine. */
	const char *const args[] = {"--family", other,	"up",	  "--detach", "--device", "null", "--only", "chaosgarden",
				    "--wait-ms", "120000", "--bind", d.endpoints[0].endpoint, NULL};
	assert_int_equal(stage_run("holler", args, &out), 1);
	/* Of the five ports from that one on, the first that it finds taken: others of them may be somebody's, too. */
	static const char host[] = "tcp://127.0.0.1:";
	const char *why = strstr(out, "given up: "), *named = why ? strstr(why, host) : NULL;
	long port = strtol(d.endpoints[0].endpoint + strlen(host), NULL, 10);
	long taken = named ? strtol(named + strlen(host), NULL, 10) : 0;
	if (taken < port || taken > port + 4 || !strstr(named, "Address already in use"))
		fail_msg("%s", out);
}

/* In both orders, and at ports that were picked anew: clients that were connected all the time find each again. */
/* Rows: S0-147, L28, L29 */
static void test_every_program_comes_back_after_a_kill(void **state)
{
	struct stage *s = *state;
	static const char *const daemons[] = {"hootenanny", "chaosgarden", "chaosgarden", "hootenanny"};
	for (size_t i = 0; i < COUNT_OF(daemons); i++) {
		pid_t pid = stage_pid(s, daemons[i]);
		stage_kill(s, daemons[i], SIGKILL);
		stage_wait_back(s, daemons[i], pid);
		AUTO_JSON json_t *hoot = stage_ask(s->hoot, "{'type':'ping'}");
		AUTO_JSON json_t *garden = stage_ask(s->garden, "{'type':'ping'}");
		assert_string_equal(stage_text(hoot, "name"), "hootenanny");
		assert_string_equal(stage_text(garden, "name"), "chaosgarden");
	}
	until_well(s);
}

/* Somebody deletes endpoints.json, or writes nonsense into it, while the family runs: it is mended at once. */
/* Rows: L29 */
static void test_a_family_mends_its_endpoints(void **state)
{
	struct stage *s = *state;
	char path[400];
	(void)snprintf(path, sizeof(path), "%s/endpoints.json", s->family_dir);
	until_well(s);
	assert_int_equal(unlink(path), 0);
	until_well(s);
	static const char *const nonsense[] = {"{\"version\":1,\"dae", "", "[]", "{\"version\":1,\"daemons\":{}}"};
	for (size_t i = 0; i < COUNT_OF(nonsense); i++) {
		FILE *f = fopen(path, "we");
		assert_non_null(f);
		assert_true(fputs(nonsense[i], f) >= 0);
		assert_int_equal(fclose(f), 0);
		until_well(s);
	}
}

static void test_a_killed_supervisor_stops_nothing_and_the_next_adopts(void **state)
{
	struct stage *s = *state;
	pid_t hoot = stage_pid(s, "hootenanny"), garden = stage_pid(s, "chaosgarden"),
	      old = supervisor(s);
	char *AUTO_MEM out = NULL;
	assert_true(old > 0);
	assert_int_equal(kill(old, SIGKILL), 0);
	wait_gone(old);
	json_decref(stage_ask(s->garden, "{'type':'ping'}"));
	if (HOLLER(s, &out, "up", "--detach", "--bind", "tcp://127.0.0.1:0", "--device", "null") !=
	    0)
		fail_msg("%s", out);
	assert_true(supervisor(s) > 0 && supervisor(s) != old);
	assert_int_equal(stage_pid(s, "hootenanny"), hoot);
	assert_int_equal(stage_pid(s, "chaosgarden"), garden);
	until_well(s);
}

static void test_the_family_stops_within_its_bound_and_starts_at_once(void **state)
{
	struct stage *s = *state;
	char *AUTO_MEM down = NULL;
	char *AUTO_MEM up = NULL;
	int64_t began_ns = clock_monotonic_ns(clock_system());
	if (HOLLER(s, &down, "down") != 0 || strstr(down, "killed"))
		fail_msg("%s", down);
	assert_true(clock_monotonic_ns(clock_system()) - began_ns < 15 * NS_PER_SEC);
	assert_int_equal(stage_pid(s, "chaosgarden"), 0);
	began_ns = clock_monotonic_ns(clock_system());
	if (HOLLER(s, &up, "up", "--detach", "--bind", "tcp://127.0.0.1:0", "--device", "null") !=
	    0)
		fail_msg("%s", up);
	print_message("started in %.0f ms\n",
		      (double)(clock_monotonic_ns(clock_system()) - began_ns) / 1e6);
	json_decref(stage_ask(s->hoot, "{'type':'ping'}"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_doctor_is_content_with_a_running_family),
		TEST(test_completion_knows_the_models_of_a_running_family),
		TEST(test_a_relative_path_on_the_command_line_counts_from_its_own_folder),
		TEST(test_doctor_finds_missing_workers_and_damaged_content),
		TEST(test_a_family_over_ipc_with_two_workers_is_well),
		TEST(test_bind_and_cas_root_say_where_both_daemons_listen_and_where_content_lies),
		TEST(test_holler_reaches_every_backend_directly),
		TEST(test_timeline_watch_draws_again_what_changes_and_outlives_its_daemon),
		TEST(test_a_second_family_in_the_directory_is_refused),
		TEST(test_up_says_why_when_a_port_is_taken),
		TEST(test_every_program_comes_back_after_a_kill),
		TEST(test_a_family_mends_its_endpoints),
		TEST(test_a_killed_supervisor_stops_nothing_and_the_next_adopts),
		TEST(test_the_family_stops_within_its_bound_and_starts_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
