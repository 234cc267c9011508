/*
 * garden_tables_priv.h - what the garden's tables share: getters in one line, and the ways to its things.
 *
 * Vertices:  besides those of world.h: Section: `p` is the marker that begins it, `q` the one that ends it or NULL. Actor: `p` is
 *            the name. PendingEdit: `p` is a `const struct garden_pending *`. Moment: see garden_time.c. TempoPoint and MeterPoint:
 *            `p` is the point. Timeline, Transport and Device: nothing, there is one.
 */
#ifndef QUERY_GARDEN_TABLES_PRIV_H
#define QUERY_GARDEN_TABLES_PRIV_H

#include "query/garden.h"
#include "query/garden_priv.h"

/* A getter whose value is an expression of `t`, the thing that the vertex is, and `w`, the world. */
#define GETTER(name, T, value) \
	static int name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err) \
	{ \
		const struct query_world *w = query_world(c); \
		const T *t = v->p; \
		(void)w; \
		(void)t; \
		*ret = (value); \
		return 0; \
	}
#define GETTER_OPTIONAL(name, T, has, value) GETTER(name, T, (has) ? (value) : TF_VALUE_NULL)

int garden_strings(struct tf_context *c, char *const *v, size_t n, struct tf_value *ret, struct err *err);
/* A state for an iterator, zeroed; NULL when memory is out. */
void *garden_take(struct tf_context *c, size_t n_bytes, struct err *err);

/* Whether a beat, or what a parameter says, lies where the wire's fields may lie. */
int garden_check_beat(double beat, struct err *err);

/* Regions that sound at a beat: the transport is taken to play. */
int garden_open_sounding(struct tf_context *c, double beat, const struct tf_hints *hints, struct tf_iter *it, struct err *err);
/* Regions that reach into from..to, both excluded. */
int garden_open_over(struct tf_context *c, double from_beats, double to_beats, const struct tf_hints *hints, struct tf_iter *it,
		     struct err *err);
/* Regions that begin within from..to, both included. */
int garden_open_beginning(struct tf_context *c, double from_beats, double to_beats, const struct tf_hints *hints, struct tf_iter *it,
			  struct err *err);
/* Markers with from <= position <= to. */
int garden_open_markers(struct tf_context *c, double from_beats, double to_beats, const struct tf_hints *hints, struct tf_iter *it,
			struct err *err);
/* The section that a beat lies in, or none. */
int garden_open_section_at(struct tf_context *c, double beat, struct tf_iter *it, struct err *err);
/* The edits that touched "KIND:ID", for each of the kinds, newest first. */
int garden_open_touching(struct tf_context *c, const char *const *kinds, size_t n, const char *id, struct tf_iter *it, struct err *err);
int garden_open_pending_touching(struct tf_context *c, const char *const *kinds, size_t n, const char *id, struct tf_iter *it,
				 struct err *err);
/* One vertex with that pointer, none for NULL. */
void garden_open_one(struct tf_iter *it, const void *p);

/* These n, each once, in that order; v is sorted in place and lent until the iterator is closed. */
void garden_open_sorted(struct tf_iter *it, struct tf_vertex *v, size_t n, int (*compare)(const void *, const void *));
int garden_compare_regions(const void *a, const void *b); /* vertices: by position, then id */
int garden_compare_markers(const void *a, const void *b);

/* Bounds of a Float property by hints, where they are tighter than *low and *high. */
void garden_narrow(const struct tf_hints *hints, const char *property, double *low, double *high);

static inline struct meter_place garden_place(const struct query_world *w, double beat)
{
	return meter_map_place(w->garden->meter, beat);
}
static inline double garden_seconds(const struct query_world *w, double beat)
{
	return tempo_map_seconds(w->garden->tempo, beat);
}
/* Whether that region is heard at a beat when the transport plays. */
bool garden_is_heard(const struct doc_region *r, double beat);

#endif
