/*
 * handle_latent.c - the steps in the life of a latent region. Main thread.
 */
#include <string.h>

#include "garden.h"
#include "ops.h"

#include "base/banned.h"

static int make_steps(struct garden *g, const struct wire_call *call, const struct latent_step *s, size_t n,
		      struct latent_receipt *ret, struct err *err)
{
	pthread_mutex_lock(&g->timeline_lock);
	int r = n == 1 ? timeline_latent(g->timeline, call_actor(call), s, ret, err)
		       : timeline_latents(g->timeline, call_actor(call), s, n, ret, err);
	pthread_mutex_unlock(&g->timeline_lock);
	if (r == 0 && ret->edit) {
		project_prepare(g, &ret->edit->changes); /* resolved: an approval shall not have to wait for the content */
		garden_committed(g, ret->edit);
	} else if (r == 0) {
		garden_share_document(g, timeline_now(g->timeline));
	}
	return r;
}

/* `ret` says what became of the last one's region. */
#define STEPS(g, call, s, n, ret, err) \
	__extension__({ \
		struct latent_receipt receipt_ = { 0 }; \
		int r_ = make_steps((g), (call), (s), (n), &receipt_, (err)); \
		(ret)->region_id = (s)[(n) - 1].region_id; \
		(ret)->state = (enum region_state_view)receipt_.after; \
		(ret)->previous_state = (enum region_state_view)receipt_.before; \
		(ret)->revision = receipt_.revision; \
		r_; \
	})
#define STEP(g, call, s, ret, err) STEPS(g, call, s, 1, ret, err)

static void emit_progress(struct garden *g, const char *region_id, const char *note)
{
	const struct doc_region *r = document_region(timeline_now(g->timeline), region_id);
	if (!r || !r->life->job_id)
		return;
	const struct latent_progressed_event e = { .region_id = r->id, .job_id = r->life->job_id,
		.progress = r->life->progress < 0 ? 0 : r->life->progress, .refinements = r->life->refinements,
		.has_note = note, .note = note };
	emit(g, WIRE_EVENT_latent_progressed, &e);
}

int latent_start_run(struct garden *g, const struct wire_call *call, const struct latent_start *req,
		     struct latent_start_result *ret, struct err *err)
{
	const struct latent_step s = { .kind = LATENT_START, .region_id = req->region_id, .job_id = req->job_id };
	return STEP(g, call, &s, ret, err);
}

int latent_progress_run(struct garden *g, const struct wire_call *call, const struct latent_progress *req,
			struct latent_progress_result *ret, struct err *err)
{
	const struct latent_step s = { .kind = LATENT_PROGRESS, .region_id = req->region_id, .job_id = req->job_id,
				       .progress = req->progress };
	int r = STEP(g, call, &s, ret, err);
	if (r == 0)
		emit_progress(g, req->region_id, req->has_note ? req->note : NULL);
	return r;
}

int latent_refine_run(struct garden *g, const struct wire_call *call, const struct latent_refine *req,
		      struct latent_refine_result *ret, struct err *err)
{
	const struct latent_step s = { .kind = LATENT_REFINE, .region_id = req->region_id, .job_id = req->job_id,
				       .next_job_id = req->has_next_job_id ? req->next_job_id : NULL,
				       .artifact_id = req->has_artifact_id ? req->artifact_id : NULL };
	int r = STEP(g, call, &s, ret, err);
	if (r < 0)
		return r;
	const struct doc_region *region = document_region(timeline_now(g->timeline), req->region_id);
	ret->refinements = region ? region->life->refinements : 0;
	emit_progress(g, req->region_id, req->step);
	return 0;
}

int latent_resolve_run(struct garden *g, const struct wire_call *call, const struct latent_resolve *req,
		       struct latent_resolve_result *ret, struct err *err)
{
	const struct doc_content content = {
		.hash = (char *)(uintptr_t)req->content_hash, .artifact_id = (char *)(uintptr_t)req->artifact_id,
		.path = req->has_path ? (char *)(uintptr_t)req->path : NULL,
		.mime = req->has_mime ? (char *)(uintptr_t)req->mime : NULL,
		.duration_seconds = req->has_duration_seconds ? req->duration_seconds : -1, .rate = 1,
	};
	const struct latent_step s = { .kind = LATENT_RESOLVE, .region_id = req->region_id, .job_id = req->job_id,
				       .artifact_id = req->artifact_id, .content = &content };
	return STEP(g, call, &s, ret, err);
}

int latent_fail_run(struct garden *g, const struct wire_call *call, const struct latent_fail *req,
		    struct latent_fail_result *ret, struct err *err)
{
	const struct latent_step s = { .kind = LATENT_FAIL, .region_id = req->region_id, .job_id = req->job_id,
				       .reason = req->reason };
	return STEP(g, call, &s, ret, err);
}

/* The beat at which the region enters: its start, the boundary, or the next bar when the boundary is already past. */
static int entry(struct garden *g, const struct wire_call *call, const struct mix_in *m, const struct doc_region *r,
		 double *ret, struct err *err)
{
	const struct musical_when next_bar = { .boundary = VIEW_BOUNDARY_NEXT_BAR }, now = { .boundary = VIEW_BOUNDARY_NOW };
	double at = 0, soon = 0, bar = 0;
	int e = garden_when(g, m->has_at ? &m->at : &next_bar, call->arena, &at, err);
	if (e == 0)
		e = garden_when(g, &now, call->arena, &soon, err);
	if (e == 0)
		e = garden_when(g, &next_bar, call->arena, &bar, err);
	if (e < 0)
		return e;
	struct engine_position p;
	attention_position(g->main, &p);
	if (at < r->body->position_beats)
		at = r->body->position_beats;
	*ret = p.state == TRANSPORT_PLAYING && at < soon && soon < doc_region_end(r) ? bar : at;
	return 0;
}

