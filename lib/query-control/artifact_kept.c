#include "query-control/artifact_kept_priv.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "query-control/cache_priv.h"
#include "query-control/kept_table_priv.h"

#include "base/banned.h"

enum { ROWS_AHEAD = 32 };
enum { TAKEN_BEFORE_KEPT = 8 }; /* so that the first row comes without any of this */

static const int n_columns[ARTIFACT_WIDTHS] = {[ARTIFACT_ONLY_ID] = 1, [ARTIFACT_CONTENT] = 4, [ARTIFACT_ALL] = 13};

/* ---- how wide ---- */

/* What properties and edges read of the vertex; whatever is not here may read everything. */
static const struct {
	const char *name;
	enum artifact_width width;
} reads[] = {
	{"__typename", ARTIFACT_ONLY_ID},   {"ancestors", ARTIFACT_ONLY_ID},    {"artifact_id", ARTIFACT_ONLY_ID},
	{"children", ARTIFACT_ONLY_ID},     {"content_hash", ARTIFACT_CONTENT}, {"decisions", ARTIFACT_ONLY_ID},
	{"descendants", ARTIFACT_ONLY_ID},  {"in_space", ARTIFACT_CONTENT},     {"mime_type", ARTIFACT_CONTENT},
	{"parents", ARTIFACT_ONLY_ID},      {"path", ARTIFACT_CONTENT},         {"regions", ARTIFACT_CONTENT},
	{"same_content", ARTIFACT_ONLY_ID}, {"space", ARTIFACT_CONTENT},        {"tagged", ARTIFACT_ONLY_ID},
	{"tags", ARTIFACT_ONLY_ID},         {"used_by", ARTIFACT_ONLY_ID},      {"variations", ARTIFACT_ONLY_ID},
};

static enum artifact_width width_of(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		if (str_eq(reads[i].name, name))
			return reads[i].width;
	}
	return ARTIFACT_ALL;
}

/* The note has the width and 1 in its lowest byte, above it how often the edge was taken. */
enum artifact_width artifact_width(const struct tf_hints *hints)
{
	enum artifact_width width = ARTIFACT_ONLY_ID;
	const char *name;
	if (!hints)
		return ARTIFACT_ALL;
	uint64_t *note = tf_hint_note(hints);
	if (*note & 0xff)
		return (enum artifact_width)((*note & 0xff) - 1);
	for (size_t i = 0; (name = tf_hint_use(hints, i)) != NULL; i++) {
		enum artifact_width wanted = width_of(name);
		width = wanted > width ? wanted : width;
	}
	*note = width + 1u;
	return width;
}

static bool is_often_taken(const struct tf_hints *hints)
{
	uint64_t *note = tf_hint_note(hints);
	if (*note >> 8 >= TAKEN_BEFORE_KEPT)
		return true;
	*note += 1u << 8;
	return false;
}

/* ---- what is kept ---- */

struct kept_artifacts {
	struct kept_table rows[KEPT_EDGES][ARTIFACT_ALL]; /* the first row by the key; NULL: it leads to none */
	struct wire_arena arena;
	size_t n_bytes; /* about */
	size_t n_asked, n_ahead; /* how often something was looked for by its id; rows that were read because of it */
};

void kept_artifacts_free(struct kept_artifacts *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < KEPT_EDGES; i++) {
		for (size_t w = 0; w < ARTIFACT_ALL; w++)
			kept_table_done(&k->rows[i][w]);
	}
	wire_arena_done(&k->arena);
	free(k);
}

/* NULL: there is no memory, and nothing is kept. */
static struct kept_artifacts *kept_of(struct control_view *v)
{
	struct control_cache *cache;
	if (control_cache(v, &cache, NULL) < 0 || (!cache->kept && !(cache->kept = calloc(1, sizeof(*cache->kept)))))
		return NULL;
	return cache->kept;
}

/* Whether that much more may be kept. */
static bool has_room(struct kept_artifacts *k, size_t n)
{
	if (k->n_bytes + n > LIMIT_QUERY_KEPT_BYTES)
		return false;
	k->n_bytes += n;
	return true;
}

/* The row that the statement stands on, its texts behind it; NULL when there is no room. */
static struct kept_row *keep_row(struct kept_artifacts *k, sqlite3_stmt *q, int n)
{
	const char *text[4];
	size_t size[4], total = sizeof(struct kept_row) + (size_t)n * sizeof(char *);
	for (int i = 0; i < n; i++) {
		text[i] = store_text(q, i);
		size[i] = (size_t)sqlite3_column_bytes(q, i) + 1;
		total += size[i];
	}
	struct kept_row *row = has_room(k, total) ? wire_arena_alloc(&k->arena, total) : NULL;
	if (!row)
		return NULL;
	char *at = (char *)&row->text[n];
	for (int i = 0; i < n; i++) {
		memcpy(at, text[i], size[i]);
		row->text[i] = at;
		at += size[i];
	}
	return row;
}

