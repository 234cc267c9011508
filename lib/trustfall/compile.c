/* The plan: vertices, folds and components, made while the checks of compile_priv.h go on. */
#include <stdarg.h>
#include <string.h>

#include "base/limits.h"
#include "trustfall/compile_priv.h"

#include "base/banned.h"

const struct tf_type build_typename_type = {.name = "String", .n_lists = 0, .required = 1};
const struct tf_type build_count_type = {.name = "Int", .n_lists = 0, .required = 1};

void build_error(struct build *b, const char *kind, struct tf_pos pos, json_t *args, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)tf_error_addv(b->errors, TF_STAGE_FRONTEND, kind, pos, args, fmt, ap);
	va_end(ap);
	b->n_errors++;
}

void build_hint(struct build *b, const char *fmt, ...)
{
	if (b->errors->lost) /* the last one that is there is another one */
		return;
	va_list ap;
	va_start(ap, fmt);
	tf_error_hintv(b->errors, fmt, ap);
	va_end(ap);
}

int build_take(struct build *b, size_t n, size_t size, void *ret)
{
	return tf_arena_array(b->arena, n, size, ret);
}

bool build_is_inside(const struct build *b, uint32_t inner, uint32_t outer)
{
	while (inner != outer && b->components[inner].fold != PLAN_NONE)
		inner = b->folds[b->components[inner].fold].outer;
	return inner == outer;
}

int build_compare_pos(struct tf_pos a, struct tf_pos b)
{
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return (a.column > b.column) - (a.column < b.column);
}

/* ---- top to bottom ---- */

static int add_component(struct build *b, const struct query_field *f, struct plan_vertex first, uint32_t fold);

static uint32_t add_vertex(struct build *b, const struct query_field *f, const struct plan_vertex *v)
{
	uint32_t i = (uint32_t)b->q->n_vertices++;
	b->vertices[i] = *v;
	b->nodes[i] = f;
	return i;
}

static void refuse_on_property(struct build *b, const struct query_field *f, const char *directive, struct tf_pos pos)
{
	build_error(b, "UnsupportedDirectiveOnProperty", pos, json_pack("[s,s]", directive, f->name), "%s is for edges, and '%s' is a property",
		    directive, f->name);
	build_hint(b, "leave it out");
}

static int add_property(struct build *b, uint32_t vertex, const struct query_field *f)
{
	if (f->n_params) {
		build_error(b, "UnexpectedEdgeParameter", f->params[0].pos, json_pack("[s,s]", f->params[0].name, f->name),
			    "'%s' is a property and has no parameters", f->name);
		build_hint(b, "leave '(%s: ...)' out; only edges have parameters", f->params[0].name);
	}
	if (f->fold)
		refuse_on_property(b, f, "@fold", f->fold_pos);
	if (f->optional)
		refuse_on_property(b, f, "@optional", f->optional_pos);
	if (f->depth)
		refuse_on_property(b, f, "@recurse", f->recurse_pos);
	const struct plan_vertex *v = &b->vertices[vertex];
	struct build_output out = {.source = build_property_source(b, vertex, f),
				   .component = v->component,
				   .of = v->type->name,
				   .field = f->name};
	const char *base = f->alias ? f->alias : f->name;
	for (size_t i = 0; i < f->own.n_outputs; i++) {
		int r = build_add_output(b, &f->own.outputs[i], base, "", &out);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < f->own.n_tags; i++)
		build_add_tag(b, &f->own.tags[i], f->own.tags[i].name ? f->own.tags[i].name : base, &out.source, v->component, vertex);
	return 0;
}

static void refuse_on_fold(struct build *b, const struct query_field *f, const char *directive, struct tf_pos pos)
{
	build_error(b, "UnsupportedDirectiveOnFoldedEdge", pos, json_pack("[s,s]", f->name, directive), "'%s' is folded and cannot be %s",
		    f->name, directive);
	build_hint(b, "a fold of nothing is an empty list; put %s on an edge before or inside the fold", directive);
}

static int add_count_outputs(struct build *b, const struct query_field *f, uint32_t fold, const struct plan_source *count)
{
	struct build_output out = {.source = *count, .component = b->folds[fold].outer, .of = f->name, .field = "@fold.count"};
	size_t first = b->n_outputs;
	for (size_t i = 0; i < f->count.n_outputs; i++) {
		int r = build_add_output(b, &f->count.outputs[i], f->alias ? "" : f->name, "count", &out);
		if (r < 0)
			return r;
		const char *name = b->outputs[b->n_outputs - 1].name;
		for (size_t k = first; k + 1 < b->n_outputs; k++)
			if (strcmp(b->outputs[k].name, name) == 0) {
				build_error(b, "MultipleOutputsWithSameName", f->count.outputs[i].pos,
					    json_pack("[{s:[[s,s],[s,s]]}]", name, f->name, out.field, f->name, out.field),
					    "the count of '%s' is put out twice as '%s'", f->name, name);
				build_hint(b, "keep one @output");
				break;
			}
	}
	return 0;
}

