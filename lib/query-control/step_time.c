/*
 * step_time.c - how long steps take: as long as others of their kind, or as their progress says.
 */
#include "query-control/estimate_priv.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

enum { RUNS_MOST = 21 }; /* of a kind that are looked at */
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

struct step step_read(sqlite3_stmt *q, int at)
{
	return (struct step){.verb = store_text(q, at + 0),
			     .model = store_text(q, at + 1),
			     .version = store_text(q, at + 2),
			     .from_space = store_text(q, at + 3),
			     .space = store_text(q, at + 4),
			     .has_started = !store_is_null(q, at + 5),
			     .started_unix_ms = sqlite3_column_int64(q, at + 5)};
}

bool step_can(const struct worker_capability *o, const struct step *s)
{
	return str_eq(o->verb, s->verb) && str_eq(o->to_space, s->space) && (!*s->from_space || str_eq(o->from_space, s->from_space)) &&
	       (!*s->model || str_eq(o->model, s->model)) && (!*s->version || str_eq(o->model_version, s->version));
}

int step_expect(struct tf_context *c, const struct step *s, struct span *ret, struct err *err)
{
	struct control_cache *k = NULL;
	int r = control_offers(control_of(c), &k, err);
	const char *model = s->model;
	for (size_t i = 0; r == 0 && !*model && i < k->online.n; i++) {
		if (step_can(&k->online.v[i], s))
			model = k->online.v[i].model;
	}
	if (r == 0)
		r = step_expectation(c, s->verb, model, s->space, &ret->ms, err);
	ret->known = ret->ms >= 0;
	return r;
}

/* How much longer a step that runs will take. */
int step_left(struct tf_context *c, double progress, const struct step *s, struct span *ret, struct err *err)
{
	int64_t now = query_world(c)->now_unix_ms;
	int64_t gone = s->has_started && now > s->started_unix_ms ? now - s->started_unix_ms : 0;
	struct span whole = {false, -1};
	if (progress >= progress_least && s->has_started) {
		whole = (struct span){true, (int64_t)llround((double)gone / fmin(progress, 1))};
	} else {
		int r = step_expect(c, s, &whole, err);
		if (r < 0)
			return r;
	}
	*ret = (struct span){whole.known, whole.ms > gone ? whole.ms - gone : 0};
	return 0;
}
