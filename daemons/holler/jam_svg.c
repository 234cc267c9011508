#include "jam_svg.h"

#include "base/mem.h"
#include "base/svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* The page: a margin, and three lanes on one time axis. */
#define PAGE_W 1600.0
#define PAGE_H 920.0
#define LEFT   84.0
#define RIGHT  (PAGE_W - 40.0)
#define ROLL_TOP    140.0
#define ROLL_BOTTOM 540.0
#define LIFE_TOP    606.0
#define LIFE_H      34.0
#define WAVE_TOP    716.0
#define WAVE_BOTTOM 846.0

#define INK      "#e9ecf5"
#define MUTED    "#8d95ad"
#define FAINT    "#39405a"
#define PANEL    "#171b2a"
#define TUNE     "#f4b04e"
#define MADE     "#46c8e8"

#define MAX_DRAWN_STATES 64

static const struct {
	const char *name, *colour;
} state_colours[] = {
	{ "pending", "#6c7594" },   { "running", "#b48cf2" },  { "resolved", "#5ea6f5" },   { "approved", "#5fd38d" },
	{ "mixed_in", MADE },       { "rejected", "#ef6f6c" }, { "failed", "#ef6f6c" },     { "cancelled", "#a0a0a0" },
	{ "superseded", "#a0a0a0" },
};

static const char *state_colour(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(state_colours); i++)
		if (strcmp(state_colours[i].name, name) == 0)
			return state_colours[i].colour;
	return MUTED;
}

static double x_of(const struct jam_svg *p, double s)
{
	double x = LEFT + s / p->total_s * (RIGHT - LEFT);
	return fmin(fmax(x, LEFT), RIGHT);
}

static bool has_span(double from, double to)
{
	return isfinite(from) && isfinite(to) && to > from;
}

/* --- page ---------------------------------------------------------------------------------------------------------- */

/* The waveform's colour goes over from the tune's to the model's just as the sound does. */
static void page_gradient(const struct jam_svg *p, struct strbuf *b)
{
	double from = 1, to = 1;
	if (has_span(p->crossfade_from_s, p->crossfade_to_s)) {
		from = (x_of(p, p->crossfade_from_s) - LEFT) / (RIGHT - LEFT);
		to = (x_of(p, p->crossfade_to_s) - LEFT) / (RIGHT - LEFT);
	}
	(void)strbuf_addf(b, "<linearGradient id=\"sound\" gradientUnits=\"userSpaceOnUse\" x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" y2=\"0\">"
			     "<stop offset=\"%.4f\" stop-color=\"" TUNE "\"/><stop offset=\"%.4f\" stop-color=\"%s\"/>"
			     "</linearGradient>\n",
			  LEFT, RIGHT, from, to, from < 1 ? MADE : TUNE);
}

static void page_begin(const struct jam_svg *p, struct strbuf *b)
{
	(void)strbuf_addf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\" "
			     "font-family=\"Inter, 'Segoe UI', 'DejaVu Sans', sans-serif\">\n<title>",
			  PAGE_W, PAGE_H, PAGE_W, PAGE_H);
	svg_escape(b, p->title ? p->title : "", 200);
	(void)strbuf_adds(b, "</title>\n<defs>\n"
			     "<linearGradient id=\"page\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"1\"><stop offset=\"0\" stop-color=\"#1c2135\"/>"
			     "<stop offset=\"1\" stop-color=\"#0f121c\"/></linearGradient>\n");
	page_gradient(p, b);
	(void)strbuf_addf(b, "<clipPath id=\"roll\"><rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\"/></clipPath>\n</defs>\n", LEFT,
			  ROLL_TOP, RIGHT - LEFT, ROLL_BOTTOM - ROLL_TOP);
	(void)strbuf_addf(b, "<rect width=\"%g\" height=\"%g\" fill=\"url(#page)\"/>\n", PAGE_W, PAGE_H);
}

static void page_head(const struct jam_svg *p, struct strbuf *b)
{
	static const struct svg_font title = { 32, INK, "start", true }, sub = { 16, MUTED, "start", false };
	static const struct svg_font key = { 15, INK, "start", false };
	svg_text(b, LEFT, 58, &title, p->title && *p->title ? p->title : "untitled", 60);
	if (p->subtitle)
		svg_text(b, LEFT, 86, &sub, p->subtitle, 120);

	static const struct {
		const char *text, *colour;
	} legend[] = { { "the tune", TUNE }, { "generated", MADE } };
	double x = RIGHT - 250;
	for (size_t i = 0; i < COUNT_OF(legend); i++, x += 130) {
		svg_rect(b, x, 44, 22, 14, 4, legend[i].colour, 1);
		svg_text(b, x + 30, 56, &key, legend[i].text, 30);
	}
}

