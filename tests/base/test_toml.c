#include "base/fs.h"
#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/toml.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A tree as text, in a form of our own: {key=value;...} [a,b] "s" 1 1.5f true and times as written. */
static void show(struct strbuf *b, const struct toml *t)
{
	const struct toml_time *m = &t->v.time;
	bool date = t->kind != TOML_LOCAL_TIME, time = t->kind != TOML_LOCAL_DATE;
	switch (t->kind) {
	case TOML_TABLE:
		strbuf_addc(b, '{');
		for (size_t i = 0; i < t->v.table.n; i++) {
			strbuf_addf(b, "%s%s=", i ? ";" : "", t->v.table.entries[i].key);
			show(b, t->v.table.entries[i].value);
		}
		strbuf_addc(b, '}');
		return;
	case TOML_ARRAY:
		strbuf_addc(b, '[');
		for (size_t i = 0; i < t->v.array.n; i++) {
			strbuf_adds(b, i ? "," : "");
			show(b, t->v.array.items[i]);
		}
		strbuf_addc(b, ']');
		return;
	case TOML_STRING:
		strbuf_addf(b, "\"%s\"", t->v.string.s);
		return;
	case TOML_INTEGER:
		strbuf_addf(b, "%lld", (long long)t->v.integer);
		return;
	case TOML_FLOAT:
		strbuf_addf(b, "%.17gf", t->v.real);
		return;
	case TOML_BOOL:
		strbuf_adds(b, t->v.boolean ? "true" : "false");
		return;
	default:
		if (date)
			strbuf_addf(b, "%04d-%02d-%02d", m->year, m->month, m->day);
		if (time)
			strbuf_addf(b, "T%02d:%02d:%02d.%09d", m->hour, m->minute, m->second, m->nanosecond);
		if (t->kind == TOML_OFFSET_DATETIME)
			strbuf_addf(b, "%+d%s", m->offset_minutes, m->utc ? "Z" : "");
	}
}

