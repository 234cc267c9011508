#include "query-control/garden_copy.h"

#include <string.h>

#include "base/str.h"
#include "query-control/garden_copy_priv.h"
#include "wire/family.h"

#define LOG_TOPIC "garden"
#include "base/log.h"

#include "base/banned.h"

enum { RETRY_MS = 500, DEFAULT_RATE_HZ = 48000 };

struct garden_copy {
	struct garden_copy_options o;
	struct wire_subscriber *subscriber;
	struct wire_client *client;
	struct wire_timer *retry;
	struct garden_side side;
	bool whole;                 /* side is what the subscriber's last snapshot began, and complete */
	struct garden_fetch *fetch; /* the side that is going to take its place; NULL: none */
	struct garden_copy_stats stats;
};

static void changed(struct garden_copy *c)
{
	if (c->o.changed)
		c->o.changed(c->o.arg);
}

static void moved(struct garden_copy *c)
{
	if (c->o.moved)
		c->o.moved(c->o.arg);
}

/* The next snapshot begins a new side; the one there is stays until that is whole. */
static void begin_again(struct garden_copy *c, const struct err *why)
{
	log_warn("the copy of the timeline is begun anew", LOG_ERR(why));
	c->whole = false;
	garden_fetch_free(TAKE(c->fetch));
	wire_timer_start(c->retry, RETRY_MS);
}

static void on_retry(void *arg)
{
	struct garden_copy *c = arg;
	wire_subscriber_ask(c->subscriber);
}

/* ---- from a snapshot ---- */

static void on_fetched(void *arg, int code, const struct err *err)
{
	struct garden_copy *c = arg;
	struct garden_fetch *f = TAKE(c->fetch);
	c->stats.pages += garden_fetch_pages(f);
	if (code < 0) {
		begin_again(c, err);
	} else {
		garden_side_close(&c->side);
		garden_fetch_take(f, &c->side);
		c->whole = true;
		log_info("the timeline is known", LOG_INT("revision", document_revision(c->side.doc)),
			 LOG_INT("regions", document_n_regions(c->side.doc)));
		changed(c);
	}
	garden_fetch_free(f);
}

static void on_resync(void *arg, const struct wire_snapshot *s)
{
	struct garden_copy *c = arg;
	struct err err = ERR_INIT;
	c->stats.resyncs++;
	c->whole = false;
	wire_timer_stop(c->retry);
	garden_fetch_free(TAKE(c->fetch));
	if (garden_fetch_new(c->client, c->o.loop, s->state, on_fetched, c, &c->fetch, &err) < 0)
		begin_again(c, &err);
}

/* ---- from events ---- */

static void hear(struct garden_copy *c, const struct wire_received *e)
{
	int64_t now = clock_monotonic_ns(clock_system()), lag = now - e->monotonic_ns;
	c->stats.heard_ns = now;
	c->stats.lag_ns = lag > 0 ? lag : 0;
	if (c->stats.lag_ns > c->stats.longest_lag_ns)
		c->stats.longest_lag_ns = c->stats.lag_ns;
}

/* From then on time does not carry it. */
static void stand_still(struct garden_copy *c)
{
	struct garden_side *s = &c->side;
	struct garden_view *v = NULL;
	if (!s->transport.rolls || garden_state_view(s->state, &v, NULL) < 0)
		return;
	s->transport.position_beats = garden_view_beat(v, c->stats.heard_ns);
	s->transport.moment_ns = c->stats.heard_ns;
	s->transport.rolls = false;
	garden_view_unref(v);
	garden_state_transport(s->state, &s->transport);
}

