#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "base/limits.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/abc_print.h"

static struct score *parse_with(const char *text, struct abc_report *report)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(text, strlen(text), NULL, &s, report, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

/* Rows: H-A01 */
static void test_each_mistake_is_named_with_its_place(void **state)
{
	static const struct {
		const char *text; /* behind "X:1\nT:t\n" */
		enum abc_severity severity;
		uint32_t line, column;
		const char *message; /* a piece of it */
	} rows[] = {
		{ "M:4/5\nK:C\nC|", ABC_ERROR, 3, 3, "meter" },
		{ "M:x\nK:C\nC|", ABC_ERROR, 3, 3, "meter" },
		{ "L:0/1\nK:C\nC|", ABC_ERROR, 3, 3, "unit" },
		{ "L:8\nK:C\nC|", ABC_WARNING, 3, 3, "whole note" },
		{ "K:H\nC|", ABC_ERROR, 3, 3, "'H' is not a key" },
		{ "K:C\nC|[K:x]D|", ABC_ERROR, 4, 6, "'x' is not a key" },
		{ "K:G#\nC|", ABC_WARNING, 3, 5, "8 sharps" },
		{ "K:Dbmin\nC|", ABC_WARNING, 3, 8, "8 flats" },
		{ "K:C clef=trebel\nC|", ABC_WARNING, 3, 10, "'trebel'" },
		{ "K:C\nC (DE|(F) G|", ABC_WARNING, 4, 3, "slur is not closed" },
		{ "K:C\nC|\nD|:EF|G|", ABC_WARNING, 5, 2, "repeat is not closed" },
		{ "K:C\n|:C::D::\n|:E|", ABC_WARNING, 5, 1, "repeat is not closed" },
		{ "K:C\n|:C|:D:|", ABC_WARNING, 4, 1, "repeat is not closed" },
		{ "K:C\n|:C|1D:|3E|", ABC_WARNING, 4, 5, "no ending for pass 2" },
		{ "K:C\n|:C:|1D:|2E|:F|2G|]", ABC_WARNING, 4, 16, "no ending for pass 1" },
		{ "K:C\n(3CD|EF|", ABC_WARNING, 4, 5, "tuplet wants 1 more note in" },
		{ "L:1/4\nK:C\nV:1\nCDEF|CDEF|\nV:2\nCDEF|", ABC_WARNING, 8, 1, "voice '2' lasts 4 quarter notes, the longest one 8" },
		{ "Q:fast\nK:C\nC|", ABC_ERROR, 3, 3, "tempo" },
		{ "Q:1/4=\nK:C\nC|", ABC_ERROR, 3, 3, "tempo" },
		{ "K:Dxyz\nC|", ABC_ERROR, 3, 4, "mode" },
		{ "K:C\nC # D|", ABC_ERROR, 4, 3, "'#'" },
		{ "K:C\nCD 2E|", ABC_ERROR, 4, 4, "length" },
		{ "K:C\n>C D|", ABC_ERROR, 4, 1, "broken" },
		{ "K:C\nC>>>>D|", ABC_ERROR, 4, 2, "broken" },
		{ "K:C\n[CE|G|", ABC_ERROR, 4, 4, "chord" },
		{ "K:C\n[CE", ABC_ERROR, 4, 1, "closed" },
		{ "K:C\n[] C|", ABC_ERROR, 4, 1, "without notes" },
		{ "K:C\n{ab C|", ABC_ERROR, 4, 1, "grace" },
		{ "K:C\n\"Am C|D|", ABC_ERROR, 4, 1, "text" },
		{ "K:C\nC(99:1:1D|", ABC_ERROR, 4, 2, "tuplet" },
		{ "K:C\nC : D|", ABC_ERROR, 4, 3, "':'" },
		{ "K:C\n[K:G CD|", ABC_ERROR, 4, 1, "field" },
		{ "K:C\n-C|", ABC_ERROR, 4, 1, "tie" },
		{ "K:C\nC0 D|", ABC_ERROR, 4, 2, "length 0" },
		{ "K:C\nC/0 D|", ABC_ERROR, 4, 2, "divided" },
		{ "K:C\nC99999 D|", ABC_ERROR, 4, 2, "range" },
		{ "K:C\nC,,,,,,,, D|", ABC_ERROR, 4, 1, "low" },
		{ "K:C\nc''''' D|", ABC_ERROR, 4, 1, "high" },
		{ "K:C\n^5/2C D|", ABC_ERROR, 4, 1, "microtone" },
		{ "K:C\n[0 C|", ABC_ERROR, 4, 2, "ending" },
		{ "K:C\nV:\nC|", ABC_ERROR, 4, 3, "voice" },
		{ "M:4/4", ABC_ERROR, 3, 1, "K:" },
		{ "M:4/4\nL:1/4\nK:C\nCDEF|CDE|CDEF|", ABC_WARNING, 6, 9, "bar" },
		{ "M:4/4\nL:1/4\nK:C\nC-DEF|", ABC_WARNING, 6, 3, "tie" },
		{ "K:C\n(3CD (3EFG|", ABC_WARNING, 4, 6, "tuplet" },
		{ "K:C\nCD|\nw:a b c\n", ABC_WARNING, 5, 7, "syllables" },
		{ "U: 1 = !trill!\nK:C\nC|", ABC_ERROR, 3, 4, "H to Y" },
		{ "U: T = trill\nK:C\nC|", ABC_ERROR, 3, 8, "meaning of 'T'" },
		{ "K:C\nC kD|", ABC_WARNING, 4, 3, "'k'" },
		{ "K:C\nCD) E|", ABC_WARNING, 4, 3, "slur" },
		{ "K:C\n{a?b}C|", ABC_ERROR, 4, 3, "braces" },
		{ "M:4/4\nL:1/4\nK:C\nCDEF&G2|CDEF|", ABC_WARNING, 6, 8, "overlay lasts 2" },
		{ "M:4/4\nL:1/4\nK:C\nCDEF&G2&A4|CDEF|", ABC_WARNING, 6, 8, "overlay lasts 2" },
		{ "K:C\nZ5000|", ABC_ERROR, 4, 1, "5000 bars" },
		{ "K:C\nC \xC3\xA9 D|", ABC_ERROR, 4, 3, "'\xC3\xA9' means" },
		{ "K:C\nC \xE9 D|", ABC_ERROR, 4, 3, "byte E9" },
		{ "K:C octave=4\nc''|", ABC_ERROR, 4, 1, "outside" },
		{ "K:C\nC&D&E&F&G|", ABC_ERROR, 4, 8, "overlays" },
		{ "K:C\nC|C&&&&&&&&&&&&&&&&D|", ABC_ERROR, 4, 4, "15 bars" },
		{ "K:C\nC \"slowly\"D|", ABC_WARNING, 4, 3, "chord symbol" },
		{ "K:C\nC !tril!D|", ABC_WARNING, 4, 3, "'tril'" },
		{ "m: = C\nK:C\nC|", ABC_ERROR, 3, 4, "macro" },
		{ "m: ~n\nK:C\nC|", ABC_ERROR, 3, 4, "macro" },
		{ "m: q = C#\nK:C\nD q|", ABC_ERROR, 5, 3, "'#'" },
		{ "K:C\nCD|\ns: !trill! D", ABC_ERROR, 5, 12, "'D'" },
		{ "K:C\nC|\ns: !f! !p!", ABC_WARNING, 5, 8, "symbols" },
		{ "%%MIDI programm 5\nK:C\nC|", ABC_WARNING, 3, 8, "programm" },
		{ "%%MIDI program 500\nK:C\nC|", ABC_ERROR, 3, 19, "program" },
		{ "K:C\n%%MIDI channel\nC|", ABC_ERROR, 4, 15, "channel" },
		{ "%%MIDI drum\nK:C\nC|", ABC_ERROR, 3, 12, "drum" },
		{ "%%MIDI drummap h 40\nK:C\nC|", ABC_ERROR, 3, 8, "'h'" },
		{ "I:abc-charset klingon\nK:C\nC|", ABC_WARNING, 3, 15, "character set" },
		{ "I:propagate-accidentals maybe\nK:C\nC|", ABC_ERROR, 3, 25, "accidentals" },
		{ "P:A(B)\nK:C\nP:A\nC|", ABC_WARNING, 3, 5, "part 'B'" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char AUTO_MEM *text = str_printf("X:1\nT:t\n%s\n", rows[i].text);
		struct abc_report report = ABC_REPORT_INIT;
		AUTO(score) s = parse_with(text, &report);
		assert_non_null(s);
		if (report.n_diags == 0)
			fail_msg("'%s': nothing was said", rows[i].text);
		const struct abc_diag *d = &report.diags[0];
		if (d->severity != rows[i].severity || d->line != rows[i].line || d->column != rows[i].column ||
		    !strstr(d->message, rows[i].message))
			fail_msg("'%s': %d %u:%u '%s'", rows[i].text, (int)d->severity, d->line, d->column,
				 d->message);
		abc_report_done(&report);
	}
}

static void test_reading_goes_on_at_the_next_bar(void **state)
{
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) s = parse_with("X:1\nL:1/4\nK:C\nC#D?E|F%\n#G|A|\n", &report);
	(void)state;
	assert_int_equal(report.n_errors, 2); /* one a bar */
	assert_int_equal(report.diags[0].line, 4);
	assert_int_equal(report.diags[0].column, 2);
	assert_int_equal(score_n_notes(s), 6);
	abc_report_done(&report);
}

static void test_a_caret_points_at_the_mistake(void **state)
{
	static const char text[] = "X:1\nK:C\nCDE |\t[CE\n";
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) s = parse_with(text, &report);
	AUTO_STRBUF b = STRBUF_INIT;
	(void)state;
	assert_non_null(s);
	assert_int_equal(report.n_diags, 1);
	assert_int_equal(abc_diag_print(&report.diags[0], text, sizeof(text) - 1, &b), 0);
	assert_string_equal(b.s, "3:7: error: the chord is not closed\n"
				 "    CDE |\t[CE\n"
				 "         \t^\n"
				 "    put ']' after its last note\n");
	abc_report_done(&report);
}