static void test_toml_texts_give_their_tree(void **state)
{
	static const char *const cases[][2] = {
		{ "", "{}" },
		{ "\xef\xbb\xbf# a comment\r\n\n", "{}" },
		{ "a=1", "{a=1}" },
		{ "a = 1 # one\nb = -2\nc = +3", "{a=1;b=-2;c=3}" },
		{ "a = 0x_f", NULL },
		{ "a = 0xDEAD_beef\nb = 0o755\nc = 0b1010", "{a=3735928559;b=493;c=10}" },
		{ "a = 9223372036854775807\nb = -9223372036854775808", "{a=9223372036854775807;b=-9223372036854775808}" },
		{ "a = 1_000_000", "{a=1000000}" },
		{ "a = 3.25\nb = -0.0\nc = 1e3\nd = 6.5E-1\ne = 1_0.5_0", "{a=3.25f;b=-0f;c=1000f;d=0.65000000000000002f;e=10.5f}" },
		{ "a = inf\nb = -inf\nc = nan", "{a=inff;b=-inff;c=nanf}" },
		{ "a = true\nb = false", "{a=true;b=false}" },
		{ "a = \"x\\ty\\u00e9\\U0001F3B5\\\\\"", "{a=\"x\ty\xc3\xa9\xf0\x9f\x8e\xb5\\\"}" },
		{ "a = 'C:\\x'", "{a=\"C:\\x\"}" },
		{ "a = \"\"\"\r\none\ntwo\"\"\"", "{a=\"one\ntwo\"}" },
		{ "a = \"\"\"one \\\n\n   two\"\"\"", "{a=\"one two\"}" },
		{ "a = \"\"\"\"two quotes\"\"\"\"\"", "{a=\"\"two quotes\"\"\"}" },
		{ "a = '''\nno \\n here'''", "{a=\"no \\n here\"}" },
		{ "a = ''''that's it''''", "{a=\"'that's it'\"}" },
		{ "a = []\nb = [ 1, 2, ]\nc = [ # c\n [1], [\"x\", 2.0] # d\n ]", "{a=[];b=[1,2];c=[[1],[\"x\",2f]]}" },
		{ "a = { }\nb = {x = 1, y.z = 'q'}", "{a={};b={x=1;y={z=\"q\"}}}" },
		{ "\"a b\" = 1\n'c.d' = 2\n1234 = 3\n\"\" = 4", "{a b=1;c.d=2;1234=3;=4}" },
		{ "a . b . c = 1\na.b.d = 2", "{a={b={c=1;d=2}}}" },
		{ "3.14 = 1", "{3={14=1}}" },
		{ "[t]\nx=1\n[t.u]\ny=2\n[v]", "{t={x=1;u={y=2}};v={}}" },
		{ "[a.b.c]\nx=1\n[a]\ny=2", "{a={b={c={x=1}};y=2}}" },
		{ "[ a . \"b\" ]\nx=1", "{a={b={x=1}}}" },
		{ "[[p]]\nx=1\n[[p]]\n[[p]]\nx=3", "{p=[{x=1},{},{x=3}]}" },
		{ "[[f]]\nn='a'\n[f.p]\nc=1\n[[f.v]]\nn='r'\n[[f]]\n[[f.v]]\nn='p'",
		  "{f=[{n=\"a\";p={c=1};v=[{n=\"r\"}]},{v=[{n=\"p\"}]}]}" },
		{ "[fruit]\napple.color=1\n[fruit.apple.texture]\nsmooth=true", "{fruit={apple={color=1;texture={smooth=true}}}}" },
		{ "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 00:32:00.999999-07:00",
		  "{a=1979-05-27T07:32:00.000000000+0Z;b=1979-05-27T00:32:00.999999000-420}" },
		{ "a = 1979-05-27T07:32:00.123456789123\nb = 1979-05-27\nc = 07:32:00",
		  "{a=1979-05-27T07:32:00.123456789;b=1979-05-27;c=T07:32:00.000000000}" },
		{ "a = 2000-02-29\nb = [1979-05-27 , 1]", "{a=2000-02-29;b=[1979-05-27,1]}" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(toml) t = NULL;
		AUTO_STRBUF b = STRBUF_INIT;
		struct err e = ERR_INIT;
		int r = toml_parse(cases[i][0], strlen(cases[i][0]), &t, &e);
		if ((r == 0) != (cases[i][1] != NULL))
			fail_msg("%s: %d %s", cases[i][0], r, e.msg);
		if (r < 0)
			continue;
		show(&b, t);
		assert_string_equal(b.s, cases[i][1]);
	}
}

static void test_toml_errors_say_where_and_what(void **state)
{
	static const char *const cases[][2] = {
		{ "a", "1:2: expected '.' or '=', found the end of the text" },
		{ "a = ", "1:5: expected a value" },
		{ "a = \n", "1:5: expected a value, found the end of the line" },
		{ "= 1", "1:1: expected a key, found '='" },
		{ "a = 1 b = 2", "1:7: expected the end of the line, found 'b'" },
		{ "a = 1\na = 2", "2:1: 'a' is already there since line 1 (integer)" },
		{ "a = 01", "1:5: expected a number without leading zeros" },
		{ "a = 1__0", "1:5: expected a value" },
		{ "a = 1_", "1:5: expected a value" },
		{ "a = 0x", "1:5: expected hexadecimal digits" },
		{ "a = 0o8", "1:5: expected octal digits" },
		{ "a = -0x1", "1:5: expected a number" },
		{ "a = 9223372036854775808", "1:5: expected an integer of 64 bits" },
		{ "a = 0xffffffffffffffff", "1:5: expected an integer of 64 bits" },
		{ "a = 1.", "1:5: expected a number" },
		{ "a = .5", "1:5: expected a value" },
		{ "a = 1e400", "1:5: expected a number that fits" },
		{ "a = True", "1:5: expected a value, found 'True'" },
		{ "a = \"x", "1:5: this string has no end" },
		{ "a = \"x\ny\"", "1:5: this string has no end on its line" },
		{ "a = \"\"\"x\n\n", "1:5: this string has no end" },
		{ "a = \"\\q\"", "1:6: expected one of" },
		{ "a = \"\\ud800\"", "1:6: U+D800 is not a character" },
		{ "a = \"\\u12\"", "1:6: expected 4 hexadecimal digits" },
		{ "a = \"\x01\"", "1:6: control character 0x01 in a string" },
		{ "# \x7f", "1:3: control character 0x7f in a comment" },
		{ "a = \"\xff\"", "1:6: malformed UTF-8" },
		{ "\"\"\"a\"\"\" = 1", "1:1: a key must not be a string of several lines" },
		{ "a = [1, 2", "1:10: expected ',' or ']'" },
		{ "a = [1 2]", "1:8: expected ',' or ']'" },
		{ "a = [,]", "1:6: expected a value" },
		{ "a = {x = 1,}", "1:12: expected a key" },
		{ "a = {x = 1\n}", "1:11: expected ',' or '}'" },
		{ "a = {x = 1, x = 2}", "1:13: 'x' is already there" },
		{ "[a]\n[a]", "2:2: 'a' is already there since line 1 (table)" },
		{ "a = 1\n[a]", "2:2: 'a' is already there" },
		{ "a = {}\n[a.b]", "2:2: 'a' is already there" },
		{ "a = []\n[[a]]", "2:3: 'a' is already there" },
		{ "[[a]]\n[a]", "2:2: 'a' is already there" },
		{ "[a.b]\n[a]\nb.c = 1", "3:1: 'b' is already there" },
		{ "[a]\nb.c = 1\n[a.b]", "3:4: 'b' is already there" },
		{ "a.b = 1\na = 2", "2:1: 'a' is already there" },
		{ "a = {b = 1}\na.c = 2", "2:1: 'a' is already there" },
		{ "[a", "1:3: expected '.' or ']'" },
		{ "[[a]", "1:5: expected ']]'" },
		{ "[]", "1:2: expected a key" },
		{ "[a] b = 1", "1:5: expected the end of the line" },
		{ "a = 1979-13-01", "1:5: expected a date" },
		{ "a = 1979-02-29", "1:5: expected a date" },
		{ "a = 1979-05-27T25:00:00", "1:5: expected a date and time" },
		{ "a = 1979-05-27T07:32", "1:5: expected a date and time" },
		{ "a = 07:60:00", "1:5: expected a time" },
		{ "a = 1979-05-27T07:32:00+24:00", "1:5: expected Z or an offset" },
		{ "\xc3\xa9 = 1", "1:1: expected a key, found byte 0xc3" },
		{ "a = \"\xc3\xa9\xc3\xa9\" x", "1:10: expected the end of the line" },
		{ "a = 1\rb = 2", "1:6: expected the end of the line" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err e = ERR_INIT;
		struct toml *t = NULL;
		int r = toml_parse(cases[i][0], strlen(cases[i][0]), &t, &e);
		if (r != -EBADMSG || !str_starts(e.msg, cases[i][1]))
			fail_msg("%s: got %d '%s', not '%s'", cases[i][0], r, e.msg, cases[i][1]);
		assert_null(t);
	}
}

static void test_toml_values_remember_their_place(void **state)
{
	static const char text[] = "# c\n  \xc3\xa4\n";
	static const char good[] = "x = 1\n[t]\n  \"\xc3\xa4\" = [ 5,\n    'v' ]\n";
	AUTO(toml) t = NULL;
	assert_int_equal(toml_parse(text, strlen(text), &t, NULL), -EBADMSG);
	assert_int_equal(toml_parse(good, strlen(good), &t, NULL), 0);
	const struct toml *table = toml_get(t, "t"), *array = toml_get(table, "\xc3\xa4");
	assert_int_equal(table->line, 2);
	assert_int_equal(table->column, 2);
	assert_int_equal(table->v.table.entries[0].line, 3);
	assert_int_equal(table->v.table.entries[0].column, 3);
	assert_int_equal(array->line, 3);
	assert_int_equal(array->column, 9);
	assert_int_equal(array->v.array.items[0]->column, 11);
	assert_int_equal(array->v.array.items[1]->line, 4);
	assert_int_equal(array->v.array.items[1]->column, 5);
	assert_null(toml_get(array, "x"));
	assert_null(toml_get(t, "y"));
	assert_null(toml_get(NULL, "y"));
}

static void test_toml_nesting_and_size_are_bounded(void **state)
{
	static const char *const openers[][2] = { { "[", "]" }, { "{a=", "1}" } };
	for (size_t k = 0; k < COUNT_OF(openers); k++) {
		for (int depth = LIMIT_TOML_DEPTH; depth <= LIMIT_TOML_DEPTH + 1; depth++) {
			AUTO_STRBUF b = STRBUF_INIT;
			strbuf_adds(&b, "a=");
			for (int i = 0; i < depth; i++)
				strbuf_adds(&b, openers[k][0]);
			for (int i = 0; i < depth; i++)
				strbuf_adds(&b, openers[k][1] + (i > 0 && k));
			AUTO(toml) t = NULL;
			struct err e = ERR_INIT;
			assert_int_equal(toml_parse(b.s, b.n, &t, &e), depth <= LIMIT_TOML_DEPTH ? 0 : -EBADMSG);
		}
	}
	AUTO_STRBUF key = STRBUF_INIT;
	for (int i = 0; i <= LIMIT_TOML_DEPTH; i++)
		strbuf_adds(&key, "a.");
	strbuf_adds(&key, "a=1");
	AUTO(toml) t = NULL;
	assert_int_equal(toml_parse(key.s, key.n, &t, NULL), -EBADMSG);

	size_t n = LIMIT_TOML_BYTES + 1;
	char *big AUTO_MEM = malloc(n);
	memset(big, '\n', n);
	assert_int_equal(toml_parse(big, n, &t, NULL), -EMSGSIZE);
	assert_int_equal(toml_parse(big, n - 1, &t, NULL), 0);
}

/* Large tables have an index: every key is found, and a second one is refused. */
static void test_toml_large_tables_find_every_key(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	for (int i = 0; i < 2000; i++)
		strbuf_addf(&b, "key%d = %d\n", i * 7, i);
	AUTO(toml) t = NULL;
	assert_int_equal(toml_parse(b.s, b.n, &t, NULL), 0);
	for (int i = 0; i < 2000; i++) {
		char key[24];
		(void)snprintf(key, sizeof(key), "key%d", i * 7);
		assert_int_equal(toml_get(t, key)->v.integer, i);
	}
	assert_null(toml_get(t, "key1"));
	strbuf_adds(&b, "key7 = 0\n");
	AUTO(toml) twice = NULL;
	struct err e = ERR_INIT;
	assert_int_equal(toml_parse(b.s, b.n, &twice, &e), -EBADMSG);
	assert_true(str_starts(e.msg, "2001:1: 'key7' is already there"));
}

static void test_toml_file_errors_name_file_line_and_column(void **state)
{
	char *dir AUTO_MEM = NULL;
	assert_int_equal(fs_temp_dir(NULL, "test-toml", &dir, NULL), 0);
	char *path AUTO_MEM = fs_join(dir, "x.toml");
	assert_int_equal(fs_write_atomic(path, "a = 1\nb = \n", 11, 0600, NULL), 0);
	struct err e = ERR_INIT;
	AUTO(toml) t = NULL;
	assert_int_equal(toml_parse_file(path, &t, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "x.toml:2:5: expected a value"));
	assert_int_equal(fs_remove_tree(dir, NULL), 0);
	assert_int_equal(toml_parse_file(path, &t, &e), -ENOENT);
}

/* Random damage never makes the parser read outside its text (sanitizers watch) or lose the place of an error. */
static void test_toml_damaged_texts_are_refused_with_a_place(void **state)
{
	static const char text[] = "a = 1\n[t.u]\nx = \"a\\tb\" # c\ny = [1, 2.5, {z = 'q'}]\n[[v]]\nd = 1979-05-27T07:32:00Z\n";
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < 20000; i++) {
		size_t n = sizeof(text) - 1;
		char *copy AUTO_MEM = malloc(n);
		memcpy(copy, text, n);
		for (uint64_t k = rng_range(&r, 1, 4); k > 0; k--)
			copy[rng_below(&r, n)] = (char)rng_range(&r, 0, i % 4 ? 127 : 255);
		AUTO(toml) t = NULL;
		struct err e = ERR_INIT;
		unsigned line, column;
		int code = toml_parse(copy, n, &t, &e);
		if (code < 0)
			assert_int_equal(sscanf(e.msg, "%u:%u:", &line, &column), 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_toml_texts_give_their_tree),
		cmocka_unit_test(test_toml_errors_say_where_and_what),
		cmocka_unit_test(test_toml_values_remember_their_place),
		cmocka_unit_test(test_toml_nesting_and_size_are_bounded),
		cmocka_unit_test(test_toml_large_tables_find_every_key),
		cmocka_unit_test(test_toml_file_errors_name_file_line_and_column),
		cmocka_unit_test(test_toml_damaged_texts_are_refused_with_a_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
