#include "base/str.h"

#include "../check.h"

#include <stdlib.h>
#include <string.h>

static void test_strbuf_grows_and_hands_over(void **state)
{
	struct strbuf b = STRBUF_INIT;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(strbuf_addf(&b, "%d,", i), 0);
	assert_true(strbuf_ok(&b));
	assert_int_equal(strlen(b.s), b.n);
	char *s = strbuf_take(&b);
	assert_true(str_starts(s, "0,1,2,"));
	assert_true(str_ends(s, "998,999,"));
	free(s);
	s = strbuf_take(&b);
	assert_string_equal(s, "");
	free(s);
}

static void test_str_nearest_finds_the_misspelt_word(void **state)
{
	static const char *const names[] = { "position", "duration", "gain", "region_id" };
	assert_string_equal(str_nearest("postion", names, 4), "position");
	assert_string_equal(str_nearest("gian", names, 4), "gain");
	assert_null(str_nearest("zebra", names, 4));
	assert_int_equal(str_distance("abc", "acb", 3), 1);
}

static void test_str_nearest_guesses_nothing_for_short_words_that_are_others(void **state)
{
	static const char *const names[] = { "max", "ID", "bpm" };
	assert_null(str_nearest("bar", names, 2));
	assert_null(str_nearest("aa", names, 2));
	assert_null(str_nearest("A", names, 2));
	assert_string_equal(str_nearest("mx", names, 3), "max");
	assert_string_equal(str_nearest("bmp", names, 3), "bpm");
	assert_string_equal(str_nearest("id", names, 3), "ID");
}

static void test_str_nearest_prefers_a_name_with_the_word_in_it(void **state)
{
	static const char *const names[] = { "by", "artifact_id", "job_id", "width_px", "tag_count", "tags", "dsp:gain stage" };
	enum { N = sizeof(names) / sizeof(*names) };
	assert_string_equal(str_nearest("id", names, N), "artifact_id");
	assert_string_equal(str_nearest("tag", names, N), "tags");
	assert_string_equal(str_nearest("gain", names, N), "dsp:gain stage");
	assert_string_equal(str_nearest("px", names, N), "width_px");
	assert_string_equal(str_nearest("tagg", names, N), "tags");
	assert_null(str_nearest("", names, N)); /* no word is in all of them */
	assert_null(str_nearest("zebra", names, N));
}

static void test_str_numbers_take_the_whole_string(void **state)
{
	int64_t i;
	double d;
	assert_int_equal(str_to_int("-42", &i), 0);
	assert_int_equal(i, -42);
	assert_int_equal(str_to_int("42x", &i), -EINVAL);
	assert_int_equal(str_to_int("", &i), -EINVAL);
	assert_int_equal(str_to_int(" 1", &i), -EINVAL);
	assert_int_equal(str_to_int("9223372036854775808", &i), -ERANGE);
	assert_int_equal(str_to_double("1.5e2", &d), 0);
	assert_true(d == 150);
	assert_int_equal(str_to_double("nan", &d), -EINVAL);
	assert_int_equal(str_to_double("1e999", &d), -ERANGE);
}

static void test_str_utf8_refuses_malformed_text(void **state)
{
	assert_true(str_utf8_valid("h\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xb5", 10));
	assert_false(str_utf8_valid("\xc0\x80", 2));         /* overlong */
	assert_false(str_utf8_valid("\xed\xa0\x80", 3));     /* surrogate */
	assert_false(str_utf8_valid("\xf4\x90\x80\x80", 4)); /* above U+10FFFF */
	assert_false(str_utf8_valid("\xe2\x82", 2));         /* cut short */
}

static void test_str_utf8_characters_round_trip(void **state)
{
	for (uint32_t u = 1; u <= 0x10FFFF; u++) {
		if (u >= 0xD800 && u <= 0xDFFF)
			continue;
		char s[4];
		size_t n = str_utf8_encode(s, u);
		assert_int_equal(str_utf8_length(s, n), n);
		assert_int_equal(str_utf8_length(s, n - 1), 0); /* cut short */
	}
	assert_int_equal(str_utf8_length("\x80", 1), 0);
	assert_int_equal(str_utf8_length("abc", 3), 1);
}

static void test_str_copy_says_when_it_cut(void **state)
{
	char b[4];
	assert_true(str_copy(b, sizeof(b), "abc"));
	assert_false(str_copy(b, sizeof(b), "abcd"));
	assert_string_equal(b, "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strbuf_grows_and_hands_over),
		cmocka_unit_test(test_str_nearest_finds_the_misspelt_word),
		cmocka_unit_test(test_str_nearest_guesses_nothing_for_short_words_that_are_others),
		cmocka_unit_test(test_str_nearest_prefers_a_name_with_the_word_in_it),
		cmocka_unit_test(test_str_numbers_take_the_whole_string),
		cmocka_unit_test(test_str_utf8_refuses_malformed_text),
		cmocka_unit_test(test_str_utf8_characters_round_trip),
		cmocka_unit_test(test_str_copy_says_when_it_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
