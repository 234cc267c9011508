/*
 * layer.h - several scores at once, or one after another.
 *
 * Ownership: the results are new scores; the inputs are left alone.
 * Errors:    -EINVAL for no scores, -EMSGSIZE past the limits of a score, -ENOMEM.
 */
#ifndef MUSIC_LAYER_H
#define MUSIC_LAYER_H

#include "music/notes.h"

/*
 * All of them from the same bar 1, their voices side by side. Title, tempo, meter and keys are those of the first; texts of all are kept.
 * Channels of different scores are told apart: each score's channels move to free ones where another score has taken them,
 * drums stay on channel 9. When all fifteen are taken, what is left shares.
 */
int score_layer(const struct score *const *scores, size_t n, struct score **ret, struct err *err);
/* One after another, each from the bar line at or after the end of the one before, in its own tempo, meter and key. */
int score_sequence(const struct score *const *scores, size_t n, struct score **ret, struct err *err);

#endif
