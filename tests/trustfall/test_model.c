/*
 * test_model.c - random queries against a model that has no plan, no laziness and no memory of its own to save: it keeps all rows of a
 * query as a list and makes it longer step by step.
 */
#include "trustfall/run.h"

#include "shelf.h"

#include "../check.h"
#include "../seed.h"

#include <string.h>

enum { NODES = 8, THINGS = 60, ROWS = 1000, QUERIES = 1500 };
enum edge { EDGE_ROOT, EDGE_NEXT, EDGE_PAIR, EDGE_INSIDE };
enum { COERCE_NONE, COERCE_BOX, COERCE_BALL };

static const char *const ops[] = {"<", "<=", ">", ">=", "=", "!="};

/* What is compared with: a number, the id of a node before, or the count of a fold before. */
struct with {
	int op; /* below 0: no filter */
	int64_t number;
	int tag, count; /* below 0: none */
};

struct node {
	int parent, component; /* component: the fold it is in, below 0: none */
	enum edge edge;
	bool optional, fold, transform;
	int depth, coerce;
	bool output, tagged, count_output, count_tagged;
	struct with filter, count_filter;
};

struct query {
	struct node v[NODES];
	int n;
};

/* ---- the generator ---- */

static bool is_inside(const struct query *q, int node, int fold)
{
	for (; node >= 0; node = q->v[node].parent)
		if (node == fold)
			return true;
	return false;
}

/* Whether what `from` has is seen by `node`: its component is that one or one around it. */
static bool is_seen(const struct query *q, int component, int node)
{
	return component < 0 || is_inside(q, node, component);
}

static struct with make_with(struct query *q, int node, bool own_count, uint64_t *seed)
{
	struct with w = {(int)seed_below(seed, 6), (int64_t)seed_below(seed, own_count ? 4 : 30) - (own_count ? 1 : 0), -1, -1};
	int from = node ? (int)seed_below(seed, (uint32_t)node) : 0;
	if (node == 0 || seed_below(seed, 2))
		return w;
	struct node *f = &q->v[from];
	/* A count filter stands outside of its own fold. */
	int place = own_count ? q->v[node].parent : node;
	if (is_seen(q, f->component, place)) {
		w.tag = from;
		f->tagged = true;
	}
	if (f->fold && !is_inside(q, node, from) && is_seen(q, q->v[f->parent].component, place)) {
		if (w.tag == from && f->component == from)
			return w;
		w.tag = -1;
		w.count = from;
		f->transform = f->count_tagged = true;
	}
	return w;
}

static void make_node(struct query *q, int i, uint64_t *seed)
{
	struct node *v = &q->v[i];
	*v = (struct node){.parent = i ? (int)seed_below(seed, (uint32_t)i) : -1, .component = -1, .filter.op = -1, .count_filter.op = -1};
	if (i) {
		/* Reading order is the order of the array: the parent is on the way to the node before. */
		for (v->parent = i - 1; v->parent > 0 && seed_below(seed, 2);)
			v->parent = q->v[v->parent].parent;
		v->component = q->v[v->parent].component;
		v->edge = q->v[v->parent].coerce == COERCE_BOX && seed_below(seed, 2) ? EDGE_INSIDE : EDGE_NEXT + seed_below(seed, 2);
		v->fold = seed_below(seed, 3) == 0;
		v->optional = !v->fold && seed_below(seed, 3) == 0;
		v->depth = !v->fold && seed_below(seed, 5) == 0 ? 1 + (int)seed_below(seed, 3) : 0;
		if (v->fold)
			v->component = i;
	}
	v->coerce = seed_below(seed, 3) == 0 ? COERCE_BOX + (int)seed_below(seed, 2) : COERCE_NONE;
	v->output = seed_below(seed, 3) > 0;
	if (seed_below(seed, 3) == 0)
		v->filter = make_with(q, i, false, seed);
	v->transform = v->fold && seed_below(seed, 2);
	v->count_output = v->transform && seed_below(seed, 2);
	if (v->transform && seed_below(seed, 2))
		v->count_filter = make_with(q, i, true, seed);
}

