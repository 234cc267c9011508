#include "../seed.h"
#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "build_ops.h"

static struct timeline *open_empty(void)
{
	struct timeline *t = NULL;
	const struct timeline_options o = { .path = NULL, .keep_edits = 100000 };
	assert_int_equal(timeline_open(&o, &t, NULL), 0);
	return t;
}

static double place(struct timeline *t, const char *id)
{
	const struct doc_region *r = document_region(timeline_now(t), id);
	return r ? r->body->position_beats : NAN;
}

static void test_an_edit_is_all_or_nothing(void **state)
{
	AUTO(timeline) t = open_empty();
	struct err err = ERR_INIT;
	struct edit_op ops[] = { op_create("r1", 0, 4, DOC_PLAY_CONTENT), op_delete("nobody") };
	struct edit_receipt receipt;
	const struct edit_request q = { .actor = "ann", .ops = ops, .n_ops = 2 };
	assert_int_equal(timeline_do(t, &q, &receipt, &err), -ENOENT);
	assert_string_equal(err.field, "ops[1].region_id");
	assert_int_equal(document_revision(timeline_now(t)), 0);
	assert_int_equal(document_n_regions(timeline_now(t)), 0);
	region_body_unref(ops[0].body);
}

static void test_a_dry_run_says_what_would_happen_and_does_not(void **state)
{
	AUTO(timeline) t = open_empty();
	struct edit_op op = op_create("r1", 0, 4, DOC_PLAY_CONTENT);
	struct edit_receipt receipt;
	const struct edit_request q = { .actor = "ann", .ops = &op, .n_ops = 1, .dry_run = true };
	assert_int_equal(timeline_do(t, &q, &receipt, NULL), 0);
	assert_int_equal(receipt.revision, 1);
	assert_null(receipt.edit);
	assert_int_equal(document_revision(timeline_now(t)), 0);
	region_body_unref(op.body);
}

