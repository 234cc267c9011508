/*
 * test_run.c - queries at work: what they give, how little they look at, and what ends them.
 */
#include "trustfall/run.h"

#include "shelf.h"

#include "../check.h"
#include "../starve.h"

#include <pthread.h>
#include <string.h>

#include "base/limits.h"

struct work {
	struct tf_adapter *a;
	struct tf_query *q;
	struct tf_arguments *args;
	struct shelf shelf;
	struct tf_limits limits;
	struct tf_run *run;
};

static void compile(const struct tf_schema *s, const char *text, const char *args, struct tf_query **ret_q, struct tf_arguments **ret_args)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct err e = ERR_INIT;
	json_t *given AUTO_JSON = NULL;
	if (args)
		assert_int_equal(json_parse(args, strlen(args), &given, &e), 0);
	if (tf_query_compile(s, text, strlen(text), ret_q, &errors) < 0 || tf_arguments_bind(*ret_q, given, ret_args, &errors) < 0)
		fail_msg("%s: %s", text, errors.n ? errors.v[0].message : "no memory");
}

static void work_begin(struct work *w, const char *text, const char *args, int64_t n)
{
	*w = (struct work){.a = shelf_adapter()};
	compile(tf_adapter_schema(w->a), text, args, &w->q, &w->args);
	shelf_init(&w->shelf, w->a, n);
	w->limits.clock = &w->shelf.clock.clock;
	w->limits.cancel = &w->shelf.cancel;
}

static void work_open(struct work *w)
{
	struct err e = ERR_INIT;
	if (tf_run_open(w->a, w->q, w->args, &w->shelf, &w->limits, &w->run, &e) < 0)
		fail_msg("%s", e.msg);
}

static void work_end(struct work *w)
{
	tf_run_close(w->run);
	assert_int_equal(w->shelf.opened, w->shelf.closed);
	shelf_done(&w->shelf);
	tf_arguments_free(w->args);
	tf_query_free(w->q);
	tf_adapter_free(w->a);
}

/* All rows that are left: "[1,"t1"] [2,"t2"]". */
static void rows_add(struct tf_run *run, const struct tf_query *q, struct strbuf *b)
{
	const struct tf_value *row;
	struct err e = ERR_INIT;
	int r;
	while ((r = tf_run_next(run, &row, &e)) == 1) {
		struct json_out o;
		(void)strbuf_adds(b, b->n ? " " : "");
		json_out_init(&o, b);
		json_out_array_begin(&o);
		for (size_t i = 0; i < tf_query_n_outputs(q); i++)
			tf_value_write(&o, &row[i]);
		json_out_array_end(&o);
	}
	if (r < 0)
		fail_msg("%s", e.msg);
}

static void gives(const char *text, const char *args, int64_t n, const char *want)
{
	struct work w;
	AUTO_STRBUF b = STRBUF_INIT;
	work_begin(&w, text, args, n);
	work_open(&w);
	rows_add(w.run, w.q, &b);
	assert_int_equal(tf_run_stopped(w.run), TF_STOP_END);
	if (!str_eq(b.s ? b.s : "", want))
		fail_msg("%s\ngives %s\nnot   %s", text, b.s ? b.s : "", want);
	work_end(&w);
}

static void test_rows_come_depth_first_in_the_order_written(void **state)
{
	gives("{ Things(n: 3) { id @output } }", NULL, 9, "[0] [1] [2]");
	gives("{ Things(n: 2) { id @output pair { to: id @output next { on: id @output } } } }", NULL, 4,
	      "[0,1,2] [0,2,3] [1,2,3]");
	gives("{ Things(n: 4) { ... on Box { id @output inside { in: id @output } } } }", NULL, 99, "[3,31] [3,32] [3,33]");
	gives("{ Things(n: 8) { id @output label @output __typename @output name @filter(op: \"is_null\") } }", NULL, 99,
	      "[7,\"thing 0007\",\"Ball\"]");
}

static void test_an_optional_edge_is_null_only_where_there_is_none(void **state)
{
	gives("{ Things(n: 3) { id @output next @optional { to: id @output next { on: id @output } } } }", NULL, 4,
	      "[0,1,2] [1,2,3]");
	gives("{ Things { id @output next @optional { to: id @output next @optional { on: id @output } } } }", NULL, 3,
	      "[0,1,2] [1,2,null] [2,null,null]");
	/* A filter that rejects what there is drops the row. */
	gives("{ Things { id @output next @optional { to: id @output @filter(op: \">\", value: [\"$x\"]) } } }", "{\"x\": 1}", 3,
	      "[1,2] [2,null]");
	/* The tag of what is missing lets its filter pass; the required edge below it is missing too. */
	gives("{ Things { id @output next @optional { next { id @tag(name: \"far\") } } "
	      "pair @fold { to: id @output @filter(op: \"<\", value: [\"%far\"]) } } }",
	      NULL, 4, "[0,[1]] [1,[2]] [3,[]]");
}

