#include "audio/pitch.h"

#include "audio/analysis.h"
#include "audio/fft.h"
#include "audio/mono.h"
#include "audio/pitch_path_priv.h"
#include "base/limits.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* Fewer samples would not place high tones well, more would not place them better. */
#define RATE_LEAST_HZ 20000
#define RATE_MOST_HZ  32000
#define WINDOW_S     0.036
#define USUAL_HZ     200.0 /* windows are centred for this one */
#define DIP_MOST     0.6   /* of the cumulative mean: a shallower dip is none */
#define OCTAVE_BIAS  0.02  /* for the shorter period, each octave */

struct yin {
	double rate_hz;
	size_t window, lag_lo, lag_hi;
	struct fft *fft;
	float *frame, *part, *bins, *part_bins, *dips; /* dips[lag]: the cumulative mean difference */
};

struct tracking {
	struct yin yin;
	float *line; /* samples from line_start on */
	size_t n_line, room_line;
	int64_t line_start, n_fed;
	struct pitch_track *track;
	struct pitch_candidates *candidates;
	size_t room, room_candidates;
};

double pitch_key(double hz)
{
	return 69 + 12 * log2(hz / 440);
}

double pitch_hz(double key)
{
	return 440 * pow(2, (key - 69) / 12);
}

static int yin_init(struct yin *y, double rate_hz, double lo_hz, double hi_hz, struct err *err)
{
	y->rate_hz = rate_hz;
	y->lag_hi = (size_t)ceil(rate_hz / lo_hz) + 2;
	y->lag_lo = (size_t)fmax(2, floor(rate_hz / hi_hz) - 1);
	y->window = (size_t)(fmax(WINDOW_S, 1.2 / lo_hz) * rate_hz);
	if (y->lag_lo + 2 >= y->lag_hi)
		return err_field(err, -EINVAL, "hi_hz", "pitches from %g to %g Hz cannot be found at %g Hz", lo_hz, hi_hz, rate_hz);
	size_t n = fft_fast_size(y->window + y->lag_hi + 1);
	int code = fft_new(n, &y->fft, err);
	if (code < 0)
		return code;
	y->frame = mem_new_array(n, sizeof(float));
	y->part = mem_new_array(n, sizeof(float));
	y->bins = mem_new_array(n + 2, sizeof(float));
	y->part_bins = mem_new_array(n + 2, sizeof(float));
	y->dips = mem_new_array(y->lag_hi + 2, sizeof(float));
	return y->frame && y->part && y->bins && y->part_bins && y->dips ? 0 : err_set(err, -ENOMEM, "pitch");
}

static void yin_done(struct yin *y)
{
	fft_free(y->fft);
	free(y->frame);
	free(y->part);
	free(y->bins);
	free(y->part_bins);
	free(y->dips);
}

/* frame becomes the sums of x[i] * x[i + lag] over the window. */
static void correlate(struct yin *y, const float *x)
{
	size_t n = fft_size(y->fft), all = y->window + y->lag_hi;
	memcpy(y->frame, x, all * sizeof(float));
	memset(y->frame + all, 0, (n - all) * sizeof(float));
	memcpy(y->part, x, y->window * sizeof(float));
	memset(y->part + y->window, 0, (n - y->window) * sizeof(float));
	fft_forward(y->fft, y->frame, y->bins);
	fft_forward(y->fft, y->part, y->part_bins);
	for (size_t k = 0; k < fft_bins(y->fft); k++) {
		float a = y->bins[2 * k], b = y->bins[2 * k + 1], c = y->part_bins[2 * k], d = y->part_bins[2 * k + 1];
		y->bins[2 * k] = a * c + b * d;
		y->bins[2 * k + 1] = b * c - a * d;
	}
	fft_inverse(y->fft, y->bins, y->frame);
}

/* The difference at each lag, divided by its mean over the shorter lags: 1 at first, near 0 at a period. */
static double differences(struct yin *y, const float *x)
{
	double power = 0, sum = 0;
	for (size_t i = 0; i < y->window; i++)
		power += (double)x[i] * (double)x[i];
	correlate(y, x);
	double moved = power;
	y->dips[0] = 1;
	for (size_t lag = 1; lag <= y->lag_hi; lag++) {
		double out = (double)x[lag - 1], in = (double)x[lag - 1 + y->window];
		moved += in * in - out * out;
		double d = fmax(0, power + moved - 2 * (double)y->frame[lag]);
		sum += d;
		y->dips[lag] = sum > 1e-12 ? (float)(d * (double)lag / sum) : 1;
	}
	return power / (double)y->window;
}

