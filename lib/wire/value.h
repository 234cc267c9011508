/*
 * value.h - the checks that decoding and encoding share: what a field's value may be.
 *
 * Errors:    0, -EINVAL or -EMSGSIZE, with `ret` saying what was expected ("must be …") for a message.
 */
#ifndef WIRE_VALUE_H
#define WIRE_VALUE_H

#include "wire/catalogue.h"

struct wire_expectation {
	char text[160];
};

int wire_check_number(const struct wire_field *f, double v, struct wire_expectation *ret);
int wire_check_int(const struct wire_field *f, int64_t v, struct wire_expectation *ret);
/* STR, TEXT, ID, HASH; n bytes of UTF-8. */
int wire_check_string(const struct wire_field *f, const char *s, size_t n, struct wire_expectation *ret);
/* The number of items of a list, or of bytes of a blob. */
int wire_check_count(const struct wire_field *f, size_t n, struct wire_expectation *ret);

/* The bounds of a string in bytes, of BYTES in bytes decoded; of the number of items with `list`. */
void wire_length_bounds(const struct wire_field *f, bool list, size_t *ret_lo, size_t *ret_hi);
/* Where the has_ flag of an OPT field lies. */
static inline size_t wire_has_offset(const struct wire_field *f)
{
	return f->offset + (f->list ? sizeof(struct wire_list) : f->size);
}

#endif
