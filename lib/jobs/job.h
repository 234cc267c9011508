/*
 * job.h - durable jobs: a chain of steps, each claimed by a worker under a lease with an attempt
 * number.
 *
 *   submit -> pending -> (claim) running -> (complete) next step pending … complete
 *                 ^ retry, lease ran out, worker left |        \-> failed, cancelled
 *
 * Attempts:  each claim gets a number that the job has never used. Whatever a worker says about a
 *            job must carry it and its worker's id; anything but the current attempt is refused
 *            with -ESTALE. A completion that is repeated is answered as the first one was.
 * Leases:    monotonic milliseconds. jobs_reopen gives every running job a fresh one, so that
 *            workers that outlived us keep theirs; jobs_sweep puts back what ran out.
 * Cancel:    a pending job is cancelled at once; a running one is `cancelling` until its worker
 *            confirms (jobs_stopped), its lease runs out or its worker leaves. A result that
 *            arrives after the cancel is refused (-ECANCELED).
 * Cache:     a step of a deterministic model, asked for again with the same space, model version,
 *            parameters, seed and input contents, is answered with the artifact that is there,
 *            unless the job is `fresh`.
 * Regions:   what chaosgarden has to know about a job with a region goes into the outbox, in the
 *            same transaction.
 * Threads:   that of the connection; inside the caller's transaction.
 * Errors:    -ENOENT (unknown job or artifact), -ESTALE, -EPROTO (the state does not allow it),
 *            -EINVAL with the field.
 */
#ifndef JOBS_JOB_H
#define JOBS_JOB_H

#include "base/clock.h"
#include "base/json.h"
#include "base/uuid.h"
#include "store/conn.h"
#include "wire/catalogue.h"
#include "wire/codec.h"

#define JOB_ID_SIZE 64

enum job_change {
	JOB_CHANGE_SUBMITTED,
	JOB_CHANGE_CLAIMED,
	JOB_CHANGE_PROGRESSED,
	JOB_CHANGE_STEPPED,  /* to its next step, pending again */
	JOB_CHANGE_PUT_BACK, /* pending again for another attempt */
	JOB_CHANGE_CANCELLING,
	JOB_CHANGE_ENDED,
	JOB_CHANGE_MADE, /* an artifact: `what` is its id */
};

/* The owner of jobs: a daemon. All fields but `changed` must be set. */
struct jobs {
	const char *owner; /* "hoot": job ids begin "hoot:" */
	const char *cas_root;
	const struct clock *clock;
	int64_t lease_ms;
	/*
	 * Told of every change inside its transaction; `what` is the job, or the artifact. An error
	 * undoes the change.
	 */
	int (*changed)(void *user, struct store_conn *c, enum job_change change, const char *what,
		       struct err *err);
	void *user;
};

struct job_step_new {
	const char *verb, *from_space, *space, *model;
	const char *model_version; /* "": any */
	json_t *params;            /* NULL: {} */
	int64_t seed;
};

struct job_new {
	const char *verb, *actor;
	const char *region_id; /* NULL: none */
	enum job_priority priority;
	const char *const *tags;
	size_t n_tags;
	const char *const *inputs; /* artifact ids */
	size_t n_inputs;
	const struct job_step_new *steps;
	size_t n_steps;
	int64_t deadline_in_ms; /* 0: none */
	int max_attempts;
	bool fresh;
	const char *verifies; /* NULL, or the artifact that the only step makes again */
};

int jobs_submit(struct jobs *j, struct store_conn *c, const struct job_new *n,
		char ret_id[JOB_ID_SIZE], struct err *err);

struct capability_list {
	const struct worker_capability *v;
	size_t n;
};

enum { JOB_STEPS_MAX = 16 };

/*
 * Puts the projections before the pending steps that nothing offered can do from the space they begin in, where some lead
 * there; what can be done, or not even so, and what verifies stays as it is. The second: for the pending jobs that come first.
 */
int jobs_route(struct store_conn *c, const char *job_id, struct capability_list offers, struct err *err);
int jobs_route_pending(struct jobs *j, struct store_conn *c, struct capability_list offers, struct err *err);

/* A way from a space to where a step ends: its last row is the step itself. n is 0 when there is none. */
struct route {
	const struct worker_capability **steps; /* in the arena; rows are those of the offers */
	size_t n;
};
struct route_goal {
	const char *verb, *from_space, *space;
	const char *model; /* "": any */
};
int jobs_find_route(struct capability_list offers, const struct route_goal *goal, struct wire_arena *arena,
		    struct route *ret, struct err *err);

