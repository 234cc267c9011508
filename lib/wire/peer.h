/*
 * peer.h - one connection to a peer that comes and goes: a fresh socket for each time it is
 * there.
 *
 * A socket that lost its connection is closed and a new one made, with a new identity, towards
 * wherever the peer listens then: nothing that was meant for the old one leaks into the new.
 * Retries for ever: at once when the peer had been there for a while, then 50 ms to 1 s apart.
 * Threads:   the loop's.
 */
#ifndef WIRE_PEER_H
#define WIRE_PEER_H

#include "wire/place.h"

struct wire_peer;

struct wire_peer_options {
	struct wire_context *context;
	struct wire_loop *loop;
	enum wire_socket_kind kind; /* WIRE_DEALER, WIRE_SUB, WIRE_PULL */
	const char *name;           /* for the identity */
	const struct wire_curve *curve;
	struct wire_place_options place;
	/* Called on each new socket before it connects: subscriptions. May be NULL. */
	int (*prepare)(void *arg, struct wire_socket *s, struct err *err);
	wire_receive_fn *receive;
	void (*up)(void *arg);
	void (*down)(void *arg); /* what had arrived was received before */
	void *arg;
};

int wire_peer_new(const struct wire_peer_options *o, struct wire_peer **ret, struct err *err);
/* Also from inside receive, up and down. */
void wire_peer_free(struct wire_peer *p);
AUTO_DEFINE(wire_peer);
bool wire_peer_is_up(const struct wire_peer *p);
/* The socket; NULL while there is none. */
struct wire_socket *wire_peer_socket(struct wire_peer *p);
/* Why it is not there, for messages: "chaosgarden is not running in '…'". */
void wire_peer_why(struct wire_peer *p, struct err *ret);
uint64_t wire_peer_n_links(const struct wire_peer *p);

#endif
