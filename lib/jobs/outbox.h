/*
 * outbox.h - messages that must arrive: written with the change they tell of, sent again until they
 * are acknowledged.
 *
 * Order:     first in, first out. A progress that has not been sent yet gives way to a newer one of
 *            its region.
 * Once:      each has an idempotency key; the receiver applies it once however often it comes.
 * Threads:   that of the connection; inside the caller's transaction.
 */
#ifndef JOBS_OUTBOX_H
#define JOBS_OUTBOX_H

#include "store/conn.h"
#include "wire/catalogue.h"
#include "wire/codec.h"

struct outbox_message {
	int64_t id;
	const char *key, *type, *payload, *actor;
	const char *decision_id; /* "" when it is not about one */
};

/* Encodes the request's struct; region_id and decision_id may be NULL. */
int outbox_add(struct store_conn *c, const struct wire_message *message, const void *request,
	       const char *actor, const char *region_id, const char *decision_id,
	       int64_t now_unix_ms, int64_t *ret_id, struct err *err);
/* The oldest; 1, or 0 when there is none. It counts as being sent from now on. */
int outbox_first(struct store_conn *c, struct wire_arena *arena, struct outbox_message *ret,
		 struct err *err);
/* Whether it announces a job to its region. */
bool outbox_is_start(const struct outbox_message *m);
/* 1, the decision and the job, when a start is that of a variation that somebody has decided on; or 0. */
int outbox_variation(struct store_conn *c, const struct outbox_message *m, struct wire_arena *arena,
		     const char **ret_decision_id, const char **ret_job_id, struct err *err);
/* It has arrived, or was refused for good (refusal says why; NULL: it was applied). */
int outbox_done(struct store_conn *c, const struct outbox_message *m, const char *refusal,
		struct err *err);
int outbox_count(struct store_conn *c, int64_t *ret, struct err *err);

#endif
