#include "query-control/artifact_kept_priv.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "query-control/cache_priv.h"
#include "query-control/kept_table_priv.h"

#include "base/banned.h"

enum { ROWS_AHEAD = 32 };
enum { MISSED_BEFORE_SIFTED = 32, SIFTED_AHEAD = 256 }; /* about as long as each other */
enum { NO_SIEVE = 1 };
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

/* The note has the width and 1 in its lowest byte, above it how often the edge was taken, and from bit 32 on the sieve's number. */
enum { NOTE_TAKEN = 8, NOTE_SIEVE = 32 };

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
	if ((*note >> NOTE_TAKEN & 0xff) >= TAKEN_BEFORE_KEPT)
		return true;
	*note += 1u << NOTE_TAKEN;
	return false;
}

/* ---- what is kept ---- */

/*
 * Where the query has filters on short columns that are the same for all rows, only what passes them is kept: rows by id in the
 * order of the store up to `covered`, and those that were looked for beyond it. What is not there and is covered does not pass.
 */
struct kept_sieve {
	struct kept_sieve *next;
	uint64_t number;
	struct kept_table rows;  /* NULL: it is none, or does not pass */
	const char *covered;     /* NULL: nothing yet */
	bool done;               /* all are covered */
	unsigned n_missed;       /* looked for beyond it since rows were read */
	bool sifts[ARTIFACT_SPACE + 1]; /* by column: the short ones */
};