static void test_recursion_visits_before_it_goes_deeper(void **state)
{
	gives("{ Things(n: 1) { pair @recurse(depth: 2) { id @output } } }", NULL, 9, "[0] [1] [2] [3] [2] [3] [4]");
	gives("{ Things(n: 1) { next @recurse(depth: 20) { id @output @filter(op: \"one_of\", value: [\"$x\"]) } } }",
	      "{\"x\": [0, 5, 19]}", 40, "[0] [5] [19]");
	gives("{ Things(n: 4) { ... on Box { inside @recurse(depth: 2) { id @output } } } }", NULL, 400,
	      "[0] [3] [31] [32] [33] [331]");
	gives("{ Things(n: 1) { next @optional { next @recurse(depth: 1) { id @output } } } }", NULL, 1, "[null]");
}

static void test_folds_gather_one_list_for_each_row(void **state)
{
	gives("{ Things(n: 3) { id @output pair @fold { to: id @output l: label @output } } }", NULL, 4,
	      "[0,[1,2],[\"thing 0001\",\"thing 0002\"]] [1,[2,3],[\"thing 0002\",\"thing 0003\"]] [2,[3],[\"thing 0003\"]]");
	gives("{ Things(n: 3) { id @output pair @fold @transform(op: \"count\") @output @filter(op: \">\", value: [\"$x\"]) } }",
	      "{\"x\": 1}", 4, "[0,2] [1,2]");
	gives("{ Things(n: 2) { pair @fold { a: id @output pair @fold @transform(op: \"count\") @output(name: \"n\") { b: id @output t: tags @output } } } }",
	      NULL, 5,
	      "[[1,2],[2,2],[[2,3],[3,4]],[[[\"even\"],[\"odd\"]],[[\"odd\"],[\"even\"]]]] "
	      "[[2,3],[2,1],[[3,4],[4]],[[[\"odd\"],[\"even\"]],[[\"even\"]]]]");
	/* Rows of a fold that share the list of another fold, and rows that are dropped after one. */
	gives("{ Things(n: 1) { pair @fold { a: id @output next @fold { b: label @output } pair { c: id @output @filter(op: \">\", value: [\"$x\"]) } } } }",
	      "{\"x\": 2}", 9, "[[1,2,2],[[\"thing 0002\"],[\"thing 0003\"],[\"thing 0003\"]],[3,3,4]]");
	/* Below something missing a fold is null, and so is its count. */
	gives("{ Things { id @output next @optional { pair @fold @transform(op: \"count\") @output { to: id @output } } } }", NULL, 2,
	      "[0,0,[]] [1,null,null]");
	gives("{ Things(n: 3) { id @output pair @fold @transform(op: \"count\") @tag(name: \"n\") "
	      "next { to: id @output @filter(op: \"=\", value: [\"%n\"]) } } }",
	      NULL, 9, "[1,2]");
}

static void test_filters_compare_with_what_a_tag_holds_now(void **state)
{
	gives("{ Things(n: 4) { l: label @tag pair { label @output @filter(op: \"!=\", value: [\"%l\"]) } } }", NULL, 4,
	      "[\"thing 0001\"] [\"thing 0002\"] [\"thing 0002\"] [\"thing 0003\"] [\"thing 0003\"]");
	gives("{ Things(n: 3) { id @output tags @tag next { tags @filter(op: \"=\", value: [\"%tags\"]) } } }", NULL, 9, "");
	gives("{ Things(n: 3) { id @output tags @tag(name: \"t\") name @tag next { next { tags @filter(op: \"=\", value: [\"%t\"]) "
	      "label @filter(op: \"not_has_substring\", value: [\"%name\"]) } } } }",
	      NULL, 9, "[0] [1] [2]");
	/* An expression from a tag that is none matches nothing. */
	gives("{ Things(n: 8) { id @output name @tag label @filter(op: \"not_regex\", value: [\"%name\"]) } }", NULL, 9,
	      "[0] [1] [2] [3] [4] [5] [6] [7]");
	gives("{ Things(n: 30) { id @output label @filter(op: \"regex\", value: [\"$x\"]) } }", "{\"x\": \"[01]9$\"}", 99, "[9] [19]");
}