/* --- time ---------------------------------------------------------------------------------------------------------- */

/* Bar lines through everything; numbers as far apart as they need to be. */
static void draw_bars(const struct jam_svg *p, struct strbuf *b)
{
	static const struct svg_font number = { 13, MUTED, "start", false };
	double written = -100;
	for (size_t i = 0; i < p->n_bars; i++) {
		double at = p->bars[i].at_s;
		if (!isfinite(at) || at < 0 || at > p->total_s)
			continue;
		double x = x_of(p, at);
		bool phrase = p->bars[i].number % 4 == 1;
		svg_line(b, x, ROLL_TOP - 6, x, WAVE_BOTTOM, phrase ? "#5a648a" : FAINT, 1, phrase ? 0.8 : 0.55);
		if (p->bars[i].number < 1 || x - written < 26)
			continue;
		char text[24];
		(void)snprintf(text, sizeof(text), "%lld", (long long)p->bars[i].number);
		svg_text(b, x + 3, ROLL_TOP - 8, &number, text, 24);
		written = x;
	}
}

static void draw_seconds(const struct jam_svg *p, struct strbuf *b)
{
	static const double steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600 };
	static const struct svg_font label = { 13, MUTED, "middle", false };
	double step = 7200;
	for (size_t i = COUNT_OF(steps); i-- > 0;)
		if (steps[i] / p->total_s * (RIGHT - LEFT) >= 64)
			step = steps[i];
	svg_line(b, LEFT, WAVE_BOTTOM + 10, RIGHT, WAVE_BOTTOM + 10, FAINT, 1, 1);
	for (int k = 0; k * step <= p->total_s; k++) {
		char text[32];
		double s = k * step, x = x_of(p, s);
		if (s < 60)
			(void)snprintf(text, sizeof(text), "%g s", s);
		else
			(void)snprintf(text, sizeof(text), "%d:%02d", (int)s / 60, (int)s % 60);
		svg_line(b, x, WAVE_BOTTOM + 10, x, WAVE_BOTTOM + 16, MUTED, 1, 1);
		svg_text(b, x, WAVE_BOTTOM + 33, &label, text, 24);
	}
}

/* --- piano roll ---------------------------------------------------------------------------------------------------- */

struct roll {
	int lo, hi; /* pitches shown */
	double row;
};

static bool is_drawn(const struct jam_svg *p, const struct jam_svg_note *n)
{
	return has_span(n->start_s, n->end_s) && n->end_s > 0 && n->start_s < p->total_s && n->pitch < 128;
}

static struct roll roll_of(const struct jam_svg *p)
{
	struct roll r = { 127, 0, 0 };
	for (size_t i = 0; i < p->n_notes; i++) {
		if (!is_drawn(p, &p->notes[i]))
			continue;
		r.lo = p->notes[i].pitch < r.lo ? p->notes[i].pitch : r.lo;
		r.hi = p->notes[i].pitch > r.hi ? p->notes[i].pitch : r.hi;
	}
	if (r.lo > r.hi)
		r = (struct roll){ 60, 72, 0 };
	r.lo = r.lo > 2 ? r.lo - 2 : 0;
	r.hi = r.hi < 125 ? r.hi + 2 : 127;
	while (r.hi - r.lo < 18) {
		r.lo -= r.lo > 0;
		r.hi += r.hi < 127;
	}
	r.row = (ROLL_BOTTOM - ROLL_TOP) / (r.hi - r.lo + 1);
	return r;
}

static double y_of(const struct roll *r, int pitch)
{
	return ROLL_BOTTOM - (pitch - r->lo + 1) * r->row;
}

static void draw_keys(const struct roll *r, struct strbuf *b)
{
	static const struct svg_font name = { 13, MUTED, "end", false };
	static const char black[12] = { 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0 };
	for (int pitch = r->lo; pitch <= r->hi; pitch++) {
		if (black[pitch % 12])
			svg_rect(b, LEFT, y_of(r, pitch), RIGHT - LEFT, r->row, 0, "#0d1019", 0.55);
		if (pitch % 12 != 0)
			continue;
		char text[8];
		double y = y_of(r, pitch) + r->row;
		(void)snprintf(text, sizeof(text), "C%d", pitch / 12 - 1);
		svg_line(b, LEFT, y, RIGHT, y, FAINT, 1, 0.9);
		svg_text(b, LEFT - 10, y - r->row / 2 + 5, &name, text, 8);
	}
}

