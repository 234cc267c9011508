#include "hoot.h"

#include <string.h>

#include "base/str.h"
#include "base/uuid.h"

#include "base/banned.h"

static int emit_joined(struct hoot *h, struct store_conn *c, const struct worker_entry *w,
		       struct err *err)
{
	struct worker_joined_event *e = wire_arena_alloc(&h->turn.arena, sizeof(*e));
	if (!e)
		return err_set(err, -ENOMEM, "event");
	int r = pool_view(h, c, w, &h->turn.arena, &e->worker, err);
	h->turn.dirty = true; /* no table changed, but the event waits for the commit */
	return r < 0 ? r : hoot_emit(h, WIRE_EVENT_worker_joined, e, err);
}

/* Jobs that waited for a way to their space may have one now. */
static int route_waiting(struct hoot *h, const struct wire_call *call, struct store_conn *c, struct err *err)
{
	struct capability_list offers;
	int r = pool_offers(h, call->arena, &offers, err);
	return r < 0 ? r : jobs_route_pending(&h->jobs, c, offers, err);
}

int worker_register_run(struct hoot *h, const struct wire_call *call,
			const struct worker_register *req, struct worker_register_result *ret,
			struct err *err)
{
	char fresh[UUID_SIZE];
	struct worker_entry *w;
	struct store_conn *c;
	bool joined = false;
	uuid_new(fresh);
	if (req->has_worker_id && !uuid_valid(req->worker_id))
		return err_field(err, -EINVAL, "worker_id", "'%.64s' is not an id that we gave out",
				 req->worker_id);
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = pool_add(h, req->has_worker_id ? req->worker_id : fresh, req, &w, &joined, err);
	if (r == 0)
		r = pool_succeed(h, c, w, err);
	if (r == 0 && joined)
		r = emit_joined(h, c, w, err);
	if (r == 0 && joined)
		r = route_waiting(h, call, c, err);
	if (r < 0)
		return r;
	ret->worker_id = wire_arena_copy(call->arena, w->view.worker_id, strlen(w->view.worker_id));
	ret->heartbeat_ms = h->jobs.lease_ms / 3;
	ret->cas_root = cas_root(h->cas);
	ret->mark_path = h->mark_path;
	ret->mark = h->mark;
	return ret->worker_id ? 0 : err_set(err, -ENOMEM, "worker");
}

