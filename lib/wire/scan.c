#include "wire/scan.h"

#include "base/limits.h"

#include <stdint.h>
#include <string.h>

int scan_fail(const struct scan *c, struct err *err, const char *what)
{
	return err_set(err, -EBADMSG, "byte %zu: %s", c->at, what);
}

void scan_space(struct scan *c)
{
	while (c->at < c->n) {
		char ch = c->s[c->at];
		if (ch != ' ' && ch != '\t' && ch != '\n' && ch != '\r')
			return;
		c->at++;
	}
}

char scan_peek(struct scan *c)
{
	scan_space(c);
	return c->at < c->n ? c->s[c->at] : '\0';
}

int scan_take(struct scan *c, char ch, struct err *err)
{
	if (scan_peek(c) == ch && c->at < c->n) {
		c->at++;
		return 0;
	}
	char what[] = "expected ' '";
	what[10] = ch;
	return scan_fail(c, err, what);
}

static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* Four hexadecimal digits at `at`; negative when they are not. */
static int32_t scan_hex4(const struct scan *c, size_t at)
{
	int32_t u = 0;
	if (c->n - at < 4 || at > c->n)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		int d = hex_digit(c->s[i]);
		if (d < 0)
			return -1;
		u = u << 4 | d;
	}
	return u;
}

/* At a backslash. */
static int scan_escape(struct scan *c, struct err *err)
{
	char ch = c->at + 1 < c->n ? c->s[c->at + 1] : '\0';
	if (ch && strchr("\"\\/bfnrt", ch)) {
		c->at += 2;
		return 0;
	}
	if (ch != 'u')
		return scan_fail(c, err, "unknown escape");
	int32_t u = scan_hex4(c, c->at + 2);
	if (u <= 0)
		return scan_fail(c, err,
				 u == 0 ? "NUL in a string" : "\\u needs four hexadecimal digits");
	if (u >= 0xDC00 && u <= 0xDFFF)
		return scan_fail(c, err, "lone surrogate");
	c->at += 6;
	if (u < 0xD800 || u > 0xDBFF)
		return 0;
	if (c->n - c->at < 6 || c->s[c->at] != '\\' || c->s[c->at + 1] != 'u')
		return scan_fail(c, err, "lone surrogate");
	u = scan_hex4(c, c->at + 2);
	if (u < 0xDC00 || u > 0xDFFF)
		return scan_fail(c, err, "lone surrogate");
	c->at += 6;
	return 0;
}

/* At a byte above 0x7F. */
static int scan_utf8(struct scan *c, struct err *err)
{
	const unsigned char *s = (const unsigned char *)c->s + c->at;
	unsigned lead = s[0];
	size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
	if (lead < 0xC2 || lead > 0xF4 || c->n - c->at <= more)
		return scan_fail(c, err, "not UTF-8");
	uint32_t u = lead & (0x3Fu >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return scan_fail(c, err, "not UTF-8");
		u = u << 6 | (s[i] & 0x3F);
	}
	if ((more == 2 && u < 0x800) || (more == 3 && u < 0x10000) || u > 0x10FFFF ||
	    (u >= 0xD800 && u <= 0xDFFF))
		return scan_fail(c, err, "not UTF-8");
	c->at += more + 1;
	return 0;
}

#define ONES UINT64_C(0x0101010101010101)
#define HIGH UINT64_C(0x8080808080808080)

/* Whether none of the eight bytes is a quote, a backslash, a control character or above 0x7F. */
static bool all_plain(uint64_t w)
{
	uint64_t quote = w ^ ONES * '"', slash = w ^ ONES * '\\';
	uint64_t bad = (w - ONES * 0x20) | (quote - ONES) | (slash - ONES) | w;
	return !(bad & HIGH);
}

