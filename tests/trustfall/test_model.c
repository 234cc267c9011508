/*
 * test_model.c - random queries over random graphs, run by the engine and by a model that is too simple to be wrong: it carries
 * whole lists of contexts from step to step, gathers every fold completely and looks at a filter only when it gets there. The
 * engine's adapter leaves out what hints let it leave out.
 */
#include "trustfall/run.h"

#include "../check.h"
#include "../seed.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { VERTICES = 7, NODES = 8, FIELDS = 4, FILTERS = 3, CHILDREN = 3, VARIABLES = 24, CONTEXTS = 4000 };

/* Of the interface Mid are A and C, of Thing all: "up" comes from Mid and leads to what may have none. */
#define PROPERTIES "n: Int s: String tags: [String] f: Float ok: Boolean id: ID big: Int nums: [Int] "
#define NEXT "next(from: Int = 0): [Thing!] "
static const char schema_text[] = "schema { query: Begin }\n"
				  "type Begin { All: [Thing!] }\n"
				  "interface Thing { " PROPERTIES NEXT "}\n"
				  "interface Mid implements Thing { " PROPERTIES NEXT "up: [Thing!] }\n"
				  "type A implements Thing & Mid { " PROPERTIES NEXT "up: [Thing!] }\n"
				  "type B implements Thing { " PROPERTIES NEXT "own: [B!] }\n"
				  "type C implements Mid & Thing { " PROPERTIES NEXT "up: [Thing!] }\n";

/* ---- the graph ---- */

struct vertex {
	char type; /* 'A', 'B', 'C' */
	struct tf_value n, s, tags, f, ok, id, big, nums, items[3], numbers[2];
	uint32_t next[3], n_next, more[2], n_more; /* more: up of A and C, own of B */
};
struct world {
	struct vertex v[VERTICES];
	const struct tf_schema *schema;
	uint32_t n, types[3];
};

static struct tf_value word(uint64_t *seed)
{
	static const char *const words[] = {"", "a", "ab", "b", "ba", "ä", "("};
	return tf_string(words[seed_below(seed, COUNT_OF(words))]);
}

static struct tf_value small(uint64_t *seed)
{
	return tf_int((int64_t)seed_below(seed, 5) - 1);
}

static struct tf_value large(uint64_t *seed)
{
	const struct tf_value all[] = {tf_int(INT64_MIN), tf_int(INT64_MAX), tf_uint((uint64_t)INT64_MAX + 1), tf_uint(UINT64_MAX), tf_int(-1),
				       tf_int(1)};
	return all[seed_below(seed, COUNT_OF(all))];
}

static struct tf_value real(uint64_t *seed)
{
	static const double all[] = {-1, -0.0, 0, 0.5, 1, 1e300};
	return tf_float(all[seed_below(seed, COUNT_OF(all))]);
}

static bool often(uint64_t *seed)
{
	return seed_below(seed, 5) > 0;
}

static void make_world(struct world *w, uint64_t *seed)
{
	w->n = 1 + seed_below(seed, VERTICES);
	for (uint32_t i = 0; i < w->n; i++) {
		struct vertex *v = &w->v[i];
		memset(v, 0, sizeof(*v));
		v->type = "ABC"[seed_below(seed, 3)];
		v->n = often(seed) ? small(seed) : TF_VALUE_NULL;
		v->s = often(seed) ? word(seed) : TF_VALUE_NULL;
		v->f = often(seed) ? real(seed) : TF_VALUE_NULL;
		v->ok = often(seed) ? tf_bool(seed_below(seed, 2)) : TF_VALUE_NULL;
		v->id = often(seed) ? word(seed) : TF_VALUE_NULL;
		v->big = often(seed) ? large(seed) : TF_VALUE_NULL;
		uint32_t n_nums = seed_below(seed, 3);
		for (uint32_t k = 0; k < n_nums; k++)
			v->numbers[k] = often(seed) ? small(seed) : TF_VALUE_NULL;
		v->nums = often(seed) ? tf_list(v->numbers, n_nums) : TF_VALUE_NULL;
		uint32_t n = seed_below(seed, 4);
		for (uint32_t k = 0; k < n; k++)
			v->items[k] = seed_below(seed, 6) ? word(seed) : TF_VALUE_NULL;
		v->tags = seed_below(seed, 5) ? tf_list(v->items, n) : TF_VALUE_NULL;
	}
	for (uint32_t i = 0; i < w->n; i++) {
		struct vertex *v = &w->v[i];
		for (uint32_t k = seed_below(seed, 4); k-- > 0;)
			v->next[v->n_next++] = seed_below(seed, w->n);
		for (uint32_t k = seed_below(seed, 3); k-- > 0;) {
			uint32_t to = seed_below(seed, w->n);
			if (v->type != 'B' || w->v[to].type == 'B')
				v->more[v->n_more++] = to;
		}
	}
}

/* ---- the graph as tables ---- */

