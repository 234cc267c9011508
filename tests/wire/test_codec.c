#include "wire/codec.h"

#include "../check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "sample.h"
#include "wire/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Decodes text into a struct specimen; strings live in the arena. */
static int decode_sample(const char *text, unsigned flags, struct wire_arena *a, struct specimen *ret,
			 struct err *err)
{
	*err = (struct err)ERR_INIT;
	return wire_decode_text(&sample_object, text, strlen(text), flags, a, ret, err);
}

static void refuse(const char *text, const char *field, const char *in_message)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct specimen s;
	struct err err;
	int r = decode_sample(text, WIRE_STRICT, &a, &s, &err);
	if (r >= 0 || strcmp(err.field, field) != 0 || !strstr(err.msg, in_message))
		fail_msg("%s: %d, field '%s', message '%s'", text, r, err.field, err.msg);
}

static char *encode_text(const struct wire_object *desc, const void *value)
{
	struct strbuf b = STRBUF_INIT;
	struct err err = ERR_INIT;
	if (wire_encode(desc, value, &b, &err) < 0)
		fail_msg("encode %s: %s", desc->name, err_msg(&err));
	return strbuf_take(&b);
}

/* JSON through the struct and back. */
static char *through(const struct wire_object *desc, const json_t *j, struct wire_arena *a)
{
	struct err err = ERR_INIT;
	void *value = wire_arena_alloc(a, desc->size);
	assert_non_null(value);
	if (wire_decode(desc, j, WIRE_STRICT, a, value, &err) < 0) {
		char *text = json_text(j, 0);
		fail_msg("decode %s: %s: %s", desc->name, err_msg(&err), text);
	}
	return encode_text(desc, value);
}

static void test_codec_fills_every_kind(void **state)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct specimen s;
	struct err err;
	static const char text[] =
		"{\"type\":\"sample\",\"loud\":false,\"number\":16.0,\"wide\":-9007199254740993,"
		"\"gain\":2,\"title\":\"A\","
		"\"prose\":\"a\\nb\",\"id\":\"hoot:1\","
		"\"hash\":\"sha256:"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"data\":"
		"\"AAEC/w==\","
		"\"colour\":\"dark_blue\",\"anything\":{\"x\":1},\"inner\":{\"beats\":4.5},"
		"\"op\":{\"op\":\"rename\",\"name\":\"verse\"},\"levels\":[-6,0.5],\"tags\":[\"a\","
		"\"b\"],"
		"\"parts\":[{\"beats\":1,\"count\":-5},{\"beats\":2}],\"ops\":[{\"op\":\"move\","
		"\"to_beats\":8}],"
		"\"colours\":[\"red\",\"blue\"]}";
	assert_int_equal(decode_sample(text, WIRE_STRICT, &a, &s, &err), 0);
	assert_false(s.loud);
	assert_int_equal(s.number, 16);
	assert_true(s.has_wide);
	assert_true(s.wide == INT64_C(-9007199254740993));
	assert_true(s.gain == 2);
	assert_string_equal(s.title, "A");
	assert_string_equal(s.prose, "a\nb");
	assert_int_equal(s.data.n, 4);
	assert_memory_equal(s.data.v, "\x00\x01\x02\xff", 4);
	assert_int_equal(s.colour, COLOUR_DARK_BLUE);
	assert_int_equal(json_integer_value(json_object_get(s.anything, "x")), 1);
	assert_true(s.has_inner && s.inner.beats == 4.5 && s.inner.count == 3);
	assert_int_equal(s.op.arm, SAMPLE_OP_NAME);
	assert_string_equal(s.op.rename.name, "verse");
	assert_int_equal(s.levels.n, 2);
	assert_true(s.levels.v[1] == 0.5);
	assert_string_equal(s.tags.v[1], "b");
	assert_true(s.parts.n == 2 && s.parts.v[0].count == -5 && s.parts.v[1].count == 3);
	assert_true(s.ops.n == 1 && s.ops.v[0].move.to_beats == 8);
	assert_int_equal(s.colours.v[1], COLOUR_BLUE);
}

