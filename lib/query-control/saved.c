#include "query-control/saved.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/rows.h"

#include "base/banned.h"

static const char *const steps[] = {
	"CREATE TABLE saved_query("
	" name TEXT PRIMARY KEY, query TEXT NOT NULL, doc TEXT NOT NULL, variables TEXT NOT NULL, actor TEXT NOT NULL,"
	" saved_unix_ms INTEGER NOT NULL) WITHOUT ROWID;",
};
const struct store_schema saved_schema = {"saved", steps, (int)COUNT_OF(steps)};

/* ---- what ships ---- */

static const struct saved_builtin builtin[] = {
#define BUILTIN(name, doc, variables, query) {name, doc, variables, query},
#include "query-control/builtin.def"
#undef BUILTIN
};

const struct saved_builtin *saved_builtin(size_t i)
{
	return i < COUNT_OF(builtin) ? &builtin[i] : NULL;
}

static int show_builtin(const struct saved_builtin *b, struct wire_arena *arena, struct saved_query *ret, struct err *err)
{
	json_t *variables = NULL;
	int r = json_parse(b->variables, strlen(b->variables), &variables, err);
	if (r == 0)
		r = wire_arena_take(arena, variables);
	*ret = (struct saved_query){.name = b->name, .query = b->query, .doc = b->doc, .variables = variables, .actor = "hootenanny"};
	return r;
}

static const struct saved_builtin *find_builtin(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(builtin); i++)
		if (str_eq(builtin[i].name, name))
			return &builtin[i];
	return NULL;
}

static int refuse_builtin(const char *name, struct err *err)
{
	if (!find_builtin(name))
		return 0;
	int r = err_field(err, -EEXIST, "name", "the query '%.64s' ships with hootenanny and stays as it is", name);
	return err_hint(err, r, "give yours another name");
}

/* ---- what was saved ---- */

static int check_name(const char *name, struct err *err)
{
	if (*name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_")])
		return refuse_builtin(name, err);
	int r = err_field(err, -EINVAL, "name", "'%.64s' is no name for a query", name);
	return err_hint(err, r, "lower case letters, digits, - and _");
}

static int check_room(struct store_conn *c, struct err *err)
{
	int64_t n = 0;
	int r = store_int(c, &n, err, "SELECT count(*) FROM saved_query", "");
	if (r == 0 && n >= LIMIT_SAVED_QUERIES) {
		r = err_set(err, -ENOSPC, "%lld queries are saved, and more are not kept", (long long)n);
		return err_hint(err, r, "remove one that nobody needs: query_remove");
	}
	return r;
}

/* Beside the others. */
static int check_bytes(struct store_conn *c, const struct saved_query *s, const char *variables, struct err *err)
{
	int64_t n = 0;
	int r = store_int(c, &n, err,
			  "SELECT ifnull(sum(length(CAST(query AS BLOB)) + length(CAST(doc AS BLOB)) + length(CAST(variables AS BLOB))), 0)"
			  " FROM saved_query WHERE name <> ?",
			  "t", s->name);
	if (r == 0 && (size_t)n + strlen(s->query) + strlen(s->doc) + strlen(variables) > LIMIT_SAVED_QUERY_BYTES) {
		r = err_set(err, -ENOSPC, "the saved queries have %lld bytes, and %d are kept", (long long)n, LIMIT_SAVED_QUERY_BYTES);
		return err_hint(err, r, "remove one that nobody needs: query_remove");
	}
	return r;
}

static int is_saved(struct store_conn *c, const char *name, bool *ret, struct err *err)
{
	int64_t n = 0;
	int r = store_int(c, &n, err, "SELECT count(*) FROM saved_query WHERE name = ?", "t", name);
	*ret = n > 0;
	return r;
}

int saved_put(struct store_conn *c, const struct saved_query *s, bool *ret_replaced, struct err *err)
{
	bool there = false;
	int r = check_name(s->name, err);
	if (r == 0)
		r = is_saved(c, s->name, &there, err);
	if (r == 0 && !there)
		r = check_room(c, err);
	if (r < 0)
		return r;
	char AUTO_MEM *variables = row_object_text(s->variables);
	if (!variables)
		return err_set(err, -ENOMEM, "query '%s'", s->name);
	r = check_bytes(c, s, variables, err);
	if (r < 0)
		return r;
	r = store_exec(c, err,
		       "INSERT OR REPLACE INTO saved_query(name, query, doc, variables, actor, saved_unix_ms)"
		       " VALUES(?, ?, ?, ?, ?, ?)",
		       "ttttti", s->name, s->query, s->doc, variables, s->actor, s->saved_unix_ms);
	if (r == 0)
		*ret_replaced = there;
	return r;
}

static int read_row(sqlite3_stmt *q, struct wire_arena *arena, struct saved_query *ret, struct err *err)
{
	*ret = (struct saved_query){.name = row_text(q, 0, arena),
				    .query = row_text(q, 1, arena),
				    .doc = row_text(q, 2, arena),
				    .actor = row_text(q, 4, arena),
				    .saved_unix_ms = sqlite3_column_int64(q, 5)};
	if (!ret->name || !ret->query || !ret->doc || !ret->actor)
		return err_set(err, -ENOMEM, "query");
	return row_json(q, 3, arena, &ret->variables, err);
}

/* Names alone: their texts may be megabytes. */
static int names_of(struct store_conn *c, struct wire_arena *arena, const char *const **ret, size_t *ret_n, struct err *err)
{
	int64_t n_saved = 0;
	sqlite3_stmt *q;
	int r = store_int(c, &n_saved, err, "SELECT count(*) FROM saved_query", "");
	if (r < 0)
		return r;
	size_t room = COUNT_OF(builtin) + (size_t)n_saved, n = 0;
	const char **names = wire_arena_array(arena, room, sizeof(*names));
	if (!names)
		return err_set(err, -ENOMEM, "queries");
	for (; n < COUNT_OF(builtin); n++)
		names[n] = builtin[n].name;
	r = store_query(c, &q, err, "SELECT name FROM saved_query", "");
	while (r == 0 && n < room && (r = store_step(c, q, err)) > 0) {
		names[n] = row_text(q, 0, arena);
		r = names[n++] ? 0 : err_set(err, -ENOMEM, "queries");
	}
	store_done(q);
	*ret = names;
	*ret_n = n;
	return r;
}

static int not_found(struct store_conn *c, const char *name, struct wire_arena *arena, struct err *err)
{
	const char *const *names = NULL;
	size_t n = 0;
	int r = names_of(c, arena, &names, &n, err);
	if (r < 0)
		return r;
	const char *near = str_nearest(name, names, n);
	r = err_field(err, -ENOENT, "name", "no query was saved as '%.64s'", name);
	return near ? err_hint(err, r, "did you mean '%s'?", near) : err_hint(err, r, "query_list lists them");
}

int saved_find(struct store_conn *c, const char *name, struct wire_arena *arena, struct saved_query *ret, struct err *err)
{
	const struct saved_builtin *ships = find_builtin(name);
	sqlite3_stmt *q;
	if (ships)
		return show_builtin(ships, arena, ret, err);
	int r = store_query(c, &q, err,
			    "SELECT name, query, doc, variables, actor, saved_unix_ms FROM saved_query WHERE name = ?", "t", name);
	if (r == 0)
		r = store_step(c, q, err);
	bool there = r > 0;
	if (there)
		r = read_row(q, arena, ret, err);
	store_done(q);
	return r < 0 || there ? r : not_found(c, name, arena, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct saved_query *)a)->name, ((const struct saved_query *)b)->name);
}

