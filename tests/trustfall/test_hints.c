/*
 * test_hints.c - what an edge is told of the filters on its vertices, and that using it changes no row.
 */
#include "trustfall/run.h"

#include "shelf.h"

#include "../check.h"

#include <string.h>

/* The rows as text into b; the hints that were offered stay in s. */
static void run(const struct tf_adapter *a, struct shelf *s, const char *text, const char *args, struct strbuf *b)
{
	AUTO(tf_query) q = NULL;
	AUTO(tf_arguments) bound = NULL;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	json_t *given AUTO_JSON = NULL;
	struct tf_run *r;
	const struct tf_value *row;
	struct err e = ERR_INIT;
	assert_int_equal(json_parse(args, strlen(args), &given, &e), 0);
	if (tf_query_compile(tf_adapter_schema(a), text, strlen(text), &q, &errors) < 0 || tf_arguments_bind(q, given, &bound, &errors) < 0)
		fail_msg("%s: %s", text, errors.n ? errors.v[0].message : "no memory");
	assert_int_equal(tf_run_open(a, q, bound, s, NULL, &r, &e), 0);
	while (tf_run_next(r, &row, &e) == 1)
		for (size_t i = 0; i < tf_query_n_outputs(q); i++) {
			struct json_out o;
			json_out_init(&o, b);
			tf_value_write(&o, &row[i]);
			(void)strbuf_addc(b, ' ');
		}
	assert_int_equal(tf_run_stopped(r), TF_STOP_END);
	tf_run_close(r);
}

static void offers(const char *text, const char *args, const char *want)
{
	AUTO(tf_adapter) a = shelf_adapter();
	AUTO_STRBUF b = STRBUF_INIT;
	struct shelf s;
	shelf_init(&s, a, 2);
	s.note = true;
	run(a, &s, text, args, &b);
	if (!str_eq(s.hints.s ? s.hints.s : "", want))
		fail_msg("%s\noffers %s\nnot    %s", text, s.hints.s ? s.hints.s : "", want);
	shelf_done(&s);
}

static void test_filters_on_the_vertex_are_offered(void **state)
{
	offers("{ Things { id @output @filter(op: \"=\", value: [\"$x\"]) } }", "{\"x\": 5}",
	       "Things: Thing; uses id id = 5 id from 5 id to 5");
	offers("{ Things { id @output @filter(op: \">\", value: [\"$a\"]) @filter(op: \">=\", value: [\"$b\"]) @filter(op: \"<\", value: [\"$c\"]) } }",
	       "{\"a\": 5, \"b\": 7, \"c\": 9}", "Things: Thing; uses id id from 7 id to 9");
	offers("{ Things { weight @output @filter(op: \"<=\", value: [\"$a\"]) } }", "{\"a\": 0.5}",
	       "Things: Thing; uses weight weight from null weight to 0.5");
	offers("{ Things { label @output @filter(op: \"has_prefix\", value: [\"$a\"]) } }", "{\"a\": \"th\"}",
	       "Things: Thing; uses label label begins \"th\"");
	offers("{ Things { id @output name @filter(op: \"one_of\", value: [\"$a\"]) tags @filter(op: \"contains\", value: [\"$t\"]) } }",
	       "{\"a\": [\"t1\", \"t2\"], \"t\": \"odd\"}", "Things: Thing; uses id uses name name in [\"t1\",\"t2\"] uses tags tags has \"odd\"");
	offers("{ Things { ... on Ball { __typename @output @filter(op: \"=\", value: [\"$a\"]) } } }", "{\"a\": \"Ball\"}",
	       "Things: Ball; uses __typename __typename = \"Ball\" __typename from \"Ball\" __typename to \"Ball\"");
	/* Negations say nothing that an index could use. */
	offers("{ Things { id @output @filter(op: \"!=\", value: [\"$x\"]) @filter(op: \"not_one_of\", value: [\"$y\"]) } }",
	       "{\"x\": 5, \"y\": [6]}", "Things: Thing; uses id");
}

static void test_tags_of_vertices_before_are_offered(void **state)
{
	offers("{ Things(n: 1) { id @tag pair { id @output @filter(op: \">\", value: [\"%id\"]) } } }", "{}",
	       "Things: Thing; uses id\npair: Thing; uses id id from 0 id to null");
	offers("{ Things(n: 1) { id @tag pair @fold { id @output @filter(op: \"=\", value: [\"%id\"]) } } }", "{}",
	       "Things: Thing; uses id\npair: Thing; uses id id = 0 id from 0 id to 0");
	/* Its own tag is not there yet; that of something missing lets all pass. */
	offers("{ Things(n: 1) { i: id @tag id @output @filter(op: \"=\", value: [\"%i\"]) } }", "{}", "Things: Thing; uses id");
	offers("{ Things { next @optional { id @tag } pair { id @output @filter(op: \"=\", value: [\"%id\"]) } } }", "{}",
	       "Things: Thing;\npair: Thing; uses id id = 1 id from 1 id to 1\npair: Thing; uses id");
}

static void test_nothing_is_offered_that_could_be_taken_wrongly(void **state)
{
	offers("{ Things { name @output @filter(op: \"=\", value: [\"$x\"]) } }", "{\"x\": null}", "Things: Thing; uses name");
	offers("{ Things { id @output name @filter(op: \"one_of\", value: [\"$x\"]) } }", "{\"x\": [\"t1\", null]}",
	       "Things: Thing; uses id uses name");
	offers("{ Things { id @output @filter(op: \"<\", value: [\"$x\"]) } }", "{\"x\": {\"$u64\": \"18446744073709551615\"}}",
	       "Things: Thing; uses id");
	/* Whether there is one at all is decided before the filter; what lies between is not filtered. */
	offers("{ Things(n: 1) { pair @optional { ... on Ball { id @output @filter(op: \"=\", value: [\"$x\"]) } } } }", "{\"x\": 1}",
	       "Things: Thing;\npair: Thing; uses id");
	offers("{ Things(n: 1) { pair @recurse(depth: 1) { ... on Ball { id @output @filter(op: \"=\", value: [\"$x\"]) } } } }", "{\"x\": 1}",
	       "Things: Thing; uses id\npair: Thing; uses id");
}

