#include "base/hex.h"

#include <errno.h>

void hex_encode(char *ret, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = bytes;
	for (size_t i = 0; i < n; i++) {
		*ret++ = digits[p[i] >> 4];
		*ret++ = digits[p[i] & 15];
	}
	*ret = '\0';
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_decode(void *ret, const char *digits, size_t n_digits)
{
	if (n_digits % 2)
		return -EINVAL;
	for (size_t i = 0; i < n_digits; i++)
		if (hex_digit(digits[i]) < 0)
			return -EINVAL;
	uint8_t *p = ret;
	for (size_t i = 0; i < n_digits; i += 2)
		*p++ = (uint8_t)(hex_digit(digits[i]) << 4 | hex_digit(digits[i + 1]));
	return 0;
}
