#include "audio/analysis.h"
#include "audio/wav.h"

#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fill_sine(float *x, size_t n, uint32_t n_channels, uint32_t rate_hz, double hz, double amplitude)
{
	for (size_t i = 0; i < n * n_channels; i++)
		x[i] = (float)(amplitude * sin(2 * M_PI * hz * (double)(i / n_channels) / rate_hz));
}

static void test_levels_of_a_sine_are_what_the_book_says(void **state)
{
	static float x[48000];
	struct audio_levels l;
	fill_sine(x, 48000, 1, 48000, 100, 0.5);
	audio_levels(x, 48000, 1, &l);
	assert_true(fabs(l.peak - 0.5) < 1e-6);
	assert_true(fabs(l.rms - 0.5 / sqrt(2)) < 1e-4);
	assert_true(fabs(l.mean) < 1e-6);
	assert_int_equal(l.n_clipped, 0);
	x[7] = 1.0f;
	x[9] = -1.5f;
	audio_levels(x, 48000, 1, &l);
	assert_int_equal(l.n_clipped, 2);
	assert_true(l.peak == 1.5);
	audio_levels(x, 0, 1, &l);
	assert_true(l.peak == 0 && l.rms == 0);
}

static void test_decibels_go_both_ways_and_have_a_floor(void **state)
{
	assert_true(fabs(audio_db(0.5) + 6.0206) < 1e-4);
	assert_true(fabs(audio_from_db(audio_db(0.123)) - 0.123) < 1e-12);
	assert_true(audio_db(0) == AUDIO_DB_FLOOR);
	assert_true(audio_db(1e-300) == AUDIO_DB_FLOOR);
}

static void test_silence_is_told_from_sound_and_ends_where_the_sound_ends(void **state)
{
	float x[200] = { 0 };
	assert_int_equal(audio_sounding_frames(x, 100, 2, -60), 0);
	assert_int_equal(audio_sounding_frames(x, 0, 2, -60), 0);
	x[101] = 0.0005f; /* -66 dB, right channel of frame 50 */
	assert_int_equal(audio_sounding_frames(x, 100, 2, -60), 0);
	assert_int_equal(audio_sounding_frames(x, 100, 2, -70), 51);
	x[198] = -0.5f;
	assert_int_equal(audio_sounding_frames(x, 100, 2, -60), 100);
}

/* A file of those samples. */
static void write_floats(char path[], const float *x, size_t n_frames, uint32_t n_channels)
{
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	struct wav_spec spec = { 48000, n_channels, WAV_FLOAT32, 0 };
	struct wav_writer *w = NULL;
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	assert_int_equal(wav_writer_write(w, x, n_frames, NULL), 0);
	assert_int_equal(wav_writer_close(w, NULL), 0);
}

static void test_peaks_agree_with_a_plain_search_in_each_bucket(void **state)
{
	char path[] = "/tmp/hoot-peaks-XXXXXX";
	uint32_t seed = 11;
	static float x[2 * 1000];
	for (size_t i = 0; i < COUNT_OF(x); i++) {
		seed = seed * 1664525u + 1013904223u;
		x[i] = (float)((int)(seed >> 16) - 32768) / 32768.0f;
	}
	write_floats(path, x, 1000, 2);
	for (size_t n_buckets = 1; n_buckets < 700; n_buckets += 37) {
		struct audio_peak peaks[700];
		assert_int_equal(audio_file_peaks(path, peaks, n_buckets, NULL), 0);
		for (size_t b = 0; b < n_buckets; b++) {
			float lo = 2, hi = -2;
			for (size_t i = b * 1000 / n_buckets; i < (b + 1) * 1000 / n_buckets; i++) {
				for (size_t c = 0; c < 2; c++) {
					lo = fminf(lo, x[2 * i + c]);
					hi = fmaxf(hi, x[2 * i + c]);
				}
			}
			assert_true(peaks[b].min == lo && peaks[b].max == hi);
			assert_true(peaks[b].rms > 0 && peaks[b].rms <= fmaxf(hi, -lo));
		}
	}
	unlink(path);
}

static void test_peaks_of_less_sound_than_buckets_repeat_and_of_none_are_zero(void **state)
{
	const float x[2] = { 0.5f, -0.5f };
	char path[] = "/tmp/hoot-peaks-XXXXXX", none[] = "/tmp/hoot-peaks-XXXXXX";
	struct audio_peak peaks[6];
	write_floats(path, x, 2, 1);
	write_floats(none, x, 0, 1);
	assert_int_equal(audio_file_peaks(path, peaks, 6, NULL), 0);
	assert_true(peaks[5].min == -0.5f && peaks[2].max == 0.5f && peaks[4].max == 0.5f);
	assert_int_equal(audio_file_peaks(none, peaks, 6, NULL), 0);
	assert_true(peaks[0].min == 0 && peaks[5].max == 0);
	struct err err = ERR_INIT;
	assert_int_equal(audio_file_peaks(path, peaks, 0, &err), -EINVAL);
	unlink(path);
	unlink(none);
}

