#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "music/spell.h"

static void expect(int sharps, bool minor, const uint8_t *pitches, size_t n, const char *want)
{
	struct note notes[32];
	struct spelling got[32];
	struct score_key key = { 0, (int8_t)sharps, minor };
	char all[512] = "";
	for (size_t i = 0; i < n; i++)
		notes[i] = (struct note){ .start_beats = (double)i, .duration_beats = 1, .pitch = pitches[i],
					  .velocity = 80 };
	spell_notes_in(notes, n, key, got);
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		char one[SPELLING_TEXT_SIZE];
		spelling_text(one, got[i]);
		assert_int_equal(spelling_pitch(got[i]), pitches[i]);
		at += (size_t)snprintf(all + at, sizeof(all) - at, i ? " %s" : "%s", one);
	}
	assert_string_equal(all, want);
}

#define EXPECT(sharps, minor, want, ...) \
	do { \
		static const uint8_t p_[] = { __VA_ARGS__ }; \
		expect(sharps, minor, p_, COUNT_OF(p_), want); \
	} while (0)

static void test_chromatic_steps_rise_in_sharps_and_fall_in_flats(void **state)
{
	(void)state;
	EXPECT(0, false, "C4 C#4 D4 D#4 E4 F4 F#4 G4 G#4 A4 Bb4 B4 C5", 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72);
	EXPECT(0, false, "C5 B4 Bb4 A4 Ab4 G4 F#4 F4 E4 Eb4 D4 Db4 C4", 72, 71, 70, 69, 68, 67, 66, 65, 64, 63, 62, 61, 60);
}

static void test_a_signature_keeps_its_letters(void **state)
{
	(void)state;
	EXPECT(-3, false, "Eb4 F4 G4 Ab4 Bb4 C5 D5 Eb5", 63, 65, 67, 68, 70, 72, 74, 75);
	EXPECT(6, false, "F#4 G#4 A#4 B4 C#5 D#5 E#5 F#5", 66, 68, 70, 71, 73, 75, 77, 78);
	EXPECT(-6, false, "Gb4 Ab4 Bb4 Cb5 Db5 Eb5 F5 Gb5", 66, 68, 70, 71, 73, 75, 77, 78);
	EXPECT(7, false, "B#3 C#4", 60, 61);
	EXPECT(-7, false, "Cb4 Fb4", 59, 64);
}

static void test_the_leading_note_of_minor_is_raised(void **state)
{
	(void)state;
	EXPECT(0, true, "A4 G#4 A4", 69, 68, 69);
	EXPECT(0, true, "E4 G#4 B4", 64, 68, 71);
	EXPECT(-1, true, "A4 Bb4 C#5 D5", 69, 70, 73, 74);
	EXPECT(-3, true, "G4 A4 B4 C5", 67, 69, 71, 72);
	EXPECT(4, true, "C#5 B#4 C#5", 73, 72, 73);
	EXPECT(5, true, "G#4 F##4 G#4", 68, 67, 68);
}

static void test_borrowed_notes_lean_to_where_they_go(void **state)
{
	(void)state;
	EXPECT(0, false, "G4 F#4 G4", 67, 66, 67);     /* of the dominant */
	EXPECT(0, false, "C5 Bb4 A4", 72, 70, 69);     /* of the subdominant */
	EXPECT(0, false, "G4 Ab4 G4", 67, 68, 67);
	EXPECT(2, false, "D4 G#4 A4", 62, 68, 69);
	EXPECT(-2, false, "Bb4 E4 F4", 70, 64, 65);
}

static void test_every_pitch_in_every_key_is_itself(void **state)
{
	(void)state;
	for (int sharps = -7; sharps <= 7; sharps++)
		for (int pitch = 0; pitch < 128; pitch++) {
			struct note n = { .duration_beats = 1, .pitch = (uint8_t)pitch };
			struct spelling s;
			spell_notes_in(&n, 1, (struct score_key){ .sharps = (int8_t)sharps, .minor = pitch % 2 }, &s);
			assert_int_equal(spelling_pitch(s), pitch);
			assert_in_range(s.alter + 2, 0, 4);
			assert_in_range(s.step, 0, 6);
		}
}

static void test_keys_move_by_fifths(void **state)
{
	(void)state;
	assert_int_equal(key_transposed(0, 2), 2);
	assert_int_equal(key_transposed(0, -2), -2);
	assert_int_equal(key_transposed(1, 3), -2);
	assert_int_equal(key_transposed(7, 12), 7);
	assert_int_equal(key_transposed(5, 1), 0);
	assert_string_equal(key_name(8, false), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chromatic_steps_rise_in_sharps_and_fall_in_flats),
		cmocka_unit_test(test_a_signature_keeps_its_letters),
		cmocka_unit_test(test_the_leading_note_of_minor_is_raised),
		cmocka_unit_test(test_borrowed_notes_lean_to_where_they_go),
		cmocka_unit_test(test_every_pitch_in_every_key_is_itself),
		cmocka_unit_test(test_keys_move_by_fifths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
