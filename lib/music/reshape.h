/*
 * reshape.h - a score in other time, articulation or dynamics.
 *
 * Ownership: results are new scores.
 * Threads:   no shared state; the same on every machine.
 * Errors:    -EINVAL with err.field, -ENOMEM, -EMSGSIZE.
 */
#ifndef MUSIC_RESHAPE_H
#define MUSIC_RESHAPE_H

#include "music/notes.h"

struct time_params {
	double stretch;   /* 0.125 to 8: 2 is half time (everything twice as long), 0.5 double time */
	int64_t fit_bars; /* 0, or so many bars of the first meter that the whole is fitted into; then stretch is not looked at */
	bool reverse;     /* from the end to the beginning: a note begins where it ended */
};
#define TIME_PARAMS_INIT { 1, 0, false }

/*
 * Notes, controls, texts, tempo, key and meter changes move along; meters stay the same, so that bars hold less or more.
 * Reversed scores keep only what is in force at the start of tempo, meter, key and controls, and no texts.
 */
int score_retime(const struct score *s, const struct time_params *p, struct score **ret, struct err *err);

struct articulation_params {
	double gate;     /* 0.05 to 4: notes last so much as long */
	bool legato;     /* first, each note lasts until its voice goes on (over rests of legato_gap_beats at most) */
	double legato_gap_beats; /* 0 to 16 */
	double shortest_beats, longest_beats; /* 0 to 64: within these, last of all */
};
#define ARTICULATION_PARAMS_INIT { 1, false, 1, 0, 64 }

int score_articulate(const struct score *s, const struct articulation_params *p, struct score **ret, struct err *err);

enum dynamics_curve {
	DYNAMICS_KEEP,
	DYNAMICS_CRESCENDO,  /* from quiet to as it is, over the piece */
	DYNAMICS_DIMINUENDO, /* from as it is to quiet */
	DYNAMICS_SWELL,      /* quiet, as it is in the middle, quiet */
	DYNAMICS_CURVE_COUNT
};
extern const char *const dynamics_curve_names[DYNAMICS_CURVE_COUNT + 1];

struct dynamics_params {
	enum dynamics_curve curve;
	double depth;    /* 0 to 1: how quiet the quiet end of a curve is */
	double gain;     /* 0.1 to 4 */
	double contrast; /* 0 to 4: distances from the mean of all notes; 0 makes everything equally loud */
	int lo, hi;      /* 1 to 127: what comes out is kept within */
};
#define DYNAMICS_PARAMS_INIT { DYNAMICS_KEEP, 0.6, 1, 1, 1, 127 }

int score_dynamics(const struct score *s, const struct dynamics_params *p, struct score **ret, struct err *err);

#endif