static const struct vertex *vertex_of(struct tf_context *c, const struct tf_vertex *v)
{
	return &((const struct world *)tf_context_user(c))->v[v->n];
}

#define GET(field) \
	static int get_##field(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err) \
	{ \
		(void)err; \
		*ret = vertex_of(c, v)->field; \
		return 0; \
	}
GET(n)
GET(s)
GET(tags)
GET(f)
GET(ok)
GET(id)
GET(big)
GET(nums)

static struct tf_vertex vertex_at(const struct world *w, uint32_t i)
{
	return (struct tf_vertex){.type = w->types[w->v[i].type - 'A'], .n = i};
}

/* Whether a value may be one that the query wants. An adapter looks only at what it has an index for; this one at all. */
static bool may_want(const struct tf_hints *h, const char *name, const struct tf_value *v)
{
	struct tf_value with, low, high;
	const struct tf_value *list;
	size_t n, i;
	int order;
	if (tf_hint_equal(h, name, &with) && !tf_value_equal(v, &with))
		return false;
	if (tf_hint_prefix(h, name, &with) && (v->kind != TF_STRING || !str_starts(v->s, with.s)))
		return false;
	if (tf_hint_one_of(h, name, &list, &n)) {
		for (i = 0; i < n && !tf_value_equal(&list[i], v);)
			i++;
		if (i == n)
			return false;
	}
	if (tf_hint_contains(h, name, &with)) {
		for (i = 0; v->kind == TF_LIST && i < v->n && !tf_value_equal(&v->v[i], &with);)
			i++;
		if (v->kind != TF_LIST || i == v->n)
			return false;
	}
	if (!tf_hint_range(h, name, &low, &high))
		return true;
	return (low.kind == TF_NULL || (tf_value_order(v, &low, &order) && order >= 0)) &&
	       (high.kind == TF_NULL || (tf_value_order(v, &high, &order) && order <= 0));
}

static bool may_want_vertex(const struct world *w, uint32_t i, const struct tf_hints *h)
{
	const struct tf_type_def *type = tf_hint_type(h);
	const struct vertex *v = &w->v[i];
	return tf_type_is(tf_schema_type_at(w->schema, w->types[v->type - 'A']), type) && may_want(h, "n", &v->n) && may_want(h, "s", &v->s) &&
	       may_want(h, "tags", &v->tags) && may_want(h, "f", &v->f) && may_want(h, "ok", &v->ok) && may_want(h, "id", &v->id) &&
	       may_want(h, "big", &v->big) && may_want(h, "nums", &v->nums);
}

/* s[0] the next index, s[1] how many are left. */
static int next_of(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)err;
	const uint32_t *at = it->s[0].cp;
	if (it->s[1].n == 0)
		return 0;
	it->s[0].cp = at + 1;
	it->s[1].n--;
	*ret = vertex_at(tf_context_user(it->context), *at);
	return 1;
}

/* v NULL: the first n. */
static int open_indices(struct tf_context *c, struct tf_iter *it, const uint32_t *v, uint32_t n, const struct tf_hints *h, struct err *err)
{
	const struct world *w = tf_context_user(c);
	uint32_t *wanted = tf_context_take(c, (n + 1) * sizeof(*wanted)), n_wanted = 0;
	if (!wanted)
		return err_set(err, -ENOMEM, "indices");
	for (uint32_t i = 0; i < n; i++)
		if (may_want_vertex(w, v ? v[i] : i, h))
			wanted[n_wanted++] = v ? v[i] : i;
	it->s[0].cp = wanted;
	it->s[1].n = n_wanted;
	it->next = next_of;
	return 0;
}

#define OPEN(name) \
	static int open_##name(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, \
			       const struct tf_hints *hints, struct tf_iter *it, struct err *err)
OPEN(all)
{
	(void)from, (void)params;
	return open_indices(c, it, NULL, ((const struct world *)tf_context_user(c))->n, hints, err);
}
OPEN(next)
{
	const struct vertex *v = vertex_of(c, from);
	uint32_t skip = (uint32_t)params[0].i < v->n_next ? (uint32_t)params[0].i : v->n_next;
	return open_indices(c, it, v->next + skip, v->n_next - skip, hints, err);
}
OPEN(more)
{
	(void)params;
	const struct vertex *v = vertex_of(c, from);
	return open_indices(c, it, v->more, v->n_more, hints, err);
}

static const struct tf_property_row thing_properties[] = {
	{.name = "n", .get = get_n},	 {.name = "s", .get = get_s},	{.name = "tags", .get = get_tags}, {.name = "f", .get = get_f},
	{.name = "ok", .get = get_ok}, {.name = "id", .get = get_id}, {.name = "big", .get = get_big},	 {.name = "nums", .get = get_nums}};
static const struct tf_edge_row thing_edges[] = {{.name = "next", .open = open_next}}, mid_edges[] = {{.name = "up", .open = open_more}},
				b_edges[] = {{.name = "own", .open = open_more}},
				root_edges[] = {{.name = "All", .open = open_all}};
