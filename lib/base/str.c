#include "base/str.h"

#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void strbuf_done(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf)STRBUF_INIT;
}

void strbuf_clear(struct strbuf *b)
{
	b->n = 0;
	b->failed = false;
	if (b->s)
		b->s[0] = '\0';
}

static int strbuf_reserve(struct strbuf *b, size_t more)
{
	size_t want;
	if (b->failed)
		return -ENOMEM;
	if (__builtin_add_overflow(b->n, more, &want) || __builtin_add_overflow(want, 1, &want) ||
	    mem_grow(&b->s, &b->room, want, 1) < 0) {
		b->failed = true;
		return -ENOMEM;
	}
	return 0;
}

char *strbuf_more(struct strbuf *b, size_t n)
{
	return strbuf_reserve(b, n) < 0 ? NULL : b->s + b->n;
}

int strbuf_add(struct strbuf *b, const void *bytes, size_t n)
{
	if (strbuf_reserve(b, n) < 0)
		return -ENOMEM;
	if (n)
		memcpy(b->s + b->n, bytes, n);
	b->n += n;
	b->s[b->n] = '\0';
	return 0;
}

int strbuf_adds(struct strbuf *b, const char *s)
{
	return strbuf_add(b, s, strlen(s));
}

int strbuf_addc(struct strbuf *b, char c)
{
	return strbuf_add(b, &c, 1);
}

int strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	int r = n < 0 ? -ENOMEM : strbuf_reserve(b, (size_t)n);
	if (r == 0) {
		(void)vsnprintf(b->s + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
	return r;
}

char *strbuf_take(struct strbuf *b)
{
	if (strbuf_reserve(b, 0) < 0) {
		strbuf_done(b);
		return NULL;
	}
	b->s[b->n] = '\0';
	char *s = b->s;
	*b = (struct strbuf)STRBUF_INIT;
	return s;
}

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);
	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool str_copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);
	bool fits = n < size;
	if (!size)
		return false;
	memcpy(dst, src, fits ? n : size - 1);
	dst[fits ? n : size - 1] = '\0';
	return fits;
}

char *str_printf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : s;
}

#define DISTANCE_MAX_LEN 64

unsigned str_distance(const char *a, const char *b, unsigned max)
{
	size_t n = strlen(a), m = strlen(b);
	if (n > DISTANCE_MAX_LEN || m > DISTANCE_MAX_LEN)
		return max + 1;

	unsigned rows[3][DISTANCE_MAX_LEN + 1];
	unsigned *before = rows[0], *prev = rows[1], *row = rows[2];
	for (size_t j = 0; j <= m; j++)
		prev[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = prev[j - 1] + (a[i - 1] != b[j - 1]);
			if (prev[j] + 1 < best)
				best = prev[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		unsigned *spare = before;
		before = prev;
		prev = row;
		row = spare;
	}
	return prev[m] > max ? max + 1 : prev[m];
}

static bool is_word_end(char c)
{
	return !isalnum((unsigned char)c);
}

/* Of how many words a name is that has `word` among them, or with an s; 0 when it has not. */
static unsigned words_around(const char *name, const char *word)
{
	size_t m = strlen(word);
	unsigned n = 1;
	bool has = false;
	for (const char *at = name; m && *at; at++) {
		n += is_word_end(*at);
		if ((at == name || is_word_end(at[-1])) && strncmp(at, word, m) == 0)
			has = has || is_word_end(at[m]) || (at[m] == 's' && is_word_end(at[m + 1]));
	}
	return has ? n : 0;
}

/* The one of the fewest words, the first of those. */
static const char *shortest_around(const char *word, const char *const *names, size_t n)
{
	const char *best = NULL;
	unsigned fewest = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned words = words_around(names[i], word);
		if (!words || (best && words >= fewest))
			continue;
		best = names[i];
		fewest = words;
	}
	return best;
}

/* "max" is within two of "bar", and nobody meant it. */
static bool is_alike(const char *word, const char *name, unsigned distance)
{
	size_t n_word = strlen(word), n_name = strlen(name);
	return 2 * distance <= (n_word > n_name ? n_word : n_name) || strcasecmp(word, name) == 0;
}

const char *str_nearest(const char *word, const char *const *names, size_t n)
{
	unsigned limit = (unsigned)(strlen(word) / 3);
	if (limit < 2)
		limit = 2;
	const char *best = shortest_around(word, names, n);
	if (best)
		return best;
	for (size_t i = 0; i < n; i++) {
		unsigned d = str_distance(word, names[i], limit);
		if (d <= limit && is_alike(word, names[i], d)) {
			limit = d ? d - 1 : 0;
			best = names[i];
			if (d == 0)
				break;
		}
	}
	return best;
}

int str_to_int(const char *s, int64_t *ret)
{
	char *end;
	if (!*s || (*s != '-' && *s != '+' && (*s < '0' || *s > '9')))
		return -EINVAL;
	errno = 0;
	long long v = strtoll(s, &end, 10);
	if (*end || end == s)
		return -EINVAL;
	if (errno == ERANGE)
		return -ERANGE;
	*ret = v;
	return 0;
}

int str_to_double(const char *s, double *ret)
{
	char *end;
	if (!*s || (*s != '-' && *s != '+' && *s != '.' && (*s < '0' || *s > '9')))
		return -EINVAL;
	double v = strtod(s, &end);
	if (*end || end == s)
		return -EINVAL;
	if (!isfinite(v))
		return -ERANGE;
	*ret = v;
	return 0;
}

bool str_utf8_valid(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text, *end = s + n;
	while (s < end) {
		unsigned c = *s++;
		if (c < 0x80)
			continue;
		unsigned more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
		if (c < 0xC2 || c > 0xF4 || (size_t)(end - s) < more)
			return false;
		uint32_t u = c & (0x3Fu >> more);
		for (unsigned i = 0; i < more; i++, s++) {
			if ((*s & 0xC0) != 0x80)
				return false;
			u = u << 6 | (*s & 0x3F);
		}
		if ((more == 2 && u < 0x800) || (more == 3 && u < 0x10000) || u > 0x10FFFF ||
		    (u >= 0xD800 && u <= 0xDFFF))
			return false;
	}
	return true;
}

size_t str_utf8_length(const char *s, size_t n)
{
	if (n == 0)
		return 0;
	unsigned char c = (unsigned char)*s;
	size_t want = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	return n >= want && str_utf8_valid(s, want) ? want : 0;
}

size_t str_utf8_encode(char ret[4], uint32_t u)
{
	static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	size_t n = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, u >>= 6)
		ret[i] = (char)(0x80 | (u & 0x3F));
	ret[0] = (char)(lead[n] | u);
	return n;
}