static void test_without_a_report_an_error_refuses_the_tune(void **state)
{
	static const char text[] = "X:1\nK:C\nC#|\n";
	struct score *s = NULL;
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(abc_parse(text, sizeof(text) - 1, NULL, &s, NULL, &err), -EBADMSG);
	assert_true(str_starts(err.msg, "3:2: "));
	assert_null(s);
}

static void test_more_diagnostics_than_are_kept_are_counted(void **state)
{
	struct abc_report report = ABC_REPORT_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	(void)state;
	strbuf_adds(&b, "X:1\nK:C\n");
	for (int i = 0; i < LIMIT_ABC_DIAGS + 5; i++)
		strbuf_adds(&b, "C#|\n");
	AUTO(score) s = parse_with(b.s, &report);
	assert_non_null(s);
	assert_int_equal(report.n_errors, LIMIT_ABC_DIAGS + 5);
	assert_int_equal(report.n_diags, LIMIT_ABC_DIAGS);
	abc_report_done(&report);
}

/* As many of something as nobody writes. */
static void test_too_much_of_something_is_a_mistake(void **state)
{
	static const struct {
		const char *before, *each, *after, *message;
		size_t n;
	} rows[] = {
		{ "K:C\n[", "C", "]|", "notes in a chord", LIMIT_ABC_CHORD },
		{ "K:C\n{", "c", "}C|", "grace notes together", LIMIT_ABC_CHORD },
		{ "K:C\nC|\n", "w:a\n", "", "verses", LIMIT_ABC_VERSES },
		{ "m: aaaaaaaaaaaaaaaa = zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\nK:C\n", "aaaaaaaaaaaaaaaa", "|", "macros the line", LIMIT_ABC_LINE / 32 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct abc_report report = ABC_REPORT_INIT;
		AUTO_STRBUF b = STRBUF_INIT;
		strbuf_addf(&b, "X:1\n%s", rows[i].before);
		for (size_t k = 0; k <= rows[i].n; k++)
			strbuf_adds(&b, rows[i].each);
		strbuf_addf(&b, "%s\n", rows[i].after);
		AUTO(score) s = parse_with(b.s, &report);
		assert_non_null(s);
		if (report.n_diags == 0 || !strstr(report.diags[0].message, rows[i].message))
			fail_msg("%s: '%s'", rows[i].message, report.n_diags ? report.diags[0].message : "nothing");
		abc_report_done(&report);
	}
}

static void test_voices_and_macros_are_counted(void **state)
{
	static const size_t limits[] = { LIMIT_ABC_VOICES, LIMIT_ABC_MACROS };
	static const char *const messages[] = { "voices", "macros" };
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct abc_report report = ABC_REPORT_INIT;
		AUTO_STRBUF b = STRBUF_INIT;
		strbuf_adds(&b, "X:1\nK:C\n");
		for (size_t k = 0; k <= limits[i]; k++) {
			if (i == 0)
				strbuf_addf(&b, "V:%zu\nC|\n", k);
			else
				strbuf_addf(&b, "m: q%zu = C\n", k);
		}
		AUTO(score) s = parse_with(b.s, &report);
		assert_non_null(s);
		assert_int_equal(report.n_errors, 1);
		for (size_t k = 0; k < report.n_diags; k++)
			if (report.diags[k].severity == ABC_ERROR)
				assert_non_null(strstr(report.diags[k].message, messages[i]));
		abc_report_done(&report);
	}
}

