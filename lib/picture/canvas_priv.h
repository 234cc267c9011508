/*
 * canvas_priv.h - what the pictures share: a sheet to draw on, its colours, a frame with axes.
 *
 * Ownership: canvas_finish gives the bytes away; canvas_done may follow at any time.
 * Errors:    they stick, and canvas_finish tells of them.
 */
#ifndef PICTURE_CANVAS_PRIV_H
#define PICTURE_CANVAS_PRIV_H

#include "base/str.h"
#include "picture/picture.h"

#include <cairo.h>

struct colour {
	double r, g, b;
};

struct theme {
	struct colour back, plot, grid, strong_grid, text, faint, warn;
};

struct canvas {
	cairo_surface_t *surface;
	cairo_t *cr;
	const struct picture_look *look;
	const struct theme *theme;
	bool is_svg;
	struct strbuf svg, png; /* what is written */
	double x, y, w, h; /* of the plot inside the frame */
};

int canvas_init(struct canvas *c, const struct picture_look *look, struct err *err);
void canvas_done(struct canvas *c);
int canvas_finish(struct canvas *c, struct picture *ret, struct err *err);

void canvas_rect(struct canvas *c, double x, double y, double w, double h, struct colour colour, double alpha);
struct point {
	double x, y;
};
void canvas_polygon(struct canvas *c, const struct point *p, size_t n, struct colour colour);
/* Stretched to w by h, its pixels stay sharp. */
void canvas_image(struct canvas *c, cairo_surface_t *image, double x, double y, double w, double h);
/* A line on whole pixels, one pixel wide. */
void canvas_hline(struct canvas *c, double x1, double x2, double y, struct colour colour, double alpha);
void canvas_vline(struct canvas *c, double x, double y1, double y2, struct colour colour, double alpha);
enum canvas_anchor { ANCHOR_LEFT, ANCHOR_MIDDLE, ANCHOR_RIGHT };
/* The text's middle line is at y. Cut to max_width with an ellipsis; 0: not cut. */
void canvas_text(struct canvas *c, double x, double y, double size, enum canvas_anchor anchor, struct colour colour,
		 double max_width, const char *text);
double canvas_text_width(struct canvas *c, double size, const char *text);

/* Background, title and plot area; room around it for axes. */
void canvas_frame(struct canvas *c);
/* Times under the plot, with grid lines. */
void canvas_time_axis(struct canvas *c, double from_s, double duration_s);
/* The first of 1, 2, 5, 10, 20, 50 … that is at least `least`. */
double canvas_nice_step(double least);

#endif
