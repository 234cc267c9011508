#include "audio/analysis.h"
#include "audio/fft.h"
#include "audio/mono.h"
#include "audio/resample.h"
#include "audio/spectrum.h"

#include "../cpu.h"
#include "sound.h"

static void test_fft_agrees_with_the_sum_that_defines_it(void **state)
{
	static const size_t sizes[] = { 4, 6, 10, 14, 64, 90, 250 };
	for (size_t s = 0; s < COUNT_OF(sizes); s++) {
		size_t n = sizes[s];
		float x[256] = { 0 }, bins[260], power[130], back[256];
		sound_noise(x, n, n, 1);
		AUTO(fft) f = NULL;
		assert_int_equal(fft_new(n, &f, NULL), 0);
		assert_int_equal(fft_bins(f), n / 2 + 1);
		fft_forward(f, x, bins);
		fft_power(f, x, power);
		for (size_t k = 0; k <= n / 2; k++) {
			double re = 0, im = 0;
			for (size_t i = 0; i < n; i++) {
				re += (double)x[i] * cos(2 * M_PI * (double)(k * i) / (double)n);
				im -= (double)x[i] * sin(2 * M_PI * (double)(k * i) / (double)n);
			}
			assert_true(fabs((double)bins[2 * k] - re) < 1e-4 && fabs((double)bins[2 * k + 1] - im) < 1e-4);
			assert_true(fabs((double)power[k] - re * re - im * im) < 1e-2);
		}
		fft_inverse(f, bins, back);
		for (size_t i = 0; i < n; i++)
			assert_true(fabsf(back[i] - x[i]) < 1e-5f);
	}
	struct err err = ERR_INIT;
	struct fft *none = NULL;
	assert_int_equal(fft_new(7, &none, &err), -EINVAL);
	assert_int_equal(fft_new(2 * FFT_MAX, &none, &err), -EINVAL);
	assert_int_equal(fft_fast_size(2227), 2250);
	assert_int_equal(fft_fast_size(2048), 2048);
	assert_int_equal(fft_fast_size(1), 4);
}

struct heard {
	size_t n_columns, n_bins;
	float power[400][65];
};

static int hear(void *arg, size_t column, const float *power)
{
	struct heard *h = arg;
	assert_int_equal(column, h->n_columns);
	assert_true(column < COUNT_OF(h->power));
	memcpy(h->power[h->n_columns++], power, h->n_bins * sizeof(float));
	return 0;
}

static void hear_all(struct heard *h, const float *x, size_t n, const struct stft_options *o, size_t step)
{
	AUTO(stft) s = NULL;
	assert_int_equal(stft_new(o, &s, NULL), 0);
	h->n_columns = 0;
	h->n_bins = stft_bins(s);
	assert_true(h->n_bins <= COUNT_OF(h->power[0]));
	for (size_t at = 0; at < n; at += step)
		assert_int_equal(stft_feed(s, x + at, at + step < n ? step : n - at, hear, h), 0);
	assert_int_equal(stft_end(s, hear, h), 0);
}

static void test_spectrum_does_not_depend_on_the_size_of_the_steps(void **state)
{
	static struct heard a, b;
	static float x[4000];
	sound_noise(x, COUNT_OF(x), 5, 1);
	static const struct stft_options options[] = { { 100, 128, 50, 1 }, { 100, 0, 147, 10 }, { 4, 4, 999, 1 }, { 90, 0, 11, 1 } };
	static const size_t steps[] = { 1, 7, 100, 3999 };
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		const struct stft_options *o = &options[i];
		hear_all(&a, x, COUNT_OF(x), o, COUNT_OF(x));
		/* One column for each centre inside the sound. */
		assert_int_equal(a.n_columns, (COUNT_OF(x) * o->hop_den + o->hop_num - 1) / o->hop_num);
		for (size_t s = 0; s < COUNT_OF(steps); s++) {
			hear_all(&b, x, COUNT_OF(x), o, steps[s]);
			assert_int_equal(a.n_columns, b.n_columns);
			for (size_t c = 0; c < a.n_columns; c++)
				assert_memory_equal(a.power[c], b.power[c], a.n_bins * sizeof(float));
		}
	}
	hear_all(&a, x, 0, &options[0], 1);
	assert_int_equal(a.n_columns, 0);
}

