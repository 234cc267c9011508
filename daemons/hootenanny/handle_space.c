/* handle_space.c - spaces, and what workers can do in and between them. */
#include "hoot.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "jobs/rows.h"

#include "base/banned.h"

/* --- what can be done --- */

static int compare(const struct worker_capability *a, const struct worker_capability *b)
{
	int r = strcmp(a->verb, b->verb);
	if (r == 0)
		r = strcmp(a->from_space, b->from_space);
	if (r == 0)
		r = strcmp(a->to_space, b->to_space);
	if (r == 0)
		r = strcmp(a->model, b->model);
	return r ? r : strcmp(a->model_version, b->model_version);
}

/* Equal offers in the order in which they were made. */
static int by_offer(const void *pa, const void *pb)
{
	const struct worker_capability *a = *(const struct worker_capability *const *)pa;
	const struct worker_capability *b = *(const struct worker_capability *const *)pb;
	int r = compare(a, b);
	return r ? r : (a > b) - (a < b);
}

/* For each offer how many there are of it: at the first one; 0 at those that were counted with it. NULL: out of memory. */
static int64_t *count_offers(struct capability_list offers, struct wire_arena *arena)
{
	const struct worker_capability **order = wire_arena_array(arena, offers.n + 1, sizeof(*order));
	int64_t *counts = wire_arena_array(arena, offers.n + 1, sizeof(*counts));
	if (!order || !counts)
		return NULL;
	for (size_t i = 0; i < offers.n; i++)
		order[i] = &offers.v[i];
	if (offers.n)
		qsort(order, offers.n, sizeof(*order), by_offer);
	for (size_t i = 0, first = 0; i < offers.n; i++) {
		first = compare(order[first], order[i]) == 0 ? first : i;
		counts[order[first] - offers.v]++;
	}
	return counts;
}

static struct space_edge show(const struct worker_capability *o, int64_t n_workers, bool schema)
{
	return (struct space_edge){.verb = o->verb,
				   .from_space = o->from_space,
				   .to_space = o->to_space,
				   .model = o->model,
				   .model_version = o->model_version,
				   .deterministic = o->deterministic,
				   .n_workers = n_workers,
				   .has_params_schema = schema && o->has_params_schema,
				   .params_schema = o->params_schema};
}

static bool wanted(const struct space_list *req, const struct worker_capability *o)
{
	return (!*req->verb || str_eq(req->verb, o->verb)) && (!req->has_from_space || str_eq(req->from_space, o->from_space)) &&
	       (!*req->to_space || str_eq(req->to_space, o->to_space)) && (!*req->model || str_eq(req->model, o->model));
}

/* --- the spaces --- */

static struct space_view *space_of(struct space_list_result *ret, const char *name)
{
	for (size_t i = 0; i < ret->spaces.n; i++) {
		if (str_eq(ret->spaces.v[i].space, name))
			return &ret->spaces.v[i];
	}
	struct space_view *s = &ret->spaces.v[ret->spaces.n++];
	*s = (struct space_view){.space = name};
	return s;
}

static int count_artifacts(struct store_conn *c, struct wire_arena *arena, size_t room, struct space_list_result *ret,
			   struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err, "SELECT space, count(*) FROM artifact GROUP BY space ORDER BY space LIMIT ?", "i",
			    (int64_t)room);
	while (r == 0 && (r = store_step(c, q, err)) > 0) {
		const char *name = row_text(q, 0, arena);
		r = name ? 0 : err_set(err, -ENOMEM, "spaces");
		if (name)
			space_of(ret, name)->n_artifacts = sqlite3_column_int64(q, 1);
	}
	store_done(q);
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct space_view *)a)->space, ((const struct space_view *)b)->space);
}

enum { ARTIFACT_SPACES_MOST = 2000 };

int space_list_run(struct hoot *h, const struct wire_call *call, const struct space_list *req, struct space_list_result *ret,
		   struct err *err)
{
	struct store_conn *c;
	struct capability_list offers;
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = pool_online(h, call->arena, &offers, err);
	if (r < 0)
		return r;
	ret->spaces.v = wire_arena_array(call->arena, 2 * offers.n + ARTIFACT_SPACES_MOST, sizeof(*ret->spaces.v));
	ret->edges.v = wire_arena_array(call->arena, offers.n + 1, sizeof(*ret->edges.v));
	const int64_t *counts = count_offers(offers, call->arena);
	if (!ret->spaces.v || !ret->edges.v || !counts)
		return err_set(err, -ENOMEM, "spaces");
	r = count_artifacts(c, call->arena, ARTIFACT_SPACES_MOST, ret, err);
	for (size_t i = 0; r == 0 && i < offers.n; i++) {
		if (!counts[i])
			continue;
		space_of(ret, offers.v[i].to_space)->n_in++;
		if (*offers.v[i].from_space)
			space_of(ret, offers.v[i].from_space)->n_out++;
		if (wanted(req, &offers.v[i]))
			ret->edges.v[ret->edges.n++] = show(&offers.v[i], counts[i], req->schemas);
	}
	if (ret->spaces.n)
		qsort(ret->spaces.v, ret->spaces.n, sizeof(*ret->spaces.v), by_name);
	return r;
}

/* --- the way --- */

static int explain(const struct space_route *req, struct capability_list offers, struct wire_arena *arena,
		   struct space_route_result *ret, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	(void)strbuf_addf(&b, "nobody leads from %s to %s%s%s", req->from_space, req->to_space,
			  *req->model ? " with model " : "", req->model);
	size_t n = 0;
	for (size_t i = 0; i < offers.n; i++) {
		struct route way;
		size_t k = 0;
		while (k < i && !str_eq(offers.v[k].to_space, offers.v[i].to_space))
			k++;
		const struct route_goal goal = {"project", req->from_space, offers.v[i].to_space, ""};
		int r = k == i ? jobs_find_route(offers, &goal, arena, &way, err) : 0;
		if (r < 0)
			return r;
		if (k == i && way.n)
			(void)strbuf_addf(&b, "%s%s", n++ ? ", " : "; there is a way to: ", offers.v[i].to_space);
	}
	if (!n)
		(void)strbuf_adds(&b, "; there is no way to anywhere");
	ret->missing = strbuf_ok(&b) ? wire_arena_copy(arena, b.s, b.n) : NULL;
	ret->has_missing = true;
	return ret->missing ? 0 : err_set(err, -ENOMEM, "route");
}

int space_route_run(struct hoot *h, const struct wire_call *call, const struct space_route *req,
		    struct space_route_result *ret, struct err *err)
{
	struct capability_list offers;
	struct route way = {NULL, 0};
	const struct route_goal goal = {"project", req->from_space, req->to_space, req->model};
	int r = pool_online(h, call->arena, &offers, err);
	if (r == 0)
		r = jobs_find_route(offers, &goal, call->arena, &way, err);
	if (r < 0 || !way.n)
		return r < 0 ? r : explain(req, offers, call->arena, ret, err);
	ret->found = true;
	ret->route.v = wire_arena_array(call->arena, way.n, sizeof(*ret->route.v));
	const int64_t *counts = count_offers(offers, call->arena);
	if (!ret->route.v || !counts)
		return err_set(err, -ENOMEM, "route");
	for (size_t i = 0; i < way.n; i++)
		ret->route.v[ret->route.n++] = show(way.steps[i], counts[way.steps[i] - offers.v], false);
	return 0;
}
