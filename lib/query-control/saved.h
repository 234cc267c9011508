/*
 * saved.h - queries that were given a name: those that ship with hootenanny, and those that participants save.
 *
 * What ships stands in builtin.def and can be neither replaced nor removed. The others are a table of the store
 * (saved_schema), at most LIMIT_SAVED_QUERIES.
 *
 * Ownership: what is found lies in the caller's arena.
 * Threads:   any; each on the connection that it was given, inside its caller's transaction.
 * Errors:    -EINVAL for a name that is none, -EEXIST for that of one that ships, -ENOENT with the nearest name, -ENOSPC when
 *            there is no more room, those of the store, -ENOMEM. Whether the query is right is for the caller to check.
 */
#ifndef QUERY_CONTROL_SAVED_H
#define QUERY_CONTROL_SAVED_H

#include "base/json.h"
#include "store/store.h"
#include "wire/codec.h"

extern const struct store_schema saved_schema;

/* Keeps s->query with its name, in place of one of the same name. */
int saved_put(struct store_conn *c, const struct saved_query *s, bool *ret_replaced, struct err *err);
int saved_find(struct store_conn *c, const char *name, struct wire_arena *arena, struct saved_query *ret, struct err *err);
/* All, by name. */
int saved_list(struct store_conn *c, struct wire_arena *arena, struct query_list_result *ret, struct err *err);
int saved_remove(struct store_conn *c, const char *name, struct err *err);

/* What ships, by name. */
struct saved_builtin {
	const char *name, *doc, *variables, *query; /* variables: JSON */
};
const struct saved_builtin *saved_builtin(size_t i); /* NULL at the end */

/* The values to run it with: what `given` (an object, NULL: {}) has, else what it was saved with. New. */
int saved_variables(const struct saved_query *s, const json_t *given, json_t **ret, struct err *err);

#endif
