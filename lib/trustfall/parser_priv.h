/*
 * parser_priv.h - what the parsers of queries and of schemas share: tokens taken one by one, lists that grow in the arena.
 *
 * Errors:    0 or a negative errno, the error being told already.
 */
#ifndef TRUSTFALL_PARSER_PRIV_H
#define TRUSTFALL_PARSER_PRIV_H

#include "trustfall/ast_priv.h"
#include "trustfall/lex_priv.h"

struct parser {
	struct lexer lex;
	size_t depth, max_depth;
};

/* Items of one kind, doubling; what is outgrown stays in the arena until all of it goes. */
struct parser_list {
	void *items;
	size_t n, room;
};
/* The new item, zeroed; NULL when memory is out. */
void *parser_push(struct parser *p, struct parser_list *list, size_t item_size);

static inline bool parser_at_sign(const struct parser *p, char sign)
{
	return p->lex.token.kind == LEX_SIGN && p->lex.token.sign == sign;
}
bool parser_at_name(const struct parser *p, const char *name);
/* "expected WHAT, found '…'" at the next token. */
int parser_expected(struct parser *p, const char *what);
/* Past that sign. */
int parser_sign(struct parser *p, char sign, const char *what);
/* Past a name, which is put into the arena. */
int parser_name(struct parser *p, const char *what, const char **ret);
/* One level deeper, unless that is too deep; parser_leave comes back. */
int parser_enter(struct parser *p);
static inline void parser_leave(struct parser *p)
{
	p->depth--;
}

typedef int parser_item_fn(struct parser *p, struct parser_list *list);
/* `open` item+ `close`, the next token being `open`. */
int parser_group(struct parser *p, char open, char close, const char *what, parser_item_fn *item, struct parser_list *list);

/* Whether one more argument or parameter may join the list: checks compare each with each. */
int parser_room(struct parser *p, const struct parser_list *list);
int parser_value(struct parser *p, bool variables, struct ast_value *ret);
int parser_arguments(struct parser *p, const struct ast_argument **ret, size_t *ret_n);
int parser_directives(struct parser *p, const struct ast_directive **ret, size_t *ret_n);
int parser_type(struct parser *p, struct ast_type *ret);

int parser_operation(struct parser *p, struct ast_document *doc, struct parser_list *operations);
int parser_definition(struct parser *p, struct parser_list *definitions);

#endif
