/*
 * quantise.h - move onsets to a grid, wholly or in part.
 *
 * With GRID_AUTO the grid is found from the onsets (grid.h), and every beat chooses for itself whether it is straight or in
 * triplets; a swing that was found is kept. Drums, melodies and chords are treated alike: notes that begin together stay
 * together where they are nearest to the same line. Controls, texts and tempo stay.
 *
 * Units:     beats; strength, range: 0 to 1.
 * Ownership: the result is a new score.
 * Threads:   no shared state.
 * Errors:    -EINVAL with err.field, -ENOMEM, -ECANCELED.
 */
#ifndef MUSIC_QUANTISE_H
#define MUSIC_QUANTISE_H

#include "music/grid.h"

enum quantise_lengths {
	LENGTHS_KEEP,  /* notes stay as long as they were */
	LENGTHS_ENDS,  /* notes end where they did */
	LENGTHS_GRID,  /* notes end on a line, too, one line on at least */
	LENGTHS_COUNT
};
extern const char *const quantise_length_names[LENGTHS_COUNT + 1];

struct quantise_params {
	enum grid_name grid;
	double strength; /* 0 leaves everything, 1 puts onsets on the lines, 0.5 halfway */
	double swing;    /* 0.5 to 0.75; 0: straight, or with GRID_AUTO the swing that was found */
	double range;    /* only onsets within this part of half the distance between lines are moved; 1 is all */
	enum quantise_lengths lengths;
};
#define QUANTISE_PARAMS_INIT { GRID_AUTO, 1, 0, 1, LENGTHS_KEEP }

struct quantise_report {
	struct grid_finding found; /* as it was played */
	struct grid grid;          /* what was used; with GRID_AUTO for beats without triplets */
	size_t n_notes, n_moved, n_merged;
	size_t n_triplet_beats;    /* with GRID_AUTO */
	double mean_move_beats, largest_move_beats;
};

/* watch may be NULL. */
int score_quantise(const struct score *s, const struct quantise_params *p, const struct model_watch *watch, struct score **ret,
		   struct quantise_report *ret_report, struct err *err);

#endif
