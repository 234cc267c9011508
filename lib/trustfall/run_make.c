/*
 * run_make.c - a plan and an adapter become a run: functions found, arguments and expressions in place.
 */
#include "trustfall/run_priv.h"

#include <string.h>

#include "base/banned.h"

static void *take(struct tf_run *r, size_t n, size_t size)
{
	size_t bytes;
	void *p = __builtin_mul_overflow(n ? n : 1, size, &bytes) ? NULL : tf_arena_take(r->plan, bytes);
	if (p)
		memset(p, 0, bytes);
	return p;
}

static int out_of_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "query");
}

static struct walk_read make_read(const struct tf_run *r, const struct plan_source *s)
{
	struct walk_read read = {.vertex = s->vertex, .fold = s->fold, .name = s->property ? s->property->name : "__typename"};
	if (s->vertex == PLAN_NONE || !s->property)
		return read;
	const struct tf_type_def *type = r->query->vertices[s->vertex].type;
	const struct adapter_field *f = adapter_field(r->adapter, type, s->property);
	read.get = f->get;
	read.get_by_type = f->get_by_type;
	return read;
}

/* Filters with the same tag share its value. */
static struct walk_tag *make_tag(struct tf_run *r, const struct plan_source *s)
{
	struct walk_read read = make_read(r, s);
	for (size_t i = 0; i < r->n_tags; i++) {
		const struct walk_read *has = &r->tags[i].read;
		if (has->vertex == read.vertex && has->fold == read.fold && str_eq(has->name, read.name))
			return &r->tags[i];
	}
	struct walk_tag *t = &r->tags[r->n_tags++];
	t->read = read;
	return t;
}

static int make_filter(struct tf_run *r, const struct plan_filter *p, struct walk_filter *f, struct err *err)
{
	static const struct tf_value null = TF_VALUE_NULL;
	f->op = p->op;
	f->subject = make_read(r, &p->subject);
	f->value = &null;
	if (p->operand == PLAN_VARIABLE)
		f->value = &r->args->values[p->variable];
	else if (p->operand == PLAN_TAG)
		f->tag = make_tag(r, &p->tag);
	if ((p->op == PLAN_REGEX || p->op == PLAN_NOT_REGEX) && f->value->kind == TF_STRING)
		return regex_new(f->value->s, f->value->n, &f->regex, err);
	return 0;
}

static int make_filters(struct tf_run *r, const struct plan_filter *p, size_t n, struct walk_filter **ret, size_t *ret_n,
			struct err *err)
{
	*ret = take(r, n, sizeof(**ret));
	if (!*ret)
		return out_of_memory(err);
	int code = 0;
	for (; code == 0 && *ret_n < n; ++*ret_n)
		code = make_filter(r, &p[*ret_n], &(*ret)[*ret_n], err);
	return code;
}

/* Which types are that type, by index. */
static int make_fits(struct tf_run *r, const struct tf_type_def *to, const bool **ret, struct err *err)
{
	if (!to || r->adapter->coerce)
		return 0;
	bool *fits = take(r, r->adapter->n_types, sizeof(*fits));
	if (!fits)
		return out_of_memory(err);
	for (size_t i = 0; i < r->adapter->n_types; i++)
		fits[i] = tf_type_is(r->adapter->types[i], to);
	*ret = fits;
	return 0;
}

static int make_vertex(struct tf_run *r, const struct plan_vertex *p, struct walk_vertex *w, struct err *err)
{
	const struct adapter_field *f = adapter_field(r->adapter, p->edge.from_type, p->edge.field);
	w->plan = p;
	w->edge = f->open;
	w->edges = f->open_by_type;
	w->edge_type = adapter_leads_to(p->edge.field);
	w->edge_types = f->leads_to_by_type;
	if (p->depth) {
		f = adapter_field(r->adapter, p->recurse_edge.from_type, p->recurse_edge.field);
		w->recurse_edge = f->open;
		w->recurse_edges = f->open_by_type;
		w->recurse_edge_type = adapter_leads_to(p->recurse_edge.field);
		w->recurse_edge_types = f->leads_to_by_type;
	}
	int code = make_fits(r, p->coerced_from ? p->type : NULL, &w->fits, err);
	code = code == 0 ? make_fits(r, p->depth ? p->recurse_type : NULL, &w->expands, err) : code;
	return code == 0 ? make_filters(r, p->filters, p->n_filters, &w->filters, &w->n_filters, err) : code;
}

/* ---- columns ---- */

/* The fold of component `c` that the other is inside of. */
static uint32_t fold_towards(const struct tf_query *q, uint32_t c, uint32_t other)
{
	uint32_t fold = q->components[other].fold;
	while (q->folds[fold].outer != c)
		fold = q->components[q->folds[fold].outer].fold;
	return fold;
}