/* ---- how much is looked at ---- */

static void test_the_first_row_costs_the_first_row(void **state)
{
	struct work w;
	const struct tf_value *row;
	work_begin(&w, "{ Things { id @output next { next @optional { to: id @output } } } }", NULL, 1000000);
	work_open(&w);
	assert_int_equal(w.shelf.opened, 0);
	assert_int_equal(tf_run_next(w.run, &row, NULL), 1);
	assert_int_equal(w.shelf.yielded, 3);
	assert_int_equal(tf_run_stats(w.run).vertices, 3);
	assert_int_equal(tf_run_stats(w.run).edges, 3);
	assert_int_equal(tf_run_next(w.run, &row, NULL), 1);
	assert_int_equal(w.shelf.yielded, 6);
	assert_int_equal(tf_run_stats(w.run).rows, 2);
	work_end(&w);
}

static void test_a_scan_takes_no_memory(void **state)
{
	struct work w;
	const struct tf_value *row;
	work_begin(&w, "{ Things { id @output @filter(op: \">=\", value: [\"$low\"]) name @output weight @filter(op: \"<\", value: [\"$high\"]) } }",
		   "{\"low\": 10, \"high\": 2000.0}", 5000);
	work_open(&w);
	assert_int_equal(tf_run_next(w.run, &row, NULL), 1);
	size_t peak = tf_run_stats(w.run).peak_bytes;
	starve_all_from(1);
	int n = 1;
	while (tf_run_next(w.run, &row, NULL) == 1)
		n++;
	assert_false(starve_end());
	assert_int_equal(n, 3990);
	assert_int_equal(tf_run_stats(w.run).peak_bytes, peak);
	assert_int_equal(tf_run_stats(w.run).filters, 5000 + 4990);
	work_end(&w);
}

static void test_folds_and_joins_go_on_in_the_memory_they_have(void **state)
{
	struct work w;
	const struct tf_value *row;
	work_begin(&w, "{ Things { label @tag pair @fold { to: id @output l: label @output @filter(op: \"!=\", value: [\"%label\"]) pair @fold { t: tags @output } } } }",
		   NULL, 5000);
	work_open(&w);
	for (int i = 0; i < 100; i++)
		assert_int_equal(tf_run_next(w.run, &row, NULL), 1);
	size_t peak = tf_run_stats(w.run).peak_bytes;
	starve_all_from(1);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(tf_run_next(w.run, &row, NULL), 1);
	assert_false(starve_end());
	assert_true(tf_run_stats(w.run).peak_bytes < peak + 256);
	work_end(&w);
}

static void test_a_fold_that_nobody_sees_is_not_walked(void **state)
{
	struct work w;
	AUTO_STRBUF b = STRBUF_INIT;
	work_begin(&w, "{ Things(n: 2) { id @output pair @fold { name @filter(op: \"is_not_null\") } } }", NULL, 9);
	work_open(&w);
	rows_add(w.run, w.q, &b);
	assert_string_equal(b.s, "[0] [1]");
	assert_int_equal(w.shelf.yielded, 2);
	work_end(&w);
}

/* `want` rows after `yielded` vertices, the one on the outside among them. */
static void counts(const char *op, const char *value, bool output, const char *want, int64_t yielded)
{
	struct work w;
	AUTO_STRBUF text = STRBUF_INIT, args = STRBUF_INIT, b = STRBUF_INIT;
	(void)strbuf_addf(&text, "{ Things(n: 1) { id @output pair @fold @transform(op: \"count\") @filter(op: \"%s\", value: [\"$x\"]) "
				 "{ id %s } } }", op, output ? "@output(name: \"to\")" : "@filter(op: \">\", value: [\"$low\"])");
	(void)strbuf_addf(&args, output ? "{\"x\": %s}" : "{\"x\": %s, \"low\": -1}", value);
	work_begin(&w, text.s, args.s, 9);
	work_open(&w);
	rows_add(w.run, w.q, &b);
	if (!str_eq(b.s ? b.s : "", want) || w.shelf.yielded != yielded)
		fail_msg("%s %s: %s after %d", op, value, b.s ? b.s : "", (int)w.shelf.yielded);
	work_end(&w);
}

