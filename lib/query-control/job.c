/*
 * job.c - jobs: what is being made, for whom, and whether it will be there in time.
 */
#include "query-control/estimate_priv.h"
#include "query-control/tables_priv.h"

#include "jobs/job.h"

#include "base/banned.h"

/* In this order in every statement that gives jobs. */
enum {
	ID, VERB, STATE, CANCELLING, PRIORITY, ACTOR, REGION, TAGS, STEP, N_STEPS, PROGRESS, MESSAGE, TRIES, MAX_ATTEMPTS, WORKER,
	DEADLINE, RESULT, ERROR_CODE, ERROR, CREATED, UPDATED
};
#define COLUMNS \
	"j.id, j.verb, j.state, j.cancelling, j.priority, j.actor, j.region_id, j.tags, j.step, j.n_steps, j.progress, j.message," \
	" j.tries, j.max_attempts, j.worker_id, j.deadline_unix_ms, j.result, j.error_code, j.error, j.created_unix_ms, j.updated_unix_ms"
#define SELECT "SELECT " COLUMNS " FROM job j "
#define NEWEST " ORDER BY j.id DESC"

const char *job_vertex_id(const struct tf_vertex *v)
{
	return select_text(v, ID);
}

SELECT_ONE_BY(job_open_by_id, SELECT "WHERE j.id = ?")
SELECT_BY(job_open_of_input,
	  "SELECT " COLUMNS " FROM job_input i CROSS JOIN job j ON j.id = i.job_id WHERE i.artifact_id = ? GROUP BY i.job_id"
	  " ORDER BY i.job_id DESC")
SELECT_BY(job_open_of_region, SELECT "WHERE j.region_id = ?" NEWEST)
SELECT_BY(job_open_of_actor, SELECT "WHERE j.actor = ?" NEWEST)
SELECT_BY(job_open_of_worker, SELECT "WHERE j.worker_id = ? AND j.state = 1" NEWEST)

/* ---- properties ---- */

SELECT_TEXT(get_id, ID)
SELECT_TEXT(get_verb, VERB)
SELECT_ENUM(get_state, STATE, job_state)
SELECT_BOOL(get_cancelling, CANCELLING)
SELECT_ENUM(get_priority, PRIORITY, job_priority)
SELECT_TEXT(get_actor, ACTOR)
SELECT_TEXT(get_region, REGION)
SELECT_INT(get_step, STEP)
SELECT_INT(get_n_steps, N_STEPS)
SELECT_REAL(get_progress, PROGRESS)
SELECT_TEXT(get_message, MESSAGE)
SELECT_INT(get_attempt, TRIES)
SELECT_INT(get_max_attempts, MAX_ATTEMPTS)
SELECT_TEXT(get_worker, WORKER)
SELECT_INT(get_deadline, DEADLINE)
SELECT_TEXT(get_result, RESULT)
SELECT_TEXT(get_error_code, ERROR_CODE)
SELECT_TEXT(get_error, ERROR)
SELECT_INT(get_created, CREATED)
SELECT_INT(get_updated, UPDATED)
SELECT_AGE(get_age, CREATED)

static enum job_state state_of(const struct tf_vertex *v)
{
	return (enum job_state)sqlite3_column_int(select_row(v), STATE);
}

static int get_tags(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	return select_list(c, "SELECT value FROM json_each(?)", select_text(v, TAGS), ret, err);
}

/* Of the first step: what was asked for. Of the last: what is made. */
static int get_params(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	return select_text_of(c, "SELECT params FROM job_step WHERE job_id = ? ORDER BY step LIMIT 1", job_vertex_id(v), ret, err);
}

static int get_space(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	return select_text_of(c, "SELECT space FROM job_step WHERE job_id = ? ORDER BY step DESC LIMIT 1", job_vertex_id(v), ret, err);
}

static int get_model(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	return select_text_of(c,
			      "SELECT s.model FROM job j CROSS JOIN job_step s ON s.job_id = j.id AND s.step = min(j.step, j.n_steps - 1)"
			      " WHERE j.id = ?",
			      job_vertex_id(v), ret, err);
}

static int get_artifact_id(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = TF_VALUE_NULL;
	if (state_of(v) != JOB_COMPLETE)
		return 0;
	return select_text_of(c, "SELECT artifact_id FROM job_step WHERE job_id = ? ORDER BY step DESC LIMIT 1", job_vertex_id(v), ret,
			      err);
}

static int get_content_hash(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = TF_VALUE_NULL;
	if (state_of(v) != JOB_COMPLETE)
		return 0;
	return select_text_of(c, "SELECT content_hash FROM job_step WHERE job_id = ? ORDER BY step DESC LIMIT 1", job_vertex_id(v), ret,
			      err);
}

