/*
 * form_find.h - how a piece is built: its bars compared with one another, its sections and which of them return.
 *
 * Units:     bars count from 1 as in notes.h (bar 0 is the pick-up, which belongs to the first section); beats likewise.
 * Method:    two bars are alike as their onsets, pitches and pitch classes are. The piece is cut into sections so that what
 *            must be told is shortest (dynamic programming): a section is either new, and costs its bars, or follows an
 *            earlier stretch, and costs where it differs; lengths of eight, sixteen and four bars come cheapest. Then each
 *            is named by the first section that it is like: A again where it is the same, A' where it is varied.
 * Shapes:    alike is n_bars x n_bars, row by row, 0..1. At most FORM_BARS_MAX bars: in longer pieces a bar is several.
 * Ownership: form_report_done frees it.
 * Errors:    -ENOMEM.
 */
#ifndef MUSIC_FORM_FIND_H
#define MUSIC_FORM_FIND_H

#include "base/err.h"
#include "music/meter_find.h"
#include "music/notes.h"

#define FORM_BARS_MAX 512
#define FORM_NAME_SIZE 8

struct form_section {
	int64_t first_bar, n_bars;
	double from_beats, to_beats;
	int letter, variant;       /* 0 is A; variant 1 is A' */
	char name[FORM_NAME_SIZE]; /* "A'" */
	double alike;              /* to the first section of its letter; 1 for that itself */
};

struct form_report {
	struct form_section *sections;
	size_t n_sections;
	float *alike;
	size_t n_bars;
	double bar_beats;  /* of one row of the matrix */
	char *letters;     /* all names in a row: "AABB", "ABA'C" */
	double repetition; /* share of the bars that a like bar (0.8 or more) came before */
};

/* meter is what was found before; NULL or without guesses takes the score's own. */
int form_find(const struct score *s, const struct meter_report *meter, struct form_report *ret, struct err *err);
void form_report_done(struct form_report *r);

#endif
