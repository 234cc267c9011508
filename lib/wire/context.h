/*
 * context.h - what sockets need of their context and nobody else does.
 */
#ifndef WIRE_CONTEXT_H
#define WIRE_CONTEXT_H

#include "wire/socket.h"

void *wire_context_zmq(struct wire_context *c);
/* A number that was not given out before: for names inside the context. */
unsigned long wire_context_number(struct wire_context *c);
/* The keys that wire_context_set_keys gave; false when there are none. */
bool wire_context_keys(struct wire_context *c, struct wire_curve *ret);
/*
 * Lets connections to sockets of this ZAP domain in when their key is on the list (copied);
 * starts the thread that answers ZeroMQ's questions. The domain's name comes back.
 */
int wire_context_allow(struct wire_context *c, const struct wire_curve *curve, char ret_domain[32],
		       struct err *err);

#endif
