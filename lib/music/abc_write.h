/*
 * abc_write.h - a score as a tune in ABC notation.
 *
 * Shapes:    the text is one tune, X: to the last bar line: fields, voices (a part of several layers as
 *            voices grouped by %%score), then music in lines of four, two or one bars, each with its
 *            lyrics. What comes twice in a row, in all voices and with its words, stands between repeat signs, with two
 *            endings where only its last bars differ.
 *            Accidentals are written so that readers to whom they hold in one octave and readers to
 *            whom they hold in all octaves see the same notes; a note tied over a bar line repeats its own.
 *            Steady bends are microtones (^/c, _3/2d); notes that bend as they sound stand as their keys and are counted.
 * Ownership: *ret is malloc'ed and NUL-terminated.
 * Errors:    those of sheet.h.
 */
#ifndef MUSIC_ABC_WRITE_H
#define MUSIC_ABC_WRITE_H

#include "music/key_profile.h"
#include "music/sheet.h"

struct abc_write_options {
	struct sheet_options sheet;
	int64_t number; /* of X: */
	int unit;       /* L: 1/unit, 4 to 32; 0 for the one that gives the shortest text */
	int bars;       /* a line, 1 to 16; 0 for what fits */
	enum key_mode mode; /* of a signature that says major: KEY_DORIAN writes K:Ddor where there are no sharps */
	bool repeats;   /* sections of four bars and more that come twice in a row are written once */
};

#define ABC_WRITE_OPTIONS_INIT { SHEET_OPTIONS_INIT, 1, 0, 0, KEY_MAJOR, true }

/* How well the score could be written down. */
struct abc_write_report {
	bool played;
	size_t n_bars, n_voices, n_shortened, n_microtones, n_glides;
	double worst_beats, glide_beats; /* of the first note that bends as it sounds */
};

int abc_write(const struct score *s, const struct abc_write_options *o, char **ret, size_t *ret_n,
	      struct abc_write_report *ret_report, struct err *err);

#endif
