/*
 * Workers live in memory only: after a restart they register again. What they hold is in the job table.
 *
 * A worker of the family holds a lock there while its process lives, which the kernel lets go of however it ends. So it is
 * known to be gone without waiting for its lease. One on another machine is missed when it is not heard any more.
 */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "hoot.h"
#include "query-control/worker_card.h"

#define LOG_TOPIC "pool"
#include "base/log.h"

#include "base/banned.h"

struct worker_entry *pool_find(struct hoot *h, const char *worker_id)
{
	return map_get(h->workers, worker_id);
}

static void entry_free(void *p)
{
	struct worker_entry *w = p;
	if (!w)
		return;
	wire_arena_done(&w->arena);
	worker_card_unref(w->card);
	free(w);
}

void pool_done(struct hoot *h)
{
	if (h->workers)
		map_free_with(h->workers, entry_free);
	h->workers = NULL;
}

int pool_hear(struct hoot *h, const char *worker_id, struct worker_entry **ret, struct err *err)
{
	struct worker_entry *w = pool_find(h, worker_id);
	if (!w || !w->view.online) {
		int r = err_field(err, -ENOENT, "worker_id", "no worker '%.64s' is registered", worker_id);
		return err_hint(err, r, "register again with worker_register");
	}
	w->heard_ns = clock_monotonic_ns(clock_system());
	w->view.last_seen_unix_ms = hoot_unix_ms();
	*ret = w;
	return 0;
}

/* The oldest that has gone makes room for a new one. */
static int make_room(struct hoot *h, struct err *err)
{
	if (map_count(h->workers) < LIMIT_WORKERS)
		return 0;
	size_t at = 0;
	const char *key;
	void *value;
	struct worker_entry *oldest = NULL;
	while (map_next(h->workers, &at, &key, &value)) {
		struct worker_entry *w = value;
		if (!w->view.online && (!oldest || w->heard_ns < oldest->heard_ns))
			oldest = w;
	}
	if (!oldest)
		return err_set(err, -EBUSY, "%zu workers are registered", map_count(h->workers));
	entry_free(map_remove(h->workers, oldest->view.worker_id));
	return 0;
}

static const char *keep(struct wire_arena *arena, const char *s)
{
	return wire_arena_copy(arena, s, strlen(s));
}

static int fill(struct worker_entry *w, const char *id, const struct worker_register *req,
		struct err *err)
{
	struct worker_capability *list =
		wire_arena_array(&w->arena, req->capabilities.n, sizeof(*list));
	for (size_t i = 0; list && i < req->capabilities.n; i++) {
		const struct worker_capability *from = &req->capabilities.v[i];
		list[i] = *from;
		list[i].verb = keep(&w->arena, from->verb);
		list[i].from_space = keep(&w->arena, from->from_space);
		list[i].to_space = keep(&w->arena, from->to_space);
		list[i].model = keep(&w->arena, from->model);
		list[i].model_version = keep(&w->arena, from->model_version);
		if (from->has_params_schema && wire_arena_keep(&w->arena, from->params_schema) < 0)
			return err_set(err, -ENOMEM, "worker");
		if (!list[i].verb || !list[i].model_version)
			return err_set(err, -ENOMEM, "worker");
	}
	w->view.worker_id = keep(&w->arena, id);
	w->view.name = keep(&w->arena, req->name);
	w->view.worker_type = keep(&w->arena, req->worker_type);
	w->view.hostname = keep(&w->arena, req->hostname);
	w->view.version = keep(&w->arena, req->version);
	w->view.hardware = keep(&w->arena, req->hardware);
	w->view.capabilities.v = list;
	w->view.capabilities.n = req->capabilities.n;
	bool ok = w->view.worker_id && w->view.name && w->view.worker_type && w->view.hostname &&
		  w->view.version && w->view.hardware && (list || !req->capabilities.n);
	return ok ? worker_card_new(&w->view, &w->card, err) : err_set(err, -ENOMEM, "worker");
}

