/*
 * test_up.c - holler up, down, status, ping and doctor with real processes; the programs are
 * stand-ins that end when they are told to (tests/system has the real ones).
 */
#include "../check.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/client.h"
#include "wire/codec.h"
#include "wire/family.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 24
#define WAIT_NS  (60 * NS_PER_SEC)

struct home {
	char *dir, *bin, *family_dir;
	struct wire_family *family;
	int changes; /* inotify on the family's directory */
};

struct outcome {
	int status;
	char *out;
};

static void ok(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err_msg(err));
}

/* Runs holler with these words to its end; standard error comes behind standard output. */
static struct outcome run(struct home *h, const char *const *words)
{
	const char *argv[MAX_ARGS + 4] = {getenv("HOLLER"), "--family", h->family_dir};
	char *path = fs_join(h->dir, "output");
	struct outcome o;
	struct err err = ERR_INIT;
	size_t n = 3, size;
	for (size_t i = 0; words[i] && n < MAX_ARGS; i++)
		argv[n++] = words[i];
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, 1);
		dup2(fd, 2);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &o.status, 0), pid);
	o.status = WIFEXITED(o.status) ? WEXITSTATUS(o.status) : 128;
	ok(fs_read(path, 1 << 20, &o.out, &size, &err), &err);
	free(path);
	return o;
}

#define RUN(h, ...) run((h), (const char *const[]){__VA_ARGS__, NULL})

static void must(struct outcome o, int status, const char *text)
{
	if (o.status != status || !strstr(o.out, text))
		fail_msg("status %d, expected %d and '%s':\n%s", o.status, status, text, o.out);
	free(o.out);
}

static int setup(void **state)
{
	static const char *const names[] = {"hootenanny", "chaosgarden", "hoot-worker"};
	struct err err = ERR_INIT;
	struct home *h = calloc(1, sizeof(*h));
	assert_non_null(h);
	ok(fs_temp_dir(NULL, "up", &h->dir, &err), &err);
	h->bin = fs_join(h->dir, "bin");
	h->family_dir = fs_join(h->dir, "family");
	ok(fs_mkdir_p(h->bin, 0700, &err), &err);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *AUTO_MEM path = fs_join(h->bin, names[i]);
		assert_int_equal(symlink(getenv("STANDIN"), path), 0);
	}
	ok(wire_family_open(h->family_dir, true, &h->family, &err), &err);
	h->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	assert_true(inotify_add_watch(h->changes, h->family_dir, IN_MOVED_TO) >= 0);
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct home *h = *state;
	struct err err = ERR_INIT;
	free(RUN(h, "down").out);
	close(h->changes);
	wire_family_free(h->family);
	ok(fs_remove_tree(h->dir, &err), &err);
	free(h->dir);
	free(h->bin);
	free(h->family_dir);
	free(h);
	return 0;
}

static struct outcome up(struct home *h, const char *one, const char *two)
{
	return RUN(h, "up", "--detach", "--bind", "tcp://127.0.0.1:0", "--bin", h->bin, "--wait-ms", "120000",
		   one ? one : "--workers=1", two ? two : "--workers=1");
}

/* Waits until something in the family's directory was replaced. */
static void wait_change(struct home *h, int64_t end_ns)
{
	struct pollfd p = {.fd = h->changes, .events = POLLIN};
	char events[4096];
	if (clock_monotonic_ns(clock_system()) > end_ns)
		fail_msg("nothing more happens");
	if (poll(&p, 1, 1000) > 0)
		(void)!read(h->changes, events, sizeof(events));
}

/* A program's row in supervisor.json; NULL when there is none. A new reference in *doc. */
static json_t *supervised_row(struct home *h, const char *name, json_t **doc)
{
	char *AUTO_MEM path = fs_join(h->family_dir, "supervisor.json");
	size_t i;
	json_t *row;
	if (json_parse_file(path, doc, NULL) < 0)
		return NULL;
	json_array_foreach(json_object_get(*doc, "programs"), i,
			   row) if (strcmp(json_string_value(json_object_get(row, "name")), name) ==
				    0) return row;
	return NULL;
}

static json_t *supervised(struct home *h, const char *name, const char *field, json_t **doc)
{
	return json_object_get(supervised_row(h, name, doc), field);
}

