#include "music/reshape.h"

#include "../seed.h"
#include "music/abc.h"
#include "music/tidy.h"
#include "played.h"

#include "../check.h"

#include <string.h>

static struct score *from_abc(const char *text)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(text, strlen(text), NULL, &s, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static struct score *retimed(const struct score *s, double stretch, int64_t fit, bool reverse)
{
	struct time_params p = { stretch, fit, reverse };
	struct score *out = NULL;
	struct err err = ERR_INIT;
	if (score_retime(s, &p, &out, &err) < 0)
		fail_msg("%s", err.msg);
	return out;
}

static void test_half_time_and_double_time(void **state)
{
	AUTO(score) s = from_abc("X:1\nM:4/4\nL:1/4\nQ:1/4=90\nK:G\nGABc|d2z2|\n");
	AUTO(score) half = retimed(s, 2, 0, false);
	assert_true(half->voices[0].notes[1].start_beats == 2 && half->voices[0].notes[1].duration_beats == 2);
	assert_true(half->end_beats == 16 && score_n_bars(half) == 4 && score_bpm_at(half, 0) == 90);
	AUTO(score) twice = retimed(half, 0.25, 0, false);
	assert_true(twice->voices[0].notes[1].start_beats == 0.5 && score_n_bars(twice) == 1);
}

static void test_a_loop_fits_into_the_bars_asked_for(void **state)
{
	AUTO(score) s = from_abc("X:1\nM:3/4\nL:1/4\nK:C\nCDE|FGA|B3|\n"); /* nine beats */
	AUTO(score) two = retimed(s, 1, 2, false);
	assert_true(fabs(two->voices[0].notes[1].start_beats - 2.0 / 3) < 1e-12);
	assert_int_equal(score_n_bars(two), 2);
	struct time_params p = { 1, 4096, false };
	struct score *none = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(score_retime(s, &p, &none, &err), -EINVAL);
	assert_string_equal(err.field, "fit_bars");
	AUTO(score) empty = score_new();
	p.fit_bars = 2;
	assert_int_equal(score_retime(empty, &p, &none, &err), -EINVAL);
}

static void test_backwards_twice_is_forwards(void **state)
{
	AUTO(score) s = from_abc("X:1\nM:4/4\nL:1/4\nK:C\nC2DE|FGA2|\n");
	AUTO(score) back = retimed(s, 1, 0, true);
	static const uint8_t keys[] = { 69, 67, 65, 64, 62, 60 };
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(back->voices[0].notes[i].pitch, keys[i]);
	assert_true(back->voices[0].notes[1].start_beats == 2 && back->voices[0].notes[5].duration_beats == 2);
	AUTO(score) again = retimed(back, 1, 0, true);
	for (size_t i = 0; i < 6; i++)
		assert_true(again->voices[0].notes[i].start_beats == s->voices[0].notes[i].start_beats &&
			    again->voices[0].notes[i].pitch == s->voices[0].notes[i].pitch);
}

static void test_legato_and_staccato(void **state)
{
	AUTO(score) s = from_abc("X:1\nM:4/4\nL:1/4\nK:C\nC/2z/2D z2|E4|\n");
	struct articulation_params p = ARTICULATION_PARAMS_INIT;
	p.legato = true;
	AUTO(score) legato = NULL;
	assert_int_equal(score_articulate(s, &p, &legato, NULL), 0);
	assert_true(legato->voices[0].notes[0].duration_beats == 1);
	assert_true(legato->voices[0].notes[1].duration_beats == 1); /* two beats of rest are more than the gap */
	p = (struct articulation_params)ARTICULATION_PARAMS_INIT;
	p.gate = 0.5;
	p.shortest_beats = 0.3;
	AUTO(score) staccato = NULL;
	assert_int_equal(score_articulate(s, &p, &staccato, NULL), 0);
	assert_true(staccato->voices[0].notes[0].duration_beats == 0.3 && staccato->voices[0].notes[1].duration_beats == 0.5);
	struct err err = ERR_INIT;
	AUTO(score) none = NULL;
	p.gate = 5;
	assert_int_equal(score_articulate(s, &p, &none, &err), -EINVAL);
	assert_string_equal(err.field, "gate");
}

static void test_dynamics_follow_their_curve(void **state)
{
	AUTO(score) s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
	for (int i = 0; i < 10; i++) {
		struct note x = { i, 1, 60, (uint8_t)(i % 2 ? 100 : 60), 0, 64 };
		assert_int_equal(score_add_note(s, v, &x, NULL), 0);
	}
	struct dynamics_params p = DYNAMICS_PARAMS_INIT;
	p.contrast = 0;
	AUTO(score) flat = NULL;
	assert_int_equal(score_dynamics(s, &p, &flat, NULL), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(flat->voices[0].notes[i].velocity, 80);
	p = (struct dynamics_params)DYNAMICS_PARAMS_INIT;
	p.curve = DYNAMICS_CRESCENDO;
	p.depth = 1;
	AUTO(score) up = NULL;
	assert_int_equal(score_dynamics(flat, &p, &up, NULL), 0);
	assert_int_equal(up->voices[0].notes[0].velocity, 1); /* never 0: that would be no note */
	for (int i = 1; i < 10; i++)
		assert_int_equal(up->voices[0].notes[i].velocity, 8 * i);
	p.curve = DYNAMICS_SWELL;
	AUTO(score) swell = NULL;
	assert_int_equal(score_dynamics(flat, &p, &swell, NULL), 0);
	assert_true(swell->voices[0].notes[5].velocity == 80 && swell->voices[0].notes[2].velocity < 40);
	p = (struct dynamics_params)DYNAMICS_PARAMS_INIT;
	p.lo = 90;
	p.hi = 80;
	struct err err = ERR_INIT;
	AUTO(score) none = NULL;
	assert_int_equal(score_dynamics(s, &p, &none, &err), -EINVAL);
	assert_string_equal(err.field, "hi");
}

/* After tidying no note of a voice begins or sounds in another of its key, and nothing else has changed. */
static void test_tidying_leaves_no_note_in_another(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	for (int round = 0; round < 100; round++) {
		double places[4] = { 0, rng_double(&r), rng_double(&r), rng_double(&r) };
		AUTO(score) s = played_make(rng_next(&r), places, 4, 0.8, 0.3, 20);
		for (size_t i = 0; i < s->voices[0].n_notes; i++)
			s->voices[0].notes[i].duration_beats = rng_double(&r) * 3;
		size_t before = s->voices[0].n_notes, gone = score_tidy(s);
		assert_int_equal(s->voices[0].n_notes + gone, before);
		const struct score_voice *v = &s->voices[0];
		for (size_t i = 0; i < v->n_notes; i++)
			for (size_t k = i + 1; k < v->n_notes; k++)
				assert_true(v->notes[i].pitch != v->notes[k].pitch ||
					    v->notes[i].start_beats + v->notes[i].duration_beats <= v->notes[k].start_beats + 1e-9);
		assert_int_equal(score_tidy(s), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_time_and_double_time),     cmocka_unit_test(test_a_loop_fits_into_the_bars_asked_for),
		cmocka_unit_test(test_backwards_twice_is_forwards),   cmocka_unit_test(test_legato_and_staccato),
		cmocka_unit_test(test_dynamics_follow_their_curve),   cmocka_unit_test(test_tidying_leaves_no_note_in_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
