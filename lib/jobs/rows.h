/*
 * rows.h - columns of the store into the memory of a call; for this library and its daemons.
 */
#ifndef JOBS_ROWS_H
#define JOBS_ROWS_H

#include "base/json.h"
#include "store/conn.h"
#include "wire/codec.h"

/* A text column as a copy in the arena; NULL when memory is out, "" for null. */
const char *row_text(sqlite3_stmt *q, int column, struct wire_arena *arena);
/* The same, false for null. */
bool row_optional(sqlite3_stmt *q, int column, struct wire_arena *arena, const char **ret);
/* A JSON column, kept by the arena; NULL for null. */
int row_json(sqlite3_stmt *q, int column, struct wire_arena *arena, json_t **ret, struct err *err);
/* All first columns of a bound statement, as texts. */
int row_texts(struct store_conn *c, sqlite3_stmt *q, struct wire_arena *arena, const char ***ret,
	      size_t *ret_n, struct err *err);

/*
 * One page of a list: the ids that a bound statement gives, which asks for one more than `limit`;
 * the cursor is the last of them, or "" when nothing follows.
 */
struct row_page {
	const char **ids;
	size_t n;
	const char *cursor;
};
int row_page(struct store_conn *c, sqlite3_stmt *q, struct wire_arena *arena, int64_t limit,
	     struct row_page *ret, struct err *err);

/* a JSON array of strings as malloc'ed text, "[]" for none */
char *row_list_text(const char *const *items, size_t n);
/* An object as malloc'ed text with sorted keys, "{}" for NULL. */
char *row_object_text(const json_t *object);

#endif