static pid_t pid_of(struct home *h, const char *name)
{
	AUTO_JSON json_t *doc = NULL;
	return (pid_t)json_integer_value(supervised(h, name, "pid", &doc));
}

static void wait_state(struct home *h, const char *name, const char *state, pid_t other_than)
{
	int64_t end_ns = clock_monotonic_ns(clock_system()) + WAIT_NS;
	for (;;) {
		AUTO_JSON json_t *doc = NULL;
		const json_t *row = supervised_row(h, name, &doc); /* both as they were at one time */
		const char *now = json_string_value(json_object_get(row, "state"));
		if (now && strcmp(now, state) == 0 &&
		    (!other_than || json_integer_value(json_object_get(row, "pid")) != other_than))
			return;
		wait_change(h, end_ns);
	}
}

static pid_t supervisor(struct home *h)
{
	struct err err = ERR_INIT;
	pid_t pid = 0;
	ok(wire_family_holder(h->family, "supervisor", &pid, &err), &err);
	return pid;
}

/* Waits for a process that is not our child. */
static void wait_gone(pid_t pid)
{
	int64_t end_ns = clock_monotonic_ns(clock_system()) + WAIT_NS;
	uint64_t start;
	while (wire_process_start(pid, &start) == 0)
		if (clock_monotonic_ns(clock_system()) > end_ns || poll(NULL, 0, 5) < 0)
			fail_msg("%d does not end", (int)pid);
}

/* Asks until every daemon answers: one that is started again needs a moment until it does. */
static void until_answers(struct home *h)
{
	int64_t end_ns = clock_monotonic_ns(clock_system()) + WAIT_NS;
	for (;;) {
		struct outcome o = RUN(h, "ping");
		bool all = o.status == 0 && strstr(o.out, "hootenanny") && strstr(o.out, "chaosgarden");
		if (!all && clock_monotonic_ns(clock_system()) > end_ns)
			fail_msg("%s", o.out);
		free(o.out);
		if (all)
			return;
	}
}

static void test_up_starts_the_family_and_down_stops_it(void **state)
{
	struct home *h = *state;
	must(up(h, NULL, NULL), 0, "is up");
	must(RUN(h, "ping"), 0, "chaosgarden");
	must(RUN(h, "status"), 0, ": up\n");
	must(RUN(h, "--json", "status"), 0, "\"state\":\"up\"");
	pid_t garden = pid_of(h, "chaosgarden"), worker = pid_of(h, "hoot-worker"),
	      super = supervisor(h);
	assert_true(garden > 0 && worker > 0 && super > 0);
	must(RUN(h, "up", "--bin", h->bin), 1, "already runs");
	must(RUN(h, "down"), 0, "stopped 3 programs\n");
	wait_gone(garden);
	wait_gone(worker);
	wait_gone(super);
	must(RUN(h, "down"), 0, "nothing was running");
	must(RUN(h, "status"), 1, ": down");
	must(RUN(h, "ping"), 1, "nothing is running");
}

static void test_up_starts_again_what_was_killed(void **state)
{
	struct home *h = *state;
	static const char *const names[] = {"hootenanny", "chaosgarden", "hoot-worker"};
	must(up(h, NULL, NULL), 0, "is up");
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		pid_t before = pid_of(h, names[i]);
		assert_int_equal(kill(before, SIGKILL), 0);
		wait_state(h, names[i], "running", before);
	}
	until_answers(h);
	AUTO_JSON json_t *doc = NULL;
	assert_int_equal(json_integer_value(supervised(h, "chaosgarden", "restarts", &doc)), 1);
	must(RUN(h, "--json", "status"), 0, "signal 9");
}