/* Rows: L30 */
static void test_codec_takes_absent_and_null_alike(void **state)
{
	static const char *const texts[] = {
		"{\"number\":1}",
		"{\"number\":1,\"loud\":null,\"gain\":null,\"title\":null,\"prose\":null,"
		"\"colour\":null,\"inner\":null,"
		"\"tags\":null,\"op\":null,\"anything\":null,\"data\":null}",
	};
	for (size_t i = 0; i < 2; i++) {
		AUTO_ARENA a = WIRE_ARENA_INIT;
		struct specimen s;
		struct err err;
		assert_int_equal(decode_sample(texts[i], WIRE_STRICT, &a, &s, &err), 0);
		assert_true(s.loud);
		assert_true(s.gain == 0.5);
		assert_string_equal(s.title, "no title");
		assert_int_equal(s.colour, COLOUR_BLUE);
		assert_false(s.has_prose || s.has_inner || s.has_op || s.has_anything ||
			     s.has_data || s.has_parts);
		assert_int_equal(s.tags.n, 0);
	}
}

static void test_codec_names_the_field_at_fault(void **state)
{
	refuse("{}", "number", "is required");
	refuse("{\"nubmer\":1}", "nubmer", "did you mean 'number'");
	refuse("{\"number\":1,\"inner\":{\"baets\":1}}", "inner.baets", "did you mean 'beats'");
	refuse("[]", "payload", "must be an object");
	refuse("{\"number\":\"1\"}", "number", "must be an integer");
	refuse("{\"number\":1.5}", "number", "must be an integer");
	refuse("{\"number\":1e30}", "number", "must be an integer");
	refuse("{\"number\":-1}", "number", "must be from 0 to");
	refuse("{\"number\":1,\"gain\":4.001}", "gain", "must be from 0 to 4");
	refuse("{\"number\":1,\"gain\":true}", "gain", "must be a number");
	refuse("{\"number\":1,\"loud\":1}", "loud", "true or false");
	refuse("{\"number\":1,\"title\":\"a\\nb\"}", "title", "one line");
	refuse("{\"number\":1,\"title\":\"12345678901234567890123456789012345678901\"}", "title",
	       "at most 40 bytes");
	refuse("{\"number\":1,\"id\":\"a b\"}", "id", "without blanks");
	refuse("{\"number\":1,\"id\":\"\"}", "id", "at least 1");
	refuse("{\"number\":1,\"hash\":\"sha256:E3\"}", "hash", "hexadecimal");
	refuse("{\"number\":1,\"data\":\"AAE\"}", "data", "base64");
	refuse("{\"number\":1,\"data\":\"AAF=\"}", "data", "base64");
	refuse("{\"number\":1,\"data\":\"A A=\"}", "data", "base64");
	refuse("{\"number\":1,\"colour\":\"gren\"}", "colour", "red, blue, dark_blue");
	refuse("{\"number\":1,\"anything\":[]}", "anything", "must be an object");
	refuse("{\"number\":1,\"inner\":{}}", "inner.beats", "is required");
	refuse("{\"number\":1,\"inner\":{\"beats\":1,\"cuont\":2}}", "inner.cuont",
	       "did you mean 'count'");
	refuse("{\"number\":1,\"op\":{\"op\":\"moove\"}}", "op.op", "must be one of move, rename");
	refuse("{\"number\":1,\"op\":{\"to_beats\":1}}", "op.op", "must be one of");
	refuse("{\"number\":1,\"ops\":[{\"op\":\"move\",\"to_beats\":0},{\"op\":\"move\",\"to_"
	       "beats\":101}]}",
	       "ops[1].to_beats", "must be from -100 to 100");
	refuse("{\"number\":1,\"levels\":[0,\"x\"]}", "levels[1]", "must be a number");
	refuse("{\"number\":1,\"levels\":[0,7]}", "levels[1]", "must be from -60 to 6");
	refuse("{\"number\":1,\"parts\":[]}", "parts", "at least 1 item, not 0");
	refuse("{\"number\":1,\"tags\":[\"\",\"\",\"\",\"\",\"\"]}", "tags", "at most 4 items");
	refuse("{\"number\":1,\"tags\":\"a\"}", "tags", "must be a list");
	refuse("{\"number\":1,\"tags\":[null]}", "tags[0]", "must be a string");
	refuse("{\"number\":1,\"zebra\":1}", "zebra", "unknown field 'zebra'");
}

