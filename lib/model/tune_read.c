/* tune_read.c - the leading voice of a score on the alphabet's grid. */
#include "model/tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/scale_priv.h"

#include "base/banned.h"

struct sounding {
	int64_t at, end; /* units from the first bar line that counts */
	int pitch;
	uint8_t velocity;
};

struct reading {
	struct sounding *v;
	size_t n;
	double origin_beats, pickup_beats, end_beats;
	int bar_units;
	size_t voice;
};

/* Notes of a voice that have a pitch, and their mean. */
static size_t pitched(const struct score_voice *v, double *ret_mean)
{
	size_t n = 0;
	double sum = 0;
	for (size_t i = 0; i < v->n_notes; i++) {
		n += v->notes[i].channel != 9;
		sum += v->notes[i].channel != 9 ? v->notes[i].pitch : 0;
	}
	*ret_mean = n ? sum / (double)n : 0;
	return n;
}

/* The voice that is heard as the tune: of those with at least a third of the notes of the fullest, the highest. */
static int choose_voice(const struct score *s, size_t *ret)
{
	size_t most = 0;
	double highest = -1, mean;
	for (size_t i = 0; i < s->n_voices; i++) {
		size_t n = pitched(&s->voices[i], &mean);
		most = n > most ? n : most;
	}
	for (size_t i = 0; most && i < s->n_voices; i++) {
		if (pitched(&s->voices[i], &mean) * 3 < most || mean <= highest)
			continue;
		highest = mean;
		*ret = i;
	}
	return most ? 0 : -EINVAL;
}

/* Whether most notes begin on 24ths of a quarter note; else sixteenths and triplet eighths will do. */
static bool on_grid(const struct score_voice *v, double origin)
{
	size_t off = 0;
	for (size_t i = 0; i < v->n_notes; i++) {
		double u = (v->notes[i].start_beats - origin) * TUNE_QUARTER;
		off += fabs(u - floor(u + 0.5)) > 0.1;
	}
	return off * 10 <= v->n_notes;
}

static int64_t snap(double beats, bool fine)
{
	double u = beats * TUNE_QUARTER;
	if (fine)
		return (int64_t)floor(u + 0.5);
	double by6 = floor(u / 6 + 0.5) * 6, by8 = floor(u / 8 + 0.5) * 8;
	return (int64_t)(fabs(u - by6) <= fabs(u - by8) ? by6 : by8);
}

/* One note at a time: the upper one where several sound. */
static void add_sound(struct reading *r, const struct sounding *x)
{
	struct sounding *last = r->n ? &r->v[r->n - 1] : NULL;
	if (last && last->at == x->at) {
		if (x->pitch > last->pitch)
			*last = *x;
		return;
	}
	if (last && x->pitch < last->pitch && last->end >= x->end && last->end > x->at)
		return;
	if (last && last->end > x->at)
		last->end = x->at;
	r->v[r->n++] = *x;
}

static int read_notes(const struct score *s, struct reading *r, struct err *err)
{
	const struct score_voice *v = &s->voices[r->voice];
	bool fine = on_grid(v, r->origin_beats);
	int64_t first = snap(-r->pickup_beats, fine);
	r->v = mem_new_array(v->n_notes, sizeof(*r->v));
	if (!r->v)
		return err_set(err, -ENOMEM, "tune");
	for (size_t i = 0; i < v->n_notes; i++) {
		const struct note *n = &v->notes[i];
		struct sounding x = { .pitch = n->pitch, .velocity = n->velocity };
		if (n->start_beats < r->origin_beats - r->pickup_beats - 1e-6 || n->channel == 9 ||
		    n->start_beats - r->origin_beats > (double)TUNE_BARS_MAX * r->bar_units / TUNE_QUARTER)
			continue;
		x.at = snap(n->start_beats - r->origin_beats, fine);
		x.end = snap(n->start_beats - r->origin_beats + fmin(n->duration_beats, 1e4), fine);
		x.at = x.at < first ? first : x.at;
		x.end = x.end <= x.at ? x.at + 3 : x.end;
		add_sound(r, &x);
	}
	for (size_t i = 0; i + 1 < r->n; i++) { /* what is played a little short is not a rest */
		int64_t gap = r->v[i + 1].at - r->v[i].end;
		if (gap > 0 && gap < 6 && gap * 4 < r->v[i + 1].at - r->v[i].at)
			r->v[i].end = r->v[i + 1].at;
	}
	return r->n ? 0 : err_set(err, -EINVAL, "the piece has no notes to go by");
}

