#include "model/morph.h"

#include "music/excerpt.h"
#include "tunes.h"
#include "same.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <string.h>

static struct morph_params defaults(void)
{
	struct morph_params p;
	assert_int_equal(model_params_read(&morph_table, NULL, &p, NULL), 0);
	return p;
}

static struct score *morph(const struct score *a, const struct score *b, const struct morph_params *p, uint64_t seed, struct morph_report *r)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (morph_make(a, b, p, seed, NULL, &s, r, &err) < 0)
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.msg);
	return s;
}

/* A reel of its own: the same rhythm moved up, and its second half another. */
static struct score *another(void)
{
	AUTO(score) s = tune_reel();
	struct score *out = NULL;
	struct score_voice *v = &s->voices[0];
	for (size_t i = 0; i < v->n_notes; i++)
		v->notes[i].start_beats = 64 - v->notes[i].start_beats - v->notes[i].duration_beats;
	score_sort(s);
	assert_int_equal(score_transpose(s, 2, &out, NULL), 0);
	assert_int_equal(score_set_tempo(out, 0, 120, NULL), 0);
	return out;
}

/* Of the notes of bars 1 to 8 of a piece, how many stand in a stage. */
static size_t shared(const struct score *s, double from, const struct score *piece, double length)
{
	size_t n = 0;
	for (size_t v = 0; v < piece->n_voices && v < s->n_voices; v++) {
		for (size_t i = 0; i < piece->voices[v].n_notes; i++) {
			const struct note *a = &piece->voices[v].notes[i];
			for (size_t k = 0; a->start_beats < length && k < s->voices[v].n_notes; k++) {
				const struct note *b = &s->voices[v].notes[k];
				if (fabs(b->start_beats - from - a->start_beats) < 1e-3 && b->pitch == a->pitch) {
					n++;
					break;
				}
			}
		}
	}
	return n;
}

static size_t count_in(const struct score *s, double from, double to)
{
	size_t n = 0;
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++)
			n += s->voices[v].notes[i].start_beats >= from - 1e-6 && s->voices[v].notes[i].start_beats < to - 1e-6;
	return n;
}

static void test_the_first_stage_is_the_first_piece_and_the_last_the_second(void **state)
{
	AUTO(score) a = tune_reel();
	AUTO(score) b = another();
	struct morph_params p = defaults();
	struct morph_report r;
	p.stages = 6;
	AUTO(score) s = morph(a, b, &p, 1, &r);
	assert_int_equal(r.n_stages, 6);
	assert_int_equal(r.stage_bars, 8);
	assert_true(s->end_beats == 6 * 32);
	size_t n_a = count_in(a, 0, 32), n_b = count_in(b, 0, 32);
	assert_int_equal(shared(s, 0, a, 32), n_a);
	assert_int_equal(count_in(s, 0, 32), n_a);
	assert_int_equal(shared(s, 160, b, 32), n_b);
	assert_int_equal(count_in(s, 160, 192), n_b);
	assert_true(score_bpm_at(s, 0) == 180 && score_bpm_at(s, 170) == 120);
	assert_true(score_key_at(s, 0).sharps == 2 && score_key_at(s, 170).sharps == 4);
}

static void test_from_stage_to_stage_it_is_less_the_first_and_more_the_second(void **state)
{
	AUTO(score) a = tune_reel();
	AUTO(score) b = another();
	struct morph_params p = defaults();
	p.stages = 9;
	for (uint64_t seed = 0; seed < 10; seed++) {
		AUTO(score) s = morph(a, b, &p, seed, NULL);
		size_t first[9], second[9];
		for (int k = 0; k < 9; k++) {
			first[k] = shared(s, k * 32, a, 32);
			second[k] = shared(s, k * 32, b, 32);
			/* What moves may meet a note of the other by chance: a little slack on the way. */
			assert_true(k == 0 || (first[k] <= first[k - 1] + 6 && second[k] + 6 >= second[k - 1]));
		}
		assert_true(first[0] > first[4] && first[4] >= first[8] && second[8] > second[4] && second[4] >= second[0]);
		assert_true(first[4] < first[0] * 3 / 4); /* the middle is neither */
	}
}

