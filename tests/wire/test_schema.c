#include "wire/schema.h"

#include "../check.h"
#include "base/mem.h"
#include "sample.h"

#include <string.h>

/* --- a validator of our own for the subset that we write -------------------------------------- */

static bool valid(const json_t *schema, const json_t *v);

static bool type_matches(const char *type, const json_t *v)
{
	if (strcmp(type, "object") == 0)
		return json_is_object(v);
	if (strcmp(type, "array") == 0)
		return json_is_array(v);
	if (strcmp(type, "string") == 0)
		return json_is_string(v);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(v);
	if (strcmp(type, "integer") == 0)
		return json_is_integer(v) ||
		       (json_is_real(v) &&
			json_real_value(v) == (double)(int64_t)json_real_value(v));
	return strcmp(type, "number") == 0 && json_is_number(v);
}

static bool object_valid(const json_t *schema, const json_t *v)
{
	json_t *properties = json_object_get(schema, "properties"),
	       *required = json_object_get(schema, "required"), *item;
	const char *key;
	size_t i;
	json_array_foreach(required, i, item) {
		if (!json_object_get(v, json_string_value(item)))
			return false;
	}
	if (!properties)
		return true; /* an object of anything, or of the arms in anyOf */
	json_object_foreach((json_t *)v, key, item) {
		json_t *property = json_object_get(properties, key);
		if (!property || !valid(property, item))
			return false;
	}
	return true;
}

static bool within(const json_t *schema, const char *lo, const char *hi, double v)
{
	json_t *min = json_object_get(schema, lo), *max = json_object_get(schema, hi);
	return (!min || v >= json_number_value(min)) && (!max || v <= json_number_value(max));
}

static size_t characters(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += (*s & 0xC0) != 0x80;
	return n;
}

static bool any_of(const json_t *arms, const json_t *v)
{
	size_t i;
	json_t *arm;
	json_array_foreach(arms, i, arm) {
		if (valid(arm, v))
			return true;
	}
	return false;
}

static bool in_enum(const json_t *values, const json_t *v)
{
	size_t i;
	json_t *value;
	json_array_foreach(values, i, value) {
		if (json_equal(value, v))
			return true;
	}
	return false;
}

static bool valid(const json_t *schema, const json_t *v)
{
	const char *type = json_string_value(json_object_get(schema, "type"));
	assert_non_null(type); /* every schema has exactly one */
	json_t *values = json_object_get(schema, "enum"), *arms = json_object_get(schema, "anyOf"),
	       *item;
	size_t i;
	if (!type_matches(type, v) || (values && !in_enum(values, v)) || (arms && !any_of(arms, v)))
		return false;
	if (json_is_object(v))
		return object_valid(schema, v);
	if (json_is_number(v))
		return within(schema, "minimum", "maximum", json_number_value(v));
	if (json_is_string(v) && json_object_get(schema, "pattern"))
		return strlen(json_string_value(v)) == 71;
	if (json_is_string(v))
		return within(schema, "minLength", "maxLength",
			      (double)characters(json_string_value(v)));
	json_array_foreach(v, i, item) {
		if (!valid(json_object_get(schema, "items"), item))
			return false;
	}
	return !json_is_array(v) ||
	       within(schema, "minItems", "maxItems", (double)json_array_size(v));
}

/* --- what the schemas are allowed to say ------------------------------------------------------ */

static void check_keywords(const json_t *schema)
{
	static const char *const allowed[] = {
		"type",     "properties", "required", "items",       "enum",
		"anyOf",    "minimum",    "maximum",  "minLength",   "maxLength",
		"minItems", "maxItems",   "pattern",  "description", "additionalProperties",
	};
	const char *key;
	json_t *v;
	size_t n;
	json_object_foreach((json_t *)schema, key, v) {
		bool known = false;
		for (size_t i = 0; i < COUNT_OF(allowed); i++)
			known |= strcmp(key, allowed[i]) == 0;
		if (!known)
			fail_msg("schema keyword '%s'", key);
	}
	assert_true(json_is_string(json_object_get(schema, "type")));
	if (json_object_get(schema, "properties"))
		assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
	json_object_foreach(json_object_get(schema, "properties"), key, v)
		check_keywords(v);
	if (json_object_get(schema, "items"))
		check_keywords(json_object_get(schema, "items"));
	json_array_foreach(json_object_get(schema, "anyOf"), n, v)
		check_keywords(v);
}

static json_t *schema_of(const struct wire_object *desc, const char *type)
{
	AUTO_STRBUF b = STRBUF_INIT;
	json_t *j = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(wire_schema(desc, type, &b), 0);
	if (json_parse(b.s, b.n, &j, &err) < 0)
		fail_msg("schema of %s: %s", desc->name, err_msg(&err));
	return j;
}

static void strict_schema(const char *name, const struct wire_object *desc, void *arg)
{
	AUTO_JSON json_t *schema = schema_of(desc, NULL);
	check_keywords(schema);
	assert_int_equal(json_object_size(json_object_get(schema, "properties")), desc->n);
}

/* Rows: L30 */
static void test_schema_uses_only_what_every_client_knows(void **state)
{
	sample_each_object(strict_schema, NULL);
}

