/*
 * test_query_memory.c - what holler query prints, with its first, second, third ... allocation failing: nothing that is left out
 * goes unnoticed.
 */
#include "query_errors.h"
#include "query_table.h"

#include "../check.h"
#include "../starve.h"

#include <string.h>

static json_t *columns, *rows, *errors;

static int work_table(void *arg, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	const size_t *width = arg;
	int r = query_table_draw(columns, rows, *width, &b);
	if (r == 0 && !strstr(b.s, "and here the end"))
		return -EINVAL;
	return r;
}

static int work_errors(void *arg, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	int r = query_errors_draw(errors, "{ a {\n\tb }", &b);
	return r < 0 || strstr(b.s, "= a hint") || strstr(b.s, "and more") ? r : -EINVAL;
}

static int setup(void **state)
{
	columns = json_pack("[{s:s,s:s},{s:s,s:s}]", "name", "x", "type", "Int", "name", "y", "type", "[String]");
	rows = json_pack("[{s:i,s:[s,s]},{s:n,s:[s]}]", "x", 1, "y", "a long text, with a comma", "b", "x", "y", "and here the end");
	errors = json_pack("[{s:s,s:s,s:i,s:i,s:s,s:s}]", "stage", "parse", "kind", "X", "line", 2, "column", 2, "message", "m", "hint",
			   "a hint");
	return columns && rows && errors ? 0 : -1;
}

static int teardown(void **state)
{
	json_decref(columns);
	json_decref(rows);
	json_decref(errors);
	return 0;
}

static void test_tables_survive_each_allocation_failing(void **state)
{
	size_t widths[] = {0, 60, 8};
	for (size_t i = 0; i < COUNT_OF(widths); i++)
		(void)starve_exhaust(STARVE_ALL_FROM, "table", false, work_table, &widths[i]);
}

static void test_mistakes_survive_each_allocation_failing(void **state)
{
	(void)starve_exhaust(STARVE_ALL_FROM, "errors", true, work_errors, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_survive_each_allocation_failing),
		cmocka_unit_test(test_mistakes_survive_each_allocation_failing),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
