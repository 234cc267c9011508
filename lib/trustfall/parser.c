#include "trustfall/parser_priv.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

#include "base/banned.h"

void *parser_push(struct parser *p, struct parser_list *list, size_t item_size)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 4;
		void *grown = tf_arena_take(p->lex.arena, room * item_size); /* bounded by the text's size */
		if (!grown)
			return NULL;
		if (list->n)
			memcpy(grown, list->items, list->n * item_size);
		list->items = grown;
		list->room = room;
	}
	void *item = (char *)list->items + list->n++ * item_size;
	memset(item, 0, item_size);
	return item;
}

bool parser_at_name(const struct parser *p, const char *name)
{
	const struct lex_token *t = &p->lex.token;
	return t->kind == LEX_NAME && t->n == strlen(name) && memcmp(t->s, name, t->n) == 0;
}

/* How that is written which the parser expected; anything else is told as a whole. */
static const struct expectation {
	const char *what, *hint;
} expectations[] = {
	{"a value", "values are numbers, \"strings\", true, false, null and [lists]"},
	{"a value or ']'", "values are numbers, \"strings\", true, false, null and [lists]"},
	{"':' and a value", "arguments are written (name: value)"},
	{"the name of an argument", "arguments are written (name: value)"},
	{"an argument or ')'", "arguments are written (name: value)"},
	{"the name of a directive", "there are @output @filter @tag @optional @fold @recurse @transform"},
	{"a field or '}'", "fields are names: a property, or an edge { ... }; directives stand behind them"},
	{"'{'", "what is selected stands in braces: { StartingPoint { field } }, ... on Type { field }"},
	{"the name of a field", "an alias is written alias: field"},
	{"the type of the coercion", "a coercion is written ... on Type { }"},
	{NULL, NULL},
};

static const char *hint_for(const struct parser *p, const char *what)
{
	const struct expectation *e = expectations;
	while (e->what && strcmp(e->what, what) != 0)
		e++;
	if (e->what)
		return e->hint;
	return p->lex.stage == TF_STAGE_SCHEMA ? "types are written type Name { field: Type }, starting points are fields of the query's type"
					       : "a query is written { StartingPoint { property @output } }";
}

int parser_expected(struct parser *p, const char *what)
{
	char shown[LEX_SHOWN];
	return lex_error(&p->lex, p->lex.token.pos, hint_for(p, what), "expected %s, found %s", what, lex_shown(&p->lex.token, shown));
}

int parser_sign(struct parser *p, char sign, const char *what)
{
	return parser_at_sign(p, sign) ? lex_next(&p->lex) : parser_expected(p, what);
}

int parser_name(struct parser *p, const char *what, const char **ret)
{
	const struct lex_token *t = &p->lex.token;
	if (t->kind != LEX_NAME)
		return parser_expected(p, what);
	const char *name = tf_arena_text(p->lex.arena, t->s, t->n);
	if (!name)
		return -ENOMEM;
	*ret = name;
	return lex_next(&p->lex);
}

int parser_enter(struct parser *p)
{
	if (p->depth < p->max_depth) {
		p->depth++;
		return 0;
	}
	(void)tf_error_add(p->lex.errors, p->lex.stage, "LimitExceeded", p->lex.token.pos, json_pack("[I]", (json_int_t)p->max_depth),
			   "nested deeper than %zu levels", p->max_depth);
	return -E2BIG;
}

int parser_group(struct parser *p, char open, char close, const char *what, parser_item_fn *item, struct parser_list *list)
{
	struct tf_pos pos = p->lex.token.pos;
	int r = parser_sign(p, open, open == '{' && p->lex.stage == TF_STAGE_PARSE ? "'{'" : what);
	if (r == 0)
		r = parser_enter(p);
	if (r < 0)
		return r;
	if (parser_at_sign(p, close))
		return lex_error(&p->lex, pos, "leave them out, or write something between them",
				 "there is nothing between '%c' and '%c'", open, close);
	do {
		if (p->lex.token.kind == LEX_END) {
			r = parser_expected(p, what);
			tf_error_hint(p->lex.errors, "the '%c' at %u:%u is not closed", open, pos.line, pos.column);
			return r;
		}
		r = item(p, list);
	} while (r == 0 && !parser_at_sign(p, close));
	parser_leave(p);
	return r < 0 ? r : lex_next(&p->lex);
}

