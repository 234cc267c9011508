#include "base/fs.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/rng.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What each text becomes when it is parsed and written again, compact. */
static void test_json_texts_are_read_and_written(void **state)
{
	static const char *const cases[][2] = {
		{ "null", NULL },
		{ " true ", "true" },
		{ "\t\r\nfalse\n", "false" },
		{ "0", NULL },
		{ "-0", "0" },
		{ "-1", NULL },
		{ "9223372036854775807", NULL },
		{ "-9223372036854775808", NULL },
		{ "1.0", NULL },
		{ "1.50", "1.5" },
		{ "1e2", "100.0" },
		{ "1E+2", "100.0" },
		{ "-0.0", NULL },
		{ "1e-7", NULL },
		{ "123456789012345678901.0", "1.2345678901234568e+20" },
		{ "\"\"", NULL },
		{ "\"a\\/b\"", "\"a/b\"" },
		{ "\"\\\"\\\\\\b\\f\\n\\r\\t\"", NULL },
		{ "\"\\u0001\\u001f\"", NULL },
		{ "\"\\u00e9\\u20AC\"", "\"\xc3\xa9\xe2\x82\xac\"" },
		{ "\"\\ud834\\udd1e\"", "\"\xf0\x9d\x84\x9e\"" },
		{ "\"\x7f\"", NULL },
		{ "\"eight bytes and a bit more \xc3\xa9 then some\"", NULL },
		{ "\"1234567\\n\"", NULL },
		{ "\"12345678\\n\"", NULL },
		{ "[]", NULL },
		{ "[ ]", "[]" },
		{ "[1,\"a\",null,[2.5]]", NULL },
		{ "{}", NULL },
		{ "{ }", "{}" },
		{ "{\"b\":1,\"a\":{\"c\":[]}}", NULL },
		{ "{ \"k\" : 1 , \"l\" : [ 1 , 2 ] }", "{\"k\":1,\"l\":[1,2]}" },
		{ "{\"\":1}", NULL },
		{ "{\"a\\nb\":{\"c\\td\":\"e\\\"f\"}}", NULL },
		{ "{\"\\u0061\":1}", "{\"a\":1}" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err e = ERR_INIT;
		json_t *j AUTO_JSON = NULL;
		if (json_parse(cases[i][0], strlen(cases[i][0]), &j, &e) < 0)
			fail_msg("%s: %s", cases[i][0], e.msg);
		char *text AUTO_MEM = json_text(j, JSON_OUT_COMPACT);
		assert_string_equal(text, cases[i][1] ? cases[i][1] : cases[i][0]);
	}
}

static void test_json_errors_say_where_and_what(void **state)
{
	static const char *const cases[][2] = {
		{ "", "1:1: expected a value, found the end" },
		{ "  ", "1:3: expected a value" },
		{ "nul", "1:1: expected a value, found 'n'" },
		{ "True", "1:1: expected a value, found 'T'" },
		{ "NaN", "1:1: expected a value" },
		{ "Infinity", "1:1: expected a value" },
		{ "-Infinity", "1:2: expected a digit" },
		{ "01", "1:1: a number must not begin with 0" },
		{ "-", "1:2: expected a digit" },
		{ "+1", "1:1: expected a value" },
		{ ".5", "1:1: expected a value" },
		{ "1.", "1:3: expected a digit after '.'" },
		{ "1e", "1:3: expected a digit of the exponent" },
		{ "1e+", "1:4: expected a digit of the exponent" },
		{ "0x10", "1:2: expected the end of the document" },
		{ "9223372036854775808", "1:1: this integer does not fit" },
		{ "-9223372036854775809", "1:1: this integer does not fit" },
		{ "1e400", "1:1: this number is too large" },
		{ "\"abc", "1:1: this string has no end" },
		{ "\"a\\", "1:4: expected a character after" },
		{ "\"a\\x\"", "1:3: expected one of" },
		{ "\"\\u12\"", "1:2: expected four hexadecimal digits" },
		{ "\"\\u0000\"", "1:2: \\u0000 is not allowed" },
		{ "\"\\ud834\"", "1:2: a high surrogate without a low one" },
		{ "\"\\ud834\\u0041\"", "1:2: a high surrogate without a low one" },
		{ "\"\\udd1e\"", "1:2: a low surrogate without a high one" },
		{ "\"a\nb\"", "1:3: control character 0x0a" },
		{ "\"\xff\"", "1:2: malformed UTF-8" },
		{ "\"\xc0\x80\"", "1:2: malformed UTF-8" },
		{ "\"\xed\xa0\x80\"", "1:2: malformed UTF-8" },
		{ "\"\xe2\x82\"", "1:2: malformed UTF-8" },
		{ "[1", "1:3: expected ',' or ']', found the end" },
		{ "[1,]", "1:4: expected a value" },
		{ "[1 2]", "1:4: expected ',' or ']', found '2'" },
		{ "[1}", "1:3: expected ',' or ']'" },
		{ "{\"a\":1,}", "1:8: expected a key in quotes" },
		{ "{a:1}", "1:2: expected a key in quotes" },
		{ "{\"a\" 1}", "1:6: expected ':' after a key" },
		{ "{\"a\":}", "1:6: expected a value" },
		{ "{\"a\":1 \"b\":2}", "1:8: expected ',' or '}'" },
		{ "{\"a\":1,\n \"\xc3\xa9\":2,\n \"a\":3}", "3:2: the key 'a' is there twice" },
		{ "{\"\\u0061\":1,\"a\":2}", "1:13: the key 'a' is there twice" },
		{ "[1] x", "1:5: expected the end of the document" },
		{ "[1]]", "1:4: expected the end of the document" },
		{ "\xef\xbb\xbf[]", "1:1: expected a value" },
		{ "[\"\xc3\xa9\", x]", "1:7: expected a value" },
		{ "// no\n1", "1:1: expected a value" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err e = ERR_INIT;
		json_t *j = NULL;
		int r = json_parse(cases[i][0], strlen(cases[i][0]), &j, &e);
		if (r != -EBADMSG || !str_starts(e.msg, cases[i][1]))
			fail_msg("%s: got %d '%s', not '%s'", cases[i][0], r, e.msg, cases[i][1]);
		assert_null(j);
	}
	json_t *j = NULL;
	assert_int_equal(json_parse("[\0]", 3, &j, NULL), -EBADMSG);
}

static void test_json_nesting_is_bounded(void **state)
{
	for (int depth = LIMIT_JSON_DEPTH - 1; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
		AUTO_STRBUF b = STRBUF_INIT;
		for (int i = 0; i < depth; i++)
			strbuf_addc(&b, '[');
		for (int i = 0; i < depth; i++)
			strbuf_addc(&b, ']');
		json_t *j AUTO_JSON = NULL;
		struct err e = ERR_INIT;
		int r = json_parse(b.s, b.n, &j, &e);
		assert_int_equal(r, depth <= LIMIT_JSON_DEPTH ? 0 : -EMSGSIZE);
		if (r < 0)
			assert_non_null(strstr(e.msg, "nested deeper"));
	}
	json_t *deep AUTO_JSON = json_array();
	for (int i = 0; i < LIMIT_JSON_DEPTH; i++) {
		json_t *outer = json_array();
		json_array_append_new(outer, deep);
		deep = outer;
	}
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(json_write(&b, deep, JSON_OUT_COMPACT), -EMSGSIZE);
	assert_false(strbuf_ok(&b));
}

static void test_json_size_is_bounded(void **state)
{
	size_t n = LIMIT_JSON_BYTES + 1;
	char *big AUTO_MEM = malloc(n);
	memset(big, ' ', n);
	big[0] = '1';
	json_t *j AUTO_JSON = NULL;
	assert_int_equal(json_parse(big, n, &j, NULL), -EMSGSIZE);
	assert_int_equal(json_parse(big, n - 1, &j, NULL), 0);
}

static void test_json_nul_is_read_only_where_asked_for(void **state)
{
	static const char text[] = "{\"a\\u0000b\":\"\\u0000\"}";
	json_t *j AUTO_JSON = NULL;
	assert_int_equal(json_parse(text, strlen(text), &j, NULL), -EBADMSG);
	assert_int_equal(json_parse_with(text, strlen(text), JSON_IN_NUL, &j, NULL), 0);
	assert_int_equal(json_string_length(json_object_getn(j, "a\0b", 3)), 1);
	char *back AUTO_MEM = json_text(j, JSON_OUT_COMPACT);
	assert_string_equal(back, text);
}

static void test_json_is_written_sorted_and_pretty(void **state)
{
	static const char text[] = "{\"b\":[1,{\"d\":2,\"c\":{}}],\"a\":[],\"ab\":null}";
	json_t *j AUTO_JSON = NULL;
	assert_int_equal(json_parse(text, strlen(text), &j, NULL), 0);
	char *sorted AUTO_MEM = json_text(j, JSON_OUT_SORTED), *pretty AUTO_MEM = json_text(j, JSON_OUT_PRETTY);
	assert_string_equal(sorted, "{\"a\":[],\"ab\":null,\"b\":[1,{\"c\":{},\"d\":2}]}");
	assert_string_equal(pretty, "{\n  \"b\": [\n    1,\n    {\n      \"d\": 2,\n      \"c\": {}\n    }\n  ],\n"
				    "  \"a\": [],\n  \"ab\": null\n}");
}

static void test_json_writer_refuses_what_json_cannot_say(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out o;
	json_out_init(&o, &b);
	json_out_number(&o, NAN);
	assert_false(strbuf_ok(&b));
	strbuf_clear(&b);
	json_t *bad AUTO_JSON = json_stringn_nocheck("a\xff\xe2\x82z", 5);
	assert_int_equal(json_write(&b, bad, 0), 0);
	assert_string_equal(b.s, "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
}

static void test_json_out_builds_text_without_a_tree(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out o;
	json_t *tree AUTO_JSON = json_pack("[i]", 9);
	json_out_init(&o, &b);
	json_out_object_begin(&o);
	json_out_key(&o, "s");
	json_out_string(&o, "a\"b");
	json_out_key(&o, "none");
	json_out_string(&o, NULL);
	json_out_key(&o, "list");
	json_out_array_begin(&o);
	json_out_int(&o, -5);
	json_out_number(&o, 2);
	json_out_bool(&o, true);
	json_out_array_begin(&o);
	json_out_array_end(&o);
	json_out_object_begin(&o);
	json_out_object_end(&o);
	json_out_array_end(&o);
	json_out_key(&o, "tree");
	json_out_json(&o, tree);
	json_out_key(&o, "raw");
	json_out_raw(&o, "{\"x\":1}", 7);
	json_out_object_end(&o);
	assert_true(strbuf_ok(&b));
	assert_string_equal(b.s, "{\"s\":\"a\\\"b\",\"none\":null,\"list\":[-5,2.0,true,[],{}],"
				 "\"tree\":[9],\"raw\":{\"x\":1}}");
}

static void test_json_getters_check_types(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"i\":3,\"d\":2.5,\"b\":true,\"o\":{},\"l\":[],\"n\":null}";
	json_t *j AUTO_JSON = NULL, *sub = NULL;
	assert_int_equal(json_parse(text, strlen(text), &j, NULL), 0);
	struct err e = ERR_INIT;
	const char *s = NULL;
	int64_t i = 0;
	double d = 0;
	assert_int_equal(json_get_string(j, "s", &s, &e), 0);
	assert_string_equal(s, "x");
	assert_int_equal(json_get_int(j, "i", &i, &e), 0);
	assert_int_equal(i, 3);
	assert_int_equal(json_get_number(j, "i", &d, &e), 0);
	assert_true(d == 3);
	assert_int_equal(json_get_object(j, "o", &sub, &e), 0);
	assert_int_equal(json_get_array(j, "l", &sub, &e), 0);

	assert_int_equal(json_get_string(j, "i", &s, &e), -EINVAL);
	assert_string_equal(e.field, "i");
	assert_string_equal(e.msg, "'i' must be a string, not an integer");
	assert_int_equal(json_get_int(j, "d", &i, &e), -EINVAL);
	assert_int_equal(json_get_number(j, "missing", &d, &e), -ENOENT);
	assert_string_equal(e.msg, "'missing' is missing");
	assert_int_equal(json_get_object(j, "l", &sub, &e), -EINVAL);
	assert_int_equal(json_get_array(j, "o", &sub, &e), -EINVAL);

	assert_int_equal(json_get_int_or(j, "n", 42, &i, &e), 0);
	assert_int_equal(i, 42);
	assert_int_equal(json_get_string_or(j, "missing", "def", &s, &e), 0);
	assert_string_equal(s, "def");
	assert_int_equal(json_get_number_or(j, "d", 1, &d, &e), 0);
	assert_true(d == 2.5);
	assert_int_equal(json_get_number_or(j, "s", 1, &d, &e), -EINVAL);
}

static void test_json_file_errors_name_the_file(void **state)
{
	char *dir AUTO_MEM = NULL;
	assert_int_equal(fs_temp_dir(NULL, "test-json", &dir, NULL), 0);
	char *path AUTO_MEM = fs_join(dir, "x.json");
	assert_int_equal(fs_write_atomic(path, "[1,\n x]", 7, 0600, NULL), 0);
	struct err e = ERR_INIT;
	json_t *j AUTO_JSON = NULL;
	assert_int_equal(json_parse_file(path, &j, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "x.json: 2:2: expected a value"));
	assert_int_equal(fs_write_atomic(path, "[1]", 3, 0600, NULL), 0);
	assert_int_equal(json_parse_file(path, &j, &e), 0);
	assert_int_equal(fs_remove_tree(dir, NULL), 0);
}

static json_t *random_tree(struct rng *r, int depth)
{
	char s[24];
	switch (rng_below(r, depth > 0 ? 8 : 6)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(rng_below(r, 2));
	case 2:
		return json_integer((json_int_t)(rng_next(r) >> rng_below(r, 64)));
	case 3:
		return json_real(((double)rng_range(r, -1000000, 1000000)) / 997);
	case 4:
	case 5: {
		size_t n = rng_below(r, sizeof(s));
		for (size_t i = 0; i < n; i++)
			s[i] = (char)rng_range(r, 1, 127);
		return json_stringn(s, n);
	}
	case 6: {
		json_t *a = json_array();
		for (uint64_t n = rng_below(r, 5); n > 0; n--)
			json_array_append_new(a, random_tree(r, depth - 1));
		return a;
	}
	default: {
		json_t *o = json_object();
		for (uint64_t n = rng_below(r, 5); n > 0; n--) {
			(void)snprintf(s, sizeof(s), "k\n%d", (int)rng_below(r, 100));
			json_object_set_new(o, s, random_tree(r, depth - 1));
		}
		return o;
	}
	}
}

/* jansson judges: it reads what we write, we read what it writes. */
static void test_json_random_trees_agree_with_jansson(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < 3000; i++) {
		json_t *tree AUTO_JSON = random_tree(&r, 5), *back AUTO_JSON = NULL, *theirs AUTO_JSON = NULL;
		unsigned flags = (unsigned)rng_below(&r, 4);
		char *ours AUTO_MEM = json_text(tree, flags), *dumped AUTO_MEM = json_dumps(tree, JSON_ENCODE_ANY);
		theirs = json_loads(ours, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
		assert_true(json_equal(tree, theirs));
		assert_int_equal(json_parse(dumped, strlen(dumped), &back, NULL), 0);
		assert_true(json_equal(tree, back));
	}
}

/* Whatever is cut out of or changed in a good text is read or refused alike by jansson and by us. */
static void test_json_mutated_texts_are_judged_as_jansson_does(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < 20000; i++) {
		json_t *tree AUTO_JSON = random_tree(&r, 3), *ours AUTO_JSON = NULL, *theirs AUTO_JSON = NULL;
		char *text AUTO_MEM = json_text(tree, 0);
		size_t n = strlen(text);
		if (rng_below(&r, 2))
			n = rng_below(&r, n + 1);
		else if (n)
			text[rng_below(&r, n)] = "{}[]\",:0123456789.eE+-\\ untf/b\x01\x80\xc3"[rng_below(&r, 33)];
		theirs = json_loadb(text, n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
		int code = json_parse(text, n, &ours, NULL);
		if ((code == 0) != (theirs != NULL))
			fail_msg("'%.*s': ours %d, theirs %s", (int)n, text, code, theirs ? "accepts" : "refuses");
		if (code == 0)
			assert_true(json_equal(ours, theirs));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_texts_are_read_and_written),
		cmocka_unit_test(test_json_errors_say_where_and_what),
		cmocka_unit_test(test_json_nesting_is_bounded),
		cmocka_unit_test(test_json_size_is_bounded),
		cmocka_unit_test(test_json_nul_is_read_only_where_asked_for),
		cmocka_unit_test(test_json_is_written_sorted_and_pretty),
		cmocka_unit_test(test_json_writer_refuses_what_json_cannot_say),
		cmocka_unit_test(test_json_out_builds_text_without_a_tree),
		cmocka_unit_test(test_json_getters_check_types),
		cmocka_unit_test(test_json_file_errors_name_the_file),
		cmocka_unit_test(test_json_random_trees_agree_with_jansson),
		cmocka_unit_test(test_json_mutated_texts_are_judged_as_jansson_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
