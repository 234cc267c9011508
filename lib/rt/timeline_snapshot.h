/*
 * timeline_snapshot.h - regions, tempo and meter as they are at one revision, published to the engine as one pointer.
 *
 * A snapshot may have a successor that takes over at a beat: every attention that plays past the beat goes on with the
 * successor from exactly that frame on, whatever its quantum. So an edit for a later beat is published before it is due.
 *
 * Ownership: reference counted; takes a reference on the region set and copies the maps' points.
 * Threads:   made and released on the control thread, read by everyone under an epoch.
 * Errors:    -EINVAL (tempo, meter, beat), -ENOMEM.
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

struct timeline_snapshot {
	const struct rt_heap *heap;
	_Atomic uint32_t refs;
	uint64_t revision;
	struct region_set *regions;
	struct time_maps *maps;
	const struct tempo_map *tempo; /* of maps */
	const struct meter_map *meter;
	struct timeline_snapshot *successor; /* NULL: none */
	double successor_beat;               /* in the time of this snapshot */
	struct timeline_snapshot *next_retired; /* the engine's */
	uint64_t retired_at;
};

int timeline_snapshot_new(const struct rt_heap *heap, uint64_t revision, struct region_set *regions,
			  struct time_maps *maps, struct timeline_snapshot **ret);
/*
 * Lets `next` take over from `s` at that beat, or as soon as `s` is taken up where the beat has passed. Takes over the
 * caller's reference on `next`, also on error; before `s` is published, once.
 */
int timeline_snapshot_follow(struct timeline_snapshot *s, struct timeline_snapshot *next, double beat);
void timeline_snapshot_unref(struct timeline_snapshot *s);

#endif