static int make_component(struct tf_run *r, uint32_t at, struct err *err)
{
	const struct tf_query *q = r->query;
	struct walk_component *c = &r->components[at];
	c->plan = &q->components[at];
	c->columns = take(r, c->plan->n_outputs, sizeof(*c->columns));
	if (!c->columns)
		return out_of_memory(err);
	for (; c->n_columns < c->plan->n_outputs; c->n_columns++) {
		struct walk_column *column = &c->columns[c->n_columns];
		const struct plan_output *o = &q->outputs[column->output = c->plan->outputs[c->n_columns]];
		column->fold = PLAN_NONE;
		column->read = make_read(r, &o->source);
		if (o->component == at)
			continue;
		column->fold = fold_towards(q, at, o->component);
		const struct plan_component *in = &q->components[q->folds[column->fold].component];
		while (in->outputs[column->fold_column] != column->output)
			column->fold_column++;
	}
	return 0;
}

/* ---- folds ---- */

static bool is_counted_by(const struct plan_filter *f, size_t n, uint32_t fold)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].operand == PLAN_TAG && f[i].tag.vertex == PLAN_NONE && f[i].tag.fold == fold)
			return true;
	return false;
}

/* Whether the exact count is wanted: put out, or the tag of some filter. */
static bool is_exact(const struct tf_query *q, uint32_t fold)
{
	for (size_t i = 0; i < q->n_outputs; i++)
		if (q->outputs[i].source.vertex == PLAN_NONE && q->outputs[i].source.fold == fold)
			return true;
	for (size_t i = 0; i < q->n_vertices; i++)
		if (is_counted_by(q->vertices[i].filters, q->vertices[i].n_filters, fold))
			return true;
	for (size_t i = 0; i < q->n_folds; i++)
		if (is_counted_by(q->folds[i].filters, q->folds[i].n_filters, fold))
			return true;
	return false;
}

static int make_fold(struct tf_run *r, uint32_t at, struct err *err)
{
	struct walk_fold *f = &r->folds[at];
	const struct plan_fold *p = &r->query->folds[at];
	size_t n = r->query->components[p->component].n_outputs;
	f->plan = p;
	f->exact = is_exact(r->query, at);
	f->needless = !f->exact && n == 0 && p->n_filters == 0;
	f->lists = take(r, n, sizeof(*f->lists));
	if (!f->lists)
		return out_of_memory(err);
	return make_filters(r, p->filters, p->n_filters, &f->filters, &f->n_filters, err);
}

/* ---- all of it ---- */

static size_t count_filters(const struct tf_query *q)
{
	size_t n = 0;
	for (size_t i = 0; i < q->n_vertices; i++)
		n += q->vertices[i].n_filters;
	for (size_t i = 0; i < q->n_folds; i++)
		n += q->folds[i].n_filters;
	return n;
}

static int make_arenas(struct tf_run *r)
{
	size_t max = r->limits.max_bytes;
	r->plan = tf_arena_new(0);
	r->edges = tf_arena_new(max);
	r->scratch = tf_arena_new(max);
	r->row = tf_arena_new(max);
	r->kept = tf_arena_new(max);
	return r->plan && r->edges && r->scratch && r->row && r->kept ? 0 : -ENOMEM;
}

int run_make(struct tf_run *r, struct err *err)
{
	const struct tf_query *q = r->query;
	if (make_arenas(r) < 0)
		return out_of_memory(err);
	r->vertices = take(r, q->n_vertices, sizeof(*r->vertices));
	r->folds = take(r, q->n_folds, sizeof(*r->folds));
	r->components = take(r, q->n_components, sizeof(*r->components));
	r->tags = take(r, count_filters(q), sizeof(*r->tags));
	r->values = take(r, q->n_outputs, sizeof(*r->values));
	if (!r->vertices || !r->folds || !r->components || !r->tags || !r->values)
		return out_of_memory(err);
	int code = 0;
	for (size_t i = 0; code == 0 && i < q->n_vertices; i++)
		code = make_vertex(r, &q->vertices[i], &r->vertices[i], err);
	for (uint32_t i = 0; code == 0 && i < q->n_folds; i++)
		code = make_fold(r, i, err);
	for (uint32_t i = 0; code == 0 && i < q->n_components; i++)
		code = make_component(r, i, err);
	return code;
}

static void filters_free(struct walk_filter *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		regex_free(f[i].regex);
		strbuf_done(&f[i].pattern);
	}
}

/* Also of one half made: counts tell what is there. */
static void parts_free(struct tf_run *r)
{
	for (size_t i = 0; r->vertices && i < r->query->n_vertices; i++) {
		struct walk_vertex *w = &r->vertices[i];
		filters_free(w->filters, w->n_filters);
		for (size_t j = 0; j < w->n_blocks; j++)
			free(w->blocks[j]);
		free(w->blocks);
	}
	for (size_t i = 0; r->folds && i < r->query->n_folds; i++) {
		struct walk_fold *f = &r->folds[i];
		filters_free(f->filters, f->n_filters);
		for (size_t j = 0; f->lists && j < r->query->components[f->plan->component].n_outputs; j++)
			free(f->lists[j].v);
	}
	for (size_t i = 0; r->tags && i < r->n_tags; i++)
		tf_arena_free(r->tags[i].arena);
}

void run_free(struct tf_run *r)
{
	if (!r)
		return;
	parts_free(r);
	tf_arena_free(r->kept);
	tf_arena_free(r->row);
	tf_arena_free(r->scratch);
	tf_arena_free(r->edges);
	tf_arena_free(r->plan);
	free(r);
}