static void test_codec_hints_at_the_nearest_name(void **state)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct specimen s;
	struct err err;
	assert_int_equal(
		decode_sample("{\"number\":1,\"colour\":\"bleu\"}", WIRE_STRICT, &a, &s, &err),
		-EINVAL);
	assert_string_equal(err.hint, "did you mean 'blue'?");
	assert_int_equal(decode_sample("{\"number\":1,\"titel\":\"x\"}", WIRE_STRICT, &a, &s, &err),
			 -EINVAL);
	assert_string_equal(err.hint, "did you mean 'title'?");
	assert_int_equal(
		decode_sample("{\"number\":1,\"op\":{\"op\":\"moev\"}}", WIRE_STRICT, &a, &s, &err),
		-EINVAL);
	assert_string_equal(err.hint, "did you mean 'move'?");
}

static void test_codec_cuts_a_deep_path_without_harm(void **state)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct specimen s;
	struct err err;
	AUTO_STRBUF b = STRBUF_INIT;
	strbuf_adds(&b, "{\"number\":1,\"inner\":{\"beats\":1,\"");
	for (int i = 0; i < 300; i++)
		strbuf_addc(&b, 'x');
	strbuf_adds(&b, "\":1}}");
	assert_int_equal(decode_sample(b.s, WIRE_STRICT, &a, &s, &err), -EINVAL);
	assert_int_equal(strncmp(err.field, "inner.xxx", 9), 0);
	assert_int_equal(strlen(err.field), sizeof(err.field) - 1);
}

/* It would come back in lists and snapshots that nobody could read any more. */
static void test_codec_refuses_free_json_that_is_nested_deep_or_large(void **state)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct specimen s;
	struct err err;
	for (int more = 0; more < 2; more++) {
		AUTO_STRBUF deep = STRBUF_INIT, large = STRBUF_INIT;
		int levels = LIMIT_WIRE_JSON_DEPTH - 1 + more;
		strbuf_adds(&deep, "{\"number\":1,\"inner\":{\"beats\":1},\"anything\":{\"a\":");
		for (int i = 0; i < levels; i++)
			strbuf_addc(&deep, '[');
		for (int i = 0; i < levels; i++)
			strbuf_addc(&deep, ']');
		strbuf_adds(&deep, "}}");
		assert_int_equal(decode_sample(deep.s, WIRE_BOUNDED, &a, &s, &err), more ? -EMSGSIZE : 0);
		strbuf_adds(&large, "{\"number\":1,\"inner\":{\"beats\":1},\"anything\":{\"a\":\"");
		for (int i = 0; i < LIMIT_WIRE_JSON_BYTES / 2 * (1 + more); i++)
			strbuf_addc(&large, 'x');
		strbuf_adds(&large, "\"}}");
		assert_int_equal(decode_sample(large.s, WIRE_BOUNDED, &a, &s, &err), more ? -EMSGSIZE : 0);
		if (more)
			assert_string_equal(err.field, "anything");
		assert_int_equal(decode_sample(large.s, WIRE_STRICT, &a, &s, &err), 0); /* a result may be any */
	}
}

