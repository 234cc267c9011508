/*
 * test_garden_memory.c - the garden of queries with allocations that fail, one after the other: -ENOMEM, what was stays, nothing leaks.
 */
#include "../check.h"
#include "../starve.h"

#include <jansson.h>
#include <string.h>

#include "garden_piece.h"
#include "query/answer.h"
#include "query/garden.h"

static struct garden_state *piece;
static struct tf_adapter *adapter;

/* ---- telling ---- */

static int tell_history(struct garden_state *s, struct err *err)
{
	static const char *const touched[] = { "region:r1", "latent:r4", "marker:m1", "tempo" };
	static const int64_t reverted[] = { 1, 2 };
	static const double at = 8;
	const struct garden_edit_row rows[] = {
		{ .revision = 6, .actor = "ann", .touched = touched, .n_touched = 4 },
		{ .revision = 7, .kind = EDIT_UNDO, .actor = "ann", .of_revision = 6 },
		{ .revision = 8, .kind = EDIT_REDO, .actor = "ann", .of_revision = 6 },
		{ .revision = 9, .kind = EDIT_REVERT, .actor = "bob", .reverted = reverted, .n_reverted = 2 },
		{ .revision = 10, .actor = "ann", .edit_id = "s1", .at_beats = &at, .touched = touched, .n_touched = 1 },
	};
	int r = 0;
	for (size_t i = 0; r == 0 && i < COUNT_OF(rows); i++)
		r = garden_state_edit(s, &rows[i], err);
	return r;
}

static int tell_all(struct garden_state *s, struct err *err)
{
	static const char *const touched[] = { "region:r1" };
	const struct garden_pending_row waits = { .edit_id = "s1", .actor = "bob", .at_beats = 8, .conflict = "it moved", .touched = touched,
						  .n_touched = 1 };
	struct garden_pending_row stays = waits;
	AUTO(garden_view) of = NULL;
	stays.edit_id = "s2";
	int r = garden_state_view(piece, &of, err);
	if (r == 0)
		r = garden_state_pending(s, &waits, err);
	if (r == 0)
		r = garden_state_pending(s, &waits, err);
	if (r == 0)
		r = garden_state_pending(s, &stays, err);
	if (r == 0)
		r = garden_state_document(s, of->document, err);
	return r < 0 ? r : tell_history(s, err);
}

static int look_at(const struct garden_view *v, struct err *err)
{
	const struct doc_region *const *regions;
	const struct doc_marker *const *sections;
	const struct garden_edit *const *edits;
	size_t n = 0;
	int r = garden_view_touching(v, "region:r1", &edits, &n);
	for (int by = 0; r == 0 && by < GARDEN_BY_COUNT; by++)
		r = garden_view_regions_by(v, (enum garden_by)by, "j1", &regions, &n);
	if (r == 0)
		r = garden_view_sections(v, &sections, &n);
	return r < 0 ? err_set(err, r, "view") : 0;
}

static int build(void *arg, struct err *err)
{
	AUTO(garden_state) s = NULL;
	AUTO(garden_view) v = NULL;
	int r = garden_state_new(48000, NULL, &s, err);
	if (r == 0)
		r = tell_all(s, err);
	if (r == 0)
		r = garden_state_view(s, &v, err);
	if (r == 0)
		r = look_at(v, err);
	return r < 0 ? r : garden_state_clear(s, err);
}

static void test_memory_runs_out_anywhere_while_the_garden_is_told(void **state)
{
	assert_in_range(starve_exhaust(STARVE_ONE, "garden", false, build, NULL), 50, 100000);
	assert_in_range(starve_exhaust(STARVE_ALL_FROM, "garden", false, build, NULL), 50, 100000);
}

/* ---- asking ---- */

static const char *const queries[] = {
	("{ Region { region_id @output tags @output edits @fold { revision @output touched @output } section { label @output } "
	 "overlaps @fold { id: region_id @output } pending_edits @fold { edit_id @output } by @fold { name @output } } }"),
	"{ Edit { revision @output touched @output regions @fold { region_id @output } markers @fold { marker_id @output } } }",
	"{ Actor { name @output edits @fold { revision @output } regions @fold { region_id @output } } }",
	"{ Section { label @output regions @fold { region_id @output } next @fold { after: label @output } } }",
	"{ PendingEdit { touched @output markers @fold { marker_id @output } } }",
};

static int answer(void *arg, struct err *err)
{
	const char *text = arg;
	static const struct query_limits limits;
	AUTO(garden_state) s = NULL;
	AUTO(garden_view) v = NULL;
	AUTO(query_prepared) p = NULL;
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	int r = garden_state_new(48000, NULL, &s, err);
	if (r == 0)
		r = tell_all(s, err);
	if (r == 0)
		r = garden_state_view(s, &v, err);
	if (r == 0)
		r = query_prepare(adapter, text, strlen(text), NULL, &p, &errors, err);
	if (r < 0)
		return r;
	struct query_world w = query_world_of(v, clock_system());
	r = query_run(adapter, p, &w, &limits, false, &a, &errors, err);
	if (r == 0)
		assert_true(a.n_rows > 0 && a.stop == QUERY_STOP_END);
	return r;
}

static void test_memory_runs_out_anywhere_in_a_query(void **state)
{
	for (size_t i = 0; i < COUNT_OF(queries); i++)
		assert_in_range(starve_exhaust(STARVE_ONE, queries[i], false, answer, (void *)queries[i]), 50, 100000);
}

static int setup(void **state)
{
	static const struct tf_table *const tables[] = { GARDEN_TABLES, &garden_actors };
	piece = garden_piece(clock_system());
	return tf_adapter_new(tables, COUNT_OF(tables), NULL, &adapter, NULL);
}

static int teardown(void **state)
{
	garden_state_free(piece);
	tf_adapter_free(adapter);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_runs_out_anywhere_while_the_garden_is_told),
		cmocka_unit_test(test_memory_runs_out_anywhere_in_a_query),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
