/* Names that a query gives: tags and outputs. */
#include <string.h>

#include "trustfall/compile_priv.h"

#include "base/banned.h"

/* ---- tags ---- */

struct build_tag *build_find_tag(struct build *b, const char *name)
{
	for (size_t i = 0; i < b->n_tags; i++)
		if (strcmp(b->tags[i].name, name) == 0)
			return &b->tags[i];
	return NULL;
}

void build_add_tag(struct build *b, const struct query_name *t, const char *name, const struct plan_source *source,
		   uint32_t component, uint32_t vertex)
{
	const struct build_tag *same = build_find_tag(b, name);
	if (same) {
		build_error(b, "MultipleTagsWithSameName", t->pos, json_pack("[s]", name), "there is a tag '%s' in line %u already", name,
			    same->pos.line);
		build_hint(b, "give one of them another name: @tag(name: \"...\")");
		return;
	}
	b->tags[b->n_tags++] = (struct build_tag){
		.name = name, .pos = t->pos, .source = *source, .component = component, .vertex = vertex};
}

static int compare_tags(const void *a, const void *b)
{
	return strcmp(((const struct build_tag *)a)->name, ((const struct build_tag *)b)->name);
}

void build_check_tags(struct build *b)
{
	if (b->n_tags)
		qsort(b->tags, b->n_tags, sizeof(*b->tags), compare_tags);
	const struct build_tag *first = NULL;
	json_t *names = NULL;
	size_t n = 0;
	for (size_t i = 0; i < b->n_tags; i++) {
		const struct build_tag *t = &b->tags[i];
		if (t->used)
			continue;
		names = names ? names : json_array();
		if (names)
			(void)json_array_append_new(names, json_string(t->name)); /* out of memory: one less is told */
		first = first && build_compare_pos(first->pos, t->pos) < 0 ? first : t;
		n++;
	}
	if (!first)
		return;
	build_error(b, "UnusedTags", first->pos, json_pack("[o]", names), n > 1 ? "the tag '%s' and others are not used" : "the tag '%s' is not used",
		    first->name);
	build_hint(b, "use it in a filter as \"%%%s\", or leave it out", first->name);
}

/* ---- outputs ---- */

int build_add_output(struct build *b, const struct query_name *o, const char *base, const char *suffix,
		     const struct build_output *out)
{
	AUTO_STRBUF name = STRBUF_INIT;
	if (o->name)
		(void)strbuf_adds(&name, o->name);
	for (size_t i = 0; !o->name && i < b->n_prefixes; i++)
		(void)strbuf_adds(&name, b->prefixes[i] ? b->prefixes[i] : "");
	if (!o->name) {
		(void)strbuf_adds(&name, base);
		(void)strbuf_adds(&name, suffix);
	}
	char *text = strbuf_ok(&name) ? tf_arena_text(b->arena, name.s, name.n) : NULL;
	if (!text)
		return -ENOMEM;
	struct build_output *made = &b->outputs[b->n_outputs++];
	*made = *out;
	made->name = text;
	made->pos = o->pos;
	return 0;
}

static bool counts(const struct build_output *o, uint32_t component)
{
	return component == PLAN_NONE || o->component == component;
}

/* By name, those of one name in the order in which they were added. */
static int compare_names(const void *a, const void *b)
{
	const struct build_output *x = *(const struct build_output *const *)a, *y = *(const struct build_output *const *)b;
	int by_name = strcmp(x->name, y->name);
	return by_name ? by_name : (x > y) - (x < y);
}

/* [["Type", "field"], …] */
static json_t *fields_json(const struct build_output *const *v, size_t n)
{
	json_t *all = json_array();
	for (size_t i = 0; all && i < n; i++)
		(void)json_array_append_new(all, json_pack("[s,s]", v[i]->of, v[i]->field)); /* out of memory: one less is told */
	return all;
}

