#include "audio/bar_priv.h"

#include "audio/tempo_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define NEAR        3 /* columns around a place in the beat */
#define USUAL_BAR_S 1.6
#define USUAL_WIDTH 1.1 /* octaves */
#define ACCENT_LEAST 0.1 /* of the mean */

/* What speaks for a bar line at a beat, each against the piece's own mean and deviation. */
enum accent { ACCENT_ALL, ACCENT_LOW, ACCENT_HARMONY, ACCENT_LENGTH, ACCENT_COUNT };
static const double accent_weights[ACCENT_COUNT] = { 1, 0.6, 1, 0.6 };

static double pulse_near(const float *pulse, size_t n, double at_s)
{
	long middle = lround(at_s * HEARING_FAST_HZ);
	float most = 0;
	for (long i = middle - NEAR; i <= middle + NEAR; i++)
		if (i >= 0 && (size_t)i < n)
			most = pulse[i] > most ? pulse[i] : most;
	return (double)most;
}

/* How beats divide: more begins at halves and quarters, or at thirds. */
static void find_division(const float *pulse, size_t n, struct beats *b)
{
	double halves = 0, thirds = 0, between = 0;
	for (size_t i = 0; i + 1 < b->n; i++) {
		double at = b->v[i].at_s, d = b->v[i + 1].at_s - at;
		halves += pulse_near(pulse, n, at + d / 2);
		thirds += (pulse_near(pulse, n, at + d / 3) + pulse_near(pulse, n, at + 2 * d / 3)) / 2;
		between += (pulse_near(pulse, n, at + d / 4) + pulse_near(pulse, n, at + 3 * d / 4)) / 2;
	}
	/* Quarters of a beat speak for halves, too: thirds lie close to them. */
	double two = halves + 0.3 * between, three = thirds * 1.3;
	b->division = three > two ? 3 : 2;
	b->division_confidence = two + three > 0 ? fmin(1, 2 * fabs(two - three) / (two + three)) : 0;
}

static void chroma_between(const struct hearing *h, double from_s, double to_s, double ret[12])
{
	memset(ret, 0, 12 * sizeof(double));
	size_t first = (size_t)fmax(0, from_s * HEARING_SLOW_HZ + 0.5), end = (size_t)fmax(0, to_s * HEARING_SLOW_HZ + 0.5);
	for (size_t k = first; k < (end > first ? end : first + 1) && k < h->n_slow; k++)
		for (size_t p = 0; p < HEARING_PITCH_BINS; p++)
			ret[(p + 5) / 10 % 12] += (double)h->pitches[k * HEARING_PITCH_BINS + p];
}

static double unlike(const double a[12], const double b[12])
{
	double product = 0, x = 0, y = 0;
	for (int i = 0; i < 12; i++) {
		product += a[i] * b[i];
		x += a[i] * a[i];
		y += b[i] * b[i];
	}
	return x > 0 && y > 0 ? 1 - product / sqrt(x * y) : 0;
}

static double beat_length(const struct beats *b, size_t i)
{
	return i + 1 < b->n ? b->v[i + 1].at_s - b->v[i].at_s : b->n > 1 ? b->v[i].at_s - b->v[i - 1].at_s : 0.5;
}

/* How little begins between this beat and the next: long notes stand on strong beats. */
static double length_of(const float *pulse, size_t n, const struct beats *b, size_t i)
{
	double d = beat_length(b, i), at = b->v[i].at_s, begun = 0;
	for (int part = 1; part < 4; part++)
		begun += pulse_near(pulse, n, at + d * part / 4);
	return b->v[i].strength - 0.5 * begun;
}

static void gather(const struct hearing *h, const float *pulse, const float *low, const struct beats *b, double *accents)
{
	for (size_t i = 0; i < b->n; i++) {
		double before[12], after[12], d = beat_length(b, i), at = b->v[i].at_s;
		chroma_between(h, at - d, at, before);
		chroma_between(h, at, at + d, after);
		double *a = accents + i * ACCENT_COUNT;
		a[ACCENT_ALL] = b->v[i].strength;
		a[ACCENT_LOW] = pulse_near(low, h->n_fast, at);
		a[ACCENT_HARMONY] = unlike(before, after);
		a[ACCENT_LENGTH] = length_of(pulse, h->n_fast, b, i);
	}
}

