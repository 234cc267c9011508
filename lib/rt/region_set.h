/*
 * region_set.h - an immutable set of regions, sorted by (start beat, id); an edit shares all it does not touch.
 *
 * Shapes:    a height-balanced tree with the latest end of each subtree, so that "what sounds in these beats" and "what
 *            starts next" cost O(log n + answers). Insert and remove copy one path: O(log n) memory.
 * Ownership: reference counted; a set holds references on its regions. NULL is the empty set everywhere.
 * Threads:   edits and references on one control thread; any thread under an epoch may read.
 * Errors:    -EEXIST (same start and id), -ENOENT, -ENOMEM; on error the given set is untouched.
 */
#ifndef RT_REGION_SET_H
#define RT_REGION_SET_H

#include "rt/region.h"

struct region_set;

/* Where a region stands in a set. */
struct region_key {
	double beat;
	uint64_t id;
};

/* Returns a new set with `r` in it (one more reference on r); `set` itself is unchanged and still the caller's. */
int region_set_insert(struct region_set *set, const struct rt_heap *heap, struct region *r, struct region_set **ret);
int region_set_remove(struct region_set *set, const struct rt_heap *heap, struct region_key key,
		      struct region_set **ret);
struct region_set *region_set_ref(struct region_set *set);
void region_set_unref(struct region_set *set);

RT_SAFE uint32_t region_set_size(const struct region_set *set);
RT_SAFE const struct region *region_set_find(const struct region_set *set, struct region_key key);
/* The first region at or after `key` in (beat, id) order; NULL when there is none. */
RT_SAFE const struct region *region_set_at_or_after(const struct region_set *set, struct region_key key);
/* Up to `room` regions with start < to_beat and end > from_beat, in order; returns how many there are in all. */
RT_SAFE uint32_t region_set_overlapping(const struct region_set *set, double from_beat, double to_beat,
					const struct region **ret, uint32_t room);
/* Tree nodes that this set does not share with `other`: what an edit cost. */
uint32_t region_set_unshared(const struct region_set *set, const struct region_set *other);

#endif
