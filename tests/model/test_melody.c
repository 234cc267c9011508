#include "model/melody.h"

#include "family.h"
#include "model/chords_ask.h"
#include "tunes.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_melodies_keep_bars_range_and_key_and_end_on_the_tonic(void **state)
{
	uint64_t r = seed_start();
	int64_t strong = 0, fitting = 0;
	size_t n = 0, steps = 0, outside = 0, there_and_back = 0;
	for (uint64_t seed = 0; seed < 400; seed++) {
		int bars = 1 + (int)seed_below(&r, 24), lo = 40 + (int)seed_below(&r, 40), hi = lo + 12 + (int)seed_below(&r, 20);
		const char *meter = meter_names[seed_below(&r, 12)];
		char params[256];
		(void)snprintf(params, sizeof(params),
			       "{'bars':%d,'lo':%d,'hi':%d,'meter':'%s','style':'%s','density':%g,'repetition':%g,'boldness':%g,'mode':'%s'}", bars,
			       lo, hi, meter, melody_styles[seed_below(&r, MELODY_STYLE_COUNT)], seed_unit(&r), seed_unit(&r), seed_unit(&r),
			       mode_names[seed_below(&r, MODE_COUNT)]);
		struct generated g = family_make("melody", params, seed, NULL);
		const struct score *s = g.score;
		const struct score_voice *v = &s->voices[0];
		struct score_meter m = score_meter_at(s, 0);
		family_check_notes(s, lo, hi, seed);
		if (fabs(s->end_beats - bars * score_bar_beats(&m)) > 1e-9 || v->n_notes == 0)
			fail_msg("seed %llu: %s: %g beats", (unsigned long long)seed, params, s->end_beats);
		const struct note *last = &v->notes[v->n_notes - 1];
		AUTO_HARMONY h = { 0 };
		assert_int_equal(harmony_of_score(s, &h, NULL, NULL), 0);
		const char *key = family_text(&g, "key");
		int sharps = score_key_at(s, 0).sharps;
		struct tonality t = { (sharps * 7 + 84) % 12, MODE_MAJOR, sharps };
		assert_true(last->start_beats + last->duration_beats == s->end_beats);
		assert_int_equal(strncmp(key, chord_pitch_name(last->pitch % 12, t.sharps), strlen(chord_pitch_name(last->pitch % 12, t.sharps))), 0);
		for (size_t i = 0; i < v->n_notes; i++, n++) {
			outside += !mask_has(tonality_scale(&t), v->notes[i].pitch);
			if (i && v->notes[i - 1].start_beats + v->notes[i - 1].duration_beats > v->notes[i].start_beats + 1e-9)
				fail_msg("seed %llu: notes overlap at %g", (unsigned long long)seed, v->notes[i].start_beats);
			int leap = i ? abs(v->notes[i].pitch - v->notes[i - 1].pitch) : 0;
			steps += i && leap <= 2;
			there_and_back += i > 1 && leap && v->notes[i].pitch == v->notes[i - 2].pitch;
			assert_true(leap <= 12);
		}
		strong += family_number(&g, "strong_notes");
		fitting += family_number(&g, "strong_in_chord");
		generated_done(&g);
	}
	print_message("%lld of %lld heavy beats have chord tones, %zu of %zu notes are reached by step, %zu are outside the scale, "
		      "%zu go back to the note before\n",
		      (long long)fitting, (long long)strong, steps, n, outside, there_and_back);
	assert_true(fitting * 100 > strong * 90);
	assert_true(steps * 100 > n * 60 && there_and_back * 100 < n * 25);
	assert_true(outside * 100 < n * 6);
}