static void write_with(struct strbuf *b, struct strbuf *args, const struct with *w, const char *name, int node)
{
	if (w->op < 0)
		return;
	if (w->tag >= 0)
		(void)strbuf_addf(b, " @filter(op: \"%s\", value: [\"%%t%d\"])", ops[w->op], w->tag);
	else if (w->count >= 0)
		(void)strbuf_addf(b, " @filter(op: \"%s\", value: [\"%%n%d\"])", ops[w->op], w->count);
	else {
		(void)strbuf_addf(b, " @filter(op: \"%s\", value: [\"$%s%d\"])", ops[w->op], name, node);
		(void)strbuf_addf(args, "%s\"%s%d\": %lld", args->n > 1 ? ", " : "", name, node, (long long)w->number);
	}
}

static void write_body(const struct query *q, int i, struct strbuf *b, struct strbuf *args);

static void write_node(const struct query *q, int i, struct strbuf *b, struct strbuf *args)
{
	static const char *const edges[] = {"Things(n: 4)", "next", "pair", "inside"};
	const struct node *v = &q->v[i];
	(void)strbuf_addf(b, " %s%s", edges[v->edge], v->optional ? " @optional" : "");
	if (v->depth)
		(void)strbuf_addf(b, " @recurse(depth: %d)", v->depth);
	if (v->fold)
		(void)strbuf_addf(b, " @fold%s", v->transform ? " @transform(op: \"count\")" : "");
	if (v->count_output)
		(void)strbuf_addf(b, " @output(name: \"c%d\")", i);
	if (v->count_tagged)
		(void)strbuf_addf(b, " @tag(name: \"n%d\")", i);
	write_with(b, args, &v->count_filter, "m", i);
	write_body(q, i, b, args);
}

static void write_body(const struct query *q, int i, struct strbuf *b, struct strbuf *args)
{
	static const char *const coercions[] = {"", " ... on Box {", " ... on Ball {"};
	const struct node *v = &q->v[i];
	(void)strbuf_addf(b, " {%s __typename id", coercions[v->coerce]);
	if (v->output)
		(void)strbuf_addf(b, " @output(name: \"o%d\")", i);
	if (v->tagged)
		(void)strbuf_addf(b, " @tag(name: \"t%d\")", i);
	write_with(b, args, &v->filter, "a", i);
	for (int j = i + 1; j < q->n; j++)
		if (q->v[j].parent == i)
			write_node(q, j, b, args);
	(void)strbuf_adds(b, v->coerce ? " } }" : " }");
}

static void make_query(struct query *q, uint64_t *seed)
{
	q->n = 1 + (int)seed_below(seed, NODES);
	for (int i = 0; i < q->n; i++)
		make_node(q, i, seed);
	q->v[0].output = true;
	if (q->v[0].coerce == COERCE_BALL)
		q->v[0].coerce = COERCE_NONE;
}

/* ---- the model ---- */

struct row {
	int64_t id[NODES], count[NODES]; /* below 0: missing */
	json_t *output[NODES], *count_output[NODES];
};

struct rows {
	struct row v[ROWS];
	int n;
};

static bool overflow; /* of ROWS: the query is left out */

static struct row row_copy(const struct row *r)
{
	for (int i = 0; i < NODES; i++) {
		json_incref(r->output[i]);
		json_incref(r->count_output[i]);
	}
	return *r;
}

static void row_drop(const struct row *r)
{
	for (int i = 0; i < NODES; i++) {
		json_decref(r->output[i]);
		json_decref(r->count_output[i]);
	}
}

static void row_add(struct rows *to, const struct row *r)
{
	if (to->n < ROWS)
		to->v[to->n++] = row_copy(r);
	else
		overflow = true;
}

static void rows_free(struct rows *r)
{
	for (int i = 0; i < r->n; i++)
		row_drop(&r->v[i]);
	free(r);
}

static bool is_box(int64_t id)
{
	return id % 3 == 0;
}

