#include "audio/describe_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define QUIET_DB      (-70.0f) /* columns below are not described */
#define ROLLOFF       0.85
#define FLATNESS_FROM 50.0 /* Hz */

enum { CENTROID, BANDWIDTH, ROLLOFF_HZ, FLATNESS, FLUX, MFCC, MFCC_CHANGE = MFCC + HEARING_MFCC, VALUES = MFCC_CHANGE + HEARING_MFCC };

struct describer {
	size_t n_bins, flat_from;
	double bin_hz;
	float last_bands[HEARING_BANDS], last_mfcc[HEARING_MFCC];
	bool going; /* the last column was described */
	size_t n, n_changes;
	double sum[VALUES], square[VALUES];
};

struct describer *describer_new(size_t fft_frames, uint32_t rate_hz)
{
	struct describer *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->n_bins = fft_frames / 2 + 1;
	d->bin_hz = (double)rate_hz / (double)fft_frames;
	d->flat_from = (size_t)ceil(FLATNESS_FROM / d->bin_hz);
	return d;
}

void describer_free(struct describer *d)
{
	free(d);
}

void describe_mfcc(const float *bands_db, float ret[HEARING_MFCC])
{
	for (size_t k = 0; k < HEARING_MFCC; k++) {
		double sum = 0, scale = sqrt((k == 0 ? 1.0 : 2.0) / HEARING_BANDS);
		for (size_t b = 0; b < HEARING_BANDS; b++)
			sum += (double)bands_db[b] * cos(M_PI * (double)k * ((double)b + 0.5) / HEARING_BANDS);
		ret[k] = (float)(scale * sum);
	}
}

static void note(struct describer *d, int what, double v)
{
	d->sum[what] += v;
	d->square[what] += v * v;
}

static void describe_shape(struct describer *d, const float *power)
{
	double total = 0, moment = 0, second = 0;
	for (size_t i = 1; i < d->n_bins; i++) {
		double p = (double)power[i], k = (double)i;
		total += p;
		moment += p * k;
		second += p * k * k;
	}
	double centroid = moment / total, spread = second / total - centroid * centroid;
	note(d, CENTROID, centroid * d->bin_hz);
	note(d, BANDWIDTH, sqrt(fmax(spread, 0)) * d->bin_hz);
	double so_far = 0;
	size_t at = 1;
	while (at + 1 < d->n_bins && (so_far += (double)power[at]) < ROLLOFF * total)
		at++;
	note(d, ROLLOFF_HZ, (double)at * d->bin_hz);
	double logs = 0, sum = 0, n = (double)(d->n_bins - d->flat_from);
	for (size_t i = d->flat_from; i < d->n_bins; i++) {
		logs += (double)logf(power[i] + 1e-14f);
		sum += (double)power[i] + 1e-14;
	}
	note(d, FLATNESS, exp(logs / n) / (sum / n));
}

static void describe_changes(struct describer *d, const float *bands_db, const float *mfcc)
{
	double flux = 0;
	for (size_t b = 0; b < HEARING_BANDS; b++)
		flux += fmax(0, (double)(bands_db[b] - d->last_bands[b]));
	note(d, FLUX, flux / HEARING_BANDS);
	for (int k = 0; k < HEARING_MFCC; k++)
		note(d, MFCC_CHANGE + k, fabs((double)(mfcc[k] - d->last_mfcc[k])));
	d->n_changes++;
}

void describer_add(struct describer *d, const float *power, const float *bands_db)
{
	float loudest = HEARING_FLOOR_DB, mfcc[HEARING_MFCC], floored[HEARING_BANDS];
	for (size_t b = 0; b < HEARING_BANDS; b++)
		loudest = fmaxf(loudest, bands_db[b]);
	bool describe = loudest > QUIET_DB;
	/* The floor follows the loudest band, so that a band limit far below does not outweigh what is heard. */
	for (size_t b = 0; b < HEARING_BANDS; b++)
		floored[b] = fmaxf(bands_db[b], loudest - 70);
	if (describe) {
		describe_mfcc(floored, mfcc);
		describe_shape(d, power);
		for (int k = 0; k < HEARING_MFCC; k++)
			note(d, MFCC + k, (double)mfcc[k]);
		d->n++;
		if (d->going)
			describe_changes(d, floored, mfcc);
		memcpy(d->last_bands, floored, sizeof(floored));
		memcpy(d->last_mfcc, mfcc, sizeof(mfcc));
	}
	d->going = describe;
}

static struct hearing_stat stat_of(const struct describer *d, int what, size_t n)
{
	if (n == 0)
		return (struct hearing_stat){ 0, 0 };
	double mean = d->sum[what] / (double)n;
	return (struct hearing_stat){ mean, sqrt(fmax(0, d->square[what] / (double)n - mean * mean)) };
}

void describer_read(const struct describer *d, struct hearing *ret)
{
	ret->n_described = d->n;
	ret->centroid_hz = stat_of(d, CENTROID, d->n);
	ret->bandwidth_hz = stat_of(d, BANDWIDTH, d->n);
	ret->rolloff_hz = stat_of(d, ROLLOFF_HZ, d->n);
	ret->flatness = stat_of(d, FLATNESS, d->n);
	ret->flux = stat_of(d, FLUX, d->n_changes);
	for (int k = 0; k < HEARING_MFCC; k++) {
		ret->mfcc[k] = stat_of(d, MFCC + k, d->n);
		ret->mfcc_change[k] = stat_of(d, MFCC_CHANGE + k, d->n_changes);
	}
}
