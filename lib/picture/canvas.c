#include "canvas_priv.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/svg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define MARGIN_LEFT   52
#define MARGIN_RIGHT  64
#define MARGIN_TOP    34
#define MARGIN_BOTTOM 30
#define FONT          "DejaVu Sans"
#define ELLIPSIS      "\xe2\x80\xa6"
#define TEXT_MOST     512 /* bytes */

static const struct theme dark = {
	.back = { 0.075, 0.082, 0.106 }, .plot = { 0.043, 0.047, 0.063 }, .grid = { 0.16, 0.175, 0.22 },
	.strong_grid = { 0.30, 0.32, 0.40 }, .text = { 0.90, 0.91, 0.94 }, .faint = { 0.58, 0.61, 0.69 }, .warn = { 1.0, 0.33, 0.30 },
};
static const struct theme light = {
	.back = { 0.975, 0.975, 0.985 }, .plot = { 1, 1, 1 }, .grid = { 0.88, 0.89, 0.92 }, .strong_grid = { 0.66, 0.68, 0.74 },
	.text = { 0.10, 0.11, 0.15 }, .faint = { 0.40, 0.43, 0.50 }, .warn = { 0.85, 0.10, 0.08 },
};

const char *picture_engine_version(void)
{
	return cairo_version_string();
}

void picture_done(struct picture *p)
{
	free(p->bytes);
	*p = (struct picture){ 0 };
}

size_t picture_columns(const struct picture_look *look)
{
	int n = look->width - MARGIN_LEFT - MARGIN_RIGHT;
	return n > 1 ? (size_t)n : 1;
}

size_t picture_rows(const struct picture_look *look)
{
	int n = look->height - MARGIN_TOP - MARGIN_BOTTOM;
	return n > 1 ? (size_t)n : 1;
}

/* --- the sheet --- */

static cairo_status_t on_bytes(void *arg, const unsigned char *bytes, unsigned int n)
{
	return strbuf_add(arg, bytes, n) == 0 ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_NO_MEMORY;
}

static int check_look(const struct picture_look *look, struct err *err)
{
	if (look->width < PICTURE_WIDTH_MIN || look->width > PICTURE_WIDTH_MAX)
		return err_field(err, -EINVAL, "width", "a picture is %d to %d pixels wide, not %d", PICTURE_WIDTH_MIN,
				 PICTURE_WIDTH_MAX, look->width);
	if (look->height < PICTURE_HEIGHT_MIN || look->height > PICTURE_HEIGHT_MAX)
		return err_field(err, -EINVAL, "height", "a picture is %d to %d pixels high, not %d", PICTURE_HEIGHT_MIN,
				 PICTURE_HEIGHT_MAX, look->height);
	return 0;
}

int canvas_init(struct canvas *c, const struct picture_look *look, struct err *err)
{
	*c = (struct canvas){ .look = look, .theme = look->light ? &light : &dark, .is_svg = look->format == PICTURE_SVG };
	int r = check_look(look, err);
	if (r < 0)
		return r;
	/* An SVG is written by hand, with texts that are texts; cairo only measures them for it. */
	c->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, c->is_svg ? 1 : look->width, c->is_svg ? 1 : look->height);
	c->cr = cairo_create(c->surface);
	cairo_select_font_face(c->cr, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	if (c->is_svg)
		(void)strbuf_addf(&c->svg,
				  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
				  "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"" FONT ", sans-serif\">\n",
				  look->width, look->height, look->width, look->height);
	if (cairo_status(c->cr) == CAIRO_STATUS_SUCCESS)
		return 0;
	canvas_done(c);
	return err_set(err, -ENOMEM, "picture");
}

void canvas_done(struct canvas *c)
{
	if (c->cr)
		cairo_destroy(c->cr);
	if (c->surface)
		cairo_surface_destroy(c->surface);
	strbuf_done(&c->svg);
	strbuf_done(&c->png);
	c->cr = NULL;
	c->surface = NULL;
}

static int give(struct strbuf *from, const char *mime_type, struct picture *ret, struct err *err)
{
	ret->n = from->n;
	ret->bytes = (uint8_t *)strbuf_take(from);
	ret->mime_type = mime_type;
	return ret->bytes ? 0 : err_set(err, -ENOMEM, "picture");
}

int canvas_finish(struct canvas *c, struct picture *ret, struct err *err)
{
	if (c->is_svg) {
		(void)strbuf_adds(&c->svg, "</svg>\n");
		return give(&c->svg, "image/svg+xml", ret, err);
	}
	cairo_status_t s = cairo_status(c->cr);
	if (s == CAIRO_STATUS_SUCCESS)
		s = cairo_surface_write_to_png_stream(c->surface, on_bytes, &c->png);
	if (s != CAIRO_STATUS_SUCCESS)
		return err_set(err, s == CAIRO_STATUS_NO_MEMORY ? -ENOMEM : -EIO, "picture: %s", cairo_status_to_string(s));
	return give(&c->png, "image/png", ret, err);
}

