/* A plan in words: one line for each vertex, fold, filter and output, indented as the query is. */
#include <string.h>

#include "trustfall/compile_priv.h"

#include "base/banned.h"

struct out {
	const struct tf_query *q;
	struct strbuf *b;
};

static void indent(struct out *o, int depth)
{
	for (int i = 0; i < depth; i++)
		(void)strbuf_adds(o->b, "  ");
}

static void write_value(struct out *o, const struct tf_value *v)
{
	struct json_out j;
	json_out_init(&j, o->b);
	tf_value_write(&j, v);
}

static void write_edge(struct out *o, const struct plan_edge *e)
{
	(void)strbuf_adds(o->b, e->field->name);
	for (size_t i = 0; i < e->field->n_params; i++) {
		(void)strbuf_addf(o->b, "%s%s: ", i ? ", " : "(", e->field->params[i].name);
		write_value(o, &e->params[i]);
	}
	if (e->field->n_params)
		(void)strbuf_addc(o->b, ')');
}

static void write_source(struct out *o, const struct plan_source *s)
{
	if (s->fold != PLAN_NONE)
		(void)strbuf_addf(o->b, "count of fold %u", s->fold + 1);
	else
		(void)strbuf_adds(o->b, s->property ? s->property->name : "__typename");
}

/* What an adapter may make use of when it opens the edge: see hints.c. */
static bool is_hint(const struct out *o, const struct plan_filter *f)
{
	const struct plan_vertex *v = f->subject.vertex == PLAN_NONE ? NULL : &o->q->vertices[f->subject.vertex];
	if (!v || v->optional || v->depth || !f->subject.property)
		return false;
	switch (f->op) {
	case PLAN_EQUAL:
	case PLAN_ONE_OF:
	case PLAN_LESS:
	case PLAN_LESS_EQUAL:
	case PLAN_GREATER:
	case PLAN_GREATER_EQUAL:
	case PLAN_CONTAINS:
	case PLAN_HAS_PREFIX:
		return f->operand != PLAN_TAG || f->tag.vertex != f->subject.vertex; /* else not there yet */
	default:
		return false;
	}
}

static void write_filter(struct out *o, const struct plan_filter *f, uint32_t vertex, int depth)
{
	indent(o, depth);
	(void)strbuf_adds(o->b, "if ");
	write_source(o, &f->subject);
	(void)strbuf_addf(o->b, " %s", plan_op_name(f->op));
	if (f->operand == PLAN_VARIABLE)
		(void)strbuf_addf(o->b, " $%s", o->q->variables[f->variable].name);
	if (f->operand == PLAN_TAG) {
		(void)strbuf_addc(o->b, ' ');
		write_source(o, &f->tag);
		if (f->tag.vertex != PLAN_NONE && f->tag.vertex != vertex)
			(void)strbuf_addf(o->b, " of %u", f->tag.vertex + 1);
	}
	(void)strbuf_adds(o->b, is_hint(o, f) ? " (told to the adapter)\n" : "\n");
}

static void write_vertex_outputs(struct out *o, uint32_t vertex, int depth)
{
	for (size_t i = 0; i < o->q->n_outputs; i++) {
		const struct plan_output *out = &o->q->outputs[i];
		char type[TF_TYPE_TEXT];
		if (out->source.vertex != vertex || out->source.fold != PLAN_NONE)
			continue;
		indent(o, depth);
		(void)strbuf_addf(o->b, "put out %s as %s: %s\n", out->source.property ? out->source.property->name : "__typename",
				  out->column.name, tf_type_text(&out->column.type, type));
	}
}

static void write_vertex(struct out *o, uint32_t i, int depth)
{
	const struct plan_vertex *v = &o->q->vertices[i];
	indent(o, depth);
	(void)strbuf_addf(o->b, "%u. ", i + 1);
	if (v->parent != PLAN_NONE)
		(void)strbuf_addf(o->b, "from %u: ", v->parent + 1);
	write_edge(o, &v->edge);
	(void)strbuf_addf(o->b, " -> %s", v->coerced_from ? v->coerced_from->name : v->type->name);
	if (v->coerced_from)
		(void)strbuf_addf(o->b, ", only %s", v->type->name);
	if (v->optional)
		(void)strbuf_adds(o->b, ", optional");
	if (v->depth)
		(void)strbuf_addf(o->b, ", recursed to depth %u", v->depth);
	if (v->recurse_type)
		(void)strbuf_addf(o->b, " through %s", v->recurse_type->name);
	(void)strbuf_addc(o->b, '\n');
	for (size_t k = 0; k < v->n_filters; k++)
		write_filter(o, &v->filters[k], i, depth + 1);
	write_vertex_outputs(o, i, depth + 1);
}

static void write_component(struct out *o, uint32_t component, int depth);

static void write_fold(struct out *o, uint32_t fold, int depth)
{
	const struct plan_fold *f = &o->q->folds[fold];
	indent(o, depth);
	(void)strbuf_addf(o->b, "fold %u, for each of %u%s:\n", fold + 1, f->parent + 1, f->counted ? ", counted" : "");
	write_component(o, f->component, depth + 1);
	for (size_t k = 0; k < f->n_filters; k++)
		write_filter(o, &f->filters[k], PLAN_NONE, depth + 1);
	for (size_t i = 0; i < o->q->n_outputs; i++) {
		const struct plan_output *out = &o->q->outputs[i];
		char type[TF_TYPE_TEXT];
		if (out->source.fold != fold)
			continue;
		indent(o, depth + 1);
		(void)strbuf_addf(o->b, "put out the count as %s: %s\n", out->column.name, tf_type_text(&out->column.type, type));
	}
}

/* Folds are in folds no deeper than the text was nested. */
static void write_component(struct out *o, uint32_t component, int depth)
{
	const struct plan_component *c = &o->q->components[component];
	for (size_t i = 0; i < c->n_steps; i++) {
		if (c->steps[i].vertex != PLAN_NONE)
			write_vertex(o, c->steps[i].vertex, depth);
		else
			write_fold(o, c->steps[i].fold, depth);
	}
}

int tf_query_explain(const struct tf_query *q, struct strbuf *b)
{
	struct out o = {.q = q, .b = b};
	write_component(&o, 0, 0);
	for (size_t i = 0; i < q->n_variables; i++) {
		char type[TF_TYPE_TEXT];
		(void)strbuf_addf(b, "%s$%s: %s", i ? ", " : "needs ", q->variables[i].name, tf_type_text(&q->variables[i].type, type));
	}
	if (q->n_variables)
		(void)strbuf_addc(b, '\n');
	return strbuf_ok(b) ? 0 : -ENOMEM;
}
