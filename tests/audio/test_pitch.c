#include "audio/pitch.h"
#include "have.h"

#include "sound.h"

#if HAVE_SNDFILE
#include <sndfile.h>
#endif

static struct pitch_track track_of(const float *x, size_t n, uint32_t n_channels, uint32_t rate_hz)
{
	char *path = sound_file(x, n, n_channels, rate_hz);
	struct pitch_track t;
	assert_int_equal(pitch_track_of(path, &(struct pitch_options){ 0 }, NULL, &t, NULL), 0);
	sound_file_done(path);
	return t;
}

static double cents(double hz, double want)
{
	return 1200 * log2(hz / want);
}

/* A tone like a voice's: overtones that fall by 6 dB an octave, phase by phase, so that it may move. */
static double voice(double phase, double rate_hz, double hz)
{
	double y = 0;
	for (int k = 1; k <= 8 && k * hz < 0.45 * rate_hz; k++)
		y += sin(2 * M_PI * k * phase) / k;
	return 0.3 * y;
}

/* Rows: L14, L19 */
static void test_pitch_is_the_same_at_every_rate_in_mono_and_stereo(void **state)
{
	static const uint32_t rates[] = { 8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000 };
	static const double tones[] = { 82.41, 220, 261.63, 440, 987.77 };
	for (size_t i = 0; i < COUNT_OF(rates) * 2; i++) {
		uint32_t rate = rates[i / 2], n_channels = 1 + (uint32_t)(i % 2);
		double hz = tones[i % COUNT_OF(tones)];
		size_t n = rate / 2;
		AUTO_MEM float *x = sound_new(n * n_channels);
		for (size_t f = 0; f < n; f++)
			for (uint32_t c = 0; c < n_channels; c++)
				x[f * n_channels + c] = (float)voice(hz * (double)f / rate, rate, hz);
		struct pitch_track t = track_of(x, n, n_channels, rate);
		assert_true(t.n >= 49 && t.n <= 51);
		assert_true(fabs(t.duration_s - 0.5) < 1e-3);
		for (size_t k = 4; k + 5 < t.n; k++)
			if (fabs(cents((double)t.v[k].hz, hz)) > 5)
				fail_msg("%u Hz, %u channels: %g Hz instead of %g", rate, n_channels, (double)t.v[k].hz, hz);
		struct pitch_summary s;
		pitch_summarise(&t, &s);
		if (fabs(cents(s.median_hz, hz)) > 4 || s.voiced < 0.9)
			fail_msg("%u Hz: the median is %g Hz instead of %g, voiced %g", rate, s.median_hz, hz, s.voiced);
		pitch_track_done(&t);
	}
}

