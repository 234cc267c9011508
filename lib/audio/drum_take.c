/* drum_take.c - hits and their classes. */
#include "audio/drum_take.h"

#include "audio/onset.h"
#include "audio/spectrum.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define HIT_COLUMNS   6
#define BEFORE        3    /* columns whose level is taken off */
#define MASK_S        0.35
#define MASK_DB       10.0
#define MASK_DB_PER_S 25.0
#define LEAST_RISE_DB 6.0
#define RISE_COLUMNS  3
#define KICK_SHARE    (-1.5) /* log2 of the share below 150 Hz that only kicks have */
#define ATTACK_MS     25
#define LEAST_SHARE   (-9.0)
#define SPREAD        2.2  /* what counts as far, in doublings */
#define SEEN_BEFORE   4.0  /* hits that a typical sound stands for */
#define ROUNDS        5
#define FAR           2.6  /* spreads: farther is another sound */
#define HAT_ON_KICK   (-3.2) /* a kick's share above 6.5 kHz that only a hat explains */
#define HAT_ON_KICK_2 (-4.4) /* and of the range below */

const char *const drum_class_names[DRUM_CLASS_COUNT + 1] = { "kick", "snare", "hat", "other", NULL };

static const double edges_hz[DRUM_RANGES] = { 150, 500, 2500, 6500, 1e9 };

/* log2 of the shares of the energy: what each sound is usually like. */
static const double typical[DRUM_CLASS_OTHER][DRUM_RANGES] = {
	[DRUM_CLASS_KICK] = { -0.4, -2.2, -5, -6.5, -7 },
	[DRUM_CLASS_SNARE] = { -5, -2.2, -1.6, -1.8, -2 },
	[DRUM_CLASS_HAT] = { -9, -8.5, -5.5, -2, -0.6 },
};
/* How much each range says. */
static const double range_weights[DRUM_RANGES] = { 1, 0.7, 1, 0.8, 0.8 };

struct ranges {
	size_t range[HEARING_BANDS];
	double width_hz[HEARING_BANDS];
};

static void ranges_make(struct ranges *r)
{
	for (size_t b = 0; b < HEARING_BANDS; b++) {
		double step = 1.0 / (HEARING_BANDS + 1), place = (double)(b + 1) * step;
		double hz = band_hz(BAND_MEL, HEARING_BAND_LO_HZ, HEARING_BAND_HI_HZ, place);
		r->width_hz[b] = band_hz(BAND_MEL, HEARING_BAND_LO_HZ, HEARING_BAND_HI_HZ, place + step / 2) -
				 band_hz(BAND_MEL, HEARING_BAND_LO_HZ, HEARING_BAND_HI_HZ, place - step / 2);
		r->range[b] = 0;
		while (hz > edges_hz[r->range[b]])
			r->range[b]++;
	}
}

static double power_of(const struct hearing *h, size_t column, size_t band)
{
	return pow(10, (double)h->bands[column * HEARING_BANDS + band] / 10);
}

/* What a hit adds to what sounded before it, by range. */
static void measure(const struct hearing *h, const struct ranges *r, double until_s, struct drum_hit *hit)
{
	size_t at = (size_t)lround(hit->at_s * HEARING_FAST_HZ), end = (size_t)(until_s * HEARING_FAST_HZ);
	double energy[DRUM_RANGES] = { 0 }, all = 0;
	size_t first = at < h->n_fast ? at : h->n_fast - 1, last = first + HIT_COLUMNS;
	last = last > end && end > first + 2 ? end : last;
	last = last > h->n_fast ? h->n_fast : last;
	size_t before = first > BEFORE ? first - BEFORE : 0;
	for (size_t b = 0; b < HEARING_BANDS; b++) {
		double sum = 0;
		for (size_t k = first; k < last; k++)
			sum += fmax(0, power_of(h, k, b) - (before < first ? power_of(h, before, b) : 0));
		energy[r->range[b]] += sum * r->width_hz[b];
	}
	for (int i = 0; i < DRUM_RANGES; i++)
		all += energy[i];
	for (int i = 0; i < DRUM_RANGES; i++)
		hit->shares[i] = all > 0 && energy[i] > 0 ? fmax(LEAST_SHARE, log2(energy[i] / all)) : LEAST_SHARE;
}

/* How much the lows rise at a hit, in dB. */
static double low_rise_db(const struct hearing *h, const struct ranges *r, double at_s)
{
	size_t at = (size_t)lround(at_s * HEARING_FAST_HZ);
	double before = 1e-12, after = 1e-12;
	for (size_t b = 0; b < HEARING_BANDS && r->range[b] == 0; b++) {
		for (size_t k = at + 1; k < at + 1 + RISE_COLUMNS && k < h->n_fast; k++)
			after += power_of(h, k, b);
		for (size_t k = at > RISE_COLUMNS + 2 ? at - RISE_COLUMNS - 2 : 0; k + 2 < at; k++)
			before += power_of(h, k, b);
	}
	return 10 * log10(after / before);
}

