/* One directive as the text writes it, its arguments checked in the order in which Trustfall checks them. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "trustfall/query_priv.h"

#include "base/banned.h"

static const char *const names[DIRECTIVE_KIND_COUNT] = {"@filter", "@output", "@tag", "@transform", "@optional", "@recurse", "@fold"};

static const char filter_example[] = "@filter(op: \"=\", value: [\"$name\"])", transform_example[] = "@transform(op: \"count\")",
		  recurse_example[] = "@recurse(depth: 3)";

const char *directive_name(enum directive_kind k)
{
	return names[k];
}

static const struct ast_argument *argument(const struct ast_directive *d, const char *name)
{
	for (size_t i = 0; i < d->n_arguments; i++)
		if (strcmp(d->arguments[i].name, name) == 0)
			return &d->arguments[i];
	return NULL;
}

/* None of the names that are read here has a NUL inside. */
static bool is_string(const struct ast_value *v)
{
	return v->kind == AST_CONST && v->value.kind == TF_STRING && strlen(v->value.s) == v->value.n;
}

static int missing(enum directive_kind k, const char *name, struct tf_pos pos, const char *example, struct tf_errors *errors)
{
	int r = tf_error_add(errors, TF_STAGE_PARSE, "MissingRequiredDirectiveArgument", pos, json_pack("[s,s]", names[k], name),
			     "%s has no '%s'", names[k], name);
	tf_error_hint(errors, "write it like this: %s", example);
	return r;
}

static int wrong_type(enum directive_kind k, const struct ast_argument *arg, const char *expected, const char *example,
		      struct tf_errors *errors)
{
	int r = tf_error_add(errors, TF_STAGE_PARSE, "InappropriateTypeForDirectiveArgument", arg->value.pos,
			     json_pack("[s,s]", names[k], arg->name), "'%s' of %s has to be %s", arg->name, names[k], expected);
	tf_error_hint(errors, "write it like this: %s", example);
	return r;
}

static int twice(enum directive_kind k, const struct ast_argument *arg, struct tf_errors *errors)
{
	int r = tf_error_add(errors, TF_STAGE_PARSE, "DuplicatedDirectiveArgument", arg->pos, json_pack("[s,s]", names[k], arg->name),
			     "'%s' of %s is given twice", arg->name, names[k]);
	tf_error_hint(errors, "keep one of them");
	return r;
}

/* Only `allowed`, and each once. */
static int check_arguments(enum directive_kind k, const struct ast_directive *d, const char *const *allowed, size_t n,
		       struct tf_errors *errors)
{
	for (size_t i = 0; i < d->n_arguments; i++) {
		const struct ast_argument *arg = &d->arguments[i];
		size_t known = 0;
		while (known < n && strcmp(allowed[known], arg->name) != 0)
			known++;
		if (known == n) {
			int r = tf_error_add(errors, TF_STAGE_PARSE, "UnrecognizedDirectiveArgument", arg->pos,
					     json_pack("[s,s]", names[k], arg->name), "%s has no argument '%s'", names[k], arg->name);
			const char *near = n ? str_nearest(arg->name, allowed, n) : NULL;
			if (n == 0)
				tf_error_hint(errors, "%s takes no arguments", names[k]);
			else
				tf_error_hint(errors, near ? "did you mean '%s'?" : "it takes '%s'", near ? near : allowed[0]);
			return r;
		}
		if (argument(d, arg->name) != arg)
			return twice(k, arg, errors);
	}
	return 0;
}

/* ---- @filter ---- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_char(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

static const char *first_bad_char(const char *name)
{
	while (is_name_char(*name))
		name++;
	return *name ? name : NULL;
}

static int bad_operand(const char *text, struct tf_pos pos, const char *reason, const char *rest, struct tf_errors *errors)
{
	char why[240];
	(void)snprintf(why, sizeof(why), "%s%s", reason, rest); /* long names are cut */
	int r = tf_error_add(errors, TF_STAGE_PARSE, "InvalidFilterOperandName", pos,
			     json_pack("[s,s+]", text, reason, rest), "'%s' is no operand of a filter: %s", text, why);
	if (*text != '$' && *text != '%')
		tf_error_hint(errors, "write \"$name\" here, and give '%.60s' as the argument 'name'; or \"%%tag\"", text);
	else
		tf_error_hint(errors, "an operand is a variable, \"$name\", or a tag, \"%%name\"");
	return r;
}

