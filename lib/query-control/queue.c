/*
 * queue.c - when the jobs that wait will begin: each is given in its turn to the worker that is free first.
 *
 * As hootenanny does it: by priority, then by age. A worker is taken to do one step at a time. It is worked out once for a query,
 * when it first asks for a job that waits.
 */
#include "query-control/estimate_priv.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"

#include "base/banned.h"

/* A worker while jobs are handed out: when it will be free. */
struct hand {
	const struct control_worker *worker;
	struct span free_in;
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct queued *)a)->id, ((const struct queued *)b)->id);
}

/* Until the steps are done that it holds. */
static int hold(struct tf_context *c, struct hand *h, struct err *err)
{
	static const char sql[] = "SELECT j.progress * j.n_steps - j.step, " STEP_COLUMNS
				  " FROM job j JOIN job_step s ON s.job_id = j.id AND s.step = j.step WHERE j.worker_id = ? AND j.state = 1";
	struct store_conn *conn = control_of(c)->conn;
	sqlite3_stmt *q;
	h->free_in = (struct span){true, 0};
	int r = store_take(conn, &q, err, sql, "t", h->worker->card->worker_id);
	while (r == 0 && (r = store_step(conn, q, err)) > 0) {
		struct step s = step_read(q, 1);
		struct span left;
		r = step_left(c, sqlite3_column_double(q, 0), &s, &left, err);
		h->free_in.known &= left.known;
		h->free_in.ms = left.known && left.ms > h->free_in.ms ? left.ms : h->free_in.ms;
	}
	store_give(conn, sql, q);
	return r;
}

static bool offers(const struct control_worker *w, const struct step *s)
{
	for (size_t i = 0; i < w->card->n_offers; i++) {
		if (step_can(&w->card->offers[i].can, s))
			return true;
	}
	return false;
}

/* To the one that can do it and is free first; who is busy nobody knows how long comes last. */
static int hand_out(struct tf_context *c, struct hand *hands, size_t n, const struct step *s, struct queued *ret, struct err *err)
{
	struct hand *first = NULL;
	struct span work;
	for (size_t i = 0; i < n; i++) {
		if (!offers(hands[i].worker, s))
			continue;
		if (!first || (hands[i].free_in.known && (!first->free_in.known || hands[i].free_in.ms < first->free_in.ms)))
			first = &hands[i];
	}
	ret->nobody = !first;
	if (!first)
		return 0;
	ret->known = first->free_in.known;
	ret->begins_in_ms = first->free_in.ms;
	int r = step_expect(c, s, &work, err);
	first->free_in = (struct span){first->free_in.known && work.known, first->free_in.ms + work.ms};
	return r;
}

static int hand_out_all(struct tf_context *c, struct control_cache *k, struct hand *hands, size_t n_hands, struct err *err)
{
	static const char sql[] = "SELECT j.id, " STEP_COLUMNS " FROM job j CROSS JOIN job_step s ON s.job_id = j.id AND s.step = j.step"
				  " WHERE j.state = 0 ORDER BY j.priority DESC, j.id LIMIT ?";
	struct store_conn *conn = control_of(c)->conn;
	sqlite3_stmt *q;
	int r = store_take(conn, &q, err, sql, "i", (int64_t)LIMIT_JOBS);
	while (r == 0 && (r = store_step(conn, q, err)) > 0) {
		const char *id = store_text(q, 0);
		struct step s = step_read(q, 1);
		struct queued one = {.id = wire_arena_copy(&k->arena, id, strlen(id))};
		if (!one.id || mem_grow(&k->queue, &k->room_queue, k->n_queue + 1, sizeof(one)) < 0)
			r = err_set(err, -ENOMEM, "query");
		else
			r = hand_out(c, hands, n_hands, &s, &one, err);
		if (r == 0)
			k->queue[k->n_queue++] = one;
	}
	store_give(conn, sql, q);
	return r;
}

static int work_out(struct tf_context *c, struct control_cache *k, struct err *err)
{
	const struct control_view *v = control_of(c);
	struct hand AUTO_MEM *hands = mem_new_array(v->n_workers, sizeof(*hands));
	size_t n = 0;
	int r = hands ? 0 : err_set(err, -ENOMEM, "query");
	k->n_queue = 0;
	for (size_t i = 0; r == 0 && i < v->n_workers; i++) {
		if (!v->workers[i].online)
			continue;
		hands[n].worker = &v->workers[i];
		r = hold(c, &hands[n++], err);
	}
	if (r == 0)
		r = hand_out_all(c, k, hands, n, err);
	if (r == 0 && k->n_queue)
		qsort(k->queue, k->n_queue, sizeof(*k->queue), by_id);
	k->has_queue = r == 0;
	return r;
}

int queue_wait(struct tf_context *c, const char *job_id, struct span *ret, bool *ret_nobody, struct err *err)
{
	struct control_cache *k = NULL;
	int r = control_cache(control_of(c), &k, err);
	if (r == 0 && !k->has_queue)
		r = work_out(c, k, err);
	if (r < 0)
		return r;
	const struct queued key = {.id = job_id};
	const struct queued *found = k->n_queue ? bsearch(&key, k->queue, k->n_queue, sizeof(key), by_id) : NULL;
	*ret = found ? (struct span){found->known, found->begins_in_ms} : (struct span){false, 0};
	*ret_nobody = found && found->nobody;
	return 0;
}
