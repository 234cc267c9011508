/*
 * What identifies the result of a step: spaces, model and version, parameters, seed, and the
 *                                       contents it works on. The
 * key is the SHA-256 of that as sorted JSON, so that it does not depend on how the request was
 * written.
 */
#include <openssl/evp.h>
#include <string.h>

#include "base/hex.h"
#include "base/str.h"
#include "jobs/job_priv.h"
#include "jobs/rows.h"

#include "base/banned.h"

int job_inputs(struct store_conn *c, const struct job_row *job, struct wire_arena *arena,
	       const char ***ret, size_t *ret_n, struct err *err)
{
	sqlite3_stmt *q;
	int r = job->step == 0
			? store_query(c, &q, err,
				      "SELECT artifact_id FROM job_input WHERE job_id = ? ORDER BY "
				      "place",
				      "t", job->id)
			: store_query(
				  c, &q, err,
				  "SELECT artifact_id FROM job_step WHERE job_id = ? AND step = ?",
				  "ti", job->id, (int64_t)job->step - 1);
	if (r == 0)
		r = row_texts(c, q, arena, ret, ret_n, err);
	store_done(q);
	return r;
}

static int add_contents(struct store_conn *c, const struct job_row *job, struct json_out *out,
			struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	const char **ids = NULL;
	size_t n = 0;
	int r = job_inputs(c, job, &arena, &ids, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		sqlite3_stmt *q;
		r = store_query(c, &q, err, "SELECT content_hash FROM artifact WHERE id = ?", "t",
				ids[i]);
		if (r == 0)
			r = store_step(c, q, err);
		if (r > 0)
			json_out_string(out, store_text(q, 0));
		store_done(q);
		r = r < 0 ? r : r > 0 ? 0 : err_set(err, -ENOENT, "no artifact '%s'", ids[i]);
	}
	return r;
}

static void add_text(struct json_out *out, const char *key, const char *value)
{
	json_out_key(out, key);
	json_out_string(out, value);
}

int job_cache_key(struct store_conn *c, const struct job_row *job, const struct step_row *step,
		  char ret[65], struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out out;
	json_out_init(&out, &b);
	json_out_object_begin(&out);
	add_text(&out, "from", step->from_space);
	json_out_key(&out, "inputs");
	json_out_array_begin(&out);
	int r = add_contents(c, job, &out, err);
	json_out_array_end(&out);
	add_text(&out, "model", step->model);
	json_out_key(&out, "params");
	json_out_raw(&out, step->params, strlen(step->params)); /* sorted when it was stored */
	json_out_key(&out, "seed");
	json_out_int(&out, step->seed);
	add_text(&out, "space", step->space);
	add_text(&out, "verb", step->verb);
	add_text(&out, "version", step->model_version);
	json_out_object_end(&out);
	unsigned char sum[EVP_MAX_MD_SIZE];
	if (r == 0 && (!strbuf_ok(&b) || EVP_Digest(b.s, b.n, sum, NULL, EVP_sha256(), NULL) != 1))
		r = err_set(err, -ENOMEM, "job");
	if (r == 0)
		hex_encode(ret, sum, 32);
	return r;
}

bool job_can(const struct worker_capability *can, const struct step_row *step)
{
	return str_eq(can->verb, step->verb) && str_eq(can->from_space, step->from_space) &&
	       str_eq(can->to_space, step->space) &&
	       (!*step->model || str_eq(can->model, step->model)) &&
	       (!*step->model_version || str_eq(can->model_version, step->model_version));
}

/* The artifact of an earlier answer whose content is still good. */
static int find_answer(struct store_conn *c, const char *key, struct wire_arena *arena,
		       const char **ret_id, const char **ret_hash, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT a.id, a.content_hash FROM artifact a JOIN cas_content t ON "
			    "t.hash = a.content_hash"
			    " WHERE a.cache_key = ? AND t.damaged = 0 ORDER BY a.id LIMIT 1",
			    "t", key);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0) {
		*ret_id = row_text(q, 0, arena);
		*ret_hash = row_text(q, 1, arena);
	}
	store_done(q);
	return r > 0 && (!*ret_id || !*ret_hash) ? err_set(err, -ENOMEM, "job") : r;
}

int job_answer_step(struct jobs *j, struct store_conn *c, const struct job_row *job,
		    const struct step_row *step, const struct worker_capability *with,
		    struct wire_arena *arena, struct err *err)
{
	if (job->fresh || !with->deterministic)
		return 0;
	struct step_row exact = *step;
	exact.model = with->model;
	exact.model_version = with->model_version;
	char key[65];
	const char *id = NULL, *hash = NULL;
	int r = job_cache_key(c, job, &exact, key, err);
	if (r == 0)
		r = find_answer(c, key, arena, &id, &hash, err);
	if (r <= 0)
		return r;
	r = store_exec(c, err,
		       "UPDATE job_step SET model = ?, model_version = ?, deterministic = 1 WHERE "
		       "job_id = ? AND step = ?",
		       "ttti", with->model, with->model_version, job->id, (int64_t)job->step);
	if (r == 0)
		r = job_tell_started(j, c, job, err);
	if (r == 0)
		r = job_step_done(j, c, job, id, hash, true, err);
	return r < 0 ? r : 1;
}

int jobs_answer(struct jobs *j, struct store_conn *c, const char *job_id,
		struct capability_list can, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	int r = 1;
	while (r > 0) { /* at most once a step: an answer moves the job on */
		struct job_row job;
		struct step_row step;
		r = job_row_load(c, job_id, &arena, &job, err);
		if (r < 0 || job.state != JOB_PENDING)
			return r;
		r = step_row_load(c, job_id, job.step, &arena, &step, err);
		for (size_t i = 0; r == 0 && i < can.n; i++)
			if (job_can(&can.v[i], &step))
				r = job_answer_step(j, c, &job, &step, &can.v[i], &arena, err);
	}
	return r;
}
