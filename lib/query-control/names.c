/*
 * names.c - tags and actors: names that others bear.
 *
 * Vertices: `p` is the name, as of the garden's actors.
 */
#include "query-control/cache_priv.h"
#include "query-control/tables_priv.h"

#include <string.h>

#include "base/banned.h"

int name_open(struct tf_iter *it, const char *name)
{
	if (name)
		tf_iter_one(it, (struct tf_vertex){.type = it->type, .p = name});
	else
		tf_iter_none(it);
	return 0;
}

const char *name_of(const struct tf_vertex *v)
{
	return v->p;
}

/* ---- lists of names ---- */

struct collecting {
	struct control_cache *cache;
	const char **v;
	size_t n, room;
	bool failed;
};

static void add(struct collecting *l, const char *name)
{
	l->failed = l->failed || mem_grow(&l->v, &l->room, l->n + 1, sizeof(char *)) < 0;
	if (!l->failed)
		l->v[l->n++] = name;
}

static int add_rows(struct control_view *view, struct collecting *l, const char *sql, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(view->conn, &q, err, sql, "");
	while (r == 0 && (r = store_step(view->conn, q, err)) > 0) {
		const char *s = store_text(q, 0), *kept = wire_arena_copy(&l->cache->arena, s, strlen(s));
		l->failed |= !kept;
		add(l, kept);
		r = 0;
		if (l->failed)
			break;
	}
	store_done(q);
	return r;
}

/* As the garden has it: an empty name is nobody's. */
static void add_known(struct collecting *l, const char *name)
{
	if (name && *name)
		add(l, name);
}

static void add_region_tags(struct collecting *l, const struct doc_region *r)
{
	for (size_t i = 0; i < r->body->n_tags; i++)
		add(l, r->body->tags[i]);
}

static void add_region_actor(struct collecting *l, const struct doc_region *r)
{
	add_known(l, r->body->actor);
}

static void add_regions(struct tf_context *c, struct collecting *l, void (*fn)(struct collecting *l, const struct doc_region *r))
{
	struct document_cursor at;
	const struct doc_region *r;
	document_regions_start(query_world(c)->garden->document, REGION_SPAN_ALL, &at);
	while (!l->failed && (r = document_regions_next(&at)))
		fn(l, r);
}

/* Newest first. */
static void add_edit_actors(const struct garden_view *g, struct collecting *l)
{
	const struct garden_edit *e;
	for (int64_t at = INT64_MAX; !l->failed && (e = garden_view_edit_from(g, at)); at = e->revision - 1)
		add_known(l, e->actor);
	const struct garden_pending *p = NULL;
	while (!l->failed && (p = garden_view_pending(g, p)))
		add_known(l, p->actor);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once, into the list. */
static int finish(struct collecting *l, struct text_list *ret, struct err *err)
{
	size_t n = 0;
	const char **kept = l->failed ? NULL : wire_arena_array(&l->cache->arena, l->n + 1, sizeof(*kept));
	if (kept && l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_text);
	for (size_t i = 0; kept && i < l->n; i++) {
		if (!n || strcmp(kept[n - 1], l->v[i]) != 0)
			kept[n++] = l->v[i];
	}
	free(l->v);
	if (!kept)
		return err_set(err, -ENOMEM, "query");
	*ret = (struct text_list){kept, n, true};
	return 0;
}

/* What each column has, without looking at every row: from one value to the next. */
#define DISTINCT(table, column) \
	"WITH RECURSIVE s(x) AS (SELECT min(" column ") FROM " table " UNION ALL SELECT (SELECT min(" column ") FROM " table \
	" WHERE " column " > s.x) FROM s WHERE s.x IS NOT NULL) SELECT x FROM s WHERE x IS NOT NULL"

static int collect_tags(struct tf_context *c, struct collecting *l, struct err *err)
{
	int r = add_rows(control_of(c), l, DISTINCT("artifact_tag", "tag"), err);
	add_regions(c, l, add_region_tags);
	return r;
}

static int collect_actors(struct tf_context *c, struct collecting *l, struct err *err)
{
	static const char *const sql[] = {DISTINCT("artifact", "creator"), DISTINCT("job", "actor"), DISTINCT("decision", "actor"),
					  DISTINCT("change", "actor")};
	int r = 0;
	for (size_t i = 0; r == 0 && i < COUNT_OF(sql); i++)
		r = add_rows(control_of(c), l, sql[i], err);
	add_regions(c, l, add_region_actor);
	add_edit_actors(query_world(c)->garden, l);
	return r;
}

static int collect_spaces(struct tf_context *c, struct collecting *l, struct err *err)
{
	struct control_cache *k = l->cache;
	for (size_t i = 0; i < k->online.n; i++) {
		if (*k->online.v[i].from_space)
			add(l, k->online.v[i].from_space);
		add(l, k->online.v[i].to_space);
	}
	return add_rows(control_of(c), l, DISTINCT("artifact", "space"), err);
}

typedef int collect_fn(struct tf_context *c, struct collecting *l, struct err *err);

static int list_of(struct tf_context *c, struct control_cache *k, struct text_list *list, collect_fn *collect, struct err *err)
{
	struct collecting l = {.cache = k};
	if (list->made)
		return 0;
	int r = collect(c, &l, err);
	if (r < 0) {
		free(l.v);
		return r;
	}
	return finish(&l, list, err);
}

static int next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const char *const *v = it->s[0].cp;
	if (!it->s[1].n)
		return 0;
	*ret = (struct tf_vertex){.type = it->type, .p = *v};
	it->s[0].cp = v + 1;
	it->s[1].n--;
	return 1;
}

