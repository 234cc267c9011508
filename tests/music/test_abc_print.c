#include <string.h>

#include "../check.h"
#include "music/abc.h"
#include "music/abc_print.h"

static void expect(const char *abc, int semitones, const char *want)
{
	struct abc_print_options o = { .semitones = semitones };
	struct abc_report report = ABC_REPORT_INIT;
	struct err err = ERR_INIT;
	char AUTO_MEM *text = NULL;
	size_t n = 0;
	if (abc_print(abc, strlen(abc), NULL, &o, &text, &n, &report, &err) < 0)
		fail_msg("%s", err.msg);
	abc_report_done(&report);
	assert_int_equal(n, strlen(text));
	assert_string_equal(text, want);
}

static void test_a_field_that_says_a_bar_line_stays_a_field(void **state)
{
	(void)state;
	expect("X:1\nL:1/4\nK:G\nA|\nK: |B|\nc|\n", 0, "X:1\nL:1/4\nK:G\nA |\nK: |B|\nc |\n");
}

static void test_a_tune_is_laid_out(void **state)
{
	(void)state;
	expect("X: 3\nC: Trad.\nT:A  tune\nM: 6/8\n% a remark\nK:G\n|:GAB  c2 d|e2f g3|\\\nB2 A G3|A3 D3|\nG6:|\n", 0,
	       "X:3\nT:A  tune\nC:Trad.\nM:6/8\nL:1/8\nK:G\n|: GAB c2 d | e2f g3 | B2 A G3 | A3 D3 |\nG6 :|\n");
}

/* Rows: L25, H-A02 */
static void test_everything_between_the_notes_is_kept(void **state)
{
	(void)state;
	expect("X:1\nM:4/4\nL:1/8\nK:C\n\"Am7\"!trill!A>B {/g}c2 (3(def) \"^slow\".g<.a|1 !fermata![CEG]4- [CEG]4:|2,4 z4 x4|]\n"
	       "w:one * two-three * four\n",
	       0,
	       "X:1\nM:4/4\nL:1/8\nK:C\n\"Am7\"TA>B {/g}c2 (3(def) \"^slow\".g<.a |1 H[CEG]4- [CEG]4 :|2,4 z4 x4 |]\n"
	       "w: one * two-three * four\n");
	expect("X:1\nM:3/4\nL:1/4\nQ:1/4=100\nK:C\nCDE & C,3|[M:2/4][K:F][Q:1/4=80]F B|[L:1/8]cdef|\n", 0,
	       "X:1\nM:3/4\nL:1/4\nQ:1/4=100\nK:C\nCDE & C,3 | [M:2/4][K:F][Q:1/4=80]F B | [L:1/8]cdef |\n");
}

static void test_words_of_overlays_come_back(void **state)
{
	(void)state;
	expect("X:1\nM:2/4\nL:1/4\nK:C\nCD & EF|GA|\nw:a b c d\n", 0, "X:1\nM:2/4\nL:1/4\nK:C\nCD & EF | GA |\nw: a b * * c d\n");
	expect("X:1\nM:2/4\nL:1/4\nK:C\nCD & EF | GA |\nw: a b * * c d\n", 0, "X:1\nM:2/4\nL:1/4\nK:C\nCD & EF | GA |\nw: a b * * c d\n");
}

static void test_overlays_of_several_bars_come_back(void **state)
{
	(void)state;
	expect("X:1\nM:2/4\nL:1/4\nK:C\nCD|E2&&A2|B2|\n&c2|\n", 0, "X:1\nM:2/4\nL:1/4\nK:C\nCD | E2&& A2 | B2 | & c2 |\n");
}

static void test_microtones_come_back_and_move(void **state)
{
	(void)state;
	expect("X:1\nL:1/4\nK:G\n^/F F =F F|F ^^/4c _3/B [_1/4CE]|", 0, "X:1\nL:1/4\nK:G\n^/F ^/F =F F | F ^^1/4c _3/2B [_1/4CE] |\n");
	expect("X:1\nL:1/4\nK:G\n^/F F =F F|", 2, "X:1\nL:1/4\nK:A\n^/G ^/G =G G |\n");
}

static void test_lines_without_words_stay_without(void **state)
{
	(void)state;
	expect("%abc-2.1\nX:1\nM:2/4\nL:1/4\nK:C\nP:A\nCD|\nw:\nP:B\nEF|\nw:a b\n", 0,
	       "X:1\nM:2/4\nL:1/4\nK:C\nP:A\nCD |\nw:\nP:B\nEF |\nw: a b\n");
}

