#include "hoot.h"

#include <string.h>

#include "base/str.h"
#include "jobs/artifact.h"
#include "start.h"
#include "wire/route.h"

#include "base/banned.h"

/* The results of all that come here have one field, the job: wait_for_started answers them all. */
static int start_and_show(struct hoot *h, const struct wire_call *call, const struct start *s,
			  int64_t wait_ms, struct job_view *ret, struct err *err)
{
	struct store_conn *c;
	char id[JOB_ID_SIZE];
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = start_job(h, c, s, id, err);
	if (r == 0)
		r = pool_load_job(h, c, id, call->arena, ret, err);
	if (r < 0 || wait_ms == 0 || job_has_ended(ret->state))
		return r;
	return wait_for_started(h, call, id, wait_ms, err);
}

/* What JOB_START_FIELDS ask for, from any request that has them. */
#define START_FROM(call, req, name)                                                      \
	{                                                                                \
		.verb = (name), .actor = hoot_actor(call),                               \
		.region_id = (req)->has_region_id ? (req)->region_id : NULL,             \
		.priority = (req)->priority,                                             \
		.deadline_in_ms = (req)->has_deadline_in_ms ? (req)->deadline_in_ms : 0, \
		.max_attempts = (int)(req)->max_attempts, .fresh = (req)->fresh,         \
		.tags = (req)->tags.v, .n_tags = (req)->tags.n,                          \
	}
#define STEP_FROM(req, name)                                                                     \
	{                                                                                        \
		.verb = (name), .space = (req)->space, .model = (req)->model,                    \
		.params = (req)->has_params ? (req)->params : NULL, .has_seed = (req)->has_seed, \
		.seed = (req)->seed,                                                             \
	}

int sample_run(struct hoot *h, const struct wire_call *call, const struct sample *req, struct sample_result *ret,
	       struct err *err)
{
	const struct start_step step = STEP_FROM(req, "sample");
	struct start s = START_FROM(call, req, "sample");
	s.inputs = req->inputs.v;
	s.n_inputs = req->inputs.n;
	s.steps = &step;
	s.n_steps = 1;
	return start_and_show(h, call, &s, req->wait_ms, &ret->job, err);
}

int embed_run(struct hoot *h, const struct wire_call *call, const struct embed *req, struct embed_result *ret,
	      struct err *err)
{
	const struct start_step step = STEP_FROM(req, "embed");
	struct start s = START_FROM(call, req, "embed");
	s.inputs = &req->artifact_id;
	s.n_inputs = 1;
	s.steps = &step;
	s.n_steps = 1;
	return start_and_show(h, call, &s, req->wait_ms, &ret->job, err);
}

int continue__run(struct hoot *h, const struct wire_call *call, const struct continue_ *req,
		  struct continue__result *ret, struct err *err)
{
	const struct start_step step = STEP_FROM(req, "continue");
	struct start s = START_FROM(call, req, "continue");
	s.inputs = &req->artifact_id;
	s.n_inputs = 1;
	s.steps = &step;
	s.n_steps = 1;
	return start_and_show(h, call, &s, req->wait_ms, &ret->job, err);
}

int project_run(struct hoot *h, const struct wire_call *call, const struct project *req,
		struct project_result *ret, struct err *err)
{
	const struct start_step step = STEP_FROM(req, "project");
	struct start s = START_FROM(call, req, "project");
	s.inputs = &req->artifact_id;
	s.n_inputs = 1;
	s.steps = &step;
	s.n_steps = 1;
	return start_and_show(h, call, &s, req->wait_ms, &ret->job, err);
}

int bridge_run(struct hoot *h, const struct wire_call *call, const struct bridge *req,
	       struct bridge_result *ret, struct err *err)
{
	const char *inputs[] = {req->artifact_id, req->to_artifact_id};
	const struct start_step step = STEP_FROM(req, "bridge");
	struct start s = START_FROM(call, req, "bridge");
	s.inputs = inputs;
	s.n_inputs = COUNT_OF(inputs);
	s.steps = &step;
	s.n_steps = 1;
	return start_and_show(h, call, &s, req->wait_ms, &ret->job, err);
}

int forward_run(struct hoot *h, const struct wire_call *call, const struct forward *req,
		struct forward_result *ret, struct err *err)
{
	struct start s = START_FROM(call, req, "forward");
	struct start_step *steps = wire_arena_array(call->arena, req->steps.n, sizeof(*steps));
	if (!steps)
		return err_set(err, -ENOMEM, "job");
	for (size_t i = 0; i < req->steps.n; i++)
		steps[i] = (struct start_step)STEP_FROM(&req->steps.v[i], req->steps.v[i].verb);
	s.inputs = req->inputs.v;
	s.n_inputs = req->inputs.n;
	s.steps = steps;
	s.n_steps = req->steps.n;
	return start_and_show(h, call, &s, req->wait_ms, &ret->job, err);
}

/* "markov@1.2" is model "markov", version "1.2". */
static int split_model(struct wire_arena *arena, const char *model, struct start_step *step,
		       struct err *err)
{
	const char *at = strrchr(model, '@');
	step->model = at ? wire_arena_copy(arena, model, (size_t)(at - model)) : model;
	step->model_version = at ? at + 1 : "";
	return step->model ? 0 : err_set(err, -ENOMEM, "job");
}

