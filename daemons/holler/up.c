/*
 * up.c - holler up: start the programs of a family, or adopt those that run, and keep them
 * running.
 *
 * Signals: SIGINT stops the family and then ends; SIGTERM (and anything worse) ends only this
 *          process and leaves the programs running for the next `holler up`.
 */
#include "command.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"
#include "have.h"
#include "supervise.h"
#include "wire/client.h"
#include "wire/codec.h"

#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

#define WAIT_MS     20000
#define STOP_MS     10000
#define MAX_WORKERS 16
#define MAX_PASSED  16

static const char help[] =
	"usage: holler [--family DIR] up [OPTION]...\n"
	"Start hootenanny, chaosgarden and hoot-worker, and keep them running. What runs already "
	"is adopted.\n"
	"Ctrl-C (or holler down) stops the family; killing this process in any other way stops "
	"nothing.\n\n"
	"  --detach            go into the background once the family answers\n"
	"  --bind ENDPOINT     tcp://HOST:PORT (0: all picked) or ipc://PATH, for all programs\n"
	"  --device KIND       auto, pipewire, null or stepped\n"
	"  --cas-root DIR      where content is kept\n"
	"  --import DIR        artifact_import may read below DIR; may be given several times\n"
	"  --soundfont FILE    what the worker renders with\n"
	"  --workers N         0 to 16 (default: 1)\n"
	"  --only NAME[,NAME]  only these programs\n"
	"  --pass NAME:ARG     one more argument for a program; may be given several times\n"
	"  --bin DIR           where the programs are (default: beside this one)\n"
	"  --wait-ms N         how long the family may take to answer (default: 20000)\n\n"
	"examples:\n"
	"  holler up --detach --bind tcp://127.0.0.1:0\n"
	"  holler up --device null --pass chaosgarden:--quantum=128\n";

struct up_options {
	const char *bind, *device, *cas_root, *soundfont, *only, *bin;
	const char *imports[MAX_PASSED], *passed[MAX_PASSED];
	size_t n_imports, n_passed;
	int64_t n_workers, wait_ms;
	bool detach;
};

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
	char why[500]; /* it could not be started; told once everything has stopped again */
	int interrupts;
	bool failed;
};

static const struct up_program {
	const char *name, *in_build;
	bool daemon; /* announces itself and answers ping */
} programs[] = {
	{"hootenanny", "../hootenanny/hootenanny", true},
	{"chaosgarden", "../chaosgarden/chaosgarden", true},
	{"hoot-worker", "../../workers/hoot-worker/hoot-worker", false},
};

/* --- options ---------------------------------------------------------------------------------- */

enum flag {
	OPT_DETACH = 256,
	OPT_BIND,
	OPT_DEVICE,
	OPT_CAS_ROOT,
	OPT_IMPORT,
	OPT_SOUNDFONT,
	OPT_WORKERS,
	OPT_ONLY,
	OPT_PASS,
	OPT_BIN,
	OPT_WAIT_MS
};

static const struct option flags[] = {
	{"detach", no_argument, NULL, OPT_DETACH},
	{"bind", required_argument, NULL, OPT_BIND},
	{"device", required_argument, NULL, OPT_DEVICE},
	{"cas-root", required_argument, NULL, OPT_CAS_ROOT},
	{"import", required_argument, NULL, OPT_IMPORT},
	{"soundfont", required_argument, NULL, OPT_SOUNDFONT},
	{"workers", required_argument, NULL, OPT_WORKERS},
	{"only", required_argument, NULL, OPT_ONLY},
	{"pass", required_argument, NULL, OPT_PASS},
	{"bin", required_argument, NULL, OPT_BIN},
	{"wait-ms", required_argument, NULL, OPT_WAIT_MS},
	{NULL, 0, NULL, 0},
};

static int add_text(const char **list, size_t *n, const char *text, const char *flag,
		    struct err *err)
{
	if (*n == MAX_PASSED)
		return err_field(err, -EINVAL, flag, "at most %d times", MAX_PASSED);
	list[(*n)++] = text;
	return 0;
}

static int read_number(const char *text, int64_t lo, int64_t hi, const char *flag, int64_t *ret,
		       struct err *err)
{
	if (str_to_int(text, ret) < 0 || *ret < lo || *ret > hi)
		return err_field(err, -EINVAL, flag, "'%s' is no number from %lld to %lld", text,
				 (long long)lo, (long long)hi);
	return 0;
}

