/*
 * service.h - the skeleton of a daemon: sockets with dispatch tables (handlers.h), deadlines,
 * deferred replies, a graceful stop.
 *
 *   struct wire_service_options o = { .name = "chaosgarden", .context = c, .loop = l, … };
 *   struct wire_port_options p = { .name = "shell", .endpoint = "tcp://127.0.0.1:5555",
 *                                  .handlers = garden_handlers };
 *   wire_service_new(&o, &s, err);
 *   wire_service_bind(s, &p, ret_endpoint, err);
 *   wire_service_run(s, err); // until SIGTERM, SIGINT, a shutdown request or wire_service_stop
 *
 * Requests:  checked in this order: envelope, known type, shutting down, in-flight bound
 *            (`busy`), idempotency key, fields. What has no usable id is dropped and counted;
 *            everything else gets exactly one success or error.
 * Standard:  ping, status, list_tools, snapshot, config_set and shutdown are answered on every port
 *            by the service itself.
 * Deadlines: deadline_ms of the request, or default_deadline_ms, counted from arrival. A handler
 *            that returns late still replies; a deferred call that is late gets `timeout` at its
 *            deadline and its reply is dropped, counted.
 * Keys:      a request with an idempotency key that was answered (success, or an error that
 *            repeating cannot cure) within keep_keys_ms gets the same answer again, one that is
 *            still running is answered together with the first; the same key with another actor
 *            is another key, with another payload it is `invalid`. At most LIMIT_WIRE_KEYS are
 *            kept, the oldest answered ones go first.
 * Threads:   handlers run on their port's thread: the service's loop, or the port's own with
 *            `own_thread`. wire_reply_* and wire_service_stop may be called from any thread.
 *            `user` is shared by all ports: what a port with its own thread touches must bear
 *            that.
 * Slow peers: sending never waits. A peer that does not read loses replies (counted) once
 *             LIMIT_WIRE_QUEUE are waiting.
 */
#ifndef WIRE_SERVICE_H
#define WIRE_SERVICE_H

#include "wire/envelope.h"
#include "wire/handlers.h"
#include "wire/socket.h"

struct wire_service;
struct wire_port;
struct wire_reply;
struct wire_publisher;
struct wire_arena;

/* One request while its handler runs. Lives until the handler returns, arena included. */
struct wire_call {
	const char *id;              /* of the envelope */
	const char *actor;           /* on whose behalf; "" when nobody said */
	const char *idempotency_key; /* "" when absent */
	const char *peer;            /* the connection, for logs; may be shortened */
	struct trace trace;          /* this call's own span, a child of the caller's */
	int64_t deadline_ns;         /* monotonic */
	const struct wire_message *message;
	struct wire_slice payload; /* the request as it came */
	struct wire_arena
		*arena; /* for what the result points to; freed after the reply was written */
	struct wire_pending *pending; /* the service's own */
};

/* Sends progress for this call; fraction below 0: unknown. Losing one is not an error. */
void wire_call_progress(const struct wire_call *call, double fraction, const char *message);
/*
 * Answers later: the handler returns 0 and its result is not looked at. The token must end in
 *                exactly one
 * wire_reply_send, _json, _fail or _fail_with, which consumes it; it outlives the service's stop (then it
 * goes nowhere).
 */
int wire_call_defer(const struct wire_call *call, struct wire_reply **ret, struct err *err);
void wire_reply_send(struct wire_reply *r, const void *result); /* the request's result struct */
void wire_reply_json(struct wire_reply *r, const char *result,
		     size_t n); /* result object as JSON text */
void wire_reply_fail(struct wire_reply *r, const struct err *e);
/* The same with `details`: a JSON object as text. */
void wire_reply_fail_with(struct wire_reply *r, const struct err *e, const char *details, size_t n);
/* As wire_call_progress; what is deferred today tells its progress by events. */
void wire_reply_progress(struct wire_reply *r, double fraction, const char *message);
/*
 * The daemon's state as a JSON object into `state`; *seq is already taken, later events are >
 * seq.
 */
typedef int wire_snapshot_fn(void *user, const struct wire_call *call, struct strbuf *state,
			     struct err *err);
/* The daemon's own part of `status`, a JSON object. */
typedef int wire_status_fn(void *user, const struct wire_call *call, struct strbuf *details,
			   struct err *err);
/* What `status` counts and measures beside the service's own; *ret lies in the arena. */
struct metric_view;
typedef int wire_metrics_fn(void *user, struct wire_arena *arena, struct metric_view **ret, size_t *ret_n, struct err *err);
/*
 * Told once when stopping begins, on the service's thread: stop taking new work, publish
 * `shutdown`.
 */
typedef void wire_stopping_fn(void *user, const char *reason);

struct wire_service_options {
	const char *name; /* "chaosgarden": owner in the catalogue and in endpoints.json */
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_publisher *
		publisher; /* whose seq goes into snapshots, and who sends `shutdown`; may be NULL */
	const struct wire_curve *curve; /* for every port; may be NULL */
	void *user;
	wire_snapshot_fn *snapshot;  /* NULL: an empty state */
	wire_status_fn *status;      /* NULL: none */
	wire_metrics_fn *metrics;    /* NULL: none */
	wire_stopping_fn *stopping;  /* NULL: none */
	int64_t default_deadline_ms; /* 0: 30000 */
	int64_t keep_keys_ms;        /* 0: ten minutes */
	int64_t drain_ms;            /* how long a stop waits for work in flight; 0: 5000 */
	int in_flight;               /* per port; 0: LIMIT_WIRE_IN_FLIGHT */
	bool signals;                /* SIGTERM and SIGINT stop it */
};

struct wire_port_options {
	const char *name;           /* "shell": in endpoints.json and status */
	enum wire_socket_kind kind; /* WIRE_ROUTER or WIRE_REP */
	const char *endpoint;
	/* The daemon's table of WIRE_MESSAGE_COUNT rows; NULL: standard requests only. */
	const struct wire_handler *handlers;
	const enum wire_message_id
		*only; /* what this port answers beside the standard requests; NULL: every row */
	size_t n_only;
	bool own_thread;
	bool urgent; /* its own thread goes before ordinary ones, where the system allows that */
};

int wire_service_new(const struct wire_service_options *o, struct wire_service **ret,
		     struct err *err);
/* Stops what still runs without draining. */
void wire_service_free(struct wire_service *s);
AUTO_DEFINE(wire_service);

/* ret_endpoint (may be NULL): with the port that was picked. */
int wire_service_bind(struct wire_service *s, const struct wire_port_options *o,
		      char ret_endpoint[WIRE_ENDPOINT_SIZE], struct err *err);
/*
 * Runs the loop until stopped and drained. 0, or -ETIMEDOUT when work in flight had to be
 * abandoned.
 */
int wire_service_run(struct wire_service *s, struct err *err);
/* Begins a graceful stop; any thread; the first reason counts. */
void wire_service_stop(struct wire_service *s, const char *reason);
bool wire_service_stopping(const struct wire_service *s);
/* A UUID, new with each start. */
const char *wire_service_incarnation(const struct wire_service *s);

struct wire_service_stats {
	uint64_t requests, errors;
	uint64_t malformed;   /* no usable envelope, too many frames, no subscription: dropped */
	uint64_t busy;        /* refused for the in-flight bound */
	uint64_t late;        /* deferred replies after their deadline: dropped */
	uint64_t replayed;    /* answered from an idempotency key */
	uint64_t undelivered; /* replies whose peer was gone or did not read */
	int64_t in_flight;
};
struct wire_service_stats wire_service_stats(const struct wire_service *s);

#endif
