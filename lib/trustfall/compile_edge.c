/* Edges: the values of their parameters, and what @recurse may follow. */
#include <string.h>

#include "trustfall/compile_priv.h"

#include "base/banned.h"

/* ---- parameters ---- */

static const struct query_param *given_param(const struct query_field *f, const char *name)
{
	for (size_t i = 0; i < f->n_params; i++)
		if (strcmp(f->params[i].name, name) == 0)
			return &f->params[i];
	return NULL;
}

static const struct tf_param_def *defined_param(const struct tf_field_def *edge, const char *name)
{
	for (size_t i = 0; i < edge->n_params; i++)
		if (strcmp(edge->params[i].name, name) == 0)
			return &edge->params[i];
	return NULL;
}

static const char *item_text(const struct tf_type *list, char ret[TF_TYPE_TEXT])
{
	struct tf_type item = tf_type_item(*list);
	return tf_type_text(&item, ret);
}

static void wrong_value(struct build *b, const struct tf_field_def *edge, const struct tf_param_def *p, const struct query_param *given)
{
	char type[TF_TYPE_TEXT];
	tf_type_text(&p->type, type);
	json_t *value = tf_value_json(&given->value);
	build_error(b, "InvalidEdgeParameterType", given->value_pos, json_pack("[s,s,s,o]", p->name, edge->name, type, value),
		    "'%s' of '%s' has to be %s", p->name, edge->name, type);
	if (given->has_enum)
		build_hint(b, "strings stand in quotes");
	else if (given->value.kind == TF_NULL)
		build_hint(b, "it cannot be null%s", p->has_default ? "; leave it out for its default" : "");
	else if (p->type.n_lists && given->value.kind != TF_LIST)
		build_hint(b, "put it into a list: [ ]");
	else if (p->type.n_lists)
		build_hint(b, "each item of the list has to be %s", item_text(&p->type, type));
	else
		build_hint(b, "%s", tf_type_scalar_hint(p->type.name));
}

static void missing_value(struct build *b, const struct tf_field_def *edge, const struct tf_param_def *p, const struct query_field *f)
{
	char type[TF_TYPE_TEXT];
	build_error(b, "MissingRequiredEdgeParameter", f->pos, json_pack("[s,s]", p->name, edge->name), "'%s' needs '%s'", edge->name,
		    p->name);
	build_hint(b, "%s(%s: ...), of the type %s", edge->name, p->name, tf_type_text(&p->type, type));
}

static void unexpected_value(struct build *b, const struct tf_field_def *edge, const struct query_param *given)
{
	const char *names[16];
	size_t n = edge->n_params < COUNT_OF(names) ? edge->n_params : COUNT_OF(names);
	for (size_t i = 0; i < n; i++)
		names[i] = edge->params[i].name;
	build_error(b, "UnexpectedEdgeParameter", given->pos, json_pack("[s,s]", given->name, edge->name), "'%s' has no parameter '%s'",
		    edge->name, given->name);
	const char *near = str_nearest(given->name, names, n);
	if (near)
		build_hint(b, "did you mean '%s'?", near);
	else if (n == 0)
		build_hint(b, "it has none");
	else
		build_hint(b, "it has '%s'%s", names[0], n > 1 ? " and others: see the schema" : "");
}

/* By name, as Trustfall tells them. */
static void check_unexpected(struct build *b, const struct tf_field_def *edge, const struct query_field *f)
{
	const char *last = "";
	for (;;) {
		const struct query_param *next = NULL;
		for (size_t i = 0; i < f->n_params; i++) {
			const struct query_param *p = &f->params[i];
			if (strcmp(p->name, last) > 0 && (!next || strcmp(p->name, next->name) < 0))
				next = p;
		}
		if (!next)
			return;
		last = next->name;
		if (!defined_param(edge, last))
			unexpected_value(b, edge, next);
	}
}

static struct tf_value default_value(const struct tf_param_def *p)
{
	return p->has_default ? p->value : TF_VALUE_NULL;
}

/* GraphQL's own rule for literals: 4 is a Float where one is wanted. Only as far as every integer is a double. */
static int widen(struct build *b, struct tf_value *v)
{
	const int64_t most = INT64_C(1) << 53;
	if (v->kind == TF_INT && v->i >= -most && v->i <= most)
		*v = tf_float((double)v->i);
	if (v->kind != TF_LIST)
		return 0;
	struct tf_value *items;
	int r = build_take(b, v->n, sizeof(*items), &items);
	for (uint32_t i = 0; r == 0 && i < v->n; i++) {
		items[i] = v->v[i];
		r = widen(b, &items[i]);
	}
	*v = tf_list(items, v->n);
	return r;
}

