#include "time/meter_map.h"

#include "dsp/fastmath.h"

#include <errno.h>
#include <stdbool.h>

#define NEAR_BEATS 1e-6

struct stretch {
	double beat;      /* where its first bar starts */
	double bar_beats;
	int64_t bar;      /* number of that bar */
	struct meter_point point;
};

struct meter_map {
	uint32_t n;
	struct stretch stretches[];
};

size_t meter_map_bytes(uint32_t n_points)
{
	return sizeof(struct meter_map) + n_points * sizeof(struct stretch);
}

static bool point_ok(const struct meter_point *points, uint32_t i)
{
	const struct meter_point *p = &points[i];
	bool power = p->denominator && (p->denominator & (p->denominator - 1)) == 0;
	if (!power || p->denominator > 64 || p->numerator < 1 || p->numerator > 64)
		return false;
	if (!(p->beat > -1e9 && p->beat < 1e9))
		return false;
	return i == 0 || p->beat > points[i - 1].beat;
}

/* How many bar lines lie in `beats`, counting a bar that is cut short as one. */
RT_SAFE static int64_t bars_begun(double beats, double bar_beats)
{
	double whole = fm_floor(beats / bar_beats);
	return (int64_t)whole + (beats - whole * bar_beats > NEAR_BEATS);
}

int meter_map_init(void *memory, const struct meter_point *points, uint32_t n_points, struct meter_map **ret,
		   uint32_t *at_point)
{
	if (at_point)
		*at_point = 0;
	if (n_points == 0)
		return -EINVAL;
	for (uint32_t i = 0; i < n_points; i++) {
		if (point_ok(points, i))
			continue;
		if (at_point)
			*at_point = i;
		return -EINVAL;
	}
	struct meter_map *m = memory;
	m->n = n_points;
	int64_t bar = 1;
	for (uint32_t i = 0; i < n_points; i++) {
		if (i)
			bar += bars_begun(points[i].beat - points[i - 1].beat, m->stretches[i - 1].bar_beats);
		m->stretches[i] = (struct stretch){
			points[i].beat, 4.0 * points[i].numerator / points[i].denominator, bar, points[i],
		};
	}
	*ret = m;
	return 0;
}

RT_SAFE static uint32_t stretch_of_beat(const struct meter_map *m, double beat)
{
	uint32_t lo = 0, hi = m->n;
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (m->stretches[mid].beat <= beat)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

RT_SAFE struct meter_place meter_map_place(const struct meter_map *m, double beat)
{
	const struct stretch *s = &m->stretches[stretch_of_beat(m, beat)];
	double whole = fm_floor((beat - s->beat) / s->bar_beats);
	double start = s->beat + whole * s->bar_beats;
	return (struct meter_place){
		.bar = s->bar + (int64_t)whole,
		.beat_in_bar = beat - start,
		.bar_start = start,
		.bar_beats = s->bar_beats,
		.numerator = s->point.numerator,
		.denominator = s->point.denominator,
	};
}

RT_SAFE double meter_map_bar_start(const struct meter_map *m, int64_t bar)
{
	uint32_t i = m->n - 1;
	while (i > 0 && m->stretches[i].bar > bar)
		i--;
	const struct stretch *s = &m->stretches[i];
	return s->beat + (double)(bar - s->bar) * s->bar_beats;
}

/* Where the bar that starts at place.bar_start ends: at its length, or where the next meter begins. */
RT_SAFE static double bar_end(const struct meter_map *m, const struct meter_place *p)
{
	uint32_t i = stretch_of_beat(m, p->bar_start);
	double end = p->bar_start + p->bar_beats;
	if (i + 1 < m->n && m->stretches[i + 1].beat < end + NEAR_BEATS)
		return m->stretches[i + 1].beat;
	return end;
}

RT_SAFE double meter_map_next_bar(const struct meter_map *m, double beat)
{
	struct meter_place p = meter_map_place(m, beat);
	if (p.beat_in_bar <= NEAR_BEATS)
		return p.bar_start;
	return bar_end(m, &p);
}

RT_SAFE double meter_map_next_beat(const struct meter_map *m, double beat)
{
	struct meter_place p = meter_map_place(m, beat);
	double whole = fm_floor(p.beat_in_bar);
	if (p.beat_in_bar - whole > NEAR_BEATS)
		whole += 1;
	double next = p.bar_start + whole, end = bar_end(m, &p);
	return next < end ? next : end;
}

