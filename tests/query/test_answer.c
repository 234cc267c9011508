#include "query/answer.h"

#include "../check.h"
#include "../starve.h"

#include "base/clock.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

/* ---- numbers, as many as are asked for ---- */

static int get_value(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = tf_int(v->i);
	return 0;
}

static int get_name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	if (v->i == 13)
		return err_set(err, -EIO, "13 cannot be named");
	*ret = v->i % 2 ? TF_VALUE_NULL : tf_string(tf_context_printf(c, "say \"%lld\"", (long long)v->i));
	return 0;
}

static int get_half(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = tf_float((double)v->i / 2);
	return 0;
}

static int next_number(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	if (it->s[0].i >= it->s[1].i)
		return 0;
	*ret = (struct tf_vertex){ .type = it->type, .i = it->s[0].i++ };
	return 1;
}

static int open_numbers(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	it->next = next_number;
	it->s[0].i = params[0].i;
	it->s[1].i = params[1].i;
	return 0;
}

static const struct tf_property_row properties[] = {
	{ "value", "Int!", "the number", get_value },
	{ "name", "String", "even ones have one", get_name },
	{ "half", "Float!", "half of it", get_half },
};
static const struct tf_type_row types[] = { { .name = "Number", .doc = "a number", TF_PROPERTIES(properties) } };
static const struct tf_param_row bounds[] = { { "from", "Int!", "0", "the first" }, { "to", "Int!", NULL, "behind the last" } };
static const struct tf_edge_row roots[] = { { "Number", "[Number!]!", "numbers", TF_PARAMS(bounds), open_numbers } };
static const struct tf_table table = { types, COUNT_OF(types), roots, COUNT_OF(roots) };

static struct tf_adapter *adapter;

static int setup(void **state)
{
	static const struct tf_table *const tables[] = { &table };
	struct err err = ERR_INIT;
	if (tf_adapter_new(tables, 1, NULL, &adapter, &err) < 0)
		fail_msg("%s", err.msg);
	return 0;
}

static int teardown(void **state)
{
	tf_adapter_free(adapter);
	return 0;
}

/* ---- asking ---- */

static const struct query_limits no_limits;

static int ask(const char *query, const char *variables, const struct query_limits *limits, struct query_answer *ret,
	       struct tf_errors *errors, struct err *err)
{
	AUTO(query_prepared) p = NULL;
	AUTO_JSON json_t *given = NULL;
	if (variables)
		assert_int_equal(json_parse(variables, strlen(variables), &given, err), 0);
	int r = query_prepare(adapter, query, strlen(query), given, &p, errors, err);
	return r < 0 ? r : query_run(adapter, p, NULL, limits, false, ret, errors, err);
}

static void answered(const char *query, const struct query_limits *limits, struct query_answer *ret)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct err err = ERR_INIT;
	if (ask(query, NULL, limits, ret, &errors, &err) < 0)
		fail_msg("%s", err.msg);
}

static void test_rows_are_objects_in_the_order_of_the_query(void **state)
{
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json_out o;
	size_t n = 0;
	answered("{ Number(from: 1, to: 3) { name @output value @output } }", &no_limits, &a);
	assert_int_equal(a.n_rows, 2);
	assert_int_equal(a.stop, QUERY_STOP_END);
	assert_string_equal(a.columns.s, "[{\"name\":\"name\",\"type\":\"String\"},{\"name\":\"value\",\"type\":\"Int!\"}]");
	assert_string_equal(a.rows.s, "{\"name\":null,\"value\":1},{\"name\":\"say \\\"2\\\"\",\"value\":2}");
	const char *row = query_answer_row(&a, 0, &n);
	assert_true(n == strlen("{\"name\":null,\"value\":1}") && !memcmp(row, "{\"name\":null,\"value\":1}", n));
	row = query_answer_row(&a, 1, &n);
	assert_true(row[0] == '{' && row[n - 1] == '}' && row + n == a.rows.s + a.rows.n);

	json_out_init(&o, &text);
	json_out_object_begin(&o);
	query_answer_write(&a, &o);
	json_out_object_end(&o);
	AUTO_JSON json_t *j = NULL;
	struct err err = ERR_INIT;
	if (json_parse(text.s, text.n, &j, &err) < 0)
		fail_msg("%s: %s", err.msg, text.s);
	assert_int_equal(json_integer_value(json_object_get(j, "n_rows")), 2);
	assert_string_equal(json_string_value(json_object_get(j, "stopped")), "end");
	assert_true(json_integer_value(json_object_get(json_object_get(j, "cost"), "vertices")) >= 2);
	assert_null(json_object_get(j, "plan"));
}