/* ---- values ---- */

static int value_item(struct parser *p, struct parser_list *list)
{
	struct ast_value *v = parser_push(p, list, sizeof(*v));
	return v ? parser_value(p, true, v) : -ENOMEM;
}

int parser_room(struct parser *p, const struct parser_list *list)
{
	if (list->n < LIMIT_TRUSTFALL_PARAMETERS)
		return 0;
	(void)tf_error_add(p->lex.errors, p->lex.stage, "LimitExceeded", p->lex.token.pos, json_pack("[i]", LIMIT_TRUSTFALL_PARAMETERS),
			   "more than %d names in one pair of brackets", LIMIT_TRUSTFALL_PARAMETERS);
	tf_error_hint(p->lex.errors, "one list takes the place of many parameters");
	return -E2BIG;
}

static int argument(struct parser *p, struct parser_list *list)
{
	int r = parser_room(p, list);
	struct ast_argument *a = r < 0 ? NULL : parser_push(p, list, sizeof(*a));
	if (!a)
		return r < 0 ? r : -ENOMEM;
	a->pos = p->lex.token.pos;
	r = parser_name(p, "the name of an argument", &a->name);
	if (r == 0)
		r = parser_sign(p, ':', "':' and a value");
	return r < 0 ? r : parser_value(p, true, &a->value);
}

/* Lists and objects may be empty. */
static int nested_value(struct parser *p, struct ast_value *ret)
{
	bool list = ret->kind == AST_LIST;
	char open = list ? '[' : '{', close = list ? ']' : '}';
	struct lexer before = p->lex;
	int r = lex_next(&p->lex);
	if (r < 0)
		return r;
	if (parser_at_sign(p, close))
		return lex_next(&p->lex);
	p->lex = before;
	struct parser_list items = {0};
	r = parser_group(p, open, close, list ? "a value or ']'" : "a name or '}'", list ? value_item : argument, &items);
	ret->n = items.n;
	if (list)
		ret->items = items.items;
	else
		ret->fields = items.items;
	return r;
}

static int named_value(struct parser *p, struct ast_value *ret)
{
	if (parser_at_name(p, "null"))
		ret->value = TF_VALUE_NULL;
	else if (parser_at_name(p, "true") || parser_at_name(p, "false"))
		ret->value = tf_bool(parser_at_name(p, "true"));
	else
		ret->kind = AST_ENUM;
	const char *name;
	int r = parser_name(p, "a value", &name);
	if (r == 0 && ret->kind == AST_ENUM)
		ret->value = tf_string(name);
	return r;
}

int parser_value(struct parser *p, bool variables, struct ast_value *ret)
{
	const struct lex_token *t = &p->lex.token;
	*ret = (struct ast_value){.kind = AST_CONST, .pos = t->pos};
	if (t->kind == LEX_NUMBER || t->kind == LEX_STRING) {
		ret->value = t->value;
		return lex_next(&p->lex);
	}
	if (t->kind == LEX_NAME)
		return named_value(p, ret);
	if (parser_at_sign(p, '[') || parser_at_sign(p, '{')) {
		ret->kind = parser_at_sign(p, '[') ? AST_LIST : AST_OBJECT;
		return nested_value(p, ret);
	}
	if (!variables || !parser_at_sign(p, '$'))
		return parser_expected(p, "a value");
	ret->kind = AST_VARIABLE;
	const char *name = NULL;
	int r = lex_next(&p->lex);
	if (r == 0)
		r = parser_name(p, "the name of a variable", &name);
	ret->value = tf_string(name);
	return r;
}

