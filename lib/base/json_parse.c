#include "base/json.h"

#include "base/fs.h"
#include "base/hex.h"
#include "base/json_number_priv.h"
#include "base/limits.h"
#include "base/mem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct parser {
	const char *begin, *p, *end;
	unsigned depth, flags;
	struct strbuf text; /* of the last string that had escapes */
	struct err *err;
};

static int parse_value(struct parser *ps, json_t **ret);

/* An error at `at`, with its line and column (in characters). */
static int fail_at(struct parser *ps, const char *at, int code, const char *fmt, ...) PRINTF(4, 5);
static int fail_at(struct parser *ps, const char *at, int code, const char *fmt, ...)
{
	unsigned line = 1, column = 1;
	for (const char *p = ps->begin; p < at; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
		} else if ((*p & 0xC0) != 0x80) {
			column++;
		}
	}
	char what[160];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(ps->err, code, "%u:%u: %s", line, column, what);
}

static int no_memory(struct parser *ps)
{
	return err_set(ps->err, -ENOMEM, "no memory to parse JSON");
}

/* "expected X, found Y" */
static int unexpected(struct parser *ps, const char *expected)
{
	if (ps->p >= ps->end)
		return fail_at(ps, ps->p, -EBADMSG, "expected %s, found the end", expected);
	unsigned char c = (unsigned char)*ps->p;
	if (c > 0x20 && c < 0x7F)
		return fail_at(ps, ps->p, -EBADMSG, "expected %s, found '%c'", expected, c);
	return fail_at(ps, ps->p, -EBADMSG, "expected %s, found byte 0x%02x", expected, c);
}

static inline void skip_space(struct parser *ps)
{
	while (ps->p < ps->end && (*ps->p == ' ' || *ps->p == '\n' || *ps->p == '\r' || *ps->p == '\t'))
		ps->p++;
}

static inline bool next_is(const struct parser *ps, char c)
{
	return ps->p < ps->end && *ps->p == c;
}

static inline bool is_digit(const struct parser *ps)
{
	return ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9';
}

/* Four hexadecimal digits, or -1; moves past them on success. */
static int parse_hex4(struct parser *ps)
{
	int u = 0;
	if (ps->end - ps->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex_digit(ps->p[i]);
		if (d < 0)
			return -1;
		u = u << 4 | d;
	}
	ps->p += 4;
	return u;
}

/* After "\u": one character, or a pair of surrogates. */
static int parse_unicode(struct parser *ps)
{
	const char *at = ps->p - 2;
	int u = parse_hex4(ps);
	if (u < 0)
		return fail_at(ps, at, -EBADMSG, "expected four hexadecimal digits after \\u");
	if (u == 0 && !(ps->flags & JSON_IN_NUL))
		return fail_at(ps, at, -EBADMSG, "\\u0000 is not allowed");
	if (u >= 0xDC00 && u <= 0xDFFF)
		return fail_at(ps, at, -EBADMSG, "a low surrogate without a high one");
	if (u >= 0xD800 && u <= 0xDBFF) {
		int low = -1;
		if (ps->end - ps->p >= 2 && ps->p[0] == '\\' && ps->p[1] == 'u') {
			ps->p += 2;
			low = parse_hex4(ps);
		}
		if (low < 0xDC00 || low > 0xDFFF)
			return fail_at(ps, at, -EBADMSG, "a high surrogate without a low one");
		u = 0x10000 + ((u - 0xD800) << 10) + (low - 0xDC00);
	}
	char s[4];
	(void)strbuf_add(&ps->text, s, str_utf8_encode(s, (uint32_t)u)); /* an error sticks; parse_string looks */
	return 0;
}

/* At a backslash. */
static int parse_escape(struct parser *ps)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	ps->p++;
	if (ps->p >= ps->end)
		return unexpected(ps, "a character after '\\'");
	char c = *ps->p++;
	if (c == 'u')
		return parse_unicode(ps);
	const char *known = c ? strchr(from, c) : NULL;
	if (!known)
		return fail_at(ps, ps->p - 2, -EBADMSG, "expected one of \"\\/bfnrtu after '\\'");
	(void)strbuf_addc(&ps->text, to[known - from]); /* an error sticks; parse_string looks */
	return 0;
}

#define ONES UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Moves past characters that stand for themselves; notes in *ascii whether all were ASCII. */
static void skip_plain(struct parser *ps, bool *ascii)
{
	const char *p = ps->p, *end = ps->end;
	while (end - p >= 8) {
		uint64_t x;
		memcpy(&x, p, 8);
		uint64_t quote = x ^ (ONES * '"'), slash = x ^ (ONES * '\\');
		if (((x - ONES * 0x20) | (quote - ONES) | (slash - ONES) | x) & HIGH_BITS)
			break;
		p += 8;
	}
	for (; p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20; p++)
		if ((unsigned char)*p >= 0x80)
			*ascii = false;
	ps->p = p;
}

