#include "columns.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MIN 40
#define COLUMNS_MAX 400

/* Bytes of the character at p, 0 for what must not reach a terminal. C1 controls are two bytes, C2 80 to C2 9F. */
static size_t good_char(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	if (*u < 0x80)
		return *u >= 0x20 && *u != 0x7F;
	size_t n = str_utf8_length(p, strnlen(p, 4));
	return n == 2 && u[0] == 0xC2 && u[1] < 0xA0 ? 0 : n;
}

size_t columns_count(const char *text)
{
	size_t n = 0;
	for (; *text; n++) {
		size_t bytes = good_char(text);
		text += bytes ? bytes : 1;
	}
	return n;
}

void columns_cut(struct strbuf *b, const char *text, size_t width)
{
	bool whole = columns_count(text) <= width;
	size_t keep = whole ? width : width ? width - 1 : 0;
	for (size_t n = 0; *text && n < keep; n++) {
		size_t bytes = good_char(text);
		(void)(bytes ? strbuf_add(b, text, bytes) : strbuf_addc(b, '?'));
		text += bytes ? bytes : 1;
	}
	if (!whole && width)
		(void)strbuf_adds(b, "…");
}

void columns_fill(struct strbuf *b, const char *text, size_t width)
{
	columns_cut(b, text, width);
	for (size_t n = columns_count(text); n < width; n++)
		(void)strbuf_addc(b, ' ');
}

size_t columns_of_terminal(size_t *ret_rows)
{
	struct winsize w = { 0 };
	int64_t n = 0;
	const char *env = getenv("COLUMNS");
	*ret_rows = 0;
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col) {
		*ret_rows = w.ws_row;
		n = w.ws_col;
	} else if (!env || str_to_int(env, &n) < 0) {
		n = 80;
	}
	return n < COLUMNS_MIN ? COLUMNS_MIN : n > COLUMNS_MAX ? COLUMNS_MAX : (size_t)n;
}
