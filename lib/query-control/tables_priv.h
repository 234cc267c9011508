/*
 * tables_priv.h - what the tables of this library give each other: edges from one subject to another.
 *
 * Texts that an edge begins with must stay until its iterator is closed; NULL leads to nothing.
 */
#ifndef QUERY_CONTROL_TABLES_PRIV_H
#define QUERY_CONTROL_TABLES_PRIV_H

#include "query-control/control.h"
#include "query-control/select_priv.h"

extern const struct tf_table control_artifacts, control_jobs, control_workers, control_spaces, control_decisions, control_changes,
	control_events, control_names, control_regions;

/* One artifact of that content, the newest. */
int artifact_open_newest(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const char *content_hash,
			 struct err *err);
/* artifact_open_by_id for an edge that is taken often: only what the query asks for is read. */
int artifact_open_hinted(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const char *id, struct err *err);
int artifact_open_of_space(struct tf_iter *it, struct tf_context *c, const char *space, struct err *err);
int artifact_open_of_creator(struct tf_iter *it, struct tf_context *c, const char *creator, struct err *err);
int artifact_open_of_tag(struct tf_iter *it, struct tf_context *c, const char *tag, struct err *err);
int artifact_open_inputs(struct tf_iter *it, struct tf_context *c, const char *job_id, struct err *err);
/* Of the job's last step. */
int artifact_open_result(struct tf_iter *it, struct tf_context *c, const char *job_id, struct err *err);

int job_open_of_input(struct tf_iter *it, struct tf_context *c, const char *artifact_id, struct err *err);
int job_open_of_region(struct tf_iter *it, struct tf_context *c, const char *region_id, struct err *err);
int job_open_of_actor(struct tf_iter *it, struct tf_context *c, const char *actor, struct err *err);
int job_open_of_worker(struct tf_iter *it, struct tf_context *c, const char *worker_id, struct err *err);

int decision_open_of_artifact(struct tf_iter *it, struct tf_context *c, const char *artifact_id, struct err *err);
int decision_open_of_region(struct tf_iter *it, struct tf_context *c, const char *region_id, struct err *err);
int decision_open_of_job(struct tf_iter *it, struct tf_context *c, const char *job_id, struct err *err);
int decision_open_of_actor(struct tf_iter *it, struct tf_context *c, const char *actor, struct err *err);

int change_open_of_actor(struct tf_iter *it, struct tf_context *c, const char *actor, struct err *err);

int worker_open_by_id(struct tf_iter *it, struct tf_context *c, const char *worker_id);

/* Tags, actors and spaces: the vertex is the name. */
int name_open(struct tf_iter *it, const char *name);
const char *name_of(const struct tf_vertex *v);
int spaces_open(struct tf_iter *it, struct tf_context *c, struct err *err);
/* How many rows there are with a key. */
int count_rows(struct tf_context *c, const char *sql, const char *key, struct tf_value *ret, struct err *err);

/* Those that play the artifact; those with a key; in order of position. */
int regions_open_with(struct tf_iter *it, struct tf_context *c, enum garden_by by, const char *key, struct err *err);
int regions_open_of_artifact(struct tf_iter *it, struct tf_context *c, const char *artifact_id, const char *content_hash,
			     struct err *err);

#endif
