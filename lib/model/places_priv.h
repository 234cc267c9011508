/*
 * places_priv.h - the events of a source by their place in the bar: only those at the place where something is to come matter to the chain.
 *
 * Ownership: embedded; _done releases it. The source stays its owner's.
 */
#ifndef MODEL_PLACES_PRIV_H
#define MODEL_PLACES_PRIV_H

#include "model/source_priv.h"

struct places {
	const struct source_event *events;
	uint32_t *order; /* indices of events, sorted by place, then index */
	size_t n;
};

int places_init(struct places *p, const struct source *s);
void places_done(struct places *p);
/* How many events stand at a place; their indices, rising, in *ret. */
size_t places_at(const struct places *p, int32_t pos, const uint32_t **ret);

#endif
