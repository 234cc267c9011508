#include <math.h>
#include <string.h>

#include "../check.h"
#include "base/limits.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/bar_walk.h"
#include "music/excerpt.h"

static struct score *parse(const char *text)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(text, strlen(text), NULL, &s, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

/* A pick-up of one beat and eight bars of four quarters at 120. */
static struct score *tune(void)
{
	return parse("X:1\nT:t\nM:4/4\nL:1/4\nQ:1/4=120\nK:G\n%%MIDI program 73\n"
		     "D|GABc|dcBA|GABc|d4|dBGB|cAFA|GABc|d4|\n");
}

static struct note note_at(double start, double duration, uint8_t pitch)
{
	return (struct note){ .start_beats = start, .duration_beats = duration, .pitch = pitch, .velocity = 80,
			      .channel = 0, .release = 64 };
}

static void test_bars_follow_pick_up_and_meters(void **state)
{
	AUTO(score) s = score_new();
	int64_t bar;
	(void)state;
	s->pickup_beats = 1;
	assert_int_equal(score_set_meter(s, 0, 3, 4, NULL), 0);
	assert_int_equal(score_set_meter(s, 7, 6, 8, NULL), 0); /* after two bars */
	assert_int_equal(score_set_meter(s, 11, 2, 4, NULL), 0); /* cuts the second bar of 6/8 */
	s->end_beats = 15;
	static const struct {
		double beat, floor, ceil;
		int64_t bar;
	} want[] = {
		{ 0, 0, 0, 0 },    { 0.5, 0, 1, 0 },   { 1, 1, 1, 1 },     { 3.9, 1, 4, 1 },
		{ 4, 4, 4, 2 },    { 7, 7, 7, 3 },     { 9, 7, 10, 3 },    { 10.5, 10, 11, 4 },
		{ 11, 11, 11, 5 }, { 12.5, 11, 13, 5 }, { 14, 13, 15, 6 },
	};
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		assert_float_equal(score_bar_floor(s, want[i].beat, &bar), want[i].floor, 1e-9);
		assert_int_equal(bar, want[i].bar);
		assert_float_equal(score_bar_ceil(s, want[i].beat), want[i].ceil, 1e-9);
	}
	for (int64_t b = 1; b < 40; b++) {
		assert_float_equal(score_bar_floor(s, score_bar_start(s, b), &bar), score_bar_start(s, b), 1e-9);
		assert_int_equal(bar, b);
	}
	assert_int_equal(score_n_bars(s), 6);
}

static void test_seconds_and_beats_agree(void **state)
{
	AUTO(score) s = score_new();
	(void)state;
	assert_int_equal(score_set_tempo(s, 0, 120, NULL), 0);
	assert_int_equal(score_set_tempo(s, 4, 60, NULL), 0);
	assert_int_equal(score_set_tempo(s, 10, 240, NULL), 0);
	assert_float_equal(score_seconds_at(s, 4), 2, 1e-9);
	assert_float_equal(score_seconds_at(s, 10), 8, 1e-9);
	assert_float_equal(score_seconds_at(s, 14), 9, 1e-9);
	for (double b = 0; b < 20; b += 0.37)
		assert_float_equal(score_beats_at(s, score_seconds_at(s, b)), b, 1e-9);
}

static void test_changes_stay_sorted_and_replace_each_other(void **state)
{
	AUTO(score) s = score_new();
	(void)state;
	assert_int_equal(score_set_tempo(s, 8, 100, NULL), 0);
	assert_int_equal(score_set_tempo(s, 0, 90, NULL), 0);
	assert_int_equal(score_set_tempo(s, 4, 95, NULL), 0);
	assert_int_equal(score_set_tempo(s, 4, 96, NULL), 0);
	assert_int_equal(s->n_tempos, 3);
	assert_float_equal(s->tempos[1].bpm, 96, 0);
	assert_float_equal(s->tempos[2].at_beats, 8, 0);
}

static void test_sorting_is_stable_and_complete(void **state)
{
	AUTO(score) s = score_new();
	uint64_t seed = 7;
	size_t v;
	(void)state;
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	for (unsigned i = 0; i < 1000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		struct note n = note_at((double)(seed >> 60), i / 1000.0, (uint8_t)(60 + (seed >> 40) % 3));
		assert_int_equal(score_add_note(s, v, &n, NULL), 0);
	}
	score_sort(s);
	for (size_t i = 1; i < 1000; i++) {
		const struct note *a = &s->voices[0].notes[i - 1], *b = &s->voices[0].notes[i];
		bool same = a->start_beats == b->start_beats && a->pitch == b->pitch;
		assert_true(a->start_beats < b->start_beats ||
			    (a->start_beats == b->start_beats && a->pitch <= b->pitch));
		if (same)
			assert_true(a->duration_beats < b->duration_beats); /* as they were added */
	}
}