int saved_list(struct store_conn *c, struct wire_arena *arena, struct query_list_result *ret, struct err *err)
{
	int64_t n_saved = 0;
	sqlite3_stmt *q;
	int r = store_int(c, &n_saved, err, "SELECT count(*) FROM saved_query", "");
	size_t room = COUNT_OF(builtin) + (size_t)n_saved, n = COUNT_OF(builtin);
	struct saved_query *v = r == 0 ? wire_arena_array(arena, room, sizeof(*v)) : NULL;
	if (r == 0 && !v)
		r = err_set(err, -ENOMEM, "queries");
	for (size_t i = 0; r == 0 && i < COUNT_OF(builtin); i++)
		r = show_builtin(&builtin[i], arena, &v[i], err);
	if (r < 0)
		return r;
	r = store_query(c, &q, err, "SELECT name, query, doc, variables, actor, saved_unix_ms FROM saved_query", "");
	while (r == 0 && n < room && (r = store_step(c, q, err)) > 0)
		r = read_row(q, arena, &v[n++], err);
	store_done(q);
	if (r < 0)
		return r;
	qsort(v, n, sizeof(*v), by_name);
	ret->queries.v = v;
	ret->queries.n = n;
	return 0;
}

int saved_remove(struct store_conn *c, const char *name, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	int r = refuse_builtin(name, err);
	if (r == 0)
		r = store_exec(c, err, "DELETE FROM saved_query WHERE name = ?", "t", name);
	return r < 0 || store_changes(c) ? r : not_found(c, name, &arena, err);
}

int saved_variables(const struct saved_query *s, const json_t *given, json_t **ret, struct err *err)
{
	if (given && !json_is_object(given))
		return err_field(err, -EINVAL, "variables", "variables must be an object");
	AUTO_JSON json_t *v = json_object();
	if (!v || (s->variables && json_object_update(v, s->variables) < 0) ||
	    (given && json_object_update(v, (json_t *)given) < 0))
		return err_set(err, -ENOMEM, "variables");
	*ret = TAKE(v);
	return 0;
}
