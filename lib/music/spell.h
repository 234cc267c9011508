/*
 * spell.h - which letter and accidental a MIDI pitch is written with.
 *
 * Units:   steps are 0 to 6 for C to B; alterations -2 (double flat) to 2; octaves as in scientific
 *          pitch notation: middle C (60) is C4. Fifths count along the line of fifths, C is 0, G 1, F -1.
 * Method:  notes of the signature keep their letter. Any other note has two candidates twelve fifths
 *          apart; the one nearer to the signature's middle wins, unless the line says otherwise: a
 *          step of a semitone is written between two letters (C C# D, D Db C), the note after counting
 *          more than the one before, and notes that sound together or follow one another like to be near
 *          in fifths. In minor the leading note wins its tie.
 */
#ifndef MUSIC_SPELL_H
#define MUSIC_SPELL_H

#include "music/notes.h"

struct spelling {
	int8_t step, alter, octave;
};

/* "Bb3", "F#4", "Cbb5". */
#define SPELLING_TEXT_SIZE 16
void spelling_text(char ret[SPELLING_TEXT_SIZE], struct spelling s);
int spelling_pitch(struct spelling s); /* the MIDI number, for who checks a spelling; may leave 0..127 */
int spelling_fifths(struct spelling s);

/* The notes of one voice, sorted as score_sort leaves them, each in the key that holds there: ret[n]. */
void spell_notes(const struct score *s, const struct note *notes, size_t n, struct spelling *ret);
/* All of them in one key. */
void spell_notes_in(const struct note *notes, size_t n, struct score_key key, struct spelling *ret);

/* "Eb", "F#m": as ABC writes it; "" for more than seven sharps or flats. */
const char *key_name(int sharps, bool minor);
/* Seven fifths make a semitone: the signature after transposing, kept within -6..6 unless it stays put. */
int key_transposed(int sharps, int semitones);

#endif
