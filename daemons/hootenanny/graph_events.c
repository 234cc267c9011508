/*
 * graph_events.c - what has just happened, kept for queries: hootenanny's own events and those of chaosgarden.
 */
#include "graph_priv.h"

#define LOG_TOPIC "graph"
#include "base/log.h"
#include "base/str.h"

#include "base/banned.h"

/* They come by the clock and say nothing that lasts. */
static bool is_a_tick(const struct wire_received *e)
{
	static const enum wire_event_id ticks[] = { WIRE_EVENT_daemon_alive, WIRE_EVENT_playback_position, WIRE_EVENT_beat_tick };
	for (size_t i = 0; i < COUNT_OF(ticks); i++) {
		if (str_eq(e->name, wire_events[ticks[i]].name))
			return true;
	}
	return false;
}

void graph_event_keep(void *arg, const struct wire_received *e)
{
	struct events_kept *kept = arg;
	struct err err = ERR_INIT;
	if (!is_a_tick(e) && events_kept_add(kept, e, hoot_unix_ms(), &err) < 0)
		log_warn("an event is not kept", LOG_STR("event", e->name), LOG_ERR(&err));
}

int graph_events_open(struct hoot *h, struct events_kept *kept, struct wire_subscriber **ret, struct err *err)
{
	const struct wire_subscriber_options o = { .context = h->context,
						   .loop = h->loop,
						   .endpoint = wire_publisher_endpoint(h->publisher),
						   .on_event = graph_event_keep,
						   .arg = kept };
	return wire_subscriber_new(&o, ret, err);
}
