/* beat.c - the chain of beats along the tempo curve. */
#include "audio/beat.h"

#include "audio/bar_priv.h"
#include "audio/tempo_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define TIGHTNESS      100.0
#define LEAST_SECONDS  2.0  /* shorter sound has no tempo */
#define LEAST_PULSE    0.05 /* less likeness than this is no pulse */
#define SEARCH         3    /* columns around a beat where its onset lies */

static double period_at(const struct tempo_curve *c, size_t column)
{
	size_t w = column / TEMPO_HOP;
	double part = (double)(column % TEMPO_HOP) / TEMPO_HOP;
	double here = c->bpm[w < c->n ? w : c->n - 1], next = c->bpm[w + 1 < c->n ? w + 1 : c->n - 1];
	double bpm = fabs(log2(next / here)) < 0.2 ? here + part * (next - here) : here;
	return 60.0 * HEARING_FAST_HZ / bpm;
}

/* The pulse, spread over neighbouring columns: beats need not fall on a column. */
static void soften(const float *pulse, size_t n, float *ret)
{
	static const float weights[] = { 0.1353f, 0.6065f, 1, 0.6065f, 0.1353f };
	for (size_t i = 0; i < n; i++) {
		ret[i] = 0;
		for (size_t j = 0; j < COUNT_OF(weights); j++)
			if (i + j >= 2 && i + j - 2 < n)
				ret[i] += weights[j] * pulse[i + j - 2];
	}
}

/* The best chain that ends in each column. */
static void chain(const float *pulse, size_t n, const struct tempo_curve *c, double *score, int32_t *from)
{
	for (size_t t = 0; t < n; t++) {
		double period = period_at(c, t), best = 0;
		size_t near = (size_t)fmax(1, round(period * 0.5)), far = (size_t)round(period * 2);
		from[t] = -1;
		for (size_t d = near; d <= far && d <= t; d++) {
			double off = log((double)d / period), v = score[t - d] - TIGHTNESS * off * off;
			if (from[t] < 0 ? v > 0 : v > best) {
				best = v;
				from[t] = (int32_t)(t - d);
			}
		}
		score[t] = (double)pulse[t] + best;
	}
}

/* Where the chain ends: the best column within the last beat. */
static size_t chain_end(const double *score, size_t n, double period)
{
	size_t best = n - 1, first = (double)n > period ? n - (size_t)period : 0;
	for (size_t t = first; t < n; t++)
		best = score[t] > score[best] ? t : best;
	return best;
}

static double strength_at(const float *pulse, size_t n, size_t column)
{
	float most = 0;
	for (size_t i = column > SEARCH ? column - SEARCH : 0; i <= column + SEARCH && i < n; i++)
		most = pulse[i] > most ? pulse[i] : most;
	return (double)most;
}

static int collect(const float *pulse, size_t n, const int32_t *from, size_t last, struct beats *b, struct err *err)
{
	size_t count = 0;
	for (int64_t t = (int64_t)last; t >= 0; t = from[t])
		count++;
	if (mem_grow(&b->v, &b->room, count, sizeof(*b->v)) < 0)
		return err_set(err, -ENOMEM, "beats");
	b->n = count;
	for (int64_t t = (int64_t)last; t >= 0; t = from[t])
		b->v[--count] = (struct beat){ .at_s = (double)t / HEARING_FAST_HZ, .strength = strength_at(pulse, n, (size_t)t) };
	return 0;
}

/* Beats before the first and behind the last sound are nobody's. */
static void trim(struct beats *b)
{
	double sum = 0;
	for (size_t i = 0; i < b->n; i++)
		sum += b->v[i].strength;
	double least = b->n ? 0.3 * sum / (double)b->n : 0;
	size_t first = 0, end = b->n;
	while (first < end && b->v[first].strength < least)
		first++;
	while (end > first && b->v[end - 1].strength < least)
		end--;
	memmove(b->v, b->v + first, (end - first) * sizeof(*b->v));
	b->n = end - first;
}