static const char *const is_thing[] = {"Thing", NULL}, *const is_mid[] = {"Thing", "Mid", NULL};
static const struct tf_type_row type_rows[] = {
	{.name = "Thing", .interface = true, TF_PROPERTIES(thing_properties), TF_EDGES(thing_edges)},
	{.name = "Mid", .interface = true, .implements = is_thing, TF_EDGES(mid_edges)},
	{.name = "A", .implements = is_mid},
	{.name = "B", .implements = is_thing, TF_EDGES(b_edges)},
	{.name = "C", .implements = is_mid},
};
static const struct tf_table table = {type_rows, COUNT_OF(type_rows), root_edges, COUNT_OF(root_edges)};

/* ---- random queries, as the model reads them ---- */

enum property { P_N, P_S, P_TAGS, P_F, P_OK, P_ID, P_BIG, P_NUMS, P_TYPE, P_COUNT };
enum what { INT, STRING, FLOAT, BOOL, ID, LIST, NUMS };
static const enum what property_is[] = {INT, STRING, LIST, FLOAT, BOOL, ID, INT, NUMS, STRING, INT};

static bool is_list(enum what is)
{
	return is == LIST || is == NUMS;
}

static bool may_be_null(enum property p)
{
	return p != P_TYPE && p != P_COUNT;
}

/* A value that can be tagged and filtered: a property of a node, or its count. */
struct place {
	int node;
	enum property property;
	int tag; /* its number; 0: none */
};
struct rfilter {
	const char *op;
	int variable, tag; /* one of them is not 0, or none */
};
struct rfield {
	struct place place;
	int output; /* 0: none */
	struct rfilter filters[FILTERS];
	int n_filters;
};
struct node {
	int parent, component; /* the node that begins its fold; 0: the query */
	char type;             /* 'T', 'M', 'A', 'B', 'C', after the coercion */
	const char *edge;
	int from, depth;
	bool optional, fold, coerced;
	struct rfield fields[FIELDS], count;
	int n_fields, children[CHILDREN], n_children;
};
struct query {
	struct node nodes[NODES];
	int n_nodes, n_outputs, n_tags, n_variables;
	struct tf_value variables[VARIABLES + 1];
	struct tf_value lists[VARIABLES + 1][3], inner[VARIABLES + 1][3][2];
	uint64_t *seed;
	struct world *world;
};

static uint32_t below(struct query *q, uint32_t n)
{
	return seed_below(q->seed, n);
}

static struct tf_value random_value(struct query *q, enum what is)
{
	switch (is) {
	case INT:
		return below(q, 4) ? small(q->seed) : large(q->seed);
	case FLOAT:
		return real(q->seed);
	case BOOL:
		return tf_bool(below(q, 2));
	default:
		return word(q->seed);
	}
}

static enum what item_of(enum what is)
{
	return is == LIST ? STRING : INT;
}

/* One value for the variable, its i-th when it is a list of them. */
static struct tf_value value_for(struct query *q, int id, uint32_t i, enum what is, bool null)
{
	if (null && below(q, 6) == 0)
		return TF_VALUE_NULL;
	if (!is_list(is))
		return random_value(q, is);
	uint32_t n = below(q, 3);
	for (uint32_t k = 0; k < n; k++)
		q->inner[id][i][k] = below(q, 6) ? random_value(q, item_of(is)) : TF_VALUE_NULL;
	return tf_list(q->inner[id][i], n);
}

static struct tf_value pattern(struct query *q)
{
	static const char *const all[] = {"^a", "b$", "ab", "ä", ""};
	return tf_string(all[below(q, COUNT_OF(all))]);
}

/* A variable for such a filter. `op` without its "not_". */
static int add_variable(struct query *q, const char *op, enum what is, bool null)
{
	int id = ++q->n_variables;
	if (strcmp(op, "one_of") == 0) {
		uint32_t n = below(q, 4);
		for (uint32_t i = 0; i < n; i++)
			q->lists[id][i] = value_for(q, id, i, is, null);
		q->variables[id] = tf_list(q->lists[id], n);
	} else if (strcmp(op, "contains") == 0) {
		q->variables[id] = value_for(q, id, 0, item_of(is), true);
	} else if (strcmp(op, "regex") == 0) {
		q->variables[id] = pattern(q);
	} else {
		q->variables[id] = value_for(q, id, 0, is, null && strchr("=!", op[0]));
	}
	return id;
}

static bool is_within(const struct query *q, int component, int outer)
{
	while (component != outer && component != 0)
		component = q->nodes[q->nodes[component].parent].component;
	return component == outer;
}

static bool may_be_missing(const struct query *q, int node)
{
	for (; node >= 0; node = q->nodes[node].parent)
		if (q->nodes[node].optional)
			return true;
	return false;
}

