/*
 * piece.h - a small piece from a description: chords, a melody over them, accompaniment, bass and drums.
 *
 * Method:    the prompt's words (prompt.h) and the parameters that are not "auto" settle what the piece is; what is still open comes
 *            from its genre. Then the generators of this library make its parts from streams of their own of one seed; the bass
 *            keeps to the kick; off-beat eighths are swung in all parts alike. The report has every parameter as it was settled: given
 *            back with the same seed, without the prompt, they make the same piece.
 * Errors:    -EINVAL for a prompt of which no word is understood, and parameters outside their range; -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_PIECE_H
#define MODEL_PIECE_H

#include "model/generator.h"

struct piece_params {
	char prompt[1024];
	int64_t genre, bars, key, mode, meter, grammar; /* 0: auto, and so for all choices */
	int64_t melody, chords, bass, drums, reach;     /* style + 2; 1: none */
	int64_t melody_program, chords_program, bass_program; /* -1: auto, and so for all numbers below */
	double bpm;                                           /* 0: auto */
	double density, complexity, boldness, loudness, swing;
};
enum { PART_AUTO, PART_NONE, PART_STYLES }; /* of melody, chords, bass, drums */
enum { REACH_AUTO, REACH_LOW, REACH_MIDDLE, REACH_HIGH };

#define PIECE_VERSION "4"
extern const struct model_table piece_table;
extern const struct generator piece_generator; /* the model `prompt` */
extern const char *const piece_genres[], *const piece_meters[], *const piece_melodies[], *const piece_chords[], *const piece_basses[],
	*const piece_drums[], *const piece_grammars[], *const piece_reaches[];

/* Fills what is open from the genre; the key stays open until there are chords. */
void piece_settle(struct piece_params *p);

#endif
