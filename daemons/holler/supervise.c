#include "supervise.h"

#include "base/fs.h"
#include "base/str.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

#define BACKOFF_MS     100
#define BACKOFF_MAX_MS 10000
#define MAX_FAILURES   5
#define MAX_ARGS       32
#define FIRST_MS       3000 /* how long those that leave first may hold up the others */
#define LOG_BYTES      (16 * 1024 * 1024)

extern char **environ;

struct program {
	struct supervisor *s;
	char name[48];
	char *argv[MAX_ARGS + 1];
	enum supervise_state state;
	pid_t pid; /* 0 when it does not run */
	uint64_t start;
	int pidfd;
	struct wire_watch *ended;
	struct wire_timer *again;
	int64_t started_ns;
	int restarts, failures;
	bool adopted, killed, leaves_first;
	char last_end[96];
};

struct supervisor {
	struct supervise_options o;
	struct program *programs[SUPERVISE_MAX_PROGRAMS];
	size_t n;
	struct wire_timer *kill_timer,
		*second_timer; /* everything; those that do not leave first */
	json_t *before;        /* what the supervisor before us wrote; NULL when there was none */
	bool stopping, second, told;
};

const char *supervise_state_name(enum supervise_state s)
{
	static const char *const names[SUPERVISE_STATE_COUNT] = {"running", "backoff", "degraded",
								 "stopped"};
	return names[s];
}

bool supervise_alive(pid_t pid, uint64_t start)
{
	uint64_t now;
	return pid > 0 && wire_process_start(pid, &now) == 0 && now == start;
}

/* --- supervisor.json -------------------------------------------------------------------------- */

static char *state_path(struct wire_family *f)
{
	return fs_join(wire_family_dir(f), "supervisor.json");
}

int supervise_read(struct wire_family *f, json_t **ret, struct err *err)
{
	char *AUTO_MEM path = state_path(f);
	json_t *programs;
	AUTO_JSON json_t *doc = NULL;
	if (!path)
		return err_set(err, -ENOMEM, "supervisor.json");
	int r = json_parse_file(path, &doc, err);
	if (r == 0)
		r = json_get_array(doc, "programs", &programs, err);
	if (r < 0)
		return r;
	*ret = TAKE(doc);
	return 0;
}

static void write_program(struct json_out *o, const struct program *p)
{
	json_out_object_begin(o);
	json_out_key(o, "name");
	json_out_string(o, p->name);
	json_out_key(o, "state");
	json_out_string(o, supervise_state_name(p->state));
	json_out_key(o, "pid");
	json_out_int(o, p->pid);
	json_out_key(o, "start");
	json_out_int(o, (int64_t)p->start);
	json_out_key(o, "restarts");
	json_out_int(o, p->restarts);
	json_out_key(o, "failures");
	json_out_int(o, p->failures);
	json_out_key(o, "adopted");
	json_out_bool(o, p->adopted);
	json_out_key(o, "last_end");
	json_out_string(o, p->last_end);
	json_out_object_end(o);
}

static void write_state(struct supervisor *s)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out o;
	struct err err = ERR_INIT;
	char *AUTO_MEM path = state_path(s->o.family);
	json_out_init(&o, &b);
	json_out_object_begin(&o);
	json_out_key(&o, "version");
	json_out_int(&o, 1);
	json_out_key(&o, "pid");
	json_out_int(&o, getpid());
	json_out_key(&o, "programs");
	json_out_array_begin(&o);
	for (size_t i = 0; i < s->n; i++)
		write_program(&o, s->programs[i]);
	json_out_array_end(&o);
	json_out_object_end(&o);
	if (!path || !strbuf_ok(&b) || fs_write_atomic(path, b.s, b.n, 0600, &err) < 0)
		fprintf(stderr, "holler up: supervisor.json: %s\n", err_msg(&err));
}

static void tell(struct program *p, const char *what)
{
	write_state(p->s);
	if (p->s->o.changed)
		p->s->o.changed(p->s->o.arg, p->name, p->state, what);
}

