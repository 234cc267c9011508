#include "query-control/artifact_kept_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "query-control/artifact_sieve_priv.h"
#include "query-control/cache_priv.h"

#include "base/banned.h"

enum { ROWS_AHEAD = 32 };
enum { TAKEN_BEFORE_KEPT = 16 }; /* so that the first row comes without any of this */

/* What is kept for a place of the query: by what its edge begins with, the first row; NULL: it leads to none, or to none that passes. */
struct kept_place {
	struct kept_place *next;
	uint64_t number;
	const struct kept_way *way;
	uint32_t columns;
	struct sieve *sieve; /* NULL: no filter rejects any beforehand */
	struct kept_table rows;
	sqlite3_stmt *q, *ahead; /* of a key; of its neighbours. NULL: not yet */
	size_t n_asked, n_ahead; /* how often something was looked for by its id; rows that were read because of it */
};

struct kept_artifacts {
	struct kept_place *places;
	uint64_t n_places;
	struct wire_arena arena;
	size_t n_bytes; /* about */
};

static void place_done(struct kept_place *p)
{
	store_drop(p->q);
	store_drop(p->ahead);
	sieve_free(p->sieve);
	kept_table_done(&p->rows);
}

void kept_artifacts_free(struct kept_artifacts *k)
{
	if (!k)
		return;
	for (struct kept_place *p = k->places; p; p = p->next)
		place_done(p);
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

/* ---- places ---- */

/*
 * The note has the width and 1 in its lowest byte, above it how often the edge was taken, and then the numbers of two places: what
 * is found by its id, and what is found otherwise (of regions some name an artifact, some a content).
 */
enum { NOTE_TAKEN = 8, NOTE_BY_ID = 32, NOTE_OTHERWISE = 48 };
enum { NO_PLACE = 1, MOST_PLACES = 0xfff0 };

enum artifact_width artifact_width(const struct tf_hints *hints)
{
	if (!hints)
		return ARTIFACT_ALL;
	uint64_t *note = tf_hint_note(hints);
	if (!(*note & 0xff))
		*note |= artifact_width_of(artifact_columns(hints)) + 1u;
	return (enum artifact_width)((*note & 0xff) - 1);
}

static bool is_often_taken(const struct tf_hints *hints)
{
	uint64_t *note = tf_hint_note(hints);
	if ((*note >> NOTE_TAKEN & 0xff) >= TAKEN_BEFORE_KEPT)
		return true;
	*note += 1u << NOTE_TAKEN;
	return false;
}

/* Places where nothing is rejected beforehand share what they keep. */
static struct kept_place *place_alike(struct kept_artifacts *k, const struct kept_way *way, uint32_t columns)
{
	struct kept_place *p = k->places;
	while (p && (p->sieve || p->way != way || p->columns != columns))
		p = p->next;
	return p;
}

static struct kept_place *place_new(struct kept_artifacts *k, const struct tf_hints *hints, const struct kept_way *way)
{
	uint32_t columns = artifact_columns(hints);
	bool sifted = way->by_id && sieve_is_of_use(hints);
	struct kept_place *p = sifted ? NULL : place_alike(k, way, columns);
	if (p || k->n_places == MOST_PLACES || !has_room(k, sizeof(*p)) || !(p = wire_arena_alloc(&k->arena, sizeof(*p))))
		return p;
	*p = (struct kept_place){.number = NO_PLACE + k->n_places + 1, .way = way, .columns = columns};
	if (sifted && !(p->sieve = sieve_new(columns)))
		return NULL;
	k->n_places++;
	p->next = k->places;
	k->places = p;
	return p;
}

/* NULL: nothing is kept for it. */
static struct kept_place *place_of(struct kept_artifacts *k, const struct tf_hints *hints, const struct kept_way *way)
{
	unsigned at = way->by_id ? NOTE_BY_ID : NOTE_OTHERWISE;
	uint64_t *note = tf_hint_note(hints), number = *note >> at & 0xffff;
	struct kept_place *p = k->places;
	if (number == NO_PLACE)
		return NULL;
	if (!number) {
		p = place_new(k, hints, way);
		*note |= (p ? p->number : NO_PLACE) << at;
		return p;
	}
	while (p && p->number != number)
		p = p->next;
	return p;
}

/* ---- rows ---- */

/* Tags as a list: behind the row they take this much. */
static size_t size_of_tags(const char *text, size_t *ret_n)
{
	size_t n, total = 0;
	for (*ret_n = 0; artifact_tag_next(&text, &n); ++*ret_n)
		total += sizeof(struct tf_value) + n + 1;
	return total;
}

static char *place_text(char *at, const char *s, size_t n, struct tf_value *ret)
{
	memcpy(at, s, n);
	at[n] = '\0';
	*ret = tf_stringn(at, n);
	return at + n + 1;
}

static void place_tags(char *at, const char *text, size_t n_tags, struct tf_value *ret)
{
	struct tf_value *tags = (struct tf_value *)(void *)at;
	const char *tag;
	size_t n;
	at += n_tags * sizeof(*tags);
	for (size_t i = 0; i < n_tags && (tag = artifact_tag_next(&text, &n)) != NULL; i++)
		at = place_text(at, tag, n, &tags[i]);
	*ret = tf_list(tags, n_tags);
}

static size_t read_cells(uint32_t columns, sqlite3_stmt *q, struct tf_value *cells)
{
	size_t n = 0;
	for (unsigned i = 0; i < ARTIFACT_COLUMNS; i++) {
		if (!(columns & 1u << i))
			continue;
		cells[n] = artifact_column_value(&artifact_sources[i], q, (int)n, 0);
		n++;
	}
	return n;
}

/* The row that the statement stands on, tags and texts behind it; NULL when there is no room. */
static struct kept_row *keep_row(struct kept_artifacts *k, const struct kept_place *p, sqlite3_stmt *q)
{
	struct tf_value cells[ARTIFACT_COLUMNS];
	bool tagged = p->columns & 1u << ARTIFACT_TAGS; /* the last column */
	size_t n_tags = 0, n = read_cells(p->columns, q, cells), n_texts = n - tagged;
	const char *tags = tagged ? cells[n_texts].s : NULL;
	size_t n_bytes = sizeof(struct kept_row) + n * sizeof(*cells), tags_bytes = size_of_tags(tags, &n_tags);
	for (size_t i = 0; i < n_texts; i++)
		n_bytes += cells[i].kind == TF_STRING ? cells[i].n + 1 : 0;
	struct kept_row *row = has_room(k, n_bytes + tags_bytes) ? wire_arena_alloc(&k->arena, n_bytes + tags_bytes) : NULL;
	if (!row)
		return NULL;
	*row = (struct kept_row){.columns = p->columns};
	char *at = (char *)&row->cells[n];
	if (tagged)
		place_tags(at, tags, n_tags, &row->cells[n_texts]);
	at += tags_bytes;
	for (size_t i = 0; i < n_texts; i++) {
		row->cells[i] = cells[i];
		if (cells[i].kind == TF_STRING)
			at = place_text(at, cells[i].s, cells[i].n, &row->cells[i]);
	}
	return row;
}

/* 1: all rows of the statement are kept; 0: there is no room for them. */
static int keep_rows(struct kept_artifacts *k, const struct kept_place *p, struct tf_context *c, const struct kept_row **ret, struct err *err)
{
	const struct kept_row **end = ret;
	int r;
	*ret = NULL;
	while ((r = store_step(control_of(c)->conn, p->q, err)) > 0) {
		struct kept_row *row = keep_row(k, p, p->q);
		if (!row)
			return 0;
		*end = row;
		end = &row->next;
		if (p->way->one)
			return 1;
	}
	return r < 0 ? r : 1;
}

/* The key stays. */
static bool keep_entry(struct kept_artifacts *k, struct kept_place *p, const char *key, const struct kept_row *row)
{
	return has_room(k, 2 * sizeof(struct kept_slot)) && kept_table_add(&p->rows, key, row) == 0;
}

static bool keep_key(struct kept_artifacts *k, struct kept_place *p, const char *key, const struct kept_row *row)
{
	size_t n = strlen(key);
	const char *kept = has_room(k, n + 1) ? wire_arena_copy(&k->arena, key, n) : NULL;
	return kept && keep_entry(k, p, kept, row);
}

/* ---- statements ---- */

static int prepare(struct kept_place *p, struct tf_context *c, const char *from, sqlite3_stmt **ret, struct err *err)
{
	AUTO_STRBUF sql = STRBUF_INIT;
	(void)strbuf_adds(&sql, "SELECT ");
	artifact_columns_write(&sql, p->columns);
	if (strbuf_addf(&sql, " FROM %s", from) < 0)
		return err_set(err, -ENOMEM, "query");
	return store_prepare(control_of(c)->conn, sql.s, ret, err);
}

/* The statement of a key, bound to it. */
static int ask(struct kept_place *p, struct tf_context *c, const char *key, struct err *err)
{
	int r = 0;
	if (!p->q && p->columns == 1u << ARTIFACT_ID)
		r = store_prepare(control_of(c)->conn, p->way->sql[ARTIFACT_ONLY_ID], &p->q, err);
	else if (!p->q)
		r = prepare(p, c, p->way->from, &p->q, err);
	if (r == 0 && sqlite3_bind_text(p->q, 1, key, -1, SQLITE_STATIC) != SQLITE_OK)
		r = err_set(err, -ENOMEM, "query");
	return r;
}

static int keep(struct kept_artifacts *k, struct kept_place *p, struct tf_context *c, const char *key, const struct kept_row **ret,
		struct err *err)
{
	int r = ask(p, c, key, err);
	if (r == 0)
		r = keep_rows(k, p, c, ret, err);
	store_done(p->q);
	if (r > 0 && !keep_key(k, p, key, *ret))
		r = 0;
	return r;
}

/* ---- with its neighbours ---- */

static bool may_read_ahead(const struct kept_place *p)
{
	return p->way->by_id && p->n_ahead + ROWS_AHEAD <= 2 * p->n_asked;
}

/* Up to one that was read before. */
static int keep_neighbours(struct kept_artifacts *k, struct kept_place *p, struct tf_context *c, struct err *err)
{
	const void *before;
	int r = 0;
	for (size_t i = 0; i < ROWS_AHEAD && (r = store_step(control_of(c)->conn, p->ahead, err)) > 0; i++) {
		if (kept_table_find(&p->rows, store_text(p->ahead, 0), &before))
			break;
		struct kept_row *row = keep_row(k, p, p->ahead);
		if (!row || !keep_entry(k, p, row->cells[0].s, row))
			break;
		p->n_ahead++;
	}
	return r < 0 ? r : 0;
}

static int keep_ahead(struct kept_artifacts *k, struct kept_place *p, struct tf_context *c, const char *key, const struct kept_row **ret,
		      struct err *err)
{
	const void *found;
	int r = p->ahead ? 0 : prepare(p, c, "artifact a WHERE a.id >= ?1 ORDER BY a.id", &p->ahead, err);
	if (r == 0 && sqlite3_bind_text(p->ahead, 1, key, -1, SQLITE_STATIC) != SQLITE_OK)
		r = err_set(err, -ENOMEM, "query");
	if (r == 0)
		r = keep_neighbours(k, p, c, err);
	store_done(p->ahead);
	if (r < 0)
		return r;
	if (!kept_table_find(&p->rows, key, &found))
		return keep(k, p, c, key, ret, err);
	*ret = found;
	return 1;
}

/* ---- only what passes ---- */

struct sifted {
	struct kept_artifacts *k;
	struct kept_place *p;
};

static int keep_sifted(void *user, sqlite3_stmt *q)
{
	const struct sifted *to = user;
	const void *before;
	if (kept_table_find(&to->p->rows, store_text(q, 0), &before))
		return 1;
	const struct kept_row *row = keep_row(to->k, to->p, q);
	return row && keep_entry(to->k, to->p, row->cells[0].s, row);
}

/* One that is not there yet. What is not covered is kept whether it passes or not. */
static int keep_or_sift(struct kept_artifacts *k, struct kept_place *p, struct tf_context *c, const struct tf_hints *hints, const char *key,
			const struct kept_row **ret, struct err *err)
{
	struct sifted to = {k, p};
	*ret = NULL;
	if (sieve_covers(p->sieve, key))
		return 1;
	int r = keep(k, p, c, key, ret, err);
	int failed = sieve_missed(p->sieve, c, hints, keep_sifted, &to, err);
	return failed < 0 ? failed : r;
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
static int open_kept(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const struct kept_way *way, const char *key,
		     struct err *err)
{
	struct kept_artifacts *k = kept_of(control_of(c));
	struct kept_place *p = k ? place_of(k, hints, way) : NULL;
	const void *found;
	if (!p)
		return 0;
	bool is_there = kept_table_find(&p->rows, key, &found);
	const struct kept_row *row = found;
	int r = 1;
	p->n_asked++;
	if (!is_there && p->sieve)
		r = keep_or_sift(k, p, c, hints, key, &row, err);
	else if (!is_there)
		r = may_read_ahead(p) ? keep_ahead(k, p, c, key, &row, err) : keep(k, p, c, key, &row, err);
	if (r > 0 && row) {
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
	int r = hints && is_often_taken(hints) ? open_kept(it, c, hints, way, key, err) : 0;
	if (r != 0)
		return r < 0 ? r : 0;
	return way->one ? select_open_one(it, c, err, way->sql[width], key) : select_open(it, c, err, way->sql[width], "t", key);
}
