/*
 * walk.c - from one row of a component to the next.
 */
#include "trustfall/run_priv.h"

#include "base/banned.h"

/* ---- one edge ---- */

struct opening {
	tf_open_fn *open, **open_by_type;
	const struct plan_edge *edge;
	uint32_t type;
	const uint32_t *types; /* with open_by_type */
};

static int level_open(struct tf_run *r, struct walk_level *l, const struct opening *o, const struct tf_vertex *from,
		      const struct tf_hints *hints, struct err *err)
{
	tf_open_fn *open = o->open ? o->open : o->open_by_type[from->type];
	if (!open)
		return err_set(err, -EINVAL, "the adapter gave a vertex of type '%s', which has no '%s'", r->names[from->type].s,
			       o->edge->field->name);
	l->mark = tf_arena_mark(r->edges);
	l->it = (struct tf_iter){.context = &r->context, .type = o->open ? o->type : o->types[from->type]};
	r->context.arena = r->edges;
	r->stats.edges++;
	return open(&r->context, from, o->edge->params, hints, &l->it, err);
}

static void level_close(struct tf_run *r, struct walk_level *l)
{
	if (l->it.close) {
		r->context.arena = r->edges;
		l->it.close(&l->it);
	}
	tf_arena_return(r->edges, l->mark);
}

static int level_next(struct tf_run *r, struct walk_vertex *w, struct walk_level *l, struct err *err)
{
	r->context.arena = r->edges;
	return l->it.next(&l->it, &w->v, err);
}

/* ---- recursion ---- */

static struct walk_level *level_at(struct walk_vertex *w, size_t i)
{
	return &w->blocks[i / LEVELS_OF_BLOCK][i % LEVELS_OF_BLOCK];
}

/* Room for one more open level. */
static int levels_grow(struct tf_run *r, struct walk_vertex *w, struct err *err)
{
	const size_t bytes = LEVELS_OF_BLOCK * sizeof(struct walk_level);
	if (w->n_levels < w->n_blocks * LEVELS_OF_BLOCK)
		return 0;
	if (!run_room(r, bytes))
		return -ECANCELED;
	if (mem_grow((void *)&w->blocks, &w->room_blocks, w->n_blocks + 1, sizeof(*w->blocks)) < 0 ||
	    !(w->blocks[w->n_blocks] = malloc(bytes)))
		return err_set(err, -ENOMEM, "recursion of a query");
	w->n_blocks++;
	r->vector_bytes += bytes;
	return 0;
}

static bool is_expanded(struct tf_run *r, const struct walk_vertex *w)
{
	if (w->n_levels >= w->plan->depth)
		return false;
	if (w->n_levels == 0 || !w->plan->recurse_type)
		return true;
	if (w->v.type >= r->adapter->n_types)
		return false; /* told when it is visited */
	return w->expands ? w->expands[w->v.type] : r->adapter->coerce(&r->context, &w->v, w->plan->recurse_type);
}

static int recurse_open(struct tf_run *r, struct walk_vertex *w, struct err *err)
{
	const struct tf_hints hints = {.run = r, .w = w, .offered = false};
	bool first = w->n_levels == 0;
	const struct opening o = {first ? w->edge : w->recurse_edge, first ? w->edges : w->recurse_edges,
				  first ? &w->plan->edge : &w->plan->recurse_edge, first ? w->edge_type : w->recurse_edge_type,
				  first ? w->edge_types : w->recurse_edge_types};
	int code = levels_grow(r, w, err);
	if (code < 0)
		return code;
	struct walk_level *l = level_at(w, w->n_levels);
	l->from = w->v;
	code = level_open(r, l, &o, &l->from, &hints, err);
	if (code == 0)
		w->n_levels++;
	return code;
}

/* The vertex itself, then what it leads to, then what comes beside it. */
static int recurse_next(struct tf_run *r, struct walk_vertex *w, struct err *err)
{
	if (w->at_start) {
		w->at_start = false;
		w->v = r->vertices[w->plan->parent].v;
		return 1;
	}
	int code = is_expanded(r, w) ? recurse_open(r, w, err) : 0;
	if (code < 0)
		return code;
	for (; w->n_levels; w->n_levels--) {
		struct walk_level *l = level_at(w, w->n_levels - 1);
		code = level_next(r, w, l, err);
		if (code != 0)
			return code;
		level_close(r, l);
	}
	return 0;
}

