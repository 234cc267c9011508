/*
 * test_memory.c - every constructor and parser of lib/base with its first, second, third ... allocation failing, until
 * one run gets through: each failure is -ENOMEM (or NULL), and the leak checker of the sanitizer build sees nothing.
 */
#include "base/bag.h"
#include "base/config.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/map.h"
#include "base/toml.h"

#include "../check.h"
#include "../starve.h"

#include <stdio.h>
#include <string.h>

static int work_map(void *arg, struct err *err)
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

static int work_bag(void *arg, struct err *err)
{
	static const struct bag_text was[] = {{"a", 1}, {"b", 1}, {"a", 1}}, now[] = {{"c", 1}, {"a", 1}};
	bool gone[3], came[2];
	return bag_compare(was, 3, now, 2, gone, came);
}

static int work_json(void *arg, struct err *err)
{
	static const char text[] = "{\"a\":[1,2.5,\"x\\ny\",null],\"k\\ney\":{\"b\":\"a string of some length\"},"
				   "\"1234567890123456789012345678901234567890\":0.12345678901234567890123456789}";
	json_t *j AUTO_JSON = NULL;
	int r = json_parse(text, sizeof(text) - 1, &j, err);
	if (r < 0)
		return err->code == r ? r : -EINVAL;
	char *a AUTO_MEM = json_text(j, JSON_OUT_SORTED), *b AUTO_MEM = a ? json_text(j, JSON_OUT_PRETTY) : NULL;
	return a && b ? 0 : -ENOMEM;
}

static int work_toml(void *arg, struct err *err)
{
	AUTO_STRBUF text = STRBUF_INIT;
	strbuf_adds(&text, "a.b = 'x'\nc = [1_0, 2.5, {d = \"\"\"\ny\\u00e9\"\"\"}]\n[[e]]\nf = 1979-05-27\n[[e]]\n[g.h]\n");
	for (int i = 0; i < 20; i++)
		strbuf_addf(&text, "k%d = 0x1\n", i);
	if (!strbuf_ok(&text))
		return -ENOMEM;
	AUTO(toml) t = NULL;
	int r = toml_parse(text.s, text.n, &t, err);
	return r < 0 && err->code != r ? -EINVAL : r;
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

static int work_config(void *arg, struct err *err)
{
	const struct config_setup setup = {
		.program = "prog", .keys = keys, .n_keys = COUNT_OF(keys), .etc_dir = config_dir, .user_dir = "",
		.project_file = "", .env = env, .argc = COUNT_OF(args), .argv = args,
	};
	AUTO(config) c = NULL;
	int r = config_load(&setup, &c, err);
	return r < 0 && err->code != r ? -EINVAL : r;
}

static void test_map_survives_each_allocation_failing(void **state)
{
	(void)starve_exhaust(STARVE_ONE, "bag", false, work_bag, NULL);
	assert_true(starve_exhaust(STARVE_ONE, "map", false, work_map, NULL) > 100);
}

static void test_json_survives_each_allocation_failing(void **state)
{
		long n = starve_exhaust(STARVE_ONE, "json", false, work_json, NULL);
	assert_true(n > 20);
}

static void test_toml_survives_each_allocation_failing(void **state)
{
	assert_true(starve_exhaust(STARVE_ONE, "toml", false, work_toml, NULL) > 60);
}

static void test_config_survives_each_allocation_failing(void **state)
{
	assert_int_equal(fs_temp_dir(NULL, "test-memory", &config_dir, NULL), 0);
	char *path AUTO_MEM = fs_join(config_dir, "a.toml");
	static const char text[] = "[a]\ns = 'y'\nl = ['q']\n";
	assert_int_equal(fs_write_atomic(path, text, sizeof(text) - 1, 0600, NULL), 0);
	long n = starve_exhaust(STARVE_ONE, "config", false, work_config, NULL);
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
	json_set_alloc_funcs(malloc, free); /* ours: those of shared libraries are not starved */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
