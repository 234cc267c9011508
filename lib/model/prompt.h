/*
 * prompt.h - words to the parameters of a piece: "slow minor waltz in D, sparse, 8 bars, with walking bass".
 *
 * The vocabulary is prompt_words.c, explained in docs/models.md. Case does not matter, except that a bare capital letter is a key.
 * Unknown words are kept, with the nearest known one; they are no error.
 */
#ifndef MODEL_PROMPT_H
#define MODEL_PROMPT_H

#include "model/piece.h"

enum { PROMPT_UNKNOWN = 12, PROMPT_WORD = 32 };

struct prompt_reading {
	size_t n_known, n_unknown; /* words; fillers are neither */
	char unknown[PROMPT_UNKNOWN][PROMPT_WORD]; /* the first of them */
	const char *near[PROMPT_UNKNOWN];          /* NULL when none is near */
};

/* Writes what the words say into parameters that are auto; others stay as they are. -ENOMEM, -EINVAL for
 * numbers of bars, seconds or bpm that are not allowed. */
int prompt_read(const char *text, struct piece_params *p, struct prompt_reading *ret, struct err *err);
/* The i-th word or phrase of the vocabulary; NULL past the last. */
const char *prompt_word(size_t i);

#endif
