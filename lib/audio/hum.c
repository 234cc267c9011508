#include "audio/hum.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define BEND_MIDDLE  8192
#define BEND_MAX     16383
#define BEND_CENTS   2.0 /* a smaller step is not written */
#define QUIETEST_DB  36.0 /* below the loudest note: velocity 30 */
#define VELOCITY_LO  30
#define VELOCITY_HI  112

struct writing {
	const struct hum_params *p;
	const struct pitch_track *track;
	const struct melody *melody;
	struct score *score;
	struct hum_report *report;
	struct err *err;
};

static int check(const struct hum_params *p, struct err *err)
{
	if (!(p->bpm >= 20 && p->bpm <= 400))
		return err_field(err, -EINVAL, "bpm", "%g bpm, allowed are 20 to 400", p->bpm);
	if (p->bend_range < 1 || p->bend_range > 24)
		return err_field(err, -EINVAL, "bend_range", "%d semitones, allowed are 1 to 24", (int)p->bend_range);
	if (p->grid < 0 || p->grid >= GRID_NAME_COUNT || !(p->strength >= 0 && p->strength <= 1))
		return err_field(err, -EINVAL, "strength", "a strength of %g, allowed are 0 to 1", p->strength);
	if (p->program < 0 || p->program > 127)
		return err_field(err, -EINVAL, "program", "program %d, allowed are 0 to 127", (int)p->program);
	return 0;
}

static int control(struct writing *w, double at, enum score_control_kind kind, unsigned number, unsigned value)
{
	struct score_control c = { at, kind, 0, (uint8_t)number, (uint16_t)value };
	return score_add_control(w->score, 0, &c, w->err);
}

/* Registered parameter 0 is the bend's range; "null" afterwards, so that later data entries change nothing. */
static int write_range(struct writing *w)
{
	const unsigned messages[][2] = { { 101, 0 }, { 100, 0 }, { 6, (unsigned)w->p->bend_range }, { 38, 0 }, { 101, 127 }, { 100, 127 } };
	int code = control(w, 0, SCORE_PROGRAM, 0, (unsigned)w->p->program);
	for (size_t i = 0; i < COUNT_OF(messages) && code == 0 && w->p->bends; i++)
		code = control(w, 0, SCORE_CONTROLLER, messages[i][0], messages[i][1]);
	return code;
}

static uint8_t velocity_of(const struct writing *w, const struct melody_note *n, double loudest_db)
{
	double below = fmin(fmax(loudest_db - n->level_db, 0), QUIETEST_DB) / QUIETEST_DB;
	(void)w;
	return (uint8_t)lround(VELOCITY_HI - below * (VELOCITY_HI - VELOCITY_LO));
}

static unsigned bend_value(struct writing *w, double semitones)
{
	double range = (double)w->p->bend_range, v = BEND_MIDDLE + semitones / range * BEND_MIDDLE;
	w->report->n_cut_off += fabs(semitones) > range;
	return (unsigned)fmin(fmax(round(v), 0), BEND_MAX);
}

/* The bends of a note: where the sung pitch has moved by a step since the last one. Time goes evenly from start to end. */
static int write_bends(struct writing *w, const struct melody_note *n, double start, double end)
{
	double last = NAN, span = (double)(n->end - n->first);
	int code = 0;
	for (size_t k = n->first; k < n->end && code == 0; k++) {
		double bend = melody_key_at(w->track, n, k) - n->key;
		if (fabs(bend - last) * 100 < BEND_CENTS)
			continue;
		code = control(w, start + (end - start) * (double)(k - n->first) / span, SCORE_BEND, 0, bend_value(w, bend));
		last = bend;
		w->report->n_bends++;
	}
	return code;
}

static double quantised(const struct hum_params *p, const struct grid *g, double at)
{
	return at + p->strength * (grid_nearest(g, at) - at);
}

static int find_grid(struct writing *w, struct grid *ret)
{
	if (w->p->grid != GRID_AUTO) {
		*ret = grid_named((enum grid_name)w->p->grid);
		return 0;
	}
	AUTO(score) onsets = score_new();
	size_t voice;
	int code = onsets ? score_add_voice(onsets, NULL, &voice, w->err) : err_set(w->err, -ENOMEM, "notes");
	for (size_t i = 0; i < w->melody->n && code == 0; i++) {
		struct note n = { w->melody->v[i].start_s * w->p->bpm / 60, 0.1, 60, 64, 0, 64 };
		code = score_add_note(onsets, voice, &n, w->err);
	}
	struct grid_finding found;
	if (code == 0)
		code = grid_find(onsets, NULL, &found, w->err);
	if (code == 0)
		*ret = found.grid;
	return code;
}

