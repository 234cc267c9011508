/*
 * lex_string.c - strings: with escapes in quotes, or as they stand in a block between three.
 *
 * Source:    GraphQL specification, October 2021, sections 2.9.4 and "BlockStringValue()".
 */
#include "trustfall/lex_priv.h"

#include <errno.h>
#include <string.h>

#include "base/banned.h"

/* Past one character; -EINVAL when it is none. */
static int character(struct lexer *l)
{
	size_t n = str_utf8_length(l->at, (size_t)(l->end - l->at));
	if (n == 0)
		return lex_error(l, l->pos, "save the text as UTF-8", "byte 0x%02x is no UTF-8", (unsigned char)*l->at);
	if (*l->at == '\n') {
		l->pos.line++;
		l->pos.column = 1;
	} else if ((unsigned char)*l->at < 0x20 && *l->at != '\t' && *l->at != '\r') {
		return lex_error(l, l->pos, "write it as an escape: \\n, \\t or \\u and four hexadecimal digits",
				 "the control character 0x%02x cannot stand in a string", (unsigned char)*l->at);
	} else {
		l->pos.column++;
	}
	l->at += n;
	return 0;
}

static int hex4(struct lexer *l, uint32_t *ret)
{
	uint32_t u = 0;
	for (int i = 0; i < 4; i++) {
		char c = l->at + i < l->end ? l->at[i] : '\0', low = (char)(c | 0x20);
		int digit = c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
		if (digit < 0)
			return lex_error(l, l->pos, "an e with an accent is \\u00e9",
					 "four hexadecimal digits were expected after \\u");
		u = u << 4 | (uint32_t)digit;
	}
	l->at += 4;
	l->pos.column += 4;
	*ret = u;
	return 0;
}

/* Behind \u; characters beyond U+FFFF are two in a row. */
static int unicode(struct lexer *l, uint32_t *ret)
{
	struct tf_pos pos = l->pos;
	uint32_t u = 0, low = 0;
	int r = hex4(l, &u);
	if (r < 0)
		return r;
	if (u >= 0xd800 && u < 0xdc00 && l->end - l->at >= 2 && l->at[0] == '\\' && l->at[1] == 'u') {
		l->at += 2;
		l->pos.column += 2;
		r = hex4(l, &low);
		if (r < 0)
			return r;
		if (low >= 0xdc00 && low < 0xe000) {
			*ret = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
			return 0;
		}
	}
	if (u >= 0xd800 && u < 0xe000)
		return lex_error(l, pos, "beyond U+FFFF a character is written as two, or as itself",
				 "\\u%04x is half a character: the other half must stand beside it", u);
	if (u == 0)
		return lex_error(l, pos, "leave it out", "\\u0000 cannot stand in a string");
	*ret = u;
	return 0;
}

static int escape(struct lexer *l, char *to, size_t *n)
{
	static const char from[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
	struct tf_pos pos = l->pos;
	char c = l->at + 1 < l->end ? l->at[1] : '\0';
	const char *known = c ? strchr(from, c) : NULL;
	if (!known && c != 'u')
		return lex_error(l, pos, "a backslash itself is written \\\\",
				 "an escape is one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
	l->at += 2;
	l->pos.column += 2;
	if (known) {
		to[(*n)++] = plain[known - from];
		return 0;
	}
	uint32_t u = 0;
	int r = unicode(l, &u);
	if (r < 0)
		return r;
	char utf8[4];
	size_t n_utf8 = str_utf8_encode(utf8, u);
	memcpy(to + *n, utf8, n_utf8);
	*n += n_utf8;
	return 0;
}

/* Where the string ends at the latest: its text is never longer than what is written. */
static size_t room_for_string(const struct lexer *l)
{
	const char *s = l->at + 1;
	while (s < l->end && *s != '"' && *s != '\n')
		s += *s == '\\' && s + 1 < l->end ? 2 : 1;
	return (size_t)(s - l->at) + 1;
}

int lex_string(struct lexer *l)
{
	struct lex_token *t = &l->token;
	char *to = tf_arena_take(l->arena, room_for_string(l));
	size_t n = 0;
	int r = to ? 0 : -ENOMEM;
	l->at++;
	l->pos.column++;
	while (r == 0) {
		if (l->at == l->end || *l->at == '\n' || *l->at == '\r')
			return lex_error(l, t->pos, "close it with \", or begin and end it with \"\"\" for several lines",
					 "the string that begins here has no end in its line");
		if (*l->at == '"')
			break;
		if (*l->at == '\\') {
			r = escape(l, to, &n);
			continue;
		}
		const char *from = l->at;
		r = character(l);
		memcpy(to + n, from, (size_t)(l->at - from));
		n += (size_t)(l->at - from);
	}
	if (r < 0)
		return r;
	l->at++;
	l->pos.column++;
	to[n] = '\0';
	t->n = (size_t)(l->at - t->s);
	t->value = tf_stringn(to, n);
	return 0;
}

/* ---- blocks ---- */

static bool blank(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] != ' ' && s[i] != '\t')
			return false;
	return true;
}

