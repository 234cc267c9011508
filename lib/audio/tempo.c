#include "audio/tempo_priv.h"

#include "audio/fft.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define WINDOW      1000 /* columns: 10 s */
#define FFT_FRAMES  2400 /* room for lags up to 1400 */
#define LAG_MAX     1000
#define STEPS       170  /* tempi looked at, a constant factor apart */
#define USUAL_BPM   105.0
#define USUAL_WIDTH 0.75 /* octaves */
#define JUMP_COST   6.0  /* for each octave of change from one window to the next */
#define STEADY      1.15 /* no more change than that over the whole */
#define CLEARLY     1.0
#define MEAN_SPAN   50   /* columns to each side of the slow part */

struct tempogram {
	size_t n_windows;
	double bpm[STEPS], usual[STEPS];
	float *salience; /* [n_windows * STEPS], whatever is usual */
};

int tempo_pulse(const float *strength, size_t n, float *ret, struct err *err)
{
	AUTO_MEM double *sums = mem_new_array(n + 1, sizeof(double));
	if (!sums)
		return err_set(err, -ENOMEM, "pulse");
	for (size_t i = 0; i < n; i++)
		sums[i + 1] = sums[i] + (double)strength[i];
	double power = 0;
	for (size_t i = 0; i < n; i++) {
		size_t lo = i > MEAN_SPAN ? i - MEAN_SPAN : 0, hi = i + MEAN_SPAN < n ? i + MEAN_SPAN : n;
		double above = (double)strength[i] - (sums[hi] - sums[lo]) / (double)(hi - lo);
		ret[i] = (float)fmax(above, 0);
		power += fmax(above, 0) * fmax(above, 0);
	}
	double scale = power > 0 ? 1 / sqrt(power / (double)n) : 0;
	for (size_t i = 0; i < n; i++)
		ret[i] = (float)((double)ret[i] * scale);
	return 0;
}

/* The likeness of a window to itself `lag` columns later, 1 at lag 0, made up for the shorter overlap. */
static void autocorrelate(struct fft *fft, const float *pulse, size_t n, size_t first, float *buffer, float *bins, float *ret)
{
	double mean = 0;
	size_t end = first + WINDOW < n ? first + WINDOW : n;
	memset(buffer, 0, FFT_FRAMES * sizeof(float));
	for (size_t i = first; i < end; i++)
		mean += (double)pulse[i] / (double)(end - first);
	for (size_t i = first; i < end; i++)
		buffer[i - first] = pulse[i] - (float)mean;
	fft_forward(fft, buffer, bins);
	for (size_t k = 0; k < fft_bins(fft); k++) {
		bins[2 * k] = bins[2 * k] * bins[2 * k] + bins[2 * k + 1] * bins[2 * k + 1];
		bins[2 * k + 1] = 0;
	}
	fft_inverse(fft, bins, buffer);
	for (size_t lag = 0; lag <= LAG_MAX; lag++) {
		double overlap = (double)(end - first) - (double)lag, whole = (double)(end - first);
		ret[lag] = buffer[0] > 0 && overlap > 0 ? (float)((double)buffer[lag] / (double)buffer[0] * fmin(whole / overlap, 2)) : 0;
	}
}

static double at_lag(const float *ac, double lag)
{
	if (lag >= LAG_MAX - 1)
		return 0;
	size_t i = (size_t)lag;
	double part = lag - (double)i;
	return (1 - part) * (double)ac[i] + part * (double)ac[i + 1];
}

/* The best within what rounding to columns may hide. */
static double near_lag(const float *ac, double lag)
{
	return fmax(at_lag(ac, lag), fmax(at_lag(ac, lag - 0.5), at_lag(ac, lag + 0.5)));
}

static double usual(double bpm)
{
	double octaves = log2(bpm / USUAL_BPM) / USUAL_WIDTH;
	return exp(-0.5 * octaves * octaves);
}