/* Each accent in deviations from its mean, then all in one number a beat. */
static void join(const double *accents, size_t n, double *ret)
{
	memset(ret, 0, n * sizeof(*ret));
	for (int what = 0; what < ACCENT_COUNT; what++) {
		double mean = 0, square = 0;
		for (size_t i = 0; i < n; i++)
			mean += accents[i * ACCENT_COUNT + (size_t)what] / (double)n;
		for (size_t i = 0; i < n; i++) {
			double v = accents[i * ACCENT_COUNT + (size_t)what] - mean;
			square += v * v / (double)n;
		}
		/* What hardly differs from beat to beat is no accent. */
		double unit = fmax(sqrt(square), ACCENT_LEAST * fabs(mean));
		for (size_t i = 0; i < n && square > 1e-12; i++)
			ret[i] += accent_weights[what] * fmax(-2, fmin(2, (accents[i * ACCENT_COUNT + (size_t)what] - mean) / unit));
	}
}

/* How well bars of `meter` beats fit that begin at beat `phase`: the accents on their beginnings against the others. */
static double fit(const double *accent, size_t n, unsigned meter, unsigned phase)
{
	double on = 0, off = 0, n_on = 0;
	for (size_t i = 0; i < n; i++) {
		if (i % meter == phase) {
			on += accent[i];
			n_on++;
		} else {
			off += accent[i];
		}
	}
	return n_on > 0 && n_on < (double)n ? (on / n_on - off / ((double)n - n_on)) * sqrt(n_on * ((double)n - n_on) / (double)n) : 0;
}

/* How usual bars of so many beats and so long are. */
static double usual(unsigned meter, unsigned division, double beat_s)
{
	static const double meters[2][7] = { { [2] = 1, [3] = 0.95, [4] = 1, [6] = 0.8 }, { [2] = 1, [3] = 0.95, [4] = 0.85, [6] = 0.7 } };
	double octaves = log2(meter * beat_s / USUAL_BAR_S) / USUAL_WIDTH;
	return meters[division == 3][meter] * exp(-0.5 * octaves * octaves);
}

struct choice {
	unsigned meter, phase;
	double fit, second; /* of the best one; of the best one in another meter */
};

static void consider(const double *accent, size_t n, unsigned meter, double usual_, struct choice *c)
{
	double best = 0;
	unsigned best_phase = 0;
	for (unsigned phase = 0; phase < meter && phase < n; phase++) {
		double v = fit(accent, n, meter, phase) * usual_;
		best_phase = v > best ? phase : best_phase;
		best = fmax(best, v);
	}
	if (best > c->fit) {
		*c = (struct choice){ meter, best_phase, best, c->fit };
	} else {
		c->second = fmax(c->second, best);
	}
}

int bars_find(const struct hearing *h, const float *pulse, unsigned meter, struct beats *b, struct err *err)
{
	if (b->n < 2 || !(b->bpm > 0))
		return 0;
	AUTO_MEM float *low = mem_new_array(2 * h->n_fast, sizeof(float));
	AUTO_MEM double *accents = mem_new_array(b->n * ACCENT_COUNT, sizeof(double));
	AUTO_MEM double *joined = mem_new_array(b->n, sizeof(double));
	if (!low || !accents || !joined)
		return err_set(err, -ENOMEM, "bars");
	onset_strength(h, ONSET_LOW, ONSET_EAR_ACCENTS, low + h->n_fast);
	int code = tempo_pulse(low + h->n_fast, h->n_fast, low, err);
	if (code < 0)
		return code;
	find_division(pulse, h->n_fast, b);
	gather(h, pulse, low, b, accents);
	join(accents, b->n, joined);
	static const unsigned meters[] = { 2, 3, 4, 6 };
	struct choice c = { .meter = meter ? meter : 4 };
	for (size_t i = 0; i < COUNT_OF(meters) && !meter; i++)
		consider(joined, b->n, meters[i], usual(meters[i], b->division, 60 / b->bpm), &c);
	if (meter)
		consider(joined, b->n, meter, 1, &c);
	b->meter = c.meter;
	b->meter_confidence = meter ? 1 : c.fit > 0 ? fmin(1, 2 * (c.fit - c.second) / c.fit) : 0;
	for (size_t i = 0; i < b->n; i++)
		b->v[i].in_bar = (unsigned)((i + c.meter - c.phase) % c.meter) + 1;
	return 0;
}
