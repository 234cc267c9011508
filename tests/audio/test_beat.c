/* test_beat.c - onsets, beats and bars of rhythms whose every stroke is known. */
#include "audio/beat.h"
#include "audio/onset.h"

#include "sound.h"

enum { RATE = 44100 };

static struct hearing *hear(const float *x, size_t n)
{
	char *path = sound_file(x, n, 1, RATE);
	struct hearing *h = NULL;
	assert_int_equal(hearing_of(path, NULL, &h, NULL), 0);
	sound_file_done(path);
	return h;
}

/* A plucked tone: a sharp attack that dies away. */
static void pluck(float *x, size_t n, double at_s, double hz, double amplitude)
{
	size_t first = (size_t)(at_s * RATE);
	for (size_t i = first; i < n && i < first + RATE / 2; i++) {
		double t = (double)(i - first) / RATE, fade = exp(-6 * t) * fmin(1, t / 0.001);
		for (int k = 1; k <= 5; k++)
			x[i] += (float)(amplitude * fade / k * sin(2 * M_PI * k * hz * t));
	}
}

/* Rows: S4-75 */
static void test_onsets_are_found_within_ten_milliseconds(void **state)
{
	enum { N = 20 * RATE, NOTES = 60 };
	static float x[N];
	double at[NOTES];
	struct rng r;
	rng_init(&r, 17);
	double t = 0.1;
	for (int i = 0; i < NOTES; i++) {
		at[i] = t;
		pluck(x, N, t, 110 * pow(2, (double)rng_range(&r, 0, 36) / 12), 0.05 + 0.2 * rng_double(&r));
		t += 0.12 + 0.38 * rng_double(&r);
	}
	sound_noise(x, N, 3, 0.0005);
	AUTO(hearing) h = hear(x, N);
	struct onsets o;
	assert_int_equal(onsets_find(h, 0.5, &o, NULL), 0);
	int hits = 0;
	for (int i = 0; i < NOTES; i++) {
		double nearest = 1;
		for (size_t k = 0; k < o.n; k++)
			nearest = fmin(nearest, fabs(o.v[k].at_s - at[i]));
		hits += nearest <= 0.010;
	}
	if (hits < NOTES - 5 || o.n > NOTES + 3)
		fail_msg("%d of %d onsets found, %zu in all", hits, NOTES, o.n);
	onsets_done(&o);
}

static void test_onsets_of_vibrato_and_steady_noise_are_none(void **state)
{
	enum { N = 6 * RATE };
	static float x[N];
	double phase = 0;
	for (size_t i = 0; i < N; i++) {
		double t = (double)i / RATE;
		phase += 440 * pow(2, 0.5 / 12 * sin(2 * M_PI * 6 * t)) / RATE;
		x[i] = (float)(0.3 * fmin(1, t / 0.5) * sin(2 * M_PI * phase));
	}
	AUTO(hearing) tone = hear(x, N);
	struct onsets o;
	assert_int_equal(onsets_find(tone, 0.5, &o, NULL), 0);
	assert_true(o.n <= 1);
	onsets_done(&o);
	memset(x, 0, sizeof(x));
	sound_noise(x, N, 5, 0.2);
	AUTO(hearing) noise = hear(x, N);
	assert_int_equal(onsets_find(noise, 0.5, &o, NULL), 0);
	assert_true(o.n <= 2);
	onsets_done(&o);
}

/* A tune over bars of `meter` beats that divide in `division`: accents on bars, some notes left out, two chords. */
static double play(float *x, size_t n, uint64_t seed, double bpm, unsigned meter, unsigned division, double first_s)
{
	static const double scale[] = { 0, 2, 4, 5, 7, 9, 11, 12 };
	struct rng r;
	rng_init(&r, seed);
	double step = 60 / bpm / division;
	for (unsigned i = 0; first_s + i * step + 1 < (double)n / RATE; i++) {
		bool beat = i % division == 0, bar = beat && (i / division) % meter == 0;
		unsigned chord = i / division / meter % 2;
		if (bar)
			pluck(x, n, first_s + i * step, chord ? 98 : 65.4, 0.35);
		if (bar || beat || rng_below(&r, 3) > 0)
			pluck(x, n, first_s + i * step, 261.6 * pow(2, (scale[rng_below(&r, 8)] + (chord ? 7 : 0)) / 12), bar ? 0.3 : beat ? 0.2 : 0.1);
	}
	return 60 / bpm;
}

static void expect(uint64_t seed, double bpm, unsigned meter, unsigned division)
{
	enum { N = 24 * RATE };
	static float x[N];
	memset(x, 0, sizeof(x));
	double beat = play(x, N, seed, bpm, meter, division, 0.35);
	AUTO(hearing) h = hear(x, N);
	struct beats b;
	assert_int_equal(beats_find(h, &(struct beat_options){ 0 }, &b, NULL), 0);
	size_t right = 0, bars = 0;
	for (size_t i = 0; i < b.n; i++) {
		double place = (b.v[i].at_s - 0.35) / beat, off = fabs(place - round(place)) * beat;
		right += off < 0.02;
		bars += off < 0.02 && (b.v[i].in_bar == 1) == (llround(place) % meter == 0);
	}
	if (fabs(b.bpm / bpm - 1) > 0.005 || right * 20 < b.n * 19 || b.n < 0.9 * 22 / beat)
		fail_msg("seed %d: %g bpm instead of %g, %zu of %zu beats right", (int)seed, b.bpm, bpm, right, b.n);
	if (b.meter != meter || b.division != division || bars * 20 < b.n * 19)
		fail_msg("seed %d: %u beats a bar divided in %u instead of %u and %u; %zu of %zu right", (int)seed, b.meter, b.division, meter,
			 division, bars, b.n);
	assert_true(b.confidence > 0.3 && b.steadiness > 0.8);
	beats_done(&b);
}

