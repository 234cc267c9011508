/*
 * subscriber.c - receiving events, noticing what is missing, and catching up. See event.h.
 *
 * States: not synced (waiting for a first event), asking (a snapshot is on its way, events are
 *         kept), synced. Every way back to "synced" is a snapshot; without a place to ask, holes
 *         are only reported.
 */
#include "wire/event.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "wire/codec.h"
#include "wire/peer.h"

#define LOG_TOPIC "wire"
#include "base/log.h"

#include <string.h>

#define ALIVE                "daemon_alive"
#define SNAPSHOT_DEADLINE_MS 5000

/* An event that is kept while a snapshot is on its way. */
struct kept {
	struct list link;
	size_t n_topic, n;
	char bytes[]; /* topic, NUL, envelope */
};

struct wire_subscriber {
	struct wire_subscriber_options o;
	char **topics;
	size_t n_topics;
	struct wire_peer *peer;
	struct wire_client *client; /* NULL: nobody to ask */
	uint64_t ticket;
	char incarnation[UUID_SIZE]; /* "" before the first event */
	uint64_t seq;                /* of the last snapshot */
	struct map *counters;        /* topic → last topic_seq, as pointers' bits */
	bool synced, asking, overflowed;
	struct list kept;
	size_t n_kept;
	struct wire_subscriber_stats stats;
	int busy;
	bool closing;
};

/* --- counters --------------------------------------------------------------------------------- */

static uint64_t last_of(const struct wire_subscriber *s, const char *topic)
{
	return (uintptr_t)map_get(s->counters, topic);
}

static void set_last(struct wire_subscriber *s, const char *topic, uint64_t n)
{
	if (map_set(s->counters, topic, (void *)(uintptr_t)n, NULL) < 0)
		log_warn("out of memory, events will be asked for again");
}

static bool subscribed_to(const struct wire_subscriber *s, const char *topic)
{
	if (!s->n_topics)
		return true;
	for (size_t i = 0; i < s->n_topics; i++)
		if (str_starts(topic, s->topics[i]))
			return true;
	return false;
}

/* --- catching up ------------------------------------------------------------------------------ */

static void forget_kept(struct wire_subscriber *s)
{
	struct kept *k;
	while ((k = LIST_FIRST(&s->kept, struct kept, link))) {
		list_remove(&k->link);
		free(k);
	}
	s->n_kept = 0;
}

static void keep(struct wire_subscriber *s, const struct wire_received *e)
{
	size_t n_topic = strlen(e->topic);
	struct kept *k = s->n_kept < LIMIT_WIRE_RESYNC_EVENTS
				 ? malloc(sizeof(*k) + n_topic + 1 + e->whole.n)
				 : NULL;
	if (!k) {
		s->overflowed = true;
		return;
	}
	list_init(&k->link);
	k->n_topic = n_topic;
	k->n = e->whole.n;
	memcpy(k->bytes, e->topic, n_topic + 1);
	memcpy(k->bytes + n_topic + 1, e->whole.s, e->whole.n);
	list_push(&s->kept, &k->link);
	s->n_kept++;
}

static void take_event(struct wire_subscriber *s, const struct wire_received *e);

static int take_counters(struct wire_subscriber *s, json_t *counters)
{
	const char *name;
	json_t *value;
	map_clear(s->counters);
	json_object_foreach(counters, name,
			    value) if (json_is_integer(value) &&
				       map_set(s->counters, name,
					       (void *)(uintptr_t)json_integer_value(value),
					       NULL) < 0) return -ENOMEM;
	return 0;
}

/* Those after the snapshot go the usual way, where a hole among them asks again. */
static void replay_kept(struct wire_subscriber *s)
{
	struct list kept = LIST_INIT(kept);
	struct kept *k;
	while ((k = LIST_FIRST(&s->kept, struct kept, link))) {
		list_remove(&k->link);
		list_push(&kept, &k->link);
	}
	s->n_kept = 0;
	while ((k = LIST_FIRST(&kept, struct kept, link))) {
		struct wire_received e;
		list_remove(&k->link);
		if (!s->closing &&
		    wire_event_parse(k->bytes, k->bytes + k->n_topic + 1, k->n, &e, NULL) == 0)
			take_event(s, &e);
		free(k);
	}
}

static int take_snapshot(struct wire_subscriber *s, struct wire_slice result, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct snapshot_result got;
	int r = wire_decode_text(wire_messages[WIRE_MESSAGE_snapshot].result, result.s, result.n,
				 WIRE_IGNORE_UNKNOWN, &arena, &got, err);
	if (r == 0)
		r = take_counters(s, got.counters);
	if (r < 0)
		return r;
	struct wire_snapshot snapshot = {.seq = (uint64_t)got.seq,
					 .state = wire_object_get(result, "state")};
	snapshot.sender = s->o.daemon ? s->o.daemon : "";
	(void)str_copy(snapshot.incarnation, sizeof(snapshot.incarnation), got.incarnation);
	memcpy(s->incarnation, snapshot.incarnation, sizeof(s->incarnation));
	s->seq = snapshot.seq;
	s->synced = true;
	s->stats.resyncs++;
	if (s->o.on_resync)
		s->o.on_resync(s->o.arg, &snapshot);
	return 0;
}

