/*
 * abc_book.c - lines, and which of them make up a tune.
 */
#include "music/abc_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Up to the next line end. In pieces, since a file may have only one kind of them. */
static size_t line_length(struct abc_span s)
{
	size_t n = 0;
	while (n < s.n) {
		size_t piece = s.n - n < 128 ? s.n - n : 128;
		const char *lf = memchr(s.s + n, '\n', piece);
		const char *cr = memchr(s.s + n, '\r', lf ? (size_t)(lf - s.s) - n : piece);
		if (cr || lf)
			return (size_t)((cr ? cr : lf) - s.s);
		n += piece;
	}
	return s.n;
}

bool abc_next_line(struct abc_span *rest, struct abc_span *ret)
{
	if (rest->n == 0)
		return false;
	size_t n = line_length(*rest);
	*ret = (struct abc_span){ rest->s, n };
	if (n < rest->n)
		n += rest->s[n] == '\r' && n + 1 < rest->n && rest->s[n + 1] == '\n' ? 2 : 1;
	rest->s += n;
	rest->n -= n;
	return true;
}

bool abc_is_field(struct abc_span l)
{
	if (l.n < 2 || l.s[1] != ':' || !(isalpha((unsigned char)l.s[0]) || l.s[0] == '+'))
		return false;
	return l.n == 2 || (l.s[2] != '|' && l.s[2] != ':');
}

