/*
 * answered.h - requests that were answered, by their idempotency key: asked again, also after a
 * restart, they get the answer they got.
 *
 * The answer is written in the transaction of what it tells of, so there is never one without the
 * other.
 *
 * Threads:   that of the connection; inside the caller's transaction.
 * Errors:    -EINVAL with field "idempotency_key": the key was used for another request.
 */
#ifndef JOBS_ANSWERED_H
#define JOBS_ANSWERED_H

#include "store/conn.h"
#include "wire/codec.h"

struct answered {
	const char *actor, *key;
	const char *payload; /* of the request, as it came */
	size_t n_payload;
};

/* 1 and the result as JSON text (in the arena), or 0. */
int answered_find(struct store_conn *c, const struct answered *a, struct wire_arena *arena,
		  const char **ret, struct err *err);
int answered_add(struct store_conn *c, const struct answered *a, const char *result,
		 int64_t now_unix_ms, struct err *err);
/* Forgets what was answered before that time, and the oldest beyond LIMIT_ANSWERED. */
int answered_prune(struct store_conn *c, int64_t before_unix_ms, struct err *err);

#endif