struct kept_artifacts {
	struct kept_sieve *sieves;
	uint64_t n_sieves;
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
	for (struct kept_sieve *s = k->sieves; s; s = s->next)
		kept_table_done(&s->rows);
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

/* ---- only what passes ---- */

static const char *const column_names[ARTIFACT_SPACE + 1] = {
	[ARTIFACT_ID] = "artifact_id", [ARTIFACT_HASH] = "content_hash", [ARTIFACT_MIME] = "mime_type", [ARTIFACT_SPACE] = "space"};

/* The sieve of this place of the query; NULL: it needs none, or there is no room. */
static struct kept_sieve *sieve_of(struct kept_artifacts *k, const struct tf_hints *hints, enum artifact_width width)
{
	uint64_t *note = tf_hint_note(hints);
	struct kept_sieve *s = k->sieves;
	if (*note >> NOTE_SIEVE == NO_SIEVE)
		return NULL;
	while (*note >> NOTE_SIEVE && s && s->number != *note >> NOTE_SIEVE)
		s = s->next;
	if (*note >> NOTE_SIEVE)
		return s;
	bool any = false;
	for (int i = 0; i < n_columns[width]; i++)
		any = any || tf_hint_sifts(hints, column_names[i]);
	s = any && has_room(k, sizeof(*s)) ? wire_arena_alloc(&k->arena, sizeof(*s)) : NULL;
	if (!s) {
		*note |= (uint64_t)NO_SIEVE << NOTE_SIEVE;
		return NULL;
	}
	*s = (struct kept_sieve){.next = k->sieves, .number = NO_SIEVE + ++k->n_sieves};
	for (int i = 0; i < n_columns[width]; i++)
		s->sifts[i] = tf_hint_sifts(hints, column_names[i]);
	k->sieves = s;
	*note |= s->number << NOTE_SIEVE;
	return s;
}

static bool passes(const struct kept_sieve *s, const struct tf_hints *hints, sqlite3_stmt *q, int n)
{
	for (int i = 0; i < n; i++) {
		const struct tf_value v = tf_string(store_text(q, i));
		if (s->sifts[i] && !tf_hint_passes(hints, column_names[i], &v))
			return false;
	}
	return true;
}

/* The row that the statement stands on, which is new; false: there is no room. */
static bool sift_row(struct kept_artifacts *k, struct kept_sieve *s, const struct tf_hints *hints, sqlite3_stmt *q, int n)
{
	const void *before;
	if (!passes(s, hints, q, n) || kept_table_find(&s->rows, store_text(q, 0), &before))
		return true;
	const struct kept_row *row = keep_row(k, q, n);
	return row && keep_entry(k, &s->rows, row->text[ARTIFACT_ID], row);
}

/* The next rows of the store. Where there is no room any more nothing is covered further. */
static int sift_ahead(struct kept_artifacts *k, struct kept_sieve *s, struct tf_context *c, const struct tf_hints *hints,
		      const struct kept_way *way, enum artifact_width width, struct err *err)
{
	const char *last = s->covered;
	sqlite3_stmt *q;
	int r = store_query(control_of(c)->conn, &q, err, way->ahead[width], "t", last ? last : "");
	for (size_t i = 0; r == 0 && i < SIFTED_AHEAD; i++) {
		r = store_step(control_of(c)->conn, q, err);
		s->done = r == 0;
		if (r <= 0)
			break;
		r = sift_row(k, s, hints, q, n_columns[width]) ? 0 : 1;
	}
	if (r == 0 && !s->done) { /* it stands on the last of them */
		size_t n = strlen(store_text(q, 0));
		last = has_room(k, n + 1) ? wire_arena_copy(&k->arena, store_text(q, 0), n) : NULL;
		s->covered = last ? last : s->covered;
	}
	store_done(q);
	return r < 0 ? r : 0;
}

/* One that is not covered. 1: it is kept; 0: there is no room. */
static int sift_one(struct kept_artifacts *k, struct kept_sieve *s, struct tf_context *c, const struct tf_hints *hints,
		    const struct kept_way *way, enum artifact_width width, const char *key, const struct kept_row **ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(control_of(c)->conn, &q, err, way->sql[width], "t", key);
	if (r == 0)
		r = store_step(control_of(c)->conn, q, err);
	*ret = r > 0 && passes(s, hints, q, n_columns[width]) ? keep_row(k, q, n_columns[width]) : NULL;
	bool full = r > 0 && !*ret && passes(s, hints, q, n_columns[width]);
	store_done(q);
	if (r < 0)
		return r;
	return !full && keep_key(k, &s->rows, key, *ret);
}

/* Rows are read ahead for about as long as rows are looked for one by one. */
static int open_sifted(struct kept_artifacts *k, struct kept_sieve *s, struct tf_context *c, const struct tf_hints *hints,
		       const struct kept_way *way, enum artifact_width width, const char *key, const struct kept_row **ret,
		       struct err *err)
{
	const void *found;
	bool is_there = kept_table_find(&s->rows, key, &found);
	*ret = found;
	if (is_there || s->done || (s->covered && strcmp(key, s->covered) <= 0))
		return 1;
	int r = sift_one(k, s, c, hints, way, width, key, ret, err);
	if (r > 0 && ++s->n_missed == MISSED_BEFORE_SIFTED) {
		s->n_missed = 0;
		int failed = sift_ahead(k, s, c, hints, way, width, err);
		r = failed < 0 ? failed : r;
	}
	return r;
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
static int open_kept(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const struct kept_way *way,
		     enum artifact_width width, const char *key, struct err *err)
{
	struct kept_artifacts *k = kept_of(control_of(c));
	struct kept_sieve *s = k && way->ahead[width] ? sieve_of(k, hints, width) : NULL;
	const struct kept_row *sifted;
	const void *found;
	if (!k)
		return 0;
	if (s) {
		int sure = open_sifted(k, s, c, hints, way, width, key, &sifted, err);
		if (sure > 0 && sifted)
			tf_iter_one(it, (struct tf_vertex){.type = it->type, .aux = ARTIFACT_KEPT, .p = sifted});
		return sure;
	}
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
	int r = width < ARTIFACT_ALL && is_often_taken(hints) ? open_kept(it, c, hints, way, width, key, err) : 0;
	if (r != 0)
		return r < 0 ? r : 0;
	return way->one ? select_open_one(it, c, err, way->sql[width], key) : select_open(it, c, err, way->sql[width], "t", key);
}
