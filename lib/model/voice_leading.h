/*
 * voice_leading.h - chords as notes that move as little as they can.
 *
 * Method:    of each chord the voicings that have its bass below, its third and seventh, and no wide gaps above; the cheapest path
 *            through them is kept (Viterbi). It costs to move, to leap in the highest voice, to have parallel fifths or
 *            octaves, to leave the middle of the range; common tones cost nothing.
 * Shapes:    voicing.pitch[n], from low to high, the bass first.
 * Threads:   no shared state.
 * Errors:    -EINVAL for a range of less than 16 semitones, -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_VOICE_LEADING_H
#define MODEL_VOICE_LEADING_H

#include "model/harmony.h"
#include "model/watch.h"

enum { VOICES_MAX = 6, VOICE_RANGE_MIN = 16 };

struct voicing {
	int n;
	uint8_t pitch[VOICES_MAX];
};

struct voicing_rules {
	int n_voices; /* 3 to VOICES_MAX, the bass among them */
	int lo, hi;   /* of the voices above the bass */
	int bass_lo;  /* the bass lies in the octave from here, or the next one */
};

/* Fills ret[h->n]. */
int voice_lead(const struct harmony *h, const struct voicing_rules *r, const struct model_watch *watch, struct voicing *ret,
	       struct err *err);
/* Whether two voices a fifth or an octave apart (or twelfths and so on) move to the same again, both moving. */
bool voices_parallel(int low_from, int high_from, int low_to, int high_to);

#endif
