/*
 * The tree of a query's text. Mistakes are found in Trustfall's order: of each field first its arguments, then all its directives
 * one by one, then where they stand, then what is selected below it; the first one ends it.
 */
#include <string.h>

#include "base/limits.h"
#include "trustfall/query_priv.h"

#include "base/banned.h"

struct reader {
	struct tf_arena *arena;
	struct tf_errors *errors;
	struct query_size size;
};

static int parse_error(struct reader *r, const char *kind, struct tf_pos pos, const char *message, const char *hint)
{
	int e = tf_error_add(r->errors, TF_STAGE_PARSE, kind, pos, json_array(), "%s", message);
	tf_error_hint(r->errors, "%s", hint);
	return e;
}

/* ---- arguments of an edge ---- */

static json_t *value_json(const struct ast_value *v)
{
	json_t *j;
	switch (v->kind) {
	case AST_CONST:
		return tf_value_json(&v->value);
	case AST_ENUM:
		return json_string(v->value.s);
	case AST_VARIABLE:
		return json_pack("s+", "$", v->value.s);
	case AST_LIST:
		j = json_array();
		for (size_t i = 0; j && i < v->n; i++)
			(void)json_array_append_new(j, value_json(&v->items[i])); /* out of memory: an argument less is told */
		return j;
	case AST_OBJECT:
		break;
	}
	j = json_object();
	for (size_t i = 0; j && i < v->n; i++)
		(void)json_object_set_new(j, v->fields[i].name, value_json(&v->fields[i].value));
	return j;
}

/* 1: it cannot be a value. */
static int read_value(struct reader *r, const struct ast_value *v, struct tf_value *ret, bool *has_enum)
{
	if (v->kind == AST_OBJECT || v->kind == AST_VARIABLE)
		return 1;
	if (v->kind != AST_LIST) {
		*ret = v->value;
		*has_enum |= v->kind == AST_ENUM;
		return 0;
	}
	struct tf_value *items;
	int bad = tf_arena_array(r->arena, v->n, sizeof(*items), &items);
	for (size_t i = 0; bad == 0 && i < v->n; i++)
		bad = read_value(r, &v->items[i], &items[i], has_enum);
	*ret = tf_list(items, v->n);
	return bad;
}

static int bad_value(struct reader *r, const char *field, const struct ast_argument *arg)
{
	int e = tf_error_add(r->errors, TF_STAGE_PARSE, "InvalidFieldArgument", arg->value.pos,
			     json_pack("[s,s,o]", field, arg->name, value_json(&arg->value)),
			     "'%s' of '%s' has to be a number, a string, true, false, null or a list of these", arg->name, field);
	if (arg->value.kind != AST_VARIABLE)
		tf_error_hint(r->errors, "there are no objects and no variables in parameters");
	else
		tf_error_hint(r->errors, "variables stand in filters only: @filter(op: \"=\", value: [\"$%s\"])", arg->value.value.s);
	return e;
}

static int twice(struct reader *r, const char *field, const struct ast_argument *arg)
{
	int e = tf_error_add(r->errors, TF_STAGE_PARSE, "DuplicatedEdgeParameter", arg->value.pos,
			     json_pack("[s,s]", arg->name, field), "'%s' of '%s' is given twice", arg->name, field);
	tf_error_hint(r->errors, "keep one of them");
	return e;
}

static int read_params(struct reader *r, const struct ast_selection *s, struct query_field *f)
{
	struct query_param *params;
	int e = tf_arena_array(r->arena, s->n_arguments, sizeof(*params), &params);
	if (e < 0)
		return e;
	for (size_t i = 0; i < s->n_arguments; i++) {
		const struct ast_argument *arg = &s->arguments[i];
		params[i] = (struct query_param){.name = arg->name, .pos = arg->pos, .value_pos = arg->value.pos};
		e = read_value(r, &arg->value, &params[i].value, &params[i].has_enum);
		if (e < 0)
			return e;
		if (e)
			return bad_value(r, s->name, arg);
		for (size_t k = 0; k < i; k++)
			if (strcmp(params[k].name, arg->name) == 0)
				return twice(r, s->name, arg);
	}
	f->params = params;
	f->n_params = s->n_arguments;
	return 0;
}

