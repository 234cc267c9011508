/*
 * estimate_priv.h - when a job will have ended, when its region sounds, and whether that is too late.
 *
 * End:       of a job that has ended: when it did. Of one that runs: its step goes on as fast as its progress says, or (below
 *            a twentieth of it) takes as long as steps of its kind took before; then the other steps, each as long as those of
 *            its kind took. One that waits begins when its turn has come (queue.c). Nothing is said where one of these is not
 *            known.
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

/* ---- step_time.c ---- */

struct step {
	const char *verb, *model, *version, *from_space, *space;
	bool has_started;
	int64_t started_unix_ms;
};
#define STEP_COLUMNS "s.verb, s.model, s.model_version, s.from_space, s.space, s.started_unix_ms"
/* From a row that has them from column `at` on; lent with it. */
struct step step_read(sqlite3_stmt *q, int at);
bool step_can(const struct worker_capability *o, const struct step *s);

/* A span of time, or that it is not known. */
struct span {
	bool known;
	int64_t ms;
};
/* How long it takes when it begins now; how much longer one that runs. */
int step_expect(struct tf_context *c, const struct step *s, struct span *ret, struct err *err);
int step_left(struct tf_context *c, double progress, const struct step *s, struct span *ret, struct err *err);
/* The middle one of how long the last steps of that kind took; negative: there was none. */
int step_expectation(struct tf_context *c, const char *verb, const char *model, const char *space, int64_t *ret_ms, struct err *err);

/* ---- queue.c ---- */

/* How long until a job that waits begins; *ret_nobody: no worker that is online can do its step. */
int queue_wait(struct tf_context *c, const char *job_id, struct span *ret, bool *ret_nobody, struct err *err);

#endif