static void test_a_conflict_names_what_moved_and_who_moved_it(void **state)
{
	AUTO(timeline) t = open_empty();
	struct err err = ERR_INIT;
	double there = 8, elsewhere = 16;
	assert_int_equal(do_one(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_create("r2", 4, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "bob", op_move("r1", &there), 2, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_move("r1", &elsewhere), 2, &err), -ESTALE);
	assert_non_null(strstr(err.msg, "region:r1"));
	assert_non_null(strstr(err.msg, "bob"));
	assert_int_equal(do_one(t, "ann", op_move("r2", &elsewhere), 2, NULL), 0);
	assert_true(place(t, "r1") == 8 && place(t, "r2") == 16);
}

static void test_a_jobs_progress_does_not_conflict_with_a_move(void **state)
{
	AUTO(timeline) t = open_empty();
	double there = 8;
	struct latent_receipt receipt;
	const struct latent_step start = { .kind = LATENT_START, .region_id = "lat", .job_id = "j" };
	assert_int_equal(do_one(t, "ann", op_create("lat", 0, 4, DOC_LATENT), -1, NULL), 0);
	assert_int_equal(timeline_latent(t, "hoot", &start, &receipt, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_move("lat", &there), 1, NULL), 0);
	assert_int_equal(document_region(timeline_now(t), "lat")->life->state, LIFE_RUNNING);
	struct edit_receipt undone;
	int64_t of = 0;
	assert_int_equal(timeline_take_back(t, "ann", 0, NULL, false, &undone, &of, NULL), 0);
	assert_int_equal(of, 3);
	assert_true(place(t, "lat") == 0);
	assert_int_equal(document_region(timeline_now(t), "lat")->life->state, LIFE_RUNNING);
}

static void test_one_actors_work_is_taken_back_without_touching_what_others_built_on(void **state)
{
	AUTO(timeline) t = open_empty();
	double there = 8, elsewhere = 12;
	assert_int_equal(do_one(t, "ann", op_create("r1", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "bob", op_create("r2", 4, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "bob", op_move("r1", &there), -1, NULL), 0);
	assert_int_equal(do_one(t, "bob", op_create("r3", 4, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_move("r3", &elsewhere), -1, NULL), 0);
	struct edit_receipt receipt;
	struct revert_result res;
	assert_int_equal(timeline_revert_actor(t, "ann", "bob", 0, false, &receipt, &res, NULL), 0);
	assert_int_equal(res.n_reverted, 2);
	assert_int_equal(res.n_kept, 1);
	assert_string_equal(res.kept[0], "region:r3");
	assert_true(place(t, "r1") == 0);
	assert_null(document_region(timeline_now(t), "r2"));
	assert_true(place(t, "r3") == 12);
	revert_result_done(&res);
	assert_int_equal(timeline_revert_actor(t, "ann", "bob", 0, false, &receipt, &res, NULL), -ENOENT);
}

static void test_bad_operations_name_their_field(void **state)
{
	AUTO(timeline) t = open_empty();
	struct err err = ERR_INIT;
	assert_int_equal(do_one(t, "a", op_create("r", 0, 0, DOC_PLAY_CONTENT), -1, &err), -EINVAL);
	assert_string_equal(err.field, "ops[0].duration_beats");
	assert_int_equal(do_one(t, "a", op_create("r", NAN, 1, DOC_PLAY_CONTENT), -1, &err), -EINVAL);
	assert_string_equal(err.field, "ops[0].position_beats");
	assert_int_equal(do_one(t, "a", op_create("r", 0, 1, DOC_EMIT_TRIGGER), -1, &err), -EINVAL);
	assert_string_equal(err.field, "ops[0].trigger");
	assert_int_equal(do_one(t, "a", op_create("r", 0, 1, DOC_APPLY_PROCESSING), -1, &err), -EINVAL);
	assert_string_equal(err.field, "ops[0].processing");
	assert_int_equal(do_one(t, "a", op_tempo(-1, 100), -1, &err), -EINVAL);
	assert_int_equal(do_one(t, "a", op_tempo(0, 0.5), -1, &err), -EINVAL);
	assert_string_equal(err.field, "ops[0].bpm");
	assert_int_equal(do_one(t, "a", op_create("r", 0, 1, DOC_LATENT), -1, &err), 0);
	assert_int_equal(do_one(t, "a", op_create("r", 0, 1, DOC_LATENT), -1, &err), -EEXIST);
	struct edit_op meter = { .kind = EDIT_METER_SET, .meter = { 0, 3, 7 } };
	assert_int_equal(do_one(t, "a", meter, -1, &err), -EINVAL);
	assert_string_equal(err.field, "ops[0].denominator");
}

/* Rows: S0-43, S0-44, S0-45 */
static void test_a_tempo_change_moves_no_region(void **state)
{
	AUTO(timeline) t = open_empty();
	assert_int_equal(do_one(t, "a", op_create("r", 4, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	const struct region_body *before = document_region(timeline_now(t), "r")->body;
	assert_int_equal(do_one(t, "a", op_tempo(2, 60), -1, NULL), 0);
	assert_ptr_equal(document_region(timeline_now(t), "r")->body, before);
}

/* A map of a thousand points must not be journalled a thousand times. */
static void test_an_edit_changes_a_map_once_however_many_points_it_sets(void **state)
{
	enum { POINTS = 30 };
	AUTO(timeline) t = open_empty();
	struct edit_op ops[POINTS];
	struct edit_receipt receipt;
	for (int i = 0; i < POINTS; i++)
		ops[i] = op_tempo(i, 60 + i);
	const struct edit_request q = { .actor = "ann", .ops = ops, .n_ops = POINTS };
	assert_int_equal(timeline_do(t, &q, &receipt, NULL), 0);
	assert_int_equal(receipt.edit->changes.n, 1);
	assert_int_equal(document_tempo(timeline_now(t))->n, POINTS);
	assert_true(document_tempo(timeline_now(t))->points[POINTS - 1].bpm == 60 + POINTS - 1);
	int64_t of = 0;
	assert_int_equal(timeline_take_back(t, "ann", 0, NULL, false, &receipt, &of, NULL), 0);
	assert_int_equal(document_tempo(timeline_now(t))->n, 1);
	assert_true(document_tempo(timeline_now(t))->points[0].bpm == 120);
}

/* ---- against a naive model ---- */

enum { MODEL_IDS = 12, MODEL_STEPS = 4000, MODEL_HISTORY = MODEL_STEPS + 1 };

struct model {
	double place[MODEL_HISTORY][MODEL_IDS]; /* NAN: not there */
	int64_t revision;
};

static void check_same(struct timeline *t, const struct model *m)
{
	assert_int_equal(document_revision(timeline_now(t)), m->revision);
	for (int i = 0; i < MODEL_IDS; i++) {
		char id[8];
		snprintf(id, sizeof(id), "r%d", i);
		double p = place(t, id), want = m->place[m->revision][i];
		if (isnan(p) != isnan(want) || (!isnan(p) && p != want))
			fail_msg("revision %lld: %s is at %g, the model says %g", (long long)m->revision, id, p, want);
	}
}

static void model_step(struct model *m)
{
	memcpy(m->place[m->revision + 1], m->place[m->revision], sizeof(m->place[0]));
	m->revision++;
}

static void random_edit(struct timeline *t, struct model *m, struct rng *r)
{
	int k = (int)rng_below(r, MODEL_IDS);
	double position = (double)rng_below(r, 100);
	bool there = !isnan(m->place[m->revision][k]);
	char id[8];
	snprintf(id, sizeof(id), "r%d", k);
	int kind = (int)rng_below(r, 3);
	struct edit_op op = kind == 0 ? op_create(id, position, 1 + position / 7, DOC_PLAY_CONTENT)
				      : kind == 1 ? op_move(id, &position) : op_delete(id);
	int e = do_one(t, rng_below(r, 2) ? "ann" : "bob", op, -1, NULL);
	assert_int_equal(e, kind == 0 ? (there ? -EEXIST : 0) : there ? 0 : -ENOENT);
	if (e < 0)
		return;
	model_step(m);
	m->place[m->revision][k] = kind == 2 ? NAN : position;
}

/* Undoing any edit that succeeds puts exactly its region back to where it was before that edit. */
static void random_undo(struct timeline *t, struct model *m, struct rng *r)
{
	if (m->revision == 0)
		return;
	struct edit_receipt receipt;
	int64_t of = 0, revision = 1 + (int64_t)rng_below(r, (uint64_t)m->revision);
	if (timeline_take_back(t, "cat", revision, NULL, false, &receipt, &of, NULL) < 0)
		return;
	model_step(m);
	for (int i = 0; i < MODEL_IDS; i++) {
		double was = m->place[of - 1][i], became = m->place[of][i];
		if (isnan(was) != isnan(became) || (!isnan(was) && was != became))
			m->place[m->revision][i] = was;
	}
}

static void check_look_back(struct timeline *t, const struct model *m, struct rng *r)
{
	int64_t revision = (int64_t)rng_below(r, (uint64_t)m->revision + 1);
	struct document *d = NULL;
	assert_int_equal(timeline_at(t, revision, &d, NULL), 0);
	for (int i = 0; i < MODEL_IDS; i++) {
		char id[8];
		snprintf(id, sizeof(id), "r%d", i);
		const struct doc_region *region = document_region(d, id);
		assert_int_equal(!region, isnan(m->place[revision][i]));
		assert_true(!region || region->body->position_beats == m->place[revision][i]);
	}
}

static void test_edits_undo_and_look_back_agree_with_a_naive_model(void **state)
{
	AUTO(timeline) t = open_empty();
	struct model AUTO_MEM *m = calloc(1, sizeof(*m));
	assert_non_null(m);
	for (int i = 0; i < MODEL_IDS; i++)
		m->place[0][i] = NAN;
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < MODEL_STEPS && m->revision < MODEL_HISTORY - 2; i++) {
		if (rng_below(&r, 4))
			random_edit(t, m, &r);
		else
			random_undo(t, m, &r);
		check_same(t, m);
		check_look_back(t, m, &r);
	}
}

static void test_undo_and_redo_lead_back_and_forth(void **state)
{
	AUTO(timeline) t = open_empty();
	struct edit_receipt receipt;
	int64_t of = 0;
	double there = 8;
	assert_int_equal(do_one(t, "ann", op_create("r", 0, 4, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_move("r", &there), -1, NULL), 0);
	assert_int_equal(timeline_take_back(t, "ann", 0, NULL, false, &receipt, &of, NULL), 0);
	assert_int_equal(timeline_take_back(t, "ann", 0, NULL, false, &receipt, &of, NULL), 0);
	assert_null(document_region(timeline_now(t), "r"));
	assert_int_equal(timeline_take_back(t, "ann", 0, NULL, false, &receipt, &of, NULL), -ENOENT);
	assert_int_equal(timeline_do_again(t, "ann", false, &receipt, &of, NULL), 0);
	assert_true(place(t, "r") == 0);
	assert_int_equal(timeline_do_again(t, "ann", false, &receipt, &of, NULL), 0);
	assert_true(place(t, "r") == 8);
	assert_int_equal(timeline_do_again(t, "ann", false, &receipt, &of, NULL), -ENOENT);
	assert_int_equal(document_revision(timeline_now(t)), 6);
}

static bool count_region(struct doc_region *r, void *arg)
{
	(*(size_t *)arg)++;
	return true;
}

static void test_an_edit_shares_what_it_does_not_touch(void **state)
{
	AUTO(timeline) t = open_empty();
	double there = 3.5;
	for (int i = 0; i < 250; i++) {
		char id[8];
		snprintf(id, sizeof(id), "r%d", i);
		assert_int_equal(do_one(t, "a", op_create(id, i, 1, DOC_PLAY_CONTENT), -1, NULL), 0);
	}
	struct document *before = NULL;
	assert_int_equal(do_one(t, "a", op_move("r200", &there), -1, NULL), 0);
	assert_int_equal(timeline_at(t, 250, &before, NULL), 0);
	assert_in_range(document_unshared(timeline_now(t), before), 1, 60);
	size_t n = 0;
	document_regions(timeline_now(t), 3, 5, count_region, &n);
	assert_int_equal(n, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_edit_is_all_or_nothing),
		cmocka_unit_test(test_a_dry_run_says_what_would_happen_and_does_not),
		cmocka_unit_test(test_a_conflict_names_what_moved_and_who_moved_it),
		cmocka_unit_test(test_a_jobs_progress_does_not_conflict_with_a_move),
		cmocka_unit_test(test_one_actors_work_is_taken_back_without_touching_what_others_built_on),
		cmocka_unit_test(test_bad_operations_name_their_field),
		cmocka_unit_test(test_a_tempo_change_moves_no_region),
		cmocka_unit_test(test_an_edit_changes_a_map_once_however_many_points_it_sets),
		cmocka_unit_test(test_edits_undo_and_look_back_agree_with_a_naive_model),
		cmocka_unit_test(test_undo_and_redo_lead_back_and_forth),
		cmocka_unit_test(test_an_edit_shares_what_it_does_not_touch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
