#include "perceive.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "start.h"

#define LOG_TOPIC "perception"
#include "base/log.h"

#include "base/banned.h"

enum { ATTEMPTS = 2 };

/* ---- starting ---- */

/* The version of the model that would do it, and whether the artifact's space leads there; NULL: nobody can. */
static const char *version_for(const struct perception_want *w, struct capability_list online, struct wire_arena *arena, struct err *err)
{
	const struct perception_kind_row *row = &perception_kinds[w->key.kind];
	const struct route_goal goal = {row->verb, w->key.space, row->space, row->model};
	struct route way = {NULL, 0};
	if (jobs_find_route(online, &goal, arena, &way, err) < 0 || way.n == 0)
		return NULL;
	const struct worker_capability *last = way.steps[way.n - 1];
	return str_eq(last->from_space, row->from_space) ? last->model_version : NULL;
}

static int submit(struct hoot *h, struct store_conn *c, const struct perception_want *w, char ret_job[JOB_ID_SIZE], struct err *err)
{
	static const char *const tags[] = {"perception"};
	const struct perception_kind_row *row = &perception_kinds[w->key.kind];
	const char *input = w->artifact_id;
	AUTO_JSON json_t *params = NULL;
	int r = json_parse(w->key.params, strlen(w->key.params), &params, err);
	if (r < 0)
		return r;
	const struct start_step step = {.verb = row->verb, .space = row->space, .model = row->model, .params = params};
	const struct start s = {.verb = row->verb,
				.actor = "hootenanny",
				.inputs = &input,
				.n_inputs = 1,
				.steps = &step,
				.n_steps = 1,
				.priority = JOB_LOW,
				.max_attempts = ATTEMPTS,
				.tags = tags,
				.n_tags = COUNT_OF(tags)};
	return start_job(h, c, &s, ret_job, err);
}

enum outcome { NOTHING, FOUND, UNDER_WAY, LATER };

/* A job of its own; it may be answered from the store at once. */
static int begin_job(struct hoot *h, struct store_conn *c, const struct perception_want *w, const char *version, char ret_job[JOB_ID_SIZE],
		     struct err *err)
{
	int64_t n = 0;
	enum job_state state;
	int r = perception_n_under_way(c, &n, err);
	if (r == 0 && n >= LIMIT_PERCEPTION_JOBS)
		return LATER;
	if (r == 0)
		r = submit(h, c, w, ret_job, err);
	if (r == 0)
		r = job_state_of(c, ret_job, &state, err);
	if (r < 0 || job_has_ended(state))
		return r < 0 ? r : FOUND;
	r = perception_await(c, &w->key, ret_job, version, hoot_unix_ms(), err);
	return r < 0 ? r : UNDER_WAY;
}

/* Somebody may have been faster: then it is known, has failed or is under way by now. */
static int begin(struct hoot *h, struct store_conn *c, const struct perception_want *w, const char *version, char ret_job[JOB_ID_SIZE],
		 struct err *err)
{
	struct perception_row row;
	int r = perception_find(c, &w->key, &row, err);
	if (r < 0)
		return r;
	if (*row.job_id) {
		(void)str_copy(ret_job, JOB_ID_SIZE, row.job_id);
		return UNDER_WAY;
	}
	if (row.found && str_eq(row.version, version))
		return FOUND;
	r = perception_equal_job(c, &w->key, ret_job, err);
	if (r > 0)
		r = perception_await(c, &w->key, ret_job, version, hoot_unix_ms(), err);
	else
		return r < 0 ? r : begin_job(h, c, w, version, ret_job, err);
	return r < 0 ? r : UNDER_WAY;
}

static int begin_want(struct hoot *h, const struct perception_want *w, struct capability_list online, struct wire_arena *arena,
		      char ret_job[JOB_ID_SIZE])
{
	struct store_conn *c;
	struct err err = ERR_INIT;
	const char *version = version_for(w, online, arena, &err);
	size_t n_events = h->turn.n_events;
	if (!version)
		return NOTHING;
	int r = hoot_tx(h, &c, &err);
	if (r == 0)
		r = hoot_tx_end(h, begin(h, c, w, version, ret_job, &err));
	if (r >= 0)
		return r;
	h->turn.n_events = n_events; /* of what is undone, nobody hears */
	log_debug("a perception cannot be started, skipping", LOG_STR("artifact", w->artifact_id),
		  LOG_STR("kind", perception_kinds[w->key.kind].name), LOG_ERR(&err));
	return r == -EBUSY ? LATER : NOTHING;
}

