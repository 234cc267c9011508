#include "trustfall/schema.h"

#include "../check.h"
#include "../starve.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

#define BEGIN "schema { query: R } type R { A: [A!]! } "

static struct tf_schema *good(const char *text)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct tf_schema *s = NULL;
	if (tf_schema_parse(text, strlen(text), &s, &errors) < 0)
		fail_msg("%s: %s\n%s", errors.v[0].kind, errors.v[0].message, text);
	return s;
}

static void test_a_schema_has_types_fields_and_relations(void **state)
{
	AUTO(tf_schema) s = good("schema { query: R }\n"
				 "directive @fold on FIELD\n"
				 "scalar Date\n"
				 "interface Named { \"how it is called\" name: String! }\n"
				 "\"Where queries begin.\" type R { Song(min: Int = 3, max: Int!, like: String): [Song!]! Named: [Named] }\n"
				 "\"A piece.\" type Song implements Named & Sounding {\n"
				 "  name: String! seconds: Float notes(of: [String!]! = [\"a\", \"b\"]): [Note!]\n"
				 "}\n"
				 "interface Sounding implements Named { name: String! seconds: Float }\n"
				 "type Note implements Named { name: String! }\n");
	const struct tf_type_def *root = tf_schema_root(s), *song = tf_schema_type(s, "Song"), *named = tf_schema_type(s, "Named");
	assert_string_equal(root->name, "R");
	assert_string_equal(root->doc, "Where queries begin.");
	assert_int_equal(root->index, TF_ROOT_INDEX);
	assert_null(tf_schema_type(s, "R"));
	assert_null(tf_schema_type(s, "Nothing"));
	assert_int_equal(tf_schema_n_types(s), 4);
	static const char *const order[] = {"Named", "Song", "Sounding", "Note"};
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		assert_string_equal(tf_schema_type_at(s, i)->name, order[i]);
		assert_int_equal(tf_schema_type_at(s, i)->index, i);
	}
	assert_true(named->interface);
	assert_false(song->interface);
	assert_int_equal(named->n_objects, 2);
	assert_ptr_equal(named->objects[0], song);
	assert_int_equal(song->n_objects, 1);
	assert_ptr_equal(song->objects[0], song);
	assert_int_equal(song->n_supertypes, 2);
	assert_true(tf_type_is(song, named));
	assert_true(tf_type_is(song, song));
	assert_false(tf_type_is(named, song));
	const struct tf_field_def *f = tf_type_field(root, "Song");
	assert_ptr_equal(f->target, song);
	assert_int_equal(f->n_params, 3);
	assert_true(f->params[0].has_default && f->params[0].value.i == 3);
	assert_false(f->params[1].has_default);
	assert_true(f->params[2].has_default && f->params[2].value.kind == TF_NULL);
	f = tf_type_field(song, "notes");
	assert_int_equal(f->index, 2);
	assert_ptr_equal(f, &song->fields[2]);
	assert_string_equal(f->params[0].value.v[1].s, "b");
	f = tf_type_field(named, "name");
	assert_null(f->target);
	assert_string_equal(f->doc, "how it is called");
	assert_null(tf_type_field(song, "nothing"));
	assert_null(tf_type_field(song, ""));
}

static void test_schemas_may_narrow_and_keep(void **state)
{
	static const char *const texts[] = {
		BEGIN "type A { a: Int }",
		BEGIN "type A",
		BEGIN "interface I { b: [I] c(x: Int!): I } type A implements I { b: [A!]! c(x: Int): A! }",
		BEGIN "interface I { b: I } interface J implements I { b: J } type A implements I & J { b: A }",
		BEGIN "interface I { n: Int } interface J implements I { n: Int } interface K implements I { n: Int } "
		      "type A implements I & J & K { n: Int! }",
		BEGIN "interface I { b: [[Int]] } type A implements I & I { b: [[Int!]!]! }",
		BEGIN "type A { b(x: [Float] = [1.5, null], y: Int! = 18446744073709551615, z: Boolean = null, id: ID = \"7\"): A }",
		BEGIN "type A { b: Float c: ID d: Boolean! e: [String!] }",
	};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		tf_schema_free(good(texts[i]));
}

