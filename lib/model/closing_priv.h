/*
 * closing_priv.h - how a piece ends: the closing bars of the source, and the last bar of a continuation.
 */
#ifndef MODEL_CLOSING_PRIV_H
#define MODEL_CLOSING_PRIV_H

#include "model/chain_priv.h"

/* A bar of the source that comes to rest on the tonic: its events from `first` to the tonic itself, `last`. */
struct closing {
	size_t first, last;
	int64_t bar;
};

struct closings {
	struct closing *bars;
	size_t n, room;
};

/* Finds them and tells the chain how far each event is from the next one. */
int closings_find(struct chain *c, struct closings *ret, struct err *err);
/* Appends the last bar; the chain stands on a bar line. */
int closings_end(struct chain *c, const struct closings *k, struct err *err);

#endif
