#include "trustfall/query.h"

#include "../check.h"
#include "../starve.h"
#include "songs.h"

#include <errno.h>
#include <string.h>

#include "trustfall/plan_priv.h"

/* Wants every kind of type: i Int, s String!, l [Int]!, f Float!, t [String!], g [[Int]!]!, b Boolean!, d ID. */
static const char all_types[] = "{ Song { plays @filter(op: \"=\", value: [\"$i\"]) @filter(op: \"one_of\", value: [\"$l\"])\n"
				"name @filter(op: \"regex\", value: [\"$s\"]) loud @filter(op: \"<\", value: [\"$f\"])\n"
				"tags @filter(op: \"=\", value: [\"$t\"]) grid @filter(op: \"<\", value: [\"$g\"])\n"
				"live @filter(op: \"=\", value: [\"$b\"]) id @filter(op: \"=\", value: [\"$d\"]) } }";

struct fixture {
	struct tf_schema *schema;
	struct tf_query *query;
};

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){NULL, NULL};
	*state = &f;
	int r = tf_schema_parse(SONGS_SCHEMA, strlen(SONGS_SCHEMA), &f.schema, NULL);
	return r < 0 ? r : tf_query_compile(f.schema, all_types, strlen(all_types), &f.query, NULL);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	tf_query_free(f->query);
	tf_schema_free(f->schema);
	return 0;
}

