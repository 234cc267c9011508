/*
 * chord_units_priv.h - what sounds in each felt beat of a score, as chord finding needs it.
 */
#ifndef MUSIC_CHORD_UNITS_PRIV_H
#define MUSIC_CHORD_UNITS_PRIV_H

#include "base/err.h"
#include "model/watch.h"
#include "music/meter_find.h"
#include "music/notes.h"

struct chord_unit {
	double sum[12]; /* weighted beats of each pitch class, of this unit and all before: differences give stretches */
	double total;   /* the same, of all pitch classes */
	int bass;       /* the lowest pitch that sounds in it; -1 */
};

struct chord_units {
	struct chord_unit *v; /* n + 1: the first is all 0 */
	size_t n;
	double from, unit_beats, bar_units; /* where the first unit begins; 0 bar units: no bars are known */
	double first_bar;                   /* units up to the first bar line */
	double voices;                      /* mean number of notes that sound together */
};

int chord_units_init(struct chord_units *u, const struct score *s, const struct meter_report *meter,
		     const struct model_watch *watch, struct err *err);
void chord_units_done(struct chord_units *u);

#endif
