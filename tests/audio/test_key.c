#include "audio/key.h"

#include "sound.h"

#include <stdio.h>

enum { RATE = 44100 };

/* A cadence in a key, each chord a second with its overtones; all moved by `cents`. */
static void cadence(float *x, size_t n, int tonic, bool minor, double cents)
{
	/* I vi IV V I IV V I; i VI iv V i iv V i: roots and thirds above them. */
	static const int roots[2][8] = { { 0, 9, 5, 7, 0, 5, 7, 0 }, { 0, 8, 5, 7, 0, 5, 7, 0 } };
	static const int thirds[2][8] = { { 4, 3, 4, 4, 4, 4, 4, 4 }, { 3, 4, 3, 4, 3, 3, 4, 3 } };
	for (int c = 0; c < 8; c++) {
		int notes[4] = { roots[minor][c] - 12, roots[minor][c], roots[minor][c] + thirds[minor][c], roots[minor][c] + 7 };
		for (int k = 0; k < 4; k++) {
			double hz = 261.626 * pow(2, (tonic + notes[k] + cents / 100) / 12);
			for (int o = 1; o <= 6; o++)
				sound_sine(x, n, RATE, c, c + 1, hz * o, 0.08 / o);
		}
	}
}

/* Rows: S4-75 */
static void test_key_and_tuning_of_cadences_are_right_in_every_key(void **state)
{
	enum { N = 8 * RATE };
	static float x[N];
	static const double tunings[] = { 0, -30, 25, 12 };
	int right = 0;
	for (int k = 0; k < 24; k++) {
		memset(x, 0, sizeof(x));
		cadence(x, N, k % 12, k >= 12, tunings[k % 4]);
		char *path = sound_file(x, N, 1, RATE);
		AUTO(hearing) h = NULL;
		struct chroma c;
		struct key_report r;
		assert_int_equal(hearing_of(path, NULL, &h, NULL), 0);
		sound_file_done(path);
		assert_int_equal(chroma_of(h, &c, NULL), 0);
		audio_key_find(&c, &r);
		if (fabs(c.tuning_cents - tunings[k % 4]) > 4)
			fail_msg("tuning %g instead of %g cents", c.tuning_cents, tunings[k % 4]);
		assert_true(r.n_guesses > 1 && r.guesses[0].confidence > r.guesses[1].confidence);
		bool same = r.guesses[0].tonic == k % 12 && key_mode_is_minor(r.guesses[0].mode) == (k >= 12);
		if (!same)
			printf("key %d%s heard as %d %s\n", k % 12, k >= 12 ? "m" : "", r.guesses[0].tonic, key_mode_name(r.guesses[0].mode));
		right += same;
		chroma_done(&c);
		key_report_done(&r);
	}
	assert_true(right >= 23);
}

static void test_silence_and_noise_have_no_key_to_be_sure_of(void **state)
{
	enum { N = 4 * RATE };
	static float x[N];
	for (int what = 0; what < 2; what++) {
		char *path = sound_file(x, N, 1, RATE);
		AUTO(hearing) h = NULL;
		struct chroma c;
		struct key_report r;
		assert_int_equal(hearing_of(path, NULL, &h, NULL), 0);
		sound_file_done(path);
		assert_int_equal(chroma_of(h, &c, NULL), 0);
		audio_key_find(&c, &r);
		if (what == 0)
			assert_int_equal(r.n_guesses, 0);
		assert_true(c.tuning_confidence < 0.75);
		chroma_done(&c);
		key_report_done(&r);
		sound_noise(x, N, 2, 0.3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_and_tuning_of_cadences_are_right_in_every_key),
		cmocka_unit_test(test_silence_and_noise_have_no_key_to_be_sure_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
