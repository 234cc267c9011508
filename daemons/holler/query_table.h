/*
 * query_table.h - the rows of a query as a table of text.
 *
 * Shapes:  columns are what a query's answer has: [{"name", "type"}, …]; a row is an object with a value for each. Numbers
 *          stand to the right. Text that is too wide for its column ends in an ellipsis; where even narrow columns do not fit
 *          side by side, each row is a block with a line for each value.
 * Units:   widths are columns of a terminal, as in columns.h.
 * Safety:  as in columns.h: nothing from outside steers the terminal.
 * Errors:  -ENOMEM; those of the buffer stick there (strbuf_ok).
 */
#ifndef HOLLER_QUERY_TABLE_H
#define HOLLER_QUERY_TABLE_H

#include "base/json.h"
#include "base/mem.h"

struct query_table;
/* `width` 0: as wide as it takes. */
int query_table_new(const json_t *columns, size_t width, struct query_table **ret);
void query_table_free(struct query_table *t);
AUTO_DEFINE(query_table);
/* Looks at a row, so that it fits; whether the columns have become wider by that. */
bool query_table_measure(struct query_table *t, const json_t *row);
/* The names of the columns; nothing where rows are blocks. */
void query_table_head(const struct query_table *t, struct strbuf *b);
/* `mark` stands before it: "", or one character and a space; the width is for what comes behind it. */
void query_table_row(const struct query_table *t, const char *mark, const json_t *row, struct strbuf *b);
/* All of that, for all rows at once. */
int query_table_draw(const json_t *columns, const json_t *rows, size_t width, struct strbuf *b);

/* A value as it stands in a table. */
void query_table_value(const json_t *v, struct strbuf *b);

#endif
