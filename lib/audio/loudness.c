/*
 * loudness.c - the meter: K weighting, powers of steps of 100 ms, and what is made of them.
 *
 * The two K-weighting filters are designed for the rate at hand from the analogue prototypes' frequencies: a shelf
 * of +4 dB above 1682 Hz and a high pass at 38 Hz.
 */
#include "audio/loudness.h"

#include "audio/analysis.h"
#include "audio/true_peak_priv.h"
#include "base/limits.h"
#include "dsp/vec.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define STEPS_PER_S    10
#define MOMENTARY      4  /* steps */
#define SHORT_TERM     30
#define GATE_LUFS      (-70.0)
#define GATE_LU        (-10.0)
#define RANGE_GATE_LU  (-20.0)
#define RANGE_LO       0.10
#define RANGE_HI       0.95
#define RATE_LOWEST_HZ 4000 /* below, the shelf's frequency is too close to half the rate */

struct biquad {
	double b0, b1, b2, a1, a2;
};

struct biquad_memory {
	v2df z1, z2;
};

struct channel_pair {
	struct biquad_memory shelf, high_pass;
	v2df sum; /* of squares, of the step under way */
};

struct loudness_meter {
	uint32_t n_channels, rate_hz;
	struct biquad shelf, high_pass;
	struct channel_pair *pairs; /* (n_channels + 1) / 2 */
	struct true_peak *peak; /* NULL when nobody asked */
	double weight[LIMIT_AUDIO_CHANNELS];
	double *steps; /* mean power of each 100 ms, over the weighted channels */
	size_t n_steps, room;
	int64_t frame;
};

