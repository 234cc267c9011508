/*
 * text.h - sentences about fields, shared by schemas, help and the reference manual.
 */
#ifndef WIRE_TEXT_H
#define WIRE_TEXT_H

#include "base/json.h"
#include "wire/catalogue.h"

/* "num", "list of job_view", "job_state". */
void wire_text_type(const struct wire_field *f, struct strbuf *ret);
/* "0 to 64", "1 to 16 items", "up to 120 bytes"; nothing where nothing is declared. */
void wire_text_range(const struct wire_field *f, struct strbuf *ret);
/* A number as people write it: no ".0". */
void wire_text_number(struct strbuf *ret, double v);
/* The same as a JSON number. */
void wire_out_number(struct json_out *o, double v);
/* The default of a DEF field as JSON. */
void wire_out_default(struct json_out *o, const struct wire_field *f);

#endif
