/*
 * fuzz_trustfall_query.c - any bytes as a query over songs: a plan whose parts all point at each other, or errors with places.
 */
#include "trustfall/plan_priv.h"

#include <stdlib.h>
#include <string.h>

#include "../tests/trustfall/songs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_source(const struct tf_query *q, const struct plan_source *s)
{
	check((s->vertex == PLAN_NONE) != (s->fold == PLAN_NONE));
	check(s->vertex == PLAN_NONE ? s->fold < q->n_folds && q->folds[s->fold].counted : s->vertex < q->n_vertices);
	if (s->vertex != PLAN_NONE && s->property)
		check(tf_type_field(q->vertices[s->vertex].type, s->property->name) == s->property && !s->property->target);
}

static void check_filters(const struct tf_query *q, const struct plan_filter *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		check(f[i].op < PLAN_OP_COUNT && (f[i].operand == PLAN_NO_OPERAND) == (f[i].op <= PLAN_IS_NOT_NULL));
		check_source(q, &f[i].subject);
		if (f[i].operand == PLAN_VARIABLE)
			check(f[i].variable < q->n_variables);
		if (f[i].operand == PLAN_TAG)
			check_source(q, &f[i].tag);
	}
}

/* Each vertex and fold is one step of one component, behind what it comes from. */
static void check_steps(const struct tf_query *q)
{
	size_t n_vertices = 0, n_folds = 0;
	for (uint32_t c = 0; c < q->n_components; c++) {
		const struct plan_component *p = &q->components[c];
		check(p->n_steps > 0 && p->steps[0].vertex != PLAN_NONE && (c == 0) == (p->fold == PLAN_NONE));
		for (size_t i = 0; i < p->n_steps; i++) {
			const struct plan_step s = p->steps[i];
			check((s.vertex == PLAN_NONE) != (s.fold == PLAN_NONE));
			if (s.vertex != PLAN_NONE)
				check(q->vertices[s.vertex].component == c);
			else
				check(q->folds[s.fold].outer == c && q->components[q->folds[s.fold].component].fold == s.fold);
			n_vertices += s.vertex != PLAN_NONE;
			n_folds += s.fold != PLAN_NONE;
		}
		for (size_t i = 0; i < p->n_outputs; i++)
			check(p->outputs[i] < q->n_outputs);
	}
	check(n_vertices == q->n_vertices && n_folds == q->n_folds);
}

static void check_plan(const struct tf_query *q)
{
	check(q->n_components == q->n_folds + 1 && q->components[0].n_outputs == q->n_outputs);
	check_steps(q);
	for (uint32_t i = 0; i < q->n_vertices; i++) {
		const struct plan_vertex *v = &q->vertices[i];
		check((i == 0) == (v->parent == PLAN_NONE) && (i == 0 || v->parent < i));
		check(v->edge.field->target && tf_type_field(v->edge.from_type, v->edge.field->name) == v->edge.field);
		if (v->depth)
			check(v->recurse_edge.field->target == v->edge.field->target);
		for (size_t k = 0; k < v->edge.field->n_params; k++)
			check(tf_type_takes(&v->edge.field->params[k].type, &v->edge.params[k]));
		check_filters(q, v->filters, v->n_filters);
	}
	for (size_t i = 0; i < q->n_folds; i++)
		check_filters(q, q->folds[i].filters, q->folds[i].n_filters);
	for (size_t i = 0; i < q->n_outputs; i++) {
		check_source(q, &q->outputs[i].source);
		for (size_t k = 0; k < i; k++)
			check(strcmp(q->outputs[i].column.name, q->outputs[k].column.name) != 0);
	}
	AUTO_STRBUF b = STRBUF_INIT;
	check(tf_query_explain(q, &b) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(tf_schema) s = NULL;
	AUTO(tf_query) q = NULL;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	check(tf_schema_parse(SONGS_SCHEMA, sizeof(SONGS_SCHEMA) - 1, &s, NULL) == 0);
	if (tf_query_compile(s, (const char *)data, size, &q, &errors) == 0) {
		check_plan(q);
		return 0;
	}
	AUTO_STRBUF b = STRBUF_INIT;
	AUTO_JSON json_t *j = tf_errors_json(&errors);
	check(errors.n > 0 && j && !q && tf_errors_show(&errors, (const char *)data, size, &b) == 0);
	for (size_t i = 0; i < errors.n; i++)
		check(errors.v[i].message[0] && (errors.v[i].pos.line || strcmp(errors.v[i].kind, "LimitExceeded") == 0));
	return 0;
}
