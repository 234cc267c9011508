/*
 * conn.h - statements on a connection of the store, without the ceremony.
 *
 *   sqlite3_stmt *q;
 *   int r = store_query(c, &q, err, "SELECT name FROM t WHERE id = ? AND n > ?", "ti", id,
 *   (int64_t)3); while (r == 0 && (r = store_step(c, q, err)) > 0)
 *           use(store_text(q, 0));
 *   store_done(q);
 *
 * Binding:   one letter a parameter: i int64_t, d double, t const char * (NULL binds null), b const
 *            void * and size_t (NULL binds null), n nothing (binds null). Text and blobs must stay
 *            until the statement is done.
 * Ownership: a connection keeps its statements prepared, found by the address of their text: `sql`
 *            must be a literal. A statement that is still being stepped must not be asked for
 *            again.
 * Threads:   a connection belongs to one thread at a time.
 * Errors:    as in store.h; the message holds the file and what SQLite says.
 */
#ifndef STORE_CONN_H
#define STORE_CONN_H

#include "base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

struct store_conn;

int store_query(struct store_conn *c, sqlite3_stmt **ret, struct err *err, const char *sql,
		const char *types, ...);
/* 1: there is a row, 0: there is none left. */
int store_step(struct store_conn *c, sqlite3_stmt *q, struct err *err);
void store_done(sqlite3_stmt *q); /* NULL does nothing */
/*
 * A statement of one's own: the same text may be asked for again while it is being stepped. store_give takes it back, with the
 * text that it was taken for; the connection keeps some for the next who asks, who must give every value anew.
 */
int store_take(struct store_conn *c, sqlite3_stmt **ret, struct err *err, const char *sql, const char *types, ...);
int store_take_va(struct store_conn *c, sqlite3_stmt **ret, struct err *err, const char *sql, const char *types, va_list *ap);
void store_give(struct store_conn *c, const char *sql, sqlite3_stmt *q); /* NULL does nothing */
/* A statement whose text is made up, not kept: the caller's own, dropped before the connection goes. Values stay bound through store_again. */
int store_prepare(struct store_conn *c, const char *sql, sqlite3_stmt **ret, struct err *err);
void store_again(sqlite3_stmt *q); /* NULL does nothing; so does it to the next */
void store_drop(sqlite3_stmt *q);
/* Runs a statement that gives no rows; returns 0 or an error. */
int store_exec(struct store_conn *c, struct err *err, const char *sql, const char *types, ...);
/* Runs any SQL text, several statements too, without keeping it. */
int store_script(struct store_conn *c, const char *sql, struct err *err);
/* The one integer that a query gives; -ENOENT when it gives no row. */
int store_int(struct store_conn *c, int64_t *ret, struct err *err, const char *sql,
	      const char *types, ...);

/* Rows changed by the last statement; the rowid of the last insert. */
int64_t store_changes(const struct store_conn *c);
int64_t store_total_changes(const struct store_conn *c); /* since it was opened */
int64_t store_last_rowid(const struct store_conn *c);

/* Columns: text is "" for null, and lent until the next step. */
const char *store_text(sqlite3_stmt *q, int column);
const char *store_text_or_null(sqlite3_stmt *q, int column);
static inline bool store_is_null(sqlite3_stmt *q, int column)
{
	return sqlite3_column_type(q, column) == SQLITE_NULL;
}

#endif
