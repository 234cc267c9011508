/*
 * slot.h - one member of the worker pool: registers, claims, works, hands in, for ever.
 *
 * Life:      joining (worker_register until it is answered) → idle (claims on a hint, after each job and every few seconds)
 *            → working (a thread does the step; here the lease is kept alive and progress is told) → handing in (job_complete,
 *            job_fail or job_stopped, again and again until it is answered) → idle. `not_found` for the worker itself
 *            means that hootenanny has restarted: it joins again under the same id and goes on with what it has.
 *            `conflict` means that somebody else has the job now: the work is dropped without a word.
 * Threads:   all on the loop's thread.
 */
#ifndef HOOT_WORKER_SLOT_H
#define HOOT_WORKER_SLOT_H

#include "carry.h"
#include "skill.h"

#include "wire/client.h"
#include "wire/loop.h"

struct slot;

struct slot_options {
	struct wire_loop *loop;
	struct wire_client *client;
	const struct skill_set *set;
	const struct carry_options *carries;
	const char *name;
	const char *lock; /* of the family, that this process holds; NULL: none */
	void (*left)(void *arg); /* called once after slot_drain, when nothing is left to do */
	void *arg;
};

int slot_new(const struct slot_options *o, struct slot **ret, struct err *err);
void slot_free(struct slot *s);
AUTO_DEFINE(slot);

/* There may be work. */
void slot_hint(struct slot *s);
/* Takes no more work, finishes what it does, leaves the pool. A second call gives the work back instead. */
void slot_drain(struct slot *s);

#endif
