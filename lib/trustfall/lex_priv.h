/*
 * lex_priv.h - GraphQL text cut into tokens, each with its place.
 *
 * Ownership: the text is lent; strings with escapes are put into the arena.
 * Errors:    -EINVAL with an error of the stage's syntax kind; -ENOMEM.
 * Source:    GraphQL specification, October 2021, section 2.1.
 */
#ifndef TRUSTFALL_LEX_PRIV_H
#define TRUSTFALL_LEX_PRIV_H

#include "trustfall/error.h"
#include "trustfall/value.h"

enum lex_kind {
	LEX_END,
	LEX_NAME,
	LEX_NUMBER, /* in `value` */
	LEX_STRING, /* in `value` */
	LEX_DOTS,   /* ... */
	LEX_SIGN,   /* one of !$&():=@[]{}| */
};

struct lex_token {
	enum lex_kind kind;
	char sign;
	struct tf_pos pos;
	const char *s; /* as written */
	size_t n;
	struct tf_value value;
};

struct lexer {
	const char *at, *end;
	struct tf_pos pos;
	struct tf_arena *arena;
	enum tf_stage stage;
	struct tf_errors *errors;
	struct lex_token token; /* the one that stands next */
};

/* Looks at the first token. */
int lex_start(struct lexer *l, const char *text, size_t n);
/* Looks at the one after. */
int lex_next(struct lexer *l);
/* An error of syntax at `pos`; -EINVAL. */
/* `hint`: what to do. */
int lex_error(struct lexer *l, struct tf_pos pos, const char *hint, const char *fmt, ...) PRINTF(4, 5);
/* The token as a message names it: "'name'", "the end of the text". */
#define LEX_SHOWN 48
const char *lex_shown(const struct lex_token *t, char ret[LEX_SHOWN]);
/* Of a string that stands at l->at, behind `pos`. */
int lex_string(struct lexer *l);
int lex_block_string(struct lexer *l);

#endif