struct abc_span abc_trim(struct abc_span s)
{
	while (s.n && (*s.s == ' ' || *s.s == '\t')) {
		s.s++;
		s.n--;
	}
	while (s.n && (s.s[s.n - 1] == ' ' || s.s[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool abc_span_is(struct abc_span s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.s, word, s.n) == 0;
}

void abc_skip_space(struct abc_cursor *c)
{
	while (c->s < c->end && (*c->s == ' ' || *c->s == '\t'))
		c->s++;
}

long abc_number(struct abc_cursor *c)
{
	long v = 0;
	if (!abc_digit(abc_peek(c)))
		return -1;
	for (; abc_digit(abc_peek(c)); c->s++)
		if (v < 100000)
			v = v * 10 + (*c->s - '0');
	return v < 100000 ? v : 99999;
}

static bool blank(struct abc_span l)
{
	return abc_trim(l).n == 0;
}

static int64_t x_number(struct abc_span line)
{
	struct abc_cursor c = { line.s, line.s + 2, line.s + line.n, NULL };
	abc_skip_space(&c);
	long v = abc_number(&c);
	return v < 0 ? 0 : v;
}

static bool wanted(const struct abc_pick *pick, size_t index, int64_t number)
{
	if (!pick)
		return index == 0;
	return pick->by_number ? number == pick->number : index == pick->index;
}

bool abc_next_tune(struct abc_book *b, struct abc_extent *ret)
{
	struct abc_span line;
	const char *open = NULL;
	if (!b->s.s) { /* the first call */
		b->s = b->file;
		if (b->s.n >= 3 && memcmp(b->s.s, "\xEF\xBB\xBF", 3) == 0)
			b->s = (struct abc_span){ b->s.s + 3, b->s.n - 3 };
	}
	for (;;) {
		struct abc_span before = b->s;
		if (!abc_next_line(&b->s, &line))
			break;
		bool starts = line.n >= 2 && line.s[0] == 'X' && abc_is_field(line);
		if (open && starts) {
			b->s = before;
			break;
		}
		b->line++;
		if (!b->header_end && (starts || blank(line)))
			b->header_end = line.s;
		if (open && blank(line)) {
			b->s = before;
			b->line--;
			break;
		}
		if (starts) {
			open = line.s;
			*ret = (struct abc_extent){ { line.s, 0 }, b->line, x_number(line), { b->file.s, 0 } };
			ret->file_header.n = (size_t)(b->header_end - b->file.s);
		}
	}
	if (open)
		ret->text.n = (size_t)(b->s.s - open);
	return open != NULL;
}

/* Text without any X: that has a K: field or looks like music is one tune. */
static bool find_bare(struct abc_span file, struct abc_extent *ret)
{
	struct abc_span rest = file, line;
	while (abc_next_line(&rest, &line))
		if (line.n >= 2 && line.s[0] == 'K' && abc_is_field(line)) {
			*ret = (struct abc_extent){ .text = file, .first_line = 1 };
			return true;
		}
	return false;
}

/* Finds a tune, counts all of them; 0, or -ENOENT where the one asked for is not there. */
int abc_find(struct abc_span file, const struct abc_pick *pick, struct abc_extent *ret, size_t *ret_count)
{
	struct abc_span rest = file, line;
	const char *open = NULL, *header_end = NULL;
	bool found = false;
	size_t n = 0;
	uint32_t number = 0;
	if (file.n >= 3 && memcmp(file.s, "\xEF\xBB\xBF", 3) == 0) {
		rest.s += 3;
		rest.n -= 3;
	}
	while (abc_next_line(&rest, &line)) {
		number++;
		bool starts = line.n >= 2 && line.s[0] == 'X' && abc_is_field(line);
		if (open && (blank(line) || starts)) {
			ret->text.n = (size_t)(line.s - open);
			open = NULL;
		}
		if (!starts && blank(line) && !header_end)
			header_end = line.s;
		if (!starts)
			continue;
		if (!header_end)
			header_end = line.s;
		if (!found && wanted(pick, n, x_number(line))) {
			*ret = (struct abc_extent){ { line.s, (size_t)(file.s + file.n - line.s) }, number,
						    x_number(line), { "", 0 } };
			open = line.s;
			found = true;
		}
		n++;
	}
	if (n == 0 && find_bare(file, ret)) {
		*ret_count = 1;
		return !pick || (pick->by_number ? pick->number == 0 : pick->index == 0) ? 0 : -ENOENT;
	}
	if (found)
		ret->file_header = (struct abc_span){ file.s, (size_t)(header_end - file.s) };
	*ret_count = n;
	return found ? 0 : -ENOENT;
}

/* "X:1, X:2, X:5 and 3 more", as far as there is room. */
static void list_numbers(struct abc_span file, size_t count, char *ret, size_t size)
{
	struct abc_book book = { .file = file };
	struct abc_extent e;
	size_t n = 0, at = 0;
	for (; at + sizeof(", X:99999 and 100000000 more") < size && abc_next_tune(&book, &e); n++)
		at += (size_t)snprintf(ret + at, size - at, "%sX:%lld", n ? ", " : "", (long long)e.number);
	if (n > 0 && n < count)
		(void)snprintf(ret + at, size - at, " and %zu more", count - n);
}

int abc_no_tune(struct abc_span file, const struct abc_pick *pick, size_t count, struct err *err)
{
	char numbers[120] = "";
	if (count == 0)
		return err_hint(err, err_set(err, -ENOENT, "the text holds no tune: it has no line X:1, and no line like K:D"),
				"a tune is a line X:1, other fields, a line K:D (its key), then the notes");
	if (!pick->by_number)
		return err_set(err, -ENOENT, "there is no tune %zu: the text holds %zu", pick->index + 1, count);
	list_numbers(file, count, numbers, sizeof(numbers));
	if (!*numbers)
		return err_set(err, -ENOENT, "no tune has X:%lld: the text holds one, without a number",
			       (long long)pick->number);
	return err_hint(err, err_set(err, -ENOENT, "no tune has X:%lld; there is %s", (long long)pick->number, numbers),
			"the number is that of a tune's X: line; without one the first tune is taken");
}

size_t abc_count(const char *text, size_t n)
{
	struct abc_extent e;
	size_t count = 0;
	(void)abc_find((struct abc_span){ text, n }, NULL, &e, &count); /* no tune is the count 0 */
	return count;
}