/* Two channels at once; each comes out as if it were alone. */
static v2df biquad_step(const struct biquad *f, struct biquad_memory *m, v2df x)
{
	v2df y = f->b0 * x + m->z1;
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

static void weigh_channels(struct loudness_meter *m)
{
	for (uint32_t c = 0; c < m->n_channels; c++)
		m->weight[c] = 1;
	if (m->n_channels == 5 || m->n_channels == 6)
		m->weight[m->n_channels - 1] = m->weight[m->n_channels - 2] = 1.41;
	if (m->n_channels == 6)
		m->weight[3] = 0;
}

int loudness_meter_new(uint32_t n_channels, uint32_t rate_hz, enum loudness_parts parts, struct loudness_meter **ret, struct err *err)
{
	if (n_channels < 1 || n_channels > LIMIT_AUDIO_CHANNELS || rate_hz < 1)
		return err_field(err, -EINVAL, "n_channels", "%u channels at %u Hz, allowed are 1 to %d", n_channels, rate_hz,
				 LIMIT_AUDIO_CHANNELS);
	AUTO(loudness_meter) m = calloc(1, sizeof(*m));
	if (!m)
		return err_set(err, -ENOMEM, "loudness");
	m->n_channels = n_channels;
	m->rate_hz = rate_hz;
	m->shelf = shelf(rate_hz);
	m->high_pass = high_pass(rate_hz);
	m->pairs = mem_new_array(n_channels / 2 + 1, sizeof(*m->pairs));
	m->peak = parts == LOUDNESS_ALL ? true_peak_new(n_channels, rate_hz) : NULL;
	if (!m->pairs || (parts == LOUDNESS_ALL && !m->peak))
		return err_set(err, -ENOMEM, "loudness");
	weigh_channels(m);
	*ret = TAKE(m);
	return 0;
}

void loudness_meter_free(struct loudness_meter *m)
{
	if (!m)
		return;
	free(m->pairs);
	true_peak_free(m->peak);
	free(m->steps);
	free(m);
}

/* Channels c and d, which may be the same. */
static void run_pair(struct loudness_meter *m, const float *samples, size_t n_frames, uint32_t c, uint32_t d)
{
	struct channel_pair p = m->pairs[c / 2];
	for (size_t i = 0; i < n_frames; i++) {
		const float *frame = samples + i * m->n_channels;
		v2df y = biquad_step(&m->shelf, &p.shelf, (v2df){ (double)frame[c], (double)frame[d] });
		y = biquad_step(&m->high_pass, &p.high_pass, y);
		p.sum += y * y;
	}
	m->pairs[c / 2] = p;
}

static void run_filters(struct loudness_meter *m, const float *samples, size_t n_frames)
{
	for (uint32_t c = 0; c < m->n_channels; c += 2)
		run_pair(m, samples, n_frames, c, c + 1 < m->n_channels ? c + 1 : c);
}

/* What the step under way summed up to, over the weighted channels; the next one begins. */
static double take_sum(struct loudness_meter *m)
{
	double total = 0;
	for (uint32_t c = 0; c < m->n_channels; c++)
		total += m->weight[c] * m->pairs[c / 2].sum[c % 2];
	for (uint32_t c = 0; c < m->n_channels; c += 2)
		m->pairs[c / 2].sum = (v2df){ 0, 0 };
	return total;
}

/* Step k covers the frames from k * rate / 10 to (k + 1) * rate / 10. */
static int64_t step_end(const struct loudness_meter *m, size_t step)
{
	return (int64_t)(step + 1) * m->rate_hz / STEPS_PER_S;
}

int loudness_meter_feed(struct loudness_meter *m, const float *samples, size_t n_frames, struct err *err)
{
	if (m->peak)
		true_peak_feed(m->peak, samples, n_frames);
	while (n_frames > 0 && m->rate_hz >= RATE_LOWEST_HZ) {
		int64_t end = step_end(m, m->n_steps), left = end - m->frame;
		size_t now = (int64_t)n_frames < left ? n_frames : (size_t)left;
		run_filters(m, samples, now);
		m->frame += (int64_t)now;
		samples += now * m->n_channels;
		n_frames -= now;
		if (m->frame < end)
			break;
		if (mem_grow(&m->steps, &m->room, m->n_steps + 1, sizeof(double)) < 0)
			return err_set(err, -ENOMEM, "loudness after %zu steps", m->n_steps);
		int64_t begin = m->n_steps > 0 ? step_end(m, m->n_steps - 1) : 0;
		m->steps[m->n_steps++] = take_sum(m) / (double)(end - begin);
	}
	return 0;
}

static double lufs(double power)
{
	return power > 0 ? fmax(-0.691 + 10 * log10(power), AUDIO_DB_FLOOR) : AUDIO_DB_FLOOR;
}

static double power_of(double lufs_)
{
	return pow(10, (lufs_ + 0.691) / 10);
}

static double block_power(const struct loudness_meter *m, size_t first, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += m->steps[first + i];
	return sum / (double)n;
}

static size_t n_blocks_of(const struct loudness_meter *m, size_t n)
{
	return m->n_steps >= n ? m->n_steps - n + 1 : 0;
}

/* The mean power of the blocks of n steps that are above the gate. */
static double mean_above(const struct loudness_meter *m, size_t n, double gate_lufs)
{
	double sum = 0, gate = power_of(gate_lufs);
	size_t n_in = 0;
	for (size_t b = 0; b < n_blocks_of(m, n); b++) {
		double power = block_power(m, b, n);
		if (power > gate) {
			sum += power;
			n_in++;
		}
	}
	return n_in ? sum / (double)n_in : 0;
}

static double loudest(const struct loudness_meter *m, size_t n)
{
	double best = 0;
	for (size_t b = 0; b < n_blocks_of(m, n); b++)
		best = fmax(best, block_power(m, b, n));
	return lufs(best);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void measure_range(const struct loudness_meter *m, struct loudness *ret)
{
	ret->range_lo_lufs = ret->range_hi_lufs = AUDIO_DB_FLOOR;
	double gate = fmax(GATE_LUFS, lufs(mean_above(m, SHORT_TERM, GATE_LUFS)) + RANGE_GATE_LU);
	size_t n = n_blocks_of(m, SHORT_TERM), n_in = 0;
	AUTO_MEM double *in = mem_new_array(n, sizeof(double));
	for (size_t b = 0; in && b < n; b++) {
		double power = block_power(m, b, SHORT_TERM);
		if (power >= power_of(gate))
			in[n_in++] = power;
	}
	if (n_in == 0)
		return;
	qsort(in, n_in, sizeof(*in), by_size);
	ret->range_lo_lufs = lufs(in[(size_t)lround(RANGE_LO * (double)(n_in - 1))]);
	ret->range_hi_lufs = lufs(in[(size_t)lround(RANGE_HI * (double)(n_in - 1))]);
	ret->range_lu = ret->range_hi_lufs - ret->range_lo_lufs;
}

void loudness_meter_read(const struct loudness_meter *m, struct loudness *ret)
{
	struct loudness l = { 0 };
	double ungated = mean_above(m, MOMENTARY, GATE_LUFS);
	l.integrated_lufs = ungated > 0 ? lufs(mean_above(m, MOMENTARY, fmax(GATE_LUFS, lufs(ungated) + GATE_LU))) : AUDIO_DB_FLOOR;
	l.momentary_max_lufs = loudest(m, MOMENTARY);
	l.short_term_max_lufs = loudest(m, SHORT_TERM);
	l.true_peak_db = audio_db(m->peak ? true_peak_read(m->peak, &l.sample_peak_db) : 0);
	l.sample_peak_db = audio_db(l.sample_peak_db);
	l.peak_to_loudness_lu = m->peak && l.integrated_lufs > AUDIO_DB_FLOOR ? l.true_peak_db - l.integrated_lufs : 0;
	measure_range(m, &l);
	*ret = l;
}

size_t loudness_meter_curve(const struct loudness_meter *m, size_t n_blocks, float *ret, size_t room)
{
	size_t n = n_blocks > 0 ? n_blocks_of(m, n_blocks) : 0;
	for (size_t b = 0; b < n && b < room; b++)
		ret[b] = (float)lufs(block_power(m, b, n_blocks));
	return n;
}

double audio_loudness_lufs(const float *samples, size_t n_frames, uint32_t n_channels, uint32_t rate_hz)
{
	AUTO(loudness_meter) m = NULL;
	struct loudness l;
	if (loudness_meter_new(n_channels, rate_hz, LOUDNESS_NO_PEAKS, &m, NULL) < 0 || loudness_meter_feed(m, samples, n_frames, NULL) < 0)
		return AUDIO_DB_FLOOR;
	loudness_meter_read(m, &l);
	return l.integrated_lufs;
}
