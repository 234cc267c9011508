#include "wire/cli.h"

#include "../check.h"
#include "base/mem.h"
#include "sample.h"
#include "wire/codec.h"
#include "wire/schema.h"

#include <stdio.h>
#include <string.h>

#define MAX_ARGS 64

static int parse(const struct wire_message *m, const char *const *args, json_t **ret,
		 struct err *err)
{
	int n = 0;
	*err = (struct err)ERR_INIT;
	while (args[n])
		n++;
	return wire_cli_parse(m, n, (char *const *)args, ret, err);
}

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void expect_payload(const char *const *args, const char *expected)
{
	AUTO_JSON json_t *j = NULL;
	AUTO_JSON json_t *want = NULL;
	struct err err;
	if (parse(&sample_message, args, &j, &err) < 0)
		fail_msg("%s: %s", expected, err_msg(&err));
	assert_int_equal(json_parse(expected, strlen(expected), &want, &err), 0);
	char AUTO_MEM *got = json_text(j, JSON_OUT_SORTED),
		      *wanted = json_text(want, JSON_OUT_SORTED);
	assert_string_equal(got, wanted);
}

static void expect_error(const char *const *args, const char *field, const char *in_message)
{
	json_t *j = NULL;
	struct err err;
	int r = parse(&sample_message, args, &j, &err);
	if (r >= 0 || strcmp(err.field, field) != 0 || !strstr(err.msg, in_message))
		fail_msg("%s %s: %d, field '%s', message '%s'", args[0], field, r, err.field,
			 err.msg);
}

static void test_cli_makes_a_payload_of_flags(void **state)
{
	expect_payload(ARGS("--number", "16"), "{\"type\":\"sample\",\"number\":16}");
	expect_payload(ARGS("--number=16", "--gain", "1.5", "--title", "A Reel", "--no-loud"),
		       "{\"type\":\"sample\",\"number\":16,\"gain\":1.5,\"title\":\"A "
		       "Reel\",\"loud\":false}");
	expect_payload(
		ARGS("--number=1", "--loud", "--wide", "-5", "--title=--x"),
		"{\"type\":\"sample\",\"number\":1,\"loud\":true,\"wide\":-5,\"title\":\"--x\"}");
	expect_payload(
		ARGS("--number=1", "--loud=off", "--colour", "dark_blue"),
		"{\"type\":\"sample\",\"number\":1,\"loud\":false,\"colour\":\"dark_blue\"}");
	expect_payload(ARGS("--loud", "true", "--number=1"), "{\"type\":\"sample\",\"number\":1,\"loud\":true}");
	expect_payload(ARGS("--number=1", "--loud", "no"), "{\"type\":\"sample\",\"number\":1,\"loud\":false}");
}

static void test_cli_repeats_lists_and_takes_json(void **state)
{
	expect_payload(ARGS("--number=1", "--tags", "a", "--tags", "b"),
		       "{\"type\":\"sample\",\"number\":1,\"tags\":[\"a\",\"b\"]}");
	expect_payload(
		ARGS("--number=1", "--tags", "[\"a\",\"b\"]", "--levels=-6", "--levels", "-3"),
		"{\"type\":\"sample\",\"number\":1,\"tags\":[\"a\",\"b\"],\"levels\":[-6.0,-3.0]}");
	expect_payload(ARGS("--number=1", "--inner", "{\"beats\":2}", "--parts", "{\"beats\":1}",
			    "--parts", "{\"beats\":3}"),
		       "{\"type\":\"sample\",\"number\":1,\"inner\":{\"beats\":2},\"parts\":[{"
		       "\"beats\":1},{\"beats\":3}]}");
	expect_payload(
		ARGS("--number=1", "--op", "{\"op\":\"move\",\"to_beats\":1}"),
		"{\"type\":\"sample\",\"number\":1,\"op\":{\"op\":\"move\",\"to_beats\":1}}");
}