static void test_values_out_of_range_are_refused(void **state)
{
	AUTO(score) s = score_new();
	struct err err = ERR_INIT;
	size_t v;
	(void)state;
	assert_int_equal(score_add_voice(s, "v", &v, NULL), 0);
	struct note bad[] = { note_at(-1, 1, 60), note_at(NAN, 1, 60), note_at(0, INFINITY, 60), note_at(0, 1, 128) };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(score_add_note(s, v, &bad[i], &err), -EINVAL);
	struct note silent = note_at(0, 1, 60), good = silent;
	silent.velocity = 0;
	assert_int_equal(score_add_note(s, v, &silent, &err), -EINVAL);
	assert_int_equal(score_add_note(s, 1, &good, &err), -EINVAL);
	assert_int_equal(score_set_tempo(s, 0, 0, &err), -EINVAL);
	assert_int_equal(score_set_meter(s, 0, 4, 3, &err), -EINVAL);
	assert_int_equal(score_set_meter(s, 0, 0, 4, &err), -EINVAL);
	assert_int_equal(score_set_key(s, 0, 8, false, &err), -EINVAL);
	assert_int_equal(score_add_text(s, SCORE_TEXT, 1, 0, "x", &err), -EINVAL);
	assert_int_equal(score_add_control(s, v, &(struct score_control){ 0, SCORE_BEND, 0, 0, 16384 }, &err), -EINVAL);
	assert_int_equal(score_n_notes(s), 0);
}

static void test_voices_have_a_limit(void **state)
{
	AUTO(score) s = score_new();
	size_t v;
	(void)state;
	for (int i = 0; i < LIMIT_SCORE_VOICES; i++)
		assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), -EMSGSIZE);
}

static void test_an_excerpt_keeps_pick_up_and_whole_bars(void **state)
{
	AUTO(score) s = tune();
	AUTO(score) cut = NULL;
	(void)state;
	assert_int_equal(score_excerpt_bars(s, 1, 4, &cut, NULL), 0);
	assert_float_equal(cut->pickup_beats, 1, 1e-9);
	assert_float_equal(cut->end_beats, 17, 1e-9);
	assert_int_equal(score_n_bars(cut), 4);
	assert_int_equal(cut->voices[0].notes[0].pitch, 62);
	assert_string_equal(cut->title, "t");
}

static void test_an_excerpt_from_the_middle_begins_at_beat_0(void **state)
{
	AUTO(score) s = tune();
	AUTO(score) cut = NULL;
	(void)state;
	assert_int_equal(score_excerpt_bars(s, 5, 2, &cut, NULL), 0);
	assert_float_equal(cut->pickup_beats, 0, 1e-9);
	assert_float_equal(cut->end_beats, 8, 1e-9);
	assert_int_equal(cut->voices[0].n_notes, 8);
	assert_int_equal(cut->voices[0].notes[0].pitch, 74);
	assert_float_equal(score_bpm_at(cut, 0), 120, 1e-9);
	assert_int_equal(score_key_at(cut, 0).sharps, 1);
	assert_int_equal(cut->voices[0].n_controls, 1); /* the program is set again */
	assert_int_equal(cut->voices[0].controls[0].value, 73);
}

static void test_an_excerpt_by_time_ends_on_a_phrase(void **state)
{
	static const struct {
		double seconds;
		int64_t phrase, bars;
	} rows[] = {
		{ 1000, 4, 8 }, { 17, 4, 8 }, { 13, 4, 4 }, { 13, 1, 6 }, { 4, 4, 1 }, { 0.1, 4, 1 }, { 10.5, 1, 5 },
	};
	AUTO(score) s = tune(); /* 16.5 seconds */
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(score) cut = NULL;
		assert_int_equal(score_excerpt_seconds(s, rows[i].seconds, rows[i].phrase, &cut, NULL), 0);
		assert_int_equal(score_n_bars(cut), rows[i].bars);
	}
}

static void test_a_slice_cuts_notes_at_its_end(void **state)
{
	AUTO(score) s = tune();
	AUTO(score) cut = NULL;
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(score_slice(s, 13, 15, &cut, NULL), 0);
	assert_int_equal(score_n_notes(cut), 1);
	assert_float_equal(cut->voices[0].notes[0].duration_beats, 2, 1e-9);
	struct score *none = NULL;
	assert_int_equal(score_slice(s, 5, 5, &none, &err), -EINVAL);
	assert_int_equal(score_slice(s, -1, 5, &none, &err), -EINVAL);
	assert_int_equal(score_excerpt_bars(s, 50, 1, &none, &err), -EINVAL);
	assert_int_equal(score_excerpt_bars(s, 1, 0, &none, &err), -EINVAL);
	assert_null(none);
}

