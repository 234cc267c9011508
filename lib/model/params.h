/*
 * params.h - the parameters of a model as one table: decoding, defaults, ranges and JSON Schema come out of it.
 *
 * Shapes:    a table of rows; each names a field of the parameter struct by its offset. Integers are int64_t fields,
 *            numbers double, flags bool; a choice is an int64_t, the place in a list of names; a text is a char array of
 *            `size` bytes, its end counted. PARAM_INT and its like write rows.
 * Errors:    -EINVAL with err.field = "params.NAME": a value of the wrong type or outside its range (the message says
 *            which values are allowed), or a name that is not in the table or list (the nearest one is named).
 */
#ifndef MODEL_PARAMS_H
#define MODEL_PARAMS_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

#include <stddef.h>

enum model_param_kind { MODEL_PARAM_INT, MODEL_PARAM_NUM, MODEL_PARAM_FLAG, MODEL_PARAM_CHOICE, MODEL_PARAM_TEXT };

#define MODEL_PARAMS_MAX 32 /* rows of a table */

struct model_param {
	const char *name, *doc, *unit; /* unit may be "" */
	enum model_param_kind kind;
	double lo, hi, fallback; /* a flag's fallback is 0 or 1, a choice's the place in its list */
	size_t offset;
	const char *const *choices; /* of a choice: names, NULL at the end */
	size_t size;                /* of a text */
	const char *text;           /* of a text: its default; NULL is "" */
};

struct model_table {
	const struct model_param *rows;
	size_t n; /* 0 to MODEL_PARAMS_MAX */
};
#define MODEL_TABLE(rows) { rows, COUNT_OF(rows) }

/* Rows for field `field` of `struct type`; the parameter is called like the field. */
#define PARAM_INT(type, field, lo, hi, fallback, unit, doc) \
	{ #field, doc, unit, MODEL_PARAM_INT, lo, hi, fallback, offsetof(struct type, field), NULL, 0, NULL }
#define PARAM_NUM(type, field, lo, hi, fallback, unit, doc) \
	{ #field, doc, unit, MODEL_PARAM_NUM, lo, hi, fallback, offsetof(struct type, field), NULL, 0, NULL }
#define PARAM_FLAG(type, field, fallback, doc) \
	{ #field, doc, "", MODEL_PARAM_FLAG, 0, 1, fallback, offsetof(struct type, field), NULL, 0, NULL }
#define PARAM_CHOICE(type, field, names, fallback, doc) \
	{ #field, doc, "", MODEL_PARAM_CHOICE, 0, 0, fallback, offsetof(struct type, field), names, 0, NULL }
#define PARAM_TEXT(type, field, fallback, doc) \
	{ #field, doc, "", MODEL_PARAM_TEXT, 0, 0, 0, offsetof(struct type, field), NULL, sizeof(((struct type *)0)->field), fallback }

/* Fills the struct with defaults, then with what `params` (an object, or NULL) says. */
int model_params_read(const struct model_table *table, const json_t *params, void *ret, struct err *err);
/* Whether a struct that was filled in C keeps to its table: 0 or -EINVAL. */
int model_params_check(const struct model_table *table, const void *params, struct err *err);
/* The JSON Schema of such an object; a new reference, NULL when memory is out. */
json_t *model_params_schema(const struct model_table *table);
/* What a struct says, as such an object: reading it gives the same struct. NULL when memory is out. */
json_t *model_params_write(const struct model_table *table, const void *params);

#endif
