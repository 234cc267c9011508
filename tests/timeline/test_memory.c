/*
 * test_memory.c - the timeline with allocations that fail, ours and jansson's, one after the other: every function says
 * -ENOMEM, nothing has changed, and nothing leaks.
 */
#include "../check.h"
#include "../starve.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_ops.h"
#include "folder.h"

static struct timeline *open_at(const char *path)
{
	struct timeline *t = NULL;
	const struct timeline_options o = { .path = path, .no_sync = true };
	assert_int_equal(timeline_open(&o, &t, NULL), 0);
	return t;
}

/* One thing done to a timeline. */
struct deed {
	const char *name;
	int (*run)(struct timeline *t, struct err *err);
};

static int edit(struct timeline *t, const struct edit_op *ops, size_t n, const double *at, struct err *err)
{
	struct edit_receipt receipt;
	const struct edit_request q = { .actor = "ann", .ops = ops, .n_ops = n, .at_beats = at };
	return timeline_do(t, &q, &receipt, err);
}

static int do_create(struct timeline *t, struct err *err)
{
	static const struct tempo_point slow = { 8, 90, TEMPO_RAMP };
	struct region_body *b = region_body_new();
	if (!b)
		return -ENOMEM;
	b->duration_beats = 4;
	b->behaviour = DOC_LATENT;
	const struct edit_op ops[] = {
		{ .kind = EDIT_REGION_CREATE, .id = "new", .body = b },
		{ .kind = EDIT_MARKER_ADD, .id = "m2", .position_beats = 3, .type = "cue_point", .label = "here", .metadata = "{}" },
		{ .kind = EDIT_TEMPO_SET, .tempo = slow },
		{ .kind = EDIT_METER_SET, .meter = { 8, 3, 4 } },
	};
	int r = edit(t, ops, 4, NULL, err);
	region_body_unref(b);
	return r;
}

static int do_update(struct timeline *t, struct err *err)
{
	static char *const tags[] = { (char *)"a", (char *)"b" };
	static const struct doc_content content = { .path = (char *)"/other.wav", .mime = (char *)"audio/wav", .rate = 1 };
	const struct edit_op op = { .kind = EDIT_REGION_UPDATE, .id = "tune",
				    .patch = { .name = "verse", .has_tags = true, .tags = tags, .n_tags = 2, .content = &content } };
	return edit(t, &op, 1, NULL, err);
}

static int do_later(struct timeline *t, struct err *err)
{
	static const double at = 64;
	const struct edit_op op = op_delete("tune");
	return edit(t, &op, 1, &at, err);
}

static int do_cancel(struct timeline *t, struct err *err)
{
	struct scheduled_edit gone = { 0 };
	int r = timeline_unschedule(t, "s1", "called off", &gone, err);
	scheduled_edit_done(&gone);
	return r;
}

static int do_due(struct timeline *t, struct err *err)
{
	struct edit_receipt receipt;
	struct scheduled_edit gone = { 0 };
	int r = timeline_due(t, 100, &receipt, &gone, err);
	scheduled_edit_done(&gone);
	return r < 0 ? r : r == 1 ? 0 : -EINVAL;
}

static int do_undo(struct timeline *t, struct err *err)
{
	struct edit_receipt receipt;
	int64_t of = 0;
	return timeline_take_back(t, "bob", 0, NULL, false, &receipt, &of, err);
}

static int do_revert(struct timeline *t, struct err *err)
{
	struct edit_receipt receipt;
	struct revert_result res = { 0 };
	int r = timeline_revert_actor(t, "bob", "ann", 0, false, &receipt, &res, err);
	revert_result_done(&res);
	return r;
}

static const struct doc_content made = { .hash = (char *)"sha256:00", .path = (char *)"/new.wav", .artifact_id = (char *)"a1",
					 .duration_seconds = -1, .rate = 1 };

static int do_resolve(struct timeline *t, struct err *err)
{
	struct latent_receipt receipt;
	const struct latent_step s = { .kind = LATENT_RESOLVE, .region_id = "lat", .job_id = "j", .content = &made };
	return timeline_latent(t, "hoot", &s, &receipt, err);
}

static int do_approve(struct timeline *t, struct err *err)
{
	static const char *const tune = "tune";
	static const char *const bridge = "br";
	struct latent_receipt receipt;
	const struct latent_step s[] = {
		{ .kind = LATENT_APPROVE, .region_id = "br", .mix = { DOC_LINEAR, 4, 1, NULL }, .replaces = &tune, .n_replaces = 1 },
		{ .kind = LATENT_APPROVE, .region_id = "br2", .mix = { DOC_LINEAR, 8, 1, NULL }, .replaces = &bridge, .n_replaces = 1 },
	};
	return timeline_latents(t, "bob", s, 2, &receipt, err);
}

