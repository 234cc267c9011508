/*
 * hints.h - listens on hootenanny's job hints: "there may be work".
 *
 * Losing a hint does no harm: idle workers claim every few seconds anyway. When the family's endpoints change
 * (hootenanny has restarted on other ports) the connection follows.
 */
#ifndef HOOT_WORKER_HINTS_H
#define HOOT_WORKER_HINTS_H

#include "wire/family.h"
#include "wire/loop.h"
#include "wire/socket.h"

struct hints;

/* One of family and endpoint (of hootenanny's requests) is given. heard(arg) is called on the loop for each hint. */
int hints_new(struct wire_context *context, struct wire_loop *loop, struct wire_family *family, const char *requests,
	      wire_loop_fn *heard, void *arg, struct hints **ret, struct err *err);
void hints_free(struct hints *h);
AUTO_DEFINE(hints);

/* "tcp://HOST:N" to "tcp://HOST:N+1", "ipc://PATH-requests" to "ipc://PATH-jobs"; -EINVAL for anything else. */
int hints_endpoint_beside(const char *requests, char ret[WIRE_ENDPOINT_SIZE]);

#endif
