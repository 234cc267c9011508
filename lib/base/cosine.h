/*
 * cosine.h - how alike two vectors are, whatever their lengths: the measure of all embeddings.
 *
 * Units:   from -1 (opposite) to 1 (the same direction); 0 where one of them is nothing. Sums are in double precision.
 * Threads: no shared state.
 */
#ifndef BASE_COSINE_H
#define BASE_COSINE_H

#include <stddef.h>

double cosine_of(const float *a, const float *b, size_t n);

#endif
