#include "../check.h"

#include <stdio.h>
#include <string.h>

#include "build_ops.h"
#include "timeline/latent.h"

static struct timeline *open_with_latent(void)
{
	struct timeline *t = NULL;
	const struct timeline_options o = { .path = NULL };
	assert_int_equal(timeline_open(&o, &t, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_create("tune", 0, 16, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_create("lat", 12, 16, DOC_LATENT), -1, NULL), 0);
	return t;
}

static const struct doc_content content = { .hash = (char *)"sha256:00", .path = (char *)"/new.wav",
					    .artifact_id = (char *)"a1", .duration_seconds = -1, .rate = 1 };

static struct latent_step step_of(enum latent_step_kind k)
{
	static const char *const tune = "tune";
	struct latent_step s = { .kind = k, .region_id = "lat", .job_id = "j1", .progress = 0.5, .content = &content };
	if (k == LATENT_APPROVE) {
		s.mix = (struct doc_mix){ .kind = DOC_LINEAR, .at_beats = 12, .fade_beats = 4 };
		s.replaces = &tune;
		s.n_replaces = 1;
	}
	return s;
}

static int make(struct timeline *t, enum latent_step_kind k, struct err *err)
{
	struct latent_receipt receipt;
	const struct latent_step s = step_of(k);
	return timeline_latent(t, "bob", &s, &receipt, err);
}

static enum life_state state_of(struct timeline *t, const char *id)
{
	return document_region(timeline_now(t), id)->life->state;
}

/* Leads a fresh latent into a state by legal steps. */
static struct timeline *in_state(enum life_state s)
{
	static const enum latent_step_kind ways[LIFE_STATE_COUNT][5] = {
		[LIFE_RUNNING] = { LATENT_START, LATENT_STEP_COUNT },
		[LIFE_RESOLVED] = { LATENT_START, LATENT_RESOLVE, LATENT_STEP_COUNT },
		[LIFE_HELD] = { LATENT_START, LATENT_RESOLVE, LATENT_HOLD, LATENT_STEP_COUNT },
		[LIFE_APPROVED] = { LATENT_START, LATENT_RESOLVE, LATENT_APPROVE, LATENT_STEP_COUNT },
		[LIFE_MIXED_IN] = { LATENT_START, LATENT_RESOLVE, LATENT_APPROVE, LATENT_MIX_IN, LATENT_STEP_COUNT },
		[LIFE_REJECTED] = { LATENT_START, LATENT_RESOLVE, LATENT_REJECT, LATENT_STEP_COUNT },
		[LIFE_FAILED] = { LATENT_START, LATENT_FAIL, LATENT_STEP_COUNT },
		[LIFE_SUPERSEDED] = { LATENT_SUPERSEDE, LATENT_STEP_COUNT },
		[LIFE_CANCELLED] = { LATENT_CANCEL, LATENT_STEP_COUNT },
		[LIFE_PENDING] = { LATENT_STEP_COUNT },
	};
	struct timeline *t = open_with_latent();
	for (int i = 0; ways[s][i] != LATENT_STEP_COUNT; i++)
		assert_int_equal(make(t, ways[s][i], NULL), 0);
	assert_int_equal(state_of(t, "lat"), s);
	return t;
}

/* The table of latent.h, written down a second time: from each state, where each step leads; -1 is refused, -2 changes nothing. */
static const int expected[LIFE_STATE_COUNT][LATENT_STEP_COUNT] = {
	/*                  start progress refine resolve fail approve hold reject supersede cancel mix_in */
	[LIFE_PENDING] = { 2, -1, -1, -1, 8, -1, -1, -1, 9, 10, -1 },
	[LIFE_RUNNING] = { -2, 2, 2, 3, 8, -1, -1, -1, 9, 10, -1 },
	[LIFE_RESOLVED] = { 2, -1, -1, -2, -1, 5, 4, 7, 9, 10, -1 },
	[LIFE_HELD] = { 2, -1, -1, -2, -1, 5, -2, 7, 9, 10, -1 },
	[LIFE_APPROVED] = { -1, -1, -1, -2, -1, -2, 4, 7, 9, 10, 6 },
	[LIFE_MIXED_IN] = { -1, -1, -1, -2, -1, -2, -1, -1, -1, -1, -2 },
	[LIFE_REJECTED] = { -1, -1, -1, -2, -1, -1, -1, -2, -1, -1, -1 },
	[LIFE_FAILED] = { 2, -1, -1, -1, -2, -1, -1, -1, 9, 10, -1 },
	[LIFE_SUPERSEDED] = { -1, -1, -1, -1, -1, -1, -1, -1, -2, -1, -1 },
	[LIFE_CANCELLED] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -2, -1 },
};

