#include "chord_row_priv.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define LEGEND_MOST 8
#define LABELS_MOST 512 /* more could not be read anyway */

static const struct colour colours[] = {
	{ 0.30, 0.65, 1.00 }, { 1.00, 0.58, 0.25 }, { 0.38, 0.83, 0.48 }, { 0.93, 0.42, 0.62 },
	{ 0.72, 0.58, 0.98 }, { 0.95, 0.83, 0.32 }, { 0.30, 0.82, 0.83 }, { 0.80, 0.62, 0.48 },
};

struct roll {
	struct canvas *c;
	const struct score *s;
	double beats;   /* shown */
	int lo, hi;     /* pitches shown */
	double per_beat, per_pitch;
};

static double x_of(const struct roll *r, double beats)
{
	return r->c->x + beats * r->per_beat;
}

static double y_of(const struct roll *r, int pitch)
{
	return r->c->y + (double)(r->hi - pitch) * r->per_pitch;
}

static bool black(int pitch)
{
	return (0x54a >> (pitch % 12)) & 1;
}

/* All notes and a little room, an octave and a half at least. */
static bool find_range(struct roll *r)
{
	r->lo = 128;
	r->hi = -1;
	for (size_t v = 0; v < r->s->n_voices; v++) {
		const struct score_voice *voice = &r->s->voices[v];
		for (size_t i = 0; i < voice->n_notes; i++) {
			r->lo = voice->notes[i].pitch < r->lo ? voice->notes[i].pitch : r->lo;
			r->hi = voice->notes[i].pitch > r->hi ? voice->notes[i].pitch : r->hi;
		}
	}
	if (r->hi < 0)
		return false;
	r->lo -= 2;
	r->hi += 2;
	for (; r->hi - r->lo < 18; r->lo--)
		r->hi++;
	r->lo = r->lo < 0 ? 0 : r->lo;
	r->hi = r->hi > 127 ? 127 : r->hi;
	return true;
}

static void rows(struct roll *r)
{
	struct canvas *c = r->c;
	for (int pitch = r->lo; pitch <= r->hi; pitch++) {
		double y = y_of(r, pitch);
		if (black(pitch))
			canvas_rect(c, c->x, y, c->w, r->per_pitch, c->theme->grid, 0.38);
		if (pitch % 12 == 0)
			canvas_hline(c, c->x, c->x + c->w, y + r->per_pitch, c->theme->grid, 1);
	}
}

/* The keys of a piano, with the name of each C. */
static void keyboard(struct roll *r)
{
	static const struct colour ivory = { 0.93, 0.93, 0.91 }, ebony = { 0.16, 0.16, 0.18 }, edge = { 0.6, 0.6, 0.6 };
	struct canvas *c = r->c;
	double w = 20, x = c->x - w - 1;
	canvas_rect(c, x, c->y, w, c->h, ivory, 1);
	for (int pitch = r->lo; pitch <= r->hi; pitch++) {
		double y = y_of(r, pitch);
		if (black(pitch))
			canvas_rect(c, x, y, w * 0.62, r->per_pitch, ebony, 1);
		else if (pitch % 12 == 0 || pitch % 12 == 5)
			canvas_rect(c, x, y + r->per_pitch - 0.5, w, 1, edge, 1);
		if (pitch % 12 == 0 && (r->per_pitch >= 2 || pitch % 24 == 12)) {
			char text[8];
			(void)snprintf(text, sizeof(text), "C%d", pitch / 12 - 1);
			canvas_text(c, x - 4, y + r->per_pitch / 2, 10, ANCHOR_RIGHT, c->theme->faint, 0, text);
		}
	}
}

