/*
 * schema_priv.h - a schema while it is built and checked.
 *
 * Shapes:    types in the order of the text, the root among them; `by_name` in the order of their names, which is also that in
 *            which errors are told (the same as Trustfall's).
 * Ownership: all memory is the schema's arena; names and docs are those of the syntax tree, which lives in it too.
 */
#ifndef TRUSTFALL_SCHEMA_PRIV_H
#define TRUSTFALL_SCHEMA_PRIV_H

#include "trustfall/ast_priv.h"
#include "trustfall/schema.h"

struct schema_type;

/* The interfaces that first had a field, by rank. */
struct schema_origin {
	const uint32_t *ranks;
	size_t n;
};

struct schema_type {
	struct tf_type_def def;
	const struct ast_definition *ast;
	struct tf_field_def *fields;           /* def.fields */
	const struct tf_field_def **sorted;    /* by name */
	const struct tf_type_def **objects;    /* def.objects */
	struct schema_type **implements;       /* by name, each once, those that there are */
	size_t n_implements;
	uint32_t rank;                         /* its place in by_name */
	size_t n_waiting;                      /* interfaces whose origins are not known yet */
	struct schema_origin *origins;         /* of def.fields; NULL: not known */
};

struct tf_schema {
	struct tf_arena *arena;
	struct ast_document ast;
	struct schema_type *types;
	size_t n_types;
	struct schema_type **by_name;
	struct schema_type *root;
	const struct tf_type_def **list; /* types without the root */
	size_t n_list;
};

/* NULL: there is none; the root is found too. */
struct schema_type *schema_find(const struct tf_schema *s, const char *name);
/* Room for n items of `size` bytes, zeroed; NULL when memory is out. */
void *schema_take(struct tf_schema *s, size_t n, size_t size);
int schema_error(struct tf_errors *errors, const char *kind, struct tf_pos pos, json_t *args, const char *fmt, ...) PRINTF(5, 6);

/* Types, fields and what they implement, from the syntax tree; stops at what leaves no schema to look at. */
int schema_build(struct tf_schema *s, struct tf_errors *errors);
/* All that Trustfall wants of a schema; -EINVAL when something is wrong. */
int schema_check(struct tf_schema *s, struct tf_errors *errors);
int schema_check_inheritance(struct tf_schema *s, struct tf_errors *errors);
int schema_check_origins(struct tf_schema *s, struct tf_errors *errors);

#endif
