/*
 * schema.h - a schema: what kinds of vertices there are, their properties, and the edges between them.
 *
 * Shapes:    types in the order of the text, but the root type, which is apart; fields in the order of their text.
 * Ownership: the schema owns all; definitions are lent as long as it lives.
 * Threads:   immutable once made: any number of threads may use one.
 * Errors:    -EINVAL with all that is wrong in `errors`, kinds as in Trustfall; -ENOMEM, -EMSGSIZE (LIMIT_TRUSTFALL_SCHEMA_BYTES),
 *            -E2BIG (LIMIT_TRUSTFALL_QUERY_DEPTH, LIMIT_TRUSTFALL_PARAMETERS).
 * Source:    Trustfall's schema language: GraphQL's SDL with a root type of starting points.
 */
#ifndef TRUSTFALL_SCHEMA_H
#define TRUSTFALL_SCHEMA_H

#include "base/mem.h"
#include "trustfall/error.h"
#include "trustfall/type.h"

struct tf_param_def {
	const char *name, *doc; /* doc may be NULL */
	struct tf_type type;
	bool has_default; /* a nullable one without has the default null */
	struct tf_value value;
};

struct tf_type_def;
struct tf_field_def {
	const char *name, *doc;
	struct tf_type type;
	const struct tf_type_def *target; /* of an edge; NULL: a property */
	const struct tf_param_def *params; /* in the order of the text */
	size_t n_params;
	uint32_t index; /* its place among the fields of its type */
};

struct tf_type_def {
	const char *name, *doc;
	bool interface;
	uint32_t index; /* its place among the types; the root: TF_ROOT_INDEX */
	const struct tf_field_def *fields;
	size_t n_fields;
	const struct tf_type_def *const *supertypes; /* all interfaces that it implements */
	size_t n_supertypes;
	const struct tf_type_def *const *objects; /* of an interface: its object types; of an object: itself */
	size_t n_objects;
};
#define TF_ROOT_INDEX UINT32_MAX

struct tf_schema;
int tf_schema_parse(const char *text, size_t n, struct tf_schema **ret, struct tf_errors *errors);
void tf_schema_free(struct tf_schema *s);
AUTO_DEFINE(tf_schema);

const struct tf_type_def *tf_schema_root(const struct tf_schema *s);
size_t tf_schema_n_types(const struct tf_schema *s);
const struct tf_type_def *tf_schema_type_at(const struct tf_schema *s, size_t index);
const struct tf_type_def *tf_schema_type(const struct tf_schema *s, const char *name); /* NULL: none */
const struct tf_field_def *tf_type_field(const struct tf_type_def *t, const char *name); /* NULL: none */
/* Whether every `t` is a `super` (also of itself). */
bool tf_type_is(const struct tf_type_def *t, const struct tf_type_def *super);

#endif
