#include "stage.h"

#include "../check.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define STAGE_PATIENCE_S 60

static int64_t stage_deadline(void)
{
	return clock_monotonic_ns(clock_system()) + STAGE_PATIENCE_S * NS_PER_SEC;
}

static bool stage_late(int64_t deadline)
{
	return clock_monotonic_ns(clock_system()) > deadline;
}

void stage_program(const char *name, char *ret, size_t size)
{
	const char *build = getenv("HOOT_BUILD");
	if (!build)
		fail_msg("HOOT_BUILD is not set: run this under meson test");
	const char *folder = strcmp(name, "hoot-worker") == 0 ? "workers" : "daemons";
	(void)snprintf(ret, size, "%s/%s/%s/%s", build, folder, name, name);
}

int stage_run(const char *program, const char *const *args, char **ret_output)
{
	char path[600];
	const char *argv[32] = { program };
	size_t n = 1;
	stage_program(program, path, sizeof(path));
	for (; *args && n + 1 < COUNT_OF(argv); args++)
		argv[n++] = *args;

	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		fail_msg("pipe: %s", strerror(errno));
	posix_spawn_file_actions_t fa;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, fds[1], 1);
	posix_spawn_file_actions_adddup2(&fa, fds[1], 2);
	pid_t pid;
	int r = posix_spawn(&pid, path, &fa, NULL, (char *const *)(void *)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	close(fds[1]);
	if (r != 0)
		fail_msg("start %s: %s", path, strerror(r));

	AUTO_STRBUF out = STRBUF_INIT;
	char buf[4096];
	ssize_t got;
	while ((got = read(fds[0], buf, sizeof(buf))) > 0)
		strbuf_add(&out, buf, (size_t)got);
	close(fds[0]);
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (ret_output)
		*ret_output = strbuf_take(&out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void stage_connect(struct stage *s)
{
	struct err err = ERR_INIT;
	struct wire_client_options o = {
		.name = "test",
		.family = s->family,
		.daemon = "hootenanny",
		.socket = "requests",
		.actor = "test:stage",
		.default_deadline_ms = STAGE_PATIENCE_S * 1000,
	};
	if (wire_loop_new(&s->loop, &err) < 0)
		fail_msg("%s", err.msg);
	o.loop = s->loop;
	if (wire_client_new(&o, &s->hoot, &err) < 0)
		fail_msg("%s", err.msg);
	o.daemon = "chaosgarden";
	o.socket = "shell";
	if (wire_client_new(&o, &s->garden, &err) < 0)
		fail_msg("%s", err.msg);
}

void stage_open(struct stage *s, const char *const *args)
{
	struct err err = ERR_INIT;
	char *dir = NULL;
	*s = (struct stage){ 0 };
	if (fs_temp_dir(NULL, "hoot-test", &dir, &err) < 0)
		fail_msg("%s", err.msg);
	(void)str_copy(s->dir, sizeof(s->dir), dir);
	free(dir);
	(void)snprintf(s->family_dir, sizeof(s->family_dir), "%s/family", s->dir);
	if (wire_family_open(s->family_dir, true, &s->family, &err) < 0)
		fail_msg("%s", err.msg);

	const char *argv[32] = { "--family", s->family_dir, "up", "--detach", "--bind", "tcp://127.0.0.1:0" };
	size_t n = 6;
	for (; *args && n + 1 < COUNT_OF(argv); args++)
		argv[n++] = *args;
	AUTO_MEM char *out = NULL;
	if (stage_run("holler", argv, &out) != 0)
		fail_msg("holler up: %s", out);
	s->up = true;
	stage_connect(s);
}

/* Prints what a sanitizer said in a program's log; 1 when there was something. */
static int stage_read_log(const char *path)
{
	static const char *const marks[] = { "Sanitizer", "runtime error:" };
	AUTO_MEM char *text = NULL;
	size_t n = 0;
	if (fs_read(path, 100u << 20, &text, &n, NULL) < 0)
		return 0;
	for (size_t i = 0; i < COUNT_OF(marks); i++) {
		const char *at = strstr(text, marks[i]);
		if (!at)
			continue;
		print_error("%s: %.4000s\n", path, at - text > 200 ? at - 200 : text);
		return 1;
	}
	return 0;
}

static int stage_read_logs(const struct stage *s)
{
	char path[600];
	int bad = 0;
	(void)snprintf(path, sizeof(path), "%s/log", s->family_dir);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));) {
		(void)snprintf(path, sizeof(path), "%s/log/%.200s", s->family_dir, e->d_name);
		bad |= stage_read_log(path);
	}
	if (d)
		(void)closedir(d);
	return bad;
}

void stage_close(struct stage *s)
{
	struct err err = ERR_INIT;
	wire_client_free(TAKE(s->hoot));
	wire_client_free(TAKE(s->garden));
	wire_loop_free(TAKE(s->loop));
	if (s->up) {
		const char *const args[] = { "--family", s->family_dir, "down", NULL };
		AUTO_MEM char *out = NULL;
		if (stage_run("holler", args, &out) != 0)
			print_error("holler down: %s\n", out);
	}
	wire_family_free(TAKE(s->family));
	int bad = stage_read_logs(s);
	(void)fs_remove_tree(s->dir, &err); /* a leftover in the temporary folder fails nothing */
	if (bad)
		fail_msg("a sanitizer has found something in a program of the family");
}