/* Puts each beat on the onset next to it, where there is one, and evens out what is left of the columns. */
static void refine(struct beats *b, const struct onsets *onsets)
{
	size_t o = 0;
	for (size_t i = 0; i < b->n; i++) {
		while (o + 1 < onsets->n && fabs(onsets->v[o + 1].at_s - b->v[i].at_s) <= fabs(onsets->v[o].at_s - b->v[i].at_s))
			o++;
		if (onsets->n > 0 && fabs(onsets->v[o].at_s - b->v[i].at_s) < 0.035)
			b->v[i].at_s = onsets->v[o].at_s;
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The tempo of the whole: least squares through the beats when they are steady, else the median distance. */
static int measure(struct beats *b, struct err *err)
{
	if (b->n < 3)
		return 0;
	AUTO_MEM double *gaps = mem_new_array(b->n - 1, sizeof(double));
	if (!gaps)
		return err_set(err, -ENOMEM, "beats");
	for (size_t i = 0; i + 1 < b->n; i++)
		gaps[i] = b->v[i + 1].at_s - b->v[i].at_s;
	qsort(gaps, b->n - 1, sizeof(*gaps), by_size);
	double median = gaps[(b->n - 1) / 2], spread = 0;
	for (size_t i = 0; i + 1 < b->n; i++)
		spread += fabs(gaps[i] / median - 1) / (double)(b->n - 1);
	b->steadiness = fmax(0, 1 - 5 * spread);
	double n = (double)b->n, mid = (n - 1) / 2, mean = 0, slope = 0, square = 0;
	for (size_t i = 0; i < b->n; i++)
		mean += b->v[i].at_s / n;
	for (size_t i = 0; i < b->n; i++) {
		slope += ((double)i - mid) * (b->v[i].at_s - mean);
		square += ((double)i - mid) * ((double)i - mid);
	}
	slope /= square;
	b->bpm = 60 / (fabs(slope / median - 1) < 0.02 ? slope : median);
	return 0;
}

static int track(const struct hearing *h, const struct tempo_curve *c, const float *pulse, struct beats *b, struct err *err)
{
	size_t n = h->n_fast;
	AUTO_MEM float *soft = mem_new_array(n, sizeof(float));
	AUTO_MEM double *score = mem_new_array(n, sizeof(double));
	AUTO_MEM int32_t *from = mem_new_array(n, sizeof(int32_t));
	if (!soft || !score || !from)
		return err_set(err, -ENOMEM, "beats");
	soften(pulse, n, soft);
	chain(soft, n, c, score, from);
	int code = collect(pulse, n, from, chain_end(score, n, period_at(c, n - 1)), b, err);
	if (code == 0)
		trim(b);
	return code;
}

static int find(const struct hearing *h, const struct beat_options *o, const float *strength, float *pulse, struct beats *b,
		struct err *err)
{
	double lo = o->bpm > 0 ? o->bpm / 1.08 : o->bpm_min > 0 ? o->bpm_min : BEAT_BPM_MIN;
	double hi = o->bpm > 0 ? o->bpm * 1.08 : o->bpm_max > 0 ? o->bpm_max : BEAT_BPM_MAX;
	struct tempo_curve curve = { 0 };
	struct onsets onsets = { 0 };
	int code = tempo_pulse(strength, h->n_fast, pulse, err);
	if (code == 0)
		code = tempo_find(pulse, h->n_fast, lo, hi, &curve, err);
	if (code == 0 && curve.confidence >= LEAST_PULSE) {
		code = track(h, &curve, pulse, b, err);
		if (code == 0)
			code = onsets_find(h, 0.5, &onsets, err);
		if (code == 0) {
			refine(b, &onsets);
			b->confidence = curve.confidence;
			b->bpm_second = curve.second_bpm;
			code = measure(b, err);
		}
		if (code == 0)
			code = bars_find(h, pulse, o->meter, b, err);
	}
	tempo_curve_done(&curve);
	onsets_done(&onsets);
	return code;
}

static int check(const struct beat_options *o, struct err *err)
{
	double lo = o->bpm_min > 0 ? o->bpm_min : BEAT_BPM_MIN, hi = o->bpm_max > 0 ? o->bpm_max : BEAT_BPM_MAX;
	if (!(lo >= BEAT_BPM_MIN && hi <= BEAT_BPM_MAX && lo * 1.1 <= hi))
		return err_field(err, -EINVAL, "bpm_min", "tempi from %g to %g bpm, allowed are %g to %g, at least 10 %% apart", lo, hi,
				 BEAT_BPM_MIN, BEAT_BPM_MAX);
	if (o->bpm != 0 && !(o->bpm >= BEAT_BPM_MIN && o->bpm <= BEAT_BPM_MAX))
		return err_field(err, -EINVAL, "bpm", "%g bpm, allowed are %g to %g", o->bpm, BEAT_BPM_MIN, BEAT_BPM_MAX);
	if (o->meter == 1 || o->meter > 12)
		return err_field(err, -EINVAL, "meter", "%u beats in a bar, allowed are 2 to 12", o->meter);
	return 0;
}

int beats_find(const struct hearing *h, const struct beat_options *o, struct beats *ret, struct err *err)
{
	struct beats b = { 0 };
	int code = check(o, err);
	if (code < 0)
		return code;
	if (h->duration_s < LEAST_SECONDS) {
		*ret = b;
		return 0;
	}
	AUTO_MEM float *strength = mem_new_array(h->n_fast, sizeof(float));
	AUTO_MEM float *pulse = mem_new_array(h->n_fast, sizeof(float));
	if (!strength || !pulse)
		return err_set(err, -ENOMEM, "beats");
	onset_strength(h, ONSET_ALL, ONSET_EAR_ACCENTS, strength);
	code = find(h, o, strength, pulse, &b, err);
	if (code < 0) {
		beats_done(&b);
		return code;
	}
	*ret = b;
	return 0;
}

void beats_done(struct beats *b)
{
	free(b->v);
	*b = (struct beats){ 0 };
}
