/*
 * microtone.h - how far notes sound beside their keys, from the bends of their channel.
 *
 * Units:     MICROTONE_SEMITONE parts a semitone.
 * Shapes:    notes are those of one channel of a voice, ret[n] beside them. What bends in the first and last twentieth of a beat
 *            (fifth of a short note) belongs to the notes around it. The reach of bends is what RPN 0 says, two semitones without.
 * Errors:    -ENOMEM.
 * Source:    MIDI 1.0: pitch bend, registered parameter 0 (pitch bend sensitivity).
 */
#ifndef MUSIC_MICROTONE_H
#define MUSIC_MICROTONE_H

#include "music/notes.h"

#define MICROTONE_SEMITONE 240
#define MICROTONE_MOST (2 * MICROTONE_SEMITONE) /* that one sign may say */

struct microtone {
	int16_t fine;  /* above the key that it is told with; a multiple of a semitone only when 0 */
	int8_t keys;   /* the key it is told with, counted from the note's own */
	bool glides;   /* no steady tone: the rest is 0 */
};

/* coarse: of a performance, told in quarter tones; a vibrato of an eighth of a tone is steady there. */
int microtones_find(const struct score_voice *v, const struct note *notes, size_t n, bool coarse, struct microtone *ret,
		    struct err *err);

#endif
