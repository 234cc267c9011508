/*
 * query_priv.h - a query's text as a tree of fields whose directives have been understood; no schema is needed for it.
 *
 * Shapes:    every field has what its directives say. Filters, outputs and tags that follow @transform(op: "count") are those
 *            of the count and stand apart.
 * Ownership: all memory is the arena's.
 * Errors:    -EINVAL with one error of the stage "parse", kinds and arguments as Trustfall's ParseError; -ENOMEM.
 */
#ifndef TRUSTFALL_QUERY_PRIV_H
#define TRUSTFALL_QUERY_PRIV_H

#include "trustfall/ast_priv.h"
#include "trustfall/plan_priv.h"

struct query_filter {
	enum plan_op op;
	enum plan_operand operand;
	const char *name; /* of the variable or tag; NULL: none */
	struct tf_pos pos;
};

/* An @output or a @tag. */
struct query_name {
	const char *name; /* NULL: that of the field */
	struct tf_pos pos;
};

/* Directives that speak of one value: the field's own, or its count. */
struct query_value {
	struct query_filter *filters;
	struct query_name *outputs, *tags;
	size_t n_filters, n_outputs, n_tags;
};

struct query_param {
	const char *name;
	struct tf_pos pos, value_pos;
	struct tf_value value;
	bool has_enum; /* a name without quotes is in it: of no type that there is */
};

struct query_field {
	const char *name, *alias; /* alias NULL: none */
	struct tf_pos pos;
	const char *coerced_to; /* NULL: no coercion */
	struct tf_pos coerced_pos;
	const struct query_param *params;
	size_t n_params;
	bool optional, fold, counted;
	struct tf_pos optional_pos, fold_pos, recurse_pos;
	uint32_t depth; /* of @recurse; 0: none */
	struct query_value own, count;
	const struct query_field *fields;
	size_t n_fields;
};

/* How much there is, for arrays that are large enough at once. */
struct query_size {
	size_t n_fields, n_filters, n_outputs, n_tags;
};

struct query_text {
	const struct query_field *root;
	struct query_size size;
};

int query_read(struct tf_arena *a, const struct ast_document *doc, struct query_text *ret, struct tf_errors *errors);

/* What one directive says. */
enum directive_kind {
	DIRECTIVE_FILTER,
	DIRECTIVE_OUTPUT,
	DIRECTIVE_TAG,
	DIRECTIVE_TRANSFORM,
	DIRECTIVE_OPTIONAL,
	DIRECTIVE_RECURSE,
	DIRECTIVE_FOLD,
	DIRECTIVE_KIND_COUNT
};
struct directive {
	enum directive_kind kind;
	struct tf_pos pos;
	struct query_filter filter; /* of a filter */
	const char *name;           /* of an output or a tag; NULL: none given */
	uint32_t depth;             /* of @recurse */
};
const char *directive_name(enum directive_kind k); /* "@filter" */
int directive_read(const struct ast_directive *d, struct directive *ret, struct tf_errors *errors);

/* The operator of that name; PLAN_OP_COUNT when there is none. */
enum plan_op plan_op_from(const char *name);

#endif
