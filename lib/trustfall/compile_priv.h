/*
 * compile_priv.h - what the parts of the compiler share while a query is checked against its schema.
 *
 * Errors:    mistakes of the query are collected with build_error and counted; a return value tells only -ENOMEM and -E2BIG.
 *            They are found in the order in which Trustfall finds them: of a component first what is read from top to bottom
 *            (folds within it being whole components), then vertices with their filters, then, if nothing was wrong, edges,
 *            then the names of outputs; of the query at last variables, unused tags and names of outputs.
 */
#ifndef TRUSTFALL_COMPILE_PRIV_H
#define TRUSTFALL_COMPILE_PRIV_H

#include "base/limits.h"
#include "trustfall/query_priv.h"

struct build_tag {
	const char *name;
	struct tf_pos pos;
	struct plan_source source;
	uint32_t component;
	uint32_t vertex; /* it is known from here on: the vertex of the property, the first one inside of a fold for its count */
	bool used;
};

struct build_output {
	const char *name;
	struct tf_pos pos;
	struct plan_source source;
	uint32_t component;
	const char *of, *field; /* for errors: the type and property, or the edge and "@fold.count" */
};

/* A variable where it is used. */
struct build_use {
	const char *name;
	struct tf_type type;
	struct tf_pos pos;
};

struct build {
	const struct tf_schema *schema;
	struct tf_arena *arena;
	struct tf_errors *errors;
	const struct query_field *root;
	size_t n_errors; /* so far: also those that tf_errors had no room for */
	struct tf_query *q; /* in the making; the arrays below are those of it, of full size */
	struct plan_vertex *vertices;
	const struct query_field **nodes; /* of each vertex */
	struct plan_fold *folds;
	struct plan_component *components;
	struct build_tag *tags;
	size_t n_tags;
	struct build_output *outputs;
	size_t n_outputs;
	struct build_use *uses; /* plan_filter.variable counts these until the variables are known */
	size_t n_uses;
	const char *prefixes[LIMIT_TRUSTFALL_QUERY_DEPTH]; /* aliases of the edges around, outermost first */
	size_t n_prefixes;
};

extern const struct tf_type build_typename_type, build_count_type;

/* Adds one error of the stage "frontend". */
void build_error(struct build *b, const char *kind, struct tf_pos pos, json_t *args, const char *fmt, ...) PRINTF(5, 6);
void build_hint(struct build *b, const char *fmt, ...) PRINTF(2, 3);
/* An array of the arena, zeroed; *ret is NULL for none. */
int build_take(struct build *b, size_t n, size_t size, void *ret);

/* ---- check.c: do the names exist? ---- */

struct check_size {
	size_t n_vertices, n_folds;
};
/* Stops at the first mistake, as Trustfall does. Afterwards every field is one of its type. */
int check_names(struct build *b, const struct query_field *root, struct check_size *ret);
bool field_is_typename(const struct query_field *f);
/* The type that its vertices have, of an edge that exists: after the coercion. */
const struct tf_type_def *field_type(const struct build *b, const struct query_field *f, const struct tf_field_def *edge);
const struct tf_type_def *check_type(const struct tf_schema *s, const char *name);

/* ---- compile_vertex.c ---- */

struct plan_source build_property_source(const struct build *b, uint32_t vertex, const struct query_field *f);
/* Of a vertex whose component has been read: its filters. `is_first`: of its component. */
int build_vertex(struct build *b, uint32_t vertex, bool is_first);
/* What is read of it; those after it have been asked before, for a @recurse gives the vertex that it starts from too. */
int build_uses(struct build *b, uint32_t vertex);

/* ---- compile_edge.c ---- */

int build_params(struct build *b, const struct tf_field_def *edge, const struct query_field *f, const struct tf_value **ret);
/* Fills in recurse_type and recurse_edge, but for its parameters. */
void build_recursion(struct build *b, struct plan_vertex *v, const struct query_field *f);
/* The values of the edge once more, as recurse_edge wants them. */
int build_recurse_params(struct build *b, struct plan_vertex *v, const struct query_field *f);

/* ---- compile_filter.c ---- */

/*
 * Filters of a value: `use_vertex` is where they stand, `name` the value's in messages. *n counts those that were put into `into`.
 */
void build_filters(struct build *b, const struct query_value *value, const struct plan_source *subject, const char *name,
		   uint32_t component, uint32_t use_vertex, struct plan_filter *into, size_t *n);
/* After all filters: the variables by name, each with the type that all its uses agree on. */
int build_variables(struct build *b);

/* ---- compile_name.c ---- */

void build_add_tag(struct build *b, const struct query_name *t, const char *name, const struct plan_source *source,
		   uint32_t component, uint32_t vertex);
struct build_tag *build_find_tag(struct build *b, const char *name);
/* `base` and `suffix` make the name of an output that has none of its own. */
int build_add_output(struct build *b, const struct query_name *o, const char *base, const char *suffix,
		     const struct build_output *out);
/* Tells names that stand for more than one output of that component (PLAN_NONE: of all of them). */
int build_check_outputs(struct build *b, uint32_t component);
void build_check_tags(struct build *b);
/* Types, order, and which component has which. */
int build_finish_outputs(struct build *b);

/* Whether `inner` is `outer` or a fold inside of it. */
bool build_is_inside(const struct build *b, uint32_t inner, uint32_t outer);
int build_compare_pos(struct tf_pos a, struct tf_pos b);

int build_query(struct build *b, const struct query_text *text);

#endif
