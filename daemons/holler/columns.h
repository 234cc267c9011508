/*
 * columns.h - text in columns of a terminal.
 *
 * Units:  a column is one character; what a terminal draws wider than that is not known here.
 * Safety: control characters and bytes that are no UTF-8 are replaced, so that no text from outside can steer the terminal.
 * Errors: they stick in the buffer (strbuf_ok).
 */
#ifndef HOLLER_COLUMNS_H
#define HOLLER_COLUMNS_H

#include "base/str.h"

/* Characters of the text. */
size_t columns_count(const char *text);
/* The text cut to `width` columns, the last one an ellipsis when something is missing. */
void columns_cut(struct strbuf *b, const char *text, size_t width);
/* The same, filled with spaces. */
void columns_fill(struct strbuf *b, const char *text, size_t width);
/* How wide standard output is: the terminal, $COLUMNS, or 80; and how high: 0 when it is no terminal. */
size_t columns_of_terminal(size_t *ret_rows);

#endif
