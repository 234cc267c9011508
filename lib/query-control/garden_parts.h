/*
 * garden_parts.h - chaosgarden's messages as parts of a timeline: the other direction of what it tells of its own.
 *
 * Ownership: results are new references or copies; messages are only read.
 * Errors:    -ENOMEM; -EINVAL for a map that is none.
 */
#ifndef QUERY_CONTROL_GARDEN_PARTS_H
#define QUERY_CONTROL_GARDEN_PARTS_H

#include "query/garden_view.h"
#include "wire/catalogue.h"

int garden_region_read(const struct region_view *v, struct doc_region **ret, struct err *err);
int garden_marker_read(const struct marker_view *v, struct doc_marker **ret, struct err *err);
int garden_tempo_read(const struct tempo_point_view *v, size_t n, struct doc_tempo **ret, struct err *err);
int garden_meter_read(const struct meter_point_view *v, size_t n, struct doc_meter **ret, struct err *err);

/* The same document with what the message says of one thing. */
int garden_region_put(const struct region_view *v, struct document **doc, struct err *err);
int garden_marker_put(const struct marker_view *v, struct document **doc, struct err *err);
int garden_maps_put(const struct tempo_point_view *tempo, size_t n_tempo, const struct meter_point_view *meter, size_t n_meter,
		    struct document **doc, struct err *err);
/* How far a region's job is; one that is not there is no mistake. `progress` negative: unknown. */
int garden_progress_put(const char *region_id, double progress, int64_t refinements, struct document **doc, struct err *err);

void garden_device_read(const struct device_view *v, struct garden_device *ret);
/* Where the transport is at `moment_ns`; it rolls unless a device stands still between steps. */
struct garden_transport garden_transport_of(enum play_state_view state, double position_beats, int64_t engine_frames, int64_t moment_ns,
					    const struct garden_device *device);

#endif
