/*
 * tables_priv.h - looking things up in several tables as if they were one.
 *
 * Shapes:    a type's rows come in the order of the tables; its supertypes are the names that any of its rows implements, and
 *            what those implement.
 * Ownership: all is lent, the tables' own.
 * Threads:   immutable.
 */
#ifndef TRUSTFALL_TABLES_PRIV_H
#define TRUSTFALL_TABLES_PRIV_H

#include "trustfall/adapter.h"

struct tables {
	const struct tf_table *const *v;
	size_t n;
};

struct tables_at {
	size_t table, row; /* the next to look at; begins as zeros */
};
/* The next row of that type, or of any for NULL; NULL at the end. */
const struct tf_type_row *tables_type(const struct tables *t, struct tables_at *at, const char *name);
/* The next starting point. */
const struct tf_edge_row *tables_root(const struct tables *t, struct tables_at *at);

/* What the rows of that type itself say; NULL: nothing. */
const struct tf_property_row *tables_own_property(const struct tables *t, const char *type, const char *name);
const struct tf_edge_row *tables_own_edge(const struct tables *t, const char *type, const char *name);

/* Names of all interfaces of a type, each once, nearest first. */
struct tables_supers {
	const char **v;
	size_t n, room;
};
int tables_supers(const struct tables *t, const char *type, struct tables_supers *ret);

#endif
