/*
 * publisher.c - sending events. See event.h.
 */
#include "wire/event.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/list.h"
#include "wire/codec.h"

#define LOG_TOPIC "wire"
#include "base/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define ALIVE_MS 1000

/* An event that is numbered and on its way to the socket's thread. */
struct outgoing {
	struct list link;
	const struct wire_event *type;
	char *text;
	size_t n;
};

struct wire_publisher {
	struct wire_publisher_options o;
	char name[WIRE_NAME_MAX + 1], endpoint[WIRE_ENDPOINT_SIZE], incarnation[UUID_SIZE];
	struct wire_socket *socket;
	struct wire_wakeup *wakeup;
	struct wire_timer *alive, *greet;
	int64_t started_ns;
	pthread_mutex_t lock; /* of what follows */
	uint64_t seq, counters[WIRE_EVENT_COUNT], n_lost, n_malformed;
	struct list queue;
	size_t n_queue;
};

/* --- numbering -------------------------------------------------------------------------------- */

static void add_number(struct strbuf *b, const char *key, double v)
{
	char text[JSON_DOUBLE_SIZE];
	(void)strbuf_adds(b, key);
	(void)strbuf_add(b, text, json_format_double(text, v));
}

/* The envelope before its payload. */
static void write_head(const struct wire_publisher *p, struct strbuf *b, uint64_t seq,
		       uint64_t topic_seq, const struct wire_moment *at, const struct trace *trace)
{
	(void)strbuf_addf(b,
			  "{\"seq\":%" PRIu64 ",\"topic_seq\":%" PRIu64
			  ",\"sender\":\"%s\",\"incarnation\":\"%s\"",
			  seq, topic_seq, p->name, p->incarnation);
	add_number(b, ",\"beat\":", at->beat);
	(void)strbuf_addf(b, ",\"frame\":%" PRId64 ",\"monotonic_ns\":%" PRId64, at->frame,
			  clock_monotonic_ns(clock_system()));
	if (trace && trace_present(trace)) {
		char text[TRACE_TEXT_SIZE];
		trace_format(trace, text);
		(void)strbuf_addf(b, ",\"traceparent\":\"%s\"", text);
	}
	(void)strbuf_adds(b, ",\"payload\":");
}

/*
 * Numbers the event and puts it in the queue, both under one lock: the order of sending is that
 * of the numbers.
 */
static int number(struct wire_publisher *p, struct outgoing *out, const struct strbuf *payload,
		  const struct wire_moment *at, const struct trace *trace)
{
	AUTO_STRBUF text = STRBUF_INIT;
	pthread_mutex_lock(&p->lock);
	uint64_t seq = ++p->seq, topic_seq = ++p->counters[out->type - wire_events];
	write_head(p, &text, seq, topic_seq, at, trace);
	(void)strbuf_add(&text, payload->s, payload->n);
	(void)strbuf_addc(&text, '}');
	/* One that cannot be sent keeps its number: subscribers see the hole and ask. */
	int r = !strbuf_ok(&text) ? -ENOMEM : p->n_queue >= LIMIT_WIRE_PUBLISH_QUEUE ? -EBUSY : 0;
	if (r == 0) {
		out->n = text.n;
		out->text = strbuf_take(&text);
		list_push(&p->queue, &out->link);
		p->n_queue++;
	} else {
		p->n_lost++;
	}
	pthread_mutex_unlock(&p->lock);
	return r;
}

static struct outgoing *next_outgoing(struct wire_publisher *p)
{
	pthread_mutex_lock(&p->lock);
	struct outgoing *out = LIST_FIRST(&p->queue, struct outgoing, link);
	if (out) {
		list_remove(&out->link);
		p->n_queue--;
	}
	pthread_mutex_unlock(&p->lock);
	return out;
}

/* On the loop's thread. */
static void flush(void *arg)
{
	struct wire_publisher *p = arg;
	struct outgoing *out;
	while ((out = next_outgoing(p))) {
		struct wire_frame topic = {out->type->name, strlen(out->type->name)};
		(void)wire_socket_send_taking(p->socket, &topic, 1, out->text, out->n);
		free(out);
	}
}

int wire_publish_at(struct wire_publisher *p, const struct wire_event *type, const void *event,
		    const struct wire_moment *at, const struct trace *trace, struct err *err)
{
	AUTO_STRBUF payload = STRBUF_INIT;
	static const struct wire_moment start;
	struct outgoing *AUTO_MEM out = calloc(1, sizeof(*out));
	if (!out)
		return err_set(err, -ENOMEM, "event %s", type->name);
	int r = wire_encode_payload(type->name, type->body, event, &payload, err);
	if (r < 0)
		return err_wrap(err, r, "event %s", type->name);
	out->type = type;
	r = number(p, out, &payload, at ? at : &start, trace);
	if (r < 0)
		return err_set(err, r, "event %s is lost", type->name);
	(void)TAKE(out);
	if (wire_loop_is_current(p->o.loop))
		flush(p);
	else
		wire_wakeup_send(p->wakeup);
	return 0;
}

