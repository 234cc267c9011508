/*
 * Requests that are answered when something has happened: a job has ended, a decision was delivered, or the time has run
 * out. They are looked at after each commit in which a job ended or a delivery came back.
 */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "hoot.h"
#include "jobs/decision.h"
#include "tool.h"

#include "base/banned.h"

enum wait_kind { WAIT_JOBS, WAIT_STEMS, WAIT_CANCEL, WAIT_DELIVERY, WAIT_STARTED, WAIT_TOOL };
enum { ANSWER_EARLY_MS = 150 }; /* before the request's own deadline */

struct waiter {
	struct list link;
	struct hoot *hoot;
	struct wire_reply *reply;
	struct wire_timer *timer;
	enum wait_kind kind;
	enum poll_mode mode;
	struct err refused; /* of WAIT_DELIVERY; code 0: not so far */
	size_t n;
	char *ids[];
};

static void waiter_free(struct waiter *w)
{
	list_remove(&w->link);
	w->hoot->n_waiters--;
	wire_timer_free(w->timer);
	for (size_t i = 0; i < w->n; i++)
		free(w->ids[i]);
	free(w);
}

/* How they stand, and how many of them have ended. */
static int load_jobs(struct waiter *w, struct store_conn *c, struct wire_arena *arena, struct job_view **ret, size_t *ret_ended,
		     struct err *err)
{
	struct job_view *v = wire_arena_array(arena, w->n, sizeof(*v));
	*ret_ended = 0;
	if (!v)
		return err_set(err, -ENOMEM, "jobs");
	for (size_t i = 0; i < w->n; i++) {
		int r = pool_load_job(w->hoot, c, w->ids[i], arena, &v[i], err);
		if (r < 0)
			return r;
		*ret_ended += job_has_ended(v[i].state);
	}
	*ret = v;
	return 0;
}

static int answer_jobs(struct waiter *w, struct store_conn *c, bool timed_out, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_poll_result result = {.timed_out = timed_out};
	size_t n_ended;
	int r = load_jobs(w, c, &arena, &result.jobs.v, &n_ended, err);
	result.jobs.n = w->n;
	if (r < 0)
		return r;
	bool enough = w->mode == POLL_ANY ? n_ended > 0 : n_ended == w->n;
	if (!enough && !timed_out)
		return 0;
	result.timed_out = !enough;
	wire_reply_send(TAKE(w->reply), &result);
	return 1;
}

static int answer_stems(struct waiter *w, struct store_conn *c, bool timed_out, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct midi_stems_export_result result = {.jobs = {.n = w->n}};
	size_t n_ended;
	int r = load_jobs(w, c, &arena, &result.jobs.v, &n_ended, err);
	if (r < 0 || (n_ended < w->n && !timed_out))
		return r;
	wire_reply_send(TAKE(w->reply), &result);
	return 1;
}

static int answer_cancel(struct waiter *w, struct store_conn *c, bool timed_out, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_cancel_result result = {.confirmed = false};
	int r = pool_load_job(w->hoot, c, w->ids[0], &arena, &result.job, err);
	if (r < 0)
		return r;
	result.confirmed = job_has_ended(result.job.state);
	if (!result.confirmed && !timed_out)
		return 0;
	wire_reply_send(TAKE(w->reply), &result);
	return 1;
}

static int answer_delivery(struct waiter *w, struct store_conn *c, bool timed_out, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct decide_result result;
	memset(&result, 0, sizeof(result));
	int r = decision_load(c, w->ids[0], &arena, &result.decision, err);
	if (r < 0)
		return r;
	if (w->refused.code < 0) {
		wire_reply_fail(TAKE(w->reply), &w->refused);
		return 1;
	}
	if (!result.decision.delivered && !timed_out)
		return 0;
	wire_reply_send(TAKE(w->reply), &result);
	return 1;
}

static int answer_started(struct waiter *w, struct store_conn *c, bool timed_out, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct project_result result;
	memset(&result, 0, sizeof(result));
	int r = pool_load_job(w->hoot, c, w->ids[0], &arena, &result.job, err);
	if (r < 0)
		return r;
	if (!job_has_ended(result.job.state) && !timed_out)
		return 0;
	wire_reply_send(TAKE(w->reply), &result);
	return 1;
}

static int answer_tool(struct waiter *w, struct store_conn *c, bool timed_out, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct tool_answer result;
	memset(&result, 0, sizeof(result));
	int r = tool_answer_load(w->hoot, c, w->ids[0], &arena, &result, err);
	if (r < 0)
		return r;
	if (!job_has_ended(result.job.state) && !timed_out)
		return 0;
	wire_reply_send(TAKE(w->reply), &result);
	return 1;
}