static void test_voices_take_turns_and_parts_stand_between(void **state)
{
	(void)state;
	expect("X:1\nM:2/4\nL:1/4\nP:AB\nK:C\nP:A\nV:1 clef=treble\nCD|\nV:2\nC,2|\nP:B\nV:1\nEF|\nV:2\nD,2|\n", 0,
	       "X:1\nM:2/4\nL:1/4\nP:AB\nV:1 clef=treble\nV:2\nK:C\nP:A\nV:1\nCD |\nV:2\nC,2 |\nP:B\nV:1\nEF |\nV:2\nD,2 |\n");
}

static void test_what_a_voice_is_from_here_on_stands_there(void **state)
{
	(void)state;
	expect("X:1\nM:2/4\nL:1/4\nK:C\nV:1 clef=bass-8\nCD|\n", 0, "X:1\nM:2/4\nL:1/4\nV:1 clef=bass-8\nK:C\nV:1\nCD |\n");
	expect("X:1\nM:2/4\nL:1/4\nK:C\nCD|\nV:2 octave=-1\nEF|\nV:1\nGA|\nV:2 octave=1\nBc|\n", 0,
	       "X:1\nM:2/4\nL:1/4\nV:1\nV:2 octave=-1\nK:C\nV:1\nCD | GA |\nV:2\nEF |[V:2 octave=1] Bc |\n");
}

static void test_drums_stay_when_a_tune_moves(void **state)
{
	(void)state;
	expect("X:1\nM:2/4\nL:1/4\nK:C\nV:1\nCD|\nV:2\n%%MIDI channel 10\nCD|\n%%MIDI channel 3\nCD|\n", 2,
	       "X:1\nM:2/4\nL:1/4\nV:1\nV:2\nK:D\nV:1\nDE |\nV:2\n%%MIDI channel 10\n=CD |\n%%MIDI channel 3\nDE |\n");
}

/* Rows: L25, H-A02 */
static void test_letters_stay_in_their_places_when_a_tune_moves(void **state)
{
	(void)state;
	/* A minor with its raised seventh, to C minor: B natural; and to B minor. */
	expect("X:1\nL:1/4\nK:Am\nA ^G A \"E7\"^G|\"Am/C\"A2 _B =B|\n", 3,
	       "X:1\nL:1/4\nK:Cm\nc =B c \"G7\"=B | \"Cm/Eb\"c2 _d =d |\n");
	expect("X:1\nL:1/4\nK:Am\nA ^G A \"E7\"^G|\"Am/C\"A2 _B =B|\n", 2,
	       "X:1\nL:1/4\nK:Bm\nB ^A B \"F#7\"^A | \"Bm/D\"B2 =c ^c |\n");
	/* A natural in D becomes one in Eb, a flat in C. */
	expect("X:1\nL:1/4\nK:D\nF =F =c c|", 1, "X:1\nL:1/4\nK:Eb\nG _G _d d |\n");
	expect("X:1\nL:1/4\nK:D\nF =F =c c|", -2, "X:1\nL:1/4\nK:C\nE _E _B B |\n");
	/* Modes and accidentals of the key. */
	expect("X:1\nL:1/4\nK:Ador ^g\nG|[K:Emix clef=bass]D|", 5, "X:1\nL:1/4\nK:Ddor ^c\nc | [K:Amix clef=bass]G |\n");
	/* Six sharps rather than seven, five flats rather than seven sharps. */
	expect("X:1\nL:1/4\nK:C\nCEG|", 1, "X:1\nL:1/4\nK:Db\nDFA |\n");
	expect("X:1\nL:1/4\nK:E\nEGB|", 2, "X:1\nL:1/4\nK:F#\nFAc |\n");
	/* An octave changes no letter; drums stay. */
	expect("X:1\nL:1/4\nK:C\nV:1\nC ^c|\nV:2 clef=perc\nD F|\n", -12,
	       "X:1\nL:1/4\nV:1\nV:2 clef=perc\nK:C\nV:1\nC, ^C |\nV:2\nD F |\n");
}

static void test_words_over_the_notes_are_no_chords(void **state)
{
	(void)state;
	expect("X:1\nL:1/4\nK:C\n\"Coda\"C \"Bb\"D \"D.C.\"E \"G7sus4/D\"F|", 2,
	       "X:1\nL:1/4\nK:D\n\"Coda\"D \"C\"E \"D.C.\"F \"A7sus4/E\"G |\n");
}

static void test_what_alters_a_chord_is_no_sign_of_its_root(void **state)
{
	(void)state;
	expect("X:1\nL:1/4\nK:C\n\"Eb#11\"C \"C#b9\"D \"Bb7/F#\"E|", 2,
	       "X:1\nL:1/4\nK:D\n\"F(#11)\"D \"D#(b9)\"E \"C7/G#\"F |\n");
}

