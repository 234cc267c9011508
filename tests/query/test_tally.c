#include "query/tally.h"

#include "../check.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

static double value(struct query_tally *t, const char *name)
{
	struct query_tally_row rows[QUERY_TALLY_ROWS];
	query_tally_rows(t, rows);
	for (size_t i = 0; i < QUERY_TALLY_ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].value;
	fail_msg("there is no %s", name);
	return -1;
}

static void test_a_full_house_refuses_until_somebody_leaves(void **state)
{
	struct query_tally t;
	struct err err = ERR_INIT;
	query_tally_init(&t, 2);
	assert_int_equal(query_tally_enter(&t, &err), 0);
	assert_int_equal(query_tally_enter(&t, &err), 0);
	assert_int_equal(query_tally_enter(&t, &err), -EBUSY);
	assert_string_equal(err.msg, "2 queries are under way");
	query_tally_leave(&t, 0, false);
	assert_int_equal(query_tally_enter(&t, &err), 0);
	assert_true(value(&t, "queries_total") == 3);
	assert_true(value(&t, "queries_refused_total") == 1);
	assert_true(value(&t, "queries_under_way") == 2);
	query_tally_done(&t);
}

static void test_what_they_took_is_summed_and_the_longest_is_kept(void **state)
{
	static const int64_t took_ms[] = { 3, 8, 5 };
	struct query_tally t;
	query_tally_init(&t, 1);
	for (size_t i = 0; i < COUNT_OF(took_ms); i++) {
		assert_int_equal(query_tally_enter(&t, NULL), 0);
		query_tally_leave(&t, took_ms[i] * NS_PER_MS, i == 1);
	}
	assert_true(value(&t, "query_duration_ms_total") == 16);
	assert_true(value(&t, "query_duration_longest_ms") == 8);
	assert_true(value(&t, "queries_failed_total") == 1);
	assert_true(value(&t, "queries_under_way") == 0);
	query_tally_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_full_house_refuses_until_somebody_leaves),
		cmocka_unit_test(test_what_they_took_is_summed_and_the_longest_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
