/*
 * embedding.h - a piece as a vector of fixed length: near vectors are pieces that are alike.
 *
 * Shape:     EMBEDDING_SIZE numbers in blocks, in the order of embedding_blocks. A block is a histogram of which the square
 *            roots are taken, less their mean (texture: numbers from -1 to 1 as they are), brought to length 1 (or all 0) and
 *            multiplied by the root of its weight; the whole has length 1. So the cosine of two vectors (base/cosine.h) is a weighted mean of
 *            correlations of their blocks, from -1 to 1; pitches count from the tonic, so that only the register, one number
 *            of `texture`, knows the key.
 * Threads:   no shared state. + - * / and square roots only: the same on every machine.
 * Errors:    -EINVAL for a piece without pitched notes; -ENOMEM.
 */
#ifndef MUSIC_EMBEDDING_H
#define MUSIC_EMBEDDING_H

#include "model/watch.h"
#include "music/piece_profile.h"

#define EMBEDDING_MODEL "features"
#define EMBEDDING_VERSION "1" /* changes whenever the same piece gives another vector */

struct embedding_block {
	const char *name;
	size_t size;
	double weight; /* of its cosine in the whole; they add up to 1 */
};
extern const struct embedding_block embedding_blocks[];
extern const size_t embedding_n_blocks;

enum { EMBEDDING_SIZE = 204 };

int embedding_make(const struct score *s, const struct model_watch *watch, float ret[EMBEDDING_SIZE], struct err *err);
void embedding_of_profile(const struct piece_profile *p, float ret[EMBEDDING_SIZE]);

#endif
