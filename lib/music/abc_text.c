/*
 * abc_text.c - texts of a tune: \'e and its relatives, &eacute;, \u00e9, in UTF-8 or Latin-1.
 *
 * Source: ABC 2.1, sections 8.1 and 8.2.
 */
#include "music/abc_priv.h"

#include <ctype.h>
#include <string.h>

#include "music/text_priv.h"

/* By accent: letters, and the characters they make with it, in the same order. */
static const struct accent {
	char sign;
	const char *letters;
	const char *entity; /* how HTML ends the name, NULL for none */
	uint16_t codes[24];
} accents[] = {
	{ '`', "AEIOUaeiou", "grave", { 0xC0, 0xC8, 0xCC, 0xD2, 0xD9, 0xE0, 0xE8, 0xEC, 0xF2, 0xF9 } },
	{ '\'', "AEIOUYaeiouyCLNRSZclnrsz", "acute",
	  { 0xC1,  0xC9,  0xCD,	 0xD3,	0xDA,  0xDD,  0xE1,  0xE9,  0xED,  0xF3,  0xFA,	 0xFD,
	    0x106, 0x139, 0x143, 0x154, 0x15A, 0x179, 0x107, 0x13A, 0x144, 0x155, 0x15B, 0x17A } },
	{ '^', "AEIOUaeiouWYwy", "circ",
	  { 0xC2, 0xCA, 0xCE, 0xD4, 0xDB, 0xE2, 0xEA, 0xEE, 0xF4, 0xFB, 0x174, 0x176, 0x175, 0x177 } },
	{ '~', "ANOanoIUiu", "tilde", { 0xC3, 0xD1, 0xD5, 0xE3, 0xF1, 0xF5, 0x128, 0x168, 0x129, 0x169 } },
	{ '"', "AEIOUYaeiouy", "uml",
	  { 0xC4, 0xCB, 0xCF, 0xD6, 0xDC, 0x178, 0xE4, 0xEB, 0xEF, 0xF6, 0xFC, 0xFF } },
	{ 'c', "CcSsTt", "cedil", { 0xC7, 0xE7, 0x15E, 0x15F, 0x162, 0x163 } },
	{ 'o', "AaUu", "ring", { 0xC5, 0xE5, 0x16E, 0x16F } },
	{ '/', "OoDdLl", "slash", { 0xD8, 0xF8, 0x110, 0x111, 0x141, 0x142 } },
	{ 'u', "AaEeGgIiOoUu", "breve",
	  { 0x102, 0x103, 0x114, 0x115, 0x11E, 0x11F, 0x12C, 0x12D, 0x14E, 0x14F, 0x16C, 0x16D } },
	{ 'v', "CcDdEeNnRrSsTtZz", "caron",
	  { 0x10C, 0x10D, 0x10E, 0x10F, 0x11A, 0x11B, 0x147, 0x148, 0x158, 0x159, 0x160, 0x161, 0x164, 0x165, 0x17D,
	    0x17E } },
	{ 'H', "OoUu", NULL, { 0x150, 0x151, 0x170, 0x171 } },
	{ '=', "AaEeIiOoUu", "macr", { 0x100, 0x101, 0x112, 0x113, 0x12A, 0x12B, 0x14C, 0x14D, 0x16A, 0x16B } },
	{ ';', "AaEeIiUu", NULL, { 0x104, 0x105, 0x118, 0x119, 0x12E, 0x12F, 0x172, 0x173 } },
	{ '.', "CcEeGgIZz", NULL, { 0x10A, 0x10B, 0x116, 0x117, 0x120, 0x121, 0x130, 0x17B, 0x17C } },
};

/* Pairs of letters behind a backslash, and whole entities. */
static const struct {
	const char *pair, *entity;
	uint16_t code;
} others[] = {
	{ "AA", "Aring", 0xC5 }, { "aa", "aring", 0xE5 }, { "AE", "AElig", 0xC6 }, { "ae", "aelig", 0xE6 },
	{ "OE", "OElig", 0x152 }, { "oe", "oelig", 0x153 }, { "ss", "szlig", 0xDF }, { "DH", "ETH", 0xD0 },
	{ "dh", "eth", 0xF0 },	 { "TH", "THORN", 0xDE }, { "th", "thorn", 0xFE }, { "", "amp", '&' },
	{ "", "lt", '<' },	 { "", "gt", '>' },	  { "", "quot", '"' },	   { "", "nbsp", ' ' },
	{ "", "copy", 0xA9 },	 { "", "deg", 0xB0 },	  { "", "frac12", 0xBD },  { "", "flat", 0x266D },
	{ "", "natural", 0x266E }, { "", "sharp", 0x266F }, { "", "apos", '\'' },  { "", "hellip", 0x2026 },
	{ "", "ndash", 0x2013 }, { "", "mdash", 0x2014 }, { "", "iexcl", 0xA1 },   { "", "iquest", 0xBF },
};

