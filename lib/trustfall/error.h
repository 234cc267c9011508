/*
 * error.h - what is wrong with a schema, a query or its arguments: several errors at once, each with its kind and place.
 *
 * Shapes:    `kind` is Trustfall's name of the error ("UndefinedTagInFilter", "FilterTypeError.…"), `args` what it is about as
 *            a JSON array in Trustfall's order. Lines and columns count from 1 (columns in code points); 0: no place.
 * Ownership: tf_errors owns everything; tf_errors_done frees it.
 * Threads:   one.
 */
#ifndef TRUSTFALL_ERROR_H
#define TRUSTFALL_ERROR_H

#include <stdarg.h>

#include "base/json.h"

enum tf_stage { TF_STAGE_SCHEMA, TF_STAGE_PARSE, TF_STAGE_FRONTEND, TF_STAGE_ARGUMENTS, TF_STAGE_EXECUTE, TF_STAGE_COUNT };
const char *tf_stage_name(enum tf_stage s); /* "schema", "parse", "frontend", "arguments", "execute" */

struct tf_pos {
	uint32_t line, column;
};

struct tf_error {
	enum tf_stage stage;
	const char *kind; /* a literal */
	struct tf_pos pos;
	json_t *args;      /* an array; NULL: none */
	char message[240]; /* what is wrong and what was expected there */
	char hint[160];    /* what to do; may be "" */
};

struct tf_errors {
	struct tf_error *v;
	size_t n, room;
	bool lost; /* memory was out, or LIMIT_TRUSTFALL_ERRORS: there were more */
};
#define TF_ERRORS_INIT {NULL, 0, 0, false}
void tf_errors_done(struct tf_errors *e);
#define AUTO_TF_ERRORS __attribute__((cleanup(tf_errors_done))) struct tf_errors

/* Takes `args` over (NULL: none). Returns -EINVAL, so that it can be returned. `errors` may be NULL. */
int tf_error_add(struct tf_errors *errors, enum tf_stage stage, const char *kind, struct tf_pos pos, json_t *args, const char *fmt,
		 ...) PRINTF(6, 7);
int tf_error_addv(struct tf_errors *errors, enum tf_stage stage, const char *kind, struct tf_pos pos, json_t *args, const char *fmt,
		  va_list ap) PRINTF(6, 0);
/* The hint of the error added last. */
void tf_error_hint(struct tf_errors *errors, const char *fmt, ...) PRINTF(2, 3);
void tf_error_hintv(struct tf_errors *errors, const char *fmt, va_list ap) PRINTF(2, 0);
/* The first error as one line "parse error at 4:39: …", its hint, and how many more there are; returns its code: -EINVAL. */
int tf_errors_err(const struct tf_errors *errors, struct err *err);
/* Appends each: the message, the line of `text` it stands in (of a long one what is around) with a caret below, the hint. */
int tf_errors_show(const struct tf_errors *errors, const char *text, size_t n, struct strbuf *b);
/* [{"stage", "kind", "args", "line", "column", "message", "hint"}, …]; new. */
json_t *tf_errors_json(const struct tf_errors *errors);

#endif
