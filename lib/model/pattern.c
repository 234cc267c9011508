#include "model/pattern_priv.h"

#include <string.h>

#include "base/banned.h"

enum { SIXTEENTH = METER_TICKS / 4 };

/* Of n beats in groups of three and four (and two): the group's size, and the beat's place in it. */
static int group_of(int n, int beat, int *ret_place)
{
	while (n > 4) {
		int size = n == 5 || n == 6 || n == 9 ? 3 : 4;
		if (beat < size) {
			*ret_place = beat;
			return size;
		}
		beat -= size;
		n -= size;
	}
	*ret_place = beat;
	return n;
}

static const char *cell(const struct pattern *p, const struct meter_shape *m, int beat)
{
	int place, size = group_of(m->n_beats, beat, &place);
	if (size == 3)
		return p->three + place * 4;
	return p->four + place * 4; /* two beats are the first half of four */
}

int pattern_bar(const struct pattern *p, const struct meter_shape *m, char ret[PATTERN_STEPS], int32_t *ret_step_ticks)
{
	if (m->bar_ticks % SIXTEENTH || m->bar_ticks / SIXTEENTH >= PATTERN_STEPS) {
		ret[0] = p->four[0];
		ret[1] = '\0';
		*ret_step_ticks = m->bar_ticks;
		return 1;
	}
	int n = 0;
	for (int b = 0; b < m->n_beats; b++) {
		int steps = (m->beat_at[b + 1] - m->beat_at[b]) / SIXTEENTH;
		if (steps == 6) {
			memcpy(ret + n, b == 0 ? p->first : p->other, 6);
		} else if (steps == 8) {
			memcpy(ret + n, p->four + b % 2 * 8, 8);
		} else if (steps == 4) {
			memcpy(ret + n, cell(p, m, b), 4);
		} else if (steps > 0) {
			memset(ret + n, '-', (size_t)steps);
			ret[n] = cell(p, m, b)[0] == '.' ? cell(p, m, b)[2] : cell(p, m, b)[0];
		}
		n += steps;
	}
	ret[n] = '\0';
	*ret_step_ticks = SIXTEENTH;
	return n;
}
