/*
 * tidy.h - what has to hold again after notes were moved: no note of a voice is hidden by another of the same key.
 *
 * Of notes of one voice, key and channel that begin together the longest stays, as loud as the loudest was; one that
 * sounds into the next ends where that begins. Voices are in order after.
 */
#ifndef MUSIC_TIDY_H
#define MUSIC_TIDY_H

#include "music/notes.h"

/* Returns how many notes went; end_beats moves on to the end of the last note where that is later. */
size_t score_tidy(struct score *s);

#endif
