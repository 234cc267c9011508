/*
 * task.h - one step being done on a thread of its own, watched from the loop's thread.
 *
 * Threads:   task_new, task_free and the getters belong to the loop's thread; `done` is called there too. task_cancel
 *            from anywhere. The lease's memory is the task's: it is decoded into the task's arena.
 */
#ifndef HOOT_WORKER_TASK_H
#define HOOT_WORKER_TASK_H

#include "carry.h"
#include "skill.h"

#include "wire/codec.h"
#include "wire/loop.h"

#include <stdbool.h>

struct task;

struct task_result {
	int code;
	struct err err;
	char content_hash[80]; /* "sha256:…" of the staged file, on success */
	const char *mime_type;
	json_t *metadata;
};

typedef void task_done_fn(void *arg);

struct task_options {
	struct wire_loop *loop;
	const struct skill_set *set;
	const struct carry_options *carries; /* borrowed, like the set */
	const struct carry_view *view;       /* copied */
	task_done_fn *done;
	void *arg;
};

/* Takes the claim's result as JSON text; *ret is NULL with 0 when there was no lease in it. */
int task_new(const struct task_options *o, const char *claim, size_t n, struct task **ret, struct err *err);
int task_start(struct task *t, struct err *err);
/* Waits for the thread, which was cancelled before if it still runs. NULL is fine. */
void task_free(struct task *t);
AUTO_DEFINE(task);

const struct lease_view *task_lease(const struct task *t);
/* After done was called. */
const struct task_result *task_result(const struct task *t);
void task_cancel(struct task *t);
/* What the work said last: true when it is news since the last call. */
bool task_progress(struct task *t, double *ret_fraction, char *ret_what, size_t size);
/* Where the result stands, as hootenanny names it. */
const char *task_staging_path(const struct task *t);
/* Removes what was staged and not handed in; false when that is hootenanny's to do, since it lies on another machine. */
bool task_discard(struct task *t);

#endif
