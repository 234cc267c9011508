/*
 * query.h - a query, compiled against a schema: what it gives, what it asks to be told, and what is wrong with it.
 *
 * Lifetime:  a query uses its schema; the schema must outlive it.
 * Threads:   immutable once made: any number of threads may run one.
 * Errors:    -EINVAL with everything that is wrong in `errors` (parse errors, else those of the checks against the schema);
 *            -EMSGSIZE (LIMIT_TRUSTFALL_QUERY_BYTES), -E2BIG (LIMIT_TRUSTFALL_QUERY_DEPTH, LIMIT_TRUSTFALL_PARAMETERS,
 *            LIMIT_TRUSTFALL_QUERY_VERTICES, LIMIT_TRUSTFALL_RECURSION), both as an error of `errors` too; -ENOMEM.
 * Source:    Trustfall's query language.
 */
#ifndef TRUSTFALL_QUERY_H
#define TRUSTFALL_QUERY_H

#include "trustfall/schema.h"

struct tf_column {
	const char *name;
	struct tf_type type;
};

struct tf_query;
int tf_query_compile(const struct tf_schema *s, const char *text, size_t n, struct tf_query **ret, struct tf_errors *errors);
void tf_query_free(struct tf_query *q);
AUTO_DEFINE(tf_query);

/* What a row has, in the order in which the query names it. */
size_t tf_query_n_outputs(const struct tf_query *q);
const struct tf_column *tf_query_output(const struct tf_query *q, size_t i);
/* What has to be given, by name. */
size_t tf_query_n_variables(const struct tf_query *q);
const struct tf_column *tf_query_variable(const struct tf_query *q, size_t i);
/* Appends how it will be run: each vertex, how it is reached, its filters, what they may tell the adapter. */
int tf_query_explain(const struct tf_query *q, struct strbuf *b);

/* The values of a query's variables; `given` is a JSON object, NULL: {}. All that is missing, unused or of a wrong type is told at once. */
struct tf_arguments;
int tf_arguments_bind(const struct tf_query *q, const json_t *given, struct tf_arguments **ret, struct tf_errors *errors);
void tf_arguments_free(struct tf_arguments *a);
/*
 * The same values for clients whose JSON does not tell 4 from 4.0: whole numbers are floats where the query wants Float. New; NULL when
 * memory is out. `given` is an object.
 */
json_t *tf_arguments_widened(const struct tf_query *q, const json_t *given);
AUTO_DEFINE(tf_arguments);

#endif