static int read_operand(const char *text, struct tf_pos pos, struct query_filter *f, struct tf_errors *errors)
{
	if (*text != '$' && *text != '%')
		return bad_operand(text, pos, "Filter argument was expected to start with '$' or '%' but did not: ", text, errors);
	const char *name = text + 1;
	if (!*name)
		return bad_operand(text, pos,
				   *text == '$' ? "Filter argument is empty after '$' prefix."
						: "Filter argument is empty after '%' prefix.",
				   "", errors);
	if (!is_letter(*name))
		return bad_operand(text, pos, "Filter argument names must start with an ASCII letter or underscore character: ", name,
				   errors);
	if (first_bad_char(name))
		return bad_operand(text, pos,
				   "Filter argument names must only contain ASCII alphanumerics or underscore characters: ", name,
				   errors);
	f->operand = *text == '$' ? PLAN_VARIABLE : PLAN_TAG;
	f->name = name;
	return 0;
}

/* *ret_n: how many operands there are; the last one is kept. */
static int read_operands(const char *op, const struct ast_argument *arg, struct query_filter *f, size_t *ret_n,
			 struct tf_errors *errors)
{
	*ret_n = 0;
	if (!arg)
		return 0;
	if (is_string(&arg->value)) {
		const char *s = arg->value.value.s;
		int r = tf_error_add(errors, TF_STAGE_PARSE, "FilterExpectsListNotString", arg->value.pos,
				     json_pack("[s,s]", op, s), "'value' of @filter is a string, and has to be a list with it");
		tf_error_hint(errors, "@filter(op: \"%s\", value: [\"%s\"])", op, s);
		return r;
	}
	if (arg->value.kind != AST_LIST)
		return wrong_type(DIRECTIVE_FILTER, arg, "a list of one \"$variable\" or \"%tag\"", filter_example, errors);
	for (size_t i = 0; i < arg->value.n; i++) {
		const struct ast_value *v = &arg->value.items[i];
		if (!is_string(v))
			return wrong_type(DIRECTIVE_FILTER, arg, "a list of one \"$variable\" or \"%tag\"", filter_example, errors);
		int r = read_operand(v->value.s, arg->value.pos, f, errors);
		if (r < 0)
			return r;
	}
	*ret_n = arg->value.n;
	return 0;
}

/* What other languages call an operator. */
static const struct {
	const char *other;
	enum plan_op op;
} synonyms[] = {
	{"==", PLAN_EQUAL},	    {"eq", PLAN_EQUAL},		   {"<>", PLAN_NOT_EQUAL},	  {"ne", PLAN_NOT_EQUAL},
	{"lt", PLAN_LESS},	    {"le", PLAN_LESS_EQUAL},	   {"lte", PLAN_LESS_EQUAL},	  {"gt", PLAN_GREATER},
	{"ge", PLAN_GREATER_EQUAL}, {"gte", PLAN_GREATER_EQUAL},   {"in", PLAN_ONE_OF},		  {"not_in", PLAN_NOT_ONE_OF},
	{"has", PLAN_CONTAINS},	    {"like", PLAN_HAS_SUBSTRING},  {"starts_with", PLAN_HAS_PREFIX}, {"ends_with", PLAN_HAS_SUFFIX},
	{"match", PLAN_REGEX},	    {"matches", PLAN_REGEX},	   {"null", PLAN_IS_NULL},	  {"not_null", PLAN_IS_NOT_NULL},
};

static const char *synonym(const char *op)
{
	for (size_t i = 0; i < COUNT_OF(synonyms); i++)
		if (strcasecmp(synonyms[i].other, op) == 0)
			return plan_op_name(synonyms[i].op);
	return NULL;
}

static void hint_operator(const char *op, struct tf_errors *errors)
{
	const char *known[PLAN_OP_COUNT], *near = synonym(op);
	for (enum plan_op i = 0; i < PLAN_OP_COUNT; i++)
		known[i] = plan_op_name(i);
	near = near ? near : str_nearest(op, known, PLAN_OP_COUNT);
	if (near)
		tf_error_hint(errors, "did you mean \"%s\"?", near);
	else
		tf_error_hint(errors, "there are is_null = != < <= > >= contains one_of has_prefix has_suffix has_substring regex, "
				      "is_not_null, and not_ before the words");
}

