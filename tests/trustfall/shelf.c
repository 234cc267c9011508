#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	int64_t id, check;
};

static const struct row *row_of(const struct tf_vertex *v)
{
	const struct row *r = v->p;
	if (r->id < 0 || r->check != ~r->id) {
		fprintf(stderr, "a vertex is read after its iterator went on\n");
		abort();
	}
	return r;
}

static int get_id(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	struct shelf *s = tf_context_user(c);
	(void)err;
	s->got++;
	*ret = tf_int(row_of(v)->id);
	return 0;
}

static int get_name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	static const char *const names[] = {"t0", "t1", "t2", "t3", "t4", "t5", "t6", NULL, "t8", "t9"};
	(void)c, (void)err;
	*ret = tf_string(names[row_of(v)->id % 10]);
	return 0;
}

static int get_label(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	struct shelf *s = tf_context_user(c);
	s->labels++;
	const char *text = tf_context_printf(c, "thing %04d", (int)row_of(v)->id);
	*ret = tf_string(text);
	return text ? 0 : err_set(err, -ENOMEM, "label");
}

static int get_weight(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	(void)c, (void)err;
	*ret = tf_float((double)row_of(v)->id / 2);
	return 0;
}

static int get_tags(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	int64_t id = row_of(v)->id;
	struct tf_value *list = tf_context_take(c, 2 * sizeof(*list));
	if (!list)
		return err_set(err, -ENOMEM, "tags");
	list[0] = tf_string(id % 2 ? "odd" : "even");
	list[1] = tf_string("big");
	*ret = tf_list(list, id >= 100 ? 2 : 1);
	return 0;
}

/* ---- edges: s[0] the next, s[1] the one behind the last, s[4] and s[5] the row that is lent ---- */

static struct row *lent(struct tf_iter *it)
{
	return (struct row *)(void *)&it->s[4];
}

static int next_thing(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	struct shelf *s = tf_context_user(it->context);
	int64_t i = it->s[0].i++;
	*lent(it) = (struct row){-1, 0};
	if (i >= it->s[1].i || tf_context_ends(it->context))
		return 0;
	if (i == s->fail_at)
		return err_set(err, -EIO, "thing %d is broken", (int)i);
	if (i == s->cancel_at)
		atomic_store(&s->cancel, true);
	if (i >= s->move_at)
		clock_fake_advance(&s->clock, NS_PER_MS);
	s->yielded++;
	*lent(it) = (struct row){i, ~i};
	*ret = (struct tf_vertex){.type = i == s->odd_at ? 999 : i % 3 ? s->ball : s->box, .p = lent(it)};
	return 1;
}

static void close_things(struct tf_iter *it)
{
	struct shelf *s = tf_context_user(it->context);
	*lent(it) = (struct row){-2, 0};
	s->closed++;
}

static void things(struct tf_iter *it, int64_t from, int64_t to)
{
	struct shelf *s = tf_context_user(it->context);
	s->opened++;
	*lent(it) = (struct row){-3, 0};
	it->s[0].i = from;
	it->s[1].i = to < s->n ? to : s->n;
	it->next = next_thing;
	it->close = close_things;
}

static void note_value(struct strbuf *b, const char *what, const char *property, const struct tf_value *v)
{
	struct json_out o;
	(void)strbuf_addf(b, " %s %s ", property, what);
	json_out_init(&o, b);
	tf_value_write(&o, v);
}

/* Those on the id one by one, between brackets. */
static void note_filters(struct strbuf *b, const struct tf_hints *h)
{
	static const char *const names[] = {
		[TF_OP_EQUAL] = "=",	[TF_OP_NOT_EQUAL] = "!=",      [TF_OP_LESS] = "<",     [TF_OP_LESS_EQUAL] = "<=",
		[TF_OP_GREATER] = ">",	[TF_OP_GREATER_EQUAL] = ">=",  [TF_OP_CONTAINS] = "has", [TF_OP_NOT_CONTAINS] = "has not",
		[TF_OP_ONE_OF] = "in",	[TF_OP_OTHER] = "other"};
	const struct tf_value *v;
	enum tf_op op;
	for (size_t at = 0; tf_hint_sieve(h, "id", &at, &op, &v);) {
		struct json_out o;
		(void)strbuf_addf(b, " [%s ", names[op]);
		json_out_init(&o, b);
		tf_value_write(&o, v ? v : &TF_VALUE_NULL);
		(void)strbuf_adds(b, "]");
	}
}

static void note_sieve(struct strbuf *b, const char *edge, const struct tf_hints *h)
{
	(void)strbuf_addf(b, "%s%s:", b->n ? "\n" : "", edge);
	for (int64_t id = 0; tf_hint_sifts(h, "id") && id < 4; id++) {
		const struct tf_value v = tf_int(id);
		if (tf_hint_passes(h, "id", &v))
			(void)strbuf_addf(b, " %d", (int)id);
	}
	if (!tf_hint_sifts(h, "id"))
		(void)strbuf_adds(b, " all");
	note_filters(b, h);
	if (tf_hint_sifts(h, "name"))
		(void)strbuf_adds(b, tf_hint_passes(h, "name", &TF_VALUE_NULL) ? ", null" : ", no null");
}

