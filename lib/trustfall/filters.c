#include "trustfall/filters_priv.h"

#include <string.h>

#include "base/banned.h"

static bool is_less(const struct tf_value *a, const struct tf_value *b, bool or_equal)
{
	int order;
	return tf_value_order(a, b, &order) && (or_equal ? order <= 0 : order < 0);
}

static bool is_in(const struct tf_value *v, const struct tf_value *list)
{
	if (list->kind == TF_LIST)
		for (uint32_t i = 0; i < list->n; i++)
			if (tf_value_equal(&list->v[i], v))
				return true;
	return false;
}

static bool both_strings(const struct tf_value *a, const struct tf_value *b)
{
	return a->kind == TF_STRING && b->kind == TF_STRING;
}

/* `at` bytes into v. */
static bool has_at(const struct tf_value *v, const struct tf_value *part, size_t at)
{
	return part->n == 0 || memcmp(v->s + at, part->s, part->n) == 0;
}

static bool has_prefix(const struct tf_value *v, const struct tf_value *part)
{
	return both_strings(v, part) && part->n <= v->n && has_at(v, part, 0);
}

static bool has_suffix(const struct tf_value *v, const struct tf_value *part)
{
	return both_strings(v, part) && part->n <= v->n && has_at(v, part, v->n - part->n);
}

static bool has_substring(const struct tf_value *v, const struct tf_value *part)
{
	return both_strings(v, part) && (part->n == 0 || (v->n && memmem(v->s, v->n, part->s, part->n)));
}

bool filter_holds(enum plan_op op, const struct tf_value *v, const struct tf_value *with)
{
	switch (op) {
	case PLAN_IS_NULL:
		return v->kind == TF_NULL;
	case PLAN_IS_NOT_NULL:
		return v->kind != TF_NULL;
	case PLAN_EQUAL:
		return tf_value_equal(v, with);
	case PLAN_NOT_EQUAL:
		return !tf_value_equal(v, with);
	case PLAN_LESS:
		return is_less(v, with, false);
	case PLAN_LESS_EQUAL:
		return is_less(v, with, true);
	case PLAN_GREATER:
		return is_less(with, v, false);
	case PLAN_GREATER_EQUAL:
		return is_less(with, v, true);
	case PLAN_CONTAINS:
		return is_in(with, v);
	case PLAN_NOT_CONTAINS:
		return !is_in(with, v);
	case PLAN_ONE_OF:
		return is_in(v, with);
	case PLAN_NOT_ONE_OF:
		return !is_in(v, with);
	case PLAN_HAS_PREFIX:
		return has_prefix(v, with);
	case PLAN_NOT_HAS_PREFIX:
		return !has_prefix(v, with);
	case PLAN_HAS_SUFFIX:
		return has_suffix(v, with);
	case PLAN_NOT_HAS_SUFFIX:
		return !has_suffix(v, with);
	case PLAN_HAS_SUBSTRING:
		return has_substring(v, with);
	case PLAN_NOT_HAS_SUBSTRING:
		return !has_substring(v, with);
	default:
		return false;
	}
}

static enum filter_sure opposite(enum filter_sure s)
{
	return s == FILTER_OPEN ? FILTER_OPEN : s == FILTER_ALWAYS ? FILTER_NEVER : FILTER_ALWAYS;
}

/* Whether every count from n on is greater than that; null and the like never are equal either. */
static bool is_above(uint64_t n, const struct tf_value *v)
{
	struct tf_value count = tf_uint(n);
	return v->kind != TF_INT && v->kind != TF_UINT ? true : is_less(v, &count, false);
}

static bool is_above_all(uint64_t n, const struct tf_value *list)
{
	for (uint32_t i = 0; list->kind == TF_LIST && i < list->n; i++)
		if (!is_above(n, &list->v[i]))
			return false;
	return true;
}

enum filter_sure filter_of_growing(enum plan_op op, uint64_t n, const struct tf_value *with)
{
	struct tf_value count = tf_uint(n);
	switch (op) {
	case PLAN_IS_NULL:
		return FILTER_NEVER;
	case PLAN_IS_NOT_NULL:
		return FILTER_ALWAYS;
	case PLAN_GREATER:
	case PLAN_GREATER_EQUAL:
		return filter_holds(op, &count, with) ? FILTER_ALWAYS : FILTER_OPEN;
	case PLAN_LESS:
	case PLAN_LESS_EQUAL:
		return filter_holds(op, &count, with) ? FILTER_OPEN : FILTER_NEVER;
	case PLAN_EQUAL:
		return is_above(n, with) ? FILTER_NEVER : FILTER_OPEN;
	case PLAN_NOT_EQUAL:
		return opposite(filter_of_growing(PLAN_EQUAL, n, with));
	case PLAN_ONE_OF:
		return is_above_all(n, with) ? FILTER_NEVER : FILTER_OPEN;
	case PLAN_NOT_ONE_OF:
		return opposite(filter_of_growing(PLAN_ONE_OF, n, with));
	default:
		return FILTER_OPEN;
	}
}
