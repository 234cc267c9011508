/*
 * regex_class.c - character classes and escapes of Rust's regex, written for PCRE2.
 *
 * PCRE2's classes neither nest nor intersect. A class that does becomes an alternation of plain ones with a look ahead at the same
 * character: A && B is (?:(?=A)B), A -- B is (?:(?!B)A). Each matches exactly one character.
 */
#include "trustfall/regex_priv.h"
#include "trustfall/regex_rust_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

#include "base/banned.h"

/* ---- escapes ---- */

/* General categories by the names that PCRE2 has not. */
static const struct {
	const char *name, *code;
} categories[] = {
	{"letter", "L"}, {"casedletter", "L&"}, {"lc", "L&"}, {"uppercaseletter", "Lu"}, {"lowercaseletter", "Ll"},
	{"titlecaseletter", "Lt"}, {"modifierletter", "Lm"}, {"otherletter", "Lo"}, {"mark", "M"}, {"combiningmark", "M"},
	{"nonspacingmark", "Mn"}, {"spacingmark", "Mc"}, {"enclosingmark", "Me"}, {"number", "N"}, {"decimalnumber", "Nd"},
	{"digit", "Nd"}, {"letternumber", "Nl"}, {"othernumber", "No"}, {"punctuation", "P"}, {"punct", "P"},
	{"connectorpunctuation", "Pc"}, {"dashpunctuation", "Pd"}, {"openpunctuation", "Ps"}, {"closepunctuation", "Pe"},
	{"initialpunctuation", "Pi"}, {"finalpunctuation", "Pf"}, {"otherpunctuation", "Po"}, {"symbol", "S"}, {"mathsymbol", "Sm"},
	{"currencysymbol", "Sc"}, {"modifiersymbol", "Sk"}, {"othersymbol", "So"}, {"separator", "Z"}, {"spaceseparator", "Zs"},
	{"lineseparator", "Zl"}, {"paragraphseparator", "Zp"}, {"other", "C"}, {"control", "Cc"}, {"cntrl", "Cc"}, {"format", "Cf"},
	{"unassigned", "Cn"}, {"privateuse", "Co"}, {"surrogate", "Cs"},
};

/* \p{…} behind the p: its name without what does not count in it. */
static int read_property(struct rust *t, char ret[64], bool *ret_negated)
{
	size_t n = 0;
	if (t->at >= t->n)
		return rust_error(t, "a Unicode class is missing");
	if (!rust_accept(t, "{")) {
		(void)snprintf(ret, 64, "%c", t->s[t->at]);
		bool letter = strchr("LMNPSZC", t->s[t->at]) && t->s[t->at];
		t->at++;
		return letter ? 0 : rust_error(t, "a one-letter Unicode class is one of L M N P S Z C");
	}
	for (; t->at < t->n && t->s[t->at] != '}'; t->at++) {
		char c = t->s[t->at];
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a'), letter = true;
		if (c == ':' || c == '=' || c == '!')
			letter = true, c = c == ':' ? '=' : c;
		else if (!letter && c != '_' && c != '-' && c != ' ')
			return rust_error(t, "a Unicode class cannot have '%c' in its name", c);
		if (letter && n < 62)
			ret[n++] = c;
	}
	ret[n] = '\0';
	if (n == 0 || !rust_accept(t, "}"))
		return rust_error(t, "a Unicode class is missing or not closed");
	char *equals = strchr(ret, '=');
	if (equals && equals > ret && equals[-1] == '!') {
		*ret_negated = !*ret_negated;
		memmove(equals - 1, equals, strlen(equals) + 1);
	}
	return strchr(ret, '!') ? rust_error(t, "a Unicode class cannot have '!' there") : 0;
}

static int read_unicode(struct rust *t, struct strbuf *ret, bool *ret_negated)
{
	char name[64];
	int r = read_property(t, name, ret_negated);
	if (r < 0)
		return r;
	const char *value = name;
	if (str_starts(name, "gc=") || str_starts(name, "generalcategory="))
		value = strchr(name, '=') + 1;
	for (size_t i = 0; i < COUNT_OF(categories); i++)
		if (strcmp(value, categories[i].name) == 0)
			value = categories[i].code;
	if (strcmp(value, "ascii") == 0)
		(void)strbuf_adds(ret, "\\x{0}-\\x{7f}");
	else if (strcmp(value, "assigned") == 0)
		(void)strbuf_adds(ret, "\\P{Cn}");
	else
		(void)strbuf_addf(ret, "\\p{%s}", value);
	return 1;
}

int rust_set(struct rust *t, struct strbuf *ret, bool *ret_negated)
{
	static const struct {
		char letter;
		const char *items;
	} sets[] = {{'d', "\\p{Nd}"}, {'s', "\\p{White_Space}"}, {'w', RUST_WORD}};
	char c = t->at < t->n ? t->s[t->at] : '\0';
	for (size_t i = 0; i < COUNT_OF(sets); i++)
		if (c && (c | 0x20) == sets[i].letter) {
			*ret_negated = c != sets[i].letter;
			t->at++;
			return strbuf_adds(ret, sets[i].items) < 0 ? -ENOMEM : 1;
		}
	if (c != 'p' && c != 'P')
		return 0;
	*ret_negated = c == 'P';
	t->at++;
	return read_unicode(t, ret, ret_negated);
}

