#include "model/style.h"

#include "model/continuation.h"
#include "music/excerpt.h"
#include "tunes.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <string.h>

static const struct generator *const news[] = { &markov_sample, &oracle_sample };
static const struct generator *const all[] = { &markov_continue, &oracle_continue, &markov_sample, &oracle_sample };

static struct generated make(const struct generator *g, const char *params, const struct score *const *inputs, size_t n, uint64_t seed)
{
	struct generated made = { 0 };
	struct err err = ERR_INIT;
	AUTO_JSON json_t *p = json_loads(params, 0, NULL);
	assert_non_null(p);
	if (generator_run(g, p, inputs, n, seed, NULL, &made, &err) < 0)
		fail_msg("%s, seed %llu: %s (%s)", g->model, (unsigned long long)seed, err.msg, err.field);
	return made;
}

/* Whether bars [a, a + n) and [b, b + n) of a score are the same notes. */
static bool same_bars(const struct score *s, double bar, int a, int b, int n)
{
	AUTO(score) x = NULL;
	AUTO(score) y = NULL;
	assert_int_equal(score_slice(s, a * bar, (a + n) * bar, &x, NULL), 0);
	assert_int_equal(score_slice(s, b * bar, (b + n) * bar, &y, NULL), 0);
	bool same = true;
	for (size_t v = 0; v < x->n_voices; v++) {
		same = same && x->voices[v].n_notes == y->voices[v].n_notes;
		for (size_t i = 0; same && i < x->voices[v].n_notes; i++)
			same = x->voices[v].notes[i].pitch == y->voices[v].notes[i].pitch &&
			       fabs(x->voices[v].notes[i].start_beats - y->voices[v].notes[i].start_beats) < 1e-9;
	}
	return same;
}

static void test_a_new_piece_has_the_form_the_length_and_the_rest_at_its_end_that_were_asked_for(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) jig = tune_jig();
	for (size_t g = 0; g < COUNT_OF(news); g++) {
		for (uint64_t seed = 0; seed < 20; seed++) {
			const struct score *source = seed % 2 ? jig : reel;
			double bar = seed % 2 ? 3 : 4;
			struct generated m = make(news[g], "{\"form\":\"AABA\",\"bars\":32}", &source, 1, seed);
			assert_true(m.score->end_beats == 32 * bar && m.score->pickup_beats == 0);
			assert_int_equal(score_n_bars(m.score), 32);
			assert_true(same_bars(m.score, bar, 0, 8, 8) && same_bars(m.score, bar, 0, 24, 8));
			assert_false(same_bars(m.score, bar, 0, 16, 8));
			const struct score_voice *v = &m.score->voices[0];
			assert_int_equal(v->notes[v->n_notes - 1].pitch % 12, seed % 2 ? 7 : 2);
			assert_true(score_bpm_at(m.score, 0) == score_bpm_at(source, 0));
			assert_true(m.score->voices[0].n_controls > 0); /* the source's instrument */
			assert_string_equal(json_string_value(json_object_get(m.report, "form")), "AABA");
			generated_done(&m);
		}
	}
}

static void test_new_pieces_begin_as_phrases_of_the_source_do_and_differ_by_seed(void **state)
{
	AUTO(score) reel = tune_reel();
	const struct score *source = reel;
	for (size_t g = 0; g < COUNT_OF(news); g++) {
		struct generated first = make(news[g], "{\"form\":\"A\",\"bars\":8}", &source, 1, 0);
		size_t different = 0, begins = 0;
		for (uint64_t seed = 1; seed < 30; seed++) {
			struct generated m = make(news[g], "{\"form\":\"A\",\"bars\":8}", &source, 1, seed);
			const struct note *n = &m.score->voices[0].notes[0];
			bool known = false;
			for (size_t i = 0; i < reel->voices[0].n_notes; i++)
				known = known || (fmod(reel->voices[0].notes[i].start_beats, 16) == 0 && reel->voices[0].notes[i].pitch == n->pitch);
			begins += known && n->start_beats == 0;
			const struct score_voice *a = &m.score->voices[0], *b = &first.score->voices[0];
			bool same = a->n_notes == b->n_notes;
			for (size_t i = 0; same && i < a->n_notes; i++)
				same = a->notes[i].pitch == b->notes[i].pitch;
			different += !same;
			generated_done(&m);
		}
		assert_int_equal(different, 29);
		print_message("%s: %zu of 29 begin with a note that a phrase of the source begins with\n", news[g]->model, begins);
		assert_true(begins >= 20);
		generated_done(&first);
	}
}

static void test_bars_must_divide_into_sections(void **state)
{
	AUTO(score) reel = tune_reel();
	const struct score *source = reel;
	for (size_t g = 0; g < COUNT_OF(news); g++) {
		struct generated made = { 0 };
		struct err err = ERR_INIT;
		AUTO_JSON json_t *p = json_pack("{s:s, s:i}", "form", "AABA", "bars", 18);
		assert_int_equal(generator_run(news[g], p, &source, 1, 1, NULL, &made, &err), -EINVAL);
		assert_string_equal(err.field, "params.bars");
		assert_null(made.score);
		AUTO_JSON json_t *q = json_pack("{s:s}", "form", "AABQ");
		assert_int_equal(generator_run(news[g], q, &source, 1, 1, NULL, &made, &err), -EINVAL);
		assert_string_equal(err.field, "params.form");
	}
}