/* Starts in beats; a note that would begin with or before the one before it begins where it did. */
static int place(struct writing *w, double *starts)
{
	struct grid g = { 4, 0.5 };
	double beats = w->p->bpm / 60, last = -1;
	int code = w->p->quantise ? find_grid(w, &g) : 0;
	for (size_t i = 0; i < w->melody->n && code == 0; i++) {
		starts[i] = w->melody->v[i].start_s * beats;
		double moved = w->p->quantise ? fmax(0, quantised(w->p, &g, starts[i])) : starts[i];
		if (moved > last + 1e-6)
			starts[i] = moved;
		else
			starts[i] = fmax(starts[i], last + 0.01);
		last = starts[i];
	}
	return code;
}

static int write_notes(struct writing *w, const double *starts)
{
	double loudest = -1000, beats = w->p->bpm / 60;
	for (size_t i = 0; i < w->melody->n; i++)
		loudest = fmax(loudest, w->melody->v[i].level_db);
	int code = 0;
	for (size_t i = 0; i < w->melody->n && code == 0; i++) {
		const struct melody_note *m = &w->melody->v[i];
		double end = starts[i] + (m->end_s - m->start_s) * beats;
		if (i + 1 < w->melody->n)
			end = fmin(end, starts[i + 1]);
		int key = m->key < 0 ? 0 : m->key > 127 ? 127 : m->key;
		struct note n = { starts[i], end - starts[i], (uint8_t)key, velocity_of(w, m, loudest), 0, 64 };
		code = score_add_note(w->score, 0, &n, w->err);
		if (code == 0 && w->p->bends)
			code = write_bends(w, m, starts[i], end);
		struct hum_report *r = w->report;
		r->lowest = i == 0 || key < r->lowest ? key : r->lowest;
		r->highest = key > r->highest ? key : r->highest;
		r->confidence += m->confidence / (double)w->melody->n;
		r->n_vibrato += m->vibrato_hz > 0;
	}
	return code;
}

static int write_score(struct writing *w)
{
	size_t voice;
	AUTO_MEM double *starts = mem_new_array(w->melody->n, sizeof(double));
	int code = starts ? score_add_voice(w->score, "hum", &voice, w->err) : err_set(w->err, -ENOMEM, "notes");
	if (code == 0)
		code = score_set_tempo(w->score, 0, w->p->bpm, w->err);
	if (code == 0)
		code = write_range(w);
	if (code == 0)
		code = place(w, starts);
	if (code == 0)
		code = write_notes(w, starts);
	if (code == 0)
		score_sort(w->score);
	return code;
}

int hum_to_score(const char *path, const struct hum_params *p, const struct model_watch *watch, struct score **ret,
		 struct hum_report *ret_report, struct err *err)
{
	struct pitch_track track = { 0 };
	struct melody melody = { 0 };
	struct hum_report report = { 0 };
	struct pitch_summary summary;
	int code = check(p, err);
	if (code == 0)
		code = pitch_track_of(path, &(struct pitch_options){ p->lo_hz, p->hi_hz }, watch, &track, err);
	if (code == 0)
		code = melody_find(&track, &(struct melody_options){ p->shortest_s, p->keep_tuning }, &melody, err);
	if (code == 0 && melody.n == 0)
		code = err_set(err, -ENOENT, "no note of a single voice from %g to %g Hz was heard", p->lo_hz, p->hi_hz);
	AUTO(score) s = score_new();
	struct writing w = { p, &track, &melody, s, &report, err };
	if (code == 0)
		code = s ? write_score(&w) : err_set(err, -ENOMEM, "score");
	if (code == 0) {
		pitch_summarise(&track, &summary);
		report.n_notes = melody.n;
		report.tuning_cents = melody.tuning_cents;
		report.voiced = summary.voiced;
		*ret_report = report;
		*ret = TAKE(s);
	}
	pitch_track_done(&track);
	melody_done(&melody);
	return code;
}
