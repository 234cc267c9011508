#include "music/character.h"
#include "music/tension.h"
#include "music/texture.h"

#include <math.h>
#include <stdio.h>

#include "base/str.h"
#include "listening.h"

struct heard {
	struct key_report key;
	struct meter_report meter;
	struct chord_report chords;
	struct texture_report texture;
	struct tension_report tension;
	struct character_report character;
};

static struct heard hear(const struct score *s)
{
	struct heard h;
	assert_int_equal(key_find(s, &h.key, NULL), 0);
	assert_int_equal(meter_find(s, h.key.n_guesses ? &h.key.guesses[0] : NULL, &h.meter, NULL), 0);
	assert_int_equal(chords_find(s, &h.key, &h.meter, NULL, &h.chords, NULL), 0);
	assert_int_equal(texture_find(s, &h.key, &h.meter, &h.texture, NULL), 0);
	assert_int_equal(tension_find(s, &h.key, &h.meter, &h.tension, NULL), 0);
	double dissonance = 0;
	for (size_t i = 0; i < h.tension.n; i++)
		dissonance += h.tension.v[i].dissonance / (double)h.tension.n;
	struct character_input in = { s, &h.key, &h.meter, &h.chords, &h.texture, dissonance };
	assert_int_equal(character_find(&in, &h.character, NULL), 0);
	return h;
}

static void done(struct heard *h)
{
	key_report_done(&h->key);
	chord_report_done(&h->chords);
	tension_report_done(&h->tension);
}

/* Rest, a diminished seventh, the dominant, rest: the curve goes up and comes home. Rows: S0-77 */
static void test_tension_rises_over_foreign_chords_and_resolves(void **state)
{
	(void)state;
	AUTO(score) s = tune_of("X:1\nM:4/4\nL:1/1\nQ:1/4=90\nK:C\n[C,EGc]|[F,CFA]|[G,DFB]|[C,EGc]|[A,CEA]|[D,FAd]|"
				"[^F,A,C_E]|[_A,^C=F=B]|[G,DFB]|[C,EGc]|[F,CFA]|[C,EGc]|\n");
	struct heard h = hear(s);
	assert_int_equal(h.tension.n, 12);
	const struct tension_window *w = h.tension.v;
	for (int i = 0; i < 4; i += 3) {
		assert_true(w[7].strain > w[i].strain);
		assert_true(w[6].diameter > w[i].diameter && w[7].diameter > w[i].diameter);
		assert_true(w[6].dissonance > w[i].dissonance && w[7].dissonance > w[i].dissonance);
		assert_true(w[7].total > w[i].total && w[6].total > w[i].total);
	}
	assert_true(w[11].total < w[7].total);
	assert_true(h.tension.peak_beats >= 24 && h.tension.peak_beats <= 32);
	assert_float_equal(w[0].movement, 0, 0);
	assert_true(w[1].movement > 0);
	done(&h);
}

/* Rows: S0-77 */
static void test_complexity_and_density_order_pieces_as_ears_do(void **state)
{
	(void)state;
	AUTO(score) plain = tune_of("X:1\nM:4/4\nL:1/4\nK:C\nCCGG|AAG2|FFEE|DDC2|GGFF|EED2|GGFF|EED2|CCGG|AAG2|FFEE|DDC2|\n");
	AUTO(score) busy = tune_of("X:1\nM:4/4\nL:1/8\nK:C\nC2E_e2^FAd|z^c3_B2^f2|_eG^GAz3b|dz^D3A^c2|"
				   "C_Dz^Fg2_ae|zB3_A2^G2|f^fz_b3zc|E_gz2^Af_Dc'|\n");
	struct heard a = hear(plain), b = hear(busy);
	assert_true(b.texture.complexity > a.texture.complexity + 0.15);
	assert_true(b.texture.pitch_entropy > a.texture.pitch_entropy);
	assert_true(b.texture.syncopation > a.texture.syncopation);
	assert_true(b.texture.chromatic > 0.2 && a.texture.chromatic < 0.01);
	assert_float_equal(a.texture.notes_a_second, (double)score_n_notes(plain) / 24, 1e-6); /* 48 beats at 120 */
	assert_float_equal(a.texture.polyphony, 1, 1e-9);
	done(&a);
	done(&b);
}

static void test_syncopation_is_zero_on_the_beat_and_counts_levels_off_it(void **state)
{
	(void)state;
	struct meter_report m = { .n_guesses = 1, .guesses = { { 4, 4, 1, 0, 4, 1 } } };
	struct texture_report on, off;
	AUTO(score) straight = tune_of("X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n");
	AUTO(score) pushed = tune_of("X:1\nM:4/4\nL:1/8\nK:C\nCD2E2F2G|zA2B2c2d|\n");
	assert_int_equal(texture_find(straight, NULL, &m, &on, NULL), 0);
	assert_int_equal(texture_find(pushed, NULL, &m, &off, NULL), 0);
	assert_float_equal(on.syncopation, 0, 1e-9);
	assert_true(off.syncopation > 0.7);
}

