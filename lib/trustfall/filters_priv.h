/*
 * filters_priv.h - the tests of @filter on values, and what is certain of a count that still grows.
 *
 * Errors:    none; a comparison that makes no sense is false, its negation true.
 */
#ifndef TRUSTFALL_FILTERS_PRIV_H
#define TRUSTFALL_FILTERS_PRIV_H

#include "trustfall/plan_priv.h"

#include <string.h>

/* Whether `v op with` holds; not for regex and not_regex. `with` is not looked at by the null checks. */
bool filter_holds(enum plan_op op, const struct tf_value *v, const struct tf_value *with);

/* The same: what scans ask most is decided on the way. */
static inline bool filter_holds_here(enum plan_op op, const struct tf_value *v, const struct tf_value *with)
{
	if (v->kind == TF_STRING && with->kind == TF_STRING && op == PLAN_EQUAL)
		return v->n == with->n && (v->n == 0 || memcmp(v->s, with->s, v->n) == 0);
	if (v->kind != with->kind || (v->kind != TF_INT && v->kind != TF_FLOAT))
		return filter_holds(op, v, with);
	bool less = v->kind == TF_INT ? v->i < with->i : v->f < with->f;
	bool equal = v->kind == TF_INT ? v->i == with->i : v->f == with->f;
	switch (op) {
	case PLAN_EQUAL:
		return equal;
	case PLAN_NOT_EQUAL:
		return !equal;
	case PLAN_LESS:
		return less;
	case PLAN_LESS_EQUAL:
		return less || equal;
	case PLAN_GREATER:
		return !less && !equal;
	case PLAN_GREATER_EQUAL:
		return !less;
	default:
		return filter_holds(op, v, with);
	}
}

enum filter_sure { FILTER_OPEN, FILTER_ALWAYS, FILTER_NEVER };
/* What `c op with` gives for every count c >= n. */
enum filter_sure filter_of_growing(enum plan_op op, uint64_t n, const struct tf_value *with);

#endif
