/*
 * json_number_priv.h - doubles from and to decimal text, exactly and fast.
 *
 * Errors:    none here; the caller has checked the grammar.
 * Source:    shortest text: R. Giulietti, "The Schubfach way to render doubles" (2021). Reading: D. Lemire, "Number
 *            parsing at a gigabyte per second" (2021); the rare undecided case goes to strtod.
 */
#ifndef BASE_JSON_NUMBER_PRIV_H
#define BASE_JSON_NUMBER_PRIV_H

#include <stddef.h>
#include <stdint.h>

#define JSON_INT_SIZE 24

/* Writes the digits of v without a NUL; returns their count (at most 20). */
size_t json_format_int(char ret[JSON_INT_SIZE], int64_t v);
/* The double of the text, which is a JSON number of n bytes; may be infinite. */
double json_read_double(const char *text, size_t n);

#endif