/* The vertex that a @recurse starts from is one of those that it gives. */
static void test_what_a_recursion_reads_is_read_of_its_start(void **state)
{
	offers("{ Things(n: 1) { pair @recurse(depth: 1) { id @output } } }", "{}", "Things: Thing; uses id\npair: Thing; uses id");
	offers("{ Things(n: 1) { name @output pair @recurse(depth: 1) { label @output pair @recurse(depth: 1) { id @output } } } }", "{}",
	       "Things: Thing; uses id uses name uses label\npair: Thing; uses id\npair: Thing; uses id uses label\npair: Thing; uses id");
}

static void test_an_edge_that_uses_hints_visits_less_for_the_same_rows(void **state)
{
	static const char text[] = "{ Things { id @output @filter(op: \">\", value: [\"$a\"]) @filter(op: \"<=\", value: [\"$b\"]) "
				   "label @output @filter(op: \"not_has_suffix\", value: [\"$s\"]) } }";
	static const char args[] = "{\"a\": 500, \"b\": 520, \"s\": \"7\"}";
	AUTO(tf_adapter) a = shelf_adapter();
	AUTO_STRBUF with = STRBUF_INIT, without = STRBUF_INIT;
	struct shelf s;
	shelf_init(&s, a, 1000);
	run(a, &s, text, args, &without);
	assert_int_equal(s.yielded, 1000);
	s.yielded = 0;
	s.use_hints = true;
	run(a, &s, text, args, &with);
	assert_int_equal(s.yielded, 21);
	assert_string_equal(with.s, without.s);
	shelf_done(&s);
}

static void sifts(const char *text, const char *args, const char *want)
{
	AUTO(tf_adapter) a = shelf_adapter();
	AUTO_STRBUF b = STRBUF_INIT;
	struct shelf s;
	shelf_init(&s, a, 2);
	s.sieve = true;
	run(a, &s, text, args, &b);
	if (!str_eq(s.hints.s, want))
		fail_msg("%s\nsifts %s\nnot   %s", text, s.hints.s, want);
	shelf_done(&s);
}

static void test_what_passes_in_every_row_is_told_before_it_is_opened(void **state)
{
	sifts("{ Things { id @output @filter(op: \"!=\", value: [\"$x\"]) } }", "{\"x\": 1}", "Things: 0 2 3 [!= 1]");
	sifts("{ Things { id @output @filter(op: \">\", value: [\"$x\"]) @filter(op: \"not_one_of\", value: [\"$y\"]) } }",
	      "{\"x\": 0, \"y\": [2, 7]}", "Things: 1 3 [> 0] [other [2,7]]");
	sifts("{ Things { id @output @filter(op: \"one_of\", value: [\"$x\"]) @filter(op: \"<=\", value: [\"$y\"]) } }",
	      "{\"x\": [2, 3], \"y\": 2}", "Things: 2 [in [2,3]] [<= 2]");
	sifts("{ Things { name @output @filter(op: \"=\", value: [\"$x\"]) } }", "{\"x\": null}", "Things: all, null");
	sifts("{ Things { name @output @filter(op: \"=\", value: [\"$x\"]) } }", "{\"x\": \"t1\"}", "Things: all, no null");
	sifts("{ Things { name @output @filter(op: \"is_not_null\") } }", "{}", "Things: all, no null");
	sifts("{ Things { name @output @filter(op: \"is_null\") } }", "{}", "Things: all, null");
	/* Where the filter is not the same for all rows, or does not decide what the edge yields. */
	sifts("{ Things(n: 1) { id @tag pair { id @output @filter(op: \">\", value: [\"%id\"]) } } }", "{}", "Things: all\npair: all");
	sifts("{ Things(n: 1) { id @tag pair { id @output @filter(op: \">\", value: [\"%id\"]) @filter(op: \"<\", value: [\"$x\"]) } } }",
	      "{\"x\": 2}", "Things: all\npair: 0 1 [< 2]");
	sifts("{ Things(n: 1) { pair @fold { id @output @filter(op: \"=\", value: [\"$x\"]) } } }", "{\"x\": 1}", "Things: all\npair: 1 [= 1]");
	sifts("{ Things(n: 1) { pair @optional { id @output @filter(op: \"=\", value: [\"$x\"]) } } }", "{\"x\": 1}",
	      "Things: all\npair: all");
	sifts("{ Things(n: 1) { pair @recurse(depth: 1) { id @output @filter(op: \"=\", value: [\"$x\"]) } } }", "{\"x\": 1}",
	      "Things: all\npair: all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters_on_the_vertex_are_offered),
		cmocka_unit_test(test_tags_of_vertices_before_are_offered),
		cmocka_unit_test(test_nothing_is_offered_that_could_be_taken_wrongly),
		cmocka_unit_test(test_what_a_recursion_reads_is_read_of_its_start),
		cmocka_unit_test(test_what_passes_in_every_row_is_told_before_it_is_opened),
		cmocka_unit_test(test_an_edge_that_uses_hints_visits_less_for_the_same_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
