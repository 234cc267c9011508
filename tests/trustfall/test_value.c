#include "trustfall/value.h"

#include "../check.h"
#include "../seed.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool less(struct tf_value a, struct tf_value b)
{
	int order;
	return tf_value_order(&a, &b, &order) && order < 0;
}

static bool equal(struct tf_value a, struct tf_value b)
{
	bool same = tf_value_equal(&a, &b);
	assert_true(same == tf_value_equal(&b, &a));
	if (same)
		assert_true(tf_value_hash(&a) == tf_value_hash(&b));
	return same;
}

static void test_integers_compare_by_value_across_both_kinds(void **state)
{
	struct tf_value small = {.kind = TF_UINT, .u = 7}, big = tf_uint(UINT64_MAX);
	assert_int_equal(tf_uint(7).kind, TF_INT);
	assert_int_equal(big.kind, TF_UINT);
	assert_true(equal(small, tf_int(7)));
	assert_false(equal(big, tf_int(-1))); /* the same bits */
	assert_true(less(tf_int(-1), big));
	assert_true(less(tf_int(INT64_MAX), big));
	assert_false(less(big, tf_int(INT64_MIN)));
	assert_true(less(tf_int(INT64_MIN), tf_int(INT64_MAX)));
}

static void test_an_int_is_never_a_float_nor_a_null_anything_else(void **state)
{
	int order;
	struct tf_value one = tf_int(1), uno = tf_float(1), null = TF_VALUE_NULL, yes = tf_bool(true);
	assert_false(equal(one, uno));
	assert_false(tf_value_order(&one, &uno, &order));
	assert_true(equal(null, TF_VALUE_NULL));
	assert_false(tf_value_order(&null, &null, &order));
	assert_false(tf_value_order(&null, &one, &order));
	assert_false(tf_value_order(&yes, &yes, &order));
	assert_true(equal(tf_float(0.0), tf_float(-0.0)));
	assert_true(equal(tf_float(NAN), null));
	assert_true(equal(tf_float(INFINITY), null));
	assert_true(equal(tf_string(NULL), null));
}

static void test_strings_order_by_code_point(void **state)
{
	assert_true(less(tf_string("Z"), tf_string("a")));
	assert_true(less(tf_string("a"), tf_string("aa")));
	assert_true(less(tf_string("z"), tf_string("ä")));
	assert_true(less(tf_string("\xef\xbf\xbd"), tf_string("\xf0\x9f\x8e\xb5"))); /* U+FFFD before U+1F3B5 */
	assert_false(less(tf_string("a"), tf_string("a")));
	assert_false(equal(tf_stringn("a\0b", 3), tf_stringn("a\0c", 3)));
	assert_true(equal(tf_stringn("", 0), tf_string("")));
}

static void test_lists_order_by_their_first_difference(void **state)
{
	struct tf_value a[] = {tf_int(1), tf_int(2), tf_int(3)}, b[] = {tf_int(3)}, c[] = {tf_int(1), TF_VALUE_NULL};
	int order;
	assert_true(less(tf_list(a, 3), tf_list(b, 1)));
	assert_true(less(tf_list(a, 2), tf_list(a, 3)));
	assert_true(less(tf_list(a, 0), tf_list(a, 1)));
	struct tf_value left = tf_list(a, 2), right = tf_list(c, 2);
	assert_false(tf_value_order(&left, &right, &order));
	assert_true(equal(tf_list(c, 2), tf_list(c, 2)));
	assert_false(equal(tf_list(a, 2), tf_list(a, 3)));
}

static json_t *parsed(const char *text)
{
	json_t *j = NULL;
	struct err e = ERR_INIT;
	if (json_parse(text, strlen(text), &j, &e) < 0)
		fail_msg("%s", e.msg);
	return j;
}