/*
 * Some value that a filter in `component` may use as a tag; 0: none. Nodes are made in reading order, a node's fields before its
 * children: all that is there is known (rather one that may be missing), but for the fold that is being made (and those around it), whose count is not.
 */
static int any_tag(struct query *q, enum what is, int component)
{
	for (int tries = 0; tries < 24; tries++) {
		int node = (int)below(q, (uint32_t)q->n_nodes);
		struct node *n = &q->nodes[node];
		bool count = is == INT && n->fold && below(q, 2);
		int at = count ? q->nodes[n->parent].component : n->component;
		struct rfield *f = count ? &n->count : n->n_fields ? &n->fields[below(q, (uint32_t)n->n_fields)] : NULL;
		if (!f || f->place.node != node || property_is[f->place.property] != is || !is_within(q, component, at))
			continue;
		if (tries < 16 && !may_be_missing(q, node))
			continue;
		if (!f->place.tag)
			f->place.tag = ++q->n_tags;
		return f->place.tag;
	}
	return 0;
}

static const char *any_op(struct query *q, enum property p)
{
	static const char *const ordered[] = {"=", "!=", "<", "<=", ">", ">="};
	static const char *const texts[] = {"has_prefix", "not_has_prefix",    "has_suffix", "not_has_suffix", "has_substring",
					    "not_has_substring", "regex", "not_regex"};
	static const char *const nulls[] = {"is_null", "is_not_null"}, *const in[] = {"one_of", "not_one_of"},
				*const has[] = {"contains", "not_contains"};
	enum what is = property_is[p];
	if (below(q, 8) == 0 && may_be_null(p))
		return nulls[below(q, 2)];
	if (is_list(is) && below(q, 2))
		return has[below(q, 2)];
	if (below(q, 5) == 0)
		return in[below(q, 2)];
	if (is == STRING && below(q, 2))
		return texts[below(q, COUNT_OF(texts))];
	return ordered[below(q, is == BOOL || is == ID ? 2 : COUNT_OF(ordered))];
}

/* A tag for such a filter; 0: there is none. */
static int tag_for(struct query *q, const char *op, enum what is, int component)
{
	if (strcmp(op, "contains") == 0)
		return any_tag(q, item_of(is), component);
	if (strcmp(op, "one_of") != 0)
		return any_tag(q, is, component);
	return is == STRING || is == INT ? any_tag(q, is == STRING ? LIST : NUMS, component) : 0;
}

static void add_filter(struct query *q, struct rfield *f, int component)
{
	enum property p = f->place.property;
	struct rfilter *made = &f->filters[f->n_filters];
	*made = (struct rfilter){.op = any_op(q, p)};
	const char *op = made->op + (strncmp(made->op, "not_", 4) == 0 ? 4 : 0);
	bool none = strncmp(op, "is_", 3) == 0;
	if (!none && below(q, 4))
		made->tag = tag_for(q, op, property_is[p], component);
	if (!none && !made->tag) {
		if (q->n_variables == VARIABLES)
			return;
		made->variable = add_variable(q, op, property_is[p], may_be_null(p));
	}
	f->n_filters++;
}

static void add_fields(struct query *q, int id)
{
	struct node *n = &q->nodes[id];
	int n_fields = (int)below(q, FIELDS + 1);
	for (uint32_t i = 0, first = below(q, P_COUNT); i < P_COUNT && n->n_fields < n_fields; i++) {
		enum property p = (enum property)((first + i) % P_COUNT);
		if (below(q, 2))
			continue;
		struct rfield *f = &n->fields[n->n_fields++];
		*f = (struct rfield){.place = {.node = id, .property = p}};
		f->output = below(q, 3) ? ++q->n_outputs : 0;
	}
	for (int i = 0; i < n->n_fields; i++)
		if (below(q, 5) < 2)
			add_filter(q, &n->fields[i], n->component);
}

static void add_count(struct query *q, int id)
{
	struct node *n = &q->nodes[id];
	int outer = q->nodes[n->parent].component;
	for (int i = (int)below(q, 3); i-- > 0;)
		add_filter(q, &n->count, outer);
	n->count.place.node = id; /* from here on it can be a tag */
	n->count.output = below(q, 2) ? ++q->n_outputs : 0;
}

static void add_nodes(struct query *q, int id);

static void add_child(struct query *q, int parent)
{
	int id = q->n_nodes++;
	struct node *n = &q->nodes[id], *p = &q->nodes[parent];
	*n = (struct node){.parent = parent, .edge = "next", .type = 'T'};
	if (p->type != 'T' && below(q, 2)) {
		n->edge = p->type == 'B' ? "own" : "up";
		n->type = p->type == 'B' ? 'B' : 'T';
	} else {
		n->from = (int)below(q, 2);
	}
	n->fold = below(q, 3) == 0;
	n->optional = !n->fold && below(q, 2);
	n->depth = !n->fold && below(q, 4) == 0 ? 1 + (int)below(q, 3) : 0;
	n->coerced = n->type == 'T' && below(q, 3) == 0;
	if (n->coerced)
		n->type = "ABCM"[below(q, 4)];
	n->component = n->fold ? id : p->component;
	n->count = (struct rfield){.place = {.node = -1, .property = P_COUNT}};
	p->children[p->n_children++] = id;
	add_nodes(q, id);
	if (n->fold && below(q, 2))
		add_count(q, id);
}