/* `v` is sorted. */
static void tell_same_names(struct build *b, const struct build_output *const *v, size_t n)
{
	json_t *all = NULL;
	const struct build_output *second = NULL;
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && strcmp(v[end]->name, v[i]->name) == 0;)
			end++;
		if (end == i + 1)
			continue;
		second = second ? second : v[i + 1];
		all = all ? all : json_object();
		if (all)
			(void)json_object_set_new(all, v[i]->name, fields_json(&v[i], end - i)); /* else one less is told */
	}
	if (!second)
		return;
	build_error(b, "MultipleOutputsWithSameName", second->pos, json_pack("[o]", all), "several outputs have the name '%s'", second->name);
	build_hint(b, "give one of them a name, @output(name: \"...\"), or an edge around it an alias");
}

int build_check_outputs(struct build *b, uint32_t component)
{
	const struct build_output **v;
	size_t n = 0;
	for (size_t i = 0; i < b->n_outputs; i++)
		n += counts(&b->outputs[i], component);
	if (n < 2)
		return 0;
	int r = build_take(b, n, sizeof(*v), &v);
	if (r < 0)
		return r;
	n = 0;
	for (size_t i = 0; i < b->n_outputs; i++)
		if (counts(&b->outputs[i], component))
			v[n++] = &b->outputs[i];
	qsort(v, n, sizeof(*v), compare_names);
	tell_same_names(b, v, n);
	return 0;
}

/* ---- what the plan says of them ---- */

/* Whether the vertex need not be there: it or one before it in its component is optional. */
static bool is_optional(const struct build *b, uint32_t vertex)
{
	uint32_t component = b->vertices[vertex].component;
	while (vertex != PLAN_NONE && b->vertices[vertex].component == component) {
		if (b->vertices[vertex].optional)
			return true;
		vertex = b->vertices[vertex].parent;
	}
	return false;
}

/* That of the value, nullable when its vertex may be missing, in a list for each fold around it, each nullable likewise. */
static struct tf_type output_type(const struct build *b, const struct build_output *o)
{
	struct tf_type t = o->source.type;
	uint32_t vertex = o->source.fold == PLAN_NONE ? o->source.vertex : b->folds[o->source.fold].parent;
	if (is_optional(b, vertex))
		t = tf_type_with_required(t, false);
	for (uint32_t fold = b->components[o->component].fold; fold != PLAN_NONE;
	     fold = b->components[b->folds[fold].outer].fold)
		t = tf_type_list_of(t, !is_optional(b, b->folds[fold].parent));
	return t;
}

static int compare_outputs(const void *a, const void *b)
{
	const struct build_output *x = a, *y = b;
	return build_compare_pos(x->pos, y->pos);
}

static int component_outputs(struct build *b, uint32_t component)
{
	uint32_t *ids;
	size_t n = 0;
	for (size_t i = 0; i < b->n_outputs; i++)
		n += build_is_inside(b, b->outputs[i].component, component);
	int r = build_take(b, n, sizeof(*ids), &ids);
	n = 0;
	for (uint32_t i = 0; r == 0 && i < b->n_outputs; i++)
		if (build_is_inside(b, b->outputs[i].component, component))
			ids[n++] = i;
	b->components[component].outputs = ids;
	b->components[component].n_outputs = n;
	return r;
}

int build_finish_outputs(struct build *b)
{
	struct plan_output *made;
	if (b->n_outputs)
		qsort(b->outputs, b->n_outputs, sizeof(*b->outputs), compare_outputs);
	int r = build_take(b, b->n_outputs, sizeof(*made), &made);
	for (size_t i = 0; r == 0 && i < b->n_outputs; i++) {
		const struct build_output *o = &b->outputs[i];
		made[i] = (struct plan_output){.column = {.name = o->name, .type = output_type(b, o)},
					       .source = o->source,
					       .component = o->component};
	}
	b->q->outputs = made;
	b->q->n_outputs = b->n_outputs;
	for (uint32_t c = 0; r == 0 && c < b->q->n_components; c++)
		r = component_outputs(b, c);
	return r;
}
