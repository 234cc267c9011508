#include "music/excerpt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "music/chord.h"
#include "music/spell.h"

#define NEAR_BEATS 1e-6

struct cut {
	const struct score *from;
	struct score *to;
	double start, end, shift; /* beats of `from` that are kept, and what is added to them */
	struct err *err;
};

static bool within(const struct cut *c, double beats)
{
	return beats >= c->start - NEAR_BEATS && beats < c->end - NEAR_BEATS;
}

static double moved(const struct cut *c, double beats)
{
	return fmax(beats + c->shift, 0);
}

/* Sets again, at the start of the cut, the last value of each controller, program and bend. */
static int chase_controls(struct cut *c, size_t voice)
{
	const struct score_voice *v = &c->from->voices[voice];
	int r = 0;
	for (size_t i = 0; r == 0 && i < v->n_controls; i++) {
		struct score_control x = v->controls[i];
		bool last = x.at_beats < c->start - NEAR_BEATS;
		for (size_t j = i + 1; last && j < v->n_controls; j++) {
			const struct score_control *y = &v->controls[j];
			if (y->at_beats > c->start + NEAR_BEATS)
				break;
			last = y->kind != x.kind || y->channel != x.channel || y->number != x.number;
		}
		if (!last)
			continue;
		x.at_beats = moved(c, c->start);
		r = score_add_control(c->to, voice, &x, c->err);
	}
	return r;
}

static int cut_voice(struct cut *c, size_t from, size_t to)
{
	const struct score_voice *v = &c->from->voices[from];
	int r = 0;
	for (size_t i = 0; r == 0 && i < v->n_notes; i++) {
		struct note n = v->notes[i];
		if (!within(c, n.start_beats))
			continue;
		n.duration_beats = fmin(n.duration_beats, c->end - n.start_beats);
		n.start_beats = moved(c, n.start_beats);
		r = score_add_note(c->to, to, &n, c->err);
	}
	for (size_t i = 0; r == 0 && i < v->n_controls; i++) {
		struct score_control x = v->controls[i];
		if (!within(c, x.at_beats))
			continue;
		x.at_beats = moved(c, x.at_beats);
		r = score_add_control(c->to, to, &x, c->err);
	}
	return r;
}

static int cut_changes(struct cut *c)
{
	const struct score *s = c->from;
	int r = 0;
	for (size_t i = 0; r == 0 && i < s->n_tempos; i++)
		if (within(c, s->tempos[i].at_beats))
			r = score_set_tempo(c->to, moved(c, s->tempos[i].at_beats), s->tempos[i].bpm, c->err);
	for (size_t i = 0; r == 0 && i < s->n_meters; i++)
		if (within(c, s->meters[i].at_beats))
			r = score_set_meter(c->to, moved(c, s->meters[i].at_beats), s->meters[i].num,
					    s->meters[i].den, c->err);
	for (size_t i = 0; r == 0 && i < s->n_keys; i++)
		if (within(c, s->keys[i].at_beats))
			r = score_set_key(c->to, moved(c, s->keys[i].at_beats), s->keys[i].sharps,
					  s->keys[i].minor, c->err);
	for (size_t i = 0; r == 0 && i < s->n_texts; i++)
		if (within(c, s->texts[i].at_beats))
			r = score_add_text(c->to, s->texts[i].kind, s->texts[i].voice,
					   moved(c, s->texts[i].at_beats), s->texts[i].text, c->err);
	return r;
}

/* What is in force at the start, where the piece says anything at all before it. */
static int chase_changes(struct cut *c)
{
	const struct score *s = c->from;
	double at = moved(c, c->start);
	int r = 0;
	if (s->n_tempos && s->tempos[0].at_beats <= c->start + NEAR_BEATS)
		r = score_set_tempo(c->to, at, score_bpm_at(s, c->start), c->err);
	if (r == 0 && s->n_meters && s->meters[0].at_beats <= c->start + NEAR_BEATS) {
		struct score_meter m = score_meter_at(s, c->start);
		r = score_set_meter(c->to, at, m.num, m.den, c->err);
	}
	if (r == 0 && s->n_keys && s->keys[0].at_beats <= c->start + NEAR_BEATS) {
		struct score_key k = score_key_at(s, c->start);
		r = score_set_key(c->to, at, k.sharps, k.minor, c->err);
	}
	return r;
}

