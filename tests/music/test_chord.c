#include "music/chord.h"

#include "base/mem.h"
#include "base/rng.h"

#include "../check.h"
#include "../seed.h"

#include <string.h>

static struct chord parsed(const char *text)
{
	struct chord c;
	if (!chord_parse(text, strlen(text), &c))
		fail_msg("'%s' is not read as a chord", text);
	return c;
}

/* The pitch classes of a text such as "0 4 7". */
static uint16_t classes(const char *text)
{
	unsigned set = 0, at = 0;
	for (; *text; text++) {
		if (*text == ' ') {
			set |= 1u << at;
			at = 0;
		} else {
			at = at * 10 + (unsigned)(*text - '0');
		}
	}
	return (uint16_t)(set | 1u << at);
}

/* Rows: H-A08 */
static void test_chord_symbols_stand_for_their_pitch_classes(void **state)
{
	static const struct {
		const char *text, *classes;
		int root, bass;
	} cases[] = {
		{ "C", "0 4 7", 0, 0 }, { "Am", "0 4 9", 9, 9 }, { "A-", "0 4 9", 9, 9 }, { "F#min", "1 6 9", 6, 6 },
		{ "Bb", "2 5 10", 10, 10 }, { "B\xe2\x99\xad", "2 5 10", 10, 10 }, { "Cb", "3 6 11", 11, 11 },
		{ "G7", "2 5 7 11", 7, 7 }, { "Bbmaj7/D", "2 5 9 10", 10, 2 }, { "BbM7/d", "2 5 9 10", 10, 2 },
		{ "C\xce\x94", "0 4 7", 0, 0 }, { "Dm7", "0 2 5 9", 2, 2 }, { "Bm7b5", "2 5 9 11", 11, 11 },
		{ "B\xc3\xb8", "2 5 9 11", 11, 11 }, { "B\xc3\xb8""7", "2 5 9 11", 11, 11 }, { "Bdim7", "2 5 8 11", 11, 11 },
		{ "Bo7", "2 5 8 11", 11, 11 }, { "C+", "0 4 8", 0, 0 }, { "Caug7", "0 4 8 10", 0, 0 }, { "Csus4", "0 5 7", 0, 0 },
		{ "Csus", "0 5 7", 0, 0 }, { "Csus2", "0 2 7", 0, 0 }, { "G7sus4", "0 2 5 7", 7, 7 }, { "C5", "0 7", 0, 0 },
		{ "C6", "0 4 7 9", 0, 0 }, { "Cm6", "0 3 7 9", 0, 0 }, { "C6/9", "0 2 4 7 9", 0, 0 }, { "C69/E", "0 2 4 7 9", 0, 4 },
		{ "C9", "0 2 4 7 10", 0, 0 }, { "Cmaj9", "0 2 4 7 11", 0, 0 }, { "Cm9", "0 2 3 7 10", 0, 0 },
		{ "Cm(maj7)", "0 3 7 11", 0, 0 }, { "CmM7", "0 3 7 11", 0, 0 }, { "Cadd9", "0 2 4 7", 0, 0 },
		{ "C7b9", "0 1 4 7 10", 0, 0 }, { "C7(#9,b13)", "0 3 4 7 8 10", 0, 0 }, { "Cmaj7#11", "0 4 6 7 11", 0, 0 },
		{ "Eb#11", "3 7 9 10", 3, 3 }, { "C#b9", "1 2 5 8", 1, 1 }, { "Bbb5", "2 4 10", 10, 10 }, { "Bbb7", "1 4 7 9", 9, 9 },
		{ "F\xe2\x99\xaf", "1 6 10", 6, 6 }, { "C7alt", "0 1 3 4 8 10", 0, 0 }, { "C13", "0 2 4 7 9 10", 0, 0 }, { "C7no5", "0 4 10", 0, 0 },
		{ "C/Bb", "0 4 7 10", 0, 10 }, { " D ", "2 6 9", 2, 2 }, { "C11", "0 2 4 5 7 10", 0, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct chord c = parsed(cases[i].text);
		if (chord_pitch_classes(&c) != classes(cases[i].classes) || c.root != cases[i].root || c.bass != cases[i].bass)
			fail_msg("%s: classes %03x, root %d, bass %d", cases[i].text, chord_pitch_classes(&c), c.root, c.bass);
	}
}

static void test_chord_symbols_that_are_none_are_refused(void **state)
{
	static const char *const cases[] = { "", " ", "H", "a", "go", "Allegro", "Cx", "C(", "C(b9", "C/", "C/H", "Cm7b5z", "Dal segno",
					     "1", "C#b#", "Fine", "C(hello)" };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct chord c;
		if (chord_parse(cases[i], strlen(cases[i]), &c))
			fail_msg("'%s' is read as a chord", cases[i]);
		assert_int_equal(c.root, -1);
	}
	struct chord none = parsed("N.C.");
	char name[CHORD_NAME_SIZE];
	assert_int_equal(chord_pitch_classes(&none), 0);
	assert_string_equal(chord_name(&none, 0, name), "N.C.");
}

