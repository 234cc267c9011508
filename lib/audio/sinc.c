#include "audio/sinc_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define ZERO_CROSSINGS 32
#define KAISER_BETA    10.0
/* The pass band ends this far below the lower Nyquist frequency, so that the slope is over at it. */
#define ROLLOFF 0.945
#define MAX_TABLE 4194304

struct sinc {
	uint32_t n_channels;
	uint64_t step_num, step_den; /* input frames per output frame, in lowest terms */
	uint32_t n_phases;           /* rows of the table, without the closing one */
	uint32_t half;               /* taps on either side */
	float *table;                /* [n_phases + 1][2 * half] */
	float *window;               /* the input frames in reach, [room * n_channels] */
	size_t room, n_window;
	int64_t window_at;  /* input frame of window[0]; negative ones are the silence before */
	uint64_t pos_whole; /* the next output's place in the input */
	uint64_t pos_num;   /* and its fraction, of step_den */
};

static double bessel_i0(double x)
{
	double sum = 1, term = 1;
	for (int k = 1; k < 64; k++) {
		term *= (x / (2 * k)) * (x / (2 * k));
		sum += term;
	}
	return sum;
}

/* The filter at a distance of x input frames from its centre. */
static double kernel(double x, double cutoff, double half)
{
	if (fabs(x) >= half)
		return 0;
	double w = x / half, window = bessel_i0(KAISER_BETA * sqrt(1 - w * w)) / bessel_i0(KAISER_BETA);
	double angle = M_PI * cutoff * x;
	return cutoff * (fabs(angle) < 1e-9 ? 1.0 : sin(angle) / angle) * window;
}

/* Each row is scaled to a sum of one, so that a constant stays that constant exactly enough. */
static void fill_row(struct sinc *s, uint32_t row, double cutoff)
{
	float *taps = s->table + (size_t)row * 2 * s->half;
	double phase = (double)row / s->n_phases, sum = 0;
	for (uint32_t i = 0; i < 2 * s->half; i++)
		sum += kernel((double)i - (double)(s->half - 1) - phase, cutoff, s->half);
	for (uint32_t i = 0; i < 2 * s->half; i++)
		taps[i] = (float)(kernel((double)i - (double)(s->half - 1) - phase, cutoff, s->half) / sum);
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t t = a % b;
		a = b;
		b = t;
	}
	return a;
}

int sinc_new(uint32_t in_rate_hz, uint32_t out_rate_hz, uint32_t n_channels, struct sinc **ret, struct err *err)
{
	AUTO(sinc) s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "resampler");
	uint64_t g = gcd(in_rate_hz, out_rate_hz);
	double cutoff = ROLLOFF * (out_rate_hz < in_rate_hz ? (double)out_rate_hz / in_rate_hz : 1.0);
	s->n_channels = n_channels;
	s->step_num = in_rate_hz / g;
	s->step_den = out_rate_hz / g;
	s->half = (uint32_t)ceil(ZERO_CROSSINGS / cutoff);
	uint64_t most = MAX_TABLE / (2 * s->half);
	s->n_phases = (uint32_t)(s->step_den < most ? s->step_den : most);
	s->room = 2 * s->half + 4096;
	s->table = mem_new_array((size_t)(s->n_phases + 1) * 2 * s->half, sizeof(float));
	s->window = mem_new_array(s->room * n_channels, sizeof(float));
	if (!s->table || !s->window)
		return err_set(err, -ENOMEM, "resampler of %u taps", 2 * s->half);
	for (uint32_t row = 0; row <= s->n_phases; row++)
		fill_row(s, row, cutoff);
	s->n_window = s->half - 1;
	s->window_at = -(int64_t)(s->half - 1);
	*ret = TAKE(s);
	return 0;
}

void sinc_free(struct sinc *s)
{
	if (!s)
		return;
	free(s->table);
	free(s->window);
	free(s);
}

/* Drops the frames that no later output can reach. */
static void slide(struct sinc *s)
{
	int64_t first = (int64_t)s->pos_whole - (s->half - 1), drop = first - s->window_at;
	if (drop <= 0)
		return;
	size_t n = (size_t)drop < s->n_window ? (size_t)drop : s->n_window;
	memmove(s->window, s->window + n * s->n_channels, (s->n_window - n) * s->n_channels * sizeof(float));
	s->n_window -= n;
	s->window_at += (int64_t)n;
}

static void one_frame(const struct sinc *s, float *out)
{
	double place = (double)s->pos_num / (double)s->step_den * s->n_phases;
	uint32_t row = (uint32_t)place;
	double blend = s->n_phases == s->step_den ? 0 : place - row;
	if (s->n_phases == s->step_den)
		row = (uint32_t)s->pos_num;
	const float *a = s->table + (size_t)row * 2 * s->half, *b = a + 2 * s->half;
	const float *in =
		s->window + (size_t)((int64_t)s->pos_whole - (s->half - 1) - s->window_at) * s->n_channels;
	for (uint32_t c = 0; c < s->n_channels; c++) {
		double sum = 0;
		for (uint32_t i = 0; i < 2 * s->half; i++) {
			double tap = blend > 0 ? (double)a[i] + blend * ((double)b[i] - (double)a[i]) : (double)a[i];
			sum += tap * (double)in[(size_t)i * s->n_channels + c];
		}
		out[c] = (float)sum;
	}
}

void sinc_process(struct sinc *s, const float *in, size_t n_in, size_t *ret_used, float *out, size_t n_out,
		  size_t *ret_out, bool flush)
{
	size_t used = 0, made = 0;
	while (made < n_out) {
		int64_t needed = (int64_t)s->pos_whole + s->half + 1 - s->window_at;
		if ((int64_t)s->n_window >= needed) {
			one_frame(s, out + made++ * s->n_channels);
			s->pos_num += s->step_num;
			s->pos_whole += s->pos_num / s->step_den;
			s->pos_num %= s->step_den;
			continue;
		}
		slide(s);
		size_t room = s->room - s->n_window;
		size_t n = flush ? room : n_in - used < room ? n_in - used : room;
		if (n == 0)
			break;
		float *end = s->window + s->n_window * s->n_channels;
		if (flush)
			memset(end, 0, n * s->n_channels * sizeof(float));
		else
			memcpy(end, in + used * s->n_channels, n * s->n_channels * sizeof(float));
		s->n_window += n;
		used += flush ? 0 : n;
	}
	*ret_used = used;
	*ret_out = made;
}