static json_t *json_of(const char *text)
{
	json_t *j = NULL;
	struct err err = ERR_INIT;
	if (json_parse(text, strlen(text), &j, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return j;
}

#define REST "\"s\": \"x\", \"f\": -0.5, \"t\": null, \"g\": [[1, null], []], \"b\": false, \"d\": \"id\""

static void test_values_are_bound_by_name(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *given = json_of("{\"l\": [1, null, {\"$u64\": \"18446744073709551615\"}], \"i\": -7, " REST "}");
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO(tf_arguments) a = NULL;
	assert_int_equal(tf_arguments_bind(f->query, given, &a, &errors), 0);
	static const char *const names[] = {"b", "d", "f", "g", "i", "l", "s", "t"};
	assert_int_equal(tf_query_n_variables(f->query), COUNT_OF(names));
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_string_equal(tf_query_variable(f->query, i)->name, names[i]);
	assert_int_equal(a->values[0].kind, TF_BOOL);
	assert_string_equal(a->values[1].s, "id");
	assert_float_equal(a->values[2].f, -0.5, 0);
	assert_int_equal(a->values[3].v[0].v[0].i, 1);
	assert_int_equal(a->values[4].i, -7);
	assert_int_equal(a->values[5].n, 3);
	assert_true(a->values[5].v[2].u == UINT64_MAX);
	assert_string_equal(a->values[6].s, "x");
	assert_int_equal(a->values[7].kind, TF_NULL);
}

static const struct {
	const char *given, *errors;
} mistakes[] = {
	{"{\"i\": \"4\", \"l\": [], " REST "}", "ArgumentTypeError [\"i\",\"Int\",\"4\"] 1:16"},
	{"{\"i\": 4.0, \"l\": [], " REST "}", "ArgumentTypeError [\"i\",\"Int\",4.0] 1:16"},
	{"{\"i\": true, \"l\": [], " REST "}", "ArgumentTypeError [\"i\",\"Int\",true] 1:16"},
	{"{\"i\": {\"a\": 1}, \"l\": [], " REST "}", "ArgumentTypeError [\"i\",\"Int\",{\"a\":1}] 1:16"},
	{"{\"i\": {\"$u64\": \"x\"}, \"l\": [], " REST "}", "ArgumentTypeError [\"i\",\"Int\",{\"$u64\":\"x\"}] 1:16"},
	{"{\"i\": 4, \"l\": null, " REST "}", "ArgumentTypeError [\"l\",\"[Int]!\",null] 1:48"},
	{"{\"i\": 4, \"l\": 1, " REST "}", "ArgumentTypeError [\"l\",\"[Int]!\",1] 1:48"},
	{"{\"i\": 4, \"l\": [1, 1.5], " REST "}", "ArgumentTypeError [\"l\",\"[Int]!\",[1,1.5]] 1:48"},
	{"{\"i\": 4, \"l\": [[1]], " REST "}", "ArgumentTypeError [\"l\",\"[Int]!\",[[1]]] 1:48"},
	{"{\"i\": 4, \"l\": [], \"s\": null, \"f\": 1, \"t\": [null], \"g\": [null], \"b\": 0, \"d\": 3.5}",
	 "ArgumentTypeError [\"b\",\"Boolean!\",0] 4:6; ArgumentTypeError [\"d\",\"ID\",3.5] 4:41; ArgumentTypeError [\"f\",\"Float!\",1] 2:47; "
	 "ArgumentTypeError [\"g\",\"[[Int]!]!\",[null]] 3:43; ArgumentTypeError [\"s\",\"String!\",null] 2:6; ArgumentTypeError "
	 "[\"t\",\"[String!]\",[null]] 3:6"},
	{"{\"i\": 4, " REST "}", "MissingArguments [[\"l\"]] 1:48"},
	{"{\"l\": [], \"i\": 1, \"zz\": 3, \"I\": null, " REST "}", "UnusedArguments [[\"I\",\"zz\"]] 0:0"},
	{"{\"l\": 3, \"x\": 1, \"t\": [], \"s\": \"\", \"f\": 0.0, \"d\": null, \"a\": 1}",
	 "ArgumentTypeError [\"l\",\"[Int]!\",3] 1:48; MissingArguments [[\"b\",\"g\",\"i\"]] 4:6; UnusedArguments [[\"a\",\"x\"]] 0:0"},
	{"{}", "MissingArguments [[\"b\",\"d\",\"f\",\"g\",\"i\",\"l\",\"s\",\"t\"]] 4:6"},
	{"[1]", "ArgumentsNotAnObject [] 0:0"},
};

static void test_all_that_is_wrong_is_told(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
		AUTO_JSON json_t *given = json_of(mistakes[i].given);
		AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
		AUTO_STRBUF told = STRBUF_INIT;
		struct tf_arguments *a = NULL;
		assert_int_equal(tf_arguments_bind(f->query, given, &a, &errors), -EINVAL);
		assert_null(a);
		for (size_t k = 0; k < errors.n; k++) {
			const struct tf_error *e = &errors.v[k];
			AUTO_MEM char *args = json_text(e->args, JSON_OUT_COMPACT);
			strbuf_addf(&told, "%s%s %s %u:%u", k ? "; " : "", e->kind, args, e->pos.line, e->pos.column);
			assert_int_equal(e->stage, TF_STAGE_ARGUMENTS);
			assert_true(e->message[0] && e->hint[0]);
		}
		if (strcmp(told.s, mistakes[i].errors) != 0)
			fail_msg("%s\ngives    %s\nexpected %s", mistakes[i].given, told.s, mistakes[i].errors);
	}
}

static void test_a_mistake_need_not_be_asked_for(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *given = json_of("{\"i\": \"x\"}");
	struct tf_arguments *a = NULL;
	assert_int_equal(tf_arguments_bind(f->query, given, &a, NULL), -EINVAL);
	assert_int_equal(tf_arguments_bind(f->query, NULL, &a, NULL), -EINVAL);
	assert_null(a);
}

static void test_hints_help(void **state)
{
	static const struct {
		const char *given, *hint;
	} cases[] = {
		{"{\"i\": 4.0, \"l\": [], " REST "}", "an Int has no point"},
		{"{\"i\": \"4\", \"l\": [], " REST "}", "a whole number, without quotes and without a point"},
		{"{\"i\": 4, \"l\": [], \"s\": \"x\", \"f\": \"3\", \"t\": null, \"g\": [], \"b\": true, \"d\": null}", "a number, without quotes"},
		{"{\"i\": 4, \"l\": [], \"s\": 1, \"f\": 3.0, \"t\": null, \"g\": [], \"b\": true, \"d\": null}", "a text in quotes, a number too"},
		{"{\"i\": 4, \"l\": [], \"s\": \"x\", \"f\": 3.0, \"t\": null, \"g\": [], \"b\": \"true\", \"d\": null}",
		 "true or false, without quotes"},
		{"{\"i\": 4, \"l\": 5, " REST "}", "put it into a list: [5]"},
		{"{\"i\": 4, \"l\": [\"x\"], " REST "}", "each item of the list has to be Int"},
		{"{\"i\": 4, \"ll\": [], \"l\": [], " REST "}", "did you mean 'l'?"},
		{"{\"i\": 4, " REST "}", "give 'l' as an argument, of the type [Int]!"},
		{"{\"i\": 4, \"l\": [], \"s\": \"x\", \"f\": 3, \"t\": null, \"g\": [], \"b\": true, \"d\": null}", "a Float has a point: 3.0"},
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_JSON json_t *given = json_of(cases[i].given);
		AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
		struct tf_arguments *a = NULL;
		assert_int_equal(tf_arguments_bind(f->query, given, &a, &errors), -EINVAL);
		assert_string_equal(errors.v[0].hint, cases[i].hint);
	}
}

static void test_whole_numbers_can_be_made_floats(void **state)
{
	struct fixture *f = *state;
	AUTO(tf_query) q = NULL;
	static const char text[] = "{ Song { loud @filter(op: \"one_of\", value: [\"$l\"]) @filter(op: \"<\", value: [\"$f\"])"
				   " plays @filter(op: \"=\", value: [\"$i\"]) } }";
	assert_int_equal(tf_query_compile(f->schema, text, sizeof(text) - 1, &q, NULL), 0);
	AUTO_JSON json_t *given = json_of("{\"f\": 4, \"l\": [1, null, 2.5, \"x\"], \"i\": 7, \"other\": 1}");
	AUTO_JSON json_t *wide = tf_arguments_widened(q, given);
	AUTO_MEM char *told = json_text(wide, JSON_OUT_SORTED);
	assert_string_equal(told, "{\"f\":4.0,\"i\":7,\"l\":[1.0,null,2.5,\"x\"],\"other\":1}");
	AUTO_JSON json_t *great = json_of("{\"f\": 9007199254740993, \"l\": -9007199254740992}"); /* only one of them is a double */
	AUTO_JSON json_t *kept = tf_arguments_widened(q, great);
	assert_true(json_is_integer(json_object_get(kept, "f")));
	assert_true(json_is_real(json_object_get(kept, "l")));
	assert_true(json_is_integer(json_object_get(given, "f")));
}

static void test_a_query_without_variables_wants_nothing(void **state)
{
	struct fixture *f = *state;
	AUTO(tf_query) q = NULL;
	assert_int_equal(tf_query_compile(f->schema, "{ Song { name @output } }", 25, &q, NULL), 0);
	AUTO(tf_arguments) none = NULL;
	assert_int_equal(tf_arguments_bind(q, NULL, &none, NULL), 0);
	AUTO_JSON json_t *empty = json_object();
	AUTO(tf_arguments) nothing = NULL;
	assert_int_equal(tf_arguments_bind(q, empty, &nothing, NULL), 0);
}

static void test_binding_survives_without_memory(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *given = json_of("{\"l\": [1, 2, 3], \"i\": -7, " REST "}");
	for (long n = 1;; n++) {
		AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
		AUTO(tf_arguments) a = NULL;
		starve_one(n);
		int r = tf_arguments_bind(f->query, given, &a, &errors);
		bool starved = starve_end();
		assert_int_equal(r, starved ? -ENOMEM : 0);
		if (!starved)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values_are_bound_by_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_that_is_wrong_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_mistake_need_not_be_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hints_help, setup, teardown),
		cmocka_unit_test_setup_teardown(test_whole_numbers_can_be_made_floats, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_query_without_variables_wants_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_binding_survives_without_memory, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
