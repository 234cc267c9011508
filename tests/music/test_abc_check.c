#include <string.h>

#include "../check.h"
#include "base/str.h"
#include "music/abc_check.h"

static json_t *check(const char *text, const struct abc_check_options *o)
{
	struct abc_check_options usual = ABC_CHECK_OPTIONS_INIT;
	struct err err = ERR_INIT;
	json_t *report = NULL;
	if (abc_check(text, strlen(text), o ? o : &usual, &report, &err) < 0)
		fail_msg("%s", err.msg);
	return report;
}

static json_t *tune(json_t *report, size_t i)
{
	return json_array_get(json_object_get(report, "tunes"), i);
}

static const char *text_of(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static long long number_of(json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

/* Rows: H-A01 */
static void test_a_report_tells_what_is_in_a_tune(void **state)
{
	AUTO_JSON json_t *r = check("X:7\nT:Caf\\'e\nC:Trad\nR:jig\nM:6/8\nL:1/8\nQ:3/8=120\nK:Edor\nV:1 name=\"Fl\\\"ote\"\n"
				    "|:EFG A2B|c3 d3:|\nV:2\nE,6|z6|\n", NULL);
	json_t *t = tune(r, 0);
	(void)state;
	assert_true(json_is_true(json_object_get(r, "valid")));
	assert_int_equal(number_of(r, "n_tunes"), 1);
	assert_int_equal(number_of(t, "number"), 7);
	assert_string_equal(text_of(t, "title"), "Caf\xC3\xA9");
	assert_string_equal(text_of(t, "composer"), "Trad");
	assert_string_equal(text_of(t, "rhythm"), "jig");
	assert_string_equal(text_of(t, "key"), "E dorian");
	assert_string_equal(text_of(t, "meter"), "6/8");
	assert_int_equal(number_of(t, "n_notes"), 15);
	assert_int_equal(number_of(t, "n_bars"), 4);
	assert_float_equal(json_real_value(json_object_get(t, "tempo_bpm")), 180, 1e-9);
	assert_float_equal(json_real_value(json_object_get(t, "seconds")), 4, 1e-9);
	json_t *v = json_array_get(json_object_get(t, "voices"), 0);
	assert_string_equal(text_of(v, "id"), "1");
	assert_int_equal(number_of(v, "n_bars"), 2);
	assert_int_equal(number_of(v, "n_notes"), 7);
	assert_int_equal(number_of(v, "lowest"), 64);
	assert_int_equal(number_of(v, "highest"), 74);
	assert_int_equal(json_array_size(json_object_get(t, "voices")), 2);
}

static void test_a_mistake_has_its_line_a_caret_and_advice(void **state)
{
	AUTO_JSON json_t *r = check("X:1\nK:C\n\xC3\xA9? C\t[CE\n\nX:2\nK:C\nC|\n", NULL);
	json_t *d = json_array_get(json_object_get(tune(r, 0), "diagnostics"), 0);
	(void)state;
	assert_false(json_is_true(json_object_get(r, "valid")));
	assert_int_equal(number_of(r, "n_tunes"), 2);
	assert_int_equal(number_of(r, "n_errors"), 1);
	assert_true(json_is_true(json_object_get(tune(r, 1), "valid")));
	assert_string_equal(text_of(d, "severity"), "error");
	assert_int_equal(number_of(d, "line"), 3);
	assert_int_equal(number_of(d, "column"), 1);
	assert_string_equal(text_of(d, "text"), "\xC3\xA9? C\t[CE");
	assert_string_equal(text_of(d, "caret"), "^");
}

static void test_long_lines_are_quoted_around_the_mistake(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	strbuf_adds(&b, "X:1\nK:C\n");
	for (int i = 0; i < 20000; i++)
		strbuf_adds(&b, "\"\xC3\xA9\"CD?|");
	(void)state;
	AUTO_JSON json_t *r = check(b.s, NULL);
	json_t *list = json_object_get(tune(r, 0), "diagnostics");
	assert_true(json_array_size(list) > 0);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *d = json_array_get(list, i);
		const char *text = text_of(d, "text"), *caret = text_of(d, "caret"), *at = text;
		assert_true(strlen(text) <= 200 && strlen(caret) <= 200);
		for (size_t k = 0; k + 1 < strlen(caret); k++)
			for (at++; ((unsigned char)*at & 0xC0) == 0x80;)
				at++;
		assert_int_equal(*at, str_eq(text_of(d, "severity"), "error") ? '?' : '"');
	}
}

static void test_carets_stand_below_characters(void **state)
{
	AUTO_JSON json_t *r = check("X:1\nK:C\n\"^\xC3\xA9\"\tC [CE\n", NULL);
	json_t *d = json_array_get(json_object_get(tune(r, 0), "diagnostics"), 0);
	(void)state;
	assert_string_equal(text_of(d, "caret"), "    \t  ^");
	assert_string_equal(text_of(d, "hint"), "put ']' after its last note");
}

static void test_no_tune_is_a_report_too(void **state)
{
	struct abc_check_options o = ABC_CHECK_OPTIONS_INIT;
	AUTO_JSON json_t *r = check("just words\n", NULL);
	AUTO_JSON json_t *empty = check("", NULL);
	(void)state;
	o.number = 5;
	AUTO_JSON json_t *missing = check("X:1\nK:C\nC|\n", &o);
	json_t *const all[] = { r, empty, missing };
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		assert_false(json_is_true(json_object_get(all[i], "valid")));
		assert_int_equal(number_of(all[i], "n_errors"), 1);
		assert_int_equal(json_array_size(json_object_get(all[i], "diagnostics")), 1);
	}
}

