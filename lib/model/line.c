#include "model/line.h"

#include "base/limits.h"
#include "model/harmony.h"
#include "music/layer.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

enum { SHORTEST = METER_TICKS / 16, UPBEAT_MOST = 256 };

void line_done(struct line *l)
{
	free(l->notes);
	l->notes = NULL;
	l->n = l->room = 0;
}

static int32_t ticks_of(const struct score *s, double beats)
{
	double t = (beats - s->pickup_beats) * METER_TICKS;
	return t > INT32_MAX / 2 ? INT32_MAX / 2 : t < -1 ? -1 : (int32_t)(t + 0.5);
}

static size_t pitched(const struct score_voice *v, int64_t *ret_sum)
{
	size_t n = 0;
	*ret_sum = 0;
	for (size_t i = 0; i < v->n_notes; i++) {
		if (v->notes[i].channel == 9)
			continue;
		*ret_sum += v->notes[i].pitch;
		n++;
	}
	return n;
}

/* The highest on average of the voices that have a quarter of the notes of the busiest. */
static size_t find_voice(const struct score *s)
{
	size_t most = 0, found = s->n_voices;
	int64_t sum, best = -1;
	for (size_t v = 0; v < s->n_voices; v++) {
		size_t n = pitched(&s->voices[v], &sum);
		most = n > most ? n : most;
	}
	for (size_t v = 0; v < s->n_voices; v++) {
		size_t n = pitched(&s->voices[v], &sum);
		int64_t mean = n ? sum * 16 / (int64_t)n : -1;
		if (n && n * 4 >= most && mean > best) {
			best = mean;
			found = v;
		}
	}
	return found;
}

static int add(struct line *l, const struct line_note *n, struct err *err)
{
	struct line_note *last = l->n ? &l->notes[l->n - 1] : NULL;
	if (last && n->at - last->at < SHORTEST) {
		if (n->pitch > last->pitch)
			*last = (struct line_note){ last->at, n->length, n->pitch, n->velocity };
		return 0;
	}
	if (last && last->at + last->length > n->at)
		last->length = n->at - last->at;
	if (l->n >= LIMIT_MODEL_PATH)
		return err_field(err, -EMSGSIZE, "inputs", "the melody has more than %d notes", LIMIT_MODEL_PATH);
	if (mem_grow(&l->notes, &l->room, l->n + 1, sizeof(*l->notes)) < 0)
		return err_set(err, -ENOMEM, "melody");
	l->notes[l->n++] = *n;
	return 0;
}

static int take(const struct score *s, const struct score_voice *v, struct line *l, struct err *err)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < v->n_notes; i++) {
		const struct note *n = &v->notes[i];
		int32_t at = ticks_of(s, n->start_beats), end = ticks_of(s, n->start_beats + n->duration_beats);
		if (n->channel != 9 && at >= 0 && end - at >= SHORTEST)
			code = add(l, &(struct line_note){ at, end - at, n->pitch, n->velocity }, err);
	}
	for (size_t i = 0; i < v->n_controls; i++)
		l->program = v->controls[i].kind == SCORE_PROGRAM ? v->controls[i].value : l->program;
	return code;
}

int line_of_score(const struct score *s, int64_t voice, struct line *ret, struct err *err)
{
	struct harmony h; /* without chords */
	AUTO_LINE l = { 0 };
	int code = harmony_frame(s, &h, &l.end_ticks, err);
	if (code < 0)
		return code;
	size_t v = voice ? (size_t)voice - 1 : find_voice(s);
	if (v >= s->n_voices && voice)
		return err_field(err, -EINVAL, "params.voice", "there is no voice %lld: the piece has %zu", (long long)voice, s->n_voices);
	if (v >= s->n_voices)
		return err_field(err, -EINVAL, "inputs", "there is no melody: no voice has notes that are no drums");
	code = take(s, &s->voices[v], &l, err);
	if (code == 0 && !l.n)
		code = err_field(err, -EINVAL, "inputs", "there is no melody in it");
	if (code < 0)
		return code;
	l.key = h.key;
	l.meter = h.meter;
	l.bpm = score_bpm_at(s, s->pickup_beats);
	*ret = l;
	l = (struct line){ 0 };
	return 0;
}

/* The notes before bar 1, the highest of those that begin together. */
static int add_upbeat(const struct score *from, const struct score_voice *v, int semitones, struct score *to, struct err *err)
{
	const struct score_voice *into = &to->voices[0];
	int code = 0;
	for (size_t i = 0; code == 0 && i < v->n_notes && i < UPBEAT_MOST; i++) {
		struct note n = v->notes[i];
		int pitch = n.pitch + semitones;
		if (n.channel == 9 || (from->pickup_beats - n.start_beats) * METER_TICKS < SHORTEST || pitch < 0 || pitch > 127)
			continue;
		bool higher = false;
		for (size_t k = 0; k < v->n_notes && v->notes[k].start_beats <= n.start_beats && !higher; k++)
			higher = v->notes[k].start_beats == n.start_beats && (v->notes[k].pitch > n.pitch || (v->notes[k].pitch == n.pitch && k < i));
		n.duration_beats = fmin(n.duration_beats, from->pickup_beats - n.start_beats);
		n.pitch = (uint8_t)pitch;
		n.channel = into->n_notes ? into->notes[0].channel : 0;
		if (!higher)
			code = score_add_note(to, 0, &n, err);
	}
	return code;
}

int line_put_upbeat(const struct score *from, int64_t voice, int semitones, struct score **made, struct err *err)
{
	size_t v = voice ? (size_t)voice - 1 : find_voice(from);
	if (!(from->pickup_beats > 0) || v >= from->n_voices || (*made)->n_voices == 0)
		return 0;
	AUTO(score) upbeat = score_new();
	AUTO(score) out = NULL;
	if (!upbeat)
		return err_set(err, -ENOMEM, "upbeat");
	upbeat->pickup_beats = upbeat->end_beats = from->pickup_beats;
	int code = score_layer((const struct score *const[]){ *made, upbeat }, 2, &out, err);
	if (code == 0)
		code = add_upbeat(from, &from->voices[v], semitones, out, err);
	if (code < 0)
		return code;
	score_sort(out);
	score_free(*made);
	*made = TAKE(out);
	return 0;
}