static void test_chord_names_are_spelled_in_their_key(void **state)
{
	static const struct {
		const char *text;
		int sharps;
		const char *name;
	} cases[] = {
		{ "Bb", 0, "Bb" }, { "A#", -3, "Bb" }, { "Bb", 4, "A#" }, { "Gb7", 2, "F#7" }, { "F#7", -5, "Gb7" }, { "Cmin7", 0, "Cm7" },
		{ "Bo", 0, "Bdim" }, { "C/E", 0, "C/E" }, { "Dsus", 2, "Dsus4" }, { "C-7b5", 0, "Cm7b5" }, { "B", -6, "Cb" },
		{ "F", 6, "E#" }, { "C", 7, "B#" }, { "C7b9", 0, "C7(addb9)" }, { "C7no5", 0, "C7(no5)" },
	};
	char name[CHORD_NAME_SIZE];
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct chord c = parsed(cases[i].text);
		assert_string_equal(chord_name(&c, cases[i].sharps, name), cases[i].name);
	}
}

static void test_chord_names_of_any_tones_are_read_as_the_same_chord(void **state)
{
	struct rng rng;
	rng_init(&rng, seed_start());
	for (int i = 0; i < 200000; i++) {
		struct chord c = { (int8_t)rng_below(&rng, 12), (int8_t)rng_below(&rng, 12), 0 }, back;
		char name[CHORD_NAME_SIZE];
		/* What lies between the named steps (12, 16, 19, 22, 23) has no name in any symbol. */
		c.tones = 1u | ((uint32_t)rng_next(&rng) & (uint32_t)rng_next(&rng) & 0x26EFFEu);
		chord_name(&c, (int)rng_range(&rng, -7, 7), name);
		if (!chord_parse(name, strlen(name), &back) || !chord_equal(&c, &back))
			fail_msg("%d/%d %06x: '%s' reads as %d/%d %06x", c.root, c.bass, c.tones, name, back.root, back.bass, back.tones);
	}
}

static void test_chord_qualities_and_tones_belong_together(void **state)
{
	for (int q = 0; q < CHORD_QUALITY_COUNT; q++) {
		char name[CHORD_NAME_SIZE];
		struct chord c = chord_make(2, (enum chord_quality)q), up = chord_transpose(c, -13);
		assert_int_equal(chord_quality(c.tones), q);
		assert_int_equal(up.root, 1);
		assert_int_equal(up.tones, c.tones);
		struct chord back = parsed(chord_name(&c, 0, name));
		assert_true(chord_equal(&back, &c));
	}
	struct chord g7 = parsed("G7"), dim = parsed("Bdim7"), sus = parsed("Asus2");
	assert_true(chord_third(&g7) == 4 && chord_fifth(&g7) == 7 && chord_seventh(&g7) == 10);
	assert_true(chord_third(&dim) == 3 && chord_fifth(&dim) == 6 && chord_seventh(&dim) == 9);
	assert_true(chord_third(&sus) == -1 && chord_seventh(&sus) == -1);
	assert_true(chord_has(&g7, 65) && !chord_has(&g7, 60));
}

static void test_chord_reader_takes_any_bytes(void **state)
{
	static const char letters[] = "ABCDEFGabcdefg#b/()+-mMajdimsuno0123456789, \xe2\x99\xad\xce\x94";
	struct rng rng;
	rng_init(&rng, seed_start());
	for (int i = 0; i < 200000; i++) {
		char text[24];
		size_t n = rng_below(&rng, sizeof(text));
		for (size_t k = 0; k < n; k++)
			text[k] = rng_below(&rng, 20) ? letters[rng_below(&rng, sizeof(letters) - 1)] : (char)rng_next(&rng);
		struct chord c;
		if (chord_parse(text, n, &c) && c.root >= 0)
			assert_true(c.root < 12 && c.bass >= 0 && c.bass < 12 && (c.tones & 1) && c.tones < 1u << 24);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chord_symbols_stand_for_their_pitch_classes),
		cmocka_unit_test(test_chord_symbols_that_are_none_are_refused),
		cmocka_unit_test(test_chord_names_are_spelled_in_their_key),
		cmocka_unit_test(test_chord_names_of_any_tones_are_read_as_the_same_chord),
		cmocka_unit_test(test_chord_qualities_and_tones_belong_together),
		cmocka_unit_test(test_chord_reader_takes_any_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
