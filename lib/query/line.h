/*
 * line.h - queries in a line, and the threads that run them.
 *
 * Order:     first come, first served; but those that may run for longer than QUERY_LINE_LONG_MS leave one thread to the others.
 * Urgency:   the threads give way to all others of the program that wake up, where the system lets them.
 * Ownership: an item is part of its caller's struct, and the line's until `run` is called with it; what becomes of it is for
 *            `run` to say. How many may wait is the caller's to bound.
 * Threads:   query_line_put from any.
 * Errors:    -ENOMEM, and what pthread_create says.
 */
#ifndef QUERY_LINE_H
#define QUERY_LINE_H

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"

enum { QUERY_LINE_LONG_MS = 10000 };

struct query_line;
struct query_line_item {
	struct list link;
	bool is_long;
};
typedef void query_line_fn(void *arg, struct query_line_item *i);

/* n_threads: at least 2. */
int query_line_new(size_t n_threads, query_line_fn *run, void *arg, struct query_line **ret, struct err *err);
void query_line_put(struct query_line *l, struct query_line_item *i, int64_t timeout_ns);
/* Waits until all are through, those that wait too: whoever wants that to be soon tells them. */
void query_line_free(struct query_line *l);
AUTO_DEFINE(query_line);

#endif
