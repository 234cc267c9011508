#include "../check.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "query/garden_view.h"

enum { RATE_HZ = 48000 };

static struct garden_state *state_at(const struct clock *clock)
{
	struct garden_state *s = NULL;
	assert_int_equal(garden_state_new(RATE_HZ, clock, &s, NULL), 0);
	return s;
}

static struct garden_view *view_of(struct garden_state *s)
{
	struct garden_view *v = NULL;
	assert_int_equal(garden_state_view(s, &v, NULL), 0);
	return v;
}

static void put_edit(struct garden_state *s, int64_t revision, enum edit_kind kind, int64_t of, const char *touched)
{
	const struct garden_edit_row e = { .revision = revision, .kind = kind, .actor = "human:ann", .time_unix_ms = 1000 * revision,
					   .of_revision = of, .touched = &touched, .n_touched = 1 };
	assert_int_equal(garden_state_edit(s, &e, NULL), 0);
}

static bool is_undone(const struct garden_view *v, int64_t revision)
{
	const struct garden_edit *e = garden_view_edit(v, revision);
	assert_non_null(e);
	return e->undone;
}

static void test_a_view_stays_while_the_state_goes_on(void **state)
{
	AUTO(garden_state) s = state_at(NULL);
	AUTO(garden_view) empty = view_of(s);
	AUTO(garden_view) same = view_of(s);
	assert_ptr_equal(empty, same);
	assert_int_equal(document_n_regions(empty->document), 0);
	put_edit(s, 1, EDIT_PLAIN, 0, "region:r1");
	AUTO(garden_view) one = view_of(s);
	put_edit(s, 2, EDIT_UNDO, 1, "region:r1");
	AUTO(garden_view) two = view_of(s);
	assert_int_equal(garden_view_n_edits(empty), 0);
	assert_int_equal(garden_view_n_edits(one), 1);
	assert_int_equal(garden_view_n_edits(two), 2);
	assert_false(is_undone(one, 1));
	assert_true(is_undone(two, 1));
}

static void test_marks_follow_undo_redo_and_revert(void **state)
{
	AUTO(garden_state) s = state_at(NULL);
	put_edit(s, 1, EDIT_PLAIN, 0, "region:r1");
	put_edit(s, 2, EDIT_UNDO, 1, "region:r1");
	put_edit(s, 3, EDIT_REDO, 1, "region:r1");
	put_edit(s, 4, EDIT_PLAIN, 0, "marker:m1");
	const int64_t reverted[] = { 4, 77 };
	const struct garden_edit_row revert = { .revision = 5, .kind = EDIT_REVERT, .actor = "human:bob", .reverted = reverted, .n_reverted = 2 };
	assert_int_equal(garden_state_edit(s, &revert, NULL), 0);
	AUTO(garden_view) v = view_of(s);
	const bool undone[] = { true, true, false, true, false };
	for (int i = 0; i < 5; i++)
		assert_int_equal(is_undone(v, i + 1), undone[i]);
	assert_null(garden_view_edit(v, 77));
}