static void test_codec_ignores_unknown_fields_of_newer_peers(void **state)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct specimen s;
	struct err err;
	static const char text[] = "{\"number\":1,\"new\":2,\"inner\":{\"beats\":1,\"newer\":[]},"
				   "\"op\":{\"op\":\"move\","
				   "\"to_beats\":1,\"newest\":0}}";
	assert_int_equal(decode_sample(text, WIRE_STRICT, &a, &s, &err), -EINVAL);
	assert_int_equal(decode_sample(text, WIRE_IGNORE_UNKNOWN, &a, &s, &err), 0);
	assert_true(s.has_op && s.op.move.to_beats == 1);
}

static void test_codec_refuses_to_send_what_it_would_not_accept(void **state)
{
	struct err err = ERR_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	struct specimen s = { .number = -1 };
	assert_int_equal(wire_encode(&sample_object, &s, &b, &err), -EINVAL);
	assert_string_equal(err.field, "number");
	strbuf_clear(&b);
	s = (struct specimen){ .gain = 0.0 / 0.0 };
	assert_int_equal(wire_encode(&sample_object, &s, &b, &err), -EINVAL);
	assert_string_equal(err.field, "gain");
	strbuf_clear(&b);
	s = (struct specimen){ .colour = 3 };
	assert_int_equal(wire_encode(&sample_object, &s, &b, &err), -EINVAL);
	assert_string_equal(err.field, "colour");
	strbuf_clear(&b);
	s = (struct specimen){ .title = "two\nlines" };
	assert_int_equal(wire_encode(&sample_object, &s, &b, &err), -EINVAL);
	strbuf_clear(&b);
	s = (struct specimen){ .has_id = true };
	assert_int_equal(wire_encode(&sample_object, &s, &b, &err), -EINVAL);
	assert_string_equal(err.field, "id");
	strbuf_clear(&b);
	s = (struct specimen){ .title = "\xff" };
	assert_int_equal(wire_encode(&sample_object, &s, &b, &err), -EINVAL);
	strbuf_clear(&b);
	s = (struct specimen){ .has_op = true, .op = { .arm = 2 } };
	assert_int_equal(wire_encode(&sample_object, &s, &b, &err), -EINVAL);
	assert_string_equal(err.field, "op");
}

static void test_codec_writes_in_the_order_of_declaration(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err err = ERR_INIT;
	struct sample_inner in = { .beats = 1.5, .count = 2 };
	assert_int_equal(wire_encode_payload("sample", sample_message.result, &in, &b, &err), 0);
	assert_string_equal(b.s, "{\"type\":\"sample\",\"beats\":1.5,\"count\":2}");
}

/* --- the names that the plans give --------------------------------------------------------------- */

/*
 * Requests, replies and events as the plans write them, byte for byte: each is accepted, and written again as it stands
 * (absent optional fields stay absent, absent ones with a default are filled in).
 */
