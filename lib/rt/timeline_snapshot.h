/*
 * timeline_snapshot.h - regions, tempo and meter as they are at one revision, published to the engine as one pointer.
 *
 * Ownership: reference counted; takes a reference on the region set and copies the maps' points.
 * Threads:   made and released on the control thread, read by everyone under an epoch.
 * Errors:    -EINVAL (tempo or meter), -ENOMEM.
 */
#ifndef RT_TIMELINE_SNAPSHOT_H
#define RT_TIMELINE_SNAPSHOT_H

#include "rt/region_set.h"
#include "time/meter_map.h"
#include "time/tempo_map.h"

/* The maps are shared between snapshots, so an edit of regions does not copy them. */
struct time_maps;
int time_maps_new(const struct rt_heap *heap, const struct tempo_point *tempo, uint32_t n_tempo,
		  const struct meter_point *meter, uint32_t n_meter, uint32_t rate_hz, struct time_maps **ret);
struct time_maps *time_maps_ref(struct time_maps *m);
void time_maps_unref(struct time_maps *m);
const struct tempo_map *time_maps_tempo(const struct time_maps *m);
const struct meter_map *time_maps_meter(const struct time_maps *m);

struct timeline_snapshot {
	const struct rt_heap *heap;
	_Atomic uint32_t refs;
	uint64_t revision;
	struct region_set *regions;
	struct time_maps *maps;
	const struct tempo_map *tempo; /* of maps */
	const struct meter_map *meter;
	struct timeline_snapshot *next_retired; /* the engine's */
	uint64_t retired_at;
};

int timeline_snapshot_new(const struct rt_heap *heap, uint64_t revision, struct region_set *regions,
			  struct time_maps *maps, struct timeline_snapshot **ret);
struct timeline_snapshot *timeline_snapshot_ref(struct timeline_snapshot *s);
void timeline_snapshot_unref(struct timeline_snapshot *s);

#endif
