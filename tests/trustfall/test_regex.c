/*
 * test_regex.c - expressions in Rust's syntax: what they match, what is refused, and that none runs away.
 */
#include "trustfall/regex_priv.h"

#include "../check.h"

#include <string.h>

#include "base/limits.h"

static bool matches(const char *pattern, const char *text)
{
	AUTO(regex) re = NULL;
	struct err e = ERR_INIT;
	if (regex_new(pattern, strlen(pattern), &re, &e) < 0)
		fail_msg("'%s': %s", pattern, e.msg);
	int r = regex_match(re, text, strlen(text), &e);
	if (r < 0)
		fail_msg("'%s' in '%s': %s", pattern, text, e.msg);
	return r == 1;
}

static void test_an_expression_matches_anywhere(void **state)
{
	assert_true(matches("f.+teen", "fourteen"));
	assert_true(matches("", ""));
	assert_true(matches("o", "one"));
	assert_false(matches("^n", "one"));
	assert_true(matches("(?i)ONE|two", "xone"));
	assert_true(matches("a{2,3}b", "caaab"));
	assert_false(matches("^a{0,2}$", "aaa"));
	assert_true(matches("a]b}c", "a]b}c"));
	assert_true(matches("(?P<year>\\d{4})-(?<m>\\d\\d)", "on 2026-02"));
	assert_true(matches("(?:a|b|)c", "c"));
}

static void test_rust_means_some_things_otherwise(void **state)
{
	assert_true(matches("^a++a$", "aa"));         /* repeated twice, not possessive */
	assert_true(matches("^(?:a{2}){2}$", "aaaa"));
	assert_true(matches("^a{2}{2}$", "aaaa"));
	assert_false(matches("a$", "a\n"));           /* the end only */
	assert_true(matches("(?m)a$", "a\nb"));
	assert_false(matches("a.b", "a\nb"));
	assert_true(matches("a.b", "a\rb"));
	assert_true(matches("(?s)a.b", "a\nb"));
	assert_true(matches("\\v", "\x0b"));
	assert_false(matches("\\v", "\n"));
	assert_false(matches("[[:alpha:]]", "é"));    /* ASCII */
	assert_true(matches("^\\w+$", "naïve_1"));
	assert_true(matches("^\\d$", "٣"));
	assert_true(matches("\\bnoir\\b", "piano noir!"));
	assert_false(matches("\\bno\\b", "piano noir"));
	assert_true(matches("\\<noir\\>", "piano noir"));
	assert_true(matches("\\b{start}noir", "piano noir"));
	assert_false(matches("o\\b{start}", "piano noir"));
	assert_true(matches("(?x) a b # and no more\n c", "abc"));
	assert_false(matches("(?x:a b)c d", "abcd"));
	assert_true(matches("^\\u00e9\\x{1F3B5}\\U0001F3B5$", "é🎵🎵"));
	assert_true(matches("(?u)\\pL\\p{Greek}\\p{Lowercase_Letter}\\p{gc=Lu}", "aαbC"));
	assert_false(matches("^\\P{Letter}", "a"));
	assert_true(matches("(?U)^a+$", "aa"));
}

static void test_classes_nest_and_intersect(void **state)
{
	assert_true(matches("^[a-y&&xyz]+$", "xy"));
	assert_false(matches("[a-y&&xyz]", "z"));
	assert_true(matches("^[0-9&&[^4]]+$", "12356"));
	assert_false(matches("[0-9&&[^4]]", "4"));
	assert_true(matches("^[0-9--4]+$", "0359"));
	assert_false(matches("[0-9--4]", "4"));
	assert_true(matches("^[a-g~~b-h]+$", "ah"));
	assert_false(matches("[a-g~~b-h]", "c"));
	assert_true(matches("^[x[^xyz]]+$", "xab"));
	assert_false(matches("[x[^xyz]]", "y"));
	assert_true(matches("^[^a[b]]$", "c"));
	assert_false(matches("[^a[b]]", "b"));
	assert_true(matches("^[]a-]+$", "]-a"));
	assert_true(matches("^[^]]$", "a"));
	assert_true(matches("^[\\w&&[^\\d]]+$", "ab_"));
	assert_false(matches("[\\w&&[^\\d]]", "1"));
	assert_true(matches("^[\\W\\d]+$", "1!2"));
	assert_true(matches("(?i)^[B-D&&[^c]]+$", "bD"));
	assert_true(matches("^[a&&b]?$", ""));
	assert_false(matches("[a&&b]", "ab"));
	assert_true(matches("^[[:^digit:][:digit:]]$", "7"));
}