/* --- starting --------------------------------------------------------------------------------- */

static int log_path(struct program *p, char ret[PATH_MAX], struct err *err)
{
	char old[PATH_MAX];
	struct stat st;
	const char *dir = wire_family_dir(p->s->o.family);
	if (snprintf(ret, PATH_MAX, "%s/log", dir) >= PATH_MAX)
		return err_set(err, -ENAMETOOLONG, "'%s'", dir);
	int r = fs_mkdir_p(ret, 0700, err);
	if (r < 0)
		return r;
	if (snprintf(ret, PATH_MAX, "%s/log/%s.log", dir, p->name) >= PATH_MAX ||
	    snprintf(old, PATH_MAX, "%s/log/%s.log.1", dir, p->name) >= PATH_MAX)
		return err_set(err, -ENAMETOOLONG, "'%s'", dir);
	if (stat(ret, &st) == 0 && st.st_size > LOG_BYTES && rename(ret, old) < 0)
		return err_sys(err, "%s", ret);
	return 0;
}

/*
 * A session of its own, so that neither Ctrl-C nor a closed terminal reaches it; no signal
 * blocked.
 */
static int spawn(struct program *p, pid_t *ret, struct err *err)
{
	char log[PATH_MAX];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, usual;
	int r = log_path(p, log, err);
	if (r < 0)
		return r;
	sigemptyset(&none);
	sigfillset(&usual);
	sigdelset(&usual, SIGKILL);
	sigdelset(&usual, SIGSTOP);
	if (posix_spawn_file_actions_init(&files) != 0)
		return err_set(err, -ENOMEM, "start %s", p->name);
	if (posix_spawnattr_init(&attr) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return err_set(err, -ENOMEM, "start %s", p->name);
	}
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &usual);
	r = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log,
						     O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	if (r == 0)
		r = posix_spawn(ret, p->argv[0], &files, &attr, p->argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return r ? err_set(err, -r, "start '%s': %s", p->argv[0], strerror(r)) : 0;
}

static void ended(void *arg);

/* From now on the kernel tells when it ends. */
static int watch(struct program *p, pid_t pid, struct err *err)
{
	p->pidfd = pidfd_open(pid, 0);
	if (p->pidfd < 0)
		return err_sys(err, "watch %s (pid %d)", p->name, (int)pid);
	int r = wire_readable_new(p->s->o.loop, p->pidfd, ended, p, &p->ended, err);
	if (r < 0) {
		close(p->pidfd);
		p->pidfd = -1;
		return r;
	}
	p->pid = pid;
	(void)wire_process_start(pid, &p->start);
	p->started_ns = wire_loop_now_ns(p->s->o.loop);
	p->state = SUPERVISE_RUNNING;
	return 0;
}

static int start(struct program *p, struct err *err)
{
	pid_t pid;
	int r = spawn(p, &pid, err);
	if (r < 0)
		return r;
	p->adopted = false;
	r = watch(p, pid, err);
	if (r < 0)
		(void)kill(pid, SIGTERM);
	return r;
}

/* --- ending ----------------------------------------------------------------------------------- */

static void terminate(struct supervisor *s, bool leaves_first)
{
	for (size_t i = 0; i < s->n; i++) {
		struct program *p = s->programs[i];
		if (p->pid && p->leaves_first == leaves_first)
			(void)pidfd_send_signal(p->pidfd, SIGTERM, NULL, 0);
	}
}

static void terminate_second(void *arg)
{
	struct supervisor *s = arg;
	if (s->second)
		return;
	s->second = true;
	wire_timer_stop(s->second_timer);
	terminate(s, false);
}