/* null stands for absent, which the schema does not say: take the nulls out first. */
static void drop_nulls(json_t *j)
{
	const char *key;
	json_t *v;
	void *next;
	size_t i;
	json_object_foreach_safe(j, next, key, v) {
		if (json_is_null(v))
			json_object_del(j, key);
		else
			drop_nulls(v);
	}
	json_array_foreach(j, i, v)
		drop_nulls(v);
}

static void accept_random(const char *name, const struct wire_object *desc, void *arg)
{
	AUTO_JSON json_t *schema = schema_of(desc, NULL);
	for (int i = 0; i < 20; i++) {
		AUTO_JSON json_t *j = sample_json(arg, desc);
		drop_nulls(j);
		if (!valid(schema, j)) {
			char AUTO_MEM *text = json_text(j, 0);
			fail_msg("schema of %s refuses %s", name, text);
		}
	}
	for (unsigned flags = 0; flags < 2; flags++) {
		AUTO_JSON json_t *example = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(wire_example(desc, flags, &example, &err), 0);
		if (!valid(schema, example))
			fail_msg("schema of %s refuses its own example", name);
	}
}

/* Rows: L04, L07 */
static void test_schema_accepts_what_the_decoder_accepts(void **state)
{
	struct rng r;
	rng_init(&r, sample_seed());
	sample_each_object(accept_random, &r);
}

/* Break one thing; when the schema accepts it, the decoder must too. */
static void refuse_random(const char *name, const struct wire_object *desc, void *arg)
{
	AUTO_JSON json_t *schema = schema_of(desc, NULL);
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		AUTO_JSON json_t *j = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(wire_example(desc, WIRE_EXAMPLE_ALL, &j, &err), 0);
		json_object_set_new(j, f->name, f->list ? json_object() : json_array());
		assert_false(valid(schema, j));
		json_object_del(j, f->name);
		if (valid(schema, j) != (f->presence != WIRE_REQ))
			fail_msg("schema of %s does not know whether %s is required", name,
				 f->name);
		json_object_set_new(j, "no_such_field", json_true());
		assert_false(valid(schema, j));
	}
}

/* Rows: L04, L07 */
static void test_schema_refuses_what_the_decoder_refuses(void **state)
{
	sample_each_object(refuse_random, NULL);
}

static void test_schema_says_unit_and_default_in_words(void **state)
{
	AUTO_JSON json_t *schema = schema_of(&sample_object, "sample");
	json_t *properties = json_object_get(schema, "properties"),
	       *gain = json_object_get(properties, "gain");
	assert_string_equal(json_string_value(json_object_get(gain, "description")),
			    "a number (gain) (default 0.5)");
	assert_null(json_object_get(gain, "default"));
	json_t *type = json_object_get(properties, "type");
	assert_string_equal(json_string_value(json_array_get(json_object_get(type, "enum"), 0)),
			    "sample");
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(schema, "required"), 0)), "type");
}

static void test_catalogue_json_is_whole_and_stable(void **state)
{
	AUTO_STRBUF a = STRBUF_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	struct err err = ERR_INIT;
	assert_int_equal(wire_catalogue_json(&a, &err), 0);
	assert_int_equal(wire_catalogue_json(&b, &err), 0);
	assert_string_equal(a.s, b.s);
	AUTO_JSON json_t *j = NULL;
	assert_int_equal(json_parse(a.s, a.n, &j, &err), 0);
	assert_int_equal(json_array_size(json_object_get(j, "messages")), WIRE_MESSAGE_COUNT);
	assert_int_equal(json_array_size(json_object_get(j, "events")), WIRE_EVENT_COUNT);

	char hash[WIRE_CATALOGUE_HASH_SIZE], again[WIRE_CATALOGUE_HASH_SIZE];
	assert_int_equal(wire_catalogue_hash(hash, &err), 0);
	assert_int_equal(wire_catalogue_hash(again, &err), 0);
	assert_string_equal(hash, again);
	assert_int_equal(strlen(hash), 71);
}

/* Rows: S3-27 */
static void test_list_tools_tells_what_one_daemon_answers(void **state)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct list_tools_result ret;
	struct err err = ERR_INIT;
	char hash[WIRE_CATALOGUE_HASH_SIZE];
	assert_int_equal(wire_catalogue_hash(hash, &err), 0);
	assert_int_equal(wire_list_tools(WIRE_OWNER_CHAOSGARDEN, hash, &a, &ret, &err), 0);
	assert_true(ret.tools.n > 5);
	for (size_t i = 0; i < ret.tools.n; i++) {
		const struct wire_message *m = wire_message_find(ret.tools.v[i].name);
		assert_true(m->owner == WIRE_OWNER_CHAOSGARDEN || m->owner == WIRE_OWNER_ALL);
		assert_true(json_is_object(ret.tools.v[i].input_schema));
		assert_string_equal(
			json_string_value(json_object_get(ret.tools.v[i].output_schema, "type")),
			"object");
	}
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(wire_encode(wire_message_find("list_tools")->result, &ret, &b, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema_uses_only_what_every_client_knows),
		cmocka_unit_test(test_schema_accepts_what_the_decoder_accepts),
		cmocka_unit_test(test_schema_refuses_what_the_decoder_refuses),
		cmocka_unit_test(test_schema_says_unit_and_default_in_words),
		cmocka_unit_test(test_catalogue_json_is_whole_and_stable),
		cmocka_unit_test(test_list_tools_tells_what_one_daemon_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