int scan_string(struct scan *c, struct err *err)
{
	int r = scan_take(c, '"', err);
	while (r == 0) {
		uint64_t w;
		while (c->n - c->at >= sizeof(w)) {
			memcpy(&w, c->s + c->at, sizeof(w));
			if (!all_plain(w))
				break;
			c->at += sizeof(w);
		}
		if (c->at >= c->n)
			return scan_fail(c, err, "string without end");
		unsigned char ch = (unsigned char)c->s[c->at];
		if (ch == '"') {
			c->at++;
			return 0;
		}
		if (ch == '\\')
			r = scan_escape(c, err);
		else if (ch < 0x20)
			r = scan_fail(c, err, "control character in a string");
		else if (ch >= 0x80)
			r = scan_utf8(c, err);
		else
			c->at++;
	}
	return r;
}

static bool scan_digits(struct scan *c)
{
	size_t begin = c->at;
	while (c->at < c->n && c->s[c->at] >= '0' && c->s[c->at] <= '9')
		c->at++;
	return c->at > begin;
}

static int scan_number(struct scan *c, struct err *err)
{
	if (c->s[c->at] == '-')
		c->at++;
	if (c->at < c->n && c->s[c->at] == '0')
		c->at++;
	else if (!scan_digits(c))
		return scan_fail(c, err, "expected a value");
	if (c->at < c->n && c->s[c->at] == '.') {
		c->at++;
		if (!scan_digits(c))
			return scan_fail(c, err, "expected digits after the point");
	}
	if (c->at < c->n && (c->s[c->at] | 0x20) == 'e') {
		c->at++;
		if (c->at < c->n && (c->s[c->at] == '+' || c->s[c->at] == '-'))
			c->at++;
		if (!scan_digits(c))
			return scan_fail(c, err, "expected digits in the exponent");
	}
	return 0;
}

static int scan_word(struct scan *c, const char *word, struct err *err)
{
	size_t n = strlen(word);
	if (c->n - c->at < n || memcmp(c->s + c->at, word, n) != 0)
		return scan_fail(c, err, "expected a value");
	c->at += n;
	return 0;
}

static int scan_scalar(struct scan *c, char ch, struct err *err)
{
	switch (ch) {
	case '"':
		return scan_string(c, err);
	case 't':
		return scan_word(c, "true", err);
	case 'f':
		return scan_word(c, "false", err);
	case 'n':
		return scan_word(c, "null", err);
	default:
		if (c->at >= c->n)
			return scan_fail(c, err, "expected a value, found the end");
		return scan_number(c, err);
	}
}

static int scan_key(struct scan *c, struct err *err)
{
	int r = scan_string(c, err);
	return r < 0 ? r : scan_take(c, ':', err);
}

/*
 * Iterative, so that nesting costs a byte of the table and not a stack frame: open[d] is the
 * bracket that closes depth d.
 */
int scan_value(struct scan *c, unsigned depth, struct err *err)
{
	char open[LIMIT_JSON_DEPTH];
	unsigned d = 0;
	for (;;) {
		char ch = scan_peek(c);
		int r = 0;
		if (ch == '{' || ch == '[') {
			if (depth + d >= LIMIT_JSON_DEPTH)
				return err_set(err, -EMSGSIZE, "byte %zu: nested deeper than %d",
					       c->at, LIMIT_JSON_DEPTH);
			open[d++] = ch == '{' ? '}' : ']';
			c->at++;
			if (scan_peek(c) == open[d - 1])
				goto close;
			if (ch == '{')
				r = scan_key(c, err);
			if (r < 0)
				return r;
			continue;
		}
		r = scan_scalar(c, ch, err);
		if (r < 0)
			return r;
		while (d) {
			ch = scan_peek(c);
			if (ch == ',') {
				c->at++;
				r = open[d - 1] == '}' ? scan_key(c, err) : 0;
				if (r < 0)
					return r;
				break;
			}
			if (ch != open[d - 1])
				return scan_fail(c, err,
						 open[d - 1] == '}' ? "expected ',' or '}'"
								    : "expected ',' or ']'");
		close:
			c->at++;
			d--;
		}
		if (!d)
			return 0;
	}
}