static void test_peaks_of_a_part_are_those_of_a_file_of_that_part(void **state)
{
	char path[] = "/tmp/hoot-peaks-XXXXXX", part[] = "/tmp/hoot-peaks-XXXXXX";
	static float x[2 * 10000];
	fill_sine(x, 10000, 2, 48000, 13, 0.7);
	write_floats(path, x, 10000, 2);
	write_floats(part, x + 2 * 3000, 4000, 2);
	struct audio_peak a[100], b[100];
	assert_int_equal(audio_file_peaks(part, a, 100, NULL), 0);
	assert_int_equal(audio_file_peaks_of(path, 3000, 4000, b, 100, NULL), 0);
	assert_memory_equal(a, b, sizeof(a));
	struct err err = ERR_INIT;
	assert_int_equal(audio_file_peaks_of(path, -1, 4000, b, 100, &err), -EINVAL);
	unlink(part);
	unlink(path);
	assert_int_equal(audio_file_peaks(path, b, 100, &err), -ENOENT);
	assert_non_null(strstr(err.msg, path));
}

static void test_loudness_of_the_reference_tone_is_the_standards(void **state)
{
	/* A 997 Hz sine at full scale in one channel reads -3.01 LUFS; in both, 3 dB more. */
	size_t n = 48000 * 5;
	float *x = calloc(n, 2 * sizeof(float));
	fill_sine(x, n, 1, 48000, 997, 1.0);
	assert_true(fabs(audio_loudness_lufs(x, n, 1, 48000) + 3.01) < 0.1);
	fill_sine(x, n, 2, 48000, 997, 0.1);
	assert_true(fabs(audio_loudness_lufs(x, n, 2, 48000) + 20.0) < 0.1);
	/* A second half of silence is gated away. */
	memset(x + n, 0, n * sizeof(float));
	assert_true(fabs(audio_loudness_lufs(x, n, 2, 48000) + 20.0) < 0.5);
	memset(x, 0, 2 * n * sizeof(float));
	assert_true(audio_loudness_lufs(x, n, 2, 48000) == AUDIO_DB_FLOOR);
	assert_true(audio_loudness_lufs(x, 100, 2, 48000) == AUDIO_DB_FLOOR);
	free(x);
}

static void test_pitch_is_found_for_sines_and_for_rich_tones(void **state)
{
	static float x[8192];
	for (double hz = 60; hz < 2000; hz *= 1.19) {
		fill_sine(x, 8192, 1, 48000, hz, 0.3);
		assert_true(fabs(audio_pitch_hz(x, 8192, 48000, 40, 3000) / hz - 1) < 0.005);
		for (size_t i = 0; i < 8192; i++) {
			double p = 2 * M_PI * hz * (double)i / 48000;
			x[i] = (float)(0.2 * sin(p) + 0.3 * sin(2 * p) + 0.2 * sin(3 * p));
		}
		assert_true(fabs(audio_pitch_hz(x, 8192, 48000, 40, 3000) / hz - 1) < 0.005);
	}
}

static void test_pitch_of_noise_silence_and_too_little_is_none(void **state)
{
	static float x[8192];
	uint32_t seed = 3;
	assert_true(audio_pitch_hz(x, 8192, 48000, 40, 3000) == 0);
	for (size_t i = 0; i < 8192; i++) {
		seed = seed * 1664525u + 1013904223u;
		x[i] = (float)((int)(seed >> 16) - 32768) / 32768.0f;
	}
	assert_true(audio_pitch_hz(x, 8192, 48000, 40, 3000) == 0);
	assert_true(audio_pitch_hz(x, 3, 48000, 40, 3000) == 0);
	assert_true(audio_pitch_hz(x, 8192, 48000, 0, 3000) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels_of_a_sine_are_what_the_book_says),
		cmocka_unit_test(test_decibels_go_both_ways_and_have_a_floor),
		cmocka_unit_test(test_silence_is_told_from_sound_and_ends_where_the_sound_ends),
		cmocka_unit_test(test_peaks_agree_with_a_plain_search_in_each_bucket),
		cmocka_unit_test(test_peaks_of_less_sound_than_buckets_repeat_and_of_none_are_zero),
		cmocka_unit_test(test_peaks_of_a_part_are_those_of_a_file_of_that_part),
		cmocka_unit_test(test_loudness_of_the_reference_tone_is_the_standards),
		cmocka_unit_test(test_pitch_is_found_for_sines_and_for_rich_tones),
		cmocka_unit_test(test_pitch_of_noise_silence_and_too_little_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
