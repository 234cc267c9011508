#include "wire/peer.h"

#include "base/str.h"

#define LOG_TOPIC "wire"
#include "base/log.h"

#include <string.h>

#define BACKOFF_MS     50
#define BACKOFF_MAX_MS 1000
#define SETTLED_NS     NS_PER_SEC

struct wire_peer {
	struct wire_peer_options o;
	struct wire_curve curve;
	char name[64];
	struct wire_place *place;
	struct wire_timer *retry;
	struct wire_socket *socket;
	char endpoint[WIRE_ENDPOINT_SIZE]; /* of the socket */
	bool up;
	int64_t up_since_ns, backoff_ms;
	uint64_t n_links;
};

static void link_changed(void *arg, enum wire_link link);

static void receive(void *arg, const struct wire_frame *frames, size_t n)
{
	struct wire_peer *p = arg;
	p->o.receive(p->o.arg, frames, n);
}

static int open_socket(struct wire_peer *p, const char *endpoint, struct err *err)
{
	struct wire_socket_options o = {.name = p->name[0] ? p->name : NULL,
					.curve = p->o.curve ? &p->curve : NULL,
					.linger_ms = 500};
	AUTO(wire_socket) s = NULL;
	int r = wire_socket_new(p->o.context, p->o.loop, p->o.kind, &o, receive, p, &s, err);
	if (r == 0)
		r = wire_socket_watch_links(s, link_changed, err);
	if (r == 0 && p->o.prepare)
		r = p->o.prepare(p->o.arg, s, err);
	if (r == 0)
		r = wire_socket_connect(s, endpoint, err);
	if (r < 0)
		return r;
	p->socket = TAKE(s);
	(void)str_copy(p->endpoint, sizeof(p->endpoint), endpoint);
	return 0;
}

static void retry_later(struct wire_peer *p)
{
	wire_timer_start(p->retry, p->backoff_ms);
	p->backoff_ms = p->backoff_ms ? p->backoff_ms * 2 : BACKOFF_MS;
	if (p->backoff_ms > BACKOFF_MAX_MS)
		p->backoff_ms = BACKOFF_MAX_MS;
}

/* Makes the socket for where the peer is now, unless there is one already. */
static void look(void *arg)
{
	struct wire_peer *p = arg;
	char endpoint[WIRE_ENDPOINT_SIZE];
	struct err err = ERR_INIT;
	if (p->up)
		return;
	if (wire_place_find(p->place, endpoint, &err) < 0)
		return; /* the place tells when that changes */
	if (p->socket && strcmp(endpoint, p->endpoint) == 0)
		return; /* ZeroMQ goes on trying */
	wire_socket_free(TAKE(p->socket));
	if (open_socket(p, endpoint, &err) < 0) {
		log_warn("cannot connect, trying again", LOG_STR("peer", wire_place_name(p->place)),
			 LOG_ERR(&err));
		retry_later(p);
	}
}

static void link_up(struct wire_peer *p)
{
	p->up = true;
	p->n_links++;
	p->up_since_ns = wire_loop_now_ns(p->o.loop);
	wire_place_look(p->place, false);
	p->o.up(p->o.arg);
}

static void link_down(struct wire_peer *p)
{
	bool was_up = p->up;
	if (wire_loop_now_ns(p->o.loop) - p->up_since_ns > SETTLED_NS)
		p->backoff_ms = 0;
	p->up = false;
	wire_socket_free(TAKE(p->socket));
	wire_place_look(p->place, true);
	retry_later(p);
	if (was_up)
		p->o.down(p->o.arg); /* last: it may free us */
}

static void link_changed(void *arg, enum wire_link link)
{
	struct wire_peer *p = arg;
	if (link == WIRE_LINK_UP && !p->up)
		link_up(p);
	else if (link == WIRE_LINK_DOWN && p->up)
		link_down(p);
	else if (link == WIRE_LINK_REFUSED)
		log_warn("the peer refuses our key, trying again",
			 LOG_STR("peer", wire_place_name(p->place)));
}

int wire_peer_new(const struct wire_peer_options *o, struct wire_peer **ret, struct err *err)
{
	AUTO(wire_peer) p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "peer");
	p->o = *o;
	if (o->curve) {
		p->curve = *o->curve;
		p->o.curve = &p->curve;
	}
	if (o->name)
		(void)str_copy(p->name, sizeof(p->name), o->name);
	int r = 0;
	if (o->place.family)
		r = wire_family_give_keys(o->place.family, o->context, err);
	if (r == 0)
		r = wire_place_new(&o->place, look, p, &p->place, err);
	if (r == 0)
		r = wire_timer_new(o->loop, look, p, &p->retry, err);
	if (r < 0)
		return r;
	wire_place_look(p->place, true);
	look(p);
	*ret = TAKE(p);
	return 0;
}

void wire_peer_free(struct wire_peer *p)
{
	if (!p)
		return;
	wire_socket_free(p->socket);
	wire_timer_free(p->retry);
	wire_place_free(p->place);
	free(p);
}

bool wire_peer_is_up(const struct wire_peer *p)
{
	return p->up;
}

struct wire_socket *wire_peer_socket(struct wire_peer *p)
{
	return p->socket;
}

void wire_peer_why(struct wire_peer *p, struct err *ret)
{
	char endpoint[WIRE_ENDPOINT_SIZE];
	if (wire_place_find(p->place, endpoint, ret) < 0)
		ret->code = -EAGAIN;
	else
		(void)err_set(ret, -EAGAIN, "%s does not answer at %s", wire_place_name(p->place),
			      endpoint);
}

uint64_t wire_peer_n_links(const struct wire_peer *p)
{
	return p->n_links;
}