static void test_energy_follows_speed_and_loudness(void **state)
{
	(void)state;
	AUTO(score) slow = example("soldiers-joy.abc");
	AUTO(score) fast = example("soldiers-joy.abc");
	assert_int_equal(score_set_tempo(slow, 0, 60, NULL), 0);
	assert_int_equal(score_set_tempo(fast, 0, 220, NULL), 0);
	for (size_t i = 0; i < slow->voices[0].n_notes; i++) {
		slow->voices[0].notes[i].velocity = 40;
		fast->voices[0].notes[i].velocity = 110;
	}
	struct heard a = hear(slow), b = hear(fast);
	assert_true(b.texture.energy > a.texture.energy + 0.2);
	assert_true(b.character.arousal > a.character.arousal + 0.3);
	assert_string_equal(b.character.moods[0].name, "happy");
	assert_string_equal(a.character.moods[0].name, "calm");
	done(&a);
	done(&b);
}

/* Rows: S0-75 */
static void test_mood_and_kind_of_known_pieces(void **state)
{
	static const struct {
		const char *name, *genre;
	} want[] = { { "soldiers-joy.abc", "reel" }, { "irish-washerwoman.abc", "jig" }, { "country-waltz.abc", "waltz" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		AUTO(score) s = example(want[i].name);
		struct heard h = hear(s);
		assert_string_equal(h.character.genres[0].name, want[i].genre);
		double sum = 0;
		for (size_t k = 0; k < h.character.n_moods; k++)
			sum += h.character.moods[k].confidence;
		assert_float_equal(sum, 1, 1e-9);
		done(&h);
	}
	AUTO(score) lament = tune_of("X:1\nM:4/4\nL:1/4\nQ:1/4=50\nK:Dm\nD2F2|E2^C2|D3E|F2D2|A2G2|F2E2|D2^C2|D4|\n");
	for (size_t i = 0; i < lament->voices[0].n_notes; i++)
		lament->voices[0].notes[i].velocity = 45;
	struct heard h = hear(lament);
	assert_string_equal(h.character.moods[0].name, "sad");
	done(&h);
}

/* Rows: S0-75 */
static void test_instruments_are_listed_by_what_they_play(void **state)
{
	(void)state;
	AUTO(score) s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	assert_int_equal(score_add_control(s, v, &(struct score_control){ 0, SCORE_PROGRAM, 0, 0, 40 }, NULL), 0);
	assert_int_equal(score_add_control(s, v, &(struct score_control){ 6, SCORE_PROGRAM, 0, 0, 73 }, NULL), 0);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(score_add_note(s, v, &(struct note){ i, 1, 60, 80, 0, 64 }, NULL), 0);
		if (i % 4 == 0)
			assert_int_equal(score_add_note(s, v, &(struct note){ i, 0.5, 36, 80, 9, 64 }, NULL), 0);
	}
	score_sort(s);
	struct heard h = hear(s);
	assert_int_equal(h.character.n_instruments, 3);
	assert_string_equal(h.character.instruments[0].name, "Violin");
	assert_float_equal(h.character.instruments[0].share, 0.6, 1e-9);
	assert_int_equal(h.character.instruments[1].program, -1);
	assert_string_equal(h.character.instruments[2].family, "Pipe");
	done(&h);
}

static void test_random_scores_give_figures_in_range(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 60; round++) {
		AUTO(score) s = random_score(&seed, 100, round % 10 == 0 ? 1e9 : round % 3 ? 40 : 1e5);
		struct heard h = hear(s);
		assert_true(h.texture.complexity >= 0 && h.texture.complexity <= 1);
		assert_true(h.texture.energy >= 0 && h.texture.energy <= 1);
		assert_true(isfinite(h.texture.duration_s) && isfinite(h.texture.notes_a_second) && isfinite(h.texture.polyphony));
		assert_true(h.tension.n <= TENSION_WINDOWS_MAX);
		for (size_t i = 0; i < h.tension.n; i++)
			assert_true(h.tension.v[i].total >= 0 && h.tension.v[i].total <= 1);
		assert_true(fabs(h.character.valence) <= 1 && fabs(h.character.arousal) <= 1);
		done(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tension_rises_over_foreign_chords_and_resolves),
		cmocka_unit_test(test_complexity_and_density_order_pieces_as_ears_do),
		cmocka_unit_test(test_syncopation_is_zero_on_the_beat_and_counts_levels_off_it),
		cmocka_unit_test(test_energy_follows_speed_and_loudness),
		cmocka_unit_test(test_mood_and_kind_of_known_pieces),
		cmocka_unit_test(test_instruments_are_listed_by_what_they_play),
		cmocka_unit_test(test_random_scores_give_figures_in_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
