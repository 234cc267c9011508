#include "base/svg.h"

#include <string.h>

#include "base/banned.h"

/* Bytes of the character at p; 0 for what XML 1.0 cannot hold or what is not UTF-8. */
static size_t good_char(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	if (*u < 0x20)
		return *u == '\t' || *u == '\n' ? 1 : 0;
	if (*u < 0x80)
		return *u != 0x7F;
	size_t n = *u >= 0xF0 ? 4 : *u >= 0xE0 ? 3 : 2;
	if (strnlen(p, n) < n || !str_utf8_valid(p, n))
		return 0;
	/* U+FFFE and U+FFFF; U+0080 to U+009F are legal but draw nothing. */
	if (u[0] == 0xEF && u[1] == 0xBF && u[2] >= 0xBE)
		return 0;
	return n;
}

void svg_escape(struct strbuf *b, const char *text, size_t max_chars)
{
	for (size_t n = 0; *text; n++) {
		if (n == max_chars) {
			(void)strbuf_adds(b, "…");
			return;
		}
		size_t bytes = good_char(text);
		switch (bytes == 1 ? *text : 0) {
		case '&': (void)strbuf_adds(b, "&amp;"); break;
		case '<': (void)strbuf_adds(b, "&lt;"); break;
		case '>': (void)strbuf_adds(b, "&gt;"); break;
		case '"': (void)strbuf_adds(b, "&quot;"); break;
		case '\'': (void)strbuf_adds(b, "&#39;"); break;
		default: (void)(bytes ? strbuf_add(b, text, bytes) : strbuf_adds(b, "\xEF\xBF\xBD")); break;
		}
		text += bytes ? bytes : 1;
	}
}

void svg_text(struct strbuf *b, double x, double y, const struct svg_font *f, const char *text, size_t max_chars)
{
	(void)strbuf_addf(b, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%g\" fill=\"%s\" text-anchor=\"%s\"%s>", x, y, f->size,
			  f->colour, f->anchor, f->bold ? " font-weight=\"600\"" : "");
	svg_escape(b, text, max_chars);
	(void)strbuf_adds(b, "</text>\n");
}

void svg_rect(struct strbuf *b, double x, double y, double w, double h, double round, const char *fill, double opacity)
{
	(void)strbuf_addf(b, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" rx=\"%g\" fill=\"%s\" opacity=\"%.2f\"/>\n",
			  x, y, w, h, round, fill, opacity);
}

void svg_line(struct strbuf *b, double x1, double y1, double x2, double y2, const char *colour, double width, double opacity)
{
	(void)strbuf_addf(b, "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke=\"%s\" stroke-width=\"%g\" opacity=\"%.2f\"/>\n",
			  x1, y1, x2, y2, colour, width, opacity);
}

double svg_text_width(const char *text, double size)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return (double)n * size * 0.56;
}