int build_params(struct build *b, const struct tf_field_def *edge, const struct query_field *f, const struct tf_value **ret)
{
	struct tf_value *values;
	int r = build_take(b, edge->n_params, sizeof(*values), &values);
	for (size_t i = 0; r == 0 && i < edge->n_params; i++) {
		const struct tf_param_def *p = &edge->params[i];
		const struct query_param *given = given_param(f, p->name);
		values[i] = given ? given->value : default_value(p);
		if (given && strcmp(p->type.name, "Float") == 0)
			r = widen(b, &values[i]);
		if (given && (given->has_enum || !tf_type_takes(&p->type, &values[i])))
			wrong_value(b, edge, p, given);
		else if (!given && !p->has_default && tf_type_is_required(&p->type))
			missing_value(b, edge, p, f);
	}
	if (r == 0)
		check_unexpected(b, edge, f);
	*ret = values;
	return r;
}

/* ---- @recurse ---- */

/*
 * The one type that brought the edge: of `t` and its interfaces the one that has it and none of whose interfaces has it. NULL when
 * there are several.
 */
static const struct tf_type_def *edge_origin(const struct tf_type_def *t, const char *name)
{
	const struct tf_type_def *found = NULL;
	for (size_t i = 0; i <= t->n_supertypes; i++) {
		const struct tf_type_def *one = i < t->n_supertypes ? t->supertypes[i] : t;
		bool inherited = !tf_type_field(one, name);
		for (size_t k = 0; !inherited && k < one->n_supertypes; k++)
			inherited = tf_type_field(one->supertypes[k], name);
		if (inherited)
			continue;
		if (found)
			return NULL;
		found = one;
	}
	return found;
}

static void unrelated(struct build *b, const struct query_field *f, const struct tf_type_def *from, const struct tf_type_def *to)
{
	bool narrower = tf_type_is(to, from);
	build_error(b, narrower ? "RecursionToSubtype" : "RecursingNonRecursableEdge", f->recurse_pos,
		    json_pack("[s,s,s]", f->name, from->name, to->name), "'%s' cannot be recursed: it leads from %s to %s", f->name, from->name,
		    to->name);
	if (narrower)
		build_hint(b, "begin with a %s: '... on %s { %s @recurse ... }'", to->name, to->name, f->name);
	else
		build_hint(b, "an edge can be recursed when what it leads to has it too");
}

void build_recursion(struct build *b, struct plan_vertex *v, const struct query_field *f)
{
	const struct tf_type_def *from = v->edge.from_type, *to = v->edge.field->target, *origin = to;
	v->recurse_edge = v->edge;
	if (from == to)
		return;
	if (!tf_type_is(from, to)) {
		unrelated(b, f, from, to);
		return;
	}
	const struct tf_field_def *again = tf_type_field(to, f->name);
	if (!again) { /* only vertices of a narrower type have it: others are kept and go no further */
		origin = edge_origin(from, f->name);
		again = origin ? tf_type_field(origin, f->name) : NULL;
		v->recurse_type = origin;
	}
	if (!again) {
		build_error(b, "AmbiguousOriginEdgeRecursion", f->recurse_pos, json_pack("[s]", f->name),
			    "'%s' cannot be recursed: several interfaces of %s bring it", f->name, from->name);
		build_hint(b, "coerce to one of them first: '... on Type'");
	} else if (again->target != to) {
		build_error(b, "EdgeRecursionNeedingMultipleCoercions", f->recurse_pos, json_pack("[s]", f->name),
			    "'%s' cannot be recursed: it leads from %s to %s, and from %s to %s", f->name, from->name, to->name, origin->name,
			    again->target->name);
		build_hint(b, "it can be recursed when it leads to %s from there too; or write the edge once for each level", to->name);
	}
	v->recurse_edge = (struct plan_edge){.field = again, .from_type = origin};
}

/* The edge of a wider type may want what that of a narrower one can do without. */
static void wrong_recursed_value(struct build *b, const struct plan_edge *e, const struct tf_param_def *p, const struct tf_value *v,
				 const struct query_field *f)
{
	char type[TF_TYPE_TEXT];
	const struct query_param *given = given_param(f, p->name);
	build_error(b, "InvalidEdgeParameterType", given ? given->value_pos : f->recurse_pos,
		    json_pack("[s,s,s,o]", p->name, f->name, tf_type_text(&p->type, type), tf_value_json(v)),
		    "'%s' of '%s' has to be %s: @recurse goes on from vertices of the type %s", p->name, f->name, type, e->from_type->name);
	build_hint(b, "%s(%s: ...), of the type %s", f->name, p->name, type);
}

int build_recurse_params(struct build *b, struct plan_vertex *v, const struct query_field *f)
{
	const struct tf_field_def *field = v->recurse_edge.field;
	if (field == v->edge.field) {
		v->recurse_edge.params = v->edge.params;
		return 0;
	}
	struct tf_value *values;
	int r = build_take(b, field->n_params, sizeof(*values), &values);
	for (size_t i = 0; r == 0 && i < field->n_params; i++) {
		const struct tf_param_def *same = defined_param(v->edge.field, field->params[i].name);
		values[i] = same ? v->edge.params[same - v->edge.field->params] : default_value(&field->params[i]);
		if (!tf_type_takes(&field->params[i].type, &values[i]))
			wrong_recursed_value(b, &v->recurse_edge, &field->params[i], &values[i], f);
	}
	v->recurse_edge.params = values;
	return r;
}
