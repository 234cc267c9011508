/*
 * graph_events.c - what has just happened, kept for queries: hootenanny's own events and those of chaosgarden.
 */
#include "graph_priv.h"
#include "watch.h"

#define LOG_TOPIC "graph"
#include "base/log.h"
#include "base/str.h"

#include "base/banned.h"

/*
 * Some come by the clock and say nothing that lasts; and what a watch tells of events would be an event for it to tell of, each with
 * all before it inside.
 */
static bool is_passing(const struct wire_received *e)
{
	static const enum wire_event_id ticks[] = { WIRE_EVENT_daemon_alive, WIRE_EVENT_playback_position, WIRE_EVENT_beat_tick,
						    WIRE_EVENT_query_changed };
	for (size_t i = 0; i < COUNT_OF(ticks); i++) {
		if (str_eq(e->name, wire_events[ticks[i]].name))
			return true;
	}
	return false;
}

void graph_event_keep(void *arg, const struct wire_received *e)
{
	struct hoot *h = arg;
	struct err err = ERR_INIT;
	if (is_passing(e))
		return;
	if (events_kept_add(h->graph->events, e, hoot_unix_ms(), &err) < 0)
		log_warn("an event is not kept", LOG_STR("event", e->name), LOG_ERR(&err));
	else
		watches_heard(h);
}

int graph_events_open(struct hoot *h, struct wire_subscriber **ret, struct err *err)
{
	const struct wire_subscriber_options o = { .context = h->context,
						   .loop = h->loop,
						   .endpoint = wire_publisher_endpoint(h->publisher),
						   .on_event = graph_event_keep,
						   .arg = h };
	return wire_subscriber_new(&o, ret, err);
}
