/*
 * query_world.c - the same things twice: arrays with an adapter over them, and SQLite in memory.
 */
#include "query_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"

static const char *const tags[N_TAGS] = {"intro", "verse", "chorus", "bridge", "solo", "loud", "quiet", "outro"};
static const char *const mimes[] = {"audio/midi", "audio/wav", "text/vnd.abc", "image/png"};

static const char *const creators[] = {"ada", "bea", "cyd", "dot"};
static const char *const moods[] = {"bright", "dark", "warm", "dry"};

static void *take(size_t n, size_t size)
{
	void *p = mem_new_array(n, size);
	if (!p)
		exit(1);
	return p;
}

/* ---- made ---- */

static void make_artifacts(struct bench_world *w, struct rng *rng)
{
	for (uint32_t i = 0; i < N_ARTIFACTS; i++) {
		struct artifact_row *a = &w->artifacts[i];
		(void)snprintf(a->id, sizeof(a->id), "a%u", i);
		(void)snprintf(a->name, sizeof(a->name), "take %u", (unsigned)(rng_next(rng) % 1000));
		a->mime = mimes[rng_next(rng) % COUNT_OF(mimes)];
		a->creator = creators[i * 2654435761u >> 30];
		a->tag = moods[i * 2246822519u >> 30];
		a->size = (int64_t)(i * 3266489917u >> 12);
		a->created = 1700000000000 + i;
		if (i < N_WIDE && i >= 1024) { /* of the generation before */
			uint32_t before = i / 1024 * 1024 - 1024;
			a->n_parents = 2;
			a->parents[0] = before + (uint32_t)(rng_next(rng) % 1024);
			a->parents[1] = before + (uint32_t)(rng_next(rng) % 1024);
		} else if (i >= N_WIDE && (i - N_WIDE) % 101 != 0) {
			a->n_parents = 1;
			a->parents[0] = i - 1;
		}
		if (i >= N_WIDE - N_WIDE_LEAVES && i < N_WIDE)
			a->leaf = 1;
		else if (i >= N_WIDE && (i - N_WIDE) % 101 == 100)
			a->leaf = 2;
	}
}

static void make_regions(struct bench_world *w, struct rng *rng)
{
	for (uint32_t i = 0; i < N_REGIONS; i++) {
		struct region_row *r = &w->regions[i];
		(void)snprintf(r->id, sizeof(r->id), "r%u", (unsigned)(i * 7919u % N_REGIONS));
		(void)snprintf(r->name, sizeof(r->name), "part %u", (unsigned)(rng_next(rng) % 5000));
		r->position = i * 0.25;
		r->duration = (double)(1 + rng_next(rng) % 64) * 0.25;
		r->artifact = (uint32_t)(rng_next(rng) % N_ARTIFACTS);
		r->n_tags = 1 + (uint32_t)(rng_next(rng) % MOST_TAGS);
		uint32_t first = (uint32_t)(rng_next(rng) % N_TAGS);
		for (uint32_t k = 0; k < r->n_tags; k++)
			r->tags[k] = tf_string(tags[(first + k * 3) % N_TAGS]);
	}
}

static uint32_t tag_number(const struct tf_value *v)
{
	for (uint32_t t = 0; t < N_TAGS; t++)
		if (v->kind == TF_STRING && strcmp(tags[t], v->s) == 0)
			return t;
	return N_TAGS;
}

static void make_indices(struct bench_world *w)
{
	for (uint32_t t = 0; t < N_TAGS; t++)
		w->by_tag[t] = take(N_REGIONS, sizeof(struct region_row *));
	for (uint32_t i = 0; i < N_REGIONS; i++) {
		const struct region_row *r = &w->regions[i];
		w->artifacts[r->artifact].n_regions++;
		for (uint32_t k = 0; k < r->n_tags; k++) {
			uint32_t t = tag_number(&r->tags[k]);
			w->by_tag[t][w->n_by_tag[t]++] = r;
		}
	}
	uint32_t at = 0;
	for (uint32_t i = 0; i < N_ARTIFACTS; i++) {
		w->artifacts[i].regions = at;
		at += w->artifacts[i].n_regions;
		w->artifacts[i].n_regions = 0;
	}
	for (uint32_t i = 0; i < N_REGIONS; i++) {
		struct artifact_row *a = &w->artifacts[w->regions[i].artifact];
		w->by_artifact[a->regions + a->n_regions++] = &w->regions[i];
	}
	for (uint32_t i = 0; i < N_ARTIFACTS; i++) {
		const struct artifact_row *a = &w->artifacts[i];
		if (a->leaf)
			w->leaves[a->leaf][w->n_leaves[a->leaf]++] = a;
	}
}