static int get_started(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	struct store_conn *conn = control_of(c)->conn;
	sqlite3_stmt *q;
	int r = store_query(conn, &q, err, "SELECT min(started_unix_ms) FROM job_step WHERE job_id = ?", "t", job_vertex_id(v));
	if (r == 0)
		r = store_step(conn, q, err);
	*ret = r > 0 && !store_is_null(q, 0) ? tf_int(sqlite3_column_int64(q, 0)) : TF_VALUE_NULL;
	store_done(q);
	return r < 0 ? r : 0;
}

static int get_waiting_for(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct control_cache *k = NULL;
	struct job_view job = {.job_id = job_vertex_id(v), .state = state_of(v), .step = sqlite3_column_int64(select_row(v), STEP)};
	*ret = TF_VALUE_NULL;
	if (job.state != JOB_PENDING)
		return 0;
	int r = control_offers(control_of(c), &k, err);
	if (r == 0)
		r = job_explain(control_of(c)->conn, &job, k->online, &arena, err);
	if (r < 0 || !job.has_waiting_for)
		return r;
	const char *kept = tf_context_printf(c, "%s", job.waiting_for);
	*ret = tf_string(kept);
	return kept ? 0 : err_set(err, -ENOMEM, "query");
}

/* ---- in time or not ---- */

static int estimate(struct tf_context *c, const struct tf_vertex *v, struct job_estimate *ret, struct err *err)
{
	sqlite3_stmt *q = select_row(v);
	const struct job_facts f = {.id = job_vertex_id(v),
				    .region_id = select_text(v, REGION),
				    .state = state_of(v),
				    .step = sqlite3_column_int64(q, STEP),
				    .n_steps = sqlite3_column_int64(q, N_STEPS),
				    .updated_unix_ms = sqlite3_column_int64(q, UPDATED),
				    .progress = sqlite3_column_double(q, PROGRESS)};
	return job_estimate(c, &f, ret, err);
}

#define GET_ESTIMATE(fn, value) \
	static int fn(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err) \
	{ \
		struct job_estimate e; \
		int r = estimate(c, v, &e, err); \
		if (r == 0) \
			*ret = (value); \
		return r; \
	}
GET_ESTIMATE(get_ends, e.has_end ? tf_int(e.end_unix_ms) : TF_VALUE_NULL)
GET_ESTIMATE(get_left, !e.has_end		       ? TF_VALUE_NULL
		       : job_has_ended(state_of(v)) ? tf_float(0)
						    : tf_float((double)(e.end_unix_ms - query_world(c)->now_unix_ms) / 1000.0))
GET_ESTIMATE(get_due, e.has_due ? tf_int(e.due_unix_ms) : TF_VALUE_NULL)
GET_ESTIMATE(get_margin, e.has_due && e.has_end ? tf_float((double)(e.due_unix_ms - e.end_unix_ms) / 1000.0) : TF_VALUE_NULL)
GET_ESTIMATE(get_late, tf_bool(e.late))

static int get_due_beats(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const char *id = select_text(v, REGION);
	const struct doc_region *r = id ? document_region(query_world(c)->garden->document, id) : NULL;
	*ret = r ? tf_float(r->body->position_beats) : TF_VALUE_NULL;
	return 0;
}

