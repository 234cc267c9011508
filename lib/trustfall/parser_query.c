/*
 * parser_query.c - operations: what is selected of what.
 */
#include "trustfall/parser_priv.h"

#include <errno.h>

#include "base/banned.h"

static int selection(struct parser *p, struct parser_list *list);

static int selection_set(struct parser *p, const struct ast_selection **ret, size_t *ret_n)
{
	struct parser_list list = {0};
	int r = parser_group(p, '{', '}', "a field or '}'", selection, &list);
	*ret = list.items;
	*ret_n = list.n;
	return r;
}

static int selection_rest(struct parser *p, struct ast_selection *s, bool must)
{
	int r = parser_directives(p, &s->directives, &s->n_directives);
	if (r < 0 || (!must && !parser_at_sign(p, '{')))
		return r;
	s->has_selections = true;
	return selection_set(p, &s->selections, &s->n_selections);
}

static int field(struct parser *p, struct ast_selection *s)
{
	s->kind = AST_FIELD;
	s->name_pos = s->pos;
	int r = parser_name(p, "a field or '}'", &s->name);
	if (r == 0 && parser_at_sign(p, ':')) {
		s->alias = s->name;
		r = lex_next(&p->lex);
		s->name_pos = p->lex.token.pos;
		if (r == 0)
			r = parser_name(p, "the name of a field", &s->name);
	}
	if (r == 0)
		r = parser_arguments(p, &s->arguments, &s->n_arguments);
	return r < 0 ? r : selection_rest(p, s, false);
}

static int fragment(struct parser *p, struct ast_selection *s)
{
	s->kind = AST_INLINE_FRAGMENT;
	int r = lex_next(&p->lex);
	s->name_pos = p->lex.token.pos;
	if (r == 0 && p->lex.token.kind == LEX_NAME && !parser_at_name(p, "on")) {
		s->kind = AST_FRAGMENT_SPREAD;
		r = parser_name(p, "the name of a fragment", &s->name);
		return r < 0 ? r : parser_directives(p, &s->directives, &s->n_directives);
	}
	if (r == 0 && parser_at_name(p, "on")) {
		r = lex_next(&p->lex);
		s->name_pos = p->lex.token.pos;
		if (r == 0)
			r = parser_name(p, "the type of the coercion", &s->name);
	}
	return r < 0 ? r : selection_rest(p, s, true);
}

static int selection(struct parser *p, struct parser_list *list)
{
	struct ast_selection *s = parser_push(p, list, sizeof(*s)), one = {.pos = p->lex.token.pos};
	if (!s)
		return -ENOMEM;
	int r = p->lex.token.kind == LEX_DOTS ? fragment(p, &one) : field(p, &one);
	*s = one;
	return r;
}

static int variable_def(struct parser *p, struct parser_list *list)
{
	struct ast_param_def *d = parser_push(p, list, sizeof(*d));
	if (!d)
		return -ENOMEM;
	const struct ast_directive *directives;
	size_t n;
	d->pos = p->lex.token.pos;
	int r = parser_sign(p, '$', "'$' and the name of a variable");
	if (r == 0)
		r = parser_name(p, "the name of a variable", &d->name);
	if (r == 0)
		r = parser_sign(p, ':', "':' and a type");
	if (r == 0)
		r = parser_type(p, &d->type);
	if (r == 0 && parser_at_sign(p, '=')) {
		r = lex_next(&p->lex);
		if (r == 0)
			r = parser_value(p, false, &d->value);
	}
	return r < 0 ? r : parser_directives(p, &directives, &n);
}

static int variables(struct parser *p, struct ast_operation *o)
{
	if (!parser_at_sign(p, '('))
		return 0;
	struct parser_list list = {0};
	int r = parser_group(p, '(', ')', "a variable", variable_def, &list);
	const struct ast_param_def *defs = list.items;
	o->n_variables = list.n;
	if (defs)
		o->variable_pos = defs->pos;
	return r;
}

/* Read so that it can be refused by what it is. */
static int fragment_def(struct parser *p, struct ast_document *doc)
{
	struct ast_selection s = {0};
	struct tf_pos pos = p->lex.token.pos;
	int r = lex_next(&p->lex);
	if (r == 0)
		r = parser_name(p, "the name of a fragment", &s.name);
	if (r == 0 && !parser_at_name(p, "on"))
		r = parser_expected(p, "'on' and a type");
	if (r == 0)
		r = lex_next(&p->lex);
	if (r == 0)
		r = parser_name(p, "a type", &s.name);
	if (r == 0)
		r = selection_rest(p, &s, true);
	if (doc->n_fragments++ == 0)
		doc->fragment_pos = pos;
	return r;
}

static int operation_kind(struct parser *p, enum ast_operation_kind *ret)
{
	if (parser_at_name(p, "query"))
		*ret = AST_QUERY;
	else if (parser_at_name(p, "mutation"))
		*ret = AST_MUTATION;
	else if (parser_at_name(p, "subscription"))
		*ret = AST_SUBSCRIPTION;
	else
		return parser_expected(p, "a query, which begins with '{'");
	return lex_next(&p->lex);
}

int parser_operation(struct parser *p, struct ast_document *doc, struct parser_list *operations)
{
	if (parser_at_name(p, "fragment"))
		return fragment_def(p, doc);
	struct ast_operation *o = parser_push(p, operations, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->pos = p->lex.token.pos;
	if (!parser_at_sign(p, '{')) {
		int r = operation_kind(p, &o->kind);
		if (r == 0 && p->lex.token.kind == LEX_NAME)
			r = parser_name(p, "a name", &o->name);
		if (r == 0)
			r = variables(p, o);
		if (r == 0)
			r = parser_directives(p, &o->directives, &o->n_directives);
		if (r < 0)
			return r;
	}
	return selection_set(p, &o->selections, &o->n_selections);
}
