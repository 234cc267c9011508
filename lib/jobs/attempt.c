#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "jobs/artifact.h"
#include "jobs/job_priv.h"
#include "jobs/rows.h"

#include "base/banned.h"

enum { BACKOFF_FIRST_MS = 500, BACKOFF_MOST_MS = 30000 };

/* The job, if this is its current attempt. */
static int current(struct store_conn *c, const struct job_attempt *a, struct wire_arena *arena,
		   struct job_row *ret, struct err *err)
{
	int r = job_row_load(c, a->job_id, arena, ret, err);
	if (r < 0)
		return r;
	if (ret->state == JOB_RUNNING && ret->attempt == a->attempt &&
	    str_eq(ret->worker_id, a->worker_id))
		return 0;
	r = err_field(err, -ESTALE, "attempt", "attempt %lld of job '%s' is over (it is %s, attempt %lld)",
		      (long long)a->attempt, a->job_id,
		      wire_enum_name(&wire_enum_job_state, (int)ret->state), (long long)ret->attempt);
	return err_hint(err, r, "drop this work and claim again");
}

static int prolong(struct jobs *j, struct store_conn *c, const struct job_row *job, struct err *err)
{
	return store_exec(c, err, "UPDATE job SET lease_until_ms = ? WHERE id = ?", "it",
			  jobs_now_ms(j) + j->lease_ms, job->id);
}

int jobs_heartbeat(struct jobs *j, struct store_conn *c, const struct job_attempt *a,
		   bool *ret_cancel, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_row job;
	int r = current(c, a, &arena, &job, err);
	if (r < 0)
		return r;
	*ret_cancel = job.cancelling;
	return prolong(j, c, &job, err);
}

int jobs_progress(struct jobs *j, struct store_conn *c, const struct job_attempt *a,
		  double progress, const char *message, bool *ret_cancel, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_row job;
	int r = current(c, a, &arena, &job, err);
	if (r < 0)
		return r;
	double whole = (job.step + progress) / job.n_steps;
	*ret_cancel = job.cancelling;
	r = store_exec(c, err,
		       "UPDATE job SET progress = ?, message = ?, updated_unix_ms = ? WHERE id = ?",
		       "dtit", whole, message, jobs_unix_ms(j), job.id);
	if (r == 0)
		r = prolong(j, c, &job, err);
	if (r == 0)
		r = job_tell_progress(j, c, &job, whole, message, err);
	return r < 0 ? r : jobs_tell(j, c, JOB_CHANGE_PROGRESSED, job.id, err);
}

/* --- completing ------------------------------------------------------------------------------- */

/* What the attempt completed before: 1 and the artifact, or 0. */
static int completed_before(struct store_conn *c, const struct job_attempt *a,
			    char ret_artifact[UUID_SIZE], bool *ret_finished, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT s.artifact_id, s.step + 1 >= j.n_steps FROM job_step s JOIN "
			    "job j ON j.id = s.job_id"
			    " WHERE s.job_id = ? AND s.attempt = ? AND s.artifact_id IS NOT NULL",
			    "ti", a->job_id, a->attempt);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0) {
		str_copy(ret_artifact, UUID_SIZE, store_text(q, 0));
		*ret_finished = sqlite3_column_int(q, 1) != 0;
	}
	store_done(q);
	return r;
}

/*
 * A result that comes after the cancel is not wanted; the worker is done, so the cancel is
 * confirmed.
 */
static int refuse_cancelled(struct jobs *j, struct store_conn *c, const struct job_row *job,
			    struct err *err)
{
	struct err scratch = ERR_INIT;
	int r = job_end(j, c, job, JOB_CANCELLED, NULL, NULL, &scratch);
	if (r < 0) {
		if (err)
			*err = scratch;
		return r;
	}
	return err_set(err, -ECANCELED, "job '%s' was cancelled", job->id);
}

