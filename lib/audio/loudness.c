/*
 * loudness.c - integrated loudness after ITU-R BS.1770-4.
 *
 * The two K-weighting filters are designed for the rate at hand from the analogue prototypes' frequencies: a shelf
 * of +4 dB above 1682 Hz and a high pass at 38 Hz. All channels weigh the same (surround weights are not known here).
 */
#include "audio/analysis.h"

#include "base/limits.h"
#include "base/mem.h"

#include <math.h>

#include "base/banned.h"

#define BLOCK_MS      400
#define OVERLAP       4 /* a block begins every quarter of its length */
#define GATE_LUFS     (-70.0)
#define GATE_RELATIVE (-10.0)

struct biquad {
	double b0, b1, b2, a1, a2;
};

struct biquad_memory {
	double z1, z2;
};

static double biquad_step(const struct biquad *f, struct biquad_memory *m, double x)
{
	double y = f->b0 * x + m->z1;
	m->z1 = f->b1 * x - f->a1 * y + m->z2;
	m->z2 = f->b2 * x - f->a2 * y;
	return y;
}

static struct biquad shelf(double rate)
{
	double k = tan(M_PI * 1681.9744509555319 / rate), q = 0.7071752369554193;
	double vh = pow(10, 3.99984385397 / 20), vb = pow(vh, 0.499666774155), a0 = 1 + k / q + k * k;
	return (struct biquad){
		.b0 = (vh + vb * k / q + k * k) / a0,
		.b1 = 2 * (k * k - vh) / a0,
		.b2 = (vh - vb * k / q + k * k) / a0,
		.a1 = 2 * (k * k - 1) / a0,
		.a2 = (1 - k / q + k * k) / a0,
	};
}

static struct biquad high_pass(double rate)
{
	double k = tan(M_PI * 38.13547087613982 / rate), q = 0.5003270373253953, a0 = 1 + k / q + k * k;
	return (struct biquad){ 1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0 };
}

static double lufs(double power)
{
	return power > 0 ? -0.691 + 10 * log10(power) : AUDIO_DB_FLOOR;
}

static double mean_above(const double *power, size_t n, double gate)
{
	double sum = 0;
	size_t n_in = 0;
	for (size_t i = 0; i < n; i++) {
		if (lufs(power[i]) > gate) {
			sum += power[i];
			n_in++;
		}
	}
	return n_in ? sum / (double)n_in : 0;
}

/* The power of each step of a quarter block, summed over the channels. */
static void step_powers(const float *samples, size_t n_steps, size_t step, uint32_t n_channels, uint32_t rate_hz,
			double *ret)
{
	struct biquad f1 = shelf(rate_hz), f2 = high_pass(rate_hz);
	for (uint32_t c = 0; c < n_channels; c++) {
		struct biquad_memory m1 = { 0, 0 }, m2 = { 0, 0 };
		for (size_t s = 0; s < n_steps; s++) {
			double sum = 0;
			for (size_t i = s * step; i < (s + 1) * step; i++) {
				double y = biquad_step(&f1, &m1, (double)samples[i * n_channels + c]);
				y = biquad_step(&f2, &m2, y);
				sum += y * y;
			}
			ret[s] += sum / (double)step;
		}
	}
}

double audio_loudness_lufs(const float *samples, size_t n_frames, uint32_t n_channels, uint32_t rate_hz)
{
	size_t step = (size_t)rate_hz * BLOCK_MS / 1000 / OVERLAP, n_steps = step ? n_frames / step : 0;
	/* Below this rate the shelf's frequency lies beyond Nyquist. */
	if (rate_hz < 4000 || n_steps < OVERLAP)
		return AUDIO_DB_FLOOR;
	AUTO_MEM double *power = mem_new_array(n_steps, sizeof(double));
	if (!power)
		return AUDIO_DB_FLOOR;
	step_powers(samples, n_steps, step, n_channels, rate_hz, power);
	size_t n_blocks = n_steps - OVERLAP + 1;
	for (size_t b = 0; b < n_blocks; b++) {
		double sum = 0;
		for (size_t i = 0; i < OVERLAP; i++)
			sum += power[b + i];
		power[b] = sum / OVERLAP;
	}
	double ungated = mean_above(power, n_blocks, GATE_LUFS);
	if (ungated <= 0)
		return AUDIO_DB_FLOOR;
	return lufs(mean_above(power, n_blocks, fmax(GATE_LUFS, lufs(ungated) + GATE_RELATIVE)));
}