#if HAVE_SNDFILE
static char *encoded(const float *x, size_t n, int rate_hz, int format)
{
	char *path = strdup("/tmp/hoot-encoded-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	SF_INFO info = { .samplerate = rate_hz, .channels = 1, .format = format };
	SNDFILE *f = sf_open(path, SFM_WRITE, &info);
	assert_non_null(f);
	assert_int_equal(sf_writef_float(f, x, (sf_count_t)n), (sf_count_t)n);
	sf_close(f);
	return path;
}
#endif

/* Rows: L14, L19 */
static void test_pitch_is_the_same_in_flac_and_ogg_at_their_own_rates(void **state)
{
#if HAVE_SNDFILE
	static const int rates[] = { 8000, 16000, 22050, 32000, 44100, 48000, 96000 };
	static const int formats[] = { SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS };
	for (size_t i = 0; i < COUNT_OF(rates) * COUNT_OF(formats); i++) {
		int rate = rates[i / 2];
		size_t n = (size_t)rate;
		AUTO_MEM float *x = sound_new(n);
		for (size_t f = 0; f < n; f++)
			x[f] = (float)voice(330 * (double)f / rate, rate, 330);
		char *path = encoded(x, n, rate, formats[i % 2]);
		struct pitch_track t;
		struct pitch_summary s;
		assert_int_equal(pitch_track_of(path, &(struct pitch_options){ 0 }, NULL, &t, NULL), 0);
		pitch_summarise(&t, &s);
		assert_true(fabs(cents(s.median_hz, 330)) < 5 && s.voiced > 0.9);
		assert_true(fabs(t.duration_s - 1) < 0.01);
		pitch_track_done(&t);
		sound_file_done(path);
	}
#else
	print_message("skipped: no libsndfile in this build\n");
	skip();
#endif
}

static void test_pitch_follows_glides_and_vibrato(void **state)
{
	enum { RATE = 44100, N = 3 * RATE };
	static float x[N];
	static double truth[N];
	double phase = 0;
	for (size_t i = 0; i < N; i++) {
		double t = (double)i / RATE;
		/* A glide of an octave, then vibrato of 60 cents at 5.5 Hz. */
		double key = t < 1 ? 48 + 12 * t : t < 2 ? 60 : 60 + 0.6 * sin(2 * M_PI * 5.5 * (t - 2));
		truth[i] = pitch_hz(key);
		phase += truth[i] / RATE;
		x[i] = (float)voice(phase, RATE, truth[i]);
	}
	struct pitch_track t = track_of(x, N, 1, RATE);
	double worst = 0, sum = 0, n = 0;
	for (size_t k = 5; k + 6 < t.n; k++) {
		double off = fabs(cents((double)t.v[k].hz, truth[k * RATE / PITCH_HZ]));
		worst = fmax(worst, off);
		sum += off;
		n++;
	}
	if (worst > 15 || sum / n > 4)
		fail_msg("off by %g cents at most, %g on average", worst, sum / n);
	pitch_track_done(&t);
}

static void test_pitch_keeps_its_octave_in_noise_and_without_its_fundamental(void **state)
{
	enum { RATE = 48000, N = RATE };
	static float x[N];
	for (int what = 0; what < 2; what++) {
		memset(x, 0, sizeof(x));
		for (size_t i = 0; i < N; i++)
			for (int k = what ? 2 : 1; k <= 7; k++)
				x[i] += (float)(0.1 * sin(2 * M_PI * k * 196 * (double)i / RATE));
		sound_noise(x, N, 4, 0.1); /* about 12 dB below */
		struct pitch_track t = track_of(x, N, 1, RATE);
		for (size_t k = 4; k + 5 < t.n; k++)
			assert_true(fabs(cents((double)t.v[k].hz, 196)) < 20);
		pitch_track_done(&t);
	}
}

static void test_pitch_of_noise_and_silence_is_none(void **state)
{
	enum { RATE = 44100, N = 2 * RATE };
	static float x[N];
	sound_noise(x, N / 2, 9, 0.5);
	struct pitch_track t = track_of(x, N, 1, RATE);
	struct pitch_summary s;
	pitch_summarise(&t, &s);
	assert_true(s.voiced < 0.03);
	pitch_track_done(&t);
	for (size_t n = 0; n < 3000; n = n * 3 + 1) {
		t = track_of(x, n, 1, RATE);
		pitch_summarise(&t, &s);
		pitch_track_done(&t);
	}
}

static bool at_once(void *arg)
{
	return true;
}

static void test_pitch_refuses_ranges_that_are_none_and_can_be_cancelled(void **state)
{
	float x[100] = { 0 };
	char *path = sound_file(x, 100, 1, 8000);
	struct pitch_track t;
	struct err err = ERR_INIT;
	static const struct pitch_options bad[] = { { 400, 300 }, { 1, 300 }, { 60, 1e6 } };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_int_equal(pitch_track_of(path, &bad[i], NULL, &t, &err), -EINVAL);
		assert_string_equal(err.field, "lo_hz");
	}
	struct model_watch watch = { .cancelled = at_once };
	assert_int_equal(pitch_track_of(path, &(struct pitch_options){ 0 }, &watch, &t, &err), -ECANCELED);
	sound_file_done(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pitch_is_the_same_at_every_rate_in_mono_and_stereo),
		cmocka_unit_test(test_pitch_is_the_same_in_flac_and_ogg_at_their_own_rates),
		cmocka_unit_test(test_pitch_follows_glides_and_vibrato),
		cmocka_unit_test(test_pitch_keeps_its_octave_in_noise_and_without_its_fundamental),
		cmocka_unit_test(test_pitch_of_noise_and_silence_is_none),
		cmocka_unit_test(test_pitch_refuses_ranges_that_are_none_and_can_be_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
