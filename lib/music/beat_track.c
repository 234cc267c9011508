#include "music/beat_track.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define STEPS_HZ 100.0
#define STEPS_MAX 60000
#define WINDOW_S 8.0
#define TIGHT 40.0 /* what a step of e times the period costs, beside an onset's 1 */
#define HOP_S 4.0
#define HOPS_MAX 152 /* of all the steps, and one more */
#define SLOWEST_S 1.5
#define FASTEST_S 0.3
#define USUAL_S (60.0 / 105)
#define PERIOD_ONSETS 1500 /* that the period is found from */

/* How well the onsets of each window agree on a phase, weighted mean over windows. */
static double agreement(const double *t, const double *w, size_t n, double period)
{
	double sum = 0, all = 0;
	for (size_t i = 0; i < n;) {
		double re = 0, im = 0, weight = 0, until = t[i] + WINDOW_S;
		for (; i < n && t[i] < until; i++) {
			double x = w ? w[i] : 1, phase = 2 * M_PI * t[i] / period;
			re += x * cos(phase);
			im += x * sin(phase);
			weight += x;
		}
		sum += hypot(re, im);
		all += weight;
	}
	return all > 0 ? sum / all : 0;
}

/* The period, and in *ret_agree how well it is agreed on. Half of it agrees with even division too, a third with triplets. */
static double find_period(const double *t, const double *w, size_t n, double *ret_agree)
{
	double best = 0, at = USUAL_S;
	for (double p = FASTEST_S; p < SLOWEST_S; p *= 1.005) {
		double off = log2(p / USUAL_S);
		double score = (agreement(t, w, n, p) + 0.5 * agreement(t, w, n, p / 2) + 0.3 * agreement(t, w, n, p / 3)) *
			       exp(-off * off / 2);
		if (score > best) {
			best = score;
			at = p;
		}
	}
	*ret_agree = fmax(agreement(t, w, n, at), fmax(agreement(t, w, n, at / 2), agreement(t, w, n, at / 3)));
	return at;
}

struct path {
	size_t n;
	float *onset, *score;
	float period[HOPS_MAX]; /* around each multiple of HOP_S */
	int32_t *from;
};

static void path_done(struct path *p)
{
	free(p->onset);
	free(p->score);
	free(p->from);
}

static int path_init(struct path *p, const double *t, const double *w, size_t n)
{
	double end = fmin(t[n - 1] - t[0], STEPS_MAX / STEPS_HZ);
	p->n = (size_t)(end * STEPS_HZ) + 2;
	p->onset = mem_new_array(p->n, sizeof(*p->onset));
	p->score = mem_new_array(p->n, sizeof(*p->score));
	p->from = mem_new_array(p->n, sizeof(*p->from));
	if (!p->onset || !p->score || !p->from)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		double at = (t[i] - t[0]) * STEPS_HZ;
		for (int64_t k = (int64_t)at - 3; k <= (int64_t)at + 4; k++)
			if (k >= 0 && (size_t)k < p->n) {
				double d = ((double)k - at) / 1.5;
				p->onset[k] = fmaxf(p->onset[k], (float)((w ? w[i] : 1) * exp(-d * d / 2)));
			}
	}
	return 0;
}

static size_t first_after(const double *t, size_t n, double at)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (t[mid] < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The tempo may drift: the period of each stretch is the best one not far from that of the stretch before. */
static void follow_period(struct path *p, const double *t, const double *w, size_t n, double period)
{
	for (size_t k = 0; k < COUNT_OF(p->period); k++) {
		double at = t[0] + (double)k * HOP_S, best = 0, next = period;
		size_t from = first_after(t, n, at - WINDOW_S / 2), to = first_after(t, n, at + WINDOW_S / 2);
		to = to > from + 200 ? from + 200 : to; /* enough for one window */
		for (double f = 0.85; to > from + 3 && f < 1.18; f *= 1.01) {
			double off = log(f) / 0.1;
			double score = (agreement(t + from, w ? w + from : NULL, to - from, period * f) +
					0.5 * agreement(t + from, w ? w + from : NULL, to - from, period * f / 2)) *
				       exp(-off * off / 2);
			if (score > best) {
				best = score;
				next = period * f;
			}
		}
		period = next;
		p->period[k] = (float)period;
	}
}

static void path_walk(struct path *p)
{
	for (int64_t i = 0; i < (int64_t)p->n; i++) {
		double best = 0, period = (double)p->period[(size_t)((double)i / STEPS_HZ / HOP_S)];
		int64_t lo = (int64_t)(period * STEPS_HZ * 0.6), hi = (int64_t)(period * STEPS_HZ * 1.6);
		p->from[i] = -1;
		for (int64_t d = lo; d <= hi && d <= i; d++) {
			double x = log((double)d / (period * STEPS_HZ));
			double score = (double)p->score[i - d] - TIGHT * x * x;
			if (score > best) {
				best = score;
				p->from[i] = (int32_t)(i - d);
			}
		}
		p->score[i] = (float)best + p->onset[i];
	}
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median_step(const double *seconds, size_t n, double other)
{
	double AUTO_MEM *step = n > 1 ? mem_new_array(n - 1, sizeof(*step)) : NULL;
	if (!step)
		return other;
	for (size_t i = 0; i + 1 < n; i++)
		step[i] = seconds[i + 1] - seconds[i];
	qsort(step, n - 1, sizeof(*step), compare_doubles);
	return step[(n - 1) / 2];
}

static int path_read(const struct path *p, double start, double period, struct beat_track *ret)
{
	int32_t at = 0;
	size_t n = 0;
	size_t first = (size_t)fmax(0, (double)p->n - period * STEPS_HZ * 1.2);
	for (size_t i = first; i < p->n; i++)
		if (i == first || p->score[i] > p->score[at])
			at = (int32_t)i;
	for (int32_t i = at; i >= 0; i = p->from[i])
		n++;
	ret->seconds = mem_new_array(n, sizeof(*ret->seconds));
	if (!ret->seconds)
		return -ENOMEM;
	ret->n = n;
	for (int32_t i = at; i >= 0; i = p->from[i])
		ret->seconds[--n] = start + i / STEPS_HZ;
	ret->period_s = median_step(ret->seconds, ret->n, period);
	return 0;
}

int beat_track_find(const double *t, const double *w, size_t n, struct beat_track *ret, struct err *err)
{
	struct path p = { .n = 0 };
	if (n < 4 || !(t[n - 1] > t[0]))
		return err_set(err, -EINVAL, "%zu onsets are too few for beats", n);
	struct beat_track b = { NULL, 0, 0, 0 };
	double period = find_period(t, w, n < PERIOD_ONSETS ? n : PERIOD_ONSETS, &b.confidence);
	int code = path_init(&p, t, w, n);
	if (code == 0) {
		follow_period(&p, t, w, n, period);
		path_walk(&p);
		code = path_read(&p, t[0], period, &b);
	}
	path_done(&p);
	if (code < 0)
		return err_set(err, code, "out of memory for the beats");
	*ret = b;
	return 0;
}

void beat_track_done(struct beat_track *b)
{
	free(b->seconds);
	b->seconds = NULL;
	b->n = 0;
}

double beat_track_position(const struct beat_track *b, double s)
{
	size_t lo = 0, hi = b->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (b->seconds[mid] <= s)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return (s - b->seconds[0]) / b->period_s;
	if (lo == b->n)
		return (double)(b->n - 1) + (s - b->seconds[b->n - 1]) / b->period_s;
	return (double)(lo - 1) + (s - b->seconds[lo - 1]) / (b->seconds[lo] - b->seconds[lo - 1]);
}