static void ask(struct wire_subscriber *s);
static bool leave(struct wire_subscriber *s);

static void snapshot_arrived(void *arg, const struct wire_answer *a)
{
	struct wire_subscriber *s = arg;
	struct err err = ERR_INIT;
	s->busy++;
	s->asking = false;
	int r = a->code < 0 ? a->code : take_snapshot(s, a->result, &err);
	if (r < 0) {
		log_warn("no snapshot, asking again with the next event",
			 LOG_ERR(a->code < 0 ? a->err : &err));
		forget_kept(s);
	} else if (s->overflowed) {
		s->overflowed = false;
		forget_kept(s);
		ask(s);
	} else {
		replay_kept(s);
	}
	(void)leave(s);
}

static void ask(struct wire_subscriber *s)
{
	static const struct snapshot request;
	static const struct wire_request_options o = {.deadline_ms = SNAPSHOT_DEADLINE_MS};
	struct err err = ERR_INIT;
	s->synced = false;
	if (!s->client || s->asking)
		return;
	int r = wire_client_send(s->client, &wire_messages[WIRE_MESSAGE_snapshot], &request, &o,
				 snapshot_arrived, s, &s->ticket, &err);
	s->asking = r == 0;
	if (r < 0)
		log_warn("cannot ask for a snapshot, trying again with the next event",
			 LOG_ERR(&err));
}

/* --- events ----------------------------------------------------------------------------------- */

static void deliver(struct wire_subscriber *s, const struct wire_received *e)
{
	set_last(s, e->topic, e->topic_seq);
	if (!subscribed_to(s, e->topic))
		return;
	s->stats.events++;
	s->o.on_event(s->o.arg, e);
}

static void report_gap(struct wire_subscriber *s, const char *topic, uint64_t lost)
{
	s->stats.gaps++;
	s->stats.lost += lost;
	if (s->o.on_gap)
		s->o.on_gap(s->o.arg, topic, lost);
}

/* Whether the counters of an "alive" know of events of ours that never came. */
static bool lost_a_tail(struct wire_subscriber *s, const struct wire_received *e)
{
	struct wire_slice counters = wire_object_get(e->payload, "counters"), k, v;
	bool lost = false;
	size_t at = 0;
	while (wire_object_next(counters, &at, &k, &v)) {
		char topic[WIRE_NAME_MAX + 1], number[24];
		int64_t n;
		if (k.n >= sizeof(topic) || v.n >= sizeof(number))
			continue;
		memcpy(topic, k.s, k.n);
		topic[k.n] = '\0';
		memcpy(number, v.s, v.n);
		number[v.n] = '\0';
		if (str_to_int(number, &n) < 0 || n <= 0 || !subscribed_to(s, topic) ||
		    strcmp(topic, ALIVE) == 0)
			continue;
		if ((uint64_t)n > last_of(s, topic)) {
			report_gap(s, topic, (uint64_t)n - last_of(s, topic));
			set_last(s, topic, (uint64_t)n);
			lost = true;
		}
	}
	return lost;
}

/* A sender we have not heard of, or that has restarted: everything begins again. */
static void new_incarnation(struct wire_subscriber *s, const struct wire_received *e)
{
	memcpy(s->incarnation, e->incarnation, sizeof(s->incarnation));
	map_clear(s->counters);
	s->seq = 0;
	if (s->client)
		keep(s, e);
	else
		deliver(s, e);
	ask(s);
}

static void take_event(struct wire_subscriber *s, const struct wire_received *e)
{
	int order = strcmp(e->incarnation, s->incarnation);
	if (order < 0) {
		s->stats.stale++; /* ids of incarnations rise with time: from before a restart */
		return;
	}
	if (s->asking) {
		keep(s, e);
		return;
	}
	if (order > 0) {
		new_incarnation(s, e);
		return;
	}
	uint64_t last = last_of(s, e->topic);
	if (e->seq <= s->seq || e->topic_seq <= last) {
		s->stats.stale++;
		return;
	}
	bool hole = e->topic_seq != last + 1;
	if (hole)
		report_gap(s, e->topic, e->topic_seq - last - 1);
	if (strcmp(e->topic, ALIVE) == 0 && lost_a_tail(s, e))
		hole = true;
	if ((hole || !s->synced) && s->client) {
		keep(s, e);
		ask(s);
		return;
	}
	deliver(s, e);
}

