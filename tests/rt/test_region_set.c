#include "rig.h"

#include "../seed.h"

#include "rt/region_set.h"

#include <errno.h>
#include <string.h>

enum { MODEL = 300 };

static struct region *region_of(const struct rt_heap *heap, uint64_t id, double start, double beats)
{
	struct region *r;
	const struct region_spec spec = { .id = id, .start_beat = start, .duration_beats = beats };
	assert_int_equal(region_new(heap, &spec, &r, NULL), 0);
	return r;
}

static void agree(const struct region_set *set, struct region *const *model, uint32_t n, uint64_t *seed)
{
	const struct region *found[MODEL];
	double from = seed_unit(seed) * 100, to = from + seed_unit(seed) * 20;
	uint32_t want = 0, got = region_set_overlapping(set, from, to, found, MODEL);
	const struct region *next = NULL;
	for (uint32_t i = 0; i < n; i++) {
		const struct region_spec *s = &model[i]->spec;
		want += s->start_beat < to && s->start_beat + s->duration_beats > from;
		bool after = s->start_beat >= from;
		if (after && (!next || s->start_beat < next->spec.start_beat ||
			      (s->start_beat == next->spec.start_beat && s->id < next->spec.id)))
			next = model[i];
		assert_ptr_equal(region_set_find(set, (struct region_key){ s->start_beat, s->id }), model[i]);
	}
	assert_int_equal(region_set_size(set), n);
	assert_int_equal(got, want);
	for (uint32_t i = 1; i < got; i++)
		assert_true(found[i - 1]->spec.start_beat <= found[i]->spec.start_beat);
	assert_ptr_equal(region_set_at_or_after(set, (struct region_key){ from, 0 }), next);
}

static void test_a_set_agrees_with_a_plain_list(void **state)
{
	uint64_t seed = seed_start();
	struct failing f = { -1, 0 };
	const struct rt_heap heap = FAILING_HEAP(&f);
	struct region *model[MODEL];
	struct region_set *set = NULL, *next;
	uint32_t n = 0;
	for (uint64_t step = 1; step <= 1500; step++) {
		if (n < MODEL && seed_below(&seed, 5) >= (n > 150 ? 3 : 1)) {
			double start = seed_below(&seed, 400) / 4.0;
			model[n] = region_of(&heap, step, start, 0.1 + seed_unit(&seed) * 9);
			assert_int_equal(region_set_insert(set, &heap, model[n], &next), 0);
			n++;
		} else if (n) {
			uint32_t i = seed_below(&seed, n);
			const struct region_spec *s = &model[i]->spec;
			assert_int_equal(region_set_remove(set, &heap, (struct region_key){ s->start_beat, s->id }, &next), 0);
			region_unref(model[i]);
			model[i] = model[--n];
		} else {
			continue;
		}
		/* one path is new: its nodes and those that a rotation adds */
		assert_true(region_set_unshared(next, set) <= 3 * 12);
		region_set_unref(set);
		set = next;
		agree(set, model, n, &seed);
	}
	while (n)
		region_unref(model[--n]);
	region_set_unref(set);
	assert_int_equal(f.live, 0);
}

static void test_an_edit_of_ten_thousand_regions_costs_one_path(void **state)
{
	const struct rt_heap heap = RT_HEAP_MALLOC;
	struct region_set *set = NULL, *next;
	for (uint64_t id = 1; id <= 10000; id++) {
		struct region *r = region_of(&heap, id, (double)id, 4);
		assert_int_equal(region_set_insert(set, &heap, r, &next), 0);
		if (id == 10000)
			assert_true(region_set_unshared(next, set) <= 24);
		region_unref(r);
		region_set_unref(set);
		set = next;
	}
	assert_int_equal(region_set_remove(set, &heap, (struct region_key){ 5000, 5000 }, &next), 0);
	assert_true(region_set_unshared(next, set) <= 24);
	assert_int_equal(region_set_size(set), 10000);
	assert_int_equal(region_set_size(next), 9999);
	region_set_unref(set);
	region_set_unref(next);
}

static void test_running_out_of_memory_leaves_the_set_as_it_was(void **state)
{
	struct failing f = { -1, 0 };
	const struct rt_heap heap = FAILING_HEAP(&f);
	struct region_set *set = NULL, *next;
	for (uint64_t id = 1; id <= 60; id++) {
		struct region *r = region_of(&heap, id, (double)((id * 37) % 61), 1);
		assert_int_equal(region_set_insert(set, &heap, r, &next), 0);
		region_unref(r);
		region_set_unref(set);
		set = next;
	}
	struct region *extra = region_of(&heap, 99, 30.5, 1);
	int64_t live = f.live;
	int r = -ENOMEM;
	for (int64_t n = 0; r == -ENOMEM; n++) {
		f.left = n;
		r = region_set_insert(set, &heap, extra, &next);
		assert_true(r == 0 || f.live == live);
	}
	assert_int_equal(r, 0);
	region_set_unref(next);
	r = -ENOMEM;
	for (int64_t n = 0; r == -ENOMEM; n++) {
		f.left = n;
		r = region_set_remove(set, &heap, (struct region_key){ 37, 1 }, &next);
		assert_true(r == 0 || f.live == live);
	}
	assert_int_equal(r, 0);
	region_set_unref(next);
	assert_int_equal(f.live, live);
	region_unref(extra);
	region_set_unref(set);
	assert_int_equal(f.live, 0);
}

static void test_duplicates_and_absentees_are_refused(void **state)
{
	const struct rt_heap heap = RT_HEAP_MALLOC;
	struct region_set *set, *next;
	struct region *r = region_of(&heap, 1, 2, 3);
	assert_int_equal(region_set_insert(NULL, &heap, r, &set), 0);
	assert_int_equal(region_set_insert(set, &heap, r, &next), -EEXIST);
	assert_int_equal(region_set_remove(set, &heap, (struct region_key){ 2, 2 }, &next), -ENOENT);
	assert_int_equal(region_set_remove(set, &heap, (struct region_key){ 2, 1 }, &next), 0);
	assert_null(next);
	region_unref(r);
	region_set_unref(set);
}

static void test_bad_regions_are_refused_by_field(void **state)
{
	const struct rt_heap heap = RT_HEAP_MALLOC;
	struct region *r;
	const char *field = "";
	struct region_spec s = { .id = 1, .start_beat = 0, .duration_beats = 0 };
	assert_int_equal(region_new(&heap, &s, &r, &field), -EINVAL);
	assert_string_equal(field, "duration_beats");
	s.duration_beats = 1;
	s.behaviour = REGION_PLAY_AUDIO;
	assert_int_equal(region_new(&heap, &s, &r, &field), -EINVAL);
	assert_string_equal(field, "audio");
	s.behaviour = REGION_LATENT;
	s.gain = -1;
	assert_int_equal(region_new(&heap, &s, &r, &field), -EINVAL);
	assert_string_equal(field, "gain");
	s.gain = 1;
	s.id = 0;
	assert_int_equal(region_new(&heap, &s, &r, &field), -EINVAL);
	assert_string_equal(field, "id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_agrees_with_a_plain_list),
		cmocka_unit_test(test_an_edit_of_ten_thousand_regions_costs_one_path),
		cmocka_unit_test(test_running_out_of_memory_leaves_the_set_as_it_was),
		cmocka_unit_test(test_duplicates_and_absentees_are_refused),
		cmocka_unit_test(test_bad_regions_are_refused_by_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