static const struct {
	const char *name;
	enum { REQUEST, RESULT, EVENT } part;
	const char *given, *written; /* NULL: the same */
} planned[] = {
	{ "ping", REQUEST, "{\"type\":\"ping\"}", NULL },
	{ "ping", RESULT,
	  "{\"type\":\"ping\",\"name\":\"luanette\",\"worker_id\":\"01938e6a-7c00-7000-8000-000000000005\",\"pid\":7,"
	  "\"uptime_secs\":12.5}",
	  NULL },
	{ "shutdown", REQUEST, "{\"type\":\"shutdown\",\"reason\":\"upgrade\"}", NULL },
	{ "shutdown", EVENT, "{\"type\":\"shutdown\",\"reason\":\"upgrade\"}", NULL },
	{ "config_update", EVENT, "{\"type\":\"config_update\",\"key\":\"log\",\"value\":\"debug\"}", NULL },
	{ "worker_register", REQUEST,
	  "{\"type\":\"worker_register\",\"name\":\"lua\",\"worker_id\":\"01938e6a-7c00-7000-8000-000000000005\","
	  "\"worker_type\":\"luanette\",\"hostname\":\"studio\",\"version\":\"0.1.0\",\"hardware\":\"cpu\","
	  "\"capabilities\":[]}",
	  NULL },
	{ "transport_play", REQUEST, "{\"type\":\"transport_play\"}", NULL },
	{ "transport_stop", REQUEST, "{\"type\":\"transport_stop\"}", NULL },
	{ "transport_status", REQUEST, "{\"type\":\"transport_status\"}", NULL },
	{ "transport_seek", REQUEST, "{\"type\":\"transport_seek\",\"position_beats\":16.0}",
	  "{\"type\":\"transport_seek\",\"position_beats\":16.0,\"relative\":false}" },
	{ "timeline_query", REQUEST, "{\"type\":\"timeline_query\"}", NULL },
	{ "timeline_query", REQUEST, "{\"type\":\"timeline_query\",\"from_beats\":0.0,\"to_beats\":16.5}", NULL },
	{ "timeline_add_marker", REQUEST,
	  "{\"type\":\"timeline_add_marker\",\"position_beats\":32.0,\"marker_type\":\"generate_transition\","
	  "\"metadata\":{\"beats_available\":8}}",
	  "{\"type\":\"timeline_add_marker\",\"position_beats\":32.0,\"marker_type\":\"generate_transition\","
	  "\"metadata\":{\"beats_available\":8},\"dry_run\":false}" },
	{ "list_tools", REQUEST, "{\"type\":\"list_tools\"}", NULL },
	{ "list_tools", RESULT,
	  "{\"type\":\"list_tools\",\"catalogue_hash\":"
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"tools\":[{\"name\":\"ping\","
	  "\"description\":\"Ask.\",\"profile\":\"full\",\"annotations\":\"read_only\",\"starts_job\":false,"
	  "\"input_schema\":{\"type\":\"object\"},\"output_schema\":{\"type\":\"object\"}}]}",
	  NULL },
	{ "cas_store", REQUEST, "{\"type\":\"cas_store\",\"data\":\"aGVsbG8=\",\"mime_type\":\"text/plain\"}", NULL },
	{ "job_poll", REQUEST, "{\"type\":\"job_poll\",\"job_ids\":[\"hoot:1\"],\"mode\":\"any\",\"timeout_ms\":100}", NULL },
};

static const struct wire_object *planned_object(const char *name, int part)
{
	const struct wire_message *m = wire_message_find(name);
	const struct wire_event *e = wire_event_find(name);
	if (part == EVENT ? !e : !m)
		fail_msg("'%s' is not declared", name);
	return part == EVENT ? e->body : part == REQUEST ? m->request : m->result;
}

/* Rows: S3-13, S3-15, S3-25, S3-26, S3-27, S3-29, S3-30 */
static void test_messages_of_the_plans_are_read_and_written_as_they_stand(void **state)
{
	for (size_t i = 0; i < COUNT_OF(planned); i++) {
		const struct wire_object *desc = planned_object(planned[i].name, planned[i].part);
		const char *want = planned[i].written ? planned[i].written : planned[i].given;
		AUTO_ARENA a = WIRE_ARENA_INIT;
		AUTO_STRBUF b = STRBUF_INIT;
		struct err err = ERR_INIT;
		void *value = wire_arena_alloc(&a, desc->size);
		assert_non_null(value);
		if (wire_decode_text(desc, planned[i].given, strlen(planned[i].given), WIRE_STRICT, &a, value, &err) < 0)
			fail_msg("%s: %s: %s", planned[i].given, err.field, err_msg(&err));
		assert_int_equal(wire_encode_payload(planned[i].name, desc, value, &b, &err), 0);
		assert_string_equal(b.s, want);
	}
}

/* --- properties over every descriptor --------------------------------------------------------- */

