/*
 * pitches_priv.h - which pitches a spectrum holds, folded into one octave.
 *
 * Method: peaks of the spectrum between 60 Hz and 2.5 kHz, placed between the bins by a parabola through the logarithms, no more
 *         than 45 dB below the highest. A peak at 3, 5, 6 or 7 times the frequency of one that is not weaker is most likely
 *         its overtone and counts a quarter.
 */
#ifndef AUDIO_PITCHES_PRIV_H
#define AUDIO_PITCHES_PRIV_H

#include "audio/hearing.h"

struct pitch_finder;

struct pitch_finder *pitch_finder_new(size_t fft_frames, uint32_t rate_hz);
void pitch_finder_free(struct pitch_finder *p);
void pitch_finder_look(struct pitch_finder *p, const float *power, float ret[HEARING_PITCH_BINS]);

#endif
