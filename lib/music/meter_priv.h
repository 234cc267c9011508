/*
 * meter_priv.h - onsets as they were played, the candidates, and the evidence for each of them.
 */
#ifndef MUSIC_METER_PRIV_H
#define MUSIC_METER_PRIV_H

#include "music/notes.h"

#define CELLS 12           /* of a quarter note: sixteenths and triplets both fall on one */
#define BAR_CELLS_MAX 72   /* 12/8 */
#define ONSETS_MAX 4096    /* looked at, from the start */
#define LATTICE_MAX 32768  /* cells looked at */

/* What begins together. */
struct onset {
	double at;         /* beats, not rounded */
	double held;       /* until the next onset or the end of the longest note, at most 4 */
	uint8_t low, high; /* pitches */
	double loud;       /* velocity, the loudest note's */
	double home;       /* 1 for a tonic, less for the rest of its triad, 0 for anything else */
};

/* Everything that begins, drums included; notes nearer than a 32nd triplet join. malloc'ed. */
int onsets_gather(const struct score *s, const double home[12], struct onset **ret, size_t *ret_n, struct err *err);

/* Whether onsets keep to the beats, and how far (beats) they lie behind them all. */
bool onsets_grid(const struct onset *o, size_t n, double *ret_offset);

struct onset_feel {
	double triplets, swung; /* shares of the beats that are divided */
	double swing_at;        /* where in the beat its second part begins; 0.5 unless most are swung */
};
int onsets_feel(const struct onset *o, size_t n, double offset, struct onset_feel *ret, struct err *err);
/* Moves the second part of each beat to its middle and what lies around it along. */
void onsets_unswing(struct onset *o, size_t n, double offset, double swing_at);
/* Root mean square distance from the nearest of `division` places of a beat, in beats. */
double onsets_spread(const struct onset *o, size_t n, double offset, int division);

enum meter_level { LEVEL_BAR, LEVEL_HALF, LEVEL_BEAT, LEVEL_DIVISION, LEVEL_SUB, LEVEL_OFF, LEVEL_COUNT };

/* A meter as its groups of eighths: 6/8 is 3 3, 3/4 is 2 2 2. */
struct meter_kind {
	uint8_t num, den, n_groups, groups[4];
};
extern const struct meter_kind meter_kinds[];
extern const size_t meter_kinds_n;
/* Cells of a bar and of its first group's beat. */
int meter_kind_cells(const struct meter_kind *k);
int meter_kind_beat_cells(const struct meter_kind *k);
/* The level of each cell of a bar. */
void meter_kind_levels(const struct meter_kind *k, uint8_t ret[BAR_CELLS_MAX]);

/* The density of onsets, sampled at twelve cells a beat with a soft edge: nothing is moved to a grid. */
struct lattice {
	size_t n;
	float *there, *held, *low, *loud, *home; /* presence 0..1; the others are weighted with it */
	double end_cells;
	double last_cell; /* where the last onset is */
	const struct onset *onsets;
	size_t n_onsets;
	double offset; /* beats, subtracted from every onset */
	double scale;  /* then multiplied */
	double section_cells; /* the lag at which the music is most like itself, 0 when it nowhere is */
};
int lattice_init(struct lattice *l, const struct onset *o, size_t n, double offset, double scale, struct err *err);
void lattice_done(struct lattice *l);
/* How alike the music is to itself so many cells later: 0..1. */
double lattice_alike(const struct lattice *l, double lag_cells);

enum meter_sign {
	METER_SIGN_THERE_BAR,
	METER_SIGN_THERE_HALF,
	METER_SIGN_THERE_BEAT,
	METER_SIGN_THERE_DIVISION,
	METER_SIGN_THERE_SUB,
	METER_SIGN_HELD_BAR,
	METER_SIGN_HELD_HALF,
	METER_SIGN_HELD_BEAT,
	METER_SIGN_HELD_DIVISION,
	METER_SIGN_ALIKE_1,
	METER_SIGN_ALIKE_2,
	METER_SIGN_ALIKE_4,
	METER_SIGN_ALIKE_8,
	METER_SIGN_WHOLE,    /* the piece ends with a bar */
	METER_SIGN_FOURS,    /* and with a phrase of four */
	METER_SIGN_EIGHTS,
	METER_SIGN_NO_PICKUP,
	METER_SIGN_LONG_PICKUP, /* more than half a bar */
	METER_SIGN_LOW_BAR,     /* the bar begins lower than the rest */
	METER_SIGN_HOME_BAR,    /* how often the bar begins in the tonic triad, against the rest */
	METER_SIGN_HOME_HALF,
	METER_SIGN_HOME_BEAT,
	METER_SIGN_SECTION_4, /* what repeats has four bars, eight, sixteen, or another whole number */
	METER_SIGN_SECTION_8,
	METER_SIGN_SECTION_16,
	METER_SIGN_SECTION_WHOLE,
	METER_SIGN_LAST_BAR,    /* the last onset is a bar line */
	METER_SIGN_LAST_BEAT,
	METER_SIGN_LOUD_BAR,
	METER_SIGN_LOUD_BEAT,
	METER_SIGN_BAR_NOTES, /* log of the onsets of a bar, and its square */
	METER_SIGN_BAR_NOTES_2,
	METER_SIGN_BEAT_NOTES,
	METER_SIGN_BEAT_NOTES_2,
	METER_SIGN_ALIKE_BEAT,
	METER_SIGN_COMPOUND, /* those up to HELD_DIVISION once more for compound meters */
	METER_SIGN_COMPOUND_LAST = METER_SIGN_COMPOUND + METER_SIGN_HELD_DIVISION,
	METER_SIGN_COMPOUND_NOTES,
	METER_SIGN_THERE_LAST, /* the last beat of the bar against its other weak ones */
	METER_SIGN_HELD_LAST,
	METER_SIGN_HOME_LAST,
	METER_SIGN_HELD_CLOSE, /* the second half of every fourth bar against that of the others */
	METER_SIGN_THERE_CLOSE,
	METER_SIGN_HOME_CLOSE,
	METER_SIGN_OFF, /* share of what falls between all sixteenths */
	METER_SIGN_CONTRARY, /* what lies where the other division would have it: halves of triple beats, thirds of others */
	METER_SIGN_LILT, /* compound: the third eighth of a beat there without the second */
	METER_SIGN_KIND, /* one for each row of meter_kinds follows */
	METER_SIGN_ROOM = METER_SIGN_KIND + 16
};

/* What does not depend on the phase: computed once for a kind. */
struct meter_lags {
	double alike[4], beat;
};
void meter_lags_of(const struct lattice *l, int bar_cells, int beat_cells, struct meter_lags *ret);
void meter_signs(const struct lattice *l, size_t kind, int phase_cells, const struct meter_lags *lags,
		 double ret[METER_SIGN_ROOM]);

#endif
