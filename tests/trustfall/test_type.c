#include "trustfall/type.h"

#include "../check.h"

#include <string.h>

#include "base/mem.h"

/* "[Int!]!" as a type; the name lies in the arena. */
static struct tf_type type(struct tf_arena *a, const char *text)
{
	struct tf_type t = {.n_lists = (uint32_t)strspn(text, "[")};
	char back[TF_TYPE_TEXT];
	size_t n = strcspn(text + t.n_lists, "!]");
	const char *s = text + t.n_lists + n;
	t.name = tf_arena_text(a, text + t.n_lists, n);
	for (uint32_t i = t.n_lists + 1; i-- > 0; s += i > 0)
		if (*s == '!') {
			t.required |= UINT32_C(1) << i;
			s++;
		}
	assert_string_equal(tf_type_text(&t, back), text);
	return t;
}

static void test_types_are_written(void **state)
{
	AUTO(tf_arena) a = tf_arena_new(0);
	struct tf_type t = type(a, "[Int!]");
	assert_int_equal(t.n_lists, 1);
	assert_int_equal(t.required, 2);
	assert_true(tf_type_is_required(&(struct tf_type){"Int", 0, 1}));
	(void)type(a, "Int");
	(void)type(a, "String!");
	(void)type(a, "[[_A1!]!]");
	t = type(a, "[[[Base]!]]!");
	assert_int_equal(t.required, 5);
}

static void test_types_nest_to_a_bound(void **state)
{
	AUTO(tf_arena) a = tf_arena_new(0);
	char text[256] = "", back[TF_TYPE_TEXT];
	memset(text, '[', TF_LISTS_MAX);
	(void)str_copy(text + TF_LISTS_MAX, sizeof(text) - TF_LISTS_MAX, "Int!");
	for (int i = 0; i < TF_LISTS_MAX; i++)
		(void)str_copy(text + strlen(text), sizeof(text) - strlen(text), "]!");
	struct tf_type t = type(a, text), wider = tf_type_list_of(t, true);
	assert_int_equal(t.required, (UINT32_C(1) << (TF_LISTS_MAX + 1)) - 1);
	assert_int_equal(strlen(tf_type_text(&wider, back)), strlen(text) + 3);
}

static void test_levels_are_added_taken_and_marked(void **state)
{
	AUTO(tf_arena) a = tf_arena_new(0);
	char text[TF_TYPE_TEXT];
	struct tf_type t = tf_type_list_of(type(a, "Int!"), false);
	assert_string_equal(tf_type_text(&t, text), "[Int!]");
	t = tf_type_with_required(t, true);
	assert_string_equal(tf_type_text(&t, text), "[Int!]!");
	t = tf_type_list_of(t, true);
	assert_string_equal(tf_type_text(&t, text), "[[Int!]!]!");
	t = tf_type_with_required(tf_type_item(t), false);
	assert_string_equal(tf_type_text(&t, text), "[Int!]");
	t = tf_type_item(t);
	assert_string_equal(tf_type_text(&t, text), "Int!");
	struct tf_type long_name = {"ANameThatIsMuchLongerThanAnyoneWouldEverWriteItIntoASchemaButNobodyHindersThemFromDoingSo"
				    "AndSoItIsCutWhereTheTextEndsInsteadOfBeingWrittenBeyondWhatWasGivenByTheCallerWhoAskedForIt",
				    TF_LISTS_MAX, 0};
	assert_int_equal(strlen(tf_type_text(&long_name, text)), TF_TYPE_TEXT - 1);
}

static void test_types_meet_in_the_narrower_one(void **state)
{
	static const struct {
		const char *a, *b, *both; /* NULL: they do not meet */
	} rows[] = {
		{"Int", "Int!", "Int!"},
		{"[String]!", "[String!]", "[String!]!"},
		{"[[Int!]]", "[[Int]!]", "[[Int!]!]"},
		{"Int", "String", NULL},
		{"[Int]", "Int", NULL},
		{"[Int!]!", "[[Int!]!]!", NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(tf_arena) arena = tf_arena_new(0);
		struct tf_type a = type(arena, rows[i].a), b = type(arena, rows[i].b), both;
		char text[TF_TYPE_TEXT];
		assert_true(tf_type_intersect(&a, &b, &both) == (rows[i].both != NULL));
		assert_true(tf_type_same(&a, &b) == (rows[i].both != NULL));
		if (rows[i].both)
			assert_string_equal(tf_type_text(&both, text), rows[i].both);
	}
}

static bool takes(const char *text, struct tf_value v)
{
	AUTO(tf_arena) a = tf_arena_new(0);
	struct tf_type t = type(a, text);
	return tf_type_takes(&t, &v);
}

static void test_types_take_their_values_alone(void **state)
{
	struct tf_value mixed[] = {tf_int(-1), tf_uint(UINT64_MAX), TF_VALUE_NULL};
	assert_true(takes("Int", tf_int(4)));
	assert_true(takes("Int!", tf_uint(UINT64_MAX)));
	assert_false(takes("Int", tf_float(4.0)));
	assert_false(takes("Float", tf_int(4)));
	assert_true(takes("Float", tf_float(4.5)));
	assert_true(takes("Boolean!", tf_bool(false)));
	assert_false(takes("Boolean", tf_string("true")));
	assert_true(takes("String", TF_VALUE_NULL));
	assert_false(takes("String!", TF_VALUE_NULL));
	assert_true(takes("ID!", tf_string("7")));
	assert_true(takes("[Int]", tf_list(mixed, 3)));
	assert_true(takes("[Int!]!", tf_list(mixed, 2)));
	assert_false(takes("[Int!]", tf_list(mixed, 3)));
	assert_false(takes("Int", tf_list(mixed, 1)));
	assert_false(takes("[Int]", tf_int(1)));
	assert_true(takes("[[Int]!]", tf_list(NULL, 0)));
	assert_false(takes("[[Int]]", tf_list(mixed, 2)));
	assert_false(takes("Region", tf_string("x")));
}

static void test_what_can_be_ordered_and_what_is_a_scalar(void **state)
{
	AUTO(tf_arena) a = tf_arena_new(0);
	static const char *const ordered[] = {"Int", "Float!", "[String]!", "[[Int]]"}, *const not_ordered[] = {"Boolean", "ID", "[Boolean]"};
	for (size_t i = 0; i < COUNT_OF(ordered); i++)
		assert_true(tf_type_is_ordered(&(struct tf_type[]){type(a, ordered[i])}[0]));
	for (size_t i = 0; i < COUNT_OF(not_ordered); i++)
		assert_false(tf_type_is_ordered(&(struct tf_type[]){type(a, not_ordered[i])}[0]));
	assert_true(tf_type_is_scalar_name("ID"));
	assert_false(tf_type_is_scalar_name("Region"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types_are_written),
		cmocka_unit_test(test_types_nest_to_a_bound),
		cmocka_unit_test(test_levels_are_added_taken_and_marked),
		cmocka_unit_test(test_types_meet_in_the_narrower_one),
		cmocka_unit_test(test_types_take_their_values_alone),
		cmocka_unit_test(test_what_can_be_ordered_and_what_is_a_scalar),
	};
	return cmocka_run_group_tests_name("type", tests, NULL, NULL);
}
