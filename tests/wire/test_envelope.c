#include "wire/envelope.h"

#include "../seed.h"
#include "../check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/rng.h"
#include "wire/scan.h"

#include <stdio.h>
#include <string.h>

#define ID    "01890a5d-ac96-774b-bcce-b302099a8057"
#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static int parse(const char *text, struct wire_envelope *e, struct err *err)
{
	*err = (struct err)ERR_INIT;
	return wire_envelope_parse(text, strlen(text), e, err);
}

/* Rows: S3-14 */
static void test_envelope_gives_every_part(void **state)
{
	struct wire_envelope e;
	struct err err;
	static const char text[] =
		" { \"actor\" : \"Ada \\u00e9\", \"id\":\"" ID
		"\", \"idempotency_key\":\"k-1\",\"deadline_ms\": 1500,"
		"\"traceparent\":\"" TRACE "\", \"later\": {\"x\": [1, null]},"
		"\"payload\": {\"position_beats\": 4.5, \"type\": \"transport_seek\"} }\n";
	assert_int_equal(parse(text, &e, &err), 0);
	assert_string_equal(e.id, ID);
	assert_string_equal(e.actor, "Ada \xc3\xa9");
	assert_string_equal(e.idempotency_key, "k-1");
	assert_int_equal(e.deadline_ms, 1500);
	assert_int_equal(e.kind, WIRE_REQUEST);
	assert_string_equal(e.type, "transport_seek");
	assert_true(wire_slice_eq(e.payload,
				  "{\"position_beats\": 4.5, \"type\": \"transport_seek\"}"));
	char trace[TRACE_TEXT_SIZE];
	trace_format(&e.trace, trace);
	assert_string_equal(trace, TRACE);
}

static void test_envelope_names_the_field_or_the_byte(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *field, *in_message;
		bool id;
	} cases[] = {
		{"", -EBADMSG, "", "byte 0: expected '{'", false},
		{"{", -EBADMSG, "", "byte 1", false},
		{"{}", -EINVAL, "id", "needs an id", false},
		{"{\"id\":\"" ID "\"}", -EINVAL, "payload", "needs a payload", true},
		{"{\"id\":1,\"payload\":{\"type\":\"x\"}}", -EINVAL, "id", "must be a string",
		 false},
		{"{\"id\":\"" ID "x\",\"payload\":{\"type\":\"x\"}}", -EINVAL, "id", "", false},
		{"{\"id\":\"" ID "\",\"id\":\"" ID "\",\"payload\":{\"type\":\"x\"}}", -EINVAL,
		 "id", "twice", true},
		{"{\"payload\":{\"type\":\"x\"},\"payload\":{},\"id\":\"" ID "\"}", -EINVAL,
		 "payload", "twice", true},
		{"{\"payload\":{\"type\":\"\"},\"id\":\"" ID "\"}", -EINVAL, "payload.type",
		 "1 to 64", true},
		{"{\"actor\":\"\",\"id\":\"" ID "\",\"payload\":{\"type\":\"x\"}}", -EINVAL,
		 "actor", "1 to 128", true},
		{"{\"actor\":\"a\\nb\",\"id\":\"" ID "\",\"payload\":{\"type\":\"x\"}}", -EINVAL,
		 "actor", "one line", true},
		{"{\"actor\":{},\"id\":\"" ID "\",\"payload\":{\"type\":\"x\"}}", -EINVAL, "actor",
		 "string", true},
		{"{\"deadline_ms\":-1,\"id\":\"" ID "\",\"payload\":{\"type\":\"x\"}}", -EINVAL,
		 "deadline_ms", "", true},
		{"{\"deadline_ms\":99999999,\"id\":\"" ID "\",\"payload\":{\"type\":\"x\"}}",
		 -EINVAL, "deadline_ms", "", true},
		{"{\"traceparent\":5,\"id\":\"" ID "\",\"payload\":{\"type\":\"x\"}}", -EINVAL,
		 "traceparent", "", true},
		{"{\"id\":\"" ID "\",\"payload\":{\"type\":\"x\"},}", -EBADMSG, "",
		 "byte 68: expected '\"'", true},
		{"{\"id\":\"" ID "\",\"payload\":{\"type\":\"x\"}}}", -EBADMSG, "", "follows",
		 true},
		{"{\"id\":\"" ID "\",\"payload\":{\"type\":\"x\" \"y\":1}}", -EBADMSG, "",
		 "',' or '}'", true},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct wire_envelope e;
		struct err err;
		int r = parse(cases[i].text, &e, &err);
		if (r != cases[i].code || strcmp(err.field, cases[i].field) != 0 ||
		    !strstr(err.msg, cases[i].in_message) || (e.id[0] != '\0') != cases[i].id)
			fail_msg("%s: %d, field '%s', '%s', id '%s'", cases[i].text, r, err.field,
				 err.msg, e.id);
	}
}