struct bench_world *bench_world_new(void)
{
	struct bench_world *w = take(1, sizeof(*w));
	struct rng rng;
	rng_init(&rng, 1);
	w->artifacts = take(N_ARTIFACTS, sizeof(*w->artifacts));
	w->regions = take(N_REGIONS, sizeof(*w->regions));
	w->by_artifact = take(N_REGIONS, sizeof(struct region_row *));
	w->leaves[1] = take(N_WIDE_LEAVES, sizeof(struct artifact_row *));
	w->leaves[2] = take(N_DEEP_LEAVES, sizeof(struct artifact_row *));
	make_artifacts(w, &rng);
	make_regions(w, &rng);
	make_indices(w);
	return w;
}

void bench_world_free(struct bench_world *w)
{
	for (uint32_t t = 0; t < N_TAGS; t++)
		free(w->by_tag[t]);
	free(w->leaves[1]);
	free(w->leaves[2]);
	free(w->by_artifact);
	free(w->regions);
	free(w->artifacts);
	free(w);
}

/* ---- the adapter ---- */

static const struct bench_world *world(const struct tf_context *c)
{
	return tf_context_user(c);
}

static const struct region_row *region(const struct tf_vertex *v)
{
	return v->p;
}

static const struct artifact_row *artifact(const struct tf_vertex *v)
{
	return v->p;
}

#define GET(name, value) \
	static int name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err) \
	{ \
		(void)c, (void)err; \
		*ret = value; \
		return 0; \
	} \
	struct tf_table
GET(region_id, tf_string(region(v)->id));
GET(region_name, tf_string(region(v)->name));
GET(region_position, tf_float(region(v)->position));
GET(region_duration, tf_float(region(v)->duration));
GET(region_tags, tf_list(region(v)->tags, region(v)->n_tags));
GET(artifact_id, tf_string(artifact(v)->id));
GET(artifact_name, tf_string(artifact(v)->name));
GET(artifact_mime, tf_string(artifact(v)->mime));
GET(artifact_leaf, tf_string(artifact(v)->leaf == 1 ? "wide" : artifact(v)->leaf ? "deep" : NULL));

/* Pointers in a row: s[0] the array, s[1] the next, s[2] the end. */
static int next_pointer(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)err;
	if (it->s[1].n == it->s[2].n)
		return 0;
	const void *const *rows = it->s[0].cp;
	*ret = (struct tf_vertex){.type = it->type, .p = rows[it->s[1].n++]};
	return 1;
}

static int next_region(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)err;
	if (it->s[1].n == it->s[2].n)
		return 0;
	const struct region_row *rows = it->s[0].cp;
	*ret = (struct tf_vertex){.type = it->type, .p = &rows[it->s[1].n++]};
	return 1;
}

static int next_artifact(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)err;
	if (it->s[1].n == it->s[2].n)
		return 0;
	const struct artifact_row *rows = it->s[0].cp;
	*ret = (struct tf_vertex){.type = it->type, .p = &rows[it->s[1].n++]};
	return 1;
}

static void rows(struct tf_iter *it, int (*next)(struct tf_iter *, struct tf_vertex *, struct err *), const void *from, size_t at, size_t end)
{
	it->next = next;
	it->s[0].cp = from;
	it->s[1].n = at;
	it->s[2].n = end;
}

/* The first from `at` on that does not begin before. */
static size_t first_from(const struct region_row *const *by_tag, const struct region_row *all, size_t n, const struct tf_value *beats, bool above)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		double position = by_tag ? by_tag[middle]->position : all[middle].position;
		if (position < beats->f || (above && position == beats->f))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int open_regions(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	(void)from, (void)params, (void)err;
	const struct bench_world *w = world(c);
	struct tf_value tag, low = TF_VALUE_NULL, high = TF_VALUE_NULL;
	uint32_t t = tf_hint_contains(hints, "tags", &tag) ? tag_number(&tag) : N_TAGS;
	const struct region_row *const *by_tag = t < N_TAGS ? w->by_tag[t] : NULL;
	size_t n = by_tag ? w->n_by_tag[t] : N_REGIONS, begin = 0, end = n;
	if (tf_hint_range(hints, "position_beats", &low, &high)) {
		begin = low.kind == TF_FLOAT ? first_from(by_tag, w->regions, n, &low, false) : 0;
		end = high.kind == TF_FLOAT ? first_from(by_tag, w->regions, n, &high, true) : n;
	}
	if (by_tag)
		rows(it, next_pointer, by_tag, begin, end > begin ? end : begin);
	else
		rows(it, next_region, w->regions, begin, end > begin ? end : begin);
	return 0;
}