/*
 * What approving comes to: the region enters at the boundary; or a bridge does, which takes over from what there was, and
 * the region's crossfade ends where the bridge ends.
 */
static int approval(struct garden *g, const struct wire_call *call, const struct mix_in *m, const struct doc_region *r,
		    struct latent_step steps[2], size_t *ret_n, struct err *err)
{
	const struct document *d = timeline_now(g->timeline);
	const struct doc_region *bridge = m->has_via ? document_region(d, m->via) : NULL;
	if (m->has_via && !bridge)
		return document_no_region(d, "mix_in.via", m->via, err);
	if (bridge == r)
		return err_field(err, -EINVAL, "mix_in.via", "region '%s' cannot be its own bridge", m->via);
	double fade = m->kind == VIEW_CROSSFADE_CUT ? 0 : m->beats, at = 0;
	int e = entry(g, call, m, bridge ? bridge : r, &at, err);
	if (e < 0)
		return e;
	steps[0] = (struct latent_step){
		.kind = LATENT_APPROVE, .region_id = bridge ? bridge->id : r->id,
		.mix = { .kind = (enum doc_crossfade)m->kind, .at_beats = at, .fade_beats = fade },
		.replaces = m->replaces.v, .n_replaces = m->replaces.n,
	};
	*ret_n = 1;
	if (!bridge)
		return 0;
	double then = doc_region_end(bridge) - fade;
	if (then < r->body->position_beats)
		then = r->body->position_beats;
	if (then < at + fade || !(then > at))
		return err_field(err, -EINVAL, "mix_in.via", "the bridge '%s' has %g beats from beat %g, too short for both crossfades",
				 bridge->id, doc_region_end(bridge) - at, at);
	steps[1] = steps[0];
	steps[1].region_id = r->id;
	steps[1].mix.at_beats = then;
	steps[1].replaces = (const char *const *)&bridge->id;
	steps[1].n_replaces = 1;
	*ret_n = 2;
	return 0;
}

int latent_approve_run(struct garden *g, const struct wire_call *call, const struct latent_approve *req,
		       struct latent_approve_result *ret, struct err *err)
{
	const struct doc_region *r = document_region(timeline_now(g->timeline), req->region_id);
	struct latent_step steps[2];
	size_t n = 0;
	if (!r)
		return document_no_region(timeline_now(g->timeline), "region_id", req->region_id, err);
	struct mix_in m = { .kind = VIEW_CROSSFADE_EQUAL_POWER, .beats = 4 };
	if (req->has_mix_in)
		m = req->mix_in;
	int e = approval(g, call, &m, r, steps, &n, err);
	if (e == 0)
		e = STEPS(g, call, steps, n, ret, err);
	if (e < 0)
		return e;
	ret->region_id = req->region_id; /* the steps' strings may be the document's before */
	r = document_region(timeline_now(g->timeline), req->region_id);
	ret->enters_beats = r && r->life->has_mix ? r->life->mix.at_beats : steps[n - 1].mix.at_beats;
	ret->enters_frame = tempo_map_frame(time_maps_tempo(g->projection.maps), ret->enters_beats);
	return 0;
}

int latent_hold_run(struct garden *g, const struct wire_call *call, const struct latent_hold *req,
		    struct latent_hold_result *ret, struct err *err)
{
	const struct latent_step s = { .kind = LATENT_HOLD, .region_id = req->region_id };
	return STEP(g, call, &s, ret, err);
}

int latent_reject_run(struct garden *g, const struct wire_call *call, const struct latent_reject *req,
		      struct latent_reject_result *ret, struct err *err)
{
	const struct latent_step s = { .kind = LATENT_REJECT, .region_id = req->region_id,
				       .reason = req->has_reason ? req->reason : NULL };
	return STEP(g, call, &s, ret, err);
}

int latent_supersede_run(struct garden *g, const struct wire_call *call, const struct latent_supersede *req,
			 struct latent_supersede_result *ret, struct err *err)
{
	if (req->has_by_region_id && !document_region(timeline_now(g->timeline), req->by_region_id))
		return document_no_region(timeline_now(g->timeline), "by_region_id", req->by_region_id, err);
	const char *by = req->has_by_region_id ? wire_arena_printf(call->arena, "superseded by %s", req->by_region_id) : NULL;
	const struct latent_step s = { .kind = LATENT_SUPERSEDE, .region_id = req->region_id,
				       .reason = req->has_reason ? req->reason : by };
	return STEP(g, call, &s, ret, err);
}

int latent_cancel_run(struct garden *g, const struct wire_call *call, const struct latent_cancel *req,
		      struct latent_cancel_result *ret, struct err *err)
{
	const struct latent_step s = { .kind = LATENT_CANCEL, .region_id = req->region_id,
				       .reason = req->has_reason ? req->reason : NULL };
	return STEP(g, call, &s, ret, err);
}
