#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "cas/path.h"
#include "jobs/artifact.h"
#include "jobs/job_priv.h"
#include "jobs/rows.h"

#include "base/banned.h"

static const struct worker_capability *choose(struct capability_list can,
					      const struct step_row *step)
{
	for (size_t i = 0; i < can.n; i++)
		if (job_can(&can.v[i], step))
			return &can.v[i];
	return NULL;
}

/* Priority, then age. */
int job_candidates(struct jobs *j, struct store_conn *c, struct wire_arena *arena, const char ***ret,
		   size_t *ret_n, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT id FROM job WHERE state = 0 AND not_before_ms <= ? ORDER BY "
			    "priority DESC, id LIMIT ?",
			    "ii", jobs_now_ms(j), (int64_t)LIMIT_JOB_CANDIDATES);
	if (r == 0)
		r = row_texts(c, q, arena, ret, ret_n, err);
	store_done(q);
	return r;
}

static int take(struct jobs *j, struct store_conn *c, const struct job_row *job,
		const char *worker_id, const struct worker_capability *with,
		struct job_claimed *ret, struct err *err)
{
	int64_t attempt = job->attempt + 1;
	int r = store_exec(c, err,
			   "UPDATE job SET state = 1, attempt = ?, tries = tries + 1, worker_id = "
			   "?, lease_until_ms = ?, updated_unix_ms = ?"
			   " WHERE id = ?",
			   "itiit", attempt, worker_id, jobs_now_ms(j) + j->lease_ms,
			   jobs_unix_ms(j), job->id);
	if (r == 0)
		r = store_exec(c, err,
			       "UPDATE job_step SET state = 1, model = ?, model_version = ?, "
			       "deterministic = ?, started_unix_ms = ? WHERE job_id = ? AND step = ?",
			       "ttiiti", with->model, with->model_version,
			       (int64_t)with->deterministic, jobs_unix_ms(j), job->id, (int64_t)job->step);
	if (r == 0)
		r = job_tell_started(j, c, job, err);
	if (r == 0)
		r = jobs_tell(j, c, JOB_CHANGE_CLAIMED, job->id, err);
	if (r < 0)
		return r;
	str_copy(ret->job_id, sizeof(ret->job_id), job->id);
	ret->attempt = attempt;
	ret->step = job->step;
	return 1;
}

/* 1: claimed, 2: answered from the store (there may be more to do), 0: not for this worker. */
static int consider(struct jobs *j, struct store_conn *c, const char *job_id, const char *worker_id,
		    struct capability_list can, struct job_claimed *ret, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_row job;
	struct step_row step;
	int r = job_row_load(c, job_id, &arena, &job, err);
	if (r < 0 || job.state != JOB_PENDING)
		return r;
	r = step_row_load(c, job_id, job.step, &arena, &step, err);
	if (r < 0)
		return r;
	const struct worker_capability *with = choose(can, &step);
	if (!with)
		return 0;
	r = job_answer_step(j, c, &job, &step, with, &arena, err);
	return r != 0 ? (r < 0 ? r : 2) : take(j, c, &job, worker_id, with, ret, err);
}

int jobs_claim(struct jobs *j, struct store_conn *c, const char *worker_id,
	       struct capability_list can, struct job_claimed *ret, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	const char **ids = NULL;
	size_t n = 0;
	int r = job_candidates(j, c, &arena, &ids, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = consider(j, c, ids[i], worker_id, can, ret, err);
		if (r == 2) { /* its next step may be for us */
			r = 0;
			i--;
		}
	}
	return r;
}

/* --- what the worker gets --------------------------------------------------------------------- */

static int fill_inputs(struct jobs *j, struct store_conn *c, const struct job_row *job,
		       struct wire_arena *arena, struct lease_view *ret, struct err *err)
{
	const char **ids = NULL;
	size_t n = 0;
	int r = job_inputs(c, job, arena, &ids, &n, err);
	if (r < 0)
		return r;
	ret->inputs.v = wire_arena_array(arena, n, sizeof(*ret->inputs.v));
	if (!ret->inputs.v && n)
		return err_set(err, -ENOMEM, "lease");
	ret->inputs.n = n;
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct artifact_view a;
		r = artifact_load(c, ids[i], j->cas_root, arena, &a, err);
		if (r == 0)
			ret->inputs.v[i] = (struct input_view){.artifact_id = a.artifact_id,
							       .content_hash = a.content_hash,
							       .path = a.path,
							       .mime_type = a.mime_type,
							       .space = a.space,
							       .size_bytes = a.size_bytes};
	}
	return r;
}

static int fill_deadline(struct jobs *j, struct store_conn *c, const char *job_id,
			 struct lease_view *ret, struct err *err)
{
	int64_t deadline = 0;
	int r = store_int(c, &deadline, err,
			  "SELECT coalesce(deadline_unix_ms, 0) FROM job WHERE id = ?", "t",
			  job_id);
	if (r < 0 || !deadline)
		return r;
	int64_t left = deadline - jobs_unix_ms(j);
	ret->has_deadline_in_ms = true;
	ret->deadline_in_ms = left > 0 ? left : 0;
	return 0;
}

int job_lease_load(struct jobs *j, struct store_conn *c, const struct job_claimed *claimed,
		   struct wire_arena *arena, struct lease_view *ret, struct err *err)
{
	struct job_row job;
	struct step_row step;
	char uuid[UUID_SIZE];
	int r = job_row_load(c, claimed->job_id, arena, &job, err);
	if (r == 0)
		r = step_row_load(c, claimed->job_id, claimed->step, arena, &step, err);
	if (r < 0)
		return r;
	uuid_new(uuid);
	*ret = (struct lease_view){
		.job_id = job.id,
		.attempt = claimed->attempt,
		.step = claimed->step,
		.verb = step.verb,
		.from_space = step.from_space,
		.space = step.space,
		.model = step.model,
		.model_version = step.model_version,
		.seed = step.seed,
		.staging_path = wire_arena_printf(arena, "%s/staging/stage-%s", j->cas_root, uuid),
		.lease_ms = j->lease_ms,
		.actor = job.actor,
	};
	json_t *params = NULL;
	r = json_parse(step.params, strlen(step.params), &params, err);
	if (r == 0 && (wire_arena_take(arena, params) < 0 || !ret->staging_path))
		r = err_set(err, -ENOMEM, "lease");
	ret->params = params;
	if (r == 0)
		r = fill_inputs(j, c, &job, arena, ret, err);
	return r < 0 ? r : fill_deadline(j, c, job.id, ret, err);
}
