#include "audio/hearing.h"
#include "base/limits.h"

#include "sound.h"

static struct hearing *hear(const float *x, size_t n, uint32_t n_channels, uint32_t rate_hz)
{
	char *path = sound_file(x, n, n_channels, rate_hz);
	struct hearing *h = NULL;
	struct err err = ERR_INIT;
	if (hearing_of(path, NULL, &h, &err) < 0)
		fail_msg("%s", err.msg);
	sound_file_done(path);
	return h;
}

/* Rows: L19 */
static void test_hearing_is_alike_at_every_rate(void **state)
{
	static const uint32_t rates[] = { 8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 192000 };
	for (size_t r = 0; r < COUNT_OF(rates); r++) {
		size_t n = 2 * rates[r];
		AUTO_MEM float *x = sound_new(n);
		sound_sine(x, n, rates[r], 0, 2, 1000, 0.5);
		AUTO(hearing) h = hear(x, n, 1, rates[r]);
		assert_true(fabs(h->duration_s - 2) < 1e-9 && h->n_fast == 200 && h->n_slow == 20);
		assert_true(h->n_ms >= 1999 && h->n_ms <= 2000);
		/* The band around 1 kHz is the loudest, and as loud everywhere. */
		size_t best = 0;
		const float *bands = h->bands + 100 * HEARING_BANDS;
		for (size_t b = 0; b < HEARING_BANDS; b++)
			best = bands[b] > bands[best] ? b : best;
		assert_int_equal(best, 10);
		assert_true(fabs(h->centroid_hz.mean - 1000) < 30 && h->centroid_hz.deviation < 60);
		assert_true(h->flatness.mean < 0.01);
		assert_true(fabs(h->rolloff_hz.mean - 1000) < 60);
		/* 1 kHz is 21 cents above B, 14.21 semitones above A. */
		const float *pitches = h->pitches + 10 * HEARING_PITCH_BINS;
		size_t top = 0;
		for (size_t p = 0; p < HEARING_PITCH_BINS; p++)
			top = pitches[p] > pitches[top] ? p : top;
		assert_true(top >= 21 && top <= 23);
		assert_true(fabs(h->levels.peak - 0.5) < 0.01 && fabs(h->levels.rms - 0.3536) < 0.01);
		assert_true(fabs(h->loudness.integrated_lufs + 9.0) < 0.6);
	}
}

static void test_hearing_tells_noise_from_tones_and_bright_from_dark(void **state)
{
	enum { RATE = 44100, N = 2 * RATE };
	static float x[N];
	sound_noise(x, N, 1, 0.3);
	AUTO(hearing) noise = hear(x, N, 1, RATE);
	memset(x, 0, sizeof(x));
	sound_sine(x, N, RATE, 0, 2, 110, 0.3);
	AUTO(hearing) dark = hear(x, N, 1, RATE);
	assert_true(noise->flatness.mean > 0.3 && dark->flatness.mean < 0.01);
	assert_true(noise->centroid_hz.mean > 9000 && dark->centroid_hz.mean < 200);
	assert_true(noise->mfcc[0].mean > dark->mfcc[0].mean);
	assert_true(fabs(noise->mfcc[1].mean - dark->mfcc[1].mean) > 20);
}

static void test_hearing_counts_flat_tops_and_finds_an_offset(void **state)
{
	enum { RATE = 48000, N = RATE };
	static float x[2 * N];
	for (size_t i = 0; i < N; i++) {
		double s = 1.5 * sin(2 * M_PI * 100 * (double)i / RATE);
		x[2 * i] = (float)fmax(-1, fmin(1, s));
		x[2 * i + 1] = (float)(0.2 * s + 0.05);
	}
	AUTO(hearing) h = hear(x, N, 2, RATE);
	assert_int_equal(h->n_clips, 200); /* two in each of 100 periods */
	assert_true(h->first_clip_s >= 0 && h->first_clip_s < 0.005);
	assert_true(fabs(h->dc_worst - 0.05) < 1e-4);
	assert_true(fabs(h->levels.mean - 0.025) < 1e-4);
	/* Clipped, then turned down: the flat tops are still there. */
	for (size_t i = 0; i < N; i++)
		x[2 * i + 1] = x[2 * i] *= 0.5f;
	AUTO(hearing) low = hear(x, N, 2, RATE);
	assert_true(low->n_clips >= 200);
	memset(x, 0, sizeof(x));
	sound_sine(x, N, RATE, 0, 1, 50, 0.9);
	AUTO(hearing) clean = hear(x, N, 1, RATE);
	assert_true(clean->n_clips == 0 && clean->first_clip_s == -1);
}

static void test_loudness_of_any_stretch_is_the_mean_of_its_steps(void **state)
{
	enum { RATE = 48000 };
	size_t n = 4 * RATE;
	AUTO_MEM float *x = sound_new(n);
	sound_sine(x, n, RATE, 0, 2, 997, 0.1);
	sound_sine(x, n, RATE, 2, 4, 997, 0.5);
	AUTO(hearing) h = hear(x, n, 1, RATE);
	assert_int_equal(h->n_loudness_steps, 40);
	double quiet = -3.01 - 20, loud = -3.01 - 6.02;
	for (size_t i = 2; i < 40; i++)
		assert_true(i == 20 || fabs((double)h->loudness_steps[i] - (i < 20 ? quiet : loud)) < 0.3);
}

static void test_hearing_of_hardly_anything_is_empty_and_not_an_error(void **state)
{
	static float x[4000];
	for (size_t n = 0; n < 4000; n = n * 5 + 1) {
		AUTO(hearing) h = hear(x, n, 1, 8000);
		assert_true(h->n_described == 0 && h->n_clips == 0 && h->levels.peak == 0);
		assert_int_equal(h->n_fast, (n + 79) / 80);
	}
}

static bool at_once(void *arg)
{
	return true;
}

static void test_hearing_refuses_what_is_too_long_and_can_be_cancelled(void **state)
{
	struct err err = ERR_INIT;
	struct hearing *h = NULL;
	size_t n = (size_t)(LIMIT_LISTEN_SECONDS + 1) * 100;
	AUTO_MEM float *x = sound_new(n);
	char *path = sound_file(x, n, 1, 100);
	assert_int_equal(hearing_of(path, NULL, &h, &err), -EMSGSIZE);
	assert_non_null(strstr(err.msg, "at most"));
	sound_file_done(path);
	path = sound_file(x, 1000, 1, 8000);
	struct model_watch watch = { .cancelled = at_once };
	assert_int_equal(hearing_of(path, &watch, &h, &err), -ECANCELED);
	sound_file_done(path);
	assert_int_equal(hearing_of("/nowhere", NULL, &h, &err), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hearing_is_alike_at_every_rate),
		cmocka_unit_test(test_hearing_tells_noise_from_tones_and_bright_from_dark),
		cmocka_unit_test(test_hearing_counts_flat_tops_and_finds_an_offset),
		cmocka_unit_test(test_loudness_of_any_stretch_is_the_mean_of_its_steps),
		cmocka_unit_test(test_hearing_of_hardly_anything_is_empty_and_not_an_error),
		cmocka_unit_test(test_hearing_refuses_what_is_too_long_and_can_be_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
