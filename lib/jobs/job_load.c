#include <string.h>

#include "base/str.h"
#include "jobs/job_priv.h"
#include "jobs/rows.h"

#include "base/banned.h"

static int count_steps(struct store_conn *c, const char *job_id, size_t *ret, struct err *err)
{
	int64_t n = 0;
	int r = store_int(c, &n, err, "SELECT count(*) FROM job_step WHERE job_id = ?", "t",
			  job_id);
	*ret = (size_t)n;
	return r;
}

static int load_step(sqlite3_stmt *q, struct wire_arena *arena, struct step_view *ret,
		     struct err *err)
{
	const char *version = store_text(q, 5);
	*ret = (struct step_view){
		.step = sqlite3_column_int64(q, 0),
		.verb = row_text(q, 1, arena),
		.from_space = row_text(q, 2, arena),
		.space = row_text(q, 3, arena),
		.model = *version ? wire_arena_printf(arena, "%s@%s", store_text(q, 4), version)
				  : row_text(q, 4, arena),
		.seed = sqlite3_column_int64(q, 7),
		.state = (enum job_state)sqlite3_column_int(q, 8),
		.cached = sqlite3_column_int(q, 9),
	};
	ret->has_artifact_id = row_optional(q, 10, arena, &ret->artifact_id);
	ret->has_content_hash = row_optional(q, 11, arena, &ret->content_hash);
	return row_json(q, 6, arena, &ret->params, err);
}

static int load_steps(struct store_conn *c, const char *job_id, struct wire_arena *arena,
		      struct job_view *ret, struct err *err)
{
	sqlite3_stmt *q;
	size_t n = 0;
	int r = count_steps(c, job_id, &n, err);
	if (r < 0)
		return r;
	ret->steps.v = wire_arena_array(arena, n, sizeof(*ret->steps.v));
	if (!ret->steps.v)
		return err_set(err, -ENOMEM, "job");
	r = store_query(c, &q, err,
			"SELECT step, verb, from_space, space, model, model_version, params, seed, "
			"state, cached, artifact_id, content_hash"
			" FROM job_step WHERE job_id = ? ORDER BY step",
			"t", job_id);
	while (r == 0 && ret->steps.n < n && (r = store_step(c, q, err)) > 0)
		r = load_step(q, arena, &ret->steps.v[ret->steps.n++], err);
	store_done(q);
	return r;
}

static int load_inputs(struct store_conn *c, const char *job_id, struct wire_arena *arena,
		       struct job_view *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT artifact_id FROM job_input WHERE job_id = ? ORDER BY place",
			    "t", job_id);
	if (r == 0)
		r = row_texts(c, q, arena, &ret->inputs.v, &ret->inputs.n, err);
	store_done(q);
	return r;
}

static int load_row(sqlite3_stmt *q, struct wire_arena *arena, struct job_view *ret,
		    struct err *err)
{
	*ret = (struct job_view){
		.job_id = row_text(q, 0, arena),
		.verb = row_text(q, 1, arena),
		.state = (enum job_state)sqlite3_column_int(q, 2),
		.cancelling = sqlite3_column_int(q, 3),
		.priority = (enum job_priority)sqlite3_column_int(q, 4),
		.actor = row_text(q, 5, arena),
		.step = sqlite3_column_int64(q, 7),
		.progress = sqlite3_column_double(q, 8),
		.message = row_text(q, 9, arena),
		.attempt = sqlite3_column_int64(q, 10),
		.max_attempts = sqlite3_column_int64(q, 11),
		.created_unix_ms = sqlite3_column_int64(q, 16),
		.updated_unix_ms = sqlite3_column_int64(q, 17),
		.has_deadline_unix_ms = !store_is_null(q, 18),
		.deadline_unix_ms = sqlite3_column_int64(q, 18),
	};
	ret->has_region_id = row_optional(q, 6, arena, &ret->region_id);
	ret->has_worker_id = row_optional(q, 12, arena, &ret->worker_id);
	ret->has_error_code = row_optional(q, 14, arena, &ret->error_code);
	ret->has_error = row_optional(q, 15, arena, &ret->error);
	int r = row_json(q, 13, arena, &ret->result, err);
	ret->has_result = ret->result != NULL;
	return r;
}

int job_load(struct store_conn *c, const char *job_id, struct wire_arena *arena,
	     struct job_view *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT id, verb, state, cancelling, priority, actor, region_id, step, "
			    "progress, message, tries, max_attempts,"
			    " worker_id, result, error_code, error, created_unix_ms, "
			    "updated_unix_ms, deadline_unix_ms FROM job WHERE id = ?",
			    "t", job_id);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		r = load_row(q, arena, ret, err);
	else if (r == 0)
		r = err_field(err, -ENOENT, "job_id", "no job '%.64s'", job_id);
	store_done(q);
	if (r == 0)
		r = load_steps(c, job_id, arena, ret, err);
	if (r == 0)
		r = load_inputs(c, job_id, arena, ret, err);
	if (r < 0 || ret->state != JOB_COMPLETE)
		return r;
	const struct step_view *last = &ret->steps.v[ret->steps.n - 1];
	ret->has_artifact_id = last->has_artifact_id;
	ret->artifact_id = last->artifact_id;
	ret->has_content_hash = last->has_content_hash;
	ret->content_hash = last->content_hash;
	return 0;
}

int job_find(struct store_conn *c, const struct job_list *query, struct wire_arena *arena,
	     struct job_list_result *ret, struct err *err)
{
	sqlite3_stmt *q;
	struct row_page page;
	int r = store_query(c, &q, err,
			    "SELECT id FROM job WHERE (?1 < 0 OR state = ?1) AND (?2 IS NULL OR "
			    "region_id = ?2) AND (?3 IS NULL OR actor = ?3)"
			    " AND (?4 = '' OR id < ?4) ORDER BY id DESC LIMIT ?5",
			    "ittti", query->has_state ? (int64_t)query->state : (int64_t)-1,
			    query->has_region_id ? query->region_id : NULL,
			    query->has_actor ? query->actor : NULL, query->cursor,
			    query->limit + 1);
	if (r == 0)
		r = row_page(c, q, arena, query->limit, &page, err);
	store_done(q);
	if (r < 0)
		return r;
	ret->cursor = page.cursor;
	ret->jobs.n = page.n;
	ret->jobs.v = wire_arena_array(arena, page.n, sizeof(*ret->jobs.v));
	if (!ret->jobs.v && page.n)
		return err_set(err, -ENOMEM, "jobs");
	for (size_t i = 0; r == 0 && i < page.n; i++)
		r = job_load(c, page.ids[i], arena, &ret->jobs.v[i], err);
	return r;
}
