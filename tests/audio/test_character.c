#include "audio/character.h"
#include "audio/report.h"

#include "sound.h"

enum { RATE = 32000, N = 16 * RATE };

static void judge(const float *x, size_t n, struct character *ret)
{
	char *path = sound_file(x, n, 1, RATE);
	AUTO(hearing) h = NULL;
	struct onsets o;
	struct beats b;
	struct chroma c;
	struct key_report k;
	assert_int_equal(hearing_of(path, NULL, &h, NULL), 0);
	sound_file_done(path);
	assert_int_equal(onsets_find(h, 0.5, &o, NULL), 0);
	assert_int_equal(beats_find(h, &(struct beat_options){ 0 }, &b, NULL), 0);
	assert_int_equal(chroma_of(h, &c, NULL), 0);
	audio_key_find(&c, &k);
	character_of(h, &o, &b, &c, &k, ret);
	AUTO_JSON json_t *j = report_character(ret);
	assert_non_null(j);
	assert_string_equal(json_string_value(json_object_get(j, "mood")), ret->mood);
	onsets_done(&o);
	beats_done(&b);
	chroma_done(&c);
	key_report_done(&k);
}

/* Chords of a cadence, each broken into `per_chord` plucks, in `seconds` each. */
static void play(float *x, bool minor, double seconds, int per_chord, double amplitude)
{
	static const int roots[4] = { 0, 5, 7, 0 };
	memset(x, 0, N * sizeof(*x));
	for (int i = 0; (i + 1) * seconds < 16; i++) {
		int root = roots[i % 4], chord[3] = { root, root + (minor && root != 7 ? 3 : 4), root + 7 };
		for (int k = 0; k < per_chord; k++) {
			double at = i * seconds + k * seconds / per_chord;
			double hz = 220 * pow(2, (chord[k % 3] + (i % 4 == 0 && k == 0 ? 0 : 12)) / 12.0);
			for (size_t f = (size_t)(at * RATE); f < N && f < (size_t)((at + 0.6) * RATE); f++) {
				double t = (double)f / RATE - at;
				for (int o = 1; o <= 6; o++)
					x[f] += (float)(amplitude / o * exp(-5 * t) * sin(2 * M_PI * hz * o * t));
			}
		}
	}
}

/* Rows: S0-75 */
static void test_moods_and_textures_are_what_the_rules_say(void **state)
{
	static float x[N];
	struct character lively, sad, drums, noise, silence, single;
	play(x, false, 1, 6, 0.25);
	judge(x, N, &lively);
	play(x, true, 3, 3, 0.02);
	judge(x, N, &sad);
	assert_string_equal(lively.mood, "lively");
	assert_string_equal(sad.mood, "sad");
	assert_true(lively.energy > sad.energy + 0.2 && lively.valence > 0.2 && sad.valence < -0.1);
	assert_true(lively.mood_confidence <= 0.7 && lively.style_confidence <= 0.5 && lively.percussive < 0.3);

	memset(x, 0, sizeof(x));
	for (int i = 0; i < 32; i++) {
		float burst[RATE / 8] = { 0 };
		sound_noise(burst, COUNT_OF(burst), (uint64_t)i, i % 4 ? 0.3 : 0.6);
		for (size_t k = 0; k < COUNT_OF(burst); k++)
			x[(size_t)i * RATE / 2 + k] = burst[k] * expf(-40.0f * (float)k / RATE);
	}
	judge(x, N, &drums);
	assert_string_equal(drums.texture, "percussion");
	assert_string_equal(drums.style, "drum loop");
	memset(x, 0, sizeof(x));
	judge(x, N, &silence);
	assert_string_equal(silence.mood, "silent");
	assert_string_equal(silence.texture, "silence");
	sound_noise(x, N, 3, 0.2);
	judge(x, N, &noise);
	assert_string_equal(noise.texture, "noise");
	memset(x, 0, sizeof(x));
	for (int i = 0; i < 30; i++)
		sound_sine(x, N, RATE, 0.5 * i, 0.5 * i + 0.45, 440 * pow(2, (i * 5 % 12) / 12.0), 0.3);
	judge(x, N, &single);
	assert_string_equal(single.texture, "single voice");
	assert_true(single.polyphony < 1.5 && single.tonal > 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moods_and_textures_are_what_the_rules_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
