/* meter_feel.c - how beats are divided: looked at before anything is rounded. */
#include "music/meter_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 0.085       /* of a beat; half the way from a third to a half */
#define SWING_LEAST 0.56 /* where the second part of a swung beat begins */
#define SWING_MOST 0.715

/* The part of onsets that agrees on a phase when a beat is cut in k, and that phase in beats. */
static double agreement(const struct onset *o, size_t n, int k, double *ret_phase)
{
	double re = 0, im = 0;
	for (size_t i = 0; i < n; i++) {
		double a = 2 * M_PI * k * o[i].at;
		re += cos(a);
		im += sin(a);
	}
	*ret_phase = atan2(im, re) / (2 * M_PI * k);
	return n ? hypot(re, im) / (double)n : 0;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Where a fifth of the onsets is near the beat their median is the offset: uneven division moves a mean phase, not that. */
static void near_the_beat(const struct onset *o, size_t n, double *offset)
{
	double some[1024];
	size_t m = 0;
	for (size_t i = 0; i < n && m < COUNT_OF(some); i++) {
		double x = o[i].at - round(o[i].at);
		if (fabs(x) < 0.12)
			some[m++] = x;
	}
	if (5 * m < (n < COUNT_OF(some) ? n : COUNT_OF(some)))
		return;
	qsort(some, m, sizeof(*some), compare_doubles);
	*offset = some[m / 2];
}

bool onsets_grid(const struct onset *o, size_t n, double *ret_offset)
{
	double best = 0, phase;
	*ret_offset = 0;
	for (int k = 1; k <= 4; k++) {
		double r = agreement(o, n, k, &phase);
		if (r > best + 0.05) { /* the coarser one, unless the finer is clearly better */
			best = r;
			*ret_offset = phase;
		}
	}
	near_the_beat(o, n, ret_offset);
	return best > 0.2 + 1.5 / sqrt((double)n + 1);
}

static double in_beat(const struct onset *o, double offset)
{
	double x = o->at - offset;
	return x - floor(x);
}

static bool near(double x, double place)
{
	return fabs(x - place) < NEAR;
}

struct beat_look {
	size_t n_inner;
	bool first_third, second_third, half, quarter;
	double only; /* the place of the last inner onset */
};

static void look_at(struct beat_look *b, double x)
{
	if (x < NEAR || x > 1 - NEAR)
		return;
	b->n_inner++;
	b->only = x;
	b->first_third |= near(x, 1.0 / 3) && fabs(x - 1.0 / 3) < fabs(x - 0.25);
	b->second_third |= near(x, 2.0 / 3) && fabs(x - 2.0 / 3) < fabs(x - 0.75);
	b->half |= fabs(x - 0.5) < 0.06;
	b->quarter |= fabs(x - 0.25) < 0.04 || fabs(x - 0.75) < 0.04;
}

struct tally {
	size_t divided, triplets, even, n_swing;
	double *swing;
};

static void count_beat(struct tally *t, const struct beat_look *b)
{
	if (b->n_inner == 0)
		return;
	t->divided++;
	if (b->n_inner <= 2 && b->first_third && !b->half && !b->quarter && (b->second_third || b->n_inner == 1))
		t->triplets++;
	else if (b->n_inner == 1 && b->only > SWING_LEAST && b->only < SWING_MOST)
		t->swing[t->n_swing++] = b->only;
	else
		t->even++;
}

int onsets_feel(const struct onset *o, size_t n, double offset, struct onset_feel *ret, struct err *err)
{
	struct tally t = { 0, 0, 0, 0, mem_new_array(n, sizeof(double)) };
	if (!t.swing)
		return err_set(err, -ENOMEM, "out of memory for the onsets");
	memset(ret, 0, sizeof(*ret));
	ret->swing_at = 0.5;
	for (size_t i = 0; i < n;) {
		struct beat_look b = { 0, false, false, false, false, 0 };
		double beat = floor(o[i].at - offset + NEAR);
		for (; i < n && floor(o[i].at - offset + NEAR) <= beat; i++)
			look_at(&b, in_beat(&o[i], offset));
		count_beat(&t, &b);
	}
	if (t.n_swing) {
		qsort(t.swing, t.n_swing, sizeof(*t.swing), compare_doubles);
		ret->swing_at = t.swing[t.n_swing / 2];
	}
	/* Swung beats beside triplets are triplets whose middle is silent. */
	double divided = (double)t.divided, swung = (double)t.n_swing, triple = (double)t.triplets;
	if (t.divided) {
		ret->triplets = triple > swung / 4 ? (triple + swung) / divided : triple / divided;
		ret->swung = triple > swung / 4 ? 0 : swung / divided;
	}
	free(t.swing);
	if (ret->swung <= 0.5)
		ret->swing_at = 0.5;
	return 0;
}

void onsets_unswing(struct onset *o, size_t n, double offset, double swing_at)
{
	for (size_t i = 0; i < n; i++) {
		double x = in_beat(&o[i], offset), whole = o[i].at - x;
		o[i].at = whole + (x < swing_at ? x / swing_at * 0.5 : 0.5 + (x - swing_at) / (1 - swing_at) * 0.5);
	}
}

double onsets_spread(const struct onset *o, size_t n, double offset, int division)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		double x = in_beat(&o[i], offset) * division;
		x = (x - round(x)) / division;
		sum += x * x;
	}
	return n ? sqrt(sum / (double)n) : 0;
}
