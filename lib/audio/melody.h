/*
 * melody.h - the notes of a single voice: a pitch track cut where notes change.
 *
 * Method:    the best way (Viterbi) through semitones and silence, with a cost for each change that is higher than what a vibrato
 *            would save; gaps and dips of level (consonants) cut a note that goes on at its pitch; what is only passed through in a
 *            glide goes to its neighbours. The grid of semitones is moved by the voice's own tuning.
 * Units:     seconds; keys are MIDI key numbers with fractions; points are those of the pitch track.
 * Ownership: melody_done frees the notes.
 * Threads:   pure functions.
 * Errors:    -ENOMEM.
 */
#ifndef AUDIO_MELODY_H
#define AUDIO_MELODY_H

#include "audio/pitch.h"
#include "base/err.h"

#include <stddef.h>

struct melody_note {
	size_t first, end;       /* points; all of them have a pitch, or lie in a gap that was bridged */
	double start_s, end_s;
	int key;                 /* the semitone that it is nearest to, by the voice's own tuning */
	double centre_key;       /* its median */
	double level_db;         /* its loudest point */
	double confidence;
	double vibrato_hz, vibrato_cents; /* 0 without; from the middle to the top */
};

struct melody {
	struct melody_note *v;
	size_t n, room;
	double tuning_cents; /* how far the voice lies from A 440 */
};

struct melody_options {
	double shortest_s;  /* 0: 0.08; a note of less belongs to its neighbour or to nobody */
	bool keep_tuning;   /* semitones by A 440 instead of by the voice's own tuning */
};

int melody_find(const struct pitch_track *t, const struct melody_options *o, struct melody *ret, struct err *err);
void melody_done(struct melody *m);

/* The key at a point of a note, gaps bridged: what a bend has to reach. */
double melody_key_at(const struct pitch_track *t, const struct melody_note *n, size_t point);

#endif
