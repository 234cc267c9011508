/*
 * graph_priv.h - queries under way, and the threads that run them.
 */
#ifndef HOOTENANNY_GRAPH_PRIV_H
#define HOOTENANNY_GRAPH_PRIV_H

#include "graph.h"

#include "perceive.h"
#include "query-control/control.h"
#include "query-control/garden_copy.h"
#include "query/line.h"
#include "query/tally.h"

struct graph_pool;

/* All of it is the loop's, but for what is built once and the tally. */
struct graph {
	struct tf_adapter *adapter;
	struct garden_copy *garden; /* NULL: where it is cannot be told */
	struct garden_view *empty;
	struct events_kept *events;
	struct wire_subscriber *own; /* what hootenanny tells */
	struct graph_pool *pool;
	struct list tasks, parked; /* parked: wait for a revision */
	struct wire_timer *parked_timer;
	uint64_t last_ticket;
	bool stopping;
	struct query_tally tally;
};

/* One query. The loop makes it and ends it; in between it belongs to a thread. */
struct graph_task {
	struct hoot *hoot;
	struct query_line_item in_line;
	struct list link; /* parked: the loop's; done: the pool's lock */
	struct list all;  /* the loop's */
	uint64_t ticket;
	graph_told_fn *told; /* NULL: forgotten */
	void *arg;
	char *text;
	size_t n_text;
	json_t *variables; /* of its own */
	struct query_limits limits;
	int64_t timeout_ns, deadline_ns;
	int64_t at_least_revision, parked_until_ns;
	bool explain, anywhere;
	_Atomic bool cancel;
	struct garden_view *garden;
	bool saw_transport, saw_events;
	const char *timeline; /* as in graph_told */
	struct control_worker *workers;
	size_t n_workers;
	uint64_t events_end;
	struct perception_view *perception;
	int64_t wait_ms, asked_ns; /* since its first pass */
	int n_passes;
	struct wire_arena arena; /* what follows points into it */
	struct perceive_told perceived;
	/* what became of it */
	struct query_answer answer;
	struct tf_errors errors;
	struct err err;
	int code;
	int64_t ran_ns;
	bool is_told; /* maybe by the thread that ran it */
};

/* --- graph_task.c --- */
/* On the loop, of a question that is copied; NULL when memory is out. Not among the tasks yet. */
struct graph_task *graph_task_new(struct graph *g, const struct graph_ask *a, graph_told_fn *told, void *arg);
void graph_task_free(struct graph_task *t);
/* Runs it on a thread of the pool: fills in what became of it. */
void graph_task_run(struct hoot *h, struct graph_task *t);
/* Starts, or starts again, what is to run: as everything is now. */
void graph_task_start(struct hoot *h, struct graph_task *t);
/* It has ended: tells whoever asked. */
void graph_task_end(struct hoot *h, struct graph_task *t);

/* --- graph.c --- */
bool graph_is_stopping(const struct hoot *h);

/* --- graph_perceive.c --- */
/* Whether it waits for what it did not know, and will run again. */
bool graph_task_waits(struct hoot *h, struct graph_task *t);

/* --- graph_events.c --- */
void graph_event_keep(void *hoot, const struct wire_received *e);
/* Keeps what hootenanny itself tells from now on. */
int graph_events_open(struct hoot *h, struct wire_subscriber **ret, struct err *err);

/* --- graph_pool.c --- */
typedef void graph_ran_fn(struct hoot *h, struct graph_task *t); /* on the loop */
int graph_pool_new(struct hoot *h, graph_ran_fn *ran, struct graph_pool **ret, struct err *err);
void graph_pool_put(struct graph_pool *p, struct graph_task *t);
/* Waits for all of them; each has been given to `ran` then. */
void graph_pool_free(struct graph_pool *p);

#endif
