/*
 * client.h - asking a daemon: asynchronously on a loop, or blocking for command lines.
 *
 * Waiting:   a request waits for its daemon to appear, be it never started yet or restarting
 *            elsewhere, until its deadline (`unavailable` says that nobody was there, `timeout`
 *            that it did not answer). With a family the endpoint is looked up again after every
 *            loss of the connection.
 * Repeating: when the connection is lost with a request under way, it is sent again if that is
 *            harmless (read-only or idempotent in the catalogue, or sent with an idempotency
 *            key); otherwise it ends with `unavailable`, outcome unknown.
 * Order:     requests of one client leave in the order of asking; at most LIMIT_WIRE_WINDOW are
 *            under way, the rest wait here, at most LIMIT_WIRE_CLIENT_QUEUE (`busy` beyond).
 * Late:      a reply to a request that ended is dropped and counted.
 * Ownership: requests are copied; what callbacks are given lives until they return.
 * Threads:   all on the loop's thread. Callbacks are never called from inside wire_client_send.
 */
#ifndef WIRE_CLIENT_H
#define WIRE_CLIENT_H

#include "wire/catalogue.h"
#include "wire/envelope.h"
#include "wire/socket.h"

struct wire_client;
struct wire_family;
struct wire_arena;

struct wire_client_options {
	const char *name;             /* this program's, begins the connection's identity */
	struct wire_context *context; /* NULL: one of its own */
	struct wire_loop *loop;       /* NULL: one of its own (blocking use) */
	const struct wire_curve *curve;
	struct wire_family *family;  /* with daemon and socket; or NULL and an endpoint */
	const char *daemon, *socket; /* "chaosgarden", "shell" */
	const char *endpoint;
	const char *actor;           /* for requests that name none; may be NULL */
	int64_t default_deadline_ms; /* 0: 30000 */
};

int wire_client_new(const struct wire_client_options *o, struct wire_client **ret, struct err *err);
/* Requests under way end without a callback. */
void wire_client_free(struct wire_client *c);
AUTO_DEFINE(wire_client);

/* What goes beside a request; zero everywhere is fine. */
struct wire_request_options {
	const char *actor;           /* NULL: the client's */
	const char *idempotency_key; /* NULL: none */
	const struct trace *trace;   /* NULL: a new one */
	int64_t deadline_ms;         /* 0: the client's default */
	bool harmless;               /* JSON requests: may be repeated after a loss */
	void (*progress)(void *arg, double fraction, const char *message);
	void *arg; /* for progress */
};

/* The end of a request: code 0 with the result's JSON text, or an error. */
struct wire_answer {
	int code;
	struct wire_slice result; /* of a success */
	const struct err *err;    /* of a failure */
	struct wire_slice
		payload; /* the whole payload of the reply as it came; empty when none came */
};
typedef void wire_answer_fn(void *arg, const struct wire_answer *a);

/*
 * payload: the object with its "type", as JSON text. *ret_ticket (may be NULL) is for
 * wire_client_cancel.
 */
int wire_client_send_json(struct wire_client *c, const char *payload, size_t n,
			  const struct wire_request_options *o, wire_answer_fn *fn, void *arg,
			  uint64_t *ret_ticket, struct err *err);
/* The same from the request's struct. */
int wire_client_send(struct wire_client *c, const struct wire_message *message, const void *req,
		     const struct wire_request_options *o, wire_answer_fn *fn, void *arg,
		     uint64_t *ret_ticket, struct err *err);
/* Forgets it: no callback, a reply is dropped and counted. */
void wire_client_cancel(struct wire_client *c, uint64_t ticket);

/*
 * Blocking: turns the client's loop until the answer is there. Pointers in *ret live in the
 * arena.
 */
int wire_client_call(struct wire_client *c, const struct wire_message *message, const void *req,
		     const struct wire_request_options *o, struct wire_arena *arena, void *ret,
		     struct err *err);
/* Appends the result's JSON text to `ret`. */
int wire_client_call_json(struct wire_client *c, const char *payload, size_t n,
			  const struct wire_request_options *o, struct strbuf *ret,
			  struct err *err);
/* Whether the daemon is connected right now. */
bool wire_client_connected(const struct wire_client *c);

struct wire_client_stats {
	uint64_t sent, answered, repeated;
	uint64_t late;      /* replies to nothing we wait for: dropped */
	uint64_t malformed; /* replies that are no reply: dropped */
	uint64_t links;     /* connections made */
	int64_t waiting;    /* not sent yet, or sent and not answered */
};
struct wire_client_stats wire_client_stats(const struct wire_client *c);
struct wire_loop *wire_client_loop(struct wire_client *c);

#endif
