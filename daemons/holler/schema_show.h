/*
 * schema_show.h - one type of a schema, or one field of it, for who reads or for programs.
 *
 * Errors: -ENOENT with the nearest name; -ENOMEM. Errors of the buffer stick there (strbuf_ok).
 */
#ifndef HOLLER_SCHEMA_SHOW_H
#define HOLLER_SCHEMA_SHOW_H

#include "trustfall/schema.h"

struct schema_word {
	const struct tf_type_def *type;
	const struct tf_field_def *field; /* NULL: the type itself */
};
/* "Region" or "Region.name"; the type of starting points by its own name. Capitals do not matter. */
int schema_word_find(const struct tf_schema *s, const char *word, struct schema_word *ret, struct err *err);
/* Text of so many columns, 0: no bound. */
void schema_show(const struct tf_schema *s, const struct schema_word *w, size_t width, struct strbuf *b);
json_t *schema_show_json(const struct tf_schema *s, const struct schema_word *w); /* new; NULL when memory is out */

#endif
