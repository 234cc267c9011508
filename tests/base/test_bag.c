#include "base/bag.h"

#include "../check.h"
#include "../seed.h"

#include "base/mem.h"

#include <string.h>

static struct bag_text text(const char *s)
{
	return (struct bag_text){s, strlen(s)};
}

static void test_bag_tells_what_came_and_what_went(void **state)
{
	const struct bag_text was[] = {text("a"), text("b"), text("a"), text("c")};
	const struct bag_text now[] = {text("c"), text("d"), text("a"), text("d")};
	const bool wanted_gone[] = {false, true, true, false}, wanted_new[] = {false, true, false, true};
	bool gone[COUNT_OF(was)], came[COUNT_OF(now)];
	assert_int_equal(bag_compare(was, COUNT_OF(was), now, COUNT_OF(now), gone, came), 0);
	assert_memory_equal(gone, wanted_gone, sizeof(gone));
	assert_memory_equal(came, wanted_new, sizeof(came));
	assert_int_equal(bag_compare(NULL, 0, now, COUNT_OF(now), gone, came), 0);
	assert_true(came[0] && came[1] && came[2] && came[3]);
	assert_int_equal(bag_compare(was, COUNT_OF(was), NULL, 0, gone, came), 0);
	assert_true(gone[0] && gone[1] && gone[2] && gone[3]);
	assert_int_equal(bag_compare(NULL, 0, NULL, 0, gone, came), 0);
}

/* Of a few different texts at random: what stays and what came is what is there now, counted one by one. */
static void test_bag_agrees_with_counting(void **state)
{
	enum { ROUNDS = 500, MOST = 24 };
	static const char *const words[] = {"", "a", "b", "ab", "ba", "{\"a\":1}"};
	uint64_t seed = seed_start();
	for (int round = 0; round < ROUNDS; round++) {
		struct bag_text was[MOST], now[MOST];
		bool gone[MOST], came[MOST];
		size_t n_was = seed_below(&seed, MOST + 1), n_now = seed_below(&seed, MOST + 1);
		for (size_t i = 0; i < n_was; i++)
			was[i] = text(words[seed_below(&seed, COUNT_OF(words))]);
		for (size_t i = 0; i < n_now; i++)
			now[i] = text(words[seed_below(&seed, COUNT_OF(words))]);
		assert_int_equal(bag_compare(was, n_was, now, n_now, gone, came), 0);
		for (size_t w = 0; w < COUNT_OF(words); w++) {
			int n_gone = 0, n_came = 0, more = 0;
			for (size_t i = 0; i < n_was; i++)
				if (strcmp(was[i].s, words[w]) == 0)
					more--, n_gone += gone[i];
			for (size_t i = 0; i < n_now; i++)
				if (strcmp(now[i].s, words[w]) == 0)
					more++, n_came += came[i];
			assert_int_equal(n_came - n_gone, more);
			assert_true(n_came == 0 || n_gone == 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bag_tells_what_came_and_what_went),
		cmocka_unit_test(test_bag_agrees_with_counting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
