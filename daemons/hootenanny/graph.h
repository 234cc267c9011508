/*
 * graph.h - questions about everything: asked beside the loop, of a garden and a store that stand still meanwhile.
 *
 * Threads:   a few, for queries alone; what they see is a view of the garden, a reader of the store and copies of what the loop
 *            knows. The functions here are called on the loop's thread, and so are the callbacks, unless they can be called anywhere.
 * Bounds:    LIMIT_QUERIES run or wait (-EBUSY beyond). Each has its own time, memory and bytes.
 * Errors:    what is wrong with a query is in `errors` of graph_told; -EBUSY, -EAGAIN when hootenanny stops, -ENOMEM.
 */
#ifndef HOOTENANNY_GRAPH_H
#define HOOTENANNY_GRAPH_H

#include "hoot.h"
#include "query/answer.h"

struct graph_ask {
	const char *text; /* the query */
	size_t n_text;
	const json_t *variables; /* an object; NULL: {} */
	int64_t max_rows;
	int64_t timeout_ms;  /* how long it may run */
	int64_t wait_ms;     /* how long it may wait for perceptions besides; negative: never, whatever the query says */
	int64_t at_least_revision; /* of the garden: it waits for that, timeout_ms at most; 0: none */
	int64_t deadline_ns; /* monotonic: it ends before that in any case; 0: none */
	bool explain;
	bool anywhere; /* `told` may be called on any thread, and is not forgotten: a long answer is written beside the loop */
};

/* How it ended; lent. */
struct graph_told {
	int code; /* 0, or negative with: */
	const struct err *err;
	const struct tf_errors *errors;
	const struct query_answer *answer;
	const char *timeline; /* why it is not that of this moment; NULL: it is, and in */
	int64_t revision;
	bool saw_transport; /* else it would be the same wherever the transport is */
	bool saw_events;    /* else it would be the same whatever has been told */
	int64_t n_unknown; /* perceptions that are still to be found out, by these jobs */
	const char *const *jobs;
	size_t n_jobs;
};
typedef void graph_told_fn(void *arg, const struct graph_told *t);

/* `told` is called once, never from inside, unless it is forgotten before. *ret_ticket (may be NULL) is for that. */
int graph_ask(struct hoot *h, const struct graph_ask *a, graph_told_fn *told, void *arg, uint64_t *ret_ticket, struct err *err);
/* Nobody waits for it any more: it ends soon, and tells nobody. */
void graph_forget(struct hoot *h, uint64_t ticket);
/* The members of a query's result in an object that the caller has begun. */
void graph_told_write(const struct graph_told *t, struct json_out *o);

/* Why queries do not see the timeline of this moment, for people; NULL: they do. Stays as it is for ever. */
const char *graph_timeline(const struct hoot *h);

/* What can be asked. */
const struct tf_adapter *graph_adapter(const struct hoot *h);

int graph_open(struct hoot *h, struct err *err);
/* Queries under way end with what they have found. */
void graph_stop(struct hoot *h);
void graph_close(struct hoot *h);
int graph_metrics(struct hoot *h, struct wire_arena *arena, struct metric_view **ret, size_t *ret_n, struct err *err);

#endif
