/*
 * perceive.h - what queries did not know: jobs that find it out, and waiting for them.
 *
 * Jobs:      of the actor "hootenanny", with low priority and the tag "perception"; never two of the same, not for what has
 *            failed with the version on offer, and LIMIT_PERCEPTION_JOBS under way at most.
 * Threads:   the loop's, between requests.
 */
#ifndef HOOTENANNY_PERCEIVE_H
#define HOOTENANNY_PERCEIVE_H

#include "hoot.h"
#include "query-control/perception.h"

struct perceive_told {
	const char **jobs; /* under way, each once; in the arena */
	size_t n_jobs;
	size_t n_unknown; /* wants that a job will find out, this one's or, where there are too many, a later one's */
	size_t n_found;   /* wants that are known now: asking again finds them */
};
/*
 * Keeps what the view's query has learned, and starts what it was missing. What cannot be started is left out: that is not
 * worth failing a query for.
 */
void perceive_settle(struct hoot *h, struct perception_view *v, struct wire_arena *arena, struct perceive_told *ret);

/* Calls `fn` once, when all of these jobs have ended, or after the time, or when hootenanny stops; never from inside. */
typedef void perceive_fn(void *arg);
int perceive_wait(struct hoot *h, const char *const *jobs, size_t n, int64_t wait_ms, perceive_fn *fn, void *arg, struct err *err);

/* Jobs have ended. */
void perceive_check(struct hoot *h);
void perceive_open(struct hoot *h);
void perceive_close(struct hoot *h);

#endif
