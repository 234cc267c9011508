#include "audio/fingerprint.h"
#include "audio/sound_vector.h"

#include "sound.h"

enum { RATE = 22050, SECONDS = 20, N = SECONDS * RATE };

/* A tune of plucked tones drawn from a seed. */
static void tune(float *x, size_t n, uint64_t seed)
{
	struct rng r;
	rng_init(&r, seed);
	memset(x, 0, n * sizeof(*x));
	double t = 0.1;
	while (t * RATE < (double)n) {
		double hz = 220 * pow(2, (double)rng_range(&r, 0, 24) / 12);
		size_t first = (size_t)(t * RATE);
		for (size_t i = first; i < n && i < first + RATE / 2; i++) {
			double s = (double)(i - first) / RATE;
			for (int k = 1; k <= 4; k++)
				x[i] += (float)(0.15 / k * exp(-5 * s) * sin(2 * M_PI * hz * k * s));
		}
		t += 0.15 + 0.25 * rng_double(&r);
	}
}

static struct fingerprint print_of(const float *x, size_t n, uint32_t rate)
{
	char *path = sound_file(x, n, 1, rate);
	struct fingerprint f;
	assert_int_equal(fingerprint_of(path, NULL, &f, NULL), 0);
	sound_file_done(path);
	return f;
}

static void test_a_recording_is_known_again_in_part_softer_and_with_noise(void **state)
{
	static float x[N], y[N];
	tune(x, N, 1);
	struct fingerprint whole = print_of(x, N, RATE);
	assert_true(whole.n > 20 * SECONDS);
	for (int what = 0; what < 3; what++) {
		size_t from = (size_t)(RATE * (3.3 + 2.01 * what)), n = 6 * RATE;
		for (size_t i = 0; i < n; i++)
			y[i] = x[from + i] * (what == 1 ? 0.1f : 1);
		if (what == 2)
			sound_noise(y, n, 5, 0.03);
		struct fingerprint part = print_of(y, n, RATE);
		struct fingerprint_match m;
		assert_int_equal(fingerprint_compare(&whole, &part, &m, NULL), 0);
		if (m.confidence < 0.5 || fabs(m.offset_s - (double)from / RATE) > 0.04)
			fail_msg("%d: confidence %g at %g s instead of %g", what, m.confidence, m.offset_s, (double)from / RATE);
		assert_int_equal(fingerprint_compare(&part, &whole, &m, NULL), 0);
		assert_true(m.confidence > 0.5 && fabs(m.offset_s + (double)from / RATE) <= 0.04);
		fingerprint_done(&part);
	}
	fingerprint_done(&whole);
}

static void test_other_recordings_do_not_match_and_silence_has_no_marks(void **state)
{
	static float x[N];
	struct fingerprint f[4];
	for (uint64_t i = 0; i < 4; i++) {
		tune(x, N, 10 + i);
		f[i] = print_of(x, N, RATE);
	}
	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < 4; j++) {
			struct fingerprint_match m;
			assert_int_equal(fingerprint_compare(&f[i], &f[j], &m, NULL), 0);
			if (i == j ? m.confidence < 0.9 || m.offset_s != 0 : m.confidence > 0.15)
				fail_msg("%d and %d: %g, share %g, %zu marks", i, j, m.confidence, m.share, m.n_agree);
		}
	}
	for (int i = 0; i < 4; i++)
		fingerprint_done(&f[i]);
	memset(x, 0, sizeof(x));
	struct fingerprint none = print_of(x, N, RATE);
	struct fingerprint_match m;
	assert_int_equal(none.n, 0);
	assert_int_equal(fingerprint_compare(&none, &none, &m, NULL), 0);
	assert_true(m.confidence == 0);
	fingerprint_done(&none);
	none = print_of(x, 0, RATE);
	fingerprint_done(&none);
}

/* All that a comparison asks for. */
struct heard {
	struct hearing *h;
	struct onsets onsets;
	struct beats beats;
	struct chroma chroma;
};

