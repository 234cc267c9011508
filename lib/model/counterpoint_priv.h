/*
 * counterpoint_priv.h - the places of the second voice, and what its rules cost.
 */
#ifndef MODEL_COUNTERPOINT_PRIV_H
#define MODEL_COUNTERPOINT_PRIV_H

#include "base/rng.h"
#include "model/counterpoint.h"
#include "model/line.h"
#include "model/pitch_path.h"

/* A place of the counterpoint: one note, or a part of one that is tied. */
struct counter_slot {
	int32_t at, length;
	size_t under;  /* index of the melody's note */
	bool strong;   /* begins with it */
	bool may_tie;  /* may be held over from the place before */
	bool must_tie; /* fourth species: better be */
};

struct counter {
	const struct line *line;
	const struct counterpoint_params *p;
	struct counter_slot *slots;
	size_t n, room;
	uint16_t scale;
	int leading; /* pitch class */
};

/* The rhythm: where the second voice has notes. */
int counter_rhythm(struct counter *c, struct rng *r, struct err *err);
/* The pitches that each place may have. */
void counter_candidates(const struct counter *c, struct rng *r, struct path_slot *ret);
/* For pitch_path; arg is the counter. */
int32_t counter_pair(const void *arg, size_t i, int from, int to);
int32_t counter_triple(const void *arg, size_t i, int before, int from, int to);
bool counter_consonant(int a, int b);

#endif
