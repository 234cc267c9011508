/*
 * tempo_map.h - convert between beats, seconds and frames while the tempo changes.
 *
 * Units:     beats are quarter notes (double), seconds and frames count from beat 0 (frames int64_t, may be negative);
 *            bpm is beats a minute; a beat's frame is its seconds times the rate, rounded to nearest.
 * Shapes:    points[n], n >= 1, sorted by beat, points[0].beat == 0. TEMPO_STEP holds its bpm until the next point;
 *            TEMPO_RAMP moves to the next point's bpm, linear in bpm over beats; after the last point and before beat 0
 *            the tempo is constant.
 * Ownership: lives in memory of the caller: tempo_map_bytes(n) of it, aligned to 8; nothing to free inside.
 * Threads:   built on the control thread; once published it is immutable and RT_SAFE to read.
 * Errors:    -EINVAL (unsorted, tempo outside 1..1000, rate outside 1000..768000). Lookups cannot fail.
 * Source:    docs/time.md, which derives the closed forms.
 */
#ifndef TIME_TEMPO_MAP_H
#define TIME_TEMPO_MAP_H

#include "dsp/rt_mark.h"

#include <stddef.h>
#include <stdint.h>

#define TEMPO_MIN_BPM 1.0
#define TEMPO_MAX_BPM 1000.0

enum tempo_shape { TEMPO_STEP, TEMPO_RAMP, TEMPO_SHAPE_COUNT };

struct tempo_point {
	double beat;
	double bpm;
	enum tempo_shape shape;
};

struct tempo_map;

size_t tempo_map_bytes(uint32_t n_points);
/* Builds the map in `memory`; at_point (may be NULL) names the offending point on error. */
int tempo_map_init(void *memory, const struct tempo_point *points, uint32_t n_points, uint32_t rate_hz,
		   struct tempo_map **ret, uint32_t *at_point);

RT_SAFE double tempo_map_seconds(const struct tempo_map *m, double beat);
RT_SAFE double tempo_map_beat(const struct tempo_map *m, double seconds);
RT_SAFE int64_t tempo_map_frame(const struct tempo_map *m, double beat);
RT_SAFE double tempo_map_beat_of_frame(const struct tempo_map *m, int64_t frame);
RT_SAFE double tempo_map_bpm(const struct tempo_map *m, double beat);
RT_SAFE uint32_t tempo_map_rate_hz(const struct tempo_map *m);

#endif
