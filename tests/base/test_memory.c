/*
 * test_memory.c - every constructor and parser of lib/base with its first, second, third ... allocation failing, until
 * one run gets through: each failure is -ENOMEM (or NULL), and the leak checker of the sanitizer build sees nothing.
 */
#include "base/config.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/map.h"
#include "base/toml.h"

#include "../check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The linker sends our library's calls here (--wrap); those of shared libraries stay as they are, except jansson's. */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
int __real_vasprintf(char **ret, const char *fmt, va_list ap);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
int __wrap_vasprintf(char **ret, const char *fmt, va_list ap);

static long left = -1; /* allocations until one fails; below 0: none does */

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

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return fails() ? NULL : __real_strndup(s, n);
}

int __wrap_vasprintf(char **ret, const char *fmt, va_list ap)
{
	if (fails())
		return -1;
	return __real_vasprintf(ret, fmt, ap);
}

static void *jansson_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

/* Runs `work` with allocation 1, 2, 3 ... failing until it succeeds; returns how many runs failed. */
static int run_until_it_succeeds(int (*work)(void))
{
	for (int n = 0; n < 10000; n++) {
		left = n;
		int r = work();
		left = -1;
		if (r == 0)
			return n;
		if (r != -ENOMEM)
			fail_msg("with allocation %d failing: %d, not -ENOMEM", n + 1, r);
	}
	fail_msg("it never succeeds");
	return -1;
}

static int work_map(void)
{
	AUTO(map) m = map_new();
	int r = m ? 0 : -ENOMEM;
	for (int i = 0; i < 100 && r == 0; i++) {
		char key[16];
		(void)snprintf(key, sizeof(key), "%d", i);
		r = map_set(m, key, m, NULL);
		if (map_count(m) != (size_t)i + (r == 0) || map_has(m, key) != (r == 0))
			return -EINVAL;
	}
	return r;
}

static int work_json(void)
{
	static const char text[] = "{\"a\":[1,2.5,\"x\\ny\",null],\"k\\ney\":{\"b\":\"a string of some length\"},"
				   "\"1234567890123456789012345678901234567890\":0.12345678901234567890123456789}";
	json_t *j AUTO_JSON = NULL;
	struct err e = ERR_INIT;
	int r = json_parse(text, sizeof(text) - 1, &j, &e);
	if (r < 0)
		return e.code == r ? r : -EINVAL;
	char *a AUTO_MEM = json_text(j, JSON_OUT_SORTED), *b AUTO_MEM = a ? json_text(j, JSON_OUT_PRETTY) : NULL;
	return a && b ? 0 : -ENOMEM;
}

static int work_toml(void)
{
	AUTO_STRBUF text = STRBUF_INIT;
	strbuf_adds(&text, "a.b = 'x'\nc = [1_0, 2.5, {d = \"\"\"\ny\\u00e9\"\"\"}]\n[[e]]\nf = 1979-05-27\n[[e]]\n[g.h]\n");
	for (int i = 0; i < 20; i++)
		strbuf_addf(&text, "k%d = 0x1\n", i);
	if (!strbuf_ok(&text))
		return -ENOMEM;
	AUTO(toml) t = NULL;
	struct err e = ERR_INIT;
	int r = toml_parse(text.s, text.n, &t, &e);
	return r < 0 && e.code != r ? -EINVAL : r;
}

static const struct config_key keys[] = {
	{ .name = "a.s", .type = CONFIG_STRING, .value = "x" },
	{ .name = "a.p", .type = CONFIG_PATH, .value = "~/x" },
	{ .name = "a.l", .type = CONFIG_LIST, .value = "x,y" },
	{ .name = "a.n", .type = CONFIG_INT },
};
static const char *const env[] = { "HOME=/h", "HOOT_A_N=3", "HOOT_B=1", NULL };
static char *args[] = { (char[]){ "prog" }, (char[]){ "--a-l=z" }, (char[]){ "--a-l=w" }, (char[]){ "arg" } };
static char *config_dir;

static int work_config(void)
{
	const struct config_setup setup = {
		.program = "prog", .keys = keys, .n_keys = COUNT_OF(keys), .etc_dir = config_dir, .user_dir = "",
		.project_file = "", .env = env, .argc = COUNT_OF(args), .argv = args,
	};
	AUTO(config) c = NULL;
	struct err e = ERR_INIT;
	int r = config_load(&setup, &c, &e);
	return r < 0 && e.code != r ? -EINVAL : r;
}

static void test_map_survives_each_allocation_failing(void **state)
{
	assert_true(run_until_it_succeeds(work_map) > 100);
}

static void test_json_survives_each_allocation_failing(void **state)
{
	json_set_alloc_funcs(jansson_malloc, free);
	int n = run_until_it_succeeds(work_json);
	json_set_alloc_funcs(malloc, free);
	assert_true(n > 20);
}

static void test_toml_survives_each_allocation_failing(void **state)
{
	assert_true(run_until_it_succeeds(work_toml) > 60);
}

static void test_config_survives_each_allocation_failing(void **state)
{
	assert_int_equal(fs_temp_dir(NULL, "test-memory", &config_dir, NULL), 0);
	char *path AUTO_MEM = fs_join(config_dir, "a.toml");
	static const char text[] = "[a]\ns = 'y'\nl = ['q']\n";
	assert_int_equal(fs_write_atomic(path, text, sizeof(text) - 1, 0600, NULL), 0);
	int n = run_until_it_succeeds(work_config);
	assert_int_equal(fs_remove_tree(config_dir, NULL), 0);
	free(config_dir);
	assert_true(n > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_survives_each_allocation_failing),
		cmocka_unit_test(test_json_survives_each_allocation_failing),
		cmocka_unit_test(test_toml_survives_each_allocation_failing),
		cmocka_unit_test(test_config_survives_each_allocation_failing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