static void test_edits_are_found_by_revision_and_by_what_they_touch(void **state)
{
	AUTO(garden_state) s = state_at(NULL);
	const char *const both[] = { "region:r2", "region:r1", "region:r2" };
	const struct garden_edit_row e = { .revision = 7, .actor = "x", .touched = both, .n_touched = 3 };
	put_edit(s, 9, EDIT_PLAIN, 0, "region:r1");
	put_edit(s, 3, EDIT_PLAIN, 0, "region:r");
	assert_int_equal(garden_state_edit(s, &e, NULL), 0);
	AUTO(garden_view) v = view_of(s);
	assert_int_equal(garden_view_edit_from(v, INT64_MAX)->revision, 9);
	assert_int_equal(garden_view_edit_from(v, 8)->revision, 7);
	assert_null(garden_view_edit_from(v, 2));
	const struct garden_edit *const *found;
	size_t n;
	assert_int_equal(garden_view_touching(v, "region:r1", &found, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(found[0]->revision, 9);
	assert_int_equal(found[1]->revision, 7);
	assert_int_equal(garden_view_touching(v, "region:r2", &found, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(garden_view_touching(v, "region:", &found, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(garden_view_touching(v, "tempo", &found, &n), 0);
	assert_int_equal(n, 0);
}

/* The oldest quarter goes at once, as in the timeline: who reads its history anew has the same rows as who heard each edit. */
static void test_the_history_is_bounded(void **state)
{
	AUTO(garden_state) s = state_at(NULL);
	AUTO(garden_state) again = state_at(NULL);
	const int64_t limit = LIMIT_TIMELINE_HISTORY, more = limit + 5, first = limit / 4 + 2;
	for (int64_t i = 1; i <= limit; i++)
		put_edit(s, i, EDIT_PLAIN, 0, "tempo");
	AUTO(garden_view) full = view_of(s);
	assert_int_equal(garden_view_n_edits(full), limit);
	for (int64_t i = limit + 1; i <= more; i++)
		put_edit(s, i, EDIT_PLAIN, 0, "tempo");
	AUTO(garden_view) v = view_of(s);
	assert_int_equal(garden_view_n_edits(v), more - first + 1);
	assert_non_null(garden_view_edit(v, first));
	assert_null(garden_view_edit(v, first - 1));
	assert_int_equal(garden_view_oldest_edit(v)->revision, first);
	/* A copy that begins there goes on the same way. */
	for (int64_t i = more; i >= first; i--)
		put_edit(again, i, EDIT_PLAIN, 0, "tempo");
	for (int64_t i = more + 1; i <= 2 * limit; i++) {
		put_edit(s, i, EDIT_PLAIN, 0, "tempo");
		put_edit(again, i, EDIT_PLAIN, 0, "tempo");
	}
	AUTO(garden_view) heard = view_of(s);
	AUTO(garden_view) read = view_of(again);
	assert_int_equal(garden_view_n_edits(heard), garden_view_n_edits(read));
	assert_int_equal(garden_view_oldest_edit(heard)->revision, garden_view_oldest_edit(read)->revision);
}

static void put_pending(struct garden_state *s, const char *id, double at, const char *conflict)
{
	const struct garden_pending_row p = { .edit_id = id, .actor = "a", .at_beats = at, .conflict = conflict };
	assert_int_equal(garden_state_pending(s, &p, NULL), 0);
}

static void check_pending(const struct garden_view *v, const char *const *ids, size_t n)
{
	const struct garden_pending *p = NULL;
	assert_int_equal(garden_view_n_pending(v), n);
	for (size_t i = 0; i < n; i++) {
		p = garden_view_pending(v, p);
		assert_non_null(p);
		assert_string_equal(p->edit_id, ids[i]);
	}
	assert_null(n ? garden_view_pending(v, p) : garden_view_pending(v, NULL));
}

static void test_pending_edits_wait_in_order_and_go(void **state)
{
	AUTO(garden_state) s = state_at(NULL);
	put_pending(s, "s10", 8, NULL);
	put_pending(s, "s9", 8, NULL);
	put_pending(s, "s2", 32, NULL);
	put_pending(s, "s3", 4, NULL);
	AUTO(garden_view) all = view_of(s);
	check_pending(all, (const char *const[]){ "s3", "s9", "s10", "s2" }, 4);
	put_pending(s, "s2", 2, "it moved");
	assert_int_equal(garden_state_pending_gone(s, "s10", NULL), 0);
	assert_int_equal(garden_state_pending_gone(s, "s10", NULL), 0);
	const struct garden_edit_row done = { .revision = 1, .actor = "a", .edit_id = "s3" };
	assert_int_equal(garden_state_edit(s, &done, NULL), 0);
	AUTO(garden_view) left = view_of(s);
	check_pending(left, (const char *const[]){ "s2", "s9" }, 2);
	assert_string_equal(garden_view_pending(left, NULL)->conflict, "it moved");
	assert_int_equal(garden_state_clear(s, NULL), 0);
	AUTO(garden_view) none = view_of(s);
	check_pending(none, NULL, 0);
	assert_int_equal(garden_view_n_edits(none), 0);
}

static void test_the_transport_rolls_on_with_time(void **state)
{
	struct clock_fake clock;
	clock_fake_init(&clock, 5 * NS_PER_SEC, 0);
	AUTO(garden_state) s = state_at(&clock.clock);
	struct garden_transport t = { .state = GARDEN_PLAYING, .position_beats = 8, .moment_ns = 5 * NS_PER_SEC, .rolls = true };
	garden_state_transport(s, &t);
	AUTO(garden_view) v = view_of(s);
	assert_true(garden_view_beat(v, 5 * NS_PER_SEC) == 8);
	assert_true(garden_view_beat(v, 7 * NS_PER_SEC) == 12); /* 120 bpm: two beats a second */
	t.rolls = false;
	garden_state_transport(s, &t);
	AUTO(garden_view) stepped = view_of(s);
	assert_true(garden_view_beat(stepped, 7 * NS_PER_SEC) == 8);
	assert_int_equal(stepped->made_ns, 5 * NS_PER_SEC);
}

static void test_maps_follow_the_document_and_the_rate(void **state)
{
	AUTO(garden_state) s = state_at(NULL);
	const struct tempo_point points[] = { { .beat = 0, .bpm = 60 } };
	AUTO(doc_tempo) tempo = doc_tempo_new(points, 1);
	AUTO(document) plain = document_new();
	AUTO(document) slow = NULL;
	assert_int_equal(document_with_tempo(plain, tempo, &slow), 0);
	AUTO(garden_view) before = view_of(s);
	assert_int_equal(garden_state_document(s, slow, NULL), 0);
	assert_int_equal(garden_state_rate(s, 44100, NULL), 0);
	AUTO(garden_view) after = view_of(s);
	assert_true(tempo_map_seconds(before->tempo, 8) == 4);
	assert_true(tempo_map_seconds(after->tempo, 8) == 8);
	assert_int_equal(tempo_map_frame(after->tempo, 1), 44100);
	assert_int_equal(after->rate_hz, 44100);
	assert_int_equal(garden_state_rate(s, 1, NULL), -EINVAL);
	AUTO(garden_view) same = view_of(s);
	assert_ptr_equal(same, after);
}

static void put_region(struct document **d, const char *id, double at, const char *job, const char *actor)
{
	AUTO(region_body) body = region_body_new();
	AUTO(region_life) life = region_life_new(job ? LIFE_RUNNING : LIFE_PLAIN);
	struct document *next = NULL;
	assert_non_null(body);
	assert_non_null(life);
	body->position_beats = at;
	body->duration_beats = 4;
	assert_int_equal(doc_set(&body->actor, actor), 0);
	assert_int_equal(doc_set(&life->job_id, job), 0);
	AUTO(doc_region) r = doc_region_new(id, body, life, 1);
	assert_non_null(r);
	assert_int_equal(document_with_region(*d, id, r, &next), 0);
	document_unref(*d);
	*d = next;
}

static void test_regions_are_found_by_what_they_hold(void **state)
{
	AUTO(garden_state) s = state_at(NULL);
	AUTO(document) d = document_new();
	put_region(&d, "late", 8, "j1", "ann");
	put_region(&d, "early", 0, "j1", "bob");
	put_region(&d, "other", 4, NULL, "ann");
	assert_int_equal(garden_state_document(s, d, NULL), 0);
	AUTO(garden_view) v = view_of(s);
	const struct doc_region *const *found;
	size_t n;
	for (int again = 0; again < 2; again++) {
		assert_int_equal(garden_view_regions_by(v, GARDEN_BY_JOB, "j1", &found, &n), 0);
		assert_int_equal(n, 2);
		assert_string_equal(found[0]->id, "early");
		assert_string_equal(found[1]->id, "late");
		assert_int_equal(garden_view_regions_by(v, GARDEN_BY_ACTOR, "ann", &found, &n), 0);
		assert_int_equal(n, 2);
		assert_string_equal(found[0]->id, "other");
		assert_int_equal(garden_view_regions_by(v, GARDEN_BY_ARTIFACT, "ann", &found, &n), 0);
		assert_int_equal(n, 0);
	}
}

struct finder {
	pthread_t thread;
	const struct garden_view *view;
	pthread_barrier_t *start;
	const struct doc_region *const *regions;
	const struct garden_edit *const *edits;
	size_t n_regions, n_edits;
};

static void *find(void *arg)
{
	struct finder *f = arg;
	(void)pthread_barrier_wait(f->start);
	(void)garden_view_regions_by(f->view, GARDEN_BY_JOB, "j1", &f->regions, &f->n_regions);
	(void)garden_view_touching(f->view, "region:r1", &f->edits, &f->n_edits);
	garden_view_unref(f->view);
	return NULL;
}

static void test_threads_that_ask_at_once_find_the_same(void **state)
{
	enum { THREADS = 4, ROUNDS = 50 };
	for (int round = 0; round < ROUNDS; round++) {
		AUTO(garden_state) s = state_at(NULL);
		AUTO(document) d = document_new();
		struct finder f[THREADS];
		pthread_barrier_t start;
		put_region(&d, "r1", 8, "j1", "ann");
		put_edit(s, 1, EDIT_PLAIN, 0, "region:r1");
		assert_int_equal(garden_state_document(s, d, NULL), 0);
		AUTO(garden_view) v = view_of(s);
		assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
		for (int i = 0; i < THREADS; i++) {
			f[i] = (struct finder){ .view = garden_view_ref(v), .start = &start };
			assert_int_equal(pthread_create(&f[i].thread, NULL, find, &f[i]), 0);
		}
		put_edit(s, 2, EDIT_PLAIN, 0, "region:r1"); /* while they look */
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_join(f[i].thread, NULL), 0);
		for (int i = 0; i < THREADS; i++) {
			assert_int_equal(f[i].n_regions, 1);
			assert_int_equal(f[i].n_edits, 1);
			assert_ptr_equal(f[i].regions, f[0].regions);
			assert_ptr_equal(f[i].edits, f[0].edits);
		}
		(void)pthread_barrier_destroy(&start);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_view_stays_while_the_state_goes_on),
		cmocka_unit_test(test_marks_follow_undo_redo_and_revert),
		cmocka_unit_test(test_edits_are_found_by_revision_and_by_what_they_touch),
		cmocka_unit_test(test_the_history_is_bounded),
		cmocka_unit_test(test_pending_edits_wait_in_order_and_go),
		cmocka_unit_test(test_the_transport_rolls_on_with_time),
		cmocka_unit_test(test_regions_are_found_by_what_they_hold),
		cmocka_unit_test(test_threads_that_ask_at_once_find_the_same),
		cmocka_unit_test(test_maps_follow_the_document_and_the_rate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