/* A tempo is likely when the sound is like itself one, two, three and four beats later, and between the beats less. */
static double salience(const float *ac, double bpm)
{
	double period = 60.0 * HEARING_FAST_HZ / bpm, sum = 0, weight = 0;
	static const double weights[] = { 1, 0.8, 0.5, 0.6 };
	for (size_t m = 0; m < COUNT_OF(weights); m++) {
		double lag = period * (double)(m + 1);
		if (lag >= LAG_MAX - 1)
			break;
		sum += weights[m] * near_lag(ac, lag);
		weight += weights[m];
	}
	return weight > 0 ? fmax(0, sum / weight) : 0;
}

static int tempogram_make(struct tempogram *t, const float *pulse, size_t n, struct err *err)
{
	AUTO(fft) fft = NULL;
	int code = fft_new(FFT_FRAMES, &fft, err);
	if (code < 0)
		return code;
	AUTO_MEM float *buffer = mem_new_array(FFT_FRAMES, sizeof(float));
	AUTO_MEM float *bins = mem_new_array(FFT_FRAMES + 2, sizeof(float));
	AUTO_MEM float *ac = mem_new_array(LAG_MAX + 1, sizeof(float));
	t->salience = mem_new_array(t->n_windows * STEPS, sizeof(float));
	if (!buffer || !bins || !ac || !t->salience)
		return err_set(err, -ENOMEM, "tempo");
	for (size_t w = 0; w < t->n_windows; w++) {
		/* The window around column w * TEMPO_HOP, kept inside the sound. */
		size_t middle = w * TEMPO_HOP, first = middle > WINDOW / 2 ? middle - WINDOW / 2 : 0;
		if (first + WINDOW > n)
			first = n > WINDOW ? n - WINDOW : 0;
		autocorrelate(fft, pulse, n, first, buffer, bins, ac);
		for (size_t s = 0; s < STEPS; s++)
			t->salience[w * STEPS + s] = (float)salience(ac, t->bpm[s]);
	}
	return 0;
}

/* The way through the windows with the most salience and the least change. */
static int best_way(const struct tempogram *t, struct tempo_curve *ret, struct err *err)
{
	size_t n = t->n_windows;
	AUTO_MEM double *score = mem_new_array(2 * STEPS, sizeof(double));
	AUTO_MEM uint8_t *from = mem_new_array(n * STEPS, 1);
	ret->bpm = mem_new_array(n, sizeof(double));
	if (!score || !from || !ret->bpm)
		return err_set(err, -ENOMEM, "tempo");
	double step = log2(t->bpm[1] / t->bpm[0]);
	double *now = score, *last = score + STEPS;
	for (size_t w = 0; w < n; w++) {
		for (size_t s = 0; s < STEPS; s++) {
			double best = w ? -1e30 : 0;
			for (size_t p = 0; w > 0 && p < STEPS; p++) {
				double v = last[p] - JUMP_COST * step * fabs((double)p - (double)s);
				if (v > best) {
					best = v;
					from[w * STEPS + s] = (uint8_t)p;
				}
			}
			now[s] = best + t->usual[s] * (double)t->salience[w * STEPS + s];
		}
		double *swap = now;
		now = last;
		last = swap;
	}
	size_t at = 0;
	for (size_t s = 0; s < STEPS; s++)
		at = last[s] > last[at] ? s : at;
	for (size_t w = n; w-- > 0;) {
		ret->bpm[w] = t->bpm[at];
		at = from[w * STEPS + at];
	}
	ret->n = n;
	return 0;
}

/* The mean salience of each tempo over the whole sound. */
static void mean_salience(const struct tempogram *t, double ret[STEPS])
{
	memset(ret, 0, STEPS * sizeof(*ret));
	for (size_t w = 0; w < t->n_windows; w++)
		for (size_t s = 0; s < STEPS; s++)
			ret[s] += (double)t->salience[w * STEPS + s] / (double)t->n_windows;
}