/* How many of the result's runs of n intervals stand in the source. */
static double overlap(const struct score *s, const struct score *out, size_t n)
{
	const struct score_voice *a = &s->voices[0], *b = &out->voices[0];
	size_t n_known = 0, n_all = 0;
	for (size_t k = 0; k + n < b->n_notes; k++, n_all++) {
		bool known = false;
		for (size_t i = 0; i + n < a->n_notes && !known; i++) {
			known = true;
			for (size_t j = 0; j < n && known; j++)
				known = a->notes[i + j + 1].pitch - a->notes[i + j].pitch == b->notes[k + j + 1].pitch - b->notes[k + j].pitch;
		}
		n_known += known;
	}
	return n_all ? (double)n_known / (double)n_all : 0;
}

static void test_a_higher_order_keeps_nearer_to_the_source(void **state)
{
	AUTO(score) reel = tune_reel();
	const struct score *source = reel;
	double by_order[7] = { 0 };
	for (int order = 1; order <= 6; order += 5) {
		char params[64];
		(void)snprintf(params, sizeof(params), "{\"bars\":32,\"order\":%d}", order);
		for (uint64_t seed = 0; seed < 20; seed++) {
			struct generated m = make(&markov_continue, params, &source, 1, seed);
			by_order[order] += overlap(reel, m.score, 5) / 20;
			generated_done(&m);
		}
	}
	print_message("of runs of 5 intervals the source has %.2f at order 1 and %.2f at order 6\n", by_order[1], by_order[6]);
	assert_true(by_order[6] > by_order[1] * 1.3);
}

static struct score *another_reel(void)
{
	AUTO(score) s = tune_reel();
	struct score *up = NULL;
	struct score_voice *v = &s->voices[0];
	for (size_t i = 0; i < v->n_notes; i++)
		v->notes[i].start_beats = 64 - v->notes[i].start_beats - v->notes[i].duration_beats;
	score_sort(s);
	assert_int_equal(score_transpose(s, 4, &up, NULL), 0);
	return up;
}

static void test_every_model_learns_from_several_pieces_in_the_first_ones_key(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) other = another_reel();
	AUTO(score) waltz = tune_waltz(true);
	const struct score *inputs[] = { reel, other };
	assert_int_equal(score_set_meter(other, 0, 2, 2, NULL), 0); /* written otherwise, but as long and divided alike */
	for (size_t g = 0; g < COUNT_OF(all); g++) {
		double alone = 0, both = 0;
		for (uint64_t seed = 0; seed < 16; seed++) {
			struct generated one = make(all[g], "{\"bars\":32}", inputs, 1, seed), two = make(all[g], "{\"bars\":32}", inputs, 2, seed);
			alone += overlap(other, one.score, 5) / 16;
			both += overlap(other, two.score, 5) / 16;
			for (size_t i = 0; i < two.score->voices[0].n_notes; i++)
				assert_true(strchr("\x01\x02\x04\x06\x07\x09\x0b", two.score->voices[0].notes[i].pitch % 12));
			generated_done(&one);
			generated_done(&two);
		}
		print_message("%s: figures of the second piece %.2f without it, %.2f with it\n", all[g]->model, alone, both);
		assert_true(both > alone + 0.05);
		const struct score *mixed[] = { reel, waltz };
		struct generated made = { 0 };
		struct err err = ERR_INIT;
		assert_int_equal(generator_run(all[g], NULL, mixed, 2, 1, NULL, &made, &err), -EINVAL);
		assert_string_equal(err.field, "inputs");
	}
}

static void test_pieces_for_several_voices_take_the_voices_of_the_first(void **state)
{
	AUTO(score) waltz = tune_waltz(true);
	AUTO(score) solo = tune_waltz(false);
	solo->voices[1].n_notes = solo->voices[2].n_notes = 0;
	const struct score *inputs[] = { waltz, solo };
	for (size_t g = 0; g < COUNT_OF(all); g++) {
		struct generated m = make(all[g], "{\"bars\":16}", inputs, 2, 3);
		assert_int_equal(m.score->n_voices, 4);
		for (size_t v = 0; v < 4; v++) {
			assert_string_equal(m.score->voices[v].name, waltz->voices[v].name);
			for (size_t i = 0; i < m.score->voices[v].n_notes; i++)
				assert_int_equal(m.score->voices[v].notes[i].channel, waltz->voices[v].notes[0].channel);
		}
		generated_done(&m);
	}
}

static void test_models_survive_any_pieces_together(void **state)
{
	uint64_t seed = seed_start();
	for (int i = 0; i < 60; i++) {
		AUTO(score) a = tune_noise(seed_next(&seed), 1 + seed_below(&seed, 120));
		AUTO(score) b = tune_noise(seed_next(&seed), 1 + seed_below(&seed, 120));
		AUTO(score) c = tune_reel();
		const struct score *inputs[] = { a, b, c };
		struct generated m = make(all[seed_below(&seed, 4)], "{\"bars\":16}", inputs, 1 + seed_below(&seed, 3), seed);
		for (size_t v = 0; v < m.score->n_voices; v++)
			for (size_t k = 0; k < m.score->voices[v].n_notes; k++)
				assert_true(m.score->voices[v].notes[k].start_beats < m.score->end_beats);
		generated_done(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_piece_has_the_form_the_length_and_the_rest_at_its_end_that_were_asked_for),
		cmocka_unit_test(test_new_pieces_begin_as_phrases_of_the_source_do_and_differ_by_seed),
		cmocka_unit_test(test_bars_must_divide_into_sections),
		cmocka_unit_test(test_a_higher_order_keeps_nearer_to_the_source),
		cmocka_unit_test(test_every_model_learns_from_several_pieces_in_the_first_ones_key),
		cmocka_unit_test(test_pieces_for_several_voices_take_the_voices_of_the_first),
		cmocka_unit_test(test_models_survive_any_pieces_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