static void test_counting_ends_when_the_filter_is_decided(void **state)
{
	counts(">=", "1", false, "[0]", 2);
	counts(">=", "2", false, "[0]", 3);
	counts(">", "2", false, "", 3);
	counts(">=", "0", false, "[0]", 1);
	counts(">=", "-5", false, "[0]", 1);
	counts("<", "1", false, "", 2);
	counts("<", "0", false, "", 1);
	counts("<=", "2", false, "[0]", 3);
	counts("=", "0", false, "", 2);
	counts("=", "2", false, "[0]", 3);
	counts("!=", "0", false, "[0]", 2);
	counts("!=", "-1", false, "[0]", 1);
	counts("one_of", "[0, -3]", false, "", 2);
	counts("one_of", "[2]", false, "[0]", 3);
	counts("not_one_of", "[0]", false, "[0]", 2);
	counts("not_one_of", "[]", false, "[0]", 1);
	/* With its rows put out only a refusal ends it early. */
	counts(">=", "1", true, "[0,[1,2]]", 3);
	counts("<", "1", true, "", 2);
}

static void test_a_tag_is_read_once_for_each_visit(void **state)
{
	struct work w;
	AUTO_STRBUF b = STRBUF_INIT;
	work_begin(&w, "{ Things(n: 2) { label @tag pair { pair { id @output label @filter(op: \">\", value: [\"%label\"]) } } } }", NULL, 99);
	work_open(&w);
	rows_add(w.run, w.q, &b);
	assert_string_equal(b.s, "[2] [3] [3] [4] [3] [4] [4] [5]");
	assert_int_equal(w.shelf.labels, 2 + 8);
	work_end(&w);
}

/* ---- what ends a run ---- */

static void test_rows_are_bounded(void **state)
{
	struct work w;
	AUTO_STRBUF b = STRBUF_INIT;
	work_begin(&w, "{ Things { id @output next { to: id @output } } }", NULL, 100);
	w.limits.max_rows = 2;
	work_open(&w);
	rows_add(w.run, w.q, &b);
	assert_string_equal(b.s, "[0,1] [1,2]");
	assert_int_equal(tf_run_stopped(w.run), TF_STOP_ROWS);
	assert_int_equal(w.shelf.yielded, 4);
	assert_int_equal(w.shelf.opened, w.shelf.closed); /* before it is closed itself */
	work_end(&w);
}

static void test_a_deadline_ends_a_run_with_what_it_found(void **state)
{
	struct work w;
	const struct tf_value *row;
	work_begin(&w, "{ Things { id @output } }", NULL, 100000);
	w.shelf.move_at = 100;
	w.limits.deadline_ns = clock_monotonic_ns(w.limits.clock) + 50 * NS_PER_MS;
	work_open(&w);
	int n = 0;
	while (tf_run_next(w.run, &row, NULL) == 1)
		assert_int_equal(row[0].i, n++);
	assert_in_range(n, 150, 150 + 300);
	assert_int_equal(tf_run_stopped(w.run), TF_STOP_DEADLINE);
	assert_int_equal(tf_run_next(w.run, &row, NULL), 0);
	assert_int_equal(tf_run_stats(w.run).rows, n);
	work_end(&w);
}

static void test_a_deadline_within_a_fold_gives_no_half_list(void **state)
{
	struct work w;
	const struct tf_value *row;
	work_begin(&w, "{ Things(n: 1) { next @recurse(depth: 150) { id @output pair @fold { pair @fold { to: id @output } } } } }", NULL, 100000);
	w.shelf.move_at = 20;
	w.limits.deadline_ns = clock_monotonic_ns(w.limits.clock) + 30 * NS_PER_MS;
	work_open(&w);
	while (tf_run_next(w.run, &row, NULL) == 1) {
		assert_int_equal(row[1].n, 2);
		assert_int_equal(row[1].v[0].n, 2);
		assert_int_equal(row[1].v[1].n, 2);
	}
	assert_int_equal(tf_run_stopped(w.run), TF_STOP_DEADLINE);
	assert_true(tf_run_stats(w.run).rows < 60);
	work_end(&w);
}

static void test_a_run_is_cancelled_by_a_flag(void **state)
{
	struct work w;
	const struct tf_value *row;
	work_begin(&w, "{ Things { id @output @filter(op: \"<\", value: [\"$x\"]) } }", "{\"x\": 0}", 1000000);
	w.shelf.cancel_at = 5000;
	work_open(&w);
	assert_int_equal(tf_run_next(w.run, &row, NULL), 0);
	assert_int_equal(tf_run_stopped(w.run), TF_STOP_CANCELLED);
	assert_in_range(w.shelf.yielded, 5000, 5400);
	work_end(&w);
}

