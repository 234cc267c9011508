#include "music/bar_walk.h"

#include <math.h>

#include "base/banned.h"

#define NEAR_BEATS 1e-6

/* Where a bar from `from` ends: at its length, or earlier where the meter changes. */
static void set_end(struct bar_walk *w)
{
	const struct score *s = w->score;
	w->to = w->from + score_bar_beats(&w->meter);
	if (w->next_meter < s->n_meters && s->meters[w->next_meter].at_beats < w->to - NEAR_BEATS)
		w->to = s->meters[w->next_meter].at_beats;
}

static void take_meters(struct bar_walk *w)
{
	const struct score *s = w->score;
	while (w->next_meter < s->n_meters && s->meters[w->next_meter].at_beats <= w->from + NEAR_BEATS)
		w->meter = s->meters[w->next_meter++];
}

void bar_walk_init(struct bar_walk *w, const struct score *s)
{
	*w = (struct bar_walk){ .score = s, .meter = { 0, 4, 4 }, .from = s->pickup_beats };
	take_meters(w);
	w->to = w->from;
	w->from -= score_bar_beats(&w->meter);
}

void bar_walk_to(struct bar_walk *w, double beats)
{
	while (beats >= w->to - NEAR_BEATS) {
		double length = score_bar_beats(&w->meter);
		double until = w->next_meter < w->score->n_meters ? w->score->meters[w->next_meter].at_beats : INFINITY;
		/* Many bars of one meter at once: notes may lie far apart. */
		double whole = floor((fmin(beats, until) - w->to) / length - 1);
		if (w->bar > 0 && whole > 1 && whole < 1e15) {
			w->to += whole * length;
			w->bar += (int64_t)whole;
		}
		w->from = w->to;
		w->bar++;
		take_meters(w);
		set_end(w);
	}
}
