#include "model/params.h"

#include "base/mem.h"
#include "base/str.h"

#include "../check.h"

#include <string.h>

struct sample {
	int64_t bars;
	double heat;
	bool loud;
	int64_t style;
	char prompt[12];
};

static const char *const styles[] = { "folk", "jazz", "pop", NULL };

static const struct model_param rows[] = {
	{ "bars", "how many", "bars", MODEL_PARAM_INT, 1, 64, 8, offsetof(struct sample, bars) },
	{ "heat", "how wild", "", MODEL_PARAM_NUM, 0.1, 4, 1.5, offsetof(struct sample, heat) },
	{ "loud", "at full power", "", MODEL_PARAM_FLAG, 0, 1, 1, offsetof(struct sample, loud) },
	PARAM_CHOICE(sample, style, styles, 1, "what it is like"),
	PARAM_TEXT(sample, prompt, "slow", "in words"),
};
static const struct model_table table = MODEL_TABLE(rows);

static int read_text(const char *text, struct sample *ret, struct err *err)
{
	AUTO_JSON json_t *j = NULL;
	assert_int_equal(json_parse(text, strlen(text), &j, NULL), 0);
	return model_params_read(&table, j, ret, err);
}

static void test_params_start_from_their_defaults(void **state)
{
	struct sample s;
	assert_int_equal(model_params_read(&table, NULL, &s, NULL), 0);
	assert_true(s.bars == 8 && s.heat == 1.5 && s.loud);
	assert_int_equal(read_text("{\"bars\":64,\"loud\":false}", &s, NULL), 0);
	assert_true(s.bars == 64 && s.heat == 1.5 && !s.loud);
	assert_int_equal(read_text("{\"bars\":3.0,\"heat\":2}", &s, NULL), 0);
	assert_true(s.bars == 3 && s.heat == 2 && s.loud);
}

