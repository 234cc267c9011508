/*
 * abc_write_fold.c - repeats: what is played twice in a row is written once, with two endings where only the end differs.
 */
#include "music/abc_write_priv.h"

/* Lengths of sections, the likeliest first. */
static const uint8_t lengths[] = { 8, 16, 4, 12, 24, 32, 10, 6, 5, 7, 9, 11, 13, 14, 15, 18, 20 };

/* How many bars of two stretches of n are the same from their start. */
static size_t common_bars(const struct abc_fold_source *s, size_t at, size_t n)
{
	size_t i = 0;
	while (i < n && s->same(s->arg, at + i, at + n + i))
		i++;
	return i;
}

/* Whether n bars come twice: all of them, or up to endings of one bar, or two of eight and more. */
static bool repeats_at(const struct abc_fold_source *s, size_t at, size_t n, size_t *ret_common)
{
	if (at + 2 * n > s->n_bars)
		return false;
	size_t common = common_bars(s, at, n), ending = n - common;
	if (ending > (n >= 8 ? 2 : 1))
		return false;
	if (s->tied(s->arg, at) || s->tied(s->arg, at + n) || (at + 2 * n < s->n_bars && s->tied(s->arg, at + 2 * n)) ||
	    (ending && (s->tied(s->arg, at + common) || s->tied(s->arg, at + n + common))))
		return false;
	*ret_common = common;
	return true;
}

static size_t fold_section(size_t at, size_t n, size_t common, struct abc_cell *ret)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		ret[k++] = (struct abc_cell){ .bar = at + i, .opens = i == 0, .ends = i + 1 == n,
					      .ending = common < n && i == common };
	for (size_t i = common; i < n; i++)
		ret[k++] = (struct abc_cell){ .bar = at + n + i, .ending = i == common ? 2 : 0, .closes = i + 1 == n };
	return k;
}

size_t abc_fold(const struct abc_fold_source *s, bool repeats, struct abc_cell *ret)
{
	size_t n = 0;
	for (size_t at = 0; at < s->n_bars;) {
		size_t common = 0, found = 0;
		for (size_t i = 0; repeats && at >= s->first && !found && i < COUNT_OF(lengths); i++)
			if (repeats_at(s, at, lengths[i], &common))
				found = lengths[i];
		if (found)
			n += fold_section(at, found, common, ret + n);
		else
			ret[n++] = (struct abc_cell){ .bar = at };
		at += found ? 2 * found : 1;
	}
	return n;
}