int artifact_verify_run(struct hoot *h, const struct wire_call *call,
			const struct artifact_verify *req, struct artifact_verify_result *ret,
			struct err *err)
{
	struct store_conn *c;
	struct artifact_view a;
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = artifact_load(c, req->artifact_id, h->jobs.cas_root, call->arena, &a, err);
	if (r < 0)
		return r;
	if (!a.has_job_id || !a.has_seed)
		return err_field(err, -EPROTO, "artifact_id",
				 "artifact '%s' was not made by a seeded job", a.artifact_id);
	struct start_step step = {.verb = a.verb,
				  .space = a.space,
				  .params = a.params,
				  .has_seed = true,
				  .seed = a.seed};
	r = split_model(call->arena, a.model, &step, err);
	const struct start s = {.verb = "verify",
				.actor = hoot_actor(call),
				.inputs = a.parents.v,
				.n_inputs = a.parents.n,
				.steps = &step,
				.n_steps = 1,
				.priority = req->priority,
				.max_attempts = 3,
				.fresh = true,
				.verifies = a.artifact_id};
	return r < 0 ? r : start_and_show(h, call, &s, req->wait_ms, &ret->job, err);
}

/* --- looking, waiting, cancelling ------------------------------------------------------------- */

/* Another daemon's job is not missing: it was asked for in the wrong place. */
static int check_ours(const struct hoot *h, const char *field, const char *id, struct err *err)
{
	const char *owner = wire_job_owner(id);
	if (!owner) {
		int r = err_field(err, -EINVAL, field, "'%.64s' does not say whose job it is", id);
		return err_hint(err, r, "a job id of this daemon begins with %s:",
				h->jobs.owner);
	}
	return str_starts(id, h->jobs.owner)
		       ? 0
		       : err_field(err, -EINVAL, field, "job '%.64s' is one of %s", id, owner);
}

int job_status_run(struct hoot *h, const struct wire_call *call, const struct job_status *req,
		   struct job_status_result *ret, struct err *err)
{
	struct store_conn *c;
	int r = check_ours(h, "job_id", req->job_id, err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	return r < 0 ? r : pool_load_job(h, c, req->job_id, call->arena, &ret->job, err);
}

int job_list_run(struct hoot *h, const struct wire_call *call, const struct job_list *req,
		 struct job_list_result *ret, struct err *err)
{
	struct store_conn *c;
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = job_find(c, req, call->arena, ret, err);
	return r < 0 ? r : pool_explain(h, c, ret->jobs.v, ret->jobs.n, call->arena, err);
}

static int load_jobs(struct hoot *h, struct store_conn *c, const struct wire_call *call,
		     const struct job_poll *req, struct job_poll_result *ret, size_t *ret_ended, struct err *err)
{
	ret->jobs.v = wire_arena_array(call->arena, req->job_ids.n, sizeof(*ret->jobs.v));
	if (!ret->jobs.v)
		return err_set(err, -ENOMEM, "jobs");
	int r = 0;
	for (size_t i = 0; r == 0 && i < req->job_ids.n; i++) {
		r = job_load(c, req->job_ids.v[i], call->arena, &ret->jobs.v[i], err);
		if (r == 0)
			*ret_ended += job_has_ended(ret->jobs.v[i].state);
	}
	ret->jobs.n = req->job_ids.n;
	if (r == -ENOENT && err)
		str_copy(err->field, sizeof(err->field), "job_ids");
	return r < 0 ? r : pool_explain(h, c, ret->jobs.v, ret->jobs.n, call->arena, err);
}

int job_poll_run(struct hoot *h, const struct wire_call *call, const struct job_poll *req,
		 struct job_poll_result *ret, struct err *err)
{
	struct store_conn *c;
	size_t n_ended = 0;
	int r = 0;
	for (size_t i = 0; r == 0 && i < req->job_ids.n; i++)
		r = check_ours(h, "job_ids", req->job_ids.v[i], err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	if (r == 0)
		r = load_jobs(h, c, call, req, ret, &n_ended, err);
	if (r < 0)
		return r;
	bool enough = req->mode == POLL_ANY ? n_ended > 0 : n_ended == req->job_ids.n;
	if (!enough && req->timeout_ms > 0)
		return wait_for_jobs(h, call, req->job_ids.v, req->job_ids.n, req->mode,
				     req->timeout_ms, err);
	ret->timed_out = !enough;
	return 0;
}

int job_cancel_run(struct hoot *h, const struct wire_call *call, const struct job_cancel *req,
		   struct job_cancel_result *ret, struct err *err)
{
	struct store_conn *c;
	int r = check_ours(h, "job_id", req->job_id, err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	if (r == 0)
		r = jobs_cancel(&h->jobs, c, req->job_id, req->reason, err);
	if (r == 0)
		r = pool_load_job(h, c, req->job_id, call->arena, &ret->job, err);
	if (r < 0)
		return r;
	ret->confirmed = ret->job.state == JOB_CANCELLED;
	if (!ret->confirmed && req->wait_ms > 0)
		return wait_for_cancel(h, call, req->job_id, req->wait_ms, err);
	return 0;
}
