/* meter_signs.c - the candidates, and what speaks for each of them. */
#include "music/meter_priv.h"

#include <math.h>
#include <string.h>

const struct meter_kind meter_kinds[] = {
	{ 2, 4, 2, { 2, 2 } },    { 3, 4, 3, { 2, 2, 2 } }, { 4, 4, 4, { 2, 2, 2, 2 } }, { 3, 8, 1, { 3 } },
	{ 6, 8, 2, { 3, 3 } },    { 9, 8, 3, { 3, 3, 3 } }, { 12, 8, 4, { 3, 3, 3, 3 } }, { 5, 4, 2, { 6, 4 } },
	{ 5, 4, 2, { 4, 6 } },    { 5, 8, 2, { 3, 2 } },    { 5, 8, 2, { 2, 3 } },       { 7, 8, 3, { 2, 2, 3 } },
	{ 7, 8, 3, { 3, 2, 2 } }, { 7, 8, 3, { 2, 3, 2 } },
};
const size_t meter_kinds_n = COUNT_OF(meter_kinds);

#define EIGHTH (CELLS / 2)

int meter_kind_cells(const struct meter_kind *k)
{
	int sum = 0;
	for (int i = 0; i < k->n_groups; i++)
		sum += k->groups[i] * EIGHTH;
	return sum;
}

int meter_kind_beat_cells(const struct meter_kind *k)
{
	return k->den == 8 && k->num % 3 == 0 ? 3 * EIGHTH : 2 * EIGHTH;
}

void meter_kind_levels(const struct meter_kind *k, uint8_t level[BAR_CELLS_MAX])
{
	int at = 0, n = meter_kind_cells(k);
	for (int i = 0; i < n; i++)
		level[i] = i % EIGHTH == 0 ? LEVEL_DIVISION : i % (EIGHTH / 2) == 0 ? LEVEL_SUB : LEVEL_OFF;
	for (int i = 0; i < k->n_groups; at += k->groups[i++] * EIGHTH) {
		level[at] = i == 0 ? LEVEL_BAR : k->n_groups == 4 && i == 2 ? LEVEL_HALF : LEVEL_BEAT;
		/* A group of four or six eighths is itself made of quarters. */
		for (int q = 2; q < k->groups[i] && k->groups[i] > 3; q += 2)
			level[at + q * EIGHTH] = LEVEL_BEAT;
	}
	if (k->den == 4 && k->num == 5)
		level[k->groups[0] * EIGHTH] = LEVEL_HALF;
}

void meter_lags_of(const struct lattice *l, int bar_cells, int beat_cells, struct meter_lags *ret)
{
	ret->beat = lattice_alike(l, beat_cells);
	for (int i = 0; i < 4; i++)
		ret->alike[i] = lattice_alike(l, (double)(bar_cells << i));
}

struct sums {
	double there[LEVEL_COUNT], held[LEVEL_COUNT], low[LEVEL_COUNT], loud[LEVEL_COUNT], home[LEVEL_COUNT], n[LEVEL_COUNT];
};

static void sum_up(const struct lattice *l, const struct meter_kind *k, int phase, struct sums *s)
{
	uint8_t level[BAR_CELLS_MAX] = { 0 };
	int bar = meter_kind_cells(k), in_bar = phase ? bar - phase : 0;
	memset(s, 0, sizeof(*s));
	meter_kind_levels(k, level);
	for (size_t i = 0; i < l->n; i++) {
		enum meter_level v = level[in_bar];
		in_bar = in_bar + 1 == bar ? 0 : in_bar + 1;
		s->n[v]++;
		s->there[v] += (double)l->there[i];
		s->held[v] += (double)l->held[i];
		s->low[v] += (double)l->low[i];
		s->loud[v] += (double)l->loud[i];
		s->home[v] += (double)l->home[i];
	}
}

static double mean(double sum, double n)
{
	return n > 0 ? sum / n : 0;
}

/* 1 when x is a multiple of unit, falling to 0 at a quarter note away. */
static double multiple(double x, double unit)
{
	double off = fabs(x - round(x / unit) * unit);
	return fmax(0, 1 - off / CELLS) * (x > unit / 2);
}

