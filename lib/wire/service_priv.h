/*
 * service_priv.h - the parts of a service: ports, what is being worked on, remembered keys.
 *
 * Threads:   a port with everything in it belongs to its loop's thread, except what is atomic and
 *            the outbox, which has a lock of its own. The service's own fields belong to its
 *            loop's thread, except `stopping`.
 */
#ifndef WIRE_SERVICE_PRIV_H
#define WIRE_SERVICE_PRIV_H

#include "wire/service.h"

#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "wire/codec.h"
#include "wire/event.h"
#include "wire/schema.h"

#include <pthread.h>
#include <stdatomic.h>

#define NIL_ID "00000000-0000-0000-0000-000000000000"

/* Where a reply goes. */
struct reply_to {
	char id[UUID_SIZE];
	struct trace trace;
	uint8_t peer[WIRE_PEER_MAX];
	size_t n_peer;
	bool delimiter; /* a REQ socket puts an empty frame before its message and wants it back */
};

/*
 * Replies from other threads on their way to the port. Shared by the port and the tokens, freed
 * by the last.
 */
struct outbox {
	pthread_mutex_t lock;
	struct list items;
	struct wire_wakeup *wakeup; /* the port's; not looked at once closed */
	bool closed;
	int refs;
};

struct outbox_item {
	struct list link;
	struct wire_reply *reply;
	bool final, keep; /* keep: repeating the request would give the same */
	char *text;       /* the envelope; NULL when memory ran out */
	size_t n, payload_at;
};

/*
 * A request that is answered later: by its token, or (waiter) together with the one that has the
 * same key.
 */
struct wire_reply {
	struct list link;      /* of the port's replies */
	struct list wait_link; /* of the key's waiters */
	struct outbox *box;
	const struct wire_message *message;
	struct reply_to to;
	struct wire_key *key; /* may be NULL */
	int64_t deadline_ns;
	bool waiter, answered;
	bool rep;                /* a REP socket: no progress */
	struct outbox_item last; /* the final answer's, so that ending cannot fail */
};

struct port_counters {
	atomic_uint_fast64_t requests, errors, malformed, busy, late, replayed,
		undelivered; /* relaxed: only counts */
};

struct wire_port {
	struct wire_service *service;
	char name[32], endpoint[WIRE_ENDPOINT_SIZE];
	enum wire_socket_kind kind;
	const struct wire_handler *handlers;
	bool *answers; /* of WIRE_MESSAGE_COUNT */
	struct wire_loop *loop;
	bool own_thread, urgent, thread_runs;
	pthread_t thread;
	struct wire_socket *socket;
	struct wire_arena arena;
	struct rng rng;
	struct list replies;
	atomic_int n_open; /* tokens and waiters; release: pairs with the acquire in service.c */
	atomic_bool abandoned;
	struct wire_timer *deadline;
	int64_t deadline_at_ns; /* when it fires, 0: not set */
	struct outbox *box;
	struct wire_wakeup *box_wakeup;
	/* keys */
	struct map *keys;
	struct list answered_keys; /* oldest first */
	size_t key_bytes;
	struct port_counters counters;
};

struct wire_service {
	struct wire_service_options o;
	struct wire_curve curve;
	char name[32];
	char incarnation[UUID_SIZE];
	enum wire_owner owner;
	int64_t started_ns;
	struct wire_port *ports[8];
	size_t n_ports;
	struct wire_wakeup *wakeup; /* stop was asked for, or something drained */
	struct wire_timer *drain;
	struct wire_watch *signals[2];
	pthread_mutex_t lock; /* of reason and catalogue_hash */
	char reason[128];
	char catalogue_hash[WIRE_CATALOGUE_HASH_SIZE]; /* "" until somebody asks for it */
	atomic_bool stopping; /* release: pairs with the acquire in wire_service_stopping */
	bool stop_begun, abandoned;
};

/* port.c */
int port_new(struct wire_service *s, const struct wire_port_options *o, struct wire_port **ret,
	     struct err *err);
void port_free(struct wire_port *p);
int port_start_thread(struct wire_port *p, struct err *err);
void port_stop_thread(struct wire_port *p);
/* Answers everything that is open with `unavailable`; posted to the port's loop. */
void port_abandon(void *port);
void port_send(struct wire_port *p, const struct reply_to *to, char *text, size_t n);
/* Whether an answer of n bytes is one that a client takes; -EMSGSIZE. */
int port_fits(size_t n, const struct wire_message *m, struct err *err);
void port_send_error(struct wire_port *p, const struct reply_to *to, const struct err *err);

/* The timer of deadlines fires at `at_ns` at the latest. */
void port_wake_at(struct wire_port *p, int64_t at_ns);

/* deferred.c */
/* Takes a reply that will come later into the port's list, and out of it (freeing it). */
void port_opened(struct wire_port *p, struct wire_reply *r);
void port_closed(struct wire_port *p, struct wire_reply *r);
struct wire_pending {
	struct wire_port *port;
	const struct reply_to *to;
	struct wire_key *key;
	struct wire_reply *deferred; /* set once the handler has deferred */
};
int outbox_new(struct wire_wakeup *w, struct outbox **ret);
/* What waits in it goes nowhere. */
void outbox_close(struct outbox *b);
void outbox_unref(struct outbox *b);
/* The port's side: sends what other threads have finished. */
void port_take_outbox(void *port);

/* keys.c: what was answered, by actor and idempotency key. */
struct wire_key {
	struct list link; /* of answered_keys, once answered */
	char *name;
	uint64_t hash; /* of the payload */
	bool answered;
	int64_t expires_ns;
	char *payload; /* the answer's */
	size_t n;
	struct list waiters;
};
enum key_found { KEY_NEW, KEY_RUNNING, KEY_ANSWERED };
/*
 * -EINVAL when the key came with another payload before, -EBUSY when no more can be remembered.
 */
int key_enter(struct wire_port *p, const struct wire_envelope *e, struct wire_key **ret,
	      enum key_found *ret_found, struct err *err);
/*
 * The first has its answer: the waiters get it too; it is remembered or (keep false) forgotten.
 */
void key_answer(struct wire_port *p, struct wire_key *k, const char *payload, size_t n, bool keep);
void keys_free(struct wire_port *p);

/* standard.c */
int standard_run(struct wire_port *p, enum wire_message_id id, const struct wire_call *call,
		 const void *req, void *ret, struct err *err);
bool standard_has(enum wire_message_id id);

/* service.c */
void service_drained_a_bit(struct wire_service *s);

#endif