static int open_list(struct tf_iter *it, const struct text_list *list)
{
	it->next = next;
	it->close = NULL;
	it->s[0].cp = list->v;
	it->s[1].n = list->n;
	return 0;
}

static int open_tags(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		     struct tf_iter *it, struct err *err)
{
	struct control_cache *k = NULL;
	int r = control_cache(control_of(c), &k, err);
	if (r == 0)
		r = list_of(c, k, &k->tags, collect_tags, err);
	return r < 0 ? r : open_list(it, &k->tags);
}

static int open_actors(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	struct control_cache *k = NULL;
	int r = control_cache(control_of(c), &k, err);
	if (r == 0)
		r = list_of(c, k, &k->actors, collect_actors, err);
	return r < 0 ? r : open_list(it, &k->actors);
}

int spaces_open(struct tf_iter *it, struct tf_context *c, struct err *err)
{
	struct control_cache *k = NULL;
	int r = control_offers(control_of(c), &k, err);
	if (r == 0)
		r = list_of(c, k, &k->spaces, collect_spaces, err);
	return r < 0 ? r : open_list(it, &k->spaces);
}

/* ---- tags ---- */

SELECT_GET(get_name, tf_string(name_of(v)))

int count_rows(struct tf_context *c, const char *sql, const char *key, struct tf_value *ret, struct err *err)
{
	int64_t n = 0;
	int r = store_int(control_of(c)->conn, &n, err, sql, "t", key);
	*ret = tf_int(n);
	return r;
}

static int get_n_artifacts(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	return count_rows(c, "SELECT count(*) FROM artifact_tag WHERE tag = ?", name_of(v), ret, err);
}

static int get_n_regions(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const struct doc_region *const *regions;
	size_t n = 0;
	if (garden_view_regions_by(query_world(c)->garden, GARDEN_BY_TAG, name_of(v), &regions, &n) < 0)
		return err_set(err, -ENOMEM, "query");
	*ret = tf_int((int64_t)n);
	return 0;
}

static const struct tf_property_row tag_properties[] = {
	{"name", "String!", "The tag.", get_name},
	{"n_artifacts", "Int!", "How many artifacts have it.", get_n_artifacts},
	{"n_regions", "Int!", "How many regions have it.", get_n_regions},
};

SELECT_OPEN(open_tag_artifacts, artifact_open_of_tag(it, c, name_of(from), err))
SELECT_OPEN(open_tag_regions, regions_open_with(it, c, GARDEN_BY_TAG, name_of(from), err))
static const struct tf_edge_row tag_edges[] = {
	{"artifacts", "[Artifact!]!", "The artifacts that have it, newest first.", NULL, 0, open_tag_artifacts},
	{"regions", "[Region!]!", "The regions that have it, in order of position.", NULL, 0, open_tag_regions},
};

/* ---- actors: the garden tells of their regions and edits ---- */

SELECT_OPEN(open_artifacts, artifact_open_of_creator(it, c, name_of(from), err))
SELECT_OPEN(open_jobs, job_open_of_actor(it, c, name_of(from), err))
SELECT_OPEN(open_decisions, decision_open_of_actor(it, c, name_of(from), err))
SELECT_OPEN(open_changes, change_open_of_actor(it, c, name_of(from), err))

static const struct tf_edge_row actor_edges[] = {
	{"artifacts", "[Artifact!]!", "What was made on its behalf, newest first.", NULL, 0, open_artifacts},
	{"jobs", "[Job!]!", "The jobs that it has asked for, newest first.", NULL, 0, open_jobs},
	{"decisions", "[Decision!]!", "What it has decided, newest first.", NULL, 0, open_decisions},
	{"changes", "[Change!]!", "What it has changed in hootenanny, newest first.", NULL, 0, open_changes},
};

static const struct tf_type_row types[] = {
	{.name = "Tag", .doc = "A tag, of artifacts or of regions.", TF_PROPERTIES(tag_properties), TF_EDGES(tag_edges)},
	{.name = "Actor", TF_EDGES(actor_edges)},
};

static const struct tf_edge_row roots[] = {
	{"Tag", "[Tag!]!", "All tags, sorted.", NULL, 0, open_tags},
	{"Actor", "[Actor!]!", "Everybody who has made, asked for, decided or changed something, by name.", NULL, 0, open_actors},
};
const struct tf_table control_names = {types, COUNT_OF(types), roots, COUNT_OF(roots)};
