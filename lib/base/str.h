/*
 * str.h - growing strings and the few string questions that everyone asks.
 *
 * Ownership: a strbuf owns its text until strbuf_take; strbuf_done frees it.
 * Errors:    append functions return 0 or -ENOMEM; an error sticks, so checking once at the end
 *            (strbuf_ok, strbuf_take) is enough.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct strbuf {
	char *s;  /* NUL-terminated once anything was appended; NULL before */
	size_t n; /* bytes without the NUL */
	size_t room;
	bool failed;
};

#define STRBUF_INIT { NULL, 0, 0, false }

void strbuf_done(struct strbuf *b);
/* Empties it, keeps the memory and forgets a failure. */
void strbuf_clear(struct strbuf *b);
int strbuf_add(struct strbuf *b, const void *bytes, size_t n);
int strbuf_adds(struct strbuf *b, const char *s);
int strbuf_addc(struct strbuf *b, char c);
int strbuf_addf(struct strbuf *b, const char *fmt, ...) PRINTF(2, 3);
char *strbuf_more(struct strbuf *b, size_t n); /* what strbuf_room does when there is no room yet */
/* Room for n more bytes (and a NUL) to be written directly, NULL when memory is out; strbuf_grown keeps them. */
static inline char *strbuf_room(struct strbuf *b, size_t n)
{
	return b->room - b->n > n && !b->failed ? b->s + b->n : strbuf_more(b, n);
}
static inline void strbuf_grown(struct strbuf *b, size_t n)
{
	b->n += n;
	b->s[b->n] = '\0';
}
static inline bool strbuf_ok(const struct strbuf *b)
{
	return !b->failed;
}
/* The text as malloc'ed memory ("" when empty); NULL when memory ran out. The buffer is empty after. */
char *strbuf_take(struct strbuf *b);
#define AUTO_STRBUF __attribute__((cleanup(strbuf_done))) struct strbuf

bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* Copies with a NUL, cutting at size; returns false when it was cut. */
bool str_copy(char *dst, size_t size, const char *src);
char *str_printf(const char *fmt, ...) PRINTF(1, 2); /* malloc'ed, NULL when memory is out */
/* Edit distance (insert, delete, substitute, swap), at most `max`+1. */
unsigned str_distance(const char *a, const char *b, unsigned max);
/*
 * What somebody may have meant who wrote `word`: the first of names[n] that has it as one of its words ("id": "region_id"), of those the
 * one of the fewest; else the nearest one within a third of the word's length (at least 2) that differs in no more than half of the
 * characters or in their case alone; NULL when none is near.
 */
const char *str_nearest(const char *word, const char *const *names, size_t n);
/* Whole-string conversions: 0, -EINVAL on anything that is not exactly one number, -ERANGE. */
int str_to_int(const char *s, int64_t *ret);
int str_to_double(const char *s, double *ret);
/* Whether n bytes are well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
bool str_utf8_valid(const char *s, size_t n);
/* Bytes of the well-formed character at the start of s[n], 0 where there is none. */
size_t str_utf8_length(const char *s, size_t n);
/* Writes a character (at most U+10FFFF, no surrogate); returns its bytes. */
size_t str_utf8_encode(char ret[4], uint32_t u);

#endif
