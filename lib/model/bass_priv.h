/*
 * bass_priv.h - between a bass line's styles and its walking.
 */
#ifndef MODEL_BASS_PRIV_H
#define MODEL_BASS_PRIV_H

#include "base/rng.h"
#include "model/bassline.h"

struct bass_note {
	int32_t at, length;
	int pitch;
	bool kick;
};

struct bass {
	const struct harmony *h;
	const struct bass_params *p;
	const struct model_watch *watch;
	struct rng rng;
	struct bass_note *notes;
	size_t n, room;
	int last; /* pitch of the note before, -1 at the start */
};

int bass_add(struct bass *b, int32_t at, int32_t length, int pitch, struct err *err);
/* The pitch of a class that is nearest to `near` and in range. */
int bass_place(const struct bass *b, int pitch_class, int near);
/* One note a beat, up to the last bar. */
int bass_walk(struct bass *b, int32_t until, struct err *err);

#endif
