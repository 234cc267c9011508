/*
 * ast_priv.h - GraphQL text as a tree: documents of definitions (schemas) and of operations (queries).
 *
 * Ownership: all memory is the arena's that ast_parse was given.
 * Errors:    -EINVAL with one error of the text (kind "InvalidGraphQL" in a query, "SchemaParseError" in a schema) with its place;
 *            -EMSGSIZE, -E2BIG beyond the limits, as errors too (kind "LimitExceeded", args [the limit]); -ENOMEM.
 * Source:    GraphQL specification, October 2021, sections 2 and 3 (only what Trustfall reads is kept).
 */
#ifndef TRUSTFALL_AST_PRIV_H
#define TRUSTFALL_AST_PRIV_H

#include "trustfall/error.h"
#include "trustfall/type.h"

/* A literal. Variables and objects are read so that they can be refused with their names. */
enum ast_value_kind { AST_CONST, AST_ENUM, AST_VARIABLE, AST_OBJECT, AST_LIST };
struct ast_field_value;
struct ast_value {
	enum ast_value_kind kind;
	struct tf_pos pos;
	struct tf_value value; /* AST_CONST: null, number, string, boolean; AST_ENUM, AST_VARIABLE: the name as a string */
	const struct ast_value *items; /* AST_LIST */
	const struct ast_argument *fields; /* AST_OBJECT */
	size_t n;
};
struct ast_argument {
	const char *name;
	struct tf_pos pos;
	struct ast_value value;
};
struct ast_directive {
	const char *name;
	struct tf_pos pos; /* of the @ */
	const struct ast_argument *arguments;
	size_t n_arguments;
};

/* ---- queries ---- */

enum ast_selection_kind { AST_FIELD, AST_INLINE_FRAGMENT, AST_FRAGMENT_SPREAD };
struct ast_selection {
	enum ast_selection_kind kind;
	struct tf_pos pos;
	const char *alias; /* NULL: none */
	const char *name;  /* of the field or the fragment; the type condition of an inline fragment, NULL: none */
	struct tf_pos name_pos;
	const struct ast_argument *arguments;
	size_t n_arguments;
	const struct ast_directive *directives;
	size_t n_directives;
	const struct ast_selection *selections;
	size_t n_selections;
	bool has_selections; /* braces were there */
};

enum ast_operation_kind { AST_QUERY, AST_MUTATION, AST_SUBSCRIPTION };
struct ast_operation {
	enum ast_operation_kind kind;
	struct tf_pos pos;
	const char *name;       /* NULL: none */
	size_t n_variables;     /* definitions in parentheses */
	struct tf_pos variable_pos; /* of the first */
	const struct ast_directive *directives;
	size_t n_directives;
	const struct ast_selection *selections;
	size_t n_selections;
};

/* ---- schemas ---- */

struct ast_type { /* as written */
	struct tf_type type;
	struct tf_pos pos;
};
struct ast_param_def {
	const char *name, *doc;
	struct tf_pos pos;
	struct ast_type type;
	bool has_default;
	struct ast_value value;
};
struct ast_field_def {
	const char *name, *doc;
	struct tf_pos pos;
	struct ast_type type;
	const struct ast_param_def *params;
	size_t n_params;
};
struct ast_name {
	const char *name;
	struct tf_pos pos;
};
enum ast_definition_kind { AST_SCHEMA, AST_OBJECT_TYPE, AST_INTERFACE, AST_SCALAR, AST_UNION, AST_ENUM_TYPE, AST_INPUT, AST_DIRECTIVE_DEF, AST_EXTENSION };
struct ast_definition {
	enum ast_definition_kind kind;
	struct tf_pos pos; /* of its name, where it has one */
	const char *name, *doc;
	const char *query; /* AST_SCHEMA: the root type's name; NULL: none */
	struct tf_pos query_pos;
	const struct ast_name *implements;
	size_t n_implements;
	const struct ast_field_def *fields;
	size_t n_fields;
};

struct ast_document {
	const struct ast_operation *operations;
	size_t n_operations;
	const struct ast_definition *definitions;
	size_t n_definitions;
	size_t n_fragments; /* named ones: refused later */
	struct tf_pos fragment_pos;
};

struct ast_limits {
	size_t max_bytes, max_depth;
};
/* `stage` says what is expected: TF_STAGE_SCHEMA definitions, TF_STAGE_PARSE operations. */
int ast_parse(struct tf_arena *a, const char *text, size_t n, const struct ast_limits *limits, enum tf_stage stage,
	      struct ast_document *ret, struct tf_errors *errors);

/* A literal as a value; -EINVAL when a variable, an object or an enum's name is in it; -ENOMEM. */
int ast_constant(struct tf_arena *a, const struct ast_value *v, struct tf_value *ret);

#endif