/* How many bars of a voice have the rhythm of an earlier one. */
static size_t returning(const struct score_voice *v, double bar, int bars)
{
	size_t n = 0;
	for (int i = 1; i < bars; i++) {
		bool found = false;
		for (int k = 0; k < i && !found; k++) {
			double a[64], b[64];
			size_t na = 0, nb = 0;
			for (size_t x = 0; x < v->n_notes; x++) {
				double at = v->notes[x].start_beats;
				if (at >= i * bar && at < (i + 1) * bar && na < 64)
					a[na++] = at - i * bar;
				if (at >= k * bar && at < (k + 1) * bar && nb < 64)
					b[nb++] = at - k * bar;
			}
			found = na == nb && memcmp(a, b, na * sizeof(a[0])) == 0;
		}
		n += found;
	}
	return n;
}

static void test_motifs_come_back(void **state)
{
	size_t back = 0, all = 0;
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct generated g = family_make("melody", "{'bars':16,'density':0.6}", seed, NULL);
		back += returning(&g.score->voices[0], 4, 16);
		all += 15;
		generated_done(&g);
	}
	print_message("%zu of %zu bars have the rhythm of an earlier one\n", back, all);
	assert_true(back * 10 > all * 4);
}

static void test_density_is_heard(void **state)
{
	int64_t notes[2] = { 0 };
	for (uint64_t seed = 0; seed < 40; seed++) {
		for (int dense = 0; dense < 2; dense++) {
			struct generated g = family_make("melody", dense ? "{'density':1,'bars':16}" : "{'density':0,'bars':16}", seed, NULL);
			notes[dense] += family_number(&g, "new_notes");
			generated_done(&g);
		}
	}
	print_message("%lld notes thin, %lld dense\n", (long long)notes[0], (long long)notes[1]);
	assert_true(notes[1] > notes[0] * 2);
}

static void test_a_melody_follows_the_chords_it_is_given(void **state)
{
	struct generated chords = family_make("progression", "{'bars':8,'key':'Eb','mode':'major','meter':'3/4','bpm':132}", 5, NULL);
	struct generated over = family_make("melody", NULL, 1, chords.score);
	assert_string_equal(family_text(&over, "chords"), family_text(&chords, "chords"));
	assert_string_equal(family_text(&over, "chords_from"), "symbols");
	assert_true(over.score->end_beats == 24 && score_bpm_at(over.score, 0) == 132);
	/* The same chords as text give the same melody. */
	char params[700];
	(void)snprintf(params, sizeof(params), "{'chords':'%s','meter':'3/4','key':'Eb'}", family_text(&chords, "chords"));
	struct generated again = family_make("melody", params, 1, NULL);
	assert_true(family_fingerprint(over.score) == family_fingerprint(again.score));
	generated_done(&again);
	generated_done(&over);
	generated_done(&chords);
	AUTO(score) waltz = tune_waltz(true);
	struct generated heard = family_make("melody", "{'bars':4}", 1, waltz);
	assert_string_equal(family_text(&heard, "chords_from"), "heard");
	assert_true(heard.score->end_beats == 12);
	generated_done(&heard);
}

static void test_melodies_refuse_ranges_that_cannot_be_sung(void **state)
{
	static const struct {
		const char *params, *field;
	} cases[] = { { "{'lo':60,'hi':70}", "params.hi" }, { "{'lo':40,'hi':80}", "params.hi" }, { "{'bpm':3}", "params.bpm" },
		      { "{'chords':'C | Zorro'}", "params.chords" }, { "{'style':'punk'}", "params.style" } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct generated g;
		struct err err = ERR_INIT;
		assert_int_equal(family_try("melody", cases[i].params, 1, NULL, &g, &err), -EINVAL);
		assert_string_equal(err.field, cases[i].field);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_melodies_keep_bars_range_and_key_and_end_on_the_tonic),
		cmocka_unit_test(test_motifs_come_back),
		cmocka_unit_test(test_density_is_heard),
		cmocka_unit_test(test_a_melody_follows_the_chords_it_is_given),
		cmocka_unit_test(test_melodies_refuse_ranges_that_cannot_be_sung),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
