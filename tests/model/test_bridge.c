#include "model/bridge.h"

#include "base/mem.h"
#include "tunes.h"

#include "../check.h"

#include <stdio.h>
#include <string.h>

static struct bridge_params defaults(void)
{
	struct bridge_params p;
	assert_int_equal(model_params_read(&bridge_table, NULL, &p, NULL), 0);
	return p;
}

static struct score *lead_over(const struct score *from, const struct score *to, const struct bridge_params *p, uint64_t seed,
			       struct bridge_report *ret)
{
	struct err err = ERR_INIT;
	struct score *s = NULL;
	if (bridge_make(from, to, p, seed, NULL, &s, ret, &err) < 0)
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.msg);
	return s;
}

static bool same(const struct score *a, const struct score *b)
{
	size_t n = 0, m = 0;
	struct note AUTO_MEM *x = score_merge_notes(a, &n);
	struct note AUTO_MEM *y = score_merge_notes(b, &m);
	bool equal = n == m;
	for (size_t i = 0; equal && i < n; i++)
		equal = x[i].start_beats == y[i].start_beats && x[i].pitch == y[i].pitch &&
			x[i].duration_beats == y[i].duration_beats;
	return equal;
}

static void test_a_bridge_has_the_bars_asked_for_and_both_pieces_decide_it(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) waltz = tune_waltz(false);
	AUTO(score) jig = tune_jig();
	struct bridge_params p = defaults();
	struct bridge_report r;
	p.bars = 3;
	AUTO(score) a = lead_over(reel, waltz, &p, 7, &r);
	assert_true(a->end_beats == 12 && r.n_bars == 3 && r.n_notes > 3);
	AUTO(score) again = lead_over(reel, waltz, &p, 7, NULL);
	assert_true(same(a, again));
	AUTO(score) other_seed = lead_over(reel, waltz, &p, 8, NULL);
	assert_false(same(a, other_seed));
	AUTO(score) other_goal = lead_over(reel, jig, &p, 7, NULL);
	assert_false(same(a, other_goal)); /* the second piece matters */
	AUTO(score) other_start = lead_over(jig, waltz, &p, 7, NULL);
	assert_false(same(a, other_start));
}

static void test_bridges_arrive_nearer_than_continuations_do(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) waltz = tune_waltz(false);
	struct bridge_params p = defaults();
	int near = 0;
	for (uint64_t seed = 0; seed < 30; seed++) {
		struct bridge_report r;
		score_free(lead_over(reel, waltz, &p, seed, &r));
		assert_in_range(r.leap, 0, 6);
		near += r.leap <= 2;
	}
	print_message("%d of 30 bridges end within a tone of what they lead to\n", near);
	assert_true(near >= 25); /* by chance it would be 12 */
}

static void test_a_lead_in_comes_before_the_new_bars(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) jig = tune_jig();
	struct bridge_params p = defaults();
	p.bars = 2;
	p.lead_in_bars = 1;
	AUTO(score) s = lead_over(reel, jig, &p, 1, NULL);
	assert_true(s->end_beats == 12);
}

static void test_a_bridge_needs_two_pieces_with_notes(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) empty = score_new();
	struct bridge_params p = defaults();
	struct score *s = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(bridge_make(reel, empty, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_int_equal(bridge_make(empty, reel, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	p.bars = 0;
	assert_int_equal(bridge_make(reel, reel, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "params.bars");
	assert_null(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bridge_has_the_bars_asked_for_and_both_pieces_decide_it),
		cmocka_unit_test(test_bridges_arrive_nearer_than_continuations_do),
		cmocka_unit_test(test_a_lead_in_comes_before_the_new_bars),
		cmocka_unit_test(test_a_bridge_needs_two_pieces_with_notes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