static const struct deed deeds[] = {
	{ "create", do_create },   { "update", do_update },   { "schedule", do_later }, { "due", do_due },	   { "cancel", do_cancel },
	{ "undo", do_undo },	   { "revert", do_revert },   { "resolve", do_resolve }, { "approve", do_approve },
};

static void step(struct timeline *t, enum latent_step_kind k, const char *id)
{
	struct latent_receipt receipt;
	const struct latent_step s = { .kind = k, .region_id = id, .job_id = "j", .content = &made };
	assert_int_equal(timeline_latent(t, "hoot", &s, &receipt, NULL), 0);
}

/* Something of everything. */
static void prepare(struct timeline *t)
{
	static const double at = 32;
	assert_int_equal(do_one(t, "ann", op_create("tune", 0, 16, DOC_PLAY_CONTENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_create("lat", 4, 16, DOC_LATENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "cat", op_create("br", 4, 16, DOC_LATENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "cat", op_create("br2", 4, 16, DOC_LATENT), -1, NULL), 0);
	assert_int_equal(do_one(t, "ann", op_marker("m", 4), -1, NULL), 0);
	step(t, LATENT_START, "lat");
	step(t, LATENT_START, "br");
	step(t, LATENT_RESOLVE, "br");
	step(t, LATENT_START, "br2");
	step(t, LATENT_RESOLVE, "br2");
	const struct edit_op op = op_marker("later", 9);
	assert_int_equal(edit(t, &op, 1, &at, NULL), 0);
}

static void test_memory_runs_out_anywhere_in_what_is_done_to_a_timeline(void **state)
{
	const struct folder *f = *state;
	for (size_t i = 0; i < COUNT_OF(deeds); i++) {
		long n = 1;
		for (bool failed = true; failed; n++) {
			(void)remove(f->path);
			struct timeline *t = open_at(f->path);
			prepare(t);
			int64_t revision = document_revision(timeline_now(t));
			int64_t bytes = timeline_journal_bytes(t);
			size_t waiting = timeline_n_scheduled(t);
			struct err err = ERR_INIT;
			starve_one(n);
			int r = deeds[i].run(t, &err);
			failed = starve_end();
			if (failed && r != -ENOMEM && r < 0)
				fail_msg("%s, allocation %ld: %d, %s", deeds[i].name, n, r, err_msg(&err));
			if (!failed && r < 0)
				fail_msg("%s: %s", deeds[i].name, err_msg(&err));
			if (failed && r >= 0) { /* the judging of edits that wait goes the long way then; the edit is kept */
				assert_true(document_revision(timeline_now(t)) > revision);
				assert_true(timeline_journal_bytes(t) > bytes);
			} else if (failed) {
				assert_int_equal(document_revision(timeline_now(t)), revision);
				assert_int_equal(timeline_journal_bytes(t), bytes);
				assert_int_equal(timeline_n_scheduled(t), waiting);
			}
			timeline_free(t);
		}
		assert_true(n > 2);
	}
}

static int reopen(void *arg, struct err *err)
{
	struct timeline *t = NULL;
	const struct timeline_options o = { .path = arg, .no_sync = true };
	int r = timeline_open(&o, &t, err);
	timeline_free(t);
	return r;
}

static void test_memory_runs_out_anywhere_while_a_journal_is_read(void **state)
{
	const struct folder *f = *state;
	struct timeline *t = open_at(f->path);
	prepare(t);
	for (size_t i = 0; i < COUNT_OF(deeds); i++) {
		struct err err = ERR_INIT;
		if (deeds[i].run != do_cancel && deeds[i].run != do_undo && deeds[i].run != do_revert && deeds[i].run(t, &err) < 0)
			fail_msg("%s: %s", deeds[i].name, err_msg(&err)); /* those take away what the others need */
	}
	timeline_free(t);
	long n = starve_exhaust(STARVE_ONE, "reopen", false, reopen, f->path);
	print_message("%ld allocations\n", n);
	assert_true(n > 100);
}

int main(void)
{
	json_set_alloc_funcs(malloc, free);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_memory_runs_out_anywhere_in_what_is_done_to_a_timeline, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_memory_runs_out_anywhere_while_a_journal_is_read, folder_setup, folder_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
