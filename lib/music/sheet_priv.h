/*
 * sheet_priv.h - between the parts of sheet.h: bars, the grid, layers, items.
 */
#ifndef MUSIC_SHEET_PRIV_H
#define MUSIC_SHEET_PRIV_H

#include "music/sheet.h"

#define SHEET_STEP (SHEET_QUARTER / 8)  /* where tuplets may begin */
#define SHEET_FINEST (SHEET_QUARTER / 64)

/* A time inside a bar, from the bar line in beats, and how much its distance from the grid counts. */
struct grid_point {
	double beats, weight;
};

struct grid_profile;
extern const struct grid_profile grid_exact, grid_tight; /* tight: times that are on the grid already */

struct grid_choice {
	const struct grid_profile *profile; /* NULL: as played */
	int smallest;
	bool tuplets;
};

/* Appends the cells of one bar to list. Points are sorted. */
int grid_bar(const struct grid_choice *g, const struct grid_point *points, size_t n, const struct sheet_bar *bar,
	     struct sheet_cell **list, size_t *n_list, size_t *room, struct err *err);
/* Whether most of these times (in beats) are where a program would have put them. */
bool grid_is_exact(const double *beats, size_t n);

/* Notes that begin and end together. */
struct sheet_group {
	int64_t at, end;
	size_t first, n; /* in the sorted notes of the part */
};

struct sheet_note {
	int64_t at, end;
	uint8_t pitch, velocity;
	struct spelling spelling;
	int16_t fine;
};

struct sheet_line {
	struct sheet_group *groups;
	size_t n, room;
};

/* Puts sorted notes (by at, then longest, then highest) into lines without overlap. */
int sheet_lines(struct sheet *s, struct sheet_note *notes, size_t n, int max, struct sheet_line *lines,
		size_t *ret_n, struct err *err);
/* Fills a layer with the items of a line; splits[] are times at which an item has to begin. */
int sheet_fill(struct sheet *s, struct sheet_layer *layer, const struct sheet_line *line,
	       const struct sheet_note *notes, const int64_t *splits, size_t n_splits, struct err *err);

#endif
