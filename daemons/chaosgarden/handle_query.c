/*
 * handle_query.c - what is on the timeline, what was, what waits, who changed what.
 *
 * Threads:   any; they read a document that does not change, and take timeline_lock only for history, for the past and for
 *            what waits.
 */
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "garden.h"

#include "base/banned.h"

static int document_at(struct garden *g, bool has, int64_t revision, struct document **ret, struct err *err)
{
	if (!has) {
		*ret = garden_document(g);
		return 0;
	}
	struct document *d = NULL;
	pthread_mutex_lock(&g->timeline_lock);
	int r = timeline_at(g->timeline, revision, &d, err);
	if (r == 0)
		*ret = document_ref(d);
	pthread_mutex_unlock(&g->timeline_lock);
	return r;
}

struct listing {
	struct wire_arena *arena;
	struct region_view *regions;
	struct marker_view *markers;
	size_t n_regions, n_markers, limit, marker_limit;
	const struct region_list *filter; /* NULL: all */
	const struct marker_list *marker_filter;
	const char *after; /* at that beat the list goes on behind this id; NULL: it begins */
	double after_beats;
	bool more, more_markers;
	int r;
};

static bool has_tag(const struct region_body *b, const char *tag)
{
	for (size_t i = 0; i < b->n_tags; i++) {
		if (str_eq(b->tags[i], tag))
			return true;
	}
	return false;
}

static bool was_listed(const struct listing *l, double beats, const char *id)
{
	return l->after && beats == l->after_beats && strcmp(id, l->after) <= 0;
}

static bool list_region(struct doc_region *r, void *arg)
{
	struct listing *l = arg;
	const struct region_list *f = l->filter;
	if (was_listed(l, r->body->position_beats, r->id))
		return true;
	if (f && ((f->has_behaviour && (int)f->behaviour != (int)r->body->behaviour) ||
		  (f->has_state && (int)f->state != (int)r->life->state) || (f->has_tag && !has_tag(r->body, f->tag))))
		return true;
	if (l->n_regions == l->limit) {
		l->more = true;
		return false;
	}
	l->r = view_region(r, l->arena, &l->regions[l->n_regions++]);
	return l->r == 0;
}

static bool list_marker(struct doc_marker *m, void *arg)
{
	struct listing *l = arg;
	const struct marker_list *f = l->marker_filter;
	if (was_listed(l, m->position_beats, m->id))
		return true;
	if (f && f->has_marker_type && !str_eq(m->type, f->marker_type))
		return true;
	if (l->n_markers == l->marker_limit) {
		l->more_markers = true;
		return false;
	}
	l->r = view_marker(m, l->arena, &l->markers[l->n_markers++]);
	return l->r == 0;
}

