/* One vertex: what is said of its edge, the filters of its properties, and what is read of it. */
#include <string.h>

#include "trustfall/compile_priv.h"

#include "base/banned.h"

struct plan_source build_property_source(const struct build *b, uint32_t vertex, const struct query_field *f)
{
	const struct tf_field_def *def = field_is_typename(f) ? NULL : tf_type_field(b->vertices[vertex].type, f->name);
	return (struct plan_source){.vertex = vertex,
				    .fold = PLAN_NONE,
				    .property = def,
				    .type = def ? def->type : build_typename_type};
}

static void refuse_on_edge(struct build *b, const struct query_field *f, bool is_fold)
{
	const struct query_value *own = &f->own;
	if (own->n_outputs && !is_fold) {
		build_error(b, "UnsupportedEdgeOutput", own->outputs[0].pos, json_pack("[s]", f->name), "an edge cannot be put out: '%s'",
			    f->name);
		build_hint(b, "put out properties inside of it");
	}
	if (own->n_filters) {
		build_error(b, "UnsupportedEdgeFilter", own->filters[0].pos, json_pack("[s]", f->name), "an edge cannot be filtered: '%s'",
			    f->name);
		build_hint(b, "filter properties inside of it, or its count: @fold @transform(op: \"count\") @filter");
	}
	if (own->n_tags) {
		build_error(b, "UnsupportedEdgeTag", own->tags[0].pos, json_pack("[s]", f->name), "an edge cannot be tagged: '%s'", f->name);
		build_hint(b, "tag properties inside of it, or its count: @fold @transform(op: \"count\") @tag(name: \"n\")");
	}
}

/* Trustfall takes the fields of a vertex by name, in the order in which each name comes first. */
static bool is_first_of_name(const struct query_field *node, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(node->fields[k].name, node->fields[i].name) == 0)
			return false;
	return true;
}

static bool is_property(const struct build *b, uint32_t vertex, const struct query_field *f)
{
	if (field_is_typename(f))
		return true;
	return !tf_type_field(b->vertices[vertex].type, f->name)->target;
}

static int add_filters(struct build *b, uint32_t vertex)
{
	const struct query_field *node = b->nodes[vertex];
	struct plan_vertex *v = &b->vertices[vertex];
	struct plan_filter *filters;
	size_t n = 0;
	for (size_t i = 0; i < node->n_fields; i++)
		n += is_property(b, vertex, &node->fields[i]) ? node->fields[i].own.n_filters : 0;
	int r = build_take(b, n, sizeof(*filters), &filters);
	v->filters = filters;
	for (size_t i = 0; r == 0 && i < node->n_fields; i++) {
		if (!is_property(b, vertex, &node->fields[i]) || !is_first_of_name(node, i))
			continue;
		for (size_t k = i; k < node->n_fields; k++) {
			const struct query_field *f = &node->fields[k];
			struct plan_source subject = build_property_source(b, vertex, f);
			if (strcmp(f->name, node->fields[i].name) == 0)
				build_filters(b, &f->own, &subject, f->name, v->component, vertex, filters, &v->n_filters);
		}
	}
	return r;
}

int build_vertex(struct build *b, uint32_t vertex, bool is_first)
{
	refuse_on_edge(b, b->nodes[vertex], is_first);
	return add_filters(b, vertex);
}

/* ---- what is read of it ---- */

static void add_use(const char **uses, size_t *n, const char *name)
{
	for (size_t k = 0; k < *n; k++)
		if (strcmp(uses[k], name) == 0)
			return;
	uses[(*n)++] = name;
}

static bool starts_recursion(const struct plan_vertex *v, uint32_t from)
{
	return v->depth && v->parent == from;
}

int build_uses(struct build *b, uint32_t vertex)
{
	const struct query_field *node = b->nodes[vertex];
	struct plan_vertex *v = &b->vertices[vertex];
	size_t n = node->n_fields + 1;
	const char **uses;
	for (uint32_t i = vertex + 1; i < b->q->n_vertices; i++)
		n += starts_recursion(&b->vertices[i], vertex) ? b->vertices[i].n_uses : 0;
	int r = build_take(b, n, sizeof(*uses), &uses);
	if (r < 0)
		return r;
	n = 0;
	for (size_t i = 0; i < node->n_fields; i++) {
		const struct query_field *f = &node->fields[i];
		if (!is_property(b, vertex, f) || f->own.n_filters || f->own.n_outputs || f->own.n_tags)
			add_use(uses, &n, f->name);
	}
	if (v->depth)
		add_use(uses, &n, v->edge.field->name);
	for (uint32_t i = vertex + 1; i < b->q->n_vertices; i++)
		for (size_t k = 0; starts_recursion(&b->vertices[i], vertex) && k < b->vertices[i].n_uses; k++)
			add_use(uses, &n, b->vertices[i].uses[k]);
	v->uses = uses;
	v->n_uses = n;
	return 0;
}
