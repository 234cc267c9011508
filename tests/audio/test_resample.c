#include "audio/analysis.h"
#include "audio/file.h"
#include "audio/resample.h"

#include "../check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct audio_buffer *sine(size_t n_frames, uint32_t n_channels, uint32_t rate_hz, double hz)
{
	struct audio_buffer *b = audio_buffer_new(n_frames, n_channels, rate_hz);
	for (size_t i = 0; i < n_frames; i++) {
		for (uint32_t c = 0; c < n_channels; c++)
			b->samples[i * n_channels + c] =
				(float)(0.5 * sin(2 * M_PI * hz * (double)(c + 1) * (double)i / rate_hz));
	}
	return b;
}

/* Worst difference from a sine of the same pitch and phase, away from the ends. */
static double sine_error(const struct audio_buffer *b, double hz)
{
	double worst = 0;
	size_t edge = b->n_frames / 8;
	for (size_t i = edge; i < b->n_frames - edge; i++) {
		for (uint32_t c = 0; c < b->n_channels; c++) {
			double want = 0.5 * sin(2 * M_PI * hz * (double)(c + 1) * (double)i / b->rate_hz);
			worst = fmax(worst, fabs((double)b->samples[i * b->n_channels + c] - want));
		}
	}
	return worst;
}

/* A whole buffer at another rate. */
static struct audio_buffer *resample(const struct audio_buffer *in, uint32_t out_rate_hz, enum resample_engine engine)
{
	AUTO(resampler) r = NULL;
	assert_int_equal(resampler_new(in->rate_hz, out_rate_hz, in->n_channels, engine, &r, NULL), 0);
	struct audio_buffer *out = audio_buffer_new((size_t)resample_length((int64_t)in->n_frames, in->rate_hz, out_rate_hz),
						    in->n_channels, out_rate_hz);
	for (size_t at_in = 0, at_out = 0, used, made; at_out < out->n_frames; at_in += used, at_out += made) {
		size_t left = in->n_frames - at_in;
		assert_int_equal(resampler_process(r, left > 0 ? in->samples + at_in * in->n_channels : NULL, left, &used,
						   out->samples + at_out * in->n_channels, out->n_frames - at_out, &made, NULL),
				 0);
		assert_true(used || made || left);
	}
	return out;
}

static const uint32_t rates[] = { 8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 192000 };

static void check_sines(enum resample_engine engine)
{
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		for (size_t o = 0; o < COUNT_OF(rates); o++) {
			AUTO(audio_buffer) in = sine(rates[i] / 4, 2, rates[i], 441);
			AUTO(audio_buffer) out = resample(in, rates[o], engine);
			assert_int_equal(out->n_frames,
					 (in->n_frames * (uint64_t)rates[o] + rates[i] / 2) / rates[i]);
			assert_int_equal(out->rate_hz, rates[o]);
			double worst = sine_error(out, 441);
			if (worst > 2e-3)
				fail_msg("%u to %u Hz: off by %g", rates[i], rates[o], worst);
		}
	}
}

static void test_resample_keeps_pitch_phase_and_level_between_all_usual_rates(void **state)
{
	check_sines(RESAMPLE_BEST);
}

static void test_resample_with_our_own_engine_keeps_them_too(void **state)
{
	check_sines(RESAMPLE_OWN);
}

static void test_resample_of_generated_audio_is_at_the_right_pitch(void **state)
{
	/* The rates at which generators deliver: what must never happen is playing them at the wrong speed. */
	static const uint32_t native[] = { 16000, 22050, 24000, 32000, 44100 };
	for (size_t i = 0; i < COUNT_OF(native); i++) {
		AUTO(audio_buffer) in = sine(native[i] / 2, 1, native[i], 440);
		AUTO(audio_buffer) out = resample(in, 48000, RESAMPLE_BEST);
		double hz = audio_pitch_hz(out->samples + 4800, 4096, 48000, 100, 2000);
		assert_true(fabs(hz - 440) < 1);
	}
}

static void test_resample_downwards_removes_what_would_alias(void **state)
{
	for (int engine = RESAMPLE_BEST; engine <= RESAMPLE_OWN; engine++) {
		AUTO(audio_buffer) in = sine(48000, 1, 48000, 15000);
		AUTO(audio_buffer) out = resample(in, 16000, (enum resample_engine)engine);
		struct audio_levels levels;
		audio_levels(out->samples + 2000, out->n_frames - 4000, 1, &levels);
		assert_true(audio_db(levels.peak) < -80);
	}
}