/* ---- where directives stand ---- */

static int bad_place(struct reader *r, const struct directive *d, const char *why, const char *hint)
{
	const char *name = directive_name(d->kind);
	int e = tf_error_add(r->errors, TF_STAGE_PARSE, "UnsupportedDirectivePosition", d->pos, json_pack("[s,s]", name, why), "%s: %s",
			     name, why);
	tf_error_hint(r->errors, "%s", hint);
	return e;
}

static int duplicate(struct reader *r, const struct directive *d)
{
	const char *name = directive_name(d->kind);
	int e = tf_error_add(r->errors, TF_STAGE_PARSE, "UnsupportedDuplicatedDirective", d->pos, json_pack("[s]", name),
			     "%s is there twice", name);
	tf_error_hint(r->errors, "keep one of them");
	return e;
}

static void put_value(struct query_value *v, const struct directive *d)
{
	struct query_name name = {.name = d->name, .pos = d->pos};
	if (d->kind == DIRECTIVE_FILTER)
		v->filters[v->n_filters++] = d->filter;
	else if (d->kind == DIRECTIVE_OUTPUT)
		v->outputs[v->n_outputs++] = name;
	else
		v->tags[v->n_tags++] = name;
}

static int place_before_fold(struct reader *r, struct query_field *f, const struct directive *d)
{
	static const char no_fold[] = "@transform applied to non-folded edge field";
	switch (d->kind) {
	case DIRECTIVE_OPTIONAL:
		if (f->optional)
			return duplicate(r, d);
		f->optional = true;
		f->optional_pos = d->pos;
		return 0;
	case DIRECTIVE_RECURSE:
		if (f->depth)
			return duplicate(r, d);
		f->depth = d->depth;
		f->recurse_pos = d->pos;
		return 0;
	case DIRECTIVE_FOLD:
		f->fold = true;
		f->fold_pos = d->pos;
		return 0;
	case DIRECTIVE_TRANSFORM:
		(void)tf_error_add(r->errors, TF_STAGE_PARSE, "OtherError", d->pos, json_pack("[s]", no_fold),
				   "@transform is for folded edges, and there is no @fold before it");
		tf_error_hint(r->errors, "@fold @transform(op: \"count\")");
		return -EINVAL;
	default:
		put_value(&f->own, d);
		return 0;
	}
}

static int place_after_fold(struct reader *r, struct query_field *f, const struct directive *d)
{
	if (d->kind == DIRECTIVE_TRANSFORM) {
		f->counted = true;
		return 0;
	}
	if (d->kind == DIRECTIVE_FOLD)
		return duplicate(r, d);
	bool of_value = d->kind == DIRECTIVE_FILTER || d->kind == DIRECTIVE_OUTPUT || d->kind == DIRECTIVE_TAG;
	return bad_place(r, d, "this directive cannot appear after a @fold directive",
			 of_value ? "for the number of what is folded, write @transform(op: \"count\") before it"
				  : "an edge that is folded can be neither @optional nor @recurse; fold an edge further in");
}

static int place_after_transform(struct reader *r, struct query_field *f, const struct directive *d)
{
	if (d->kind == DIRECTIVE_TRANSFORM)
		return duplicate(r, d);
	if (d->kind == DIRECTIVE_FOLD || d->kind == DIRECTIVE_OPTIONAL || d->kind == DIRECTIVE_RECURSE)
		return bad_place(r, d, "this directive cannot appear after a @transform directive",
				 "after @transform stand @filter, @output and @tag, which speak of the count");
	put_value(&f->count, d);
	return 0;
}

static int take_values(struct reader *r, const struct directive *d, size_t n, struct query_value *v)
{
	size_t n_of[DIRECTIVE_KIND_COUNT] = {0};
	for (size_t i = 0; i < n; i++)
		n_of[d[i].kind]++;
	int e = tf_arena_array(r->arena, n_of[DIRECTIVE_FILTER], sizeof(*v->filters), &v->filters);
	e = e < 0 ? e : tf_arena_array(r->arena, n_of[DIRECTIVE_OUTPUT], sizeof(*v->outputs), &v->outputs);
	return e < 0 ? e : tf_arena_array(r->arena, n_of[DIRECTIVE_TAG], sizeof(*v->tags), &v->tags);
}

