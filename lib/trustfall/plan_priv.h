/*
 * plan_priv.h - a compiled query, as the checks leave it and the run takes it.
 *
 * Shapes:    vertices, folds and components by number, in reading order. Component 0 is the query itself; each fold has one.
 *            The steps of a component are edges and folds in the order written: step 0 reaches its first vertex.
 *            A vertex is visited when its edge has yielded it, its coercion has succeeded and all its filters have passed.
 * Ownership: the query's arena.
 */
#ifndef TRUSTFALL_PLAN_PRIV_H
#define TRUSTFALL_PLAN_PRIV_H

#include "trustfall/query.h"

#define PLAN_NONE UINT32_MAX

enum plan_op {
	PLAN_IS_NULL,
	PLAN_IS_NOT_NULL,
	PLAN_EQUAL,
	PLAN_NOT_EQUAL,
	PLAN_LESS,
	PLAN_LESS_EQUAL,
	PLAN_GREATER,
	PLAN_GREATER_EQUAL,
	PLAN_CONTAINS,
	PLAN_NOT_CONTAINS,
	PLAN_ONE_OF,
	PLAN_NOT_ONE_OF,
	PLAN_HAS_PREFIX,
	PLAN_NOT_HAS_PREFIX,
	PLAN_HAS_SUFFIX,
	PLAN_NOT_HAS_SUFFIX,
	PLAN_HAS_SUBSTRING,
	PLAN_NOT_HAS_SUBSTRING,
	PLAN_REGEX,
	PLAN_NOT_REGEX,
	PLAN_OP_COUNT
};
const char *plan_op_name(enum plan_op op); /* "is_null", "=", … */

/* Where a value comes from. */
struct plan_source {
	uint32_t vertex; /* whose property; PLAN_NONE: it is a fold's count */
	uint32_t fold;   /* the fold that is counted; else PLAN_NONE */
	const struct tf_field_def *property; /* NULL: __typename, or a count */
	struct tf_type type;
};

enum plan_operand { PLAN_NO_OPERAND, PLAN_VARIABLE, PLAN_TAG };
struct plan_filter {
	enum plan_op op;
	struct plan_source subject;
	enum plan_operand operand;
	uint32_t variable; /* its place among the query's variables */
	struct plan_source tag;
	uint32_t tag_component; /* the component that the tag is in: this one or one around it */
	struct tf_pos pos;
};

struct plan_edge {
	const struct tf_field_def *field; /* of `from_type` */
	const struct tf_type_def *from_type; /* the static type that it is taken from; the root type for the first vertex */
	const struct tf_value *params;       /* field->n_params */
};

struct plan_vertex {
	uint32_t component;
	uint32_t parent; /* PLAN_NONE: the first of the query. The first of a fold's component has the vertex outside */
	struct plan_edge edge;
	const struct tf_type_def *type;        /* static type, after the coercion */
	const struct tf_type_def *coerced_from; /* NULL: no coercion */
	bool optional;
	uint32_t depth; /* of @recurse; 0: none */
	const struct tf_type_def *recurse_type; /* vertices that are not of it are kept and not expanded; NULL: all are */
	struct plan_edge recurse_edge;          /* the edge as taken from the second level on */
	const struct plan_filter *filters;
	size_t n_filters;
	/* Names of the properties that filters, tags and outputs read of it, "__typename" among them, and of the edges that are taken. */
	const char *const *uses;
	size_t n_uses;
};

struct plan_fold {
	uint32_t component; /* inside of it */
	uint32_t parent;    /* the vertex that it is a fold of */
	uint32_t outer;     /* the component of that */
	const struct plan_filter *filters; /* on its count */
	size_t n_filters;
	bool counted; /* its count is filtered, tagged or put out */
};

struct plan_step {
	uint32_t vertex; /* to reach; PLAN_NONE: */
	uint32_t fold;   /* to gather */
};

struct plan_output {
	struct tf_column column;
	struct plan_source source;
	uint32_t component; /* where its value is had: a fold makes a list of it for the component around it */
};

struct plan_component {
	uint32_t fold; /* whose; PLAN_NONE: the query itself */
	const struct plan_step *steps;
	size_t n_steps;
	/* What a row of it has: its own outputs, and those of the folds inside of it (as indices of `outputs` of the query). */
	const uint32_t *outputs;
	size_t n_outputs;
};

struct tf_query {
	const struct tf_schema *schema;
	struct tf_arena *arena;
	const struct plan_vertex *vertices;
	size_t n_vertices;
	const struct plan_fold *folds;
	size_t n_folds;
	const struct plan_component *components;
	size_t n_components;
	const struct plan_output *outputs; /* in reading order */
	size_t n_outputs;
	const struct tf_column *variables; /* by name */
	size_t n_variables;
};

struct tf_arguments {
	struct tf_arena *arena;
	struct tf_value *values; /* as the query's variables */
};

#endif