int worker_heartbeat_run(struct hoot *h, const struct wire_call *call,
			 const struct worker_heartbeat *req, struct worker_heartbeat_result *ret,
			 struct err *err)
{
	struct worker_entry *w;
	struct store_conn *c;
	int r = pool_hear(h, req->worker_id, &w, err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	return r < 0 ? r : job_count_pending(&h->jobs, c, &ret->n_pending, err);
}

int worker_leave_run(struct hoot *h, const struct wire_call *call, const struct worker_leave *req,
		     struct worker_leave_result *ret, struct err *err)
{
	struct worker_entry *w = pool_find(h, req->worker_id);
	struct store_conn *c;
	if (!w || !w->view.online)
		return 0; /* gone already */
	int r = hoot_tx(h, &c, err);
	return r < 0 ? r
		     : pool_leave(h, c, w, *req->reason ? req->reason : "left", &ret->n_returned,
				  err);
}

int worker_list_run(struct hoot *h, const struct wire_call *call, const struct worker_list *req,
		    struct worker_list_result *ret, struct err *err)
{
	struct store_conn *c;
	size_t at = 0;
	const char *key;
	void *value;
	int r = hoot_tx(h, &c, err);
	ret->workers.v =
		wire_arena_array(call->arena, map_count(h->workers), sizeof(*ret->workers.v));
	if (r == 0 && !ret->workers.v && map_count(h->workers))
		r = err_set(err, -ENOMEM, "workers");
	while (r == 0 && map_next(h->workers, &at, &key, &value)) {
		const struct worker_entry *w = value;
		if (w->view.online || req->offline)
			r = pool_view(h, c, w, call->arena, &ret->workers.v[ret->workers.n++], err);
	}
	return r;
}

/* --- what a worker says about its job --------------------------------------------------------- */

/* After our restart a worker may go on with its job before it has registered again. */
static void hear(struct hoot *h, const char *worker_id)
{
	struct worker_entry *w;
	(void)pool_hear(h, worker_id, &w, NULL);
}

int job_claim_run(struct hoot *h, const struct wire_call *call, const struct job_claim *req,
		  struct job_claim_result *ret, struct err *err)
{
	struct worker_entry *w;
	struct store_conn *c;
	struct job_claimed claimed;
	int r = pool_hear(h, req->worker_id, &w, err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	if (r == 0) {
		struct capability_list can = {w->view.capabilities.v, w->view.capabilities.n};
		r = jobs_claim(&h->jobs, c, req->worker_id, can, &claimed, err);
	}
	if (r <= 0)
		return r;
	ret->has_lease = true;
	return job_lease_load(&h->jobs, c, &claimed, call->arena, &ret->lease, err);
}

#define ATTEMPT(req)                                                                              \
	{                                                                                         \
		.worker_id = (req)->worker_id, .job_id = (req)->job_id, .attempt = (req)->attempt \
	}

int job_heartbeat_run(struct hoot *h, const struct wire_call *call, const struct job_heartbeat *req,
		      struct job_heartbeat_result *ret, struct err *err)
{
	struct job_attempt a = ATTEMPT(req);
	struct store_conn *c;
	hear(h, req->worker_id);
	int r = hoot_tx(h, &c, err);
	ret->lease_ms = h->jobs.lease_ms;
	return r < 0 ? r : jobs_heartbeat(&h->jobs, c, &a, &ret->cancel, err);
}

int job_progress_run(struct hoot *h, const struct wire_call *call, const struct job_progress *req,
		     struct job_progress_result *ret, struct err *err)
{
	struct job_attempt a = ATTEMPT(req);
	struct store_conn *c;
	hear(h, req->worker_id);
	int r = hoot_tx(h, &c, err);
	ret->lease_ms = h->jobs.lease_ms;
	return r < 0 ? r
		     : jobs_progress(&h->jobs, c, &a, req->progress, req->message, &ret->cancel,
				     err);
}

struct may_complete {
	struct hoot *h;
	struct job_attempt attempt;
};

static int may_complete_unit(struct store_conn *c, void *arg, struct err *err)
{
	const struct may_complete *m = arg;
	return jobs_may_complete(&m->h->jobs, c, &m->attempt, err);
}

/* A repeated completion finds its file gone, because it is content already. */
static int take_content(struct hoot *h, const struct wire_call *call, const void *request, void *ret,
			struct err *err)
{
	const struct job_complete *req = request;
	struct may_complete may = {h, ATTEMPT(req)};
	struct cas_info info;
	int r = store_read(h->store, may_complete_unit, &may, err);
	if (r <= 0)
		return r;
	const char *mime = req->has_mime_type ? req->mime_type : NULL;
	if (!req->has_path)
		return cas_inspect(h->cas, req->content_hash, &info, err);
	r = cas_adopt(h->cas, req->path, req->content_hash, mime, &info, err);
	if (r == -ENOENT && cas_inspect(h->cas, req->content_hash, &info, NULL) == 0)
		r = 0;
	return r;
}

int job_complete_run(struct hoot *h, const struct wire_call *call, const struct job_complete *req,
		     struct job_complete_result *ret, struct err *err)
{
	struct job_attempt a = ATTEMPT(req);
	struct store_conn *c;
	char *artifact = wire_arena_alloc(call->arena, UUID_SIZE);
	if (!artifact)
		return err_set(err, -ENOMEM, "job");
	hear(h, req->worker_id);
	static const struct hoot_long work = {take_content, 0};
	int64_t n_bytes = req->has_path ? hoot_file_bytes(req->path) : 0;
	int r = hoot_long(h, call, req, n_bytes, &work, NULL, err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	if (r != 0)
		return r < 0 ? r : 0;
	const struct job_output out = {.content_hash = req->content_hash,
				       .mime_type = req->has_mime_type ? req->mime_type : NULL,
				       .metadata = req->has_metadata ? req->metadata : NULL,
				       .result = req->has_result ? req->result : NULL};
	r = jobs_complete(&h->jobs, c, &a, &out, artifact, &ret->finished, err);
	if (r == -ECANCELED)
		hoot_keep(h); /* the answer is an error, and the job is cancelled now */
	if (r < 0)
		return r;
	struct worker_entry *w = pool_find(h, req->worker_id);
	if (w)
		w->view.n_completed++;
	ret->artifact_id = artifact;
	return 0;
}

int job_fail_run(struct hoot *h, const struct wire_call *call, const struct job_fail *req,
		 struct job_fail_result *ret, struct err *err)
{
	struct job_attempt a = ATTEMPT(req);
	struct store_conn *c;
	hear(h, req->worker_id);
	int r = hoot_tx(h, &c, err);
	return r < 0 ? r
		     : jobs_fail(&h->jobs, c, &a, req->code, req->message, req->retry, &ret->again,
				 err);
}

int job_stopped_run(struct hoot *h, const struct wire_call *call, const struct job_stopped *req,
		    struct job_stopped_result *ret, struct err *err)
{
	struct job_attempt a = ATTEMPT(req);
	struct store_conn *c;
	hear(h, req->worker_id);
	int r = hoot_tx(h, &c, err);
	return r < 0 ? r : jobs_stopped(&h->jobs, c, &a, &ret->cancelled, err);
}
