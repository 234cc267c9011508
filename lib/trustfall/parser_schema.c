/*
 * parser_schema.c - definitions: types with their fields, and what else GraphQL's schema language has, which is read past.
 */
#include "trustfall/parser_priv.h"

#include <errno.h>
#include <string.h>

#include "base/banned.h"

static int skip_directives(struct parser *p)
{
	const struct ast_directive *directives;
	size_t n;
	return parser_directives(p, &directives, &n);
}

static int description(struct parser *p, const char **ret)
{
	*ret = NULL;
	if (p->lex.token.kind != LEX_STRING)
		return 0;
	*ret = p->lex.token.value.s;
	return lex_next(&p->lex);
}

static int param_def(struct parser *p, struct parser_list *list)
{
	int r = parser_room(p, list);
	struct ast_param_def *d = r < 0 ? NULL : parser_push(p, list, sizeof(*d));
	if (!d)
		return r < 0 ? r : -ENOMEM;
	r = description(p, &d->doc);
	d->pos = p->lex.token.pos;
	if (r == 0)
		r = parser_name(p, "the name of a parameter", &d->name);
	if (r == 0)
		r = parser_sign(p, ':', "':' and a type");
	if (r == 0)
		r = parser_type(p, &d->type);
	if (r == 0 && parser_at_sign(p, '=')) {
		d->has_default = true;
		r = lex_next(&p->lex);
		if (r == 0)
			r = parser_value(p, false, &d->value);
	}
	return r < 0 ? r : skip_directives(p);
}

static int param_defs(struct parser *p, const struct ast_param_def **ret, size_t *ret_n)
{
	struct parser_list list = {0};
	int r = parser_at_sign(p, '(') ? parser_group(p, '(', ')', "a parameter or ')'", param_def, &list) : 0;
	*ret = list.items;
	*ret_n = list.n;
	return r;
}

static int field_def(struct parser *p, struct parser_list *list)
{
	struct ast_field_def *f = parser_push(p, list, sizeof(*f));
	if (!f)
		return -ENOMEM;
	int r = description(p, &f->doc);
	f->pos = p->lex.token.pos;
	if (r == 0)
		r = parser_name(p, "a field or '}'", &f->name);
	if (r == 0)
		r = param_defs(p, &f->params, &f->n_params);
	if (r == 0)
		r = parser_sign(p, ':', "':' and a type");
	if (r == 0)
		r = parser_type(p, &f->type);
	return r < 0 ? r : skip_directives(p);
}

static int fields(struct parser *p, struct ast_definition *d)
{
	struct parser_list list = {0};
	int r = parser_at_sign(p, '{') ? parser_group(p, '{', '}', "a field or '}'", field_def, &list) : 0;
	d->fields = list.items;
	d->n_fields = list.n;
	return r;
}

/* Names with a sign between them, which may stand before the first too. */
static int names(struct parser *p, char sign, const char *what, struct parser_list *list)
{
	int r = parser_at_sign(p, sign) ? lex_next(&p->lex) : 0;
	while (r == 0) {
		struct ast_name *name = parser_push(p, list, sizeof(*name));
		if (!name)
			return -ENOMEM;
		name->pos = p->lex.token.pos;
		r = parser_name(p, what, &name->name);
		if (r < 0 || !parser_at_sign(p, sign))
			return r;
		r = lex_next(&p->lex);
	}
	return r;
}

static int type_body(struct parser *p, struct ast_definition *d)
{
	struct parser_list list = {0};
	int r = 0;
	if (parser_at_name(p, "implements")) {
		r = lex_next(&p->lex);
		if (r == 0)
			r = names(p, '&', "the name of an interface", &list);
		d->implements = list.items;
		d->n_implements = list.n;
	}
	if (r == 0)
		r = skip_directives(p);
	return r < 0 ? r : fields(p, d);
}

static int union_body(struct parser *p, struct ast_definition *d)
{
	(void)d;
	struct parser_list list = {0};
	int r = skip_directives(p);
	if (r < 0 || !parser_at_sign(p, '='))
		return r;
	r = lex_next(&p->lex);
	return r < 0 ? r : names(p, '|', "the name of a type", &list);
}

static int enum_item(struct parser *p, struct parser_list *list)
{
	(void)list;
	const char *name;
	int r = description(p, &name);
	if (r == 0)
		r = parser_name(p, "a value or '}'", &name);
	return r < 0 ? r : skip_directives(p);
}