/* Under the lock. */
static int list_pending(const struct timeline *t, const char *of_actor, struct wire_arena *arena, struct pending_edit **ret,
			size_t *ret_n)
{
	*ret = wire_arena_array(arena, timeline_n_scheduled(t) + 1, sizeof(**ret));
	*ret_n = 0;
	if (!*ret)
		return -ENOMEM;
	const struct scheduled_edit *s;
	for (size_t i = 0; (s = timeline_scheduled(t, i)); i++) {
		if (of_actor && !str_eq(s->actor, of_actor))
			continue;
		int r = view_pending(s, arena, &(*ret)[(*ret_n)++]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* At most so many regions and markers. */
struct most {
	size_t regions, markers;
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int show_map(const struct document *d, struct wire_arena *arena, struct timeline_query_result *ret)
{
	ret->revision = document_revision(d);
	ret->bar_one_beats = document_meter(d)->points[0].beat;
	int r = view_tempo(d, arena, &ret->tempo.v, &ret->tempo.n);
	return r < 0 ? r : view_meter(d, arena, &ret->meter.v, &ret->meter.n);
}

static int show(struct garden *g, const struct timeline_query *req, const struct most *most, struct wire_arena *arena,
		struct timeline_query_result *ret, struct err *err)
{
	AUTO(document) d = NULL;
	int r = document_at(g, req->has_at_revision, req->at_revision, &d, err);
	if (r < 0)
		return r;
	struct listing l = { .arena = arena, .limit = least(document_n_regions(d), most->regions),
			     .marker_limit = least(document_n_markers(d), most->markers) };
	l.regions = wire_arena_array(arena, l.limit + 1, sizeof(*l.regions));
	l.markers = wire_arena_array(arena, l.marker_limit + 1, sizeof(*l.markers));
	if (!l.regions || !l.markers)
		return err_set(err, -ENOMEM, "timeline");
	double from = req->has_from_beats ? req->from_beats : -INFINITY, to = req->has_to_beats ? req->to_beats : INFINITY;
	document_regions(d, from, to, list_region, &l);
	if (l.r == 0)
		document_markers(d, from, to, list_marker, &l);
	if (l.r == 0)
		l.r = show_map(d, arena, ret);
	pthread_mutex_lock(&g->timeline_lock);
	if (l.r == 0 && !req->has_at_revision)
		l.r = list_pending(g->timeline, NULL, arena, &ret->pending.v, &ret->pending.n);
	pthread_mutex_unlock(&g->timeline_lock);
	if (l.r < 0)
		return err_set(err, l.r, "timeline");
	ret->regions.v = l.regions;
	ret->regions.n = l.n_regions;
	ret->markers.v = l.markers;
	ret->markers.n = l.n_markers;
	ret->has_next_region = l.more && l.n_regions > 0;
	ret->next_region = ret->has_next_region ? l.regions[l.n_regions - 1].region_id : NULL;
	ret->has_next_marker = l.more_markers && l.n_markers > 0;
	ret->next_marker = ret->has_next_marker ? l.markers[l.n_markers - 1].marker_id : NULL;
	view_transport(g, &ret->transport);
	return 0;
}

int timeline_query_run(struct garden *g, const struct wire_call *call, const struct timeline_query *req,
		       struct timeline_query_result *ret, struct err *err)
{
	static const struct most all = { SIZE_MAX, SIZE_MAX };
	return show(g, req, &all, call->arena, ret, err);
}

static size_t touched_bytes(const struct timeline_query_result *s, size_t most)
{
	size_t n = 0;
	for (size_t i = 0; i < s->pending.n; i++)
		for (size_t k = 0; k < least(s->pending.v[i].touched.n, most); k++)
			n += strlen(s->pending.v[i].touched.v[k]);
	return n;
}

/* Of edits that wait and touch very much only the first things are told, so that a snapshot fits into a message. */
static void shorten_touched(struct timeline_query_result *s)
{
	size_t most = LIMIT_WIRE_LIST;
	while (most > 1 && touched_bytes(s, most) > LIMIT_WIRE_MESSAGE_BYTES / 8)
		most /= 2;
	for (size_t i = 0; i < s->pending.n; i++)
		s->pending.v[i].touched.n = least(s->pending.v[i].touched.n, most);
}

static int snapshot_of(struct garden *g, size_t n_most, struct wire_arena *arena, struct strbuf *state, struct err *err)
{
	static const struct timeline_query now;
	const struct most most = { n_most, n_most };
	struct timeline_query_result s = { .has_device = true };
	int r = show(g, &now, &most, arena, &s, err);
	if (r == 0)
		shorten_touched(&s);
	view_device(g, arena, &s.device);
	return r < 0 ? r : wire_encode(wire_messages[WIRE_MESSAGE_timeline_query].result, &s, state, err);
}

/* Regions with long prompts and much data: fewer of them, so that it fits into a message. */
int garden_snapshot(struct garden *g, struct strbuf *state, struct err *err)
{
	for (size_t n = LIMIT_SNAPSHOT_ITEMS;; n /= 4) {
		AUTO_ARENA arena = WIRE_ARENA_INIT;
		strbuf_clear(state);
		int r = snapshot_of(g, n, &arena, state, err);
		if (r < 0 || n == 0 || state->n < LIMIT_WIRE_MESSAGE_BYTES / 2)
			return r;
	}
}

int region_get_run(struct garden *g, const struct wire_call *call, const struct region_get *req, struct region_get_result *ret,
		   struct err *err)
{
	AUTO(document) d = NULL;
	int r = document_at(g, req->has_at_revision, req->at_revision, &d, err);
	if (r < 0)
		return r;
	const struct doc_region *region = document_region(d, req->region_id);
	if (!region)
		return document_no_region(d, "region_id", req->region_id, err);
	r = view_region(region, call->arena, &ret->region);
	return r < 0 ? err_set(err, r, "region") : 0;
}

static void list_span(const struct document *d, struct region_span span, struct listing *l)
{
	struct document_cursor at;
	struct doc_region *r;
	document_regions_start(d, span, &at);
	while ((r = document_regions_next(&at)) && list_region(r, l))
		;
}

int region_list_run(struct garden *g, const struct wire_call *call, const struct region_list *req,
		    struct region_list_result *ret, struct err *err)
{
	AUTO(document) d = NULL;
	int r = document_at(g, req->has_at_revision, req->at_revision, &d, err);
	if (r < 0)
		return r;
	struct listing l = { .arena = call->arena, .limit = (size_t)req->limit, .filter = req };
	const struct doc_region *after = req->has_after ? document_region(d, req->after) : NULL;
	if (req->has_after && !after)
		return document_no_region(d, "after", req->after, err);
	struct region_span span =
		region_span_over(req->has_from_beats ? req->from_beats : -INFINITY, req->has_to_beats ? req->to_beats : INFINITY);
	if (after) {
		l.after = after->id;
		l.after_beats = span.begins_from = after->body->position_beats;
	}
	l.regions = wire_arena_array(call->arena, l.limit + 1, sizeof(*l.regions));
	if (!l.regions)
		return err_set(err, -ENOMEM, "regions");
	list_span(d, span, &l);
	if (l.r < 0)
		return err_set(err, l.r, "regions");
	ret->revision = document_revision(d);
	ret->regions.v = l.regions;
	ret->regions.n = l.n_regions;
	ret->has_next_after = l.more && l.n_regions > 0;
	ret->next_after = ret->has_next_after ? l.regions[l.n_regions - 1].region_id : NULL;
	return 0;
}

int marker_list_run(struct garden *g, const struct wire_call *call, const struct marker_list *req,
		    struct marker_list_result *ret, struct err *err)
{
	AUTO(document) d = NULL;
	int r = document_at(g, req->has_at_revision, req->at_revision, &d, err);
	if (r < 0)
		return r;
	struct listing l = { .arena = call->arena, .marker_limit = (size_t)req->limit, .marker_filter = req };
	const struct doc_marker *after = req->has_after ? document_marker(d, req->after) : NULL;
	if (req->has_after && !after)
		return err_field(err, -ENOENT, "after", "no marker '%s'", req->after);
	double from = req->has_from_beats ? req->from_beats : -INFINITY;
	if (after) {
		l.after = after->id;
		l.after_beats = after->position_beats;
		from = fmax(from, l.after_beats);
	}
	l.markers = wire_arena_array(call->arena, l.marker_limit + 1, sizeof(*l.markers));
	if (!l.markers)
		return err_set(err, -ENOMEM, "markers");
	document_markers(d, from, req->has_to_beats ? req->to_beats : INFINITY, list_marker, &l);
	if (l.r < 0)
		return err_set(err, l.r, "markers");
	ret->revision = document_revision(d);
	ret->markers.v = l.markers;
	ret->markers.n = l.n_markers;
	ret->has_next_after = l.more_markers && l.n_markers > 0;
	ret->next_after = ret->has_next_after ? l.markers[l.n_markers - 1].marker_id : NULL;
	return 0;
}

int timeline_pending_run(struct garden *g, const struct wire_call *call, const struct timeline_pending *req,
			 struct timeline_pending_result *ret, struct err *err)
{
	pthread_mutex_lock(&g->timeline_lock);
	ret->revision = document_revision(timeline_now(g->timeline));
	int r = list_pending(g->timeline, req->has_of_actor ? req->of_actor : NULL, call->arena,
			     &ret->edits.v, &ret->edits.n);
	pthread_mutex_unlock(&g->timeline_lock);
	return r < 0 ? err_set(err, r, "scheduled edits") : 0;
}

struct history {
	const struct timeline_history *req;
	struct wire_arena *arena;
	struct edit_view *edits;
	size_t n;
	bool more;
	int r;
};

static bool edit_touches(const struct edit *e, const char *key)
{
	for (size_t i = 0; i < e->changes.n; i++) {
		char own[DOC_KEY_SIZE];
		change_key(&e->changes.v[i], own);
		if (str_eq(own, key))
			return true;
	}
	return false;
}

static bool history_edit(const struct edit *e, void *arg)
{
	struct history *h = arg;
	if ((h->req->has_of_actor && !str_eq(e->actor, h->req->of_actor)) ||
	    (h->req->has_touching && !edit_touches(e, h->req->touching)))
		return true;
	if (h->n == (size_t)h->req->limit) {
		h->more = true;
		return false;
	}
	h->r = view_edit(e, h->arena, &h->edits[h->n++]);
	return h->r == 0;
}

int timeline_history_run(struct garden *g, const struct wire_call *call, const struct timeline_history *req,
			 struct timeline_history_result *ret, struct err *err)
{
	struct history h = { .req = req, .arena = call->arena };
	h.edits = wire_arena_array(call->arena, (size_t)req->limit, sizeof(*h.edits));
	if (!h.edits)
		return err_set(err, -ENOMEM, "history");
	pthread_mutex_lock(&g->timeline_lock);
	ret->revision = document_revision(timeline_now(g->timeline));
	timeline_each_edit(g->timeline, req->has_before_revision ? req->before_revision : 0, history_edit, &h);
	pthread_mutex_unlock(&g->timeline_lock);
	if (h.r < 0)
		return err_set(err, h.r, "history");
	ret->edits.v = h.edits;
	ret->edits.n = h.n;
	ret->has_next_before_revision = h.more && h.n > 0;
	ret->next_before_revision = ret->has_next_before_revision ? h.edits[h.n - 1].revision : 0;
	return 0;
}
