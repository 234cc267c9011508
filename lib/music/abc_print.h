/*
 * abc_print.h - a tune in ABC notation again as ABC notation: laid out anew, numbered, transposed.
 *
 * Shapes:    everything that was understood is printed: fields, voices, repeats and endings, parts, overlays,
 *            tuplets, broken rhythm, decorations, grace notes, slurs, ties, chord symbols, annotations and
 *            lyrics; comments are dropped, what was an error is left out. X: and T: come first, K: ends the
 *            header, L: is always said; lines have four, two or one bars, voices take turns line by line.
 *            Reading the result gives the same music.
 * Transposing: the signature moves by the same interval, to at most six sharps or flats where that is
 *            possible, and every note moves with it on the line of fifths, so that letters stay in their
 *            places: a raised leading note stays one. Voices with a percussion clef stay. K:HP becomes a major key.
 * Ownership: *ret is malloc'ed and NUL-terminated; the text is only read. Diagnostics go to report, as in abc.h.
 * Errors:    those of abc_parse; -ERANGE where a note would leave MIDI's range.
 */
#ifndef MUSIC_ABC_PRINT_H
#define MUSIC_ABC_PRINT_H

#include "music/abc.h"

struct abc_print_options {
	int semitones;  /* -36..36 */
	int64_t number; /* of X:; 0 keeps it */
	int bars;       /* a line, 1 to 16; 0 for what fits */
};

#define ABC_PRINT_OPTIONS_INIT { 0, 0, 0 }

int abc_print(const char *text, size_t n, const struct abc_pick *pick, const struct abc_print_options *o, char **ret,
	      size_t *ret_n, struct abc_report *report, struct err *err);

#endif
