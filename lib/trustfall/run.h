/*
 * run.h - a query at work: rows one by one, as few vertices visited as they need.
 *
 * Order:     depth first, in the order of the query; each row costs only what leads to it.
 * Limits:    rows, time, memory and a flag stop a run cleanly: tf_run_next gives 0, tf_run_stopped says why, and what was given
 *            before stands.
 * Threads:   a run belongs to one thread; `cancel` may be set from any.
 * Errors:    those of the adapter; -EINVAL for a regular expression that is none (named in the message); a match that takes more than
 *            LIMIT_TRUSTFALL_REGEX_STEPS is -ETIMEDOUT.
 */
#ifndef TRUSTFALL_RUN_H
#define TRUSTFALL_RUN_H

#include "base/clock.h"
#include "trustfall/adapter.h"
#include "trustfall/query.h"

#include <stdatomic.h>

enum tf_stop { TF_STOP_END, TF_STOP_ROWS, TF_STOP_DEADLINE, TF_STOP_MEMORY, TF_STOP_CANCELLED, TF_STOP_COUNT };

struct tf_limits {
	int64_t max_rows;    /* 0: no bound */
	int64_t deadline_ns; /* of `clock`; 0: none */
	size_t max_bytes;    /* for folds, tags and scratch; 0: LIMIT_TRUSTFALL_RUN_BYTES */
	const _Atomic bool *cancel; /* NULL: never */
	const struct clock *clock;  /* NULL: the system's */
};

struct tf_run_stats {
	int64_t rows, vertices, edges, filters; /* given, visited, opened, evaluated */
	size_t peak_bytes;
	int64_t first_row_ns, total_ns; /* since tf_run_open; -1: no row yet */
};

struct tf_run;
/* Adapter, query and arguments must outlive it; the query must be of the adapter's schema. `user`: tf_context_user. */
int tf_run_open(const struct tf_adapter *a, const struct tf_query *q, const struct tf_arguments *args, void *user,
		const struct tf_limits *limits, struct tf_run **ret, struct err *err);
/* 1: *ret are the values of the outputs in order, lent until the next call; 0: there are no more. */
int tf_run_next(struct tf_run *r, const struct tf_value **ret, struct err *err);
enum tf_stop tf_run_stopped(const struct tf_run *r);
struct tf_run_stats tf_run_stats(const struct tf_run *r);
void tf_run_close(struct tf_run *r);

#endif
