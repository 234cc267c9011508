/*
 * bar_priv.h - how beats divide and which of them begin bars.
 */
#ifndef AUDIO_BAR_PRIV_H
#define AUDIO_BAR_PRIV_H

#include "audio/beat.h"

/* Fills in_bar, meter, division and their confidences. meter 0: finds it. */
int bars_find(const struct hearing *h, const float *pulse, unsigned meter, struct beats *b, struct err *err);

#endif
