#include "time/tempo_map.h"

#include "dsp/fastmath.h"

#include <errno.h>
#include <string.h>

/* From a point to the next: `slope` is bpm per beat, 0 where the tempo holds. */
struct segment {
	double beat, seconds, bpm, slope;
	enum tempo_shape shape;
};

struct tempo_map {
	uint32_t n_segments, rate_hz;
	struct segment segments[];
};

size_t tempo_map_bytes(uint32_t n_points)
{
	return sizeof(struct tempo_map) + n_points * sizeof(struct segment);
}

/* Seconds that x beats take from the segment's start: 60/slope ln(1 + slope x / bpm), or its limit for slope 0. */
RT_SAFE static double segment_seconds(const struct segment *s, double x)
{
	double flat = 60 * x / s->bpm, u = s->slope * x / s->bpm;
	if (u > -1e-9 && u < 1e-9)
		return flat * (1 - u / 2);
	return flat * (fm_log1p(u) / u);
}

/* The inverse: bpm/slope (exp(slope t / 60) - 1). */
RT_SAFE static double segment_beats(const struct segment *s, double t)
{
	double flat = s->bpm * t / 60, v = s->slope * t / 60;
	if (v > -1e-9 && v < 1e-9)
		return flat * (1 + v / 2);
	return flat * (fm_expm1(v) / v);
}

static int point_check(const struct tempo_point *points, uint32_t i)
{
	const struct tempo_point *p = &points[i];
	if (!(p->bpm >= TEMPO_MIN_BPM && p->bpm <= TEMPO_MAX_BPM) || p->shape >= TEMPO_SHAPE_COUNT)
		return -EINVAL;
	if (i == 0)
		return p->beat == 0 ? 0 : -EINVAL;
	return p->beat > points[i - 1].beat && p->beat < 1e9 ? 0 : -EINVAL;
}

static void segments_fill(struct tempo_map *m, const struct tempo_point *points, uint32_t n)
{
	double sum = 0, lost = 0; /* compensated, so that thousands of points add no error */
	for (uint32_t i = 0; i < n; i++) {
		struct segment *s = &m->segments[i];
		*s = (struct segment){ points[i].beat, sum, points[i].bpm, 0, points[i].shape };
		if (i + 1 == n)
			break;
		double beats = points[i + 1].beat - s->beat;
		if (s->shape == TEMPO_RAMP)
			s->slope = (points[i + 1].bpm - s->bpm) / beats;
		double add = segment_seconds(s, beats) - lost, total = sum + add;
		lost = (total - sum) - add;
		sum = total;
	}
}

int tempo_map_init(void *memory, const struct tempo_point *points, uint32_t n_points, uint32_t rate_hz,
		   struct tempo_map **ret, uint32_t *at_point)
{
	if (at_point)
		*at_point = 0;
	if (n_points == 0 || rate_hz < 1000 || rate_hz > 768000)
		return -EINVAL;
	for (uint32_t i = 0; i < n_points; i++) {
		if (point_check(points, i) == 0)
			continue;
		if (at_point)
			*at_point = i;
		return -EINVAL;
	}
	struct tempo_map *m = memory;
	m->n_segments = n_points;
	m->rate_hz = rate_hz;
	segments_fill(m, points, n_points);
	*ret = m;
	return 0;
}

RT_SAFE static const struct segment *segment_of_beat(const struct tempo_map *m, double beat)
{
	uint32_t lo = 0, hi = m->n_segments;
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (m->segments[mid].beat <= beat)
			lo = mid;
		else
			hi = mid;
	}
	return &m->segments[lo];
}

RT_SAFE static const struct segment *segment_of_seconds(const struct tempo_map *m, double seconds)
{
	uint32_t lo = 0, hi = m->n_segments;
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (m->segments[mid].seconds <= seconds)
			lo = mid;
		else
			hi = mid;
	}
	return &m->segments[lo];
}

RT_SAFE double tempo_map_seconds(const struct tempo_map *m, double beat)
{
	if (beat < 0)
		return 60 * beat / m->segments[0].bpm;
	const struct segment *s = segment_of_beat(m, beat);
	return s->seconds + segment_seconds(s, beat - s->beat);
}

RT_SAFE double tempo_map_beat(const struct tempo_map *m, double seconds)
{
	if (seconds < 0)
		return seconds * m->segments[0].bpm / 60;
	const struct segment *s = segment_of_seconds(m, seconds);
	return s->beat + segment_beats(s, seconds - s->seconds);
}

RT_SAFE int64_t tempo_map_frame(const struct tempo_map *m, double beat)
{
	return (int64_t)fm_round(tempo_map_seconds(m, beat) * m->rate_hz);
}

RT_SAFE double tempo_map_beat_of_frame(const struct tempo_map *m, int64_t frame)
{
	return tempo_map_beat(m, (double)frame / m->rate_hz);
}

RT_SAFE double tempo_map_bpm(const struct tempo_map *m, double beat)
{
	if (beat < 0)
		return m->segments[0].bpm;
	const struct segment *s = segment_of_beat(m, beat);
	return s->bpm + s->slope * (beat - s->beat);
}

RT_SAFE uint32_t tempo_map_rate_hz(const struct tempo_map *m)
{
	return m->rate_hz;
}