static void round_trip(const char *name, const struct wire_object *desc, void *arg)
{
	struct rng *r = arg;
	for (int i = 0; i < 30; i++) {
		AUTO_ARENA a = WIRE_ARENA_INIT;
		AUTO_JSON json_t *given = sample_json(r, desc);
		char AUTO_MEM *once = through(desc, given, &a);
		AUTO_JSON json_t *back = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(json_parse(once, strlen(once), &back, &err), 0);
		char AUTO_MEM *twice = through(desc, back, &a);
		assert_string_equal(once, twice);

		/* What was said is there; what was not said and is there is a default. */
		for (size_t k = 0; k < desc->n; k++) {
			const struct wire_field *f = &desc->fields[k];
			json_t *before = json_object_get(given, f->name),
			       *after = json_object_get(back, f->name);
			bool said = before && !json_is_null(before);
			if (said && f->kind != WIRE_OBJ && f->kind != WIRE_UNION &&
			    !json_equal(before, after) &&
			    !(json_is_real(before) &&
			      json_number_value(after) == json_real_value(before)))
				fail_msg("%s.%s changed on the way", name, f->name);
			if (!said)
				assert_true(f->presence == WIRE_DEF ? after != NULL
								    : after == NULL);
		}
	}
}

/* Rows: L07, S3-8 */
static void test_codec_round_trips_random_values_of_every_message(void **state)
{
	struct rng r;
	rng_init(&r, sample_seed());
	sample_each_object(round_trip, &r);
}

/* JSON that the field's kind cannot be. */
static json_t *wrong_type(const struct wire_field *f)
{
	if (f->list || f->kind == WIRE_JSON || f->kind == WIRE_OBJ || f->kind == WIRE_UNION)
		return json_string("not that");
	return json_array();
}

static void expect_refusal(const char *name, const struct wire_object *desc, const json_t *j,
			   const char *field)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	int r = wire_decode(desc, j, WIRE_STRICT, &a, wire_arena_alloc(&a, desc->size), &err);
	size_t n = strlen(field) < sizeof(err.field) - 1 ? strlen(field) : sizeof(err.field) - 1;
	bool item = err.field[n] == '[' || err.field[n] == '\0';
	if (r >= 0 || strncmp(err.field, field, n) != 0 || !item)
		fail_msg("%s.%s: %d '%s': %s", name, field, r, err.field, err_msg(&err));
}

static void misuse(const char *name, const struct wire_object *desc, void *arg)
{
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		struct err err = ERR_INIT;
		AUTO_JSON json_t *good = NULL;
		assert_int_equal(wire_example(desc, WIRE_EXAMPLE_ALL, &good, &err), 0);

		AUTO_JSON json_t *missing = json_copy(good);
		json_object_del(missing, f->name);
		if (f->presence == WIRE_REQ) {
			expect_refusal(name, desc, missing, f->name);
			json_object_set_new(missing, f->name, json_null());
			expect_refusal(name, desc, missing, f->name);
		} else {
			AUTO_ARENA a = WIRE_ARENA_INIT;
			char AUTO_MEM *text = through(desc, missing, &a);
			assert_non_null(text);
		}

		AUTO_JSON json_t *mistyped = json_copy(good);
		json_object_set_new(mistyped, f->name, wrong_type(f));
		expect_refusal(name, desc, mistyped, f->name);

		char misspelt[100];
		(void)snprintf(misspelt, sizeof(misspelt), "%sx", f->name);
		AUTO_JSON json_t *unknown = json_copy(good);
		json_object_set(unknown, misspelt, json_object_get(unknown, f->name));
		if (!wire_field_find(desc, misspelt))
			expect_refusal(name, desc, unknown, misspelt);

		if (f->bound == WIRE_RANGE) {
			AUTO_JSON json_t *outside = json_copy(good);
			double beyond[] = { f->lo - 1 - fabs(f->lo) * 1e-9,
					    f->hi + 1 + fabs(f->hi) * 1e-9 };
			for (int k = 0; k < 2; k++) {
				json_t *v =
					f->kind == WIRE_INT && beyond[k] > -9e18 && beyond[k] < 9e18
						? json_integer((json_int_t)beyond[k])
						: json_real(beyond[k]);
				json_object_set_new(outside, f->name,
						    f->list ? json_pack("[o]", v) : v);
				expect_refusal(name, desc, outside, f->name);
			}
		}
	}
}

