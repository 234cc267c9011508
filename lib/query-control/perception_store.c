/*
 * perception_store.c - the table of what is perceived, and what jobs that end leave in it.
 *
 * A row comes into being with the job that is to find something out, or with the result of a job that nobody started for it:
 * every step that ends with the plain parameters of a kind tells of the content that it was done on, and of the content that
 * the job began with, where that only had to be written in another way first (ABC as MIDI).
 */
#include "query-control/perception.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "jobs/rows.h"
#include "wire/catalogue.h"

#include "base/banned.h"

static const char *const steps[] = {
	/* digest, vector and curve: struct perception_digest, once somebody has asked; numbers as float32 in the machine's order. */
	"CREATE TABLE perception("
	" content_hash TEXT NOT NULL, kind TEXT NOT NULL, params TEXT NOT NULL, version TEXT NOT NULL, artifact_id TEXT, error TEXT,"
	" digest TEXT, vector BLOB, curve BLOB, job_id TEXT, job_version TEXT, changed_unix_ms INTEGER NOT NULL,"
	" PRIMARY KEY(content_hash, kind, params));"
	"CREATE INDEX perception_kind ON perception(kind, content_hash) WHERE artifact_id IS NOT NULL;"
	"CREATE INDEX perception_job ON perception(job_id) WHERE job_id IS NOT NULL;",
	/* By space too: for each in which an artifact has the content. Whose the failures were nobody can tell: they may be tried again. */
	"ALTER TABLE perception RENAME TO perception_1;"
	"DROP INDEX perception_kind;"
	"DROP INDEX perception_job;"
	"CREATE TABLE perception("
	" content_hash TEXT NOT NULL, space TEXT NOT NULL, kind TEXT NOT NULL, params TEXT NOT NULL, version TEXT NOT NULL, artifact_id TEXT,"
	" error TEXT, digest TEXT, vector BLOB, curve BLOB, job_id TEXT, job_version TEXT, changed_unix_ms INTEGER NOT NULL,"
	" PRIMARY KEY(content_hash, space, kind, params));"
	"INSERT OR IGNORE INTO perception SELECT p.content_hash, a.space, p.kind, p.params, p.version, p.artifact_id, NULL, p.digest, p.vector,"
	" p.curve, p.job_id, p.job_version, p.changed_unix_ms FROM perception_1 p JOIN artifact a ON a.content_hash = p.content_hash"
	" WHERE p.error IS NULL AND (p.kind IN ('understand', 'notes_vector', 'piano_roll')) = (a.space IN ('abc', 'midi'))"
	" AND a.space IN ('abc', 'audio', 'midi');"
	"DROP TABLE perception_1;"
	"CREATE INDEX perception_kind ON perception(kind, content_hash) WHERE artifact_id IS NOT NULL;"
	"CREATE INDEX perception_job ON perception(job_id) WHERE job_id IS NOT NULL;",
};
const struct store_schema perception_schema = {"perception", steps, (int)COUNT_OF(steps)};

static const char *kind_name(const struct perception_key *k)
{
	return perception_kinds[k->kind].name;
}

int perception_find(struct store_conn *c, const struct perception_key *k, struct perception_row *ret, struct err *err)
{
	return perception_find_values(c, k, ret, NULL, err);
}

int perception_find_values(struct store_conn *c, const struct perception_key *k, struct perception_row *ret, json_t **ret_values,
			   struct err *err)
{
	sqlite3_stmt *q;
	memset(ret, 0, sizeof(*ret));
	int r = store_query(c, &q, err,
			    "SELECT version, artifact_id, job_id, error, digest FROM perception"
			    " WHERE content_hash = ? AND space = ? AND kind = ? AND params = ?",
			    "tttt", k->hash, k->space, kind_name(k), k->params);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0) {
		ret->found = true;
		(void)str_copy(ret->version, sizeof(ret->version), store_text(q, 0));
		(void)str_copy(ret->artifact_id, sizeof(ret->artifact_id), store_text(q, 1));
		(void)str_copy(ret->job_id, sizeof(ret->job_id), store_text(q, 2));
		(void)str_copy(ret->error, sizeof(ret->error), store_text(q, 3));
		ret->digested = !store_is_null(q, 4);
		if (ret->digested && ret_values)
			r = json_parse(store_text(q, 4), (size_t)sqlite3_column_bytes(q, 4), ret_values, err);
	}
	store_done(q);
	return r < 0 ? r : 0;
}

