/*
 * event.c - the last events of hootenanny and chaosgarden.
 *
 * Vertices: `p` is a `const struct kept_event *`, to which the iterator holds a reference while it is current.
 */
#include "query-control/tables_priv.h"

#include "base/banned.h"

static const struct kept_event *event_of(const struct tf_vertex *v)
{
	return v->p;
}

SELECT_GET(get_name, tf_string(event_of(v)->name))
SELECT_GET(get_sender, tf_string(event_of(v)->sender))
SELECT_GET(get_seq, tf_uint(event_of(v)->seq))
SELECT_GET(get_beat, tf_float(event_of(v)->beat))
SELECT_GET(get_frame, tf_int(event_of(v)->frame))
SELECT_GET(get_time, tf_int(event_of(v)->time_unix_ms))
SELECT_GET(get_age, tf_float((double)(query_world(c)->now_unix_ms - event_of(v)->time_unix_ms) / 1000.0))
SELECT_GET(get_payload, tf_string(event_of(v)->payload))

static const struct tf_property_row properties[] = {
	{"name", "String!", "What has happened: region_created, job_state_changed …", get_name},
	{"sender", "String!", "The daemon that told of it.", get_sender},
	{"seq", "Int!", "Its number among the events of its sender since that started.", get_seq},
	{"beat", "Float!", "Where the play position was, in beats; 0 from hootenanny.", get_beat},
	{"frame", "Int!", "Where that was, in frames of the timeline; 0 from hootenanny.", get_frame},
	{"time_unix_ms", "Int!", "When it came, in milliseconds since 1970.", get_time},
	{"age_seconds", "Float!", "How long ago it came, in seconds.", get_age},
	{"payload", "String!", "What it says, as JSON.", get_payload},
};

static const struct tf_type_row types[] = {
	{.name = "Event", .doc = "Something that a daemon has told everybody.", TF_PROPERTIES(properties)},
};

enum { SLOT_CURRENT, SLOT_BEFORE, SLOT_KEPT };

static void close(struct tf_iter *it)
{
	kept_event_unref(it->s[SLOT_CURRENT].p);
}

static int next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	close(it);
	struct kept_event *e = events_kept_before(it->s[SLOT_KEPT].p, it->s[SLOT_BEFORE].n);
	it->s[SLOT_CURRENT].p = e;
	if (!e)
		return 0;
	it->s[SLOT_BEFORE].n = e->number;
	*ret = (struct tf_vertex){.type = it->type, .p = e};
	return 1;
}

static int open_all(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		    struct tf_iter *it, struct err *err)
{
	const struct control_view *v = control_of(c);
	tf_iter_none(it);
	if (query_world(c)->saw_events)
		*query_world(c)->saw_events = true;
	if (!v->events)
		return 0;
	it->next = next;
	it->close = close;
	it->s[SLOT_CURRENT].p = NULL;
	it->s[SLOT_BEFORE].n = v->events_end;
	it->s[SLOT_KEPT].p = v->events;
	return 0;
}

static const struct tf_edge_row roots[] = {
	{"Event", "[Event!]!", "The last events, newest first, but ticks, positions and what watches tell; how many are kept is bounded.", NULL, 0, open_all},
};
const struct tf_table control_events = {types, COUNT_OF(types), roots, COUNT_OF(roots)};