static const struct tf_property_row properties[] = {
	{"job_id", "String!", "Which job it is.", get_id},
	{"verb", "String!", "The verb that started it.", get_verb},
	{"state", "String!", "pending, running, complete, failed or cancelled.", get_state},
	{"cancelling", "Boolean!", "Its cancel was asked for and is not confirmed yet.", get_cancelling},
	{"priority", "String!", "What runs first: idle, low, normal, high or critical.", get_priority},
	{"actor", "String!", "The participant on whose behalf it is done.", get_actor},
	{"region_id", "String", "The latent region that waits for it.", get_region},
	{"tags", "[String!]!", "The tags that its artifact gets.", get_tags},
	{"space", "String", "The space of its result.", get_space},
	{"model", "String", "The model of its step; empty is any that can.", get_model},
	{"params", "String", "The parameters of its first step, as JSON.", get_params},
	{"step", "Int!", "The step that it is at, from 0.", get_step},
	{"n_steps", "Int!", "How many steps it has.", get_n_steps},
	{"progress", "Float!", "How far the whole of it is, from 0 to 1.", get_progress},
	{"message", "String!", "What its worker says it is doing.", get_message},
	{"attempt", "Int!", "Attempts at its step so far.", get_attempt},
	{"max_attempts", "Int!", "Attempts at a step before it has failed.", get_max_attempts},
	{"worker_id", "String", "The worker that has it.", get_worker},
	{"waiting_for", "String", "It waits, and nobody who is online can do its step, or one of those to come: what that is, and what there is.", get_waiting_for},
	{"artifact_id", "String", "Its result, when it is complete.", get_artifact_id},
	{"content_hash", "String", "The content of its result, when it is complete.", get_content_hash},
	{"result", "String", "What else its worker has answered, as JSON.", get_result},
	{"error_code", "String", "Why it failed, by the name of the error.", get_error_code},
	{"error", "String", "Why it failed, in words.", get_error},
	{"created_unix_ms", "Int!", "When it was asked for, in milliseconds since 1970.", get_created},
	{"started_unix_ms", "Int", "When its first step began, in milliseconds since 1970.", get_started},
	{"updated_unix_ms", "Int!", "When it last changed, in milliseconds since 1970.", get_updated},
	{"deadline_unix_ms", "Int", "It fails when it is not done by then, in milliseconds since 1970.", get_deadline},
	{"age_seconds", "Float!", "How long ago it was asked for, in seconds.", get_age},
	{"ends_unix_ms", "Int",
	 "When it ended; or when it will, by its progress and by how long such steps took before. In milliseconds since 1970.", get_ends},
	{"left_seconds", "Float", "How long until it has ended, in seconds.", get_left},
	{"due_beats", "Float", "Where its region begins to sound, in beats.", get_due_beats},
	{"due_unix_ms", "Int",
	 "When that will be by the tempo map, while the transport plays; in the past when its region sounds already. In milliseconds since 1970.",
	 get_due},
	{"margin_seconds", "Float", "How long before its region sounds it will be there, in seconds; below zero: how much too late.",
	 get_margin},
	{"late", "Boolean!",
	 "Its region sounds before it will be there, or sounds already, or nobody who is online can do its step.", get_late},
};

/* ---- edges ---- */

SELECT_EDGE(open_steps,
	    "SELECT job_id, step, verb, from_space, space, model, model_version, params, seed, state, cached, deterministic, artifact_id,"
	    " content_hash, started_unix_ms, ended_unix_ms FROM job_step WHERE job_id = ? ORDER BY step",
	    ID)

SELECT_OPEN(open_inputs, artifact_open_inputs(it, c, job_vertex_id(from), err))
SELECT_OPEN(open_artifact, artifact_open_result(it, c, state_of(from) == JOB_COMPLETE ? job_vertex_id(from) : NULL, err))
SELECT_OPEN(open_decisions, decision_open_of_job(it, c, job_vertex_id(from), err))
SELECT_OPEN(open_worker, worker_open_by_id(it, c, select_text(from, WORKER)))
SELECT_OPEN(open_actor, name_open(it, select_text(from, ACTOR)))
SELECT_OPEN(open_region, (query_region_open_id(it, select_text(from, REGION)), 0))

static const struct tf_edge_row edges[] = {
	{"steps", "[JobStep!]!", "Its steps, first one first.", NULL, 0, open_steps},
	{"inputs", "[Artifact!]!", "What it works on, in order.", NULL, 0, open_inputs},
	{"artifact", "Artifact", "Its result, when it is complete.", NULL, 0, open_artifact},
	{"region", "Region", "The latent region that waits for it.", NULL, 0, open_region},
	{"worker", "Worker", "The worker that has it.", NULL, 0, open_worker},
	{"decisions", "[Decision!]!", "The decisions that have asked for it, as a variation.", NULL, 0, open_decisions},
	{"by", "Actor!", "The participant on whose behalf it is done.", NULL, 0, open_actor},
};

/* ---- steps ---- */

enum { S_JOB, S_STEP, S_VERB, S_FROM, S_SPACE, S_MODEL, S_VERSION, S_PARAMS, S_SEED, S_STATE, S_CACHED, S_DETERMINISTIC, S_ARTIFACT,
       S_HASH, S_STARTED, S_ENDED };
SELECT_INT(step_step, S_STEP)
SELECT_TEXT(step_verb, S_VERB)
SELECT_TEXT(step_from, S_FROM)
SELECT_TEXT(step_space, S_SPACE)
SELECT_TEXT(step_model, S_MODEL)
SELECT_TEXT(step_version, S_VERSION)
SELECT_TEXT(step_params, S_PARAMS)
SELECT_INT(step_seed, S_SEED)
SELECT_ENUM(step_state, S_STATE, job_state)
SELECT_BOOL(step_cached, S_CACHED)
SELECT_BOOL(step_deterministic, S_DETERMINISTIC)
SELECT_TEXT(step_artifact, S_ARTIFACT)
SELECT_TEXT(step_hash, S_HASH)
SELECT_INT(step_started, S_STARTED)
SELECT_INT(step_ended, S_ENDED)

static int step_expected(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	int64_t ms = -1;
	int r = step_expectation(c, select_text(v, S_VERB), select_text(v, S_MODEL), select_text(v, S_SPACE), &ms, err);
	*ret = ms >= 0 ? tf_float((double)ms / 1000.0) : TF_VALUE_NULL;
	return r;
}