/* What is said of the fold's count, in the component around it. */
static int add_count(struct build *b, const struct query_field *f, uint32_t fold, uint32_t first_vertex)
{
	struct plan_fold *fd = &b->folds[fold];
	struct plan_source count = {.vertex = PLAN_NONE, .fold = fold, .type = build_count_type};
	struct plan_filter *filters;
	int r = build_take(b, f->count.n_filters, sizeof(*filters), &filters);
	if (r < 0)
		return r;
	build_filters(b, &f->count, &count, "@fold.count", fd->outer, first_vertex, filters, &fd->n_filters);
	fd->filters = filters;
	r = add_count_outputs(b, f, fold, &count);
	fd->counted = f->count.n_filters || f->count.n_outputs || f->count.n_tags;
	for (size_t i = 0; r == 0 && i < f->count.n_tags; i++) {
		const struct query_name *t = &f->count.tags[i];
		if (t->name) {
			build_add_tag(b, t, t->name, &count, fd->outer, first_vertex);
			continue;
		}
		build_error(b, "ExplicitTagNameRequired", t->pos, json_pack("[s]", f->name), "the tag of a count needs a name");
		build_hint(b, "@tag(name: \"%s_count\")", f->alias ? f->alias : f->name);
	}
	return r;
}

static int add_fold(struct build *b, const struct query_field *f, struct plan_vertex v)
{
	if (f->optional)
		refuse_on_fold(b, f, "@optional", f->optional_pos);
	if (f->depth)
		refuse_on_fold(b, f, "@recurse", f->recurse_pos);
	size_t before = b->n_errors;
	int r = build_params(b, v.edge.field, f, &v.edge.params);
	if (r < 0 || b->n_errors > before)
		return r;
	uint32_t fold = (uint32_t)b->q->n_folds++, first = (uint32_t)b->q->n_vertices;
	b->folds[fold] = (struct plan_fold){.component = (uint32_t)b->q->n_components, .parent = v.parent, .outer = v.component};
	v.optional = false;
	v.depth = 0;
	v.component = b->folds[fold].component;
	r = add_component(b, f, v, fold);
	if (r < 0 || b->n_errors > before)
		return r;
	if (f->own.n_outputs) {
		build_error(b, "UnsupportedEdgeOutput", f->own.outputs[0].pos, json_pack("[s]", f->name), "an edge cannot be put out: '%s'",
			    f->name);
		build_hint(b, "@fold @transform(op: \"count\") @output puts out how many there are");
	}
	return add_count(b, f, fold, first);
}

static int add_fields(struct build *b, uint32_t vertex);

static int add_edge(struct build *b, uint32_t parent, const struct query_field *f, const struct tf_field_def *def)
{
	const struct plan_vertex *from = &b->vertices[parent];
	const struct tf_type_def *type = field_type(b, f, def);
	struct plan_vertex v = {.component = from->component,
				.parent = parent,
				.edge = {.field = def, .from_type = from->type},
				.type = type,
				.coerced_from = f->coerced_to ? def->target : NULL,
				.optional = f->optional,
				.depth = f->depth};
	if (b->n_prefixes == COUNT_OF(b->prefixes)) {
		build_error(b, "LimitExceeded", f->pos, json_pack("[i]", (int)COUNT_OF(b->prefixes)), "edges are nested too deep");
		build_hint(b, "make two queries of it");
		return -E2BIG;
	}
	b->prefixes[b->n_prefixes++] = f->alias;
	int r = f->fold ? add_fold(b, f, v) : add_fields(b, add_vertex(b, f, &v));
	b->n_prefixes--;
	return r;
}

static int add_fields(struct build *b, uint32_t vertex)
{
	const struct query_field *node = b->nodes[vertex];
	int r = 0;
	for (size_t i = 0; r == 0 && i < node->n_fields; i++) {
		const struct query_field *f = &node->fields[i];
		const struct tf_field_def *def = field_is_typename(f) ? NULL : tf_type_field(b->vertices[vertex].type, f->name);
		r = def && def->target ? add_edge(b, vertex, f, def) : add_property(b, vertex, f);
	}
	return r;
}

/* ---- components ---- */

static int add_vertices(struct build *b, uint32_t component, uint32_t first)
{
	int r = 0;
	for (uint32_t i = first; r == 0 && i < b->q->n_vertices; i++) {
		if (b->vertices[i].component != component)
			continue;
		r = build_vertex(b, i, i == first);
	}
	return r;
}