static void add_candidate(struct pitch_candidates *c, float hz, float strength)
{
	size_t at = c->n;
	if (c->n == PITCH_CANDIDATES) {
		at = 0;
		for (size_t i = 1; i < c->n; i++)
			at = c->strength[i] < c->strength[at] ? i : at;
		if (c->strength[at] >= strength)
			return;
	} else {
		c->n++;
	}
	c->hz[at] = hz;
	c->strength[at] = strength;
}

static void find_candidates(const struct yin *y, struct pitch_candidates *c)
{
	c->n = 0;
	for (size_t lag = y->lag_lo; lag < y->lag_hi; lag++) {
		double l = (double)y->dips[lag - 1], m = (double)y->dips[lag], r = (double)y->dips[lag + 1];
		if (m > DIP_MOST || m > l || m >= r)
			continue;
		double bend = l - 2 * m + r, shift = bend > 0 ? 0.5 * (l - r) / bend : 0;
		double period = (double)lag + shift, depth = fmax(0, m - 0.25 * (l - r) * shift);
		double bias = OCTAVE_BIAS * log2((double)y->lag_hi / period);
		add_candidate(c, (float)(y->rate_hz / period), (float)fmin(1, 1 - depth + bias));
	}
}

static int add_point(struct tracking *t, const float *x, struct err *err)
{
	struct pitch_track *track = t->track;
	if (mem_grow(&track->v, &t->room, track->n + 1, sizeof(*track->v)) < 0 ||
	    mem_grow(&t->candidates, &t->room_candidates, track->n + 1, sizeof(*t->candidates)) < 0)
		return err_set(err, -ENOMEM, "pitch");
	double power = differences(&t->yin, x);
	t->candidates[track->n] = (struct pitch_candidates){ 0 };
	if (power > 1e-10)
		find_candidates(&t->yin, &t->candidates[track->n]);
	track->v[track->n++] = (struct pitch_point){ .level_db = power > 1e-20 ? (float)(10 * log10(power)) : (float)AUDIO_DB_FLOOR };
	return 0;
}

/* Where the window of the next point begins. */
static int64_t next_start(const struct tracking *t)
{
	double half = ((double)t->yin.window + t->yin.rate_hz / USUAL_HZ) / 2;
	return (int64_t)((double)t->track->n * t->yin.rate_hz / PITCH_HZ - half);
}

/* Gives n samples (NULL: silence); makes the points whose windows are whole and that lie before `limit`. */
static int feed(struct tracking *t, const float *x, size_t n, int64_t limit, struct err *err)
{
	size_t need = t->yin.window + t->yin.lag_hi;
	if (mem_grow(&t->line, &t->room_line, t->n_line + n, sizeof(float)) < 0)
		return err_set(err, -ENOMEM, "pitch");
	if (x)
		memcpy(t->line + t->n_line, x, n * sizeof(float));
	else
		memset(t->line + t->n_line, 0, n * sizeof(float));
	t->n_line += n;
	int64_t end = t->line_start + (int64_t)t->n_line, start;
	while ((start = next_start(t)) + (int64_t)need <= end && (double)t->track->n * t->yin.rate_hz / PITCH_HZ < (double)limit) {
		int code = add_point(t, t->line + (start - t->line_start), err);
		if (code < 0)
			return code;
	}
	int64_t drop = (start < end ? start : end) - t->line_start;
	if (drop > 0) {
		t->n_line -= (size_t)drop;
		memmove(t->line, t->line + drop, t->n_line * sizeof(float));
		t->line_start += drop;
	}
	return 0;
}

