/*
 * err.h - negative errno codes that carry a message for whoever reads them.
 *
 * Ownership: struct err is a plain value owned by the caller; it allocates nothing and may be NULL.
 * Threads:   no shared state.
 * Errors:    functions here return the code they were given, so that `return err_set(...)` works.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <errno.h>
#include <stdbool.h>
#include <stdarg.h>

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

struct err {
	int code;       /* negative errno; 0 when nothing was set */
	char field[48]; /* the request field or configuration key at fault, "" when none */
	char msg[240];
	char hint[120]; /* what to do about it; "" means the code's own hint */
};

#define ERR_INIT { 0, "", "", "" }

/* Sets code and message, clears field and hint; returns code. */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF(3, 4);
/* The same, naming the field at fault. */
int err_field(struct err *e, int code, const char *field, const char *fmt, ...) PRINTF(4, 5);
/* Puts "context: " before the message unless it begins so already, keeps field and hint; returns code. */
int err_wrap(struct err *e, int code, const char *fmt, ...) PRINTF(3, 4);
/* The field, if one is named, is inside of this one: `bpm` becomes `ops[3].bpm`; without one this is it. NULL is fine. */
void err_within(struct err *e, const char *fmt, ...) PRINTF(2, 3);
/* Sets the hint of an error that is already set, whose code is handed through: it is what is returned, e or no e. */
int err_hint(struct err *e, int code, const char *fmt, ...) PRINTF(3, 4);
/* "path: strerror" from errno; returns -errno. */
int err_sys(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* The wire name of a negative errno ("not_found"): that of its row, of the row it is an alias of, or "io". */
const char *err_name(int code);
/* The errno (negative) of a wire name; -EIO for unknown ones. */
int err_code(const char *name);
/* Whether the same request may succeed later. */
bool err_retry(int code);
/* The code's general hint. */
const char *err_code_hint(int code);
/* The message, or the code's text where none was set. */
const char *err_msg(const struct err *e);

#endif
