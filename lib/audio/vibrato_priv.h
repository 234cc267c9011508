/*
 * vibrato_priv.h - whether a stretch of pitches swings evenly, how fast and how far.
 */
#ifndef AUDIO_VIBRATO_PRIV_H
#define AUDIO_VIBRATO_PRIV_H

#include <stddef.h>

/* keys[n] at PITCH_HZ. Both are 0 where nothing swings between 3.5 and 9 Hz for three periods or more, 10 cents or more. */
void vibrato_find(const double *keys, size_t n, double *ret_hz, double *ret_cents);

#endif