static void add_nodes(struct query *q, int id)
{
	add_fields(q, id);
	for (int i = (int)below(q, CHILDREN + 1); i-- > 0 && q->n_nodes < NODES;)
		add_child(q, id);
}

static void make_query(struct query *q, struct world *w, uint64_t *seed)
{
	memset(q, 0, sizeof(*q));
	q->seed = seed;
	q->world = w;
	q->n_nodes = 1;
	q->nodes[0] = (struct node){.parent = -1, .type = 'T', .edge = "All", .coerced = below(q, 4) == 0};
	if (q->nodes[0].coerced)
		q->nodes[0].type = "ABCM"[below(q, 4)];
	add_nodes(q, 0);
	if (q->n_outputs == 0 && q->nodes[0].n_fields)
		q->nodes[0].fields[0].output = ++q->n_outputs;
}

/* ---- their text ---- */

static void write_filters(struct strbuf *b, const struct rfield *f)
{
	for (int i = 0; i < f->n_filters; i++) {
		const struct rfilter *r = &f->filters[i];
		strbuf_addf(b, " @filter(op: \"%s\"", r->op);
		if (r->variable || r->tag)
			strbuf_addf(b, ", value: [\"%s%d\"]", r->variable ? "$v" : "%t", r->variable ? r->variable : r->tag);
		strbuf_adds(b, ")");
	}
	if (f->output)
		strbuf_addf(b, " @output(name: \"o%d\")", f->output);
	if (f->place.tag)
		strbuf_addf(b, " @tag(name: \"t%d\")", f->place.tag);
}

static bool is_used(const struct rfield *f)
{
	return f->n_filters || f->output || f->place.tag;
}

static void write_node(struct strbuf *b, const struct query *q, int id)
{
	static const char *const names[] = {"n", "s", "tags", "f", "ok", "id", "big", "nums", "__typename"};
	const struct node *n = &q->nodes[id];
	strbuf_addf(b, " %s", n->edge);
	if (n->from)
		strbuf_addf(b, "(from: %d)", n->from);
	strbuf_adds(b, n->optional ? " @optional" : "");
	if (n->depth)
		strbuf_addf(b, " @recurse(depth: %d)", n->depth);
	strbuf_adds(b, n->fold ? " @fold" : "");
	if (is_used(&n->count)) {
		strbuf_adds(b, " @transform(op: \"count\")");
		write_filters(b, &n->count);
	}
	if (n->n_fields || n->n_children || n->coerced)
		strbuf_adds(b, " {");
	if (n->coerced)
		strbuf_addf(b, " ... on %c%s {", n->type, n->type == 'M' ? "id" : "");
	if (n->coerced && !n->n_fields && !n->n_children)
		strbuf_adds(b, " __typename");
	for (int i = 0; i < n->n_fields; i++) {
		strbuf_addf(b, " %s", names[n->fields[i].place.property]);
		write_filters(b, &n->fields[i]);
	}
	for (int i = 0; i < n->n_children; i++)
		write_node(b, q, n->children[i]);
	strbuf_adds(b, n->coerced ? " } }" : n->n_fields || n->n_children ? " }" : "");
}

/* ---- the model ---- */

struct context;
struct fold {
	struct context *const *rows;
	size_t n;
};
struct context {
	int v[NODES]; /* -1: missing */
	const struct fold *folds[NODES];
};
struct contexts {
	struct context **v;
	size_t n;
};
struct model {
	struct query *q;
	struct tf_arena *arena;
	size_t n_contexts;
	bool too_many;
};

static void *take(struct model *m, size_t n)
{
	void *p = tf_arena_take(m->arena, n);
	assert_non_null(p);
	return p;
}

static void push(struct model *m, struct contexts *to, const struct context *c)
{
	m->too_many |= ++m->n_contexts > CONTEXTS;
	if (m->too_many)
		return;
	if ((to->n & (to->n + 1)) == 0) { /* one less than a power of two: full */
		struct context **more = take(m, (to->n + 1) * 2 * sizeof(*more));
		memcpy(more, to->v ? to->v : more, to->v ? to->n * sizeof(*more) : 0);
		to->v = more;
	}
	to->v[to->n] = take(m, sizeof(*c));
	*to->v[to->n++] = *c;
}