int parser_arguments(struct parser *p, const struct ast_argument **ret, size_t *ret_n)
{
	struct parser_list list = {0};
	int r = parser_at_sign(p, '(') ? parser_group(p, '(', ')', "an argument or ')'", argument, &list) : 0;
	*ret = list.items;
	*ret_n = list.n;
	return r;
}

int parser_directives(struct parser *p, const struct ast_directive **ret, size_t *ret_n)
{
	struct parser_list list = {0};
	int r = 0;
	while (r == 0 && parser_at_sign(p, '@')) {
		struct ast_directive *d = parser_push(p, &list, sizeof(*d));
		if (!d)
			return -ENOMEM;
		d->pos = p->lex.token.pos;
		r = lex_next(&p->lex);
		if (r == 0)
			r = parser_name(p, "the name of a directive", &d->name);
		if (r == 0)
			r = parser_arguments(p, &d->arguments, &d->n_arguments);
	}
	*ret = list.items;
	*ret_n = list.n;
	return r;
}

int parser_type(struct parser *p, struct ast_type *ret)
{
	struct tf_type t = {0};
	struct tf_pos pos = p->lex.token.pos;
	int r = 0;
	for (; r == 0 && parser_at_sign(p, '['); t.n_lists++) {
		if (t.n_lists == TF_LISTS_MAX)
			return lex_error(&p->lex, p->lex.token.pos, "a list of lists is as deep as properties go",
					 "more than %d lists in each other", (int)TF_LISTS_MAX);
		r = lex_next(&p->lex);
	}
	if (r == 0)
		r = parser_name(p, "a type", &t.name);
	for (uint32_t i = t.n_lists + 1; r == 0 && i-- > 0;) {
		if (parser_at_sign(p, '!')) {
			t.required |= UINT32_C(1) << i;
			r = lex_next(&p->lex);
		}
		if (r == 0 && i > 0)
			r = parser_sign(p, ']', "']'");
	}
	*ret = (struct ast_type){.type = t, .pos = pos};
	return r;
}

/* ---- documents ---- */

static int document(struct parser *p, struct ast_document *ret)
{
	struct parser_list items = {0};
	bool schema = p->lex.stage == TF_STAGE_SCHEMA;
	int r = 0;
	do {
		r = schema ? parser_definition(p, &items) : parser_operation(p, ret, &items);
	} while (r == 0 && p->lex.token.kind != LEX_END);
	if (schema) {
		ret->definitions = items.items;
		ret->n_definitions = items.n;
	} else {
		ret->operations = items.items;
		ret->n_operations = items.n;
	}
	return r;
}

int ast_parse(struct tf_arena *a, const char *text, size_t n, const struct ast_limits *limits, enum tf_stage stage,
	      struct ast_document *ret, struct tf_errors *errors)
{
	if (n > limits->max_bytes) {
		(void)tf_error_add(errors, stage, "LimitExceeded", (struct tf_pos){0}, json_pack("[I]", (json_int_t)limits->max_bytes),
				   "%zu bytes are more than %zu", n, limits->max_bytes);
		return -EMSGSIZE;
	}
	struct parser p = {.lex = {.arena = a, .stage = stage, .errors = errors}, .max_depth = limits->max_depth};
	struct ast_document doc = {0};
	int r = lex_start(&p.lex, text, n);
	if (r == 0)
		r = document(&p, &doc);
	if (r == 0)
		*ret = doc;
	return r;
}

int ast_constant(struct tf_arena *a, const struct ast_value *v, struct tf_value *ret)
{
	if (v->kind == AST_CONST) {
		*ret = v->value;
		return 0;
	}
	if (v->kind != AST_LIST)
		return -EINVAL;
	struct tf_value *items = tf_arena_take(a, v->n * sizeof(*items)); /* bounded by the text's size */
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < v->n; i++) {
		int r = ast_constant(a, &v->items[i], &items[i]);
		if (r < 0)
			return r;
	}
	*ret = tf_list(items, v->n);
	return 0;
}