/* 1: all rows of the statement are kept; 0: there is no room for them. */
static int keep_rows(struct kept_artifacts *k, struct tf_context *c, sqlite3_stmt *q, bool one, int n, const struct kept_row **ret,
		     struct err *err)
{
	const struct kept_row **end = ret;
	int r;
	*ret = NULL;
	while ((r = store_step(control_of(c)->conn, q, err)) > 0) {
		struct kept_row *row = keep_row(k, q, n);
		if (!row)
			return 0;
		*end = row;
		end = &row->next;
		if (one)
			return 1;
	}
	return r < 0 ? r : 1;
}

/* The key stays. */
static bool keep_entry(struct kept_artifacts *k, struct kept_table *t, const char *key, const struct kept_row *row)
{
	return has_room(k, 2 * sizeof(struct kept_slot)) && kept_table_add(t, key, row) == 0;
}

static bool keep_key(struct kept_artifacts *k, struct kept_table *t, const char *key, const struct kept_row *row)
{
	size_t n = strlen(key);
	const char *kept = has_room(k, n + 1) ? wire_arena_copy(&k->arena, key, n) : NULL;
	return kept && keep_entry(k, t, kept, row);
}

static int keep(struct kept_artifacts *k, struct tf_context *c, const struct kept_way *way, enum artifact_width width, const char *key,
		const struct kept_row **ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(control_of(c)->conn, &q, err, way->sql[width], "t", key);
	if (r == 0)
		r = keep_rows(k, c, q, way->one, n_columns[width], ret, err);
	store_done(q);
	if (r > 0 && !keep_key(k, &k->rows[way->edge][width], key, *ret))
		r = 0;
	return r;
}

/* ---- with its neighbours ---- */

static bool may_read_ahead(struct kept_artifacts *k)
{
	return k->n_ahead + ROWS_AHEAD <= 2 * k->n_asked;
}

/* Up to one that was read before. */
static int keep_neighbours(struct kept_artifacts *k, struct tf_context *c, sqlite3_stmt *q, struct kept_table *t, int n, struct err *err)
{
	const void *before;
	int r = 0;
	for (size_t i = 0; i < ROWS_AHEAD && (r = store_step(control_of(c)->conn, q, err)) > 0; i++) {
		if (kept_table_find(t, store_text(q, 0), &before))
			break;
		struct kept_row *row = keep_row(k, q, n);
		if (!row || !keep_entry(k, t, row->text[ARTIFACT_ID], row))
			break;
		k->n_ahead++;
	}
	return r < 0 ? r : 0;
}

static int keep_ahead(struct kept_artifacts *k, struct tf_context *c, const struct kept_way *way, enum artifact_width width,
		      const char *key, const struct kept_row **ret, struct err *err)
{
	struct kept_table *t = &k->rows[way->edge][width];
	const void *found;
	sqlite3_stmt *q;
	int r = store_query(control_of(c)->conn, &q, err, way->ahead[width], "t", key);
	if (r == 0)
		r = keep_neighbours(k, c, q, t, n_columns[width], err);
	store_done(q);
	if (r < 0)
		return r;
	if (!kept_table_find(t, key, &found))
		return keep(k, c, way, width, key, ret, err);
	*ret = found;
	return 1;
}

/* ---- as vertices ---- */

static int next_kept(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct kept_row *row = it->s[0].cp;
	if (!row)
		return 0;
	*ret = (struct tf_vertex){.type = it->type, .aux = ARTIFACT_KEPT, .p = row};
	it->s[0].cp = row->next;
	return 1;
}

/* 1: opened; 0: it cannot be kept. */
static int open_kept(struct tf_iter *it, struct tf_context *c, const struct kept_way *way, enum artifact_width width, const char *key,
		     struct err *err)
{
	struct kept_artifacts *k = kept_of(control_of(c));
	if (!k)
		return 0;
	const void *found;
	bool is_there = kept_table_find(&k->rows[way->edge][width], key, &found);
	const struct kept_row *row = found;
	int r = 1;
	k->n_asked += way->ahead[width] != NULL;
	if (!is_there)
		r = way->ahead[width] && may_read_ahead(k) ? keep_ahead(k, c, way, width, key, &row, err)
							   : keep(k, c, way, width, key, &row, err);
	if (r > 0) {
		it->next = next_kept;
		it->s[0].cp = row;
	}
	return r;
}

int artifact_open_kept(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const struct kept_way *way,
		       const char *key, struct err *err)
{
	enum artifact_width width = artifact_width(hints);
	tf_iter_none(it);
	if (!key)
		return 0;
	int r = width < ARTIFACT_ALL && is_often_taken(hints) ? open_kept(it, c, way, width, key, err) : 0;
	if (r != 0)
		return r < 0 ? r : 0;
	return way->one ? select_open_one(it, c, err, way->sql[width], key) : select_open(it, c, err, way->sql[width], "t", key);
}
