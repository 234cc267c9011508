/*
 * reply.c - reading what is inside a reply's payload. See envelope.h.
 */
#include "wire/envelope.h"

#include "wire/scan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool wire_object_next(struct wire_slice object, size_t *at, struct wire_slice *ret_key,
		      struct wire_slice *ret_value)
{
	struct scan c = {object.s, object.n, *at};
	if (scan_take(&c, *at ? ',' : '{', NULL) < 0 || scan_peek(&c) != '"')
		return false;
	size_t from = c.at;
	if (scan_string(&c, NULL) < 0)
		return false;
	*ret_key = (struct wire_slice){c.s + from + 1, c.at - from - 2};
	if (scan_take(&c, ':', NULL) < 0)
		return false;
	scan_space(&c);
	from = c.at;
	if (scan_value(&c, 0, NULL) < 0)
		return false;
	*ret_value = (struct wire_slice){c.s + from, c.at - from};
	*at = c.at;
	return true;
}

struct wire_slice wire_object_get(struct wire_slice object, const char *key)
{
	struct wire_slice k, v;
	size_t at = 0;
	while (wire_object_next(object, &at, &k, &v))
		if (wire_slice_eq(k, key))
			return v;
	return (struct wire_slice){"", 0};
}

static uint32_t read_hex4(const char *s)
{
	uint32_t u = 0;
	for (int i = 0; i < 4; i++) {
		char c = s[i];
		u = u << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return u;
}

static size_t write_utf8(uint32_t u, char ret[4])
{
	if (u < 0x80) {
		ret[0] = (char)u;
		return 1;
	}
	size_t more = u < 0x800 ? 1 : u < 0x10000 ? 2 : 3;
	static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
	for (size_t i = more; i > 0; i--, u >>= 6)
		ret[i] = (char)(0x80 | (u & 0x3F));
	ret[0] = (char)(leads[more] | u);
	return more + 1;
}

/*
 * One character of a scanned string at s: its bytes into ret[4], what it took of s into *ret_n.
 */
static size_t read_char(const char *s, char ret[4], size_t *ret_n)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	unsigned char c = (unsigned char)s[0];
	if (c != '\\') {
		size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
		memcpy(ret, s, n);
		*ret_n = n;
		return n;
	}
	if (s[1] != 'u') {
		ret[0] = to[strchr(from, s[1]) - from];
		*ret_n = 2;
		return 1;
	}
	uint32_t u = read_hex4(s + 2);
	*ret_n = 6;
	if (u >= 0xD800 && u <= 0xDBFF) {
		u = 0x10000 + ((u - 0xD800) << 10) + (read_hex4(s + 8) - 0xDC00);
		*ret_n = 12;
	}
	return write_utf8(u, ret);
}

bool wire_string_copy(struct wire_slice value, char *ret, size_t room)
{
	size_t n = 0;
	if (!room)
		return false;
	ret[0] = '\0';
	if (value.n < 2 || value.s[0] != '"')
		return false;
	for (size_t at = 1; at < value.n - 1;) {
		char c[4];
		size_t took, made = read_char(value.s + at, c, &took);
		if (n + made >= room)
			break;
		memcpy(ret + n, c, made);
		n += made;
		at += took;
		if (at >= value.n - 1) {
			ret[n] = '\0';
			return true;
		}
	}
	ret[n] = '\0';
	return value.n == 2;
}

int wire_error_parse(struct wire_slice payload, struct wire_reply_error *ret, struct err *err)
{
	struct wire_reply_error e = {.err = ERR_INIT, .details = {"", 0}};
	struct wire_slice k, v;
	size_t at = 0;
	while (wire_object_next(payload, &at, &k, &v)) {
		if (wire_slice_eq(k, "code"))
			(void)wire_string_copy(v, e.name, sizeof(e.name));
		else if (wire_slice_eq(k, "message"))
			(void)wire_string_copy(v, e.err.msg, sizeof(e.err.msg));
		else if (wire_slice_eq(k, "field"))
			(void)wire_string_copy(v, e.err.field, sizeof(e.err.field));
		else if (wire_slice_eq(k, "hint"))
			(void)wire_string_copy(v, e.err.hint, sizeof(e.err.hint));
		else if (wire_slice_eq(k, "details") && !wire_slice_eq(v, "null"))
			e.details = v;
	}
	if (!e.name[0])
		return err_field(err, -EINVAL, "code", "the error has no code");
	e.err.code = err_code(e.name);
	*ret = e;
	return 0;
}

/* A number that was scanned already; its text ends with the slice, so it is copied first. */
static double read_number(struct wire_slice v)
{
	char text[64];
	double d;
	if (v.n >= sizeof(text))
		return -1;
	memcpy(text, v.s, v.n);
	text[v.n] = '\0';
	return str_to_double(text, &d) == 0 && d >= 0 && d <= 1 ? d : -1;
}

int wire_progress_parse(struct wire_slice payload, struct wire_reply_progress *ret, struct err *err)
{
	struct wire_reply_progress p = {.fraction = -1, .details = {"", 0}};
	struct wire_slice k, v;
	size_t at = 0;
	while (wire_object_next(payload, &at, &k, &v)) {
		if (wire_slice_eq(k, "fraction"))
			p.fraction = read_number(v);
		else if (wire_slice_eq(k, "message"))
			(void)wire_string_copy(v, p.message, sizeof(p.message));
		else if (wire_slice_eq(k, "details") && !wire_slice_eq(v, "null"))
			p.details = v;
	}
	*ret = p;
	return 0;
}
