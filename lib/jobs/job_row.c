#include <string.h>

#include "base/str.h"
#include "jobs/job_priv.h"
#include "jobs/rows.h"

#include "base/banned.h"

int job_row_load(struct store_conn *c, const char *job_id, struct wire_arena *arena,
		 struct job_row *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT id, verb, actor, state, cancelling, fresh, announced, attempt, "
			    "tries, max_attempts, step, n_steps,"
			    " worker_id, region_id, verifies FROM job WHERE id = ?",
			    "t", job_id);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		*ret = (struct job_row){
			.id = row_text(q, 0, arena),
			.verb = row_text(q, 1, arena),
			.actor = row_text(q, 2, arena),
			.state = (enum job_state)sqlite3_column_int(q, 3),
			.cancelling = sqlite3_column_int(q, 4),
			.fresh = sqlite3_column_int(q, 5),
			.announced = sqlite3_column_int(q, 6),
			.attempt = sqlite3_column_int64(q, 7),
			.tries = sqlite3_column_int64(q, 8),
			.max_attempts = sqlite3_column_int64(q, 9),
			.step = sqlite3_column_int(q, 10),
			.n_steps = sqlite3_column_int(q, 11),
			.worker_id = row_text(q, 12, arena),
			.region_id = row_text(q, 13, arena),
			.verifies = row_text(q, 14, arena),
		};
	store_done(q);
	if (r == 0)
		return err_field(err, -ENOENT, "job_id", "no job '%.64s'", job_id);
	return r > 0 && (!ret->id || !ret->verifies) ? err_set(err, -ENOMEM, "job") : r < 0 ? r : 0;
}

int step_row_load(struct store_conn *c, const char *job_id, int step, struct wire_arena *arena,
		  struct step_row *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT verb, from_space, space, model, model_version, params, seed, "
			    "deterministic FROM job_step"
			    " WHERE job_id = ? AND step = ?",
			    "ti", job_id, (int64_t)step);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		*ret = (struct step_row){
			.verb = row_text(q, 0, arena),
			.from_space = row_text(q, 1, arena),
			.space = row_text(q, 2, arena),
			.model = row_text(q, 3, arena),
			.model_version = row_text(q, 4, arena),
			.params = row_text(q, 5, arena),
			.seed = sqlite3_column_int64(q, 6),
			.deterministic = sqlite3_column_int(q, 7),
		};
	store_done(q);
	if (r == 0)
		return err_set(err, -ENOENT, "job '%.64s' has no step %d", job_id, step);
	return r > 0 && (!ret->verb || !ret->params) ? err_set(err, -ENOMEM, "job") : r < 0 ? r : 0;
}

int job_state_of(struct store_conn *c, const char *job_id, enum job_state *ret, struct err *err)
{
	int64_t state = 0;
	int r = store_int(c, &state, err, "SELECT state FROM job WHERE id = ?", "t", job_id);
	if (r == -ENOENT)
		return err_field(err, -ENOENT, "job_id", "no job '%.64s'", job_id);
	if (r == 0)
		*ret = (enum job_state)state;
	return r;
}

int job_count_pending(struct jobs *j, struct store_conn *c, int64_t *ret, struct err *err)
{
	return store_int(c, ret, err,
			 "SELECT count(*) FROM job WHERE state = 0 AND not_before_ms <= ?", "i",
			 jobs_now_ms(j));
}