static void note_hints(struct shelf *s, const char *edge, const struct tf_hints *h)
{
	static const char *const names[] = {"id", "name", "label", "weight", "tags", "__typename"};
	struct tf_value v, high;
	const struct tf_value *list;
	size_t n;
	if (s->sieve)
		note_sieve(&s->hints, edge, h);
	if (!s->note)
		return;
	(void)strbuf_addf(&s->hints, "%s%s: %s;", s->hints.n ? "\n" : "", edge, tf_hint_type(h)->name);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (tf_hint_uses(h, names[i]))
			(void)strbuf_addf(&s->hints, " uses %s", names[i]);
		if (tf_hint_equal(h, names[i], &v))
			note_value(&s->hints, "=", names[i], &v);
		if (tf_hint_contains(h, names[i], &v))
			note_value(&s->hints, "has", names[i], &v);
		if (tf_hint_prefix(h, names[i], &v))
			note_value(&s->hints, "begins", names[i], &v);
		if (tf_hint_one_of(h, names[i], &list, &n)) {
			v = tf_list(list, n);
			note_value(&s->hints, "in", names[i], &v);
		}
		if (tf_hint_range(h, names[i], &v, &high)) {
			note_value(&s->hints, "from", names[i], &v);
			note_value(&s->hints, "to", names[i], &high);
		}
	}
}

static int open_things(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	struct shelf *s = tf_context_user(c);
	struct tf_value low, high;
	(void)from, (void)err;
	note_hints(s, "Things", hints);
	things(it, 0, params[0].kind == TF_INT ? params[0].i : s->n);
	if (s->use_hints && tf_hint_range(hints, "id", &low, &high)) {
		if (low.kind == TF_INT && low.i > 0)
			it->s[0].i = low.i;
		if (high.kind == TF_INT && high.i < it->s[1].i)
			it->s[1].i = high.i + 1 < it->s[1].i ? high.i + 1 : it->s[1].i;
	}
	return 0;
}

static int open_inside(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	int64_t i = row_of(from)->id;
	(void)params, (void)err;
	note_hints(tf_context_user(c), "inside", hints);
	things(it, 10 * i + 1, 10 * i + 1 + i % 4);
	return 0;
}

static int open_next(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		     struct tf_iter *it, struct err *err)
{
	int64_t i = row_of(from)->id;
	(void)c, (void)params, (void)hints, (void)err;
	things(it, i + 1, i + 2);
	return 0;
}

static int open_pair(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		     struct tf_iter *it, struct err *err)
{
	int64_t i = row_of(from)->id;
	(void)params, (void)err;
	note_hints(tf_context_user(c), "pair", hints);
	/* Something that lives until it is closed, for the order in which that is given back. */
	char *mine = tf_context_take(c, 24);
	if (!mine)
		return err_set(err, -ENOMEM, "pair");
	memset(mine, 0, 24);
	things(it, i + 1, i + 3);
	return 0;
}

static const char *const is_thing[] = {"Thing", NULL};
static const struct tf_property_row thing_properties[] = {
	{.name = "id", .type = "Int!", .doc = "Its number.", .get = get_id},
	{.name = "name", .type = "String", .doc = "Its name, if it has one.", .get = get_name},
	{.name = "label", .type = "String!", .doc = "What is written on it.", .get = get_label},
	{.name = "weight", .type = "Float!", .doc = "What it weighs, in kilograms.", .get = get_weight},
	{.name = "tags", .type = "[String!]!", .doc = "What it is called.", .get = get_tags},
};
static const struct tf_edge_row thing_edges[] = {
	{.name = "next", .type = "Thing", .doc = "The thing after it.", .open = open_next},
	{.name = "pair", .type = "[Thing!]!", .doc = "The two things after it.", .open = open_pair},
};
static const struct tf_edge_row box_edges[] = {
	{.name = "inside", .type = "[Thing!]!", .doc = "What is in it.", .open = open_inside},
};
static const struct tf_type_row types[] = {
	{.name = "Thing", .doc = "Anything on the shelf.", .interface = true, TF_PROPERTIES(thing_properties), TF_EDGES(thing_edges)},
	{.name = "Box", .doc = "A thing with things inside.", .implements = is_thing, TF_EDGES(box_edges)},
	{.name = "Ball", .doc = "A round thing.", .implements = is_thing},
};
static const struct tf_param_row things_params[] = {{.name = "n", .type = "Int", .doc = "How many, from the first one on."}};
static const struct tf_edge_row roots[] = {
	{.name = "Things", .type = "[Thing!]!", .doc = "All things.", TF_PARAMS(things_params), .open = open_things},
};
const struct tf_table shelf_table = {types, COUNT_OF(types), roots, COUNT_OF(roots)};

struct tf_adapter *shelf_adapter(void)
{
	static const struct tf_table *const tables[] = {&shelf_table};
	struct tf_adapter *a = NULL;
	struct err e = ERR_INIT;
	if (tf_adapter_new(tables, 1, NULL, &a, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		abort();
	}
	return a;
}

void shelf_init(struct shelf *s, const struct tf_adapter *a, int64_t n)
{
	*s = (struct shelf){.n = n, .fail_at = -1, .odd_at = -1, .cancel_at = -1, .move_at = INT64_MAX};
	s->box = tf_adapter_type(a, "Box");
	s->ball = tf_adapter_type(a, "Ball");
	clock_fake_init(&s->clock, NS_PER_SEC, 0);
}

void shelf_done(struct shelf *s)
{
	strbuf_done(&s->hints);
}