/* Rows: S0-19 */
static void test_every_step_from_every_state_does_what_the_table_says(void **state)
{
	for (int s = LIFE_PENDING; s < LIFE_STATE_COUNT; s++) {
		for (int k = 0; k < LATENT_STEP_COUNT; k++) {
			struct timeline *t = in_state((enum life_state)s);
			struct err err = ERR_INIT;
			int64_t revision = document_revision(timeline_now(t));
			int r = make(t, (enum latent_step_kind)k, &err), want = expected[s][k];
			if (want == -1) {
				if (r != -EPROTO || !strstr(err.msg, life_state_name((enum life_state)s)) || !*err.hint)
					fail_msg("%s from %s: %d '%s' ('%s')", latent_step_name((enum latent_step_kind)k),
						 life_state_name((enum life_state)s), r, err.msg, err.hint);
				assert_int_equal(make(t, (enum latent_step_kind)k, NULL), -EPROTO);
				assert_int_equal(document_revision(timeline_now(t)), revision);
			} else {
				if (r != 0 || state_of(t, "lat") != (enum life_state)(want == -2 ? s : want))
					fail_msg("%s from %s: %d '%s'", latent_step_name((enum latent_step_kind)k),
						 life_state_name((enum life_state)s), r, err.msg);
				if (want == -2)
					assert_int_equal(document_revision(timeline_now(t)), revision);
			}
			timeline_free(t);
		}
	}
}

static void test_another_jobs_steps_are_refused_until_it_takes_over(void **state)
{
	AUTO(timeline) t = in_state(LIFE_RUNNING);
	struct err err = ERR_INIT;
	struct latent_receipt receipt;
	struct latent_step s = step_of(LATENT_RESOLVE);
	s.job_id = "j2";
	assert_int_equal(timeline_latent(t, "bob", &s, &receipt, &err), -EPROTO);
	assert_string_equal(err.field, "job_id");
	s.kind = LATENT_START;
	assert_int_equal(timeline_latent(t, "bob", &s, &receipt, &err), 0);
	s.kind = LATENT_RESOLVE;
	assert_int_equal(timeline_latent(t, "bob", &s, &receipt, &err), 0);
	assert_string_equal(document_region(timeline_now(t), "lat")->life->job_id, "j2");
}

static void test_approval_makes_the_replaced_region_leave_and_rejection_keeps_it(void **state)
{
	AUTO(timeline) t = in_state(LIFE_APPROVED);
	const struct region_life *l = document_region(timeline_now(t), "tune")->life;
	assert_string_equal(l->taken_over.other, "lat");
	assert_true(l->taken_over.at_beats == 12 && l->taken_over.fade_beats == 4);
	assert_int_equal(make(t, LATENT_REJECT, NULL), 0);
	assert_null(document_region(timeline_now(t), "tune")->life->taken_over.other);
}

/* Rows: S0-63 */
static void test_an_id_stays_the_same_through_life_and_progress_makes_no_revision(void **state)
{
	AUTO(timeline) t = in_state(LIFE_RUNNING);
	int64_t revision = document_revision(timeline_now(t));
	assert_int_equal(make(t, LATENT_PROGRESS, NULL), 0);
	assert_int_equal(document_revision(timeline_now(t)), revision);
	assert_true(document_region(timeline_now(t), "lat")->life->progress == 0.5);
	assert_int_equal(make(t, LATENT_REFINE, NULL), 0);
	assert_int_equal(document_region(timeline_now(t), "lat")->life->refinements, 1);
	assert_int_equal(make(t, LATENT_RESOLVE, NULL), 0);
	assert_int_equal(make(t, LATENT_APPROVE, NULL), 0);
	assert_int_equal(make(t, LATENT_MIX_IN, NULL), 0);
	const struct doc_region *r = document_region(timeline_now(t), "lat");
	assert_string_equal(r->id, "lat");
	assert_string_equal(doc_region_content(r)->path, "/new.wav");
}

static void test_an_entry_behind_the_regions_end_is_refused(void **state)
{
	AUTO(timeline) t = in_state(LIFE_RESOLVED);
	struct err err = ERR_INIT;
	struct latent_receipt receipt;
	struct latent_step s = step_of(LATENT_APPROVE);
	s.mix.at_beats = 28;
	assert_int_equal(timeline_latent(t, "bob", &s, &receipt, &err), -EINVAL);
	assert_string_equal(err.field, "mix_in");
}

