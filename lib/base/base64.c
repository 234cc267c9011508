#include "base/base64.h"

#include <errno.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(char *ret, const uint8_t *bytes, size_t n)
{
	size_t i = 0;
	for (; i + 3 <= n; i += 3) {
		uint32_t v = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
		*ret++ = digits[v >> 18];
		*ret++ = digits[v >> 12 & 63];
		*ret++ = digits[v >> 6 & 63];
		*ret++ = digits[v & 63];
	}
	if (i == n)
		return;
	uint32_t v = (uint32_t)bytes[i] << 16 | (i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0);
	*ret++ = digits[v >> 18];
	*ret++ = digits[v >> 12 & 63];
	*ret++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
	*ret = '=';
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int base64_decode(uint8_t *ret, const char *text, size_t n, size_t *ret_n)
{
	if (n % 4)
		return -EINVAL;
	size_t padding = n && text[n - 1] == '=' ? 1 + (text[n - 2] == '=') : 0, at = 0;
	for (size_t i = 0; i < n; i += 4) {
		size_t wanted = i + 4 == n ? 4 - padding : 4;
		uint32_t v = 0;
		for (size_t k = 0; k < 4; k++) {
			int d = k < wanted ? digit_value(text[i + k]) : 0;
			if (d < 0)
				return -EINVAL;
			v = v << 6 | (uint32_t)d;
		}
		if ((wanted == 3 && v & 0xFF) || (wanted == 2 && v & 0xFFFF))
			return -EINVAL;
		for (size_t k = 0; k + 1 < wanted; k++)
			ret[at++] = (uint8_t)(v >> (16 - 8 * k));
	}
	*ret_n = at;
	return 0;
}