static int begin_like(const struct score *s, struct score **ret, struct err *err)
{
	AUTO(score) to = score_new();
	if (!to)
		return err_set(err, -ENOMEM, "out of memory for the score");
	int r = score_set_title(to, s->title, err);
	if (r == 0)
		r = score_set_composer(to, s->composer, err);
	for (size_t i = 0; r == 0 && i < s->n_voices; i++) {
		size_t at;
		r = score_add_voice(to, s->voices[i].name, &at, err);
	}
	if (r == 0)
		*ret = TAKE(to);
	return r;
}

int score_slice(const struct score *s, double from, double to, struct score **ret, struct err *err)
{
	if (!isfinite(from) || !isfinite(to) || from < 0 || to <= from + NEAR_BEATS)
		return err_set(err, -EINVAL, "no music between beats %g and %g", from, to);
	AUTO(score) out = NULL;
	int r = begin_like(s, &out, err);
	if (r < 0)
		return r;
	struct cut c = { s, out, from, to, -from, err };
	r = chase_changes(&c);
	if (r == 0)
		r = cut_changes(&c);
	for (size_t i = 0; r == 0 && i < s->n_voices; i++) {
		r = chase_controls(&c, i);
		if (r == 0)
			r = cut_voice(&c, i, i);
	}
	if (r < 0)
		return r;
	/* A cut inside a bar leaves its rest as a pick-up. */
	double line = from < s->pickup_beats ? s->pickup_beats : fmin(score_bar_ceil(s, from), to);
	out->pickup_beats = line > from + NEAR_BEATS && line < to - NEAR_BEATS ? line - from : 0;
	out->end_beats = fmax(to - from, out->end_beats);
	score_sort(out);
	*ret = TAKE(out);
	return 0;
}

int score_excerpt_bars(const struct score *s, int64_t first_bar, int64_t n_bars, struct score **ret,
		       struct err *err)
{
	int64_t past;
	if (n_bars < 1 || first_bar > score_n_bars(s) || __builtin_add_overflow(first_bar, n_bars, &past))
		return err_set(err, -EINVAL, "no music in %lld bars from bar %lld", (long long)n_bars,
			       (long long)first_bar);
	if (first_bar < 1)
		past = n_bars + 1;
	double from = first_bar <= 1 ? 0 : score_bar_start(s, first_bar);
	return score_slice(s, from, score_bar_start(s, past), ret, err);
}

int score_excerpt_seconds(const struct score *s, double max_seconds, int64_t phrase_bars,
			  struct score **ret, struct err *err)
{
	int64_t bars = score_n_bars(s), n = bars;
	if (!isfinite(max_seconds) || max_seconds <= 0 || bars < 1)
		return err_set(err, -EINVAL, "no music in %g seconds", max_seconds);
	if (score_seconds_at(s, s->end_beats) > max_seconds) {
		double line = score_bar_floor(s, score_beats_at(s, max_seconds), &n);
		(void)line; /* n counts the bar that begins at the line; those before it fit */
		n = n - 1;
	}
	if (n < 1)
		n = 1;
	if (n > bars)
		n = bars;
	if (n < bars && phrase_bars > 1 && n > phrase_bars)
		n -= n % phrase_bars;
	return score_excerpt_bars(s, 1, n, ret, err);
}

static int join_tail(struct score *out, const struct score *tail, double shift, struct err *err)
{
	struct cut c = { tail, out, 0, INFINITY, shift, err };
	int r = 0;
	while (r == 0 && out->n_voices < tail->n_voices) {
		size_t at;
		r = score_add_voice(out, tail->voices[out->n_voices].name, &at, err);
	}
	for (size_t i = 0; r == 0 && i < tail->n_voices; i++)
		r = cut_voice(&c, i, i);
	return r < 0 ? r : cut_changes(&c);
}