static int check_utf8(struct parser *ps, const char *from)
{
	while (from < ps->p) {
		size_t n = str_utf8_length(from, (size_t)(ps->p - from));
		if (!n)
			return fail_at(ps, from, -EBADMSG, "malformed UTF-8");
		from += n;
	}
	return 0;
}

/* At the opening quote. The text lies in the input where it has no escapes, otherwise in ps->text. */
static int parse_string(struct parser *ps, const char **ret, size_t *ret_n)
{
	const char *open = ps->p++;
	bool escaped = false;
	for (;;) {
		const char *from = ps->p;
		bool ascii = true;
		skip_plain(ps, &ascii);
		int r = ascii ? 0 : check_utf8(ps, from);
		if (r < 0)
			return r;
		if (ps->p >= ps->end)
			return fail_at(ps, open, -EBADMSG, "this string has no end");
		if (*ps->p == '"' && !escaped) {
			*ret = from;
			*ret_n = (size_t)(ps->p++ - from);
			return 0;
		}
		if (!escaped)
			strbuf_clear(&ps->text);
		escaped = true;
		(void)strbuf_add(&ps->text, from, (size_t)(ps->p - from)); /* an error sticks */
		if (*ps->p == '"')
			break;
		if (*ps->p != '\\')
			return fail_at(ps, ps->p, -EBADMSG, "control character 0x%02x in a string", *ps->p);
		r = parse_escape(ps);
		if (r < 0)
			return r;
	}
	ps->p++;
	*ret = ps->text.s ? ps->text.s : "";
	*ret_n = ps->text.n;
	return strbuf_ok(&ps->text) ? 0 : no_memory(ps);
}

/* The digits from `at` to ps->p as an int64. */
static int parse_int(struct parser *ps, const char *at, json_t **ret)
{
	bool negative = *at == '-';
	int64_t v = 0;
	for (const char *p = at + negative; p < ps->p; p++) {
		int d = *p - '0';
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, d, &v))
			return fail_at(ps, at, -EBADMSG, "this integer does not fit into 64 bits");
	}
	if (!negative && v == INT64_MIN)
		return fail_at(ps, at, -EBADMSG, "this integer does not fit into 64 bits");
	*ret = json_integer(negative ? v : -v);
	return *ret ? 0 : no_memory(ps);
}

static int parse_number(struct parser *ps, json_t **ret)
{
	const char *at = ps->p;
	bool real = false;
	ps->p += *ps->p == '-';
	if (!is_digit(ps))
		return unexpected(ps, "a digit");
	if (*ps->p++ == '0' && is_digit(ps))
		return fail_at(ps, at, -EBADMSG, "a number must not begin with 0");
	while (is_digit(ps))
		ps->p++;
	if (next_is(ps, '.')) {
		real = true;
		ps->p++;
		if (!is_digit(ps))
			return unexpected(ps, "a digit after '.'");
		while (is_digit(ps))
			ps->p++;
	}
	if (next_is(ps, 'e') || next_is(ps, 'E')) {
		real = true;
		ps->p++;
		ps->p += next_is(ps, '-') || next_is(ps, '+');
		if (!is_digit(ps))
			return unexpected(ps, "a digit of the exponent");
		while (is_digit(ps))
			ps->p++;
	}
	if (!real)
		return parse_int(ps, at, ret);
	double v = json_read_double(at, (size_t)(ps->p - at));
	if (!isfinite(v))
		return fail_at(ps, at, -EBADMSG, "this number is too large for a double");
	*ret = json_real(v);
	return *ret ? 0 : no_memory(ps);
}

static int parse_word(struct parser *ps, json_t **ret)
{
	static const struct {
		const char *word;
		size_t n;
		json_t *(*make)(void);
	} words[] = { { "true", 4, json_true }, { "false", 5, json_false }, { "null", 4, json_null } };
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if ((size_t)(ps->end - ps->p) >= words[i].n && memcmp(ps->p, words[i].word, words[i].n) == 0) {
			ps->p += words[i].n;
			*ret = words[i].make();
			return 0;
		}
	}
	return unexpected(ps, "a value");
}

static int enter(struct parser *ps)
{
	if (ps->depth >= LIMIT_JSON_DEPTH)
		return fail_at(ps, ps->p, -EMSGSIZE, "nested deeper than %d", LIMIT_JSON_DEPTH);
	ps->depth++;
	ps->p++;
	skip_space(ps);
	return 0;
}

/* After an item: 1 to go on with the next one, 0 at the closing character. */
static int next_item(struct parser *ps, char close, const char *expected)
{
	skip_space(ps);
	if (next_is(ps, close)) {
		ps->p++;
		ps->depth--;
		return 0;
	}
	if (!next_is(ps, ','))
		return unexpected(ps, expected);
	ps->p++;
	skip_space(ps);
	return 1;
}