int pool_see(struct hoot *h, struct control_worker **ret, size_t *ret_n, struct err *err)
{
	struct control_worker *v = mem_new_array(map_count(h->workers), sizeof(*v));
	size_t at = 0, n = 0;
	const char *key;
	void *value;
	if (!v)
		return err_set(err, -ENOMEM, "workers");
	while (map_next(h->workers, &at, &key, &value)) {
		const struct worker_entry *w = value;
		v[n++] = (struct control_worker){.card = worker_card_ref(w->card),
						 .online = w->view.online,
						 .n_completed = w->view.n_completed,
						 .last_seen_unix_ms = w->view.last_seen_unix_ms};
	}
	*ret = v;
	*ret_n = n;
	return 0;
}

/* The process that holds the lock, 0: nobody does; false when it cannot be told. */
static bool see_holder(struct hoot *h, const char *lock, pid_t *ret)
{
	struct err err = ERR_INIT;
	if (wire_family_holder(h->family, lock, ret, &err) == 0)
		return true;
	log_debug("cannot look at a worker's lock", LOG_STR("lock", lock), LOG_ERR(&err));
	return false;
}

/* A lock that is not there, or that nobody holds, would say nothing. */
static void note_lock(struct hoot *h, struct worker_entry *w, const struct worker_register *req)
{
	if (!req->has_lock || strchr(req->lock, '/') || !str_copy(w->lock, sizeof(w->lock), req->lock))
		return;
	if (!see_holder(h, w->lock, &w->holder) || w->holder <= 0)
		*w->lock = '\0';
}

int pool_add(struct hoot *h, const char *id, const struct worker_register *req,
	     struct worker_entry **ret, bool *ret_joined, struct err *err)
{
	struct worker_entry *old = pool_find(h, id);
	int r = old ? 0 : make_room(h, err);
	if (r < 0)
		return r;
	struct worker_entry *w = calloc(1, sizeof(*w));
	if (!w || fill(w, id, req, err) < 0 || map_set(h->workers, id, w, NULL) < 0) {
		entry_free(w);
		return err_set(err, -ENOMEM, "worker");
	}
	*ret_joined = !old || !old->view.online;
	w->view.n_completed = old ? old->view.n_completed : 0;
	w->view.online = true;
	note_lock(h, w, req);
	entry_free(old);
	*ret = w;
	return pool_hear(h, id, ret, err);
}

int pool_leave(struct hoot *h, struct store_conn *c, struct worker_entry *w, const char *reason,
	       int64_t *ret_n, struct err *err)
{
	struct worker_left_event *e = wire_arena_alloc(&h->turn.arena, sizeof(*e));
	if (!e)
		return err_set(err, -ENOMEM, "event");
	*e = (struct worker_left_event){.worker_id = keep(&h->turn.arena, w->view.worker_id),
					.name = keep(&h->turn.arena, w->view.name),
					.reason = keep(&h->turn.arena, reason)};
	int r = jobs_release(&h->jobs, c, w->view.worker_id, ret_n, err);
	if (r == 0)
		r = hoot_emit(h, WIRE_EVENT_worker_left, e, err);
	if (r == 0) {
		w->view.online = false;
		h->turn.dirty = true; /* no table changed, but the event waits for the commit */
	}
	return r;
}

int pool_succeed(struct hoot *h, struct store_conn *c, const struct worker_entry *w, struct err *err)
{
	size_t at = 0;
	const char *key;
	void *value;
	int r = 0;
	while (r == 0 && *w->lock && map_next(h->workers, &at, &key, &value)) {
		struct worker_entry *old = value;
		int64_t n;
		if (old != w && old->view.online && str_eq(old->lock, w->lock) && str_eq(old->view.name, w->view.name))
			r = pool_leave(h, c, old, "it was started again", &n, err);
	}
	return r;
}

