/*
 * accompany_priv.h - the other voices of a continuation: what sounded in the source where the leading voice was taken from.
 */
#ifndef MODEL_ACCOMPANY_PRIV_H
#define MODEL_ACCOMPANY_PRIV_H

#include "model/chain_priv.h"

struct accompaniment {
	struct source_note *notes; /* at in ticks from the start of what is new */
	size_t n, room;
};

/* `closing_from`: where the last bar begins; there nothing new starts after the leading voice's last note. */
int accompany(const struct chain *c, int64_t closing_from, struct accompaniment *ret, struct err *err);

#endif