static void test_params_out_of_range_are_refused_with_the_range(void **state)
{
	static const struct {
		const char *text, *field, *says;
	} cases[] = {
		{ "{\"bars\":0}", "params.bars", "bars is 0; allowed are whole numbers from 1 to 64 bars" },
		{ "{\"bars\":65}", "params.bars", "1 to 64" },
		{ "{\"bars\":2.5}", "params.bars", "whole numbers" },
		{ "{\"bars\":9223372036854775807}", "params.bars", "1 to 64" },
		{ "{\"bars\":\"8\"}", "params.bars", "bars is \"8\"" },
		{ "{\"bars\":null}", "params.bars", "bars is null" },
		{ "{\"heat\":-1}", "params.heat", "0.1 to 4" },
		{ "{\"heat\":1e300}", "params.heat", "0.1 to 4" },
		{ "{\"heat\":true}", "params.heat", "0.1 to 4" },
		{ "{\"loud\":1}", "params.loud", "true and false" },
		{ "{\"bras\":8}", "params.bras", "no parameter 'bras'" },
		{ "{\"style\":\"rock\"}", "params.style", "style is \"rock\"; allowed are folk, jazz, pop" },
		{ "{\"style\":1}", "params.style", "folk, jazz, pop" },
		{ "{\"style\":\"\"}", "params.style", "folk, jazz, pop" },
		{ "{\"prompt\":7}", "params.prompt", "texts of at most 11 bytes" },
		{ "{\"prompt\":\"123456789012\"}", "params.prompt", "texts of at most 11 bytes" },
		{ "[]", "params", "must be an object" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sample s;
		struct err err = ERR_INIT;
		assert_int_equal(read_text(cases[i].text, &s, &err), -EINVAL);
		assert_string_equal(err.field, cases[i].field);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("'%s' does not say '%s'", err.msg, cases[i].says);
	}
}

static void test_params_name_the_nearest_one_when_misspelt(void **state)
{
	struct sample s;
	struct err err = ERR_INIT;
	assert_int_equal(read_text("{\"bras\":8}", &s, &err), -EINVAL);
	assert_non_null(strstr(err.hint, "'bars'"));
}

static void test_params_are_refused_also_when_nobody_wants_to_read_why(void **state)
{
	struct sample s;
	assert_int_equal(read_text("{\"bars\":0}", &s, NULL), -EINVAL);
	assert_int_equal(read_text("{\"barz\":1}", &s, NULL), -EINVAL);
}

static void test_params_choose_by_name_and_keep_texts(void **state)
{
	struct sample s;
	struct err err = ERR_INIT;
	assert_int_equal(read_text("{}", &s, NULL), 0);
	assert_true(s.style == 1);
	assert_string_equal(s.prompt, "slow");
	assert_int_equal(read_text("{\"style\":\"pop\",\"prompt\":\"12345678901\"}", &s, NULL), 0);
	assert_true(s.style == 2);
	assert_string_equal(s.prompt, "12345678901");
	assert_int_equal(read_text("{\"style\":\"folc\"}", &s, &err), -EINVAL);
	assert_non_null(strstr(err.hint, "'folk'"));
}

static void test_params_filled_in_c_are_held_to_the_same_table(void **state)
{
	struct sample s;
	struct err err = ERR_INIT;
	assert_int_equal(read_text("{}", &s, NULL), 0);
	assert_int_equal(model_params_check(&table, &s, &err), 0);
	s.style = 3;
	assert_int_equal(model_params_check(&table, &s, &err), -EINVAL);
	assert_string_equal(err.field, "params.style");
	s.style = 0;
	s.heat = 0.0 / 0.0;
	assert_int_equal(model_params_check(&table, &s, &err), -EINVAL);
	assert_string_equal(err.field, "params.heat");
	s.heat = 1;
	memset(s.prompt, 'x', sizeof(s.prompt));
	assert_int_equal(model_params_check(&table, &s, &err), -EINVAL);
	assert_string_equal(err.field, "params.prompt");
}

static void test_params_are_written_as_they_were_read(void **state)
{
	static const char said[] = "{\"bars\":3,\"heat\":2.5,\"loud\":false,\"style\":\"folk\",\"prompt\":\"x\"}";
	struct sample s;
	assert_int_equal(read_text(said, &s, NULL), 0);
	AUTO_JSON json_t *written = model_params_write(&table, &s);
	AUTO_MEM char *text = json_text(written, JSON_OUT_COMPACT);
	assert_string_equal(text, said);
}

static void test_params_schema_says_what_the_reader_enforces(void **state)
{
	AUTO_JSON json_t *schema = model_params_schema(&table);
	AUTO_MEM char *text = json_text(schema, JSON_OUT_COMPACT);
	assert_string_equal(text,
			    "{\"type\":\"object\",\"properties\":{"
			    "\"bars\":{\"type\":\"integer\",\"description\":\"how many\",\"minimum\":1,\"maximum\":64,"
			    "\"unit\":\"bars\",\"default\":8},"
			    "\"heat\":{\"type\":\"number\",\"description\":\"how wild\",\"minimum\":0.1,\"maximum\":4.0,"
			    "\"default\":1.5},"
			    "\"loud\":{\"type\":\"boolean\",\"description\":\"at full power\",\"default\":true},"
			    "\"style\":{\"type\":\"string\",\"description\":\"what it is like\","
			    "\"enum\":[\"folk\",\"jazz\",\"pop\"],\"default\":\"jazz\"},"
			    "\"prompt\":{\"type\":\"string\",\"description\":\"in words\",\"maxLength\":11,\"default\":\"slow\"}},"
			    "\"additionalProperties\":false}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_params_start_from_their_defaults),
		cmocka_unit_test(test_params_out_of_range_are_refused_with_the_range),
		cmocka_unit_test(test_params_name_the_nearest_one_when_misspelt),
		cmocka_unit_test(test_params_are_refused_also_when_nobody_wants_to_read_why),
		cmocka_unit_test(test_params_choose_by_name_and_keep_texts),
		cmocka_unit_test(test_params_filled_in_c_are_held_to_the_same_table),
		cmocka_unit_test(test_params_are_written_as_they_were_read),
		cmocka_unit_test(test_params_schema_says_what_the_reader_enforces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