/* Answers when it can; the waiter is gone then. */
static void look_at(struct waiter *w, bool timed_out)
{
	static int (*const answers[])(struct waiter *, struct store_conn *, bool, struct err *) = {
		[WAIT_JOBS] = answer_jobs,
		[WAIT_STEMS] = answer_stems,
		[WAIT_CANCEL] = answer_cancel,
		[WAIT_DELIVERY] = answer_delivery,
		[WAIT_STARTED] = answer_started,
		[WAIT_TOOL] = answer_tool,
	};
	struct hoot *h = w->hoot;
	struct store_conn *c;
	struct err err = ERR_INIT;
	int r = hoot_tx(h, &c, &err);
	if (r == 0)
		r = answers[w->kind](w, c, timed_out, &err);
	hoot_tx_end(h, r < 0 ? r : 0);
	if (r < 0)
		wire_reply_fail(TAKE(w->reply), &err);
	if (r != 0)
		waiter_free(w);
}

static void on_time_out(void *arg)
{
	look_at(arg, true);
}

static int new_waiter(struct hoot *h, const struct wire_call *call, enum wait_kind kind,
		      const char *const *ids, size_t n, int64_t timeout_ms, struct waiter **ret,
		      struct err *err)
{
	if (h->n_waiters >= LIMIT_JOB_WAITERS)
		return err_set(err, -EBUSY, "%zu requests are waiting for jobs", h->n_waiters);
	struct waiter *w = calloc(1, sizeof(*w) + n * sizeof(*w->ids));
	if (!w)
		return err_set(err, -ENOMEM, "job");
	w->hoot = h;
	w->kind = kind;
	list_push(kind == WAIT_DELIVERY ? &h->decision_waiters : &h->job_waiters, &w->link);
	h->n_waiters++;
	int r = 0;
	for (; r == 0 && w->n < n; w->n++)
		if (!(w->ids[w->n] = strdup(ids[w->n])))
			r = err_set(err, -ENOMEM, "job");
	if (r == 0)
		r = wire_timer_new(h->loop, on_time_out, w, &w->timer, err);
	if (r == 0)
		r = hoot_defer(h, call, &w->reply, err);
	if (r < 0) {
		waiter_free(w);
		return r;
	}
	int64_t left_ms = (call->deadline_ns - clock_monotonic_ns(clock_system())) / NS_PER_MS -
			  ANSWER_EARLY_MS;
	wire_timer_start(w->timer, timeout_ms < left_ms ? timeout_ms : left_ms > 0 ? left_ms : 0);
	*ret = w;
	return 0;
}

int wait_for_jobs(struct hoot *h, const struct wire_call *call, const char *const *ids, size_t n,
		  enum poll_mode mode, int64_t timeout_ms, struct err *err)
{
	struct waiter *w;
	int r = new_waiter(h, call, WAIT_JOBS, ids, n, timeout_ms, &w, err);
	if (r == 0)
		w->mode = mode;
	return r;
}

int wait_for_stems(struct hoot *h, const struct wire_call *call, const char *const *ids, size_t n, int64_t timeout_ms,
		   struct err *err)
{
	struct waiter *w;
	return new_waiter(h, call, WAIT_STEMS, ids, n, timeout_ms, &w, err);
}

int wait_for_cancel(struct hoot *h, const struct wire_call *call, const char *job_id,
		    int64_t timeout_ms, struct err *err)
{
	struct waiter *w;
	return new_waiter(h, call, WAIT_CANCEL, &job_id, 1, timeout_ms, &w, err);
}

int wait_for_delivery(struct hoot *h, const struct wire_call *call, const char *decision_id,
		      int64_t timeout_ms, struct err *err)
{
	struct waiter *w;
	return new_waiter(h, call, WAIT_DELIVERY, &decision_id, 1, timeout_ms, &w, err);
}

int wait_for_started(struct hoot *h, const struct wire_call *call, const char *job_id, int64_t timeout_ms,
		     struct err *err)
{
	struct waiter *w;
	return new_waiter(h, call, WAIT_STARTED, &job_id, 1, timeout_ms, &w, err);
}

int wait_for_tool(struct hoot *h, const struct wire_call *call, const char *job_id, int64_t timeout_ms,
		  struct err *err)
{
	struct waiter *w;
	return new_waiter(h, call, WAIT_TOOL, &job_id, 1, timeout_ms, &w, err);
}

void wait_refuse(struct hoot *h, const char *decision_id, const struct err *why)
{
	LIST_EACH(w, &h->decision_waiters, struct waiter, link)
	if (str_eq(w->ids[0], decision_id))
		w->refused = *why;
}

static void check_list(struct list *waiters)
{
	LIST_EACH_SAFE(w, waiters, struct waiter, link)
	look_at(w, false);
}

void wait_check(struct hoot *h)
{
	check_list(&h->job_waiters);
	check_list(&h->decision_waiters);
}

static void drop_list(struct list *waiters)
{
	struct err err = ERR_INIT;
	err_set(&err, -EAGAIN, "hootenanny is stopping");
	LIST_EACH_SAFE(w, waiters, struct waiter, link)
	{
		wire_reply_fail(TAKE(w->reply), &err);
		waiter_free(w);
	}
}

void wait_done(struct hoot *h)
{
	drop_list(&h->job_waiters);
	drop_list(&h->decision_waiters);
}
