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

/* Events that stand together in the source as they do in the result. */
struct accompany_run {
	int64_t src_from, src_to, out_from, out_to;
};

/* -EMSGSIZE past LIMIT_SCORE_NOTES. */
int accompany_add(struct accompaniment *a, const struct source_note *n, struct err *err);
/*
 * The source's notes (sorted by tick) of one run; what sounds on from before is held, where notes from `held_from` on were cut
 * at its beginning, or struck again when enough of it is left.
 */
int accompany_run(const struct source *s, const struct source_note *notes, size_t n_notes, const struct accompany_run *r,
		  size_t held_from, struct accompaniment *a, struct err *err);
/* In the last bar everything that sounds with the last note, which begins at last_at, is held to the end, and nothing begins after it. */
void accompany_close(struct accompaniment *a, int64_t closing_from, int64_t last_at, int64_t end);

/* `closing_from`: where the last bar begins; there nothing new starts after the leading voice's last note. */
int accompany(const struct chain *c, int64_t closing_from, struct accompaniment *ret, struct err *err);

#endif
