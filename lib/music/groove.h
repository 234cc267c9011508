/*
 * groove.h - a groove: how early or late, how loud and how long what happens at each place of a bar is.
 *
 * Shapes:    slots stand evenly over period_beats, counted from bar lines; slot i belongs at i * period / n_slots and is
 *            played timing_beats later. Between slots timing and loudness go straight from one to the next, so that a
 *            groove bends time without tearing it: what came first stays first.
 * Units:     beats; velocity is a factor (1 changes nothing), gate the part of the way to the voice's next onset that a note
 *            sounds, 0 for a slot that says nothing about it.
 * Ownership: a groove is a plain value. Scores that come back are new.
 * Threads:   no shared state. + - * / only: the same on every machine.
 * Errors:    -EINVAL with err.field for parameters and grooves out of range; -ENOMEM; -ECANCELED where there is a watch (it may be NULL).
 */
#ifndef MUSIC_GROOVE_H
#define MUSIC_GROOVE_H

#include "base/json.h"
#include "music/grid.h"

enum { GROOVE_SLOTS_MAX = 192 };
#define GROOVE_PERIOD_MAX 64.0

struct groove_slot {
	double timing_beats; /* positive is late; the slot keeps its place between its neighbours */
	double velocity;     /* 0.1 to 4 */
	double gate;         /* 0, or 0.02 to 4 */
	int64_t count;       /* onsets it was learnt from; 0 for none, or for a groove that nobody played */
};

struct groove {
	char name[64];
	double period_beats; /* 0.25 to GROOVE_PERIOD_MAX */
	int n_slots;         /* 1 to GROOVE_SLOTS_MAX */
	struct groove_slot slots[GROOVE_SLOTS_MAX];
};

/* Whether a groove keeps to what stands above. */
int groove_check(const struct groove *g, struct err *err);

/* Built-in grooves. "none" is the first and no groove; the list ends with NULL. */
extern const char *const groove_names[];
/* The built-in groove groove_names[index]; `swing` (0.5 to 0.75) is for swing_8 and swing_16, which are nothing without. */
int groove_builtin(size_t index, double swing, struct groove *ret, struct err *err);

struct groove_learn_params {
	enum grid_name grid; /* GRID_AUTO: found from the onsets, swing and all */
	double period_beats; /* 0: the bar that most of the piece is in */
	int voice;           /* -1 for all */
};
#define GROOVE_LEARN_INIT { GRID_AUTO, 0, -1 }

struct groove_report {
	struct grid_finding found;
	size_t n_onsets, n_slots_played;
	double spread_beats; /* how far onsets lie from where the groove puts them, on average */
	double swing;        /* where the second of a pair of eighths lies: 0.5 is straight; 0 when it is not played */
};

/*
 * Learns a groove from a performance: for each slot the median distance of its onsets from the line, their loudness against
 * the mean, and their gates. Slots that nobody played lie between their neighbours.
 */
int groove_learn(const struct score *s, const struct groove_learn_params *p, const struct model_watch *watch, struct groove *ret,
		 struct groove_report *ret_report, struct err *err);

struct groove_apply_params {
	double timing, velocity, gate; /* how much of each, 0 to 1 (timing and velocity up to 2: exaggerated) */
	double quantise;               /* how far onsets are drawn to the slots first, 0 to 1 */
};
#define GROOVE_APPLY_INIT { 1, 1, 0, 0 }

int groove_apply(const struct score *s, const struct groove *g, const struct groove_apply_params *p, const struct model_watch *watch,
		 struct score **ret, struct err *err);

/*
 * As JSON: {"type": "groove", "version": 1, "name", "period_beats", "slots": [{"timing_beats", "velocity", "gate", "count"}]};
 * of a slot only timing_beats has to be there. Unknown fields are refused by name.
 */
int groove_read(const char *bytes, size_t n, struct groove *ret, struct err *err);
json_t *groove_json(const struct groove *g); /* a new reference, NULL when memory is out */

#endif
