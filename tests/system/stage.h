/*
 * stage.h - a family of real programs for a test: started in a folder of its own, asked over its sockets, ended with it.
 *
 * The programs are those of this build ($HOOT_BUILD, set by meson). Nothing here sleeps and hopes: every wait is for a
 * condition, with a deadline that only a failure reaches.
 *
 * Errors: functions fail the running test themselves, with the daemon's message, unless they say otherwise.
 */
#ifndef TESTS_SYSTEM_STAGE_H
#define TESTS_SYSTEM_STAGE_H

#include "base/err.h"
#include "base/json.h"
#include "wire/client.h"
#include "wire/family.h"
#include "wire/loop.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct stage {
	char dir[256]; /* the test's folder; the family is in dir/family */
	char family_dir[300];
	struct wire_family *family;
	struct wire_loop *loop;
	struct wire_client *hoot, *garden;
	bool up;
};

/* Starts `holler up --detach` with these further arguments (NULL-terminated) and connects. */
void stage_open(struct stage *s, const char *const *args);
/* Ends the family and removes the folder; fails when a sanitizer has found something in one of its programs. */
void stage_close(struct stage *s);
/* Runs a program of the build to its end: its exit status; its output (may be NULL to drop it) is malloc'ed. */
int stage_run(const char *program, const char *const *args, char **ret_output);
/* Absolute path of a program of the build. */
void stage_program(const char *name, char *ret, size_t size);

/* Sends a request given as printf text with ' for ", and returns the result (a new reference). */
json_t *stage_ask(struct wire_client *c, const char *fmt, ...) PRINTF(2, 3);
/* The same for a request that may fail: its code (0 or negative) and error. */
int stage_try(struct wire_client *c, struct err *err, const char *fmt, ...) PRINTF(3, 4);

/* The pid of a running daemon, 0 when it is not running. */
pid_t stage_pid(struct stage *s, const char *daemon);
/* Sends a signal to a daemon and waits until it is gone. */
void stage_kill(struct stage *s, const char *daemon, int signal);
/* Waits until a daemon runs with another pid than `old`. */
void stage_wait_back(struct stage *s, const char *daemon, pid_t old);
/* Waits until so many workers are online: `holler up` does not, jobs do, and a query finds out nothing without one. */
void stage_wait_workers(struct stage *s, size_t n);
/* Waits until a region is in one of the states (NULL-terminated); fails when that takes 60 s. */
void stage_wait_region(struct stage *s, const char *region, const char *const *states);

/* A text field of a result by path, "job.steps.0.artifact_id"; fails the test when it is not there. */
const char *stage_text(const json_t *result, const char *path);
double stage_number(const json_t *result, const char *path);
const json_t *stage_value(const json_t *result, const char *path);
/* A metric of what a daemon answered to `status`. */
double stage_metric(const json_t *status, const char *name);

#endif