static int level_at(const struct meter_kind *k, int phase, double cell)
{
	uint8_t level[BAR_CELLS_MAX] = { 0 };
	int bar = meter_kind_cells(k);
	meter_kind_levels(k, level);
	int64_t at = llround(cell) - phase;
	return level[((at % bar) + bar) % bar];
}

static void count_notes(const struct lattice *l, const struct meter_kind *k, double f[METER_SIGN_ROOM])
{
	double rate = (double)(l->n_onsets + 1) / fmax(1, l->last_cell);
	double bar = log(rate * meter_kind_cells(k)), beat = log(rate * meter_kind_beat_cells(k));
	f[METER_SIGN_BAR_NOTES] = bar;
	f[METER_SIGN_BAR_NOTES_2] = bar * bar;
	f[METER_SIGN_BEAT_NOTES] = beat;
	f[METER_SIGN_BEAT_NOTES_2] = beat * beat;
}

static double lilt(const struct lattice *l, int phase)
{
	double second = 0, third = 0, n = 1;
	for (size_t i = (size_t)(phase % (3 * EIGHTH)); i + 2 * EIGHTH < l->n; i += 3 * EIGHTH, n++) {
		second += (double)l->there[i + EIGHTH];
		third += (double)l->there[i + 2 * EIGHTH];
	}
	return (third - second) / n;
}

/* A weak beat, or the end of a phrase of four bars, against the like places. */
struct contrast {
	double there[2], held[2], home[2], n[2];
};

static void contrast_add(struct contrast *c, bool special, const struct lattice *l, size_t i)
{
	c->n[special]++;
	c->there[special] += (double)l->there[i];
	c->held[special] += (double)l->held[i];
	c->home[special] += (double)l->home[i];
}

static void contrast_write(const struct contrast *c, double *there, double *held, double *home)
{
	*there = mean(c->there[1], c->n[1]) - mean(c->there[0], c->n[0]);
	*held = mean(c->held[1], c->n[1]) - mean(c->held[0], c->n[0]);
	*home = mean(c->home[1], c->there[1]) - mean(c->home[0], c->there[0]);
}

/* What tells one beat of a bar from another, and the fourth bar from the others. */
static void look_at_ends(const struct lattice *l, const struct meter_kind *k, int phase, double f[METER_SIGN_ROOM])
{
	uint8_t level[BAR_CELLS_MAX] = { 0 };
	int bar = meter_kind_cells(k), beat = meter_kind_beat_cells(k), in_bar = phase ? bar - phase : 0, bars = phase ? -1 : 0;
	struct contrast last = { { 0 }, { 0 }, { 0 }, { 0 } }, close = last;
	meter_kind_levels(k, level);
	for (size_t i = 0; i < l->n; i++) {
		if (level[in_bar] == LEVEL_BEAT)
			contrast_add(&last, in_bar + beat >= bar, l, i);
		if (2 * in_bar >= bar && level[in_bar] <= LEVEL_DIVISION && bars >= 0)
			contrast_add(&close, bars % 4 == 3, l, i);
		if (++in_bar == bar) {
			in_bar = 0;
			bars++;
		}
	}
	if (last.n[0] > 0)
		contrast_write(&last, &f[METER_SIGN_THERE_LAST], &f[METER_SIGN_HELD_LAST], &f[METER_SIGN_HOME_LAST]);
	if (close.n[0] > 0 && close.n[1] > 0)
		contrast_write(&close, &f[METER_SIGN_THERE_CLOSE], &f[METER_SIGN_HELD_CLOSE], &f[METER_SIGN_HOME_CLOSE]);
}

static double contrary(const struct lattice *l, const struct meter_kind *k, int phase)
{
	int beat = meter_kind_beat_cells(k);
	double sum = 0, n = 1;
	for (size_t i = (size_t)(phase % beat); i + (size_t)beat < l->n; i += (size_t)beat, n++)
		sum += beat == 3 * EIGHTH ? (double)l->there[i + 9] : (double)(l->there[i + 4] + l->there[i + 8]) / 2;
	return sum / n;
}

