/*
 * regex_rust.c - reads an expression as Rust's regex crate does and writes what it means for PCRE2.
 *
 * Each piece is written when it has been read; where a later quantifier needs it as a whole, a group is put around it then.
 * Literals become \x{…}, so that nothing of the text reaches PCRE2 as syntax by chance.
 */
#include "trustfall/regex_priv.h"
#include "trustfall/regex_rust_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

int rust_error(struct rust *t, const char *fmt, ...)
{
	char what[160];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(t->err, -EINVAL, "regular expression '%.*s': at byte %zu: %s", t->n < 60 ? (int)t->n : 60, t->s, t->at, what);
}

bool rust_accept(struct rust *t, const char *text)
{
	size_t n = strlen(text);
	if (t->n - t->at < n || memcmp(t->s + t->at, text, n) != 0)
		return false;
	t->at += n;
	return true;
}

void rust_skip(struct rust *t)
{
	while (t->verbose && t->at < t->n) {
		if (strchr(" \t\n\v\f\r", t->s[t->at]) && t->s[t->at])
			t->at++;
		else if (t->s[t->at] == '#')
			while (t->at < t->n && t->s[t->at] != '\n')
				t->at++;
		else
			return;
	}
}

uint32_t rust_char(struct rust *t)
{
	const unsigned char *s = (const unsigned char *)t->s + t->at;
	size_t n = str_utf8_length(t->s + t->at, t->n - t->at);
	uint32_t u = n <= 1 ? s[0] : n == 2 ? s[0] & 0x1fu : n == 3 ? s[0] & 0x0fu : s[0] & 0x07u;
	for (size_t i = 1; i < n; i++)
		u = u << 6 | (s[i] & 0x3fu);
	t->at += n ? n : 1;
	return u;
}

void rust_put(struct strbuf *b, uint32_t u)
{
	(void)strbuf_addf(b, "\\x{%x}", u); /* an error sticks: regex_translate looks */
}

/* ---- pieces ---- */

enum piece { PIECE_ATOM, PIECE_ANCHOR, PIECE_NONE }; /* PIECE_NONE cannot be repeated */

static int read_sequence(struct rust *t, struct strbuf *out);

static int read_flags(struct rust *t, struct strbuf *out, enum piece *ret)
{
	char on[8] = "", off[8] = "";
	size_t n_on = 0, n_off = 0, n_seen = 0, from = t->at;
	bool minus = false, verbose = t->verbose, after = false;
	for (; t->at < t->n && t->s[t->at] != ')' && t->s[t->at] != ':'; n_seen++, t->at++) {
		char c = t->s[t->at];
		after = c != '-';
		if (c && memchr(t->s + from, c, t->at - from))
			return rust_error(t, "'%c' stands twice among the flags", c);
		if (c == '-')
			minus = true;
		else if (c == 'u' && !minus)
			continue; /* always so */
		else if (c == 'x')
			verbose = !minus;
		else if (c && strchr("imsU", c) && n_on + n_off < 6)
			*(minus ? &off[n_off++] : &on[n_on++]) = c;
		else if (c == 'u' || c == 'R')
			return rust_error(t, "the flag '%s%c' is not supported", minus ? "-" : "", c);
		else
			return rust_error(t, "look-around, back-references and other such groups are not supported, as in Rust's regex");
	}
	if (t->at >= t->n)
		return rust_error(t, "a group is not closed");
	bool scoped = t->s[t->at++] == ':';
	if ((!scoped && n_seen == 0) || (minus && !after))
		return rust_error(t, "a flag is missing");
	if (scoped || n_on || n_off)
		(void)strbuf_addf(out, "(?%s%s%s%c", on, n_off ? "-" : "", off, scoped ? ':' : ')');
	*ret = scoped ? PIECE_ATOM : PIECE_NONE;
	bool outside = t->verbose;
	t->verbose = verbose;
	if (!scoped)
		return 0;
	int r = read_sequence(t, out);
	t->verbose = outside;
	return r;
}

