/*
 * chord_find.h - the chords of a score: where each begins and ends, its quality, its bass.
 *
 * Units:     beats as in notes.h.
 * Method:    the best way to cut the piece at felt beats into stretches of one chord each (dynamic programming, as Pardo
 *            and Birmingham 2002 cut, with weights of our own): what sounds inside of a chord counts for it, what sounds
 *            outside and tones that are missing against it, roots and basses that agree for it; a change costs, least at
 *            bar lines; chords of the key are preferred a little. Qualities are those of chord.h with a name of their own.
 *            A melody alone implies chords: then those of the key weigh more and there are no inversions.
 * Shapes:    chords follow one another without gaps from the first note's beat to the last note's end; stretches without
 *            notes have no chord (root -1). At most CHORDS_UNITS_MAX beats are told apart: in longer pieces a unit is
 *            several beats.
 * Ownership: chord_report_done frees it.
 * Errors:    -ENOMEM, -ECANCELED.
 */
#ifndef MUSIC_CHORD_FIND_H
#define MUSIC_CHORD_FIND_H

#include "base/err.h"
#include "model/watch.h"
#include "music/chord.h"
#include "music/key_find.h"
#include "music/meter_find.h"
#include "music/roman.h"

#define CHORDS_UNITS_MAX 2048

struct chord_span {
	double from_beats, to_beats;
	struct chord chord;
	double confidence; /* 0..1: how far it is ahead of the best chord on another root */
	int tonic;         /* of the key there */
	enum key_mode mode;
	char roman[ROMAN_SIZE];
	enum chord_function function;
};

struct chord_report {
	struct chord_span *v;
	size_t n;
	bool melody_only;
	double stated_beats;   /* that chord symbols in the score cover; 0 without symbols */
	double stated_same;    /* share of them on which the symbol's root and third are what was found */
};

/* key and meter are what was found before; both may be NULL (no preference; beats are quarter notes from 0), and watch. */
int chords_find(const struct score *s, const struct key_report *key, const struct meter_report *meter, const struct model_watch *watch,
		struct chord_report *ret, struct err *err);
void chord_report_done(struct chord_report *r);

#endif