static void test_accidentals_of_the_bar_are_said_to_all_readers(void **state)
{
	(void)state;
	expect("X:1\nL:1/4\nK:C\n^Ff fF|fF|", 0, "X:1\nL:1/4\nK:C\n^F^f fF | fF |\n");
}

static void test_long_bars_make_short_lines(void **state)
{
	(void)state;
	expect("X:1\nM:4/4\nL:1/16\nK:C\n!accent!c!accent!d!accent!e!accent!f gagf edcd efga|cdef gagf edcd efga|"
	       "cdef gagf edcd efga|cdef gagf edcd efga|cdef gagf edcd efga|",
	       0,
	       "X:1\nM:4/4\nL:1/16\nK:C\nLcLdLeLf gagf edcd efga | cdef gagf edcd efga | cdef gagf edcd efga | cdef gagf edcd "
	       "efga |\ncdef gagf edcd efga |\n");
}

static void test_what_is_printed_is_utf8(void **state)
{
	(void)state;
	expect("X:1\nI:abc-charset iso-8859-1\nT:Caf\xe9\nK:C\n\"^stra\xdf" "e\"C|\n", 0,
	       "X:1\nT:Caf\xc3\xa9\nL:1/8\nK:C\n\"^stra\xc3\x9f" "e\"C |\n");
	expect("X:1\nI:abc-charset utf-8\nT:Caf\xc3\xa9\nK:C\nC|\n", 0, "X:1\nT:Caf\xc3\xa9\nL:1/8\nK:C\nC |\n");
}

static void test_macros_are_printed_as_what_they_stand_for(void **state)
{
	(void)state;
	expect("X:1\nm: ~n2 = (3n{o}n\nL:1/8\nK:C\n~D2 E|\n", 2, "X:1\nL:1/8\nK:D\n(3E{F}E F |\n");
}

static void test_moves_that_leave_the_range_are_refused(void **state)
{
	static const char tune[] = "X:1\nK:C\nC,,,,|\n";
	struct abc_print_options o = { .semitones = -24 };
	struct err err = ERR_INIT;
	char *text = NULL;
	size_t n;
	(void)state;
	assert_int_equal(abc_print(tune, strlen(tune), NULL, &o, &text, &n, NULL, &err), -ERANGE);
	o.semitones = 37;
	assert_int_equal(abc_print(tune, strlen(tune), NULL, &o, &text, &n, NULL, &err), -EINVAL);
	o.semitones = 0;
	assert_int_equal(abc_print("X:1\nK:C\nC [|\n", 13, NULL, &o, &text, &n, NULL, &err), 0);
	free(text);
	text = NULL;
	assert_int_equal(abc_print("X:1\nK:C\nC [|] 5\n", 16, NULL, &o, &text, &n, NULL, &err), -EBADMSG);
	assert_null(text);
}

static void test_a_tune_of_a_book_gets_another_number(void **state)
{
	static const char book[] = "X:5\nK:C\nC|\n\nX:7\nK:G\nG|\n";
	struct abc_print_options o = { .number = 2 };
	struct abc_pick pick = { .by_number = true, .number = 7 };
	char AUTO_MEM *text = NULL;
	size_t n;
	(void)state;
	assert_int_equal(abc_print(book, strlen(book), &pick, &o, &text, &n, NULL, NULL), 0);
	assert_string_equal(text, "X:2\nL:1/8\nK:G\nG |\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tune_is_laid_out),
		cmocka_unit_test(test_everything_between_the_notes_is_kept),
		cmocka_unit_test(test_words_of_overlays_come_back),
		cmocka_unit_test(test_overlays_of_several_bars_come_back),
		cmocka_unit_test(test_microtones_come_back_and_move),
		cmocka_unit_test(test_lines_without_words_stay_without),
		cmocka_unit_test(test_voices_take_turns_and_parts_stand_between),
		cmocka_unit_test(test_what_a_voice_is_from_here_on_stands_there),
		cmocka_unit_test(test_drums_stay_when_a_tune_moves),
		cmocka_unit_test(test_a_field_that_says_a_bar_line_stays_a_field),
		cmocka_unit_test(test_letters_stay_in_their_places_when_a_tune_moves),
		cmocka_unit_test(test_words_over_the_notes_are_no_chords),
		cmocka_unit_test(test_what_alters_a_chord_is_no_sign_of_its_root),
		cmocka_unit_test(test_accidentals_of_the_bar_are_said_to_all_readers),
		cmocka_unit_test(test_long_bars_make_short_lines),
		cmocka_unit_test(test_what_is_printed_is_utf8),
		cmocka_unit_test(test_macros_are_printed_as_what_they_stand_for),
		cmocka_unit_test(test_moves_that_leave_the_range_are_refused),
		cmocka_unit_test(test_a_tune_of_a_book_gets_another_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