static void check_chunks(enum resample_engine engine, uint32_t in_rate, uint32_t out_rate, uint32_t seed)
{
	AUTO(audio_buffer) in = sine(9000, 2, in_rate, 300);
	AUTO(audio_buffer) whole = resample(in, out_rate, engine);

	AUTO(resampler) r = NULL;
	assert_int_equal(resampler_new(in_rate, out_rate, 2, engine, &r, NULL), 0);
	float *out = calloc(whole->n_frames + 5000, 2 * sizeof(float));
	size_t at = 0, made = 0;
	for (;;) {
		seed = seed * 1664525u + 1013904223u;
		size_t n_in = (seed >> 8) % 500, n_out = 1 + (seed >> 20) % 300, used, got;
		n_in = n_in < in->n_frames - at ? n_in : in->n_frames - at;
		bool last = at == in->n_frames;
		assert_int_equal(resampler_process(r, last ? NULL : in->samples + 2 * at, n_in, &used, out + 2 * made,
						   n_out, &got, NULL),
				 0);
		at += used;
		made += got;
		assert_true(made <= whole->n_frames + 1);
		if (last && got == 0)
			break;
	}
	assert_int_equal(made, whole->n_frames);
	assert_memory_equal(out, whole->samples, made * 2 * sizeof(float));
	free(out);
}

static void test_resample_does_not_depend_on_the_sizes_of_the_calls(void **state)
{
	for (uint32_t seed = 1; seed < 6; seed++) {
		check_chunks(RESAMPLE_OWN, 44100, 48000, seed);
		check_chunks(RESAMPLE_OWN, 48000, 11025, seed);
		check_chunks(RESAMPLE_OWN, 48000, 48000, seed);
		check_chunks(RESAMPLE_BEST, 44100, 48000, seed);
		check_chunks(RESAMPLE_BEST, 48000, 16000, seed);
	}
}

static void test_resample_with_rates_that_share_no_factor_still_keeps_the_sine(void **state)
{
	AUTO(audio_buffer) in = sine(44101, 1, 44101, 1000);
	AUTO(audio_buffer) out = resample(in, 47999, RESAMPLE_OWN);
	assert_int_equal(out->n_frames, 47999);
	assert_true(sine_error(out, 1000) < 2e-3);
}

static void test_resample_of_nothing_is_nothing(void **state)
{
	AUTO(audio_buffer) in = audio_buffer_new(0, 2, 44100);
	AUTO(audio_buffer) out = resample(in, 48000, RESAMPLE_BEST);
	assert_int_equal(out->n_frames, 0);
}

static void test_resample_refuses_nonsense_and_input_after_the_end(void **state)
{
	struct resampler *r = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(resampler_new(0, 48000, 1, RESAMPLE_BEST, &r, &err), -EINVAL);
	assert_string_equal(err.field, "rate_hz");
	assert_int_equal(resampler_new(48000, 2000000, 1, RESAMPLE_BEST, &r, &err), -EINVAL);
	assert_int_equal(resampler_new(192000, 101, 1, RESAMPLE_BEST, &r, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "1:256"));
	assert_int_equal(resampler_new(48000, 44100, 0, RESAMPLE_BEST, &r, &err), -EINVAL);
	assert_string_equal(err.field, "n_channels");

	float x[16] = { 0 };
	size_t used, got;
	assert_int_equal(resampler_new(48000, 44100, 1, RESAMPLE_BEST, &r, NULL), 0);
	assert_int_equal(resampler_process(r, NULL, 0, &used, x, 16, &got, NULL), 0);
	assert_int_equal(resampler_process(r, x, 16, &used, x, 16, &got, &err), -EINVAL);
	resampler_free(r);
	resampler_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resample_keeps_pitch_phase_and_level_between_all_usual_rates),
		cmocka_unit_test(test_resample_with_our_own_engine_keeps_them_too),
		cmocka_unit_test(test_resample_of_generated_audio_is_at_the_right_pitch),
		cmocka_unit_test(test_resample_downwards_removes_what_would_alias),
		cmocka_unit_test(test_resample_does_not_depend_on_the_sizes_of_the_calls),
		cmocka_unit_test(test_resample_with_rates_that_share_no_factor_still_keeps_the_sine),
		cmocka_unit_test(test_resample_of_nothing_is_nothing),
		cmocka_unit_test(test_resample_refuses_nonsense_and_input_after_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