static void test_several_steps_are_one_edit_or_none(void **state)
{
	AUTO(timeline) t = in_state(LIFE_RESOLVED);
	struct err err = ERR_INIT;
	struct latent_receipt receipt;
	struct edit_receipt undone;
	int64_t of = 0;
	static const char *const bridge = "br";
	assert_int_equal(do_one(t, "ann", op_create("br", 8, 8, DOC_LATENT), -1, NULL), 0);
	struct latent_step steps[] = { step_of(LATENT_APPROVE), step_of(LATENT_APPROVE) };
	steps[0].region_id = bridge;
	steps[1].replaces = &bridge;
	int64_t revision = document_revision(timeline_now(t));
	assert_int_equal(timeline_latents(t, "bob", steps, 2, &receipt, &err), -EPROTO);
	assert_non_null(strstr(err.msg, "'br' is pending"));
	assert_int_equal(document_revision(timeline_now(t)), revision);
	for (int k = LATENT_START; k <= LATENT_RESOLVE; k += LATENT_RESOLVE - LATENT_START) {
		struct latent_step s = step_of((enum latent_step_kind)k);
		s.region_id = bridge;
		assert_int_equal(timeline_latent(t, "bob", &s, &receipt, NULL), 0);
	}
	revision = document_revision(timeline_now(t));
	assert_int_equal(timeline_latents(t, "bob", steps, 2, &receipt, NULL), 0);
	assert_true(receipt.revision == revision + 1 && receipt.before == LIFE_RESOLVED && receipt.after == LIFE_APPROVED);
	assert_string_equal(document_region(timeline_now(t), "tune")->life->taken_over.other, "br");
	assert_string_equal(document_region(timeline_now(t), "br")->life->taken_over.other, "lat");
	assert_int_equal(timeline_latents(t, "bob", steps, 2, &receipt, NULL), 0); /* said again: nothing changes */
	assert_int_equal(document_revision(timeline_now(t)), revision + 1);
	assert_int_equal(timeline_take_back(t, "bob", revision + 1, NULL, false, &undone, &of, NULL), -EPROTO); /* steps are not undone */
}

static int undo(struct timeline *t, const char *of_actor, int64_t *ret_of, struct err *err)
{
	struct edit_receipt receipt;
	return timeline_take_back(t, "ann", 0, of_actor, false, &receipt, ret_of, err);
}

/* Steps of a life are nobody's edits: undo stops at a latent that lives and says what to do, and passes over one that has lived. */
static void test_undo_passes_over_a_latent_whose_life_is_over(void **state)
{
	static const enum life_state living[] = { LIFE_RUNNING, LIFE_RESOLVED, LIFE_HELD, LIFE_APPROVED, LIFE_FAILED };
	static const enum life_state over[] = { LIFE_MIXED_IN, LIFE_REJECTED, LIFE_SUPERSEDED, LIFE_CANCELLED };
	for (size_t i = 0; i < COUNT_OF(living); i++) {
		AUTO(timeline) t = in_state(living[i]);
		struct err err = ERR_INIT;
		int64_t of = 0;
		assert_int_equal(undo(t, NULL, &of, &err), -ESTALE);
		assert_non_null(strstr(err.hint, life_state_name(living[i])));
		assert_non_null(strstr(err.hint, "cancel or delete"));
	}
	for (size_t i = 0; i < COUNT_OF(over); i++) {
		AUTO(timeline) t = in_state(over[i]);
		struct err err = ERR_INIT;
		int64_t of = 0, n = document_revision(timeline_now(t));
		double there = 12;
		assert_int_equal(do_one(t, "ann", op_move("lat", &there), -1, NULL), 0); /* its body is edited like any */
		assert_int_equal(do_one(t, "bob", op_move("tune", &there), -1, NULL), 0);
		assert_int_equal(undo(t, "ann", &of, &err), 0);
		assert_int_equal(of, n + 1);
		assert_int_equal(undo(t, NULL, &of, &err), 0);
		assert_int_equal(of, n + 2);
		int r = undo(t, NULL, &of, &err); /* the tune, where nothing has replaced it */
		if (r == 0)
			assert_null(document_region(timeline_now(t), "tune"));
		assert_int_equal(undo(t, NULL, &of, &err), -ENOENT);
		assert_non_null(strstr(err.hint, "region_delete"));
		assert_non_null(document_region(timeline_now(t), "lat"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_step_from_every_state_does_what_the_table_says),
		cmocka_unit_test(test_another_jobs_steps_are_refused_until_it_takes_over),
		cmocka_unit_test(test_approval_makes_the_replaced_region_leave_and_rejection_keeps_it),
		cmocka_unit_test(test_an_id_stays_the_same_through_life_and_progress_makes_no_revision),
		cmocka_unit_test(test_an_entry_behind_the_regions_end_is_refused),
		cmocka_unit_test(test_several_steps_are_one_edit_or_none),
		cmocka_unit_test(test_undo_passes_over_a_latent_whose_life_is_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