static void all_stopped(struct supervisor *s)
{
	int killed = 0;
	bool some = false, first = false;
	for (size_t i = 0; i < s->n; i++) {
		some |= s->programs[i]->pid != 0;
		first |= s->programs[i]->pid != 0 && s->programs[i]->leaves_first;
		killed += s->programs[i]->killed;
	}
	if (!first)
		terminate_second(s);
	if (some)
		return;
	if (s->told)
		return;
	s->told = true;
	wire_timer_stop(s->kill_timer);
	if (s->o.stopped)
		s->o.stopped(s->o.arg, killed);
}

/* How it ended; only our own children tell. */
static void describe_end(struct program *p)
{
	siginfo_t info = {.si_pid = 0};
	if (p->adopted || waitid(P_PIDFD, (id_t)p->pidfd, &info, WEXITED | WNOHANG) < 0 ||
	    !info.si_pid)
		(void)str_copy(p->last_end, sizeof(p->last_end), "ended");
	else if (info.si_code == CLD_EXITED)
		(void)snprintf(p->last_end, sizeof(p->last_end), "ended with status %d",
			       info.si_status);
	else
		(void)snprintf(p->last_end, sizeof(p->last_end), "was ended by signal %d (%s)",
			       info.si_status, strsignal(info.si_status));
}

static void unwatch(struct program *p)
{
	wire_watch_free(TAKE(p->ended));
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->pidfd = -1;
	p->pid = 0;
}

static void schedule(struct program *p)
{
	char what[160];
	int max = p->s->o.max_failures ? p->s->o.max_failures : MAX_FAILURES;
	if (p->failures >= max) {
		p->state = SUPERVISE_DEGRADED;
		(void)snprintf(what, sizeof(what), "%s, %d times in a row: given up", p->last_end,
			       p->failures);
		tell(p, what);
		return;
	}
	int64_t delay_ms = BACKOFF_MS;
	for (int i = 1; i < p->failures && delay_ms < BACKOFF_MAX_MS; i++)
		delay_ms *= 2;
	p->state = SUPERVISE_BACKOFF;
	(void)snprintf(what, sizeof(what), "%s, starting it again in %d ms", p->last_end,
		       (int)delay_ms);
	tell(p, what);
	wire_timer_start(p->again, delay_ms);
}

static void ended(void *arg)
{
	struct program *p = arg;
	bool settled =
		wire_loop_now_ns(p->s->o.loop) - p->started_ns >= SUPERVISE_SETTLED_MS * NS_PER_MS;
	describe_end(p);
	unwatch(p);
	if (p->s->stopping) {
		p->state = SUPERVISE_STOPPED;
		tell(p, p->last_end);
		all_stopped(p->s);
		return;
	}
	p->failures = settled ? 1 : p->failures + 1;
	schedule(p);
}

static void start_again(void *arg)
{
	struct program *p = arg;
	struct err err = ERR_INIT;
	char what[64];
	if (p->s->stopping || p->pid)
		return;
	p->restarts++;
	if (start(p, &err) < 0) {
		p->failures++;
		(void)str_copy(p->last_end, sizeof(p->last_end), err_msg(&err));
		schedule(p);
		return;
	}
	(void)snprintf(what, sizeof(what), "started again (pid %d)", (int)p->pid);
	tell(p, what);
}

static void kill_the_rest(void *arg)
{
	struct supervisor *s = arg;
	for (size_t i = 0; i < s->n; i++) {
		struct program *p = s->programs[i];
		if (!p->pid)
			continue;
		p->killed = true;
		(void)pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0);
	}
}

void supervisor_stop(struct supervisor *s, int64_t bound_ms)
{
	if (s->stopping)
		return;
	s->stopping = true;
	for (size_t i = 0; i < s->n; i++) {
		wire_timer_stop(s->programs[i]->again);
		if (!s->programs[i]->pid)
			s->programs[i]->state = SUPERVISE_STOPPED;
	}
	wire_timer_start(s->kill_timer, bound_ms);
	wire_timer_start(s->second_timer, FIRST_MS < bound_ms / 2 ? FIRST_MS : bound_ms / 2);
	terminate(s, true);
	all_stopped(s);
}