/* --- marks --- */

/* "#rrggbb" */
static const char *hex(struct colour colour, char ret[8])
{
	(void)snprintf(ret, 8, "#%02x%02x%02x", (unsigned)(colour.r * 255 + 0.5), (unsigned)(colour.g * 255 + 0.5),
		       (unsigned)(colour.b * 255 + 0.5));
	return ret;
}

void canvas_rect(struct canvas *c, double x, double y, double w, double h, struct colour colour, double alpha)
{
	char fill[8];
	if (c->is_svg) {
		svg_rect(&c->svg, x, y, w, h, 0, hex(colour, fill), alpha);
		return;
	}
	cairo_set_source_rgba(c->cr, colour.r, colour.g, colour.b, alpha);
	cairo_rectangle(c->cr, x, y, w, h);
	cairo_fill(c->cr);
}

void canvas_polygon(struct canvas *c, const struct point *p, size_t n, struct colour colour)
{
	if (c->is_svg)
		(void)strbuf_adds(&c->svg, "<path d=\"");
	for (size_t i = 0; i < n; i++) {
		if (c->is_svg)
			(void)strbuf_addf(&c->svg, "%c%.2f %.2f", i ? 'L' : 'M', p[i].x, p[i].y);
		else
			cairo_line_to(c->cr, p[i].x, p[i].y);
	}
	char fill[8];
	if (c->is_svg) {
		(void)strbuf_addf(&c->svg, "Z\" fill=\"%s\"/>\n", hex(colour, fill));
		return;
	}
	cairo_close_path(c->cr);
	cairo_set_source_rgb(c->cr, colour.r, colour.g, colour.b);
	cairo_fill(c->cr);
}

static void svg_image(struct canvas *c, cairo_surface_t *image, double x, double y, double w, double h)
{
	AUTO_STRBUF png = STRBUF_INIT;
	if (cairo_surface_write_to_png_stream(image, on_bytes, &png) != CAIRO_STATUS_SUCCESS || !strbuf_ok(&png)) {
		c->svg.failed = true;
		return;
	}
	(void)strbuf_addf(&c->svg, "<image x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" preserveAspectRatio=\"none\" href=\""
				   "data:image/png;base64,", x, y, w, h);
	AUTO_MEM char *text = malloc(BASE64_SIZE(png.n));
	if (text)
		base64_encode(text, (const uint8_t *)png.s, png.n);
	(void)(text ? strbuf_add(&c->svg, text, BASE64_SIZE(png.n)) : (c->svg.failed = true));
	(void)strbuf_adds(&c->svg, "\"/>\n");
}

void canvas_image(struct canvas *c, cairo_surface_t *image, double x, double y, double w, double h)
{
	if (c->is_svg) {
		svg_image(c, image, x, y, w, h);
		return;
	}
	cairo_save(c->cr);
	cairo_translate(c->cr, x, y);
	cairo_scale(c->cr, w / cairo_image_surface_get_width(image), h / cairo_image_surface_get_height(image));
	cairo_set_source_surface(c->cr, image, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(c->cr), CAIRO_FILTER_NEAREST);
	cairo_paint(c->cr);
	cairo_restore(c->cr);
}

void canvas_hline(struct canvas *c, double x1, double x2, double y, struct colour colour, double alpha)
{
	canvas_rect(c, floor(x1), floor(y), ceil(x2) - floor(x1), 1, colour, alpha);
}

void canvas_vline(struct canvas *c, double x, double y1, double y2, struct colour colour, double alpha)
{
	canvas_rect(c, floor(x), floor(y1), 1, ceil(y2) - floor(y1), colour, alpha);
}

/* Control characters and bytes that are no UTF-8 would stop cairo: they become question marks. */
static void clean(struct strbuf *b, const char *text)
{
	size_t left = strlen(text);
	for (size_t n; left > 0; text += n, left -= n) {
		n = str_utf8_length(text, left);
		if (n > 1 || (n == 1 && (unsigned char)*text >= 0x20))
			(void)strbuf_add(b, text, n);
		else
			(void)strbuf_addc(b, '?');
		n = n ? n : 1;
	}
}

static double measure(struct canvas *c, double size, const char *clean_text)
{
	cairo_text_extents_t e;
	cairo_set_font_size(c->cr, size);
	cairo_text_extents(c->cr, clean_text, &e);
	return e.x_advance;
}