static int find_meter(const struct score *s, struct reading *r, struct tune *t, struct err *err)
{
	struct score_meter last = score_meter_at(s, INFINITY);
	for (size_t i = 1; i < s->n_meters; i++) {
		if (s->meters[i].num != s->meters[i - 1].num || s->meters[i].den != s->meters[i - 1].den)
			r->origin_beats = s->meters[i].at_beats;
	}
	r->pickup_beats = 0;
	if (r->origin_beats <= s->pickup_beats) {
		r->origin_beats = r->pickup_beats = s->pickup_beats;
	}
	int m = tune_find_meter(last.num, last.den);
	if (m < 0)
		return err_field(err, -EINVAL, "inputs", "the model knows no tunes in %u/%u", last.num, last.den);
	t->meter = (uint8_t)m;
	r->bar_units = tune_bar_units(m);
	double bar = (double)r->bar_units / TUNE_QUARTER;
	if (r->pickup_beats >= bar) /* a long pick-up: begin with its last bar */
		r->pickup_beats -= floor(r->pickup_beats / bar) * bar;
	return 0;
}

/* Tonic and mode, from what sounds, how it ends and what the signature says. */
static void find_key(const struct score *s, const struct reading *r, struct tune *t)
{
	static const uint8_t mode_of[12] = { [0] = TUNE_MAJOR + 1, [9] = TUNE_MINOR + 1, [2] = TUNE_DORIAN + 1,
					     [7] = TUNE_MIXOLYDIAN + 1 };
	struct scale scale;
	struct scale_evidence e = { .have_signature = s->n_keys > 0, .last_bass_class = -1 };
	struct score_key k = score_key_at(s, INFINITY);
	e.sharps = k.sharps;
	e.minor = k.minor;
	for (size_t i = 0; i < r->n; i++) {
		e.weight[r->v[i].pitch % 12] += r->v[i].end - r->v[i].at;
		if (r->v[i].at % r->bar_units == 0)
			e.strong_weight[r->v[i].pitch % 12] += r->v[i].end - r->v[i].at;
	}
	e.last_pitch_class = r->v[r->n - 1].pitch % 12;
	scale_choose(&scale, &e);
	int major = (scale.sharps * 7 % 12 + 12) % 12, tonic = scale_tonic(&scale, &e);
	int mode = mode_of[(tonic - major + 12) % 12];
	t->tonic = (uint8_t)(mode ? tonic : major);
	t->mode = (uint8_t)(mode ? mode - 1 : TUNE_MAJOR);
}

static void find_register(const struct reading *r, struct tune *t)
{
	double sum = 0, weight = 0;
	for (size_t i = 0; i < r->n; i++) {
		sum += (double)(r->v[i].end - r->v[i].at) * r->v[i].pitch;
		weight += (double)(r->v[i].end - r->v[i].at);
	}
	double mean = sum / weight; /* fiddle tunes lie around 72 */
	t->octave = (int8_t)floor((mean - 72) / 12 + 0.5);
}

static void take_over(const struct tune *like, struct tune *t)
{
	t->tonic = like->tonic;
	t->mode = like->mode;
	t->octave = like->octave;
}

