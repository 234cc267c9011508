/*
 * humanise.h - play a score as a person might: onsets a little off, loudness and lengths that vary.
 *
 * Statistics: a voice's deviations are normal with the standard deviations asked for (twelve uniform draws added up, cut at
 *            three sigma), and part of them drifts: `drift` of the variance comes from six rows of noise that are drawn anew
 *            every 1, 2, 4 ... 32 onsets (pink noise by Voss's method), since what people are off by depends on what
 *            they were off by just before; the rest is drawn for every onset. Notes that begin together are off together,
 *            and by `chord_ms` more each. The mean of all deviations is 0.
 * Units:     milliseconds at the tempo of the place; velocity in steps of MIDI.
 * Ownership: the result is a new score.
 * Threads:   no shared state. The same seed gives the same notes on every machine; each voice has a stream of its own.
 * Errors:    -EINVAL with err.field, -ENOMEM.
 * Source:    long-range correlation of human timing: Hennig et al., The nature and perception of fluctuations in human
 *            musical rhythms, 2011; pink noise: Gardner 1978 after Voss.
 */
#ifndef MUSIC_HUMANISE_H
#define MUSIC_HUMANISE_H

#include "music/notes.h"

struct humanise_params {
	double timing_ms;  /* 0 to 60 */
	double velocity;   /* 0 to 30 */
	double length;     /* 0 to 0.5: standard deviation of the length as a part of it */
	double chord_ms;   /* 0 to 30 */
	double drift;      /* 0 to 1 */
};
#define HUMANISE_PARAMS_INIT { 10, 6, 0.05, 3, 0.6 }

int score_humanise(const struct score *s, const struct humanise_params *p, uint64_t seed, struct score **ret, struct err *err);

#endif
