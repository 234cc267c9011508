/*
 * test_saved.c - queries with names: kept, replaced, listed, removed, and what ships beside them.
 */
#include "query-control/saved.h"

#include "../check.h"

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

struct fixture {
	char *dir, *path;
	struct store *store;
	struct store_conn *c;
	struct wire_arena arena;
};

static void open_store(struct fixture *f)
{
	const struct store_schema *schemas[] = {&saved_schema};
	const struct store_options o = {.path = f->path, .schemas = schemas, .n_schemas = COUNT_OF(schemas)};
	struct err err = ERR_INIT;
	if (store_open(&o, &f->store, &err) < 0 || store_begin(f->store, &f->c, &err) < 0)
		fail_msg("%s", err_msg(&err));
}

static void close_store(struct fixture *f)
{
	assert_int_equal(store_commit(f->store, NULL), 0);
	store_close(f->store);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	assert_int_equal(fs_temp_dir(NULL, "saved", &f->dir, NULL), 0);
	f->path = fs_join(f->dir, "test.db");
	open_store(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	close_store(f);
	wire_arena_done(&f->arena);
	fs_remove_tree(f->dir, NULL);
	free(f->dir);
	free(f->path);
	free(f);
	return 0;
}

static struct saved_query by_ann(const char *name, const char *query, json_t *variables)
{
	return (struct saved_query){.name = name, .query = query, .doc = "what it is", .variables = variables, .actor = "human:ann",
				    .saved_unix_ms = 1790000000000};
}

static void put(struct fixture *f, const struct saved_query *s, bool replaces)
{
	struct err err = ERR_INIT;
	bool replaced = !replaces;
	if (saved_put(f->c, s, &replaced, &err) < 0)
		fail_msg("%s", err_msg(&err));
	assert_int_equal(replaced, replaces);
}

static size_t n_builtin(void)
{
	size_t n = 0;
	while (saved_builtin(n))
		n++;
	return n;
}

static void test_saved_query_is_found_as_it_was_saved_also_after_a_restart(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *v = json_pack("{s:s, s:[i,i]}", "tag", "verse", "at", 1, 2);
	const struct saved_query s = by_ann("my-query_2", "{ Region {\n\tname @output\n} }", v);
	put(f, &s, false);
	close_store(f);
	open_store(f);
	struct saved_query got;
	struct err err = ERR_INIT;
	assert_int_equal(saved_find(f->c, "my-query_2", &f->arena, &got, &err), 0);
	assert_string_equal(got.name, s.name);
	assert_string_equal(got.query, s.query);
	assert_string_equal(got.doc, s.doc);
	assert_string_equal(got.actor, "human:ann");
	assert_int_equal(got.saved_unix_ms, s.saved_unix_ms);
	assert_true(json_equal(got.variables, v));
}

static void test_saved_query_replaces_one_of_its_name(void **state)
{
	struct fixture *f = *state;
	const struct saved_query one = by_ann("mine", "{ A { x @output } }", NULL), two = by_ann("mine", "{ B { x @output } }", NULL);
	struct saved_query got;
	put(f, &one, false);
	put(f, &two, true);
	assert_int_equal(saved_find(f->c, "mine", &f->arena, &got, NULL), 0);
	assert_string_equal(got.query, two.query);
	assert_int_equal(json_object_size(got.variables), 0);
}

static void test_saved_queries_are_listed_by_name_with_those_that_ship(void **state)
{
	struct fixture *f = *state;
	const struct saved_query z = by_ann("zz", "{}", NULL), a = by_ann("0", "{}", NULL);
	struct query_list_result all;
	put(f, &z, false);
	put(f, &a, false);
	assert_int_equal(saved_list(f->c, &f->arena, &all, NULL), 0);
	assert_int_equal(all.queries.n, n_builtin() + 2);
	for (size_t i = 0; i + 1 < all.queries.n; i++)
		assert_true(strcmp(all.queries.v[i].name, all.queries.v[i + 1].name) < 0);
	assert_string_equal(all.queries.v[0].name, "0");
	assert_string_equal(all.queries.v[all.queries.n - 1].name, "zz");
}

static void test_what_ships_has_a_name_and_a_doc_and_stays(void **state)
{
	struct fixture *f = *state;
	assert_true(n_builtin() > 0);
	for (size_t i = 0; saved_builtin(i); i++) {
		const struct saved_builtin *b = saved_builtin(i);
		const struct saved_query mine = by_ann(b->name, "{}", NULL);
		struct err err = ERR_INIT;
		struct saved_query got;
		bool replaced;
		assert_true(*b->name && *b->doc && *b->query);
		assert_true(i == 0 || strcmp(saved_builtin(i - 1)->name, b->name) < 0);
		assert_int_equal(saved_find(f->c, b->name, &f->arena, &got, &err), 0);
		assert_string_equal(got.query, b->query);
		assert_string_equal(got.actor, "hootenanny");
		assert_true(json_is_object(got.variables));
		assert_int_equal(saved_put(f->c, &mine, &replaced, &err), -EEXIST);
		assert_string_equal(err.field, "name");
		assert_int_equal(saved_remove(f->c, b->name, &err), -EEXIST);
	}
}

static void test_a_removed_query_is_gone_and_a_near_name_is_offered(void **state)
{
	struct fixture *f = *state;
	const struct saved_query s = by_ann("my-drums", "{}", NULL);
	struct saved_query got;
	struct err err = ERR_INIT;
	put(f, &s, false);
	assert_int_equal(saved_find(f->c, "my-drumms", &f->arena, &got, &err), -ENOENT);
	assert_string_equal(err.hint, "did you mean 'my-drums'?");
	assert_int_equal(saved_remove(f->c, "my-drumms", &err), -ENOENT);
	assert_int_equal(saved_remove(f->c, "my-drums", &err), 0);
	assert_int_equal(saved_find(f->c, "my-drums", &f->arena, &got, &err), -ENOENT);
	assert_string_equal(err.hint, "query_list lists them");
	assert_int_equal(saved_remove(f->c, "my-drums", &err), -ENOENT);
}

static void test_a_name_is_of_lower_case_letters_digits_and_dashes(void **state)
{
	static const char *const wrong[] = {"", "A", "a b", "a/b", "ä", "a.b", "{ Region }"};
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		const struct saved_query s = by_ann(wrong[i], "{}", NULL);
		struct err err = ERR_INIT;
		bool replaced;
		assert_int_equal(saved_put(f->c, &s, &replaced, &err), -EINVAL);
		assert_string_equal(err.field, "name");
	}
}

