/*
 * drum_hits_priv.h - strokes being gathered, and made a voice of a score.
 *
 * Units: ticks, 480 to a quarter note, from the start of the piece; strength is a MIDI velocity, cut to 1..127.
 */
#ifndef MODEL_DRUM_HITS_PRIV_H
#define MODEL_DRUM_HITS_PRIV_H

#include "base/err.h"
#include "music/notes.h"

#include <stdint.h>

struct drum_hit {
	int64_t at;
	int32_t length;
	uint8_t drum, velocity;
};

struct drum_hits {
	struct drum_hit *v;
	size_t n, room;
};

int drum_hits_add(struct drum_hits *h, int64_t at, int32_t length, int drum, int64_t velocity, struct err *err);
/*
 * Moves every stroke by up to 18 ticks and 14 of strength times `humanise_milli`, but not before 0 nor to `end`. What is
 * drawn belongs to the stroke's place and drum, not to how many there are.
 */
void drum_hits_humanise(struct drum_hits *h, int64_t humanise_milli, uint64_t seed, int64_t end);
/*
 * One stroke of a drum at a time: a second one at the same tick is dropped (the stronger stays), a long one ends where
 * the next begins; a closed hat under an open one is dropped.
 */
void drum_hits_tidy(struct drum_hits *h);
/* Adds them to a voice, at from_beats. */
int drum_hits_write(const struct drum_hits *h, double from_beats, struct score *s, size_t voice, struct err *err);

#endif
