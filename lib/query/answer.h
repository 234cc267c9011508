/*
 * answer.h - a query from its text to rows of JSON: prepared once, then run within limits as often as one likes.
 *
 * Shapes:    a row is one JSON object with a key for each output in the order of the query. Rows stand one after the other in
 *            one text, separated by commas: that of row i ends before ends[i].
 * Ownership: a prepared query owns what it was made of, but uses the adapter; an answer owns its texts.
 * Threads:   a prepared query is immutable: any number of threads may run it. An answer belongs to one thread at a time.
 * Errors:    what is wrong with the query or its variables is in `errors` (a caller gives it to tf_errors_json), the first of
 *            it in `err` too: -EINVAL. A run fails with the adapter's error, which is added to `errors` as well; -EMSGSIZE
 *            when not even the columns fit; -ENOMEM.
 */
#ifndef QUERY_ANSWER_H
#define QUERY_ANSWER_H

#include "trustfall/run.h"

struct query_world;

struct query_prepared;
/* `variables`: an object, NULL: {}. */
int query_prepare(const struct tf_adapter *a, const char *text, size_t n, const json_t *variables, struct query_prepared **ret,
		  struct tf_errors *errors, struct err *err);
void query_prepared_free(struct query_prepared *p);
AUTO_DEFINE(query_prepared);

/* Why there are no more rows. */
enum query_stop {
	QUERY_STOP_END,
	QUERY_STOP_ROWS,
	QUERY_STOP_DEADLINE,
	QUERY_STOP_MEMORY,
	QUERY_STOP_CANCELLED,
	QUERY_STOP_BYTES, /* max_bytes: what was found before stands */
	QUERY_STOP_COUNT
};
const char *query_stop_name(enum query_stop s);

struct query_limits {
	int64_t max_rows;           /* 0: no bound */
	int64_t deadline_ns;        /* of the system's clock, monotonic; 0: none */
	size_t max_bytes;           /* of what query_answer_write writes; 0: no bound */
	const _Atomic bool *cancel; /* NULL: never */
};

struct query_answer {
	struct strbuf columns; /* [{"name", "type"}, …] */
	struct strbuf rows;    /* {…},{…} */
	size_t *ends;
	size_t n_rows, room_rows;
	struct strbuf plan; /* a JSON string; empty when it was not asked for */
	enum query_stop stop;
	struct tf_run_stats stats;
};
#define QUERY_ANSWER_INIT { .columns = STRBUF_INIT, .rows = STRBUF_INIT, .plan = STRBUF_INIT }
void query_answer_done(struct query_answer *a);
#define AUTO_QUERY_ANSWER __attribute__((cleanup(query_answer_done))) struct query_answer
/* The text of a row, lent; *ret_n are its bytes, no NUL follows. */
const char *query_answer_row(const struct query_answer *a, size_t i, size_t *ret_n);

/* What was in *ret before is replaced. `explain`: with the plan. */
int query_run(const struct tf_adapter *a, const struct query_prepared *p, struct query_world *world, const struct query_limits *limits,
	      bool explain, struct query_answer *ret, struct tf_errors *errors, struct err *err);

/* The members columns, rows, n_rows, stopped, cost and plan of an object that the caller has begun. */
void query_answer_write(const struct query_answer *a, struct json_out *o);
/* {"errors": […]}: the details of a reply; empty when there are none. */
int query_errors_write(const struct tf_errors *errors, struct strbuf *b);

#endif