static int unknown_operator(const char *op, struct tf_pos pos, struct tf_errors *errors)
{
	int r = tf_error_add(errors, TF_STAGE_PARSE, "UnsupportedFilterOperator", pos, json_pack("[s]", op),
			     "there is no filter operator '%s'", op);
	hint_operator(op, errors);
	return r;
}

/* How many there are is looked at before the name of the operator is; of one that is unknown that is told too. */
static int wrong_count(const struct query_filter *f, const char *op, size_t n, struct tf_pos pos, struct tf_errors *errors)
{
	char why[80];
	size_t expected = f->op > PLAN_IS_NOT_NULL;
	if (n == expected)
		return 0;
	(void)snprintf(why, sizeof(why), "Filter argument count mismatch: expected %zu but found %zu", expected, n);
	int r = tf_error_add(errors, TF_STAGE_PARSE, "OtherError", pos, json_pack("[s]", why),
			     f->op == PLAN_OP_COUNT ? "there is no filter operator '%s' (others take %s, and here are %zu)"
						    : "\"%s\" takes %s, and here are %zu",
			     op, expected ? "one operand" : "no operands", n);
	if (f->op == PLAN_OP_COUNT)
		hint_operator(op, errors);
	else if (expected)
		tf_error_hint(errors, "@filter(op: \"%s\", value: [\"$name\"])", op);
	else
		tf_error_hint(errors, "@filter(op: \"%s\")", op);
	return r;
}

static int read_filter(const struct ast_directive *d, struct directive *ret, struct tf_errors *errors)
{
	static const char *const allowed[] = {"op", "value"};
	const struct ast_argument *op = argument(d, "op");
	if (!op)
		return missing(DIRECTIVE_FILTER, "op", d->pos, filter_example, errors);
	if (!is_string(&op->value))
		return wrong_type(DIRECTIVE_FILTER, op, "a string", filter_example, errors);
	int r = check_arguments(DIRECTIVE_FILTER, d, allowed, COUNT_OF(allowed), errors);
	if (r < 0)
		return r;
	const struct ast_argument *value = argument(d, "value");
	const char *name = op->value.value.s;
	size_t n;
	ret->filter = (struct query_filter){.op = plan_op_from(name), .operand = PLAN_NO_OPERAND, .pos = d->pos};
	if ((r = read_operands(name, value, &ret->filter, &n, errors)) < 0)
		return r;
	if ((r = wrong_count(&ret->filter, name, n, value ? value->value.pos : d->pos, errors)) < 0)
		return r;
	return ret->filter.op == PLAN_OP_COUNT ? unknown_operator(name, op->value.pos, errors) : 0;
}

/* ---- @output, @tag ---- */

/* The characters of it that no name has, each once: ["-", " "]. */
static json_t *bad_chars(const char *name)
{
	json_t *all = json_array();
	for (const char *c; all && (c = first_bad_char(name));) {
		size_t n = str_utf8_length(c, strlen(c));
		n = n ? n : 1;
		json_t *one = json_stringn(c, n);
		size_t i = 0;
		while (i < json_array_size(all) && !json_equal(json_array_get(all, i), one))
			i++;
		if (i < json_array_size(all))
			json_decref(one);
		else
			(void)json_array_append_new(all, one);
		name = c + n;
	}
	return all;
}

static int read_name(enum directive_kind k, const struct ast_directive *d, struct directive *ret, struct tf_errors *errors)
{
	static const char *const allowed[] = {"name"};
	int r = check_arguments(k, d, allowed, COUNT_OF(allowed), errors);
	const struct ast_argument *name = argument(d, "name");
	if (r < 0 || !name)
		return r;
	if (!is_string(&name->value))
		return wrong_type(k, name, "a string", k == DIRECTIVE_OUTPUT ? "@output(name: \"x\")" : "@tag(name: \"x\")", errors);
	const char *s = name->value.value.s;
	if (!*s || first_bad_char(s)) {
		r = tf_error_add(errors, TF_STAGE_PARSE, k == DIRECTIVE_OUTPUT ? "InvalidOutputName" : "InvalidTagName",
				 name->value.pos, json_pack("[s,o]", s, bad_chars(s)), "'%s' is no name for %s", s,
				 k == DIRECTIVE_OUTPUT ? "an output" : "a tag");
		tf_error_hint(errors, "names are made of the letters a to z, digits and _");
		return r;
	}
	ret->name = s;
	return 0;
}