static void test_killing_the_supervisor_stops_nothing_and_the_next_up_adopts(void **state)
{
	static const int signals[] = {SIGKILL, SIGTERM};
	struct home *h = *state;
	must(up(h, NULL, NULL), 0, "is up");
	pid_t garden = pid_of(h, "chaosgarden"), hoot = pid_of(h, "hootenanny"),
	      worker = pid_of(h, "hoot-worker");
	for (size_t i = 0; i < COUNT_OF(signals); i++) {
		pid_t super = supervisor(h);
		assert_int_equal(kill(super, signals[i]), 0);
		wait_gone(super);
		must(RUN(h, "ping"), 0, "chaosgarden");
		must(RUN(h, "status"), 0, "no supervisor");
		must(up(h, NULL, NULL), 0, "is up");
		assert_true(supervisor(h) != super);
		assert_int_equal(pid_of(h, "chaosgarden"), garden);
		assert_int_equal(pid_of(h, "hootenanny"), hoot);
		assert_int_equal(pid_of(h, "hoot-worker"), worker);
	}
	/* What was adopted is looked after like the rest. */
	assert_int_equal(kill(garden, SIGKILL), 0);
	wait_state(h, "chaosgarden", "running", garden);
	kill(supervisor(h), SIGKILL);
	must(RUN(h, "down"), 0, "stopped 3 programs\n");
	wait_gone(hoot);
}

/* What the supervisor said of itself. */
static char *supervisor_log(struct home *h)
{
	struct err err = ERR_INIT;
	char *AUTO_MEM path = fs_join(h->family_dir, "log/supervisor.log");
	char *text = NULL;
	size_t n;
	ok(fs_read(path, 1 << 20, &text, &n, &err), &err);
	return text;
}

/* Rows: L35 */
static void test_up_gives_up_visibly_on_a_program_that_keeps_failing(void **state)
{
	static const char *const waits[] = {"starting it again in 100 ms", "starting it again in 200 ms",
					    "starting it again in 400 ms", "starting it again in 800 ms"};
	struct home *h = *state;
	int64_t began_ns = clock_monotonic_ns(clock_system());
	must(up(h, "--pass", "hoot-worker:--fail"), 0, "is up");
	wait_state(h, "hoot-worker", "degraded", 0);
	assert_true(clock_monotonic_ns(clock_system()) - began_ns >= 1500 * NS_PER_MS);
	char *AUTO_MEM log = supervisor_log(h);
	const char *at = log;
	for (size_t i = 0; i < COUNT_OF(waits); i++) {
		at = strstr(at, waits[i]);
		if (!at)
			fail_msg("expected '%s' in its place in:\n%s", waits[i], log);
	}
	must(RUN(h, "status"), 1, ": degraded");
	must(RUN(h, "--json", "status"), 1, "ended with status 3");
	must(RUN(h, "doctor"), 1, "hoot-worker is degraded: it ended with status 3");
	must(RUN(h, "ping"), 0, "chaosgarden"); /* the others go on */
	AUTO_JSON json_t *doc = NULL;
	assert_int_equal(json_integer_value(supervised(h, "hoot-worker", "failures", &doc)), 5);
}

static void test_up_says_why_a_family_could_not_be_started(void **state)
{
	struct home *h = *state;
	must(up(h, "--pass", "chaosgarden:--fail"), 1,
	     "chaosgarden ended with status 3, 5 times in a row");
	must(RUN(h, "down"), 0, "");
	must(RUN(h, "up", "--detach", "--bin", h->bin, "--wait-ms", "2000", "--pass",
		 "hootenanny:--silent", "--bind", "tcp://127.0.0.1:0"),
	     1, "hootenanny does not answer");
	must(RUN(h, "up", "--detach", "--bin", "/nowhere"), 1,
	     "cannot find the program hootenanny");
	must(RUN(h, "--json", "up", "--detach", "--bin", "/nowhere"), 1,
	     "\"message\":\"cannot find the program hootenanny\",\"hint\":\"say where it is with --bin DIR\"}");
	must(RUN(h, "up", "--json", "--detach", "--bind", "tcp://127.0.0.1:0", "--bin", h->bin, "--wait-ms", "120000"), 0,
	     "\",\"state\":\"up\"}");
	must(RUN(h, "down"), 0, "");
	must(RUN(h, "up", "--device", "nul"), 2, "--device: 'nul' is not one of auto|pipewire|null|stepped");
	must(RUN(h, "up", "--only", "chaosgadren"), 2, "no program 'chaosgadren'");
	must(RUN(h, "up", "--bind", "udp://x"), 2, "neither tcp");
	must(RUN(h, "status"), 1, ": down");
}

