/*
 * style.h - pieces in the style of given scores, as generators: by the Markov model or the factor oracle, going on or new.
 *
 * Method:  going on is continuation.h and oracle.h. A new piece is sections by their letters: each letter is made once, as some phrase
 *          of the sources begins; A and the last one come to rest. AABA is what its name says: the A returns note for note.
 * Inputs:  1 to LIMIT_MODEL_SOURCES scores; the first gives key, meter, tempo and instruments.
 * Errors:  those of continuation.h and oracle.h; -EINVAL where the bars do not divide into the form's sections.
 */
#ifndef MODEL_STYLE_H
#define MODEL_STYLE_H

#include "model/generator.h"

extern const struct model_table markov_sample_table, oracle_sample_table;
extern const struct generator markov_continue, oracle_continue, markov_sample, oracle_sample;

#endif