static void test_there_is_room_for_so_many_queries(void **state)
{
	struct fixture *f = *state;
	char name[32];
	struct err err = ERR_INIT;
	bool replaced;
	for (int i = 0; i < LIMIT_SAVED_QUERIES; i++) {
		(void)snprintf(name, sizeof(name), "q%d", i);
		const struct saved_query s = by_ann(name, "{}", NULL);
		put(f, &s, false);
	}
	const struct saved_query more = by_ann("more", "{}", NULL), again = by_ann("q0", "{ x }", NULL);
	assert_int_equal(saved_put(f->c, &more, &replaced, &err), -ENOSPC);
	put(f, &again, true);
	assert_int_equal(saved_remove(f->c, "q1", NULL), 0);
	put(f, &more, false);
}

static void test_there_is_room_for_so_much_text(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	bool replaced;
	char AUTO_MEM *text = mem_new_array(LIMIT_SAVED_QUERY_BYTES / 2 + 1, 1);
	assert_non_null(text);
	memset(text, 'x', LIMIT_SAVED_QUERY_BYTES / 2);
	const struct saved_query long_one = by_ann("long", text, NULL), another = by_ann("another", text, NULL);
	put(f, &long_one, false);
	put(f, &long_one, true);
	assert_int_equal(saved_put(f->c, &another, &replaced, &err), -ENOSPC);
	assert_int_equal(saved_remove(f->c, "long", NULL), 0);
	put(f, &another, false);
}

static void test_given_variables_go_before_saved_ones(void **state)
{
	AUTO_JSON json_t *saved = json_pack("{s:s, s:i}", "tag", "verse", "n", 3), *given = json_pack("{s:s}", "tag", "chorus");
	AUTO_JSON json_t *wanted = json_pack("{s:s, s:i}", "tag", "chorus", "n", 3), *list = json_array();
	const struct saved_query s = by_ann("x", "{}", saved), none = by_ann("x", "{}", NULL);
	json_t *got = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(saved_variables(&s, given, &got, &err), 0);
	assert_true(json_equal(got, wanted));
	json_decref(got);
	assert_int_equal(saved_variables(&none, NULL, &got, &err), 0);
	assert_int_equal(json_object_size(got), 0);
	json_decref(got);
	assert_int_equal(saved_variables(&s, list, &got, &err), -EINVAL);
	assert_string_equal(err.field, "variables");
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_saved_query_is_found_as_it_was_saved_also_after_a_restart),
		T(test_saved_query_replaces_one_of_its_name),
		T(test_saved_queries_are_listed_by_name_with_those_that_ship),
		T(test_what_ships_has_a_name_and_a_doc_and_stays),
		T(test_a_removed_query_is_gone_and_a_near_name_is_offered),
		T(test_a_name_is_of_lower_case_letters_digits_and_dashes),
		T(test_there_is_room_for_so_many_queries),
		T(test_there_is_room_for_so_much_text),
		cmocka_unit_test(test_given_variables_go_before_saved_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