static void test_books_are_checked_tune_by_tune(void **state)
{
	static const char book[] = "%%MIDI program 3\nL:1/4\n\nX:3\nT:three\nK:C\nC|\n\nwords\n\nX:4\nT:four\nK:C\nC k|\nX:5\nK:C\n#|\n";
	struct abc_check_options o = ABC_CHECK_OPTIONS_INIT;
	(void)state;
	AUTO_JSON json_t *r = check(book, &o);
	assert_int_equal(number_of(r, "n_tunes"), 3);
	assert_string_equal(text_of(tune(r, 1), "title"), "four");
	assert_int_equal(number_of(json_array_get(json_object_get(tune(r, 1), "diagnostics"), 0), "line"), 14);
	assert_int_equal(number_of(r, "n_warnings"), 1);
	o.number = 5;
	AUTO_JSON json_t *five = check(book, &o);
	assert_int_equal(number_of(five, "n_checked"), 1);
	assert_int_equal(number_of(tune(five, 0), "n_errors"), 1);
	o = (struct abc_check_options){ .max_tunes = 2 };
	AUTO_JSON json_t *two = check(book, &o);
	assert_int_equal(number_of(two, "n_tunes"), 3);
	assert_int_equal(number_of(two, "n_checked"), 2);
	assert_int_equal(json_array_size(json_object_get(tune(two, 1), "diagnostics")), 0);
}

static void test_what_never_ends_is_a_mistake(void **state)
{
	AUTO_JSON json_t *r = check("X:1\nP:((((A99)99)99)99)99\nL:1/4\nK:C\nP:A\nC|\n", NULL);
	(void)state;
	assert_int_equal(number_of(r, "n_errors"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_report_tells_what_is_in_a_tune),
		cmocka_unit_test(test_a_mistake_has_its_line_a_caret_and_advice),
		cmocka_unit_test(test_carets_stand_below_characters),
		cmocka_unit_test(test_long_lines_are_quoted_around_the_mistake),
		cmocka_unit_test(test_no_tune_is_a_report_too),
		cmocka_unit_test(test_books_are_checked_tune_by_tune),
		cmocka_unit_test(test_what_never_ends_is_a_mistake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