/* ---- what is refused ---- */

struct wrong {
	const char *text;
	const char *errors; /* [[kind, args…], …] */
};

static json_t *refusal(const char *text)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct tf_schema *s = NULL;
	int r = tf_schema_parse(text, strlen(text), &s, &errors);
	if (r != -EINVAL || s)
		fail_msg("%d: not refused: %s", r, text);
	json_t *all = json_array();
	for (size_t i = 0; i < errors.n; i++) {
		json_t *one = json_pack("[s]", errors.v[i].kind);
		assert_int_equal(errors.v[i].stage, TF_STAGE_SCHEMA);
		assert_true(errors.v[i].pos.line > 0 && errors.v[i].message[0]);
		if (errors.v[i].args)
			assert_int_equal(json_array_extend(one, errors.v[i].args), 0);
		assert_int_equal(json_array_append_new(all, one), 0);
	}
	return all;
}

static void assert_refused(const struct wrong *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		AUTO_JSON json_t *want = NULL, *have = refusal(rows[i].text);
		struct err e = ERR_INIT;
		if (json_parse(rows[i].errors, strlen(rows[i].errors), &want, &e) < 0)
			fail_msg("%s: %s", rows[i].errors, e.msg);
		char *text = json_text(have, JSON_OUT_COMPACT);
		if (!json_equal(want, have))
			fail_msg("%s\nhas %s", rows[i].text, text);
		free(text);
	}
}

static void test_what_leaves_no_schema_is_refused(void **state)
{
	static const struct wrong rows[] = {
		{"type A { a: Int }", "[[\"MissingSchemaDefinition\"]]"},
		{"schema { mutation: A } type A { a: Int }", "[[\"MissingQueryType\"]]"},
		{"schema { query: R } type A { a: Int }", "[[\"UnknownQueryType\",\"R\"]]"},
		{"schema { query: I } interface I { I: I }", "[[\"QueryTypeNotObject\",\"I\"]]"},
		{BEGIN "schema { query: R } type A { a: Int }", "[[\"DuplicateSchemaDefinition\"]]"},
		{BEGIN "enum E { A } union U = A input I { a: Int } extend type A { b: Int }",
		 "[[\"UnsupportedDefinition\",\"enum\"],[\"UnsupportedDefinition\",\"union\"],[\"UnsupportedDefinition\",\"input\"],"
		 "[\"UnsupportedDefinition\",\"extend\"]]"},
		{BEGIN "type Int { a: Int } scalar String", "[[\"BuiltinTypeDefinition\",\"Int\"],[\"BuiltinTypeDefinition\",\"String\"]]"},
		{BEGIN "type A { a: Int } type B { a: Int } interface B { a: Int } type A { a: Int }",
		 "[[\"DuplicateTypeOrInterfaceDefinition\",\"B\"]]"},
		{BEGIN "type A { a: Int b: Int c: Int b: A a: Int }", "[[\"DuplicateFieldDefinition\",\"A\",\"b\"]]"},
		{BEGIN "type A { a: Int a: A } type B { b: Int } type B { b: Int }", "[[\"DuplicateFieldDefinition\",\"A\",\"a\"]]"},
		{BEGIN "type B { b: Int } type B { b: Int b: Int } type A { a: Int a: A }", "[[\"DuplicateTypeOrInterfaceDefinition\",\"B\"]]"},
		{BEGIN "type A { a: Int", "[[\"SchemaParseError\"]]"},
	};
	assert_refused(rows, COUNT_OF(rows));
}