/* `n` digits, or any number in braces. */
static int read_hex(struct rust *t, size_t n, uint32_t *ret)
{
	bool braces = rust_accept(t, "{");
	size_t from = t->at;
	uint32_t u = 0;
	while (t->at < t->n && hex_digit(t->s[t->at]) >= 0 && t->at - from < (braces ? 8 : n))
		u = u << 4 | (uint32_t)hex_digit(t->s[t->at++]);
	if (t->at == from || (!braces && t->at - from < n) || (braces && !rust_accept(t, "}")))
		return rust_error(t, "hexadecimal digits are missing or not closed");
	if (u > 0x10ffff || (u >= 0xd800 && u <= 0xdfff))
		return rust_error(t, "there is no character %x", u);
	*ret = u;
	return 0;
}

int rust_literal(struct rust *t, uint32_t *ret)
{
	static const char names[] = "afnrtv", codes[] = "\a\f\n\r\t\v";
	if (t->at >= t->n)
		return rust_error(t, "a backslash is the last character");
	char c = t->s[t->at++];
	const char *name = c ? strchr(names, c) : NULL;
	*ret = name ? (uint32_t)codes[name - names] : (unsigned char)c;
	if (name)
		return 0;
	if (c == 'x' || c == 'u' || c == 'U')
		return read_hex(t, c == 'x' ? 2 : c == 'u' ? 4 : 8, ret);
	if (c >= '0' && c <= '9')
		return rust_error(t, "back-references are not supported, as in Rust's regex");
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '<' || c == '>';
	return letter || (unsigned char)c >= 0x80 ? rust_error(t, "there is no escape of this character") : 0;
}

/* ---- classes ---- */

/* A union at work: items of one plain class, and others beside it. */
struct set {
	struct strbuf plain, others; /* others: "|X|Y" */
};

static void set_done(struct set *s)
{
	strbuf_done(&s->plain);
	strbuf_done(&s->others);
}
#define AUTO_SET __attribute__((cleanup(set_done))) struct set

static const char *text_of(const struct strbuf *b)
{
	return b->n ? b->s : "";
}

static void set_write(const struct set *s, bool negated, struct strbuf *out)
{
	const char *others = text_of(&s->others);
	if (s->plain.n && !s->others.n)
		(void)strbuf_addf(out, "[%s%s]", negated ? "^" : "", s->plain.s);
	else if (negated && !s->others.n)
		(void)strbuf_adds(out, "(?s:.)");
	else if (!s->others.n)
		(void)strbuf_adds(out, "(?!)");
	else if (s->plain.n)
		(void)strbuf_addf(out, negated ? "(?:(?![%s]%s)(?s:.))" : "(?:[%s]%s)", s->plain.s, others);
	else
		(void)strbuf_addf(out, negated ? "(?:(?!%s)(?s:.))" : "(?:%s)", others + 1);
}

static void set_add(struct set *s, const char *items, bool negated)
{
	if (negated)
		(void)strbuf_addf(&s->others, "|[^%s]", items);
	else
		(void)strbuf_adds(&s->plain, items);
}

static int read_posix(struct rust *t, struct set *s, bool *ret_is)
{
	static const struct {
		const char *name, *items;
	} names[] = {
		{"alnum", "0-9A-Za-z"}, {"alpha", "A-Za-z"}, {"ascii", "\\x{0}-\\x{7f}"}, {"blank", "\\x{9} "},
		{"cntrl", "\\x{0}-\\x{1f}\\x{7f}"}, {"digit", "0-9"}, {"graph", "!-~"}, {"lower", "a-z"}, {"print", " -~"},
		{"punct", "!-\\/:-@\\[-`{-~"}, {"space", "\\x{9}-\\x{d} "}, {"upper", "A-Z"}, {"word", "0-9A-Za-z_"},
		{"xdigit", "0-9A-Fa-f"},
	};
	size_t from = t->at;
	bool negated = rust_accept(t, "[:") && rust_accept(t, "^");
	for (size_t i = 0; t->at > from && i < COUNT_OF(names); i++) {
		size_t at = t->at;
		*ret_is = rust_accept(t, names[i].name) && rust_accept(t, ":]");
		if (*ret_is) {
			set_add(s, names[i].items, negated);
			return 0;
		}
		t->at = at;
	}
	t->at = from; /* a class that begins with a colon */
	return 0;
}

/* One character, or a set such as \d (*ret_is_set, added already). */
static int read_item(struct rust *t, struct set *s, uint32_t *ret, bool *ret_is_set)
{
	*ret_is_set = false;
	if (!rust_accept(t, "\\")) {
		*ret = rust_char(t);
		return 0;
	}
	AUTO_STRBUF items = STRBUF_INIT;
	bool negated = false;
	int r = rust_set(t, &items, &negated);
	if (r == 0)
		return rust_literal(t, ret);
	if (r == 1)
		set_add(s, text_of(&items), negated);
	*ret_is_set = r == 1;
	return r < 0 ? r : 0;
}