/* --- adopting --------------------------------------------------------------------------------- */

/* As the supervisor before us left it. */
static pid_t from_before(const struct supervisor *s, const char *name)
{
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(s->before, "programs"), i, row)
	{
		const char *row_name;
		int64_t pid, start_time;
		if (json_get_string(row, "name", &row_name, NULL) < 0 ||
		    strcmp(row_name, name) != 0 || json_get_int(row, "pid", &pid, NULL) < 0 ||
		    json_get_int(row, "start", &start_time, NULL) < 0)
			continue;
		if (pid > 0 && pid < INT32_MAX && supervise_alive((pid_t)pid, (uint64_t)start_time))
			return (pid_t)pid;
	}
	return 0;
}

/* Somebody who holds the daemon's lock runs, whoever started it. */
static pid_t running_already(struct supervisor *s, const char *name)
{
	pid_t pid = 0;
	struct err ignored = ERR_INIT;
	if (wire_family_holder(s->o.family, name, &pid, &ignored) == 0 && pid > 0)
		return pid;
	return from_before(s, name);
}

static int copy_program(struct supervisor *s, const char *name, const char *const *argv,
			struct program **ret, struct err *err)
{
	struct program *p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "%s", name);
	p->s = s;
	p->pidfd = -1;
	p->state = SUPERVISE_STOPPED;
	(void)str_copy(p->name, sizeof(p->name), name);
	s->programs[s->n++] = p;
	for (size_t i = 0; argv[i]; i++) {
		if (i == MAX_ARGS)
			return err_set(err, -E2BIG, "%s has more than %d arguments", name,
				       MAX_ARGS);
		p->argv[i] = strdup(argv[i]);
		if (!p->argv[i])
			return err_set(err, -ENOMEM, "%s", name);
	}
	*ret = p;
	return wire_timer_new(s->o.loop, start_again, p, &p->again, err);
}

int supervisor_add(struct supervisor *s, const char *name, const char *const *argv,
		   bool leaves_first, struct err *err)
{
	struct program *p = NULL;
	char what[64];
	if (s->n == SUPERVISE_MAX_PROGRAMS)
		return err_set(err, -E2BIG, "more than %d programs", SUPERVISE_MAX_PROGRAMS);
	int r = copy_program(s, name, argv, &p, err);
	if (r < 0)
		return r;
	p->leaves_first = leaves_first;
	pid_t pid = running_already(s, name);
	p->adopted = pid > 0;
	r = pid > 0 ? watch(p, pid, err) : start(p, err);
	if (r < 0)
		return r;
	(void)snprintf(what, sizeof(what), "%s (pid %d)",
		       p->adopted ? "runs already, adopted" : "started", (int)p->pid);
	tell(p, what);
	return 0;
}

/* --- life ------------------------------------------------------------------------------------- */

int supervisor_new(const struct supervise_options *o, struct supervisor **ret, struct err *err)
{
	struct err ignored = ERR_INIT;
	AUTO(supervisor) s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "supervisor");
	s->o = *o;
	int r = wire_timer_new(o->loop, kill_the_rest, s, &s->kill_timer, err);
	if (r == 0)
		r = wire_timer_new(o->loop, terminate_second, s, &s->second_timer, err);
	if (r < 0)
		return r;
	(void)supervise_read(o->family, &s->before,
			     &ignored); /* none, or damaged: locks still tell */
	*ret = TAKE(s);
	return 0;
}

void supervisor_free(struct supervisor *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		struct program *p = s->programs[i];
		unwatch(p);
		wire_timer_free(p->again);
		for (size_t k = 0; k < COUNT_OF(p->argv); k++)
			free(p->argv[k]);
		free(p);
	}
	wire_timer_free(s->kill_timer);
	wire_timer_free(s->second_timer);
	json_decref(s->before);
	free(s);
}

pid_t supervisor_pid(const struct supervisor *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->programs[i]->name, name) == 0)
			return s->programs[i]->pid;
	return 0;
}