static void test_fields_and_names_that_cannot_be_are_refused(void **state)
{
	static const struct wrong rows[] = {
		{BEGIN "type A { __a: Int __b: A }", "[[\"ReservedFieldName\",\"A\",\"__a\"],[\"ReservedFieldName\",\"A\",\"__b\"]]"},
		{BEGIN "type A { a: Int } interface __I { a: Int }", "[[\"ReservedTypeName\",\"__I\"]]"},
		{BEGIN "type A { a(x: Int, w: Int!): [Int!] }", "[[\"PropertyFieldWithParameters\",\"A\",\"a\",\"[Int!]\",[\"x\",\"w\"]]]"},
		{BEGIN "type A { a: [[A!]!] b: [[[A]]]! }", "[[\"InvalidEdgeType\",\"A\",\"a\",\"[[A!]!]\"],[\"InvalidEdgeType\",\"A\",\"b\",\"[[[A]]]!\"]]"},
		{BEGIN "type A { a: [R!] }", "[[\"EdgePointsToRootQueryType\",\"A\",\"a\",\"[R!]\"]]"},
		{"schema { query: R } type R { R: R A: [[A]] } type A { a: Int }",
		 "[[\"EdgePointsToRootQueryType\",\"R\",\"R\",\"R\"],[\"InvalidEdgeType\",\"R\",\"A\",\"[[A]]\"]]"},
		{"schema { query: R } type R { A: A n(x: Int): Int! m: [String] } type A { a: Int }",
		 "[[\"PropertyFieldWithParameters\",\"R\",\"n\",\"Int!\",[\"x\"]],[\"PropertyFieldOnRootQueryType\",\"R\",\"n\",\"Int!\"],"
		 "[\"PropertyFieldOnRootQueryType\",\"R\",\"m\",\"[String]\"]]"},
		{"scalar Date schema { query: R } type R { z: Zed A: A } type A { d: Date! i: int }",
		 "[[\"UnknownPropertyOrEdgeType\",\"d\",\"Date!\"],[\"UnknownPropertyOrEdgeType\",\"i\",\"int\"],"
		 "[\"UnknownPropertyOrEdgeType\",\"z\",\"Zed\"]]"},
		{BEGIN "type A { a(x: Int, x: Int): A }", "[[\"DuplicateParameterDefinition\",\"A\",\"a\",\"x\"]]"},
	};
	assert_refused(rows, COUNT_OF(rows));
}

static void test_defaults_that_do_not_fit_are_refused(void **state)
{
	static const struct wrong rows[] = {
		{BEGIN "type A { a(x: Int! = null): A }", "[[\"InvalidDefaultValueForFieldParameter\",\"A\",\"a\",\"x\",\"Int!\",\"Null\"]]"},
		{BEGIN "type A { a(x: Int = \"a\\\"b\\n\"): A }",
		 "[[\"InvalidDefaultValueForFieldParameter\",\"A\",\"a\",\"x\",\"Int\",\"String(\\\"a\\\\\\\"b\\\\n\\\")\"]]"},
		{BEGIN "type A { a(x: Int = 4.0, y: Float = 4, z: String = true): A }",
		 "[[\"InvalidDefaultValueForFieldParameter\",\"A\",\"a\",\"x\",\"Int\",\"Float64(4.0)\"],"
		 "[\"InvalidDefaultValueForFieldParameter\",\"A\",\"a\",\"y\",\"Float\",\"Int64(4)\"],"
		 "[\"InvalidDefaultValueForFieldParameter\",\"A\",\"a\",\"z\",\"String\",\"Boolean(true)\"]]"},
		{BEGIN "type A { a(x: [Int!] = [1, null]): A b(x: [Int] = 18446744073709551615): A }",
		 "[[\"InvalidDefaultValueForFieldParameter\",\"A\",\"a\",\"x\",\"[Int!]\",\"List([Int64(1), Null])\"],"
		 "[\"InvalidDefaultValueForFieldParameter\",\"A\",\"b\",\"x\",\"[Int]\",\"Uint64(18446744073709551615)\"]]"},
		{BEGIN "type A { a(x: String = RED): A b(x: String = {a: [1]}): A }",
		 "[[\"InvalidDefaultValueForFieldParameter\",\"A\",\"a\",\"x\",\"String\",\"Enum(\\\"RED\\\")\"],"
		 "[\"InvalidDefaultValueForFieldParameter\",\"A\",\"b\",\"x\",\"String\",\"{a: List([Int64(1)])}\"]]"},
		{"schema { query: R } type R { A(x: Int! = 1.5): A } type A { a: Int }",
		 "[[\"InvalidDefaultValueForFieldParameter\",\"R\",\"A\",\"x\",\"Int!\",\"Float64(1.5)\"]]"},
	};
	assert_refused(rows, COUNT_OF(rows));
}

