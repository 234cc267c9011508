#include "model/factor.h"

#include "base/limits.h"

#include "../check.h"
#include "../seed.h"

#include <string.h>

static struct factor *build(const uint32_t *symbols, size_t n)
{
	struct factor *f = NULL;
	struct err err = ERR_INIT;
	if (factor_new(symbols, n, &f, &err) < 0)
		fail_msg("%s", err.msg);
	return f;
}

static struct factor *of_word(const char *word)
{
	uint32_t symbols[64];
	size_t n = strlen(word);
	for (size_t i = 0; i < n; i++)
		symbols[i] = (uint32_t)word[i];
	return build(symbols, n);
}

static bool accepts(const struct factor *f, const uint32_t *word, size_t n)
{
	int64_t state = 0;
	for (size_t i = 0; i < n && state >= 0; i++)
		state = factor_step(f, (size_t)state, word[i]);
	return state >= 0;
}

static void test_factor_is_the_oracle_of_the_published_example(void **state)
{
	/* Allauzen, Crochemore, Raffinot 1999, figure 1: the oracle of abbbaab. */
	AUTO(factor) f = of_word("abbbaab");
	static const struct {
		size_t from;
		char symbol;
		int64_t to;
	} arrows[] = {
		{ 0, 'a', 1 }, { 1, 'b', 2 }, { 2, 'b', 3 }, { 3, 'b', 4 }, { 4, 'a', 5 }, { 5, 'a', 6 }, { 6, 'b', 7 },
		{ 0, 'b', 2 }, { 1, 'a', 6 }, { 2, 'a', 5 }, { 3, 'a', 5 }, /* the others */
		{ 4, 'b', -1 }, { 5, 'b', -1 }, { 6, 'a', -1 }, { 7, 'a', -1 }, { 7, 'b', -1 },
	};
	for (size_t i = 0; i < COUNT_OF(arrows); i++)
		assert_int_equal(factor_step(f, arrows[i].from, (uint32_t)arrows[i].symbol), arrows[i].to);
	assert_int_equal(factor_n_states(f), 8);
	assert_int_equal(factor_n_arrows(f), 11);
	static const int64_t suffix[8] = { -1, 0, 0, 2, 3, 1, 1, 2 };
	static const size_t repeated[8] = { 0, 0, 0, 1, 2, 1, 1, 2 };
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(factor_suffix(f, i), suffix[i]);
		assert_int_equal(factor_repeated(f, i), repeated[i]);
	}
	/* It accepts a little more than the factors: the paper's own example is aba. */
	assert_true(accepts(f, (const uint32_t[]){ 'a', 'b', 'a' }, 3));
	assert_false(accepts(f, (const uint32_t[]){ 'b', 'a', 'b', 'b' }, 4));
}

static bool ends_alike(const uint32_t *s, size_t a, size_t b, size_t n)
{
	return n <= a && n <= b && memcmp(s + a - n, s + b - n, n * sizeof(*s)) == 0;
}

static void test_factor_keeps_the_properties_of_oracles(void **state)
{
	uint64_t seed = seed_start();
	size_t n_longest = 0, n_all = 0;
	for (int round = 0; round < 300; round++) {
		uint32_t s[200];
		size_t n = 1 + seed_below(&seed, 200);
		uint32_t letters = 1 + seed_below(&seed, 6);
		for (size_t i = 0; i < n; i++)
			s[i] = seed_below(&seed, letters) * 1000003u;
		AUTO(factor) f = build(s, n);
		assert_int_equal(factor_n_states(f), n + 1);
		assert_in_range(factor_n_arrows(f), n, 2 * n - 1);
		for (int k = 0; k < 40; k++) { /* every factor is accepted */
			size_t from = seed_below(&seed, (uint32_t)n), length = seed_below(&seed, (uint32_t)(n - from)) + 1;
			assert_true(accepts(f, s + from, length));
		}
		size_t n_back = 0;
		for (size_t i = 1; i <= n; i++) {
			int64_t to = factor_suffix(f, i);
			size_t known = factor_repeated(f, i);
			assert_true(to >= 0 && to < (int64_t)i);
			assert_true(ends_alike(s, i, (size_t)to, known));
			/* Seldom has an earlier place a longer end in common. */
			bool longest = true;
			for (size_t k = 0; k < i && longest; k++)
				longest = !ends_alike(s, i, k, known + 1);
			n_longest += longest;
			n_all++;
		}
		for (size_t i = 0; i <= n; i++) {
			for (int64_t b = factor_first_back(f, i); b >= 0; b = factor_next_back(f, (size_t)b), n_back++)
				assert_int_equal(factor_suffix(f, (size_t)b), i);
			size_t leaps[8], m = factor_leaps(f, i, leaps, COUNT_OF(leaps));
			for (size_t k = 0; k < m; k++)
				assert_int_equal(factor_step(f, i, s[leaps[k] - 1]), leaps[k]);
		}
		assert_int_equal(n_back, n);
	}
	print_message("of %zu repeated ends, %zu are the longest\n", n_all, n_longest);
	assert_true(n_longest * 100 >= n_all * 90);
}

static void test_factor_of_the_longest_sequence_is_quick_and_a_longer_one_is_refused(void **state)
{
	size_t n = LIMIT_MODEL_SLICES;
	uint32_t *s = mem_new_array(n + 1, sizeof(*s));
	assert_non_null(s);
	for (size_t i = 0; i <= n; i++)
		s[i] = (uint32_t)i; /* all different: state 0 has an arrow for each */
	AUTO(factor) f = build(s, n);
	assert_int_equal(factor_n_arrows(f), 2 * n - 1);
	assert_int_equal(factor_step(f, 0, (uint32_t)n - 1), n);
	struct factor *none = NULL;
	assert_int_equal(factor_new(s, n + 1, &none, NULL), -EMSGSIZE);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_factor_is_the_oracle_of_the_published_example),
		cmocka_unit_test(test_factor_keeps_the_properties_of_oracles),
		cmocka_unit_test(test_factor_of_the_longest_sequence_is_quick_and_a_longer_one_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
