/*
 * garden_priv.h - what the two sides of a garden share: the maps of one tempo and meter, one state of the history, lists by key.
 *
 * Ownership: all are reference counted and immutable, but for the lists by other keys, which the first who asks makes.
 */
#ifndef QUERY_GARDEN_PRIV_H
#define QUERY_GARDEN_PRIV_H

#include "query/garden_view.h"

struct garden_maps {
	_Atomic unsigned refs;
	struct doc_tempo *tempo_points;
	struct doc_meter *meter_points;
	uint32_t rate_hz;
	struct tempo_map *tempo; /* in memory of its own */
	struct meter_map *meter;
};
int garden_maps_new(const struct document *d, uint32_t rate_hz, struct garden_maps **ret, struct err *err);
struct garden_maps *garden_maps_ref(struct garden_maps *m);
void garden_maps_unref(struct garden_maps *m);

/* A sorted list of things by a key that they may share; lent strings and things. */
struct keyed_list;
typedef _Atomic(struct keyed_list *) keyed_list_slot; /* release: pairs with keyed_list_once */
typedef int keyed_list_fill(const void *from, struct keyed_list *l);
void keyed_list_slot_free(keyed_list_slot *slot);
/* A key that is NULL is left out. */
int keyed_list_add(struct keyed_list *l, const char *key, const void *item);
/* What has the key, in the order in which it was added. */
const void *const *keyed_list_find(const struct keyed_list *l, const char *key, size_t *ret_n);
/* Key i, NULL behind the last; and the first place from i on whose key is another than `key` and those before it. */
const char *keyed_list_key(const struct keyed_list *l, size_t i);
size_t keyed_list_after(const struct keyed_list *l, size_t i, const char *key);
/* The list of a slot, made now if nobody asked before; NULL when memory is out. */
const struct keyed_list *keyed_list_once(keyed_list_slot *slot, keyed_list_fill *fill, const void *from);

/* A document by other keys. */
struct garden_index *garden_index_new(struct document *d); /* NULL when memory is out */
struct garden_index *garden_index_ref(struct garden_index *x);
void garden_index_unref(struct garden_index *x);

/* Who made a region; NULL: nobody said. */
static inline const char *garden_maker(const struct doc_region *r)
{
	return r->body->actor && r->body->actor[0] ? r->body->actor : NULL;
}

/* The type of markers that begin a section. */
#define SECTION_MARKER "section_change"

/* Edits from the newest on, pending edits by (beat, number). */
struct garden_log {
	_Atomic unsigned refs;
	struct ptree *edits, *pending;
	keyed_list_slot touches, edit_actors, pending_actors;
};
extern const struct ptree_class garden_edit_class, garden_pending_class;
/* Takes references on both. NULL when memory is out. */
struct garden_log *garden_log_new(struct ptree *edits, struct ptree *pending);
struct garden_log *garden_log_ref(struct garden_log *l);
void garden_log_unref(struct garden_log *l);

/* Regions, edits and pending edits by who made them; NULL when memory is out. */
const struct keyed_list *garden_region_actors(const struct garden_view *v);
const struct keyed_list *garden_edit_actors(const struct garden_view *v);
const struct keyed_list *garden_pending_actors(const struct garden_view *v);

/* What a row says, copied. */
int garden_edit_new(const struct garden_edit_row *row, struct garden_edit **ret);
int garden_edit_copy(const struct garden_edit *e, struct garden_edit **ret);
void garden_edit_unref(struct garden_edit *e);
int garden_pending_new(const struct garden_pending_row *row, struct garden_pending **ret);
void garden_pending_unref(struct garden_pending *p);
DOC_AUTO(garden_edit);
DOC_AUTO(garden_pending);

#endif
