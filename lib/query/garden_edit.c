/*
 * garden_edit.c - who changed what and when: the edits that the history remembers, those that wait for their beat, and actors.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "query/garden_tables_priv.h"

#include "base/banned.h"

static const struct garden_pending *pending_of(const struct tf_vertex *v)
{
	return v->p;
}

/* ---- edits ---- */

GETTER(get_revision, struct garden_edit, tf_int(t->revision))
GETTER(get_kind, struct garden_edit, tf_string(edit_kind_name(t->kind)))
GETTER(get_actor, struct garden_edit, tf_string(t->actor))
GETTER(get_time, struct garden_edit, tf_int(t->time_unix_ms))
GETTER(get_ago, struct garden_edit, tf_float((double)(w->now_unix_ms - t->time_unix_ms) / 1000))
GETTER_OPTIONAL(get_at, struct garden_edit, t->has_at, tf_float(t->at_beats))
GETTER(get_edit_id, struct garden_edit, tf_string(t->edit_id))
GETTER_OPTIONAL(get_of_revision, struct garden_edit, t->of_revision > 0, tf_int(t->of_revision))
GETTER(get_undone, struct garden_edit, tf_bool(t->undone))

static int get_touched(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const struct garden_edit *e = query_edit_of(v);
	return garden_strings(c, e->touched, e->n_touched, ret, err);
}

static const struct tf_property_row edit_properties[] = {
	{ "revision", "Int!", "The revision of the timeline that it made.", get_revision },
	{ "kind", "String!", "Where it comes from: edit, undo, redo, revert or latent (a step in a latent's life).", get_kind },
	{ "actor", "String", "Who did it.", get_actor },
	{ "time_unix_ms", "Int!", "When, in milliseconds since 1970.", get_time },
	{ "age_seconds", "Float!", "How long ago it was, in seconds.", get_ago },
	{ "at_beats", "Float", "The beat that it waited for, when it was scheduled.", get_at },
	{ "edit_id", "String", "The scheduled edit that it was.", get_edit_id },
	{ "of_revision", "Int", "The edit that an undo or redo is about.", get_of_revision },
	{ "undone", "Boolean!", "Whether a later edit took it back.", get_undone },
	{ "touched", "[String!]!", "What it changed: region:ID, latent:ID (how far its content is), marker:ID, tempo, meter.", get_touched },
};

static int edits_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct garden_edit *e = ptree_next(&garden_edit_class, it->s[0].p);
	if (!e || e->revision < it->s[1].i)
		return 0;
	*ret = (struct tf_vertex){ .type = it->type, .p = e };
	return 1;
}

static int open_edits(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		      struct tf_iter *it, struct err *err)
{
	struct tf_value is, low = TF_VALUE_NULL, high = TF_VALUE_NULL;
	struct garden_edit newest = { .revision = INT64_MAX };
	struct ptree_cursor *at;
	at = garden_take(c, sizeof(*at), err);
	if (!at)
		return -ENOMEM;
	if (tf_hint_equal(hints, "revision", &is))
		low = high = is;
	else
		(void)tf_hint_range(hints, "revision", &low, &high); /* what it does not say stays open */
	if (high.kind == TF_INT)
		newest.revision = high.i;
	it->s[1].i = low.kind == TF_INT ? low.i : INT64_MIN;
	ptree_start(&garden_edit_class, query_world(c)->garden->log->edits, &newest, 0, at);
	it->s[0].p = at;
	it->next = edits_next;
	return 0;
}

/* ---- edits that wait ---- */

GETTER(get_pending_id, struct garden_pending, tf_string(t->edit_id))
GETTER(get_pending_actor, struct garden_pending, tf_string(t->actor))
GETTER(get_pending_at, struct garden_pending, tf_float(t->at_beats))
GETTER(get_pending_in, struct garden_pending, tf_float(t->at_beats - query_now_beats(w)))
GETTER(get_pending_time, struct garden_pending, tf_int(t->time_unix_ms))
GETTER(get_pending_base, struct garden_pending, tf_int(t->base_revision))
GETTER(get_pending_conflict, struct garden_pending, tf_string(t->conflict))

