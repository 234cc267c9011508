/*
 * batch.h - streams side by side, as the network is trained on them.
 *
 * Variants:  so that one model samples, continues and fills gaps, a tune is not always given whole: at random the form is kept
 *            from it, the number of bars to come is told, it begins at a later bar, or a gap is to be filled (then only what
 *            stands before and in the gap is asked).
 */
#ifndef HOOT_TRAIN_BATCH_H
#define HOOT_TRAIN_BATCH_H

#include "base/rng.h"
#include "corpus.h"
#include "net.h"

struct batch {
	struct tune_step *steps;
	uint16_t *targets;
	size_t n, room_steps, room_targets;
	size_t *ends;
	size_t n_streams, room_streams;
};

#define AUTO_BATCH __attribute__((cleanup(batch_done))) struct batch
void batch_done(struct batch *b);
void batch_clear(struct batch *b);
struct net_batch batch_view(const struct batch *b);

/* The whole tune as it is written; the header is given and not asked. */
int batch_add_whole(struct batch *b, const struct corpus_tune *t, struct err *err);
/* A variant of it. */
int batch_add_variant(struct batch *b, const struct corpus_tune *t, struct rng *rng, struct err *err);

#endif
