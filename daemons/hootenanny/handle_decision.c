#include "hoot.h"

#include <string.h>

#include "base/str.h"
#include "jobs/decision.h"
#include "jobs/rows.h"
#include "start.h"

#include "base/banned.h"

enum { DELIVERY_WAIT_MS = 3000 };

/* The last job of the region, and the artifact that it ended with. */
struct subject {
	const char *job_id, *artifact_id; /* NULL: none */
};

static int find_subject(struct store_conn *c, const char *region_id, struct wire_arena *arena,
			struct subject *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT j.id, (SELECT artifact_id FROM job_step s WHERE s.job_id = "
			    "j.id AND s.step = j.n_steps - 1)"
			    " FROM job j WHERE j.region_id = ? ORDER BY j.id DESC LIMIT 1",
			    "t", region_id);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0) {
		(void)row_optional(q, 0, arena, &ret->job_id);
		(void)row_optional(q, 1, arena, &ret->artifact_id);
	}
	store_done(q);
	return r < 0 ? r : 0;
}

/* --- another one: the same job with a new seed and changed parameters ------------------------- */

static int vary_steps(const struct wire_call *call, const struct decide *req,
		      const struct job_view *old, struct start_step *steps, struct err *err)
{
	for (size_t i = 0; i < old->steps.n; i++) {
		const struct step_view *from = &old->steps.v[i];
		const char *at = strrchr(from->model, '@');
		steps[i] = (struct start_step){
			.verb = from->verb,
			.space = from->space,
			.params = from->params,
			.model = at ? wire_arena_copy(call->arena, from->model,
						      (size_t)(at - from->model))
				    : from->model};
		if (!steps[i].model)
			return err_set(err, -ENOMEM, "variation");
	}
	steps[0].has_seed = req->has_seed;
	steps[0].seed = req->seed;
	if (!req->has_params)
		return 0;
	if (!json_is_object(req->params))
		return err_field(err, -EINVAL, "params", "params must be an object");
	json_t *changed = json_copy(steps[0].params);
	if (!changed || json_object_update(changed, req->params) < 0 ||
	    wire_arena_take(call->arena, changed) < 0)
		return err_set(err, -ENOMEM, "variation");
	steps[0].params = changed;
	return 0;
}

static int start_variation(struct hoot *h, struct store_conn *c, const struct wire_call *call,
			   const struct decide *req, const char *job_id, char ret_id[JOB_ID_SIZE],
			   struct err *err)
{
	struct job_view old;
	if (!job_id)
		return err_hint(err,
				err_field(err, -ENOENT, "region_id", "no job has worked on region '%.64s'", req->region_id),
				"a variation repeats a job that made a latent region's content; job_list names the regions");
	int r = job_load(c, job_id, call->arena, &old, err);
	if (r < 0)
		return r;
	if (!job_has_ended(old.state))
		return err_field(err, -EPROTO, "region_id",
				 "job '%s' is still working on region '%.64s'", job_id,
				 req->region_id);
	struct start_step *steps = wire_arena_array(call->arena, old.steps.n, sizeof(*steps));
	if (!steps)
		return err_set(err, -ENOMEM, "variation");
	r = vary_steps(call, req, &old, steps, err);
	const struct start s = {.verb = old.verb,
				.actor = hoot_actor(call),
				.region_id = req->region_id,
				.inputs = old.inputs.v,
				.n_inputs = old.inputs.n,
				.steps = steps,
				.n_steps = old.steps.n,
				.priority = old.priority,
				.max_attempts = (int)old.max_attempts};
	return r < 0 ? r : start_job(h, c, &s, ret_id, err);
}

/* --- telling chaosgarden ---------------------------------------------------------------------- */

static int send(struct hoot *h, struct store_conn *c, const struct wire_call *call,
		const struct decide *req, const char *decision_id, struct err *err)
{
	struct latent_approve approve = {
		.region_id = req->region_id, .has_mix_in = req->has_mix_in, .mix_in = req->mix_in};
	struct latent_hold hold = {.region_id = req->region_id};
	char reason[400];
	str_copy(reason, sizeof(reason), req->reason);
	struct latent_reject reject = {
		.region_id = req->region_id, .has_reason = *reason != '\0', .reason = reason};
	static const enum wire_message_id messages[] = {
		[DECISION_APPROVE] = WIRE_MESSAGE_latent_approve,
		[DECISION_HOLD] = WIRE_MESSAGE_latent_hold,
		[DECISION_REJECT] = WIRE_MESSAGE_latent_reject,
	};
	const void *requests[] = {
		[DECISION_APPROVE] = &approve,
		[DECISION_HOLD] = &hold,
		[DECISION_REJECT] = &reject,
	};
	return outbox_add(c, &wire_messages[messages[req->decision]], requests[req->decision],
			  hoot_actor(call), req->region_id, decision_id, hoot_unix_ms(), NULL, err);
}

static int mix_in_text(const struct decide *req, struct strbuf *ret, struct err *err)
{
	return req->has_mix_in ? wire_encode(&wire_object_mix_in, &req->mix_in, ret, err) : 0;
}

static int emit_made(struct hoot *h, struct store_conn *c, const char *id, struct err *err)
{
	struct decision_made_event *e = wire_arena_alloc(&h->turn.arena, sizeof(*e));
	if (!e)
		return err_set(err, -ENOMEM, "event");
	int r = decision_load(c, id, &h->turn.arena, &e->decision, err);
	return r < 0 ? r : hoot_emit(h, WIRE_EVENT_decision_made, e, err);
}

int decide_run(struct hoot *h, const struct wire_call *call, const struct decide *req,
	       struct decide_result *ret, struct err *err)
{
	AUTO_STRBUF mix_in = STRBUF_INIT;
	struct subject subject = {NULL, NULL};
	struct store_conn *c;
	char job_id[JOB_ID_SIZE], id[UUID_SIZE];
	bool varies = req->decision == DECISION_REQUEST_VARIATION;
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = find_subject(c, req->region_id, call->arena, &subject, err);
	if (r == 0 && varies)
		r = start_variation(h, c, call, req, subject.job_id, job_id, err);
	if (r == 0)
		r = mix_in_text(req, &mix_in, err);
	const struct decision_new d = {.kind = req->decision,
				       .region_id = req->region_id,
				       .actor = hoot_actor(call),
				       .reason = req->reason,
				       .artifact_id = subject.artifact_id,
				       .job_id = varies ? job_id : NULL,
				       .mix_in = req->has_mix_in ? mix_in.s : NULL,
				       .now_unix_ms = hoot_unix_ms()};
	if (r == 0)
		r = decision_add(c, &d, id, err);
	if (r == 0)
		r = varies ? jobs_announce(&h->jobs, c, job_id, err)
			   : send(h, c, call, req, id, err);
	if (r == 0)
		r = emit_made(h, c, id, err);
	if (r == 0)
		r = decision_load(c, id, call->arena, &ret->decision, err);
	return r < 0 ? r : wait_for_delivery(h, call, id, DELIVERY_WAIT_MS, err);
}

int decision_list_run(struct hoot *h, const struct wire_call *call, const struct decision_list *req,
		      struct decision_list_result *ret, struct err *err)
{
	struct store_conn *c;
	int r = hoot_tx(h, &c, err);
	return r < 0 ? r : decision_find(c, req, call->arena, ret, err);
}
