/*
 * up.c - holler up: start the programs of a family, or adopt those that run, and keep them
 * running.
 *
 * Signals: SIGINT stops the family and then ends; SIGTERM (and anything worse) ends only this
 *          process and leaves the programs running for the next `holler up`.
 */
#include "up.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"
#include "supervise.h"
#include "wire/client.h"
#include "wire/codec.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

#define STOP_MS 10000

/* A daemon that has to answer before the family counts as started. */
struct awaited {
	struct up *up;
	const char *name;
	struct wire_client *client;
	bool answered;
};

struct up {
	const struct holler *h;
	struct up_options o;
	struct wire_family *family;
	struct wire_loop *loop;
	struct wire_context *context;
	struct supervisor *supervisor;
	struct wire_watch *interrupt, *terminate;
	struct awaited awaited[2];
	size_t n_awaited, n_answered;
	int report;    /* where the first result goes, -1 when it was told */
	char why[800]; /* it could not be started; told once everything has stopped again */
	int interrupts;
	bool failed;
};

static int add_program(struct up *u, const struct up_program *p, const char *name, struct err *err)
{
	struct up_arguments a;
	int r = up_arguments(&u->o, u->h->self, wire_family_dir(u->family), p, name, &a, err);
	return r < 0 ? r : supervisor_add(u->supervisor, name, a.v, !p->daemon, err);
}

static int add_programs(struct up *u, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < up_n_programs && r == 0; i++) {
		const struct up_program *p = &up_programs[i];
		if (!up_wants(&u->o, p))
			continue;
		if (p->daemon) {
			r = add_program(u, p, p->name, err);
			continue;
		}
		for (int k = 1; k <= u->o.n_workers && r == 0; k++) {
			char name[32];
			(void)snprintf(name, sizeof(name), k == 1 ? "%s" : "%s-%d", p->name, k);
			r = add_program(u, p, name, err);
		}
	}
	return r;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void say(const struct up *u, const char *name, const char *state, const char *what)
{
	char now[CLOCK_ISO_SIZE];
	clock_format_iso(clock_real_ns(clock_system()), now);
	if (u->h->json) {
		AUTO_STRBUF b = STRBUF_INIT;
		struct json_out o;
		json_out_init(&o, &b);
		json_out_object_begin(&o);
		json_out_key(&o, "time");
		json_out_string(&o, now);
		json_out_key(&o, "program");
		json_out_string(&o, name);
		json_out_key(&o, "state");
		json_out_string(&o, state);
		json_out_key(&o, "what");
		json_out_string(&o, what);
		json_out_object_end(&o);
		printf("%s\n", strbuf_ok(&b) ? b.s : "{}");
	} else {
		printf("%.8s  %-12s %s\n", now + 11, name, what);
	}
	fflush(stdout);
}

/* The first result, for whoever waits in front of a detached family. */
static void report(struct up *u, bool good, const char *text)
{
	if (u->report < 0)
		return;
	char head = good ? '0' : '1';
	(void)fs_write_all(u->report, &head, 1);
	(void)fs_write_all(u->report, text, strlen(text));
	close(u->report);
	u->report = -1;
}

/* It never was whole: what has been started goes again. */
static void give_up(struct up *u, const char *why)
{
	if (u->failed)
		return;
	u->failed = true;
	(void)str_copy(u->why, sizeof(u->why), why);
	supervisor_stop(u->supervisor, STOP_MS);
}