static int read_name(struct rust *t)
{
	size_t from = t->at;
	while (t->at < t->n && t->s[t->at] != '>')
		t->at++;
	return t->at < t->n && t->at++ > from ? 0 : rust_error(t, "a group's name is missing or not closed");
}

/* Behind the opening parenthesis. Nobody asks for captures, so no group is one. */
static int read_group(struct rust *t, struct strbuf *out, enum piece *ret)
{
	bool outside = t->verbose;
	int r = 0;
	if (t->depth >= REGEX_NEST)
		return rust_error(t, "groups are nested more than %d deep", REGEX_NEST);
	t->depth++;
	*ret = PIECE_ATOM;
	if (rust_accept(t, "?=") || rust_accept(t, "?!") || rust_accept(t, "?<=") || rust_accept(t, "?<!"))
		return rust_error(t, "look-around is not supported, as in Rust's regex");
	if (rust_accept(t, "?P<") || rust_accept(t, "?<"))
		r = read_name(t);
	else if (rust_accept(t, "?")) {
		r = read_flags(t, out, ret);
		goto end;
	}
	if (r == 0) {
		(void)strbuf_adds(out, "(?:");
		r = read_sequence(t, out);
	}
	t->verbose = outside; /* flags inside of a group end with it */
end:
	if (r == 0 && *ret == PIECE_ATOM) {
		if (!rust_accept(t, ")"))
			return rust_error(t, "a group is not closed");
		(void)strbuf_addc(out, ')');
	}
	t->depth--;
	return r;
}

#define WORD "[" RUST_WORD "]"
static const struct {
	const char *text, *pcre;
} anchors[] = {
	{"b{start-half}", "(?<!" WORD ")"},
	{"b{end-half}", "(?!" WORD ")"},
	{"b{start}", "(?:(?<!" WORD ")(?=" WORD "))"},
	{"b{end}", "(?:(?<=" WORD ")(?!" WORD "))"},
	{"<", "(?:(?<!" WORD ")(?=" WORD "))"},
	{">", "(?:(?<=" WORD ")(?!" WORD "))"},
	{"b", "(?:(?<=" WORD ")(?!" WORD ")|(?<!" WORD ")(?=" WORD "))"},
	{"B", "(?:(?<=" WORD ")(?=" WORD ")|(?<!" WORD ")(?!" WORD "))"},
	{"A", "\\A"},
	{"z", "\\z"},
};

/* Behind the backslash. */
static int read_escape(struct rust *t, struct strbuf *out, enum piece *ret)
{
	AUTO_STRBUF set = STRBUF_INIT;
	uint32_t u;
	*ret = PIECE_ANCHOR;
	for (size_t i = 0; i < COUNT_OF(anchors); i++)
		if (rust_accept(t, anchors[i].text))
			return strbuf_adds(out, anchors[i].pcre);
	*ret = PIECE_ATOM;
	bool negated;
	int r = rust_set(t, &set, &negated);
	if (r == 1)
		(void)strbuf_addf(out, "[%s%s]", negated ? "^" : "", set.s ? set.s : "");
	if (r != 0)
		return r < 0 ? r : 0;
	r = rust_literal(t, &u);
	if (r == 0)
		rust_put(out, u);
	return r;
}

static int read_piece(struct rust *t, struct strbuf *out, enum piece *ret)
{
	char c = t->s[t->at];
	*ret = PIECE_ATOM;
	switch (c) {
	case '(':
		t->at++;
		return read_group(t, out, ret);
	case '[':
		t->at++;
		return rust_class(t, out);
	case '\\':
		t->at++;
		return read_escape(t, out, ret);
	case '.':
		t->at++;
		return strbuf_addc(out, '.');
	case '^':
	case '$':
		t->at++;
		*ret = PIECE_ANCHOR;
		return strbuf_addc(out, c);
	case '*':
	case '+':
	case '?':
	case '{':
		return rust_error(t, "nothing stands before '%c' that could be repeated", c);
	default:
		rust_put(out, rust_char(t));
		return 0;
	}
}

