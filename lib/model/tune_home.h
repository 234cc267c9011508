/*
 * tune_home.h - keeps a tune at home in its key: which degrees a mode dwells on, and how to come by modes that the model knows little of.
 *
 * Method:    dorian tunes are written as minor ones and mixolydian ones as major ones, with the degrees turned that the two differ
 *            in: of what the weights were learned from only one tune in fourteen is modal, and more than half of those are at home
 *            elsewhere. While a tune is written, degrees that have been heard less than the mode's tunes dwell on them become
 *            likelier, and those that were heard more, less likely.
 * Units:     degrees are semitones above the tonic; pulls are in nats.
 * Threads:   constant tables, and plain values.
 */
#ifndef MODEL_TUNE_HOME_H
#define MODEL_TUNE_HOME_H

#include "model/tune.h"

struct tune_home {
	uint8_t told;       /* the mode that the model is told */
	uint16_t scale;     /* bit d: the degree d may be drawn (before it is turned) */
	int8_t turn[12];    /* what is added to a degree that was drawn */
	uint16_t dwell[12]; /* thousandths of the time that the mode's tunes are on a degree, as it sounds */
};

extern const struct tune_home tune_homes[TUNE_MODES];
/* Where a tune is at home that is gone on from: nothing is turned, and it dwells half as its mode does, half as it did so far. */
void tune_home_of(const struct tune *t, struct tune_home *ret);

static inline int tune_home_turn(const struct tune_home *h, int degree)
{
	return degree + h->turn[(degree + 24) % 12];
}
/* Of a note; any other token as it is. */
int tune_home_turn_token(const struct tune_home *h, int token);

/* How much likelier each degree (as it is drawn) is to become after `have` units on each (as they sound). */
void tune_home_pull(const struct tune_home *h, const uint32_t have[12], float ret[12]);

#endif