static void test_a_caret_stands_under_a_character(void **state)
{
	static const char text[] = "X:1\nK:C\nC \"\xC3\xA9\xC3\xA9\"D ?|\n";
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) s = parse_with(text, &report);
	AUTO_STRBUF b = STRBUF_INIT;
	(void)state;
	assert_non_null(s);
	assert_int_equal(report.n_diags, 2); /* the other: no chord symbol */
	assert_int_equal(abc_diag_print(&report.diags[1], text, sizeof(text) - 1, &b), 0);
	assert_string_equal(b.s, "3:11: error: '?' means nothing here\n"
				 "    C \"\xC3\xA9\xC3\xA9\"D ?|\n"
				 "            ^\n"
				 "    text belongs into \"quotes\" or behind %\n");
	abc_report_done(&report);
}

/* Text in place of music is one mistake, not one for every letter. */
static void test_text_is_not_reported_letter_by_letter(void **state)
{
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) s = parse_with("X:1\nM:none\nK:C\nhello world this is text|ikC ikD|\n", &report);
	(void)state;
	assert_non_null(s);
	assert_int_equal(report.n_diags, 4);
	abc_report_done(&report);
}

/* A length of a chord is one of its note's: together they may be longer than numbers go. */
static void test_lengths_beyond_all_measure_do_no_harm(void **state)
{
	static const char text[] = "X:1\nL:1024/1\nK:C\n[C4096]4096[C4096]4096 [C4096]4096>[C4096]4096|[C4096]4096[C4096]4096|\n";
	struct score *s = NULL;
	char *printed = NULL;
	size_t n = 0;
	(void)state;
	struct abc_report report = ABC_REPORT_INIT;
	assert_int_equal(abc_parse(text, sizeof(text) - 1, NULL, &s, &report, NULL), -EMSGSIZE);
	abc_report_done(&report);
	const struct abc_print_options o = ABC_PRINT_OPTIONS_INIT;
	struct abc_report second = ABC_REPORT_INIT;
	assert_int_equal(abc_print(text, sizeof(text) - 1, NULL, &o, &printed, &n, &second, NULL), 0);
	abc_report_done(&second);
	free(printed);
}

