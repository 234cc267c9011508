#include "base/json.h"

#include "base/json_number_priv.h"
#include "base/limits.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ONES UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Non-zero when one of 8 bytes is a quote, a backslash, a control character or not ASCII. */
static inline uint64_t any_special(uint64_t x)
{
	uint64_t quote = x ^ (ONES * '"'), slash = x ^ (ONES * '\\');
	return ((x - ONES * 0x20) | (quote - ONES) | (slash - ONES) | x) & HIGH_BITS;
}

static inline bool is_special(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c >= 0x80;
}

/* Length of what needs no look at the start of s[n]. */
static size_t plain_length(const char *s, size_t n)
{
	size_t i = 0;
	for (; i + 8 <= n; i += 8) {
		uint64_t x;
		memcpy(&x, s + i, 8);
		if (any_special(x))
			break;
	}
	while (i < n && !is_special((unsigned char)s[i]))
		i++;
	return i;
}

static int put_special(struct strbuf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef", names[] = "btn\0fr"; /* 8 to 13; there is none for 11 */
	char e[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
	if (c == '"' || c == '\\')
		e[1] = (char)c;
	else if (c >= 8 && c <= 13 && c != 11)
		e[1] = names[c - 8];
	return strbuf_add(b, e, e[1] == 'u' ? 6 : 2);
}

/* Text that is no UTF-8 cannot be said in JSON: each such byte becomes U+FFFD. */
static int put_string(struct strbuf *b, const char *s, size_t n)
{
	size_t plain = plain_length(s, n);
	char *p = strbuf_room(b, plain + 2);
	if (!p)
		return -ENOMEM;
	*p++ = '"';
	memcpy(p, s, plain);
	p += plain;
	if (plain == n) { /* the usual case, in one go */
		*p = '"';
		strbuf_grown(b, n + 2);
		return 0;
	}
	strbuf_grown(b, plain + 1);
	for (s += plain, n -= plain; n > 0; s += plain, n -= plain) {
		unsigned char c = (unsigned char)*s;
		if (c < 0x80) {
			plain = is_special(c) ? 1 : plain_length(s, n);
			(void)(is_special(c) ? put_special(b, c) : strbuf_add(b, s, plain)); /* an error sticks */
		} else {
			plain = str_utf8_length(s, n);
			(void)(plain ? strbuf_add(b, s, plain) : strbuf_add(b, "\xEF\xBF\xBD", 3));
			plain += plain == 0;
		}
	}
	return strbuf_addc(b, '"');
}

static int put_int(struct strbuf *b, int64_t v)
{
	char *p = strbuf_room(b, JSON_INT_SIZE);
	if (!p)
		return -ENOMEM;
	strbuf_grown(b, json_format_int(p, v));
	return 0;
}

static int put_double(struct strbuf *b, double v)
{
	if (!isfinite(v)) {
		b->failed = true;
		return -EINVAL;
	}
	char *p = strbuf_room(b, JSON_DOUBLE_SIZE);
	if (!p)
		return -ENOMEM;
	strbuf_grown(b, json_format_double(p, v));
	return 0;
}

struct writer {
	struct strbuf *b;
	unsigned flags, depth;
};

static int write_value(struct writer *w, const json_t *j);

static int write_indent(struct writer *w)
{
	if (!(w->flags & JSON_OUT_PRETTY))
		return 0;
	char *p = strbuf_room(w->b, 1 + 2 * (size_t)w->depth);
	if (!p)
		return -ENOMEM;
	*p = '\n';
	memset(p + 1, ' ', 2 * (size_t)w->depth);
	strbuf_grown(w->b, 1 + 2 * (size_t)w->depth);
	return 0;
}

static int write_key(struct writer *w, const char *key, size_t n)
{
	int r = write_indent(w);
	if (r == 0)
		r = put_string(w->b, key, n);
	return r < 0 ? r : strbuf_add(w->b, ": ", w->flags & JSON_OUT_PRETTY ? 2 : 1);
}

struct pair {
	const char *key;
	size_t n_key;
	const json_t *value;
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	size_t n = x->n_key < y->n_key ? x->n_key : y->n_key;
	int r = memcmp(x->key, y->key, n);
	return r ? r : (x->n_key > y->n_key) - (x->n_key < y->n_key);
}

static int write_sorted(struct writer *w, json_t *j)
{
	size_t n = 0, size = json_object_size(j);
	struct pair *pairs AUTO_MEM = mem_new_array(size, sizeof(*pairs));
	if (!pairs)
		return -ENOMEM;
	for (void *it = json_object_iter(j); it && n < size; it = json_object_iter_next(j, it))
		pairs[n++] = (struct pair){ json_object_iter_key(it), json_object_iter_key_len(it),
					    json_object_iter_value(it) };
	qsort(pairs, n, sizeof(*pairs), compare_pairs);
	int r = 0;
	for (size_t i = 0; i < n && r == 0; i++) {
		if (i)
			(void)strbuf_addc(w->b, ','); /* an error sticks */
		r = write_key(w, pairs[i].key, pairs[i].n_key);
		if (r == 0)
			r = write_value(w, pairs[i].value);
	}
	return r;
}

static int write_object(struct writer *w, json_t *j)
{
	void *it = json_object_iter(j);
	if (!it)
		return strbuf_add(w->b, "{}", 2);
	int r = strbuf_addc(w->b, '{');
	w->depth++;
	if (w->flags & JSON_OUT_SORTED) {
		r = write_sorted(w, j);
		it = NULL;
	}
	for (bool first = true; it && r == 0; it = json_object_iter_next(j, it), first = false) {
		if (!first)
			(void)strbuf_addc(w->b, ',');
		r = write_key(w, json_object_iter_key(it), json_object_iter_key_len(it));
		if (r == 0)
			r = write_value(w, json_object_iter_value(it));
	}
	w->depth--;
	if (r == 0)
		r = write_indent(w);
	return r < 0 ? r : strbuf_addc(w->b, '}');
}

static int write_array(struct writer *w, const json_t *j)
{
	size_t n = json_array_size(j);
	if (n == 0)
		return strbuf_add(w->b, "[]", 2);
	int r = strbuf_addc(w->b, '[');
	w->depth++;
	for (size_t i = 0; i < n && r == 0; i++) {
		if (i)
			(void)strbuf_addc(w->b, ',');
		r = write_indent(w);
		if (r == 0)
			r = write_value(w, json_array_get(j, i));
	}
	w->depth--;
	if (r == 0)
		r = write_indent(w);
	return r < 0 ? r : strbuf_addc(w->b, ']');
}

static int write_value(struct writer *w, const json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		/* jansson's iterators want a json_t they could change; we do not. */
		return w->depth < LIMIT_JSON_DEPTH ? write_object(w, (json_t *)(uintptr_t)j) : -EMSGSIZE;
	case JSON_ARRAY:
		return w->depth < LIMIT_JSON_DEPTH ? write_array(w, j) : -EMSGSIZE;
	case JSON_STRING:
		return put_string(w->b, json_string_value(j), json_string_length(j));
	case JSON_INTEGER:
		return put_int(w->b, json_integer_value(j));
	case JSON_REAL:
		return put_double(w->b, json_real_value(j));
	case JSON_TRUE:
		return strbuf_add(w->b, "true", 4);
	case JSON_FALSE:
		return strbuf_add(w->b, "false", 5);
	case JSON_NULL:
		break;
	}
	return strbuf_add(w->b, "null", 4);
}

