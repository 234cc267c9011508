/*
 * sound_vector.h - what a recording sounds like as a vector, and two recordings compared.
 *
 * Shapes:    six blocks (table below), each brought to the length of the square root of its weight, so that the cosine of two
 *            vectors is the weighted mean of the cosines of their blocks. A block of nothing (silence) is all 0.
 * Threads:   pure functions over what was heard.
 */
#ifndef AUDIO_SOUND_VECTOR_H
#define AUDIO_SOUND_VECTOR_H

#include "audio/beat.h"
#include "audio/fingerprint.h"
#include "audio/hearing.h"
#include "audio/key.h"
#include "audio/onset.h"

#define SOUND_VECTOR_MODEL   "ear"
#define SOUND_VECTOR_VERSION "1"
#define SOUND_VECTOR_SIZE    (12 + 13 + 13 + 24 + 10 + 24)

enum sound_block { SOUND_TIMBRE, SOUND_TIMBRE_SPREAD, SOUND_TIMBRE_MOTION, SOUND_HARMONY, SOUND_SHAPE, SOUND_RHYTHM, SOUND_BLOCK_COUNT };
struct sound_block_row {
	const char *name;
	size_t size;
	double weight;
};
extern const struct sound_block_row sound_blocks[SOUND_BLOCK_COUNT];

/* What it is made from; the vector does not know loudness: a quieter copy has nearly the same. */
struct sound {
	const struct hearing *h;
	const struct onsets *onsets;
	const struct beats *beats;
	const struct chroma *chroma;
};

void sound_vector_make(const struct sound *s, float ret[SOUND_VECTOR_SIZE]);

struct sound_likeness {
	double similarity;                 /* 0 to 1: the vectors, or the fingerprints where these are surer */
	double blocks[SOUND_BLOCK_COUNT];  /* 0 to 1 */
	int transposition;                 /* semitones that bring b's pitches nearest to a's, -5 to 6 */
	double harmony_transposed;         /* how alike they are then */
	double tempo_ratio;                /* b's by a's, 0 where one has none */
	double loudness_difference_lu;     /* b's less a's */
};

void sound_compare(const struct sound *a, const struct sound *b, const struct fingerprint_match *same, struct sound_likeness *ret);

#endif
