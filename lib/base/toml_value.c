/*
 * toml_value.c - TOML strings, numbers, booleans, dates and times.
 */
#include "base/hex.h"
#include "base/json_number_priv.h"
#include "base/toml.h"
#include "base/toml_priv.h"

#include <math.h>
#include <string.h>

static bool starts(const struct toml_parser *ps, const char *with)
{
	size_t n = strlen(with);
	return (size_t)(ps->end - ps->p) >= n && memcmp(ps->p, with, n) == 0;
}

/* \uXXXX or \UXXXXXXXX, past the letter. */
static int read_unicode(struct toml_parser *ps, int n_digits)
{
	const char *at = ps->p - 2;
	uint32_t u = 0;
	for (int i = 0; i < n_digits; i++, ps->p++) {
		int d = ps->p < ps->end ? hex_digit(*ps->p) : -1;
		if (d < 0)
			return toml_fail(ps, at, "expected %d hexadecimal digits after '\\%c'", n_digits, at[1]);
		u = u << 4 | (uint32_t)d;
	}
	if (u > 0x10FFFF || (u >= 0xD800 && u <= 0xDFFF))
		return toml_fail(ps, at, "U+%04X is not a character", (unsigned)u);
	char s[4];
	(void)strbuf_add(&ps->text, s, str_utf8_encode(s, u)); /* an error sticks; toml_read_string looks */
	return 0;
}

/* A backslash at the end of a line: skips all white space up to the next character. */
static bool skip_continuation(struct toml_parser *ps)
{
	const char *backslash = ps->p++;
	toml_skip_blank(ps);
	size_t n = toml_newline(ps);
	if (!n) {
		ps->p = backslash;
		return false;
	}
	for (; n; n = toml_newline(ps)) {
		toml_take_newline(ps, n);
		toml_skip_blank(ps);
	}
	return true;
}

static int read_escape(struct toml_parser *ps, bool multi)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	if (multi && skip_continuation(ps))
		return 0;
	const char *at = ps->p++;
	if (ps->p >= ps->end)
		return toml_unexpected(ps, "a character after '\\'");
	char c = *ps->p++;
	if (c == 'u' || c == 'U')
		return read_unicode(ps, c == 'u' ? 4 : 8);
	const char *known = c ? strchr(from, c) : NULL;
	if (!known)
		return toml_fail(ps, at, "expected one of btnfruU\"\\ after '\\'");
	(void)strbuf_addc(&ps->text, to[known - from]); /* an error sticks */
	return 0;
}

/* Whether a closing run of quotes is here; up to two more before it belong to the text. */
static bool take_close(struct toml_parser *ps, char quote, bool multi)
{
	if (!toml_at(ps, quote))
		return false;
	size_t n = 0;
	while (n < 5 && ps->p + n < ps->end && ps->p[n] == quote)
		n++;
	if (multi && n < 3)
		return false;
	if (multi)
		(void)strbuf_add(&ps->text, ps->p, n - 3); /* an error sticks */
	ps->p += multi ? n : 1;
	return true;
}

static int read_string_body(struct toml_parser *ps, const char *open, char quote, bool multi)
{
	while (!take_close(ps, quote, multi)) {
		if (ps->p >= ps->end)
			return toml_fail(ps, open, "this string has no end");
		unsigned char c = (unsigned char)*ps->p;
		size_t n = toml_newline(ps);
		if (n && !multi)
			return toml_fail(ps, open, "this string has no end on its line");
		if (n) {
			(void)strbuf_addc(&ps->text, '\n'); /* errors stick, here and below */
			toml_take_newline(ps, n);
		} else if (c == '\\' && quote == '"') {
			int r = read_escape(ps, multi);
			if (r < 0)
				return r;
		} else if ((c < 0x20 && c != '\t') || c == 0x7F) {
			return toml_fail(ps, ps->p, "control character 0x%02x in a string", c);
		} else {
			(void)strbuf_addc(&ps->text, (char)c);
			ps->p++;
		}
	}
	return strbuf_ok(&ps->text) ? 0 : toml_no_memory(ps);
}

int toml_read_string(struct toml_parser *ps, bool multi)
{
	const char *open = ps->p;
	char quote = *open;
	bool is_multi = starts(ps, quote == '"' ? "\"\"\"" : "'''");
	if (is_multi && !multi)
		return toml_fail(ps, open, "a key must not be a string of several lines");
	ps->p += is_multi ? 3 : 1;
	strbuf_clear(&ps->text);
	size_t n = is_multi ? toml_newline(ps) : 0;
	if (n)
		toml_take_newline(ps, n); /* right after the opening it does not count */
	return read_string_body(ps, open, quote, is_multi);
}

/* The run of characters that may belong to a number, word, date or time. */
struct token {
	const char *s;
	size_t n;
};

static bool is_token(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
	       c == '_' || c == '.' || c == ':';
}

static bool digits_at(struct token t, size_t at, size_t n)
{
	if (at + n > t.n)
		return false;
	for (size_t i = at; i < at + n; i++)
		if (t.s[i] < '0' || t.s[i] > '9')
			return false;
	return true;
}