static void test_what_is_no_expression_is_refused_in_words(void **state)
{
	static const struct {
		const char *pattern, *says;
	} bad[] = {
		{"(?=a)b", "look-around"}, {"(?<!a)b", "look-around"}, {"(a)\\1", "back-references"}, {"\\k<a>", "no escape"},
		{"(?P=a)", "groups"}, {"(?>a)", "groups"}, {"(?R)", "'R'"}, {"(?-u)a", "'-u'"}, {"(*UTF)a", "repeated"},
		{"*a", "repeated"}, {"a|+", "repeated"}, {"(?i)*", "repeated"}, {"(a", "not closed"}, {"a)", "not opened"},
		{"[a", "not closed"}, {"[z-a]", "range"}, {"[a-\\d]", "range"}, {"a{3,2}", "wrong way"}, {"a{", "missing"},
		{"a{x}", "missing"}, {"a{,2}", "{0,2}"}, {"a{,}", "missing"}, {"\\Qa", "no escape"}, {"\\K", "no escape"}, {"\\x{110000}", "no character"}, {"\\x4", "digits"},
		{"\\", "last character"}, {"(?)", "flag"}, {"(?i-)", "flag"}, {"(?i-i)a", "twice"}, {"(?--i)a", "twice"}, {"\\p{Nonsense}", ""}, {"\\pX", "one-letter"}, {"(?<>a)", "name"},
		{"[[:x:]", "not closed"},
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		AUTO(regex) re = NULL;
		struct err e = ERR_INIT;
		if (regex_new(bad[i].pattern, strlen(bad[i].pattern), &re, &e) != -EINVAL || !strstr(e.msg, bad[i].says))
			fail_msg("'%s': '%s'", bad[i].pattern, e.msg);
	}
}

static void test_nesting_and_size_are_bounded(void **state)
{
	AUTO_STRBUF deep = STRBUF_INIT;
	AUTO(regex) re = NULL;
	struct err e = ERR_INIT;
	for (int i = 0; i < 5000; i++)
		assert_int_equal(strbuf_addc(&deep, '('), 0);
	assert_int_equal(regex_new(deep.s, deep.n, &re, &e), -EINVAL);
	strbuf_clear(&deep);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(strbuf_addc(&deep, '['), 0);
	assert_int_equal(regex_new(deep.s, deep.n, &re, &e), -EINVAL);
	strbuf_clear(&deep);
	assert_int_equal(strbuf_addc(&deep, '['), 0);
	for (int i = 0; i < 60; i++)
		assert_int_equal(strbuf_adds(&deep, "a~~b~~"), 0);
	assert_int_equal(strbuf_adds(&deep, "c]"), 0);
	assert_int_equal(regex_new(deep.s, deep.n, &re, &e), -EINVAL);
	assert_int_equal(regex_new("((a{1000}){1000}){1000}", 23, &re, &e), -EINVAL);
}

static void test_a_match_cannot_run_away(void **state)
{
	static const char pattern[] = "^(a|aa)*(a|aa)*(a|aa)*$";
	char text[64];
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 'b';
	AUTO(regex) re = NULL;
	struct err e = ERR_INIT;
	assert_int_equal(regex_new(pattern, strlen(pattern), &re, &e), 0);
	for (int i = 0; i < 40; i++) /* before and after it has been compiled to machine code */
		assert_int_equal(regex_match(re, text, sizeof(text), &e), -ETIMEDOUT);
	assert_non_null(strstr(e.msg, "steps"));
}

static void test_text_that_is_not_utf8_does_no_harm(void **state)
{
	AUTO(regex) re = NULL;
	struct err e = ERR_INIT;
	assert_int_equal(regex_new("b", 1, &re, &e), 0);
	for (int i = 0; i < 40; i++)
		assert_int_equal(regex_match(re, "\xff\xc3" "b\x80", 4, &e), 1);
	assert_int_equal(regex_new("\xff", 1, &re, &e), -EINVAL);
	assert_int_equal(regex_match(re, "a\0b", 3, &e), 1);
	assert_int_equal(regex_match(re, NULL, 0, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_expression_matches_anywhere),
		cmocka_unit_test(test_rust_means_some_things_otherwise),
		cmocka_unit_test(test_classes_nest_and_intersect),
		cmocka_unit_test(test_what_is_no_expression_is_refused_in_words),
		cmocka_unit_test(test_nesting_and_size_are_bounded),
		cmocka_unit_test(test_a_match_cannot_run_away),
		cmocka_unit_test(test_text_that_is_not_utf8_does_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