static void test_a_query_without_rows_is_an_answer(void **state)
{
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json_out o;
	answered("{ Number(to: 0) { value @output } }", &no_limits, &a);
	assert_int_equal(a.n_rows, 0);
	json_out_init(&o, &text);
	json_out_object_begin(&o);
	query_answer_write(&a, &o);
	json_out_object_end(&o);
	assert_non_null(strstr(text.s, "\"rows\":[],"));
}

static void test_each_limit_says_its_name(void **state)
{
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	answered("{ Number(to: 10) { value @output } }", &(struct query_limits){ .max_rows = 3 }, &a);
	assert_true(a.n_rows == 3 && a.stop == QUERY_STOP_ROWS);
	_Atomic bool cancel = true;
	answered("{ Number(to: 1000000000) { value @output } }", &(struct query_limits){ .cancel = &cancel }, &a);
	assert_int_equal(a.stop, QUERY_STOP_CANCELLED);
	int64_t soon = clock_monotonic_ns(clock_system()) + 20 * NS_PER_MS;
	answered("{ Number(to: 1000000000) { value @filter(op: \"<\", value: [\"%v\"]) v: value @tag @output } }",
		 &(struct query_limits){ .deadline_ns = soon }, &a);
	assert_int_equal(a.stop, QUERY_STOP_DEADLINE);
	for (int s = 0; s < QUERY_STOP_COUNT; s++)
		assert_true(query_stop_name((enum query_stop)s)[0] != '\0');
}

/* What is written is never longer, and as long as it can be. */
static void test_an_answer_ends_before_its_bytes_do(void **state)
{
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	size_t before = 0;
	for (size_t most = 1500; most < 6000; most += 100) {
		AUTO_STRBUF text = STRBUF_INIT;
		struct json_out o;
		answered("{ Number(from: 100, to: 10000) { value @output } }", &(struct query_limits){ .max_bytes = most }, &a);
		assert_int_equal(a.stop, QUERY_STOP_BYTES);
		assert_true(a.stats.total_ns > 0);
		assert_true(a.n_rows > before);
		before = a.n_rows;
		json_out_init(&o, &text);
		json_out_object_begin(&o);
		query_answer_write(&a, &o);
		json_out_object_end(&o);
		assert_true(text.n <= most);
	}
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct err err = ERR_INIT;
	assert_int_equal(ask("{ Number(to: 1) { value @output } }", NULL, &(struct query_limits){ .max_bytes = 100 }, &a, &errors, &err), -EMSGSIZE);
}

static void test_mistakes_are_told_with_their_places(void **state)
{
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct err err = ERR_INIT;
	assert_int_equal(ask("{ Number(to: 3) { valeu @output } }", NULL, &no_limits, &a, &errors, &err), -EINVAL);
	assert_true(err.msg[0] != '\0');
	assert_int_equal(query_errors_write(&errors, &text), 0);
	AUTO_JSON json_t *j = NULL;
	assert_int_equal(json_parse(text.s, text.n, &j, &err), 0);
	const json_t *first = json_array_get(json_object_get(j, "errors"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "stage")), "frontend");
	assert_int_equal(json_integer_value(json_object_get(first, "line")), 1);
}