static void test_voices_and_drums_go_their_own_way(void **state)
{
	AUTO(score) a = tune_waltz(true);
	AUTO(score) b = NULL;
	AUTO(score) plain = tune_waltz(true);
	assert_int_equal(score_transpose(plain, 5, &b, NULL), 0);
	struct morph_params p = defaults();
	for (uint64_t seed = 0; seed < 10; seed++) {
		AUTO(score) s = morph(a, b, &p, seed, NULL);
		assert_int_equal(s->n_voices, 4);
		for (size_t v = 0; v < 4; v++) {
			assert_true(s->voices[v].n_notes > 0 && s->voices[v].n_controls > 0);
			for (size_t i = 0; i < s->voices[v].n_notes; i++)
				assert_int_equal(s->voices[v].notes[i].channel, a->voices[v].notes[0].channel);
		}
		for (size_t i = 0; i < s->voices[3].n_notes; i++)
			assert_true(s->voices[3].notes[i].pitch == 36 || s->voices[3].notes[i].pitch == 42);
	}
}

static void test_without_ends_only_what_lies_between_is_made(void **state)
{
	AUTO(score) a = tune_reel();
	AUTO(score) b = another();
	struct morph_params p = defaults();
	struct morph_report r;
	p.ends = false;
	p.stages = 4;
	p.stage_bars = 2;
	AUTO(score) s = morph(a, b, &p, 1, &r);
	assert_true(r.n_stages == 2 && s->end_beats == 16);
	p.stages = 2;
	struct score *none = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(morph_make(a, b, &p, 1, NULL, &none, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "params.stages");
}

static void test_morphs_of_any_pieces_keep_their_bars_and_are_the_same_for_a_seed(void **state)
{
	uint64_t seed = seed_start();
	for (int i = 0; i < 100; i++) {
		AUTO(score) a = tune_noise(seed_next(&seed), 1 + seed_below(&seed, 150));
		AUTO(score) b = tune_noise(seed_next(&seed), 1 + seed_below(&seed, 150));
		static const unsigned dens[] = { 1, 2, 4, 8, 16 };
		unsigned num = 1 + seed_below(&seed, 13), den = dens[seed_below(&seed, 5)];
		assert_int_equal(score_set_meter(a, 0, num, den, NULL), 0);
		assert_int_equal(score_set_meter(b, 0, num, den, NULL), 0);
		struct morph_params p = defaults();
		struct morph_report r;
		p.stages = 2 + seed_below(&seed, 8);
		p.stage_bars = seed_below(&seed, 5);
		uint64_t s = seed_next(&seed);
		AUTO(score) x = morph(a, b, &p, s, &r);
		AUTO(score) y = morph(a, b, &p, s, NULL);
		assert_true(fabs(x->end_beats - (double)(r.n_stages * r.stage_bars) * num * 4 / den) < 1e-6);
		assert_int_equal(x->voices[0].n_notes, y->voices[0].n_notes);
		assert_true(same_notes(&x->voices[0], &y->voices[0]));
		for (size_t k = 0; k < x->voices[0].n_notes; k++)
			assert_true(x->voices[0].notes[k].start_beats + x->voices[0].notes[k].duration_beats <= x->end_beats + 1e-3);
	}
}

static void test_morph_refuses_what_it_cannot_follow(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) jig = tune_jig();
	AUTO(score) empty = score_new();
	struct morph_params p = defaults();
	struct score *s = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(morph_make(reel, jig, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "inputs");
	assert_int_equal(morph_make(reel, empty, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	for (int i = 0; i < MORPH_NOTES; i++) {
		struct note n = { 0.001 * i, 0.1, 60, 90, 0, 64 };
		assert_int_equal(score_add_note(reel, 0, &n, NULL), 0);
	}
	score_sort(reel);
	assert_int_equal(morph_make(reel, reel, &p, 1, NULL, &s, NULL, &err), -EMSGSIZE);
	p.stages = 1;
	assert_int_equal(morph_make(reel, reel, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_null(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_stage_is_the_first_piece_and_the_last_the_second),
		cmocka_unit_test(test_from_stage_to_stage_it_is_less_the_first_and_more_the_second),
		cmocka_unit_test(test_voices_and_drums_go_their_own_way),
		cmocka_unit_test(test_without_ends_only_what_lies_between_is_made),
		cmocka_unit_test(test_morphs_of_any_pieces_keep_their_bars_and_are_the_same_for_a_seed),
		cmocka_unit_test(test_morph_refuses_what_it_cannot_follow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