static int sound_of(const struct tune *t, int pitch)
{
	int d = pitch - 60 - t->tonic - 12 * t->octave;
	while (d < TUNE_DEGREE_LO)
		d += 12;
	while (d > TUNE_DEGREE_HI)
		d -= 12;
	return TUNE_DEGREE_0 + d - TUNE_DEGREE_LO;
}

/* A bar under construction. */
struct pen {
	struct tune *t;
	uint16_t bar[TUNE_BAR_UNITS_MAX];
	size_t n;
	int pos, held;
	struct err *err;
};

static int write_span(struct pen *p, int sound, int64_t units, bool fresh)
{
	int r = 0, bar = tune_bar_units(p->t->meter);
	while (r == 0 && units > 0) {
		int room = bar - p->pos, k = tune_longest(units < room ? (int)units : room);
		int what = sound == TUNE_REST || fresh ? sound : TUNE_HOLD;
		if (p->n == 0)
			p->held = what == TUNE_HOLD ? sound : -1;
		p->bar[p->n++] = (uint16_t)tune_note(k, what);
		fresh = false;
		p->pos += tune_lengths[k];
		units -= tune_lengths[k];
		if (p->pos < bar)
			continue;
		r = tune_add_bar(p->t, p->bar, p->n, p->held, p->err);
		p->n = 0;
		p->pos = 0;
	}
	return r;
}

static int write_bars(const struct reading *r, struct tune *t, struct err *err)
{
	struct pen p = { .t = t, .err = err };
	int64_t now = r->v[0].at < 0 ? -r->bar_units : 0;
	int code = 0;
	for (size_t i = 0; code == 0 && i < r->n; i++) {
		int sound = sound_of(t, r->v[i].pitch);
		if (i == 0 && r->v[0].at >= r->bar_units) /* silence before the tune is none of its bars */
			now = r->v[0].at / r->bar_units * r->bar_units;
		if (now >= 0 && (now + r->bar_units) / r->bar_units > TUNE_BARS_MAX)
			return err_set(err, -EMSGSIZE, "the tune has more than %d bars", TUNE_BARS_MAX);
		code = write_span(&p, TUNE_REST, r->v[i].at - now, true);
		if (code == 0)
			code = write_span(&p, sound, r->v[i].end - r->v[i].at, true);
		now = r->v[i].end;
	}
	if (code == 0 && p.pos > 0)
		code = write_span(&p, TUNE_REST, r->bar_units - p.pos, true);
	return code;
}

static void find_sound(const struct score *s, const struct reading *r, struct tune *t)
{
	const struct score_voice *v = &s->voices[r->voice];
	uint64_t sum = 0;
	for (size_t i = 0; i < r->n; i++)
		sum += r->v[i].velocity;
	t->velocity = (uint8_t)(sum / r->n);
	t->bpm = score_bpm_at(s, INFINITY);
	t->voice = (uint16_t)r->voice;
	t->channel = v->notes[v->n_notes - 1].channel;
	for (size_t i = 0; i < v->n_controls; i++) {
		if (v->controls[i].kind == SCORE_PROGRAM)
			t->program = (uint8_t)(v->controls[i].value & 127);
	}
}

int tune_from_score(const struct score *s, const struct tune *like, struct tune *ret, struct err *err)
{
	struct reading r = { 0 };
	AUTO_TUNE t = TUNE_INIT;
	if (choose_voice(s, &r.voice) < 0)
		return err_field(err, -EINVAL, "inputs", "the piece has no notes to go by");
	int code = find_meter(s, &r, &t, err);
	if (code == 0)
		code = read_notes(s, &r, err);
	if (code == 0) {
		find_key(s, &r, &t);
		find_register(&r, &t);
		if (like)
			take_over(like, &t);
		find_sound(s, &r, &t);
		code = write_bars(&r, &t, err);
	}
	free(r.v);
	if (code < 0)
		return code;
	*ret = t;
	t = (struct tune)TUNE_INIT;
	return 0;
}
