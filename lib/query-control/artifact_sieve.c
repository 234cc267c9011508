#include "query-control/artifact_sieve_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "base/banned.h"

enum { MOST_PARAMS = 48, MOST_OF_LIST = 16, FIRST_PARAM = 3 }; /* ?1 and ?2 are the window */

struct sieve {
	uint32_t columns;
	sqlite3_stmt *q; /* NULL: not yet */
	enum artifact_column tests[ARTIFACT_SOURCES];
	int n_tests;
	unsigned n_missed;
	bool covers_all, full; /* full: it goes no further */
	char *covered; /* up to that id; NULL: nothing yet */
};

/* ---- what the store decides ---- */

struct writer {
	struct strbuf terms;
	const struct tf_value *params[MOST_PARAMS];
	size_t n_params;
};

static const char *const operators[TF_OP_OTHER] = {
	[TF_OP_EQUAL] = "=", [TF_OP_NOT_EQUAL] = "IS NOT", [TF_OP_LESS] = "<",
	[TF_OP_LESS_EQUAL] = "<=", [TF_OP_GREATER] = ">", [TF_OP_GREATER_EQUAL] = ">="};

static bool fits(enum artifact_kind kind, const struct tf_value *v)
{
	switch (kind) {
	case ARTIFACT_IS_TEXT:
	case ARTIFACT_IS_TAGS:
		return v->kind == TF_STRING;
	case ARTIFACT_IS_INT:
		return v->kind == TF_INT;
	case ARTIFACT_IS_REAL:
		return v->kind == TF_FLOAT;
	case ARTIFACT_IS_AGE:
		break;
	}
	return false;
}

static size_t param(struct writer *w, const struct tf_value *v)
{
	w->params[w->n_params] = v;
	return FIRST_PARAM + w->n_params++;
}

/* SQLite has no say in how it looks: the window is what it goes through, but for the id. */
static void subject(struct writer *w, enum artifact_column at)
{
	(void)strbuf_addf(&w->terms, " AND %s%s ", at == ARTIFACT_ID ? "" : "+", artifact_sources[at].sql);
}

static bool write_list(struct writer *w, enum artifact_column at, const struct tf_value *list)
{
	if (list->kind != TF_LIST || list->n > MOST_OF_LIST || w->n_params + list->n > MOST_PARAMS)
		return false;
	for (uint32_t i = 0; i < list->n; i++) {
		if (!fits(artifact_sources[at].kind, &list->v[i]))
			return false;
	}
	subject(w, at);
	(void)strbuf_adds(&w->terms, "IN (");
	for (uint32_t i = 0; i < list->n; i++)
		(void)strbuf_addf(&w->terms, "%s?%zu", i ? "," : "", param(w, &list->v[i]));
	(void)strbuf_adds(&w->terms, ")");
	return true;
}

static bool write_tags(struct writer *w, enum tf_op op, const struct tf_value *tag)
{
	if (op != TF_OP_CONTAINS && op != TF_OP_NOT_CONTAINS)
		return false;
	(void)strbuf_addf(&w->terms,
			  " AND a.id %s (SELECT t.artifact_id FROM artifact_tag t WHERE t.tag = ?%zu AND t.artifact_id > ?1 AND t.artifact_id <= ?2)",
			  op == TF_OP_CONTAINS ? "IN" : "NOT IN", param(w, tag));
	return true;
}

/* Whether the store can decide that filter: a row that it leaves out is one that the filter rejects. */
static bool write_term(struct writer *w, enum artifact_column at, enum tf_op op, const struct tf_value *v)
{
	enum artifact_kind kind = artifact_sources[at].kind;
	if (op == TF_OP_ONE_OF && v)
		return kind != ARTIFACT_IS_TAGS && write_list(w, at, v);
	if (op == TF_OP_OTHER || !v || !fits(kind, v) || w->n_params == MOST_PARAMS)
		return false;
	if (kind == ARTIFACT_IS_TAGS)
		return write_tags(w, op, v);
	bool orders = op != TF_OP_EQUAL && op != TF_OP_NOT_EQUAL;
	if (!operators[op] || (orders && kind == ARTIFACT_IS_TEXT) || (op == TF_OP_NOT_EQUAL && kind == ARTIFACT_IS_REAL))
		return false;
	subject(w, at);
	(void)strbuf_addf(&w->terms, "%s ?%zu", operators[op], param(w, v));
	return true;
}

static void write_terms(struct writer *w, struct sieve *s, const struct tf_hints *hints)
{
	for (enum artifact_column at = 0; at < ARTIFACT_SOURCES; at++) {
		const struct tf_value *v;
		enum tf_op op;
		bool left = false;
		for (size_t i = 0; tf_hint_sieve(hints, artifact_sources[at].property, &i, &op, &v);)
			left = !write_term(w, at, op, v) || left;
		if (left && at != ARTIFACT_TAGS)
			s->tests[s->n_tests++] = at;
	}
}

static int bind(sqlite3_stmt *q, int at, const struct tf_value *v)
{
	if (v->kind == TF_STRING)
		return sqlite3_bind_text(q, at, v->s, (int)v->n, SQLITE_TRANSIENT);
	return v->kind == TF_INT ? sqlite3_bind_int64(q, at, v->i) : sqlite3_bind_double(q, at, v->f);
}

