/*
 * garden_copy.h - chaosgarden's garden as another program knows it: from a snapshot, kept current by its events.
 *
 * Sync:      the first snapshot and each after a gap or a restart of chaosgarden is the beginning of a new state: what does not
 *            fit it (more regions, markers, the history) is asked for page by page at the same revision, and events that come
 *            meanwhile are kept. Until that is whole, the state before goes on being shown. Nobody there: the last state known.
 * Edits:     the events of an edit are taken over together, with edit_applied: a view never shows half of one.
 * Ownership: views are the caller's references.
 * Threads:   all on the loop's thread; views may be read on any.
 * Errors:    what cannot be taken over is logged and asked for again.
 */
#ifndef QUERY_CONTROL_GARDEN_COPY_H
#define QUERY_CONTROL_GARDEN_COPY_H

#include "query/garden_view.h"
#include "wire/event.h"

struct garden_copy;

struct garden_copy_options {
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_family *family; /* where chaosgarden is; or NULL and: */
	const char *endpoint;       /* of its shell; the other sockets are beside it, as --bind puts them */
	const struct wire_curve *curve;
	void (*changed)(void *arg); /* something is different now; may be NULL */
	void (*moved)(void *arg);   /* the position alone is, as time passes while it plays; may be NULL */
	void *arg;
	void (*heard)(void *arg, const struct wire_received *e); /* every event that came, also of other things; may be NULL */
	void *heard_arg;
};

/* -EINVAL where the endpoint does not tell where the others are. */
int garden_copy_new(const struct garden_copy_options *o, struct garden_copy **ret, struct err *err);
void garden_copy_free(struct garden_copy *c);
AUTO_DEFINE(garden_copy);

/* A reference on the garden as it is known now: an empty one before the first snapshot. */
int garden_copy_view(struct garden_copy *c, struct garden_view **ret, struct err *err);
/* Whether chaosgarden is there, and nothing is missing. */
bool garden_copy_is_current(const struct garden_copy *c);

struct garden_copy_stats {
	uint64_t events;          /* taken over */
	uint64_t gaps, lost;      /* holes in what came, and how many events were in them */
	uint64_t resyncs, pages;  /* states begun anew, and pages asked for them */
	int64_t revision;
	int64_t heard_ns;         /* monotonic: when it was last heard of; 0: never */
	int64_t lag_ns;           /* from chaosgarden to here, of the last event */
	int64_t longest_lag_ns;   /* of all */
};
struct garden_copy_stats garden_copy_stats(const struct garden_copy *c);

#endif
