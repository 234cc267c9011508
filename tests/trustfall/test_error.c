#include "trustfall/error.h"

#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

static int add(struct tf_errors *errors, uint32_t line, uint32_t column, const char *message)
{
	return tf_error_add(errors, TF_STAGE_PARSE, "InvalidGraphQL", (struct tf_pos){line, column}, NULL, "%s", message);
}

static void test_the_first_error_is_told_in_one_line(void **state)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct err e = ERR_INIT;
	assert_int_equal(tf_errors_err(&errors, &e), -EINVAL);
	assert_int_equal(add(&errors, 4, 39, "what it is"), -EINVAL);
	tf_error_hint(&errors, "what to %s", "do");
	assert_int_equal(tf_errors_err(&errors, &e), -EINVAL);
	assert_string_equal(e.msg, "parse error at 4:39: what it is");
	assert_string_equal(e.hint, "what to do");
	(void)tf_error_add(&errors, TF_STAGE_ARGUMENTS, "UnusedArguments", (struct tf_pos){0}, NULL, "other");
	(void)tf_errors_err(&errors, &e);
	assert_string_equal(e.msg, "parse error at 4:39: what it is (and 1 more)");
}

static void test_errors_are_shown_below_their_line(void **state)
{
	static const char text[] = "{\n\t\xc3\xa4: x\n  last";
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	(void)add(&errors, 2, 5, "behind a tab and an umlaut");
	tf_error_hint(&errors, "a hint");
	(void)add(&errors, 3, 3, "in the last line");
	(void)add(&errors, 3, 99, "behind the end");
	(void)add(&errors, 9, 1, "in no line");
	(void)add(&errors, 0, 0, "nowhere");
	assert_int_equal(tf_errors_show(&errors, text, strlen(text), &b), 0);
	assert_string_equal(b.s, "parse error (InvalidGraphQL): behind a tab and an umlaut\n"
				 "    2 | \t\xc3\xa4: x\n"
				 "      | \t   ^\n"
				 "      = a hint\n"
				 "parse error (InvalidGraphQL): in the last line\n"
				 "    3 |   last\n"
				 "      |   ^\n"
				 "parse error (InvalidGraphQL): behind the end\n"
				 "    3 |   last\n"
				 "      |       ^\n"
				 "parse error (InvalidGraphQL): in no line\n"
				 "parse error (InvalidGraphQL): nowhere\n");
}

static void test_long_lines_are_shown_around_the_place(void **state)
{
	char text[402], wanted[600];
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	for (size_t i = 0; i < 200; i++) { /* 200 characters of two bytes */
		text[2 * i] = '\xc3';
		text[2 * i + 1] = i == 150 ? '\xb6' : '\xa4';
	}
	text[400] = '\0';
	(void)add(&errors, 1, 151, "far to the right");
	assert_int_equal(tf_errors_show(&errors, text, 400, &b), 0);
	(void)snprintf(wanted, sizeof(wanted), "parse error (InvalidGraphQL): far to the right\n    1 | …%.*s\n      | %*s^\n", 2 * 130, text + 140,
		       81, "");
	assert_string_equal(b.s, wanted);

	strbuf_clear(&b);
	tf_errors_done(&errors);
	(void)add(&errors, 1, 3, "on the left");
	(void)add(&errors, 1, 999, "behind the end");
	assert_int_equal(tf_errors_show(&errors, text, 400, &b), 0);
	(void)snprintf(wanted, sizeof(wanted),
		       "parse error (InvalidGraphQL): on the left\n    1 | %.*s…\n      |   ^\n"
		       "parse error (InvalidGraphQL): behind the end\n    1 | …%s\n      | %*s^\n",
		       2 * 52, text, text + 240, 81, "");
	assert_string_equal(b.s, wanted);
}

static void test_errors_go_over_the_wire_as_json(void **state)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	(void)tf_error_add(&errors, TF_STAGE_FRONTEND, "UnusedTags", (struct tf_pos){2, 3}, json_pack("[[s]]", "name"), "message");
	(void)tf_error_add(&errors, TF_STAGE_SCHEMA, "X", (struct tf_pos){0}, NULL, "other");
	AUTO_JSON json_t *j = tf_errors_json(&errors);
	char *text = json_text(j, JSON_OUT_SORTED);
	assert_string_equal(text, "[{\"args\":[[\"name\"]],\"column\":3,\"hint\":\"\",\"kind\":\"UnusedTags\",\"line\":2,\"message\":\"message\","
				  "\"stage\":\"frontend\"},{\"hint\":\"\",\"kind\":\"X\",\"message\":\"other\",\"stage\":\"schema\"}]");
	free(text);
}

static void test_errors_are_counted_to_a_bound(void **state)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e = ERR_INIT;
	for (int i = 0; i < LIMIT_TRUSTFALL_ERRORS + 5; i++)
		assert_int_equal(tf_error_add(&errors, TF_STAGE_PARSE, "X", (struct tf_pos){1, 1}, json_array(), "%d", i), -EINVAL);
	assert_int_equal(errors.n, LIMIT_TRUSTFALL_ERRORS);
	assert_true(errors.lost);
	assert_int_equal(tf_errors_show(&errors, "x", 1, &b), 0);
	assert_true(str_ends(b.s, "and more\n"));
	(void)tf_errors_err(&errors, &e);
	assert_non_null(strstr(e.msg, " more)"));
	assert_int_equal(tf_error_add(NULL, TF_STAGE_PARSE, "X", (struct tf_pos){1, 1}, json_array(), "nobody listens"), -EINVAL);
	tf_error_hint(NULL, "nobody listens");
}

static void test_long_words_are_cut(void **state)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	char text[1000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)add(&errors, 1, 1, text);
	tf_error_hint(&errors, "%s", text);
	assert_int_equal(strlen(errors.v[0].message), sizeof(errors.v[0].message) - 1);
	assert_int_equal(strlen(errors.v[0].hint), sizeof(errors.v[0].hint) - 1);
}

static void test_stages_have_names(void **state)
{
	assert_string_equal(tf_stage_name(TF_STAGE_SCHEMA), "schema");
	assert_string_equal(tf_stage_name(TF_STAGE_EXECUTE), "execute");
	assert_string_equal(tf_stage_name(TF_STAGE_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_error_is_told_in_one_line),
		cmocka_unit_test(test_errors_are_shown_below_their_line),
		cmocka_unit_test(test_long_lines_are_shown_around_the_place),
		cmocka_unit_test(test_errors_go_over_the_wire_as_json),
		cmocka_unit_test(test_errors_are_counted_to_a_bound),
		cmocka_unit_test(test_long_words_are_cut),
		cmocka_unit_test(test_stages_have_names),
	};
	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