static uint32_t accented(const struct accent *a, int letter)
{
	const char *p = letter > 0 ? strchr(a->letters, letter) : NULL;
	return p && *p ? a->codes[p - a->letters] : 0;
}

/* n hexadecimal digits; 0 when they are not there or are no character. */
static uint32_t hex(const char *s, size_t n, size_t left)
{
	uint32_t u = 0;
	if (left < n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!isxdigit((unsigned char)s[i]))
			return 0;
		u = u << 4 | (uint32_t)(abc_digit(s[i]) ? s[i] - '0' : (s[i] | 0x20) - 'a' + 10);
	}
	return u < 0x20 || u > 0x10FFFF || (u >= 0xD800 && u < 0xE000) ? 0 : u;
}

/* What stands behind a backslash: its character, and the bytes it takes; 0 when it is nothing known. */
static uint32_t escaped(const char *s, size_t left, size_t *ret_n)
{
	uint32_t u = 0;
	if (left >= 5 && *s == 'u' && (u = hex(s + 1, 4, left - 1))) {
		*ret_n = 5;
		return u;
	}
	if (left >= 9 && *s == 'U' && (u = hex(s + 1, 8, left - 1))) {
		*ret_n = 9;
		return u;
	}
	for (size_t i = 0; left >= 2 && i < COUNT_OF(accents); i++)
		if (*s == accents[i].sign && (u = accented(&accents[i], s[1]))) {
			*ret_n = 2;
			return u;
		}
	for (size_t i = 0; left >= 2 && i < COUNT_OF(others); i++)
		if (memcmp(s, others[i].pair, strlen(others[i].pair)) == 0 && *others[i].pair) {
			*ret_n = 2;
			return others[i].code;
		}
	*ret_n = 1; /* \% \& \\ \- stand for themselves */
	return left && ispunct((unsigned char)*s) ? (unsigned char)*s : 0;
}

/* "&eacute;", "&#233;", "&#xE9;": s stands at the &, *ret_n is all of it; 0 when it is none. */
static uint32_t entity(const char *s, size_t left, size_t *ret_n)
{
	const char *end = memchr(s, ';', left < 12 ? left : 12);
	size_t n = end ? (size_t)(end - s) - 1 : 0;
	const char *name = s + 1;
	uint32_t u = 0;
	if (n < 2)
		return 0;
	*ret_n = n + 2;
	if (*name == '#') {
		if (name[1] == 'x' || name[1] == 'X')
			return hex(name + 2, n - 2, n - 2);
		for (size_t i = 1; i < n; i++) {
			if (!abc_digit(name[i]) || u > 0x10FFFF)
				return 0;
			u = u * 10 + (uint32_t)(name[i] - '0');
		}
		return u < 0x20 || u > 0x10FFFF || (u >= 0xD800 && u < 0xE000) ? 0 : u;
	}
	for (size_t i = 0; i < COUNT_OF(accents); i++)
		if (accents[i].entity && strlen(accents[i].entity) == n - 1 &&
		    memcmp(name + 1, accents[i].entity, n - 1) == 0 && (u = accented(&accents[i], *name)))
			return u;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (strlen(others[i].entity) == n && memcmp(name, others[i].entity, n) == 0)
			return others[i].code;
	return 0;
}

static void add_character(struct strbuf *b, uint32_t u)
{
	char s[4];
	strbuf_add(b, s, str_utf8_encode(s, u));
}

char *abc_text(const struct abc_tune *t, struct abc_span text)
{
	if (!memchr(text.s, '\\', text.n) && !memchr(text.s, '&', text.n) && t->charset != ABC_CHARSET_LATIN1)
		return music_text(text.s, text.n);
	AUTO_STRBUF b = STRBUF_INIT;
	/* Escapes are ASCII: the rest is brought into UTF-8 before they are. */
	bool latin1 = t->charset == ABC_CHARSET_LATIN1 ||
		      (t->charset != ABC_CHARSET_UTF8 && !str_utf8_valid(text.s, text.n));
	for (size_t i = 0; i < text.n;) {
		unsigned char ch = (unsigned char)text.s[i];
		size_t n = 0;
		uint32_t u = ch == '\\' ? escaped(text.s + i + 1, text.n - i - 1, &n) :
			     ch == '&'	? entity(text.s + i, text.n - i, &n) : 0;
		if (u) {
			add_character(&b, u);
			i += ch == '\\' ? n + 1 : n;
			continue;
		}
		if (ch >= 0x80 && latin1)
			add_character(&b, ch);
		else
			strbuf_addc(&b, (char)ch);
		i++;
	}
	return strbuf_ok(&b) ? music_text(b.s ? b.s : "", b.n) : NULL;
}