static void test_a_sine_has_its_power_in_its_bin_and_its_column(void **state)
{
	static struct heard h;
	static float x[8000];
	/* Bin 16 of 128 at 8 kHz is 1 kHz; it sounds in the second half only. */
	sound_sine(x, 8000, 8000, 0.5, 1, 1000, 0.5);
	hear_all(&h, x, 8000, &(struct stft_options){ 128, 128, 80, 1 }, 333);
	assert_int_equal(h.n_columns, 100);
	for (size_t c = 0; c < 100; c++) {
		if (c < 49 - 1) {
			assert_true(h.power[c][16] < 1e-9f);
		} else if (c > 52 && c < 98) {
			assert_true(fabsf(h.power[c][16] - 0.25f) < 0.01f);
			assert_true(h.power[c][40] < 1e-6f);
		}
	}
}

static void test_bands_weigh_white_noise_equally_and_find_tones(void **state)
{
	for (int scale = 0; scale < BAND_SCALE_COUNT; scale++) {
		AUTO(bands) b = NULL;
		assert_int_equal(bands_new((enum band_scale)scale, 24, 60, 8000, 1024, 44100, &b, NULL), 0);
		float power[513], got[24];
		for (size_t i = 0; i < 513; i++)
			power[i] = 0.25f;
		bands_apply(b, power, got);
		for (size_t i = 0; i < 24; i++)
			assert_true(fabsf(got[i] - 0.25f) < 1e-5f);
		memset(power, 0, sizeof(power));
		power[93] = 1; /* 4005 Hz */
		bands_apply(b, power, got);
		size_t best = 0;
		for (size_t i = 0; i < 24; i++)
			best = got[i] > got[best] ? i : best;
		double place = band_place((enum band_scale)scale, 60, 8000, 4005);
		assert_true(fabs(place * 25 - 1 - (double)best) < 1);
		assert_true(fabs(band_hz((enum band_scale)scale, 60, 8000, place) - 4005) < 1e-6);
	}
	struct bands *none = NULL;
	assert_int_equal(bands_new(BAND_MEL, 0, 60, 8000, 1024, 44100, &none, NULL), -EINVAL);
	assert_int_equal(bands_new(BAND_MEL, 4, 8000, 60, 1024, 44100, &none, NULL), -EINVAL);
}

/* The row of a column that is loudest. */
static size_t loudest(const struct spectrogram *s, size_t column)
{
	size_t best = 0;
	for (size_t r = 0; r < s->n_rows; r++)
		best = s->db[column * s->n_rows + r] > s->db[column * s->n_rows + best] ? r : best;
	return best;
}

static void test_spectrogram_of_a_file_shows_what_sounds_when(void **state)
{
	static const uint32_t rates[] = { 8000, 44100, 96000 };
	for (size_t i = 0; i < COUNT_OF(rates) * BAND_SCALE_COUNT; i++) {
		double rate = rates[i / BAND_SCALE_COUNT];
		size_t n = (size_t)(2 * rate);
		AUTO_MEM float *x = sound_new(n);
		sound_sine(x, n, rate, 0, 1, 440, 0.5);
		sound_sine(x, n, rate, 1, 2, 1760, 0.05);
		char *path = sound_file(x, n, 1, (uint32_t)rate);
		struct spectrogram_options o = { 100, 64, (enum band_scale)(i % BAND_SCALE_COUNT), 55, 3520, 0 };
		struct spectrogram s;
		assert_int_equal(audio_spectrogram(path, &o, NULL, &s, NULL), 0);
		assert_true(fabs(s.duration_s - 2) < 1e-9);
		for (size_t c = 5; c < 95; c++) {
			if (c > 45 && c < 55)
				continue;
			double place = 64 * band_place(o.scale, 55, 3520, c < 50 ? 440 : 1760);
			assert_true(fabs((double)loudest(&s, c) - place + 0.5) <= 1.5);
			assert_true(fabs((double)s.db[c * 64 + loudest(&s, c)] - (c < 50 ? -6 : -26)) < 2);
		}
		spectrogram_done(&s);
		sound_file_done(path);
	}
}