/* Bar lines; numbers every so many bars that they can be read; beats where there is room. */
static void bars(struct roll *r)
{
	struct canvas *c = r->c;
	double last_line = -100, last_number = -100;
	int64_t n = score_n_bars(r->s), reached = 0;
	for (int64_t bar = 1; bar <= n + 1; bar = reached > bar ? reached : bar + 1) {
		double at = score_bar_start(r->s, bar), next = score_bar_start(r->s, bar + 1);
		if (at > r->beats || !(next > at))
			break;
		double x = fmin(x_of(r, at), c->x + c->w - 1);
		struct score_meter m = score_meter_at(r->s, at);
		double beat = m.den >= 8 && m.num % 3 == 0 && m.num > 3 ? 1.5 : 4.0 / m.den;
		for (double b = at + beat; b < next - 1e-9 && b < r->beats && beat * r->per_beat >= 8; b += beat)
			canvas_vline(c, x_of(r, b), c->y, c->y + c->h, c->theme->grid, 0.6);
		if (x - last_line >= 4) {
			canvas_vline(c, x, c->y, c->y + c->h, c->theme->strong_grid, 0.9);
			last_line = x;
		}
		if (bar <= n && x - last_number >= 30) {
			char text[24];
			(void)snprintf(text, sizeof(text), "%lld", (long long)bar);
			canvas_text(c, x + 2, c->y + c->h + 9, 10, ANCHOR_LEFT, c->theme->faint, 0, text);
			last_number = x;
		}
		/* Of bars narrower than a pixel (a piece may have billions) one a pixel is looked at. */
		(void)score_bar_floor(r->s, at + 1 / r->per_beat, &reached);
	}
}

static void notes_of(struct roll *r, size_t v)
{
	const struct score_voice *voice = &r->s->voices[v];
	const struct colour *colour = &colours[v % COUNT_OF(colours)];
	for (size_t i = 0; i < voice->n_notes; i++) {
		const struct note *n = &voice->notes[i];
		double x = x_of(r, n->start_beats), w = n->duration_beats * r->per_beat;
		double h = fmax(r->per_pitch - (r->per_pitch > 3 ? 1 : 0), 1);
		double alpha = 0.35 + 0.65 * n->velocity / 127.0;
		canvas_rect(r->c, x, y_of(r, n->pitch), fmax(w - (w > 3 ? 1 : 0), 1.5), h, *colour, alpha);
		if (w >= 3 && h >= 3)
			canvas_rect(r->c, x, y_of(r, n->pitch), 1.5, h, *colour, 1);
	}
}

/* Names of parts over the notes, as far as there is room for them. */
static void markers(struct roll *r, double y)
{
	struct canvas *c = r->c;
	double free_from = c->x;
	size_t n = 0;
	for (size_t i = 0; i < r->s->n_texts && n < LABELS_MOST; i++) {
		const struct score_text *t = &r->s->texts[i];
		double x = x_of(r, t->at_beats);
		if (t->kind != SCORE_MARKER || x < free_from || x > c->x + c->w - 8)
			continue;
		canvas_text(c, x + 2, y, 10, ANCHOR_LEFT, c->theme->text, c->x + c->w - x, t->text);
		free_from = x + canvas_text_width(c, 10, t->text) + 8;
		n++;
	}
}

/* Voices by name, from the right end of the title's line. */
static void legend(struct roll *r)
{
	struct canvas *c = r->c;
	double x = c->x + c->w, y = 8;
	size_t n = r->s->n_voices < LEGEND_MOST ? r->s->n_voices : LEGEND_MOST;
	for (size_t v = n; r->s->n_voices > 1 && v > 0; v--) {
		const char *name = r->s->voices[v - 1].name;
		char number[24];
		(void)snprintf(number, sizeof(number), "voice %zu", v);
		name = name && *name ? name : number;
		double w = fmin(canvas_text_width(c, 10, name), 110);
		if (x - w - 20 < c->x + c->w * 0.35)
			break;
		canvas_text(c, x, y, 10, ANCHOR_RIGHT, c->theme->faint, 110, name);
		canvas_rect(c, x - w - 11, y - 3, 7, 7, colours[(v - 1) % COUNT_OF(colours)], 1);
		x -= w + 22;
	}
}

int picture_piano_roll(const struct score *s, const struct picture_look *look, struct picture *ret, struct err *err)
{
	struct canvas c;
	struct roll r = { .c = &c, .s = s };
	if (!find_range(&r))
		return err_set(err, -EINVAL, "there are no notes to draw");
	int code = canvas_init(&c, look, err);
	if (code < 0)
		return code;
	canvas_frame(&c);
	r.beats = fmax(s->end_beats, 1e-3);
	r.per_beat = c.w / r.beats;
	r.per_pitch = c.h / (double)(r.hi - r.lo + 1);
	rows(&r);
	bars(&r);
	keyboard(&r);
	for (size_t v = 0; v < s->n_voices; v++)
		notes_of(&r, v);
	code = chord_row(&c, s, r.per_beat, c.y - 8, err);
	markers(&r, c.y + 8);
	legend(&r);
	if (code == 0)
		code = canvas_finish(&c, ret, err);
	canvas_done(&c);
	return code;
}