void meter_signs(const struct lattice *l, size_t kind, int phase, const struct meter_lags *lags,
		 double f[METER_SIGN_ROOM])
{
	const struct meter_kind *k = &meter_kinds[kind];
	int bar = meter_kind_cells(k);
	struct sums s;
	memset(f, 0, METER_SIGN_ROOM * sizeof(*f));
	sum_up(l, k, phase, &s);
	if (s.n[LEVEL_HALF] <= 0) { /* a bar without a middle: its beats stand in */
		s.n[LEVEL_HALF] = s.n[LEVEL_BEAT];
		s.there[LEVEL_HALF] = s.there[LEVEL_BEAT];
		s.held[LEVEL_HALF] = s.held[LEVEL_BEAT];
		s.home[LEVEL_HALF] = s.home[LEVEL_BEAT];
	}
	for (int i = 0; i <= LEVEL_SUB; i++)
		f[METER_SIGN_THERE_BAR + i] = mean(s.there[i], s.n[i]);
	for (int i = 0; i <= LEVEL_DIVISION; i++)
		f[METER_SIGN_HELD_BAR + i] = mean(s.held[i], s.n[i]);
	for (int i = 0; i < 4; i++)
		f[METER_SIGN_ALIKE_1 + i] = lags->alike[i];
	f[METER_SIGN_WHOLE] = fmax(multiple(l->end_cells - phase, bar), multiple(l->end_cells, bar));
	f[METER_SIGN_FOURS] = fmax(multiple(l->end_cells - phase, 4 * bar), multiple(l->end_cells, 4 * bar));
	f[METER_SIGN_EIGHTS] = fmax(multiple(l->end_cells - phase, 8 * bar), multiple(l->end_cells, 8 * bar));
	f[METER_SIGN_NO_PICKUP] = phase == 0;
	f[METER_SIGN_LONG_PICKUP] = 2 * phase > bar;
	f[METER_SIGN_LOW_BAR] = mean(s.low[LEVEL_BAR], s.there[LEVEL_BAR]) / 12;
	double home = 0, there = 0;
	for (int i = 0; i < LEVEL_COUNT; i++) {
		home += s.home[i];
		there += s.there[i];
	}
	f[METER_SIGN_OFF] = mean(s.there[LEVEL_OFF], there);
	for (int i = 0; i < 3; i++)
		f[METER_SIGN_HOME_BAR + i] = mean(s.home[i], s.there[i]) - mean(home, there);
	for (int i = 0; i < 3; i++)
		f[METER_SIGN_SECTION_4 + i] = fabs(l->section_cells - (bar * 4 << i)) < CELLS / 2;
	f[METER_SIGN_SECTION_WHOLE] = multiple(l->section_cells, bar);
	int last = level_at(k, phase, l->last_cell);
	f[METER_SIGN_LAST_BAR] = last == LEVEL_BAR;
	f[METER_SIGN_LAST_BEAT] = last == LEVEL_BEAT || last == LEVEL_HALF;
	f[METER_SIGN_LOUD_BAR] = mean(s.loud[LEVEL_BAR], s.there[LEVEL_BAR]);
	f[METER_SIGN_LOUD_BEAT] = mean(s.loud[LEVEL_BEAT], s.there[LEVEL_BEAT]);
	f[METER_SIGN_KIND + kind] = 1;
	count_notes(l, k, f);
	look_at_ends(l, k, phase, f);
	f[METER_SIGN_CONTRARY] = contrary(l, k, phase);
	f[METER_SIGN_ALIKE_BEAT] = lags->beat;
	if (meter_kind_beat_cells(k) == 3 * EIGHTH) {
		memcpy(&f[METER_SIGN_COMPOUND], f, (METER_SIGN_HELD_DIVISION + 1) * sizeof(*f));
		f[METER_SIGN_COMPOUND_NOTES] = f[METER_SIGN_BEAT_NOTES];
		f[METER_SIGN_LILT] = lilt(l, phase);
	}
}
