#include "query-control/select_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/*
 * The state of an iterator: the statement with its text, and of SELECT_EQUAL with several values the values and the next of
 * them.
 */
enum { SLOT_CONN, SLOT_ROW, SLOT_SQL, SLOT_VALUES, SLOT_N, SLOT_AT, SLOT_NAMES };

static void close(struct tf_iter *it)
{
	store_give(it->s[SLOT_CONN].p, it->s[SLOT_SQL].cp, it->s[SLOT_ROW].p);
}

int select_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	sqlite3_stmt *q = it->s[SLOT_ROW].p;
	int r = store_step(it->s[SLOT_CONN].p, q, err);
	if (r > 0)
		*ret = (struct tf_vertex){.type = it->type, .p = q};
	return r;
}

static void start(struct tf_iter *it, struct control_view *view, const char *sql, sqlite3_stmt *q)
{
	it->next = select_next;
	it->close = close;
	it->s[SLOT_CONN].p = view->conn;
	it->s[SLOT_ROW].p = q;
	it->s[SLOT_SQL].cp = sql;
}

int select_open(struct tf_iter *it, struct tf_context *c, struct err *err, const char *sql, const char *types, ...)
{
	struct control_view *view = control_of(c);
	sqlite3_stmt *q;
	va_list ap;
	tf_iter_none(it);
	va_start(ap, types);
	int r = store_take_va(view->conn, &q, err, sql, types, &ap);
	va_end(ap);
	if (r == 0)
		start(it, view, sql, q);
	return r;
}

static int next_of_none(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	return 0;
}

static int next_of_one(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	it->next = next_of_none;
	return select_next(it, ret, err);
}

/* Many edges lead to one thing by a key, and many of those are null. */
int select_open_one(struct tf_iter *it, struct tf_context *c, struct err *err, const char *sql, const char *key)
{
	tf_iter_none(it);
	int r = key ? select_open(it, c, err, sql, "t", key) : 0;
	if (r == 0 && key)
		it->next = next_of_one;
	return r;
}

static int next_name(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	int r = select_next(it, ret, err);
	if (r > 0)
		ret->p = store_text(it->s[SLOT_ROW].p, 0);
	return r;
}

int select_open_names(struct tf_iter *it, struct tf_context *c, struct err *err, const char *sql, const char *key)
{
	int r = select_open(it, c, err, sql, "t", key);
	if (r == 0)
		it->next = next_name;
	return r;
}

/* ---- by what the query asks for ---- */

/* Whether any row can have it: not a null, nor a name that there is none of. */
static bool bind(sqlite3_stmt *q, int at, const struct tf_value *v, const struct wire_enum *names)
{
	int number;
	if (names) {
		bool known = v->kind == TF_STRING && wire_enum_value(names, v->s, &number) == 0;
		return known && sqlite3_bind_int(q, at, number) == SQLITE_OK;
	}
	switch (v->kind) {
	case TF_STRING:
		return sqlite3_bind_text(q, at, v->s, (int)v->n, SQLITE_STATIC) == SQLITE_OK;
	case TF_INT:
		return sqlite3_bind_int64(q, at, v->i) == SQLITE_OK;
	case TF_BOOL:
		return sqlite3_bind_int(q, at, v->b) == SQLITE_OK;
	default:
		return false;
	}
}

/* Of sorted values each once, and those that nothing can have not at all. */
static bool bind_next(struct tf_iter *it)
{
	const struct tf_value *values = it->s[SLOT_VALUES].cp;
	size_t i = it->s[SLOT_AT].n;
	for (; i < it->s[SLOT_N].n; i++) {
		bool again = i > 0 && tf_value_equal(&values[i - 1], &values[i]);
		if (!again && bind(it->s[SLOT_ROW].p, 1, &values[i], it->s[SLOT_NAMES].cp)) {
			it->s[SLOT_AT].n = i + 1;
			return true;
		}
	}
	it->s[SLOT_AT].n = i;
	return false;
}

static int next_of_several(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	int r = select_next(it, ret, err);
	while (r == 0) {
		store_done(it->s[SLOT_ROW].p);
		if (!bind_next(it)) {
			it->s[SLOT_N].n = 0;
			return 0;
		}
		r = select_next(it, ret, err);
	}
	return r;
}

