/*
 * garden_index.c - things of a garden by other keys than their own: sorted lists, made when somebody first asks.
 *
 * Threads:   two threads may both make a list: the second throws its own away.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "query/garden_priv.h"

#include "base/banned.h"

/* ---- a list of (key, item), by key, then in the order in which they were put in ---- */

struct keyed_row {
	const char *key;
	const void *item;
	size_t order;
};

struct keyed_list {
	size_t n, room;
	struct keyed_row *rows; /* while it is made */
	const char **keys;
	const void **items;
};

static void keyed_list_free(struct keyed_list *l)
{
	if (!l)
		return;
	free(l->rows);
	free(l->keys);
	free(l->items);
	free(l);
}

static struct keyed_list *keyed_list_new(void)
{
	return calloc(1, sizeof(struct keyed_list));
}

int keyed_list_add(struct keyed_list *l, const char *key, const void *item)
{
	if (!key)
		return 0;
	int r = mem_grow(&l->rows, &l->room, l->n + 1, sizeof(*l->rows));
	if (r == 0) {
		l->rows[l->n] = (struct keyed_row){ key, item, l->n };
		l->n++;
	}
	return r;
}

static int compare_rows(const void *a, const void *b)
{
	const struct keyed_row *x = a, *y = b;
	int c = strcmp(x->key, y->key);
	return c ? c : x->order < y->order ? -1 : x->order > y->order;
}

/* A thing that has the same key twice is there once. */
static int keyed_list_sort(struct keyed_list *l)
{
	l->keys = mem_new_array(l->n, sizeof(*l->keys));
	l->items = mem_new_array(l->n, sizeof(*l->items));
	if (!l->keys || !l->items)
		return -ENOMEM;
	if (l->n)
		qsort(l->rows, l->n, sizeof(*l->rows), compare_rows);
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct keyed_row *row = &l->rows[i];
		if (n > 0 && l->items[n - 1] == row->item && str_eq(l->keys[n - 1], row->key))
			continue;
		l->keys[n] = row->key;
		l->items[n++] = row->item;
	}
	l->n = n;
	free(TAKE(l->rows));
	return 0;
}