static void test_a_joined_tail_has_its_pick_up_before_the_beat(void **state)
{
	AUTO(score) head = tune();
	AUTO(score) tail = parse("X:1\nM:3/4\nL:1/4\nQ:1/4=90\nK:D\nA|dfa|f3|\n");
	AUTO(score) out = NULL;
	struct score *none = NULL;
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(score_join(head, tail, 33, &out, NULL), 0);
	assert_float_equal(out->end_beats, 39, 1e-9);
	assert_float_equal(score_bpm_at(out, 32), 120, 1e-9);
	assert_float_equal(score_bpm_at(out, 33), 90, 1e-9);
	assert_int_equal(score_meter_at(out, 33).num, 3);
	assert_int_equal(score_key_at(out, 33).sharps, 2);
	assert_int_equal(score_n_notes(out), score_n_notes(head) + score_n_notes(tail));
	bool pickup = false;
	for (size_t i = 0; i < out->voices[0].n_notes; i++)
		pickup |= out->voices[0].notes[i].start_beats == 32 && out->voices[0].notes[i].pitch == 69;
	assert_true(pickup);
	assert_int_equal(score_join(head, tail, 0, &none, &err), -EINVAL);
	assert_null(none);
}

static void test_transposing_moves_notes_and_key_but_no_drums(void **state)
{
	AUTO(score) s = tune();
	AUTO(score) up = NULL;
	AUTO(score) back = NULL;
	struct note drum = note_at(0, 1, 35);
	struct score *none = NULL;
	struct err err = ERR_INIT;
	size_t v;
	(void)state;
	drum.channel = 9;
	assert_int_equal(score_add_voice(s, "drums", &v, NULL), 0);
	assert_int_equal(score_add_note(s, v, &drum, NULL), 0);
	assert_int_equal(score_transpose(s, 2, &up, NULL), 0);
	assert_int_equal(up->voices[0].notes[0].pitch, 64);
	assert_int_equal(up->voices[1].notes[0].pitch, 35);
	assert_int_equal(score_key_at(up, 0).sharps, 3);
	assert_int_equal(score_transpose(up, -2, &back, NULL), 0);
	assert_int_equal(score_key_at(back, 0).sharps, 1);
	assert_int_equal(back->voices[0].notes[0].pitch, 62);
	assert_int_equal(score_transpose(s, 100, &none, &err), -ERANGE);
	assert_null(none);
}

static void test_merged_notes_are_in_order(void **state)
{
	AUTO(score) s = parse("X:1\nL:1/4\nK:C\nV:1\nCE|\nV:2\nDF|\n");
	size_t n;
	struct note AUTO_MEM *all = score_merge_notes(s, &n);
	static const int pitches[] = { 60, 62, 64, 65 };
	(void)state;
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(all[i].pitch, pitches[i]);
}

static void test_a_score_ends_where_beats_are_still_told_apart(void **state)
{
	AUTO(score) s = score_new();
	const double last = LIMIT_SCORE_BEATS;
	size_t v;
	(void)state;
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	struct note at_end = note_at(last - 1, 1, 60), behind = note_at(last - 1, 1.5, 62), long_ago = note_at(2e15, 1, 60);
	assert_int_equal(score_add_note(s, v, &at_end, NULL), 0);
	assert_int_equal(score_add_note(s, v, &behind, NULL), -EMSGSIZE);
	assert_int_equal(score_add_note(s, v, &long_ago, NULL), -EMSGSIZE);
	assert_int_equal(score_add_control(s, v, &(struct score_control){ last + 1, SCORE_PROGRAM, 0, 0, 0 }, NULL), -EMSGSIZE);
	assert_int_equal(score_add_text(s, SCORE_TEXT, -1, last + 1, "", NULL), -EMSGSIZE);
	assert_int_equal(score_set_tempo(s, last + 1, 90, NULL), -EMSGSIZE);
	assert_int_equal(score_set_meter(s, last + 1, 3, 4, NULL), -EMSGSIZE);
	assert_int_equal(score_set_key(s, last + 1, 1, false, NULL), -EMSGSIZE);
	assert_true(score_n_notes(s) == 1 && s->end_beats == last);
	assert_true(last + 1e-6 > last); /* what walks a score by adding to a beat gets on */
	/* The shortest bars there are. */
	struct bar_walk w;
	assert_int_equal(score_set_meter(s, 0, 1, 32768, NULL), 0);
	bar_walk_init(&w, s);
	bar_walk_to(&w, last);
	assert_true(w.from <= last && last - 1e-6 < w.to && w.to - w.from < 1e-3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bars_follow_pick_up_and_meters),
		cmocka_unit_test(test_seconds_and_beats_agree),
		cmocka_unit_test(test_changes_stay_sorted_and_replace_each_other),
		cmocka_unit_test(test_sorting_is_stable_and_complete),
		cmocka_unit_test(test_values_out_of_range_are_refused),
		cmocka_unit_test(test_voices_have_a_limit),
		cmocka_unit_test(test_an_excerpt_keeps_pick_up_and_whole_bars),
		cmocka_unit_test(test_an_excerpt_from_the_middle_begins_at_beat_0),
		cmocka_unit_test(test_an_excerpt_by_time_ends_on_a_phrase),
		cmocka_unit_test(test_a_slice_cuts_notes_at_its_end),
		cmocka_unit_test(test_a_joined_tail_has_its_pick_up_before_the_beat),
		cmocka_unit_test(test_transposing_moves_notes_and_key_but_no_drums),
		cmocka_unit_test(test_merged_notes_are_in_order),
		cmocka_unit_test(test_a_score_ends_where_beats_are_still_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
