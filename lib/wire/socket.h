/*
 * socket.h - ZeroMQ sockets on an event loop.
 *
 * Readiness: ZMQ_FD only tells that something may have changed. ZMQ_EVENTS is read on every wake
 *            and after every send; receiving goes on to a budget (LIMIT_WIRE_DRAIN messages),
 *            then the socket puts itself at the end of the loop's queue, so that no socket
 *            starves another.
 * Bounds:    queues of LIMIT_WIRE_QUEUE messages a peer each way; frames of more than
 *            LIMIT_WIRE_FRAME_BYTES cost the peer its connection; messages of more than
 *            LIMIT_WIRE_FRAMES frames are dropped and counted.
 * Sending:   never waits. -EAGAIN: the peer's queue is full, or nobody is there; -EHOSTUNREACH: a
 *            ROUTER does not know the peer (any more). Both are counted.
 * Identity:  a DEALER with a name is "name/" and 128 random bits as hex; a ROUTER hands an
 *            identity over to the newest connection that bears it (a reconnecting peer), never to
 *            a stranger that guesses.
 * Security:  loopback (127.0.0.0/8, ::1) and ipc:// are open; any other bind needs CURVE keys,
 *            and then only keys on the list may connect (an empty list: the holders of the
 *            socket's own key pair).
 * Reconnect: for ever, from 50 ms up to 1 s apart; heartbeats find a silent peer within 6 s.
 * Threads:   a socket belongs to its loop's thread. The context may be shared by all threads.
 * Errors:    negative errno; endpoints are named in messages.
 */
#ifndef WIRE_SOCKET_H
#define WIRE_SOCKET_H

#include "wire/loop.h"

#define WIRE_ENDPOINT_SIZE 256
#define WIRE_PEER_MAX      255 /* bytes of a routing identity */

struct wire_context; /* a ZeroMQ context, and the thread that checks CURVE keys if need be */
struct wire_socket;

int wire_context_new(struct wire_context **ret, struct err *err);
/*
 * Lets its threads that carry bytes go before ordinary threads, where the system allows that; before the first socket. False:
 * it does not.
 */
bool wire_context_urgent(struct wire_context *c);
/* The same for the calling thread: before all ordinary ones, behind those that make sound. */
bool wire_thread_urgent(void);
/*
 * Every socket must be closed before; what lingers is waited for, at most the sockets' linger
 * time.
 */
void wire_context_free(struct wire_context *c);
AUTO_DEFINE(wire_context);

struct wire_curve;
/*
 * The keys of sockets that have none of their own, for endpoints that other machines can reach;
 * local ones stay as they are. The first ones stay. wire_family_give_keys does this with the
 * family's.
 */
void wire_context_set_keys(struct wire_context *c, const struct wire_curve *keys);

enum wire_socket_kind {
	WIRE_ROUTER,
	WIRE_DEALER,
	WIRE_PUB, /* an XPUB underneath: it tells when a subscription arrives */
	WIRE_SUB,
	WIRE_PUSH,
	WIRE_PULL,
	/*
	 * A ROUTER underneath, which REQ and DEALER peers cannot tell apart: ZeroMQ's REP forgets to answer whoever
	 * comes next after nonsense of a peer that has gone.
	 */
	WIRE_REP,
	WIRE_SOCKET_KIND_COUNT,
};

/* CURVE keys in Z85, 40 characters. Empty public_key: no encryption. */
struct wire_curve {
	char public_key[41];
	char secret_key[41];
	char server_key[41]; /* who we expect when connecting; "" when binding */
	const char (*allowed)
		[41]; /* who may connect when binding; borrowed until the socket is closed */
	size_t n_allowed;
};

/* A fresh pair in ret->public_key and ret->secret_key; -ENOTSUP without libsodium. */
int wire_curve_make(struct wire_curve *ret, struct err *err);
/* -EINVAL when a key is not Z85 of 32 bytes. */
int wire_curve_check(const struct wire_curve *c, struct err *err);

struct wire_socket_options {
	const char *name; /* DEALER: begins the random identity; NULL: ZeroMQ chooses */
	const struct wire_curve *curve; /* NULL: none */
	int queue;                      /* messages a peer each way; 0: LIMIT_WIRE_QUEUE */
	int linger_ms; /* how long close lets unsent messages go out; 0: 1000, negative: none */
};

struct wire_frame {
	const void *data;
	size_t n;
};

/* The frames live until the callback returns. It may send and may close its own socket. */
typedef void wire_receive_fn(void *arg, const struct wire_frame *frames, size_t n);

/* What a connection went through; endpoint is ours for a bind, the peer's for a connect. */
enum wire_link { WIRE_LINK_UP, WIRE_LINK_DOWN, WIRE_LINK_REFUSED, WIRE_LINK_COUNT };
typedef void wire_link_fn(void *arg, enum wire_link link);

struct wire_socket_stats {
	uint64_t received, sent;     /* messages */
	uint64_t dropped_full;       /* -EAGAIN on send */
	uint64_t dropped_unroutable; /* -EHOSTUNREACH on send */
	uint64_t dropped_frames;     /* too many frames */
};

/* `options` may be NULL and is copied, but for the lists inside. */
int wire_socket_new(struct wire_context *c, struct wire_loop *l, enum wire_socket_kind kind,
		    const struct wire_socket_options *options, wire_receive_fn *receive, void *arg,
		    struct wire_socket **ret, struct err *err);
void wire_socket_free(struct wire_socket *s);
AUTO_DEFINE(wire_socket);

/* ret_endpoint (may be NULL): what was bound, with the port that was picked for port 0. */
int wire_socket_bind(struct wire_socket *s, const char *endpoint,
		     char ret_endpoint[WIRE_ENDPOINT_SIZE], struct err *err);
int wire_socket_connect(struct wire_socket *s, const char *endpoint, struct err *err);
int wire_socket_disconnect(struct wire_socket *s, const char *endpoint, struct err *err);
int wire_socket_subscribe(struct wire_socket *s, const char *topic, struct err *err);
/*
 * Calls fn on the loop's thread when a connection comes up (ready to use), goes down or is
 * refused. What arrived before it went down is received before.
 */
int wire_socket_watch_links(struct wire_socket *s, wire_link_fn *fn, struct err *err);

/* Sends frames[n] as one message, copying. */
int wire_socket_send(struct wire_socket *s, const struct wire_frame *frames, size_t n);
/* The same for bytes that are malloc'ed and given away, also on error. */
int wire_socket_send_taking(struct wire_socket *s, const struct wire_frame *before, size_t n_before,
			    char *last, size_t n);
/*
 * Stops reading until told otherwise (back-pressure to the peers); sending goes on. No daemon holds its peers back yet: tests do, to have a
 * flood stand ready.
 */
void wire_socket_pause(struct wire_socket *s, bool paused);
/* From any thread. */
struct wire_socket_stats wire_socket_stats(const struct wire_socket *s);

/* "tcp://127.0.0.1:0", "ipc:///run/x": -EINVAL with a reason for anything else. */
int wire_endpoint_check(const char *endpoint, struct err *err);
/* Whether only this machine can reach it. */
bool wire_endpoint_is_local(const char *endpoint);

#endif
