/*
 * reels.h - made-up tunes in ABC, as many as a test wants, in a folder of their own.
 */
#ifndef TESTS_TRAIN_REELS_H
#define TESTS_TRAIN_REELS_H

#include "corpus.h"

/* n_tunes tunes of 16 or 32 bars in a few keys and meters; the caller removes the folder and frees its name. */
char *reels_folder(unsigned n_tunes, uint64_t seed);
void reels_remove(char *folder);
struct corpus *reels_corpus(unsigned n_tunes, uint64_t seed);

#endif