static void test_json_goes_in_and_comes_out_the_same(void **state)
{
	static const char *const texts[] = {
		"null", "true", "false", "-9223372036854775808", "1.5", "1.0", "\"h\xc3\xa4\"", "[]", "[1,[null,\"x\"],{\"$u64\":\"18446744073709551615\"}]",
	};
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		AUTO(tf_arena) a = tf_arena_new(0);
		AUTO_JSON json_t *in = parsed(texts[i]);
		struct tf_value v, copy;
		assert_int_equal(tf_value_from_json(a, in, &v, NULL), 0);
		assert_int_equal(tf_value_copy(a, &v, &copy), 0);
		assert_true(equal(v, copy));
		AUTO_JSON json_t *out = tf_value_json(&copy);
		assert_true(json_equal(in, out));
		AUTO_STRBUF b = STRBUF_INIT;
		struct json_out o;
		json_out_init(&o, &b);
		tf_value_write(&o, &copy);
		assert_string_equal(b.s, texts[i]);
	}
}

static void test_json_that_is_no_value_is_refused(void **state)
{
	static const char *const texts[] = {
		"{}", "{\"a\":1}", "[{\"a\":1}]", "{\"$u64\":7}", "{\"$u64\":\"\"}", "{\"$u64\":\"-1\"}", "{\"$u64\":\"18446744073709551616\"}",
		"{\"$u64\":\"1\",\"a\":2}",
	};
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		AUTO(tf_arena) a = tf_arena_new(0);
		AUTO_JSON json_t *in = parsed(texts[i]);
		struct tf_value v;
		struct err e = ERR_INIT;
		assert_int_equal(tf_value_from_json(a, in, &v, &e), -EINVAL);
		assert_true(e.msg[0]);
	}
}

static void test_arena_returns_to_a_mark(void **state)
{
	uint64_t seed = seed_start();
	AUTO(tf_arena) a = tf_arena_new(0);
	struct {
		struct tf_mark mark;
		unsigned char *p;
		size_t n;
	} stack[64];
	size_t depth = 0;
	for (int step = 0; step < 20000; step++) {
		if (depth < COUNT_OF(stack) && seed_below(&seed, 2)) {
			size_t n = 1 + seed_below(&seed, seed_below(&seed, 50) ? 200 : 20000);
			stack[depth].mark = tf_arena_mark(a);
			stack[depth].p = tf_arena_take(a, n);
			stack[depth].n = n;
			assert_non_null(stack[depth].p);
			assert_true((uintptr_t)stack[depth].p % 16 == 0);
			memset(stack[depth].p, (int)depth, n);
			depth++;
		} else if (depth) {
			size_t to = seed_below(&seed, (uint32_t)depth);
			for (size_t i = to; i < depth; i++) /* nobody wrote over it */
				assert_true(stack[i].p[0] == i && stack[i].p[stack[i].n - 1] == i);
			tf_arena_return(a, stack[to].mark);
			depth = to;
		}
	}
	tf_arena_return(a, (struct tf_mark){0});
	assert_int_equal(tf_arena_bytes(a), 0);
}

static void test_arena_stops_at_its_bound(void **state)
{
	AUTO(tf_arena) a = tf_arena_new(1000);
	struct tf_mark empty = tf_arena_mark(a);
	assert_non_null(tf_arena_take(a, 900));
	assert_false(tf_arena_full(a));
	assert_null(tf_arena_take(a, 200));
	assert_true(tf_arena_full(a));
	assert_null(tf_arena_take(a, SIZE_MAX));
	assert_null(tf_arena_take(a, SIZE_MAX - 64));
	assert_null(tf_arena_text(a, "", SIZE_MAX));
	tf_arena_return(a, empty);
	assert_false(tf_arena_full(a));
	assert_non_null(tf_arena_take(a, 900));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers_compare_by_value_across_both_kinds),
		cmocka_unit_test(test_an_int_is_never_a_float_nor_a_null_anything_else),
		cmocka_unit_test(test_strings_order_by_code_point),
		cmocka_unit_test(test_lists_order_by_their_first_difference),
		cmocka_unit_test(test_json_goes_in_and_comes_out_the_same),
		cmocka_unit_test(test_json_that_is_no_value_is_refused),
		cmocka_unit_test(test_arena_returns_to_a_mark),
		cmocka_unit_test(test_arena_stops_at_its_bound),
	};
	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
