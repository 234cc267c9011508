/*
 * control.h - hootenanny's part of the schema: artifacts and their lineage, jobs, workers, spaces, decisions, changes, events.
 *
 * Reading:   what is in the store is read row by row while the query asks for it, within one snapshot: a vertex lends its
 *            iterator's current row, so it lives until that iterator is asked for the next or closed.
 * Vertices:  Artifact: artifact_vertex_id and artifact_vertex_hash; other tables make some with artifact_open_by_id.
 *            Job: job_vertex_id, job_open_by_id. Worker: `p` is a `const struct control_worker *`.
 * Units:     times are milliseconds since 1970.
 * Threads:   a view belongs to the thread of its query.
 */
#ifndef QUERY_CONTROL_CONTROL_H
#define QUERY_CONTROL_CONTROL_H

#include "query-control/events_kept.h"
#include "query-control/worker_card.h"
#include "query/world.h"
#include "store/conn.h"

/* Stand beside GARDEN_TABLES (query/garden.h), to whose regions and actors they add. */
enum { CONTROL_TABLES = 9 };
extern const struct tf_table *const control_tables[CONTROL_TABLES];

struct control_cache;
/* What a query sees. Whoever runs it fills this in, zeroed before, and keeps what it names until control_view_done. */
struct control_view {
	struct store_conn *conn;    /* in a unit of store_read: a snapshot for as long as the query runs */
	const char *cas_root;       /* before the paths of contents; NULL: none are told */
	const struct control_worker *workers;
	size_t n_workers;
	struct events_kept *events; /* NULL: none are kept */
	uint64_t events_end;        /* events_kept_end() when the query began */
	struct control_cache *cache; /* private: what was worked out once for all rows */
};
void control_view_done(struct control_view *v);

/* ---- for other tables ---- */

/* Lent as long as the vertex. */
const char *artifact_vertex_id(const struct tf_vertex *v);
const char *artifact_vertex_hash(const struct tf_vertex *v);
const char *artifact_vertex_space(const struct tf_vertex *v);
/* An edge to the artifact of that id: one or none. The id must stay until the iterator is closed; NULL: none. */
int artifact_open_by_id(struct tf_iter *it, struct tf_context *c, const char *id, struct err *err);

const char *job_vertex_id(const struct tf_vertex *v);
int job_open_by_id(struct tf_iter *it, struct tf_context *c, const char *id, struct err *err);

#endif