static int get_pending_touched(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	return garden_strings(c, pending_of(v)->touched, pending_of(v)->n_touched, ret, err);
}

static const struct tf_property_row pending_properties[] = {
	{ "edit_id", "String!", "Its name, for timeline_cancel_edit.", get_pending_id },
	{ "actor", "String", "Whose it is.", get_pending_actor },
	{ "at_beats", "Float!", "The beat that it waits for.", get_pending_at },
	{ "comes_in_beats", "Float!", "Beats from where the transport is to that beat.", get_pending_in },
	{ "time_unix_ms", "Int!", "When it was accepted, in milliseconds since 1970.", get_pending_time },
	{ "base_revision", "Int!", "The revision of the timeline that it was accepted in.", get_pending_base },
	{ "conflict", "String", "Why it would be dropped if its beat came now; null when it would not.", get_pending_conflict },
	{ "touched", "[String!]!", "What it will change: region:ID, marker:ID, tempo, meter.", get_pending_touched },
};

static int pending_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct garden_pending *p = ptree_next(&garden_pending_class, it->s[0].p);
	if (p)
		*ret = (struct tf_vertex){ .type = it->type, .p = p };
	return p != NULL;
}

static int open_pending(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	struct ptree_cursor *at;
	at = garden_take(c, sizeof(*at), err);
	if (!at)
		return -ENOMEM;
	ptree_start(&garden_pending_class, query_world(c)->garden->log->pending, NULL, 0, at);
	it->s[0].p = at;
	it->next = pending_next;
	return 0;
}

/* ---- from things to their edits ---- */

static bool is_key_of(const char *key, const char *const *kinds, size_t n, const char *id)
{
	const char *colon = strchr(key, ':');
	for (size_t i = 0; colon && i < n; i++)
		if (strlen(kinds[i]) == (size_t)(colon - key) && str_starts(key, kinds[i]) && str_eq(colon + 1, id))
			return true;
	return false;
}

static int newest_first(const void *a, const void *b)
{
	const struct garden_edit *x = query_edit_of(a), *y = query_edit_of(b);
	return x->revision > y->revision ? -1 : x->revision < y->revision;
}

/* The edits of one key, behind those that are there. */
static int add_touching(struct tf_context *c, const char *kind, const char *id, uint32_t type, struct tf_vertex **v, size_t *n,
			struct err *err)
{
	const struct garden_edit *const *edits;
	struct tf_vertex *more;
	size_t n_edits;
	const char *key = tf_context_printf(c, "%s:%s", kind, id);
	if (!key || garden_view_touching(query_world(c)->garden, key, &edits, &n_edits) < 0)
		return err_set(err, -ENOMEM, "query");
	more = garden_take(c, (*n + n_edits) * sizeof(*more), err);
	if (!more)
		return -ENOMEM;
	if (*n)
		memcpy(more, *v, *n * sizeof(*more));
	for (size_t i = 0; i < n_edits; i++)
		more[*n + i] = (struct tf_vertex){ .type = type, .p = edits[i] };
	*v = more;
	*n += n_edits;
	return 0;
}

int garden_open_touching(struct tf_context *c, const char *const *kinds, size_t n, const char *id, struct tf_iter *it, struct err *err)
{
	struct tf_vertex *v = NULL;
	size_t n_found = 0;
	for (size_t i = 0; i < n; i++) {
		int r = add_touching(c, kinds[i], id, it->type, &v, &n_found, err);
		if (r < 0)
			return r;
	}
	garden_open_sorted(it, v, n_found, newest_first);
	return 0;
}

