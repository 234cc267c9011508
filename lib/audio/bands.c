/* bands.c - spectra in bands: triangles on a linear, logarithmic or mel scale. */
#include "audio/spectrum.h"

#include <math.h>

#include "base/banned.h"

struct band {
	size_t first, n;    /* bins */
	const float *weights;
};

struct bands {
	size_t n;
	struct band *bands;
	float *weights;
};

static double to_scale(enum band_scale scale, double hz)
{
	return scale == BAND_LOG ? log(fmax(hz, 1e-3)) : scale == BAND_MEL ? log1p(hz / 700) : hz;
}

static double from_scale(enum band_scale scale, double v)
{
	return scale == BAND_LOG ? exp(v) : scale == BAND_MEL ? 700 * expm1(v) : v;
}

double band_place(enum band_scale scale, double lo_hz, double hi_hz, double hz)
{
	double lo = to_scale(scale, lo_hz), hi = to_scale(scale, hi_hz);
	return (to_scale(scale, hz) - lo) / (hi - lo);
}

double band_hz(enum band_scale scale, double lo_hz, double hi_hz, double place)
{
	double lo = to_scale(scale, lo_hz), hi = to_scale(scale, hi_hz);
	return from_scale(scale, lo + place * (hi - lo));
}

/* The triangle with its top at `mid` as weights of bins; one bin at least, the nearest one, but none beyond half the rate. */
static void triangle(struct band *b, float *weights, double lo, double mid, double hi, double bin_hz, size_t n_bins)
{
	size_t first = (size_t)ceil(lo / bin_hz), end = (size_t)floor(hi / bin_hz) + 1;
	double sum = 0;
	end = end > n_bins ? n_bins : end;
	b->first = first;
	b->n = 0;
	for (size_t i = first; i < end; i++) {
		double hz = (double)i * bin_hz, w = hz < mid ? (hz - lo) / (mid - lo) : (hi - hz) / (hi - mid);
		weights[b->n++] = (float)fmax(w, 0);
		sum += fmax(w, 0);
	}
	if (!(sum > 0) && mid <= (double)(n_bins - 1) * bin_hz) {
		size_t nearest = (size_t)lround(mid / bin_hz);
		b->first = nearest < n_bins ? nearest : n_bins - 1;
		b->n = 1;
		weights[0] = 1;
		sum = 1;
	}
	for (size_t i = 0; i < b->n; i++)
		weights[i] /= (float)sum;
	b->weights = weights;
}

int bands_new(enum band_scale scale, size_t n_bands, double lo_hz, double hi_hz, size_t fft_frames, uint32_t rate_hz,
	      struct bands **ret, struct err *err)
{
	size_t n_bins = fft_frames / 2 + 1;
	if (n_bands < 1 || n_bands > 65536 || !(lo_hz >= 0) || !(hi_hz > lo_hz) || hi_hz > 1e6)
		return err_set(err, -EINVAL, "%zu bands from %g to %g Hz", n_bands, lo_hz, hi_hz);
	AUTO(bands) b = calloc(1, sizeof(*b));
	if (!b)
		return err_set(err, -ENOMEM, "bands");
	b->n = n_bands;
	b->bands = mem_new_array(n_bands, sizeof(*b->bands));
	/* A bin lies under two triangles, and an empty triangle takes one bin. */
	b->weights = mem_new_array(2 * n_bins + 3 * n_bands, sizeof(float));
	if (!b->bands || !b->weights)
		return err_set(err, -ENOMEM, "%zu bands", n_bands);
	float *weights = b->weights;
	double bin_hz = (double)rate_hz / (double)fft_frames, step = 1.0 / (double)(n_bands + 1);
	for (size_t i = 0; i < n_bands; i++) {
		double lo = band_hz(scale, lo_hz, hi_hz, (double)i * step), mid = band_hz(scale, lo_hz, hi_hz, (double)(i + 1) * step);
		triangle(&b->bands[i], weights, lo, mid, band_hz(scale, lo_hz, hi_hz, (double)(i + 2) * step), bin_hz, n_bins);
		weights += b->bands[i].n;
	}
	*ret = TAKE(b);
	return 0;
}

void bands_free(struct bands *b)
{
	if (!b)
		return;
	free(b->bands);
	free(b->weights);
	free(b);
}

void bands_apply(const struct bands *b, const float *power, float *ret)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct band *one = &b->bands[i];
		const float *x = power + one->first;
		float sum = 0;
		for (size_t j = 0; j < one->n; j++)
			sum += one->weights[j] * x[j];
		ret[i] = sum;
	}
}
