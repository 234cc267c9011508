/*
 * Both stores with allocation 1, 2, 3, … failing until they succeed: every failure is reported as
 * such, nothing leaks (the sanitizer build tells), and what is on disk stays good.
 */
#include "../check.h"
#include "../starve.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "cas/cas.h"

static int open_put_close(void *arg, struct err *err)
{
	const char *dir = arg;
	const struct store_schema *schemas[] = {&cas_schema};
	char *db = fs_join(dir, "test.db"), *root = fs_join(dir, "cas");
	const struct store_options o = {.path = db, .schemas = schemas, .n_schemas = 1};
	struct store *s = NULL;
	struct cas *c = NULL;
	struct cas_info info;
	char *bytes = NULL;
	size_t n;
	int r = db && root ? store_open(&o, &s, err) : err_set(err, -ENOMEM, "%s", dir);
	if (r == 0)
		r = cas_open(root, s, &c, err);
	if (r == 0)
		r = cas_put(c, "small", 5, NULL, &info, err);
	if (r == 0)
		r = cas_load(c, info.hash, 5, &bytes, &n, err);
	cas_close(c);
	store_close(s);
	free(bytes);
	free(db);
	free(root);
	return r;
}

static void test_every_failing_allocation_is_an_error_and_harms_nothing(void **state)
{
	char *dir = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(fs_temp_dir(NULL, "memory", &dir, NULL), 0);
	/* A put that cannot note what is still to be synced syncs it at once. */
	assert_true(starve_exhaust(STARVE_ONE, "both stores", true, open_put_close, dir) > 10);
	assert_int_equal(open_put_close(dir, &err), 0);
	fs_remove_tree(dir, NULL);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_failing_allocation_is_an_error_and_harms_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
