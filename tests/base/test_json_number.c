#include "base/json.h"
#include "base/json_number_priv.h"
#include "base/mem.h"
#include "base/rng.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double double_of(uint64_t bits)
{
	double v;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* The naive model: the fewest digits of %.Ne that read back the same. */
static int fewest_digits(double v)
{
	char text[64];
	for (int n = 1; n < 17; n++) {
		(void)snprintf(text, sizeof(text), "%.*e", n - 1, v);
		if (strtod(text, NULL) == v)
			return n;
	}
	return 17;
}

static int significant_digits(const char *s)
{
	char digits[64];
	int n = 0, used = 0;
	for (; *s && *s != 'e'; s++)
		if (*s >= '0' && *s <= '9' && (n || *s != '0'))
			digits[n++] = *s;
	for (int i = 0; i < n; i++)
		if (digits[i] != '0')
			used = i + 1;
	return used;
}

static void check_double(double v)
{
	char s[JSON_DOUBLE_SIZE];
	size_t n = json_format_double(s, v);
	if (n != strlen(s) || n >= JSON_DOUBLE_SIZE)
		fail_msg("%a gives '%s', length %zu", v, s, n);
	double back = strtod(s, NULL);
	if (memcmp(&back, &v, sizeof(v)) != 0)
		fail_msg("%a gives '%s', which reads back as %a", v, s, back);
	if (!strpbrk(s, ".e"))
		fail_msg("%a gives '%s', which looks like an integer", v, s);
	back = json_read_double(s, n);
	if (memcmp(&back, &v, sizeof(v)) != 0)
		fail_msg("our reader takes '%s' for %a instead of %a", s, back, v);
}

static void check_shortest(double v)
{
	char s[JSON_DOUBLE_SIZE], naive[64];
	json_format_double(s, v);
	int want = fewest_digits(v);
	if (significant_digits(s) > want)
		fail_msg("%a gives '%s', but %d digits are enough", v, s, want);
	/* Of the texts of that length it is the nearest, as printf's is. */
	(void)snprintf(naive, sizeof(naive), "%.*e", want - 1, v);
	if (significant_digits(s) == want && significant_digits(naive) == want && strtod(naive, NULL) == v) {
		char ours[64];
		(void)snprintf(ours, sizeof(ours), "%.*e", want - 1, strtod(s, NULL));
		assert_string_equal(ours, naive);
	}
}

static void test_doubles_have_the_text_people_expect(void **state)
{
	static const struct {
		double v;
		const char *text;
	} cases[] = {
		{ 0.0, "0.0" },           { -0.0, "-0.0" },        { 1.0, "1.0" },
		{ -1.5, "-1.5" },         { 0.1, "0.1" },          { 0.3, "0.3" },
		{ 120.0, "120.0" },       { 1e15, "1000000000000000.0" }, { 1e16, "1e+16" },
		{ 1e22, "1e+22" },        { 1e23, "1e+23" },       { 0.0001, "0.0001" },
		{ 0.00001, "1e-5" },      { 1.0 / 3, "0.3333333333333333" }, { 2.0 / 3, "0.6666666666666666" },
		{ 5e-324, "5e-324" },     { 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
		{ 2.225073858507201e-308, "2.225073858507201e-308" },
		{ 9007199254740993.0, "9007199254740992.0" }, { 9007199254740994.0, "9007199254740994.0" },
		{ 123456.789, "123456.789" }, { 44100.0, "44100.0" }, { 0.1 + 0.2, "0.30000000000000004" },
		{ 4.35, "4.35" },         { 9.5367431640625e-07, "9.5367431640625e-7" },
		{ 12345678901234567.0, "1.2345678901234568e+16" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char s[JSON_DOUBLE_SIZE];
		json_format_double(s, cases[i].v);
		assert_string_equal(s, cases[i].text);
		check_double(cases[i].v);
	}
}

static void test_random_bits_read_back_and_are_shortest(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < 300000; i++) {
		double v = double_of(rng_next(&r));
		if (!isfinite(v))
			continue;
		check_double(v);
		if (i % 10 == 0)
			check_shortest(v);
	}
}

static void test_musical_numbers_read_back_and_are_shortest(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < 100000; i++) {
		double v = (double)rng_range(&r, -100000000, 100000000) / (double[]){ 1, 10, 480, 1000, 44100, 1e6 }[i % 6];
		check_double(v);
		if (i % 10 == 0)
			check_shortest(v);
	}
}

static void test_edges_of_every_binade_read_back_and_are_shortest(void **state)
{
	for (uint64_t e = 0; e < 2047; e++) {
		for (int d = -3; d <= 3; d++) {
			double v = double_of((e << 52) + (uint64_t)(int64_t)d);
			if (isfinite(v) && (e > 0 || d >= 0)) {
				check_double(v);
				check_shortest(v);
			}
		}
	}
	for (int e = -323; e <= 308; e++) {
		char s[16];
		(void)snprintf(s, sizeof(s), "1e%d", e);
		check_double(strtod(s, NULL));
		check_shortest(strtod(s, NULL));
	}
}

/* Reading is judged by the C library's strtod, which rounds correctly. */
static void test_any_decimal_is_read_as_the_nearest_double(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < 200000; i++) {
		char s[96];
		int n = 0, digits = (int)rng_range(&r, 1, i % 20 == 0 ? 60 : 20);
		if (rng_below(&r, 2))
			s[n++] = '-';
		s[n++] = (char)('1' + rng_below(&r, 9));
		bool point = false;
		for (int d = 1; d < digits; d++) {
			if (!point && rng_below(&r, 4) == 0) {
				s[n++] = '.';
				point = true;
			}
			s[n++] = (char)('0' + rng_below(&r, 10));
		}
		n += snprintf(s + n, sizeof(s) - (size_t)n, "e%d", (int)rng_range(&r, -340, 310));
		double want = strtod(s, NULL), got = json_read_double(s, (size_t)n);
		if (memcmp(&want, &got, sizeof(want)) != 0)
			fail_msg("'%s' is read as %a, not %a", s, got, want);
	}
}