/* Why a worker that is online is to be taken for gone; false: it is not. */
static bool is_gone(struct hoot *h, const struct worker_entry *w, int64_t now_ns, char *ret, size_t size)
{
	int64_t silent_ns = now_ns - w->heard_ns;
	pid_t holder;
	if (*w->lock && see_holder(h, w->lock, &holder) && holder != w->holder)
		return str_copy(ret, size, "its process has ended");
	if (silent_ns < h->jobs.lease_ms * 4 / 3 * NS_PER_MS)
		return false;
	(void)snprintf(ret, size, "not heard for %lld ms", (long long)(silent_ns / NS_PER_MS));
	return true;
}

int pool_sweep(struct hoot *h, struct store_conn *c, struct err *err)
{
	int64_t now = clock_monotonic_ns(clock_system());
	size_t at = 0;
	const char *key;
	void *value;
	int r = 0;
	while (r == 0 && map_next(h->workers, &at, &key, &value)) {
		struct worker_entry *w = value;
		int64_t n;
		char reason[64];
		if (w->view.online && is_gone(h, w, now, reason, sizeof(reason)))
			r = pool_leave(h, c, w, reason, &n, err);
	}
	return r;
}

enum who { WHO_IS_ONLINE, WHO_EVER_WAS };

static int offers_of(struct hoot *h, enum who who, struct wire_arena *arena,
		     struct capability_list *ret, struct err *err)
{
	size_t at = 0, n = 0;
	const char *key;
	void *value;
	while (map_next(h->workers, &at, &key, &value))
		n += ((struct worker_entry *)value)->view.capabilities.n;
	struct worker_capability *list = wire_arena_array(arena, n, sizeof(*list));
	if (!list && n)
		return err_set(err, -ENOMEM, "workers");
	*ret = (struct capability_list){list, n};
	for (at = n = 0; map_next(h->workers, &at, &key, &value);) {
		const struct worker_view *w = &((struct worker_entry *)value)->view;
		if (who == WHO_IS_ONLINE && !w->online)
			continue;
		for (size_t i = 0; i < w->capabilities.n; i++)
			list[n++] = w->capabilities.v[i];
	}
	ret->n = n;
	return 0;
}

int pool_offers(struct hoot *h, struct wire_arena *arena, struct capability_list *ret,
		struct err *err)
{
	return offers_of(h, WHO_EVER_WAS, arena, ret, err);
}

int pool_online(struct hoot *h, struct wire_arena *arena, struct capability_list *ret,
		struct err *err)
{
	return offers_of(h, WHO_IS_ONLINE, arena, ret, err);
}

int pool_explain(struct hoot *h, struct store_conn *c, struct job_view *jobs, size_t n,
		 struct wire_arena *arena, struct err *err)
{
	struct capability_list online = {NULL, 0};
	size_t i = 0;
	while (i < n && jobs[i].state != JOB_PENDING)
		i++;
	int r = i < n ? pool_online(h, arena, &online, err) : 0;
	for (; r == 0 && i < n; i++)
		r = job_explain(c, &jobs[i], online, arena, err);
	return r;
}

int pool_load_job(struct hoot *h, struct store_conn *c, const char *job_id,
		  struct wire_arena *arena, struct job_view *ret, struct err *err)
{
	int r = job_load(c, job_id, arena, ret, err);
	return r < 0 ? r : pool_explain(h, c, ret, 1, arena, err);
}

int pool_view(struct hoot *h, struct store_conn *c, const struct worker_entry *w,
	      struct wire_arena *arena, struct worker_view *ret, struct err *err)
{
	sqlite3_stmt *q;
	*ret = w->view;
	int r = store_query(c, &q, err,
			    "SELECT id FROM job WHERE worker_id = ? AND state = 1 LIMIT 1", "t",
			    w->view.worker_id);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0) {
		const char *id = store_text(q, 0);
		ret->job_id = wire_arena_copy(arena, id, strlen(id));
		ret->has_job_id = ret->job_id != NULL;
	}
	store_done(q);
	return r < 0 ? r : 0;
}