static int open_artifacts(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			  struct tf_iter *it, struct err *err)
{
	(void)from, (void)params, (void)hints, (void)err;
	rows(it, next_artifact, world(c)->artifacts, 0, N_ARTIFACTS);
	return 0;
}

static int open_leaves(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	(void)from, (void)params, (void)err;
	struct tf_value leaf;
	int kind = !tf_hint_equal(hints, "leaf", &leaf) ? 0 : strcmp(leaf.s, "wide") == 0 ? 1 : 2;
	rows(it, next_pointer, world(c)->leaves[kind], 0, world(c)->n_leaves[kind]);
	return 0;
}

static int open_artifact_of(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			    struct tf_iter *it, struct err *err)
{
	(void)params, (void)hints, (void)err;
	tf_iter_one(it, (struct tf_vertex){.type = it->type, .p = &world(c)->artifacts[region(from)->artifact]});
	return 0;
}

static int next_parent(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)err;
	const struct artifact_row *a = it->s[0].cp;
	if (it->s[1].n == a->n_parents)
		return 0;
	*ret = (struct tf_vertex){.type = it->type, .p = &world(it->context)->artifacts[a->parents[it->s[1].n++]]};
	return 1;
}

static int open_parents(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	(void)c, (void)params, (void)hints, (void)err;
	rows(it, next_parent, from->p, 0, 0);
	return 0;
}

static int open_regions_of(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			   struct tf_iter *it, struct err *err)
{
	(void)params, (void)hints, (void)err;
	const struct artifact_row *a = artifact(from);
	rows(it, next_pointer, world(c)->by_artifact, a->regions, a->regions + a->n_regions);
	return 0;
}

static const struct tf_property_row region_properties[] = {
	{"id", "String!", "Its name.", region_id},
	{"name", "String!", "What it is called.", region_name},
	{"position_beats", "Float!", "Where it begins.", region_position},
	{"duration_beats", "Float!", "How long it is.", region_duration},
	{"tags", "[String!]!", "What it is.", region_tags},
};
static const struct tf_edge_row region_edges[] = {{"artifact", "Artifact!", "What it plays.", NULL, 0, open_artifact_of}};
static const struct tf_property_row artifact_properties[] = {
	{"id", "String!", "Its name.", artifact_id},
	{"name", "String!", "What it is called.", artifact_name},
	{"mime", "String!", "What its bytes are.", artifact_mime},
	{"leaf", "String", "Of which kind of tree it is a leaf: wide or deep.", artifact_leaf},
};
static const struct tf_edge_row artifact_edges[] = {
	{"parents", "[Artifact!]", "What it was made of.", NULL, 0, open_parents},
	{"regions", "[Region!]", "Where it is played.", NULL, 0, open_regions_of},
};
static const struct tf_type_row types[] = {
	{.name = "Region", .doc = "A piece of the timeline.", TF_PROPERTIES(region_properties), TF_EDGES(region_edges)},
	{.name = "Artifact", .doc = "Something made.", TF_PROPERTIES(artifact_properties), TF_EDGES(artifact_edges)},
};
static const struct tf_edge_row roots[] = {
	{"Region", "[Region!]!", "All regions.", NULL, 0, open_regions},
	{"Artifact", "[Artifact!]!", "All artifacts.", NULL, 0, open_artifacts},
	{"Leaf", "[Artifact!]!", "Artifacts of one kind of leaf.", NULL, 0, open_leaves},
};
const struct tf_table bench_table = {types, COUNT_OF(types), roots, COUNT_OF(roots)};

/* ---- SQLite ---- */

