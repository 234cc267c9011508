#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "jobs/job_priv.h"
#include "jobs/rows.h"

#include "base/banned.h"

static int next_step(struct jobs *j, struct store_conn *c, const struct job_row *job,
		     struct err *err)
{
	double progress = (double)(job->step + 1) / job->n_steps;
	int r = store_exec(c, err,
			   "UPDATE job SET state = 0, step = step + 1, tries = 0, worker_id = "
			   "NULL, lease_until_ms = NULL, not_before_ms = 0,"
			   " progress = ?, message = '', updated_unix_ms = ? WHERE id = ?",
			   "dit", progress, jobs_unix_ms(j), job->id);
	return r < 0 ? r : jobs_tell(j, c, JOB_CHANGE_STEPPED, job->id, err);
}

int job_step_done(struct jobs *j, struct store_conn *c, const struct job_row *job,
		  const char *artifact_id, const char *content_hash, bool cached, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct step_row step;
	int r = step_row_load(c, job->id, job->step, &arena, &step, err);
	if (r == 0)
		r = store_exec(c, err,
			       "UPDATE job_step SET state = 2, cached = ?1, artifact_id = ?2, "
			       "content_hash = ?3, ended_unix_ms = CASE ?1 WHEN 0 THEN ?6 END "
			       "WHERE job_id = ?4 AND step = ?5",
			       "itttii", (int64_t)cached, artifact_id, content_hash, job->id,
			       (int64_t)job->step, jobs_unix_ms(j));
	if (r < 0)
		return r;
	if (job->step + 1 >= job->n_steps)
		return job_end(j, c, job, JOB_COMPLETE, NULL, NULL, err);
	r = job_tell_refined(j, c, job, step.verb, artifact_id, err);
	return r < 0 ? r : next_step(j, c, job, err);
}

static int last_artifact(struct store_conn *c, const struct job_row *job, char ret[UUID_SIZE],
			 struct err *err)
{
	sqlite3_stmt *q;
	*ret = '\0';
	int r = store_query(c, &q, err,
			    "SELECT artifact_id FROM job_step WHERE job_id = ? AND step = ?", "ti",
			    job->id, (int64_t)job->step);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		str_copy(ret, UUID_SIZE, store_text(q, 0));
	store_done(q);
	return r < 0 ? r : 0;
}

int job_end(struct jobs *j, struct store_conn *c, const struct job_row *job, enum job_state state,
	    const char *code, const char *why, struct err *err)
{
	char artifact[UUID_SIZE] = "";
	int r = store_exec(c, err,
			   "UPDATE job SET state = ?1, cancelling = 0, worker_id = NULL, "
			   "lease_until_ms = NULL,"
			   " progress = CASE ?1 WHEN 2 THEN 1.0 ELSE progress END, error_code = "
			   "coalesce(?2, error_code),"
			   " error = coalesce(?3, error), updated_unix_ms = ?4 WHERE id = ?5",
			   "ittit", (int64_t)state, code, why, jobs_unix_ms(j), job->id);
	if (r == 0 && state != JOB_COMPLETE)
		r = store_exec(c, err,
			       "UPDATE job_step SET state = ? WHERE job_id = ? AND step >= ?",
			       "iti", (int64_t)state, job->id, (int64_t)job->step);
	if (r == 0 && state == JOB_COMPLETE)
		r = last_artifact(c, job, artifact, err);
	if (r == 0)
		r = job_tell_ended(j, c, job, state, artifact, why, err);
	return r < 0 ? r : jobs_tell(j, c, JOB_CHANGE_ENDED, job->id, err);
}