/* The strongest 5 ms of the attack: what the ear takes for the loudness of a hit. */
static double attack_db(const struct hearing *h, double at_s)
{
	size_t at = (size_t)lround(at_s * HEARING_ENVELOPE_HZ), from = at > 2 ? at - 2 : 0;
	double best = 1e-12;
	for (size_t i = from; i < at + ATTACK_MS && i + 5 < h->n_ms; i++) {
		double sum = 0;
		for (size_t k = 0; k < 5; k++)
			sum += (double)h->envelope[i + k];
		best = fmax(best, sum / 5);
	}
	return 10 * log10(best);
}

/*
 * Reflections and the ends of a drum's own sound: much weaker than the hit before, the sooner the more. A kick may be, too: its
 * attack is soft beside a snare's.
 */
static bool is_masked(const struct hearing *h, const struct ranges *r, const struct drum_take *t, const struct drum_hit *hit)
{
	bool kick = hit->shares[0] > KICK_SHARE && low_rise_db(h, r, hit->at_s) > LEAST_RISE_DB;
	for (size_t i = t->n; !kick && i-- > 0 && hit->at_s - t->v[i].at_s < MASK_S;) {
		double below = attack_db(h, t->v[i].at_s) - attack_db(h, hit->at_s), since = hit->at_s - t->v[i].at_s;
		if (below > MASK_DB + MASK_DB_PER_S * since)
			return true;
	}
	return false;
}

static double distance(const double a[DRUM_RANGES], const double b[DRUM_RANGES])
{
	double sum = 0, weights = 0;
	for (int i = 0; i < DRUM_RANGES; i++) {
		double d = (a[i] - b[i]) / SPREAD;
		sum += range_weights[i] * d * d;
		weights += range_weights[i];
	}
	return sqrt(sum / weights);
}

static void assign(struct drum_hit *hit, double centres[DRUM_CLASS_OTHER][DRUM_RANGES])
{
	double best = 1e9, second = 1e9;
	for (int c = 0; c < DRUM_CLASS_OTHER; c++) {
		double d = distance(hit->shares, centres[c]);
		if (d < best) {
			second = best;
			best = d;
			hit->class = (enum drum_class)c;
		} else {
			second = fmin(second, d);
		}
	}
	hit->confidence = (second - best) / (second + best + 1e-9);
	if (best > FAR) {
		hit->class = DRUM_CLASS_OTHER;
		hit->confidence = fmin(1, best / FAR - 1);
	}
	/* The hat that sounds with a kick makes it look like a snare, but leaves it its lows. */
	bool low = hit->shares[0] > KICK_SHARE, top = hit->shares[4] > HAT_ON_KICK && hit->shares[3] > HAT_ON_KICK_2;
	hit->with_hat = low && top && hit->shares[2] < hit->shares[4];
	if (hit->with_hat)
		hit->class = DRUM_CLASS_KICK;
}

/* Moves the typical sounds to the take's; a sound that is nobody's, or two at once, moves nothing. */
static void classify(struct drum_take *t, bool adapt)
{
	double centres[DRUM_CLASS_OTHER][DRUM_RANGES];
	memcpy(centres, typical, sizeof(centres));
	for (int round = 0; round < (adapt ? ROUNDS : 1); round++) {
		double sum[DRUM_CLASS_OTHER][DRUM_RANGES] = { { 0 } }, n[DRUM_CLASS_OTHER] = { 0 };
		for (size_t i = 0; i < t->n; i++) {
			assign(&t->v[i], centres);
			if (t->v[i].class == DRUM_CLASS_OTHER || t->v[i].with_hat)
				continue;
			n[t->v[i].class]++;
			for (int r = 0; r < DRUM_RANGES; r++)
				sum[t->v[i].class][r] += t->v[i].shares[r];
		}
		for (int c = 0; c < DRUM_CLASS_OTHER; c++)
			for (int r = 0; r < DRUM_RANGES; r++)
				centres[c][r] = (SEEN_BEFORE * typical[c][r] + sum[c][r]) / (SEEN_BEFORE + n[c]);
	}
}

int drum_take_find(const struct hearing *h, double sensitivity, bool adapt, struct drum_take *ret, struct err *err)
{
	struct onsets onsets;
	struct drum_take take = { 0 };
	struct ranges ranges;
	int code = onsets_find(h, sensitivity, &onsets, err);
	if (code < 0)
		return code;
	ranges_make(&ranges);
	if (mem_grow(&take.v, &take.room, onsets.n, sizeof(*take.v)) < 0) {
		onsets_done(&onsets);
		return err_set(err, -ENOMEM, "drums");
	}
	for (size_t i = 0; i < onsets.n; i++) {
		struct drum_hit hit = { .at_s = onsets.v[i].at_s, .level_db = audio_db(onsets.v[i].level) };
		measure(h, &ranges, i + 1 < onsets.n ? onsets.v[i + 1].at_s - 0.01 : h->duration_s, &hit);
		if (!is_masked(h, &ranges, &take, &hit))
			take.v[take.n++] = hit;
	}
	classify(&take, adapt);
	onsets_done(&onsets);
	*ret = take;
	return 0;
}

void drum_take_done(struct drum_take *t)
{
	free(t->v);
	*t = (struct drum_take){ 0 };
}
