/*
 * latent.h - the life of a latent region, as a table of what may follow what.
 *
 *   step        from                                       to
 *   start       pending running failed resolved held       running    (another job: an attempt, or a variation)
 *   progress    running                                    running
 *   refine      running                                    running
 *   resolve     running                                    resolved
 *   fail        pending running                            failed
 *   approve     resolved held approved                     approved   (again: with another mix-in)
 *   hold        resolved approved                          held
 *   reject      resolved held approved                     rejected
 *   supersede   pending running resolved held approved failed   superseded
 *   cancel      pending running resolved held approved failed   cancelled
 *   mix_in      approved                                   mixed_in   (the engine's own step)
 *
 * mixed_in, rejected, superseded and cancelled are final. A step that was already made with the same job (or the same
 * decision) succeeds and changes nothing, so that an outbox may repeat itself; progress, refine, resolve and fail from
 * another job than the one at work are refused.
 *
 * Threads:   one thread.
 * Errors:    -EPROTO naming the state and what is allowed in it, -EINVAL, -ENOENT, -ENOMEM.
 */
#ifndef TIMELINE_LATENT_H
#define TIMELINE_LATENT_H

#include "timeline/edit.h"

enum latent_step_kind {
	LATENT_START,
	LATENT_PROGRESS,
	LATENT_REFINE,
	LATENT_RESOLVE,
	LATENT_FAIL,
	LATENT_APPROVE,
	LATENT_HOLD,
	LATENT_REJECT,
	LATENT_SUPERSEDE,
	LATENT_CANCEL,
	LATENT_MIX_IN,
	LATENT_STEP_COUNT
};

struct latent_step {
	enum latent_step_kind kind;
	const char *region_id;
	const char *job_id;      /* start, progress, refine, resolve, fail */
	const char *next_job_id; /* refine; NULL: the same goes on */
	double progress;
	const char *artifact_id;          /* refine (may be NULL), resolve */
	const struct doc_content *content; /* resolve */
	struct doc_mix mix;               /* approve: kind, at_beats, fade_beats */
	const char *const *replaces;      /* approve */
	size_t n_replaces;
	const char *reason; /* may be NULL */
};

const char *latent_step_name(enum latent_step_kind k);
/* The state after a step, or -EPROTO. */
int latent_next(enum life_state from, enum latent_step_kind k, enum life_state *ret);
/*
 * The changes that a step makes: to the region's life, and for an approval (or what takes it back) to the lives of the
 * regions it replaces. No changes at all: the step was made before.
 */
int latent_changes(const struct document *d, const struct latent_step *s, struct changes *ret, struct err *err);

#endif