int job_put_back(struct jobs *j, struct store_conn *c, const struct job_row *job, int64_t delay_ms,
		 const char *why, struct err *err)
{
	int r = store_exec(c, err,
			   "UPDATE job SET state = 0, worker_id = NULL, lease_until_ms = NULL, "
			   "not_before_ms = ?, message = ?,"
			   " updated_unix_ms = ? WHERE id = ?",
			   "itit", delay_ms ? jobs_now_ms(j) + delay_ms : (int64_t)0, why,
			   jobs_unix_ms(j), job->id);
	if (r == 0)
		r = store_exec(c, err,
			       "UPDATE job_step SET state = 0 WHERE job_id = ? AND step = ?", "ti",
			       job->id, (int64_t)job->step);
	return r < 0 ? r : jobs_tell(j, c, JOB_CHANGE_PUT_BACK, job->id, err);
}

/* The worker is gone: its attempt is over. */
static int give_up_attempt(struct jobs *j, struct store_conn *c, const char *job_id,
			   const char *why, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_row job;
	int r = job_row_load(c, job_id, &arena, &job, err);
	if (r < 0 || job.state != JOB_RUNNING)
		return r;
	if (job.cancelling)
		return job_end(j, c, &job, JOB_CANCELLED, NULL, NULL, err);
	if (job.tries >= job.max_attempts)
		return job_end(j, c, &job, JOB_FAILED, "timeout", why, err);
	return job_put_back(j, c, &job, 0, why, err);
}

static int give_up_all(struct jobs *j, struct store_conn *c, sqlite3_stmt *q, const char *why,
		       int64_t *ret_n, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	const char **ids = NULL;
	size_t n = 0;
	int r = row_texts(c, q, &arena, &ids, &n, err);
	store_done(q);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = give_up_attempt(j, c, ids[i], why, err);
	*ret_n = (int64_t)n;
	return r;
}

int jobs_release(struct jobs *j, struct store_conn *c, const char *worker_id, int64_t *ret_n,
		 struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err, "SELECT id FROM job WHERE worker_id = ? AND state = 1", "t",
			    worker_id);
	return r < 0 ? r : give_up_all(j, c, q, "its worker has left", ret_n, err);
}

static int sweep_deadlines(struct jobs *j, struct store_conn *c, int64_t *ret_n, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	const char **ids = NULL;
	size_t n = 0;
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT id FROM job WHERE state <= 1 AND deadline_unix_ms <= ? LIMIT ?",
			    "ii", jobs_unix_ms(j), (int64_t)LIMIT_JOB_CANDIDATES);
	if (r == 0)
		r = row_texts(c, q, &arena, &ids, &n, err);
	store_done(q);
	*ret_n = (int64_t)n;
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct job_row job;
		r = job_row_load(c, ids[i], &arena, &job, err);
		if (r == 0)
			r = job_end(j, c, &job, job.cancelling ? JOB_CANCELLED : JOB_FAILED,
				    "timeout", "its deadline has passed", err);
	}
	return r;
}

static int sweep_leases(struct jobs *j, struct store_conn *c, int64_t *ret_n, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT id FROM job WHERE state = 1 AND lease_until_ms <= ? LIMIT ?",
			    "ii", jobs_now_ms(j), (int64_t)LIMIT_JOB_CANDIDATES);
	if (r == 0)
		r = give_up_all(j, c, q, "its worker was not heard any more", ret_n, err);
	return r;
}

/* Some at a time, until fewer are left than that. */
int jobs_sweep(struct jobs *j, struct store_conn *c, struct err *err)
{
	int64_t n = LIMIT_JOB_CANDIDATES;
	int r = 0;
	while (r == 0 && n == LIMIT_JOB_CANDIDATES)
		r = sweep_leases(j, c, &n, err);
	for (n = LIMIT_JOB_CANDIDATES; r == 0 && n == LIMIT_JOB_CANDIDATES;)
		r = sweep_deadlines(j, c, &n, err);
	return r;
}

int jobs_reopen(struct jobs *j, struct store_conn *c, struct err *err)
{
	int r = store_exec(c, err, "UPDATE job SET lease_until_ms = ? WHERE state = 1", "i",
			   jobs_now_ms(j) + j->lease_ms);
	return r < 0 ? r
		     : store_exec(c, err,
				  "UPDATE job SET not_before_ms = 0 WHERE state = 0 AND "
				  "not_before_ms > 0",
				  "");
}
