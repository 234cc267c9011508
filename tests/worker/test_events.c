#include "events.h"

#include "../check.h"

#include <string.h>

static struct score *new_score(void)
{
	struct score *s = score_new();
	size_t v;
	assert_non_null(s);
	assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
	assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
	assert_int_equal(score_set_tempo(s, 0, 60, NULL), 0);
	return s;
}

static void add(struct score *s, size_t voice, double at, double length, uint8_t pitch)
{
	struct note n = { at, length, pitch, 100, (uint8_t)voice, 64 };
	assert_int_equal(score_add_note(s, voice, &n, NULL), 0);
}

static void test_events_end_notes_before_controls_before_new_notes(void **state)
{
	AUTO(score) s = new_score();
	struct score_control c = { .at_beats = 1, .kind = SCORE_PROGRAM, .value = 5 };
	add(s, 1, 1, 1, 62);
	add(s, 0, 0, 1, 60);
	assert_int_equal(score_add_control(s, 0, &c, NULL), 0);
	struct play_list l;
	assert_int_equal(play_list_make(s, 1000, &l, NULL), 0);
	assert_int_equal(l.n, 5);
	static const struct {
		int64_t frame;
		int kind;
	} want[] = { { 0, PLAY_ON }, { 1000, PLAY_OFF }, { 1000, PLAY_CONTROL }, { 1000, PLAY_ON }, { 2000, PLAY_OFF } };
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(l.events[i].frame, want[i].frame);
		assert_int_equal(l.events[i].kind, want[i].kind);
	}
	assert_int_equal(l.end_frame, 2000);
	assert_int_equal(l.n_notes, 2);
	play_list_done(&l);
}

static void test_events_follow_the_tempo(void **state)
{
	AUTO(score) s = new_score();
	assert_int_equal(score_set_tempo(s, 2, 120, NULL), 0);
	add(s, 0, 4, 2, 60);
	struct play_list l;
	assert_int_equal(play_list_make(s, 48000, &l, NULL), 0);
	assert_int_equal(l.events[0].frame, 3 * 48000);
	assert_int_equal(l.events[1].frame, 4 * 48000);
	play_list_done(&l);
}

static void test_events_of_overlapping_notes_of_one_key_end_only_the_last(void **state)
{
	AUTO(score) s = new_score();
	add(s, 0, 0, 3, 60);
	add(s, 0, 1, 3, 60);
	struct play_list l;
	assert_int_equal(play_list_make(s, 1000, &l, NULL), 0);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.events[2].kind, PLAY_OFF);
	assert_int_equal(l.events[2].frame, 4000);
	play_list_done(&l);
}

static void test_events_of_a_note_without_length_still_come_in_order(void **state)
{
	AUTO(score) s = new_score();
	add(s, 0, 1, 0, 60);
	struct play_list l;
	assert_int_equal(play_list_make(s, 1000, &l, NULL), 0);
	assert_int_equal(l.n, 2);
	assert_int_equal(l.events[0].kind, PLAY_ON);
	assert_true(l.events[1].frame > l.events[0].frame);
	play_list_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_end_notes_before_controls_before_new_notes),
		cmocka_unit_test(test_events_follow_the_tempo),
		cmocka_unit_test(test_events_of_overlapping_notes_of_one_key_end_only_the_last),
		cmocka_unit_test(test_events_of_a_note_without_length_still_come_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