static int neighbours(enum edge e, int64_t i, int64_t ret[4])
{
	int n = 0;
	int64_t from = e == EDGE_ROOT ? 0 : e == EDGE_INSIDE ? 10 * i + 1 : i + 1;
	int64_t many = e == EDGE_ROOT ? 4 : e == EDGE_INSIDE ? i % 4 : e == EDGE_PAIR ? 2 : 1;
	for (int64_t j = from; j < from + many && j < THINGS; j++)
		ret[n++] = j;
	return n;
}

static int reach(enum edge e, int64_t i, int depth, int64_t *ret, int n)
{
	int64_t next[4];
	ret[n++] = i;
	if (depth == 0 || (e == EDGE_INSIDE && !is_box(i)))
		return n;
	int many = neighbours(e, i, next);
	for (int j = 0; j < many; j++)
		n = reach(e, next[j], depth - 1, ret, n);
	return n;
}

static bool holds(const struct with *w, int64_t subject, const struct row *r)
{
	int64_t x = w->tag >= 0 ? r->id[w->tag] : w->count >= 0 ? r->count[w->count] : w->number;
	if (w->op < 0 || ((w->tag >= 0 || w->count >= 0) && x < 0))
		return true;
	bool of[] = {subject < x, subject <= x, subject > x, subject >= x, subject == x, subject != x};
	return of[w->op];
}

static struct rows *walk(const struct query *q, int first, const struct row *begin);

static json_t *output_of(const struct row *r, int node, bool count)
{
	return count ? r->count_output[node] : r->output[node];
}

static void set_output(struct row *r, int node, bool count, json_t *v)
{
	json_t **at = count ? &r->count_output[node] : &r->output[node];
	json_decref(*at);
	*at = v;
}

/* The outputs within a fold: lists, or null where the fold is not there. */
static void fold_outputs(const struct query *q, int fold, const struct rows *inner, struct row *ret)
{
	for (int i = fold; i < q->n && (i == fold || is_inside(q, i, fold)); i++)
		for (int count = 0; count < 2; count++) {
			if (count ? !q->v[i].count_output || i == fold : !q->v[i].output)
				continue;
			json_t *list = inner ? json_array() : json_null();
			for (int j = 0; inner && j < inner->n; j++)
				json_array_append(list, output_of(&inner->v[j], i, count));
			set_output(ret, i, count, list);
		}
}

static void fold_step(const struct query *q, int i, const struct row *from, struct rows *to)
{
	const struct node *v = &q->v[i];
	bool here = from->id[v->parent] >= 0;
	struct rows *inner = here ? walk(q, i, from) : NULL;
	struct row r = row_copy(from);
	r.count[i] = here ? inner->n : -1;
	fold_outputs(q, i, inner, &r);
	set_output(&r, i, true, here ? json_integer(inner->n) : json_null());
	if (!here || holds(&v->count_filter, inner->n, from))
		row_add(to, &r);
	row_drop(&r);
	if (inner)
		rows_free(inner);
}

static void vertex_add(const struct query *q, int i, int64_t id, struct row *r, struct rows *to)
{
	const struct node *v = &q->v[i];
	json_t *before = r->output[i];
	r->id[i] = id;
	if (id >= 0 && ((v->coerce && is_box(id) != (v->coerce == COERCE_BOX)) || !holds(&v->filter, id, r)))
		return;
	r->output[i] = id < 0 ? json_null() : json_integer(id);
	row_add(to, r);
	json_decref(r->output[i]);
	r->output[i] = before;
}

static void vertex_step(const struct query *q, int i, const struct row *from, struct rows *to)
{
	const struct node *v = &q->v[i];
	struct row r = *from;
	int64_t ids[256], start = v->parent < 0 ? 0 : r.id[v->parent];
	if (start < 0) {
		vertex_add(q, i, -1, &r, to);
		return;
	}
	int n = v->depth ? reach(v->edge, start, v->depth, ids, 0) : neighbours(v->edge, start, ids);
	for (int j = 0; j < n; j++)
		vertex_add(q, i, ids[j], &r, to);
	if (n == 0 && v->optional)
		vertex_add(q, i, -1, &r, to);
}

