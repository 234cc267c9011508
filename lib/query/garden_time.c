/*
 * garden_time.c - musical time: the points of the maps, and one place told in beats, seconds, frames and bars.
 *
 * Moment:    `aux` says in what it was given, `f` (beats, seconds) or `i` (frames) is that number. What was given comes back as it
 *            was, bit for bit; the rest is what time_convert answers.
 */
#include <errno.h>
#include <math.h>

#include "query/garden_tables_priv.h"

#include "base/banned.h"

enum given { GIVEN_BEATS, GIVEN_SECONDS, GIVEN_FRAMES };

static double beat_of(const struct query_world *w, const struct tf_vertex *v)
{
	switch ((enum given)v->aux) {
	case GIVEN_SECONDS: return tempo_map_beat(w->garden->tempo, v->f);
	case GIVEN_FRAMES: return tempo_map_beat_of_frame(w->garden->tempo, v->i);
	case GIVEN_BEATS: break;
	}
	return v->f;
}

#define MOMENT_GETTER(name, value) \
	static int name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err) \
	{ \
		const struct query_world *w = query_world(c); \
		const double beat = beat_of(w, v); \
		*ret = (value); \
		return 0; \
	}
MOMENT_GETTER(get_beats, tf_float(beat))
MOMENT_GETTER(get_seconds, tf_float(v->aux == GIVEN_SECONDS ? v->f : garden_seconds(w, beat)))
MOMENT_GETTER(get_frames, tf_int(v->aux == GIVEN_FRAMES ? v->i : tempo_map_frame(w->garden->tempo, beat)))
MOMENT_GETTER(get_bar, tf_int(garden_place(w, beat).bar))
MOMENT_GETTER(get_beat_in_bar, tf_float(garden_place(w, beat).beat_in_bar))
MOMENT_GETTER(get_bar_start, tf_float(garden_place(w, beat).bar_start))
MOMENT_GETTER(get_bar_beats, tf_float(garden_place(w, beat).bar_beats))
MOMENT_GETTER(get_numerator, tf_int(garden_place(w, beat).numerator))
MOMENT_GETTER(get_denominator, tf_int(garden_place(w, beat).denominator))
MOMENT_GETTER(get_bpm, tf_float(tempo_map_bpm(w->garden->tempo, beat)))
MOMENT_GETTER(get_next_bar, tf_float(meter_map_next_bar(w->garden->meter, beat)))

static const struct tf_property_row moment_properties[] = {
	{ "beats", "Float!", "In beats (quarter notes) from the start of the timeline.", get_beats },
	{ "seconds", "Float!", "In seconds from beat 0 by the tempo map.", get_seconds },
	{ "frames", "Int!", "In frames of the engine from beat 0.", get_frames },
	{ "bar", "Int!", "The bar that it lies in; bar 1 is the first full one.", get_bar },
	{ "beat_in_bar", "Float!", "Quarter notes since that bar began.", get_beat_in_bar },
	{ "bar_start_beats", "Float!", "The beat on which that bar begins.", get_bar_start },
	{ "bar_beats", "Float!", "Length of that bar, in quarter notes.", get_bar_beats },
	{ "numerator", "Int!", "Beats in that bar, as the meter counts them.", get_numerator },
	{ "denominator", "Int!", "The note that the meter counts: 4 is a quarter note.", get_denominator },
	{ "tempo_bpm", "Float!", "The tempo there, in quarter notes a minute.", get_bpm },
	{ "next_bar_beats", "Float!", "The first bar line at or after it, in beats.", get_next_bar },
};

static int open_regions(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	double at = beat_of(query_world(c), from);
	return garden_open_over(c, at, nextafter(at, INFINITY), hints, it, err);
}

static int open_sounding(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	return garden_open_sounding(c, beat_of(query_world(c), from), hints, it, err);
}

static int open_section(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	return garden_open_section_at(c, beat_of(query_world(c), from), it, err);
}

static const struct tf_edge_row moment_edges[] = {
	{ "regions", "[Region!]!", "The regions that it lies in, heard or not, by position.", .open = open_regions },
	{ "sounding", "[Region!]!", "The regions that are heard there when the transport plays, by position.", .open = open_sounding },
	{ "section", "Section", "The section that it lies in.", .open = open_section },
};

/* ---- starting points ---- */

static void one_moment(struct tf_iter *it, enum given given, double f)
{
	tf_iter_one(it, (struct tf_vertex){ .type = it->type, .aux = given, .f = f });
}

static int open_beat(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		     struct tf_iter *it, struct err *err)
{
	int r = garden_check_beat(params[0].f, err);
	if (r == 0)
		one_moment(it, GIVEN_BEATS, params[0].f);
	return r;
}

static int open_second(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	static const double furthest = 1e7;
	if (fabs(params[0].f) > furthest)
		return err_set(err, -EINVAL, "second %g is not within -1e7..1e7", params[0].f);
	one_moment(it, GIVEN_SECONDS, params[0].f);
	return 0;
}

static int open_frame(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		      struct tf_iter *it, struct err *err)
{
	static const int64_t furthest = INT64_C(1000000000000);
	if (params[0].kind != TF_INT || params[0].i < -furthest || params[0].i > furthest)
		return err_set(err, -EINVAL, "the frame is not within -1e12..1e12");
	tf_iter_one(it, (struct tf_vertex){ .type = it->type, .aux = GIVEN_FRAMES, .i = params[0].i });
	return 0;
}