static void test_what_is_owed_to_interfaces_is_refused_when_missing(void **state)
{
	static const struct wrong rows[] = {
		{BEGIN "type A implements B & C { a: Int } type B { a: Int }",
		 "[[\"ImplementingNonInterface\",\"A\",\"B\"],[\"ImplementingNonExistentType\",\"A\",\"C\"]]"},
		{BEGIN "interface I { a: Int } interface J implements I { a: Int } type A implements J { a: Int }",
		 "[[\"MissingTransitiveInterfaceImplementation\",\"A\",\"J\",\"I\"]]"},
		{BEGIN "interface I { a: Int! b: [A] } type A implements I { c: Int }",
		 "[[\"MissingRequiredField\",\"A\",\"I\",\"a\",\"Int!\"],[\"MissingRequiredField\",\"A\",\"I\",\"b\",\"[A]\"]]"},
		{BEGIN "interface I { a: Int! b: [Int] c: A d: Int e: A f: Int } "
		       "type A implements I { a: Int b: Int c: I d: String e: Int f: A }",
		 "[[\"InvalidTypeWideningOfInheritedField\",\"a\",\"A\",\"I\",\"Int\",\"Int!\"],"
		 "[\"InvalidTypeWideningOfInheritedField\",\"b\",\"A\",\"I\",\"Int\",\"[Int]\"],"
		 "[\"InvalidTypeWideningOfInheritedField\",\"c\",\"A\",\"I\",\"I\",\"A\"],"
		 "[\"InvalidTypeWideningOfInheritedField\",\"d\",\"A\",\"I\",\"String\",\"Int\"],"
		 "[\"InvalidTypeWideningOfInheritedField\",\"e\",\"A\",\"I\",\"Int\",\"A\"],"
		 "[\"InvalidTypeWideningOfInheritedField\",\"f\",\"A\",\"I\",\"A\",\"Int\"]]"},
		{BEGIN "interface I { e(x: Int, y: Int): A } type A implements I { e: A }",
		 "[[\"InheritedFieldMissingParameters\",\"e\",\"A\",\"I\",[\"x\",\"y\"]]]"},
		{BEGIN "interface I { e(m: Int): A } type A implements I { e(z: Int, b: Int, m: Int): A }",
		 "[[\"InheritedFieldUnexpectedParameters\",\"e\",\"A\",\"I\",[\"b\",\"z\"]]]"},
		{BEGIN "interface I { e(x: [Int], y: Int): A } type A implements I { e(x: [Int!], y: String): A }",
		 "[[\"InvalidTypeNarrowingOfInheritedFieldParameter\",\"e\",\"A\",\"I\",\"x\",\"[Int!]\",\"[Int]\"],"
		 "[\"InvalidTypeNarrowingOfInheritedFieldParameter\",\"e\",\"A\",\"I\",\"y\",\"String\",\"Int\"]]"},
		{BEGIN "interface I { e(late: Int early: Int): A } type A implements I { e(late: Int! early: Int!): A }",
		 "[[\"InvalidTypeNarrowingOfInheritedFieldParameter\",\"e\",\"A\",\"I\",\"early\",\"Int!\",\"Int\"],"
		 "[\"InvalidTypeNarrowingOfInheritedFieldParameter\",\"e\",\"A\",\"I\",\"late\",\"Int!\",\"Int\"]]"},
	};
	assert_refused(rows, COUNT_OF(rows));
}

