/*
 * supervise.h - keeping the programs of a family running.
 *
 * Life:      a program that ends is started again: after 100 ms when it had run for SETTLED_MS,
 *            and after 200 ms, 400 ms, … up to 10 s when it ends again before that. After `max_failures` ends in a row
 *            without having settled it is left alone and shows as "degraded". Ending with status
 *            0 counts like any other end: nobody asked us.
 * Adopting:  a process that runs already is watched like one of ours, as long as its pid and
 *            start time fit. Nothing is tied to this process: when it dies the programs go on.
 * State:     supervisor.json in the family's directory is rewritten at every change:
 *            {"version":1,"pid":7,"programs":[{"name","state","pid","start","restarts","failures",
 *             "adopted","last_end"}]}
 * Output:    each program's standard output and error go to DIR/log/NAME.log.
 * Threads:   the loop's.
 * Errors:    negative errno with the program's name.
 */
#ifndef HOLLER_SUPERVISE_H
#define HOLLER_SUPERVISE_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "wire/family.h"
#include "wire/loop.h"

#define SUPERVISE_MAX_PROGRAMS 24
#define SUPERVISE_SETTLED_MS   10000

struct supervisor;

enum supervise_state {
	SUPERVISE_RUNNING,
	SUPERVISE_BACKOFF,  /* ended, will be started again */
	SUPERVISE_DEGRADED, /* ended too often, left alone */
	SUPERVISE_STOPPED,
	SUPERVISE_STATE_COUNT,
};
const char *supervise_state_name(enum supervise_state s);

struct supervise_options {
	struct wire_loop *loop;
	struct wire_family *family;
	int max_failures; /* 0: 5 */
	/* Told after every change of a program; `what` is a sentence for people. */
	void (*changed)(void *arg, const char *name, enum supervise_state state, const char *what);
	/* Told once when supervisor_stop is through; `killed` programs had to be killed. */
	void (*stopped)(void *arg, int killed);
	void *arg;
};

int supervisor_new(const struct supervise_options *o, struct supervisor **ret, struct err *err);
void supervisor_free(struct supervisor *s);
AUTO_DEFINE(supervisor);

/*
 * argv[0] is the absolute path; copied. Adopts what runs under that name, else starts it. What
 * leaves first is stopped before the others: workers say good-bye to somebody.
 */
int supervisor_add(struct supervisor *s, const char *name, const char *const *argv,
		   bool leaves_first, struct err *err);
/*
 * SIGTERM to all, those that leave first before the others; SIGKILL to what is left after
 * bound_ms.
 */
void supervisor_stop(struct supervisor *s, int64_t bound_ms);
/* The pid of a running program, 0 when it is not running. */
pid_t supervisor_pid(const struct supervisor *s, const char *name);

/* What supervisor.json says; -ENOENT when there is none. */
int supervise_read(struct wire_family *f, json_t **ret, struct err *err);
/* Whether the process `pid` that was started at `start` still runs. */
bool supervise_alive(pid_t pid, uint64_t start);

#endif