/* ---- repetition ---- */

static bool read_number(struct rust *t, unsigned *ret)
{
	size_t from = t->at;
	for (*ret = 0; t->at < t->n && t->s[t->at] >= '0' && t->s[t->at] <= '9' && t->at - from < 6; t->at++)
		*ret = *ret * 10 + (unsigned)(t->s[t->at] - '0');
	rust_skip(t);
	return t->at > from;
}

static int read_counts(struct rust *t, char ret[40])
{
	unsigned low = 0, high = 0;
	rust_skip(t);
	bool has_low = read_number(t, &low), range = rust_accept(t, ","), has_high = false;
	rust_skip(t);
	if (range)
		has_high = read_number(t, &high);
	if (!rust_accept(t, "}") || (!has_low && !has_high))
		return rust_error(t, "counts of a repetition are missing or not closed");
	if (!has_low)
		return rust_error(t, "the first count of a repetition is missing: write {0,%u}", high);
	if (has_high && high < low)
		return rust_error(t, "the counts of a repetition are the wrong way round");
	if (!range)
		(void)snprintf(ret, 40, "{%u}", low);
	else if (has_high)
		(void)snprintf(ret, 40, "{%u,%u}", low, high);
	else
		(void)snprintf(ret, 40, "{%u,}", low);
	return 0;
}

static int wrap(struct strbuf *out, size_t from)
{
	size_t n = out->n - from;
	if (!strbuf_room(out, 4))
		return -ENOMEM;
	memmove(out->s + from + 3, out->s + from, n);
	memcpy(out->s + from, "(?:", 3);
	strbuf_grown(out, 3);
	return strbuf_addc(out, ')');
}

/* All quantifiers behind the piece that was written from `from` on. */
static int read_repetitions(struct rust *t, struct strbuf *out, size_t from, enum piece piece)
{
	for (bool whole = piece == PIECE_ATOM;; whole = false) {
		char text[40];
		rust_skip(t);
		char c = t->at < t->n ? t->s[t->at] : '\0';
		if (!c || !strchr("*+?{", c))
			return 0;
		if (piece == PIECE_NONE)
			return rust_error(t, "nothing stands before '%c' that could be repeated", c);
		t->at++;
		(void)snprintf(text, sizeof(text), "%c", c);
		int r = c == '{' ? read_counts(t, text) : 0;
		if (r == 0 && !whole)
			r = wrap(out, from); /* else a second + would make it possessive */
		if (r < 0)
			return r;
		(void)strbuf_adds(out, text);
		if (rust_accept(t, "?"))
			(void)strbuf_addc(out, '?');
	}
}

static int read_sequence(struct rust *t, struct strbuf *out)
{
	for (;;) {
		rust_skip(t);
		if (t->at >= t->n || t->s[t->at] == ')')
			return 0;
		if (out->n > REGEX_TEXT)
			return rust_error(t, "the expression is too large");
		if (rust_accept(t, "|")) {
			(void)strbuf_addc(out, '|');
			continue;
		}
		enum piece piece;
		size_t from = out->n;
		int r = read_piece(t, out, &piece);
		r = r == 0 ? read_repetitions(t, out, from, piece) : r;
		if (r < 0)
			return r;
	}
}

int regex_translate(const char *pattern, size_t n, struct strbuf *ret, struct err *err)
{
	struct rust t = {.s = n ? pattern : "", .n = n, .err = err};
	if (n && !str_utf8_valid(pattern, n))
		return err_set(err, -EINVAL, "a regular expression is not UTF-8");
	int r = read_sequence(&t, ret);
	if (r < 0 && r != -ENOMEM)
		return r;
	if (r < 0 || !strbuf_ok(ret))
		return err_set(err, -ENOMEM, "regular expression");
	return t.at < n ? rust_error(&t, "a group is closed that was not opened") : 0;
}
