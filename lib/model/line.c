#include "model/line.h"

#include "base/limits.h"
#include "model/harmony.h"

#include <stdlib.h>

#include "base/banned.h"

enum { SHORTEST = METER_TICKS / 16 };

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
	if (v >= s->n_voices)
		return err_field(err, -EINVAL, voice ? "params.voice" : "inputs", "there is no melody: the piece has %zu voices", s->n_voices);
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