static void test_down_kills_what_does_not_listen(void **state)
{
	struct home *h = *state;
	must(up(h, "--pass", "hoot-worker:--deaf"), 0, "is up");
	pid_t worker = pid_of(h, "hoot-worker");
	kill(supervisor(h), SIGKILL);
	must(RUN(h, "down", "--wait-ms", "200"), 0, "some had to be killed");
	wait_gone(worker);
}

static void test_doctor_finds_what_is_missing(void **state)
{
	struct home *h = *state;
	must(RUN(h, "doctor"), 1, "FAIL  endpoints");
	must(up(h, NULL, NULL), 0, "is up");
	must(RUN(h, "doctor"), 1, "ok    endpoints   5 sockets of 2 daemons answer");
	must(RUN(h, "doctor"), 1, "ok    catalogue");
	/* The stand-ins have no engine and no store: those lines have to say so. */
	must(RUN(h, "doctor"), 1, "FAIL  engine");
	must(RUN(h, "--json", "doctor"), 1, "{\"check\":\"store\",\"ok\":false");
	assert_int_equal(kill(pid_of(h, "chaosgarden"), SIGSTOP), 0);
	must(RUN(h, "doctor"), 1, "FAIL  endpoints");
	assert_int_equal(kill(pid_of(h, "chaosgarden"), SIGCONT), 0);
	assert_int_equal(chmod(h->family_dir, 0755), 0);
	must(RUN(h, "doctor"), 1, "FAIL  directory");
}

/* Each line is a check that can fail: a stand-in is ill in one way, and the line of that says so (store, worker and soundfont
 * in tests/system/test_family.c). */
static void test_doctor_finds_each_illness_in_its_own_line(void **state)
{
	static const struct {
		const char *flag, *line;
	} cases[] = { {"chaosgarden:--ill=still", "FAIL  engine      48000 Hz, 256 frames a cycle, the clock stands still"},
		      {"chaosgarden:--ill=xruns", "FAIL  xruns       3 in "},
		      {"chaosgarden:--ill=late", "FAIL  content     7 frames were not in memory in time"},
		      {"chaosgarden:--ill=unheard", "FAIL  audio       null clock, though PipeWire runs and is wanted"},
		      {"chaosgarden:--ill=stranger", "FAIL  catalogue   chaosgarden"},
		      {"hootenanny:--ill=stranger", "FAIL  catalogue   hootenanny"},
		      {"hootenanny:--ill=full", "FAIL  disk        0.0 GiB free"} };
	struct home *h = *state;
	struct err err = ERR_INIT;
	char *AUTO_MEM socket = fs_join(h->dir, "pipewire-0");
	ok(fs_write_atomic(socket, "", 0, 0600, &err), &err);
	assert_int_equal(setenv("PIPEWIRE_RUNTIME_DIR", h->dir, 1), 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		must(up(h, "--pass", cases[i].flag), 0, "is up");
		must(RUN(h, "doctor"), 1, cases[i].line);
		must(RUN(h, "down"), 0, "stopped");
	}
	unsetenv("PIPEWIRE_RUNTIME_DIR");
	must(RUN(h, "doctor"), 1, "FAIL  supervisor  nobody looks after the family");
	must(RUN(h, "doctor"), 1, "hootenanny is not running\n                  hint: start it with: holler up\n");
}

static void test_up_tells_systemd_when_the_family_answers(void **state)
{
	struct home *h = *state;
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char *AUTO_MEM path = fs_join(h->dir, "notify");
	char told[64] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(str_copy(at.sun_path, sizeof(at.sun_path), path));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
	must(up(h, NULL, NULL), 0, "is up");
	unsetenv("NOTIFY_SOCKET");
	assert_true(recv(fd, told, sizeof(told) - 1, 0) > 0);
	assert_string_equal(told, "READY=1");
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_up_starts_the_family_and_down_stops_it),
		TEST(test_up_starts_again_what_was_killed),
		TEST(test_killing_the_supervisor_stops_nothing_and_the_next_up_adopts),
		TEST(test_up_gives_up_visibly_on_a_program_that_keeps_failing),
		TEST(test_up_says_why_a_family_could_not_be_started),
		TEST(test_down_kills_what_does_not_listen),
		TEST(test_doctor_finds_what_is_missing),
		TEST(test_doctor_finds_each_illness_in_its_own_line),
		TEST(test_up_tells_systemd_when_the_family_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
