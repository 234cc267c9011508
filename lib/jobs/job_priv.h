/*
 * job_priv.h - inside lib/jobs: a job's row, and the changes that more than one file makes.
 */
#ifndef JOBS_JOB_PRIV_H
#define JOBS_JOB_PRIV_H

#include "jobs/job.h"

struct job_row {
	const char *id, *verb, *actor;
	enum job_state state;
	bool cancelling, fresh, announced;
	int64_t attempt, tries, max_attempts;
	int step, n_steps;
	const char *worker_id; /* "" when none */
	const char *region_id; /* "" when none */
	const char *verifies;  /* "" when none */
};

struct step_row {
	const char *verb, *from_space, *space, *model, *model_version, *params;
	int64_t seed;
	bool deterministic;
};

int64_t jobs_now_ms(const struct jobs *j); /* monotonic */
int64_t jobs_unix_ms(const struct jobs *j);
int jobs_tell(struct jobs *j, struct store_conn *c, enum job_change change, const char *what,
	      struct err *err);

int job_row_load(struct store_conn *c, const char *job_id, struct wire_arena *arena,
		 struct job_row *ret, struct err *err);
int step_row_load(struct store_conn *c, const char *job_id, int step, struct wire_arena *arena,
		  struct step_row *ret, struct err *err);

/* --- answer.c: what identifies a result, and results that are there --------------------------- */
/* 65 bytes of hexadecimal text; -ENOENT when an input is not known. */
int job_cache_key(struct store_conn *c, const struct job_row *job, const struct step_row *step,
		  char ret[65], struct err *err);
/* 1: answered, and the job is at its next step or complete. */
int job_answer_step(struct jobs *j, struct store_conn *c, const struct job_row *job,
		    const struct step_row *step, const struct worker_capability *with,
		    struct wire_arena *arena, struct err *err);
bool job_can(const struct worker_capability *can, const struct step_row *step);
/* The contents or artifacts that the current step works on, in order. */
int job_inputs(struct store_conn *c, const struct job_row *job, struct wire_arena *arena,
	       const char ***ret, size_t *ret_n, struct err *err);

/* --- claim.c: the pending jobs in the order of their urgency, at most LIMIT_JOB_CANDIDATES ------ */
int job_candidates(struct jobs *j, struct store_conn *c, struct wire_arena *arena, const char ***ret,
		   size_t *ret_n, struct err *err);

/* --- finish.c --------------------------------------------------------------------------------- */
/* The step has its artifact: goes to the next step or ends the job. */
int job_step_done(struct jobs *j, struct store_conn *c, const struct job_row *job,
		  const char *artifact_id, const char *content_hash, bool cached, struct err *err);
int job_end(struct jobs *j, struct store_conn *c, const struct job_row *job, enum job_state state,
	    const char *code, const char *why, struct err *err);
int job_put_back(struct jobs *j, struct store_conn *c, const struct job_row *job, int64_t delay_ms,
		 const char *why, struct err *err);

/* --- latent.c: what chaosgarden is told ------------------------------------------------------- */
int job_tell_started(struct jobs *j, struct store_conn *c, const struct job_row *job,
		     struct err *err);
int job_tell_progress(struct jobs *j, struct store_conn *c, const struct job_row *job,
		      double progress, const char *note, struct err *err);
int job_tell_refined(struct jobs *j, struct store_conn *c, const struct job_row *job,
		     const char *verb, const char *artifact_id, struct err *err);
int job_tell_ended(struct jobs *j, struct store_conn *c, const struct job_row *job,
		   enum job_state state, const char *artifact_id, const char *why, struct err *err);

#endif