PRINTF(1, 0) static char *stage_payload(const char *fmt, va_list ap)
{
	char *text = NULL;
	if (vasprintf(&text, fmt, ap) < 0)
		fail_msg("out of memory");
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	return text;
}

static int stage_call(struct wire_client *c, const char *payload, struct strbuf *out, struct err *err)
{
	struct wire_request_options o = { .deadline_ms = STAGE_PATIENCE_S * 1000 };
	return wire_client_call_json(c, payload, strlen(payload), &o, out, err);
}

json_t *stage_ask(struct wire_client *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	AUTO_MEM char *payload = stage_payload(fmt, ap);
	va_end(ap);
	struct err err = ERR_INIT;
	AUTO_STRBUF out = STRBUF_INIT;
	json_t *result = NULL;
	if (stage_call(c, payload, &out, &err) < 0)
		fail_msg("%s\n  -> %s: %s (%s)", payload, err_name(err.code), err.msg, err.field);
	if (json_parse(out.s ? out.s : "", out.n, &result, &err) < 0)
		fail_msg("%s\n  -> %s", payload, err.msg);
	return result;
}

int stage_try(struct wire_client *c, struct err *err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	AUTO_MEM char *payload = stage_payload(fmt, ap);
	va_end(ap);
	AUTO_STRBUF out = STRBUF_INIT;
	return stage_call(c, payload, &out, err);
}

pid_t stage_pid(struct stage *s, const char *daemon)
{
	struct wire_family_daemon d;
	struct err err = ERR_INIT;
	if (wire_family_find(s->family, daemon, &d, &err) < 0 || !d.running)
		return 0;
	return d.pid;
}

static void stage_turn(struct stage *s, int64_t deadline, const char *what)
{
	struct err err = ERR_INIT;
	if (stage_late(deadline))
		fail_msg("waited %d s for %s", STAGE_PATIENCE_S, what);
	if (wire_loop_step(s->loop, 10, &err) < 0)
		fail_msg("%s", err.msg);
}

void stage_kill(struct stage *s, const char *daemon, int signal)
{
	pid_t pid = stage_pid(s, daemon);
	uint64_t start = 0, now = 0;
	if (!pid || wire_process_start(pid, &start) < 0)
		fail_msg("%s is not running", daemon);
	if (kill(pid, signal) < 0)
		fail_msg("kill %s: %s", daemon, strerror(errno));
	int64_t deadline = stage_deadline();
	while (wire_process_start(pid, &now) == 0 && now == start && stage_pid(s, daemon) == pid)
		stage_turn(s, deadline, "a killed daemon to end");
}

void stage_wait_back(struct stage *s, const char *daemon, pid_t old)
{
	int64_t deadline = stage_deadline();
	pid_t pid;
	while ((pid = stage_pid(s, daemon)) == 0 || pid == old)
		stage_turn(s, deadline, daemon);
}

static size_t stage_n_online(struct stage *s)
{
	AUTO_JSON json_t *l = stage_ask(s->hoot, "{'type':'worker_list'}");
	const json_t *w;
	size_t i, n = 0;
	json_array_foreach(stage_value(l, "workers"), i, w)
		n += json_is_true(json_object_get(w, "online"));
	return n;
}

void stage_wait_workers(struct stage *s, size_t n)
{
	int64_t deadline = stage_deadline();
	while (stage_n_online(s) < n)
		stage_turn(s, deadline, "workers");
}

void stage_wait_region(struct stage *s, const char *region, const char *const *states)
{
	int64_t deadline = stage_deadline();
	for (;;) {
		AUTO_JSON json_t *r = stage_ask(s->garden, "{'type':'region_get','region_id':'%s'}", region);
		const char *state = stage_text(r, "region.state");
		for (size_t i = 0; states[i]; i++)
			if (strcmp(states[i], state) == 0)
				return;
		if (strcmp(state, "failed") == 0)
			fail_msg("region %s failed: %s", region, stage_text(r, "region.reason"));
		stage_turn(s, deadline, states[0]);
	}
}

const json_t *stage_value(const json_t *result, const char *path)
{
	const json_t *v = result;
	char word[64];
	for (const char *p = path; v && *p;) {
		size_t n = strcspn(p, ".");
		(void)snprintf(word, sizeof(word), "%.*s", (int)n, p);
		v = json_is_array(v) ? json_array_get(v, (size_t)strtoul(word, NULL, 10)) : json_object_get(v, word);
		p += n + (p[n] == '.');
	}
	if (!v) {
		AUTO_MEM char *text = json_text(result, 0);
		fail_msg("no '%s' in %s", path, text);
	}
	return v;
}

const char *stage_text(const json_t *result, const char *path)
{
	const json_t *v = stage_value(result, path);
	if (!json_is_string(v))
		fail_msg("'%s' is no text", path);
	return json_string_value(v);
}

double stage_number(const json_t *result, const char *path)
{
	const json_t *v = stage_value(result, path);
	if (!json_is_number(v))
		fail_msg("'%s' is no number", path);
	return json_number_value(v);
}

double stage_metric(const json_t *status, const char *name)
{
	const json_t *m;
	size_t i;
	json_array_foreach(stage_value(status, "metrics"), i, m)
		if (strcmp(stage_text(m, "name"), name) == 0)
			return stage_number(m, "value");
	fail_msg("no metric '%s'", name);
	return 0;
}
