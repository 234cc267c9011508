#include "canvas_priv.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>

#include "base/banned.h"

/* From silence to loud, each step lighter than the one before, so that it reads without colours too. */
static const struct colour ramp[] = {
	{ 0.010, 0.012, 0.030 }, { 0.085, 0.055, 0.220 }, { 0.270, 0.060, 0.420 }, { 0.480, 0.110, 0.450 }, { 0.690, 0.190, 0.400 },
	{ 0.870, 0.330, 0.290 }, { 0.960, 0.540, 0.190 }, { 0.985, 0.770, 0.300 }, { 0.990, 0.960, 0.720 },
};

static struct colour colour_of(double v)
{
	double at = fmin(fmax(v, 0), 1) * (double)(COUNT_OF(ramp) - 1);
	size_t i = at >= (double)(COUNT_OF(ramp) - 1) ? COUNT_OF(ramp) - 2 : (size_t)at;
	double f = at - (double)i;
	const struct colour *a = &ramp[i], *b = &ramp[i + 1];
	return (struct colour){ a->r + f * (b->r - a->r), a->g + f * (b->g - a->g), a->b + f * (b->b - a->b) };
}

static uint32_t pixel_of(double v)
{
	struct colour c = colour_of(v);
	return (uint32_t)(c.r * 255 + 0.5) << 16 | (uint32_t)(c.g * 255 + 0.5) << 8 | (uint32_t)(c.b * 255 + 0.5);
}

static void cells(struct canvas *c, const struct spectrogram *s, const struct spectrogram_scale *scale)
{
	cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)s->n_columns, (int)s->n_rows);
	uint8_t *bytes = cairo_image_surface_get_data(image);
	int stride = cairo_image_surface_get_stride(image);
	for (size_t row = 0; bytes && row < s->n_rows; row++) {
		uint32_t *line = (uint32_t *)(void *)(bytes + (s->n_rows - 1 - row) * (size_t)stride);
		for (size_t col = 0; col < s->n_columns; col++)
			line[col] = pixel_of(((double)s->db[col * s->n_rows + row] - scale->floor_db) / (scale->top_db - scale->floor_db));
	}
	cairo_surface_mark_dirty(image);
	canvas_image(c, image, c->x, c->y, c->w, c->h);
	cairo_surface_destroy(image);
}

static void frequency_mark(struct canvas *c, const struct spectrogram *s, enum band_scale scale, double hz, double *last_y)
{
	char text[24];
	double y = c->y + c->h - band_place(scale, s->lo_hz, s->hi_hz, hz) * c->h;
	if (hz < s->lo_hz || hz > s->hi_hz || *last_y - y < 14)
		return;
	*last_y = y;
	if (hz >= 1000)
		(void)snprintf(text, sizeof(text), "%gk", hz / 1000);
	else
		(void)snprintf(text, sizeof(text), "%g Hz", hz);
	canvas_hline(c, c->x - 4, c->x, y, c->theme->faint, 1);
	canvas_text(c, c->x - 7, y, 10, ANCHOR_RIGHT, c->theme->faint, 0, text);
}

static void frequencies(struct canvas *c, const struct spectrogram *s, enum band_scale scale)
{
	static const double marks[] = { 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000 };
	double last_y = c->y + c->h + 20;
	if (scale != BAND_LINEAR) {
		for (size_t i = 0; i < COUNT_OF(marks); i++)
			frequency_mark(c, s, scale, marks[i], &last_y);
		return;
	}
	double step = canvas_nice_step((s->hi_hz - s->lo_hz) * 30 / c->h);
	for (double hz = ceil(s->lo_hz / step) * step; hz <= s->hi_hz; hz += step)
		frequency_mark(c, s, scale, hz, &last_y);
}

static void colour_bar(struct canvas *c, const struct spectrogram_scale *scale)
{
	double x = c->x + c->w + 10, span = scale->top_db - scale->floor_db;
	for (double y = 0; y < c->h; y++)
		canvas_rect(c, x, c->y + y, 10, 1.02, colour_of(1 - y / c->h), 1);
	double step = canvas_nice_step(span * 26 / c->h);
	for (double db = ceil(scale->floor_db / step) * step; db <= scale->top_db + 1e-9; db += step) {
		char text[24];
		double y = c->y + (scale->top_db - db) / span * c->h;
		(void)snprintf(text, sizeof(text), "%g", db == 0 ? 0.0 : db);
		canvas_text(c, x + 14, fmin(fmax(y, c->y + 4), c->y + c->h - 4), 10, ANCHOR_LEFT, c->theme->faint, 0, text);
	}
	canvas_text(c, x + 5, c->y - 9, 10, ANCHOR_MIDDLE, c->theme->faint, 0, "dB");
}

int picture_spectrogram(const struct spectrogram *s, const struct spectrogram_scale *scale, const struct picture_look *look,
			struct picture *ret, struct err *err)
{
	struct canvas c;
	if (!s->n_columns || !s->n_rows || s->n_columns > PICTURE_WIDTH_MAX || s->n_rows > PICTURE_HEIGHT_MAX || !s->db)
		return err_set(err, -EINVAL, "there is no spectrogram to draw");
	if (!(scale->top_db > scale->floor_db) || !isfinite(scale->top_db - scale->floor_db))
		return err_field(err, -EINVAL, "floor_db", "the lowest level must lie below the highest");
	int r = canvas_init(&c, look, err);
	if (r < 0)
		return r;
	canvas_frame(&c);
	canvas_time_axis(&c, s->from_s, s->duration_s);
	cells(&c, s, scale);
	frequencies(&c, s, scale->scale);
	colour_bar(&c, scale);
	r = canvas_finish(&c, ret, err);
	canvas_done(&c);
	return r;
}