static bool char_at(struct token t, size_t at, char c)
{
	return at < t.n && t.s[at] == c;
}

static int number_at(struct token t, size_t at, size_t n)
{
	int v = 0;
	for (size_t i = at; i < at + n; i++)
		v = v * 10 + (t.s[i] - '0');
	return v;
}

static bool looks_like_date(struct token t)
{
	return digits_at(t, 0, 4) && char_at(t, 4, '-');
}

static bool looks_like_time(struct token t)
{
	return digits_at(t, 0, 2) && char_at(t, 2, ':');
}

static struct token take_token(struct toml_parser *ps)
{
	struct token t = { ps->p, 0 };
	while (ps->p < ps->end && is_token(*ps->p))
		ps->p++;
	t.n = (size_t)(ps->p - t.s);
	/* A date may have its time after one space. */
	if (t.n == 10 && looks_like_date(t) && ps->end - ps->p >= 2 && ps->p[0] == ' ' && ps->p[1] >= '0' &&
	    ps->p[1] <= '9') {
		ps->p++;
		while (ps->p < ps->end && is_token(*ps->p))
			ps->p++;
		t.n = (size_t)(ps->p - t.s);
	}
	return t;
}

static int bad_token(struct toml_parser *ps, struct token t, const char *expected)
{
	return toml_fail(ps, t.s, "expected %s, found '%.*s'", expected, t.n > 40 ? 40 : (int)t.n, t.s);
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

/* YYYY-MM-DD at the start of the token. */
static bool read_date(struct token t, struct toml_time *ret)
{
	if (!digits_at(t, 0, 4) || !char_at(t, 4, '-') || !digits_at(t, 5, 2) || !char_at(t, 7, '-') ||
	    !digits_at(t, 8, 2))
		return false;
	ret->year = number_at(t, 0, 4);
	ret->month = number_at(t, 5, 2);
	ret->day = number_at(t, 8, 2);
	return ret->month >= 1 && ret->month <= 12 && ret->day >= 1 &&
	       ret->day <= days_in_month(ret->year, ret->month);
}

/* HH:MM:SS[.fraction] from `at`, which moves past it. */
static bool read_time(struct token t, size_t *at, struct toml_time *ret)
{
	size_t i = *at;
	if (!digits_at(t, i, 2) || !char_at(t, i + 2, ':') || !digits_at(t, i + 3, 2) || !char_at(t, i + 5, ':') ||
	    !digits_at(t, i + 6, 2))
		return false;
	ret->hour = number_at(t, i, 2);
	ret->minute = number_at(t, i + 3, 2);
	ret->second = number_at(t, i + 6, 2);
	i += 8;
	if (char_at(t, i, '.')) {
		size_t from = ++i;
		for (int unit = 100000000; digits_at(t, i, 1); i++, unit /= 10)
			ret->nanosecond += (t.s[i] - '0') * unit; /* the unit ends at 0: finer digits are cut */
		if (i == from)
			return false;
	}
	*at = i;
	return ret->hour < 24 && ret->minute < 60 && ret->second <= 60; /* 60: a leap second */
}

/* Z or +HH:MM from `at` to the token's end. */
static bool read_offset(struct token t, size_t at, struct toml_time *ret)
{
	ret->utc = char_at(t, at, 'Z') || char_at(t, at, 'z');
	if (ret->utc)
		return at + 1 == t.n;
	if ((!char_at(t, at, '+') && !char_at(t, at, '-')) || !digits_at(t, at + 1, 2) || !char_at(t, at + 3, ':') ||
	    !digits_at(t, at + 4, 2) || at + 6 != t.n)
		return false;
	int hours = number_at(t, at + 1, 2), minutes = number_at(t, at + 4, 2);
	ret->offset_minutes = (hours * 60 + minutes) * (t.s[at] == '-' ? -1 : 1);
	return hours < 24 && minutes < 60;
}

static int read_moment(struct toml_parser *ps, struct token t, struct toml *ret)
{
	struct toml_time *time = &ret->v.time;
	size_t at = 0;
	if (looks_like_time(t)) {
		ret->kind = TOML_LOCAL_TIME;
		if (!read_time(t, &at, time) || at != t.n)
			return bad_token(ps, t, "a time HH:MM:SS");
		return 0;
	}
	if (!read_date(t, time))
		return bad_token(ps, t, "a date YYYY-MM-DD");
	ret->kind = TOML_LOCAL_DATE;
	if (t.n == 10)
		return 0;
	at = 11;
	if ((t.s[10] != 'T' && t.s[10] != 't' && t.s[10] != ' ') || !read_time(t, &at, time))
		return bad_token(ps, t, "a date and time YYYY-MM-DDTHH:MM:SS");
	ret->kind = TOML_LOCAL_DATETIME;
	if (at == t.n)
		return 0;
	ret->kind = TOML_OFFSET_DATETIME;
	return read_offset(t, at, time) ? 0 : bad_token(ps, t, "Z or an offset +HH:MM after the time");
}

static bool is_digit_of(char c, int base)
{
	int d = hex_digit(c);
	return d >= 0 && d < base;
}

/* Copies digits from *at into ps->text without their underscores, each of which must stand between two digits. */
static bool copy_digits(struct toml_parser *ps, struct token t, size_t *at, int base)
{
	size_t i = *at;
	bool last = false;
	for (; i < t.n; i++) {
		bool digit = is_digit_of(t.s[i], base);
		if (digit)
			(void)strbuf_addc(&ps->text, t.s[i]); /* an error sticks */
		else if (t.s[i] != '_' || !last)
			break;
		last = digit;
	}
	bool some = i > *at;
	*at = i;
	return some && last;
}

/* The digits in ps->text as a number of that base; the sign stands in front. */
static int convert_int(struct toml_parser *ps, struct token t, int base, bool negative, int64_t *ret)
{
	if (!strbuf_ok(&ps->text))
		return toml_no_memory(ps);
	int64_t v = 0; /* counts downwards, where there is room for one more */
	for (size_t i = 0; i < ps->text.n; i++)
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_sub_overflow(v, hex_digit(ps->text.s[i]), &v))
			return bad_token(ps, t, "an integer of 64 bits");
	if (!negative && v == INT64_MIN)
		return bad_token(ps, t, "an integer of 64 bits");
	*ret = negative ? v : -v;
	return 0;
}

