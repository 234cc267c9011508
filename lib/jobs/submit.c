#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "jobs/artifact.h"
#include "jobs/job_priv.h"
#include "jobs/rows.h"

#include "base/banned.h"

int64_t jobs_now_ms(const struct jobs *j)
{
	return clock_monotonic_ns(j->clock) / NS_PER_MS;
}

int64_t jobs_unix_ms(const struct jobs *j)
{
	return clock_real_ns(j->clock) / NS_PER_MS;
}

int jobs_tell(struct jobs *j, struct store_conn *c, enum job_change change, const char *what,
	      struct err *err)
{
	return j->changed ? j->changed(j->user, c, change, what, err) : 0;
}

static int insert_job(struct jobs *j, struct store_conn *c, const char *id, const struct job_new *n,
		      struct err *err)
{
	int64_t now = jobs_unix_ms(j);
	char AUTO_MEM *tags = row_list_text(n->tags, n->n_tags);
	if (!tags)
		return err_set(err, -ENOMEM, "job");
	int r = store_exec(c, err,
			   "INSERT INTO job(id, verb, state, priority, actor, region_id, tags, "
			   "n_steps, max_attempts, fresh, verifies,"
			   " created_unix_ms, updated_unix_ms) VALUES(?1, ?2, 0, ?3, ?4, ?5, ?6, "
			   "?7, ?8, ?9, ?10, ?11, ?11)",
			   "ttitttiiiti", id, n->verb, (int64_t)n->priority, n->actor, n->region_id,
			   tags, (int64_t)n->n_steps, (int64_t)n->max_attempts, (int64_t)n->fresh,
			   n->verifies, now);
	if (r == 0 && n->deadline_in_ms > 0)
		r = store_exec(c, err, "UPDATE job SET deadline_unix_ms = ? WHERE id = ?", "it",
			       now + n->deadline_in_ms, id);
	return r;
}

static int insert_steps(struct store_conn *c, const char *id, const struct job_new *n,
			struct err *err)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < n->n_steps; i++) {
		const struct job_step_new *s = &n->steps[i];
		char AUTO_MEM *params = row_object_text(s->params);
		if (!params)
			return err_set(err, -ENOMEM, "job");
		r = store_exec(c, err,
			       "INSERT INTO job_step(job_id, step, verb, from_space, space, model, "
			       "model_version, params, seed, state)"
			       " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
			       "tittttt"
			       "ti",
			       id, (int64_t)i, s->verb, s->from_space, s->space, s->model,
			       s->model_version ? s->model_version : "", params, s->seed);
	}
	return r;
}

static int insert_inputs(struct store_conn *c, const char *id, const struct job_new *n,
			 struct err *err)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < n->n_inputs; i++) {
		int64_t known = 0;
		r = store_int(c, &known, err, "SELECT count(*) FROM artifact WHERE id = ?", "t",
			      n->inputs[i]);
		if (r == 0 && !known)
			r = artifact_missing("inputs", n->inputs[i], err);
		if (r == 0)
			r = store_exec(
				c, err,
				"INSERT INTO job_input(job_id, place, artifact_id) VALUES(?, ?, ?)",
				"tit", id, (int64_t)i, n->inputs[i]);
	}
	return r;
}

int jobs_submit(struct jobs *j, struct store_conn *c, const struct job_new *n,
		char ret_id[JOB_ID_SIZE], struct err *err)
{
	char id[JOB_ID_SIZE], uuid[UUID_SIZE];
	uuid_new(uuid);
	snprintf(id, sizeof(id), "%s:%s", j->owner, uuid);
	int r = insert_job(j, c, id, n, err);
	if (r == 0)
		r = insert_steps(c, id, n, err);
	if (r == 0)
		r = insert_inputs(c, id, n, err);
	if (r == 0)
		r = jobs_tell(j, c, JOB_CHANGE_SUBMITTED, id, err);
	if (r == 0)
		str_copy(ret_id, JOB_ID_SIZE, id);
	return r;
}
