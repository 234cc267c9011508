#include "raw_sound.h"

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/rng.h"

#include "../check.h"

#include <stdlib.h>
#include <string.h>

static float value(uint64_t i)
{
	return (float)((i * 2654435761u) % 65521);
}

static uint64_t put(struct raw_sound *r, struct rng *rng, uint64_t total)
{
	static float x[5000];
	uint64_t n = 0;
	while (n < total) {
		size_t now = 1 + (size_t)(rng_below(rng, COUNT_OF(x)));
		for (size_t i = 0; i < now; i++)
			x[i] = value(n + i);
		assert_int_equal(raw_sound_put(r, x, now, NULL), 0);
		n += now;
	}
	return n;
}

static uint64_t get(struct raw_sound *r, struct rng *rng)
{
	static float x[5000];
	uint64_t n = 0;
	for (size_t got = 1; got > 0;) {
		assert_int_equal(raw_sound_get(r, x, 1 + (size_t)(rng_below(rng, COUNT_OF(x))), &got, NULL), 0);
		for (size_t i = 0; i < got; i++)
			assert_true(x[i] == value(n + i));
		n += got;
	}
	return n;
}

static void come_back(uint64_t total)
{
	AUTO_MEM char *dir = NULL;
	assert_int_equal(fs_temp_dir(NULL, "hoot-raw", &dir, NULL), 0);
	AUTO_MEM char *path = fs_join(dir, "raw");
	struct raw_sound r;
	struct rng rng;
	rng_init(&rng, 7);
	raw_sound_init(&r, path);
	uint64_t n = put(&r, &rng, total);
	assert_true((r.fd >= 0) == (n * sizeof(float) > LIMIT_RENDER_KEPT_BYTES));
	assert_false(fs_exists(path)); /* it never has a name for long */
	assert_int_equal(get(&r, &rng), n);
	raw_sound_done(&r);
	assert_int_equal(fs_remove_tree(dir, NULL), 0);
}

static void test_raw_sound_gives_back_what_was_put(void **state)
{
	(void)state;
	come_back(0);
	come_back(1);
	come_back(RAW_SOUND_PIECE + 1);
}

static void test_raw_sound_puts_into_a_file_what_memory_is_not_for(void **state)
{
	(void)state;
	come_back(LIMIT_RENDER_KEPT_BYTES / sizeof(float) + 100000);
}

static void test_raw_sound_says_when_there_is_no_place_for_a_file(void **state)
{
	(void)state;
	static float x[RAW_SOUND_PIECE];
	struct raw_sound r;
	struct err err = ERR_INIT;
	int code = 0;
	raw_sound_init(&r, "/nowhere/raw");
	for (size_t i = 0; i <= LIMIT_RENDER_KEPT_BYTES / sizeof(x) && code == 0; i++)
		code = raw_sound_put(&r, x, COUNT_OF(x), &err);
	assert_int_equal(code, -ENOENT);
	assert_non_null(strstr(err.msg, "/nowhere/raw"));
	raw_sound_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw_sound_gives_back_what_was_put),
		cmocka_unit_test(test_raw_sound_puts_into_a_file_what_memory_is_not_for),
		cmocka_unit_test(test_raw_sound_says_when_there_is_no_place_for_a_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