struct job_claimed {
	char job_id[JOB_ID_SIZE];
	int64_t attempt;
	int step;
};

/*
 * The best step that the worker can do. 1: claimed, 0: there is none. Steps that the store can
 * answer are answered.
 */
int jobs_claim(struct jobs *j, struct store_conn *c, const char *worker_id,
	       struct capability_list can, struct job_claimed *ret, struct err *err);
/*
 * Answers a fresh job's steps from the store as far as that goes, with what workers are known to
 * offer.
 */
int jobs_answer(struct jobs *j, struct store_conn *c, const char *job_id,
		struct capability_list can, struct err *err);

struct job_attempt {
	const char *worker_id, *job_id;
	int64_t attempt;
};

/* Prolongs the lease. */
int jobs_heartbeat(struct jobs *j, struct store_conn *c, const struct job_attempt *a,
		   bool *ret_cancel, struct err *err);
int jobs_progress(struct jobs *j, struct store_conn *c, const struct job_attempt *a,
		  double progress, const char *message, bool *ret_cancel, struct err *err);
struct job_output {
	const char *content_hash;  /* in the content store already */
	const char *mime_type;     /* NULL: the content's */
	json_t *metadata, *result; /* NULL: none */
};
/*
 * Whether the attempt may complete, before content is taken in for it: 1: go on, 0: it was
 * completed before.
 */
int jobs_may_complete(struct jobs *j, struct store_conn *c, const struct job_attempt *a,
		      struct err *err);
int jobs_complete(struct jobs *j, struct store_conn *c, const struct job_attempt *a,
		  const struct job_output *out, char ret_artifact[UUID_SIZE], bool *ret_finished,
		  struct err *err);
int jobs_fail(struct jobs *j, struct store_conn *c, const struct job_attempt *a, const char *code,
	      const char *message, bool retry, bool *ret_again, struct err *err);
/*
 * The worker has stopped without a result: cancelled when that was asked for, otherwise put back.
 */
int jobs_stopped(struct jobs *j, struct store_conn *c, const struct job_attempt *a,
		 bool *ret_cancelled, struct err *err);
int jobs_cancel(struct jobs *j, struct store_conn *c, const char *job_id, const char *reason,
		struct err *err);

/* Tells the job's region of it now, not when it is claimed; nothing when it has none. */
int jobs_announce(struct jobs *j, struct store_conn *c, const char *job_id, struct err *err);
/* Its region will not have it: it is cancelled unless it has ended, without a word to the region. */
int jobs_withdraw(struct jobs *j, struct store_conn *c, const char *job_id, const char *why,
		  struct err *err);

/* Puts back what a worker holds. */
int jobs_release(struct jobs *j, struct store_conn *c, const char *worker_id, int64_t *ret_n,
		 struct err *err);
/* Leases that ran out, deadlines that passed. */
int jobs_sweep(struct jobs *j, struct store_conn *c, struct err *err);
/* After a restart. */
int jobs_reopen(struct jobs *j, struct store_conn *c, struct err *err);

int job_load(struct store_conn *c, const char *job_id, struct wire_arena *arena,
	     struct job_view *ret, struct err *err);
int job_find(struct store_conn *c, const struct job_list *query, struct wire_arena *arena,
	     struct job_list_result *ret, struct err *err);
/*
 * Says in `waiting_for` of a pending job that nothing in `online` can do its step, if that is so.
 */
int job_explain(struct store_conn *c, struct job_view *job, struct capability_list online,
		struct wire_arena *arena, struct err *err);
/* The state alone; -ENOENT with the field "job_id". */
int job_state_of(struct store_conn *c, const char *job_id, enum job_state *ret, struct err *err);
static inline bool job_has_ended(enum job_state s)
{
	return s == JOB_COMPLETE || s == JOB_FAILED || s == JOB_CANCELLED;
}
/* What the worker gets. */
int job_lease_load(struct jobs *j, struct store_conn *c, const struct job_claimed *claimed,
		   struct wire_arena *arena, struct lease_view *ret, struct err *err);
/* Steps that wait for a worker now. */
int job_count_pending(struct jobs *j, struct store_conn *c, int64_t *ret, struct err *err);

#endif
