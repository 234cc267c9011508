/*
 * select_priv.h - rows of the store as vertices: `p` of each is the statement, standing on its row.
 *
 * Lifetime:  the row is lent until the iterator's next or close. Texts that are bound must stay until then: those of the vertex
 *            that an edge begins at, of hints and of parameters do.
 */
#ifndef QUERY_CONTROL_SELECT_PRIV_H
#define QUERY_CONTROL_SELECT_PRIV_H

#include "query-control/control.h"

static inline struct control_view *control_of(const struct tf_context *c)
{
	return query_world(c)->control;
}

/* The rows of `sql` (a literal) as vertices of it->type; binding as in store/conn.h. */
int select_open(struct tf_iter *it, struct tf_context *c, struct err *err, const char *sql, const char *types, ...);

/* The same of a statement that gives one row at most: it is not asked for another. */
int select_open_one(struct tf_iter *it, struct tf_context *c, struct err *err, const char *sql, const char *key);
int select_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err);

/* A function that opens the rows with a key, ?1 of the text. */
#define SELECT_BY(fn, sql) \
	int fn(struct tf_iter *it, struct tf_context *c, const char *key, struct err *err) \
	{ \
		return select_open(it, c, err, sql, "t", key); \
	}

#define SELECT_ONE_BY(fn, sql) \
	int fn(struct tf_iter *it, struct tf_context *c, const char *key, struct err *err) \
	{ \
		return select_open_one(it, c, err, sql, key); \
	}

/* How a query that asks for certain values is best answered. */
enum select_kind {
	SELECT_EQUAL,    /* ?1: a value, or each of several in turn */
	SELECT_CONTAINS, /* ?1: an item of a list of texts */
	SELECT_RANGE,    /* ?1 and ?2: between them */
	SELECT_RANGE_OF_AGE, /* the same for milliseconds since 1970, where the property says how many seconds ago */
	SELECT_ALL,
};
struct select_path {
	enum select_kind kind;
	const char *property;
	const char *sql;
	const struct wire_enum *names; /* the column has the number of the name; NULL: the value itself */
};
/* Takes the first path that the hints allow; the last must be SELECT_ALL. */
int select_by_hints(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const struct select_path *paths, size_t n,
		    struct err *err);

/* ---- properties that are columns ---- */

static inline sqlite3_stmt *select_row(const struct tf_vertex *v)
{
	return (sqlite3_stmt *)(uintptr_t)v->p;
}
/* NULL for null; lent with the row. */
static inline const char *select_text(const struct tf_vertex *v, int column)
{
	return (const char *)sqlite3_column_text(select_row(v), column);
}
struct tf_value select_text_value(const struct tf_vertex *v, int column);
struct tf_value select_int_value(const struct tf_vertex *v, int column);
/* How long ago; the column is milliseconds since 1970. */
struct tf_value select_age_value(const struct tf_context *c, const struct tf_vertex *v, int column);

#define SELECT_GET(fn, value) \
	static int fn(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err) \
	{ \
		*ret = (value); \
		return 0; \
	}
#define SELECT_TEXT(fn, column) SELECT_GET(fn, select_text_value(v, column))
#define SELECT_INT(fn, column)  SELECT_GET(fn, select_int_value(v, column))
#define SELECT_REAL(fn, column) SELECT_GET(fn, tf_float(sqlite3_column_double(select_row(v), column)))
#define SELECT_BOOL(fn, column) SELECT_GET(fn, tf_bool(sqlite3_column_int(select_row(v), column) != 0))
#define SELECT_AGE(fn, column)  SELECT_GET(fn, select_age_value(c, v, column))
#define SELECT_ENUM(fn, column, e) SELECT_GET(fn, tf_string(wire_enum_name(&wire_enum_##e, sqlite3_column_int(select_row(v), column))))

/* All first columns of a bound statement as a list of texts, in memory of the context; gives the statement back. */
int select_list(struct tf_context *c, const char *sql, const char *key, struct tf_value *ret, struct err *err);

/* The first column of the first row, a text, in the same memory; null when there is none. */
int select_text_of(struct tf_context *c, const char *sql, const char *key, struct tf_value *ret, struct err *err);
/* Vertices whose `p` is the text of the first column. */
int select_open_names(struct tf_iter *it, struct tf_context *c, struct err *err, const char *sql, const char *key);

/* An edge or root that is opened by one call. */
#define SELECT_OPEN(fn, call) \
	static int fn(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, \
		      const struct tf_hints *hints, struct tf_iter *it, struct err *err) \
	{ \
		return call; \
	}
/* An edge to whatever has the text of that column as its key: fn(sql) with ?1. */
#define SELECT_EDGE(fn, sql, column) \
	SELECT_OPEN(fn, select_open(it, c, err, sql, "t", select_text(from, column)))

#endif