int perception_await(struct store_conn *c, const struct perception_key *k, const char *job_id, const char *version, int64_t now_unix_ms,
		     struct err *err)
{
	return store_exec(c, err,
			  "INSERT INTO perception(content_hash, space, kind, params, version, job_id, job_version, changed_unix_ms)"
			  " VALUES(?1, ?7, ?2, ?3, '', ?4, ?5, ?6) ON CONFLICT(content_hash, space, kind, params)"
			  " DO UPDATE SET job_id = ?4, job_version = ?5, changed_unix_ms = ?6",
			  "tttttit", k->hash, kind_name(k), k->params, job_id, version, now_unix_ms, k->space);
}

int perception_equal_job(struct store_conn *c, const struct perception_key *k, char ret_job[JOB_ID_SIZE], struct err *err)
{
	const struct perception_kind_row *row = &perception_kinds[k->kind];
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT j.id FROM job j JOIN job_step s ON s.job_id = j.id AND s.step = j.n_steps - 1"
			    " JOIN job_input i ON i.job_id = j.id AND i.place = 0 JOIN artifact a ON a.id = i.artifact_id"
			    " WHERE j.state IN (0, 1) AND j.cancelling = 0 AND j.verifies IS NULL AND s.verb = ? AND s.space = ?"
			    " AND s.model = ? AND s.params = ? AND a.content_hash = ? AND a.space = ? AND j.n_steps <= 2"
			    " AND NOT EXISTS (SELECT 1 FROM job_input o WHERE o.job_id = j.id AND o.place > 0)"
			    " AND NOT EXISTS (SELECT 1 FROM job_step b WHERE b.job_id = j.id AND b.step < s.step"
			    " AND (b.verb <> 'project' OR b.params <> '{}')) ORDER BY j.id LIMIT 1",
			    "tttttt", row->verb, row->space, row->model, k->params, k->hash, k->space);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		(void)str_copy(ret_job, JOB_ID_SIZE, store_text(q, 0));
	store_done(q);
	return r;
}

int perception_n_under_way(struct store_conn *c, int64_t *ret, struct err *err)
{
	return store_int(c, ret, err, "SELECT count(*) FROM perception WHERE job_id IS NOT NULL", "");
}

/* ---- jobs that end ---- */

struct done_step {
	const char *verb, *from_space, *space, *model, *version, *params, *artifact_id, *hash;
	int state; /* enum job_state */
};

struct done_job {
	int64_t state; /* enum job_state */
	const char *error;
	const char *input_hash, *input_space; /* of its only input; "" otherwise */
	struct done_step *steps;
	size_t n;
};

static int load_job(struct store_conn *c, const char *job_id, struct wire_arena *arena, struct done_job *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT j.state, j.error, j.n_steps, (SELECT min(a.content_hash) FROM job_input i JOIN artifact a ON"
			    " a.id = i.artifact_id WHERE i.job_id = j.id HAVING count(*) = 1), (SELECT min(a.space) FROM job_input i"
			    " JOIN artifact a ON a.id = i.artifact_id WHERE i.job_id = j.id HAVING count(*) = 1)"
			    " FROM job j WHERE j.id = ? AND j.verifies IS NULL",
			    "t", job_id);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0) {
		ret->state = sqlite3_column_int64(q, 0);
		ret->error = row_text(q, 1, arena);
		ret->n = (size_t)sqlite3_column_int64(q, 2);
		ret->input_hash = row_text(q, 3, arena);
		ret->input_space = row_text(q, 4, arena);
		ret->steps = wire_arena_array(arena, ret->n, sizeof(*ret->steps));
		if (!ret->error || !ret->input_hash || !ret->input_space || !ret->steps)
			r = err_set(err, -ENOMEM, "perception");
	}
	store_done(q);
	return r;
}

