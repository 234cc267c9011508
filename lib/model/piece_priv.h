/*
 * piece_priv.h - genres: what a piece is where nothing else is said.
 */
#ifndef MODEL_PIECE_PRIV_H
#define MODEL_PIECE_PRIV_H

#include "model/piece.h"

struct genre {
	const char *name;
	int grammar, melody, chords, bass, drums; /* styles; chords may be PIECE_ARPEGGIO */
	const char *meter;
	int bpm, mode; /* quarter notes; mode_choices, 0 is any */
	int complexity, density, boldness, swing; /* thousandths */
	int melody_program, chords_program, bass_program;
	int parts; /* PIECE_BASS, PIECE_DRUMS: there without being asked for */
	int bars;
};
enum { PIECE_BASS = 1, PIECE_DRUMS = 2, PIECE_NO_MELODY = 4 };

extern const struct genre piece_genre_rows[]; /* piece_genres[i + 1] is rows[i].name */

#endif
