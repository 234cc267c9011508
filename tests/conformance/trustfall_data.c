#include "trustfall_data.h"

#include <string.h>

#include "base/banned.h"

static bool is_prime(int64_t n)
{
	if (n < 2)
		return n == -1;
	for (int64_t d = 2; d <= n / d; d++)
		if (n % d == 0)
			return false;
	return true;
}

static struct tf_vertex number(struct tf_context *c, int64_t n)
{
	const struct numbers *u = tf_context_user(c);
	return (struct tf_vertex){.type = n == 0 || n == 1 ? u->neither : is_prime(n) ? u->prime : u->composite, .i = n};
}

static const char *name_of(int64_t n)
{
	static const char *const names[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
					    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
					    "nineteen", "twenty"};
	return n >= 0 && n < (int64_t)COUNT_OF(names) ? names[n] : NULL;
}

static int get_name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	(void)c, (void)err;
	*ret = tf_string(name_of(v->i));
	return 0;
}

static int get_value(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	(void)c, (void)err;
	*ret = tf_int(v->i);
	return 0;
}

static int get_vowels(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const char *name = name_of(v->i);
	*ret = TF_VALUE_NULL;
	if (!name)
		return 0;
	size_t n = 0;
	struct tf_value *list = tf_context_take(c, strlen(name) * sizeof(*list));
	if (!list)
		return err_set(err, -ENOMEM, "vowels");
	for (; *name; name++)
		if (strchr("aeiou", *name))
			list[n++] = tf_stringn(name, 1);
	*ret = tf_list(list, n);
	return 0;
}

/* ---- edges ---- */

/* s[0] first, s[1] last, both to be given. */
static int next_in_range(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)err;
	if (it->s[0].i > it->s[1].i || it->s[0].i == INT64_MAX)
		return 0;
	*ret = number(it->context, it->s[0].i++);
	return 1;
}

/* No number here is beyond int64. */
static int64_t bound(const struct tf_value *v)
{
	return v->kind == TF_UINT ? INT64_MAX : v->kind == TF_INT ? v->i : 0;
}

static int open_range(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		      struct tf_iter *it, struct err *err)
{
	(void)c, (void)from, (void)hints, (void)err;
	it->s[0].i = bound(&params[0]);
	it->s[1].i = bound(&params[1]);
	it->next = next_in_range;
	return 0;
}

#define OPEN_ONE(name, n) \
	static int open_##name(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, \
			       const struct tf_hints *hints, struct tf_iter *it, struct err *err) \
	{ \
		(void)from, (void)params, (void)hints, (void)err; \
		tf_iter_one(it, number(c, n)); \
		return 0; \
	}
OPEN_ONE(zero, 0)
OPEN_ONE(one, 1)
OPEN_ONE(two, 2)
OPEN_ONE(four, 4)

static int open_predecessor(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			    const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	(void)params, (void)hints, (void)err;
	if (from->i > 0)
		tf_iter_one(it, number(c, from->i - 1));
	else
		tf_iter_none(it);
	return 0;
}

static int open_successor(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			  const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	(void)params, (void)hints, (void)err;
	tf_iter_one(it, number(c, from->i + 1));
	return 0;
}

/* s[0] the number, s[1] the next factor, s[2] the last. */
static int next_multiple(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	int64_t product;
	(void)err;
	if (it->s[1].i > it->s[2].i || __builtin_mul_overflow(it->s[0].i, it->s[1].i, &product))
		return 0;
	it->s[1].i++;
	*ret = number(it->context, product);
	return 1;
}

static int open_multiple(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			 const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	const struct numbers *u = tf_context_user(c);
	(void)hints, (void)err;
	it->s[0].i = from->i;
	it->s[1].i = from->type == u->prime ? 2 : 1;
	it->s[2].i = from->type == u->neither ? 0 : bound(&params[0]);
	it->next = next_multiple;
	return 0;
}

/* s[0] the number, s[1] the next candidate. */
static int next_divisor(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)err;
	while (it->s[1].i < it->s[0].i) {
		int64_t d = it->s[1].i++;
		if (it->s[0].i % d == 0) {
			*ret = number(it->context, d);
			return 1;
		}
	}
	return 0;
}

static int open_divisor(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	(void)c, (void)params, (void)hints, (void)err;
	it->s[0].i = from->i;
	it->s[1].i = 1;
	it->next = next_divisor;
	return 0;
}

/* s[0] the number, s[1] the next candidate, s[2] the last; -1 comes first and is no candidate. */
static int next_factor(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	(void)err;
	while (it->s[1].i <= it->s[2].i) {
		int64_t p = it->s[1].i;
		it->s[1].i = p == -1 ? 2 : p + 1;
		if (p == -1 || (it->s[0].i % p == 0 && is_prime(p))) {
			*ret = number(it->context, p);
			return 1;
		}
	}
	return 0;
}

static int open_factor(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
		       const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	(void)c, (void)params, (void)hints, (void)err;
	it->s[0].i = from->i;
	it->s[1].i = from->i < 0 ? -1 : 2;
	it->s[2].i = from->i < 0 ? 3 : from->i;
	it->next = next_factor;
	return 0;
}

