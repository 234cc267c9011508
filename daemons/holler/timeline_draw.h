/*
 * timeline_draw.h - a timeline in characters: bars as columns, one row a region, then what each region is.
 *
 * Units:     positions are beats (quarter notes); places are shown as BAR:BEAT, where the beat counts the meter's own
 *            beats from 1 (in 6/8 the eighths). Bar 0 and below lie before bar 1: a pick-up.
 * Shapes:    any list may be empty. `titles` has one entry a region, NULL or "" where nothing is known.
 * Ownership: everything is borrowed for the call.
 * Errors:    -EINVAL for a meter map that is none, -ENOMEM.
 */
#ifndef HOLLER_TIMELINE_DRAW_H
#define HOLLER_TIMELINE_DRAW_H

#include "base/str.h"
#include "wire/codec.h"

struct timeline_picture {
	const struct timeline_query_result *t;
	const char *const *titles;
	bool has_from, has_to; /* else from the beginning, to the end of what is there */
	double from_beats, to_beats;
	size_t columns; /* of the whole picture, at least 40 */
	size_t rows;    /* regions on a page, at least 1 */
	size_t page;    /* from 0 */
};

/* The regions that the page shows: *ret_first to before *ret_end. */
void timeline_page(const struct timeline_picture *p, size_t *ret_first, size_t *ret_end);
/* Appends the picture. */
int timeline_draw(const struct timeline_picture *p, struct strbuf *b, struct err *err);
/* The beat of a place: a number of beats, or BAR:BEAT by the timeline's meter. `flag` names it in errors. */
int timeline_place(const struct timeline_query_result *t, const char *flag, const char *text, double *ret, struct err *err);

#endif
