/*
 * garden_transport.c - where the music is: the transport, and the device that drives it.
 */
#include <errno.h>
#include <math.h>

#include "query/garden_tables_priv.h"

#include "base/banned.h"

GETTER(get_state, void, tf_string(garden_play_name(query_transport(w)->state)))
GETTER(get_position, void, tf_float(query_now_beats(w)))
GETTER(get_seconds, void, tf_float(garden_seconds(w, query_now_beats(w))))
GETTER(get_frames, void, tf_int(tempo_map_frame(w->garden->tempo, query_now_beats(w))))
GETTER(get_bpm, void, tf_float(tempo_map_bpm(w->garden->tempo, query_now_beats(w))))
GETTER(get_bar, void, tf_int(garden_place(w, query_now_beats(w)).bar))
GETTER(get_beat_in_bar, void, tf_float(garden_place(w, query_now_beats(w)).beat_in_bar))
GETTER(get_numerator, void, tf_int(garden_place(w, query_now_beats(w)).numerator))
GETTER(get_denominator, void, tf_int(garden_place(w, query_now_beats(w)).denominator))
GETTER(get_next_bar, void, tf_float(meter_map_next_bar(w->garden->meter, query_now_beats(w))))
GETTER(get_engine_frames, void, tf_int(query_transport(w)->engine_frames))

static const struct tf_property_row transport_properties[] = {
	{ "state", "String!", "What it does: stopped, playing or paused.", get_state },
	{ "position_beats", "Float!", "Where it is, in beats (quarter notes).", get_position },
	{ "position_seconds", "Float!", "Where it is, in seconds from beat 0 by the tempo map.", get_seconds },
	{ "position_frames", "Int!", "Where it is, in frames of the engine from beat 0.", get_frames },
	{ "tempo_bpm", "Float!", "The tempo there, in quarter notes a minute.", get_bpm },
	{ "bar", "Int!", "The bar that it is in; bar 1 is the first full one.", get_bar },
	{ "beat_in_bar", "Float!", "Quarter notes since that bar began.", get_beat_in_bar },
	{ "numerator", "Int!", "Beats in that bar, as the meter counts them.", get_numerator },
	{ "denominator", "Int!", "The note that the meter counts: 4 is a quarter note.", get_denominator },
	{ "next_bar_beats", "Float!", "The first bar line at or after it, in beats.", get_next_bar },
	{ "engine_frames", "Int!", "Frames that the engine had rendered since it started, when this was told.", get_engine_frames },
};

static int open_sounding(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	if (query_transport(query_world(c))->state == GARDEN_PLAYING)
		return garden_open_sounding(c, query_now_beats(query_world(c)), hints, it, err);
	tf_iter_none(it);
	return 0;
}

static int open_next_regions(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			     const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	double now = query_now_beats(query_world(c));
	return garden_open_beginning(c, nextafter(now, INFINITY), now + params[0].f, hints, it, err);
}

static int open_next_markers(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			     const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	double now = query_now_beats(query_world(c));
	return garden_open_markers(c, nextafter(now, INFINITY), now + params[0].f, hints, it, err);
}

static int open_section(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	return garden_open_section_at(c, query_now_beats(query_world(c)), it, err);
}

static bool has_device(const struct query_world *w)
{
	return w->garden->device.kind[0];
}

static int open_device(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	garden_open_one(it, has_device(query_world(c)) ? &query_world(c)->garden->device : NULL);
	return 0;
}

static const struct tf_param_row within_params[] = {
	{ "within_beats", "Float!", "16.0", "How far to look ahead, in beats (quarter notes)." },
};
static const struct tf_edge_row transport_edges[] = {
	{ "sounding", "[Region!]!", "The regions that are heard now; none while it does not play.", .open = open_sounding },
	{ "next_regions", "[Region!]!", "The regions that begin soon, by position.", TF_PARAMS(within_params), .open = open_next_regions },
	{ "next_markers", "[Marker!]!", "The markers that come soon, by position.", TF_PARAMS(within_params), .open = open_next_markers },
	{ "section", "Section", "The section that it is in.", .open = open_section },
	{ "device", "Device", "What drives it.", .open = open_device },
};

GETTER(get_kind, struct garden_device, tf_string(t->kind))
GETTER(get_wanted, struct garden_device, tf_string(t->wanted))
GETTER(get_device_name, struct garden_device, tf_string(t->name))
GETTER(get_rate, struct garden_device, tf_int(t->rate_hz))
GETTER(get_quantum, struct garden_device, tf_int(t->quantum_frames))
GETTER(get_cycles, struct garden_device, tf_int(t->cycles))
GETTER(get_xruns, struct garden_device, tf_int(t->xruns))
GETTER(get_late_wakeups, struct garden_device, tf_int(t->late_wakeups))
GETTER(get_lost_events, struct garden_device, tf_int(t->lost_events))
GETTER(get_missing_frames, struct garden_device, tf_int(t->missing_frames))

static const struct tf_property_row device_properties[] = {
	{ "kind", "String!", "What drives the engine: null (a timer, no sound), stepped (moves only when told to) or pipewire.", get_kind },
	{ "wanted", "String!", "What was asked for; the null clock stands in while it is away.", get_wanted },
	{ "name", "String!", "The device's own name.", get_device_name },
	{ "rate_hz", "Int!", "Sample rate of the engine.", get_rate },
	{ "quantum_frames", "Int!", "Frames in one cycle.", get_quantum },
	{ "cycles", "Int!", "Cycles run.", get_cycles },
	{ "xruns", "Int!", "Cycles whose own processor time exceeded the quantum.", get_xruns },
	{ "late_wakeups", "Int!", "Cycles that the kernel started too late.", get_late_wakeups },
	{ "lost_events", "Int!", "Events that found the ring to the control side full.", get_lost_events },
	{ "missing_frames", "Int!", "Frames of content that were not in memory in time and became silence.", get_missing_frames },
};

static int open_transport(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			  struct tf_iter *it, struct err *err)
{
	tf_iter_one(it, (struct tf_vertex){ .type = it->type });
	return 0;
}

static const struct tf_type_row types[] = {
	{ .name = "Transport",
	  .doc = "Where the music is, and whether it moves.",
	  TF_PROPERTIES(transport_properties), TF_EDGES(transport_edges) },
	{ .name = "Device", .doc = "What drives the engine, and how well it keeps up.", TF_PROPERTIES(device_properties) },
};
static const struct tf_edge_row roots[] = {
	{ "Transport", "Transport!", "The transport as it is when the query begins.", .open = open_transport },
	{ "Device", "Device", "What drives the engine, once that is known.", .open = open_device },
};
const struct tf_table garden_playing = { types, COUNT_OF(types), roots, COUNT_OF(roots) };
