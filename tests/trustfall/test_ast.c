#include "trustfall/ast_priv.h"

#include "../check.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

static const struct ast_limits roomy = {65536, 16};

static int parse(struct tf_arena *a, const char *text, enum tf_stage stage, struct ast_document *ret, struct tf_errors *errors)
{
	return ast_parse(a, text, strlen(text), &roomy, stage, ret, errors);
}

static struct ast_document good(struct tf_arena *a, const char *text, enum tf_stage stage)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct ast_document doc;
	if (parse(a, text, stage, &doc, &errors) < 0)
		fail_msg("%u:%u: %s in: %s", errors.v[0].pos.line, errors.v[0].pos.column, errors.v[0].message, text);
	return doc;
}

static void assert_pos(struct tf_pos pos, uint32_t line, uint32_t column)
{
	assert_int_equal(pos.line, line);
	assert_int_equal(pos.column, column);
}

static void test_a_query_keeps_names_places_and_order(void **state)
{
	AUTO(tf_arena) a = tf_arena_new(0);
	struct ast_document doc = good(a,
				       "\n"
				       "{ # what sounds\n"
				       "    sound: Region(tag: \"h\xc3\xa4\", from: -1.5e1, to: 7) @output @filter(op: \"=\", value: [\"$x\"]) {\n"
				       "        ... on Region { name, }\n"
				       "        ... @fold { id }\n"
				       "        ...parts\n"
				       "    }\n"
				       "}\n",
				       TF_STAGE_PARSE);
	assert_int_equal(doc.n_operations, 1);
	assert_int_equal(doc.operations[0].n_selections, 1);
	const struct ast_selection *s = doc.operations[0].selections;
	assert_string_equal(s->alias, "sound");
	assert_string_equal(s->name, "Region");
	assert_pos(s->pos, 3, 5);
	assert_pos(s->name_pos, 3, 12);
	assert_int_equal(s->n_arguments, 3);
	assert_string_equal(s->arguments[0].value.value.s, "h\xc3\xa4");
	assert_pos(s->arguments[1].pos, 3, 30); /* columns are characters */
	assert_true(s->arguments[1].value.value.f == -15);
	assert_int_equal(s->arguments[2].value.value.i, 7);
	assert_int_equal(s->n_directives, 2);
	assert_pos(s->directives[1].pos, 3, 59);
	const struct ast_argument *value = &s->directives[1].arguments[1];
	assert_int_equal(value->value.kind, AST_LIST);
	assert_string_equal(value->value.items[0].value.s, "$x");
	assert_int_equal(s->n_selections, 3);
	assert_int_equal(s->selections[0].kind, AST_INLINE_FRAGMENT);
	assert_string_equal(s->selections[0].name, "Region");
	assert_false(s->selections[0].selections[0].has_selections);
	assert_null(s->selections[1].name);
	assert_int_equal(s->selections[2].kind, AST_FRAGMENT_SPREAD);
	assert_pos(s->selections[2].pos, 6, 9);
}

static void test_what_is_no_plain_query_is_read_to_be_refused_by_name(void **state)
{
	AUTO(tf_arena) a = tf_arena_new(0);
	struct ast_document doc = good(a,
				       "query Q($max: [Int!]! = [1, 2] @x, $b: Int) @output { A(a: $max, b: {x: [1], y: RED}) { b } }\n"
				       "mutation { A } subscription S { A }\n"
				       "fragment parts on Region @x { name }",
				       TF_STAGE_PARSE);
	assert_int_equal(doc.n_operations, 3);
	assert_int_equal(doc.operations[0].n_variables, 2);
	assert_pos(doc.operations[0].variable_pos, 1, 9);
	assert_int_equal(doc.operations[0].n_directives, 1);
	const struct ast_argument *args = doc.operations[0].selections[0].arguments;
	assert_int_equal(args[0].value.kind, AST_VARIABLE);
	assert_string_equal(args[0].value.value.s, "max");
	assert_int_equal(args[1].value.kind, AST_OBJECT);
	assert_int_equal(args[1].value.n, 2);
	assert_int_equal(args[1].value.fields[1].value.kind, AST_ENUM);
	assert_int_equal(doc.operations[2].kind, AST_SUBSCRIPTION);
	assert_int_equal(doc.n_fragments, 1);
	assert_pos(doc.fragment_pos, 3, 1);
}

