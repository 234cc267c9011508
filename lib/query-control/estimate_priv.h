/*
 * estimate_priv.h - when a job will have ended, when its region sounds, and whether that is too late.
 *
 * End:       of a job that has ended: when it did. Of one that runs: its step goes on as fast as its progress says, or (below
 *            a twentieth of it) takes as long as steps of its kind took before; then the other steps, each as long as those of
 *            its kind took. One that waits begins when the first worker that can do it is free. Nothing is said where one of
 *            these is not known.
 * Due:       when the play position reaches the region, by the tempo map, while the transport plays.
 * Late:      it is due before its end, or due already, or nobody who is online can do its step.
 */
#ifndef QUERY_CONTROL_ESTIMATE_PRIV_H
#define QUERY_CONTROL_ESTIMATE_PRIV_H

#include "query-control/cache_priv.h"

struct job_facts {
	const char *id, *region_id; /* region_id may be NULL */
	enum job_state state;
	int64_t step, n_steps, updated_unix_ms;
	double progress;
};

int job_estimate(struct tf_context *c, const struct job_facts *f, struct job_estimate *ret, struct err *err);
/* The middle one of how long the last steps of that kind took; negative: there was none. */
int step_expectation(struct tf_context *c, const char *verb, const char *model, const char *space, int64_t *ret_ms, struct err *err);

#endif
