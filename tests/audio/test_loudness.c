/* test_loudness.c - the minimum requirements of EBU Tech 3341 and 3342, synthesised, and libebur128 as a judge. */
#include "audio/analysis.h"
#include "audio/loudness.h"
#include "base/limits.h"

#include "sound.h"

#if HAVE_EBUR128
#include <ebur128.h>
#endif

#define RATE 48000

/* Stretches of a 1 kHz sine in both channels of a stereo signal. */
struct stretch {
	double seconds, db;
};

static void measure(const struct stretch *parts, size_t n_parts, int times, struct loudness *ret)
{
	AUTO(loudness_meter) m = NULL;
	assert_int_equal(loudness_meter_new(2, RATE, LOUDNESS_ALL, &m, NULL), 0);
	static float x[2 * 1000];
	size_t t = 0;
	for (size_t p = 0; p < n_parts * (size_t)times; p++) {
		double a = pow(10, parts[p % n_parts].db / 20);
		for (size_t left = (size_t)(parts[p % n_parts].seconds * RATE + 0.5); left > 0;) {
			size_t now = left < 997 ? left : 997;
			for (size_t i = 0; i < now; i++, t++)
				x[2 * i] = x[2 * i + 1] = (float)(a * sin(2 * M_PI * 1000 * (double)t / RATE));
			assert_int_equal(loudness_meter_feed(m, x, now, NULL), 0);
			left -= now;
		}
	}
	loudness_meter_read(m, ret);
}

#define NEAR(got, want, within) assert_true(fabs((got) - (want)) <= (within))

static void test_integrated_loudness_of_the_ebu_cases(void **state)
{
	struct loudness l;
	measure((struct stretch[]){ { 20, -23 } }, 1, 1, &l);
	NEAR(l.integrated_lufs, -23, 0.1);
	NEAR(l.momentary_max_lufs, -23, 0.1);
	NEAR(l.short_term_max_lufs, -23, 0.1);
	measure((struct stretch[]){ { 20, -33 } }, 1, 1, &l);
	NEAR(l.integrated_lufs, -33, 0.1);
	measure((struct stretch[]){ { 10, -36 }, { 60, -23 }, { 10, -36 } }, 3, 1, &l);
	NEAR(l.integrated_lufs, -23, 0.1);
	measure((struct stretch[]){ { 10, -72 }, { 10, -36 }, { 60, -23 }, { 10, -36 }, { 10, -72 } }, 5, 1, &l);
	NEAR(l.integrated_lufs, -23, 0.1);
	measure((struct stretch[]){ { 20, -26 }, { 20.1, -20 }, { 20, -26 } }, 3, 1, &l);
	NEAR(l.integrated_lufs, -23, 0.1);
}

static void test_short_term_and_momentary_loudness_of_the_ebu_cases(void **state)
{
	struct loudness l;
	measure((struct stretch[]){ { 1.34, -20 }, { 1.66, -30 } }, 2, 5, &l);
	NEAR(l.short_term_max_lufs, -23, 0.1);
	measure((struct stretch[]){ { 0.18, -20 }, { 0.22, -30 } }, 2, 25, &l);
	NEAR(l.momentary_max_lufs, -23, 0.1);
}

static void test_loudness_range_of_the_ebu_cases(void **state)
{
	struct loudness l;
	measure((struct stretch[]){ { 20, -20 }, { 20, -30 } }, 2, 1, &l);
	NEAR(l.range_lu, 10, 1);
	measure((struct stretch[]){ { 20, -20 }, { 20, -15 } }, 2, 1, &l);
	NEAR(l.range_lu, 5, 1);
	measure((struct stretch[]){ { 20, -40 }, { 20, -20 } }, 2, 1, &l);
	NEAR(l.range_lu, 20, 1);
	measure((struct stretch[]){ { 20, -50 }, { 20, -35 }, { 20, -20 }, { 20, -35 }, { 20, -50 } }, 5, 1, &l);
	NEAR(l.range_lu, 15, 1);
	measure((struct stretch[]){ { 2, -20 } }, 1, 1, &l);
	assert_true(l.range_lu == 0 && l.short_term_max_lufs == AUDIO_DB_FLOOR);
}