static void receive(void *arg, const struct wire_frame *frames, size_t n)
{
	struct wire_subscriber *s = arg;
	struct wire_received e;
	char topic[WIRE_NAME_MAX + 1];
	if (n != 2 || frames[0].n > WIRE_NAME_MAX) {
		s->stats.malformed++;
		return;
	}
	memcpy(topic, frames[0].data, frames[0].n);
	topic[frames[0].n] = '\0';
	if (wire_event_parse(topic, frames[1].data, frames[1].n, &e, NULL) < 0 ||
	    strcmp(e.name, topic) != 0) {
		s->stats.malformed++;
		return;
	}
	s->busy++;
	take_event(s, &e);
	(void)leave(s);
}

/* --- life ------------------------------------------------------------------------------------- */

static int prepare(void *arg, struct wire_socket *socket, struct err *err)
{
	struct wire_subscriber *s = arg;
	int r = wire_socket_subscribe(socket, s->n_topics ? ALIVE : "", err);
	for (size_t i = 0; i < s->n_topics && r == 0; i++)
		r = wire_socket_subscribe(socket, s->topics[i], err);
	return r;
}

/* The next incarnation, or the next "alive" of this one, says what was missed meanwhile. */
static void link_changed(void *arg)
{
}

static int copy_topics(struct wire_subscriber *s, const struct wire_subscriber_options *o,
		       struct err *err)
{
	s->topics = mem_new_array(o->n_topics, sizeof(*s->topics));
	for (size_t i = 0; s->topics && i < o->n_topics; i++) {
		s->topics[i] = strdup(o->topics[i]);
		if (!s->topics[i])
			return err_set(err, -ENOMEM, "subscriber");
		s->n_topics++;
	}
	return s->topics ? 0 : err_set(err, -ENOMEM, "subscriber");
}

static int open_client(struct wire_subscriber *s, const struct wire_subscriber_options *o,
		       struct err *err)
{
	struct wire_client_options c = {
		.name = "subscriber",
		.context = o->context,
		.loop = o->loop,
		.curve = o->curve,
		.family = o->family,
		.daemon = o->daemon,
		.endpoint = o->snapshot_endpoint,
	};
	if (!o->family && !o->snapshot_endpoint)
		return 0;
	if (o->family)
		c.socket = wire_role_socket(o->daemon, WIRE_ROLE_QUERY);
	if (o->family && !c.socket)
		return err_set(err, -ENOENT, "there is no daemon '%s'", o->daemon);
	return wire_client_new(&c, &s->client, err);
}

static int open_peer(struct wire_subscriber *s, const struct wire_subscriber_options *o,
		     struct err *err)
{
	struct wire_peer_options p = {
		.context = o->context,
		.loop = o->loop,
		.kind = WIRE_SUB,
		.curve = o->curve,
		.place = {.loop = o->loop,
			  .family = o->family,
			  .daemon = o->daemon,
			  .endpoint = o->endpoint},
		.prepare = prepare,
		.receive = receive,
		.up = link_changed,
		.down = link_changed,
		.arg = s,
	};
	if (o->family)
		p.place.socket = wire_role_socket(o->daemon, WIRE_ROLE_EVENTS);
	return wire_peer_new(&p, &s->peer, err);
}

int wire_subscriber_new(const struct wire_subscriber_options *o, struct wire_subscriber **ret,
			struct err *err)
{
	AUTO(wire_subscriber) s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "subscriber");
	s->o = *o;
	list_init(&s->kept);
	s->counters = map_new();
	if (!s->counters)
		return err_set(err, -ENOMEM, "subscriber");
	int r = copy_topics(s, o, err);
	if (r == 0)
		r = open_client(s, o, err);
	if (r == 0)
		r = open_peer(s, o, err);
	if (r < 0)
		return r;
	*ret = TAKE(s);
	return 0;
}

static void subscriber_release(struct wire_subscriber *s)
{
	wire_peer_free(s->peer);
	wire_client_free(s->client);
	forget_kept(s);
	map_free(s->counters);
	for (size_t i = 0; i < s->n_topics; i++)
		free(s->topics[i]);
	free(s->topics);
	free(s);
}

static bool leave(struct wire_subscriber *s)
{
	if (--s->busy || !s->closing)
		return true;
	subscriber_release(s);
	return false;
}

void wire_subscriber_free(struct wire_subscriber *s)
{
	if (!s)
		return;
	s->closing = true;
	s->busy++;
	(void)leave(s);
}

bool wire_subscriber_synced(const struct wire_subscriber *s)
{
	return s->synced;
}

void wire_subscriber_ask(struct wire_subscriber *s)
{
	if (*s->incarnation) /* else the first event asks */
		ask(s);
}

struct wire_subscriber_stats wire_subscriber_stats(const struct wire_subscriber *s)
{
	return s->stats;
}
