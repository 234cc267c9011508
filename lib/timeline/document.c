#include "timeline/document.h"

#include <string.h>

#include "base/limits.h"

struct document {
	_Atomic unsigned refs;
	int64_t revision;
	struct ptree *regions;  /* by id */
	struct ptree *places;   /* the same by (position, id) */
	struct ptree *markers;  /* by id */
	struct ptree *marks;    /* the same by (position, id) */
	struct doc_tempo *tempo;
	struct doc_meter *meter;
};

/* ---- the four orders ---- */

static int compare_numbers(double a, double b)
{
	return a < b ? -1 : a > b;
}

static int region_by_id(const void *a, const void *b)
{
	return strcmp(((const struct doc_region *)a)->id, ((const struct doc_region *)b)->id);
}

static int region_by_place(const void *a, const void *b)
{
	const struct doc_region *x = a, *y = b;
	int c = compare_numbers(x->body->position_beats, y->body->position_beats);
	return c ? c : strcmp(x->id, y->id);
}

static double region_reach(const void *item)
{
	return doc_region_end(item);
}

static void *region_ref_item(void *item)
{
	return doc_region_ref(item);
}

static void region_unref_item(void *item)
{
	doc_region_unref(item);
}

static int marker_by_id(const void *a, const void *b)
{
	return strcmp(((const struct doc_marker *)a)->id, ((const struct doc_marker *)b)->id);
}

static int marker_by_place(const void *a, const void *b)
{
	const struct doc_marker *x = a, *y = b;
	int c = compare_numbers(x->position_beats, y->position_beats);
	return c ? c : strcmp(x->id, y->id);
}

static double marker_reach(const void *item)
{
	return ((const struct doc_marker *)item)->position_beats;
}

static void *marker_ref_item(void *item)
{
	return doc_marker_ref(item);
}

static void marker_unref_item(void *item)
{
	doc_marker_unref(item);
}

static const struct ptree_class regions_class = { region_by_id, region_ref_item, region_unref_item, NULL };
static const struct ptree_class places_class = { region_by_place, region_ref_item, region_unref_item, region_reach };
static const struct ptree_class markers_class = { marker_by_id, marker_ref_item, marker_unref_item, NULL };
static const struct ptree_class marks_class = { marker_by_place, marker_ref_item, marker_unref_item, marker_reach };

/* ---- life ---- */

struct document *document_new(void)
{
	static const struct tempo_point tempo = { .beat = 0, .bpm = 120, .shape = TEMPO_STEP };
	static const struct meter_point meter = { .beat = 0, .numerator = 4, .denominator = 4 };
	struct document *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	atomic_init(&d->refs, 1);
	d->tempo = doc_tempo_new(&tempo, 1);
	d->meter = doc_meter_new(&meter, 1);
	if (!d->tempo || !d->meter) {
		document_unref(d);
		return NULL;
	}
	return d;
}