static struct tf_value value_at(const struct model *m, const struct context *c, const struct place *p, bool *missing)
{
	const struct vertex *v = c->v[p->node] < 0 ? NULL : &m->q->world->v[c->v[p->node]];
	*missing = p->property == P_COUNT ? !c->folds[p->node] : !v;
	if (*missing)
		return TF_VALUE_NULL;
	switch (p->property) {
	case P_N:
		return v->n;
	case P_S:
		return v->s;
	case P_TAGS:
		return v->tags;
	case P_F:
		return v->f;
	case P_OK:
		return v->ok;
	case P_ID:
		return v->id;
	case P_BIG:
		return v->big;
	case P_NUMS:
		return v->nums;
	case P_TYPE:
		return tf_string(v->type == 'A' ? "A" : v->type == 'B' ? "B" : "C");
	default:
		return tf_int((int64_t)c->folds[p->node]->n);
	}
}

/* -1, 0, 1; 2: neither is before the other, and they are not the same. */
static int order_of(const struct tf_value *a, const struct tf_value *b)
{
	bool a_int = a->kind == TF_INT || a->kind == TF_UINT, b_int = b->kind == TF_INT || b->kind == TF_UINT;
	if (a_int && b_int) {
		bool a_minus = a->kind == TF_INT && a->i < 0, b_minus = b->kind == TF_INT && b->i < 0;
		if (a_minus != b_minus)
			return a_minus ? -1 : 1;
		return a->u < b->u ? -1 : a->u > b->u; /* of two negative ones too */
	}
	if (a->kind != b->kind)
		return 2;
	switch (a->kind) {
	case TF_NULL:
		return 0;
	case TF_FLOAT:
		return a->f < b->f ? -1 : a->f > b->f;
	case TF_BOOL:
		return a->b == b->b ? 0 : 2;
	case TF_STRING: {
		int order = strcmp(a->s, b->s);
		return order < 0 ? -1 : order > 0;
	}
	default:
		break;
	}
	for (uint32_t i = 0; i < a->n && i < b->n; i++)
		if (order_of(&a->v[i], &b->v[i]))
			return order_of(&a->v[i], &b->v[i]);
	return a->n < b->n ? -1 : a->n > b->n;
}

static bool contains(const struct tf_value *list, const struct tf_value *v)
{
	for (uint32_t i = 0; list->kind == TF_LIST && i < list->n; i++)
		if (order_of(&list->v[i], v) == 0)
			return true;
	return false;
}

/* Of the patterns that there are: words, one of them no expression, "^a" and "b$". */
static bool matches(const char *text, const char *pattern)
{
	size_t n = strlen(text), m = strlen(pattern);
	if (*pattern == '(')
		return false;
	if (*pattern == '^')
		return strncmp(text, pattern + 1, m - 1) == 0;
	if (m && pattern[m - 1] == '$')
		return n + 1 >= m && strncmp(text + n + 1 - m, pattern, m - 1) == 0;
	return strstr(text, pattern) != NULL;
}

static bool text_holds(const char *op, const char *a, const char *b)
{
	if (strcmp(op, "has_prefix") == 0)
		return strncmp(a, b, strlen(b)) == 0;
	if (strcmp(op, "has_substring") == 0)
		return strstr(a, b) != NULL;
	if (strcmp(op, "regex") == 0)
		return matches(a, b);
	assert_string_equal(op, "has_suffix");
	return strlen(b) <= strlen(a) && strcmp(a + strlen(a) - strlen(b), b) == 0;
}

static bool holds(const char *op, const struct tf_value *a, const struct tf_value *b)
{
	if (strncmp(op, "not_", 4) == 0)
		return !holds(op + 4, a, b);
	if (strcmp(op, "!=") == 0)
		return !holds("=", a, b);
	if (strcmp(op, "is_null") == 0)
		return a->kind == TF_NULL;
	if (strcmp(op, "is_not_null") == 0)
		return a->kind != TF_NULL;
	if (strcmp(op, "=") == 0)
		return order_of(a, b) == 0;
	if (strcmp(op, "contains") == 0)
		return contains(a, b);
	if (strcmp(op, "one_of") == 0)
		return contains(b, a);
	if (a->kind == TF_NULL || b->kind == TF_NULL)
		return false;
	int order = order_of(a, b);
	switch (op[0]) {
	case '<':
		return order == -1 || (op[1] && order == 0);
	case '>':
		return order == 1 || (op[1] && order == 0);
	}
	return text_holds(op, a->s, b->s);
}

static const struct place *tagged(const struct query *q, int tag)
{
	for (int i = 0; i < q->n_nodes; i++) {
		const struct node *n = &q->nodes[i];
		if (n->count.place.tag == tag)
			return &n->count.place;
		for (int k = 0; k < n->n_fields; k++)
			if (n->fields[k].place.tag == tag)
				return &n->fields[k].place;
	}
	fail_msg("no tag %d", tag);
	return NULL;
}

