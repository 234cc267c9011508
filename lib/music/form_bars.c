#include "music/form_bars_priv.h"

#include <math.h>
#include <string.h>

#include "music/form_find.h"
#include "music/pitched_priv.h"

#define TOGETHER_BEATS 0.06
#define SAME_TIME_BEATS 0.11 /* onsets of two bars that are at one place */

static void lay_out(struct form_bars *b, const struct score *s, const struct meter_report *meter, double last)
{
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	b->from_beats = s->pickup_beats;
	b->bar_beats = score_bar_beats(&m);
	if (meter && meter->n_guesses) {
		b->from_beats = meter->guesses[0].pickup_beats;
		b->bar_beats = meter->guesses[0].bar_beats;
	}
	b->bar_beats = fmax(b->bar_beats, 0.25);
	while (b->bar_beats * (FORM_BARS_MAX - 1) < last - b->from_beats)
		b->bar_beats *= 2;
	b->n_bars = (size_t)fmax(1, floor((last - b->from_beats) / b->bar_beats + 1e-3) + 1);
}

static size_t bar_of(const struct form_bars *b, double at)
{
	double bar = floor((at - b->from_beats + 0.05) / b->bar_beats);
	return (size_t)fmin(fmax(bar, 0), (double)(b->n_bars - 1));
}

static void add_note(struct form_bars *b, const struct note *n, double *last)
{
	if (n->start_beats < b->from_beats - 0.05)
		return; /* the pick-up: what repeats comes without it, or with another one */
	size_t bar = bar_of(b, n->start_beats);
	struct bar_list *l = &b->bars[bar];
	double line = b->from_beats + (double)bar * b->bar_beats;
	l->chroma[n->pitch % 12] += (float)fmin(n->duration_beats, 4);
	bool joins = l->n > 0 && n->start_beats < *last + TOGETHER_BEATS;
	if (!joins) {
		if (l->n == 0)
			l->first = b->n_events;
		b->events[b->n_events++] = (struct bar_event){ (float)(n->start_beats - line), 0, 0 };
		l->n++;
		*last = n->start_beats;
	}
	struct bar_event *e = &b->events[b->n_events - 1];
	e->top = n->pitch > e->top ? n->pitch : e->top;
	e->classes |= (uint16_t)(1u << n->pitch % 12);
}

int form_bars_init(struct form_bars *b, const struct score *s, const struct meter_report *meter, struct err *err)
{
	size_t n = 0;
	struct note AUTO_MEM *notes = pitched_notes(s, &n);
	memset(b, 0, sizeof(*b));
	if (!notes)
		return err_set(err, -ENOMEM, "out of memory for the notes");
	if (n == 0)
		return 0;
	lay_out(b, s, meter, notes[n - 1].start_beats);
	b->events = mem_new_array(n, sizeof(*b->events));
	b->bars = mem_new_array(b->n_bars, sizeof(*b->bars));
	if (!b->events || !b->bars)
		return err_set(err, -ENOMEM, "out of memory for the bars");
	double last = -1;
	for (size_t i = 0; i < n; i++)
		add_note(b, &notes[i], &last);
	for (size_t i = 0; i < b->n_bars; i++) {
		float sum = 0;
		for (int k = 0; k < 12; k++)
			sum += b->bars[i].chroma[k] * b->bars[i].chroma[k];
		b->bars[i].chroma_length = sqrtf(sum);
	}
	return 0;
}

void form_bars_done(struct form_bars *b)
{
	free(b->events);
	free(b->bars);
	b->events = NULL;
	b->bars = NULL;
}

static double same_event(const struct bar_event *a, const struct bar_event *b)
{
	if (a->top == b->top)
		return 1;
	if (a->top % 12 == b->top % 12 || a->classes == b->classes)
		return 0.8;
	return 0.25; /* the rhythm at least */
}

/* Walks both lists in order of time; what has no partner counts against. */
static double alike_events(const struct form_bars *b, const struct bar_list *x, const struct bar_list *y)
{
	size_t i = 0, j = 0, n = 0;
	double hits = 0;
	while (i < x->n || j < y->n) {
		const struct bar_event *p = i < x->n ? &b->events[x->first + i] : NULL;
		const struct bar_event *q = j < y->n ? &b->events[y->first + j] : NULL;
		double d = p && q ? (double)(p->at - q->at) : p ? -1 : 1;
		if (fabs(d) < SAME_TIME_BEATS) {
			hits += same_event(p, q);
			i++;
			j++;
		} else if (d < 0) {
			i++;
		} else {
			j++;
		}
		n++;
	}
	return n ? hits / (double)n : 1;
}

double form_bars_alike(const struct form_bars *b, size_t i, size_t j)
{
	const struct bar_list *x = &b->bars[i], *y = &b->bars[j];
	if (x->n == 0 || y->n == 0)
		return x->n == y->n;
	double dot = 0, length = (double)(x->chroma_length * y->chroma_length);
	for (int k = 0; k < 12; k++)
		dot += (double)(x->chroma[k] * y->chroma[k]);
	double chroma = length > 0 ? dot / length : 1;
	return 0.65 * alike_events(b, x, y) + 0.35 * chroma * chroma;
}
