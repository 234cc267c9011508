/*
 * bridge_priv.h - where a bridge has to arrive, and the changes that make it arrive there.
 */
#ifndef MODEL_BRIDGE_PRIV_H
#define MODEL_BRIDGE_PRIV_H

#include "model/source_priv.h"
#include "music/chord.h"

struct goal {
	struct scale scale;  /* of the second score */
	bool minor;
	int first;           /* pitch that its melody begins with */
	struct chord chord, dominant; /* what it begins on, and what leads there; root -1 between drum parts */
	struct score_meter meter;
	double bpm;
};

/* -EINVAL where it has no notes. */
int goal_find(const struct score *to, struct goal *ret, struct err *err);
/* Moves what begins at or after a beat into the goal's scale; `up` where the signature has more sharps than before. */
void goal_modulate(struct score *s, double from_beats, const struct goal *g, bool up);
/* Puts what sounds from a beat to the end on the dominant, and the melody's last note a step from the goal. */
void goal_approach(struct score *s, double from_beats, double beat_beats, size_t lead, const struct goal *g);
/* Tempos from beat to beat, from the one in force to the goal's, which is reached in the last beat. */
int goal_ramp(struct score *s, double from_beats, double beat_beats, const struct goal *g, struct err *err);

#endif