struct document *document_ref(struct document *d)
{
	if (d)
		atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

void document_unref(struct document *d)
{
	if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
		return;
	ptree_unref(&regions_class, d->regions);
	ptree_unref(&places_class, d->places);
	ptree_unref(&markers_class, d->markers);
	ptree_unref(&marks_class, d->marks);
	doc_tempo_unref(d->tempo);
	doc_meter_unref(d->meter);
	free(d);
}

/* A shallow copy: it shares everything. */
static struct document *document_copy(const struct document *s)
{
	struct document *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	atomic_init(&d->refs, 1);
	d->revision = s->revision;
	d->regions = ptree_ref(s->regions);
	d->places = ptree_ref(s->places);
	d->markers = ptree_ref(s->markers);
	d->marks = ptree_ref(s->marks);
	d->tempo = doc_tempo_ref(s->tempo);
	d->meter = doc_meter_ref(s->meter);
	return d;
}

/* ---- reading ---- */

int64_t document_revision(const struct document *d)
{
	return d->revision;
}

size_t document_n_regions(const struct document *d)
{
	return ptree_count(d->regions);
}

size_t document_n_markers(const struct document *d)
{
	return ptree_count(d->markers);
}

struct doc_region *document_region(const struct document *d, const char *id)
{
	const struct doc_region key = { .id = (char *)id };
	return ptree_get(&regions_class, d->regions, &key);
}

struct doc_marker *document_marker(const struct document *d, const char *id)
{
	const struct doc_marker key = { .id = (char *)id };
	return ptree_get(&markers_class, d->markers, &key);
}

struct doc_tempo *document_tempo(const struct document *d)
{
	return d->tempo;
}

struct doc_meter *document_meter(const struct document *d)
{
	return d->meter;
}

double document_end_beats(const struct document *d)
{
	return ptree_reach(d->places);
}

struct region_span region_span_over(double from_beats, double to_beats)
{
	return (struct region_span){ -INFINITY, nextafter(to_beats, -INFINITY), nextafter(from_beats, INFINITY) };
}

void document_regions_start(const struct document *d, struct region_span span, struct document_cursor *ret)
{
	struct region_body body = { .position_beats = span.begins_from };
	const struct doc_region key = { .id = (char *)"", .body = &body };
	ret->begins_to = span.begins_to;
	ret->first = ret->n_ahead = 0;
	ret->contents = false;
	ret->words = true;
	ptree_start(&places_class, d->places, span.begins_from > -INFINITY ? &key : NULL, span.ends_from, &ret->at);
}

/* The region that comes n after the next. */
static const struct doc_region *ahead(const struct document_cursor *c, unsigned n)
{
	return n < c->n_ahead ? c->ahead[(c->first + n) % DOCUMENT_AHEAD] : NULL;
}

/*
 * A walk over many regions would wait for memory at each: for the node, the region, its body, its words. So it goes ahead of the
 * caller and asks for each of them well before it is looked at. Two regions at a time: the first is not held up.
 */
static void look_ahead(struct document_cursor *c)
{
	const struct doc_region *far = ahead(c, DOCUMENT_AHEAD / 2), *near = ahead(c, DOCUMENT_AHEAD / 4);
	for (int i = 0; i < 2 && c->n_ahead < DOCUMENT_AHEAD; i++) {
		struct doc_region *r = ptree_ahead(&c->at);
		if (!r)
			break;
		c->ahead[(c->first + c->n_ahead++) % DOCUMENT_AHEAD] = r;
	}
	if (far)
		__builtin_prefetch(far->body);
	if (far && c->words)
		__builtin_prefetch(&far->body->tags);
	if (near && c->words) {
		__builtin_prefetch(near->body->name);
		__builtin_prefetch(near->body->tags);
	}
	/* In place: gcc leaves out the call of a function that only asks for memory. */
	if (far && c->contents) {
		__builtin_prefetch(&far->body->content.artifact_id);
		__builtin_prefetch(far->life);
	}
	const struct doc_content *content = near && c->contents ? doc_region_content(near) : NULL;
	if (content)
		__builtin_prefetch(content->artifact_id ? content->artifact_id : content->hash);
}

struct doc_region *document_regions_next(struct document_cursor *c)
{
	for (look_ahead(c); c->n_ahead > 0; look_ahead(c)) {
		struct doc_region *r = c->ahead[c->first++ % DOCUMENT_AHEAD];
		c->n_ahead--;
		if (c->begins_to < INFINITY && r->body->position_beats > c->begins_to)
			break;
		if (c->at.min_reach == -INFINITY || doc_region_end(r) >= c->at.min_reach)
			return r;
	}
	c->n_ahead = 0;
	c->at.n = 0;
	return NULL;
}

void document_markers_start(const struct document *d, double from_beats, double to_beats, struct document_cursor *ret)
{
	ret->begins_to = to_beats;
	ptree_start(&marks_class, d->marks, NULL, from_beats, &ret->at);
}

struct doc_marker *document_markers_next(struct document_cursor *c)
{
	struct doc_marker *m = ptree_next(&marks_class, &c->at);
	return m && m->position_beats <= c->begins_to ? m : NULL;
}

void document_regions(const struct document *d, double from_beats, double to_beats, region_visit *visit, void *arg)
{
	struct document_cursor c;
	struct doc_region *r;
	document_regions_start(d, region_span_over(from_beats, to_beats), &c);
	while ((r = document_regions_next(&c)) && visit(r, arg))
		;
}

void document_markers(const struct document *d, double from_beats, double to_beats, marker_visit *visit, void *arg)
{
	struct document_cursor c;
	struct doc_marker *m;
	document_markers_start(d, from_beats, nextafter(to_beats, -INFINITY), &c);
	while ((m = document_markers_next(&c)) && visit(m, arg))
		;
}

size_t document_unshared(const struct document *d, const struct document *other)
{
	return ptree_unshared(d->regions, other->regions) + ptree_unshared(d->places, other->places) +
	       ptree_unshared(d->markers, other->markers) + ptree_unshared(d->marks, other->marks);
}

/* ---- changing ---- */

/* Replaces `old` by `item` (either may be NULL) in the two trees that show the same items in two orders. */
static int swap_item(const struct ptree_class *by_id, struct ptree **ids, const struct ptree_class *by_place,
		     struct ptree **places, void *old, void *item)
{
	struct ptree *new_ids = NULL, *new_places = NULL, *without = NULL;
	int r = item ? ptree_put(by_id, *ids, item, &new_ids) : ptree_drop(by_id, *ids, old, &new_ids);
	if (r < 0)
		return r;
	without = ptree_ref(*places);
	if (old) {
		ptree_unref(by_place, without);
		r = ptree_drop(by_place, *places, old, &without);
	}
	if (r >= 0)
		r = item ? ptree_put(by_place, without, item, &new_places) : 0;
	else
		without = NULL;
	if (r >= 0 && !item)
		new_places = ptree_ref(without);
	ptree_unref(by_place, without);
	if (r < 0) {
		ptree_unref(by_id, new_ids);
		return r;
	}
	ptree_unref(by_id, *ids);
	ptree_unref(by_place, *places);
	*ids = new_ids;
	*places = new_places;
	return 0;
}

int document_with_region(struct document *d, const char *id, struct doc_region *r, struct document **ret)
{
	struct doc_region *old = document_region(d, id);
	if (!old && !r)
		return -ENOENT;
	if (!old && document_n_regions(d) >= (size_t)LIMIT_TIMELINE_REGIONS)
		return -ENOSPC;
	AUTO(document) made = document_copy(d);
	if (!made)
		return -ENOMEM;
	int e = swap_item(&regions_class, &made->regions, &places_class, &made->places, old, r);
	if (e < 0)
		return e;
	*ret = TAKE(made);
	return 0;
}

int document_with_marker(struct document *d, const char *id, struct doc_marker *m, struct document **ret)
{
	struct doc_marker *old = document_marker(d, id);
	if (!old && !m)
		return -ENOENT;
	if (!old && document_n_markers(d) >= (size_t)LIMIT_TIMELINE_MARKERS)
		return -ENOSPC;
	AUTO(document) made = document_copy(d);
	if (!made)
		return -ENOMEM;
	int e = swap_item(&markers_class, &made->markers, &marks_class, &made->marks, old, m);
	if (e < 0)
		return e;
	*ret = TAKE(made);
	return 0;
}

int document_with_tempo(struct document *d, struct doc_tempo *t, struct document **ret)
{
	struct document *made = document_copy(d);
	if (!made)
		return -ENOMEM;
	doc_tempo_unref(made->tempo);
	made->tempo = doc_tempo_ref(t);
	*ret = made;
	return 0;
}

int document_with_meter(struct document *d, struct doc_meter *m, struct document **ret)
{
	struct document *made = document_copy(d);
	if (!made)
		return -ENOMEM;
	doc_meter_unref(made->meter);
	made->meter = doc_meter_ref(m);
	*ret = made;
	return 0;
}

int document_with_revision(struct document *d, int64_t revision, struct document **ret)
{
	struct document *made = document_copy(d);
	if (!made)
		return -ENOMEM;
	made->revision = revision;
	*ret = made;
	return 0;
}