int jobs_may_complete(struct jobs *j, struct store_conn *c, const struct job_attempt *a,
		      struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	char artifact[UUID_SIZE];
	bool finished;
	struct job_row job;
	int r = completed_before(c, a, artifact, &finished, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = current(c, a, &arena, &job, err);
	return r < 0 ? r : 1;
}

static int add_artifact(struct jobs *j, struct store_conn *c, const struct job_row *job,
			const struct job_output *out, struct wire_arena *arena,
			char ret_id[UUID_SIZE], struct err *err)
{
	struct step_row step;
	const char **inputs = NULL, **tags = NULL;
	size_t n_inputs = 0, n_tags = 0;
	char key[65];
	json_t *params = NULL;
	sqlite3_stmt *q;
	int r = step_row_load(c, job->id, job->step, arena, &step, err);
	if (r == 0)
		r = job_inputs(c, job, arena, &inputs, &n_inputs, err);
	if (r == 0)
		r = job_cache_key(c, job, &step, key, err);
	if (r == 0)
		r = json_parse(step.params, strlen(step.params), &params, err);
	AUTO_JSON json_t *owned = params;
	if (r < 0)
		return r;
	if (job->step + 1 == job->n_steps) { /* tags are for the result */
		r = store_query(c, &q, err,
				"SELECT t.value FROM job, json_each(job.tags) t WHERE job.id = ?",
				"t", job->id);
		if (r == 0)
			r = row_texts(c, q, arena, &tags, &n_tags, err);
		store_done(q);
	}
	const struct artifact_new a = {
		.content_hash = out->content_hash,
		.mime_type = out->mime_type,
		.space = step.space,
		.creator = job->actor,
		.tags = tags,
		.n_tags = n_tags,
		.parents = inputs,
		.n_parents = n_inputs,
		.metadata = out->metadata,
		.params = owned,
		.verb = step.verb,
		.job_id = job->id,
		.cache_key = step.deterministic ? key : NULL,
		.model = wire_arena_printf(arena, "%s@%s", step.model, step.model_version),
		.has_seed = true,
		.seed = step.seed,
		.now_unix_ms = jobs_unix_ms(j),
	};
	if (r == 0 && !a.model)
		r = err_set(err, -ENOMEM, "artifact");
	if (r == 0)
		r = artifact_add(c, &a, ret_id, err);
	return r < 0 ? r : jobs_tell(j, c, JOB_CHANGE_MADE, ret_id, err);
}

/* A verification makes no artifact: it says whether the content came out the same. */
static int finish_verification(struct jobs *j, struct store_conn *c, const struct job_row *job,
			       const struct job_output *out, struct wire_arena *arena,
			       char ret_id[UUID_SIZE], struct err *err)
{
	struct artifact_view original;
	int r = artifact_load(c, job->verifies, j->cas_root, arena, &original, err);
	if (r < 0)
		return r;
	AUTO_JSON json_t *result = json_pack("{s:b, s:s, s:s, s:s}", "same",
					     str_eq(original.content_hash, out->content_hash),
					     "artifact_id", job->verifies, "expected",
					     original.content_hash, "found", out->content_hash);
	char AUTO_MEM *text = row_object_text(result);
	if (!result || !text)
		return err_set(err, -ENOMEM, "job");
	r = store_exec(c, err, "UPDATE job SET result = ? WHERE id = ?", "tt", text, job->id);
	str_copy(ret_id, UUID_SIZE, job->verifies);
	return r < 0 ? r
		     : job_step_done(j, c, job, job->verifies, original.content_hash, false, err);
}

static int store_result(struct store_conn *c, const struct job_row *job,
			const struct job_output *out, struct err *err)
{
	char AUTO_MEM *text = out->result ? row_object_text(out->result) : NULL;
	if (!out->result)
		return 0;
	return text ? store_exec(c, err, "UPDATE job SET result = ? WHERE id = ?", "tt", text,
				 job->id)
		    : err_set(err, -ENOMEM, "job");
}

int jobs_complete(struct jobs *j, struct store_conn *c, const struct job_attempt *a,
		  const struct job_output *out, char ret_artifact[UUID_SIZE], bool *ret_finished,
		  struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_row job;
	int r = completed_before(c, a, ret_artifact, ret_finished, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = current(c, a, &arena, &job, err);
	if (r < 0)
		return r;
	if (job.cancelling)
		return refuse_cancelled(j, c, &job, err);
	r = store_exec(c, err, "UPDATE job_step SET attempt = ? WHERE job_id = ? AND step = ?",
		       "iti", a->attempt, job.id, (int64_t)job.step);
	if (r == 0 && *job.verifies)
		r = finish_verification(j, c, &job, out, &arena, ret_artifact, err);
	else if (r == 0) {
		r = store_result(c, &job, out, err);
		if (r == 0)
			r = add_artifact(j, c, &job, out, &arena, ret_artifact, err);
		if (r == 0)
			r = job_step_done(j, c, &job, ret_artifact, out->content_hash, false, err);
	}
	*ret_finished = job.step + 1 >= job.n_steps;
	return r;
}

/* --- not completing --------------------------------------------------------------------------- */

static int64_t backoff_ms(int64_t tries)
{
	int64_t ms = BACKOFF_FIRST_MS;
	for (int64_t i = 1; i < tries && ms < BACKOFF_MOST_MS; i++)
		ms *= 2;
	return ms < BACKOFF_MOST_MS ? ms : BACKOFF_MOST_MS;
}

int jobs_fail(struct jobs *j, struct store_conn *c, const struct job_attempt *a, const char *code,
	      const char *message, bool retry, bool *ret_again, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_row job;
	int r = current(c, a, &arena, &job, err);
	if (r < 0)
		return r;
	*ret_again = !job.cancelling && retry && job.tries < job.max_attempts;
	if (job.cancelling)
		return job_end(j, c, &job, JOB_CANCELLED, NULL, NULL, err);
	if (*ret_again)
		return job_put_back(j, c, &job, backoff_ms(job.tries), message, err);
	return job_end(j, c, &job, JOB_FAILED, code, message, err);
}

int jobs_stopped(struct jobs *j, struct store_conn *c, const struct job_attempt *a,
		 bool *ret_cancelled, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_row job;
	int r = job_row_load(c, a->job_id, &arena, &job, err);
	if (r == 0 && job.state == JOB_CANCELLED && job.attempt == a->attempt) {
		*ret_cancelled = true; /* said before */
		return 0;
	}
	if (r == 0)
		r = current(c, a, &arena, &job, err);
	if (r < 0)
		return r;
	*ret_cancelled = job.cancelling;
	return job.cancelling ? job_end(j, c, &job, JOB_CANCELLED, NULL, NULL, err)
			      : job_put_back(j, c, &job, 0, "its worker has stopped", err);
}

int jobs_cancel(struct jobs *j, struct store_conn *c, const char *job_id, const char *reason,
		struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_row job;
	int r = job_row_load(c, job_id, &arena, &job, err);
	if (r < 0 || job.state == JOB_CANCELLED || job.cancelling)
		return r;
	if (job_has_ended(job.state))
		return err_field(err, -EPROTO, "job_id", "job '%s' is %s already", job_id,
				 wire_enum_name(&wire_enum_job_state, (int)job.state));
	r = store_exec(c, err,
		       "UPDATE job SET cancelling = 1, error_code = 'cancelled', error = ?, "
		       "updated_unix_ms = ? WHERE id = ?",
		       "tit", *reason ? reason : "cancelled", jobs_unix_ms(j), job_id);
	if (r < 0)
		return r;
	if (job.state == JOB_PENDING)
		return job_end(j, c, &job, JOB_CANCELLED, NULL, NULL, err);
	return jobs_tell(j, c, JOB_CHANGE_CANCELLING, job.id, err);
}