static void test_surround_channels_weigh_more_and_the_lfe_nothing(void **state)
{
	static const double five[5] = { -28, -28, -24, -30, -30 };
	for (uint32_t n = 5; n <= 6; n++) {
		AUTO(loudness_meter) m = NULL;
		assert_int_equal(loudness_meter_new(n, RATE, LOUDNESS_ALL, &m, NULL), 0);
		for (size_t t = 0; t < 20 * RATE; t++) {
			float frame[6], s = (float)sin(2 * M_PI * 1000 * (double)t / RATE);
			for (uint32_t c = 0; c < 5; c++)
				frame[c + (n == 6 && c > 2)] = s * (float)pow(10, five[c] / 20);
			if (n == 6)
				frame[3] = s;
			assert_int_equal(loudness_meter_feed(m, frame, 1, NULL), 0);
		}
		struct loudness l;
		loudness_meter_read(m, &l);
		NEAR(l.integrated_lufs, -23, 0.1);
	}
}

static void test_true_peak_is_found_between_the_samples(void **state)
{
	/* Tech 3341, cases 15 to 19: period in samples, phase in degrees, amplitude, true peak. */
	static const double cases[][4] = { { 4, 0, 0.5, -6 }, { 4, 45, 0.5, -6 }, { 6, 60, 0.5, -6 }, { 8, 67.5, 0.5, -6 }, { 4, 45, 1.41, 3 } };
	static const uint32_t rates[] = { 44100, 48000 };
	for (size_t i = 0; i < COUNT_OF(cases) * COUNT_OF(rates); i++) {
		const double *c = cases[i / 2];
		AUTO(loudness_meter) m = NULL;
		assert_int_equal(loudness_meter_new(1, rates[i % 2], LOUDNESS_ALL, &m, NULL), 0);
		static float x[40000];
		for (size_t t = 0; t < COUNT_OF(x); t++) /* faded in and out, as the test signals are */
			x[t] = (float)(c[2] * fmin(1, fmin((double)t, (double)(COUNT_OF(x) - 1 - t)) / 4000) *
				       sin(2 * M_PI * ((double)t / c[0] + c[1] / 360)));
		assert_int_equal(loudness_meter_feed(m, x, COUNT_OF(x), NULL), 0);
		struct loudness l;
		loudness_meter_read(m, &l);
		assert_true(l.true_peak_db <= c[3] + 0.2 && l.true_peak_db >= c[3] - 0.4);
		assert_true(l.true_peak_db >= l.sample_peak_db - 1e-9);
	}
}

static void test_loudness_is_the_same_in_pieces_of_any_size(void **state)
{
	static float x[2 * 200000];
	sound_noise(x, COUNT_OF(x), 3, 0.3);
	struct loudness want = { 0 }, got;
	static const size_t sizes[] = { 200000, 1, 777, 4096 };
	for (size_t s = 0; s < COUNT_OF(sizes); s++) {
		AUTO(loudness_meter) m = NULL;
		assert_int_equal(loudness_meter_new(2, 44100, LOUDNESS_ALL, &m, NULL), 0);
		for (size_t at = 0; at < 200000; at += sizes[s])
			assert_int_equal(loudness_meter_feed(m, x + 2 * at, at + sizes[s] < 200000 ? sizes[s] : 200000 - at, NULL), 0);
		loudness_meter_read(m, &got);
		if (s == 0)
			want = got;
		assert_true(got.integrated_lufs == want.integrated_lufs && got.range_lu == want.range_lu);
		NEAR(got.true_peak_db, want.true_peak_db, 1e-6);
		float curve[64];
		assert_int_equal(loudness_meter_curve(m, 4, curve, 64), 45 - 3);
		NEAR((double)curve[20], want.integrated_lufs, 0.5);
	}
}

static void test_loudness_without_peaks_is_the_same_loudness(void **state)
{
	static float x[5 * 50000];
	sound_noise(x, COUNT_OF(x), 4, 0.3);
	for (uint32_t n = 1; n <= 5; n++) {
		AUTO(loudness_meter) all = NULL;
		AUTO(loudness_meter) some = NULL;
		struct loudness a, b;
		assert_int_equal(loudness_meter_new(n, RATE, LOUDNESS_ALL, &all, NULL), 0);
		assert_int_equal(loudness_meter_new(n, RATE, LOUDNESS_NO_PEAKS, &some, NULL), 0);
		assert_int_equal(loudness_meter_feed(all, x, COUNT_OF(x) / n, NULL), 0);
		assert_int_equal(loudness_meter_feed(some, x, COUNT_OF(x) / n, NULL), 0);
		loudness_meter_read(all, &a);
		loudness_meter_read(some, &b);
		assert_true(a.integrated_lufs == b.integrated_lufs && a.integrated_lufs > -30 && a.range_lu == b.range_lu);
		assert_true(b.true_peak_db == AUDIO_DB_FLOOR && b.sample_peak_db == AUDIO_DB_FLOOR && b.peak_to_loudness_lu == 0);
	}
}

