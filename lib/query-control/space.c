/*
 * space.c - spaces, and the ways between them.
 *
 * Vertices: Space: `p` is its name; Projection: `p` is a `const struct projection *`.
 */
#include "query-control/cache_priv.h"
#include "query-control/tables_priv.h"

#include "base/str.h"

#include "base/banned.h"

/* ---- spaces ---- */

SELECT_GET(get_name, tf_string(name_of(v)))

static int get_n_artifacts(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	return count_rows(c, "SELECT count(*) FROM artifact WHERE space = ?", name_of(v), ret, err);
}

static const struct tf_property_row space_properties[] = {
	{"space", "String!", "Its name.", get_name},
	{"n_artifacts", "Int!", "How many artifacts live in it.", get_n_artifacts},
};

SELECT_OPEN(open_artifacts, artifact_open_of_space(it, c, name_of(from), err))

/* Which of the things that can be done now. */
enum end { MADE_BY, TAKEN_BY };
enum { SLOT_WORKER, SLOT_WORKERS_END, SLOT_OFFER, SLOT_SPACE, SLOT_END };

static bool is_at(const struct worker_capability *can, enum end end, const char *space)
{
	return str_eq(end == MADE_BY ? can->to_space : can->from_space, space);
}

static int next_capability(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct control_worker *w = it->s[SLOT_WORKER].cp, *end = it->s[SLOT_WORKERS_END].cp;
	for (; w < end; it->s[SLOT_WORKER].cp = ++w, it->s[SLOT_OFFER].n = 0) {
		while (w->online && it->s[SLOT_OFFER].n < w->card->n_offers) {
			const struct worker_offer *o = &w->card->offers[it->s[SLOT_OFFER].n++];
			if (!is_at(&o->can, (enum end)it->s[SLOT_END].i, it->s[SLOT_SPACE].cp))
				continue;
			*ret = (struct tf_vertex){.type = it->type, .p = o, .q = w};
			return 1;
		}
	}
	return 0;
}

static int open_capabilities(struct tf_iter *it, struct tf_context *c, const char *space, enum end end)
{
	const struct control_view *v = control_of(c);
	it->next = next_capability;
	it->close = NULL;
	it->s[SLOT_WORKER].cp = v->workers;
	it->s[SLOT_WORKERS_END].cp = v->n_workers ? v->workers + v->n_workers : v->workers;
	it->s[SLOT_OFFER].n = 0;
	it->s[SLOT_SPACE].cp = space;
	it->s[SLOT_END].i = end;
	return 0;
}
SELECT_OPEN(open_made_by, open_capabilities(it, c, name_of(from), MADE_BY))
SELECT_OPEN(open_taken_by, open_capabilities(it, c, name_of(from), TAKEN_BY))

/* ---- projections ---- */

static const struct projection *projection_of(const struct tf_vertex *v)
{
	return v->p;
}

/* SLOT_WORKER and SLOT_WORKERS_END of another kind of list; SLOT_SPACE NULL: all. */
static int next_projection(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct projection *p = it->s[SLOT_WORKER].cp, *end = it->s[SLOT_WORKERS_END].cp;
	const char *space = it->s[SLOT_SPACE].cp;
	while (p < end && space && !is_at(&p->offer->can, (enum end)it->s[SLOT_END].i, space))
		p++;
	it->s[SLOT_WORKER].cp = p < end ? p + 1 : p;
	if (p == end)
		return 0;
	*ret = (struct tf_vertex){.type = it->type, .p = p};
	return 1;
}

static int open_projections(struct tf_iter *it, struct tf_context *c, const char *space, enum end end, struct err *err)
{
	struct control_cache *k = NULL;
	int r = control_offers(control_of(c), &k, err);
	if (r < 0)
		return r;
	it->next = next_projection;
	it->close = NULL;
	it->s[SLOT_WORKER].cp = k->projections;
	it->s[SLOT_WORKERS_END].cp = k->projections + k->n_projections;
	it->s[SLOT_SPACE].cp = space;
	it->s[SLOT_END].i = end;
	return 0;
}
SELECT_OPEN(open_leads_to, open_projections(it, c, name_of(from), TAKEN_BY, err))
SELECT_OPEN(open_reached_by, open_projections(it, c, name_of(from), MADE_BY, err))
SELECT_OPEN(open_all_projections, open_projections(it, c, NULL, MADE_BY, err))

static const struct tf_edge_row space_edges[] = {
	{"artifacts", "[Artifact!]!", "The artifacts that live in it, newest first.", NULL, 0, open_artifacts},
	{"made_by", "[Capability!]!", "Who can make something in it right now.", NULL, 0, open_made_by},
	{"taken_by", "[Capability!]!", "Who can do something with what lives in it right now.", NULL, 0, open_taken_by},
	{"leads_to", "[Projection!]!", "The projections that begin in it.", NULL, 0, open_leads_to},
	{"reached_by", "[Projection!]!", "The projections that end in it.", NULL, 0, open_reached_by},
};

