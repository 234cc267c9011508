#include "canvas_priv.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

static const struct colour wave = { 0.25, 0.62, 0.98 }, body = { 0.58, 0.82, 1.0 }, dark_body = { 0.05, 0.33, 0.66 };

static double y_of(const struct canvas *c, double v)
{
	double at = v > 1 ? 1 : v < -1 ? -1 : v;
	return c->y + c->h / 2 - at * (c->h / 2 - 2);
}

static void levels(struct canvas *c)
{
	static const int marks[] = { 0, -6, -12 };
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		double v = audio_from_db(marks[i]);
		char text[16];
		(void)snprintf(text, sizeof(text), "%d dB", marks[i]);
		for (int sign = -1; sign <= 1; sign += 2)
			canvas_hline(c, c->x, c->x + c->w, y_of(c, sign * v), c->theme->grid, 0.8);
		canvas_text(c, c->x - 6, y_of(c, v) + (i ? 0 : 4), 10, ANCHOR_RIGHT, c->theme->faint, 0, text);
	}
	canvas_hline(c, c->x, c->x + c->w, y_of(c, 0), c->theme->strong_grid, 1);
}

/* One path over the tops and back under the bottoms: no seams between columns. */
static int outline(struct canvas *c, const struct waveform *w, bool rms, struct colour colour, struct err *err)
{
	double per = c->w / (double)w->n;
	AUTO_MEM struct point *p = calloc(4 * w->n, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "waveform");
	for (size_t i = 0; i < w->n; i++) {
		double x = c->x + (double)i * per;
		double top = y_of(c, rms ? fmin(w->peaks[i].rms, w->peaks[i].max) : w->peaks[i].max) - 0.4;
		double bottom = y_of(c, rms ? fmax(-w->peaks[i].rms, w->peaks[i].min) : w->peaks[i].min) + 0.4;
		p[2 * i] = (struct point){ x, top };
		p[2 * i + 1] = (struct point){ x + per, top };
		p[4 * w->n - 1 - 2 * i] = (struct point){ x, bottom };
		p[4 * w->n - 2 - 2 * i] = (struct point){ x + per, bottom };
	}
	canvas_polygon(c, p, 4 * w->n, colour);
	return 0;
}

/* Full scale and beyond is marked above and below. */
static void clipping(struct canvas *c, const struct waveform *w)
{
	double per = c->w / (double)w->n;
	for (size_t i = 0; i < w->n; i++) {
		double x = c->x + (double)i * per;
		if (w->peaks[i].max >= 1)
			canvas_rect(c, x, c->y, fmax(per, 1), 3, c->theme->warn, 1);
		if (w->peaks[i].min <= -1)
			canvas_rect(c, x, c->y + c->h - 3, fmax(per, 1), 3, c->theme->warn, 1);
	}
}

int picture_waveform(const struct waveform *w, const struct picture_look *look, struct picture *ret, struct err *err)
{
	struct canvas c;
	if (!w->n || !w->peaks || !(w->duration_s >= 0) || !isfinite(w->duration_s) || !(w->from_s >= 0) || !isfinite(w->from_s))
		return err_set(err, -EINVAL, "there is no sound to draw");
	int r = canvas_init(&c, look, err);
	if (r < 0)
		return r;
	canvas_frame(&c);
	canvas_time_axis(&c, w->from_s, w->duration_s);
	levels(&c);
	r = outline(&c, w, false, wave, err);
	if (r == 0)
		r = outline(&c, w, true, look->light ? dark_body : body, err);
	clipping(&c, w);
	if (r == 0)
		r = canvas_finish(&c, ret, err);
	canvas_done(&c);
	return r;
}
