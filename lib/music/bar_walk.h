/*
 * bar_walk.h - walk through the bars of a score in order: what bar a beat is in, without counting from the start.
 *
 * Units:     beats. The bar before the first is as long as the first, so that a pick-up lies at its end; its start may be
 *            below 0.
 * Threads:   a plain value over a score that stays as it is.
 */
#ifndef MUSIC_BAR_WALK_H
#define MUSIC_BAR_WALK_H

#include "music/notes.h"

struct bar_walk {
	const struct score *score;
	size_t next_meter;
	struct score_meter meter; /* in force */
	double from, to;          /* the bar: from <= beat < to */
	int64_t bar;              /* 1 is the first; 0 the pick-up */
};

void bar_walk_init(struct bar_walk *w, const struct score *s);
/* Steps to the bar of a beat at or after the last one asked for (or in the same bar); a beat just before a line is in the next. */
void bar_walk_to(struct bar_walk *w, double beats);

#endif
