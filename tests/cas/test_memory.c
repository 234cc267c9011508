/*
 * Both stores with allocation 1, 2, 3, … failing until they succeed: every failure is reported as
 * such, nothing leaks (the sanitizer build tells), and what is on disk stays good. malloc, calloc
 * and realloc of our own code are wrapped by the linker.
 */
#include "../check.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "cas/cas.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static _Atomic long left = -1; /* allocations until one fails; negative: never */

static bool fails(void)
{
	return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

static int open_put_close(const char *dir, long fail_at, struct err *err)
{
	const struct store_schema *schemas[] = {&cas_schema};
	char *db = fs_join(dir, "test.db"), *root = fs_join(dir, "cas");
	const struct store_options o = {.path = db, .schemas = schemas, .n_schemas = 1};
	struct store *s = NULL;
	struct cas *c = NULL;
	struct cas_info info;
	char *bytes = NULL;
	size_t n;
	left = fail_at;
	int r = store_open(&o, &s, err);
	if (r == 0)
		r = cas_open(root, s, &c, err);
	if (r == 0)
		r = cas_put(c, "small", 5, NULL, &info, err);
	if (r == 0)
		r = cas_load(c, info.hash, 5, &bytes, &n, err);
	left = -1;
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
	long n = 0;
	int r;
	assert_int_equal(fs_temp_dir(NULL, "memory", &dir, NULL), 0);
	while ((r = open_put_close(dir, n, &err)) < 0) {
		if (r != -ENOMEM)
			fail_msg("allocation %ld: %d %s", n, r, err.msg);
		assert_true(++n < 1000);
	}
	print_message("%ld allocations\n", n);
	assert_true(n > 10);
	assert_int_equal(open_put_close(dir, -1, &err), 0);
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