static void must(sqlite3 *db, int r)
{
	if (r == SQLITE_OK || r == SQLITE_DONE || r == SQLITE_ROW)
		return;
	fprintf(stderr, "bench_query: sqlite: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static sqlite3_stmt *insert(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s;
	must(db, sqlite3_prepare_v2(db, sql, -1, &s, NULL));
	return s;
}

static void text(sqlite3_stmt *s, int at, const char *value)
{
	must(sqlite3_db_handle(s), sqlite3_bind_text(s, at, value, -1, SQLITE_STATIC));
}

static void artifact_key(sqlite3_stmt *s, int at, const struct bench_world *w, uint32_t i, bool by_id)
{
	if (by_id)
		text(s, at, w->artifacts[i].id);
	else
		(void)sqlite3_bind_int64(s, at, i);
}

static void step(sqlite3_stmt *s)
{
	must(sqlite3_db_handle(s), sqlite3_step(s));
	must(sqlite3_db_handle(s), sqlite3_reset(s));
}

static void insert_artifacts(const struct bench_world *w, sqlite3 *db, bool by_id)
{
	sqlite3_stmt *s = insert(db, "INSERT INTO artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?, json_object('title', ?3))");
	sqlite3_stmt *t = insert(db, "INSERT INTO artifact_tag VALUES (?, ?)");
	sqlite3_stmt *p = insert(db, "INSERT INTO parent VALUES (?, ?, ?)");
	for (uint32_t i = 0; i < N_ARTIFACTS; i++) {
		const struct artifact_row *a = &w->artifacts[i];
		artifact_key(s, 1, w, i, by_id);
		text(s, 2, a->id);
		text(s, 3, a->name);
		text(s, 4, a->mime);
		(void)sqlite3_bind_int(s, 5, a->leaf);
		text(s, 6, a->creator);
		(void)sqlite3_bind_int64(s, 7, a->size);
		(void)sqlite3_bind_int64(s, 8, a->created);
		step(s);
		artifact_key(t, 1, w, i, by_id);
		text(t, 2, a->tag);
		step(t);
		for (uint32_t k = 0; k < a->n_parents; k++) {
			artifact_key(p, 1, w, i, by_id);
			(void)sqlite3_bind_int64(p, 2, k);
			artifact_key(p, 3, w, a->parents[k], by_id);
			step(p);
		}
	}
	(void)sqlite3_finalize(s);
	(void)sqlite3_finalize(t);
	(void)sqlite3_finalize(p);
}

static void insert_regions(const struct bench_world *w, sqlite3 *db, bool by_id)
{
	sqlite3_stmt *s = insert(db, "INSERT INTO region VALUES (?, ?, ?, ?, ?, ?)");
	sqlite3_stmt *t = insert(db, "INSERT INTO tag VALUES (?, ?, ?)");
	for (uint32_t i = 0; i < N_REGIONS; i++) {
		const struct region_row *r = &w->regions[i];
		(void)sqlite3_bind_int64(s, 1, i);
		text(s, 2, r->id);
		text(s, 3, r->name);
		(void)sqlite3_bind_double(s, 4, r->position);
		(void)sqlite3_bind_double(s, 5, r->duration);
		artifact_key(s, 6, w, r->artifact, by_id);
		step(s);
		for (uint32_t k = 0; k < r->n_tags; k++) {
			text(t, 1, r->tags[k].s);
			(void)sqlite3_bind_double(t, 2, r->position);
			(void)sqlite3_bind_int64(t, 3, i);
			step(t);
		}
	}
	(void)sqlite3_finalize(s);
	(void)sqlite3_finalize(t);
}

/* The keys of artifacts are numbers of rows, or their ids. */
#define TABLES(key, rowid) \
	"CREATE TABLE artifact (n " key " PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, mime TEXT NOT NULL, leaf INT NOT NULL," \
	" creator TEXT NOT NULL, size INT NOT NULL, created INT NOT NULL, metadata TEXT NOT NULL)" rowid ";" \
	"CREATE TABLE artifact_tag (artifact " key ", tag TEXT, PRIMARY KEY (artifact, tag)) WITHOUT ROWID;" \
	"CREATE TABLE parent (child " key ", place INT, parent " key ", PRIMARY KEY (child, place)) WITHOUT ROWID;" \
	"CREATE TABLE region (n INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, position REAL NOT NULL," \
	" duration REAL NOT NULL, artifact " key " NOT NULL);" \
	"CREATE TABLE tag (tag TEXT, position REAL, region INT, PRIMARY KEY (tag, position, region)) WITHOUT ROWID;" \
	"BEGIN"

sqlite3 *bench_world_sqlite(const struct bench_world *w, bool by_id)
{
	sqlite3 *db;
	must(NULL, sqlite3_open(":memory:", &db));
	must(db, sqlite3_exec(db, by_id ? TABLES("TEXT", " WITHOUT ROWID") : TABLES("INTEGER", ""), NULL, NULL, NULL));
	insert_artifacts(w, db, by_id);
	insert_regions(w, db, by_id);
	must(db, sqlite3_exec(db,
			      "CREATE INDEX region_position ON region (position);"
			      "CREATE INDEX region_artifact ON region (artifact, position);"
			      "CREATE INDEX artifact_tag_tag ON artifact_tag (tag, artifact);"
			      "CREATE INDEX artifact_creator ON artifact (creator);"
			      "CREATE INDEX artifact_created ON artifact (created);"
			      "CREATE INDEX artifact_leaf ON artifact (leaf) WHERE leaf > 0;"
			      "COMMIT; ANALYZE",
			      NULL, NULL, NULL));
	return db;
}