/* To n bytes or a little less, so that no character is cut in two. */
static void shorten(struct strbuf *b, size_t n)
{
	while (n > 0 && ((unsigned char)b->s[n] & 0xc0) == 0x80)
		n--;
	b->n = n;
	b->s[n] = '\0';
}

/* As it is drawn: without what cannot be, and not endless. */
static void prepare(struct strbuf *b, const char *text)
{
	clean(b, text);
	if (strbuf_ok(b) && b->n > TEXT_MOST)
		shorten(b, TEXT_MOST);
}

double canvas_text_width(struct canvas *c, double size, const char *text)
{
	AUTO_STRBUF b = STRBUF_INIT;
	prepare(&b, text);
	return strbuf_ok(&b) && b.n ? measure(c, size, b.s) : 0;
}

static void cut(struct canvas *c, struct strbuf *b, double size, double max_width)
{
	while (b->n > 0 && measure(c, size, b->s) > max_width) {
		bool was_cut = b->n > 3 && memcmp(b->s + b->n - 3, ELLIPSIS, 3) == 0;
		shorten(b, (was_cut ? b->n - 3 : b->n) - 1);
		if (b->n)
			(void)strbuf_adds(b, ELLIPSIS);
	}
}

void canvas_text(struct canvas *c, double x, double y, double size, enum canvas_anchor anchor, struct colour colour,
		 double max_width, const char *text)
{
	static const char *const anchors[] = { [ANCHOR_LEFT] = "start", [ANCHOR_MIDDLE] = "middle", [ANCHOR_RIGHT] = "end" };
	AUTO_STRBUF b = STRBUF_INIT;
	prepare(&b, text);
	if (!strbuf_ok(&b) || !b.n)
		return;
	if (max_width > 0)
		cut(c, &b, size, max_width);
	if (!b.n)
		return;
	double w = measure(c, size, b.s);
	if (c->is_svg) {
		char fill[8];
		const struct svg_font f = { size, hex(colour, fill), anchors[anchor], false };
		svg_text(&c->svg, x, y + size * 0.36, &f, b.s, b.n);
		return;
	}
	cairo_set_source_rgb(c->cr, colour.r, colour.g, colour.b);
	cairo_move_to(c->cr, anchor == ANCHOR_LEFT ? x : anchor == ANCHOR_RIGHT ? x - w : x - w / 2, y + size * 0.36);
	cairo_show_text(c->cr, b.s);
}

/* --- the frame --- */

void canvas_frame(struct canvas *c)
{
	c->x = MARGIN_LEFT;
	c->y = MARGIN_TOP;
	c->w = (double)picture_columns(c->look);
	c->h = (double)picture_rows(c->look);
	canvas_rect(c, 0, 0, c->look->width, c->look->height, c->theme->back, 1);
	canvas_rect(c, c->x, c->y, c->w, c->h, c->theme->plot, 1);
	canvas_text(c, c->x, MARGIN_TOP / 2.0 - 4, 14, ANCHOR_LEFT, c->theme->text, c->w, c->look->title);
}

double canvas_nice_step(double least)
{
	double power = pow(10, floor(log10(least)));
	static const double steps[] = { 1, 2, 5 };
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		if (power * steps[i] >= least * 0.999999)
			return power * steps[i];
	}
	return power * 10;
}

/* Steps of time that people count in. */
static double time_step(double least)
{
	static const double steps[] = { 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000 };
	if (least <= 10)
		return canvas_nice_step(least);
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		if (steps[i] >= least)
			return steps[i];
	}
	return canvas_nice_step(least / 3600) * 3600;
}

static void time_text(double t, double step, char *ret, size_t size)
{
	int digits = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
	long minutes = (long)(t / 60 + 1e-9);
	if (step >= 1 && t >= 60)
		(void)snprintf(ret, size, "%ld:%02ld", minutes, (long)(t - 60 * (double)minutes + 0.5));
	else
		(void)snprintf(ret, size, "%.*f s", digits, t);
}

void canvas_time_axis(struct canvas *c, double from_s, double duration_s)
{
	if (duration_s <= 0)
		return;
	double step = time_step(duration_s * 72 / c->w);
	for (long i = (long)ceil(from_s / step - 1e-6); (double)i * step <= from_s + duration_s * 1.000001; i++) {
		double t = (double)i * step, x = c->x + fmax(t - from_s, 0) / duration_s * c->w;
		char text[32];
		time_text(t, step, text, sizeof(text));
		canvas_vline(c, fmin(x, c->x + c->w - 1), c->y, c->y + c->h, c->theme->grid, 0.7);
		canvas_text(c, x, c->y + c->h + 14, 11, ANCHOR_MIDDLE, c->theme->faint, 0, text);
	}
}
