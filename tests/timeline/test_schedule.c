/*
 * test_schedule.c - edits that wait for their beat, through restarts.
 */
#include "../seed.h"
#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "build_ops.h"
#include "folder.h"

static struct timeline *open_at(const struct folder *f, size_t keep_edits)
{
	struct timeline *t = NULL;
	struct err err = ERR_INIT;
	const struct timeline_options o = { .path = f->path, .keep_edits = keep_edits, .no_sync = true };
	if (timeline_open(&o, &t, &err) < 0)
		fail_msg("%s", err.msg);
	return t;
}

static void reopen(const struct folder *f, struct timeline **t)
{
	timeline_free(*t);
	*t = open_at(f, 0);
}

static double place(struct timeline *t, const char *id)
{
	const struct doc_region *r = document_region(timeline_now(t), id);
	return r ? r->body->position_beats : NAN;
}

static int later(struct timeline *t, const char *actor, struct edit_op op, double at, char ret_id[32], struct err *err)
{
	struct edit_receipt receipt = { 0 };
	const struct edit_request q = { .actor = actor, .ops = &op, .n_ops = 1, .at_beats = &at };
	int r = timeline_do(t, &q, &receipt, err);
	region_body_unref(op.body);
	if (r == 0) {
		assert_int_equal(receipt.revision, 0);
		assert_null(receipt.edit);
		memcpy(ret_id, receipt.edit_id, 32);
	}
	return r;
}

static int due(struct timeline *t, double beat, struct err *err)
{
	struct edit_receipt receipt = { 0 };
	struct scheduled_edit gone = { 0 };
	int r = timeline_due(t, beat, &receipt, &gone, err);
	if (r > 0)
		assert_true(receipt.edit->scheduled == gone.number && receipt.edit->has_at &&
			    receipt.edit->at_beats == gone.at_beats);
	scheduled_edit_done(&gone);
	return r;
}

