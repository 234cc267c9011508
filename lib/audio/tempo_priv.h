/*
 * tempo_priv.h - how likely each tempo is as the sound goes on, and the curve through it.
 */
#ifndef AUDIO_TEMPO_PRIV_H
#define AUDIO_TEMPO_PRIV_H

#include "audio/beat.h"

/* The pulse: strength without its slow part, so that a usual onset is about 1. ret[n]. */
int tempo_pulse(const float *strength, size_t n, float *ret, struct err *err);

struct tempo_curve {
	double *bpm; /* of each window, every TEMPO_HOP columns from column 0 */
	size_t n;
	double confidence, second_bpm;
};

#define TEMPO_HOP 100

/* `pulse` at HEARING_FAST_HZ. bpm_min and bpm_max bound it. No pulse: n is 0. */
int tempo_find(const float *pulse, size_t n, double bpm_min, double bpm_max, struct tempo_curve *ret, struct err *err);
void tempo_curve_done(struct tempo_curve *c);

#endif
