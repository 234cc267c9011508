#include "events.h"

#include <stdlib.h>

#include "base/banned.h"

static int compare(const void *a, const void *b)
{
	const struct play_event *x = a, *y = b;
	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int64_t frame_of(const struct score *s, double beats, uint32_t rate_hz)
{
	double f = score_seconds_at(s, beats) * rate_hz + 0.5;
	return f < 0 ? 0 : f > 1e15 ? (int64_t)1e15 : (int64_t)f;
}

static int add(struct play_list *l, struct play_event e, struct err *err)
{
	if (mem_grow(&l->events, &l->room, l->n + 1, sizeof(*l->events)) < 0)
		return err_set(err, -ENOMEM, "play %zu events", l->n);
	e.order = (uint32_t)l->n;
	l->events[l->n++] = e;
	return 0;
}

static int add_note(struct play_list *l, const struct score *s, const struct note *n, uint32_t rate_hz, struct err *err)
{
	int64_t from = frame_of(s, n->start_beats, rate_hz), to = frame_of(s, n->start_beats + n->duration_beats, rate_hz);
	struct play_event e = { .frame = from, .kind = PLAY_ON, .channel = n->channel, .a = n->pitch, .b = n->velocity };
	to = to > from ? to : from + 1;
	int code = add(l, e, err);
	e.frame = to;
	e.kind = PLAY_OFF;
	/* The moment it began tells which note the end belongs to. */
	e.control.at_beats = (double)from;
	l->end_frame = to > l->end_frame ? to : l->end_frame;
	l->n_notes++;
	return code < 0 ? code : add(l, e, err);
}

/* Drops the end of a note whose key was struck again meanwhile: it would end the wrong one. */
static void drop_stale_ends(struct play_list *l)
{
	int64_t struck[16][128];
	size_t kept = 0;
	for (int c = 0; c < 16; c++)
		for (int p = 0; p < 128; p++)
			struck[c][p] = -1;
	for (size_t i = 0; i < l->n; i++) {
		struct play_event *e = &l->events[i];
		int64_t *on = &struck[e->channel & 15][e->a & 127];
		if (e->kind == PLAY_ON)
			*on = e->frame;
		if (e->kind == PLAY_OFF && *on != (int64_t)e->control.at_beats)
			continue;
		l->events[kept++] = *e;
	}
	l->n = kept;
}

int play_list_make(const struct score *s, uint32_t rate_hz, struct play_list *ret, struct err *err)
{
	struct play_list l = { 0 };
	int code = 0;
	for (size_t v = 0; code == 0 && v < s->n_voices; v++) {
		const struct score_voice *voice = &s->voices[v];
		for (size_t i = 0; code == 0 && i < voice->n_controls; i++) {
			struct play_event e = { .kind = PLAY_CONTROL, .control = voice->controls[i],
						.channel = voice->controls[i].channel };
			e.frame = frame_of(s, e.control.at_beats, rate_hz);
			code = add(&l, e, err);
		}
		for (size_t i = 0; code == 0 && i < voice->n_notes; i++)
			code = add_note(&l, s, &voice->notes[i], rate_hz, err);
	}
	if (code < 0) {
		play_list_done(&l);
		return code;
	}
	if (l.n > 0)
		qsort(l.events, l.n, sizeof(*l.events), compare);
	drop_stale_ends(&l);
	*ret = l;
	return 0;
}

void play_list_done(struct play_list *l)
{
	free(l->events);
	*l = (struct play_list){ 0 };
}