static int load_steps(struct store_conn *c, const char *job_id, struct wire_arena *arena, struct done_job *job, struct err *err)
{
	sqlite3_stmt *q;
	size_t n = 0;
	int r = store_query(c, &q, err,
			    "SELECT verb, from_space, space, model, model_version, params, artifact_id, content_hash, state FROM job_step"
			    " WHERE job_id = ? ORDER BY step",
			    "t", job_id);
	while (r == 0 && (r = store_step(c, q, err)) > 0 && n < job->n) {
		struct done_step *s = &job->steps[n++];
		const char **texts[] = {&s->verb, &s->from_space, &s->space, &s->model, &s->version, &s->params, &s->artifact_id, &s->hash};
		r = 0;
		for (size_t i = 0; i < COUNT_OF(texts); i++) {
			*texts[i] = row_text(q, (int)i, arena);
			if (!*texts[i])
				r = err_set(err, -ENOMEM, "perception");
		}
		s->state = sqlite3_column_int(q, 8);
	}
	store_done(q);
	job->n = n;
	return r < 0 ? r : 0;
}

static bool is_part(const char *params)
{
	AUTO_JSON json_t *j = NULL;
	if (json_parse(params, strlen(params), &j, NULL) < 0)
		return false;
	return json_object_size(j) == 2 && json_is_real(json_object_get(j, "from_s")) && json_is_real(json_object_get(j, "to_s")) &&
	       strlen(params) < PERCEPTION_PARAMS_SIZE;
}

/* The kind that a step has found out, with the parameters that we would give it; PERCEPTION_KIND_COUNT for none. */
static enum perception_kind kind_of(const struct done_step *s)
{
	for (enum perception_kind k = 0; k < PERCEPTION_KIND_COUNT; k++) {
		const struct perception_kind_row *row = &perception_kinds[k];
		if (str_eq(row->verb, s->verb) && str_eq(row->from_space, s->from_space) && str_eq(row->space, s->space) &&
		    str_eq(row->model, s->model) && (str_eq(s->params, "{}") || (row->ranged && is_part(s->params))))
			return k;
	}
	return PERCEPTION_KIND_COUNT;
}

static int note_known(struct store_conn *c, const char *hash, const char *space, enum perception_kind kind, const struct done_step *s,
		      int64_t now_unix_ms, struct err *err)
{
	if (!*hash)
		return 0;
	return store_exec(c, err,
			  "INSERT INTO perception(content_hash, space, kind, params, version, artifact_id, changed_unix_ms)"
			  " VALUES(?1, ?7, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(content_hash, space, kind, params) DO UPDATE SET"
			  " digest = CASE WHEN artifact_id = ?5 THEN digest END, vector = CASE WHEN artifact_id = ?5 THEN vector END,"
			  " curve = CASE WHEN artifact_id = ?5 THEN curve END,"
			  " version = ?4, artifact_id = ?5, error = NULL, job_id = NULL, job_version = NULL, changed_unix_ms = ?6",
			  "tttttit", hash, perception_kinds[kind].name, s->params, s->version, s->artifact_id, now_unix_ms, space);
}

/* Step i says the same as the job's input, in other words. */
static bool only_rewrites(const struct done_job *job, size_t i)
{
	enum perception_family family;
	if (!*job->input_hash || perception_family_of(job->input_space, &family) < 0 || family != PERCEIVE_NOTES)
		return false;
	for (size_t k = 0; k < i; k++)
		if (!str_eq(job->steps[k].verb, "project") || !str_eq(job->steps[k].params, "{}") || !str_eq(job->steps[k].space, "midi"))
			return false;
	return true;
}