static void stops_for_memory(const char *text, size_t max_bytes)
{
	struct work w;
	const struct tf_value *row;
	work_begin(&w, text, NULL, 1000000);
	w.limits.max_bytes = max_bytes;
	work_open(&w);
	int r;
	while ((r = tf_run_next(w.run, &row, NULL)) == 1)
		;
	assert_int_equal(r, 0);
	assert_int_equal(tf_run_stopped(w.run), TF_STOP_MEMORY);
	assert_true(tf_run_stats(w.run).peak_bytes <= max_bytes);
	work_end(&w);
}

static void test_memory_is_bounded(void **state)
{
	/* A long list; long lists of long lists; strings; a deep recursion; values that do not fit at all. */
	stops_for_memory("{ Things(n: 1) { next @fold { next @recurse(depth: 199) { pair @recurse(depth: 9) { to: id @output } } } } }", 65536);
	stops_for_memory("{ Things(n: 1) { next @fold { next @recurse(depth: 199) { l: label @output } } } }", 4096);
	stops_for_memory("{ Things(n: 1) { next @recurse(depth: 199) { id @output } } }", 8192);
	stops_for_memory("{ Things(n: 1) { label @output } }", 8);
	stops_for_memory("{ Things(n: 1) { label @tag next { label @filter(op: \"=\", value: [\"%label\"]) id @output } } }", 8);
	stops_for_memory("{ Things(n: 1) { pair { id @output } } }", 8);
}

static void test_an_error_of_the_adapter_ends_the_run(void **state)
{
	struct work w;
	const struct tf_value *row;
	struct err e = ERR_INIT;
	work_begin(&w, "{ Things { id @output pair @fold { to: id @output } } }", NULL, 100);
	w.shelf.fail_at = 4;
	work_open(&w);
	assert_int_equal(tf_run_next(w.run, &row, &e), 1);
	assert_int_equal(tf_run_next(w.run, &row, &e), 1);
	for (int i = 0; i < 2; i++) { /* it stays so */
		e = (struct err)ERR_INIT;
		assert_int_equal(tf_run_next(w.run, &row, &e), -EIO);
		assert_string_equal(e.msg, "thing 4 is broken");
	}
	assert_int_equal(w.shelf.opened, w.shelf.closed);
	work_end(&w);
}

static void test_a_vertex_of_no_type_is_noticed(void **state)
{
	struct work w;
	const struct tf_value *row;
	struct err e = ERR_INIT;
	work_begin(&w, "{ Things { id @output } }", NULL, 100);
	w.shelf.odd_at = 1;
	work_open(&w);
	assert_int_equal(tf_run_next(w.run, &row, &e), 1);
	assert_int_equal(tf_run_next(w.run, &row, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "'Things'"));
	work_end(&w);
	/* A Box where the query has a Ball: read for what it is. */
	work_begin(&w, "{ Things(n: 3) { ... on Box { inside { id @output } } } }", NULL, 100);
	w.shelf.ball = w.shelf.box;
	work_open(&w);
	AUTO_STRBUF b = STRBUF_INIT;
	rows_add(w.run, w.q, &b);
	assert_string_equal(b.s, "[11] [21] [22]");
	work_end(&w);
}

static void test_an_expression_that_is_none_is_refused_when_the_run_opens(void **state)
{
	struct work w;
	struct err e = ERR_INIT;
	work_begin(&w, "{ Things { id @output label @filter(op: \"regex\", value: [\"$x\"]) } }", "{\"x\": \"(?=a)\"}", 9);
	assert_int_equal(tf_run_open(w.a, w.q, w.args, &w.shelf, &w.limits, &w.run, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "look-around"));
	work_end(&w);
}

static void test_a_match_that_runs_away_is_an_error(void **state)
{
	struct work w;
	const struct tf_value *row;
	struct err e = ERR_INIT;
	work_begin(&w, "{ Things { id @output label @filter(op: \"regex\", value: [\"$x\"]) } }",
		   "{\"x\": \"^(.|\\\\w)*(.|\\\\w)*(.|\\\\w)*(.|\\\\w)*(.|\\\\w)*(.|\\\\w)*[QZ]$\"}", 9);
	work_open(&w);
	assert_int_equal(tf_run_next(w.run, &row, &e), -ETIMEDOUT);
	work_end(&w);
}

