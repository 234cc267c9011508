/*
 * melody_priv.h - between a melody's rhythm (motifs, phrases) and its pitches.
 */
#ifndef MODEL_MELODY_PRIV_H
#define MODEL_MELODY_PRIV_H

#include "base/rng.h"
#include "model/melody.h"

enum { MOTIFS = 6, MOTIF_NOTES = 40 };

/* A bar's rhythm, with the moves in scale steps that lead to each note. */
struct motif {
	int n;
	int32_t at[MOTIF_NOTES], length[MOTIF_NOTES];
	int8_t move[MOTIF_NOTES]; /* from the note before */
};

struct tune_note {
	int32_t at, length;
	int motif, index; /* which motif's which note; motif -1 for a phrase's end */
	int64_t phrase;
	bool ends_phrase;
};

struct tune {
	const struct harmony *h;
	const struct melody_params *p;
	struct rng rng;
	struct motif motifs[MOTIFS];
	struct tune_note *notes;
	size_t n, room;
	uint64_t grain; /* salt of the noise */
	int64_t density, repetition, boldness; /* thousandths */
	int degree[128]; /* steps of the key's scale below each pitch */
};

int melody_rhythm(struct tune *t, struct err *err);
int melody_pitches(struct tune *t, const struct model_watch *watch, uint8_t *ret, struct err *err);

#endif
