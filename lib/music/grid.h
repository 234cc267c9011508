/*
 * grid.h - the grid that onsets lie on, found from the onsets as they were played.
 *
 * Method:    every grid (lines a beat: 1, 2, 3, 4, 6, 8, 12; of 2 and 4 also with the second of each pair late) is judged by
 *            how many words it takes to say the onsets with it: log(lines a beat) to name the line, and how far the onset
 *            lies from it, squared, over 2 sigma^2 with sigma = 0.03 beats, 4.5 at most (an onset off any grid). The
 *            shortest account wins: a fine grid says everything, but at length. Nothing is rounded before triplets are
 *            looked for.
 * Units:     beats (quarter notes). Lines are counted from bar lines.
 * Threads:   no shared state; + - * / only, so every machine finds the same.
 * Errors:    -ENOMEM; -ECANCELED.
 * Source:    the principle is minimum description length (Rissanen 1978); sigma and the grids are ours.
 */
#ifndef MUSIC_GRID_H
#define MUSIC_GRID_H

#include "model/watch.h"
#include "music/notes.h"

/* The names that people use: "auto", "1/4", "1/8", "1/8T", "1/16", "1/16T", "1/32", "1/32T"; ends with NULL. */
enum grid_name { GRID_AUTO, GRID_4, GRID_8, GRID_8T, GRID_16, GRID_16T, GRID_32, GRID_32T, GRID_NAME_COUNT };
extern const char *const grid_names[GRID_NAME_COUNT + 1];

struct grid {
	int per_beat; /* lines a beat */
	double swing; /* where the second of a pair of lines lies in it: 0.5 is straight, 2/3 a triplet shuffle */
};

/* The straight grid with a name; AUTO gives sixteenths. */
struct grid grid_named(enum grid_name name);

struct grid_finding {
	struct grid grid;       /* 1 a beat where there are no notes */
	struct grid plain;      /* the best straight grid without triplets, for beats that have none */
	size_t n_onsets;        /* notes that begin together count once */
	double error_beats;     /* mean distance from the lines of the grid */
	double lag_beats;       /* mean signed distance: positive is late */
	double triplet_share;   /* of the beats with onsets off the beat, those that triplets say best */
	double confidence;      /* 0 to 1: how much worse the best grid of another kind is */
};

/* watch may be NULL. */
int grid_find(const struct score *s, const struct model_watch *watch, struct grid_finding *ret, struct err *err);

/* The line nearest to a position from a bar line. */
double grid_nearest(const struct grid *g, double position);

#define GRID_SIGMA_BEATS 0.03

/*
 * For each beat on its own: whether its onsets (positions within the beat, 0 <= x < 1) are better said in triplets than by
 * `plain`; `prior` is the cost that triplets bear beforehand. *ret_per_beat is 3 or 6 then, else plain's.
 */
bool grid_beat_is_triplet(const double *positions, size_t n, const struct grid *plain, double prior, int *ret_per_beat);

#endif