static void draw_region(const struct jam_svg *p, struct strbuf *b)
{
	if (!has_span(p->region_from_s, p->region_to_s))
		return;
	double x = x_of(p, p->region_from_s), w = x_of(p, p->region_to_s) - x;
	(void)strbuf_addf(b, "<rect x=\"%.2f\" y=\"%g\" width=\"%.2f\" height=\"%g\" rx=\"6\" fill=\"" MADE "\" fill-opacity=\"0.05\" "
			     "stroke=\"" MADE "\" stroke-opacity=\"0.55\" stroke-width=\"1.5\" stroke-dasharray=\"6 5\"/>\n",
			  x, ROLL_TOP, w, ROLL_BOTTOM - ROLL_TOP);
}

/* Louder notes are brighter; a thin gap keeps repeated ones apart. */
static void draw_notes(const struct jam_svg *p, const struct roll *r, struct strbuf *b)
{
	(void)strbuf_adds(b, "<g clip-path=\"url(#roll)\">\n");
	double h = fmax(r->row * 0.82, 2);
	for (int made = 0; made < 2; made++) {
		for (size_t i = 0; i < p->n_notes; i++) {
			const struct jam_svg_note *n = &p->notes[i];
			if (!is_drawn(p, n) || n->generated != (made == 1))
				continue;
			double x = x_of(p, n->start_s), w = fmax(x_of(p, n->end_s) - x - 1.2, 1.5);
			double loud = 0.55 + 0.45 * (n->velocity > 127 ? 127 : n->velocity) / 127.0;
			svg_rect(b, x, y_of(r, n->pitch) + (r->row - h) / 2, w, h, fmin(h / 4, 4), made ? MADE : TUNE, loud);
		}
	}
	(void)strbuf_adds(b, "</g>\n");
}

static void draw_roll(const struct jam_svg *p, struct strbuf *b)
{
	struct roll r = roll_of(p);
	svg_rect(b, LEFT, ROLL_TOP, RIGHT - LEFT, ROLL_BOTTOM - ROLL_TOP, 6, PANEL, 1);
	draw_keys(&r, b);
	draw_region(p, b);
	draw_bars(p, b);
	draw_notes(p, &r, b);
}

/* --- the latent's life --------------------------------------------------------------------------------------------- */

struct life {
	const struct jam_svg_state *states[MAX_DRAWN_STATES];
	size_t n;
};

static void life_sort(const struct jam_svg *p, struct life *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < p->n_states && ret->n < MAX_DRAWN_STATES; i++) {
		const struct jam_svg_state *s = &p->states[i];
		if (!isfinite(s->at_s) || !s->name || s->at_s > p->total_s)
			continue;
		size_t k = ret->n++;
		for (; k > 0 && ret->states[k - 1]->at_s > s->at_s; k--)
			ret->states[k] = ret->states[k - 1];
		ret->states[k] = s;
	}
}

static void state_label(const struct jam_svg_state *s, char *ret, size_t size)
{
	char name[40];
	(void)str_copy(name, sizeof(name), s->name);
	for (char *c = name; *c; c++)
		*c = *c == '_' ? ' ' : *c;
	(void)snprintf(ret, size, "%s  %.*f s", name, fabs(s->at_s) < 10 ? 2 : 1, s->at_s);
}

/* A label that does not fit into its stretch stands below it, on the first of three lines that is free. */
static void label_below(double x, const char *label, const char *colour, double free_from[3], struct strbuf *b)
{
	struct svg_font f = { 13, colour, "start", false };
	double w = svg_text_width(label, f.size) + 14;
	int line = 0;
	while (line < 2 && free_from[line] > x)
		line++;
	double tx = x + w > RIGHT ? RIGHT - w : x;
	double y = LIFE_TOP + LIFE_H + 18 + line * 17;
	svg_line(b, x, LIFE_TOP + LIFE_H, x, y - 2, colour, 1, 0.8);
	svg_text(b, tx + 5, y, &f, label, 40);
	free_from[line] = tx + w;
}