static void add_job(struct perceive_told *t, const char *job, struct wire_arena *arena)
{
	for (size_t i = 0; i < t->n_jobs; i++)
		if (str_eq(t->jobs[i], job))
			return;
	const char *kept = wire_arena_copy(arena, job, strlen(job));
	if (kept)
		t->jobs[t->n_jobs++] = kept;
}

static void keep_learned(struct hoot *h, struct perception_view *v)
{
	struct store_conn *c;
	struct err err = ERR_INIT;
	int r = hoot_tx(h, &c, &err);
	if (r == 0)
		r = hoot_tx_end(h, perception_view_keep(v, c, &err));
	if (r < 0)
		log_debug("what a query has read is not kept, it will be read again", LOG_ERR(&err));
}

void perceive_settle(struct hoot *h, struct perception_view *v, struct wire_arena *arena, struct perceive_told *ret)
{
	struct capability_list online = {NULL, 0};
	size_t n, lost;
	const struct perception_want *wants = perception_view_wants(v, &n, &lost);
	if (perception_view_learned(v))
		keep_learned(h, v);
	*ret = (struct perceive_told){.jobs = wire_arena_array(arena, n, sizeof(*ret->jobs)), .n_unknown = n ? lost : 0};
	if (!n || !ret->jobs || pool_online(h, arena, &online, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		char job[JOB_ID_SIZE];
		int r = begin_want(h, &wants[i], online, arena, job);
		ret->n_found += r == FOUND;
		ret->n_unknown += r == UNDER_WAY || r == LATER;
		if (r == UNDER_WAY)
			add_job(ret, job, arena);
	}
}

/* ---- waiting ---- */

struct waiter {
	struct list link;
	struct hoot *hoot;
	struct wire_timer *timer;
	perceive_fn *fn;
	void *arg;
	size_t n;
	char (*jobs)[JOB_ID_SIZE];
};

static void waiter_free(struct waiter *w)
{
	list_remove(&w->link);
	wire_timer_free(w->timer);
	free(w->jobs);
	free(w);
}

static void tell(struct waiter *w)
{
	perceive_fn *fn = w->fn;
	void *arg = w->arg;
	waiter_free(w);
	fn(arg);
}

static void on_time_out(void *arg)
{
	tell(arg);
}

/* A job that cannot be looked at is not waited for. */
static bool have_ended(struct hoot *h, const struct waiter *w)
{
	struct store_conn *c;
	bool ended = true;
	if (hoot_tx(h, &c, NULL) < 0)
		return true;
	for (size_t i = 0; ended && i < w->n; i++) {
		enum job_state state;
		ended = job_state_of(c, w->jobs[i], &state, NULL) < 0 || job_has_ended(state);
	}
	(void)hoot_tx_end(h, 0);
	return ended;
}

int perceive_wait(struct hoot *h, const char *const *jobs, size_t n, int64_t wait_ms, perceive_fn *fn, void *arg, struct err *err)
{
	struct waiter *w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "perception");
	*w = (struct waiter){.hoot = h, .fn = fn, .arg = arg, .n = n, .jobs = mem_new_array(n, sizeof(*w->jobs))};
	list_push(&h->perceive_waiters, &w->link);
	int r = w->jobs ? wire_timer_new(h->loop, on_time_out, w, &w->timer, err) : err_set(err, -ENOMEM, "perception");
	if (r < 0) {
		waiter_free(w);
		return r;
	}
	for (size_t i = 0; i < n; i++)
		(void)str_copy(w->jobs[i], JOB_ID_SIZE, jobs[i]);
	wire_timer_start(w->timer, have_ended(h, w) ? 0 : wait_ms);
	return 0;
}

void perceive_check(struct hoot *h)
{
	LIST_EACH_SAFE(w, &h->perceive_waiters, struct waiter, link)
	{
		if (have_ended(h, w))
			wire_timer_start(w->timer, 0); /* told by the timer: who is told may ask again */
	}
}

void perceive_open(struct hoot *h)
{
	list_init(&h->perceive_waiters);
}

void perceive_close(struct hoot *h)
{
	LIST_EACH_SAFE(w, &h->perceive_waiters, struct waiter, link)
	tell(w);
}
