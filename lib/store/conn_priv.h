/*
 * conn_priv.h - connections inside lib/store: opening, pragmas, errors.
 */
#ifndef STORE_CONN_PRIV_H
#define STORE_CONN_PRIV_H

#include "base/mem.h"
#include "store/conn.h"
#include "store/store.h"

struct store_statement {
	const char *sql; /* a literal; its address is the key */
	sqlite3_stmt *q;
};

enum { STORE_SPARE = 128 };

struct store_conn {
	sqlite3 *db;
	char *path;
	struct store_statement *statements;
	size_t n_statements, room_statements;
	struct store_statement spare[STORE_SPARE]; /* of store_take, given back */
	size_t n_spare;
};

enum store_conn_kind { STORE_CONN_WRITER, STORE_CONN_READER };

int store_conn_open(const char *path, enum store_conn_kind kind, struct store_conn **ret,
		    struct err *err);
void store_conn_free(struct store_conn *c);
AUTO_DEFINE(store_conn);

/* The negative errno of an SQLite result code, with "path: doing what: why" as the message. */
int store_conn_error(struct store_conn *c, int code, struct err *err, const char *what);
/* Whether SQLite has thrown away the whole transaction (disk full, damage). */
bool store_conn_lost(const struct store_conn *c);

int store_migrate(struct store_conn *c, const struct store_schema *const *schemas, size_t n,
		  struct err *err);

#endif
