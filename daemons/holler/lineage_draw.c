#include "lineage_draw.h"

#include "base/json.h"
#include "base/mem.h"
#include "columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

#define HASH_SHOWN 23

struct tree {
	const struct artifact_lineage_result *l;
	enum lineage_way way;
	size_t columns;
	struct strbuf *b;
	struct strbuf prefix;
	bool *drawn;
};

static const struct artifact_view *node(const struct tree *t, size_t i)
{
	return &t->l->nodes.v[i].artifact;
}

/* The node with this id; n when it is not among them. */
static size_t find(const struct tree *t, const char *id)
{
	size_t i = 0;
	while (i < t->l->nodes.n && strcmp(node(t, i)->artifact_id, id) != 0)
		i++;
	return i;
}

/* The next relative of node i from edge *at on; false when there is none. */
static bool next(const struct tree *t, size_t i, size_t *at, size_t *ret)
{
	for (; *at < t->l->edges.n; ++*at) {
		const struct lineage_edge *e = &t->l->edges.v[*at];
		const char *here = t->way == LINEAGE_UP ? e->child : e->parent;
		const char *there = t->way == LINEAGE_UP ? e->parent : e->child;
		if (strcmp(here, node(t, i)->artifact_id) != 0)
			continue;
		*ret = find(t, there);
		if (*ret == t->l->nodes.n)
			continue;
		++*at;
		return true;
	}
	return false;
}

/* --- words --------------------------------------------------------------------------------------------------------- */

static void add_params(struct strbuf *b, const json_t *params)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)params, key, value) /* jansson's iterator is not const */
	{
		(void)strbuf_addf(b, ", %s ", key);
		if (json_is_string(value))
			(void)strbuf_adds(b, json_string_value(value));
		else
			(void)json_write(b, value, JSON_OUT_COMPACT); /* a failure sticks in b */
	}
}

static const char *title(const struct artifact_view *a)
{
	static const char *const keys[] = { "title", "file", "name" };
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		const char *s = json_string_value(json_object_get(a->metadata, keys[i]));
		if (s && *s)
			return s;
	}
	return NULL;
}

/* "continue midi "Soldier's Joy" by markov@1, seed 7, bars 8" */
static void how(const struct artifact_view *a, struct strbuf *b)
{
	const char *name = title(a);
	(void)strbuf_addf(b, "%s %s", a->verb, a->space);
	if (name)
		(void)strbuf_addf(b, " \"%s\"", name);
	if (a->model[0])
		(void)strbuf_addf(b, " by %s", a->model);
	if (a->has_seed)
		(void)strbuf_addf(b, ", seed %" PRId64, a->seed);
	add_params(b, a->params);
	for (size_t i = 0; i < a->tags.n; i++)
		(void)strbuf_addf(b, " #%s", a->tags.v[i]);
}

/* "01a2…  sha256:451beff12a6b9b4b…  human:ann  2026-11-22 06:39:12" */
static void what(const struct artifact_view *a, struct strbuf *b)
{
	char when[32] = "";
	time_t s = (time_t)(a->created_unix_ms / 1000);
	struct tm tm;
	if (localtime_r(&s, &tm))
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	(void)strbuf_addf(b, "%s  %.*s…  %s  %s", a->artifact_id, HASH_SHOWN, a->content_hash, a->creator, when);
}

static void line(struct tree *t, const char *lead, const char *text)
{
	size_t used = columns_count(t->prefix.s ? t->prefix.s : "") + columns_count(lead);
	size_t room = !t->columns ? SIZE_MAX : t->columns > used + 20 ? t->columns - used : 20;
	(void)strbuf_adds(t->b, t->prefix.s ? t->prefix.s : "");
	(void)strbuf_adds(t->b, lead);
	columns_cut(t->b, text, room);
	(void)strbuf_addc(t->b, '\n');
}

/* --- the tree ------------------------------------------------------------------------------------------------------ */

static void draw(struct tree *t, size_t i, const char *lead, const char *below)
{
	AUTO_STRBUF text = STRBUF_INIT;
	size_t at = 0, child, after = 0, other, was = t->prefix.n;
	how(node(t, i), &text);
	if (t->drawn[i])
		(void)strbuf_adds(&text, " (see above)");
	line(t, lead, text.s ? text.s : "");
	if (t->drawn[i])
		return;
	t->drawn[i] = true;

	bool has = next(t, i, &at, &child);
	(void)strbuf_adds(&t->prefix, below);
	strbuf_clear(&text);
	what(node(t, i), &text);
	line(t, has ? "│  " : "   ", text.s ? text.s : "");
	while (has) {
		after = at;
		bool more = next(t, i, &after, &other);
		draw(t, child, more ? "├─ " : "└─ ", more ? "│  " : "   ");
		has = more;
		at = after;
		child = other;
	}
	t->prefix.n = was;
	if (t->prefix.s)
		t->prefix.s[was] = '\0';
}

/* Whether nothing that is shown leads to it. */
static bool is_root(const struct tree *t, size_t i)
{
	for (size_t k = 0; k < t->l->edges.n; k++) {
		const struct lineage_edge *e = &t->l->edges.v[k];
		const char *to = t->way == LINEAGE_UP ? e->parent : e->child;
		const char *from = t->way == LINEAGE_UP ? e->child : e->parent;
		if (strcmp(to, node(t, i)->artifact_id) == 0 && find(t, from) < t->l->nodes.n)
			return false;
	}
	return true;
}

int lineage_draw(const struct artifact_lineage_result *l, const char *root, enum lineage_way way, size_t columns,
		 struct strbuf *b, struct err *err)
{
	bool *AUTO_MEM drawn = mem_new_array(l->nodes.n ? l->nodes.n : 1, sizeof(*drawn));
	struct tree t = { .l = l, .way = way, .columns = columns, .b = b, .prefix = STRBUF_INIT, .drawn = drawn };
	if (!drawn)
		return err_set(err, -ENOMEM, "the lineage");
	for (size_t i = 0; i < l->nodes.n; i++)
		if (root ? strcmp(node(&t, i)->artifact_id, root) == 0 : is_root(&t, i))
			draw(&t, i, "", "");
	bool good = strbuf_ok(b) && strbuf_ok(&t.prefix);
	strbuf_done(&t.prefix);
	return good ? 0 : err_set(err, -ENOMEM, "the lineage");
}
