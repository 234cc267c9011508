#include "audio/key.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define PER_SEMITONE (HEARING_PITCH_BINS / 12)
#define A_FROM_C     9
#define FAR_TUNING   0.6 /* how much less a place at 50 cents is believed */
#define EDGE_S       4.0   /* of the opening and the closing */
#define QUIET        0.12f /* of the loudest column: what is less is ringing out */
#define HELD         4     /* columns that one class leads are a held note */
#define FLOOR_SHARE  0.03  /* of a column: weaker classes are traces of the others */

/* How much lies within 20 cents of a bin, the nearer the more. */
static double around(const double sums[PER_SEMITONE], int bin)
{
	static const double weights[] = { 0.25, 0.75, 1, 0.75, 0.25 };
	double sum = 0;
	for (int i = 0; i < 5; i++)
		sum += weights[i] * sums[(bin + i - 2 + PER_SEMITONE) % PER_SEMITONE];
	return sum;
}

/*
 * The strongest place between -50 and 50 cents, places near 0 preferred: two reeds or strings that beat with each other lie on
 * both sides of what is meant, or one of them on it. Then the centre of what lies around that place.
 */
static void find_tuning(const struct hearing *h, struct chroma *c)
{
	double sums[PER_SEMITONE] = { 0 }, all = 0, most = 0, re = 0, im = 0;
	int best = 0;
	for (size_t i = 0; i < h->n_slow * HEARING_PITCH_BINS; i++)
		sums[i % PER_SEMITONE] += (double)h->pitches[i];
	for (int b = -PER_SEMITONE / 2 + 1; b <= PER_SEMITONE / 2; b++) {
		double v = around(sums, b) * (1 - FAR_TUNING * abs(b) / (PER_SEMITONE / 2.0));
		all += sums[(b + PER_SEMITONE) % PER_SEMITONE];
		if (v > most) {
			most = v;
			best = b;
		}
	}
	for (int d = -2; d <= 2; d++) {
		re += sums[(best + d + PER_SEMITONE) % PER_SEMITONE];
		im += d * sums[(best + d + PER_SEMITONE) % PER_SEMITONE];
	}
	c->tuning_cents = re > 0 ? (best + im / re) * 100 / PER_SEMITONE : 0;
	c->tuning_confidence = all > 0 ? re / all : 0;
}

/* A bin between two classes counts for both, the more the nearer it is. */
static void fold(const float *bins, double tuning_cents, float ret[12])
{
	memset(ret, 0, 12 * sizeof(float));
	for (int b = 0; b < HEARING_PITCH_BINS; b++) {
		if (!(bins[b] > 0))
			continue;
		double place = (double)b / PER_SEMITONE - tuning_cents / 100 + A_FROM_C + 12, low = floor(place), part = place - low;
		/* Within a third of a semitone it is that class alone. */
		double share = part < 0.35 ? 0 : part > 0.65 ? 1 : (part - 0.35) / 0.3;
		ret[(int)low % 12] += bins[b] * (float)(1 - share);
		ret[((int)low + 1) % 12] += bins[b] * (float)share;
	}
}

int chroma_of(const struct hearing *h, struct chroma *ret, struct err *err)
{
	struct chroma c = { .n = h->n_slow, .v = mem_new_array(h->n_slow * 12, sizeof(float)) };
	if (!c.v)
		return err_set(err, -ENOMEM, "chroma");
	find_tuning(h, &c);
	for (size_t k = 0; k < h->n_slow; k++)
		fold(h->pitches + k * HEARING_PITCH_BINS, c.tuning_cents, c.v + 12 * k);
	*ret = c;
	return 0;
}

void chroma_done(struct chroma *c)
{
	free(c->v);
	c->v = NULL;
}

static float sum_of(const float v[12])
{
	float sum = 0;
	for (int i = 0; i < 12; i++)
		sum += v[i];
	return sum;
}

static int leader(const float v[12])
{
	int best = 0;
	for (int i = 1; i < 12; i++)
		best = v[i] > v[best] ? i : best;
	return best;
}

/* Adds a column as shares, without its traces. */
static void add(double to[12], const float v[12], float sum)
{
	for (int i = 0; i < 12; i++)
		to[i] += fmax(0, (double)(v[i] / sum) - FLOOR_SHARE);
}

static void shares(double v[12])
{
	double sum = 0;
	for (int i = 0; i < 12; i++)
		sum += v[i];
	for (int i = 0; i < 12 && sum > 0; i++)
		v[i] /= sum;
}

/* The columns that sound: from the first to the last that is loud enough. */
static bool sounding(const struct chroma *c, float least, size_t *ret_first, size_t *ret_end)
{
	size_t first = 0, end = c->n;
	while (first < end && sum_of(c->v + 12 * first) < least)
		first++;
	while (end > first && sum_of(c->v + 12 * (end - 1)) < least)
		end--;
	*ret_first = first;
	*ret_end = end;
	return first < end;
}

static float loudest(const struct chroma *c)
{
	float most = 0;
	for (size_t k = 0; k < c->n; k++)
		most = fmaxf(most, sum_of(c->v + 12 * k));
	return most;
}

static void gather(const struct chroma *c, size_t first, size_t end, float least, struct key_evidence *e)
{
	size_t edge = (size_t)(EDGE_S * HEARING_SLOW_HZ), run = 0;
	int last = -1;
	for (size_t k = first; k < end; k++) {
		const float *v = c->v + 12 * k;
		float sum = sum_of(v);
		if (sum < least)
			continue;
		e->n_notes++;
		add(e->chroma, v, sum);
		if (k < first + edge)
			add(e->opening, v, sum);
		if (k + edge >= end)
			add(e->closing, v, sum);
		run = leader(v) == last ? run + 1 : 1;
		last = leader(v);
		if (run >= HELD)
			add(e->held, v, sum);
	}
}

/* The class that leads over up to a second, from `from` in the given direction. */
static int edge_class(const struct chroma *c, size_t from, size_t n)
{
	float sum[12] = { 0 };
	for (size_t k = from; k < from + n && k < c->n; k++)
		for (int i = 0; i < 12; i++)
			sum[i] += c->v[12 * k + (size_t)i];
	return leader(sum);
}

void audio_key_find(const struct chroma *c, struct key_report *ret)
{
	struct key_evidence e = { .first = -1, .last = -1 };
	float least = QUIET * loudest(c);
	size_t first, end;
	if (least > 0 && sounding(c, least, &first, &end)) {
		gather(c, first, end, least, &e);
		e.first = edge_class(c, first, 3);
		e.last = edge_class(c, end > 5 ? end - 5 : 0, 5);
		shares(e.chroma);
		shares(e.opening);
		shares(e.closing);
		shares(e.held);
	}
	key_rank(&e, ret);
}
