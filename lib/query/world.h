/*
 * world.h - what a query is asked about: the views of each subject, as they were when it began.
 *
 * Where:     tf_context_user() of every run is a `struct query_world`: chaosgarden has the garden alone, hootenanny all of it.
 * Vertices:  Region: `p` is a `const struct doc_region *`; Marker: `p` is a `const struct doc_marker *`; Edit: `p` is a
 *            `const struct garden_edit *`. Actor: `p` is the name. Tables of other libraries lead to a region with query_region_open_id.
 * Ownership: a world lends its views; whoever runs the query keeps them until the run is closed.
 * Threads:   one run, one thread; views are immutable.
 */
#ifndef QUERY_WORLD_H
#define QUERY_WORLD_H

#include "base/clock.h"
#include "query/garden_view.h"
#include "trustfall/adapter.h"

struct control_view;    /* query-control/control.h */
struct perception_view; /* query-control/perception.h */

struct query_world {
	const struct garden_view *garden;   /* never NULL; may be an empty one */
	struct control_view *control;       /* NULL in chaosgarden */
	struct perception_view *perception; /* NULL in chaosgarden */
	int64_t now_unix_ms;
	double now_beats;    /* by query_now_beats */
	bool *saw_transport; /* set when the transport is looked at; NULL: nobody wants to know */
	bool *saw_events;    /* the same for events that are kept */
};

/* The garden's part of a world, at the clock's now. */
struct query_world query_world_of(const struct garden_view *garden, const struct clock *clock);

static inline const struct query_world *query_world(const struct tf_context *c)
{
	return tf_context_user(c);
}

/*
 * What the transport does, and where it is. Tables ask by these alone: a question that has asked neither answers the same
 * wherever the transport is, and whoever watches it counts on that.
 */
static inline const struct garden_transport *query_transport(const struct query_world *w)
{
	if (w->saw_transport)
		*w->saw_transport = true;
	return &w->garden->transport;
}
static inline double query_now_beats(const struct query_world *w)
{
	(void)query_transport(w);
	return w->now_beats;
}

static inline const struct doc_region *query_region_of(const struct tf_vertex *v)
{
	return v->p;
}
static inline const struct doc_marker *query_marker_of(const struct tf_vertex *v)
{
	return v->p;
}
static inline const struct garden_edit *query_edit_of(const struct tf_vertex *v)
{
	return v->p;
}

/* For edges of other tables whose type is Region: the one with that id; one that is NULL or unknown leads to none. */
void query_region_open_id(struct tf_iter *it, const char *id);

#endif
