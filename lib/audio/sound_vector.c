#include "audio/sound_vector.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define RHYTHM_LAGS 24

const struct sound_block_row sound_blocks[SOUND_BLOCK_COUNT] = {
	[SOUND_TIMBRE] = { "timbre", 12, 0.25 },
	[SOUND_TIMBRE_SPREAD] = { "timbre_spread", 13, 0.1 },
	[SOUND_TIMBRE_MOTION] = { "timbre_motion", 13, 0.1 },
	[SOUND_HARMONY] = { "harmony", 24, 0.25 },
	[SOUND_SHAPE] = { "shape", 10, 0.15 },
	[SOUND_RHYTHM] = { "rhythm", RHYTHM_LAGS, 0.15 },
};

/* What the first twelve coefficients behind the level usually are, and how far they spread, in dB: so that 0 says "as usual". */
static const double usual_mfcc[12] = { 60, -10, 5, -5, 5, -2, 2, -2, 2, -2, 0, 0 };
static const double spread_mfcc[12] = { 50, 30, 25, 20, 15, 12, 10, 10, 9, 8, 8, 7 };

static void chroma_shares(const struct chroma *c, double ret[12])
{
	double sum = 0;
	memset(ret, 0, 12 * sizeof(*ret));
	for (size_t k = 0; k < c->n * 12; k++)
		ret[k % 12] += (double)c->v[k];
	for (int i = 0; i < 12; i++)
		sum += ret[i];
	for (int i = 0; i < 12 && sum > 0; i++)
		ret[i] = ret[i] / sum - 1.0 / 12;
}

/* How often one pitch class follows on another at each distance of semitones. */
static void chroma_steps(const struct chroma *c, double ret[12])
{
	double sum = 0;
	memset(ret, 0, 12 * sizeof(*ret));
	for (size_t k = 2; k < c->n; k++) {
		for (int i = 0; i < 12; i++)
			for (int d = 0; d < 12; d++)
				ret[d] += (double)c->v[12 * (k - 2) + (size_t)i] * (double)c->v[12 * k + (size_t)((i + d) % 12)];
	}
	for (int d = 0; d < 12; d++)
		sum += ret[d];
	for (int d = 0; d < 12 && sum > 0; d++)
		ret[d] = ret[d] / sum - 1.0 / 12;
}

static double squash(double v, double middle, double spread)
{
	return tanh((v - middle) / spread);
}

/* How alike the onset strength is to itself at lags from 0.1 to 2 s, evenly in pitch of lag. */
static void rhythm(const struct hearing *h, double ret[RHYTHM_LAGS])
{
	AUTO_MEM float *x = mem_new_array(h->n_fast, sizeof(float));
	double mean = 0, power = 0;
	memset(ret, 0, RHYTHM_LAGS * sizeof(*ret));
	if (!x || h->n_fast < 2)
		return;
	onset_strength(h, ONSET_ALL, ONSET_EAR_ACCENTS, x);
	for (size_t k = 0; k < h->n_fast; k++)
		mean += (double)x[k] / (double)h->n_fast;
	for (size_t k = 0; k < h->n_fast; k++)
		power += ((double)x[k] - mean) * ((double)x[k] - mean);
	for (int i = 0; i < RHYTHM_LAGS && power > 0; i++) {
		size_t lag = (size_t)lround(10 * pow(20, (double)i / (RHYTHM_LAGS - 1)));
		for (size_t k = 0; k + lag < h->n_fast; k++)
			ret[i] += ((double)x[k] - mean) * ((double)x[k + lag] - mean) / power;
	}
}

static void shape(const struct sound *s, double ret[10])
{
	const struct hearing *h = s->h;
	double per_s = h->duration_s > 0 ? (double)s->onsets->n / h->duration_s : 0;
	ret[0] = squash(log2(fmax(h->centroid_hz.mean, 20)), 10.2, 1.5);
	ret[1] = squash(log2(fmax(h->bandwidth_hz.mean, 20)), 10.2, 1.5);
	ret[2] = squash(log2(fmax(h->rolloff_hz.mean, 20)), 11, 1.5);
	ret[3] = squash(log10(fmax(h->flatness.mean, 1e-5)), -2.5, 1.2);
	ret[4] = squash(h->flux.mean, 3, 3);
	ret[5] = squash(log2(fmax(h->centroid_hz.deviation, 20)), 9, 1.5);
	ret[6] = squash(per_s, 3, 3);
	ret[7] = squash(h->loudness.range_lu, 6, 6);
	ret[8] = s->beats->bpm > 0 ? squash(log2(s->beats->bpm), log2(105), 0.6) : 0;
	ret[9] = squash(s->chroma->tuning_confidence, 0.6, 0.3);
}