static int track_all(struct tracking *t, struct mono *m, const struct model_watch *watch, struct err *err)
{
	size_t before = (size_t)(-next_start(t));
	t->line_start = -(int64_t)before;
	int code = feed(t, NULL, before, INT64_MAX, err);
	for (size_t n = 1; code == 0 && n > 0;) {
		const float *x;
		if (model_cancelled(watch))
			return err_set(err, -ECANCELED, "cancelled");
		model_progress(watch, 0.9 * mono_fraction(m), "pitch");
		code = mono_read(m, &x, &n, NULL, NULL, err);
		if (code < 0)
			return code;
		t->n_fed += (int64_t)n;
		if ((double)t->n_fed > (double)LIMIT_LISTEN_SECONDS * t->yin.rate_hz)
			return err_set(err, -EMSGSIZE, "more than %d s of audio, which is what is analysed at most", LIMIT_LISTEN_SECONDS);
		code = feed(t, x, n, INT64_MAX, err);
	}
	return code < 0 ? code : feed(t, NULL, t->yin.window + t->yin.lag_hi, t->n_fed, err);
}

static int open_at_rate(const char *path, struct mono **ret, struct err *err)
{
	AUTO(mono) m = NULL;
	int code = mono_open(path, 0, &m, err);
	if (code < 0)
		return code;
	uint32_t rate_hz = mono_rate_hz(m), by = (rate_hz + RATE_MOST_HZ - 1) / RATE_MOST_HZ, wanted = (rate_hz + by - 1) / by;
	while (wanted < RATE_LEAST_HZ)
		wanted *= 2;
	if (wanted != rate_hz) {
		mono_close(TAKE(m));
		code = mono_open(path, wanted, &m, err);
	}
	*ret = TAKE(m);
	return code;
}

static int track_file(struct tracking *t, const char *path, double lo_hz, double hi_hz, const struct model_watch *watch, struct err *err)
{
	AUTO(mono) m = NULL;
	int code = open_at_rate(path, &m, err);
	if (code == 0)
		code = yin_init(&t->yin, mono_rate_hz(m), lo_hz, fmin(hi_hz, mono_info(m)->rate_hz / 2.2), err);
	if (code == 0)
		code = track_all(t, m, watch, err);
	if (code < 0)
		return code;
	/* A point whose centre is in the sound is there; what lies behind the end is not asked for. */
	pitch_steps_path(t->candidates, t->track->n, t->track->v);
	t->track->duration_s = (double)t->n_fed / t->yin.rate_hz;
	return 0;
}

int pitch_track_of(const char *path, const struct pitch_options *o, const struct model_watch *watch, struct pitch_track *ret,
		   struct err *err)
{
	double lo = o->lo_hz > 0 ? o->lo_hz : 60, hi = o->hi_hz > 0 ? o->hi_hz : 1400;
	if (!(lo >= PITCH_LOWEST && hi <= PITCH_HIGHEST && lo * 1.2 <= hi))
		return err_field(err, -EINVAL, "lo_hz", "pitches from %g to %g Hz, allowed are %g to %g, at least 20 %% apart", lo, hi, PITCH_LOWEST,
				 PITCH_HIGHEST);
	struct pitch_track track = { 0 };
	struct tracking t = { .track = &track };
	int code = track_file(&t, path, lo, hi, watch, err);
	yin_done(&t.yin);
	free(t.line);
	free(t.candidates);
	if (code < 0) {
		pitch_track_done(&track);
		return err_wrap(err, code, "'%s'", path);
	}
	*ret = track;
	return 0;
}

void pitch_track_done(struct pitch_track *t)
{
	free(t->v);
	*t = (struct pitch_track){ 0 };
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

void pitch_summarise(const struct pitch_track *t, struct pitch_summary *ret)
{
	struct pitch_summary s = { 0 };
	AUTO_MEM float *hz = mem_new_array(t->n, sizeof(float));
	size_t n = 0;
	double re = 0, im = 0;
	for (size_t k = 0; hz && k < t->n; k++) {
		if (!(t->v[k].hz > 0))
			continue;
		hz[n++] = t->v[k].hz;
		s.confidence += (double)t->v[k].confidence;
		re += cos(2 * M_PI * pitch_key((double)t->v[k].hz));
		im += sin(2 * M_PI * pitch_key((double)t->v[k].hz));
	}
	if (n > 0) {
		qsort(hz, n, sizeof(*hz), by_size);
		s.voiced = (double)n / (double)t->n;
		s.median_hz = (double)hz[n / 2];
		s.lo_hz = (double)hz[n / 20];
		s.hi_hz = (double)hz[n - 1 - n / 20];
		s.confidence /= (double)n;
		s.tuning_cents = 100 * atan2(im, re) / (2 * M_PI);
	}
	*ret = s;
}
