#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "timeline/document.h"

enum { N_REGIONS = 90, N_SPANS = 2000, N_BEATS = 64 };

static struct doc_region *region(const char *id, double position, double duration)
{
	AUTO(region_body) body = region_body_new();
	AUTO(region_life) life = region_life_new(LIFE_PLAIN);
	assert_non_null(body);
	assert_non_null(life);
	body->position_beats = position;
	body->duration_beats = duration;
	struct doc_region *r = doc_region_new(id, body, life, 1);
	assert_non_null(r);
	return r;
}

static void put(struct document **d, struct doc_region *r)
{
	struct document *next = NULL;
	assert_int_equal(document_with_region(*d, r->id, r, &next), 0);
	document_unref(*d);
	*d = next;
}

static void mark(struct document **d, const char *id, double position)
{
	struct document *next = NULL;
	AUTO(doc_marker) m = doc_marker_new(id, position, "cue_point", NULL, NULL);
	assert_non_null(m);
	assert_int_equal(document_with_marker(*d, id, m, &next), 0);
	document_unref(*d);
	*d = next;
}

/* Whole beats, so that bounds often lie exactly on an edge; now and then none at all. */
static double bound(uint64_t *r, double none)
{
	uint32_t b = seed_below(r, N_BEATS + 8);
	return b < N_BEATS ? (double)b : none;
}

static struct document *random_document(uint64_t *r)
{
	struct document *d = document_new();
	for (int i = 0; i < N_REGIONS; i++) {
		char id[16];
		snprintf(id, sizeof(id), "r%u", seed_below(r, 1000));
		AUTO(doc_region) made = region(id, (double)seed_below(r, N_BEATS), 1 + (double)seed_below(r, 8));
		put(&d, made);
		mark(&d, id, (double)seed_below(r, N_BEATS));
	}
	return d;
}

static bool region_in(const struct region_span *s, const struct doc_region *r)
{
	return r->body->position_beats >= s->begins_from && r->body->position_beats <= s->begins_to &&
	       doc_region_end(r) >= s->ends_from;
}

static void check_regions(const struct document *d, const struct region_span *s)
{
	struct document_cursor all, some;
	const struct doc_region *r, *last = NULL;
	size_t n = 0;
	document_regions_start(d, REGION_SPAN_ALL, &all);
	document_regions_start(d, *s, &some);
	while ((r = document_regions_next(&all))) {
		if (last)
			assert_true(r->body->position_beats > last->body->position_beats ||
				    (r->body->position_beats == last->body->position_beats && strcmp(r->id, last->id) > 0));
		last = r;
		n++;
		if (region_in(s, r))
			assert_ptr_equal(document_regions_next(&some), r);
	}
	assert_null(document_regions_next(&some));
	assert_int_equal(n, document_n_regions(d));
}

static void check_markers(const struct document *d, double from, double to)
{
	struct document_cursor all, some;
	const struct doc_marker *m;
	size_t n = 0;
	document_markers_start(d, -INFINITY, INFINITY, &all);
	document_markers_start(d, from, to, &some);
	while ((m = document_markers_next(&all))) {
		n++;
		if (m->position_beats >= from && m->position_beats <= to)
			assert_ptr_equal(document_markers_next(&some), m);
	}
	assert_null(document_markers_next(&some));
	assert_int_equal(n, document_n_markers(d));
}

static void test_a_cursor_gives_what_lies_within_its_bounds(void **state)
{
	uint64_t r = seed_start();
	AUTO(document) d = random_document(&r);
	for (int i = 0; i < N_SPANS; i++) {
		const struct region_span s = { bound(&r, -INFINITY), bound(&r, INFINITY), bound(&r, -INFINITY) };
		check_regions(d, &s);
		check_markers(d, bound(&r, -INFINITY), bound(&r, INFINITY));
	}
}

static bool first_three(struct doc_region *r, void *arg)
{
	return ++*(int *)arg < 3;
}

static void test_regions_over_a_range_touch_neither_of_its_ends(void **state)
{
	AUTO(document) d = document_new();
	AUTO(doc_region) before = region("before", 0, 4);
	AUTO(doc_region) inside = region("inside", 4, 4);
	AUTO(doc_region) after = region("after", 8, 4);
	put(&d, before);
	put(&d, inside);
	put(&d, after);
	struct document_cursor c;
	document_regions_start(d, region_span_over(4, 8), &c);
	assert_ptr_equal(document_regions_next(&c), inside);
	assert_null(document_regions_next(&c));
	document_regions_start(d, region_span_over(3.999, 8.001), &c);
	assert_ptr_equal(document_regions_next(&c), before);
	assert_ptr_equal(document_regions_next(&c), inside);
	assert_ptr_equal(document_regions_next(&c), after);
	assert_true(document_end_beats(d) == 12);
	int n = 0;
	document_regions(d, -INFINITY, INFINITY, first_three, &n);
	assert_int_equal(n, 3);
}

static void check_heard(const struct doc_region *r, double from, double to)
{
	double got_from, got_to;
	doc_region_heard(r, &got_from, &got_to);
	assert_true(got_from == from);
	assert_true(got_to == to);
}

static void test_a_region_is_heard_from_its_mix_in_until_it_is_taken_over(void **state)
{
	AUTO(doc_region) r = region("r", 8, 16);
	struct region_life *l = r->life;
	check_heard(r, 8, 24);
	l->has_mix = true;
	l->mix = (struct doc_mix){ .kind = DOC_LINEAR, .at_beats = 4, .fade_beats = 2 };
	check_heard(r, 8, 24);
	l->mix.at_beats = 12;
	check_heard(r, 12, 24);
	assert_int_equal(doc_set(&l->taken_over.other, "next"), 0);
	l->taken_over.kind = DOC_EQUAL_POWER;
	l->taken_over.at_beats = 20;
	l->taken_over.fade_beats = 2;
	check_heard(r, 12, 22);
	l->taken_over.kind = DOC_CUT;
	check_heard(r, 12, 20);
	l->taken_over.at_beats = 30;
	check_heard(r, 12, 24);
	l->state = LIFE_RESOLVED;
	assert_false(doc_region_counts(r));
	l->state = LIFE_MIXED_IN;
	assert_true(doc_region_counts(r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_cursor_gives_what_lies_within_its_bounds),
		cmocka_unit_test(test_regions_over_a_range_touch_neither_of_its_ends),
		cmocka_unit_test(test_a_region_is_heard_from_its_mix_in_until_it_is_taken_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