int garden_open_pending_touching(struct tf_context *c, const char *const *kinds, size_t n, const char *id, struct tf_iter *it,
				 struct err *err)
{
	const struct garden_view *g = query_world(c)->garden;
	struct ptree_cursor at;
	const struct garden_pending *p;
	struct tf_vertex *v;
	size_t n_found = 0;
	v = garden_take(c, garden_view_n_pending(g) * sizeof(*v), err);
	if (!v)
		return -ENOMEM;
	ptree_start(&garden_pending_class, g->log->pending, NULL, 0, &at);
	while ((p = ptree_next(&garden_pending_class, &at))) {
		bool touches = false;
		for (size_t i = 0; !touches && i < p->n_touched; i++)
			touches = is_key_of(p->touched[i], kinds, n, id);
		if (touches)
			v[n_found++] = (struct tf_vertex){ .type = it->type, .p = p };
	}
	tf_iter_array(it, v, n_found);
	return 0;
}

/* ---- from edits to things ---- */

/* The things of a kind that keys name and that are still there, each once. */
static int open_things(struct tf_context *c, char *const *keys, size_t n, bool markers, struct tf_iter *it, struct err *err)
{
	const struct document *d = query_world(c)->garden->document;
	struct tf_vertex *v;
	size_t n_found = 0;
	v = garden_take(c, n * sizeof(*v), err);
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *colon = strchr(keys[i], ':');
		if (!colon || str_starts(keys[i], "marker:") != markers)
			continue;
		const void *p = markers ? (const void *)document_marker(d, colon + 1) : document_region(d, colon + 1);
		if (p)
			v[n_found++] = (struct tf_vertex){ .type = it->type, .p = p };
	}
	garden_open_sorted(it, v, n_found, markers ? garden_compare_markers : garden_compare_regions);
	return 0;
}

static int open_edit_regions(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			     const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	return open_things(c, query_edit_of(from)->touched, query_edit_of(from)->n_touched, false, it, err);
}

static int open_edit_markers(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			     const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	return open_things(c, query_edit_of(from)->touched, query_edit_of(from)->n_touched, true, it, err);
}

static int open_pending_regions(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
				const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	return open_things(c, pending_of(from)->touched, pending_of(from)->n_touched, false, it, err);
}

static int open_pending_markers(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
				const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	return open_things(c, pending_of(from)->touched, pending_of(from)->n_touched, true, it, err);
}

static int open_edit_actor(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			   const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	garden_open_one(it, query_edit_of(from)->actor);
	return 0;
}

static int open_pending_actor(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			      const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	garden_open_one(it, pending_of(from)->actor);
	return 0;
}

static int open_of(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		   struct tf_iter *it, struct err *err)
{
	garden_open_one(it, garden_view_edit(query_world(c)->garden, query_edit_of(from)->of_revision));
	return 0;
}

static const struct tf_edge_row edit_edges[] = {
	{ "regions", "[Region!]!", "The regions that it touched and that are still there, as they are now, by position.", .open = open_edit_regions },
	{ "markers", "[Marker!]!", "The markers that it touched and that are still there, as they are now, by position.", .open = open_edit_markers },
	{ "of", "Edit", "The edit that an undo or redo is about, when it is remembered.", .open = open_of },
	{ "by", "Actor", "Who did it.", .open = open_edit_actor },
};
static const struct tf_edge_row pending_edges[] = {
	{ "regions", "[Region!]!", "The regions that it will touch and that are there already, by position.", .open = open_pending_regions },
	{ "markers", "[Marker!]!", "The markers that it will touch and that are there already, by position.", .open = open_pending_markers },
	{ "by", "Actor", "Whose it is.", .open = open_pending_actor },
};

/* ---- actors: all that regions, edits and pending edits name, by name ---- */

static int get_actor_name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = tf_string(v->p);
	return 0;
}

static int get_actor_kind(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const char *colon = strchr(v->p, ':');
	*ret = colon ? tf_stringn(v->p, (size_t)(colon - (const char *)v->p)) : TF_VALUE_NULL;
	return 0;
}

static const struct tf_property_row actor_properties[] = {
	{ "name", "String!", "Who, as edits say it: \"human:ann\", \"agent:drums\", or a program's name.", get_actor_name },
	{ "kind", "String", "What stands before the colon of the name: \"human\", \"agent\"; null when there is none.", get_actor_kind },
};