static void test_circles_and_fields_from_two_sides_are_refused(void **state)
{
	static const struct wrong rows[] = {
		{BEGIN "type A { a: Int } interface I implements I { a: Int }", "[[\"CircularImplementsRelationships\",[\"I\"]]]"},
		{BEGIN "type A { a: Int } interface J implements I { a: Int } interface I implements J { a: Int }",
		 "[[\"CircularImplementsRelationships\",[\"I\",\"J\"]]]"},
		{BEGIN "type A implements I & J { a: Int } interface J implements I { a: Int } interface I implements J { a: Int }",
		 "[[\"CircularImplementsRelationships\",[\"A\",\"I\",\"J\"]]]"},
		{BEGIN "interface K { f: [Int] } interface J { f: [Int] g: Int } type A implements K & J { f: [Int!] g: Int }",
		 "[[\"AmbiguousFieldOrigin\",\"A\",\"f\",\"[Int!]\",[\"J\",\"K\"]]]"},
		{BEGIN "interface K { f: Int } interface J { f: Int } interface L implements K & J { f: Int } "
		       "interface M { f: Int } type A implements J & K & L & M { f: Int }",
		 "[[\"AmbiguousFieldOrigin\",\"A\",\"f\",\"Int\",[\"J\",\"K\",\"M\"]],[\"AmbiguousFieldOrigin\",\"L\",\"f\",\"Int\",[\"J\",\"K\"]]]"},
	};
	assert_refused(rows, COUNT_OF(rows));
}

static void test_errors_point_at_their_place_and_say_what_to_do(void **state)
{
	static const char text[] = "schema { query: R }\ntype R {\n  A: Regoin\n}\ntype Region { at: Flaot }\n";
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_STRBUF shown = STRBUF_INIT;
	struct tf_schema *s = NULL;
	assert_int_equal(tf_schema_parse(text, strlen(text), &s, &errors), -EINVAL);
	assert_int_equal(tf_errors_show(&errors, text, strlen(text), &shown), 0);
	assert_string_equal(shown.s, "schema error (UnknownPropertyOrEdgeType): 'A' of 'R' has the unknown type Regoin\n"
				     "    3 |   A: Regoin\n"
				     "      |      ^\n"
				     "      = did you mean 'Region'?\n"
				     "schema error (UnknownPropertyOrEdgeType): 'at' of 'Region' has the unknown type Flaot\n"
				     "    5 | type Region { at: Flaot }\n"
				     "      |                   ^\n"
				     "      = did you mean 'Float'?\n");
}

static void test_size_and_number_of_errors_are_bounded(void **state)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT, many = TF_ERRORS_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	struct tf_schema *s = NULL;
	while (b.n <= LIMIT_TRUSTFALL_SCHEMA_BYTES)
		assert_int_equal(strbuf_adds(&b, "# all of this is only a comment, and yet too much\n"), 0);
	assert_int_equal(tf_schema_parse(b.s, b.n, &s, &errors), -EMSGSIZE);
	assert_string_equal(errors.v[0].kind, "LimitExceeded");
	assert_int_equal(tf_schema_parse(b.s, b.n, &s, NULL), -EMSGSIZE);
	strbuf_clear(&b);
	assert_int_equal(strbuf_adds(&b, BEGIN "type A {"), 0);
	for (int i = 0; i <= LIMIT_TRUSTFALL_ERRORS; i++)
		assert_int_equal(strbuf_addf(&b, " f%d: What", i), 0);
	assert_int_equal(strbuf_adds(&b, "}"), 0);
	assert_int_equal(tf_schema_parse(b.s, b.n, &s, &many), -EINVAL);
	assert_int_equal(many.n, LIMIT_TRUSTFALL_ERRORS);
	assert_true(many.lost);
}