static void test_loudness_of_nothing_is_the_floor_and_nonsense_is_refused(void **state)
{
	AUTO(loudness_meter) m = NULL;
	struct loudness l;
	assert_int_equal(loudness_meter_new(1, RATE, LOUDNESS_ALL, &m, NULL), 0);
	loudness_meter_read(m, &l);
	assert_true(l.integrated_lufs == AUDIO_DB_FLOOR && l.true_peak_db == AUDIO_DB_FLOOR && l.range_lu == 0);
	float zeros[RATE] = { 0 };
	assert_int_equal(loudness_meter_feed(m, zeros, RATE, NULL), 0);
	loudness_meter_read(m, &l);
	assert_true(l.integrated_lufs == AUDIO_DB_FLOOR && l.momentary_max_lufs == AUDIO_DB_FLOOR);
	struct err err = ERR_INIT;
	struct loudness_meter *none = NULL;
	assert_int_equal(loudness_meter_new(0, RATE, LOUDNESS_ALL, &none, &err), -EINVAL);
	assert_int_equal(loudness_meter_new(LIMIT_AUDIO_CHANNELS + 1, RATE, LOUDNESS_ALL, &none, &err), -EINVAL);
}

static void test_libebur128_measures_the_same(void **state)
{
#if HAVE_EBUR128
	static const uint32_t rates[] = { 16000, 44100, 48000, 96000 };
	for (size_t r = 0; r < COUNT_OF(rates); r++) {
		uint32_t rate = rates[r];
		size_t n = 12 * (size_t)rate;
		AUTO_MEM float *x = sound_new(2 * n);
		sound_noise(x, 2 * n, r, 0.4);
		for (size_t i = 0; i + 4 < n; i++) /* oversampling filters differ near half the rate: not much there */
			x[2 * i] = x[2 * i] + x[2 * i + 2] + x[2 * i + 4] + x[2 * i + 6];
		for (size_t i = 0; i < n; i++) { /* a swell, and a tone that moves */
			float swell = (float)(0.02 + fabs(sin((double)i / rate * 0.7)));
			x[2 * i] *= swell;
			x[2 * i + 1] = 0.3f * swell * (float)sin(2 * M_PI * (200 + 50 * (double)i / rate) * (double)i / rate);
		}
		AUTO(loudness_meter) m = NULL;
		assert_int_equal(loudness_meter_new(2, rate, LOUDNESS_ALL, &m, NULL), 0);
		assert_int_equal(loudness_meter_feed(m, x, n, NULL), 0);
		struct loudness l;
		loudness_meter_read(m, &l);
		ebur128_state *judge = ebur128_init(2, rate, EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK);
		assert_non_null(judge);
		assert_int_equal(ebur128_add_frames_float(judge, x, n), EBUR128_SUCCESS);
		double integrated, range, peak = 0;
		assert_int_equal(ebur128_loudness_global(judge, &integrated), EBUR128_SUCCESS);
		assert_int_equal(ebur128_loudness_range(judge, &range), EBUR128_SUCCESS);
		for (unsigned c = 0; c < 2; c++) {
			double one;
			assert_int_equal(ebur128_true_peak(judge, c, &one), EBUR128_SUCCESS);
			peak = fmax(peak, one);
		}
		ebur128_destroy(&judge);
		NEAR(l.integrated_lufs, integrated, 0.05);
		NEAR(l.range_lu, range, 0.5);
		NEAR(l.true_peak_db, audio_db(peak), 0.3);
	}
#else
	print_message("skipped: no libebur128 here\n");
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integrated_loudness_of_the_ebu_cases),
		cmocka_unit_test(test_short_term_and_momentary_loudness_of_the_ebu_cases),
		cmocka_unit_test(test_loudness_range_of_the_ebu_cases),
		cmocka_unit_test(test_surround_channels_weigh_more_and_the_lfe_nothing),
		cmocka_unit_test(test_true_peak_is_found_between_the_samples),
		cmocka_unit_test(test_loudness_is_the_same_in_pieces_of_any_size),
		cmocka_unit_test(test_loudness_without_peaks_is_the_same_loudness),
		cmocka_unit_test(test_loudness_of_nothing_is_the_floor_and_nonsense_is_refused),
		cmocka_unit_test(test_libebur128_measures_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