static int prepare(struct sieve *s, struct store_conn *conn, const struct writer *w, struct err *err)
{
	AUTO_STRBUF sql = STRBUF_INIT;
	(void)strbuf_adds(&sql, "SELECT ");
	artifact_columns_write(&sql, s->columns);
	(void)strbuf_addf(&sql, " FROM artifact a WHERE a.id > ?1 AND a.id <= ?2%s", w->terms.s ? w->terms.s : "");
	if (!strbuf_ok(&sql) || !strbuf_ok(&w->terms))
		return err_set(err, -ENOMEM, "query");
	int r = store_prepare(conn, sql.s, &s->q, err);
	for (size_t i = 0; r == 0 && i < w->n_params; i++)
		r = bind(s->q, FIRST_PARAM + (int)i, w->params[i]) == SQLITE_OK ? 0 : err_set(err, -ENOMEM, "query");
	return r;
}

static int make(struct sieve *s, struct store_conn *conn, const struct tf_hints *hints, struct err *err)
{
	struct writer w = {.terms = STRBUF_INIT};
	s->n_tests = 0;
	write_terms(&w, s, hints);
	int r = prepare(s, conn, &w, err);
	strbuf_done(&w.terms);
	return r;
}

/* ---- what is decided here ---- */

static bool passes(const struct sieve *s, struct tf_context *c, const struct tf_hints *hints)
{
	for (int i = 0; i < s->n_tests; i++) {
		const struct artifact_source *from = &artifact_sources[s->tests[i]];
		const struct tf_value v = artifact_column_value(from, s->q, artifact_place(s->columns, from->column), query_world(c)->now_unix_ms);
		if (!tf_hint_passes(hints, from->property, &v))
			return false;
	}
	return true;
}

/* ---- windows ---- */

/* The last id of the next window in *ret, owned by the caller; NULL: it goes to the end. */
static int window_end(struct sieve *s, struct store_conn *conn, char **ret, struct err *err)
{
	sqlite3_stmt *q;
	*ret = NULL;
	int r = store_query(conn, &q, err, "SELECT id FROM artifact WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2", "ti",
			    s->covered ? s->covered : "", (int64_t)SIEVE_WINDOW - 1);
	if (r == 0)
		r = store_step(conn, q, err);
	if (r > 0 && !(*ret = strdup(store_text(q, 0))))
		r = err_set(err, -ENOMEM, "query");
	store_done(q);
	return r < 0 ? r : 0;
}

static int read_window(struct sieve *s, struct tf_context *c, const struct tf_hints *hints, const char *end, sieve_keep_fn *keep, void *user,
		       struct err *err)
{
	const char *from = s->covered ? s->covered : "";
	int code = sqlite3_bind_text(s->q, 1, from, -1, SQLITE_STATIC); /* stays until the statement is done with it */
	if (code == SQLITE_OK) /* every text comes before a blob */
		code = end ? sqlite3_bind_text(s->q, 2, end, -1, SQLITE_STATIC) : sqlite3_bind_zeroblob(s->q, 2, 0);
	int r = code == SQLITE_OK ? 0 : err_set(err, -ENOMEM, "query");
	while (r == 0 && !s->full && (r = store_step(control_of(c)->conn, s->q, err)) > 0) {
		s->full = passes(s, c, hints) && !keep(user, s->q);
		r = 0;
		if (tf_context_ends(c))
			s->full = true;
	}
	store_again(s->q);
	(void)sqlite3_bind_null(s->q, 1); /* of a place that is there it cannot fail */
	(void)sqlite3_bind_null(s->q, 2);
	return r;
}

static int go_on(struct sieve *s, struct tf_context *c, const struct tf_hints *hints, sieve_keep_fn *keep, void *user, struct err *err)
{
	char AUTO_MEM *end = NULL;
	struct store_conn *conn = control_of(c)->conn;
	int r = s->q ? 0 : make(s, conn, hints, err);
	if (r == 0)
		r = window_end(s, conn, &end, err);
	if (r == 0)
		r = read_window(s, c, hints, end, keep, user, err);
	if (r < 0 || s->full)
		return r;
	s->covers_all = !end;
	free(s->covered);
	s->covered = TAKE(end);
	return 0;
}

/* ---- outside ---- */

bool sieve_is_of_use(const struct tf_hints *hints)
{
	for (size_t i = 0; i < ARTIFACT_SOURCES; i++) {
		if (tf_hint_sifts(hints, artifact_sources[i].property))
			return true;
	}
	return false;
}

struct sieve *sieve_new(uint32_t columns)
{
	struct sieve *s = calloc(1, sizeof(*s));
	if (s)
		s->columns = columns;
	return s;
}

void sieve_free(struct sieve *s)
{
	if (!s)
		return;
	store_drop(s->q);
	free(s->covered);
	free(s);
}

bool sieve_covers(const struct sieve *s, const char *id)
{
	return s->covers_all || (s->covered && strcmp(id, s->covered) <= 0);
}

int sieve_missed(struct sieve *s, struct tf_context *c, const struct tf_hints *hints, sieve_keep_fn *keep, void *user, struct err *err)
{
	if (s->full || ++s->n_missed < SIEVE_MISSES)
		return 0;
	s->n_missed = 0;
	return go_on(s, c, hints, keep, user, err);
}