static void test_envelope_with_a_broken_traceparent_begins_a_new_trace(void **state)
{
	struct wire_envelope e;
	struct err err;
	assert_int_equal(parse("{\"traceparent\":\"00-zz\",\"id\":\"" ID
			       "\",\"payload\":{\"type\":\"x\"}}",
			       &e, &err),
			 0);
	assert_false(trace_present(&e.trace));
}

static void test_envelope_bounds_nesting_and_size(void **state)
{
	struct wire_envelope e;
	struct err err = ERR_INIT;
	for (int depth = LIMIT_JSON_DEPTH - 3; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
		AUTO_STRBUF b = STRBUF_INIT;
		strbuf_adds(&b, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"x\",\"v\":");
		for (int i = 0; i < depth; i++)
			strbuf_addc(&b, '[');
		for (int i = 0; i < depth; i++)
			strbuf_addc(&b, ']');
		strbuf_adds(&b, "}}");
		assert_int_equal(parse(b.s, &e, &err),
				 depth + 2 <= LIMIT_JSON_DEPTH ? 0 : -EMSGSIZE);
		assert_string_equal(e.id, ID);
	}
	size_t n = (size_t)LIMIT_WIRE_MESSAGE_BYTES + 1;
	char *AUTO_MEM big = malloc(n);
	assert_non_null(big);
	memset(big, ' ', n);
	assert_int_equal(wire_envelope_parse(big, n, &e, &err), -EMSGSIZE);
}

/* Rows: S3-14 */
static void test_envelope_survives_writing_and_parsing(void **state)
{
	struct wire_envelope in = {.id = ID,
				   .actor = "Zo\xc3\xab \"\\",
				   .idempotency_key = "k",
				   .deadline_ms = 77,
				   .payload = {"{\"type\":\"ping\"}", 15}};
	struct wire_envelope out;
	struct err err;
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(trace_parse(TRACE, 55, &in.trace), 0);
	assert_int_equal(wire_envelope_write(&b, &in), 0);
	assert_int_equal(parse(b.s, &out, &err), 0);
	assert_string_equal(out.actor, in.actor);
	assert_string_equal(out.idempotency_key, in.idempotency_key);
	assert_int_equal(out.deadline_ms, 77);
	assert_memory_equal(&out.trace, &in.trace, sizeof(in.trace));
	assert_true(wire_slice_eq(out.payload, "{\"type\":\"ping\"}"));
}

/* Rows: S3-28 */
static void test_error_replies_survive_writing_and_parsing(void **state)
{
	struct err in = ERR_INIT, err;
	struct wire_envelope e;
	struct wire_reply_error out;
	AUTO_STRBUF b = STRBUF_INIT;
	err_field(&in, -ENOENT, "region_id", "no \"region\" \n '%s'", "r\xff\xc3\xa9");
	assert_int_equal(wire_error_write(&b, ID, NULL, &in, (struct wire_slice){"{\"a\":1}", 7}),
			 0);
	assert_int_equal(parse(b.s, &e, &err), 0);
	assert_int_equal(e.kind, WIRE_ERROR);
	assert_int_equal(wire_error_parse(e.payload, &out, &err), 0);
	assert_int_equal(out.err.code, -ENOENT);
	assert_string_equal(out.name, "not_found");
	assert_string_equal(out.err.field, "region_id");
	assert_string_equal(out.err.msg, "no \"region\" \n 'r?\xc3\xa9'");
	assert_string_equal(out.err.hint, err_code_hint(-ENOENT));
	assert_true(wire_slice_eq(out.details, "{\"a\":1}"));
}

static void test_progress_replies_survive_writing_and_parsing(void **state)
{
	static const double fractions[] = {-1, 0, 0.25, 1, 7};
	for (size_t i = 0; i < COUNT_OF(fractions); i++) {
		struct wire_envelope e;
		struct wire_reply_progress p;
		struct err err;
		AUTO_STRBUF b = STRBUF_INIT;
		assert_int_equal(wire_progress_write(&b, ID, NULL, fractions[i], "so far",
						     (struct wire_slice){"", 0}),
				 0);
		assert_int_equal(parse(b.s, &e, &err), 0);
		assert_int_equal(e.kind, WIRE_PROGRESS);
		assert_int_equal(wire_progress_parse(e.payload, &p, &err), 0);
		assert_true(p.fraction == (fractions[i] > 1 ? 1 : fractions[i]));
		assert_string_equal(p.message, "so far");
	}
}

