/*
 * test_query_draw.c - what holler query prints: tables that fit, and mistakes with their line and a caret.
 */
#include "columns.h"
#include "query_errors.h"
#include "query_table.h"
#include "schema_show.h"

#include "../check.h"
#include "../seed.h"

#include <stdio.h>
#include <string.h>

static json_t *json(const char *text)
{
	char AUTO_MEM *quoted = strdup(text);
	json_t *j = NULL;
	struct err err = ERR_INIT;
	assert_non_null(quoted);
	for (char *p = quoted; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	if (json_parse(quoted, strlen(quoted), &j, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return j;
}

static void expect(const struct strbuf *b, const char *wanted)
{
	assert_true(strbuf_ok(b));
	assert_string_equal(b->s ? b->s : "", wanted);
}

static void expect_table(const char *columns, const char *rows, size_t width, const char *wanted)
{
	AUTO_JSON json_t *c = json(columns), *r AUTO_JSON = json(rows);
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(query_table_draw(c, r, width, &b), 0);
	expect(&b, wanted);
}

static void test_table_puts_numbers_right_and_text_left(void **state)
{
	expect_table("[{'name':'name','type':'String'},{'name':'at','type':'Float!'},{'name':'n','type':'Int'},{'name':'on','type':'Boolean'}]",
		     "[{'name':'drums','at':0.0,'n':7,'on':true},{'name':null,'at':132.5,'n':null,'on':false}]", 0,
		     "name      at     n  on\n"
		     "─────  ─────  ────  ─────\n"
		     "drums      0     7  true\n"
		     "null   132.5  null  false\n");
}

static void test_table_shows_lists_and_lists_of_lists(void **state)
{
	expect_table("[{'name':'tags','type':'[String!]!'},{'name':'n','type':'[[Int]]'}]",
		     "[{'tags':['a','b c','d, e','','null'],'n':[[1,null],[]]},{'tags':[],'n':null}]", 0,
		     "tags                          n\n"
		     "────────────────────────────  ───────────────\n"
		     "[a, b c, \"d, e\", \"\", \"null\"]  [[1, null], []]\n"
		     "[]                            null\n");
}

static void test_table_gives_the_widest_column_the_least(void **state)
{
	expect_table("[{'name':'id','type':'String'},{'name':'n','type':'Int'},{'name':'doc','type':'String'}]",
		     "[{'id':'01938e6a-7c00','n':12345678,'doc':'äöü that goes on and on and on'}]", 37,
		     "id                    n  doc\n"
		     "─────────────  ────────  ────────────\n"
		     "01938e6a-7c00  12345678  äöü that go…\n");
}

/* Each value in a line of its own, where columns would be too narrow to be read. */
static void test_table_becomes_blocks_where_columns_do_not_fit(void **state)
{
	expect_table("[{'name':'first','type':'String'},{'name':'b','type':'Int'},{'name':'c','type':'String'}]",
		     "[{'first':'a long text','b':1234567,'c':'another one'},{'first':null,'b':2,'c':''}]", 20,
		     "first  a long text\nb      1234567\nc      another one\n\nfirst  null\nb      2\nc\n\n");
}

static void test_table_is_not_steered_by_what_it_shows(void **state)
{
	expect_table("[{'name':'x','type':'String'},{'name':'y','type':'[String]'}]", "[{'x':'a\\nb\\tc\\u001b[2J\\u0085','y':['\\u0007\\n']}]", 0,
		     "x            y\n"
		     "───────────  ────\n"
		     "a⏎b c?[2J??  [?⏎]\n");
}

static void test_table_keeps_one_width_of_lines(void **state)
{
	static const char *const words[] = {"'x'", "null", "'a text of some length that will not fit'", "12", "[1,2,3]", "'ääääääääääääääää'", "-0.25"};
	uint64_t seed = seed_start();
	for (int round = 0; round < 300; round++) {
		AUTO_STRBUF columns = STRBUF_INIT;
		AUTO_STRBUF rows = STRBUF_INIT;
		AUTO_STRBUF b = STRBUF_INIT;
		size_t n = 1 + seed_below(&seed, 6), n_rows = seed_below(&seed, 5), width = 48 + seed_below(&seed, 60);
		strbuf_addc(&columns, '[');
		for (size_t i = 0; i < n; i++)
			strbuf_addf(&columns, "%s{'name':'c%zu','type':'%s'}", i ? "," : "", i, seed_below(&seed, 2) ? "Int" : "String");
		strbuf_addc(&columns, ']');
		strbuf_addc(&rows, '[');
		for (size_t k = 0; k < n_rows; k++) {
			strbuf_adds(&rows, k ? ",{" : "{");
			for (size_t i = 0; i < n; i++)
				strbuf_addf(&rows, "%s'c%zu':%s", i ? "," : "", i, words[seed_below(&seed, COUNT_OF(words))]);
			strbuf_addc(&rows, '}');
		}
		strbuf_addc(&rows, ']');
		AUTO_JSON json_t *c = json(columns.s), *r AUTO_JSON = json(rows.s);
		assert_int_equal(query_table_draw(c, r, width, &b), 0);
		size_t lines = 0;
		for (char *p = b.s; *p; lines++) {
			char *end = strchr(p, '\n');
			assert_non_null(end);
			*end = '\0';
			if (columns_count(p) > width)
				fail_msg("%zu columns, not %zu: %s", columns_count(p), width, p);
			p = end + 1;
		}
		assert_int_equal(lines, n_rows + 2);
	}
}

static void test_rows_of_a_watch_widen_the_columns(void **state)
{
	AUTO_JSON json_t *columns = json("[{'name':'name','type':'String'}]"), *a AUTO_JSON = json("{'name':'abcd'}");
	AUTO_JSON json_t *wide = json("{'name':'abcdefgh'}");
	AUTO(query_table) t = NULL;
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(query_table_new(columns, 0, &t), 0);
	assert_false(query_table_measure(t, a));
	assert_true(query_table_measure(t, wide));
	assert_false(query_table_measure(t, wide));
	query_table_row(t, "+ ", a, &b);
	query_table_row(t, "- ", wide, &b);
	expect(&b, "+ abcd\n- abcdefgh\n");
}

static void expect_errors(const char *errors, const char *text, const char *wanted)
{
	AUTO_JSON json_t *list = json(errors);
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(query_errors_draw(list, text, &b), 0);
	expect(&b, wanted);
}

static void test_mistakes_are_shown_in_their_lines(void **state)
{
	expect_errors("[{'stage':'frontend','kind':'PropertyNotFound','args':[],'line':3,'column':5,'message':'Region has no nmae','hint':'did you "
		      "mean name?'},{'stage':'arguments','kind':'MissingArguments','args':['tag'],'message':'$tag is missing','hint':''}]",
		      "{\n  Region {\n    nmae @output\n  }\n}",
		      "frontend error (PropertyNotFound): Region has no nmae\n"
		      "    3 |     nmae @output\n"
		      "      |     ^\n"
		      "      = did you mean name?\n"
		      "arguments error (MissingArguments): $tag is missing\n");
}

static void test_mistakes_are_shown_without_the_text_too(void **state)
{
	expect_errors("[{'stage':'parse','kind':'InvalidGraphQL','line':1,'column':2,'message':'m','hint':'h'}]", NULL,
		      "parse error (InvalidGraphQL): m\n      = h\n");
	expect_errors("[]", "{", "");
}

/* What a saved query of somebody else says must not steer the terminal. */
static void test_mistakes_do_not_steer_the_terminal(void **state)
{
	expect_errors("[{'stage':'parse','kind':'x','line':1,'column':3,'message':'a\\u001bb','hint':''}]", "\t\x1b[2J{",
		      "parse error (x): a?b\n"
		      "    1 |  ?[2J{\n"
		      "      |   ^\n");
}

/* --- holler schema --- */

static const char schema_text[] =
	"schema { query: Root }\n"
	"directive @filter(op: String!, value: [String!]) repeatable on FIELD | INLINE_FRAGMENT\n"
	"directive @tag(name: String) on FIELD\ndirective @output(name: String) on FIELD\ndirective @optional on FIELD\n"
	"directive @recurse(depth: Int!) on FIELD\ndirective @fold on FIELD\ndirective @transform(op: String!) on FIELD\n"
	"type Root {\n  \"All pieces.\"\n  Piece(\"how many at most\" most: Int! = 3, key: String): [Piece!]!\n}\n"
	"\"What can be called.\"\ninterface Named {\n  \"its name\"\n  name: String!\n}\n"
	"\"\"\"A piece of music,\nas it was written.\"\"\"\ntype Piece implements Named {\n  \"its name\"\n  name: String!\n"
	"  \"its beats\"\n  beats: [Float!]\n  \"what it was made from, which may be a good many words about it\"\n  source: Piece\n}\n";

static struct tf_schema *load_schema(void)
{
	struct tf_schema *s = NULL;
	struct tf_errors errors = TF_ERRORS_INIT;
	struct err err = ERR_INIT;
	if (tf_schema_parse(schema_text, strlen(schema_text), &s, &errors) < 0)
		fail_msg("%s", (tf_errors_err(&errors, &err), err.msg));
	return s;
}

static void expect_shown(const char *word, size_t width, const char *wanted)
{
	AUTO(tf_schema) s = load_schema();
	AUTO_STRBUF b = STRBUF_INIT;
	struct schema_word w;
	struct err err = ERR_INIT;
	if (schema_word_find(s, word, &w, &err) < 0)
		fail_msg("%s", err.msg);
	schema_show(s, &w, width, &b);
	expect(&b, wanted);
}

static void test_schema_shows_a_type_and_the_ways_to_it(void **state)
{
	expect_shown("piece", 44,
		     "Piece, is also: Named\n"
		     "  A piece of music, as it was written.\n"
		     "\nreached by\n"
		     "  Piece, Piece.source\n"
		     "\nproperties\n"
		     "  name: String!\n"
		     "      its name\n"
		     "  beats: [Float!]\n"
		     "      its beats\n"
		     "\nedges\n"
		     "  source: Piece\n"
		     "      what it was made from, which may be a\n"
		     "      good many words about it\n");
	expect_shown("Named", 0,
		     "Named (interface)\n"
		     "  What can be called.\n"
		     "  one of: Piece\n"
		     "\nproperties\n"
		     "  name: String!\n"
		     "      its name\n");
}

static void test_schema_shows_starting_points_and_single_fields(void **state)
{
	expect_shown("Root", 0,
		     "Root\n"
		     "\na question begins with\n"
		     "  Piece(most: Int! = 3, key: String): [Piece!]!\n"
		     "      All pieces.\n"
		     "      most: how many at most\n");
	expect_shown("Piece.beats", 0, "Piece.beats: [Float!]\n    its beats\n");
	expect_shown("Piece.source", 0,
		     "Piece.source: Piece\n    what it was made from, which may be a good many words about it\n"
		     "    A piece of music, as it was written.\n");
}

static void test_schema_offers_the_nearest_name(void **state)
{
	AUTO(tf_schema) s = load_schema();
	struct schema_word w;
	struct err err = ERR_INIT;
	assert_int_equal(schema_word_find(s, "Peice", &w, &err), -ENOENT);
	assert_string_equal(err.hint, "did you mean Piece?");
	assert_int_equal(schema_word_find(s, "Piece.beets", &w, &err), -ENOENT);
	assert_string_equal(err.hint, "did you mean Piece.beats?");
	assert_int_equal(schema_word_find(s, "Xylophone", &w, &err), -ENOENT);
	assert_string_equal(err.hint, "holler schema Root lists where a question may begin");
}

static void test_schema_is_told_to_programs(void **state)
{
	AUTO(tf_schema) s = load_schema();
	struct schema_word w;
	assert_int_equal(schema_word_find(s, "Piece", &w, NULL), 0);
	AUTO_JSON json_t *got = schema_show_json(s, &w);
	AUTO_JSON json_t *wanted = json("{'name':'Piece','doc':'A piece of music,\\nas it was written.','interface':false,'supertypes':['Named'],"
				       "'objects':['Piece'],'properties':[{'name':'name','type':'String!','doc':'its name'},"
				       "{'name':'beats','type':'[Float!]','doc':'its beats'}],'edges':[{'name':'source','type':'Piece',"
				       "'doc':'what it was made from, which may be a good many words about it','params':[]}]}");
	assert_true(json_equal(got, wanted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_puts_numbers_right_and_text_left),
		cmocka_unit_test(test_table_shows_lists_and_lists_of_lists),
		cmocka_unit_test(test_table_gives_the_widest_column_the_least),
		cmocka_unit_test(test_table_becomes_blocks_where_columns_do_not_fit),
		cmocka_unit_test(test_table_is_not_steered_by_what_it_shows),
		cmocka_unit_test(test_table_keeps_one_width_of_lines),
		cmocka_unit_test(test_rows_of_a_watch_widen_the_columns),
		cmocka_unit_test(test_mistakes_are_shown_in_their_lines),
		cmocka_unit_test(test_mistakes_are_shown_without_the_text_too),
		cmocka_unit_test(test_mistakes_do_not_steer_the_terminal),
		cmocka_unit_test(test_schema_shows_a_type_and_the_ways_to_it),
		cmocka_unit_test(test_schema_shows_starting_points_and_single_fields),
		cmocka_unit_test(test_schema_offers_the_nearest_name),
		cmocka_unit_test(test_schema_is_told_to_programs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