/* ---- the others ---- */

static int read_transform(const struct ast_directive *d, struct tf_errors *errors)
{
	static const char *const allowed[] = {"op"};
	int r = check_arguments(DIRECTIVE_TRANSFORM, d, allowed, COUNT_OF(allowed), errors);
	if (r < 0)
		return r;
	const struct ast_argument *op = argument(d, "op");
	if (!op)
		return missing(DIRECTIVE_TRANSFORM, "op", d->pos, transform_example, errors);
	if (!is_string(&op->value))
		return wrong_type(DIRECTIVE_TRANSFORM, op, "a string", transform_example, errors);
	if (strcmp(op->value.value.s, "count") == 0)
		return 0;
	r = tf_error_add(errors, TF_STAGE_PARSE, "UnsupportedTransformOperator", op->value.pos,
			 json_pack("[s]", op->value.value.s), "there is no transform '%s'", op->value.value.s);
	tf_error_hint(errors, "there is \"count\": how many a @fold has");
	return r;
}

static int read_depth(const struct ast_directive *d, struct directive *ret, struct tf_errors *errors)
{
	static const char *const allowed[] = {"depth"};
	int r = check_arguments(DIRECTIVE_RECURSE, d, allowed, COUNT_OF(allowed), errors);
	if (r < 0)
		return r;
	const struct ast_argument *depth = argument(d, "depth");
	if (!depth)
		return missing(DIRECTIVE_RECURSE, "depth", d->pos, recurse_example, errors);
	const struct tf_value *v = &depth->value.value;
	bool is_count = depth->value.kind == AST_CONST && ((v->kind == TF_INT && v->i > 0) || v->kind == TF_UINT);
	if (!is_count)
		return wrong_type(DIRECTIVE_RECURSE, depth, "a whole number, 1 or more", recurse_example, errors);
	if (v->kind == TF_UINT || v->i > LIMIT_TRUSTFALL_RECURSION) {
		(void)tf_error_add(errors, TF_STAGE_PARSE, "LimitExceeded", depth->value.pos,
				   json_pack("[I]", (json_int_t)LIMIT_TRUSTFALL_RECURSION),
				   "a @recurse goes %d deep at most", (int)LIMIT_TRUSTFALL_RECURSION);
		tf_error_hint(errors, "take a smaller depth");
		return -E2BIG;
	}
	ret->depth = (uint32_t)v->i;
	return 0;
}

static int unknown_directive(const struct ast_directive *d, struct tf_errors *errors)
{
	const char *known[DIRECTIVE_KIND_COUNT];
	for (int i = 0; i < DIRECTIVE_KIND_COUNT; i++)
		known[i] = names[i] + 1;
	int r = tf_error_add(errors, TF_STAGE_PARSE, "UnrecognizedDirective", d->pos, json_pack("[s]", d->name),
			     "there is no directive @%s", d->name);
	const char *near = str_nearest(d->name, known, COUNT_OF(known));
	if (near)
		tf_error_hint(errors, "did you mean @%s?", near);
	else
		tf_error_hint(errors, "there are @filter @output @tag @transform @optional @recurse @fold");
	return r;
}

int directive_read(const struct ast_directive *d, struct directive *ret, struct tf_errors *errors)
{
	int k = 0;
	while (k < DIRECTIVE_KIND_COUNT && strcmp(names[k] + 1, d->name) != 0)
		k++;
	*ret = (struct directive){.kind = (enum directive_kind)k, .pos = d->pos};
	switch (k) {
	case DIRECTIVE_FILTER:
		return read_filter(d, ret, errors);
	case DIRECTIVE_OUTPUT:
	case DIRECTIVE_TAG:
		return read_name(ret->kind, d, ret, errors);
	case DIRECTIVE_TRANSFORM:
		return read_transform(d, errors);
	case DIRECTIVE_RECURSE:
		return read_depth(d, ret, errors);
	case DIRECTIVE_OPTIONAL:
	case DIRECTIVE_FOLD:
		return check_arguments(ret->kind, d, NULL, 0, errors);
	default:
		return unknown_directive(d, errors);
	}
}