const void *const *keyed_list_find(const struct keyed_list *l, const char *key, size_t *ret_n)
{
	size_t low = 0, high = l->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (strcmp(l->keys[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	size_t n = 0;
	while (low + n < l->n && str_eq(l->keys[low + n], key))
		n++;
	*ret_n = n;
	return l->items + low;
}

const char *keyed_list_key(const struct keyed_list *l, size_t i)
{
	return i < l->n ? l->keys[i] : NULL;
}

size_t keyed_list_after(const struct keyed_list *l, size_t i, const char *key)
{
	while (i < l->n && strcmp(l->keys[i], key) <= 0)
		i++;
	return i;
}

void keyed_list_slot_free(keyed_list_slot *slot)
{
	keyed_list_free(atomic_load_explicit(slot, memory_order_relaxed));
}

const struct keyed_list *keyed_list_once(keyed_list_slot *slot, keyed_list_fill *fill, const void *from)
{
	struct keyed_list *l = atomic_load_explicit(slot, memory_order_acquire), *was = NULL;
	if (l)
		return l;
	l = keyed_list_new();
	if (!l || fill(from, l) < 0 || keyed_list_sort(l) < 0) {
		keyed_list_free(l);
		return NULL;
	}
	if (atomic_compare_exchange_strong_explicit(slot, &was, l, memory_order_acq_rel, memory_order_acquire))
		return l;
	keyed_list_free(l);
	return was;
}

/* ---- a document ---- */

struct garden_index {
	_Atomic unsigned refs;
	struct document *document;
	keyed_list_slot by[GARDEN_BY_COUNT], sections;
};

struct garden_index *garden_index_new(struct document *d)
{
	struct garden_index *x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	atomic_init(&x->refs, 1);
	x->document = document_ref(d);
	return x;
}

struct garden_index *garden_index_ref(struct garden_index *x)
{
	atomic_fetch_add_explicit(&x->refs, 1, memory_order_relaxed);
	return x;
}

void garden_index_unref(struct garden_index *x)
{
	if (!x || atomic_fetch_sub_explicit(&x->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < GARDEN_BY_COUNT; i++)
		keyed_list_slot_free(&x->by[i]);
	keyed_list_slot_free(&x->sections);
	document_unref(x->document);
	free(x);
}

typedef const char *region_key_fn(const struct doc_region *r);

static const char *artifact_key(const struct doc_region *r)
{
	const struct doc_content *c = doc_region_content(r);
	return c ? c->artifact_id : NULL;
}

static const char *content_key(const struct doc_region *r)
{
	const struct doc_content *c = doc_region_content(r);
	return c && !c->artifact_id ? c->hash : NULL;
}

static const char *job_key(const struct doc_region *r)
{
	return r->life->job_id;
}

static const char *actor_key(const struct doc_region *r)
{
	return garden_maker(r);
}

static int fill_regions(const struct document *d, region_key_fn *key, struct keyed_list *l)
{
	struct document_cursor at;
	const struct doc_region *r;
	int e = 0;
	document_regions_start(d, REGION_SPAN_ALL, &at);
	while (e == 0 && (r = document_regions_next(&at)))
		e = keyed_list_add(l, key(r), r);
	return e;
}

static int fill_artifacts(const void *d, struct keyed_list *l)
{
	return fill_regions(d, artifact_key, l);
}

static int fill_contents(const void *d, struct keyed_list *l)
{
	return fill_regions(d, content_key, l);
}

static int fill_jobs(const void *d, struct keyed_list *l)
{
	return fill_regions(d, job_key, l);
}

static int fill_actors(const void *d, struct keyed_list *l)
{
	return fill_regions(d, actor_key, l);
}

static int fill_tags(const void *d, struct keyed_list *l)
{
	struct document_cursor at;
	const struct doc_region *r;
	int e = 0;
	document_regions_start(d, REGION_SPAN_ALL, &at);
	while (e == 0 && (r = document_regions_next(&at)))
		for (size_t i = 0; e == 0 && i < r->body->n_tags; i++)
			e = keyed_list_add(l, r->body->tags[i], r);
	return e;
}

int garden_view_regions_by(const struct garden_view *v, enum garden_by by, const char *key, const struct doc_region *const **ret,
			   size_t *ret_n)
{
	static keyed_list_fill *const fills[GARDEN_BY_COUNT] = {
		[GARDEN_BY_ARTIFACT] = fill_artifacts,
		[GARDEN_BY_CONTENT] = fill_contents,
		[GARDEN_BY_JOB] = fill_jobs,
		[GARDEN_BY_ACTOR] = fill_actors,
		[GARDEN_BY_TAG] = fill_tags,
	};
	const struct keyed_list *l = keyed_list_once(&v->index->by[by], fills[by], v->document);
	if (!l)
		return -ENOMEM;
	*ret = (const struct doc_region *const *)keyed_list_find(l, key, ret_n);
	return 0;
}

const struct keyed_list *garden_region_actors(const struct garden_view *v)
{
	return keyed_list_once(&v->index->by[GARDEN_BY_ACTOR], fill_actors, v->document);
}

static int fill_sections(const void *d, struct keyed_list *l)
{
	struct document_cursor at;
	const struct doc_marker *m;
	int e = 0;
	document_markers_start(d, -INFINITY, INFINITY, &at);
	while (e == 0 && (m = document_markers_next(&at)))
		if (str_eq(m->type, SECTION_MARKER))
			e = keyed_list_add(l, SECTION_MARKER, m);
	return e;
}

int garden_view_sections(const struct garden_view *v, const struct doc_marker *const **ret, size_t *ret_n)
{
	const struct keyed_list *l = keyed_list_once(&v->index->sections, fill_sections, v->document);
	if (!l)
		return -ENOMEM;
	*ret = (const struct doc_marker *const *)keyed_list_find(l, SECTION_MARKER, ret_n);
	return 0;
}

/* ---- the history ---- */

static int fill_touches(const void *edits, struct keyed_list *l)
{
	struct ptree_cursor at;
	const struct garden_edit *e;
	int r = 0;
	ptree_start(&garden_edit_class, edits, NULL, 0, &at);
	while (r == 0 && (e = ptree_next(&garden_edit_class, &at)))
		for (size_t i = 0; r == 0 && i < e->n_touched; i++)
			r = keyed_list_add(l, e->touched[i], e);
	return r;
}

int garden_view_touching(const struct garden_view *v, const char *key, const struct garden_edit *const **ret, size_t *ret_n)
{
	const struct keyed_list *l = keyed_list_once(&v->log->touches, fill_touches, v->log->edits);
	if (!l)
		return -ENOMEM;
	*ret = (const struct garden_edit *const *)keyed_list_find(l, key, ret_n);
	return 0;
}

static int fill_edit_actors(const void *edits, struct keyed_list *l)
{
	struct ptree_cursor at;
	const struct garden_edit *e;
	int r = 0;
	ptree_start(&garden_edit_class, edits, NULL, 0, &at);
	while (r == 0 && (e = ptree_next(&garden_edit_class, &at)))
		r = keyed_list_add(l, e->actor, e);
	return r;
}

static int fill_pending_actors(const void *pending, struct keyed_list *l)
{
	struct ptree_cursor at;
	const struct garden_pending *p;
	int r = 0;
	ptree_start(&garden_pending_class, pending, NULL, 0, &at);
	while (r == 0 && (p = ptree_next(&garden_pending_class, &at)))
		r = keyed_list_add(l, p->actor, p);
	return r;
}

const struct keyed_list *garden_edit_actors(const struct garden_view *v)
{
	return keyed_list_once(&v->log->edit_actors, fill_edit_actors, v->log->edits);
}

const struct keyed_list *garden_pending_actors(const struct garden_view *v)
{
	return keyed_list_once(&v->log->pending_actors, fill_pending_actors, v->log->pending);
}