/* A line of a few bytes may stand for a long one, but a file not for a longer one than may be read. */
static void test_macros_that_make_too_much_are_refused(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct score *s = NULL;
	struct err err = ERR_INIT;
	(void)state;
	strbuf_adds(&b, "X:1\nm: q = ");
	for (int i = 0; i < LIMIT_ABC_LINE; i++)
		strbuf_addc(&b, '*'); /* makes nothing */
	strbuf_adds(&b, "\nK:C\nC|\n");
	for (int i = 0; i <= LIMIT_ABC_BYTES / LIMIT_ABC_LINE; i++)
		strbuf_adds(&b, "q\n");
	assert_true(strbuf_ok(&b));
	assert_int_equal(abc_parse(b.s, b.n, NULL, &s, NULL, &err), -EMSGSIZE);
}

/* What is never closed is looked for nearby only: else this takes hours. */
static void test_long_lines_of_open_signs_are_read_quickly(void **state)
{
	static const char *const signs[] = { "[\"\"", "C+", "[K:" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(signs); i++) {
		struct abc_report report = ABC_REPORT_INIT;
		AUTO_STRBUF b = STRBUF_INIT;
		strbuf_adds(&b, "X:1\nm: ~~ = C\nK:C\n");
		while (b.n < LIMIT_ABC_BYTES / 8)
			strbuf_adds(&b, signs[i]);
		strbuf_adds(&b, "\n");
		assert_true(strbuf_ok(&b));
		struct score *s = NULL;
		int r = abc_parse(b.s, b.n, NULL, &s, &report, NULL);
		assert_true(r == 0 || r == -EMSGSIZE);
		score_free(s);
		abc_report_done(&report);
	}
}

