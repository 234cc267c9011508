/* test_tune.c - tunes between scores, bars and tokens. */
#include "model/tune.h"

#include "../check.h"
#include "../seed.h"
#include "model/tune_markov.h"
#include "model/tune_token.h"
#include "music/abc.h"
#include "music/smf.h"
#include "tunes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_abc(const char *text, struct tune *ret)
{
	AUTO(score) s = NULL;
	assert_int_equal(abc_parse(text, strlen(text), NULL, &s, NULL, NULL), 0);
	assert_int_equal(tune_from_score(s, NULL, ret, NULL), 0);
}

static void note_name(int token, char *ret, size_t n)
{
	int sound = tune_sound_of(token), units = tune_units_of(token);
	if (sound == TUNE_REST)
		(void)snprintf(ret, n, "rest:%d", units);
	else if (sound == TUNE_HOLD)
		(void)snprintf(ret, n, "hold:%d", units);
	else
		(void)snprintf(ret, n, "%+d:%d", sound - TUNE_DEGREE_0 + TUNE_DEGREE_LO, units);
}

/* "+7:12" for people; at most n bytes with the NUL. */
static void token_name(int token, char *ret, size_t n)
{
	static const char *const marks[] = { "|", "end", "after", "before" };
	if (tune_is_note(token))
		note_name(token, ret, n);
	else if (tune_is_repeat(token))
		(void)snprintf(ret, n, "repeat:%d/%d", tune_repeats[token - TUNE_TOKEN_REPEAT].bars,
			       tune_repeats[token - TUNE_TOKEN_REPEAT].ending);
	else if (token >= TUNE_TOKEN_BAR && token < TUNE_TOKEN_REPEAT)
		(void)snprintf(ret, n, "%s", marks[token - TUNE_TOKEN_BAR]);
	else if (token >= TUNE_TOKEN_FORM && token < TUNE_TOKEN_BAR)
		(void)snprintf(ret, n, "%s", tune_form_names[token - TUNE_TOKEN_FORM]);
	else if (token >= TUNE_TOKEN_METER && token < TUNE_TOKEN_FORM)
		(void)snprintf(ret, n, "%s", tune_meter_names[token - TUNE_TOKEN_METER]);
	else if (token >= TUNE_TOKEN_MODE && token < TUNE_TOKEN_METER)
		(void)snprintf(ret, n, "%s", tune_mode_names[token - TUNE_TOKEN_MODE]);
	else
		(void)snprintf(ret, n, "?");
}

static void expect_names(const struct tune_stream *s, const char *want)
{
	char got[2048] = "", name[32];
	for (size_t i = 0; i < s->n; i++) {
		token_name(s->v[i], name, sizeof(name));
		(void)strncat(got, i ? " " : "", sizeof(got) - strlen(got) - 1);
		(void)strncat(got, name, sizeof(got) - strlen(got) - 1);
	}
	assert_string_equal(got, want);
}

static void test_a_tune_becomes_degrees_above_its_tonic(void **state)
{
	AUTO_TUNE t = TUNE_INIT;
	AUTO_TUNE_STREAM s = { 0 };
	read_abc("X:1\nM:4/4\nL:1/8\nK:D\nD2 F>A d4-|d2 z2 (3ABc d2|\n", &t);
	assert_int_equal(t.tonic, 2);
	assert_int_equal(tune_stream_whole(&s, &t, NULL), 0);
	expect_names(&s, "major 4/4 any +0:24 +4:18 +7:6 +12:48 | hold:24 rest:24 +7:8 +9:8 +11:8 +12:24 | end");
}

