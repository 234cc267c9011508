#include "trustfall/lex_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

int lex_error(struct lexer *l, struct tf_pos pos, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int r = tf_error_addv(l->errors, l->stage, l->stage == TF_STAGE_SCHEMA ? "SchemaParseError" : "InvalidGraphQL", pos, NULL, fmt,
			      ap);
	va_end(ap);
	tf_error_hint(l->errors, "%s", hint);
	return r;
}

const char *lex_shown(const struct lex_token *t, char ret[LEX_SHOWN])
{
	if (t->kind == LEX_END) {
		(void)str_copy(ret, LEX_SHOWN, "the end of the text");
		return ret;
	}
	size_t n = t->n < LEX_SHOWN / 2 ? t->n : LEX_SHOWN / 2;
	while (n > 0 && n < t->n && ((unsigned char)t->s[n] & 0xc0) == 0x80)
		n--; /* characters stay whole */
	const char *line = memchr(t->s, '\n', n);
	if (line)
		n = (size_t)(line - t->s);
	(void)snprintf(ret, LEX_SHOWN, "'%.*s%s'", (int)n, t->s, n < t->n ? "..." : "");
	return ret;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Past white space, commas and comments. */
static void skip_ignored(struct lexer *l)
{
	for (; l->at < l->end; l->at++) {
		if (*l->at == '#')
			for (; l->at < l->end && *l->at != '\n' && *l->at != '\r'; l->at++)
				l->pos.column += ((unsigned char)*l->at & 0xc0) != 0x80;
		if (l->at == l->end)
			return;
		if (*l->at == '\n') {
			l->pos.line++;
			l->pos.column = 1;
		} else if (*l->at == ' ' || *l->at == '\t' || *l->at == ',' || *l->at == '\r') {
			l->pos.column++;
		} else if (l->end - l->at >= 3 && memcmp(l->at, "\xef\xbb\xbf", 3) == 0) {
			l->at += 2; /* a byte order mark */
			l->pos.column++;
		} else {
			return;
		}
	}
}

static int number_value(struct lexer *l, const char *text, bool whole)
{
	struct lex_token *t = &l->token;
	int64_t i;
	double f;
	if (whole && str_to_int(text, &i) == 0) {
		t->value = tf_int(i);
		return 0;
	}
	if (whole) {
		uint64_t u = 0;
		bool over = *text == '-';
		for (const char *s = text; *s && !over; s++)
			over = __builtin_mul_overflow(u, (uint64_t)10, &u) || __builtin_add_overflow(u, (uint64_t)(*s - '0'), &u);
		t->value = tf_uint(u);
		return over ? lex_error(l, t->pos, "integers go from -9223372036854775808 to 18446744073709551615",
					"the integer %.40s does not fit into 64 bits", text) : 0;
	}
	if (str_to_double(text, &f) < 0)
		return lex_error(l, t->pos, "floats go up to 1.7e308", "the number %.40s is too large", text);
	t->value = tf_float(f);
	return 0;
}

/* Integers have no leading zeros, and no name may stand right behind a number. */
static int lex_number(struct lexer *l)
{
	const char *s = l->at, *end = l->end;
	bool whole = true;
	s += *s == '-';
	const char *digits = s;
	while (s < end && is_digit(*s))
		s++;
	bool good = s > digits && (*digits != '0' || s == digits + 1);
	if (good && s < end && *s == '.') {
		const char *fraction = ++s;
		whole = false;
		while (s < end && is_digit(*s))
			s++;
		good = s > fraction;
	}
	if (good && s < end && (*s == 'e' || *s == 'E')) {
		whole = false;
		s++;
		s += s < end && (*s == '+' || *s == '-');
		const char *exponent = s;
		while (s < end && is_digit(*s))
			s++;
		good = s > exponent;
	}
	while (s < end && (is_digit(*s) || is_letter(*s) || *s == '.')) {
		good = false;
		s++;
	}
	struct lex_token *t = &l->token;
	t->kind = LEX_NUMBER;
	t->s = l->at;
	t->n = (size_t)(s - l->at);
	char shown[LEX_SHOWN];
	if (!good)
		return lex_error(l, t->pos, "numbers are written 1, -2, 2.5 or 1e3; a name has no - inside",
				 "%s is no number", lex_shown(t, shown));
	const char *text = tf_arena_text(l->arena, t->s, t->n);
	return text ? number_value(l, text, whole) : -ENOMEM;
}

static int lex_other(struct lexer *l)
{
	struct lex_token *t = &l->token;
	size_t n = str_utf8_length(l->at, (size_t)(l->end - l->at));
	if (n == 0)
		return lex_error(l, t->pos, "save the text as UTF-8", "byte 0x%02x is no UTF-8", (unsigned char)*l->at);
	if ((unsigned char)*l->at < 0x20 || *l->at == 0x7f)
		return lex_error(l, t->pos, "only tabs, line ends and spaces stand between words",
				 "the control character 0x%02x cannot stand here", (unsigned char)*l->at);
	return lex_error(l, t->pos, *l->at == '\'' ? "strings stand in double quotes" : "words are separated by white space or commas",
			 "the character '%.*s' cannot stand here", (int)n, l->at);
}

int lex_next(struct lexer *l)
{
	skip_ignored(l);
	struct lex_token *t = &l->token;
	*t = (struct lex_token){.kind = LEX_END, .pos = l->pos, .s = l->at};
	if (l->at == l->end)
		return 0;
	char c = *l->at;
	int r = 0;
	if (is_letter(c)) {
		t->kind = LEX_NAME;
		while (l->at + t->n < l->end && (is_letter(l->at[t->n]) || is_digit(l->at[t->n])))
			t->n++;
	} else if (c && strchr("!$&():=@[]{}|", c)) {
		t->kind = LEX_SIGN;
		t->sign = c;
		t->n = 1;
	} else if (l->end - l->at >= 3 && memcmp(l->at, "...", 3) == 0) {
		t->kind = LEX_DOTS;
		t->n = 3;
	} else if (c == '"') {
		t->kind = LEX_STRING;
		bool block = l->end - l->at >= 3 && memcmp(l->at, "\"\"\"", 3) == 0;
		return block ? lex_block_string(l) : lex_string(l);
	} else if (c == '-' || is_digit(c)) {
		r = lex_number(l);
	} else {
		return lex_other(l);
	}
	l->at += t->n;
	l->pos.column += (uint32_t)t->n;
	return r;
}

int lex_start(struct lexer *l, const char *text, size_t n)
{
	l->at = text;
	l->end = text + n;
	l->pos = (struct tf_pos){1, 1};
	return lex_next(l);
}