struct line {
	const char *s;
	size_t n;
};

/* The line at *at, without its end; false behind the last. */
static bool next_line(const char **at, const char *end, struct line *ret)
{
	if (!*at)
		return false;
	const char *stop = memchr(*at, '\n', (size_t)(end - *at));
	*ret = (struct line){*at, (size_t)((stop ? stop : end) - *at)};
	if (ret->n && ret->s[ret->n - 1] == '\r')
		ret->n--;
	*at = stop ? stop + 1 : NULL;
	return true;
}

static size_t indent_of(const char *s, size_t n)
{
	size_t common = SIZE_MAX;
	struct line line;
	const char *at = s;
	(void)next_line(&at, s + n, &line); /* the first line has none */
	while (next_line(&at, s + n, &line)) {
		size_t i = 0;
		while (i < line.n && (line.s[i] == ' ' || line.s[i] == '\t'))
			i++;
		if (i < line.n && i < common)
			common = i;
	}
	return common == SIZE_MAX ? 0 : common;
}

/* Without the common indent, and without blank lines before and after; to[n + 1]. */
static size_t dedent(const char *s, size_t n, char *to)
{
	size_t indent = indent_of(s, n), used = 0, kept = 0;
	bool first = true, begun = false;
	struct line line;
	for (const char *at = s; next_line(&at, s + n, &line); first = false) {
		size_t skip = first ? 0 : indent < line.n ? indent : line.n;
		bool empty = blank(line.s, line.n);
		if (!begun && empty)
			continue;
		if (begun)
			to[used++] = '\n';
		memcpy(to + used, line.s + skip, line.n - skip);
		used += line.n - skip;
		begun = true;
		if (!empty)
			kept = used;
	}
	to[kept] = '\0';
	return kept;
}

int lex_block_string(struct lexer *l)
{
	struct lex_token *t = &l->token;
	l->at += 3;
	l->pos.column += 3;
	const char *from = l->at;
	int r = 0;
	size_t escapes = 0;
	while (r == 0) {
		if (l->end - l->at < 3)
			return lex_error(l, t->pos, "close it with \"\"\"", "the text that begins here with \"\"\" has no end");
		if (memcmp(l->at, "\"\"\"", 3) == 0)
			break;
		if (l->end - l->at >= 4 && memcmp(l->at, "\\\"\"\"", 4) == 0) {
			l->at += 4;
			l->pos.column += 4;
			escapes++;
			continue;
		}
		r = character(l);
	}
	if (r < 0)
		return r;
	size_t n = (size_t)(l->at - from), n_raw = 0;
	char *raw = tf_arena_take(l->arena, n + 1), *to = tf_arena_take(l->arena, n + 1);
	if (!raw || !to)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) { /* \""" is """ */
		if (escapes && from[i] == '\\' && n - i >= 4 && memcmp(from + i, "\\\"\"\"", 4) == 0)
			continue;
		raw[n_raw++] = from[i];
	}
	l->at += 3;
	l->pos.column += 3;
	t->n = (size_t)(l->at - t->s);
	t->value = tf_stringn(to, dedent(raw, n_raw, to));
	return 0;
}
