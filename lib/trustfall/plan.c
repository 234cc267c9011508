#include "trustfall/plan_priv.h"

#include <string.h>

#include "trustfall/query_priv.h"

#include "base/banned.h"

static const char *const op_names[PLAN_OP_COUNT] = {
	[PLAN_IS_NULL] = "is_null",
	[PLAN_IS_NOT_NULL] = "is_not_null",
	[PLAN_EQUAL] = "=",
	[PLAN_NOT_EQUAL] = "!=",
	[PLAN_LESS] = "<",
	[PLAN_LESS_EQUAL] = "<=",
	[PLAN_GREATER] = ">",
	[PLAN_GREATER_EQUAL] = ">=",
	[PLAN_CONTAINS] = "contains",
	[PLAN_NOT_CONTAINS] = "not_contains",
	[PLAN_ONE_OF] = "one_of",
	[PLAN_NOT_ONE_OF] = "not_one_of",
	[PLAN_HAS_PREFIX] = "has_prefix",
	[PLAN_NOT_HAS_PREFIX] = "not_has_prefix",
	[PLAN_HAS_SUFFIX] = "has_suffix",
	[PLAN_NOT_HAS_SUFFIX] = "not_has_suffix",
	[PLAN_HAS_SUBSTRING] = "has_substring",
	[PLAN_NOT_HAS_SUBSTRING] = "not_has_substring",
	[PLAN_REGEX] = "regex",
	[PLAN_NOT_REGEX] = "not_regex",
};

const char *plan_op_name(enum plan_op op)
{
	return op < PLAN_OP_COUNT ? op_names[op] : "?";
}

enum plan_op plan_op_from(const char *name)
{
	enum plan_op op = 0;
	while (op < PLAN_OP_COUNT && strcmp(op_names[op], name) != 0)
		op++;
	return op;
}