/* Rows: S4-75 */
static void test_beats_bars_and_tempo_of_steady_music_are_right(void **state)
{
	static const struct {
		double bpm;
		unsigned meter, division;
	} cases[] = { { 120, 4, 2 }, { 93.7, 4, 2 }, { 84, 3, 2 }, { 132, 3, 2 }, { 76, 2, 3 }, { 110, 2, 3 }, { 126, 4, 2 }, { 82, 4, 2 } };
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect(i, cases[i].bpm, cases[i].meter, cases[i].division);
}

static void test_beats_follow_a_tempo_that_changes(void **state)
{
	enum { N = 40 * RATE };
	static float x[N];
	double at[200], t = 0.3;
	size_t n = 0;
	while (t < 38.5) {
		pluck(x, N, t, n % 4 ? 330 : 110, n % 4 ? 0.15 : 0.3);
		at[n++] = t;
		t += 60 / (90 + 40 * t / 40); /* 90 to 130 bpm */
	}
	AUTO(hearing) h = hear(x, N);
	struct beats b;
	assert_int_equal(beats_find(h, &(struct beat_options){ 0 }, &b, NULL), 0);
	size_t right = 0;
	for (size_t i = 0; i < n; i++) {
		double nearest = 1;
		for (size_t k = 0; k < b.n; k++)
			nearest = fmin(nearest, fabs(b.v[k].at_s - at[i]));
		right += nearest < 0.03;
	}
	if (right * 10 < n * 9 || b.n > n + 4)
		fail_msg("%zu of %zu beats, %zu found", right, n, b.n);
	assert_true(b.steadiness < 0.8);
	beats_done(&b);
}

static void test_beats_keep_to_what_is_known(void **state)
{
	enum { N = 20 * RATE };
	static float x[N];
	memset(x, 0, sizeof(x));
	play(x, N, 2, 140, 4, 2, 0.2);
	AUTO(hearing) h = hear(x, N);
	struct beats b;
	assert_int_equal(beats_find(h, &(struct beat_options){ .bpm = 70, .meter = 2 }, &b, NULL), 0);
	assert_true(fabs(b.bpm - 70) < 0.5 && b.meter == 2);
	beats_done(&b);
	struct err err = ERR_INIT;
	static const struct beat_options bad[] = { { .bpm = 5 }, { .bpm = 5000 }, { .meter = 1 }, { .meter = 99 }, { .bpm_min = 200, .bpm_max = 100 } };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_int_equal(beats_find(h, &bad[i], &b, &err), -EINVAL);
		assert_non_null(strstr(err.msg, "allowed"));
	}
}

static void test_clicks_that_are_all_alike_have_no_confident_meter(void **state)
{
	enum { N = 20 * RATE };
	static float x[N];
	memset(x, 0, sizeof(x));
	for (size_t k = 0; k < 40; k++) /* the first one begins with the sound */
		for (size_t i = 0; i < 200; i++)
			x[k * (RATE / 2) + i] = (float)(0.6 * exp(-(double)i / 40) * sin(0.5 * (double)i));
	AUTO(hearing) h = hear(x, N);
	struct beats b;
	assert_int_equal(beats_find(h, &(struct beat_options){ 0 }, &b, NULL), 0);
	assert_true(fabs(b.bpm - 120) < 0.5 && b.confidence > 0.8);
	assert_int_equal(b.meter, 4);
	assert_true(b.meter_confidence < 0.2);
	beats_done(&b);
}

static void test_sound_without_a_pulse_has_no_confident_tempo(void **state)
{
	enum { N = 10 * RATE };
	static float x[N];
	memset(x, 0, sizeof(x));
	struct beats b;
	AUTO(hearing) silence = hear(x, N);
	assert_int_equal(beats_find(silence, &(struct beat_options){ 0 }, &b, NULL), 0);
	assert_true(b.n == 0 && b.bpm == 0 && b.confidence == 0);
	beats_done(&b);
	sound_noise(x, N, 8, 0.3);
	AUTO(hearing) noise = hear(x, N);
	assert_int_equal(beats_find(noise, &(struct beat_options){ 0 }, &b, NULL), 0);
	assert_true(b.confidence < 0.3);
	beats_done(&b);
	AUTO(hearing) nothing = hear(x, 0);
	assert_int_equal(beats_find(nothing, &(struct beat_options){ 0 }, &b, NULL), 0);
	assert_true(b.n == 0);
	beats_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_onsets_are_found_within_ten_milliseconds),
		cmocka_unit_test(test_onsets_of_vibrato_and_steady_noise_are_none),
		cmocka_unit_test(test_beats_bars_and_tempo_of_steady_music_are_right),
		cmocka_unit_test(test_beats_follow_a_tempo_that_changes),
		cmocka_unit_test(test_beats_keep_to_what_is_known),
		cmocka_unit_test(test_clicks_that_are_all_alike_have_no_confident_meter),
		cmocka_unit_test(test_sound_without_a_pulse_has_no_confident_tempo),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
