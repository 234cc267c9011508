#include "../seed.h"
#include "../check.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/str.h"
#include "timeline/ptree.h"

struct item {
	int key, refs;
	double reach;
};

enum { N_KEYS = 200, N_STEPS = 3000 };

static int compare(const void *a, const void *b)
{
	return ((const struct item *)a)->key - ((const struct item *)b)->key;
}

static void *ref(void *p)
{
	((struct item *)p)->refs++;
	return p;
}

static void unref(void *p)
{
	((struct item *)p)->refs--;
}

static double reach(const void *p)
{
	return ((const struct item *)p)->reach;
}

static const struct ptree_class cls = { compare, ref, unref, reach };

static int count_reaching(const bool *present, const struct item *items, double min)
{
	int n = 0;
	for (int i = 0; i < N_KEYS; i++)
		n += present[i] && items[i].reach >= min;
	return n;
}

/* From `from` on (-1: all), those that reach so far, in order, and nothing else. */
static void check_cursor(const struct ptree *t, const bool *present, const struct item *items, int from, double min_reach)
{
	struct ptree_cursor c;
	ptree_start(&cls, t, from < 0 ? NULL : &items[from], min_reach, &c);
	for (int i = from < 0 ? 0 : from; i < N_KEYS; i++) {
		if (present[i] && items[i].reach >= min_reach)
			assert_ptr_equal(ptree_next(&cls, &c), &items[i]);
	}
	assert_null(ptree_next(&cls, &c));
	assert_null(ptree_next(&cls, &c));
}

static void test_a_tree_holds_what_a_plain_list_holds(void **state)
{
	struct item items[N_KEYS];
	bool present[N_KEYS] = { false };
	struct rng r;
	struct ptree *t = NULL;
	rng_init(&r, test_seed());
	for (int i = 0; i < N_KEYS; i++)
		items[i] = (struct item){ i, 0, (double)rng_below(&r, 1000) };
	for (int step = 0; step < N_STEPS; step++) {
		int k = (int)rng_below(&r, N_KEYS);
		struct ptree *next = NULL;
		bool add = rng_below(&r, 3) != 0;
		int e = add ? ptree_put(&cls, t, &items[k], &next) : ptree_drop(&cls, t, &items[k], &next);
		assert_int_equal(e, add || present[k] ? 0 : -ENOENT);
		if (e < 0)
			continue;
		assert_true(ptree_is_balanced(next));
		assert_in_range(ptree_unshared(next, t), 0, 40);
		ptree_unref(&cls, t);
		t = next;
		present[k] = add;
		check_cursor(t, present, items, (int)rng_below(&r, N_KEYS + 1) - 1, (double)rng_below(&r, 1000));
		assert_int_equal(ptree_count(t), count_reaching(present, items, -INFINITY));
	}
	ptree_unref(&cls, t);
	for (int i = 0; i < N_KEYS; i++)
		assert_int_equal(items[i].refs, 0);
}

static void test_an_old_tree_stays_as_it_was(void **state)
{
	struct item items[64];
	struct ptree *t = NULL, *old = NULL;
	for (int i = 0; i < 64; i++) {
		items[i] = (struct item){ i, 0, i };
		struct ptree *next = NULL;
		assert_int_equal(ptree_put(&cls, t, &items[i], &next), 0);
		ptree_unref(&cls, t);
		t = next;
		if (i == 31)
			old = ptree_ref(t);
	}
	assert_int_equal(ptree_count(old), 32);
	assert_null(ptree_get(&cls, old, &items[40]));
	assert_ptr_equal(ptree_get(&cls, t, &items[40]), &items[40]);
	ptree_unref(&cls, t);
	ptree_unref(&cls, old);
	assert_int_equal(items[0].refs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tree_holds_what_a_plain_list_holds),
		cmocka_unit_test(test_an_old_tree_stays_as_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