/* ---- vertices ---- */

static void vertex_close(struct tf_run *r, struct walk_vertex *w)
{
	if (w->open && !w->plan->depth)
		level_close(r, &w->level);
	for (; w->n_levels; w->n_levels--)
		level_close(r, level_at(w, w->n_levels - 1));
	w->open = w->here = false;
}

static bool fits(struct tf_run *r, const struct walk_vertex *w)
{
	if (!w->plan->coerced_from)
		return true;
	return w->fits ? w->fits[w->v.type] : r->adapter->coerce(&r->context, &w->v, w->plan->type);
}

/* The next vertex of its edge that is of the type and passes the filters. */
static int vertex_next(struct tf_run *r, struct walk_vertex *w, struct err *err)
{
	for (;;) {
		int code = w->plan->depth ? recurse_next(r, w, err) : level_next(r, w, &w->level, err);
		if (r->ending || (--r->until_look == 0 && run_look(r)))
			return -ECANCELED;
		if (code <= 0)
			return code;
		if (w->v.type >= r->adapter->n_types)
			return err_set(err, -EINVAL, "the adapter gave a vertex of no type for '%s'", w->plan->edge.field->name);
		r->stats.vertices++;
		w->any = true;
		if (!fits(r, w))
			continue;
		w->here = true;
		w->visit = ++r->visits;
		code = walk_filters(r, w->filters, w->n_filters, err);
		if (code != 0)
			return code;
	}
}

static int vertex_go_on(struct tf_run *r, struct walk_vertex *w, struct err *err)
{
	int code = vertex_next(r, w, err);
	if (code != 0)
		return code;
	vertex_close(r, w); /* so that what is missing is so once */
	return w->plan->optional && !w->any;
}

static int vertex_enter(struct tf_run *r, struct walk_vertex *w, struct err *err)
{
	const struct plan_vertex *p = w->plan;
	const struct walk_vertex *parent = p->parent == PLAN_NONE ? NULL : &r->vertices[p->parent];
	w->here = w->open = w->any = false;
	if (parent && !parent->here)
		return 1; /* what is below something missing is missing too */
	w->at_start = p->depth > 0;
	if (!p->depth) {
		const struct tf_hints hints = {.run = r, .w = w, .offered = !p->optional};
		const struct opening o = {w->edge, w->edges, &p->edge, w->edge_type, w->edge_types};
		int code = level_open(r, &w->level, &o, parent ? &parent->v : NULL, &hints, err);
		if (code < 0)
			return code;
	}
	w->open = true;
	return vertex_go_on(r, w, err);
}

/* ---- components ---- */

static int step_enter(struct tf_run *r, const struct plan_step *s, struct err *err)
{
	return s->vertex == PLAN_NONE ? fold_enter(r, &r->folds[s->fold], err) : vertex_enter(r, &r->vertices[s->vertex], err);
}

static int step_again(struct tf_run *r, const struct plan_step *s, struct err *err)
{
	if (s->vertex == PLAN_NONE) {
		fold_leave(r, &r->folds[s->fold]);
		return 0;
	}
	struct walk_vertex *w = &r->vertices[s->vertex];
	return w->open ? vertex_go_on(r, w, err) : 0;
}

int walk_next(struct tf_run *r, struct walk_component *c, struct err *err)
{
	const struct plan_step *steps = c->plan->steps;
	size_t n = c->plan->n_steps, i = c->started ? n - 1 : 0;
	bool forward = !c->started;
	c->started = true;
	for (;;) {
		int code = forward ? step_enter(r, &steps[i], err) : step_again(r, &steps[i], err);
		if (code < 0)
			return code;
		forward = code == 1;
		if (forward && ++i == n)
			return 1;
		if (!forward && i-- == 0)
			break;
	}
	c->started = false;
	return 0;
}

void walk_close(struct tf_run *r, struct walk_component *c)
{
	for (size_t i = c->started ? c->plan->n_steps : 0; i-- > 0;) {
		const struct plan_step *s = &c->plan->steps[i];
		if (s->vertex == PLAN_NONE)
			walk_close(r, &r->components[r->folds[s->fold].plan->component]);
		else
			vertex_close(r, &r->vertices[s->vertex]);
	}
	c->started = false;
}
