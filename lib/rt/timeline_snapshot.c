#include "rt/timeline_snapshot.h"

#include <errno.h>

struct time_maps {
	const struct rt_heap *heap;
	_Atomic uint32_t refs;
	struct tempo_map *tempo;
	struct meter_map *meter;
	void *memory[2];
};

int time_maps_new(const struct rt_heap *heap, const struct tempo_point *tempo, uint32_t n_tempo,
		  const struct meter_point *meter, uint32_t n_meter, uint32_t rate_hz, struct time_maps **ret)
{
	struct time_maps *m = rt_heap_take(heap, 1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->heap = heap;
	atomic_init(&m->refs, 1);
	m->memory[0] = rt_heap_take(heap, 1, tempo_map_bytes(n_tempo));
	m->memory[1] = rt_heap_take(heap, 1, meter_map_bytes(n_meter));
	int r = m->memory[0] && m->memory[1] ? 0 : -ENOMEM;
	if (r == 0)
		r = tempo_map_init(m->memory[0], tempo, n_tempo, rate_hz, &m->tempo, NULL);
	if (r == 0)
		r = meter_map_init(m->memory[1], meter, n_meter, &m->meter, NULL);
	if (r < 0) {
		time_maps_unref(m);
		return r;
	}
	*ret = m;
	return 0;
}

struct time_maps *time_maps_ref(struct time_maps *m)
{
	if (m)
		atomic_fetch_add(&m->refs, 1);
	return m;
}

void time_maps_unref(struct time_maps *m)
{
	if (!m || atomic_fetch_sub(&m->refs, 1) != 1)
		return;
	rt_heap_give(m->heap, m->memory[0]);
	rt_heap_give(m->heap, m->memory[1]);
	rt_heap_give(m->heap, m);
}

const struct tempo_map *time_maps_tempo(const struct time_maps *m)
{
	return m->tempo;
}

int timeline_snapshot_new(const struct rt_heap *heap, uint64_t revision, struct region_set *regions,
			  struct time_maps *maps, struct timeline_snapshot **ret)
{
	if (!maps)
		return -EINVAL;
	struct timeline_snapshot *s = rt_heap_take(heap, 1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->heap = heap;
	atomic_init(&s->refs, 1);
	s->revision = revision;
	s->regions = region_set_ref(regions);
	s->maps = time_maps_ref(maps);
	s->tempo = maps->tempo;
	s->meter = maps->meter;
	*ret = s;
	return 0;
}

int timeline_snapshot_follow(struct timeline_snapshot *s, struct timeline_snapshot *next, double beat)
{
	if (s->successor || !(beat > -1e9 && beat < 1e9)) {
		timeline_snapshot_unref(next);
		return -EINVAL;
	}
	s->successor = next;
	s->successor_beat = beat;
	return 0;
}

void timeline_snapshot_unref(struct timeline_snapshot *s)
{
	while (s && atomic_fetch_sub(&s->refs, 1) == 1) {
		struct timeline_snapshot *next = s->successor;
		region_set_unref(s->regions);
		time_maps_unref(s->maps);
		rt_heap_give(s->heap, s);
		s = next;
	}
}
