/*
 * params.h - the parameters of a model as one table: decoding, defaults, ranges and JSON Schema come out of it.
 *
 * Shapes:    a table of rows; each names a field of the parameter struct by its offset. Integers are int64_t fields,
 *            numbers double, flags bool.
 * Errors:    -EINVAL with err.field = "params.NAME": a value of the wrong type or outside its range (the message says
 *            which values are allowed), or a name that is not in the table (the nearest one is named).
 */
#ifndef MODEL_PARAMS_H
#define MODEL_PARAMS_H

#include "base/err.h"
#include "base/json.h"

#include <stddef.h>

enum model_param_kind { MODEL_PARAM_INT, MODEL_PARAM_NUM, MODEL_PARAM_FLAG };

struct model_param {
	const char *name, *doc, *unit; /* unit may be "" */
	enum model_param_kind kind;
	double lo, hi, fallback; /* a flag's fallback is 0 or 1 */
	size_t offset;
};

/* Fills the struct with defaults, then with what `params` (an object, or NULL) says. */
int model_params_read(const struct model_param *table, size_t n, const json_t *params, void *ret, struct err *err);
/* The JSON Schema of such an object; a new reference, NULL when memory is out. */
json_t *model_params_schema(const struct model_param *table, size_t n);

#endif
