/*
 * chord_row_priv.h - the chord symbols over a piano roll.
 *
 * Method: names never overlap. Where there is no room for all, those on the first bars of eight, four and two stay before those of
 *         other bars, and these before what is inside of a bar; a chord that goes on comes last. A name is drawn as long as there is
 *         room up to the next: "Am7/G", "Am7", "Am"; in smaller letters where not all have room.
 */
#ifndef PICTURE_CHORD_ROW_PRIV_H
#define PICTURE_CHORD_ROW_PRIV_H

#include "canvas_priv.h"

/* Over the plot, the middle of the letters at y; beat 0 at its left end. */
int chord_row(struct canvas *c, const struct score *s, double per_beat, double y, struct err *err);

#endif