static void test_cli_lays_flags_over_json(void **state)
{
	expect_payload(ARGS("--gain", "2", "--json", "{\"number\":3,\"gain\":1,\"tags\":[\"x\"]}"),
		       "{\"type\":\"sample\",\"number\":3,\"gain\":2.0,\"tags\":[\"x\"]}");
	expect_payload(
		ARGS("--json={\"type\":\"sample\",\"number\":3,\"tags\":[\"x\"]}", "--tags", "y"),
		"{\"type\":\"sample\",\"number\":3,\"tags\":[\"y\"]}");
	expect_error(ARGS("--json", "{\"type\":\"other\"}"), "type", "not a 'sample'");
	expect_error(ARGS("--json", "[]"), "json", "must be an object");
	expect_error(ARGS("--json", "{"), "", "--json");
}

static void test_cli_names_the_flag_at_fault(void **state)
{
	expect_error(ARGS("--number", "x"), "number", "must be an integer");
	expect_error(ARGS("--numbre", "1"), "--numbre", "did you mean --number");
	expect_error(ARGS("--numbre=1"), "--numbre", "did you mean --number");
	expect_error(ARGS("--zebra", "1"), "--zebra", "no flag --zebra");
	expect_error(ARGS("--number"), "number", "needs a value");
	expect_error(ARGS("--number", "--loud"), "number", "needs a value");
	expect_error(ARGS("--loud"), "number", "is required");
	expect_error(ARGS("--number", "1", "--number", "2"), "number", "given twice");
	expect_error(ARGS("--number", "1", "--gain", "9"), "gain", "must be from 0 to 4");
	expect_error(ARGS("--number", "1", "--gain", "loud"), "gain", "must be a number");
	expect_error(ARGS("--number", "1", "--loud=maybe"), "loud", "true or false");
	expect_error(ARGS("--number", "1", "--loud", "maybe"), "loud", "true or false, not 'maybe'");
	expect_error(ARGS("--number", "1", "--no-loud", "true"), "true", "unexpected 'true'");
	expect_error(ARGS("--number", "1", "--no-gain"), "--no-gain", "no flag");
	expect_error(ARGS("--number", "1", "--inner", "{"), "inner", "must be JSON");
	expect_error(ARGS("--number", "1", "--colour", "gren"), "colour", "must be one of");
	expect_error(ARGS("--number", "1", "--title", "\xff"), "title", "UTF-8");
	expect_error(ARGS("16"), "16", "unexpected '16'");
	expect_error(ARGS("--"), "--", "unexpected");
	expect_error(ARGS("--=3"), "--", "no flag");
}

/* holler call takes --daemon and --deadline-ms wherever they stand. */
static void test_cli_leaves_the_options_of_call_free(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_object *o = wire_messages[i].request;
		for (size_t k = 0; o && k < o->n; k++) {
			assert_string_not_equal(o->fields[k].name, "daemon");
			assert_string_not_equal(o->fields[k].name, "deadline_ms");
		}
	}
}

/* A flag and value for one field of the full example. */
static void push_flag(const char **args, size_t *n, char (*room)[4200], const struct wire_field *f,
		      const json_t *v)
{
	char AUTO_MEM *json = json_text(v, 0);
	const char *value = json_is_string(v) ? json_string_value(v) : json;
	(void)snprintf(room[*n], sizeof(room[0]), "--%s=%s", f->name, value);
	for (char *s = room[*n]; *s != '='; s++)
		if (*s == '_')
			*s = '-';
	args[*n] = room[*n];
	(*n)++;
}