static void test_spectrogram_of_a_part_shows_that_part_alone(void **state)
{
	size_t n = 3 * 44100;
	AUTO_MEM float *x = sound_new(n);
	sound_sine(x, n, 44100, 0, 1, 440, 0.5);
	sound_sine(x, n, 44100, 1, 2, 1760, 0.5);
	sound_sine(x, n, 44100, 2, 3, 220, 0.5);
	char *path = sound_file(x, n, 1, 44100);
	struct spectrogram_options o = { 100, 64, BAND_LOG, 55, 3520, 0, 1, 2 };
	struct spectrogram s;
	struct err err = ERR_INIT;
	assert_int_equal(audio_spectrogram(path, &o, NULL, &s, NULL), 0);
	assert_true(s.from_s == 1 && s.duration_s == 1);
	for (size_t c = 5; c < 95; c++)
		assert_true(fabs((double)loudest(&s, c) - 64 * band_place(BAND_LOG, 55, 3520, 1760) + 0.5) <= 1.5);
	spectrogram_done(&s);
	o.to_s = 99; /* cut at the end of the sound */
	assert_int_equal(audio_spectrogram(path, &o, NULL, &s, NULL), 0);
	assert_true(s.from_s == 1 && s.duration_s == 2);
	assert_true(fabs((double)loudest(&s, 75) - 64 * band_place(BAND_LOG, 55, 3520, 220) + 0.5) <= 1.5);
	spectrogram_done(&s);
	o.from_s = 3;
	assert_int_equal(audio_spectrogram(path, &o, NULL, &s, &err), -EINVAL);
	assert_string_equal(err.field, "from_s");
	o.from_s = 2, o.to_s = 1;
	assert_int_equal(audio_spectrogram(path, &o, NULL, &s, &err), -EINVAL);
	sound_file_done(path);
}

static void test_spectrogram_fills_every_column_of_short_and_long_sounds(void **state)
{
	static const size_t lengths[] = { 1, 100, 3000, 200000 };
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		AUTO_MEM float *x = sound_new(2 * lengths[i]);
		sound_noise(x, 2 * lengths[i], 7, 0.5);
		char *path = sound_file(x, lengths[i], 2, 48000);
		struct spectrogram_options o = { 333, 20, BAND_MEL, 0, 0, 0.02 };
		struct spectrogram s;
		assert_int_equal(audio_spectrogram(path, &o, NULL, &s, NULL), 0);
		for (size_t c = 0; c < 333; c++)
			assert_true(s.db[c * 20 + 10] > -90);
		spectrogram_done(&s);
		sound_file_done(path);
	}
}

static bool at_once(void *arg)
{
	return true;
}

static int count_column(void *arg, size_t column, const float *power)
{
	++*(size_t *)arg;
	return 0;
}

/* What is left when the last column was made must not fill the line: it waited for room for ever. */
static void test_windows_of_any_length_come_to_an_end(void **state)
{
	static const size_t windows[] = { 16, 1000, 8192, 9000, 48000, 100001 };
	static const size_t lengths[] = { 0, 1, 7, 4096, 48000, 200000 };
	AUTO_MEM float *x = sound_new(200000);
	(void)state;
	for (size_t i = 0; i < COUNT_OF(windows); i++)
		for (size_t k = 0; k < COUNT_OF(lengths); k++)
			for (uint32_t hop = 4000; hop < 200000; hop *= 7) {
				struct stft_options o = { .window_frames = windows[i], .hop_num = hop, .hop_den = 1 };
				AUTO(stft) s = NULL;
				size_t n = 0;
				assert_int_equal(stft_new(&o, &s, NULL), 0);
				assert_int_equal(stft_feed(s, x, lengths[k], count_column, &n), 0);
				assert_int_equal(stft_end(s, count_column, &n), 0);
				assert_int_equal(n, (lengths[k] + hop - 1) / hop);
			}
}

struct asking {
	size_t n, cancel_at;
};

static bool ask(void *arg)
{
	struct asking *a = arg;
	return ++a->n > a->cancel_at;
}

static void test_spectrogram_with_long_windows_is_soon_drawn_and_cancelled(void **state)
{
	enum { N = 4 * 48000 };
	AUTO_MEM float *x = sound_new(N);
	(void)state;
	sound_noise(x, N, 1, 0.5);
	char *path = sound_file(x, N, 1, 48000);
	struct spectrogram_options o = { 1000, 64, BAND_LOG, 55, 3520, 1 };
	struct spectrogram s;
	struct asking a = { 0, SIZE_MAX };
	const struct model_watch watch = { .cancelled = ask, .arg = &a };
	double from = cpu_seconds();
	assert_int_equal(audio_spectrogram(path, &o, &watch, &s, NULL), 0);
	double took = cpu_seconds() - from;
	print_message("windows of a second: %.2f s of CPU, asked %zu times\n", took, a.n);
	assert_true(took < 1.5 * CPU_SLOWER);
	spectrogram_done(&s);
	struct err err = ERR_INIT;
	a = (struct asking){ 0, a.n - 2 }; /* the last time between two spectra */
	assert_int_equal(audio_spectrogram(path, &o, &watch, &s, &err), -ECANCELED);
	sound_file_done(path);
}