static int take_flag(struct up_options *o, int c, const char *v, struct err *err)
{
	switch (c) {
	case OPT_DETACH:
		o->detach = true;
		return 0;
	case OPT_BIND:
		o->bind = v;
		return wire_endpoint_check(v, err);
	case OPT_DEVICE:
		o->device = v;
		return 0;
	case OPT_CAS_ROOT:
		o->cas_root = v;
		return 0;
	case OPT_IMPORT:
		return add_text(o->imports, &o->n_imports, v, "--import", err);
	case OPT_SOUNDFONT:
		o->soundfont = v;
		return 0;
	case OPT_WORKERS:
		return read_number(v, 0, MAX_WORKERS, "--workers", &o->n_workers, err);
	case OPT_ONLY:
		o->only = v;
		return 0;
	case OPT_PASS:
		return add_text(o->passed, &o->n_passed, v, "--pass", err);
	case OPT_BIN:
		o->bin = v;
		return 0;
	case OPT_WAIT_MS:
		return read_number(v, 100, 600000, "--wait-ms", &o->wait_ms, err);
	default:
		return err_set(err, -EINVAL, "see holler up --help");
	}
}

static bool list_has(const char *list, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = list; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (strncmp(p, name, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return true;
	return false;
}

/* A name that is no program's must not vanish. */
static int check_names(const struct up_options *o, struct err *err)
{
	const char *names[COUNT_OF(programs)];
	for (size_t i = 0; i < COUNT_OF(programs); i++)
		names[i] = programs[i].name;
	for (size_t k = 0; k < o->n_passed; k++) {
		bool known = false;
		for (size_t i = 0; i < COUNT_OF(programs); i++)
			known |= str_starts(o->passed[k], names[i]) &&
				 o->passed[k][strlen(names[i])] == ':';
		if (!known)
			return err_field(err, -EINVAL, "--pass", "'%s' is not PROGRAM:ARGUMENT",
					 o->passed[k]);
	}
	for (const char *p = o->only; p && *p;) {
		char word[64];
		size_t n = strcspn(p, ",");
		(void)snprintf(word, sizeof(word), "%.*s", (int)(n < 60 ? n : 60), p);
		const char *near = str_nearest(word, names, COUNT_OF(names));
		if (!near || strcmp(near, word) != 0)
			return err_field(err, -EINVAL, "--only", "there is no program '%s'", word);
		p += n + (p[n] == ',');
	}
	return 0;
}

static int parse(int argc, char **argv, struct up_options *o, struct err *err)
{
	int c, r = 0;
	*o = (struct up_options){.n_workers = 1, .wait_ms = WAIT_MS};
	optind = 1;
	while (r == 0 && (c = getopt_long(argc, argv, "", flags, NULL)) != -1)
		r = take_flag(o, c, optarg, err);
	if (r == 0 && optind < argc)
		r = err_set(err, -EINVAL, "what is '%s'? See holler up --help", argv[optind]);
	return r < 0 ? r : check_names(o, err);
}

/* --- the programs ----------------------------------------------------------------------------- */

static bool try_path(char ret[PATH_MAX], const char *dir, const char *name)
{
	return snprintf(ret, PATH_MAX, "%s/%s", dir, name) < PATH_MAX && access(ret, X_OK) == 0 &&
	       !fs_is_dir(ret);
}

/* --bin, beside this program, where the build puts it, where it was installed. */
static int find_program(const struct up *u, const struct up_program *p, char ret[PATH_MAX],
			struct err *err)
{
	char *AUTO_MEM here = fs_dirname(u->h->self);
	if (!here)
		return err_set(err, -ENOMEM, "%s", p->name);
	bool found = u->o.bin ? try_path(ret, u->o.bin, p->name)
			      : try_path(ret, here, p->name) || try_path(ret, here, p->in_build) ||
					try_path(ret, HOOT_LIBEXECDIR, p->name);
	if (found)
		return 0;
	(void)err_set(err, -ENOENT, "cannot find the program %s", p->name);
	return err_hint(err, "say where it is with --bin DIR");
}

/* tcp://HOST:N is chaosgarden's first port; hootenanny's are as far from it as the usual ones. */
static int bind_of(const struct up *u, const char *name, char ret[WIRE_ENDPOINT_SIZE],
		   struct err *err)
{
	const char *bind = u->o.bind, *colon = strrchr(bind, ':');
	int64_t port;
	if (str_starts(bind, "ipc://")) {
		(void)snprintf(ret, WIRE_ENDPOINT_SIZE, "%s-%s", bind, name);
		return wire_endpoint_check(ret, err);
	}
	int r = str_to_int(colon + 1, &port);
	if (r == 0 && port && strcmp(name, "hootenanny") == 0)
		port += 5580 - 5555;
	(void)snprintf(ret, WIRE_ENDPOINT_SIZE, "%.*s:%d", (int)(colon - bind), bind, (int)port);
	return r < 0 ? r : wire_endpoint_check(ret, err);
}

struct arguments {
	const char *v[40];
	size_t n;
};

static void add(struct arguments *a, const char *flag, const char *value)
{
	if (!value || a->n + 3 > COUNT_OF(a->v))
		return;
	if (flag)
		a->v[a->n++] = flag;
	a->v[a->n++] = value;
}

static void add_own(const struct up *u, const struct up_program *p, struct arguments *a)
{
	const struct up_options *o = &u->o;
	if (strcmp(p->name, "chaosgarden") == 0)
		add(a, "--device", o->device);
	if (strcmp(p->name, "hoot-worker") == 0)
		add(a, "--soundfont", o->soundfont);
	else
		add(a, "--cas-root", o->cas_root);
	for (size_t i = 0; i < o->n_imports && strcmp(p->name, "hootenanny") == 0; i++)
		add(a, "--import", o->imports[i]);
	for (size_t i = 0; i < o->n_passed; i++) {
		size_t n = strlen(p->name);
		if (strncmp(o->passed[i], p->name, n) == 0 && o->passed[i][n] == ':')
			add(a, NULL, o->passed[i] + n + 1);
	}
}

static int add_program(struct up *u, const struct up_program *p, const char *name, struct err *err)
{
	char path[PATH_MAX], bind[WIRE_ENDPOINT_SIZE];
	struct arguments a = {.n = 0};
	int r = find_program(u, p, path, err);
	if (r == 0 && p->daemon && u->o.bind)
		r = bind_of(u, name, bind, err);
	if (r < 0)
		return r;
	add(&a, NULL, path);
	add(&a, "--family", wire_family_dir(u->family));
	if (p->daemon && u->o.bind)
		add(&a, "--bind", bind);
	if (!p->daemon)
		add(&a, "--name", name);
	add_own(u, p, &a);
	a.v[a.n] = NULL;
	return supervisor_add(u->supervisor, name, a.v, err);
}

static int add_programs(struct up *u, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < COUNT_OF(programs) && r == 0; i++) {
		const struct up_program *p = &programs[i];
		if (u->o.only && !list_has(u->o.only, p->name))
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

static void changed(void *arg, const char *name, enum supervise_state state, const char *what)
{
	struct up *u = arg;
	char text[400];
	say(u, name, supervise_state_name(state), what);
	if (state != SUPERVISE_DEGRADED)
		return;
	(void)snprintf(text, sizeof(text), "%s %s\n  hint: read %s/log/%s.log\n", name, what,
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

static void family_answers(struct up *u)
{
	char text[PATH_MAX + 64];
	(void)snprintf(text, sizeof(text), "the family in '%s' is up\n",
		       wire_family_dir(u->family));
	say(u, "family", "up", "every program answers");
	report(u, true, text);
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
	for (size_t i = 0; i < COUNT_OF(programs) && r == 0; i++)
		if (programs[i].daemon && (!u->o.only || list_has(u->o.only, programs[i].name)))
			r = await(u, programs[i].name, err);
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
	int r = wire_family_lock(u->family, "supervisor", err);
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

/* What the one in the background says first; its status. */
static int hear(int fd)
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
		fputs(text + 1, stdout);
		return 0;
	}
	fprintf(stderr, "holler up: %s", n ? text + 1 : "the family ended before it answered\n");
	return 1;
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
		int status = hear(pipes[0]);
		close(pipes[0]);
		exit(status);
	}
	close(pipes[0]);
	u->report = pipes[1];
	(void)setsid();
	int r = to_log(u, err);
	if (r < 0)
		report(u, false, err_msg(err));
	return r;
}

int holler_up(const struct holler *h, int argc, char **argv)
{
	struct up u = {.h = h, .report = -1};
	struct err err = ERR_INIT;
	if (holler_wants_help(argc, argv))
		return fputs(help, stdout) < 0;
	int r = parse(argc, argv, &u.o, &err);
	if (r == 0)
		r = wire_family_open(h->family, true, &u.family, &err);
	if (r == 0 && u.o.detach)
		r = detach(&u, &err);
	if (r == 0)
		r = run_up(&u, &err);
	wire_family_free(u.family); /* with the lock, before anybody is told that we are through */
	if (u.why[0] && u.report < 0 && r == 0)
		fprintf(stderr, "holler up: %s", u.why);
	if (u.why[0])
		report(&u, false, u.why);
	if (r < 0)
		return holler_fail(h, "up", &err);
	return u.failed ? 1 : 0;
}
