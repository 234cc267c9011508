#include "query/world.h"

struct query_world query_world_of(const struct garden_view *garden, const struct clock *clock)
{
	return (struct query_world){
		.garden = garden,
		.now_unix_ms = clock_real_ns(clock) / NS_PER_MS,
		.now_beats = garden_view_beat(garden, clock_monotonic_ns(clock)),
	};
}

void query_region_open_id(struct tf_iter *it, const char *id)
{
	const struct doc_region *r = id ? document_region(query_world(it->context)->garden->document, id) : NULL;
	if (r)
		tf_iter_one(it, (struct tf_vertex){ .type = it->type, .p = r });
	else
		tf_iter_none(it);
}
