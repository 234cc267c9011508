#include "model/drum_grid_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static bool power_of_two(unsigned n)
{
	return n && (n & (n - 1)) == 0;
}

int drum_meter_parse(const char *text, unsigned *ret_num, unsigned *ret_den, struct err *err)
{
	unsigned n[2] = { 0, 0 };
	const char *at = text;
	for (int i = 0; i < 2; i++) {
		const char *digits = at;
		for (; *at >= '0' && *at <= '9' && at - digits < 3; at++)
			n[i] = n[i] * 10 + (unsigned)(*at - '0');
		if (at == digits || *at != (i ? '\0' : '/'))
			n[1] = 0;
		at += *at != '\0';
	}
	if (n[0] < 1 || n[0] > DRUM_METER_MAX || n[1] > DRUM_METER_MAX || !power_of_two(n[1]))
		return err_field(err, -EINVAL, "params.meter", "meter is '%.16s'; allowed are 1/1 to 16/16, like 4/4, 6/8 or 7/8", text);
	*ret_num = n[0];
	*ret_den = n[1];
	return 0;
}

static void add_group(struct drum_grid *g, int32_t unit, int units, int n_steps, bool compound)
{
	g->groups[g->n_groups] = (struct drum_group){ g->bar_ticks, unit * units, (uint8_t)g->n_steps, (uint8_t)n_steps, compound };
	for (int i = 0; i < n_steps; i++) {
		g->at[g->n_steps] = g->bar_ticks + unit * units * i / n_steps;
		g->length[g->n_steps] = unit * units / n_steps;
		g->group_of[g->n_steps++] = (uint8_t)g->n_groups;
	}
	g->n_groups++;
	g->bar_ticks += unit * units;
}

static void add_groups(struct drum_grid *g, int32_t unit)
{
	int left = g->num;
	if (g->den >= 8 && g->num % 3 == 0) {
		for (; left > 0; left -= 3)
			add_group(g, unit, 3, 6, true);
		return;
	}
	if (g->den < 8) {
		for (; left > 0; left--)
			add_group(g, unit, 1, 4, false);
		return;
	}
	if (left == 5) { /* felt as 3 + 2 more often than not; the longer odd ones have the long beat last */
		add_group(g, unit, 3, 6, false);
		left = 2;
	}
	for (; left > 3; left -= 2)
		add_group(g, unit, 2, 4, false);
	if (left > 0)
		add_group(g, unit, left, 2 * left, false);
}

/* The second half of each pair is late: 0 stays half, 1000 becomes two thirds; what lies between moves along. */
static int32_t swung(int32_t at, int32_t pair, int64_t swing_milli)
{
	int32_t half = pair / 2, from = at / pair * pair, in = at - from;
	int32_t middle = half + (int32_t)(pair * swing_milli / 6000);
	if (in < half)
		return from + (int32_t)((int64_t)in * middle / half);
	return from + middle + (int32_t)((int64_t)(in - half) * (pair - middle) / (pair - half));
}

static void put_swing(struct drum_grid *g, int64_t swing_milli, enum drum_swing swing)
{
	for (size_t i = 0; i < g->n_steps; i++) {
		const struct drum_group *group = &g->groups[g->group_of[i]];
		int32_t pair = swing == DRUM_SWING_EIGHTHS ? 4 * g->length[i] : 2 * g->length[i];
		if (group->n_steps == 6 || pair > group->ticks)
			continue;
		g->at[i] = group->at + swung(g->at[i] - group->at, pair, swing_milli);
	}
}

int drum_grid_init(struct drum_grid *g, unsigned num, unsigned den, int64_t swing_milli, enum drum_swing swing, struct err *err)
{
	if (num < 1 || num > DRUM_METER_MAX || den > DRUM_METER_MAX || !power_of_two(den))
		return err_field(err, -EINVAL, "params.meter", "a meter of %u/%u; drums are made for 1/1 to 16/16", num, den);
	memset(g, 0, sizeof(*g));
	g->num = (uint16_t)num;
	g->den = (uint16_t)den;
	add_groups(g, 4 * DRUM_TICKS / (int32_t)den);
	put_swing(g, swing_milli, swing);
	return 0;
}

/* Bars are cut into stretches of at most four beats, as they are counted: 5 is 3 + 2, 7 is 4 + 3. */
static size_t stretch(size_t left)
{
	return left == 5 ? 3 : left < 4 ? left : 4;
}

/* The beat of a bar of n that plays the part of beat `group`: the first the first's, the last the upbeat's. */
static size_t beat_for(size_t n_groups, size_t group, size_t n)
{
	static const uint8_t of_four[5][4] = { { 0 }, { 0 }, { 0, 1 }, { 0, 1, 3 }, { 0, 1, 2, 3 } };
	static const uint8_t of_three[5][4] = { { 0 }, { 0 }, { 0, 2 }, { 0, 1, 2 }, { 0, 1, 2, 1 } };
	static const uint8_t of_two[5][4] = { { 0 }, { 0 }, { 0, 1 }, { 0, 1, 1 }, { 0, 1, 0, 1 } };
	size_t from = 0, size = stretch(n_groups);
	while (group >= from + size) {
		from += size;
		size = stretch(n_groups - from);
	}
	return (n == 4 ? of_four : n == 3 ? of_three : of_two)[size][group - from];
}

/* The step of the pattern's beat, -1 for none. */
static int step_for(const struct drum_group *group, size_t in, size_t n, bool pulse)
{
	static const int8_t shuffled[6] = { 0, -1, 1, -1, 2, 3 }, thirds[6] = { 0, -1, 2, -1, 2, 3 }, longer[6] = { 0, 1, 2, 3, 2, 3 };
	static const int8_t straight[4] = { 0, -1, 2, 4 };
	if (group->n_steps == n)
		return (int)in;
	if (n == 6)
		return group->n_steps == 4 ? straight[in] : (int)in;
	if (group->n_steps != 6)
		return (int)in;
	if (group->compound)
		return pulse ? thirds[in] : shuffled[in];
	return pulse || in < 4 ? longer[in] : -1;
}

char drum_grid_sign(const struct drum_grid *g, const struct drum_style *style, const struct drum_layer *layer, int64_t bar,
		    size_t step)
{
	size_t group = g->group_of[step], n = style->beats, beat, of_bar;
	if (n % g->n_groups == 0 || g->n_groups % n == 0) { /* whole patterns fit: play them on, over bar lines */
		size_t at = (size_t)((bar * (int64_t)g->n_groups + (int64_t)group) % (int64_t)(n * style->bars));
		beat = at % n;
		of_bar = at / n;
	} else {
		beat = beat_for(g->n_groups, group, n);
		of_bar = (size_t)(bar % style->bars);
	}
	int in = step_for(&g->groups[group], step - g->groups[group].first, style->beat_steps, layer->pulse);
	if (in < 0)
		return '.';
	/* Every beat is its steps and one character after them. */
	return layer->steps[(of_bar * n + beat) * (style->beat_steps + 1u) + (size_t)in];
}
