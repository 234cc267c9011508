#include "audio/true_peak_priv.h"

#include "base/mem.h"
#include "dsp/vec.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define TAPS       24 /* of each phase */
#define PHASES_MAX 4
#define PIECE      512
#define KAISER     7.0

struct true_peak {
	uint32_t n_channels, n_phases;
	float taps[PHASES_MAX][TAPS];
	float reach; /* the largest sum of sizes of a phase's taps */
	float *lines; /* of each channel: TAPS - 1 samples of before, then a piece */
	float peak, sample_peak;
};

static double bessel_i0(double x)
{
	double sum = 1, term = 1;
	for (int k = 1; k < 40; k++) {
		term *= x / (2 * k) * (x / (2 * k));
		sum += term;
	}
	return sum;
}

static void make_taps(struct true_peak *t)
{
	for (uint32_t p = 0; p < t->n_phases; p++) {
		double sum = 0, taps[TAPS];
		for (int i = 0; i < TAPS; i++) {
			double x = i - (TAPS / 2 - 1) - (double)p / t->n_phases, at = x / (TAPS / 2.0);
			double window = fabs(at) < 1 ? bessel_i0(KAISER * sqrt(1 - at * at)) / bessel_i0(KAISER) : 0;
			taps[i] = (fabs(x) < 1e-12 ? 1 : sin(M_PI * x) / (M_PI * x)) * window;
			sum += taps[i];
		}
		float reach = 0;
		for (int i = 0; i < TAPS; i++) {
			t->taps[p][i] = (float)(taps[i] / sum);
			reach += fabsf(t->taps[p][i]);
		}
		t->reach = fmaxf(t->reach, reach);
	}
}

struct true_peak *true_peak_new(uint32_t n_channels, uint32_t rate_hz)
{
	struct true_peak *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->n_channels = n_channels;
	t->n_phases = rate_hz < 96000 ? 4 : rate_hz < 192000 ? 2 : 1;
	t->lines = mem_new_array((size_t)n_channels * (TAPS - 1 + PIECE), sizeof(float));
	if (!t->lines) {
		free(t);
		return NULL;
	}
	make_taps(t);
	return t;
}

void true_peak_free(struct true_peak *t)
{
	if (!t)
		return;
	free(t->lines);
	free(t);
}

static float largest(const float *x, size_t n)
{
	float most = 0;
	for (size_t i = 0; i < n; i++)
		most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
	return most;
}

static float phase_peak(const float *taps, const float *line, size_t n, float peak)
{
	v4sf most = v4_of(0);
	size_t i = 0;
	/* Four outputs at once, each summed in the order of the taps. */
	for (; i + 4 <= n; i += 4) {
		v4sf y = v4_of(0);
		for (size_t k = 0; k < TAPS; k++)
			y += v4_of(taps[k]) * v4_load(line + i + k);
		v4sf size = (v4sf)((v4si)y & INT32_MAX);
		v4si more = size > most;
		most = (v4sf)((more & (v4si)size) | (~more & (v4si)most));
	}
	for (int k = 0; k < 4; k++)
		peak = most[k] > peak ? most[k] : peak;
	for (; i < n; i++) {
		float y = 0;
		for (size_t k = 0; k < TAPS; k++)
			y += taps[k] * line[i + k];
		peak = fabsf(y) > peak ? fabsf(y) : peak;
	}
	return peak;
}

/* The peak of n outputs of each phase, from line[0 .. n + TAPS - 1). */
static float between(const struct true_peak *t, const float *line, size_t n, float peak)
{
	if (t->n_phases == 1 || largest(line, n + TAPS - 1) * t->reach <= peak)
		return peak;
	for (uint32_t p = 1; p < t->n_phases; p++)
		peak = phase_peak(t->taps[p], line, n, peak);
	return peak;
}

void true_peak_feed(struct true_peak *t, const float *samples, size_t n_frames)
{
	while (n_frames > 0) {
		size_t now = n_frames < PIECE ? n_frames : PIECE;
		for (uint32_t c = 0; c < t->n_channels; c++) {
			float *line = t->lines + (size_t)c * (TAPS - 1 + PIECE);
			for (size_t i = 0; i < now; i++)
				line[TAPS - 1 + i] = samples[i * t->n_channels + c];
			float sample = largest(line + TAPS - 1, now);
			t->sample_peak = fmaxf(t->sample_peak, sample);
			t->peak = between(t, line, now, fmaxf(t->peak, sample));
			memmove(line, line + now, (TAPS - 1) * sizeof(float));
		}
		samples += now * t->n_channels;
		n_frames -= now;
	}
}

double true_peak_read(const struct true_peak *t, double *ret_sample)
{
	float peak = t->peak, line[2 * TAPS] = { 0 };
	for (uint32_t c = 0; c < t->n_channels; c++) {
		memcpy(line, t->lines + (size_t)c * (TAPS - 1 + PIECE), (TAPS - 1) * sizeof(float));
		peak = between(t, line, TAPS, peak);
	}
	*ret_sample = (double)t->sample_peak;
	return (double)peak;
}