/* ---- threads and memory ---- */

static const char everything[] = "{ Things(n: 12) { id @output label @tag next @optional { to: label @output tags @filter(op: \"contains\", value: [\"$tag\"]) } "
				 "pair @fold @transform(op: \"count\") @output @filter(op: \">\", value: [\"$x\"]) { "
				 "l: label @output @filter(op: \"!=\", value: [\"%label\"]) pair @fold { t: tags @output } } "
				 "next @recurse(depth: 12) { on: id @output label @filter(op: \"regex\", value: [\"$r\"]) } } }";
static const char everything_args[] = "{\"tag\": \"odd\", \"x\": 0, \"r\": \"[0-5]$\"}";

struct shared {
	const struct tf_adapter *a;
	const struct tf_query *q;
	const struct tf_arguments *args;
	const char *want;
	bool same;
};

static void *run_alone(void *arg)
{
	struct shared *s = arg;
	s->same = true;
	for (int i = 0; i < 20; i++) {
		struct shelf shelf;
		struct tf_run *run = NULL;
		AUTO_STRBUF b = STRBUF_INIT;
		shelf_init(&shelf, s->a, 40);
		if (tf_run_open(s->a, s->q, s->args, &shelf, NULL, &run, NULL) == 0)
			rows_add(run, s->q, &b);
		tf_run_close(run);
		shelf_done(&shelf);
		s->same = s->same && str_eq(b.s, s->want);
	}
	return NULL;
}

static void test_threads_share_a_schema_and_a_query(void **state)
{
	struct work w;
	AUTO_STRBUF b = STRBUF_INIT;
	work_begin(&w, everything, everything_args, 40);
	work_open(&w);
	rows_add(w.run, w.q, &b);
	assert_true(b.n > 100);
	struct shared shared[4];
	pthread_t threads[4];
	for (int i = 0; i < 4; i++) {
		shared[i] = (struct shared){w.a, w.q, w.args, b.s, false};
		assert_int_equal(pthread_create(&threads[i], NULL, run_alone, &shared[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_true(shared[i].same);
	}
	work_end(&w);
}

static int run_all(void *arg, struct err *err)
{
	struct work *w = arg;
	const struct tf_value *row;
	struct tf_run *run;
	int r = tf_run_open(w->a, w->q, w->args, &w->shelf, NULL, &run, err);
	if (r < 0)
		return r;
	while ((r = tf_run_next(run, &row, err)) == 1)
		;
	assert_int_equal(tf_run_stopped(run), TF_STOP_END);
	tf_run_close(run);
	return r;
}

static void test_a_run_is_whole_or_memory_is_out(void **state)
{
	struct work w;
	work_begin(&w, everything, everything_args, 40);
	starve_exhaust(STARVE_ONE, "a run", true, run_all, &w);
	work_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_come_depth_first_in_the_order_written),
		cmocka_unit_test(test_an_optional_edge_is_null_only_where_there_is_none),
		cmocka_unit_test(test_recursion_visits_before_it_goes_deeper),
		cmocka_unit_test(test_folds_gather_one_list_for_each_row),
		cmocka_unit_test(test_filters_compare_with_what_a_tag_holds_now),
		cmocka_unit_test(test_the_first_row_costs_the_first_row),
		cmocka_unit_test(test_a_scan_takes_no_memory),
		cmocka_unit_test(test_folds_and_joins_go_on_in_the_memory_they_have),
		cmocka_unit_test(test_a_fold_that_nobody_sees_is_not_walked),
		cmocka_unit_test(test_counting_ends_when_the_filter_is_decided),
		cmocka_unit_test(test_a_tag_is_read_once_for_each_visit),
		cmocka_unit_test(test_rows_are_bounded),
		cmocka_unit_test(test_a_deadline_ends_a_run_with_what_it_found),
		cmocka_unit_test(test_a_deadline_within_a_fold_gives_no_half_list),
		cmocka_unit_test(test_a_run_is_cancelled_by_a_flag),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_an_error_of_the_adapter_ends_the_run),
		cmocka_unit_test(test_a_vertex_of_no_type_is_noticed),
		cmocka_unit_test(test_an_expression_that_is_none_is_refused_when_the_run_opens),
		cmocka_unit_test(test_a_match_that_runs_away_is_an_error),
		cmocka_unit_test(test_threads_share_a_schema_and_a_query),
		cmocka_unit_test(test_a_run_is_whole_or_memory_is_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
