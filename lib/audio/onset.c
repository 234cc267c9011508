#include "audio/onset.h"

#include "audio/spectrum.h"

#include <math.h>

#include "base/banned.h"

#define LAG         2      /* columns */
#define EVEN        100.0f /* how far below the loudest band the ear goes: 40 dB fully, then less and less */
#define ACCENTS     2.0f
#define LOW_HZ      200.0
#define HIGH_HZ     4000.0
#define PEAK_BEFORE 3 /* columns around a peak that are lower */
#define PEAK_AFTER  3
#define MEAN_BEFORE 12 /* columns of the moving mean */
#define MEAN_AFTER  8
#define APART       3      /* columns between two onsets */
#define LEAST_LEVEL 0.0006f /* what is quieter (-64 dBFS) begins nothing */
#define BEFORE_MS   30 /* where in the envelope an onset is looked for, around its column */
#define AFTER_MS    40
#define RISE_MS     6
#define REST_MS     12

/* Bands as loudness above a floor, relative to the loudest band of the whole sound. */
static void compress(const float *db, float loudest, float by, float *ret)
{
	for (size_t b = 0; b < HEARING_BANDS; b++)
		ret[b] = 20 * log10f(1 + by * powf(10, (db[b] - loudest) / 20));
}

static float loudest_band(const struct hearing *h)
{
	float most = HEARING_FLOOR_DB;
	for (size_t i = 0; i < h->n_fast * HEARING_BANDS; i++)
		most = h->bands[i] > most ? h->bands[i] : most;
	return most;
}

static void range_bands(enum onset_range range, size_t *ret_first, size_t *ret_end)
{
	double low = band_place(BAND_MEL, HEARING_BAND_LO_HZ, HEARING_BAND_HI_HZ, LOW_HZ) * (HEARING_BANDS + 1);
	double high = band_place(BAND_MEL, HEARING_BAND_LO_HZ, HEARING_BAND_HI_HZ, HIGH_HZ) * (HEARING_BANDS + 1);
	*ret_first = range == ONSET_HIGH ? (size_t)high : 0;
	*ret_end = range == ONSET_LOW ? (size_t)low + 1 : HEARING_BANDS;
}

void onset_strength(const struct hearing *h, enum onset_range range, enum onset_ear ear, float *ret)
{
	float line[LAG + 1][HEARING_BANDS] = { { 0 } }, loudest = loudest_band(h), by = ear == ONSET_EAR_EVEN ? EVEN : ACCENTS;
	size_t first, end;
	range_bands(range, &first, &end);
	for (size_t k = 0; k < h->n_fast; k++) {
		float *now = line[k % (LAG + 1)], rise = 0;
		const float *then = line[(k + 1) % (LAG + 1)];
		compress(h->bands + k * HEARING_BANDS, loudest, by, now);
		for (size_t b = first; b < end; b++) {
			float was = then[b];
			was = b > 0 && then[b - 1] > was ? then[b - 1] : was;
			was = b + 1 < HEARING_BANDS && then[b + 1] > was ? then[b + 1] : was;
			rise += now[b] > was ? now[b] - was : 0;
		}
		ret[k] = rise / (float)(end - first);
	}
}

static bool is_peak(const float *x, size_t n, size_t k, float above)
{
	size_t lo = k > PEAK_BEFORE ? k - PEAK_BEFORE : 0, hi = k + PEAK_AFTER < n ? k + PEAK_AFTER : n - 1;
	for (size_t i = lo; i <= hi; i++)
		if (x[i] > x[k] || (x[i] == x[k] && i < k))
			return false;
	lo = k > MEAN_BEFORE ? k - MEAN_BEFORE : 0;
	hi = k + MEAN_AFTER < n ? k + MEAN_AFTER : n - 1;
	float sum = 0;
	for (size_t i = lo; i <= hi; i++)
		sum += x[i];
	return x[k] > sum / (float)(hi - lo + 1) * 1.2f + above;
}

/* The millisecond in which the sound rises most, as a ratio: the attack's beginning rather than its middle. */
static double attack_s(const struct hearing *h, size_t column)
{
	size_t at = column * (HEARING_ENVELOPE_HZ / HEARING_FAST_HZ), lo = at > BEFORE_MS ? at - BEFORE_MS : 0;
	size_t hi = at + AFTER_MS < h->n_ms ? at + AFTER_MS : h->n_ms;
	if (hi <= lo)
		return (double)column / HEARING_FAST_HZ;
	float most = 0;
	for (size_t i = lo; i < hi; i++)
		most = h->envelope[i] > most ? h->envelope[i] : most;
	double best = 0, floor = 0.004 * (double)most + 1e-14;
	size_t best_at = at;
	for (size_t i = lo; i < hi; i++) {
		double before = 0, after = 0, n_before = 0, n_after = 0;
		for (size_t j = i > REST_MS ? i - REST_MS : 0; j < i; j++, n_before++)
			before += (double)h->envelope[j];
		for (size_t j = i; j < i + RISE_MS && j < h->n_ms; j++, n_after++)
			after += (double)h->envelope[j];
		double ratio = (after / fmax(n_after, 1) + floor) / (before / fmax(n_before, 1) + floor);
		if (ratio > best) {
			best = ratio;
			best_at = i;
		}
	}
	return (double)best_at / HEARING_ENVELOPE_HZ;
}

static double level_behind(const struct hearing *h, double at_s)
{
	size_t first = (size_t)(at_s * HEARING_FAST_HZ);
	float most = 0;
	for (size_t i = first; i < first + 6 && i < h->n_fast; i++)
		most = h->level[i] > most ? h->level[i] : most;
	return (double)most;
}

int onsets_find(const struct hearing *h, double sensitivity, struct onsets *ret, struct err *err)
{
	AUTO_MEM float *strength = mem_new_array(h->n_fast, sizeof(float));
	struct onsets found = { 0 };
	if (!strength)
		return err_set(err, -ENOMEM, "onsets");
	onset_strength(h, ONSET_ALL, ONSET_EAR_EVEN, strength);
	float above = (float)(0.6 * pow(10, 0.5 - sensitivity));
	size_t next = 0;
	for (size_t k = 0; k < h->n_fast; k++) {
		if (k < next || !is_peak(strength, h->n_fast, k, above))
			continue;
		struct onset one = { .at_s = attack_s(h, k), .strength_db = (double)strength[k] };
		one.level = level_behind(h, one.at_s);
		if (one.level < (double)LEAST_LEVEL || (found.n > 0 && one.at_s < found.v[found.n - 1].at_s + 0.01 * APART))
			continue;
		if (mem_grow(&found.v, &found.room, found.n + 1, sizeof(*found.v)) < 0) {
			onsets_done(&found);
			return err_set(err, -ENOMEM, "onsets");
		}
		found.v[found.n++] = one;
		next = k + APART;
	}
	*ret = found;
	return 0;
}

void onsets_done(struct onsets *o)
{
	free(o->v);
	*o = (struct onsets){ 0 };
}