static int open_bar(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		    struct tf_iter *it, struct err *err)
{
	static const int64_t furthest = 1000000;
	if (params[0].kind != TF_INT || params[0].i < -furthest || params[0].i > furthest)
		return err_set(err, -EINVAL, "the bar is not within -1000000..1000000");
	double beat = meter_map_bar_start(query_world(c)->garden->meter, params[0].i) + params[1].f;
	int r = garden_check_beat(beat, err);
	if (r == 0)
		one_moment(it, GIVEN_BEATS, beat);
	return r;
}

/* ---- the maps ---- */

GETTER(get_tempo_position, struct tempo_point, tf_float(t->beat))
GETTER(get_tempo_seconds, struct tempo_point, tf_float(garden_seconds(w, t->beat)))
GETTER(get_tempo_bpm, struct tempo_point, tf_float(t->bpm))
GETTER(get_tempo_shape, struct tempo_point, tf_string(t->shape == TEMPO_RAMP ? "ramp" : "step"))

static const struct tf_property_row tempo_properties[] = {
	{ "position_beats", "Float!", "Where this tempo begins, in beats (quarter notes).", get_tempo_position },
	{ "position_seconds", "Float!", "Where this tempo begins, in seconds from beat 0.", get_tempo_seconds },
	{ "bpm", "Float!", "Quarter notes a minute.", get_tempo_bpm },
	{ "shape", "String!", "step: it holds until the next point; ramp: it moves to that of the next point, evenly over beats.",
	  get_tempo_shape },
};

GETTER(get_meter_position, struct meter_point, tf_float(t->beat))
GETTER(get_meter_bar, struct meter_point, tf_int(garden_place(w, t->beat).bar))
GETTER(get_meter_numerator, struct meter_point, tf_int(t->numerator))
GETTER(get_meter_denominator, struct meter_point, tf_int(t->denominator))

static const struct tf_property_row meter_properties[] = {
	{ "position_beats", "Float!", "Where this meter begins, in beats (quarter notes): the start of a bar.", get_meter_position },
	{ "bar", "Int!", "The bar that begins there; bar 1 is the first full one.", get_meter_bar },
	{ "numerator", "Int!", "Beats in a bar, as the meter counts them.", get_meter_numerator },
	{ "denominator", "Int!", "The note that the meter counts: 4 is a quarter note.", get_meter_denominator },
};

static int tempo_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct doc_tempo *t = it->s[0].cp;
	if (it->s[1].n >= t->n)
		return 0;
	*ret = (struct tf_vertex){ .type = it->type, .p = &t->points[it->s[1].n++] };
	return 1;
}

static int meter_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct doc_meter *m = it->s[0].cp;
	if (it->s[1].n >= m->n)
		return 0;
	*ret = (struct tf_vertex){ .type = it->type, .p = &m->points[it->s[1].n++] };
	return 1;
}

static int open_tempo(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		      struct tf_iter *it, struct err *err)
{
	it->s[0].cp = document_tempo(query_world(c)->garden->document);
	it->s[1].n = 0;
	it->next = tempo_next;
	return 0;
}

static int open_meter(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		      struct tf_iter *it, struct err *err)
{
	it->s[0].cp = document_meter(query_world(c)->garden->document);
	it->s[1].n = 0;
	it->next = meter_next;
	return 0;
}

static const struct tf_param_row beat_params[] = {
	{ "beat", "Float!", NULL, "A place in beats (quarter notes)." },
};
static const struct tf_param_row second_params[] = {
	{ "second", "Float!", NULL, "A place in seconds from beat 0." },
};
static const struct tf_param_row frame_params[] = {
	{ "frame", "Int!", NULL, "A place in frames of the engine from beat 0." },
};
static const struct tf_param_row bar_params[] = {
	{ "bar", "Int!", NULL, "A bar; bar 1 is the first full one." },
	{ "beat_in_bar", "Float!", "0.0", "Quarter notes since that bar began." },
};

static const struct tf_type_row types[] = {
	{ .name = "Moment",
	  .doc = "One place on the timeline, told in every measure of time; what it was asked by comes back exactly.",
	  TF_PROPERTIES(moment_properties), TF_EDGES(moment_edges) },
	{ .name = "TempoPoint", .doc = "A point of the tempo map.", TF_PROPERTIES(tempo_properties) },
	{ .name = "MeterPoint", .doc = "A point of the meter map.", TF_PROPERTIES(meter_properties) },
};
static const struct tf_edge_row roots[] = {
	{ "TempoPoint", "[TempoPoint!]!", "The tempo map, by position.", .open = open_tempo },
	{ "MeterPoint", "[MeterPoint!]!", "The meter map, by position.", .open = open_meter },
	{ "TempoAt", "Moment!", "The tempo at a beat, and all else about that place.", TF_PARAMS(beat_params), .open = open_beat },
	{ "BeatToSecond", "Moment!", "A beat in seconds.", TF_PARAMS(beat_params), .open = open_beat },
	{ "SecondToBeat", "Moment!", "A second in beats.", TF_PARAMS(second_params), .open = open_second },
	{ "BeatToFrame", "Moment!", "A beat in frames.", TF_PARAMS(beat_params), .open = open_beat },
	{ "FrameToBeat", "Moment!", "A frame in beats.", TF_PARAMS(frame_params), .open = open_frame },
	{ "BeatToBar", "Moment!", "A beat in bars.", TF_PARAMS(beat_params), .open = open_beat },
	{ "BarToBeat", "Moment!", "A bar, and how far into it, in beats.", TF_PARAMS(bar_params), .open = open_bar },
};
const struct tf_table garden_times = { types, COUNT_OF(types), roots, COUNT_OF(roots) };