static int enum_body(struct parser *p, struct ast_definition *d)
{
	(void)d;
	struct parser_list list = {0};
	int r = skip_directives(p);
	return r < 0 || !parser_at_sign(p, '{') ? r : parser_group(p, '{', '}', "a value or '}'", enum_item, &list);
}

static int input_body(struct parser *p, struct ast_definition *d)
{
	(void)d;
	struct parser_list list = {0};
	int r = skip_directives(p);
	return r < 0 || !parser_at_sign(p, '{') ? r : parser_group(p, '{', '}', "a field or '}'", param_def, &list);
}

static int scalar_body(struct parser *p, struct ast_definition *d)
{
	(void)d;
	return skip_directives(p);
}

static int directive_body(struct parser *p, struct ast_definition *d)
{
	(void)d;
	const struct ast_param_def *params;
	size_t n;
	struct parser_list list = {0};
	int r = param_defs(p, &params, &n);
	if (r == 0 && parser_at_name(p, "repeatable"))
		r = lex_next(&p->lex);
	if (r == 0 && !parser_at_name(p, "on"))
		return parser_expected(p, "'on' and where it may stand");
	if (r == 0)
		r = lex_next(&p->lex);
	return r < 0 ? r : names(p, '|', "where it may stand", &list);
}

static int root_def(struct parser *p, struct parser_list *list)
{
	struct ast_argument *root = parser_push(p, list, sizeof(*root)); /* a name and the name of its type */
	if (!root)
		return -ENOMEM;
	const char *type;
	if (!parser_at_name(p, "query") && !parser_at_name(p, "mutation") && !parser_at_name(p, "subscription"))
		return parser_expected(p, "'query'");
	root->pos = p->lex.token.pos;
	int r = parser_name(p, "'query'", &root->name);
	if (r == 0)
		r = parser_sign(p, ':', "':' and a type");
	root->value.pos = p->lex.token.pos;
	if (r == 0)
		r = parser_name(p, "the name of a type", &type);
	if (r == 0)
		root->value.value = tf_string(type);
	return r;
}

static int schema_body(struct parser *p, struct ast_definition *d)
{
	struct parser_list list = {0};
	int r = skip_directives(p);
	if (r == 0)
		r = parser_group(p, '{', '}', "'query' and the type of it", root_def, &list);
	const struct ast_argument *roots = list.items;
	for (size_t i = 0; r == 0 && i < list.n; i++) {
		if (strcmp(roots[i].name, "query") != 0)
			continue;
		if (d->query)
			return lex_error(&p->lex, roots[i].pos, "keep one of them", "the schema has two query types");
		d->query = roots[i].value.value.s;
		d->query_pos = roots[i].value.pos;
	}
	return r;
}

static const struct definition_word {
	const char *word;
	enum ast_definition_kind kind;
	const char *name; /* what is expected behind it; NULL: no name */
	int (*body)(struct parser *p, struct ast_definition *d);
} words[] = {
	{"type", AST_OBJECT_TYPE, "the name of a type", type_body},
	{"interface", AST_INTERFACE, "the name of an interface", type_body},
	{"schema", AST_SCHEMA, NULL, schema_body},
	{"scalar", AST_SCALAR, "the name of a scalar", scalar_body},
	{"directive", AST_DIRECTIVE_DEF, "the name of a directive", directive_body},
	{"enum", AST_ENUM_TYPE, "the name of an enum", enum_body},
	{"union", AST_UNION, "the name of a union", union_body},
	{"input", AST_INPUT, "the name of an input", input_body},
};

static const struct definition_word *word_at(const struct parser *p)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (parser_at_name(p, words[i].word))
			return &words[i];
	return NULL;
}

int parser_definition(struct parser *p, struct parser_list *definitions)
{
	struct ast_definition *d = parser_push(p, definitions, sizeof(*d));
	if (!d)
		return -ENOMEM;
	int r = description(p, &d->doc);
	bool extension = r == 0 && parser_at_name(p, "extend");
	if (extension)
		r = lex_next(&p->lex);
	if (r < 0)
		return r;
	const struct definition_word *word = word_at(p);
	if (!word)
		return parser_expected(p, "a definition (type, interface, schema, directive, ...)");
	d->kind = extension ? AST_EXTENSION : word->kind;
	d->pos = p->lex.token.pos;
	r = lex_next(&p->lex);
	if (r == 0 && word->kind == AST_DIRECTIVE_DEF)
		r = parser_sign(p, '@', "'@' and the name of a directive");
	if (r == 0 && word->name) {
		d->pos = p->lex.token.pos;
		r = parser_name(p, word->name, &d->name);
	}
	return r < 0 ? r : word->body(p, d);
}