static int read_directives(struct reader *r, const struct ast_selection *s, struct query_field *f)
{
	struct directive *d;
	size_t n = s->n_directives, i;
	int e = tf_arena_array(r->arena, n, sizeof(*d), &d);
	for (i = 0; e == 0 && i < n; i++)
		e = directive_read(&s->directives[i], &d[i], r->errors);
	if (e == 0)
		e = take_values(r, d, n, &f->own);
	if (e == 0)
		e = take_values(r, d, n, &f->count);
	for (i = 0; e == 0 && i < n; i++)
		e = f->counted ? place_after_transform(r, f, &d[i])
		  : f->fold    ? place_after_fold(r, f, &d[i])
			       : place_before_fold(r, f, &d[i]);
	r->size.n_filters += f->own.n_filters + f->count.n_filters;
	r->size.n_outputs += f->own.n_outputs + f->count.n_outputs;
	r->size.n_tags += f->own.n_tags + f->count.n_tags;
	return e;
}

/* ---- selections ---- */

static const struct ast_selection *first_of(const struct ast_selection *s, size_t n, enum ast_selection_kind k)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].kind == k)
			return &s[i];
	return NULL;
}

static int refuse_spread(struct reader *r, struct tf_pos pos)
{
	int e = tf_error_add(r->errors, TF_STAGE_PARSE, "UnsupportedSyntax", pos, json_pack("[s]", "fragment spread"),
			     "named fragments cannot be used");
	tf_error_hint(r->errors, "write what the fragment has in its place");
	return e;
}

/* `... on X` must be all that its vertex selects, and nothing may be asked of the coercion itself. */
static int read_coercion(struct reader *r, const struct ast_selection *s, const struct ast_selection *inner, struct query_field *f)
{
	if (s->n_selections > 1) {
		int e = parse_error(r, "TypeCoercionWithSiblingFields", s->selections[1].pos, "a type coercion must stand alone", "");
		tf_error_hint(r->errors, "move the fields beside it into '... on %s { }'", inner->name ? inner->name : "Type");
		return e;
	}
	if (inner->n_directives) {
		struct directive d;
		int e = directive_read(&inner->directives[0], &d, r->errors);
		return e < 0 ? e
			     : bad_place(r, &d, "this directive cannot be applied to a type coercion",
					 "filter properties inside of it, or put the directive on the edge");
	}
	f->coerced_to = inner->name;
	f->coerced_pos = inner->name ? inner->name_pos : inner->pos;
	return 0;
}

static int read_field(struct reader *r, const struct ast_selection *s, struct query_field *f);

static int read_fields(struct reader *r, const struct ast_selection *s, struct query_field *f)
{
	struct query_field *fields;
	int e = tf_arena_array(r->arena, s->n_selections, sizeof(*fields), &fields);
	for (size_t i = 0; e == 0 && i < s->n_selections; i++) {
		const struct ast_selection *one = &s->selections[i];
		if (one->kind == AST_FRAGMENT_SPREAD) {
			e = refuse_spread(r, one->pos);
		} else if (one->kind == AST_INLINE_FRAGMENT) {
			e = parse_error(r, "NestedTypeCoercion", one->pos, "a type coercion stands inside of another one",
					"coerce once, to the narrower type");
		} else {
			e = read_field(r, one, &fields[i]);
		}
	}
	f->fields = fields;
	f->n_fields = s->n_selections;
	return e;
}

/* Its depth is that of the tree, which the parser bounds. */
static int read_field(struct reader *r, const struct ast_selection *s, struct query_field *f)
{
	f->name = s->name;
	f->alias = s->alias;
	f->pos = s->pos;
	r->size.n_fields++;
	int e = read_params(r, s, f);
	if (e == 0)
		e = read_directives(r, s, f);
	if (e < 0)
		return e;
	const struct ast_selection *spread = first_of(s->selections, s->n_selections, AST_FRAGMENT_SPREAD);
	if (spread)
		return refuse_spread(r, spread->pos);
	const struct ast_selection *inner = first_of(s->selections, s->n_selections, AST_INLINE_FRAGMENT);
	if (inner && (e = read_coercion(r, s, inner, f)) < 0)
		return e;
	return read_fields(r, inner ? inner : s, f);
}

