#include "query-control/estimate_priv.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

enum { RUNS_MOST = 21 };             /* of a kind that are looked at */
static const double progress_least = 0.05; /* what is said before that tells little */

/* ---- how long a kind of step takes ---- */

static int by_length(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int look_back(struct store_conn *conn, const struct expectation *e, int64_t *ret_ms, struct err *err)
{
	int64_t runs[RUNS_MOST];
	size_t n = 0;
	sqlite3_stmt *q;
	int r = store_query(conn, &q, err,
			    "SELECT ended_unix_ms - started_unix_ms FROM job_step WHERE verb = ? AND model = ? AND space = ?"
			    " AND ended_unix_ms IS NOT NULL AND started_unix_ms IS NOT NULL ORDER BY ended_unix_ms DESC LIMIT ?",
			    "ttti", e->verb, e->model, e->space, (int64_t)RUNS_MOST);
	while (r == 0 && n < RUNS_MOST && (r = store_step(conn, q, err)) > 0) {
		runs[n++] = sqlite3_column_int64(q, 0);
		r = 0;
	}
	store_done(q);
	if (r < 0)
		return r;
	if (n)
		qsort(runs, n, sizeof(*runs), by_length);
	*ret_ms = n ? runs[n / 2] : -1;
	return 0;
}

static const char *keep(struct control_cache *k, const char *s)
{
	return wire_arena_copy(&k->arena, s, strlen(s));
}

static int add_expectation(struct control_cache *k, struct expectation e, struct err *err)
{
	e.verb = keep(k, e.verb);
	e.model = keep(k, e.model);
	e.space = keep(k, e.space);
	if (!e.verb || !e.model || !e.space ||
	    mem_grow(&k->expectations, &k->room_expectations, k->n_expectations + 1, sizeof(e)) < 0)
		return err_set(err, -ENOMEM, "query");
	k->expectations[k->n_expectations++] = e;
	return 0;
}

int step_expectation(struct tf_context *c, const char *verb, const char *model, const char *space, int64_t *ret_ms, struct err *err)
{
	struct control_cache *k = NULL;
	int r = control_cache(control_of(c), &k, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < k->n_expectations; i++) {
		const struct expectation *e = &k->expectations[i];
		if (str_eq(e->model, model) && str_eq(e->verb, verb) && str_eq(e->space, space)) {
			*ret_ms = e->ms;
			return 0;
		}
	}
	struct expectation e = {verb, model, space, -1};
	r = look_back(control_of(c)->conn, &e, &e.ms, err);
	if (r == 0)
		r = add_expectation(k, e, err);
	if (r == 0)
		*ret_ms = e.ms;
	return r;
}

/* ---- when a step is done ---- */

struct step {
	const char *verb, *model, *version, *from_space, *space;
	bool has_started;
	int64_t started_unix_ms;
};

/* A span of time, or that it is not known. */
struct span {
	bool known;
	int64_t ms;
};

static struct step read_step(sqlite3_stmt *q)
{
	return (struct step){.verb = store_text(q, 0),
			     .model = store_text(q, 1),
			     .version = store_text(q, 2),
			     .from_space = store_text(q, 3),
			     .space = store_text(q, 4),
			     .has_started = !store_is_null(q, 5),
			     .started_unix_ms = sqlite3_column_int64(q, 5)};
}
static const char steps_sql[] = "SELECT verb, model, model_version, from_space, space, started_unix_ms FROM job_step"
				" WHERE job_id = ? AND step >= ? ORDER BY step";

static bool can_do(const struct worker_capability *o, const struct step *s)
{
	return str_eq(o->verb, s->verb) && str_eq(o->to_space, s->space) && (!*s->from_space || str_eq(o->from_space, s->from_space)) &&
	       (!*s->model || str_eq(o->model, s->model)) && (!*s->version || str_eq(o->model_version, s->version));
}

static int expect(struct tf_context *c, const struct step *s, struct span *ret, struct err *err)
{
	struct control_cache *k = NULL;
	int r = control_offers(control_of(c), &k, err);
	const char *model = s->model;
	for (size_t i = 0; r == 0 && !*model && i < k->online.n; i++) {
		if (can_do(&k->online.v[i], s))
			model = k->online.v[i].model;
	}
	if (r == 0)
		r = step_expectation(c, s->verb, model, s->space, &ret->ms, err);
	ret->known = ret->ms >= 0;
	return r;
}

/* How much longer a step that runs will take. */
static int running_left(struct tf_context *c, const struct job_facts *f, const struct step *s, struct span *ret, struct err *err)
{
	double progress = f->progress * (double)f->n_steps - (double)f->step;
	int64_t now = query_world(c)->now_unix_ms;
	int64_t gone = s->has_started && now > s->started_unix_ms ? now - s->started_unix_ms : 0;
	struct span whole = {false, -1};
	if (progress >= progress_least && s->has_started) {
		whole = (struct span){true, (int64_t)llround((double)gone / fmin(progress, 1))};
	} else {
		int r = expect(c, s, &whole, err);
		if (r < 0)
			return r;
	}
	*ret = (struct span){whole.known, whole.ms > gone ? whole.ms - gone : 0};
	return 0;
}

/* ---- when a step that waits begins ---- */

/* How long until a worker is free: until the step is done that it holds. */
static int worker_left(struct tf_context *c, const char *worker_id, struct span *ret, struct err *err)
{
	static const char sql[] = "SELECT j.step, j.n_steps, j.progress, s.verb, s.model, s.model_version, s.from_space, s.space, s.started_unix_ms"
				  " FROM job j JOIN job_step s ON s.job_id = j.id AND s.step = j.step WHERE j.worker_id = ? AND j.state = 1";
	struct store_conn *conn = control_of(c)->conn;
	sqlite3_stmt *q;
	*ret = (struct span){true, 0};
	int r = store_take(conn, &q, err, sql, "t", worker_id);
	while (r == 0 && (r = store_step(conn, q, err)) > 0) {
		const struct job_facts f = {.step = sqlite3_column_int64(q, 0),
					    .n_steps = sqlite3_column_int64(q, 1),
					    .progress = sqlite3_column_double(q, 2)};
		const struct step s = {.verb = store_text(q, 3),
				       .model = store_text(q, 4),
				       .version = store_text(q, 5),
				       .from_space = store_text(q, 6),
				       .space = store_text(q, 7),
				       .has_started = !store_is_null(q, 8),
				       .started_unix_ms = sqlite3_column_int64(q, 8)};
		struct span left;
		r = running_left(c, &f, &s, &left, err);
		ret->known &= left.known;
		ret->ms = left.known && left.ms > ret->ms ? left.ms : ret->ms;
	}
	store_give(conn, sql, q);
	return r;
}

static bool offers(const struct control_worker *w, const struct step *s)
{
	for (size_t i = 0; w->online && i < w->card->n_offers; i++) {
		if (can_do(&w->card->offers[i].can, s))
			return true;
	}
	return false;
}

static int wait_for_worker(struct tf_context *c, const struct step *s, struct span *ret, bool *ret_nobody, struct err *err)
{
	const struct control_view *v = control_of(c);
	*ret = (struct span){false, 0};
	*ret_nobody = true;
	for (size_t i = 0; i < v->n_workers && !(ret->known && ret->ms == 0); i++) {
		struct span left;
		if (!offers(&v->workers[i], s))
			continue;
		*ret_nobody = false;
		int r = worker_left(c, v->workers[i].card->worker_id, &left, err);
		if (r < 0)
			return r;
		if (left.known && (!ret->known || left.ms < ret->ms))
			*ret = left;
	}
	return 0;
}

/* ---- the whole job ---- */

/* The step that it is at: what is left of it, or of waiting for it and doing it. */
static int first_step(struct tf_context *c, const struct job_facts *f, const struct step *s, struct span *left, bool *nobody,
		      struct err *err)
{
	struct span work = {false, -1};
	if (f->state == JOB_RUNNING)
		return running_left(c, f, s, left, err);
	int r = wait_for_worker(c, s, left, nobody, err);
	if (r == 0)
		r = expect(c, s, &work, err);
	left->known &= work.known;
	left->ms += work.ms;
	return r;
}

static int estimate_end(struct tf_context *c, const struct job_facts *f, struct job_estimate *ret, struct err *err)
{
	struct store_conn *conn = control_of(c)->conn;
	struct span all = {true, 0};
	sqlite3_stmt *q;
	bool first = true;
	int r = store_take(conn, &q, err, steps_sql, "ti", f->id, f->step);
	while (r == 0 && (r = store_step(conn, q, err)) > 0) {
		struct span left = {false, -1};
		struct step s = read_step(q);
		r = first ? first_step(c, f, &s, &left, &ret->nobody, err) : expect(c, &s, &left, err);
		first = false;
		all = (struct span){all.known && left.known, all.ms + left.ms};
	}
	store_give(conn, steps_sql, q);
	ret->has_end = r == 0 && all.known && !first;
	ret->end_unix_ms = query_world(c)->now_unix_ms + all.ms;
	return r;
}

static void estimate_due(struct tf_context *c, const struct job_facts *f, struct job_estimate *ret)
{
	const struct query_world *w = query_world(c);
	const struct garden_view *g = w->garden;
	const struct doc_region *r = f->region_id ? document_region(g->document, f->region_id) : NULL;
	if (!r || !g->transport.rolls)
		return;
	double seconds = tempo_map_seconds(g->tempo, r->body->position_beats) - tempo_map_seconds(g->tempo, w->now_beats);
	ret->has_due = true;
	ret->due_unix_ms = w->now_unix_ms + (int64_t)llround(seconds * 1000.0);
}

static int estimate(struct tf_context *c, const struct job_facts *f, struct job_estimate *ret, struct err *err)
{
	(void)str_copy(ret->id, sizeof(ret->id), f->id);
	estimate_due(c, f, ret);
	if (job_has_ended(f->state)) {
		ret->has_end = true;
		ret->end_unix_ms = f->updated_unix_ms;
		return 0;
	}
	int r = estimate_end(c, f, ret, err);
	ret->late = ret->has_due && (ret->nobody || ret->due_unix_ms <= query_world(c)->now_unix_ms ||
				     (ret->has_end && ret->end_unix_ms > ret->due_unix_ms));
	return r;
}

int job_estimate(struct tf_context *c, const struct job_facts *f, struct job_estimate *ret, struct err *err)
{
	struct control_cache *k = NULL;
	int r = control_cache(control_of(c), &k, err);
	if (r == 0 && !str_eq(k->last.id, f->id)) {
		struct job_estimate e = {.id = ""};
		r = estimate(c, f, &e, err);
		if (r == 0)
			k->last = e;
	}
	if (r == 0)
		*ret = k->last;
	return r;
}
