/*
 * svg.h - the few SVG elements that pictures need, with texts escaped.
 *
 * Units:  user units; colours are "#rrggbb"; opacities 0 to 1.
 * Errors: they stick in the buffer (strbuf_ok).
 */
#ifndef BASE_SVG_H
#define BASE_SVG_H

#include "base/str.h"

struct svg_font {
	double size;
	const char *colour, *anchor; /* start, middle, end */
	bool bold;
};

/* Text for XML: markup escaped, what XML cannot hold replaced, cut to max_chars with an ellipsis. */
void svg_escape(struct strbuf *b, const char *text, size_t max_chars);
void svg_text(struct strbuf *b, double x, double y, const struct svg_font *f, const char *text, size_t max_chars);
void svg_rect(struct strbuf *b, double x, double y, double w, double h, double round, const char *fill, double opacity);
void svg_line(struct strbuf *b, double x1, double y1, double x2, double y2, const char *colour, double width, double opacity);
/* A guess at how wide a text in this size is drawn. */
double svg_text_width(const char *text, double size);

#endif
