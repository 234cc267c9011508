/*
 * similarity_priv.h - between the whole and its measures.
 */
#ifndef MUSIC_SIMILARITY_PRIV_H
#define MUSIC_SIMILARITY_PRIV_H

#include "music/similarity.h"

/* Cosine of two histograms; 1 when both are empty, 0 when one is. */
double similar_cosine(const double *a, const double *b, size_t n);
/* 0 to 1, or -ENOMEM (below 0). */
double similar_melody(const struct piece_profile *a, const struct piece_profile *b);
/* Fills runs and shares. */
int similar_runs(const struct piece_profile *a, const struct piece_profile *b, size_t min_notes, struct similarity *ret, struct err *err);

#endif
