/*
 * material_priv.h - several scores made one, so that a model learns from all of them.
 *
 * Method: the first score comes last, since it is what is gone on from; the others stand before it, from their first bar
 *         line on, moved to the first one's scale and put into its voices: drums to drums, the rest by how high they lie.
 *         Their instruments, tempo and texts are left out.
 */
#ifndef MODEL_MATERIAL_PRIV_H
#define MODEL_MATERIAL_PRIV_H

#include "base/err.h"
#include "base/limits.h"
#include "music/notes.h"

#include <stdbool.h>
#include <stddef.h>

struct material {
	struct score *score;
	double starts[LIMIT_MODEL_SOURCES]; /* beats where the parts begin; the first score's is the last */
	size_t n;
};

/* -EINVAL: no scores, more than LIMIT_MODEL_SOURCES, one without notes, one in another meter than the first. */
int material_init(struct material *m, const struct score *const *inputs, size_t n, struct err *err);
void material_done(struct material *m);

/* Whether bars of both are as long and beats divide alike: 4/4 and 2/2 do, 3/4 and 6/8 do not. */
bool material_same_meter(const struct score_meter *a, const struct score_meter *b);

/* A score from its first bar line on in the voices of another: drums to drums, the rest by how high they lie; in this meter. */
int material_revoice(const struct score *s, const struct score *like, const struct score_meter *meter, struct score **ret, struct err *err);

#endif
