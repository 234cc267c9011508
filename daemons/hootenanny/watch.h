/*
 * watch.h - questions that are asked again when something may have changed, and whose differences are events.
 *
 * Sharing:   equal questions are one watch, for all who asked; it ends when none of them has asked again for its keep_ms.
 * When:      after a commit of the store and when the garden has changed, but no sooner than every_ms after the last time and
 *            than ten times as long as the question took: a watch keeps at most a tenth of a processor busy. When only the
 *            position has moved: those alone whose last answer looked at the transport (query/world.h); when an event has come, those
 *            whose answer looked at events. Some answers depend
 *            on the clock alone (what is late): every TIME_PASSES_NS it is asked in any case.
 * Unknown:   it never waits for perceptions: what is found out is a commit, and then rows differ. n_unknown becoming 0 is told
 *            even where they do not.
 * Versions:  count by one with each query_changed. A difference that would be too long for a message is not sent, and one
 *            number is left out: who sees the hole asks for the whole.
 * Threads:   the loop's; the question itself is at work beside it (graph.h).
 * Bounds:    LIMIT_QUERY_WATCHES, LIMIT_QUERY_WATCHERS of each, LIMIT_QUERY_WATCH_BYTES of rows.
 */
#ifndef HOOTENANNY_WATCH_H
#define HOOTENANNY_WATCH_H

#include "hoot.h"

int watches_open(struct hoot *h, struct err *err);
/* Something that a question could see may be different now. */
void watches_changed(struct hoot *h);
/* The position alone is. */
void watches_moved(struct hoot *h);
/* An event has been kept. */
void watches_heard(struct hoot *h);
/* Ends those that nobody wants any more; to be called about once a second. */
void watches_sweep(struct hoot *h);
/* Who waits for a first answer is told that hootenanny stops. */
void watches_stop(struct hoot *h);
/* Before graph_close. */
void watches_close(struct hoot *h);

struct watch_stats {
	size_t n;
	uint64_t asked;  /* times that one was asked, the first included */
	uint64_t rested; /* times that one was not, for it had not looked at what moved */
};
struct watch_stats watches_stats(const struct hoot *h);

#endif