static struct sound hear(struct heard *d, const float *x, size_t n)
{
	char *path = sound_file(x, n, 1, RATE);
	assert_int_equal(hearing_of(path, NULL, &d->h, NULL), 0);
	sound_file_done(path);
	assert_int_equal(onsets_find(d->h, 0.5, &d->onsets, NULL), 0);
	assert_int_equal(beats_find(d->h, &(struct beat_options){ 0 }, &d->beats, NULL), 0);
	assert_int_equal(chroma_of(d->h, &d->chroma, NULL), 0);
	return (struct sound){ d->h, &d->onsets, &d->beats, &d->chroma };
}

static void heard_done(struct heard *d)
{
	hearing_free(d->h);
	onsets_done(&d->onsets);
	beats_done(&d->beats);
	chroma_done(&d->chroma);
}

static void test_sounds_are_as_alike_as_they_are(void **state)
{
	static float x[N];
	struct heard d[4];
	struct sound s[4];
	tune(x, N, 3);
	s[0] = hear(&d[0], x, N);
	for (size_t i = 0; i < N; i++)
		x[i] *= 0.25f;
	s[1] = hear(&d[1], x, N); /* softer */
	tune(x, N, 4);
	s[2] = hear(&d[2], x, N); /* another tune on the same strings */
	memset(x, 0, sizeof(x));
	for (int i = 0; i < 40; i++) {
		float burst[RATE / 10] = { 0 };
		sound_noise(burst, RATE / 10, (uint64_t)i, 0.4);
		for (size_t k = 0; k < COUNT_OF(burst); k++)
			x[(size_t)i * N / 40 + k] = burst[k] * expf(-30.0f * (float)k / RATE);
	}
	s[3] = hear(&d[3], x, N); /* bursts of noise */
	struct sound_likeness softer, other, noise;
	sound_compare(&s[0], &s[1], NULL, &softer);
	sound_compare(&s[0], &s[2], NULL, &other);
	sound_compare(&s[0], &s[3], NULL, &noise);
	assert_true(softer.similarity > 0.97 && fabs(softer.loudness_difference_lu + 12.04) < 0.2 && fabs(softer.tempo_ratio - 1) < 0.02);
	if (!(softer.similarity > other.similarity && other.similarity > noise.similarity + 0.1))
		fail_msg("softer %g, another tune %g, noise %g", softer.similarity, other.similarity, noise.similarity);
	assert_true(other.blocks[SOUND_TIMBRE] > 0.9 && noise.blocks[SOUND_TIMBRE] < 0.9);
	float v[SOUND_VECTOR_SIZE];
	double square = 0;
	sound_vector_make(&s[0], v);
	for (size_t i = 0; i < SOUND_VECTOR_SIZE; i++)
		square += (double)v[i] * (double)v[i];
	assert_true(fabs(square - 1) < 1e-3);
	for (int i = 0; i < 4; i++)
		heard_done(&d[i]);
}

static void test_a_transposed_tune_is_recognised_by_its_transposition(void **state)
{
	static float x[N];
	struct heard d[2];
	struct sound s[2];
	static const int scale[] = { 0, 2, 4, 5, 7, 9, 11, 12 };
	for (int t = 0; t < 2; t++) {
		memset(x, 0, sizeof(x));
		for (int i = 0; i < 64; i++)
			sound_sine(x, N, RATE, 0.3 * i, 0.3 * i + 0.28, 261.63 * pow(2, (scale[(i * i + i / 3) % 8] + 3 * t) / 12.0), 0.3);
		s[t] = hear(&d[t], x, N);
	}
	struct sound_likeness l;
	sound_compare(&s[0], &s[1], NULL, &l);
	assert_int_equal(l.transposition, -3);
	assert_true(l.harmony_transposed > 0.95);
	heard_done(&d[0]);
	heard_done(&d[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_recording_is_known_again_in_part_softer_and_with_noise),
		cmocka_unit_test(test_other_recordings_do_not_match_and_silence_has_no_marks),
		cmocka_unit_test(test_sounds_are_as_alike_as_they_are),
		cmocka_unit_test(test_a_transposed_tune_is_recognised_by_its_transposition),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
