#include "query-control/estimate_priv.h"

#include <math.h>

#include "base/str.h"

#include "base/banned.h"

/* The step that it is at: what is left of it, or of waiting for it and doing it. */
static int first_step(struct tf_context *c, const struct job_facts *f, const struct step *s, struct span *left, bool *nobody,
		      struct err *err)
{
	struct span work = {false, -1};
	if (f->state == JOB_RUNNING)
		return step_left(c, f->progress * (double)f->n_steps - (double)f->step, s, left, err);
	int r = queue_wait(c, f->id, left, nobody, err);
	if (r == 0)
		r = step_expect(c, s, &work, err);
	left->known &= work.known;
	left->ms += work.ms;
	return r;
}

static const char steps_sql[] =
	"SELECT " STEP_COLUMNS " FROM job_step s WHERE s.job_id = ? AND s.step >= ? ORDER BY s.step";

static int estimate_end(struct tf_context *c, const struct job_facts *f, struct job_estimate *ret, struct err *err)
{
	struct store_conn *conn = control_of(c)->conn;
	struct span all = {true, 0};
	sqlite3_stmt *q;
	bool first = true;
	int r = store_take(conn, &q, err, steps_sql, "ti", f->id, f->step);
	while (r == 0 && (r = store_step(conn, q, err)) > 0) {
		struct span left = {false, -1};
		struct step s = step_read(q, 0);
		r = first ? first_step(c, f, &s, &left, &ret->nobody, err) : step_expect(c, &s, &left, err);
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
	if (!r || !query_transport(w)->rolls)
		return;
	double seconds = tempo_map_seconds(g->tempo, r->body->position_beats) - tempo_map_seconds(g->tempo, query_now_beats(w));
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
