#include "model/meter_shape.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

const char *const meter_names[] = { "4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "2/2", "3/8", "5/4", "7/8", "5/8", "6/4", NULL };

/* Lengths of the beats in units of 1/den. */
static int group(unsigned num, unsigned den, int ret[METER_BEATS])
{
	int n = 0, left = (int)num;
	if (den >= 8 && num > 3 && num % 3 == 0) {
		while (left > 0) {
			ret[n++] = 3;
			left -= 3;
		}
	} else if (den >= 8 && num > 3 && num % 2) {
		if (num == 5) {
			ret[0] = 3;
			ret[1] = 2;
			return 2;
		}
		for (; left > 3; left -= 2)
			ret[n++] = 2;
		ret[n++] = 3;
	} else {
		while (left-- > 0)
			ret[n++] = 1;
	}
	return n;
}

int meter_shape_make(unsigned num, unsigned den, struct meter_shape *ret, struct err *err)
{
	if (num < 1 || num > METER_BEATS || den < 1 || den > 64 || (den & (den - 1)))
		return err_set(err, -EINVAL, "no music is made in %u/%u; allowed are 1 to %d beats of 1/1 to 1/64", num, den,
			       METER_BEATS);
	int lengths[METER_BEATS];
	int32_t unit = METER_TICKS * 4 / (int32_t)den;
	struct meter_shape m = { .num = (int)num, .den = (int)den, .bar_ticks = unit * (int32_t)num };
	m.n_beats = group(num, den, lengths);
	m.compound = den >= 8 && num > 3 && num % 3 == 0;
	for (int i = 0; i < m.n_beats; i++)
		m.beat_at[i + 1] = m.beat_at[i] + lengths[i] * unit;
	*ret = m;
	return 0;
}

int meter_beat(const struct meter_shape *m, int32_t tick)
{
	int beat = 0;
	while (beat + 1 < m->n_beats && m->beat_at[beat + 1] <= tick)
		beat++;
	return beat;
}

int meter_weight(const struct meter_shape *m, int32_t tick)
{
	if (tick == 0)
		return 3;
	int beat = meter_beat(m, tick);
	if (m->beat_at[beat] != tick)
		return 0;
	bool halves = m->n_beats % 2 == 0 && m->n_beats >= 4 && tick * 2 == m->bar_ticks;
	return halves || m->compound ? 2 : 1;
}

int meter_shape_of_name(const char *name, struct meter_shape *ret, struct err *err)
{
	char *end;
	unsigned long num = strtoul(name, &end, 10);
	unsigned long den = *end == '/' ? strtoul(end + 1, &end, 10) : 0;
	if (*end || num > METER_BEATS || den > 64)
		return err_set(err, -EINVAL, "'%.20s' is no meter", name);
	return meter_shape_make((unsigned)num, (unsigned)den, ret, err);
}
