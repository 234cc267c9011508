/*
 * toml_priv.h - what the two halves of the TOML parser share: position, errors, growing the tree.
 */
#ifndef BASE_TOML_PRIV_H
#define BASE_TOML_PRIV_H

#include "base/str.h"
#include "base/toml.h"

struct toml_parser {
	const char *begin, *p, *end;
	unsigned line;
	const char *mark;     /* a place on the current line ... */
	unsigned mark_column; /* ... and its column, so that long lines are counted once */
	unsigned depth;       /* of arrays and inline tables */
	struct strbuf text;   /* of the string or number being read */
	struct err *err;
};

static inline bool toml_at(const struct toml_parser *ps, char c)
{
	return ps->p < ps->end && *ps->p == c;
}

/* An error at `at`, with its line and column; returns -EBADMSG. */
int toml_fail(struct toml_parser *ps, const char *at, const char *fmt, ...) PRINTF(3, 4);
/* "expected X, found Y" at the current place. */
int toml_unexpected(struct toml_parser *ps, const char *expected);
int toml_no_memory(struct toml_parser *ps);

/* A new value of a kind that stands at the current place; NULL when memory is out. */
struct toml *toml_new(struct toml_parser *ps, enum toml_kind kind);
/* Appends to an array, taking `item` only on success; 0 or -ENOMEM. */
int toml_append(struct toml *array, struct toml *item);
/* Adds an entry whose key is new, taking key and value only on success; 0 or -ENOMEM. */
int toml_add(struct toml *table, const struct toml_entry *e);
/* The entry of a key, NULL where there is none. */
struct toml_entry *toml_find(const struct toml *table, const char *key, size_t n);

/* 1 for "\n", 2 for "\r\n", 0 for anything else, at the current place; toml_take_newline moves past it. */
size_t toml_newline(const struct toml_parser *ps);
void toml_take_newline(struct toml_parser *ps, size_t n);
void toml_skip_blank(struct toml_parser *ps);
/* Blanks, newlines and comments. */
int toml_skip_filler(struct toml_parser *ps);

/* A string of any of the four forms (`multi` allows the two long ones) into ps->text. */
int toml_read_string(struct toml_parser *ps, bool multi);
/* Anything that is no string, array or inline table. */
int toml_read_scalar(struct toml_parser *ps, struct toml **ret);

#endif