static void test_modes_are_heard_from_signature_and_ending(void **state)
{
	static const struct {
		const char *key, *music;
		int mode, tonic;
	} cases[] = {
		{ "G", "GABc d2Bd|gedB G4|", TUNE_MAJOR, 7 },
		{ "Em", "EFGA B2GB|eBGF E4|", TUNE_MINOR, 4 },
		{ "Ador", "A2BA eABA|A2de BAAG|A2BA eABA|A2GE A4|", TUNE_DORIAN, 9 },
		{ "Dmix", "DFAF DFAF|cAGE D2A2|d2cA dcAG|FDEC D4|", TUNE_MIXOLYDIAN, 2 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_TUNE t = TUNE_INIT;
		char text[128];
		(void)snprintf(text, sizeof(text), "X:1\nM:4/4\nL:1/8\nK:%s\n%s\n", cases[i].key, cases[i].music);
		read_abc(text, &t);
		assert_int_equal(t.mode, cases[i].mode);
		assert_int_equal(t.tonic, cases[i].tonic);
	}
}

static void test_a_repeated_part_is_one_token(void **state)
{
	AUTO_TUNE t = TUNE_INIT, back = TUNE_INIT;
	AUTO_TUNE_STREAM s = { 0 };
	read_abc("X:1\nM:4/4\nL:1/4\nK:C\n|:cdef|gabc'|c'bag|1 fedc:|2 c4|]\n", &t);
	assert_int_equal(t.n_bars, 8);
	assert_int_equal(tune_stream_whole(&s, &t, NULL), 0);
	expect_names(&s, "major 4/4 any +12:24 +14:24 +16:24 +17:24 | +19:24 +21:24 +23:24 +24:24 | +24:24 +23:24 +21:24 +19:24 | "
			 "+17:24 +16:24 +14:24 +12:24 | repeat:4/1 +12:96 | end");
	assert_int_equal(tune_add_stream(&back, s.v, s.n, NULL), 0);
	assert_int_equal(back.n_notes, t.n_notes);
	assert_memory_equal(back.notes, t.notes, t.n_notes * sizeof(*t.notes));
}

static void test_a_pickup_survives(void **state)
{
	AUTO(score) jig = tune_jig();
	AUTO(score) back = NULL;
	AUTO_TUNE t = TUNE_INIT;
	assert_int_equal(tune_from_score(jig, NULL, &t, NULL), 0);
	assert_int_equal(tune_to_score(&t, &back, NULL), 0);
	assert_true(back->pickup_beats == jig->pickup_beats);
	assert_true(back->end_beats == jig->end_beats);
	assert_int_equal(score_n_notes(back), score_n_notes(jig));
	for (size_t i = 0; i < score_n_notes(jig); i++) {
		assert_int_equal(back->voices[0].notes[i].pitch, jig->voices[0].notes[i].pitch);
		assert_true(fabs(back->voices[0].notes[i].start_beats - jig->voices[0].notes[i].start_beats) < 1e-9);
	}
	assert_true(score_key_at(back, 0).sharps == 1);
}

static void test_what_the_alphabet_lacks_is_refused(void **state)
{
	AUTO(score) s = score_new();
	AUTO_TUNE t = TUNE_INIT;
	struct err err = { 0 };
	size_t voice;
	assert_int_equal(tune_from_score(s, NULL, &t, &err), -EINVAL);
	assert_int_equal(score_add_voice(s, "", &voice, NULL), 0);
	assert_int_equal(score_set_meter(s, 0, 7, 16, NULL), 0);
	const struct note n = { .start_beats = 0, .duration_beats = 1, .pitch = 60, .velocity = 80 };
	assert_int_equal(score_add_note(s, voice, &n, NULL), 0);
	assert_int_equal(tune_from_score(s, NULL, &t, &err), -EINVAL);
	assert_non_null(strstr(err_msg(&err), "7/16"));
	const struct note late = { .start_beats = 1e8, .duration_beats = 1e8, .pitch = 60, .velocity = 80 };
	assert_int_equal(score_set_meter(s, 0, 4, 4, NULL), 0);
	assert_int_equal(score_add_note(s, voice, &late, NULL), 0);
	score_sort(s);
	assert_int_equal(tune_from_score(s, NULL, &t, &err), 0); /* what lies beyond all bars is left out */
}

/* A random walk through what the grammar allows. */
static void walk(uint64_t *seed, struct tune_stream *s, size_t most)
{
	struct tune_state st;
	tune_state_init(&st);
	while (!st.ended) {
		uint16_t may[TUNE_TOKENS];
		size_t n = 0;
		for (int t = 0; t < TUNE_TOKENS; t++)
			if (tune_state_may(&st, t))
				may[n++] = (uint16_t)t;
		assert_true(n > 0);
		int token = may[seed_below(seed, (uint32_t)n)];
		if (s->n > most && tune_state_may(&st, TUNE_TOKEN_END))
			token = TUNE_TOKEN_END;
		else if (s->n > most && tune_state_may(&st, TUNE_TOKEN_BEFORE))
			token = TUNE_TOKEN_BEFORE;
		assert_int_equal(tune_stream_add(s, token, NULL), 0);
		tune_state_push(&st, token);
	}
}

static void test_every_stream_is_a_tune_and_a_score(void **state)
{
	uint64_t seed = seed_start();
	for (int round = 0; round < 300; round++) {
		AUTO_TUNE_STREAM s = { 0 };
		AUTO_TUNE t = TUNE_INIT, again = TUNE_INIT;
		AUTO(score) score = NULL;
		walk(&seed, &s, 200);
		struct err err = { 0 };
		if (tune_add_stream(&t, s.v, s.n, &err) < 0)
			fail_msg("%s", err_msg(&err));
		assert_int_equal(tune_to_score(&t, &score, NULL), 0);
		assert_true(score->end_beats > 0 || score_n_notes(score) == 0);
		double bar = tune_bar_units(t.meter) / (double)TUNE_QUARTER;
		double bars = (score->end_beats - score->pickup_beats) / bar;
		if (score->pickup_beats == 0)
			assert_true(fabs(bars - (double)t.n_bars) < 1e-9);
		for (size_t i = 0; i < t.n_bars; i++) {
			int units = 0;
			for (uint32_t k = 0; k < t.bars[i].n; k++)
				units += tune_units_of(t.notes[t.bars[i].first + k]);
			assert_int_equal(units, tune_bar_units(t.meter));
		}
		if (score_n_notes(score) == 0)
			continue;
		assert_int_equal(tune_from_score(score, NULL, &again, NULL), 0);
	}
}

static void test_streams_that_are_no_tunes_are_refused(void **state)
{
	uint64_t seed = seed_start();
	size_t refused = 0;
	for (int round = 0; round < 300; round++) {
		AUTO_TUNE_STREAM s = { 0 };
		AUTO_TUNE t = TUNE_INIT;
		walk(&seed, &s, 60);
		size_t at = seed_below(&seed, (uint32_t)s.n);
		s.v[at] = (uint16_t)seed_below(&seed, TUNE_TOKENS + 20);
		int r = tune_add_stream(&t, s.v, s.n - seed_below(&seed, 2), NULL);
		assert_true(r == 0 || r == -EBADMSG);
		refused += r < 0;
	}
	assert_true(refused > 100);
}

static bool drums_only(const struct score *s)
{
	for (size_t i = 0; i < s->voices[0].n_notes; i++)
		if (s->voices[0].notes[i].channel != 9)
			return false;
	return true;
}

/* Whatever a heap of notes it is: read, it has whole bars, and reading what was written changes nothing more. */
static void test_any_score_is_read_and_written_stably(void **state)
{
	uint64_t seed = seed_start();
	for (int round = 0; round < 60; round++) {
		AUTO(score) s = tune_noise(seed_next(&seed), 1 + seed_below(&seed, 200));
		AUTO_TUNE t = TUNE_INIT, u = TUNE_INIT;
		AUTO(score) once = NULL;
		struct err err = { 0 };
		int r = tune_from_score(s, NULL, &t, &err);
		if (r == -EINVAL && drums_only(s))
			continue;
		assert_int_equal(r, 0);
		assert_int_equal(tune_to_score(&t, &once, NULL), 0);
		if (tune_from_score(once, NULL, &u, &err) < 0)
			fail_msg("%s", err_msg(&err));
		AUTO_TUNE_STREAM whole = { 0 };
		assert_int_equal(tune_stream_whole(&whole, &t, NULL), 0);
		AUTO_TUNE back = TUNE_INIT;
		assert_int_equal(tune_add_stream(&back, whole.v, whole.n, NULL), 0);
		assert_int_equal(back.n_bars, t.n_bars);
	}
}

static void test_markov_likelihoods_add_up_to_one(void **state)
{
	AUTO(markov) m = markov_new(6, 0.75);
	uint64_t seed = seed_start();
	uint16_t v[400];
	for (size_t i = 0; i < COUNT_OF(v); i++)
		v[i] = (uint16_t)(40 + seed_below(&seed, 6));
	for (size_t i = 0; i < COUNT_OF(v); i++) {
		uint16_t was = v[i];
		if (i % 37 == 0) {
			double sum = 0;
			for (int t = 0; t < TUNE_TOKENS; t++) {
				v[i] = (uint16_t)t;
				sum += markov_p(m, v, i);
			}
			v[i] = was;
			assert_true(fabs(sum - 1) < 1e-9);
		}
		assert_int_equal(markov_learn(m, v, i), 0);
	}
}

static void test_markov_learns_what_repeats(void **state)
{
	AUTO(markov) m = markov_new(8, 0.8);
	uint16_t v[300];
	for (size_t i = 0; i < COUNT_OF(v); i++)
		v[i] = (uint16_t)(50 + i % 7);
	for (size_t i = 0; i + 1 < COUNT_OF(v); i++)
		assert_int_equal(markov_learn(m, v, i), 0);
	assert_true(markov_p(m, v, COUNT_OF(v) - 1) > 0.9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tune_becomes_degrees_above_its_tonic),
		cmocka_unit_test(test_modes_are_heard_from_signature_and_ending),
		cmocka_unit_test(test_a_repeated_part_is_one_token),
		cmocka_unit_test(test_a_pickup_survives),
		cmocka_unit_test(test_what_the_alphabet_lacks_is_refused),
		cmocka_unit_test(test_every_stream_is_a_tune_and_a_score),
		cmocka_unit_test(test_streams_that_are_no_tunes_are_refused),
		cmocka_unit_test(test_any_score_is_read_and_written_stably),
		cmocka_unit_test(test_markov_likelihoods_add_up_to_one),
		cmocka_unit_test(test_markov_learns_what_repeats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
