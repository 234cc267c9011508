#include "wire/socket.h"

#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "wire/context.h"
#include "wire/tsan.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define RECONNECT_MS         50
#define RECONNECT_MAX_MS     1000
#define HEARTBEAT_MS         2000
#define HEARTBEAT_TIMEOUT_MS 6000
#define LINGER_MS            1000

struct wire_socket {
	struct wire_context *context;
	struct wire_loop *loop;
	enum wire_socket_kind kind;
	wire_receive_fn *receive;
	void *arg;
	void *zmq;
	struct event *readable; /* ZMQ_FD */
	struct event *again;    /* our own "there may be more", behind everybody else's */
	void *monitor;          /* PAIR with link events; NULL unless watched */
	struct event *monitor_readable;
	wire_link_fn *link;
	struct wire_curve curve;
	struct {
		atomic_uint_fast64_t received, sent, dropped_full, dropped_unroutable,
			dropped_frames; /* relaxed: only counts, read from any thread */
	} stats;
	int busy; /* depth of callbacks: freed inside one, it goes when the last has returned */
	bool encrypted, paused, pumping, closing;
};

static const struct kind_row {
	int zmq;
	bool receives, sends;
} kinds[WIRE_SOCKET_KIND_COUNT] = {
	[WIRE_ROUTER] = {ZMQ_ROUTER, true, true}, [WIRE_DEALER] = {ZMQ_DEALER, true, true},
	[WIRE_PUB] = {ZMQ_XPUB, true, true},      [WIRE_SUB] = {ZMQ_SUB, true, false},
	[WIRE_PUSH] = {ZMQ_PUSH, false, true},    [WIRE_PULL] = {ZMQ_PULL, true, false},
	[WIRE_REP] = {ZMQ_ROUTER, true, true},
};