static void test_cli_reaches_every_field_of_every_message(void **state)
{
	static char room[MAX_ARGS][4200];
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_message *m = &wire_messages[i];
		const char *args[MAX_ARGS + 1] = { NULL };
		size_t n = 0;
		struct err err = ERR_INIT;
		AUTO_JSON json_t *example = NULL;
		AUTO_JSON json_t *payload = NULL;
		assert_int_equal(wire_example(m->request, WIRE_EXAMPLE_ALL, &example, &err), 0);
		for (size_t k = 0; k < m->request->n && n < MAX_ARGS; k++)
			push_flag(args, &n, room, &m->request->fields[k],
				  json_object_get(example, m->request->fields[k].name));
		if (parse(m, args, &payload, &err) < 0)
			fail_msg("%s: %s", m->name, err_msg(&err));
		json_object_set_new(example, "type", json_string(m->name));
		for (size_t k = 0; k < m->request->n; k++) {
			const char *name = m->request->fields[k].name;
			json_t *a = json_object_get(payload, name),
			       *b = json_object_get(example, name);
			if (!json_equal(a, b) &&
			    !(json_is_number(a) && json_number_value(a) == json_number_value(b)) &&
			    !json_is_array(b))
				fail_msg("%s --%s came out different", m->name, name);
		}
	}
}

static void test_cli_help_says_all_about_a_flag(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(wire_cli_help(&sample_message, &b), 0);
	assert_non_null(strstr(b.s, "Try everything."));
	assert_non_null(strstr(b.s, "--number VALUE"));
	assert_non_null(strstr(b.s, "(num, gain, 0 to 4, default 0.5)"));
	assert_non_null(strstr(b.s, "required"));
	assert_non_null(strstr(b.s, "dark_blue"));
	assert_non_null(strstr(b.s, "--tags VALUE …"));
	assert_non_null(strstr(b.s, "Example: holler call sample --number 7\n"));
}

static void test_cli_example_lines_of_every_message_parse(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_message *m = &wire_messages[i];
		AUTO_STRBUF b = STRBUF_INIT;
		assert_int_equal(wire_cli_example(m, &b), 0);
		AUTO_STRBUF start = STRBUF_INIT;
		strbuf_addf(&start, "holler call %s", m->name);
		assert_true(str_starts(b.s, start.s));

		/* Take the line apart as a shell would: blanks outside single quotes. */
		const char *args[MAX_ARGS + 1] = { NULL };
		size_t n = 0;
		char *out = b.s;
		for (char *s = b.s + start.n; *s;) {
			while (*s == ' ')
				s++;
			if (!*s)
				break;
			args[n++] = out;
			for (bool quoted = false; *s && (quoted || *s != ' '); s++) {
				if (*s == '\'')
					quoted = !quoted;
				else
					*out++ = *s;
			}
			if (*s)
				s++;
			*out++ = '\0';
		}
		struct err err;
		AUTO_JSON json_t *j = NULL;
		if (m->request->n == 0)
			continue;
		/* Where nothing is required the example shows one optional field; alone it may not be the whole. */
		if (parse(m, args, &j, &err) < 0)
			fail_msg("%s: %s", m->name, err_msg(&err));
	}
}

static void expect_completion(const struct wire_message *m, const char *previous,
			      const char *partial, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(wire_cli_complete(m, previous, partial, &b), 0);
	assert_string_equal(b.s ? b.s : "", want);
}

static void test_cli_completes_names_flags_and_values(void **state)
{
	expect_completion(NULL, "", "transport_se", "transport_seek\n");
	expect_completion(&sample_message, "", "--nu", "--number\n");
	expect_completion(&sample_message, "--loud", "--j", "--json\n");
	expect_completion(&sample_message, "--colour", "", "red\nblue\ndark_blue\n");
	expect_completion(&sample_message, "--colour", "d", "dark_blue\n");
	expect_completion(&sample_message, "--number", "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cli_makes_a_payload_of_flags),
		cmocka_unit_test(test_cli_repeats_lists_and_takes_json),
		cmocka_unit_test(test_cli_lays_flags_over_json),
		cmocka_unit_test(test_cli_names_the_flag_at_fault),
		cmocka_unit_test(test_cli_leaves_the_options_of_call_free),
		cmocka_unit_test(test_cli_reaches_every_field_of_every_message),
		cmocka_unit_test(test_cli_help_says_all_about_a_flag),
		cmocka_unit_test(test_cli_example_lines_of_every_message_parse),
		cmocka_unit_test(test_cli_completes_names_flags_and_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