/* The best step within 3 % of a tempo; STEPS when it is out of range. */
static size_t step_near(const struct tempogram *t, const double mean[STEPS], double bpm)
{
	size_t best = STEPS;
	for (size_t s = 0; s < STEPS; s++)
		if (fabs(t->bpm[s] / bpm - 1) < 0.03 && (best == STEPS || mean[s] > mean[best]))
			best = s;
	return best;
}

static bool is_steady(const struct tempo_curve *c)
{
	double lo = c->bpm[0], hi = c->bpm[0];
	for (size_t w = 1; w < c->n; w++) {
		lo = fmin(lo, c->bpm[w]);
		hi = fmax(hi, c->bpm[w]);
	}
	return hi < lo * STEADY;
}

/*
 * Three for two and four for three are mistakes that what is usual makes: even quavers fit each other in groups of two, three and
 * four, but only one of these groups comes again as it was. Between such tempi the sound alone decides.
 */
static bool settle(struct tempogram *t, const struct tempo_curve *c)
{
	static const double ratios[] = { 2.0 / 3, 3.0 / 4, 4.0 / 3, 3.0 / 2 };
	double mean[STEPS];
	mean_salience(t, mean);
	size_t at = step_near(t, mean, c->bpm[c->n / 2]), best = at;
	for (size_t i = 0; i < COUNT_OF(ratios) && at < STEPS && is_steady(c); i++) {
		size_t other = step_near(t, mean, c->bpm[c->n / 2] * ratios[i]);
		if (other < STEPS && mean[other] * sqrt(sqrt(t->usual[other])) > mean[best] * sqrt(sqrt(t->usual[best])) * CLEARLY)
			best = other;
	}
	for (size_t s = 0; s < STEPS && best != at; s++)
		t->usual[s] = fabs(log2(t->bpm[s] / t->bpm[best])) < log2(STEADY) ? t->usual[s] : 0;
	return best != at;
}

/* How clear it was: the mean salience on the way, and the best tempo that is another one. */
static void judge(const struct tempogram *t, struct tempo_curve *c)
{
	double mean[STEPS], on_way = 0;
	mean_salience(t, mean);
	for (size_t w = 0; w < t->n_windows; w++)
		for (size_t s = 0; s < STEPS; s++)
			if (t->bpm[s] == c->bpm[w])
				on_way += (double)t->salience[w * STEPS + s];
	c->confidence = fmin(1, on_way / (double)t->n_windows);
	size_t second = STEPS;
	for (size_t s = 0; s < STEPS; s++) {
		bool other = fabs(log2(t->bpm[s] / c->bpm[c->n / 2])) > 0.1;
		double v = mean[s] * usual(t->bpm[s]);
		if (other && v > 0 && (second == STEPS || v > mean[second] * usual(t->bpm[second])))
			second = s;
	}
	c->second_bpm = second < STEPS ? t->bpm[second] : 0;
}

int tempo_find(const float *pulse, size_t n, double bpm_min, double bpm_max, struct tempo_curve *ret, struct err *err)
{
	struct tempogram t = { .n_windows = n / TEMPO_HOP + 1 };
	*ret = (struct tempo_curve){ 0 };
	for (size_t s = 0; s < STEPS; s++)
		t.bpm[s] = bpm_min * pow(bpm_max / bpm_min, (double)s / (STEPS - 1));
	for (size_t s = 0; s < STEPS; s++)
		t.usual[s] = usual(t.bpm[s]);
	int code = tempogram_make(&t, pulse, n, err);
	if (code == 0)
		code = best_way(&t, ret, err);
	if (code == 0 && settle(&t, ret)) {
		tempo_curve_done(ret);
		code = best_way(&t, ret, err);
	}
	if (code == 0)
		judge(&t, ret);
	free(t.salience);
	if (code < 0)
		tempo_curve_done(ret);
	return code;
}

void tempo_curve_done(struct tempo_curve *c)
{
	free(c->bpm);
	c->bpm = NULL;
}