/* Rows: L03, L04 */
static void test_codec_refuses_what_is_missing_mistyped_misspelt_or_out_of_range(void **state)
{
	sample_each_object(misuse, NULL);
}

/* Changing any field changes what the handler receives: no advertised parameter is dropped on the way. */
static void vary(const char *name, const struct wire_object *desc, void *arg)
{
	struct rng *r = arg;
	struct err err = ERR_INIT;
	AUTO_JSON json_t *good = NULL;
	assert_int_equal(wire_example(desc, WIRE_EXAMPLE_ALL, &good, &err), 0);
	AUTO_ARENA a = WIRE_ARENA_INIT;
	char AUTO_MEM *before = through(desc, good, &a);
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		bool changed = false;
		for (int k = 0; k < 1000 && !changed; k++) {
			AUTO_JSON json_t *other = json_copy(good);
			json_object_set_new(other, f->name, sample_field_json(r, f));
			char AUTO_MEM *after = through(desc, other, &a);
			changed = strcmp(before, after) != 0;
		}
		if (!changed)
			fail_msg("%s.%s makes no difference", name, f->name);
	}
}

/* Rows: L04, L07 */
static void test_codec_lets_every_parameter_reach_the_handler(void **state)
{
	struct rng r;
	rng_init(&r, sample_seed());
	sample_each_object(vary, &r);
}

static void test_codec_examples_are_accepted(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_object *both[] = { wire_messages[i].request,
						     wire_messages[i].result };
		for (int k = 0; k < 4; k++) {
			AUTO_ARENA a = WIRE_ARENA_INIT;
			AUTO_JSON json_t *j = NULL;
			struct err err = ERR_INIT;
			assert_int_equal(wire_example(both[k / 2], k % 2, &j, &err), 0);
			char AUTO_MEM *text = through(both[k / 2], j, &a);
			assert_non_null(text);
		}
	}
}

static void test_arena_keeps_what_it_gave(void **state)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	char *text = wire_arena_printf(&a, "%d bars", 8);
	char *big = wire_arena_alloc(&a, 100000);
	assert_non_null(big);
	memset(big, 'x', 100000);
	for (int i = 0; i < 1000; i++) {
		char *p = wire_arena_alloc(&a, 24);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		assert_int_equal(p[23], 0);
		memset(p, 'y', 24);
	}
	assert_string_equal(text, "8 bars");
	assert_null(wire_arena_array(&a, SIZE_MAX / 2, 3));
	wire_arena_clear(&a);
	assert_non_null(a.chunks);
	assert_string_equal(wire_arena_copy(&a, "abc", 2), "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codec_fills_every_kind),
		cmocka_unit_test(test_codec_takes_absent_and_null_alike),
		cmocka_unit_test(test_codec_names_the_field_at_fault),
		cmocka_unit_test(test_codec_hints_at_the_nearest_name),
		cmocka_unit_test(test_codec_cuts_a_deep_path_without_harm),
		cmocka_unit_test(test_codec_refuses_free_json_that_is_nested_deep_or_large),
		cmocka_unit_test(test_codec_ignores_unknown_fields_of_newer_peers),
		cmocka_unit_test(test_codec_refuses_to_send_what_it_would_not_accept),
		cmocka_unit_test(test_codec_writes_in_the_order_of_declaration),
		cmocka_unit_test(test_messages_of_the_plans_are_read_and_written_as_they_stand),
		cmocka_unit_test(test_codec_round_trips_random_values_of_every_message),
		cmocka_unit_test(
			test_codec_refuses_what_is_missing_mistyped_misspelt_or_out_of_range),
		cmocka_unit_test(test_codec_lets_every_parameter_reach_the_handler),
		cmocka_unit_test(test_codec_examples_are_accepted),
		cmocka_unit_test(test_arena_keeps_what_it_gave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