/* ---- the document ---- */

static int refuse_root_directive(struct reader *r, const struct ast_directive *d)
{
	int e = tf_error_add(r->errors, TF_STAGE_PARSE, "DirectiveNotInsideQueryRoot", d->pos, json_pack("[s]", d->name),
			     "@%s cannot be applied to the query or its starting point", d->name);
	tf_error_hint(r->errors, "directives belong to the properties and edges inside of it");
	return e;
}

static int check_operation(struct reader *r, const struct ast_operation *op)
{
	if (op->kind != AST_QUERY)
		return parse_error(r, "DocumentNotAQuery", op->pos, "this is a mutation or a subscription, not a query",
				   "begin it with 'query {' or just '{'; nothing can be changed by a query");
	if (op->n_variables)
		return parse_error(r, "VariableDefinitionInQuery", op->variable_pos, "variables are not declared",
				   "leave the declaration out: a variable is declared by being used in a filter");
	if (op->n_directives)
		return refuse_root_directive(r, &op->directives[0]);
	if (op->n_selections > 1)
		return parse_error(r, "MultipleQueryRoots", op->selections[1].pos, "a query has one starting point",
				   "make two queries of it");
	return 0;
}

static int check_root(struct reader *r, const struct ast_selection *root)
{
	if (root->kind == AST_FIELD)
		return root->n_directives ? refuse_root_directive(r, &root->directives[0]) : 0;
	const char *what = root->kind == AST_FRAGMENT_SPREAD ? "a fragment spread" : "an inline fragment";
	int e = tf_error_add(r->errors, TF_STAGE_PARSE, "UnsupportedQueryRoot", root->pos, json_pack("[s]", what),
			     "here is %s, and a query begins with a starting point of the schema", what);
	tf_error_hint(r->errors, "{ StartingPoint { ... } }");
	return e;
}

/* A query without a name stands alone, and names are different: so GraphQL says, before Trustfall asks for one query. */
static int check_operations(struct reader *r, const struct ast_document *doc)
{
	for (size_t i = 1; i < doc->n_operations; i++) {
		const struct ast_operation *first = &doc->operations[0], *o = &doc->operations[i];
		if (!first->name || !o->name || strcmp(first->name, o->name) == 0)
			return parse_error(r, "InvalidGraphQL", o->pos, "here begins a second query", "ask one after the other");
	}
	return 0;
}

static int check_document(struct reader *r, const struct ast_document *doc)
{
	int e = check_operations(r, doc);
	if (e < 0)
		return e;
	if (doc->n_fragments)
		return parse_error(r, "DocumentContainsNonInlineFragments", doc->fragment_pos, "named fragments cannot be used",
				   "write what the fragment has in its place");
	if (doc->n_definitions)
		return parse_error(r, "InvalidGraphQL", doc->definitions[0].pos, "here is a part of a schema, and not a query",
				   "a query is written { StartingPoint { ... } }");
	if (doc->n_operations > 1)
		return parse_error(r, "MultipleOperationsInDocument", doc->operations[1].pos, "here begins a second query",
				   "ask one after the other");
	if (doc->n_operations == 0 || doc->operations[0].n_selections == 0)
		return parse_error(r, "InvalidGraphQL", (struct tf_pos){1, 1}, "there is no query",
				   "a query is written { StartingPoint { ... } }");
	return check_operation(r, &doc->operations[0]);
}

int query_read(struct tf_arena *a, const struct ast_document *doc, struct query_text *ret, struct tf_errors *errors)
{
	struct reader r = {.arena = a, .errors = errors};
	int e = check_document(&r, doc);
	if (e < 0)
		return e;
	const struct ast_selection *root = &doc->operations[0].selections[0];
	struct query_field *f;
	e = check_root(&r, root);
	if (e == 0)
		e = tf_arena_array(r.arena, 1, sizeof(*f), &f);
	if (e == 0)
		e = read_field(&r, root, f);
	if (e == 0)
		*ret = (struct query_text){.root = f, .size = r.size};
	return e;
}