static void test_a_scheduled_edit_waits_for_its_beat(void **state)
{
	AUTO(timeline) t = open_at(*state, 0);
	char id[32];
	double there = 8;
	assert_int_equal(do_one(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(later(t, "ann", op_move("r1", &there), 32, id, NULL), 0);
	assert_int_equal(due(t, 31.9, NULL), 0);
	assert_true(place(t, "r1") == 0);
	assert_int_equal(due(t, 32, NULL), 1);
	assert_true(place(t, "r1") == 8);
	assert_int_equal(due(t, 32, NULL), 0);
}

static void test_a_scheduled_edit_is_dropped_when_what_it_starts_from_moved(void **state)
{
	AUTO(timeline) t = open_at(*state, 0);
	struct err err = ERR_INIT;
	char id[32];
	double there = 8, elsewhere = 12;
	assert_int_equal(do_one(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(later(t, "ann", op_move("r1", &there), 40, id, NULL), 0);
	assert_int_equal(do_one(t, "bob", op_move("r1", &elsewhere), -1, NULL), 0);
	assert_string_equal(timeline_scheduled(t, 0)->conflict, "region:r1 was changed by 'bob' in revision 2");
	assert_int_equal(due(t, 41, &err), -ESTALE);
	assert_non_null(strstr(err.msg, "region:r1"));
	assert_non_null(strstr(err.msg, "bob"));
	assert_true(place(t, "r1") == 12);
	assert_int_equal(timeline_n_scheduled(t), 0);
}

/* What waits is judged anew by edits of the same things, at once and when it is read again; others leave it alone. */
static void test_what_stands_in_the_way_is_told_as_it_changes(void **state)
{
	const struct folder *f = *state;
	struct timeline *t = open_at(f, 0);
	char made[32], moved[32];
	double there = 8, elsewhere = 12;
	assert_int_equal(later(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), 16, made, NULL), 0);
	assert_int_equal(later(t, "bob", op_move("r1", &there), 32, moved, NULL), 0);
	assert_string_equal(timeline_scheduled(t, 0)->conflict, "");
	assert_non_null(strstr(timeline_scheduled(t, 1)->conflict, "region:r1")); /* it is not there yet */
	assert_int_equal(due(t, 16, NULL), 1);
	assert_string_equal(timeline_scheduled(t, 0)->conflict, "");
	assert_int_equal(timeline_scheduled(t, 0)->judged_revision, 1);
	assert_int_equal(do_one(t, "cat", op_create("r2", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(timeline_scheduled(t, 0)->judged_revision, 1);
	assert_int_equal(do_one(t, "cat", op_move("r1", &elsewhere), -1, NULL), 0);
	assert_string_equal(timeline_scheduled(t, 0)->conflict, "region:r1 was changed by 'cat' in revision 3");
	assert_int_equal(timeline_scheduled(t, 0)->judged_revision, 3);
	reopen(f, &t);
	assert_string_equal(timeline_scheduled(t, 0)->conflict, "region:r1 was changed by 'cat' in revision 3");
	timeline_free(t);
}

static void test_what_was_changed_and_changed_back_is_no_conflict(void **state)
{
	AUTO(timeline) t = open_at(*state, 0);
	struct edit_receipt receipt;
	int64_t of = 0;
	char id[32];
	double there = 8, elsewhere = 12;
	assert_int_equal(do_one(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(later(t, "ann", op_move("r1", &there), 40, id, NULL), 0);
	assert_int_equal(do_one(t, "bob", op_move("r1", &elsewhere), -1, NULL), 0);
	assert_int_equal(timeline_take_back(t, "bob", 0, NULL, false, &receipt, &of, NULL), 0);
	assert_int_equal(due(t, 41, NULL), 1);
	assert_true(place(t, "r1") == 8);
}

static void test_one_scheduled_edit_may_build_on_another_but_not_undermine_it(void **state)
{
	AUTO(timeline) t = open_at(*state, 0);
	struct err err = ERR_INIT;
	char made[32], moved[32], no[32];
	double there = 8, elsewhere = 12;
	assert_int_equal(later(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), 16, made, NULL), 0);
	assert_int_equal(later(t, "bob", op_move("r1", &there), 32, moved, NULL), 0);
	assert_int_equal(later(t, "cat", op_move("r1", &elsewhere), 24, no, &err), -ESTALE);
	assert_non_null(strstr(err.msg, moved));
	assert_non_null(strstr(err.msg, "bob"));
	assert_int_equal(later(t, "cat", op_move("r1", &elsewhere), 8, no, NULL), -ENOENT);
	assert_int_equal(due(t, 32, NULL), 1);
	assert_true(place(t, "r1") == 0);
	assert_int_equal(due(t, 32, NULL), 1);
	assert_true(place(t, "r1") == 8);
}

static void test_the_schedule_survives_a_restart(void **state)
{
	const struct folder *f = *state;
	struct timeline *t = open_at(f, 0);
	struct scheduled_edit gone = { 0 };
	char first[32], second[32], third[32];
	double there = 8;
	assert_int_equal(do_one(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(later(t, "ann", op_tempo(64, 90), 32, first, NULL), 0);
	assert_int_equal(later(t, "bob", op_move("r1", &there), 16, second, NULL), 0);
	assert_int_equal(later(t, "cat", op_marker("m", 4), 48, third, NULL), 0);
	reopen(f, &t);
	assert_int_equal(timeline_n_scheduled(t), 3);
	const struct scheduled_edit *s = timeline_scheduled(t, 0);
	assert_string_equal(s->id, second);
	assert_string_equal(s->actor, "bob");
	assert_true(s->at_beats == 16 && s->base_revision == 1 && s->time_unix_ms > 0);
	assert_string_equal(timeline_scheduled(t, 1)->id, first);
	assert_int_equal(due(t, 20, NULL), 1);
	reopen(f, &t);
	assert_true(place(t, "r1") == 8);
	assert_int_equal(timeline_n_scheduled(t), 2);
	assert_int_equal(due(t, 20, NULL), 0);
	assert_int_equal(timeline_unschedule(t, first, "called off", &gone, NULL), 0);
	assert_string_equal(gone.actor, "ann");
	scheduled_edit_done(&gone);
	assert_int_equal(timeline_unschedule(t, first, "called off", &gone, NULL), -ENOENT);
	reopen(f, &t);
	assert_int_equal(timeline_n_scheduled(t), 1);
	assert_int_equal(do_one(t, "dan", op_marker("m", 5), -1, NULL), 0);
	assert_int_equal(due(t, 50, NULL), -ESTALE);
	reopen(f, &t);
	assert_int_equal(timeline_n_scheduled(t), 0);
	assert_int_equal(later(t, "ann", op_tempo(64, 90), 60, second, NULL), 0);
	assert_string_equal(second, "s4"); /* numbers are never used again */
	timeline_free(t);
}

static void test_a_journal_written_anew_keeps_the_schedule(void **state)
{
	const struct folder *f = *state;
	struct timeline *t = open_at(f, 8);
	char id[32];
	struct scheduled_edit gone = { 0 };
	assert_int_equal(do_one(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(later(t, "bob", op_marker("m", 4), 48, id, NULL), 0);
	assert_int_equal(later(t, "bob", op_marker("n", 4), 49, id, NULL), 0);
	assert_int_equal(timeline_unschedule(t, id, "", &gone, NULL), 0);
	scheduled_edit_done(&gone);
	char *label = calloc(1, 4001);
	assert_non_null(label);
	memset(label, 'x', 4000);
	int64_t most = 0, now = 0;
	for (int i = 0; now >= most; i++) { /* until the file has shrunk */
		char name[16];
		snprintf(name, sizeof(name), "k%d", i % 2);
		struct edit_op op = op_marker(name, i);
		op.label = label;
		if (i > 1)
			assert_int_equal(do_one(t, "ann", (struct edit_op){ .kind = EDIT_MARKER_REMOVE, .id = name }, -1, NULL), 0);
		assert_int_equal(do_one(t, "ann", op, -1, NULL), 0);
		now = timeline_journal_bytes(t);
		most = now > most ? now : most;
	}
	free(label);
	reopen(f, &t);
	assert_int_equal(timeline_n_scheduled(t), 1);
	assert_int_equal(due(t, 48, NULL), 1);
	assert_non_null(document_marker(timeline_now(t), "m"));
	assert_int_equal(later(t, "bob", op_marker("o", 4), 50, id, NULL), 0);
	assert_string_equal(id, "s3");
	timeline_free(t);
}

static void test_undoing_a_scheduled_removal_brings_the_life_of_now_back(void **state)
{
	AUTO(timeline) t = open_at(*state, 0);
	struct latent_receipt latent;
	struct edit_receipt receipt;
	int64_t of = 0;
	char id[32];
	const struct latent_step start = { .kind = LATENT_START, .region_id = "lat", .job_id = "j" };
	assert_int_equal(do_one(t, "ann", op_create("lat", 0, 4, DOC_LATENT), -1, NULL), 0);
	assert_int_equal(later(t, "ann", op_delete("lat"), 16, id, NULL), 0);
	assert_int_equal(timeline_latent(t, "hoot", &start, &latent, NULL), 0);
	assert_int_equal(due(t, 16, NULL), 1);
	assert_null(document_region(timeline_now(t), "lat"));
	assert_int_equal(timeline_take_back(t, "ann", 0, NULL, false, &receipt, &of, NULL), 0);
	assert_int_equal(document_region(timeline_now(t), "lat")->life->state, LIFE_RUNNING);
}

static void test_a_full_schedule_and_a_dry_run_keep_nothing(void **state)
{
	AUTO(timeline) t = open_at(*state, 0);
	struct edit_receipt receipt;
	double at = 4;
	char id[32];
	struct edit_op op = op_marker("dry", 4);
	const struct edit_request q = { .actor = "a", .ops = &op, .n_ops = 1, .at_beats = &at, .dry_run = true };
	assert_int_equal(timeline_do(t, &q, &receipt, NULL), 0);
	assert_int_equal(timeline_n_scheduled(t), 0);
	for (int i = 0; i < LIMIT_TIMELINE_SCHEDULED; i++) {
		char name[16];
		snprintf(name, sizeof(name), "m%d", i);
		assert_int_equal(later(t, "a", op_marker(name, 4), 8, id, NULL), 0);
	}
	assert_int_equal(later(t, "a", op_marker("more", 4), 8, id, NULL), -EBUSY);
}

/* ---- against a naive model ---- */

enum { IDS = 5, STEPS = 3000 };

struct waiting {
	int64_t number;
	int region;
	double at, from, to;
};

struct model {
	double place[IDS], beat;
	struct waiting waiting[256];
	size_t n;
	int64_t last;
};

static void model_remove(struct model *m, size_t i)
{
	m->n--;
	memmove(m->waiting + i, m->waiting + i + 1, (m->n - i) * sizeof(m->waiting[0]));
}

static void random_later(struct timeline *t, struct model *m, struct rng *r)
{
	struct waiting w = { .number = m->last + 1, .region = (int)rng_below(r, IDS), .at = m->beat + 1 + (double)rng_below(r, 40),
			     .to = (double)rng_below(r, 9) };
	double place = m->place[w.region];
	bool undermines = false;
	for (size_t i = 0; i < m->n; i++) {
		const struct waiting *o = &m->waiting[i];
		if (o->region == w.region && o->at <= w.at && o->from == place)
			place = o->to;
		undermines |= o->region == w.region && o->at > w.at;
	}
	w.from = place;
	char name[8], id[32];
	snprintf(name, sizeof(name), "r%d", w.region);
	int e = later(t, "ann", op_move(name, &w.to), w.at, id, NULL);
	bool full = m->n >= (size_t)LIMIT_TIMELINE_SCHEDULED;
	assert_int_equal(e, full ? -EBUSY : undermines ? -ESTALE : 0);
	if (e < 0)
		return;
	size_t at = m->n;
	while (at > 0 && m->waiting[at - 1].at > w.at)
		at--;
	memmove(m->waiting + at + 1, m->waiting + at, (m->n - at) * sizeof(w));
	m->waiting[at] = w;
	m->n++;
	m->last++;
}

static void random_now(struct timeline *t, struct model *m, struct rng *r)
{
	int k = (int)rng_below(r, IDS);
	double to = (double)rng_below(r, 9);
	char name[8];
	snprintf(name, sizeof(name), "r%d", k);
	assert_int_equal(do_one(t, "bob", op_move(name, &to), -1, NULL), 0);
	m->place[k] = to;
}

static void random_cancel(struct timeline *t, struct model *m, struct rng *r)
{
	if (!m->n)
		return;
	size_t i = (size_t)rng_below(r, m->n);
	struct scheduled_edit gone = { 0 };
	char id[32];
	snprintf(id, sizeof(id), "s%lld", (long long)m->waiting[i].number);
	assert_int_equal(timeline_unschedule(t, id, "", &gone, NULL), 0);
	scheduled_edit_done(&gone);
	model_remove(m, i);
}

static void advance(struct timeline *t, struct model *m, struct rng *r)
{
	m->beat += (double)rng_below(r, 12);
	while (m->n && m->waiting[0].at <= m->beat) {
		const struct waiting *w = &m->waiting[0];
		bool fits = m->place[w->region] == w->from;
		assert_int_equal(due(t, m->beat, NULL), fits ? 1 : -ESTALE);
		if (fits)
			m->place[w->region] = w->to;
		model_remove(m, 0);
	}
	assert_int_equal(due(t, m->beat, NULL), 0);
}

static void check_same(struct timeline *t, const struct model *m)
{
	assert_int_equal(timeline_n_scheduled(t), m->n);
	for (size_t i = 0; i < m->n; i++)
		assert_int_equal(timeline_scheduled(t, i)->number, m->waiting[i].number);
	for (int i = 0; i < IDS; i++) {
		char name[8];
		snprintf(name, sizeof(name), "r%d", i);
		assert_true(place(t, name) == m->place[i]);
	}
}

static void test_the_schedule_agrees_with_a_naive_model_through_restarts(void **state)
{
	const struct folder *f = *state;
	struct timeline *t = open_at(f, 0);
	struct model AUTO_MEM *m = calloc(1, sizeof(*m));
	assert_non_null(m);
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < IDS; i++) {
		char name[8];
		snprintf(name, sizeof(name), "r%d", i);
		assert_int_equal(do_one(t, "ann", op_create(name, 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	}
	for (int i = 0; i < STEPS; i++) {
		switch (rng_below(&r, 24)) {
		case 0: reopen(f, &t); break;
		case 1: case 2: random_cancel(t, m, &r); break;
		case 3: case 4: case 5: case 6: random_now(t, m, &r); break;
		case 7: case 8: case 9: case 10: case 11: advance(t, m, &r); break;
		default: random_later(t, m, &r);
		}
		check_same(t, m);
	}
	timeline_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_scheduled_edit_waits_for_its_beat, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_a_scheduled_edit_is_dropped_when_what_it_starts_from_moved, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_what_stands_in_the_way_is_told_as_it_changes, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_what_was_changed_and_changed_back_is_no_conflict, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_one_scheduled_edit_may_build_on_another_but_not_undermine_it, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_the_schedule_survives_a_restart, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_a_journal_written_anew_keeps_the_schedule, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_undoing_a_scheduled_removal_brings_the_life_of_now_back, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_a_full_schedule_and_a_dry_run_keep_nothing, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_the_schedule_agrees_with_a_naive_model_through_restarts, folder_setup, folder_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