static bool passes(const struct model *m, const struct context *c, const struct rfield *f)
{
	for (int i = 0; i < f->n_filters; i++) {
		const struct rfilter *r = &f->filters[i];
		bool missing, no_tag = false;
		struct tf_value v = value_at(m, c, &f->place, &missing), with = TF_VALUE_NULL;
		if (r->tag)
			with = value_at(m, c, tagged(m->q, r->tag), &no_tag);
		else if (r->variable)
			with = m->q->variables[r->variable];
		if (!missing && !no_tag && !holds(r->op, &v, &with))
			return false;
	}
	return true;
}

/* Puts the context into `to` with the node at that vertex, if the node wants it. */
static void arrive(struct model *m, int id, const struct context *c, uint32_t at, struct contexts *to)
{
	const struct node *n = &m->q->nodes[id];
	struct context made = *c;
	made.v[id] = (int)at;
	char type = m->q->world->v[at].type;
	if (n->coerced && !(n->type == 'M' ? type != 'B' : n->type == type))
		return;
	for (int i = 0; i < n->n_fields; i++)
		if (!passes(m, &made, &n->fields[i]))
			return;
	push(m, to, &made);
}

static size_t neighbours(const struct model *m, const struct node *n, uint32_t from, const uint32_t **ret)
{
	const struct vertex *v = &m->q->world->v[from];
	bool next = n->edge[0] == 'n';
	if (!next && (v->type == 'B') != (n->edge[0] == 'o'))
		return 0;
	size_t skip = next && (uint32_t)n->from < v->n_next ? (size_t)n->from : next ? v->n_next : 0;
	*ret = next ? v->next + skip : v->more;
	return next ? v->n_next - skip : v->n_more;
}

static void recurse(struct model *m, int id, const struct context *c, uint32_t at, int depth, struct contexts *to)
{
	const uint32_t *next;
	arrive(m, id, c, at, to);
	size_t n = depth ? neighbours(m, &m->q->nodes[id], at, &next) : 0;
	for (size_t i = 0; i < n; i++)
		recurse(m, id, c, next[i], depth - 1, to);
}

static struct contexts run_node(struct model *m, int id, struct contexts in);

static struct contexts follow(struct model *m, int id, struct contexts in)
{
	const struct node *n = &m->q->nodes[id];
	struct contexts out = {NULL, 0};
	for (size_t i = 0; i < in.n && !m->too_many; i++) {
		int at = id ? in.v[i]->v[n->parent] : 0;
		const uint32_t *next = NULL;
		size_t n_next = id == 0 ? m->q->world->n : at < 0 ? 0 : neighbours(m, n, (uint32_t)at, &next);
		if (at >= 0 && n->depth) {
			recurse(m, id, in.v[i], (uint32_t)at, n->depth, &out);
		} else if (at < 0 || (n_next == 0 && n->optional)) {
			struct context missing = *in.v[i];
			missing.v[id] = -1;
			push(m, &out, &missing);
		}
		for (size_t k = 0; k < n_next && !n->depth; k++)
			arrive(m, id, in.v[i], id ? next[k] : (uint32_t)k, &out);
	}
	return out;
}

static struct contexts gather(struct model *m, int id, struct contexts in)
{
	const struct node *n = &m->q->nodes[id];
	struct contexts out = {NULL, 0};
	for (size_t i = 0; i < in.n && !m->too_many; i++) {
		struct context c = *in.v[i];
		c.folds[id] = NULL;
		if (c.v[n->parent] >= 0) {
			struct contexts inner = run_node(m, id, (struct contexts){&in.v[i], 1});
			struct fold *f = take(m, sizeof(*f));
			*f = (struct fold){inner.v, inner.n};
			c.folds[id] = f;
		}
		if (passes(m, &c, &n->count))
			push(m, &out, &c);
	}
	return out;
}

/* The node, then its children in the order written. */
static struct contexts run_node(struct model *m, int id, struct contexts in)
{
	const struct node *n = &m->q->nodes[id];
	struct contexts now = follow(m, id, in);
	for (int i = 0; i < n->n_children; i++) {
		int child = n->children[i];
		now = m->q->nodes[child].fold ? gather(m, child, now) : run_node(m, child, now);
	}
	return now;
}

/* What the output of `p` is, seen from a context of `component`: a list for each fold between. */
static void write_output(struct model *m, struct json_out *o, const struct context *c, const struct place *p, int component)
{
	bool missing;
	int at = p->property == P_COUNT ? m->q->nodes[m->q->nodes[p->node].parent].component : m->q->nodes[p->node].component;
	if (at == component) {
		struct tf_value v = value_at(m, c, p, &missing);
		tf_value_write(o, &v);
		return;
	}
	while (m->q->nodes[m->q->nodes[at].parent].component != component)
		at = m->q->nodes[m->q->nodes[at].parent].component;
	if (!c->folds[at]) {
		json_out_null(o);
		return;
	}
	json_out_array_begin(o);
	for (size_t i = 0; i < c->folds[at]->n; i++)
		write_output(m, o, c->folds[at]->rows[i], p, at);
	json_out_array_end(o);
}