/* What repeats look through counts, not only what they play; and texts that they say again and again. */
static void test_repeats_of_long_stretches_are_bounded(void **state)
{
	static const struct {
		const char *before, *each, *after;
		enum abc_repeats repeats;
	} rows[] = {
		{ "P:A99999\nL:1/4\nK:C\nP:A\n[2", "C", "|", ABC_REPEATS_LITERAL },
		{ "P:A99999\nL:1/4\nK:C\nP:A\n[1C:|[1", "C", "|", ABC_REPEATS_SENSIBLE },
		{ "P:(", " ", ")99999\nL:1/4\nK:C\nP:A\nC|", ABC_REPEATS_SENSIBLE },
		{ "P:A99999\nL:1/4\nK:C\nP:A\n\"A", "x", "\"C|", ABC_REPEATS_SENSIBLE },
		{ "P:A99999\nL:1/4\nK:C\nP:A\nC|\nw:", "x", "", ABC_REPEATS_SENSIBLE },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct abc_report report = ABC_REPORT_INIT;
		struct abc_play_options o = abc_nominal;
		AUTO_STRBUF b = STRBUF_INIT;
		strbuf_addf(&b, "X:1\n%s", rows[i].before);
		for (int k = 0; k < LIMIT_ABC_ITEMS / 2; k++)
			strbuf_adds(&b, rows[i].each);
		strbuf_addf(&b, "%s\n", rows[i].after);
		struct score *s = NULL;
		o.repeats = rows[i].repeats;
		int r = abc_perform(b.s, b.n, NULL, &o, &s, &report, NULL);
		if (r != -EMSGSIZE)
			fail_msg("%zu: %d", i, r);
		abc_report_done(&report);
	}
}

static void test_a_syllable_for_each_note_of_a_long_bar(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	size_t n = LIMIT_ABC_ITEMS / 4;
	(void)state;
	strbuf_adds(&b, "X:1\nM:none\nL:1/4\nK:C\n");
	for (size_t i = 0; i < n; i++)
		strbuf_addc(&b, 'C');
	strbuf_adds(&b, "& D|E\nw:");
	for (size_t i = 0; i < n; i++)
		strbuf_adds(&b, "a ");
	strbuf_adds(&b, "b\n");
	AUTO(score) s = parse_with(b.s, NULL);
	assert_int_equal(s->n_texts, n + 1);
	assert_string_equal(s->texts[n].text, "b");
	assert_float_equal(s->texts[n].at_beats, (double)n, 1e-6);
}

static void test_repeats_that_never_end_are_refused(void **state)
{
	static const char *const texts[] = {
		"X:1\nP:((((A99)99)99)99)99\nL:1/4\nK:C\nP:A\nC|\n",
		"X:1\nP:(((((((((((((((((((A)))))))))))))))))))\nL:1/4\nK:C\nP:A\nC|\n",
		"X:1\nP:((((99999)99999)99999)99999)99999\nL:1/4\nK:C\nC|\nP:B\nD|\n",
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct score *s = NULL;
		struct err err = ERR_INIT;
		int r = abc_parse(texts[i], strlen(texts[i]), NULL, &s, NULL, &err);
		if (r != -EMSGSIZE)
			fail_msg("%zu: %d %s", i, r, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_mistake_is_named_with_its_place),
		cmocka_unit_test(test_reading_goes_on_at_the_next_bar),
		cmocka_unit_test(test_a_caret_points_at_the_mistake),
		cmocka_unit_test(test_without_a_report_an_error_refuses_the_tune),
		cmocka_unit_test(test_more_diagnostics_than_are_kept_are_counted),
		cmocka_unit_test(test_too_much_of_something_is_a_mistake),
		cmocka_unit_test(test_voices_and_macros_are_counted),
		cmocka_unit_test(test_a_caret_stands_under_a_character),
		cmocka_unit_test(test_text_is_not_reported_letter_by_letter),
		cmocka_unit_test(test_lengths_beyond_all_measure_do_no_harm),
		cmocka_unit_test(test_macros_that_make_too_much_are_refused),
		cmocka_unit_test(test_long_lines_of_open_signs_are_read_quickly),
		cmocka_unit_test(test_repeats_of_long_stretches_are_bounded),
		cmocka_unit_test(test_a_syllable_for_each_note_of_a_long_bar),
		cmocka_unit_test(test_repeats_that_never_end_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
