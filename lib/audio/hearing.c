/* hearing.c - the pass: frames go to the levels and the loudness meter, the mono stream to two spectra and the envelope. */
#include "audio/hearing.h"

#include "audio/describe_priv.h"
#include "audio/level_priv.h"
#include "audio/mono.h"
#include "audio/pitches_priv.h"
#include "audio/spectrum.h"
#include "base/limits.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/banned.h"

#define FAST_WINDOW_S  0.046
#define SLOW_WINDOW_S  0.25
#define DESCRIBE_EVERY 4 /* fast columns */

struct listener {
	struct hearing *f;
	struct mono *mono;
	struct stft *fast, *slow;
	struct bands *bands;
	struct loudness_meter *meter;
	struct level_meter *levels;
	struct describer *describer;
	struct pitch_finder *pitches;
	size_t room_bands, room_pitches, room_envelope;
	int64_t n_mono; /* frames so far */
	double power;   /* of the envelope step under way */
	float last;
	struct err *err;
};

static int hear_fast(void *arg, size_t column, const float *power)
{
	struct listener *h = arg;
	struct hearing *f = h->f;
	if (mem_grow(&f->bands, &h->room_bands, (column + 1) * HEARING_BANDS, sizeof(float)) < 0)
		return err_set(h->err, -ENOMEM, "bands");
	float *db = f->bands + column * HEARING_BANDS;
	bands_apply(h->bands, power, db);
	for (size_t b = 0; b < HEARING_BANDS; b++)
		db[b] = db[b] > 1e-12f ? 10 * log10f(db[b]) : HEARING_FLOOR_DB;
	f->n_fast = column + 1;
	if (column % DESCRIBE_EVERY == 0)
		describer_add(h->describer, power, db);
	return 0;
}

static int hear_slow(void *arg, size_t column, const float *power)
{
	struct listener *h = arg;
	struct hearing *f = h->f;
	if (mem_grow(&f->pitches, &h->room_pitches, (column + 1) * HEARING_PITCH_BINS, sizeof(float)) < 0)
		return err_set(h->err, -ENOMEM, "pitches");
	pitch_finder_look(h->pitches, power, f->pitches + column * HEARING_PITCH_BINS);
	f->n_slow = column + 1;
	return 0;
}

static int hear_envelope(struct listener *h, const float *mono, size_t n, uint32_t rate_hz)
{
	struct hearing *f = h->f;
	size_t most = f->n_ms + n * HEARING_ENVELOPE_HZ / rate_hz + 2;
	if (mem_grow(&f->envelope, &h->room_envelope, most, sizeof(float)) < 0)
		return err_set(h->err, -ENOMEM, "envelope");
	for (size_t i = 0; i < n;) {
		int64_t begin = (int64_t)f->n_ms * rate_hz / HEARING_ENVELOPE_HZ, end = (int64_t)(f->n_ms + 1) * rate_hz / HEARING_ENVELOPE_HZ;
		for (; i < n && h->n_mono < end; i++, h->n_mono++) {
			double change = (double)(mono[i] - h->last);
			h->power += change * change;
			h->last = mono[i];
		}
		if (h->n_mono < end)
			return 0;
		/* Per second squared, so that the rate does not matter. */
		double scale = (double)rate_hz / 1e4;
		f->envelope[f->n_ms++] = (float)(h->power * scale * scale / (double)(end - begin));
		h->power = 0;
	}
	return 0;
}

static int begin_slow(struct listener *h, uint32_t rate_hz, struct err *err)
{
	struct stft_options o = { .window_frames = (size_t)(SLOW_WINDOW_S * rate_hz), .hop_num = rate_hz, .hop_den = HEARING_SLOW_HZ };
	int code = stft_new(&o, &h->slow, err);
	if (code < 0)
		return code;
	h->pitches = pitch_finder_new(stft_fft_frames(h->slow), rate_hz);
	return h->pitches ? 0 : err_set(err, -ENOMEM, "pitches");
}

static int begin(struct listener *h, struct err *err)
{
	uint32_t rate_hz = mono_rate_hz(h->mono);
	const struct audio_info *info = mono_info(h->mono);
	struct stft_options fast = { .window_frames = (size_t)(FAST_WINDOW_S * rate_hz), .hop_num = rate_hz, .hop_den = HEARING_FAST_HZ };
	int code = stft_new(&fast, &h->fast, err);
	if (code == 0)
		code = bands_new(BAND_MEL, HEARING_BANDS, HEARING_BAND_LO_HZ, HEARING_BAND_HI_HZ, stft_fft_frames(h->fast), rate_hz,
				 &h->bands, err);
	if (code == 0)
		code = begin_slow(h, rate_hz, err);
	if (code == 0)
		code = loudness_meter_new(info->n_channels, info->rate_hz, LOUDNESS_ALL, &h->meter, err);
	if (code < 0)
		return code;
	h->levels = level_meter_new(info->n_channels, info->rate_hz);
	h->describer = describer_new(stft_fft_frames(h->fast), rate_hz);
	return h->levels && h->describer ? 0 : err_set(err, -ENOMEM, "features");
}

