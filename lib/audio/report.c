#include "audio/report.h"

#include "audio/spectrum.h"

#include <math.h>
#include <stdio.h>

#include "base/banned.h"

#define SILENT_DB      (-60.0)
#define SILENCE_S      0.3 /* a shorter gap is none */
#define SILENCES_MAX   1000

json_t *report_number(double v, int decimals)
{
	double scale = pow(10, decimals);
	return json_real(isfinite(v) ? round(v * scale) / scale : 0);
}

json_t *report_numbers(const float *v, size_t n, size_t stride, int decimals)
{
	json_t *a = json_array();
	for (size_t i = 0; a && i < n; i++) {
		if (json_array_append_new(a, report_number((double)v[i * stride], decimals)) < 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

json_t *report_info(const struct hearing *h)
{
	return json_pack("{s:o, s:I, s:I, s:I, s:s}", "duration_s", report_number(h->duration_s, 6), "rate_hz", (json_int_t)h->info.rate_hz,
			 "channels", (json_int_t)h->info.n_channels, "frames", (json_int_t)h->info.n_frames, "format", h->info.format);
}

/* The stretches of at least SILENCE_S in which nothing is louder than SILENT_DB. */
static json_t *silences(const struct hearing *h, double *ret_total)
{
	json_t *a = json_array();
	float least = (float)audio_from_db(SILENT_DB);
	*ret_total = 0;
	for (size_t k = 0; a && k < h->n_fast;) {
		size_t end = k;
		while (end < h->n_fast && h->level[end] <= least)
			end++;
		double from = (double)k / HEARING_FAST_HZ, to = fmin((double)end / HEARING_FAST_HZ, h->duration_s);
		*ret_total += to - from;
		bool said = to - from >= SILENCE_S && json_array_size(a) < SILENCES_MAX;
		if (said && json_array_append_new(a, json_pack("{s:o, s:o}", "from_s", report_number(from, 2), "to_s", report_number(to, 2))) < 0) {
			json_decref(a);
			return NULL;
		}
		k = end + 1;
	}
	return a;
}

json_t *report_levels(const struct hearing *h)
{
	double quiet;
	json_t *gaps = silences(h, &quiet);
	double peak_db = audio_db(h->levels.peak);
	json_t *clip = json_pack("{s:I, s:I, s:o}", "full_scale_samples", (json_int_t)h->levels.n_clipped, "flat_tops", (json_int_t)h->n_clips,
				 "first_s", h->first_clip_s < 0 ? json_null() : report_number(h->first_clip_s, 3));
	return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "peak_db", report_number(peak_db, 2), "mean_db",
			 report_number(audio_db(h->levels.rms), 2), "dc_offset", report_number(h->dc_worst, 6), "is_silent", peak_db < SILENT_DB,
			 "clipping", clip, "silent_s", report_number(quiet, 2), "silences", gaps);
}

static json_t *loudness_curve(double first_s, const float *lufs, size_t n)
{
	return json_pack("{s:f, s:f, s:o}", "first_s", first_s, "step_s", 0.1, "lufs", report_numbers(lufs, n, 1, 2));
}

json_t *report_loudness(const struct hearing *h, bool curve)
{
	const struct loudness *l = &h->loudness;
	json_t *j = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "integrated_lufs", report_number(l->integrated_lufs, 2), "momentary_max_lufs",
			      report_number(l->momentary_max_lufs, 2), "short_term_max_lufs", report_number(l->short_term_max_lufs, 2), "range_lu",
			      report_number(l->range_lu, 2), "true_peak_db", report_number(l->true_peak_db, 2), "sample_peak_db",
			      report_number(l->sample_peak_db, 2), "peak_to_loudness_lu", report_number(l->peak_to_loudness_lu, 2));
	if (j && curve && (json_object_set_new(j, "short_term", loudness_curve(1.5, h->loudness_curve, h->n_loudness)) < 0 ||
			   json_object_set_new(j, "steps", loudness_curve(0.05, h->loudness_steps, h->n_loudness_steps)) < 0)) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static json_t *stat(const struct hearing_stat *s, int decimals)
{
	return json_pack("{s:o, s:o}", "mean", report_number(s->mean, decimals), "deviation", report_number(s->deviation, decimals));
}

/* The mean power of each band over the whole sound, in dB. */
static json_t *band_means(const struct hearing *h)
{
	json_t *a = json_array();
	for (size_t b = 0; a && b < HEARING_BANDS; b++) {
		double sum = 0, place = (double)(b + 1) / (HEARING_BANDS + 1);
		for (size_t k = 0; k < h->n_fast; k++)
			sum += pow(10, (double)h->bands[k * HEARING_BANDS + b] / 10);
		double db = h->n_fast && sum > 0 ? 10 * log10(sum / (double)h->n_fast) : (double)HEARING_FLOOR_DB;
		double hz = band_hz(BAND_MEL, HEARING_BAND_LO_HZ, HEARING_BAND_HI_HZ, place);
		if (json_array_append_new(a, json_pack("{s:o, s:o}", "hz", report_number(hz, 0), "db", report_number(db, 1))) < 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

json_t *report_spectrum(const struct hearing *h)
{
	json_t *mfcc = json_array();
	for (int k = 0; mfcc && k < HEARING_MFCC; k++)
		if (json_array_append_new(mfcc, stat(&h->mfcc[k], 2)) < 0) {
			json_decref(mfcc);
			return NULL;
		}
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "centroid_hz", stat(&h->centroid_hz, 1), "bandwidth_hz", stat(&h->bandwidth_hz, 1),
			 "rolloff_hz", stat(&h->rolloff_hz, 1), "flatness", stat(&h->flatness, 4), "flux_db", stat(&h->flux, 3), "mfcc", mfcc,
			 "bands", band_means(h));
}

json_t *report_onsets(const struct onsets *o)
{
	json_t *a = json_array();
	for (size_t i = 0; a && i < o->n; i++) {
		json_t *one = json_pack("{s:o, s:o, s:o}", "at_s", report_number(o->v[i].at_s, 3), "strength_db",
					report_number(o->v[i].strength_db, 2), "peak_db", report_number(audio_db(o->v[i].level), 1));
		if (json_array_append_new(a, one) < 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

static json_t *beat_times(const struct beats *b, bool bars_only)
{
	json_t *a = json_array();
	for (size_t i = 0; a && i < b->n; i++) {
		if (bars_only && b->v[i].in_bar != 1)
			continue;
		if (json_array_append_new(a, report_number(b->v[i].at_s, 3)) < 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

void report_meter(const struct beats *b, char *ret, size_t size)
{
	unsigned num = b->division == 3 ? b->meter * 3 : b->meter;
	if (b->meter)
		(void)snprintf(ret, size, "%u/%u", num, b->division == 3 ? 8 : 4);
	else
		(void)snprintf(ret, size, "none");
}

json_t *report_beats(const struct beats *b)
{
	char meter[32];
	report_meter(b, meter, sizeof(meter));
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:I, s:o, s:I, s:o, s:o, s:o}", "bpm", report_number(b->bpm, 2), "confidence",
			 report_number(b->confidence, 3), "bpm_second", report_number(b->bpm_second, 1), "steadiness",
			 report_number(b->steadiness, 3), "meter", meter, "beats_per_bar", (json_int_t)b->meter, "meter_confidence",
			 report_number(b->meter_confidence, 3), "division", (json_int_t)b->division, "division_confidence",
			 report_number(b->division_confidence, 3), "beats", beat_times(b, false), "downbeats", beat_times(b, true));
}

json_t *report_key(const struct chroma *c, const struct key_report *k)
{
	json_t *guesses = json_array(), *shares = json_array();
	for (size_t i = 0; guesses && i < k->n_guesses; i++) {
		const struct key_guess *g = &k->guesses[i];
		(void)json_array_append_new(guesses, json_pack("{s:s, s:s, s:o}", "tonic", key_tonic_name(g->tonic, g->mode), "mode",
							       key_mode_name(g->mode), "confidence", report_number(g->confidence, 3)));
	}
	for (int i = 0; shares && i < 12; i++)
		(void)json_array_append_new(shares, report_number(k->chroma[i], 4));
	return json_pack("{s:o, s:o, s:o, s:o}", "keys", guesses, "chroma", shares, "tuning_cents", report_number(c->tuning_cents, 1),
			 "tuning_confidence", report_number(c->tuning_confidence, 3));
}

json_t *report_character(const struct character *c)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "energy", report_number(c->energy, 3), "brightness",
			 report_number(c->brightness, 3), "valence", report_number(c->valence, 3), "mood", c->mood, "mood_confidence",
			 report_number(c->mood_confidence, 2), "texture", c->texture, "texture_confidence",
			 report_number(c->texture_confidence, 2), "style", c->style, "style_confidence", report_number(c->style_confidence, 2),
			 "percussive", report_number(c->percussive, 3), "tonal",
			 report_number(c->tonal, 3), "polyphony", report_number(c->polyphony, 2), "onsets_per_s",
			 report_number(c->onsets_per_s, 2));
}

static json_t *note_json(const struct melody_note *n)
{
	return json_pack("{s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "from_s", report_number(n->start_s, 3), "to_s", report_number(n->end_s, 3), "key",
			 (json_int_t)n->key, "cents", report_number(100 * (n->centre_key - n->key), 1), "confidence",
			 report_number(n->confidence, 3), "vibrato_hz", report_number(n->vibrato_hz, 2), "vibrato_cents",
			 report_number(n->vibrato_cents, 1));
}

json_t *report_pitch(const struct pitch_track *t, const struct melody *m, bool curve)
{
	struct pitch_summary s;
	pitch_summarise(t, &s);
	json_t *notes = json_array();
	for (size_t i = 0; notes && i < m->n; i++)
		(void)json_array_append_new(notes, note_json(&m->v[i]));
	json_t *j = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "voiced", report_number(s.voiced, 3), "median_hz",
			      report_number(s.median_hz, 2), "lowest_hz", report_number(s.lo_hz, 2), "highest_hz", report_number(s.hi_hz, 2),
			      "confidence", report_number(s.confidence, 3), "tuning_cents", report_number(s.tuning_cents, 1), "notes", notes);
	if (!j || !curve)
		return j;
	const size_t stride = sizeof(struct pitch_point) / sizeof(float);
	json_t *c = json_pack("{s:f, s:o, s:o, s:o}", "step_s", 1.0 / PITCH_HZ, "hz", report_numbers(t->n ? &t->v[0].hz : NULL, t->n, stride, 2),
			      "confidence", report_numbers(t->n ? &t->v[0].confidence : NULL, t->n, stride, 2), "level_db",
			      report_numbers(t->n ? &t->v[0].level_db : NULL, t->n, stride, 1));
	if (json_object_set_new(j, "curve", c) < 0) {
		json_decref(j);
		return NULL;
	}
	return j;
}