/* What holds at the start of tail holds from `at` on, also where tail leaves it to the defaults. */
static int join_changes(struct score *out, const struct score *tail, double at, struct err *err)
{
	double bpm = score_bpm_at(tail, tail->pickup_beats);
	struct score_meter m = score_meter_at(tail, tail->pickup_beats), now = score_meter_at(out, at);
	int r = 0;
	if (bpm != score_bpm_at(out, at))
		r = score_set_tempo(out, at, bpm, err);
	if (r == 0 && (m.num != now.num || m.den != now.den))
		r = score_set_meter(out, at, m.num, m.den, err);
	if (r == 0 && tail->n_keys) {
		struct score_key k = score_key_at(tail, tail->pickup_beats), was = score_key_at(out, at);
		if (k.sharps != was.sharps || k.minor != was.minor)
			r = score_set_key(out, at, k.sharps, k.minor, err);
	}
	return r;
}

/* Drops the changes of tail that would stand before its bar 1: join_changes sets them there. */
static int without_start(const struct score *tail, struct score **ret, struct err *err)
{
	AUTO(score) t = NULL;
	int r = score_clone(tail, &t, err);
	if (r < 0)
		return r;
	double line = t->pickup_beats + NEAR_BEATS;
	size_t n = 0;
	for (size_t i = 0; i < t->n_tempos; i++)
		if (t->tempos[i].at_beats > line)
			t->tempos[n++] = t->tempos[i];
	t->n_tempos = n;
	n = 0;
	for (size_t i = 0; i < t->n_meters; i++)
		if (t->meters[i].at_beats > line)
			t->meters[n++] = t->meters[i];
	t->n_meters = n;
	n = 0;
	for (size_t i = 0; i < t->n_keys; i++)
		if (t->keys[i].at_beats > line)
			t->keys[n++] = t->keys[i];
	t->n_keys = n;
	*ret = TAKE(t);
	return 0;
}

int score_join(const struct score *head, const struct score *tail, double at_beats, struct score **ret,
	       struct err *err)
{
	double shift = at_beats - tail->pickup_beats;
	if (!isfinite(at_beats) || shift < -NEAR_BEATS)
		return err_set(err, -EINVAL, "a pick-up of %g beats does not fit before beat %g",
			       tail->pickup_beats, at_beats);
	AUTO(score) out = NULL;
	AUTO(score) rest = NULL;
	int r = score_clone(head, &out, err);
	if (r == 0)
		r = join_changes(out, tail, at_beats, err);
	if (r == 0)
		r = without_start(tail, &rest, err);
	if (r == 0)
		r = join_tail(out, rest, shift, err);
	if (r < 0)
		return r;
	out->end_beats = fmax(out->end_beats, tail->end_beats + shift);
	score_sort(out);
	*ret = TAKE(out);
	return 0;
}

/* Chord symbols move with their key's spelling; a text that is none stays. */
static int transpose_chords(struct score *s, int semitones, struct err *err)
{
	for (size_t i = 0; i < s->n_texts; i++) {
		struct score_text *t = &s->texts[i];
		struct chord c;
		char name[CHORD_NAME_SIZE];
		if (t->kind != SCORE_CHORD || !chord_parse(t->text, strlen(t->text), &c))
			continue;
		c = chord_transpose(c, semitones);
		char *text = strdup(chord_name(&c, score_key_at(s, t->at_beats).sharps, name));
		if (!text)
			return err_set(err, -ENOMEM, "out of memory for chord symbols");
		free(t->text);
		t->text = text;
	}
	return 0;
}

int score_transpose(const struct score *s, int semitones, struct score **ret, struct err *err)
{
	if (semitones < -127 || semitones > 127)
		return err_set(err, -ERANGE, "%d semitones (at most 127 either way)", semitones);
	AUTO(score) out = NULL;
	int r = score_clone(s, &out, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < out->n_voices; i++)
		for (size_t j = 0; j < out->voices[i].n_notes; j++) {
			struct note *n = &out->voices[i].notes[j];
			int pitch = n->pitch + (n->channel == 9 ? 0 : semitones);
			if (pitch < 0 || pitch > 127)
				return err_set(err, -ERANGE, "note %d would become %d", n->pitch, pitch);
			n->pitch = (uint8_t)pitch;
		}
	for (size_t i = 0; i < out->n_keys; i++)
		out->keys[i].sharps = (int8_t)key_transposed(out->keys[i].sharps, semitones);
	r = semitones % 12 ? transpose_chords(out, semitones, err) : 0;
	if (r < 0)
		return r;
	*ret = TAKE(out);
	return 0;
}