int wire_publish(struct wire_publisher *p, const struct wire_event *type, const void *event,
		 struct err *err)
{
	struct wire_moment at = {0, 0};
	if (p->o.moment)
		at = p->o.moment(p->o.user);
	return wire_publish_at(p, type, event, &at, NULL, err);
}

int wire_publisher_counters(struct wire_publisher *p, struct strbuf *b, uint64_t *ret_seq)
{
	struct json_out o;
	json_out_init(&o, b);
	json_out_object_begin(&o);
	pthread_mutex_lock(&p->lock);
	for (int i = 0; i < WIRE_EVENT_COUNT; i++) {
		if (!p->counters[i])
			continue;
		json_out_key(&o, wire_events[i].name);
		json_out_int(&o, (int64_t)p->counters[i]);
	}
	if (ret_seq)
		*ret_seq = p->seq;
	pthread_mutex_unlock(&p->lock);
	json_out_object_end(&o);
	return strbuf_ok(b) ? 0 : -ENOMEM;
}

/* --- being there ------------------------------------------------------------------------------ */

static void say_alive(void *arg)
{
	struct wire_publisher *p = arg;
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_JSON json_t *counters = NULL;
	struct err err = ERR_INIT;
	int r = wire_publisher_counters(p, &text, NULL);
	if (r == 0)
		r = json_parse(text.s, text.n, &counters, &err);
	struct daemon_alive_event event = {
		.uptime_secs =
			(double)(wire_loop_now_ns(p->o.loop) - p->started_ns) / (double)NS_PER_SEC,
		.counters = counters,
	};
	if (r == 0)
		r = wire_publish(p, &wire_events[WIRE_EVENT_daemon_alive], &event, &err);
	if (r < 0)
		log_warn("could not say that we are alive, next time perhaps", LOG_ERR(&err));
}

/* Subscriptions arrive here: greets whoever it is, once for all that arrive together. */
static void subscribed(void *arg, const struct wire_frame *frames, size_t n)
{
	struct wire_publisher *p = arg;
	const uint8_t *bytes = frames[0].data;
	if (n == 1 && frames[0].n && bytes[0] <= 1) {
		if (bytes[0])
			wire_timer_start(p->greet, 0);
		return;
	}
	/* A peer that is no subscriber can send anything here. */
	pthread_mutex_lock(&p->lock);
	p->n_malformed++;
	pthread_mutex_unlock(&p->lock);
}

static int open_parts(struct wire_publisher *p, struct err *err)
{
	const struct wire_publisher_options *o = &p->o;
	struct wire_socket_options so = {.curve = o->curve, .queue = o->queue};
	int r = wire_wakeup_new(o->loop, flush, p, &p->wakeup, err);
	if (r == 0)
		r = wire_timer_new(o->loop, say_alive, p, &p->alive, err);
	if (r == 0)
		r = wire_timer_new(o->loop, say_alive, p, &p->greet, err);
	if (r == 0)
		r = wire_socket_new(o->context, o->loop, WIRE_PUB, &so, subscribed, p, &p->socket,
				    err);
	if (r == 0)
		r = wire_socket_bind(p->socket, o->endpoint, p->endpoint, err);
	return r;
}

int wire_publisher_new(const struct wire_publisher_options *o, struct wire_publisher **ret,
		       struct err *err)
{
	AUTO(wire_publisher) p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "publisher");
	pthread_mutex_init(&p->lock, NULL);
	list_init(&p->queue);
	p->o = *o;
	(void)str_copy(p->name, sizeof(p->name), o->name);
	uuid_new(p->incarnation);
	p->started_ns = wire_loop_now_ns(o->loop);
	int r = open_parts(p, err);
	if (r < 0)
		return err_wrap(err, r, "publisher");
	p->o.curve = NULL; /* the socket has its own copy */
	wire_timer_repeat(p->alive, o->alive_ms ? o->alive_ms : ALIVE_MS);
	*ret = TAKE(p);
	return 0;
}

void wire_publisher_free(struct wire_publisher *p)
{
	struct outgoing *out;
	if (!p)
		return;
	if (p->socket)
		flush(p);
	while ((out = next_outgoing(p))) {
		free(out->text);
		free(out);
	}
	wire_socket_free(p->socket);
	wire_timer_free(p->greet);
	wire_timer_free(p->alive);
	wire_wakeup_free(p->wakeup);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

struct wire_publisher_stats wire_publisher_stats(struct wire_publisher *p)
{
	pthread_mutex_lock(&p->lock);
	struct wire_publisher_stats t = {.events = p->seq, .lost = p->n_lost, .malformed = p->n_malformed};
	pthread_mutex_unlock(&p->lock);
	return t;
}

const char *wire_publisher_endpoint(const struct wire_publisher *p)
{
	return p->endpoint;
}

const char *wire_publisher_incarnation(const struct wire_publisher *p)
{
	return p->incarnation;
}