static const struct tf_property_row step_properties[] = {
	{"step", "Int!", "Its place among the steps of its job, from 0.", step_step},
	{"verb", "String!", "What is done: sample, continue, project …", step_verb},
	{"from_space", "String!", "The space of its input; empty until that is known, and where there is no input.", step_from},
	{"space", "String!", "The space of its result.", step_space},
	{"model", "String!", "The model that does it; empty is any that can.", step_model},
	{"model_version", "String!", "The version of the model; empty until it has begun.", step_version},
	{"params", "String!", "The model's parameters, as JSON.", step_params},
	{"seed", "Int!", "The seed.", step_seed},
	{"state", "String!", "pending, running, complete, failed or cancelled.", step_state},
	{"cached", "Boolean!", "It was answered from the store.", step_cached},
	{"deterministic", "Boolean!", "The same seed gives the same bytes.", step_deterministic},
	{"artifact_id", "String", "What it made.", step_artifact},
	{"content_hash", "String", "The content of what it made.", step_hash},
	{"started_unix_ms", "Int", "When a worker began with it, in milliseconds since 1970.", step_started},
	{"ended_unix_ms", "Int", "When a worker was done with it, in milliseconds since 1970.", step_ended},
	{"expected_seconds", "Float", "How long such steps took before, in seconds: the middle one of the last 21.", step_expected},
};

SELECT_OPEN(open_step_artifact, artifact_open_by_id(it, c, select_text(from, S_ARTIFACT), err))
static const struct tf_edge_row step_edges[] = {
	{"artifact", "Artifact", "What it made.", NULL, 0, open_step_artifact},
};

static const struct tf_type_row types[] = {
	{.name = "Job",
	 .doc = "Something that is being made, or was: a chain of steps that workers do.",
	 TF_PROPERTIES(properties),
	 TF_EDGES(edges)},
	{.name = "JobStep", .doc = "One step of a job.", TF_PROPERTIES(step_properties), TF_EDGES(step_edges)},
};

/* ---- where to start ---- */

static const struct select_path paths[] = {
	{SELECT_EQUAL, "job_id", SELECT "WHERE j.id = ?", NULL},
	{SELECT_EQUAL, "region_id", SELECT "WHERE j.region_id = ?" NEWEST, NULL},
	{SELECT_RANGE, "created_unix_ms",
	 SELECT "WHERE j.created_unix_ms BETWEEN ?1 AND ?2 ORDER BY j.created_unix_ms DESC, j.id DESC", NULL},
	{SELECT_RANGE_OF_AGE, "age_seconds",
	 SELECT "WHERE j.created_unix_ms BETWEEN ?1 AND ?2 ORDER BY j.created_unix_ms DESC, j.id DESC", NULL},
	{SELECT_EQUAL, "worker_id", SELECT "WHERE j.worker_id = ?" NEWEST, NULL},
	{SELECT_EQUAL, "state", SELECT "WHERE j.state = ? ORDER BY j.priority DESC, j.id", &wire_enum_job_state},
	{SELECT_EQUAL, "actor", SELECT "WHERE j.actor = ?" NEWEST, NULL},
	{SELECT_ALL, NULL, SELECT NEWEST, NULL},
};

SELECT_OPEN(open_all, select_by_hints(it, c, hints, paths, COUNT_OF(paths), err))
SELECT_OPEN(open_running, select_open(it, c, err, SELECT "WHERE j.state = ? ORDER BY j.priority DESC, j.id", "i", (int64_t)JOB_RUNNING))

static int next_late(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	int r;
	while ((r = select_next(it, ret, err)) > 0) {
		struct job_estimate e;
		if (tf_context_ends(it->context))
			return 0;
		r = estimate(it->context, ret, &e, err);
		if (r < 0 || e.late)
			return r < 0 ? r : 1;
	}
	return r;
}

static int open_late(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		     struct tf_iter *it, struct err *err)
{
	int r = select_open(it, c, err, SELECT "WHERE j.state IN (0, 1) AND j.region_id IS NOT NULL ORDER BY j.priority DESC, j.id", "");
	if (r == 0)
		it->next = next_late;
	return r;
}

static const struct tf_edge_row roots[] = {
	{"Job", "[Job!]!", "All jobs, newest first; those of one state in the order in which they are done.", NULL, 0, open_all},
	{"RunningJob", "[Job!]!", "The jobs that workers are at now.", NULL, 0, open_running},
	{"LateJob", "[Job!]!", "The jobs that will not be there when their regions sound.", NULL, 0, open_late},
};

const struct tf_table control_jobs = {types, COUNT_OF(types), roots, COUNT_OF(roots)};