static bool coerce(struct tf_context *c, const struct tf_vertex *v, const struct tf_type_def *to)
{
	const struct numbers *u = tf_context_user(c);
	if (to->index == u->neither)
		return v->type == u->composite; /* as published */
	return tf_type_is(tf_schema_type_at(tf_adapter_schema(tf_context_adapter(c)), v->type), to);
}

/* Types and parameters stand in the published schema. */
static const char *const is_named[] = {"Named", NULL}, *const is_number[] = {"Number", "Named", NULL};
static const struct tf_property_row named[] = {{.name = "name", .get = get_name}};
static const struct tf_property_row properties[] = {
	{.name = "value", .get = get_value},
	{.name = "vowelsInName", .get = get_vowels},
};
static const struct tf_edge_row edges[] = {
	{.name = "predecessor", .open = open_predecessor},
	{.name = "successor", .open = open_successor},
	{.name = "multiple", .open = open_multiple},
};
static const struct tf_edge_row composite_edges[] = {
	{.name = "divisor", .open = open_divisor},
	{.name = "primeFactor", .open = open_factor},
};
static const struct tf_type_row types[] = {
	{.name = "Named", .interface = true, TF_PROPERTIES(named)},
	{.name = "Number", .interface = true, .implements = is_named, TF_PROPERTIES(properties), TF_EDGES(edges)},
	{.name = "Neither", .implements = is_number},
	{.name = "Prime", .implements = is_number},
	{.name = "Composite", .implements = is_number, TF_EDGES(composite_edges)},
	{.name = "Letter", .implements = is_named},
};
static const struct tf_edge_row roots[] = {
	{.name = "Number", .open = open_range},
	{.name = "NumberImplicitNullDefault", .open = open_range},
	{.name = "Zero", .open = open_zero},
	{.name = "One", .open = open_one},
	{.name = "Two", .open = open_two},
	{.name = "Four", .open = open_four},
};
static const struct tf_table numbers_table = {types, COUNT_OF(types), roots, COUNT_OF(roots)};

/* ---- nullables ---- */

static int get_nothing(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	(void)c, (void)v, (void)err;
	*ret = TF_VALUE_NULL;
	return 0;
}

static int open_nothing(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	(void)c, (void)from, (void)params, (void)hints, (void)err;
	tf_iter_none(it);
	return 0;
}

enum { FIELDS_MAX = 64 };

/* Rows for whatever fields the schema has. */
static int nothing_for(const struct tf_schema *s, struct tf_adapter **ret, struct err *err)
{
	struct tf_property_row p[FIELDS_MAX];
	struct tf_edge_row e[2 * FIELDS_MAX];
	struct tf_type_row t[FIELDS_MAX];
	size_t n_p = 0, n_e = 0, n_t = tf_schema_n_types(s);
	for (size_t i = 0; i < n_t && i < FIELDS_MAX; i++) {
		const struct tf_type_def *def = tf_schema_type_at(s, i);
		t[i] = (struct tf_type_row){.name = def->name, .interface = def->interface, .properties = p + n_p, .edges = e + n_e};
		for (size_t j = 0; j < def->n_fields && n_p < FIELDS_MAX && n_e < FIELDS_MAX; j++)
			if (def->fields[j].target)
				e[n_e++] = (struct tf_edge_row){.name = def->fields[j].name, .open = open_nothing};
			else
				p[n_p++] = (struct tf_property_row){.name = def->fields[j].name, .get = get_nothing};
		t[i].n_properties = (size_t)(p + n_p - t[i].properties);
		t[i].n_edges = (size_t)(e + n_e - t[i].edges);
	}
	const struct tf_type_def *root = tf_schema_root(s);
	const struct tf_edge_row *first = e + n_e;
	for (size_t j = 0; j < root->n_fields && j < FIELDS_MAX; j++)
		e[n_e++] = (struct tf_edge_row){.name = root->fields[j].name, .open = open_nothing};
	const struct tf_table table = {t, n_t < FIELDS_MAX ? n_t : FIELDS_MAX, first, (size_t)(e + n_e - first)};
	const struct tf_table *const all[] = {&table};
	return tf_adapter_for(s, all, 1, NULL, ret, err);
}

int trustfall_data(const char *name, const struct tf_schema *s, struct numbers *user, struct tf_adapter **ret, struct err *err)
{
	static const struct tf_table *const tables[] = {&numbers_table};
	*ret = NULL;
	if (str_eq(name, "nullables"))
		return nothing_for(s, ret, err);
	if (!str_eq(name, "numbers"))
		return 0;
	int r = tf_adapter_for(s, tables, 1, coerce, ret, err);
	if (r < 0)
		return r;
	user->neither = tf_adapter_type(*ret, "Neither");
	user->prime = tf_adapter_type(*ret, "Prime");
	user->composite = tf_adapter_type(*ret, "Composite");
	return 0;
}