static void test_variables_are_checked(void **state)
{
	static const char query[] = "{ Number(to: 9) { value @filter(op: \">\", value: [\"$least\"]) @output } }";
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT, none = TF_ERRORS_INIT;
	struct err err = ERR_INIT;
	assert_int_equal(ask(query, "{\"least\": 6}", &no_limits, &a, &errors, &err), 0);
	assert_string_equal(a.rows.s, "{\"value\":7},{\"value\":8}");
	assert_int_equal(ask(query, NULL, &no_limits, &a, &errors, &err), -EINVAL);
	assert_int_equal(errors.v[0].stage, TF_STAGE_ARGUMENTS);
	err = (struct err)ERR_INIT;
	assert_int_equal(ask(query, "[6]", &no_limits, &a, &none, &err), -EINVAL);
	assert_string_equal(err.field, "variables");
}

/* The engine keeps Int and Float apart; JSON from elsewhere often cannot. */
static void test_a_whole_number_is_a_float_where_one_is_wanted(void **state)
{
	static const char query[] = "{ Number(to: 9) { value @output half @filter(op: \">=\", value: [\"$least\"]) } }";
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct err err = ERR_INIT;
	assert_int_equal(ask(query, "{\"least\": 4}", &no_limits, &a, &errors, &err), 0);
	assert_string_equal(a.rows.s, "{\"value\":8}");
	assert_int_equal(ask("{ Number(to: 9) { value @filter(op: \"=\", value: [\"$a\"]) } }", "{\"a\": 4.0}", &no_limits, &a, &errors, &err),
			 -EINVAL);
}

static void test_a_failure_on_the_way_is_told(void **state)
{
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct err err = ERR_INIT;
	assert_int_equal(ask("{ Number(to: 20) { name @output } }", NULL, &no_limits, &a, &errors, &err), -EIO);
	assert_string_equal(err.msg, "13 cannot be named");
	assert_int_equal(errors.n, 1);
	assert_int_equal(errors.v[0].stage, TF_STAGE_EXECUTE);
	assert_string_equal(errors.v[0].message, "13 cannot be named");
}

static void test_a_plan_is_told_when_asked_for(void **state)
{
	static const char query[] = "{ Number(to: 2) { value @output } }";
	AUTO(query_prepared) p = NULL;
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct err err = ERR_INIT;
	assert_int_equal(query_prepare(adapter, query, strlen(query), NULL, &p, &errors, &err), 0);
	for (int again = 0; again < 2; again++) { /* prepared once, run often */
		assert_int_equal(query_run(adapter, p, NULL, &no_limits, true, &a, &errors, &err), 0);
		assert_string_equal(a.rows.s, "{\"value\":0},{\"value\":1}");
		assert_true(a.plan.n > 2 && a.plan.s[0] == '"' && strstr(a.plan.s, "Number"));
	}
}

static int prepare_and_run(void *arg, struct err *err)
{
	static const char query[] = "{ Number(from: 1, to: 20) { value @output @filter(op: \">\", value: [\"$least\"]) } }";
	AUTO(query_prepared) p = NULL;
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	int r = query_prepare(adapter, query, strlen(query), arg, &p, &errors, err);
	if (r == 0)
		r = query_run(adapter, p, NULL, &no_limits, true, &a, &errors, err);
	if (r == 0)
		assert_int_equal(a.n_rows, 10);
	return r;
}

static void test_memory_that_runs_out_is_told(void **state)
{
	AUTO_JSON json_t *least = json_pack("{s:i}", "least", 9);
	assert_true(starve_exhaust(STARVE_ONE, "query", false, prepare_and_run, least) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_objects_in_the_order_of_the_query),
		cmocka_unit_test(test_a_query_without_rows_is_an_answer),
		cmocka_unit_test(test_each_limit_says_its_name),
		cmocka_unit_test(test_an_answer_ends_before_its_bytes_do),
		cmocka_unit_test(test_mistakes_are_told_with_their_places),
		cmocka_unit_test(test_variables_are_checked),
		cmocka_unit_test(test_a_whole_number_is_a_float_where_one_is_wanted),
		cmocka_unit_test(test_a_failure_on_the_way_is_told),
		cmocka_unit_test(test_memory_that_runs_out_is_told),
		cmocka_unit_test(test_a_plan_is_told_when_asked_for),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