/* All rows of the component that begins with that node. */
static struct rows *walk(const struct query *q, int first, const struct row *begin)
{
	struct rows *rows = calloc(1, sizeof(*rows));
	assert_non_null(rows);
	row_add(rows, begin);
	for (int i = first; i < q->n; i++) {
		bool step = i == first || (is_inside(q, i, first) &&
					   (q->v[i].fold ? q->v[q->v[i].parent].component : q->v[i].component) == q->v[first].component);
		if (!step)
			continue;
		struct rows *next = calloc(1, sizeof(*next));
		assert_non_null(next);
		for (int j = 0; j < rows->n; j++)
			if (q->v[i].fold && i != first)
				fold_step(q, i, &rows->v[j], next);
			else
				vertex_step(q, i, &rows->v[j], next);
		rows_free(rows);
		rows = next;
	}
	return rows;
}

/* ---- both ---- */

static void same_row(const struct tf_query *q, const struct tf_value *row, const struct row *want, const char *text, int at)
{
	for (size_t i = 0; i < tf_query_n_outputs(q); i++) {
		const char *name = tf_query_output(q, i)->name;
		json_t *ours AUTO_JSON = tf_value_json(&row[i]);
		json_t *theirs = output_of(want, name[1] - '0', name[0] == 'c');
		if (!json_equal(ours, theirs)) {
			char *a AUTO_MEM = json_dumps(ours, JSON_ENCODE_ANY), *b AUTO_MEM = json_dumps(theirs, JSON_ENCODE_ANY);
			fail_msg("%s\nrow %d: '%s' is %s and not %s", text, at, name, a, b);
		}
	}
}

static void compare(const struct tf_adapter *a, const struct query *made, const struct rows *want)
{
	AUTO_STRBUF text = STRBUF_INIT, args = STRBUF_INIT;
	AUTO(tf_query) q = NULL;
	AUTO(tf_arguments) bound = NULL;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	json_t *given AUTO_JSON = NULL;
	struct err e = ERR_INIT;
	struct shelf s;
	struct tf_run *run;
	const struct tf_value *row;
	(void)strbuf_adds(&args, "{");
	(void)strbuf_adds(&text, "{");
	write_node(made, 0, &text, &args);
	(void)strbuf_adds(&text, " }");
	(void)strbuf_adds(&args, "}");
	assert_int_equal(json_parse(args.s, args.n, &given, &e), 0);
	if (tf_query_compile(tf_adapter_schema(a), text.s, text.n, &q, &errors) < 0 || tf_arguments_bind(q, given, &bound, &errors) < 0)
		fail_msg("%s: %s", text.s, errors.n ? errors.v[0].message : "no memory");
	shelf_init(&s, a, THINGS);
	assert_int_equal(tf_run_open(a, q, bound, &s, NULL, &run, &e), 0);
	int n = 0;
	for (; tf_run_next(run, &row, &e) == 1; n++) {
		if (n >= want->n)
			fail_msg("%s %s\nmore than %d rows", text.s, args.s, want->n);
		same_row(q, row, &want->v[n], text.s, n);
	}
	if (n != want->n || tf_run_stopped(run) != TF_STOP_END)
		fail_msg("%s %s\n%d rows and not %d", text.s, args.s, n, want->n);
	tf_run_close(run);
	assert_int_equal(s.opened, s.closed);
	shelf_done(&s);
}

static void test_random_queries_give_the_rows_of_the_model(void **state)
{
	AUTO(tf_adapter) a = shelf_adapter();
	uint64_t seed = seed_start();
	int64_t total = 0;
	for (int i = 0; i < QUERIES; i++) {
		struct query q;
		struct row begin = {{0}, {0}, {NULL}, {NULL}};
		make_query(&q, &seed);
		overflow = false;
		struct rows *want = walk(&q, 0, &begin);
		if (!overflow)
			compare(a, &q, want);
		total += overflow ? 0 : want->n;
		rows_free(want);
	}
	assert_true(total > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_queries_give_the_rows_of_the_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