static int read_based(struct toml_parser *ps, struct token t, struct toml *ret)
{
	int base = t.s[1] == 'x' ? 16 : t.s[1] == 'o' ? 8 : 2;
	size_t at = 2;
	if (!copy_digits(ps, t, &at, base) || at != t.n)
		return bad_token(ps, t, base == 16 ? "hexadecimal digits after 0x" :
				 base == 8	  ? "octal digits after 0o" :
						    "binary digits after 0b");
	ret->kind = TOML_INTEGER;
	return convert_int(ps, t, base, false, &ret->v.integer);
}

/* The part of a float after its whole digits, into ps->text. */
static bool copy_fraction(struct toml_parser *ps, struct token t, size_t *at)
{
	if (char_at(t, *at, '.')) {
		(void)strbuf_addc(&ps->text, '.'); /* an error sticks */
		++*at;
		if (!copy_digits(ps, t, at, 10))
			return false;
	}
	if (char_at(t, *at, 'e') || char_at(t, *at, 'E')) {
		(void)strbuf_addc(&ps->text, 'e');
		++*at;
		if (char_at(t, *at, '+') || char_at(t, *at, '-'))
			(void)strbuf_addc(&ps->text, t.s[(*at)++]);
		if (!copy_digits(ps, t, at, 10))
			return false;
	}
	return *at == t.n;
}

static int read_number(struct toml_parser *ps, struct token t, struct toml *ret)
{
	strbuf_clear(&ps->text);
	if (t.n > 1 && t.s[0] == '0' && (t.s[1] == 'x' || t.s[1] == 'o' || t.s[1] == 'b'))
		return read_based(ps, t, ret);

	bool negative = t.s[0] == '-';
	size_t at = negative || t.s[0] == '+';
	struct token word = { t.s + at, t.n - at };
	if (word.n == 3 && (memcmp(word.s, "inf", 3) == 0 || memcmp(word.s, "nan", 3) == 0)) {
		ret->kind = TOML_FLOAT;
		ret->v.real = copysign(word.s[0] == 'i' ? INFINITY : NAN, negative ? -1 : 1);
		return 0;
	}
	if (!copy_digits(ps, t, &at, 10))
		return bad_token(ps, t, "a value");
	if (ps->text.n > 1 && ps->text.s[0] == '0')
		return bad_token(ps, t, "a number without leading zeros");
	if (at == t.n) {
		ret->kind = TOML_INTEGER;
		return convert_int(ps, t, 10, negative, &ret->v.integer);
	}
	if (!copy_fraction(ps, t, &at))
		return bad_token(ps, t, "a number");
	if (!strbuf_ok(&ps->text))
		return toml_no_memory(ps);
	ret->kind = TOML_FLOAT;
	double v = json_read_double(ps->text.s, ps->text.n);
	ret->v.real = negative ? -v : v;
	return isfinite(v) ? 0 : bad_token(ps, t, "a number that fits into a double");
}

static int read_token(struct toml_parser *ps, struct token t, struct toml *ret)
{
	bool yes = t.n == 4 && memcmp(t.s, "true", 4) == 0;
	if (yes || (t.n == 5 && memcmp(t.s, "false", 5) == 0)) {
		ret->kind = TOML_BOOL;
		ret->v.boolean = yes;
		return 0;
	}
	if (looks_like_date(t) || looks_like_time(t))
		return read_moment(ps, t, ret);
	return read_number(ps, t, ret);
}

int toml_read_scalar(struct toml_parser *ps, struct toml **ret)
{
	AUTO(toml) v = toml_new(ps, TOML_BOOL);
	if (!v)
		return toml_no_memory(ps);
	struct token t = take_token(ps);
	if (t.n == 0)
		return toml_unexpected(ps, "a value");
	int r = read_token(ps, t, v);
	if (r < 0)
		return r;
	*ret = TAKE(v);
	return 0;
}
