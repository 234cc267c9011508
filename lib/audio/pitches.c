#include "audio/pitches_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define LO_HZ      60.0
#define HI_HZ      2500.0
#define BELOW_DB   45.0
#define QUIETEST   1e-8f /* -80 dB */
#define OVERTONE   0.25
#define PEAKS_MAX  64

struct peak {
	double hz, amplitude;
};

struct pitch_finder {
	size_t lo, hi; /* bins */
	double bin_hz;
	struct peak peaks[PEAKS_MAX];
	size_t n;
};

struct pitch_finder *pitch_finder_new(size_t fft_frames, uint32_t rate_hz)
{
	struct pitch_finder *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->bin_hz = (double)rate_hz / (double)fft_frames;
	p->lo = (size_t)ceil(LO_HZ / p->bin_hz);
	p->hi = (size_t)floor(HI_HZ / p->bin_hz);
	if (p->hi > fft_frames / 2 - 1)
		p->hi = fft_frames / 2 - 1;
	p->lo = p->lo < 2 ? 2 : p->lo;
	return p;
}

void pitch_finder_free(struct pitch_finder *p)
{
	free(p);
}

static void find_peaks(struct pitch_finder *p, const float *power)
{
	float most = 0;
	p->n = 0;
	for (size_t i = p->lo; i <= p->hi; i++)
		most = power[i] > most ? power[i] : most;
	float least = fmaxf(most * (float)pow(10, -BELOW_DB / 10), QUIETEST);
	for (size_t i = p->lo; i <= p->hi && p->n < PEAKS_MAX; i++) {
		if (power[i] < least || power[i] <= power[i - 1] || power[i] < power[i + 1])
			continue;
		double a = log((double)power[i - 1] + 1e-20), b = log((double)power[i]), c = log((double)power[i + 1] + 1e-20);
		double bend = a - 2 * b + c, shift = bend < 0 ? 0.5 * (a - c) / bend : 0;
		p->peaks[p->n++] = (struct peak){ ((double)i + shift) * p->bin_hz, sqrt((double)power[i]) };
	}
}

/* Whether a lower, not weaker peak explains this one as an overtone that would be heard as another pitch class. */
static bool is_overtone(const struct pitch_finder *p, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		double ratio = p->peaks[at].hz / p->peaks[i].hz, whole = round(ratio);
		if (whole < 3 || whole > 7 || whole == 4 || fabs(ratio / whole - 1) > 0.012)
			continue;
		if (p->peaks[i].amplitude * 1.1 >= p->peaks[at].amplitude)
			return true;
	}
	return false;
}

void pitch_finder_look(struct pitch_finder *p, const float *power, float ret[HEARING_PITCH_BINS])
{
	memset(ret, 0, HEARING_PITCH_BINS * sizeof(float));
	if (p->hi <= p->lo)
		return;
	find_peaks(p, power);
	for (size_t i = 0; i < p->n; i++) {
		double weight = cbrt(p->peaks[i].amplitude * p->peaks[i].amplitude) * (is_overtone(p, i) ? OVERTONE : 1);
		double place = HEARING_PITCH_BINS * log2(p->peaks[i].hz / 440);
		long bin = lround(place) % HEARING_PITCH_BINS;
		ret[bin < 0 ? bin + HEARING_PITCH_BINS : bin] += (float)weight;
	}
}
