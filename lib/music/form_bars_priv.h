/*
 * form_bars_priv.h - the bars of a score as lists of what begins in them, and how alike two of them are.
 */
#ifndef MUSIC_FORM_BARS_PRIV_H
#define MUSIC_FORM_BARS_PRIV_H

#include "base/err.h"
#include "music/meter_find.h"
#include "music/notes.h"

struct bar_event {
	float at;         /* beats from the bar line */
	uint8_t top;      /* the highest pitch that begins there */
	uint16_t classes; /* pitch classes that begin there */
};

struct bar_list {
	size_t first, n; /* of the events */
	float chroma[12];
	float chroma_length;
};

struct form_bars {
	struct bar_event *events;
	size_t n_events;
	struct bar_list *bars;
	size_t n_bars;
	double from_beats, bar_beats; /* bar 1 begins there; the pick-up before it is left out */
};

int form_bars_init(struct form_bars *b, const struct score *s, const struct meter_report *meter, struct err *err);
void form_bars_done(struct form_bars *b);
/* 0..1; bars without notes are alike. */
double form_bars_alike(const struct form_bars *b, size_t i, size_t j);

#endif
