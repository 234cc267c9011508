#include "store/conn.h"

#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "store/conn_priv.h"

#include "base/banned.h"

static int code_of(sqlite3 *db, int code)
{
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_INTERRUPT:
		return -ECANCELED;
	case SQLITE_TOOBIG:
		return -EMSGSIZE;
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR: {
		int system = db ? sqlite3_system_errno(db) : 0;
		if (system == ENOSPC || system == EDQUOT)
			return -ENOSPC;
		if (code == SQLITE_IOERR_NOMEM)
			return -ENOMEM;
		return system == ENOENT || system == EACCES || system == EROFS ? -system : -EIO;
	}
	default:
		return -EIO;
	}
}

int store_conn_error(struct store_conn *c, int code, struct err *err, const char *what)
{
	const char *why = c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code);
	return err_set(err, code_of(c->db, code), "%s: %s: %s", c->path, what, why);
}

bool store_conn_lost(const struct store_conn *c)
{
	return sqlite3_get_autocommit(c->db) != 0;
}

void store_conn_free(struct store_conn *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_statements; i++)
		sqlite3_finalize(c->statements[i].q);
	for (size_t i = 0; i < c->n_spare; i++)
		sqlite3_finalize(c->spare[i].q);
	free(c->statements);
	sqlite3_close(c->db);
	free(c->path);
	free(c);
}

/* WAL is a property of the file; readers find it set. */
static int set_up(struct store_conn *c, enum store_conn_kind kind, struct err *err)
{
	int r = store_script(
		c,
		"PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"
		"PRAGMA cell_size_check=ON; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-16000;",
		err);
	if (r < 0 || kind == STORE_CONN_READER)
		return r;
	sqlite3_stmt *q;
	r = store_query(c, &q, err, "PRAGMA journal_mode=WAL", "");
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		r = str_eq(store_text(q, 0), "wal")
			    ? 0
			    : err_set(err, -ENOTSUP,
				      "%s: this file system cannot hold a write-ahead log",
				      c->path);
	store_done(q);
	return r < 0 ? r : store_script(c, "PRAGMA synchronous=FULL;", err);
}

