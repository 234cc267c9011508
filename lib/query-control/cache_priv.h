/*
 * cache_priv.h - what is worked out once for all rows of a query: lists of names, what can be done, and how long it
 * takes.
 *
 * Ownership: all of it is freed with the view; pointers stay until then.
 * Threads:   that of the query.
 */
#ifndef QUERY_CONTROL_CACHE_PRIV_H
#define QUERY_CONTROL_CACHE_PRIV_H

#include "jobs/job.h"
#include "query-control/artifact_kept_priv.h"

struct text_list {
	const char **v; /* sorted, each once */
	size_t n;
	bool made;
};

/* Offers of the same thing by several workers. */
struct projection {
	const struct worker_offer *offer; /* the first */
	int64_t n_workers;
};

/* How long steps of a kind take. */
struct expectation {
	const char *verb, *model, *space;
	int64_t ms; /* negative: there was none */
};

struct job_estimate {
	char id[JOB_ID_SIZE];
	bool has_end, has_due, nobody, late;
	int64_t end_unix_ms, due_unix_ms;
};

/* A job that waits. */
struct queued {
	const char *id;
	bool known, nobody; /* when it begins; that nobody can do it */
	int64_t begins_in_ms;
};

struct control_cache {
	struct wire_arena arena;
	struct text_list tags, actors, spaces;
	bool has_offers;
	struct capability_list online; /* what can be done now */
	const struct worker_offer **offers; /* those that it is made of, in the same order */
	struct projection *projections;
	size_t n_projections;
	struct expectation *expectations;
	size_t n_expectations, room_expectations;
	bool has_queue;
	struct queued *queue; /* by id */
	size_t n_queue, room_queue;
	struct kept_artifacts *kept; /* NULL: none yet */
	struct job_estimate last; /* of the job that was asked for last; id "": none */
};

/* Makes it when there is none yet. */
int control_cache(struct control_view *v, struct control_cache **ret, struct err *err);
/* With the offers of the workers that are online. */
int control_offers(struct control_view *v, struct control_cache **ret, struct err *err);
#endif