/* A character, a range or a set. */
static int read_range(struct rust *t, struct set *s)
{
	uint32_t low, high;
	bool is_set;
	int r = read_item(t, s, &low, &is_set);
	rust_skip(t);
	if (r < 0 || t->at >= t->n)
		return r; /* the class is not closed: rust_class says so */
	char after = t->at + 1 < t->n ? t->s[t->at + 1] : '\0';
	bool range = t->s[t->at] == '-' && after != ']' && after != '-' && after;
	if (!range) {
		if (!is_set)
			rust_put(&s->plain, low);
		return 0;
	}
	t->at++;
	rust_skip(t);
	if (t->at >= t->n)
		return 0;
	bool high_set = false;
	r = is_set ? 0 : read_item(t, s, &high, &high_set);
	if (r < 0)
		return r;
	if (is_set || high_set || low > high)
		return rust_error(t, "a range needs two characters, the lower one first");
	rust_put(&s->plain, low);
	(void)strbuf_addc(&s->plain, '-');
	rust_put(&s->plain, high);
	return 0;
}

/* The characters that stand for themselves only at the beginning. */
static void read_first(struct rust *t, struct set *s)
{
	rust_skip(t);
	bool dash = false;
	for (; rust_accept(t, "-"); dash = true, rust_skip(t))
		rust_put(&s->plain, '-');
	if (!dash && rust_accept(t, "]"))
		rust_put(&s->plain, ']');
}

/* all = all op s; op '\0': all = s. */
static void combine(struct strbuf *all, char op, const struct set *s)
{
	AUTO_STRBUF b = STRBUF_INIT;
	AUTO_STRBUF a = *all;
	*all = (struct strbuf)STRBUF_INIT;
	set_write(s, false, &b);
	const char *x = text_of(&a), *y = text_of(&b);
	if (op == '&')
		(void)strbuf_addf(all, "(?:(?=%s)%s)", x, y);
	else if (op == '-')
		(void)strbuf_addf(all, "(?:(?!%s)%s)", y, x);
	else if (op == '~')
		(void)strbuf_addf(all, "(?:(?!%s)%s|(?!%s)%s)", y, x, x, y);
	else
		(void)strbuf_adds(all, y);
	if (!strbuf_ok(&a) || !strbuf_ok(&b) || !strbuf_ok(&s->plain) || !strbuf_ok(&s->others))
		all->failed = true;
}

static bool read_operator(struct rust *t, char *ret)
{
	for (const char *op = "&-~"; *op; op++)
		if (t->n - t->at >= 2 && t->s[t->at] == *op && t->s[t->at + 1] == *op) {
			t->at += 2;
			*ret = *op;
			return true;
		}
	return false;
}

static int read_part(struct rust *t, struct set *s)
{
	bool posix = false;
	if (t->s[t->at] != '[')
		return read_range(t, s);
	int r = read_posix(t, s, &posix);
	if (r < 0 || posix)
		return r;
	t->at++;
	(void)strbuf_addc(&s->others, '|');
	return rust_class(t, &s->others);
}

/* Up to the closing bracket: *all gets all operands but the last, which stays in *s with its operator. */
static int read_body(struct rust *t, struct strbuf *all, struct set *s, char *ret_op)
{
	read_first(t, s);
	for (;;) {
		char op;
		rust_skip(t);
		if (t->at >= t->n)
			return rust_error(t, "a class is not closed");
		if (rust_accept(t, "]"))
			return 0;
		if (all->n + s->plain.n + s->others.n > REGEX_TEXT)
			return rust_error(t, "the expression is too large");
		if (read_operator(t, &op)) {
			combine(all, *ret_op, s);
			*ret_op = op;
			strbuf_clear(&s->plain);
			strbuf_clear(&s->others);
			continue;
		}
		int r = read_part(t, s);
		if (r < 0)
			return r;
	}
}

int rust_class(struct rust *t, struct strbuf *out)
{
	AUTO_STRBUF all = STRBUF_INIT;
	AUTO_SET s = {STRBUF_INIT, STRBUF_INIT};
	char op = '\0';
	if (t->depth >= REGEX_NEST)
		return rust_error(t, "classes are nested more than %d deep", REGEX_NEST);
	t->depth++;
	bool negated = rust_accept(t, "^");
	int r = read_body(t, &all, &s, &op);
	t->depth--;
	if (r < 0)
		return r;
	if (!op) {
		set_write(&s, negated, out);
		return strbuf_ok(&s.plain) && strbuf_ok(&s.others) ? 0 : -ENOMEM;
	}
	combine(&all, op, &s);
	(void)strbuf_addf(out, negated ? "(?:(?!%s)(?s:.))" : "%s", text_of(&all));
	return strbuf_ok(&all) ? 0 : -ENOMEM;
}