enum { ACTOR_SOURCES = 3 };
struct actor_walk {
	const struct keyed_list *from[ACTOR_SOURCES];
	size_t at[ACTOR_SOURCES];
};

static int actors_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	struct actor_walk *a = it->s[0].p;
	const char *least = NULL;
	for (size_t i = 0; i < ACTOR_SOURCES; i++) {
		const char *name = keyed_list_key(a->from[i], a->at[i]);
		if (name && (!least || strcmp(name, least) < 0))
			least = name;
	}
	for (size_t i = 0; least && i < ACTOR_SOURCES; i++)
		a->at[i] = keyed_list_after(a->from[i], a->at[i], least);
	if (least)
		*ret = (struct tf_vertex){ .type = it->type, .p = least };
	return least != NULL;
}

static int open_actors(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	struct actor_walk *a;
	a = garden_take(c, sizeof(*a), err);
	if (!a)
		return -ENOMEM;
	a->from[0] = garden_region_actors(query_world(c)->garden);
	a->from[1] = garden_edit_actors(query_world(c)->garden);
	a->from[2] = garden_pending_actors(query_world(c)->garden);
	for (size_t i = 0; i < ACTOR_SOURCES; i++)
		if (!a->from[i])
			return err_set(err, -ENOMEM, "actors");
	it->s[0].p = a;
	it->next = actors_next;
	return 0;
}

static int items_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const void *const *items = it->s[0].cp;
	if (it->s[1].n >= it->s[2].n)
		return 0;
	*ret = (struct tf_vertex){ .type = it->type, .p = items[it->s[1].n++] };
	return 1;
}

static int open_items(const struct keyed_list *l, const char *key, struct tf_iter *it, struct err *err)
{
	size_t n;
	if (!l)
		return err_set(err, -ENOMEM, "actor");
	it->s[0].cp = keyed_list_find(l, key, &n);
	it->s[1].n = 0;
	it->s[2].n = n;
	it->next = items_next;
	return 0;
}

static int open_actor_regions(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			      const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	return open_items(garden_region_actors(query_world(c)->garden), from->p, it, err);
}

static int open_actor_edits(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			    const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	return open_items(garden_edit_actors(query_world(c)->garden), from->p, it, err);
}

static int open_actor_pending(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			      const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	return open_items(garden_pending_actors(query_world(c)->garden), from->p, it, err);
}

static const struct tf_edge_row actor_edges[] = {
	{ "regions", "[Region!]!", "The regions that they made, by position.", .open = open_actor_regions },
	{ "edits", "[Edit!]!", "Their edits that the history remembers, newest first.", .open = open_actor_edits },
	{ "pending_edits", "[PendingEdit!]!", "Their edits that wait for their beat, by beat.", .open = open_actor_pending },
};

static const struct tf_type_row types[] = {
	{ .name = "Edit",
	  .doc = "A change of the timeline that the history remembers.",
	  TF_PROPERTIES(edit_properties), TF_EDGES(edit_edges) },
	{ .name = "PendingEdit",
	  .doc = "An accepted change of the timeline that waits for its beat.",
	  TF_PROPERTIES(pending_properties), TF_EDGES(pending_edges) },
	{ .name = "Actor",
	  .doc = "Somebody who changes things: a person, an agent, a program.",
	  TF_PROPERTIES(actor_properties), TF_EDGES(actor_edges) },
};
static const struct tf_edge_row roots[] = {
	{ "Edit", "[Edit!]!", "The edits that the history remembers, newest first.", .open = open_edits },
	{ "PendingEdit", "[PendingEdit!]!", "The edits that wait, by beat.", .open = open_pending },
};
const struct tf_table garden_history = { types, COUNT_OF(types), roots, COUNT_OF(roots) };

static const struct tf_edge_row actor_roots[] = {
	{ "Actor", "[Actor!]!", "Everybody who made a region or an edit that is remembered, by name.", .open = open_actors },
};
const struct tf_table garden_actors = { NULL, 0, actor_roots, COUNT_OF(actor_roots) };