static int note_step(struct store_conn *c, const struct done_job *job, size_t i, int64_t now_unix_ms, struct err *err)
{
	const struct done_step *s = &job->steps[i];
	enum perception_kind kind = s->state == JOB_COMPLETE && *s->artifact_id ? kind_of(s) : PERCEPTION_KIND_COUNT;
	if (kind == PERCEPTION_KIND_COUNT)
		return 0;
	int r = note_known(c, i ? job->steps[i - 1].hash : job->input_hash, s->from_space, kind, s, now_unix_ms, err);
	if (r == 0 && i > 0 && only_rewrites(job, i))
		r = note_known(c, job->input_hash, job->input_space, kind, s, now_unix_ms, err);
	return r;
}

/* Who waited for it and did not get it: a failure stays, anything else may be tried again. */
static int note_end(struct store_conn *c, const struct done_job *job, const char *job_id, int64_t now_unix_ms, struct err *err)
{
	int r = 0;
	if (job->state == JOB_FAILED)
		r = store_exec(c, err,
			       "UPDATE perception SET version = job_version, error = ?1, artifact_id = NULL, digest = NULL, vector = NULL,"
			       " curve = NULL, job_id = NULL, job_version = NULL, changed_unix_ms = ?2 WHERE job_id = ?3",
			       "tit", *job->error ? job->error : "it failed", now_unix_ms, job_id);
	if (r == 0)
		r = store_exec(c, err, "DELETE FROM perception WHERE job_id = ? AND artifact_id IS NULL AND error IS NULL", "t", job_id);
	return r < 0 ? r : store_exec(c, err, "UPDATE perception SET job_id = NULL, job_version = NULL WHERE job_id = ?", "t", job_id);
}

int perception_job_ended(struct store_conn *c, const char *job_id, int64_t now_unix_ms, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct done_job job = {.n = 0};
	int r = load_job(c, job_id, &arena, &job, err);
	if (r <= 0)
		return r;
	r = load_steps(c, job_id, &arena, &job, err);
	for (size_t i = 0; r == 0 && i < job.n; i++)
		r = note_step(c, &job, i, now_unix_ms, err);
	return r < 0 ? r : note_end(c, &job, job_id, now_unix_ms, err);
}

/* ---- what was read from reports ---- */

int perception_keep(struct store_conn *c, const struct perception_key *k, const char *version, const struct perception_digest *d,
		    struct err *err)
{
	char AUTO_MEM *text = row_object_text(d->values);
	if (!text)
		return err_set(err, -ENOMEM, "perception");
	return store_exec(c, err,
			  "UPDATE perception SET digest = ?, vector = ?, curve = ? WHERE content_hash = ? AND space = ? AND kind = ?"
			  " AND params = ? AND version = ? AND artifact_id IS NOT NULL",
			  "tbbttttt", text, d->vector, d->n_vector * sizeof(float), d->curve, d->n_curve * sizeof(float), k->hash, k->space,
			  kind_name(k), k->params, version);
}

int perception_keep_error(struct store_conn *c, const struct perception_key *k, const char *version, const char *why, struct err *err)
{
	return store_exec(c, err,
			  "UPDATE perception SET error = ?, artifact_id = NULL, digest = NULL WHERE content_hash = ? AND space = ?"
			  " AND kind = ? AND params = ? AND version = ?",
			  "tttttt", why, k->hash, k->space, kind_name(k), k->params, version);
}

/* ---- trying again ---- */

int perception_forget_failures(struct store_conn *c, const char *hash, const char *space, enum perception_kind kind,
			       perception_told_fn *told, void *arg, struct err *err)
{
	const char *name = kind < PERCEPTION_KIND_COUNT ? perception_kinds[kind].name : NULL;
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT kind FROM perception WHERE content_hash = ?1 AND space = ?2 AND (?3 IS NULL OR kind = ?3)"
			    " AND error IS NOT NULL AND job_id IS NULL ORDER BY kind, params",
			    "ttt", hash, space, name);
	while (r == 0 && (r = store_step(c, q, err)) > 0)
		r = told(arg, store_text(q, 0), err);
	store_done(q);
	return r < 0 ? r
		     : store_exec(c, err,
				  "DELETE FROM perception WHERE content_hash = ?1 AND space = ?2 AND (?3 IS NULL OR kind = ?3)"
				  " AND error IS NOT NULL AND job_id IS NULL",
				  "ttt", hash, space, name);
}
