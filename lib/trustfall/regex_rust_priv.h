/*
 * regex_rust_priv.h - what the reader of Rust's expressions and that of their character classes share.
 *
 * Errors:    -EINVAL with the place in bytes. A strbuf that is out of memory keeps that to itself until the end.
 */
#ifndef TRUSTFALL_REGEX_RUST_PRIV_H
#define TRUSTFALL_REGEX_RUST_PRIV_H

#include "base/mem.h"
#include "base/str.h"

struct rust {
	const char *s;
	size_t n, at; /* at: the next byte */
	unsigned depth;
	bool verbose; /* (?x) */
	struct err *err;
};

/* \w as Rust's Unicode mode has it, as items of a class. */
#define RUST_WORD "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}"

int rust_error(struct rust *t, const char *fmt, ...) PRINTF(2, 3);
bool rust_accept(struct rust *t, const char *text);
/* White space and comments, when those do not count. */
void rust_skip(struct rust *t);
/* The next character, which there must be. */
uint32_t rust_char(struct rust *t);
void rust_put(struct strbuf *b, uint32_t u);

/* Behind a backslash: 1 and items of a class for \d \s \w \p and their opposites; 0: none of these. */
int rust_set(struct rust *t, struct strbuf *ret, bool *ret_negated);
/* Behind a backslash: a character by its escape. */
int rust_literal(struct rust *t, uint32_t *ret);
/* Behind an opening bracket, to the closing one: appends what matches exactly one character. */
int rust_class(struct rust *t, struct strbuf *out);

#endif
