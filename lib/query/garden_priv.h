/*
 * garden_priv.h - what the two sides of a garden share: the maps of one tempo and meter, and one state of the history.
 *
 * Ownership: both are reference counted and immutable, but the log's index, which the first who asks for it makes.
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

struct touch_index;

/* Edits by revision, pending edits by (beat, number). */
struct garden_log {
	_Atomic unsigned refs;
	struct ptree *edits, *pending;
	_Atomic(struct touch_index *) index; /* release: pairs with garden_view_touching */
};
extern const struct ptree_class garden_edits, garden_pendings;
/* Takes references on both. NULL when memory is out. */
struct garden_log *garden_log_new(struct ptree *edits, struct ptree *pending);
struct garden_log *garden_log_ref(struct garden_log *l);
void garden_log_unref(struct garden_log *l);

/* What a row says, copied. */
int garden_edit_new(const struct garden_edit_row *row, struct garden_edit **ret);
int garden_edit_copy(const struct garden_edit *e, struct garden_edit **ret);
void garden_edit_unref(struct garden_edit *e);
int garden_pending_new(const struct garden_pending_row *row, struct garden_pending **ret);
void garden_pending_unref(struct garden_pending *p);
DOC_AUTO(garden_edit);
DOC_AUTO(garden_pending);

#endif