/* Stores a value under a key; takes the value. */
static int object_add(struct parser *ps, json_t *obj, const char *at, const char *key, size_t n_key, json_t *value)
{
	size_t before = json_object_size(obj);
	if (json_object_setn_new_nocheck(obj, key, n_key, value) < 0)
		return no_memory(ps);
	if (json_object_size(obj) == before)
		return fail_at(ps, at, -EBADMSG, "the key '%.*s' is there twice", n_key > 60 ? 60 : (int)n_key, key);
	return 0;
}

static int parse_member(struct parser *ps, json_t *obj)
{
	const char *at = ps->p, *key;
	size_t n_key;
	if (!next_is(ps, '"'))
		return unexpected(ps, "a key in quotes");
	int r = parse_string(ps, &key, &n_key);
	if (r < 0)
		return r;
	/* A key with escapes lies where the value's own strings will. */
	char *copy AUTO_MEM = NULL;
	if (key == ps->text.s)
		key = copy = strbuf_take(&ps->text);
	if (!key)
		return no_memory(ps);
	skip_space(ps);
	if (!next_is(ps, ':'))
		return unexpected(ps, "':' after a key");
	ps->p++;
	json_t *value;
	r = parse_value(ps, &value);
	return r < 0 ? r : object_add(ps, obj, at, key, n_key, value);
}

static int parse_object(struct parser *ps, json_t **ret)
{
	int r = enter(ps);
	if (r < 0)
		return r;
	json_t *obj AUTO_JSON = json_object();
	if (!obj)
		return no_memory(ps);
	if (next_is(ps, '}')) {
		ps->p++;
		ps->depth--;
	} else {
		do {
			r = parse_member(ps, obj);
			if (r == 0)
				r = next_item(ps, '}', "',' or '}'");
		} while (r == 1);
	}
	if (r == 0)
		*ret = TAKE(obj);
	return r;
}

static int parse_array(struct parser *ps, json_t **ret)
{
	int r = enter(ps);
	if (r < 0)
		return r;
	json_t *array AUTO_JSON = json_array();
	if (!array)
		return no_memory(ps);
	if (next_is(ps, ']')) {
		ps->p++;
		ps->depth--;
	} else {
		do {
			json_t *value;
			r = parse_value(ps, &value);
			if (r == 0 && json_array_append_new(array, value) < 0)
				r = no_memory(ps);
			if (r == 0)
				r = next_item(ps, ']', "',' or ']'");
		} while (r == 1);
	}
	if (r == 0)
		*ret = TAKE(array);
	return r;
}

static int parse_value(struct parser *ps, json_t **ret)
{
	skip_space(ps);
	if (ps->p >= ps->end)
		return unexpected(ps, "a value");
	char c = *ps->p;
	if (c == '{')
		return parse_object(ps, ret);
	if (c == '[')
		return parse_array(ps, ret);
	if (c == '-' || (c >= '0' && c <= '9'))
		return parse_number(ps, ret);
	if (c != '"')
		return parse_word(ps, ret);
	const char *s;
	size_t n;
	int r = parse_string(ps, &s, &n);
	if (r < 0)
		return r;
	*ret = json_stringn_nocheck(s, n);
	return *ret ? 0 : no_memory(ps);
}

static int parse_document(struct parser *ps, json_t **ret)
{
	json_t *j AUTO_JSON = NULL;
	int r = parse_value(ps, &j);
	if (r < 0)
		return r;
	skip_space(ps);
	if (ps->p < ps->end)
		return unexpected(ps, "the end of the document");
	*ret = TAKE(j);
	return 0;
}

int json_parse_with(const char *bytes, size_t n, unsigned flags, json_t **ret, struct err *err)
{
	if (n > LIMIT_JSON_BYTES)
		return err_set(err, -EMSGSIZE, "%zu bytes of JSON, more than %d", n, LIMIT_JSON_BYTES);
	struct parser ps = { bytes, bytes, bytes + n, 0, flags, STRBUF_INIT, err };
	int r = parse_document(&ps, ret);
	strbuf_done(&ps.text);
	return r;
}

int json_parse(const char *bytes, size_t n, json_t **ret, struct err *err)
{
	return json_parse_with(bytes, n, JSON_IN_STRICT, ret, err);
}

int json_parse_file(const char *path, json_t **ret, struct err *err)
{
	char *text AUTO_MEM = NULL;
	size_t n;
	int r = fs_read(path, LIMIT_JSON_BYTES, &text, &n, err);
	if (r < 0)
		return r;
	r = json_parse(text, n, ret, err);
	return r < 0 ? err_wrap(err, r, "%s", path) : 0;
}
