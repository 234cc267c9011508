/*
 * query_errors.h - what is wrong with a query, as text: each mistake with the line it stands in and a caret below.
 *
 * Errors: -ENOMEM.
 */
#ifndef HOLLER_QUERY_ERRORS_H
#define HOLLER_QUERY_ERRORS_H

#include "base/json.h"

/* `list`: the `errors` of a reply's details; `text`: the query, NULL: only the messages. In the form of tf_errors_show. */
int query_errors_draw(const json_t *list, const char *text, struct strbuf *b);
/* Lines of text from outside: what a terminal would take for an order is replaced. */
void query_make_harmless(struct strbuf *b);

#endif
