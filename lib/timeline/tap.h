/*
 * tap.h - the tempo of somebody else: the taps of a foot, or the pulses of a clock.
 *
 * Method:   least squares of beats over seconds, over the taps of the last TAP_BEATS beats (at most TAP_MAX of them): the
 *           jitter of single taps averages out, and a new tempo is followed within that many beats.
 * Pauses:   a tap that comes more than TAP_PAUSE_S later, or more than three times later than the tempo says, begins anew.
 * Units:    seconds of any steady clock, the same one for all taps; beats are quarter notes.
 * Threads:  one at a time.
 * Errors:   -EINVAL (a time not after the one before; beats not above 0). The taps before it still count.
 */
#ifndef TIMELINE_TAP_H
#define TIMELINE_TAP_H

#include "base/err.h"

#include <stddef.h>

enum { TAP_MAX = 256, TAP_BEATS = 8, TAP_LEAST = 3 };
#define TAP_PAUSE_S 4.0

struct tapper {
	struct {
		double seconds, beats; /* beats since the first of them */
	} taps[TAP_MAX];
	size_t n;
};

/* Zero is a tapper without taps, too. */
void tapper_clear(struct tapper *t);
/*
 * A tap, so many beats after the one before. 1 when the tempo is known (*ret_bpm, from TAP_LEAST taps on), 0 when it is not
 * yet.
 */
int tapper_add(struct tapper *t, double seconds, double beats, double *ret_bpm, struct err *err);

#endif