static const struct place *output_place(const struct query *q, int output)
{
	for (int i = 0; i < q->n_nodes; i++) {
		const struct node *n = &q->nodes[i];
		if (n->count.output == output)
			return &n->count.place;
		for (int k = 0; k < n->n_fields; k++)
			if (n->fields[k].output == output)
				return &n->fields[k].place;
	}
	fail_msg("no output %d", output);
	return NULL;
}

/* ---- side by side ---- */

static json_t *arguments_json(const struct query *q)
{
	json_t *all = json_object();
	char name[16];
	for (int i = 1; i <= q->n_variables; i++) {
		(void)snprintf(name, sizeof(name), "v%d", i);
		assert_int_equal(json_object_set_new(all, name, tf_value_json(&q->variables[i])), 0);
	}
	return all;
}

static void write_model(struct model *m, const struct tf_query *q, const struct contexts *rows, struct strbuf *b)
{
	for (size_t i = 0; i < rows->n; i++) {
		for (size_t k = 0; k < tf_query_n_outputs(q); k++) {
			struct json_out o;
			json_out_init(&o, b);
			write_output(m, &o, rows->v[i], output_place(m->q, (int)strtol(tf_query_output(q, k)->name + 1, NULL, 10)), 0);
			strbuf_addc(b, ' ');
		}
		strbuf_addc(b, '\n');
	}
}

static void write_engine(const struct tf_adapter *a, const struct tf_query *q, const struct tf_arguments *args, struct world *w,
			 struct strbuf *b)
{
	struct tf_run *run = NULL;
	struct err err = ERR_INIT;
	const struct tf_value *row;
	int r = tf_run_open(a, q, args, w, NULL, &run, &err);
	while (r >= 0 && (r = tf_run_next(run, &row, &err)) > 0) {
		for (size_t k = 0; k < tf_query_n_outputs(q); k++) {
			struct json_out o;
			json_out_init(&o, b);
			tf_value_write(&o, &row[k]);
			assert_true(tf_type_takes(&tf_query_output(q, k)->type, &row[k]));
			strbuf_addc(b, ' ');
		}
		strbuf_addc(b, '\n');
	}
	tf_run_close(run);
	if (r < 0)
		fail_msg("run: %s", err.msg);
}

/* Whether it was small enough for the model. */
static bool compare(const struct tf_adapter *a, struct world *w, struct query *query)
{
	AUTO(tf_arena) arena = tf_arena_new(0);
	AUTO_STRBUF text = STRBUF_INIT, told = STRBUF_INIT, expected = STRBUF_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct model m = {.q = query, .arena = arena};
	struct context first = {{0}, {NULL}}, *begin = &first;
	strbuf_adds(&text, "{");
	write_node(&text, query, 0);
	strbuf_adds(&text, " }");
	struct contexts rows = run_node(&m, 0, (struct contexts){&begin, 1});
	if (m.too_many)
		return false;
	AUTO(tf_query) q = NULL;
	AUTO(tf_arguments) args = NULL;
	AUTO_JSON json_t *given = arguments_json(query);
	if (tf_query_compile(tf_adapter_schema(a), text.s, text.n, &q, &errors) < 0 || tf_arguments_bind(q, given, &args, &errors) < 0)
		fail_msg("%s: %s\n%s", errors.v[0].kind, errors.v[0].message, text.s);
	write_model(&m, q, &rows, &expected);
	write_engine(a, q, args, w, &told);
	if (!str_eq(told.s, expected.s)) {
		AUTO_MEM char *arguments = json_text(given, JSON_OUT_COMPACT);
		fail_msg("%s\n%s\ngives\n%s\nexpected\n%s", text.s, arguments, told.s ? told.s : "", expected.s ? expected.s : "");
	}
	return rows.n > 0;
}

static void test_random_queries_give_what_a_simple_model_gives(void **state)
{
	AUTO(tf_schema) s = NULL;
	AUTO(tf_adapter) a = NULL;
	struct err err = ERR_INIT;
	const struct tf_table *const tables[] = {&table};
	assert_int_equal(tf_schema_parse(schema_text, sizeof(schema_text) - 1, &s, NULL), 0);
	if (tf_adapter_for(s, tables, 1, NULL, &a, &err) < 0)
		fail_msg("%s", err.msg);
	uint64_t seed = seed_start();
	struct world w = {.schema = s, .types = {tf_adapter_type(a, "A"), tf_adapter_type(a, "B"), tf_adapter_type(a, "C")}};
	struct query *q = malloc(sizeof(*q));
	assert_non_null(q);
	int n_with_rows = 0;
	for (int i = 0; i < 6000; i++) {
		if (i % 20 == 0)
			make_world(&w, &seed);
		make_query(q, &w, &seed);
		n_with_rows += compare(a, &w, q);
	}
	free(q);
	assert_true(n_with_rows > 400); /* else the test shows little */
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_queries_give_what_a_simple_model_gives)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
