#include "base/map.h"
#include "base/rng.h"

#include "../check.h"
#include "../seed.h"

#include <stdio.h>
#include <string.h>

#define N_KEYS 300

/* The naive model: a slot a key, with the moment it was first put there. */
struct model {
	void *values[N_KEYS];
	unsigned since[N_KEYS];
};

static void key_name(char ret[24], size_t i)
{
	(void)snprintf(ret, 24, "key-%zu", i);
}

static void check_same(const struct map *m, const struct model *model)
{
	size_t n = 0, at = 0, seen = 0;
	for (size_t i = 0; i < N_KEYS; i++) {
		char key[24];
		key_name(key, i);
		assert_ptr_equal(map_get(m, key), model->values[i]);
		assert_int_equal(map_has(m, key), model->values[i] != NULL);
		n += model->values[i] != NULL;
	}
	assert_int_equal(map_count(m), n);

	const char *key;
	void *value;
	unsigned last = 0;
	while (map_next(m, &at, &key, &value)) {
		size_t i = 0;
		assert_int_equal(sscanf(key, "key-%zu", &i), 1);
		assert_ptr_equal(value, model->values[i]);
		assert_true(model->since[i] > last);
		last = model->since[i];
		seen++;
	}
	assert_int_equal(seen, n);
}

static void test_map_behaves_like_a_naive_table(void **state)
{
	static int things[N_KEYS];
	struct rng r;
	rng_init(&r, test_seed());
	AUTO(map) m = map_new();
	struct model model = { { NULL }, { 0 } };
	for (unsigned step = 1; step <= 20000; step++) {
		size_t i = rng_below(&r, N_KEYS);
		char key[24];
		key_name(key, i);
		if (rng_below(&r, 100) < (step / 4000 % 2 ? 35 : 65)) {
			void *old, *value = &things[rng_below(&r, N_KEYS)];
			assert_int_equal(map_set(m, key, value, &old), 0);
			assert_ptr_equal(old, model.values[i]);
			if (!model.values[i])
				model.since[i] = step;
			model.values[i] = value;
		} else {
			assert_ptr_equal(map_remove(m, key), model.values[i]);
			model.values[i] = NULL;
		}
		if (step % 500 == 0)
			check_same(m, &model);
	}
	map_clear(m);
	memset(&model, 0, sizeof(model));
	check_same(m, &model);
}

static void test_map_allows_removal_while_visiting(void **state)
{
	AUTO(map) m = map_new();
	static int x;
	for (size_t i = 0; i < 100; i++) {
		char key[24];
		key_name(key, i);
		assert_int_equal(map_set(m, key, &x, NULL), 0);
	}
	size_t at = 0, n = 0;
	const char *key;
	while (map_next(m, &at, &key, NULL)) {
		char copy[24];
		(void)snprintf(copy, sizeof(copy), "%s", key);
		if (n++ % 2)
			assert_ptr_equal(map_remove(m, copy), &x);
	}
	assert_int_equal(n, 100);
	assert_int_equal(map_count(m), 50);
}

static void test_map_keys_may_hold_any_bytes(void **state)
{
	AUTO(map) m = map_new();
	static int a, b;
	assert_int_equal(map_setn(m, "x\0y", 3, &a, NULL), 0);
	assert_int_equal(map_setn(m, "x\0z", 3, &b, NULL), 0);
	assert_ptr_equal(map_getn(m, "x\0y", 3), &a);
	assert_ptr_equal(map_getn(m, "x\0z", 3), &b);
	assert_null(map_get(m, "x"));
}

static int n_freed;

static void count_free(void *value)
{
	n_freed++;
}

static void test_map_frees_its_values_when_asked(void **state)
{
	struct map *m = map_new();
	static int x;
	map_set(m, "a", &x, NULL);
	map_set(m, "b", &x, NULL);
	map_remove(m, "a");
	n_freed = 0;
	map_free_with(m, count_free);
	assert_int_equal(n_freed, 1);
	map_free_with(NULL, count_free);
	map_free(NULL);
}

/* The same text hashes apart under another key: nobody can prepare collisions. */
static void test_map_hash_depends_on_its_key(void **state)
{
	static const uint64_t k1[2] = { 1, 2 }, k2[2] = { 1, 3 };
	assert_int_not_equal(map_hash(k1, "hello", 5), map_hash(k2, "hello", 5));
	assert_int_equal(map_hash(k1, "hello", 5), map_hash(k1, "hello", 5));
	int same_low_bits = 0;
	for (int i = 0; i < 4096; i++) {
		char key[24];
		key_name(key, (size_t)i);
		same_low_bits += (map_hash(k1, key, strlen(key)) & 1023) == (map_hash(k2, key, strlen(key)) & 1023);
	}
	assert_true(same_low_bits < 30); /* 4 are to be expected */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_behaves_like_a_naive_table),
		cmocka_unit_test(test_map_allows_removal_while_visiting),
		cmocka_unit_test(test_map_keys_may_hold_any_bytes),
		cmocka_unit_test(test_map_frees_its_values_when_asked),
		cmocka_unit_test(test_map_hash_depends_on_its_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