int store_conn_open(const char *path, enum store_conn_kind kind, struct store_conn **ret,
		    struct err *err)
{
	AUTO(store_conn) c = calloc(1, sizeof(*c));
	if (!c || !(c->path = strdup(path)))
		return err_set(err, -ENOMEM, "%s", path);
	int flags = kind == STORE_CONN_WRITER ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
					      : SQLITE_OPEN_READONLY;
	int code = sqlite3_open_v2(path, &c->db,
				   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (code != SQLITE_OK)
		return store_conn_error(c, code, err, "open");
	sqlite3_busy_timeout(c->db, 5000);
	int r = set_up(c, kind, err);
	if (r < 0)
		return r;
	*ret = TAKE(c);
	return 0;
}

int store_script(struct store_conn *c, const char *sql, struct err *err)
{
	int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? 0 : store_conn_error(c, code, err, "run");
}

int store_prepare(struct store_conn *c, const char *sql, sqlite3_stmt **ret, struct err *err)
{
	int code = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
	return code == SQLITE_OK ? 0 : store_conn_error(c, code, err, "prepare");
}

static int find_statement(struct store_conn *c, const char *sql, sqlite3_stmt **ret,
			  struct err *err)
{
	for (size_t i = 0; i < c->n_statements; i++) {
		if (c->statements[i].sql != sql)
			continue;
		*ret = c->statements[i].q;
		return 0;
	}
	if (mem_grow(&c->statements, &c->room_statements, c->n_statements + 1,
		     sizeof(*c->statements)) < 0)
		return err_set(err, -ENOMEM, "%s: prepare", c->path);
	sqlite3_stmt *q = NULL;
	int r = store_prepare(c, sql, &q, err);
	if (r < 0)
		return r;
	c->statements[c->n_statements++] = (struct store_statement){sql, q};
	*ret = q;
	return 0;
}

static int bind_one(sqlite3_stmt *q, int at, char type, va_list *ap)
{
	switch (type) {
	case 'i':
		return sqlite3_bind_int64(q, at, va_arg(*ap, int64_t));
	case 'd':
		return sqlite3_bind_double(q, at, va_arg(*ap, double));
	case 't':
		return sqlite3_bind_text(q, at, va_arg(*ap, const char *), -1, SQLITE_STATIC);
	case 'b': {
		const void *bytes = va_arg(*ap, const void *);
		size_t n = va_arg(*ap, size_t);
		return bytes && !n ? sqlite3_bind_zeroblob(q, at, 0)
				   : sqlite3_bind_blob64(q, at, bytes, n, SQLITE_STATIC);
	}
	case 'n':
		return sqlite3_bind_null(q, at);
	default:
		return SQLITE_MISUSE;
	}
}

static int bind_all(struct store_conn *c, sqlite3_stmt *q, const char *types, va_list *ap, struct err *err)
{
	for (int i = 0; types[i]; i++) {
		int code = bind_one(q, i + 1, types[i], ap);
		if (code != SQLITE_OK)
			return store_conn_error(c, code, err, "bind");
	}
	return 0;
}

static int query_va(struct store_conn *c, sqlite3_stmt **ret, struct err *err, const char *sql,
		    const char *types, va_list *ap)
{
	sqlite3_stmt *q = NULL;
	*ret = NULL;
	int r = find_statement(c, sql, &q, err);
	if (r < 0)
		return r;
	if (sqlite3_stmt_busy(q))
		return err_set(err, -EBUSY, "%s: statement is in use: %s", c->path, sql);
	sqlite3_clear_bindings(q);
	r = bind_all(c, q, types, ap, err);
	if (r == 0)
		*ret = q;
	return r;
}

int store_query(struct store_conn *c, sqlite3_stmt **ret, struct err *err, const char *sql,
		const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	int r = query_va(c, ret, err, sql, types, &ap);
	va_end(ap);
	return r;
}

/* The one that was given back last is found first. */
static sqlite3_stmt *take_spare(struct store_conn *c, const char *sql)
{
	for (size_t i = c->n_spare; i > 0; i--) {
		if (c->spare[i - 1].sql != sql)
			continue;
		sqlite3_stmt *q = c->spare[i - 1].q;
		c->spare[i - 1] = c->spare[--c->n_spare];
		return q;
	}
	return NULL;
}

int store_take_va(struct store_conn *c, sqlite3_stmt **ret, struct err *err, const char *sql, const char *types, va_list *ap)
{
	sqlite3_stmt *q = take_spare(c, sql);
	*ret = NULL;
	int r = q ? 0 : store_prepare(c, sql, &q, err);
	if (r == 0)
		r = bind_all(c, q, types, ap, err);
	if (r < 0)
		store_give(c, sql, q);
	else
		*ret = q;
	return r;
}

int store_take(struct store_conn *c, sqlite3_stmt **ret, struct err *err, const char *sql, const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	int r = store_take_va(c, ret, err, sql, types, &ap);
	va_end(ap);
	return r;
}

/* The oldest makes room. */
void store_give(struct store_conn *c, const char *sql, sqlite3_stmt *q)
{
	if (!q)
		return;
	sqlite3_reset(q); /* what it is bound to is not looked at before it is bound anew */
	if (c->n_spare == STORE_SPARE) {
		sqlite3_finalize(c->spare[0].q);
		c->spare[0] = c->spare[--c->n_spare];
	}
	c->spare[c->n_spare++] = (struct store_statement){sql, q};
}

int store_step(struct store_conn *c, sqlite3_stmt *q, struct err *err)
{
	int code = sqlite3_step(q);
	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE)
		return 0;
	int r = store_conn_error(c, code, err, "step");
	sqlite3_reset(q);
	return r;
}

void store_done(sqlite3_stmt *q)
{
	if (!q)
		return;
	sqlite3_reset(q); /* its result repeats the last step's */
	sqlite3_clear_bindings(q);
}

void store_again(sqlite3_stmt *q)
{
	if (q)
		sqlite3_reset(q); /* its result repeats the last step's */
}

void store_drop(sqlite3_stmt *q)
{
	(void)sqlite3_finalize(q); /* as in store_again */
}

int store_exec(struct store_conn *c, struct err *err, const char *sql, const char *types, ...)
{
	va_list ap;
	sqlite3_stmt *q;
	va_start(ap, types);
	int r = query_va(c, &q, err, sql, types, &ap);
	va_end(ap);
	while (r == 0 && (r = store_step(c, q, err)) > 0)
		r = 0; /* rows of a RETURNING that nobody wants */
	store_done(q);
	return r;
}

int store_int(struct store_conn *c, int64_t *ret, struct err *err, const char *sql,
	      const char *types, ...)
{
	va_list ap;
	sqlite3_stmt *q;
	va_start(ap, types);
	int r = query_va(c, &q, err, sql, types, &ap);
	va_end(ap);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		*ret = sqlite3_column_int64(q, 0);
	else if (r == 0)
		r = err_set(err, -ENOENT, "%s: no row", c->path);
	store_done(q);
	return r < 0 ? r : 0;
}

int64_t store_changes(const struct store_conn *c)
{
	return sqlite3_changes64(c->db);
}

int64_t store_total_changes(const struct store_conn *c)
{
	return sqlite3_total_changes64(c->db);
}

int64_t store_last_rowid(const struct store_conn *c)
{
	return sqlite3_last_insert_rowid(c->db);
}

const char *store_text_or_null(sqlite3_stmt *q, int column)
{
	return (const char *)sqlite3_column_text(q, column);
}

const char *store_text(sqlite3_stmt *q, int column)
{
	const char *s = store_text_or_null(q, column);
	return s ? s : "";
}
