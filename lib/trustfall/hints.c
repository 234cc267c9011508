/*
 * hints.c - the filters of a vertex as its edge may use them.
 *
 * Nothing is told that an adapter could take wrongly: no null, no integer beyond int64, no tag whose scope is missing (such a
 * filter passes). Below @optional and @recurse filters are not told at all: there they do not decide what the edge yields.
 */
#include "trustfall/filters_priv.h"
#include "trustfall/run_priv.h"

#include "base/banned.h"

static bool is_plain(const struct tf_value *v)
{
	return v->kind != TF_NULL && v->kind != TF_UINT;
}

/* Filters of the vertex on that property, one after the other: their operation and operand. */
static const struct tf_value *next_filter(const struct tf_hints *h, const char *property, size_t *at, enum plan_op *ret_op)
{
	const struct walk_vertex *w = h->w;
	while (h->offered && *at < w->n_filters) {
		struct walk_filter *f = &w->filters[(*at)++];
		const struct tf_value *v;
		*ret_op = f->op;
		bool own = f->tag && f->tag->read.vertex == f->subject.vertex; /* is not there yet */
		if ((f->value || f->tag) && !own && str_eq(f->subject.name, property) && walk_operand(h->run, f, &v, NULL) == 1)
			return v;
	}
	return NULL;
}

static bool find(const struct tf_hints *h, const char *property, enum plan_op op, struct tf_value *ret)
{
	enum plan_op has;
	const struct tf_value *v;
	for (size_t at = 0; (v = next_filter(h, property, &at, &has)) != NULL;)
		if (has == op && is_plain(v)) {
			*ret = *v;
			return true;
		}
	return false;
}

bool tf_hint_equal(const struct tf_hints *h, const char *property, struct tf_value *ret)
{
	return find(h, property, PLAN_EQUAL, ret);
}

bool tf_hint_contains(const struct tf_hints *h, const char *property, struct tf_value *ret)
{
	return find(h, property, PLAN_CONTAINS, ret);
}

bool tf_hint_prefix(const struct tf_hints *h, const char *property, struct tf_value *ret)
{
	return find(h, property, PLAN_HAS_PREFIX, ret);
}

bool tf_hint_one_of(const struct tf_hints *h, const char *property, const struct tf_value **ret, size_t *ret_n)
{
	struct tf_value list;
	if (!find(h, property, PLAN_ONE_OF, &list) || list.kind != TF_LIST)
		return false;
	for (uint32_t i = 0; i < list.n; i++)
		if (!is_plain(&list.v[i]))
			return false;
	*ret = list.v;
	*ret_n = list.n;
	return true;
}

/* Keeps the narrower bound. */
static void narrow(struct tf_value *bound, const struct tf_value *v, int sign)
{
	int order;
	if (bound->kind == TF_NULL || (tf_value_order(v, bound, &order) && order * sign > 0))
		*bound = *v;
}

bool tf_hint_range(const struct tf_hints *h, const char *property, struct tf_value *ret_low, struct tf_value *ret_high)
{
	enum plan_op op;
	const struct tf_value *v;
	struct tf_value low = TF_VALUE_NULL, high = TF_VALUE_NULL;
	for (size_t at = 0; (v = next_filter(h, property, &at, &op)) != NULL;) {
		if (!is_plain(v) || v->kind == TF_BOOL) /* equal to one is between nothing: true and false have no order */
			continue;
		if (op == PLAN_GREATER || op == PLAN_GREATER_EQUAL || op == PLAN_EQUAL)
			narrow(&low, v, 1);
		if (op == PLAN_LESS || op == PLAN_LESS_EQUAL || op == PLAN_EQUAL)
			narrow(&high, v, -1);
	}
	*ret_low = low;
	*ret_high = high;
	return low.kind != TF_NULL || high.kind != TF_NULL;
}

/* The next filter on the property that says the same of equal values through the whole run. */
static const struct walk_filter *next_sieve(const struct tf_hints *h, const char *property, size_t *at)
{
	while (h->offered && *at < h->w->n_filters) {
		const struct walk_filter *f = &h->w->filters[(*at)++];
		if (!f->tag && f->op != PLAN_REGEX && f->op != PLAN_NOT_REGEX && str_eq(f->subject.name, property))
			return f;
	}
	return NULL;
}

bool tf_hint_sifts(const struct tf_hints *h, const char *property)
{
	size_t at = 0;
	return next_sieve(h, property, &at) != NULL;
}

bool tf_hint_passes(const struct tf_hints *h, const char *property, const struct tf_value *v)
{
	const struct walk_filter *f;
	for (size_t at = 0; (f = next_sieve(h, property, &at)) != NULL;)
		if (!filter_holds_here(f->op, v, f->value))
			return false;
	return true;
}

static enum tf_op op_of(enum plan_op op)
{
	switch (op) {
	case PLAN_EQUAL:
		return TF_OP_EQUAL;
	case PLAN_NOT_EQUAL:
		return TF_OP_NOT_EQUAL;
	case PLAN_LESS:
		return TF_OP_LESS;
	case PLAN_LESS_EQUAL:
		return TF_OP_LESS_EQUAL;
	case PLAN_GREATER:
		return TF_OP_GREATER;
	case PLAN_GREATER_EQUAL:
		return TF_OP_GREATER_EQUAL;
	case PLAN_CONTAINS:
		return TF_OP_CONTAINS;
	case PLAN_NOT_CONTAINS:
		return TF_OP_NOT_CONTAINS;
	case PLAN_ONE_OF:
		return TF_OP_ONE_OF;
	default:
		return TF_OP_OTHER;
	}
}

bool tf_hint_sieve(const struct tf_hints *h, const char *property, size_t *at, enum tf_op *ret_op, const struct tf_value **ret)
{
	const struct walk_filter *f = next_sieve(h, property, at);
	if (!f)
		return false;
	*ret_op = op_of(f->op);
	*ret = f->value;
	return true;
}

const struct tf_type_def *tf_hint_type(const struct tf_hints *h)
{
	const struct plan_vertex *p = h->w->plan;
	return h->offered ? p->type : p->edge.field->target;
}

bool tf_hint_uses(const struct tf_hints *h, const char *name)
{
	const char *has;
	for (size_t i = 0; (has = tf_hint_use(h, i)) != NULL; i++)
		if (str_eq(has, name))
			return true;
	return false;
}

const char *tf_hint_use(const struct tf_hints *h, size_t i)
{
	const struct plan_vertex *p = h->w->plan;
	return i < p->n_uses ? p->uses[i] : NULL;
}

uint64_t *tf_hint_note(const struct tf_hints *h)
{
	return &h->run->vertices[h->w - h->run->vertices].note;
}
