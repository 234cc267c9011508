#include "audio/analysis.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define STEP_FRAMES 4096

double audio_db(double amplitude)
{
	return amplitude > 0 ? fmax(20 * log10(amplitude), AUDIO_DB_FLOOR) : AUDIO_DB_FLOOR;
}

double audio_from_db(double db)
{
	return pow(10, db / 20);
}

void audio_levels(const float *samples, size_t n_frames, uint32_t n_channels, struct audio_levels *ret)
{
	struct audio_levels l = { .n_frames = n_frames };
	size_t n = n_frames * n_channels;
	double sum = 0, power = 0;
	for (size_t i = 0; i < n; i++) {
		double v = (double)samples[i];
		l.peak = fmax(l.peak, fabs(v));
		l.n_clipped += fabs(v) >= 1.0;
		sum += v;
		power += v * v;
	}
	l.rms = n ? sqrt(power / (double)n) : 0;
	l.mean = n ? sum / (double)n : 0;
	*ret = l;
}

size_t audio_sounding_frames(const float *samples, size_t n_frames, uint32_t n_channels, double threshold_db)
{
	float threshold = (float)audio_from_db(threshold_db);
	size_t n = n_frames * n_channels;
	while (n > 0 && fabsf(samples[n - 1]) <= threshold)
		n--;
	return n_channels ? (n + n_channels - 1) / n_channels : 0;
}

/* The outline as it grows: frames arrive in order, each bucket is finished before the next begins. */
struct outline {
	struct audio_peak *peaks;
	size_t n_buckets, bucket;
	uint64_t n_frames, frame;
	double power;
	uint64_t n_samples; /* in the bucket so far */
};

static uint64_t bucket_end(const struct outline *o)
{
	return (uint64_t)((unsigned __int128)(o->bucket + 1) * o->n_frames / o->n_buckets);
}

static void bucket_close(struct outline *o)
{
	struct audio_peak *p = &o->peaks[o->bucket];
	if (o->n_samples > 0)
		p->rms = (float)sqrt(o->power / (double)o->n_samples);
	else if (o->bucket > 0)
		*p = p[-1];
	o->power = 0;
	o->n_samples = 0;
	o->bucket++;
}

static void outline_add(struct outline *o, const float *samples, size_t n_frames, uint32_t n_channels)
{
	for (size_t i = 0; i < n_frames; i++, o->frame++) {
		while (o->bucket < o->n_buckets && o->frame >= bucket_end(o))
			bucket_close(o);
		if (o->bucket == o->n_buckets)
			return;
		struct audio_peak *p = &o->peaks[o->bucket];
		for (uint32_t c = 0; c < n_channels; c++) {
			float v = samples[i * n_channels + c];
			p->min = o->n_samples == 0 || v < p->min ? v : p->min;
			p->max = o->n_samples == 0 || v > p->max ? v : p->max;
			o->power += (double)v * (double)v;
			o->n_samples++;
		}
	}
}

static int outline_begin(struct outline *o, struct audio_peak *ret, size_t n_buckets, uint64_t n_frames, struct err *err)
{
	if (n_buckets == 0)
		return err_field(err, -EINVAL, "n_buckets", "a waveform needs one bucket at least");
	memset(ret, 0, n_buckets * sizeof(*ret));
	*o = (struct outline){ .peaks = ret, .n_buckets = n_buckets, .n_frames = n_frames };
	return 0;
}

static void outline_end(struct outline *o)
{
	while (o->bucket < o->n_buckets)
		bucket_close(o);
}

/* From where the file stands. */
static int outline_file(struct audio_file *f, const char *path, int64_t n_frames, struct audio_peak *ret, size_t n_buckets, struct err *err)
{
	const struct audio_info *info = audio_file_info(f);
	AUTO_MEM float *step = mem_new_array((size_t)STEP_FRAMES * info->n_channels, sizeof(float));
	if (!step)
		return err_set(err, -ENOMEM, "outline of '%s'", path);
	struct outline o = { 0 };
	int code = outline_begin(&o, ret, n_buckets, (uint64_t)n_frames, err);
	size_t got = 1;
	while (code == 0 && got > 0 && o.bucket < o.n_buckets) {
		code = audio_file_read(f, step, STEP_FRAMES, &got, err);
		if (code == 0)
			outline_add(&o, step, got, info->n_channels);
	}
	if (code < 0)
		return err_wrap(err, code, "outline of '%s'", path);
	outline_end(&o);
	return 0;
}

int audio_file_peaks(const char *path, struct audio_peak *ret, size_t n_buckets, struct err *err)
{
	AUTO(audio_file) f = NULL;
	int code = audio_file_open(path, &f, err);
	return code < 0 ? code : outline_file(f, path, audio_file_info(f)->n_frames, ret, n_buckets, err);
}

int audio_file_peaks_of(const char *path, int64_t first, int64_t n_frames, struct audio_peak *ret, size_t n_buckets, struct err *err)
{
	AUTO(audio_file) f = NULL;
	if (first < 0 || n_frames < 0)
		return err_set(err, -EINVAL, "the outline of %lld frames from %lld on", (long long)n_frames, (long long)first);
	int code = audio_file_open(path, &f, err);
	if (code == 0)
		code = audio_file_seek(f, first, err);
	return code < 0 ? code : outline_file(f, path, n_frames, ret, n_buckets, err);
}

/* How alike the sound is to itself `lag` frames later: 1 for a perfect repetition. */
static double likeness(const float *x, size_t n, size_t lag)
{
	double product = 0, a = 0, b = 0;
	for (size_t i = 0; i + lag < n; i++) {
		product += (double)x[i] * (double)x[i + lag];
		a += (double)x[i] * (double)x[i];
		b += (double)x[i + lag] * (double)x[i + lag];
	}
	return a > 0 && b > 0 ? product / sqrt(a * b) : 0;
}

double audio_pitch_hz(const float *mono, size_t n_frames, uint32_t rate_hz, double min_hz, double max_hz)
{
	if (!(min_hz > 0) || !(max_hz > min_hz))
		return 0;
	size_t lo = (size_t)((double)rate_hz / max_hz), hi = (size_t)((double)rate_hz / min_hz) + 1;
	lo = lo < 2 ? 2 : lo;
	if (n_frames < 4 || hi > n_frames / 2)
		hi = n_frames / 2;
	if (hi < lo + 2)
		return 0;
	AUTO_MEM double *alike = mem_new_array(hi + 2, sizeof(double));
	if (!alike)
		return 0;
	double best = 0;
	for (size_t lag = lo - 1; lag <= hi; lag++) {
		alike[lag] = likeness(mono, n_frames, lag);
		best = fmax(best, alike[lag]);
	}
	if (best < 0.5)
		return 0;
	/* The first peak nearly as good as the best one: later ones are multiples of the period. */
	for (size_t lag = lo; lag < hi; lag++) {
		double l = alike[lag - 1], m = alike[lag], r = alike[lag + 1];
		if (m < 0.9 * best || m < l || m < r)
			continue;
		double bend = l - 2 * m + r, shift = bend < 0 ? 0.5 * (l - r) / bend : 0;
		return (double)rate_hz / ((double)lag + shift);
	}
	return 0;
}