SELECT_GET(get_from, tf_string(projection_of(v)->offer->can.from_space))
SELECT_GET(get_to, tf_string(projection_of(v)->offer->can.to_space))
SELECT_GET(get_model, tf_string(projection_of(v)->offer->can.model))
SELECT_GET(get_version, tf_string(projection_of(v)->offer->can.model_version))
SELECT_GET(get_deterministic, tf_bool(projection_of(v)->offer->can.deterministic))
SELECT_GET(get_n_workers, tf_int(projection_of(v)->n_workers))
SELECT_GET(get_schema, tf_string(projection_of(v)->offer->params_schema))

static const struct tf_property_row projection_properties[] = {
	{"from_space", "String!", "Where it begins.", get_from},
	{"to_space", "String!", "Where it ends.", get_to},
	{"model", "String!", "The name of the model.", get_model},
	{"model_version", "String!", "Its version.", get_version},
	{"deterministic", "Boolean!", "The same seed gives the same bytes.", get_deterministic},
	{"n_workers", "Int!", "How many workers that are online offer it.", get_n_workers},
	{"params_schema", "String", "The JSON Schema of its parameters.", get_schema},
};

SELECT_OPEN(open_from, name_open(it, projection_of(from)->offer->can.from_space))
SELECT_OPEN(open_to, name_open(it, projection_of(from)->offer->can.to_space))
static const struct tf_edge_row projection_edges[] = {
	{"from", "Space!", "Where it begins.", NULL, 0, open_from},
	{"to", "Space!", "Where it ends.", NULL, 0, open_to},
};

static const struct tf_type_row types[] = {
	{.name = "Space",
	 .doc = "Where content lives: midi, abc, audio, image …; those of artifacts and of what workers can do now.",
	 TF_PROPERTIES(space_properties),
	 TF_EDGES(space_edges)},
	{.name = "Projection",
	 .doc = "A way from one space to another that workers offer now.",
	 TF_PROPERTIES(projection_properties),
	 TF_EDGES(projection_edges)},
};

/* ---- where to start ---- */

static const struct projection *find(const struct control_cache *k, const struct worker_capability *can)
{
	const struct worker_offer *o = k->offers[can - k->online.v];
	for (size_t i = 0; i < k->n_projections; i++) {
		const struct worker_capability *p = &k->projections[i].offer->can;
		if (str_eq(p->from_space, o->can.from_space) && str_eq(p->to_space, o->can.to_space) && str_eq(p->model, o->can.model) &&
		    str_eq(p->model_version, o->can.model_version))
			return &k->projections[i];
	}
	return NULL;
}

static int open_way(struct tf_iter *it, struct tf_context *c, const struct control_cache *k, const struct route *way, struct err *err)
{
	struct tf_vertex *v = tf_context_take(c, way->n * sizeof(*v));
	size_t n = 0;
	if (!v)
		return err_set(err, -ENOMEM, "query");
	for (size_t i = 0; i < way->n; i++) {
		const struct projection *p = find(k, way->steps[i]);
		if (p)
			v[n++] = (struct tf_vertex){.type = it->type, .p = p};
	}
	tf_iter_array(it, v, n);
	return 0;
}

static int open_route(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		      struct tf_iter *it, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct control_cache *k = NULL;
	struct route way = {NULL, 0};
	const struct route_goal goal = {"project", params[0].s, params[1].s, ""};
	tf_iter_none(it);
	int r = control_offers(control_of(c), &k, err);
	if (r == 0)
		r = jobs_find_route(k->online, &goal, &arena, &way, err);
	return r < 0 || !way.n ? r : open_way(it, c, k, &way, err);
}

static const struct tf_param_row route_params[] = {
	{"from_space", "String!", NULL, "Where it is."},
	{"to_space", "String!", NULL, "Where it should be."},
};
SELECT_OPEN(open_spaces, spaces_open(it, c, err))

static const struct tf_edge_row roots[] = {
	{"Space", "[Space!]!", "All spaces, sorted.", NULL, 0, open_spaces},
	{"Projection", "[Projection!]!", "The projections that workers offer now.", NULL, 0, open_all_projections},
	{"Route", "[Projection!]!", "The projections that lead from one space to another, first one first; none when there is no way.",
	 route_params, COUNT_OF(route_params), open_route},
};
const struct tf_table control_spaces = {types, COUNT_OF(types), roots, COUNT_OF(roots)};