static int add_edges(struct build *b, uint32_t component, uint32_t first)
{
	int r = 0;
	for (uint32_t i = first + 1; r == 0 && i < b->q->n_vertices; i++) {
		struct plan_vertex *v = &b->vertices[i];
		if (v->component != component)
			continue;
		size_t before = b->n_errors;
		if (v->depth)
			build_recursion(b, v, b->nodes[i]);
		r = build_params(b, v->edge.field, b->nodes[i], &v->edge.params);
		if (r == 0 && v->depth && b->n_errors == before)
			r = build_recurse_params(b, v, b->nodes[i]);
	}
	return r;
}

static int add_component(struct build *b, const struct query_field *f, struct plan_vertex v, uint32_t fold)
{
	uint32_t c = (uint32_t)b->q->n_components++, first = add_vertex(b, f, &v);
	size_t before = b->n_errors;
	b->components[c].fold = fold;
	int r = add_fields(b, first);
	if (r == 0)
		r = add_vertices(b, c, first);
	if (r == 0 && b->n_errors == before)
		r = add_edges(b, c, first);
	if (r == 0 && b->n_errors == before)
		r = build_check_outputs(b, c);
	return r;
}

/* The step of a component that vertex i stands for: itself, or the fold that begins with it; false: none. */
static bool step_at(const struct build *b, uint32_t component, uint32_t i, struct plan_step *ret)
{
	const struct plan_vertex *v = &b->vertices[i];
	uint32_t fold = b->components[v->component].fold;
	bool begins_fold = fold != PLAN_NONE && v->parent == b->folds[fold].parent;
	if (v->component == component)
		*ret = (struct plan_step){.vertex = i, .fold = PLAN_NONE};
	else if (begins_fold && b->folds[fold].outer == component)
		*ret = (struct plan_step){.vertex = PLAN_NONE, .fold = fold};
	else
		return false;
	return true;
}

static int add_steps(struct build *b, uint32_t component)
{
	struct plan_step *steps, one;
	size_t n = 0;
	for (uint32_t i = 0; i < b->q->n_vertices; i++)
		n += step_at(b, component, i, &one);
	int r = build_take(b, n, sizeof(*steps), &steps);
	n = 0;
	for (uint32_t i = 0; r == 0 && i < b->q->n_vertices; i++)
		n += step_at(b, component, i, &steps[n]); /* the last index is written only when there is a step */
	b->components[component].steps = steps;
	b->components[component].n_steps = n;
	return r;
}

/* ---- the query ---- */

static int take_arrays(struct build *b, const struct query_text *text, const struct check_size *size)
{
	int r = build_take(b, size->n_vertices, sizeof(*b->vertices), &b->vertices);
	r = r < 0 ? r : build_take(b, size->n_vertices, sizeof(*b->nodes), &b->nodes);
	r = r < 0 ? r : build_take(b, size->n_folds, sizeof(*b->folds), &b->folds);
	r = r < 0 ? r : build_take(b, size->n_folds + 1, sizeof(*b->components), &b->components);
	r = r < 0 ? r : build_take(b, text->size.n_tags, sizeof(*b->tags), &b->tags);
	r = r < 0 ? r : build_take(b, text->size.n_outputs, sizeof(*b->outputs), &b->outputs);
	r = r < 0 ? r : build_take(b, text->size.n_filters, sizeof(*b->uses), &b->uses);
	b->q->vertices = b->vertices;
	b->q->folds = b->folds;
	b->q->components = b->components;
	return r;
}

static int build_root(struct build *b, const struct query_field *f)
{
	const struct tf_type_def *root = tf_schema_root(b->schema);
	const struct tf_field_def *def = tf_type_field(root, f->name);
	struct plan_vertex v = {.parent = PLAN_NONE,
				.edge = {.field = def, .from_type = root},
				.type = field_type(b, f, def),
				.coerced_from = f->coerced_to ? def->target : NULL};
	int r = build_params(b, def, f, &v.edge.params);
	size_t before = b->n_errors;
	if (r == 0)
		r = add_component(b, f, v, PLAN_NONE);
	if (r < 0 || b->n_errors > before)
		return r;
	r = build_variables(b);
	if (r < 0)
		return r;
	build_check_tags(b);
	return build_check_outputs(b, PLAN_NONE);
}

int build_query(struct build *b, const struct query_text *text)
{
	struct check_size size = {0, 0};
	b->root = text->root;
	int r = check_names(b, text->root, &size);
	if (r < 0 || b->n_errors)
		return r;
	r = take_arrays(b, text, &size);
	if (r == 0)
		r = build_root(b, text->root);
	if (r < 0 || b->n_errors)
		return r;
	for (uint32_t c = 0; r == 0 && c < b->q->n_components; c++)
		r = add_steps(b, c);
	for (uint32_t i = (uint32_t)b->q->n_vertices; r == 0 && i-- > 0;)
		r = build_uses(b, i);
	return r < 0 ? r : build_finish_outputs(b);
}