/* Writes a block at its place, brought to its length. */
static size_t put(float *to, enum sound_block block, const double *v)
{
	double square = 0;
	size_t n = sound_blocks[block].size;
	for (size_t i = 0; i < n; i++)
		square += v[i] * v[i];
	double scale = square > 1e-18 ? sqrt(sound_blocks[block].weight / square) : 0;
	for (size_t i = 0; i < n; i++)
		to[i] = (float)(v[i] * scale);
	return n;
}

void sound_vector_make(const struct sound *s, float ret[SOUND_VECTOR_SIZE])
{
	const struct hearing *h = s->h;
	double v[24];
	size_t at = 0;
	bool heard = h->n_described > 0;
	for (int k = 0; k < 12; k++)
		v[k] = heard ? squash(h->mfcc[k + 1].mean, usual_mfcc[k], spread_mfcc[k]) : 0;
	at += put(ret + at, SOUND_TIMBRE, v);
	for (int k = 0; k < HEARING_MFCC; k++)
		v[k] = heard ? squash(h->mfcc[k].deviation, k ? spread_mfcc[k - 1] / 2 : 30, k ? spread_mfcc[k - 1] / 2 : 30) : 0;
	at += put(ret + at, SOUND_TIMBRE_SPREAD, v);
	for (int k = 0; k < HEARING_MFCC; k++)
		v[k] = heard ? squash(h->mfcc_change[k].mean, k ? spread_mfcc[k - 1] / 4 : 15, k ? spread_mfcc[k - 1] / 4 : 15) : 0;
	at += put(ret + at, SOUND_TIMBRE_MOTION, v);
	chroma_shares(s->chroma, v);
	chroma_steps(s->chroma, v + 12);
	at += put(ret + at, SOUND_HARMONY, v);
	shape(s, v);
	if (!heard)
		memset(v, 0, sizeof(v));
	at += put(ret + at, SOUND_SHAPE, v);
	rhythm(h, v);
	put(ret + at, SOUND_RHYTHM, v);
}

/* The cosine of a block as 0 to 1; two blocks of nothing are alike. */
static double likeness(const float *a, const float *b, size_t n)
{
	double product = 0, x = 0, y = 0;
	for (size_t i = 0; i < n; i++) {
		product += (double)a[i] * (double)b[i];
		x += (double)a[i] * (double)a[i];
		y += (double)b[i] * (double)b[i];
	}
	if (!(x > 0) || !(y > 0))
		return x > 0 || y > 0 ? 0 : 1;
	return fmax(0, product / sqrt(x * y));
}

static void transpose(const struct sound *a, const struct sound *b, struct sound_likeness *ret)
{
	double x[12], y[12];
	chroma_shares(a->chroma, x);
	chroma_shares(b->chroma, y);
	for (int d = -5; d <= 6; d++) {
		double product = 0, p = 0, q = 0;
		for (int i = 0; i < 12; i++) {
			double moved = y[(i - d + 12) % 12];
			product += x[i] * moved;
			p += x[i] * x[i];
			q += moved * moved;
		}
		double like = p > 0 && q > 0 ? product / sqrt(p * q) : 0;
		if (like > ret->harmony_transposed + 1e-9 || (d == -5)) {
			ret->harmony_transposed = fmax(0, like);
			ret->transposition = d;
		}
	}
}

void sound_compare(const struct sound *a, const struct sound *b, const struct fingerprint_match *same, struct sound_likeness *ret)
{
	float x[SOUND_VECTOR_SIZE], y[SOUND_VECTOR_SIZE];
	struct sound_likeness l = { 0 };
	size_t at = 0;
	sound_vector_make(a, x);
	sound_vector_make(b, y);
	for (int i = 0; i < SOUND_BLOCK_COUNT; i++) {
		l.blocks[i] = likeness(x + at, y + at, sound_blocks[i].size);
		l.similarity += sound_blocks[i].weight * l.blocks[i];
		at += sound_blocks[i].size;
	}
	if (same)
		l.similarity = fmax(l.similarity, same->confidence);
	transpose(a, b, &l);
	l.tempo_ratio = a->beats->bpm > 0 && b->beats->bpm > 0 ? b->beats->bpm / a->beats->bpm : 0;
	l.loudness_difference_lu = b->h->loudness.integrated_lufs - a->h->loudness.integrated_lufs;
	*ret = l;
}