static void test_strings_are_unescaped_and_cut_at_a_character(void **state)
{
	static const struct {
		const char *json, *text;
		size_t room;
		bool whole;
	} cases[] = {
		{"\"\"", "", 1, true},
		{"\"abc\"", "abc", 4, true},
		{"\"abc\"", "ab", 3, false},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 9, true},
		{"\"\\ud83c\\udfb5\"", "\xf0\x9f\x8e\xb5", 5, true},
		{"\"a\\ud83c\\udfb5\"", "a", 5, false},
		{"\"a\xc3\xa9\"", "a", 3, false},
		{"17", "", 8, false},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[16];
		bool whole =
			wire_string_copy((struct wire_slice){cases[i].json, strlen(cases[i].json)},
					 text, cases[i].room);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(whole, cases[i].whole);
	}
}

static void test_traces_follow_the_recommendation(void **state)
{
	static const char *const bad[] = {
		"",
		"00",
		"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
		"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
		"00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	};
	struct trace t;
	struct rng rng;
	rng_init(&rng, 1);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(trace_parse(bad[i], strlen(bad[i]), &t), -EINVAL);
	static const char later[] = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more";
	assert_int_equal(trace_parse(later, strlen(later), &t), 0);
	struct trace child = trace_child(&rng, &t), fresh = trace_child(&rng, NULL);
	assert_memory_equal(child.trace_id, t.trace_id, 16);
	assert_true(memcmp(child.span_id, t.span_id, 8) != 0);
	assert_true(trace_present(&fresh) && memcmp(fresh.trace_id, t.trace_id, 16) != 0);
}

/* --- the scan against the JSON parser, which is the judge ------------------------------------- */

static const char seed_tree[] = "{\"a\":[1,-2.5e+3,0,true,false,null,\"x\\n\\u00e9\\ud83c\\udfb5\xc3\xa9\"],"
				"\"b\":{\"c\":{}}}";
static const char *const seeds[] = {
	seed_tree,
	"[[],{},[[[\"\"]]],\"\\\\\\\"\",1E5,0.125]",
	"\"plain text that is longer than a machine word, with \xe2\x82\xac in it\"",
	"  -0.0  ",
};

/* What the scan leaves to whoever builds a tree: numbers too large, keys twice. */
static bool left_to_the_tree(const struct err *err)
{
	return strstr(err->msg, "twice") || strstr(err->msg, "duplicate") ||
	       strstr(err->msg, "int64") || strstr(err->msg, "finite") ||
	       strstr(err->msg, "range") || strstr(err->msg, "large") ||
	       strstr(err->msg, "again") || strstr(err->msg, "64 bits");
}

static void compare(const char *text, size_t n)
{
	struct scan c = {text, n, 0};
	struct err scan_err = ERR_INIT, json_err = ERR_INIT;
	AUTO_JSON json_t *j = NULL;
	int s = scan_value(&c, 0, &scan_err);
	if (s == 0 && (scan_space(&c), c.at < n))
		s = -EBADMSG;
	int r = json_parse(text, n, &j, &json_err);
	if ((s < 0) == (r < 0) || (s == 0 && left_to_the_tree(&json_err)))
		return;
	fail_msg("'%.*s': scan %d '%s', parser %d '%s'", (int)n, text, s, scan_err.msg, r,
		 json_err.msg);
}

static void test_scan_agrees_with_the_parser_on_mutated_text(void **state)
{
	static const char alphabet[] =
		"{}[]\",:\\u0019aeE+-. \t\ntrfnl\x80\xc3\xa9\xed\xa0\xf4\x01";
	struct rng rng;
	rng_init(&rng, test_seed());
	for (int round = 0; round < 20000; round++) {
		char text[128];
		const char *from = seeds[rng_below(&rng, COUNT_OF(seeds))];
		size_t n = strlen(from);
		memcpy(text, from, n);
		for (uint64_t k = rng_below(&rng, 4); k > 0; k--) {
			size_t at = rng_below(&rng, n);
			if (rng_below(&rng, 3) == 0 && n > 2)
				memmove(text + at, text + at + 1, --n - at);
			else
				text[at] = alphabet[rng_below(&rng, sizeof(alphabet) - 1)];
		}
		compare(text, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelope_gives_every_part),
		cmocka_unit_test(test_envelope_names_the_field_or_the_byte),
		cmocka_unit_test(test_envelope_with_a_broken_traceparent_begins_a_new_trace),
		cmocka_unit_test(test_envelope_bounds_nesting_and_size),
		cmocka_unit_test(test_envelope_survives_writing_and_parsing),
		cmocka_unit_test(test_error_replies_survive_writing_and_parsing),
		cmocka_unit_test(test_progress_replies_survive_writing_and_parsing),
		cmocka_unit_test(test_strings_are_unescaped_and_cut_at_a_character),
		cmocka_unit_test(test_traces_follow_the_recommendation),
		cmocka_unit_test(test_scan_agrees_with_the_parser_on_mutated_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