static void test_values_are_read_exactly(void **state)
{
	static const struct {
		const char *text, *json;
	} rows[] = {
		{"0", "0"},
		{"-0", "0"},
		{"-9223372036854775808", "-9223372036854775808"},
		{"18446744073709551615", "{\"$u64\":\"18446744073709551615\"}"},
		{"1.50", "1.5"},
		{"1e2", "100.0"},
		{"1.0E-2", "0.01"},
		{"null", "null"},
		{"true", "true"},
		{"\"\"", "\"\""},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
		{"\"\\u00e4\\uD83C\\uDFB5\"", "\"\xc3\xa4\xf0\x9f\x8e\xb5\""},
		{"\"# no comment, \xc3\xa4\"", "\"# no comment, \xc3\xa4\""},
		{"\"\"\"\"\"\"", "\"\""},
		{"\"\"\"one \\n\"\"\"", "\"one \\\\n\""},
		{"\"\"\"a \\\"\"\" b\"\"\"", "\"a \\\"\\\"\\\" b\""},
		{"\"\"\"\n\n    one\n      two\r\n\n    three  \n  \n\"\"\"", "\"one\\n  two\\n\\nthree  \""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(tf_arena) a = tf_arena_new(0);
		AUTO_STRBUF text = STRBUF_INIT, json = STRBUF_INIT;
		assert_int_equal(strbuf_addf(&text, "{A(x:%s)}", rows[i].text), 0);
		struct ast_document doc = good(a, text.s, TF_STAGE_PARSE);
		const struct ast_value *v = &doc.operations[0].selections[0].arguments[0].value;
		assert_int_equal(v->kind, AST_CONST);
		struct json_out o;
		json_out_init(&o, &json);
		tf_value_write(&o, &v->value);
		assert_string_equal(json.s, rows[i].json);
	}
}

struct wrong {
	const char *text;
	uint32_t line, column;
	const char *says, *hint; /* NULL: any */
};

static void assert_told(const struct wrong *rows, size_t n, enum tf_stage stage, const char *kind)
{
	for (size_t i = 0; i < n; i++) {
		AUTO(tf_arena) a = tf_arena_new(0);
		AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
		struct ast_document doc;
		if (parse(a, rows[i].text, stage, &doc, &errors) != -EINVAL || errors.n != 1)
			fail_msg("not refused: %s", rows[i].text);
		const struct tf_error *e = &errors.v[0];
		assert_string_equal(e->kind, kind);
		if (!strstr(e->message, rows[i].says) || e->pos.line != rows[i].line || e->pos.column != rows[i].column)
			fail_msg("%s\n%u:%u: %s", rows[i].text, e->pos.line, e->pos.column, e->message);
		assert_true(e->hint[0]);
		if (rows[i].hint)
			assert_string_equal(e->hint, rows[i].hint);
	}
}

static void test_wrong_text_is_told_with_its_place(void **state)
{
	static const struct wrong rows[] = {
		{"", 1, 1, "expected a query, which begins with '{', found the end of the text"},
		{"# nothing\r}", 1, 11, "found '}'"},
		{"# nothing\n", 2, 1, "found the end of the text"},
		{"\n{ a", 2, 4, "found the end of the text", "the '{' at 2:1 is not closed"},
		{"{ }", 1, 1, "nothing between '{' and '}'"},
		{"{ a() }", 1, 4, "nothing between '(' and ')'"},
		{"{ a } }", 1, 7, "found '}'"},
		{"{ a(b) }", 1, 6, "':' and a value"},
		{"{ a(b: ) }", 1, 8, "expected a value"},
		{"{ a(b: 'x') }", 1, 8, "cannot stand here", "strings stand in double quotes"},
		{"{ a(b: \"x) }\n", 1, 8, "no end"},
		{"{ a(b: \"x\r\") }", 1, 8, "no end"},
		{"{ a(b: \"\"\"x) }\n", 1, 8, "no end"},
		{"{ a(b: \"\\x\") }", 1, 9, "an escape is"},
		{"{ a(b: \"\\u12g4\") }", 1, 11, "four hexadecimal"},
		{"{ a(b: \"\\ud83c\") }", 1, 11, "half a character"},
		{"{ a(b: \"\\u0000\") }", 1, 11, "\\u0000"},
		{"{ a(b: \"\xc3\") }", 1, 9, "byte 0xc3 is no UTF-8"},
		{"{ a(b: 01) }", 1, 8, "'01' is no number"},
		{"{ a(b: 1.) }", 1, 8, "no number"},
		{"{ a(b: -) }", 1, 8, "no number"},
		{"{ a(b: 1e) }", 1, 8, "no number"},
		{"{ a(b: 1x) }", 1, 8, "'1x' is no number"},
		{"{ a(b: 1.2.3) }", 1, 8, "no number"},
		{"{ a(b: 18446744073709551616) }", 1, 8, "64 bits"},
		{"{ a(b: -9223372036854775809) }", 1, 8, "64 bits"},
		{"{ a(b: 1e999) }", 1, 8, "too large"},
		{"{ \xc3\xa4 }", 1, 3, "the character '\xc3\xa4' cannot stand here"},
		{"{ a \x01 }", 1, 5, "control character 0x01"},
		{"{ \xc3 }", 1, 3, "no UTF-8"},
		{"{ a: }", 1, 6, "the name of a field"},
		{"{ ... on { a } }", 1, 10, "the type of the coercion"},
		{"{ ... on X }", 1, 12, "expected '{', found '}'", "what is selected stands in braces: { StartingPoint { field } }, ... on Type { field }"},
		{"{ ... }", 1, 7, "expected '{', found '}'"},
		{"query A", 1, 8, "expected '{', found the end"},
		{"{ a @ }", 1, 7, "the name of a directive"},
		{"{ a .. }", 1, 5, "cannot stand here"},
		{"query Q( { a }", 1, 10, "'$' and the name of a variable"},
		{"type A { a: Int }", 1, 1, "expected a query"},
		{"fragment f { a }", 1, 12, "'on' and a type"},
	};
	assert_told(rows, COUNT_OF(rows), TF_STAGE_PARSE, "InvalidGraphQL");
}

static void test_definitions_are_read_with_their_docs(void **state)
{
	AUTO(tf_arena) a = tf_arena_new(0);
	struct ast_document doc = good(a,
				       "\"all of it\" schema @x { mutation: M query: Root }\n"
				       "directive @filter(op: String!, value: [String!]) repeatable on FIELD | INLINE_FRAGMENT\n"
				       "directive @fold on | FIELD\n"
				       "\"\"\"\n  A place\n  in time.\n\"\"\"\n"
				       "type Region implements & Timed & Named @x {\n"
				       "  # no doc\n"
				       "  \"how long\" length(\"in\" unit: String! = \"beats\" @x, n: [Int] = [1, -2]): Float! @deprecated\n"
				       "  next: [Region!]!\n"
				       "}\n"
				       "interface Empty\n"
				       "scalar Date @x\n"
				       "union U = | A | B union V\n"
				       "enum E { \"red\" RED @x BLUE }\n"
				       "input I { a: Int = 1 }\n"
				       "extend type Region { more: Int }\n",
				       TF_STAGE_SCHEMA);
	assert_int_equal(doc.n_definitions, 11);
	const struct ast_definition *d = doc.definitions;
	assert_string_equal(d[0].query, "Root");
	assert_pos(d[0].query_pos, 1, 44);
	assert_string_equal(d[1].name, "filter");
	assert_string_equal(d[3].doc, "A place\nin time.");
	assert_int_equal(d[3].n_implements, 2);
	assert_string_equal(d[3].implements[1].name, "Named");
	assert_pos(d[3].implements[1].pos, 8, 34);
	assert_int_equal(d[3].n_fields, 2);
	const struct ast_field_def *f = d[3].fields;
	assert_string_equal(f->doc, "how long");
	assert_pos(f->pos, 10, 14);
	assert_int_equal(f->n_params, 2);
	assert_string_equal(f->params[0].doc, "in");
	assert_true(f->params[0].has_default);
	assert_string_equal(f->params[0].value.value.s, "beats");
	assert_int_equal(f->params[1].value.n, 2);
	assert_int_equal(f[1].type.type.n_lists, 1);
	assert_int_equal(f[1].type.type.required, 3);
	assert_null(f[1].doc);
	static const enum ast_definition_kind kinds[] = {
		AST_SCHEMA, AST_DIRECTIVE_DEF, AST_DIRECTIVE_DEF, AST_OBJECT_TYPE, AST_INTERFACE, AST_SCALAR, AST_UNION, AST_UNION, AST_ENUM_TYPE, AST_INPUT, AST_EXTENSION,
	};
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		assert_int_equal(d[i].kind, kinds[i]);
}

static void test_wrong_definitions_are_told_with_their_place(void **state)
{
	static const struct wrong rows[] = {
		{"", 1, 1, "a definition"},
		{"{ a }", 1, 1, "a definition"},
		{"tpye A { a: Int }", 1, 1, "found 'tpye'"},
		{"type { a: Int }", 1, 6, "the name of a type"},
		{"type A { }", 1, 8, "nothing between"},
		{"type A { a }", 1, 12, "':' and a type"},
		{"type A { a: [Int }", 1, 18, "expected ']'"},
		{"type A { a: Int!! }", 1, 17, "found '!'"},
		{"type A { a(): Int }", 1, 11, "nothing between"},
		{"type A { a(b: Int = $c): Int }", 1, 21, "expected a value"},
		{"type A implements { a: Int }", 1, 19, "the name of an interface"},
		{"type A implements B & { a: Int }", 1, 23, "the name of an interface"},
		{"directive @x FIELD", 1, 14, "'on' and where"},
		{"directive x on FIELD", 1, 11, "'@' and the name"},
		{"schema { qurey: X }", 1, 10, "expected 'query'"},
		{"schema { query: X query: Y }", 1, 19, "two query types"},
		{"schema", 1, 7, "found the end"},
	};
	assert_told(rows, COUNT_OF(rows), TF_STAGE_SCHEMA, "SchemaParseError");
}

static int parse_nested(size_t depth, char open, char close)
{
	AUTO(tf_arena) a = tf_arena_new(0);
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	struct ast_document doc;
	assert_int_equal(strbuf_adds(&b, open == '{' ? "" : "{a(b:"), 0);
	for (size_t i = 0; i < depth; i++)
		assert_int_equal(strbuf_addf(&b, "%c%s", open, open == '{' ? "a" : ""), 0);
	for (size_t i = 0; i < depth; i++)
		assert_int_equal(strbuf_addc(&b, close), 0);
	assert_int_equal(strbuf_adds(&b, open == '{' ? "" : ")}"), 0);
	int r = parse(a, b.s, TF_STAGE_PARSE, &doc, &errors);
	if (r < 0)
		assert_string_equal(errors.v[0].kind, "LimitExceeded");
	return r;
}

static int parse_wide(const char *before, const char *item, const char *after, enum tf_stage stage, int n)
{
	AUTO(tf_arena) a = tf_arena_new(0);
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	struct ast_document doc;
	assert_int_equal(strbuf_adds(&b, before), 0);
	for (int i = 0; i < n; i++)
		assert_int_equal(strbuf_adds(&b, item), 0);
	assert_int_equal(strbuf_adds(&b, after), 0);
	int r = parse(a, b.s, stage, &doc, &errors);
	if (r < 0)
		assert_string_equal(errors.v[0].kind, "LimitExceeded");
	return r;
}

static void test_parameters_are_bounded(void **state)
{
	const int most = LIMIT_TRUSTFALL_PARAMETERS;
	assert_int_equal(parse_wide("{ a(", "b: 1 ", ") }", TF_STAGE_PARSE, most), 0);
	assert_int_equal(parse_wide("{ a(", "b: 1 ", ") }", TF_STAGE_PARSE, most + 1), -E2BIG);
	assert_int_equal(parse_wide("{ a @x(", "b: 1 ", ") }", TF_STAGE_PARSE, most + 1), -E2BIG);
	assert_int_equal(parse_wide("type A { a(", "b: Int ", "): A }", TF_STAGE_SCHEMA, most), 0);
	assert_int_equal(parse_wide("type A { a(", "b: Int ", "): A }", TF_STAGE_SCHEMA, most + 1), -E2BIG);
	assert_int_equal(parse_wide("{ a(b: [", "1 ", "]) }", TF_STAGE_PARSE, 2000), 0);
}

static void test_nesting_and_size_are_bounded(void **state)
{
	assert_int_equal(parse_nested(roomy.max_depth, '{', '}'), 0);
	assert_int_equal(parse_nested(roomy.max_depth + 1, '{', '}'), -E2BIG);
	assert_int_equal(parse_nested(20000, '{', '}'), -E2BIG);
	assert_int_equal(parse_nested(roomy.max_depth - 2, '[', ']'), 0);
	assert_int_equal(parse_nested(30000, '[', ']'), -E2BIG);
	AUTO(tf_arena) a = tf_arena_new(0);
	AUTO(tf_arena) tight = tf_arena_new(200);
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct ast_document doc;
	assert_int_equal(ast_parse(a, "{a}", 3, &(struct ast_limits){2, 9}, TF_STAGE_PARSE, &doc, &errors), -EMSGSIZE);
	assert_string_equal(errors.v[0].kind, "LimitExceeded");
	assert_int_equal(parse(tight, "{ a b c d e f g h i j k l m n o p }", TF_STAGE_PARSE, &doc, &errors), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_query_keeps_names_places_and_order),
		cmocka_unit_test(test_what_is_no_plain_query_is_read_to_be_refused_by_name),
		cmocka_unit_test(test_values_are_read_exactly),
		cmocka_unit_test(test_wrong_text_is_told_with_its_place),
		cmocka_unit_test(test_definitions_are_read_with_their_docs),
		cmocka_unit_test(test_wrong_definitions_are_told_with_their_place),
		cmocka_unit_test(test_parameters_are_bounded),
		cmocka_unit_test(test_nesting_and_size_are_bounded),
	};
	return cmocka_run_group_tests_name("ast", tests, NULL, NULL);
}