static void count(atomic_uint_fast64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static int zmq_failed(struct err *err, const char *what)
{
	int code = errno;
	/* ZeroMQ's own codes are far above those of libc. */
	return err_set(err, code > 0 && code < 4096 ? -code : -EIO, "%s: %s", what,
		       zmq_strerror(code));
}

/* --- receiving -------------------------------------------------------------------------------- */

struct parts {
	zmq_msg_t m[LIMIT_WIRE_FRAMES];
	struct wire_frame f[LIMIT_WIRE_FRAMES];
	size_t n;
};

static void parts_done(struct parts *p)
{
	for (size_t i = 0; i < p->n; i++)
		zmq_msg_close(&p->m[i]);
}

/* The rest of a message that has too many frames. */
static void skip_rest(struct wire_socket *s)
{
	int more = 1;
	while (more) {
		zmq_msg_t m;
		zmq_msg_init(&m);
		more = zmq_msg_recv(&m, s->zmq, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(&m);
		zmq_msg_close(&m);
	}
	count(&s->stats.dropped_frames);
}

/*
 * One message: 1, 0 when it was dropped, -EAGAIN when there is none. Frames of one message arrive
 * together.
 */
static int receive_parts(struct wire_socket *s, struct parts *p)
{
	p->n = 0;
	for (;;) {
		if (p->n == LIMIT_WIRE_FRAMES) {
			skip_rest(s);
			return 0;
		}
		zmq_msg_t *m = &p->m[p->n];
		zmq_msg_init(m);
		int r;
		do {
			r = zmq_msg_recv(m, s->zmq, ZMQ_DONTWAIT);
		} while (r < 0 && errno == EINTR);
		if (r < 0) {
			zmq_msg_close(m);
			return -EAGAIN;
		}
		p->f[p->n] = (struct wire_frame){zmq_msg_data(m), zmq_msg_size(m)};
		p->n++;
		if (!zmq_msg_more(m))
			return 1;
	}
}

static void socket_release(struct wire_socket *s);

/* Whether the socket is still there. */
static bool leave(struct wire_socket *s)
{
	if (--s->busy || !s->closing)
		return true;
	socket_release(s);
	return false;
}

/*
 * Receives at most `budget` messages; true when there may be more. Closing is up to the caller's
 * leave().
 */
static bool receive_some(struct wire_socket *s, int budget)
{
	int r = 0;
	s->pumping = true;
	for (int n = 0; n < budget && r >= 0 && !s->closing && !s->paused; n++) {
		struct parts p;
		r = receive_parts(s, &p);
		if (r > 0) {
			count(&s->stats.received);
			s->receive(s->arg, p.f, p.n);
		}
		parts_done(&p);
	}
	s->pumping = false;
	return r >= 0;
}

/* What is left after the budget is looked at when the rest of the loop had its turn. */
static void pump(struct wire_socket *s)
{
	if (s->pumping)
		return;
	if (s->paused || !kinds[s->kind].receives) {
		/* Reading the events handles what woke us; left alone, ZMQ_FD stays readable and the loop spins. */
		int events = 0;
		size_t size = sizeof(events);
		(void)zmq_getsockopt(s->zmq, ZMQ_EVENTS, &events, &size);
		return;
	}
	s->busy++;
	bool more = receive_some(s, LIMIT_WIRE_DRAIN);
	if (leave(s) && more)
		event_active(s->again, EV_TIMEOUT, 1);
}

static void fd_fired(evutil_socket_t fd, short what, void *arg)
{
	pump(arg);
}

/* After a send: it may have eaten the wake-up of a message that is waiting. */
static void look_again(struct wire_socket *s)
{
	int events = 0;
	size_t size = sizeof(events);
	if (s->pumping || !kinds[s->kind].receives)
		return;
	if (zmq_getsockopt(s->zmq, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN))
		event_active(s->again, EV_TIMEOUT, 1);
}

/* --- sending ---------------------------------------------------------------------------------- */

static int sent(struct wire_socket *s, bool ok)
{
	int code = errno;
	look_again(s);
	if (ok) {
		count(&s->stats.sent);
		return 0;
	}
	if (code == EHOSTUNREACH)
		count(&s->stats.dropped_unroutable);
	else if (code == EAGAIN)
		count(&s->stats.dropped_full);
	return code > 0 && code < 4096 ? -code : -EIO;
}

static bool send_frame(struct wire_socket *s, const void *data, size_t n, int flags)
{
	int r;
	do {
		r = zmq_send(s->zmq, data, n, ZMQ_DONTWAIT | flags);
	} while (r < 0 && errno == EINTR);
	return r >= 0;
}

int wire_socket_send(struct wire_socket *s, const struct wire_frame *frames, size_t n)
{
	bool ok = true;
	for (size_t i = 0; i < n && ok; i++)
		ok = send_frame(s, frames[i].data, frames[i].n, i + 1 < n ? ZMQ_SNDMORE : 0);
	return sent(s, ok);
}

static void free_sent(void *data, void *hint)
{
	TSAN_TAKEN_OVER(data);
	free(data);
}

int wire_socket_send_taking(struct wire_socket *s, const struct wire_frame *before, size_t n_before,
			    char *last, size_t n)
{
	zmq_msg_t m;
	TSAN_HANDED_OVER(last);
	if (zmq_msg_init_data(&m, last, n, free_sent, NULL) < 0) {
		free(last);
		return -ENOMEM;
	}
	bool ok = true;
	for (size_t i = 0; i < n_before && ok; i++)
		ok = send_frame(s, before[i].data, before[i].n, ZMQ_SNDMORE);
	while (ok && zmq_msg_send(&m, s->zmq, ZMQ_DONTWAIT) < 0)
		ok = errno == EINTR;
	if (!ok) {
		int code = errno;
		zmq_msg_close(&m);
		errno = code;
	}
	return sent(s, ok);
}

/* --- making ----------------------------------------------------------------------------------- */

static bool set_int(struct wire_socket *s, int option, int value)
{
	return zmq_setsockopt(s->zmq, option, &value, sizeof(value)) == 0;
}

static bool set_identity(struct wire_socket *s, const char *name)
{
	static const char digits[] = "0123456789abcdef";
	char id[WIRE_PEER_MAX];
	uint8_t random[16];
	rng_entropy(random, sizeof(random));
	int n = snprintf(id, 64, "%s/", name);
	if (n > 63)
		n = 63;
	for (size_t i = 0; i < sizeof(random); i++) {
		id[n++] = digits[random[i] >> 4];
		id[n++] = digits[random[i] & 15];
	}
	return zmq_setsockopt(s->zmq, ZMQ_ROUTING_ID, id, (size_t)n) == 0;
}

static int set_options(struct wire_socket *s, const struct wire_socket_options *o, struct err *err)
{
	int queue = o->queue ? o->queue : LIMIT_WIRE_QUEUE;
	int linger = o->linger_ms < 0 ? 0 : o->linger_ms ? o->linger_ms : LINGER_MS;
	int64_t max = LIMIT_WIRE_FRAME_BYTES;
	bool ok = set_int(s, ZMQ_SNDHWM, queue) && set_int(s, ZMQ_RCVHWM, queue) &&
		  set_int(s, ZMQ_LINGER, linger) && set_int(s, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
		  set_int(s, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
		  set_int(s, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
		  set_int(s, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
		  set_int(s, ZMQ_HEARTBEAT_TTL, HEARTBEAT_TIMEOUT_MS) &&
		  zmq_setsockopt(s->zmq, ZMQ_MAXMSGSIZE, &max, sizeof(max)) == 0;
	if (ok && kinds[s->kind].zmq == ZMQ_ROUTER)
		ok = set_int(s, ZMQ_ROUTER_MANDATORY, 1) && set_int(s, ZMQ_ROUTER_HANDOVER, 1);
	if (ok && s->kind == WIRE_PUB)
		ok = set_int(s, ZMQ_XPUB_VERBOSE, 1);
	if (ok && s->kind == WIRE_DEALER && o->name)
		ok = set_identity(s, o->name);
	return ok ? 0 : zmq_failed(err, "socket options");
}

static int add_events(struct wire_socket *s, struct err *err)
{
	int fd;
	size_t size = sizeof(fd);
	if (zmq_getsockopt(s->zmq, ZMQ_FD, &fd, &size) < 0)
		return zmq_failed(err, "socket descriptor");
	struct event_base *base = wire_loop_base(s->loop);
	s->readable = event_new(base, fd, EV_READ | EV_PERSIST, fd_fired, s);
	s->again = event_new(base, -1, 0, fd_fired, s);
	if (!s->readable || !s->again || event_add(s->readable, NULL) < 0)
		return err_set(err, -ENOMEM, "socket");
	return 0;
}

int wire_socket_new(struct wire_context *c, struct wire_loop *l, enum wire_socket_kind kind,
		    const struct wire_socket_options *options, wire_receive_fn *receive, void *arg,
		    struct wire_socket **ret, struct err *err)
{
	static const struct wire_socket_options none;
	const struct wire_socket_options *o = options ? options : &none;
	AUTO(wire_socket) s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "socket");
	s->context = c;
	s->loop = l;
	s->kind = kind;
	s->receive = receive;
	s->arg = arg;
	s->zmq = zmq_socket(wire_context_zmq(c), kinds[kind].zmq);
	if (!s->zmq)
		return zmq_failed(err, "socket");
	int r = set_options(s, o, err);
	if (r == 0 && o->curve && o->curve->public_key[0]) {
		s->curve = *o->curve;
		s->encrypted = true;
		r = wire_curve_check(&s->curve, err);
	}
	if (r == 0)
		r = add_events(s, err);
	if (r < 0)
		return r;
	*ret = TAKE(s);
	return 0;
}

static void event_drop(struct event **e)
{
	if (*e)
		event_free(*e);
	*e = NULL;
}

/* What a closed socket keeps until its callback has returned is released here. */
static void socket_release(struct wire_socket *s)
{
	event_drop(&s->readable);
	event_drop(&s->again);
	event_drop(&s->monitor_readable);
	if (s->monitor) {
		(void)zmq_socket_monitor(s->zmq, NULL, 0);
		zmq_close(s->monitor);
	}
	if (s->zmq)
		zmq_close(s->zmq);
	free(s);
}

void wire_socket_free(struct wire_socket *s)
{
	if (!s)
		return;
	s->closing = true;
	s->busy++;
	(void)leave(s);
}

/* --- binding and connecting ------------------------------------------------------------------- */

static bool set_key(struct wire_socket *s, int option, const char *key)
{
	return zmq_setsockopt(s->zmq, option, key, 40) == 0;
}

static int encrypt_bind(struct wire_socket *s, struct err *err)
{
	char domain[32];
	int r = wire_context_allow(s->context, &s->curve, domain, err);
	if (r < 0)
		return r;
	bool ok = set_int(s, ZMQ_CURVE_SERVER, 1) &&
		  set_key(s, ZMQ_CURVE_SECRETKEY, s->curve.secret_key) &&
		  zmq_setsockopt(s->zmq, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) == 0;
	return ok ? 0 : zmq_failed(err, "CURVE keys");
}

static int encrypt_connect(struct wire_socket *s, struct err *err)
{
	if (!s->curve.server_key[0])
		return err_set(err, -EINVAL, "connecting with CURVE needs the server's public key");
	bool ok = set_key(s, ZMQ_CURVE_SERVERKEY, s->curve.server_key) &&
		  set_key(s, ZMQ_CURVE_PUBLICKEY, s->curve.public_key) &&
		  set_key(s, ZMQ_CURVE_SECRETKEY, s->curve.secret_key);
	return ok ? 0 : zmq_failed(err, "CURVE keys");
}

/* ZeroMQ wants numbers or interface names, and IPv6 switched on. */
static int native_endpoint(struct wire_socket *s, const char *endpoint,
			   char ret[WIRE_ENDPOINT_SIZE], struct err *err)
{
	int r = wire_endpoint_check(endpoint, err);
	if (r < 0)
		return r;
	if (str_starts(endpoint, "tcp://["))
		(void)set_int(s, ZMQ_IPV6, 1);
	if (str_starts(endpoint, "tcp://localhost:"))
		(void)snprintf(ret, WIRE_ENDPOINT_SIZE, "tcp://127.0.0.1:%s", endpoint + 16);
	else
		(void)str_copy(ret, WIRE_ENDPOINT_SIZE, endpoint);
	if (str_starts(ret, "tcp://") && str_ends(ret, ":0"))
		ret[strlen(ret) - 1] = '*';
	return 0;
}

/* An endpoint that other machines can reach gets the context's keys when the socket has none. */
static void find_keys(struct wire_socket *s, const char *endpoint)
{
	if (!s->encrypted && !wire_endpoint_is_local(endpoint))
		s->encrypted = wire_context_keys(s->context, &s->curve);
}

int wire_socket_bind(struct wire_socket *s, const char *endpoint,
		     char ret_endpoint[WIRE_ENDPOINT_SIZE], struct err *err)
{
	char native[WIRE_ENDPOINT_SIZE], bound[WIRE_ENDPOINT_SIZE];
	int r = native_endpoint(s, endpoint, native, err);
	if (r < 0)
		return r;
	find_keys(s, endpoint);
	if (!s->encrypted && !wire_endpoint_is_local(endpoint)) {
		r = err_set(err, -EPERM, "'%s' can be reached from other machines, and there are no CURVE keys",
			    endpoint);
		return err_hint(err, r, "bind to 127.0.0.1 or ipc://, or make the family's keys: holler up --keys");
	}
	if (s->encrypted)
		r = encrypt_bind(s, err);
	if (r < 0)
		return r;
	if (zmq_bind(s->zmq, native) < 0) {
		r = zmq_failed(err, endpoint);
		if (r == -EADDRINUSE)
			(void)err_hint(err, r, "another program listens there: use another port, or 0 to have one picked");
		return r;
	}
	size_t size = sizeof(bound);
	if (zmq_getsockopt(s->zmq, ZMQ_LAST_ENDPOINT, bound, &size) < 0)
		return zmq_failed(err, endpoint);
	if (ret_endpoint)
		(void)str_copy(ret_endpoint, WIRE_ENDPOINT_SIZE, bound);
	return 0;
}

int wire_socket_connect(struct wire_socket *s, const char *endpoint, struct err *err)
{
	char native[WIRE_ENDPOINT_SIZE];
	int r = native_endpoint(s, endpoint, native, err);
	if (r == 0)
		find_keys(s, endpoint);
	if (r == 0 && s->encrypted)
		r = encrypt_connect(s, err);
	if (r < 0)
		return r;
	return zmq_connect(s->zmq, native) < 0 ? zmq_failed(err, endpoint) : 0;
}

int wire_socket_disconnect(struct wire_socket *s, const char *endpoint, struct err *err)
{
	char native[WIRE_ENDPOINT_SIZE];
	int r = native_endpoint(s, endpoint, native, err);
	if (r < 0)
		return r;
	return zmq_disconnect(s->zmq, native) < 0 ? zmq_failed(err, endpoint) : 0;
}

int wire_socket_subscribe(struct wire_socket *s, const char *topic, struct err *err)
{
	int r = zmq_setsockopt(s->zmq, ZMQ_SUBSCRIBE, topic, strlen(topic));
	return r < 0 ? zmq_failed(err, "subscribe") : 0;
}

void wire_socket_pause(struct wire_socket *s, bool paused)
{
	if (s->paused == paused)
		return;
	s->paused = paused;
	if (paused) {
		event_del(s->readable);
		event_del(s->again);
		return;
	}
	event_add(s->readable, NULL);
	event_active(s->again, EV_TIMEOUT, 1);
}

struct wire_socket_stats wire_socket_stats(const struct wire_socket *s)
{
	return (struct wire_socket_stats){
		.received = atomic_load_explicit(&s->stats.received, memory_order_relaxed),
		.sent = atomic_load_explicit(&s->stats.sent, memory_order_relaxed),
		.dropped_full = atomic_load_explicit(&s->stats.dropped_full, memory_order_relaxed),
		.dropped_unroutable = atomic_load_explicit(&s->stats.dropped_unroutable, memory_order_relaxed),
		.dropped_frames = atomic_load_explicit(&s->stats.dropped_frames, memory_order_relaxed),
	};
}

/* --- links ------------------------------------------------------------------------------------ */

static enum wire_link link_of(unsigned event)
{
	switch (event) {
	case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
		return WIRE_LINK_UP;
	case ZMQ_EVENT_DISCONNECTED:
		return WIRE_LINK_DOWN;
	case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
	case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
	case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
		return WIRE_LINK_REFUSED;
	default:
		return WIRE_LINK_COUNT;
	}
}

/* An event is two frames: 16 bits of event and 32 of value, then the endpoint. */
static bool monitor_receive(void *monitor, unsigned *ret_event)
{
	uint8_t head[6] = {0};
	char endpoint[WIRE_ENDPOINT_SIZE];
	uint16_t event;
	if (zmq_recv(monitor, head, sizeof(head), ZMQ_DONTWAIT) < 0)
		return false;
	(void)zmq_recv(monitor, endpoint, sizeof(endpoint), ZMQ_DONTWAIT);
	memcpy(&event, head, sizeof(event));
	*ret_event = event;
	return true;
}

static void monitor_fired(evutil_socket_t fd, short what, void *arg)
{
	struct wire_socket *s = arg;
	unsigned event;
	s->busy++;
	while (!s->closing && monitor_receive(s->monitor, &event)) {
		enum wire_link link = link_of(event);
		/* What arrived before the connection went is told before. */
		while (link == WIRE_LINK_DOWN && !s->pumping && !s->closing &&
		       receive_some(s, LIMIT_WIRE_DRAIN))
			;
		if (link != WIRE_LINK_COUNT && !s->closing)
			s->link(s->arg, link);
	}
	if (leave(s))
		look_again(s);
}

int wire_socket_watch_links(struct wire_socket *s, wire_link_fn *fn, struct err *err)
{
	char name[64];
	int fd;
	size_t size = sizeof(fd);
	(void)snprintf(name, sizeof(name), "inproc://links-%lu", wire_context_number(s->context));
	if (zmq_socket_monitor(s->zmq, name,
			       ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
				       ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
				       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
				       ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) < 0)
		return zmq_failed(err, "watch connections");
	s->link = fn;
	s->monitor = zmq_socket(wire_context_zmq(s->context), ZMQ_PAIR);
	int linger = 0;
	if (!s->monitor || zmq_setsockopt(s->monitor, ZMQ_LINGER, &linger, sizeof(linger)) < 0 ||
	    zmq_connect(s->monitor, name) < 0 || zmq_getsockopt(s->monitor, ZMQ_FD, &fd, &size) < 0)
		return zmq_failed(err, "watch connections");
	s->monitor_readable =
		event_new(wire_loop_base(s->loop), fd, EV_READ | EV_PERSIST, monitor_fired, s);
	if (!s->monitor_readable || event_add(s->monitor_readable, NULL) < 0)
		return err_set(err, -ENOMEM, "watch connections");
	event_active(s->monitor_readable, EV_READ, 1);
	return 0;
}
