/*
 * scan.h - one strict pass over JSON text: where values begin and end, without building anything.
 *
 * Strictness: RFC 8259; UTF-8 checked, no \u0000, no lone surrogates, nesting at most
 *             LIMIT_JSON_DEPTH. Sizes of numbers and
 *            repeated keys inside values are left to whoever builds a tree of them.
 * Errors:    -EBADMSG with "byte N: what was expected", -EMSGSIZE for nesting. After an error the
 *            scan is not used again.
 */
#ifndef WIRE_SCAN_H
#define WIRE_SCAN_H

#include "base/err.h"

#include <stddef.h>

struct scan {
	const char *s;
	size_t n;
	size_t at;
};

void scan_space(struct scan *c);
/* The next byte after white space, '\0' at the end. */
char scan_peek(struct scan *c);
/* Takes `ch` after white space or fails with what was expected. */
int scan_take(struct scan *c, char ch, struct err *err);
/* A string with its quotes. */
int scan_string(struct scan *c, struct err *err);
/* Any value, `depth` levels deep already. */
int scan_value(struct scan *c, unsigned depth, struct err *err);
int scan_fail(const struct scan *c, struct err *err, const char *what);

#endif