static void on_event(void *arg, const struct wire_received *e)
{
	struct garden_copy *c = arg;
	struct err err = ERR_INIT;
	hear(c, e);
	if (c->o.heard)
		c->o.heard(c->o.heard_arg, e);
	if (str_eq(e->name, wire_events[WIRE_EVENT_shutdown].name)) {
		stand_still(c);
		changed(c);
		return;
	}
	if (!garden_side_wants(e))
		return;
	c->stats.events++;
	int r = c->fetch ? garden_fetch_keep(c->fetch, e) : 0;
	if (r < 0) {
		err_set(&err, r, r == -ENOSPC ? "too much happened while it was read" : "events");
		begin_again(c, &err);
	} else if (!c->fetch && c->whole) {
		if (garden_side_event(&c->side, e, &err) < 0)
			begin_again(c, &err);
		else if (garden_side_moves(e))
			moved(c);
		else if (!c->side.editing)
			changed(c);
	}
}

static void on_gap(void *arg, const char *topic, uint64_t lost)
{
	struct garden_copy *c = arg;
	c->stats.gaps++;
	c->stats.lost += lost;
	log_debug("events were lost", LOG_STR("event", topic), LOG_INT("n", lost));
}

/* ---- life ---- */

/* Where events and answers come from, when chaosgarden is named by its shell; "" in a family, which says it itself. */
struct places {
	char events[WIRE_ENDPOINT_SIZE], query[WIRE_ENDPOINT_SIZE];
};

static int find_places(const struct garden_copy_options *o, struct places *ret, struct err *err)
{
	*ret = (struct places){ .events = "" };
	if (o->family)
		return 0;
	int r = wire_beside_endpoint(o->endpoint, "chaosgarden", "shell", "iopub", ret->events, err);
	return r < 0 ? r : wire_beside_endpoint(o->endpoint, "chaosgarden", "shell", "query", ret->query, err);
}

static int open_subscriber(struct garden_copy *c, const struct places *p, struct err *err)
{
	const struct wire_subscriber_options o = { .context = c->o.context, .loop = c->o.loop, .curve = c->o.curve,
						   .family = c->o.family, .daemon = "chaosgarden", .endpoint = p->events,
						   .snapshot_endpoint = p->query, .on_event = on_event,
						   .on_resync = on_resync, .on_gap = on_gap, .arg = c };
	return wire_subscriber_new(&o, &c->subscriber, err);
}

int garden_copy_new(const struct garden_copy_options *o, struct garden_copy **ret, struct err *err)
{
	AUTO(garden_copy) c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, -ENOMEM, "garden");
	c->o = *o;
	struct places places;
	int r = find_places(o, &places, err);
	if (r < 0)
		return r;
	const struct wire_client_options client = { .name = "garden-copy", .context = o->context, .loop = o->loop, .curve = o->curve,
						    .family = o->family, .daemon = "chaosgarden", .socket = "query",
						    .endpoint = places.query };
	r = garden_side_open(&c->side, DEFAULT_RATE_HZ, err);
	if (r == 0)
		r = wire_timer_new(o->loop, on_retry, c, &c->retry, err);
	if (r == 0)
		r = wire_client_new(&client, &c->client, err);
	if (r == 0)
		r = open_subscriber(c, &places, err);
	if (r == 0)
		*ret = TAKE(c);
	return r;
}

void garden_copy_free(struct garden_copy *c)
{
	if (!c)
		return;
	garden_fetch_free(TAKE(c->fetch));
	wire_subscriber_free(c->subscriber);
	wire_client_free(c->client);
	wire_timer_free(c->retry);
	garden_side_close(&c->side);
	free(c);
}

bool garden_copy_is_current(const struct garden_copy *c)
{
	return c->whole && wire_subscriber_synced(c->subscriber) && wire_client_connected(c->client);
}

int garden_copy_view(struct garden_copy *c, struct garden_view **ret, struct err *err)
{
	if (!wire_client_connected(c->client))
		stand_still(c);
	return garden_state_view(c->side.state, ret, err);
}

struct garden_copy_stats garden_copy_stats(const struct garden_copy *c)
{
	struct garden_copy_stats s = c->stats;
	s.revision = document_revision(c->side.doc);
	return s;
}