static int hear_step(struct listener *h, bool *ret_end, struct err *err)
{
	const float *mono, *raw;
	size_t n, n_raw;
	int code = mono_read(h->mono, &mono, &n, &raw, &n_raw, err);
	if (code < 0)
		return code;
	*ret_end = n == 0 && n_raw == 0;
	code = level_meter_feed(h->levels, raw, n_raw, err);
	if (code == 0)
		code = loudness_meter_feed(h->meter, raw, n_raw, err);
	if (code == 0)
		code = hear_envelope(h, mono, n, mono_rate_hz(h->mono));
	if (code == 0)
		code = stft_feed(h->fast, mono, n, hear_fast, h);
	if (code == 0)
		code = stft_feed(h->slow, mono, n, hear_slow, h);
	return code;
}

static int too_long(const struct audio_info *info, double seconds, struct err *err)
{
	return err_set(err, -EMSGSIZE, "%.0f s of audio, at most %d s are analysed", seconds, LIMIT_LISTEN_SECONDS);
}

static int hear_all(struct listener *h, const struct model_watch *watch, struct err *err)
{
	const struct audio_info *info = mono_info(h->mono);
	int64_t most = (int64_t)LIMIT_LISTEN_SECONDS * info->rate_hz;
	if (info->n_frames > most)
		return too_long(info, (double)info->n_frames / info->rate_hz, err);
	bool end = false;
	while (!end) {
		if (model_cancelled(watch))
			return err_set(err, -ECANCELED, "cancelled");
		model_progress(watch, 0.9 * mono_fraction(h->mono), "listening");
		int code = hear_step(h, &end, err);
		if (code < 0)
			return code;
		if (level_meter_frames(h->levels) > most)
			return too_long(info, (double)LIMIT_LISTEN_SECONDS + 1, err);
	}
	int code = stft_end(h->fast, hear_fast, h);
	return code < 0 ? code : stft_end(h->slow, hear_slow, h);
}

static int finish(struct listener *h, struct err *err)
{
	struct hearing *f = h->f;
	f->info = *mono_info(h->mono);
	f->info.n_frames = level_meter_frames(h->levels);
	f->duration_s = (double)f->info.n_frames / f->info.rate_hz;
	level_meter_read(h->levels, f);
	describer_read(h->describer, f);
	loudness_meter_read(h->meter, &f->loudness);
	f->n_loudness = loudness_meter_curve(h->meter, 30, NULL, 0);
	f->loudness_curve = mem_new_array(f->n_loudness, sizeof(float));
	f->n_loudness_steps = loudness_meter_curve(h->meter, 1, NULL, 0);
	f->loudness_steps = mem_new_array(f->n_loudness_steps, sizeof(float));
	f->level = mem_new_array(f->n_fast, sizeof(float));
	if (!f->loudness_curve || !f->loudness_steps || !f->level)
		return err_set(err, -ENOMEM, "features");
	(void)loudness_meter_curve(h->meter, 30, f->loudness_curve, f->n_loudness);
	(void)loudness_meter_curve(h->meter, 1, f->loudness_steps, f->n_loudness_steps);
	level_meter_curve(h->levels, f->level, f->n_fast);
	return 0;
}

static void done(struct listener *h)
{
	mono_close(h->mono);
	stft_free(h->fast);
	stft_free(h->slow);
	bands_free(h->bands);
	loudness_meter_free(h->meter);
	level_meter_free(h->levels);
	describer_free(h->describer);
	pitch_finder_free(h->pitches);
}

int hearing_of(const char *path, const struct model_watch *watch, struct hearing **ret, struct err *err)
{
	AUTO(hearing) f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(err, -ENOMEM, "'%s'", path);
	struct listener h = { .f = f, .err = err };
	int code = mono_open(path, 0, &h.mono, err);
	uint32_t rate_hz = code == 0 ? mono_rate_hz(h.mono) : 0;
	if (code == 0 && mono_analysis_rate_hz(rate_hz) != rate_hz) {
		mono_close(TAKE(h.mono));
		code = mono_open(path, mono_analysis_rate_hz(rate_hz), &h.mono, err);
	}
	if (code == 0)
		code = begin(&h, err);
	if (code == 0)
		code = hear_all(&h, watch, err);
	if (code == 0)
		code = finish(&h, err);
	done(&h);
	if (code < 0)
		return err_wrap(err, code, "'%s'", path);
	*ret = TAKE(f);
	return 0;
}

void hearing_free(struct hearing *f)
{
	if (!f)
		return;
	free(f->bands);
	free(f->level);
	free(f->envelope);
	free(f->pitches);
	free(f->loudness_curve);
	free(f->loudness_steps);
	free(f);
}