/* Exactly halfway between two doubles: the even one wins, and one digit more decides otherwise. */
static void test_halfway_decimals_are_rounded_to_even(void **state)
{
	static const char *const texts[] = {
		"9007199254740993.0", "9007199254740993.00000000000000000000000001", "9007199254740995.0",
		"1.00000000000000011102230246251565404236316680908203125",
		"1.00000000000000011102230246251565404236316680908203124",
		"1.00000000000000011102230246251565404236316680908203126",
		"2.4703282292062327208e-324", "2.4703282292062328e-324", "1.7976931348623158e308",
		"1.7976931348623159e308", "0.000000000000000000000000000000000000000000000000000000001e57",
		"100000000000000000000000000000000000000000000000000e-50", "1e-400", "1e999999999", "0e999999999",
		"-0.0", "0.0000000000000000000000000000000000000000",
	};
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		double want = strtod(texts[i], NULL), got = json_read_double(texts[i], strlen(texts[i]));
		if (memcmp(&want, &got, sizeof(want)) != 0)
			fail_msg("'%s' is read as %a, not %a", texts[i], got, want);
	}
}

static void test_integers_have_all_their_digits(void **state)
{
	static const int64_t cases[] = { 0, 1, -1, 9, 10, 99, 100, 101, -999, 1000, 123456789, INT64_MAX, INT64_MIN };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char s[JSON_INT_SIZE + 1], want[32];
		s[json_format_int(s, cases[i])] = '\0';
		(void)snprintf(want, sizeof(want), "%lld", (long long)cases[i]);
		assert_string_equal(s, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doubles_have_the_text_people_expect),
		cmocka_unit_test(test_random_bits_read_back_and_are_shortest),
		cmocka_unit_test(test_musical_numbers_read_back_and_are_shortest),
		cmocka_unit_test(test_edges_of_every_binade_read_back_and_are_shortest),
		cmocka_unit_test(test_any_decimal_is_read_as_the_nearest_double),
		cmocka_unit_test(test_halfway_decimals_are_rounded_to_even),
		cmocka_unit_test(test_integers_have_all_their_digits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