static int open_path(struct tf_iter *it, struct tf_context *c, const struct select_path *path, const struct tf_value *values, size_t n,
		     struct err *err)
{
	struct control_view *view = control_of(c);
	sqlite3_stmt *q;
	int r = store_take(view->conn, &q, err, path->sql, "");
	if (r < 0)
		return r;
	start(it, view, path->sql, q);
	it->s[SLOT_VALUES].cp = values;
	it->s[SLOT_N].n = n;
	it->s[SLOT_AT].n = 0;
	it->s[SLOT_NAMES].cp = path->names;
	return 0;
}

static int open_values(struct tf_iter *it, struct tf_context *c, const struct select_path *path, const struct tf_value *values,
		       size_t n, struct err *err)
{
	int r = open_path(it, c, path, values, n, err);
	if (r < 0)
		return r;
	if (!bind_next(it)) {
		close(it);
		tf_iter_none(it);
	} else if (n > 1) {
		it->next = next_of_several;
	}
	return 0;
}

static int compare_values(const void *a, const void *b)
{
	int order;
	return tf_value_order(a, b, &order) ? order : 0;
}

/* Sorted values of its own: a long list with doubles is gone through once. */
static int open_sorted(struct tf_iter *it, struct tf_context *c, const struct select_path *path, const struct tf_value *values,
		       size_t n, struct err *err)
{
	struct tf_value *kept = tf_context_take(c, n * sizeof(*kept));
	if (n && !kept)
		return err_set(err, -ENOMEM, "query");
	for (size_t i = 0; i < n; i++)
		kept[i] = values[i];
	if (n > 1)
		qsort(kept, n, sizeof(*kept), compare_values);
	return open_values(it, c, path, kept, n, err);
}

static int open_range(struct tf_iter *it, struct tf_context *c, const struct select_path *path, int64_t low, int64_t high,
		      struct err *err)
{
	int r = open_path(it, c, path, NULL, 0, err);
	if (r < 0)
		return r;
	(void)sqlite3_bind_int64(it->s[SLOT_ROW].p, 1, low); /* the places are there: it cannot fail */
	(void)sqlite3_bind_int64(it->s[SLOT_ROW].p, 2, high);
	return 0;
}

static int64_t bound_of(const struct tf_value *v, int64_t without)
{
	return v->kind == TF_INT ? v->i : v->kind == TF_UINT ? INT64_MAX : without;
}

/* A millisecond wider than asked for: what is rounded is looked at again by the query. */
static int64_t time_of_age(struct tf_context *c, const struct tf_value *age, int64_t without)
{
	if (age->kind != TF_FLOAT || fabs(age->f) > 1e12)
		return without;
	return query_world(c)->now_unix_ms - (int64_t)llround(age->f * 1000.0) + (without > 0 ? 1 : -1);
}

/* A null is found by no index. */
static bool has_null(const struct tf_value *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].kind == TF_NULL)
			return true;
	}
	return false;
}

/* 1: opened; 0: the hints do not say so. */
static int try(struct tf_iter *it, struct tf_context *c, const struct tf_hints *h, const struct select_path *path, struct err *err)
{
	struct tf_value a, b;
	const struct tf_value *values;
	size_t n;
	int r;
	switch (path->kind) {
	case SELECT_EQUAL:
		if (tf_hint_equal(h, path->property, &a) && a.kind != TF_NULL)
			r = open_sorted(it, c, path, &a, 1, err);
		else if (tf_hint_one_of(h, path->property, &values, &n) && !has_null(values, n))
			r = open_sorted(it, c, path, values, n, err);
		else
			return 0;
		return r < 0 ? r : 1;
	case SELECT_CONTAINS:
		if (!tf_hint_contains(h, path->property, &a) || a.kind == TF_NULL)
			return 0;
		r = open_sorted(it, c, path, &a, 1, err);
		return r < 0 ? r : 1;
	case SELECT_RANGE:
		if (!tf_hint_range(h, path->property, &a, &b))
			return 0;
		r = open_range(it, c, path, bound_of(&a, INT64_MIN), bound_of(&b, INT64_MAX), err);
		return r < 0 ? r : 1;
	case SELECT_RANGE_OF_AGE: /* the oldest is the first */
		if (!tf_hint_range(h, path->property, &a, &b))
			return 0;
		r = open_range(it, c, path, time_of_age(c, &b, INT64_MIN), time_of_age(c, &a, INT64_MAX), err);
		return r < 0 ? r : 1;
	case SELECT_ALL:
		break;
	}
	return 0;
}

