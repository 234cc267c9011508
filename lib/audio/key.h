/*
 * key.h - the pitch classes that sound, how the instruments are tuned, and the key.
 *
 * Method:    the pitches of hearing.h are moved by the tuning (where in the semitone most of them lie) and
 *            folded into twelve classes. Their shares in all of the sound, in its opening and closing, and in what is held are
 *            the evidence that music/key_find.h weighs, for notes and for sound alike.
 * Units:     cents from A 440; pitch classes from C = 0; chroma every 100 ms.
 * Ownership: chroma_done frees the columns.
 * Threads:   pure functions.
 * Errors:    -ENOMEM. Sound without pitches has no guesses.
 */
#ifndef AUDIO_KEY_H
#define AUDIO_KEY_H

#include "audio/hearing.h"
#include "base/err.h"
#include "music/key_find.h"

struct chroma {
	float *v; /* [n * 12], amplitudes to the power 2/3 */
	size_t n;
	double tuning_cents;      /* -50 to 50: what sounds lies so much above A 440 */
	double tuning_confidence; /* 0 to 1: how much the pitches agree on it */
};

int chroma_of(const struct hearing *h, struct chroma *ret, struct err *err);
void chroma_done(struct chroma *c);

/* Guesses, profiles and chroma; no spans. */
void audio_key_find(const struct chroma *c, struct key_report *ret);

#endif
