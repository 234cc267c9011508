#include "music/track_profile.h"

#include <math.h>
#include <string.h>

#include "../check.h"
#include "../seed.h"
#include "music/gm_names.h"

static void put(struct score *s, size_t v, double at, double held, int pitch, int channel)
{
	struct note n = { at, held, (uint8_t)pitch, 80, (uint8_t)channel, 64 };
	assert_int_equal(score_add_note(s, v, &n, NULL), 0);
}

/* A flute line, piano chords over it, drums, and a voice with nothing. */
static struct score *band(void)
{
	struct score *s = score_new();
	size_t v;
	for (int i = 0; i < 4; i++)
		assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	assert_int_equal(score_add_control(s, 0, &(struct score_control){ 0, SCORE_PROGRAM, 2, 0, 73 }, NULL), 0);
	for (int i = 0; i < 32; i++) {
		put(s, 0, i * 0.5, 0.52, 72 + i % 5, 2); /* legato: each a little into the next */
		put(s, 2, i * 0.5, 0.1, i % 4 ? 42 : 36, 9);
		put(s, 2, i * 0.5, 0.1, 38, 9);
	}
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 3; k++)
			put(s, 1, i * 4, 2, 48 + 4 * k, 0);
	score_sort(s);
	return s;
}

/* Rows: H-T27, H-A03 */
static void test_profile_tells_what_a_track_is(void **state)
{
	(void)state;
	AUTO(score) s = band();
	struct track_profiles t;
	assert_int_equal(track_profiles_find(s, &(struct track_options)TRACK_OPTIONS_INIT, &t, NULL), 0);
	assert_int_equal(t.n, 4);
	const struct track_profile *flute = &t.v[0], *piano = &t.v[1], *drums = &t.v[2], *none = &t.v[3];
	assert_int_equal(flute->n_notes, 32);
	assert_int_equal(flute->lowest, 72);
	assert_int_equal(flute->highest, 76);
	assert_int_equal(flute->channel, 2);
	assert_int_equal(flute->program, 73);
	assert_string_equal(gm_program_name(flute->program), "Flute");
	assert_string_equal(gm_family_name(flute->program), "Pipe");
	assert_false(flute->needs_splitting || flute->drums);
	assert_float_equal(flute->polyphony, 0, 1e-9);
	assert_int_equal(flute->most_at_once, 1);
	assert_true(flute->sounding > 0.85);
	assert_int_equal(flute->n_windows, 4);
	for (size_t i = 0; i < 4; i++)
		assert_float_equal(flute->density[i], 2, 1e-9);
	assert_true(piano->needs_splitting);
	assert_float_equal(piano->polyphony, 1, 1e-9);
	assert_int_equal(piano->most_at_once, 3);
	assert_float_equal(piano->overlap, 3, 1e-9);
	assert_true(piano->sounding > 0.5 && piano->sounding < 0.6);
	assert_int_equal(piano->program, -1);
	assert_true(drums->drums && !drums->needs_splitting);
	assert_int_equal(none->n_notes, 0);
	assert_int_equal(none->lowest, -1);
	assert_int_equal(none->n_windows, 0);
	track_profiles_done(&t);
}

/* Rows: H-T27 */
static void test_threshold_and_window_are_the_callers(void **state)
{
	(void)state;
	AUTO(score) s = score_new();
	struct track_profiles t;
	struct err err = ERR_INIT;
	size_t v;
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	for (int i = 0; i < 16; i++) {
		put(s, v, i, 0.9, 60, 0);
		if (i % 4 == 0)
			put(s, v, i, 0.9, 64, 0);
	}
	score_sort(s);
	struct track_options o = { 8, 0.2 };
	assert_int_equal(track_profiles_find(s, &o, &t, NULL), 0);
	assert_float_equal(t.v[0].polyphony, 0.25, 1e-9);
	assert_true(t.v[0].needs_splitting);
	assert_int_equal(t.v[0].n_windows, 2);
	assert_float_equal(t.v[0].density[0], 10 / 8.0, 1e-9);
	track_profiles_done(&t);
	o.polyphony_threshold = 0.3;
	assert_int_equal(track_profiles_find(s, &o, &t, NULL), 0);
	assert_false(t.v[0].needs_splitting);
	track_profiles_done(&t);
	o.polyphony_threshold = 1.5;
	assert_int_equal(track_profiles_find(s, &o, &t, &err), -EINVAL);
	assert_string_equal(err.field, "polyphony_threshold");
	o = (struct track_options){ 0, 0.3 };
	assert_int_equal(track_profiles_find(s, &o, &t, &err), -EINVAL);
	assert_string_equal(err.field, "window_beats");
}

static void test_every_program_has_a_name(void **state)
{
	(void)state;
	for (int p = 0; p < 128; p++)
		for (int q = 0; q < p; q++)
			assert_string_not_equal(gm_program_name(p), gm_program_name(q));
	assert_string_equal(gm_program_name(0), "Acoustic Grand Piano");
	assert_string_equal(gm_program_name(40), "Violin");
	assert_string_equal(gm_program_name(105), "Banjo");
	assert_string_equal(gm_program_name(127), "Gunshot");
	assert_null(gm_program_name(128));
	assert_null(gm_program_name(-1));
	assert_null(gm_family_name(128));
}

static void test_random_tracks_stay_in_range(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 100; round++) {
		AUTO(score) s = score_new();
		size_t v;
		struct track_profiles t;
		assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
		double far = round % 5 ? 100 : 1e9;
		for (unsigned i = seed_below(&seed, 50); i > 0; i--)
			put(s, v, seed_unit(&seed) * far, seed_unit(&seed) * (round % 3 ? 3 : far), (int)seed_below(&seed, 128),
			    (int)seed_below(&seed, 16));
		score_sort(s);
		assert_int_equal(track_profiles_find(s, &(struct track_options)TRACK_OPTIONS_INIT, &t, NULL), 0);
		assert_true(t.v[0].n_windows <= TRACK_WINDOWS_MAX);
		assert_true(t.v[0].polyphony >= 0 && t.v[0].polyphony <= 1);
		assert_true(t.v[0].sounding >= 0 && t.v[0].sounding <= 1);
		assert_true(isfinite(t.v[0].overlap) && isfinite(t.v[0].mean_held_beats));
		track_profiles_done(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profile_tells_what_a_track_is),
		cmocka_unit_test(test_threshold_and_window_are_the_callers),
		cmocka_unit_test(test_every_program_has_a_name),
		cmocka_unit_test(test_random_tracks_stay_in_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
