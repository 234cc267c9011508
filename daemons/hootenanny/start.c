#include "start.h"

#include <string.h>

#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "jobs/artifact.h"
#include "jobs/rows.h"

#include "base/banned.h"

#define SEED_MASK ((UINT64_C(1) << 53) - 1) /* integers that every JSON reader keeps */

/*
 * A projection says the same in another space, and so does an embedding: without a seed it is 0, so
 * that the store can answer it again.
 */
static int64_t seed_of(const struct start_step *s)
{
	uint64_t drawn = 0;
	if (s->has_seed)
		return s->seed;
	if (str_eq(s->verb, "project") || str_eq(s->verb, "embed"))
		return 0;
	rng_entropy(&drawn, sizeof(drawn));
	return (int64_t)(drawn & SEED_MASK);
}

static int space_of_input(struct store_conn *c, const char *id, struct wire_arena *arena,
			  const char **ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err, "SELECT space FROM artifact WHERE id = ?", "t", id);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		*ret = row_text(q, 0, arena);
	else if (r == 0)
		r = artifact_missing("artifact_id", id, err);
	store_done(q);
	return r > 0 && !*ret ? err_set(err, -ENOMEM, "job") : r < 0 ? r : 0;
}

static int refuse_step(size_t i, const char *what, struct err *err, const char *why)
{
	char field[48];
	snprintf(field, sizeof(field), "steps[%zu].%s", i, what);
	return err_field(err, -EINVAL, field, "%s", why);
}

static int check_verb(const struct start_step *s, size_t i, struct err *err)
{
	static const char *const verbs[] = {"bridge", "continue", "embed", "project", "sample"};
	for (size_t k = 0; k < COUNT_OF(verbs); k++) {
		if (str_eq(s->verb, verbs[k]))
			return 0;
	}
	char field[48];
	snprintf(field, sizeof(field), "steps[%zu].verb", i);
	return err_field(err, -EINVAL, field, "'%.64s' is not a step: bridge, continue, embed, project or sample", s->verb);
}

static int check_step(const struct start_step *s, size_t i, size_t n_inputs, struct err *err)
{
	int r = check_verb(s, i, err);
	if (r < 0)
		return r;
	if (s->params && !json_is_object(s->params))
		return refuse_step(i, "params", err, "params must be an object");
	if (str_eq(s->verb, "bridge") && (i > 0 || n_inputs != 2))
		return refuse_step(i, "verb", err, "a bridge is the first step and has two inputs: from and to");
	if (str_eq(s->verb, "project") && !*s->space)
		return refuse_step(i, "space", err, "project needs the space to bring it to");
	if (i == 0 && !n_inputs && !str_eq(s->verb, "sample"))
		return refuse_step(i, "verb", err, "only sample begins with nothing; name the inputs");
	if (i == 0 && !n_inputs && !*s->space)
		return refuse_step(i, "space", err, "a sample out of nothing needs the space to draw from");
	return 0;
}

/* From a space to itself there is more than one thing to do, and none that goes without saying. */
static int check_change(const struct job_step_new *s, size_t i, struct capability_list offers, struct wire_arena *arena,
			struct err *err)
{
	if (!str_eq(s->verb, "project") || !str_eq(s->from_space, s->space) || *s->model)
		return 0;
	AUTO_STRBUF names = STRBUF_INIT;
	char field[48];
	for (size_t k = 0; k < offers.n; k++) {
		const struct worker_capability *o = &offers.v[k];
		if (str_eq(o->verb, s->verb) && str_eq(o->from_space, s->from_space) && str_eq(o->to_space, s->space))
			(void)strbuf_addf(&names, "%s%s", names.n ? ", " : "", o->model);
	}
	snprintf(field, sizeof(field), "steps[%zu].model", i);
	int r = err_field(err, -EINVAL, field, "it is in the space '%.64s' already: name the model that should change it", s->space);
	return names.n && strbuf_ok(&names) ? err_hint(err, r, "there are: %.400s", names.s) : r;
}

/* Each step goes from the space of the one before; the first from that of the first input. */
static int resolve(struct store_conn *c, const struct start *s, struct capability_list offers,
		   struct wire_arena *arena, struct job_step_new *ret, struct err *err)
{
	const char *from = "";
	int r = s->n_inputs ? space_of_input(c, s->inputs[0], arena, &from, err) : 0;
	for (size_t i = 0; r == 0 && i < s->n_steps; i++) {
		const struct start_step *step = &s->steps[i];
		r = check_step(step, i, s->n_inputs, err);
		ret[i] = (struct job_step_new){
			.verb = step->verb,
			.from_space = from,
			.space = *step->space ? step->space : from,
			.model = step->model,
			.model_version = step->model_version ? step->model_version : "",
			.params = step->params,
			.seed = seed_of(step)};
		if (r == 0)
			r = check_change(&ret[i], i, offers, arena, err);
		from = ret[i].space;
	}
	return r;
}

static int check_room(struct store_conn *c, struct err *err)
{
	int64_t n = 0;
	int r = store_int(c, &n, err, "SELECT count(*) FROM job WHERE state <= 1", "");
	if (r == 0 && n >= LIMIT_JOBS)
		r = err_set(err, -EBUSY, "%lld jobs are waiting or running", (long long)n);
	return r;
}

int start_job(struct hoot *h, struct store_conn *c, const struct start *s, char ret_id[JOB_ID_SIZE],
	      struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct capability_list offers = {NULL, 0};
	struct job_step_new *steps = wire_arena_array(&arena, s->n_steps, sizeof(*steps));
	if (!steps)
		return err_set(err, -ENOMEM, "job");
	int r = check_room(c, err);
	if (r == 0)
		r = pool_offers(h, &arena, &offers, err);
	if (r == 0)
		r = resolve(c, s, offers, &arena, steps, err);
	if (r < 0)
		return r;
	const struct job_new n = {.verb = s->verb,
				  .actor = s->actor,
				  .region_id = s->region_id,
				  .priority = s->priority,
				  .tags = s->tags,
				  .n_tags = s->n_tags,
				  .inputs = s->inputs,
				  .n_inputs = s->n_inputs,
				  .steps = steps,
				  .n_steps = s->n_steps,
				  .deadline_in_ms = s->deadline_in_ms,
				  .max_attempts = s->max_attempts,
				  .fresh = s->fresh,
				  .verifies = s->verifies};
	r = jobs_submit(&h->jobs, c, &n, ret_id, err);
	if (r == 0)
		r = jobs_route(c, ret_id, offers, err);
	return r < 0 ? r : jobs_answer(&h->jobs, c, ret_id, offers, err);
}