/* The last error that a program wrote to its log, "" when there is none to be found. */
static void last_words(const struct up *u, const char *name, char *ret, size_t size)
{
	char path[PATH_MAX], tail[4096];
	ret[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/log/%s.log", wire_family_dir(u->family), name) >= (int)sizeof(path))
		return;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	off_t end = lseek(fd, 0, SEEK_END);
	ssize_t n = pread(fd, tail, sizeof(tail) - 1, end > (off_t)sizeof(tail) - 1 ? end - (off_t)sizeof(tail) + 1 : 0);
	close(fd);
	if (n <= 0)
		return;
	tail[n] = '\0';
	for (char *line = tail, *next; line && *line; line = next) {
		AUTO_JSON json_t *doc = NULL;
		const char *error;
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (json_parse(line, strlen(line), &doc, NULL) == 0 && json_get_string(doc, "error", &error, NULL) == 0)
			(void)str_copy(ret, size, error);
	}
}

static void changed(void *arg, const char *name, enum supervise_state state, const char *what)
{
	struct up *u = arg;
	char text[700], why[300];
	say(u, name, supervise_state_name(state), what);
	if (state != SUPERVISE_DEGRADED)
		return;
	last_words(u, name, why, sizeof(why));
	(void)snprintf(text, sizeof(text), "%s %s%s%s\n  hint: read %s/log/%s.log\n", name, what, *why ? ": " : "", why,
		       wire_family_dir(u->family), name);
	if (u->n_answered < u->n_awaited)
		give_up(u, text);
}

static void stopped(void *arg, int killed)
{
	struct up *u = arg;
	char what[64];
	(void)snprintf(what, sizeof(what), killed ? "stopped; %d had to be killed" : "stopped",
		       killed);
	say(u, "family", killed ? "killed" : "stopped", what);
	wire_loop_stop(u->loop);
}

/* Tells systemd, when it waits for that: a datagram to $NOTIFY_SOCKET, where '@' stands for an abstract name. */
static void notify_ready(void)
{
	static const char ready[] = "READY=1";
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	if (!path || !str_copy(to.sun_path, sizeof(to.sun_path), path))
		return;
	socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	if (fd < 0 || sendto(fd, ready, sizeof(ready) - 1, MSG_NOSIGNAL, (struct sockaddr *)&to, n) < 0)
		fprintf(stderr, "holler up: $NOTIFY_SOCKET '%s': %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void family_answers(struct up *u)
{
	char text[PATH_MAX + 64];
	(void)snprintf(text, sizeof(text), "the family in '%s' is up\n",
		       wire_family_dir(u->family));
	say(u, "family", "up", "every program answers");
	report(u, true, text);
	notify_ready();
}

static void answered(void *arg, const struct wire_answer *a)
{
	struct awaited *w = arg;
	struct up *u = w->up;
	char text[400];
	if (a->code == 0 && !w->answered) {
		w->answered = true;
		if (++u->n_answered == u->n_awaited)
			family_answers(u);
		return;
	}
	if (u->failed)
		return;
	(void)snprintf(text, sizeof(text), "%s does not answer: %s\n  hint: read %s/log/%s.log\n",
		       w->name, a->err->msg, wire_family_dir(u->family), w->name);
	say(u, w->name, "silent", "does not answer");
	give_up(u, text);
}

static int await(struct up *u, const char *name, struct err *err)
{
	struct awaited *w = &u->awaited[u->n_awaited];
	struct wire_client_options o = {.name = "holler-up",
					.context = u->context,
					.loop = u->loop,
					.family = u->family,
					.daemon = name,
					.socket = wire_role_socket(name, WIRE_ROLE_REQUESTS)};
	struct wire_request_options r = {.deadline_ms = u->o.wait_ms};
	*w = (struct awaited){.up = u, .name = name};
	int e = wire_client_new(&o, &w->client, err);
	if (e < 0)
		return e;
	u->n_awaited++;
	return wire_client_send(w->client, &wire_messages[WIRE_MESSAGE_ping], &(struct ping){0}, &r,
				answered, w, NULL, err);
}

static int await_all(struct up *u, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < up_n_programs && r == 0; i++)
		if (up_programs[i].daemon && up_wants(&u->o, &up_programs[i]))
			r = await(u, up_programs[i].name, err);
	if (r == 0 && !u->n_awaited)
		family_answers(u);
	return r;
}

/* --- running ---------------------------------------------------------------------------------- */

static void on_interrupt(void *arg)
{
	struct up *u = arg;
	supervisor_stop(u->supervisor, STOP_MS);
	if (++u->interrupts == 2)
		say(u, "family", "stopping", "waiting for the programs to finish");
}

static void on_terminate(void *arg)
{
	struct up *u = arg;
	say(u, "family", "left", "the programs go on; holler up adopts them");
	wire_loop_stop(u->loop);
}

static int open_up(struct up *u, struct err *err)
{
	struct supervise_options so = {.changed = changed, .stopped = stopped, .arg = u};
	struct wire_curve keys;
	int r = wire_family_lock(u->family, "supervisor", err);
	if (r == 0 && u->o.keys)
		r = wire_family_curve(u->family, true, &keys, err);
	if (r == 0)
		r = wire_context_new(&u->context, err);
	if (r == 0)
		r = wire_loop_new(&u->loop, err);
	if (r == 0)
		r = wire_signal_new(u->loop, SIGINT, on_interrupt, u, &u->interrupt, err);
	if (r == 0)
		r = wire_signal_new(u->loop, SIGTERM, on_terminate, u, &u->terminate, err);
	so.loop = u->loop;
	so.family = u->family;
	if (r == 0)
		r = supervisor_new(&so, &u->supervisor, err);
	return r;
}

static void close_up(struct up *u)
{
	for (size_t i = 0; i < u->n_awaited; i++)
		wire_client_free(u->awaited[i].client);
	supervisor_free(u->supervisor);
	wire_watch_free(u->interrupt);
	wire_watch_free(u->terminate);
	wire_loop_free(u->loop);
	wire_context_free(u->context);
}

static int run_up(struct up *u, struct err *err)
{
	int r = open_up(u, err);
	if (r == 0)
		r = add_programs(u, err);
	if (r == 0)
		r = await_all(u, err);
	if (r < 0)
		(void)snprintf(u->why, sizeof(u->why), "%s\n%s%s%s", err_msg(err),
			       err->hint[0] ? "  hint: " : "", err->hint, err->hint[0] ? "\n" : "");
	if (r < 0 && u->supervisor)
		supervisor_stop(u->supervisor,
				STOP_MS); /* a family that cannot be whole is not left half */
	if (u->supervisor)
		(void)wire_loop_run(u->loop, r < 0 ? NULL : err);
	close_up(u);
	return r;
}

/* --- in the background ------------------------------------------------------------------------ */

/* Why there is no family, with "\n  hint: …" behind it or without. */
static int fail_with(const struct holler *h, const char *why)
{
	static const char hint[] = "\n  hint: ";
	struct err err = ERR_INIT;
	if (!h->json) {
		fprintf(stderr, "holler up: %s", why);
		return 1;
	}
	const char *at = strstr(why, hint), *rest = at ? at + sizeof(hint) - 1 : "";
	int n = (int)(at ? (size_t)(at - why) : strcspn(why, "\n"));
	int r = err_set(&err, -EAGAIN, "%.*s", n, why);
	(void)err_hint(&err, r, "%.*s", (int)strcspn(rest, "\n"), rest);
	return holler_fail(h, "up", &err);
}

static void say_up(const struct holler *h, const char *dir, const char *text)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out o;
	json_out_init(&o, &b);
	json_out_object_begin(&o);
	json_out_key(&o, "family");
	json_out_string(&o, dir);
	json_out_key(&o, "state");
	json_out_string(&o, "up");
	json_out_object_end(&o);
	if (h->json)
		printf("%s\n", strbuf_ok(&b) ? b.s : "{}");
	else
		fputs(text, stdout);
}

/* What the one in the background says first; its status. */
static int hear(const struct holler *h, const char *dir, int fd)
{
	char text[1024];
	size_t n = 0;
	ssize_t got;
	while (n < sizeof(text) - 1 && (got = read(fd, text + n, sizeof(text) - 1 - n)) != 0) {
		if (got < 0 && errno != EINTR)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	text[n] = '\0';
	if (n && text[0] == '0') {
		say_up(h, dir, text + 1);
		return 0;
	}
	return fail_with(h, n ? text + 1 : "the family ended before it answered\n");
}

static int to_log(const struct up *u, struct err *err)
{
	char path[PATH_MAX];
	if (snprintf(path, sizeof(path), "%s/log", wire_family_dir(u->family)) >= (int)sizeof(path))
		return err_set(err, -ENAMETOOLONG, "%s", wire_family_dir(u->family));
	int r = fs_mkdir_p(path, 0700, err);
	if (r < 0)
		return r;
	if (snprintf(path, sizeof(path), "%s/log/supervisor.log", wire_family_dir(u->family)) >=
	    (int)sizeof(path))
		return err_set(err, -ENAMETOOLONG, "%s", wire_family_dir(u->family));
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
	    null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || null < 0)
		r = err_sys(err, "%s", path);
	if (r == 0 && (dup2(null, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
		       dup2(fd, STDERR_FILENO) < 0))
		r = err_sys(err, "%s", path);
	if (fd >= 0)
		close(fd);
	if (null >= 0)
		close(null);
	return r;
}

/* Forks before anything has threads; the parent stays until the first result. */
static int detach(struct up *u, struct err *err)
{
	int pipes[2];
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_sys(err, "pipe");
	pid_t pid = fork();
	if (pid < 0) {
		close(pipes[0]);
		close(pipes[1]);
		return err_sys(err, "fork");
	}
	if (pid > 0) {
		close(pipes[1]);
		int status = hear(u->h, wire_family_dir(u->family), pipes[0]);
		close(pipes[0]);
		exit(status);
	}
	close(pipes[0]);
	u->report = pipes[1];
	(void)setsid();
	if (to_log(u, err) == 0)
		return 0;
	(void)snprintf(u->why, sizeof(u->why), "%s\n", err_msg(err));
	report(u, false, u->why); /* our own standard error is still that of the one who waits */
	exit(1);
}

int holler_up(const struct holler *h, int argc, char **argv)
{
	struct up u = {.h = h, .report = -1};
	struct err err = ERR_INIT;
	if (holler_wants_help(argc, argv))
		return fputs(up_help, stdout) < 0;
	int r = up_parse(argc, argv, &u.o, &err);
	if (r == 0) {
		r = wire_family_open(h->family, true, &u.family, &err);
		if (r == 0 && access(wire_family_dir(u.family), W_OK | X_OK) < 0)
			r = err_sys(&err, "cannot write to the directory '%s'", wire_family_dir(u.family));
		r = r < 0 ? err_hint(&err, r, "choose another directory with --family DIR") : 0;
	}
	if (r == 0 && u.o.detach)
		r = detach(&u, &err);
	if (r == 0)
		r = run_up(&u, &err);
	wire_family_free(u.family); /* with the lock, before anybody is told that we are through */
	if (u.why[0] && u.report < 0 && r == 0)
		(void)fail_with(h, u.why);
	if (u.why[0])
		report(&u, false, u.why);
	if (r < 0)
		return holler_fail(h, "up", &err);
	return u.failed ? 1 : 0;
}