static int parse_any(void *arg, struct err *err)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO(tf_schema) s = NULL;
	int r = tf_schema_parse(arg, strlen(arg), &s, &errors);
	return r < 0 ? err_set(err, r, "schema") : r;
}

static void test_schemas_survive_a_lack_of_memory(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(strbuf_adds(&b, BEGIN "interface I { a: Int e(x: [Int] = [1, 2], s: String = \"\"\"x\"\"\"): A } "), 0);
	for (int i = 0; i < 40; i++)
		assert_int_equal(strbuf_addf(&b, "type %c%d implements I { a: Int! e(x: [Int], s: String): A } ", i ? 'B' : 'A', i), 0);
	assert_int_equal(strbuf_adds(&b, "type A { a: Int }"), 0);
	assert_true(starve_exhaust(STARVE_ONE, "schema", false, parse_any, b.s) > 10);
	assert_true(starve_exhaust(STARVE_ALL_FROM, "schema", false, parse_any, b.s) > 10);
}

/* ---- the published cases ---- */

static bool same_error(const struct tf_error *have, json_t *want)
{
	json_t *args = json_object_get(want, "args");
	return strcmp(have->kind, json_string_value(json_object_get(want, "kind"))) == 0 && have->args && json_equal(have->args, args);
}

static bool as_expected(json_t *expected, int r, const struct tf_errors *errors)
{
	json_t *error = json_object_get(expected, "error"), *several = json_object_get(error, "errors");
	if (!error)
		return r == 0;
	if (r == 0 || errors->n != (several ? json_array_size(several) : 1))
		return false;
	for (size_t i = 0; i < errors->n; i++)
		if (!same_error(&errors->v[i], several ? json_array_get(several, i) : error))
			return false;
	return true;
}

static void test_published_cases_pass(void **state)
{
	AUTO_JSON json_t *file = NULL;
	struct err e = ERR_INIT;
	if (json_parse_file(TRUSTFALL_CASES "/schemas.json", &file, &e) < 0) {
		print_message("skipped: %s\n", e.msg);
		skip();
	}
	size_t n_failed = 0, i;
	json_t *c, *cases = json_object_get(file, "cases");
	assert_true(json_array_size(cases) > 0);
	json_array_foreach(cases, i, c) {
		AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
		AUTO(tf_schema) s = NULL;
		const char *text = json_string_value(json_object_get(c, "schema_text"));
		int r = tf_schema_parse(text, strlen(text), &s, &errors);
		if (as_expected(json_object_get(c, "expected"), r, &errors))
			continue;
		n_failed++;
		AUTO_STRBUF b = STRBUF_INIT;
		(void)tf_errors_show(&errors, text, strlen(text), &b);
		print_message("%s: %d\n%s\n", json_string_value(json_object_get(c, "name")), r, b.s ? b.s : "");
	}
	print_message("%zu of %zu cases\n", json_array_size(cases) - n_failed, json_array_size(cases));
	assert_int_equal(n_failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_schema_has_types_fields_and_relations),
		cmocka_unit_test(test_schemas_may_narrow_and_keep),
		cmocka_unit_test(test_what_leaves_no_schema_is_refused),
		cmocka_unit_test(test_fields_and_names_that_cannot_be_are_refused),
		cmocka_unit_test(test_defaults_that_do_not_fit_are_refused),
		cmocka_unit_test(test_what_is_owed_to_interfaces_is_refused_when_missing),
		cmocka_unit_test(test_circles_and_fields_from_two_sides_are_refused),
		cmocka_unit_test(test_errors_point_at_their_place_and_say_what_to_do),
		cmocka_unit_test(test_size_and_number_of_errors_are_bounded),
		cmocka_unit_test(test_schemas_survive_a_lack_of_memory),
		cmocka_unit_test(test_published_cases_pass),
	};
	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
