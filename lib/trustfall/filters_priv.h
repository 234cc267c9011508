/*
 * filters_priv.h - the tests of @filter on values, and what is certain of a count that still grows.
 *
 * Errors:    none; a comparison that makes no sense is false, its negation true.
 */
#ifndef TRUSTFALL_FILTERS_PRIV_H
#define TRUSTFALL_FILTERS_PRIV_H

#include "trustfall/plan_priv.h"

/* Whether `v op with` holds; not for regex and not_regex. `with` is not looked at by the null checks. */
bool filter_holds(enum plan_op op, const struct tf_value *v, const struct tf_value *with);

enum filter_sure { FILTER_OPEN, FILTER_ALWAYS, FILTER_NEVER };
/* What `c op with` gives for every count c >= n. */
enum filter_sure filter_of_growing(enum plan_op op, uint64_t n, const struct tf_value *with);

#endif
