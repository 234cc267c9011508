/*
 * hex.h - bytes as hexadecimal text.
 *
 * Errors:    hex_decode: -EINVAL for an odd length or a character that is no digit.
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Writes 2 * n lower-case digits and a NUL. */
void hex_encode(char *ret, const void *bytes, size_t n);
/* Reads n_digits digits of either case into n_digits / 2 bytes; writes nothing on error. */
int hex_decode(void *ret, const char *digits, size_t n_digits);
/* 0 to 15, or -1. */
int hex_digit(char c);

#endif