int select_by_hints(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const struct select_path *paths, size_t n,
		    struct err *err)
{
	tf_iter_none(it);
	int r = 0;
	for (size_t i = 0; hints && r == 0 && i + 1 < n; i++)
		r = try(it, c, hints, &paths[i], err);
	if (r != 0)
		return r < 0 ? r : 0;
	return open_path(it, c, &paths[n - 1], NULL, 0, err);
}

/* ---- columns ---- */

struct tf_value select_text_value(const struct tf_vertex *v, int column)
{
	const char *s = select_text(v, column);
	return s ? tf_stringn(s, (size_t)sqlite3_column_bytes(select_row(v), column)) : TF_VALUE_NULL;
}

struct tf_value select_int_value(const struct tf_vertex *v, int column)
{
	return store_is_null(select_row(v), column) ? TF_VALUE_NULL : tf_int(sqlite3_column_int64(select_row(v), column));
}

struct tf_value select_age_value(const struct tf_context *c, const struct tf_vertex *v, int column)
{
	if (store_is_null(select_row(v), column))
		return TF_VALUE_NULL;
	return tf_float((double)(query_world(c)->now_unix_ms - sqlite3_column_int64(select_row(v), column)) / 1000.0);
}

static const char *keep_text(struct tf_context *c, const char *s, size_t n)
{
	char *kept = tf_context_take(c, n + 1);
	if (kept)
		memcpy(kept, s, n + 1);
	return kept;
}

static int collect(struct tf_context *c, sqlite3_stmt *q, struct tf_value **values, size_t *n, struct err *err)
{
	size_t room = 0;
	int r;
	while ((r = store_step(control_of(c)->conn, q, err)) > 0) {
		const char *kept = keep_text(c, store_text(q, 0), (size_t)sqlite3_column_bytes(q, 0));
		if (!kept || mem_grow(values, &room, *n + 1, sizeof(**values)) < 0)
			return err_set(err, -ENOMEM, "query");
		(*values)[(*n)++] = tf_stringn(kept, (size_t)sqlite3_column_bytes(q, 0));
	}
	return r;
}

int select_text_of(struct tf_context *c, const char *sql, const char *key, struct tf_value *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(control_of(c)->conn, &q, err, sql, "t", key);
	if (r == 0)
		r = store_step(control_of(c)->conn, q, err);
	*ret = TF_VALUE_NULL;
	if (r > 0 && !store_is_null(q, 0)) {
		size_t n = (size_t)sqlite3_column_bytes(q, 0);
		const char *kept = keep_text(c, store_text(q, 0), n);
		*ret = kept ? tf_stringn(kept, n) : TF_VALUE_NULL;
		r = kept ? 0 : err_set(err, -ENOMEM, "query");
	}
	store_done(q);
	return r < 0 ? r : 0;
}

int select_list(struct tf_context *c, const char *sql, const char *key, struct tf_value *ret, struct err *err)
{
	struct tf_value AUTO_MEM *values = NULL;
	sqlite3_stmt *q;
	size_t n = 0;
	int r = store_query(control_of(c)->conn, &q, err, sql, "t", key);
	if (r == 0)
		r = collect(c, q, &values, &n, err);
	store_done(q);
	struct tf_value *kept = r == 0 && n ? tf_context_take(c, n * sizeof(*kept)) : NULL;
	if (r == 0 && n && !kept)
		return err_set(err, -ENOMEM, "query");
	if (kept)
		memcpy(kept, values, n * sizeof(*kept));
	if (r == 0)
		*ret = tf_list(kept, n);
	return r;
}
