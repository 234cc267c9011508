/*
 * event.h - publishing events, and subscribing to them without missing any unseen.
 *
 * Frames:    topic, then
 *            {"seq","topic_seq","sender","incarnation","beat","frame","monotonic_ns","traceparent"?,
 *            "payload":{"type":NAME,…}}. The topic is the event's name, so that a subscription to
 *            "latent_" takes all names that begin so, and "" everything.
 * Counters:  seq counts all events of a sender from 1, topic_seq those with exactly this topic;
 *            both begin again with a new incarnation. `daemon_alive` goes out every alive_ms and
 *            at once when a subscription arrives, with the counters of every topic, so that a
 *            lost last event is noticed too.
 * Resync:    a subscriber that sees a new incarnation or a hole in topic_seq asks the daemon's
 *            `snapshot`, which says the `seq` and counters it corresponds to, gives it to
 *            on_resync, and goes on with the events after it. Events that came meanwhile are kept
 *            (LIMIT_WIRE_RESYNC_EVENTS; beyond, it asks again).
 * Slow subscribers: the publisher never waits; what does not fit a subscriber's queue is lost to
 *                   that one only.
 * Threads:   wire_publish from any thread (a lock inside); the rest on the loop's thread.
 */
#ifndef WIRE_EVENT_H
#define WIRE_EVENT_H

#include "wire/catalogue.h"
#include "wire/client.h"
#include "wire/socket.h"

struct wire_publisher;
struct wire_subscriber;
struct wire_arena;

/* Where the music is, for the stamp of each event. */
struct wire_moment {
	double beat;
	int64_t frame;
};
typedef struct wire_moment wire_moment_fn(void *user);

struct wire_publisher_options {
	const char *name; /* the sender */
	struct wire_context *context;
	struct wire_loop *loop;
	const struct wire_curve *curve; /* may be NULL */
	const char *endpoint;
	wire_moment_fn *moment; /* NULL: beat and frame are 0 (programs without a transport) */
	void *user;
	int64_t alive_ms; /* 0: 1000 */
	int queue;        /* events a subscriber may be behind; 0: LIMIT_WIRE_QUEUE */
};

int wire_publisher_new(const struct wire_publisher_options *o, struct wire_publisher **ret,
		       struct err *err);
void wire_publisher_free(struct wire_publisher *p);
AUTO_DEFINE(wire_publisher);
/* With the port that was picked. */
const char *wire_publisher_endpoint(const struct wire_publisher *p);
const char *wire_publisher_incarnation(const struct wire_publisher *p);

/* Publishes the event's struct. 0, -EINVAL (a value out of its declared range), -ENOMEM. */
int wire_publish(struct wire_publisher *p, const struct wire_event *type, const void *event,
		 struct err *err);
/*
 * The same stamped with a moment of the caller's (the audio thread's, when an event comes from
 * its ring) and a trace.
 */
int wire_publish_at(struct wire_publisher *p, const struct wire_event *type, const void *event,
		    const struct wire_moment *at, const struct trace *trace, struct err *err);
struct wire_publisher_stats {
	uint64_t events;    /* numbered; the seq of the last */
	uint64_t lost;      /* of those: not sent, memory or the queue ran out */
	uint64_t malformed; /* what came in and was no subscription: dropped */
};
/* From any thread. */
struct wire_publisher_stats wire_publisher_stats(struct wire_publisher *p);
/* Appends {"NAME": n, …}; *ret_seq is the seq at the same instant. */
int wire_publisher_counters(struct wire_publisher *p, struct strbuf *b, uint64_t *ret_seq);

/* An event as received; slices and strings live until the callback returns. */
struct wire_received {
	const char *topic;
	char name[WIRE_NAME_MAX + 1];
	char sender[WIRE_NAME_MAX + 1];
	char incarnation[UUID_SIZE];
	uint64_t seq, topic_seq;
	double beat;
	int64_t frame, monotonic_ns;
	struct trace trace;
	struct wire_slice payload;
	struct wire_slice whole; /* the envelope as it came */
};

/* Decodes the payload into the event's struct; strings inside live in the arena. */
int wire_event_decode(const struct wire_received *e, const struct wire_event *type,
		      struct wire_arena *arena, void *ret, struct err *err);
/* Reads an event's second frame: -EBADMSG, -EINVAL, -EMSGSIZE as for envelopes. */
int wire_event_parse(const char *topic, const char *bytes, size_t n, struct wire_received *ret,
		     struct err *err);

struct wire_snapshot {
	const char *sender;
	char incarnation[UUID_SIZE];
	uint64_t seq;
	struct wire_slice state; /* the daemon's own object */
};

struct wire_subscriber_stats {
	uint64_t events;
	uint64_t gaps;      /* holes seen */
	uint64_t lost;      /* events in them */
	uint64_t resyncs;   /* snapshots taken over */
	uint64_t malformed; /* frames that are no event: dropped */
	uint64_t stale;     /* already contained in the snapshot: dropped */
};

struct wire_subscriber_options {
	struct wire_context *context;
	struct wire_loop *loop;
	const struct wire_curve *curve;
	struct wire_family *family; /* where the daemon is; or NULL and endpoints below */
	const char *daemon;         /* "chaosgarden" */
	const char *endpoint;       /* its PUB, when family is NULL */
	/* Its ROUTER, when family is NULL; NULL: do not resynchronise, only report gaps. */
	const char *snapshot_endpoint;
	const char *const *topics; /* "latent_", "transport_state"; NULL with 0: everything */
	size_t n_topics;
	void (*on_event)(void *arg, const struct wire_received *e);
	void (*on_resync)(void *arg, const struct wire_snapshot *snapshot); /* may be NULL */
	void (*on_gap)(void *arg, const char *topic, uint64_t lost);        /* may be NULL */
	void *arg;
};

int wire_subscriber_new(const struct wire_subscriber_options *o, struct wire_subscriber **ret,
			struct err *err);
void wire_subscriber_free(struct wire_subscriber *s);
AUTO_DEFINE(wire_subscriber);
/* Whether the first snapshot was taken over and nothing is missing since. */
bool wire_subscriber_synced(const struct wire_subscriber *s);
/* Takes a snapshot anew, as after a gap: for one who could not use what came. */
void wire_subscriber_ask(struct wire_subscriber *s);
struct wire_subscriber_stats wire_subscriber_stats(const struct wire_subscriber *s);

#endif
