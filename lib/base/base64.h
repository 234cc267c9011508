/*
 * base64.h - bytes as text, for little content inside of other text.
 *
 * Format:    RFC 4648 section 4: padded, no white space, and the unused bits of the last character are zero, so that
 *            equal bytes have one text.
 * Errors:    base64_decode: -EINVAL.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

#define BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* Writes BASE64_SIZE(n) characters, no NUL. */
void base64_encode(char *ret, const uint8_t *bytes, size_t n);
/* Writes at most n / 4 * 3 bytes; *ret_n says how many. */
int base64_decode(uint8_t *ret, const char *text, size_t n, size_t *ret_n);

#endif