static void draw_life(const struct jam_svg *p, struct strbuf *b)
{
	static const struct svg_font head = { 14, MUTED, "start", false };
	static const struct svg_font side = { 13, MUTED, "end", false }, inside = { 14, "#10131d", "start", true };
	double free_from[3] = { 0, 0, 0 };
	struct life life;
	life_sort(p, &life);
	svg_text(b, LEFT - 10, LIFE_TOP + LIFE_H / 2 + 5, &side, "latent", 10);
	svg_rect(b, LEFT, LIFE_TOP, RIGHT - LEFT, LIFE_H, 6, PANEL, 1);
	if (p->intent) {
		(void)strbuf_addf(b, "<text x=\"%g\" y=\"%g\" font-size=\"%g\" fill=\"%s\">wanted: <tspan fill=\"" INK "\">", LEFT,
				  LIFE_TOP - 12, head.size, head.colour);
		svg_escape(b, p->intent, 150);
		(void)strbuf_adds(b, "</tspan></text>\n");
	}
	for (size_t i = 0; i < life.n; i++) {
		const struct jam_svg_state *s = life.states[i];
		const char *colour = state_colour(s->name);
		double x = x_of(p, s->at_s), end = i + 1 < life.n ? x_of(p, life.states[i + 1]->at_s) : RIGHT;
		char label[96];
		state_label(s, label, sizeof(label));
		svg_rect(b, x, LIFE_TOP, fmax(end - x, 2), LIFE_H, end - x > 12 ? 5 : 0, colour, 0.92);
		if (end - x > svg_text_width(label, inside.size) + 20)
			svg_text(b, x + 10, LIFE_TOP + LIFE_H / 2 + 5, &inside, label, 40);
		else
			label_below(x, label, colour, free_from, b);
	}
}

/* --- waveform ------------------------------------------------------------------------------------------------------ */

static double wave_y(float v)
{
	double held = isfinite(v) ? fmin(fmax((double)v, -1), 1) : 0, middle = (WAVE_TOP + WAVE_BOTTOM) / 2;
	return middle - held * (WAVE_BOTTOM - WAVE_TOP) / 2;
}

static void wave_path(const struct jam_svg *p, bool rms, double opacity, struct strbuf *b)
{
	double step = (RIGHT - LEFT) / (double)p->n_peaks;
	(void)strbuf_adds(b, "<path fill=\"url(#sound)\" d=\"M");
	for (size_t i = 0; i < p->n_peaks; i++)
		(void)strbuf_addf(b, "%.1f,%.1f ", LEFT + ((double)i + 0.5) * step, wave_y(rms ? p->peaks[i].rms : p->peaks[i].max));
	for (size_t i = p->n_peaks; i-- > 0;)
		(void)strbuf_addf(b, "%.1f,%.1f ", LEFT + ((double)i + 0.5) * step, wave_y(rms ? -p->peaks[i].rms : p->peaks[i].min));
	(void)strbuf_addf(b, "Z\" opacity=\"%.2f\"/>\n", opacity);
}

/* One falls while the other rises. */
static void draw_crossfade(const struct jam_svg *p, struct strbuf *b)
{
	static const struct svg_font label = { 13, INK, "start", false };
	if (!has_span(p->crossfade_from_s, p->crossfade_to_s))
		return;
	double from = x_of(p, p->crossfade_from_s), to = x_of(p, p->crossfade_to_s);
	svg_rect(b, from, WAVE_TOP, to - from, WAVE_BOTTOM - WAVE_TOP, 0, INK, 0.07);
	svg_line(b, from, WAVE_TOP, to, WAVE_BOTTOM, TUNE, 2, 0.9);
	svg_line(b, from, WAVE_BOTTOM, to, WAVE_TOP, MADE, 2, 0.9);
	double w = svg_text_width("crossfade", label.size);
	svg_text(b, fmin(from + 4, RIGHT - w), WAVE_TOP - 6, &label, "crossfade", 20);
}

static void draw_wave(const struct jam_svg *p, struct strbuf *b)
{
	static const struct svg_font side = { 13, MUTED, "end", false };
	double middle = (WAVE_TOP + WAVE_BOTTOM) / 2;
	svg_text(b, LEFT - 10, middle + 5, &side, "sound", 10);
	if (p->n_peaks > 0) {
		wave_path(p, false, 0.5, b);
		wave_path(p, true, 0.95, b);
	}
	svg_line(b, LEFT, middle, RIGHT, middle, INK, 1, 0.25);
	draw_crossfade(p, b);
}

int jam_svg_write(const struct jam_svg *p, struct strbuf *b, struct err *err)
{
	if (!(p->total_s > 0) || p->total_s > 86400)
		return err_field(err, -EINVAL, "total_s", "a picture of %g s; allowed are 0 to 86400", p->total_s);
	page_begin(p, b);
	page_head(p, b);
	svg_rect(b, LEFT, WAVE_TOP, RIGHT - LEFT, WAVE_BOTTOM - WAVE_TOP, 6, PANEL, 1);
	draw_roll(p, b);
	draw_life(p, b);
	draw_wave(p, b);
	draw_seconds(p, b);
	(void)strbuf_adds(b, "</svg>\n");
	return strbuf_ok(b) ? 0 : err_set(err, -ENOMEM, "draw a picture");
}