static void test_spectrogram_refuses_nonsense_and_can_be_cancelled(void **state)
{
	float x[100] = { 0 };
	char *path = sound_file(x, 100, 1, 8000);
	struct spectrogram s;
	struct err err = ERR_INIT;
	static const struct spectrogram_options bad[] = {
		{ 0, 20, BAND_MEL, 0, 0, 0 },  { 20, 0, BAND_MEL, 0, 0, 0 },          { 20, 20, BAND_LOG, 0, 0, 0 },
		{ 20, 20, 7, 10, 0, 0 },       { 1 << 30, 20, BAND_MEL, 0, 0, 0 },    { 20, 20, BAND_MEL, 5000, 0, 0 },
		{ 20, 20, BAND_MEL, 0, 0, 9 }, { 20, 20, BAND_MEL, 0, (double)NAN, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(audio_spectrogram(path, &bad[i], NULL, &s, &err), -EINVAL);
	struct model_watch watch = { .cancelled = at_once };
	struct spectrogram_options o = { 20, 20, BAND_MEL, 0, 0, 0 };
	assert_int_equal(audio_spectrogram(path, &o, &watch, &s, &err), -ECANCELED);
	sound_file_done(path);
	assert_int_equal(audio_spectrogram("/nowhere", &o, NULL, &s, &err), -ENOENT);
}

static void test_mono_mixes_resamples_and_keeps_the_length(void **state)
{
	static const uint32_t rates[] = { 8000, 11025, 44100, 88200, 192000 };
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		uint32_t rate = rates[i], wanted = mono_analysis_rate_hz(rate);
		assert_true(wanted <= 48000 && rate % wanted == 0);
		size_t n = rate / 2;
		AUTO_MEM float *x = sound_new(2 * n);
		for (size_t f = 0; f < n; f++) {
			x[2 * f] = (float)sin(2 * M_PI * 300 * (double)f / rate);
			x[2 * f + 1] = 0;
		}
		char *path = sound_file(x, n, 2, rate);
		for (uint32_t to = wanted; to; to = to == wanted ? 16000 : 0) {
			struct mono *m = NULL;
			assert_int_equal(mono_open(path, to, &m, NULL), 0);
			size_t total = 0, raw_total = 0, got, raw_got;
			const float *mono, *raw;
			double worst = 0;
			do {
				assert_int_equal(mono_read(m, &mono, &got, &raw, &raw_got, NULL), 0);
				for (size_t f = 0; f < got; f++, total++)
					if (total > to / 50 && total + to / 50 < to / 2)
						worst = fmax(worst, fabs((double)mono[f] - 0.5 * sin(2 * M_PI * 300 * (double)total / to)));
				raw_total += raw_got;
			} while (got > 0 || raw_got > 0);
			assert_true(worst < 1e-3);
			assert_int_equal(raw_total, n);
			assert_int_equal(total, resample_length((int64_t)n, rate, to));
			assert_true(mono_fraction(m) == 1);
			mono_close(m);
		}
		sound_file_done(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fft_agrees_with_the_sum_that_defines_it),
		cmocka_unit_test(test_spectrum_does_not_depend_on_the_size_of_the_steps),
		cmocka_unit_test(test_a_sine_has_its_power_in_its_bin_and_its_column),
		cmocka_unit_test(test_bands_weigh_white_noise_equally_and_find_tones),
		cmocka_unit_test(test_spectrogram_of_a_file_shows_what_sounds_when),
		cmocka_unit_test(test_spectrogram_of_a_part_shows_that_part_alone),
		cmocka_unit_test(test_spectrogram_fills_every_column_of_short_and_long_sounds),
		cmocka_unit_test(test_windows_of_any_length_come_to_an_end),
		cmocka_unit_test(test_spectrogram_with_long_windows_is_soon_drawn_and_cancelled),
		cmocka_unit_test(test_spectrogram_refuses_nonsense_and_can_be_cancelled),
		cmocka_unit_test(test_mono_mixes_resamples_and_keeps_the_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