int json_write(struct strbuf *b, const json_t *j, unsigned flags)
{
	struct writer w = { b, flags, 0 };
	int r = write_value(&w, j);
	if (r < 0)
		b->failed = true;
	return r < 0 ? r : b->failed ? -ENOMEM : 0;
}

char *json_text(const json_t *j, unsigned flags)
{
	AUTO_STRBUF b = STRBUF_INIT;
	return json_write(&b, j, flags) < 0 ? NULL : strbuf_take(&b);
}

void json_out_init(struct json_out *o, struct strbuf *b)
{
	*o = (struct json_out){ b, false };
}

/* The comma before an item, where one is due. */
static void out_item(struct json_out *o)
{
	if (o->comma)
		(void)strbuf_addc(o->b, ','); /* errors stick in the buffer, here and below */
	o->comma = true;
}

static void out_begin(struct json_out *o, char c)
{
	out_item(o);
	(void)strbuf_addc(o->b, c);
	o->comma = false;
}

static void out_end(struct json_out *o, char c)
{
	(void)strbuf_addc(o->b, c);
	o->comma = true;
}

void json_out_object_begin(struct json_out *o)
{
	out_begin(o, '{');
}

void json_out_object_end(struct json_out *o)
{
	out_end(o, '}');
}

void json_out_array_begin(struct json_out *o)
{
	out_begin(o, '[');
}

void json_out_array_end(struct json_out *o)
{
	out_end(o, ']');
}

void json_out_key(struct json_out *o, const char *key)
{
	out_item(o);
	(void)put_string(o->b, key, strlen(key));
	(void)strbuf_addc(o->b, ':');
	o->comma = false;
}

void json_out_string(struct json_out *o, const char *s)
{
	if (s)
		json_out_stringn(o, s, strlen(s));
	else
		json_out_null(o);
}

void json_out_stringn(struct json_out *o, const char *s, size_t n)
{
	out_item(o);
	(void)put_string(o->b, s, n);
}

void json_out_int(struct json_out *o, int64_t v)
{
	out_item(o);
	(void)put_int(o->b, v);
}

void json_out_number(struct json_out *o, double v)
{
	out_item(o);
	(void)put_double(o->b, v);
}

void json_out_bool(struct json_out *o, bool v)
{
	out_item(o);
	(void)strbuf_adds(o->b, v ? "true" : "false");
}

void json_out_null(struct json_out *o)
{
	out_item(o);
	(void)strbuf_adds(o->b, "null");
}

void json_out_json(struct json_out *o, const json_t *j)
{
	out_item(o);
	(void)json_write(o->b, j, JSON_OUT_COMPACT);
}

void json_out_raw(struct json_out *o, const char *text, size_t n)
{
	out_item(o);
	(void)strbuf_add(o->b, text, n);
}
