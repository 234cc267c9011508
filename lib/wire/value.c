#include "wire/value.h"

#include "base/limits.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HASH_PREFIX     "sha256:"
#define HASH_PREFIX_LEN (sizeof(HASH_PREFIX) - 1)
#define HASH_LEN        (HASH_PREFIX_LEN + 64)

__attribute__((format(printf, 3, 4))) static int expect(struct wire_expectation *ret, int code,
							const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(ret->text, sizeof(ret->text), fmt, ap);
	va_end(ap);
	return code;
}

int wire_check_number(const struct wire_field *f, double v, struct wire_expectation *ret)
{
	if (!isfinite(v))
		return expect(ret, -EINVAL, "must be a finite number");
	if (f->bound == WIRE_RANGE && (v < f->lo || v > f->hi))
		return expect(ret, -EINVAL, "must be from %.12g to %.12g, not %.12g", f->lo, f->hi,
			      v);
	return 0;
}

int wire_check_int(const struct wire_field *f, int64_t v, struct wire_expectation *ret)
{
	if (f->bound == WIRE_RANGE && ((double)v < f->lo || (double)v > f->hi))
		return expect(ret, -EINVAL, "must be from %.17g to %.17g, not %lld", f->lo, f->hi,
			      (long long)v);
	return 0;
}

void wire_length_bounds(const struct wire_field *f, bool list, size_t *ret_lo, size_t *ret_hi)
{
	size_t hi = 0, lo = 0;
	if (list) {
		hi = LIMIT_WIRE_LIST;
	} else {
		switch (f->kind) {
		case WIRE_STR:
			hi = LIMIT_WIRE_STR;
			break;
		case WIRE_TEXT:
			hi = LIMIT_WIRE_TEXT;
			break;
		case WIRE_ID:
			lo = 1;
			hi = LIMIT_WIRE_ID;
			break;
		case WIRE_HASH:
			lo = hi = HASH_LEN;
			break;
		case WIRE_BYTES:
			hi = LIMIT_WIRE_BYTES;
			break;
		default:
			break;
		}
	}
	/* LEN speaks of the list where the field is one, else of the string. */
	if (f->bound == WIRE_LEN && f->list == list) {
		lo = (size_t)f->lo;
		if ((size_t)f->hi < hi)
			hi = (size_t)f->hi;
	}
	*ret_lo = lo;
	*ret_hi = hi;
}

static int check_length(size_t n, size_t lo, size_t hi, const char *what,
			struct wire_expectation *ret)
{
	if (n >= lo && n <= hi)
		return 0;
	if (n > hi)
		return expect(ret, -EMSGSIZE, "must have at most %zu %s%s, not %zu", hi, what, hi == 1 ? "" : "s", n);
	return expect(ret, -EINVAL, "must have at least %zu %s%s, not %zu", lo, what, lo == 1 ? "" : "s", n);
}

int wire_check_count(const struct wire_field *f, size_t n, struct wire_expectation *ret)
{
	size_t lo, hi;
	wire_length_bounds(f, f->list, &lo, &hi);
	return check_length(n, lo, hi, f->list ? "item" : "byte", ret);
}

static int check_hash(const char *s, size_t n, struct wire_expectation *ret)
{
	bool ok = n == HASH_LEN && memcmp(s, HASH_PREFIX, HASH_PREFIX_LEN) == 0;
	for (size_t i = HASH_PREFIX_LEN; ok && i < n; i++)
		ok = (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f');
	return ok ? 0
		  : expect(ret, -EINVAL,
			   "must be \"sha256:\" and 64 lower-case hexadecimal digits");
}

static int check_characters(enum wire_kind kind, const char *s, size_t n,
			    struct wire_expectation *ret)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '\0')
			return expect(ret, -EINVAL, "must not contain a NUL character");
		if (kind == WIRE_ID && (c <= 0x20 || c >= 0x7f))
			return expect(ret, -EINVAL, "must be printable ASCII without blanks");
		if (kind == WIRE_STR && (c < 0x20 || c == 0x7f))
			return expect(ret, -EINVAL, "must be one line without control characters");
	}
	return 0;
}

int wire_check_string(const struct wire_field *f, const char *s, size_t n,
		      struct wire_expectation *ret)
{
	/* An identifier that is "" by default may be said to be "". */
	if (n == 0 && f->presence == WIRE_DEF && strcmp(f->def, "\"\"") == 0)
		return 0;
	if (f->kind == WIRE_HASH)
		return check_hash(s, n, ret);
	size_t lo, hi;
	wire_length_bounds(f, false, &lo, &hi);
	int r = check_length(n, lo, hi, "byte", ret);
	return r < 0 ? r : check_characters(f->kind, s, n, ret);
}
