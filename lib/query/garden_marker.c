/*
 * garden_marker.c - markers, and the sections between those that begin one.
 */
#include <errno.h>
#include <math.h>

#include "base/str.h"
#include "query/garden_tables_priv.h"

#include "base/banned.h"

/* ---- markers ---- */

GETTER(get_id, struct doc_marker, tf_string(t->id))
GETTER(get_position, struct doc_marker, tf_float(t->position_beats))
GETTER(get_seconds, struct doc_marker, tf_float(garden_seconds(w, t->position_beats)))
GETTER(get_bar, struct doc_marker, tf_int(garden_place(w, t->position_beats).bar))
GETTER(get_beat_in_bar, struct doc_marker, tf_float(garden_place(w, t->position_beats).beat_in_bar))
GETTER(get_in, struct doc_marker, tf_float(t->position_beats - query_now_beats(w)))
GETTER(get_type, struct doc_marker, tf_string(t->type))
GETTER(get_label, struct doc_marker, tf_string(t->label))
GETTER(get_metadata, struct doc_marker, tf_string(t->metadata))

static const struct tf_property_row marker_properties[] = {
	{ "marker_id", "String!", "Its id.", get_id },
	{ "marker_type", "String!", "What kind: section_change, cue_point, generate_transition, or another word.", get_type },
	{ "label", "String", "For people to read.", get_label },
	{ "metadata", "String", "Whatever came with it, as JSON.", get_metadata },
	{ "position_beats", "Float!", "Where it stands, in beats (quarter notes).", get_position },
	{ "position_seconds", "Float!", "Where it stands, in seconds from beat 0 by the tempo map.", get_seconds },
	{ "bar", "Int!", "The bar it stands in; bar 1 is the first full one.", get_bar },
	{ "beat_in_bar", "Float!", "Quarter notes from the start of that bar to it.", get_beat_in_bar },
	{ "comes_in_beats", "Float!", "Beats from where the transport is to it; negative: it was passed.", get_in },
};

static int markers_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	const struct doc_marker *m = document_markers_next(it->s[0].p);
	if (m)
		*ret = (struct tf_vertex){ .type = it->type, .p = m };
	return m != NULL;
}

int garden_open_markers(struct tf_context *c, double from_beats, double to_beats, const struct tf_hints *hints, struct tf_iter *it,
			struct err *err)
{
	struct document_cursor *at;
	struct tf_value id;
	const struct document *d = query_world(c)->garden->document;
	garden_narrow(hints, "position_beats", &from_beats, &to_beats);
	if (hints && tf_hint_equal(hints, "marker_id", &id)) {
		const struct doc_marker *m = id.kind == TF_STRING ? document_marker(d, id.s) : NULL;
		garden_open_one(it, m && m->position_beats >= from_beats && m->position_beats <= to_beats ? m : NULL);
		return 0;
	}
	at = garden_take(c, sizeof(*at), err);
	if (!at)
		return -ENOMEM;
	document_markers_start(d, from_beats, to_beats, at);
	it->s[0].p = at;
	it->next = markers_next;
	return 0;
}

static int open_all(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		    struct tf_iter *it, struct err *err)
{
	return garden_open_markers(c, -INFINITY, INFINITY, hints, it, err);
}

static int open_section(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	return garden_open_section_at(c, query_marker_of(from)->position_beats, it, err);
}

static int open_regions(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	double at = query_marker_of(from)->position_beats;
	return garden_open_over(c, at, nextafter(at, INFINITY), hints, it, err);
}

static int open_edits(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		      struct tf_iter *it, struct err *err)
{
	static const char *const kinds[] = { "marker" };
	return garden_open_touching(c, kinds, COUNT_OF(kinds), query_marker_of(from)->id, it, err);
}

static const struct tf_edge_row marker_edges[] = {
	{ "section", "Section", "The section it stands in: the one that it begins, if it begins one.", .open = open_section },
	{ "regions", "[Region!]!", "The regions that it stands in, by position.", .open = open_regions },
	{ "edits", "[Edit!]!", "The edits of it that the history remembers, newest first.", .open = open_edits },
};

/* ---- sections: `p` is the marker that begins it, `q` the one that ends it ---- */

static const struct doc_marker *end_of(const struct tf_vertex *v)
{
	return v->q;
}

/* The place of the last section that begins at or before `beat` among n; n: there is none. */
static size_t section_at(const struct doc_marker *const *m, size_t n, double beat)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (m[mid]->position_beats <= beat)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? low - 1 : n;
}

/* Section i. Where several markers stand at one place, those before the last are sections of no length. */
static struct tf_vertex section(uint32_t type, const struct doc_marker *const *m, size_t n, size_t i)
{
	return (struct tf_vertex){ .type = type, .p = m[i], .q = i + 1 < n ? m[i + 1] : NULL };
}

static int all_sections(struct tf_context *c, const struct doc_marker *const **ret, size_t *ret_n, struct err *err)
{
	int r = garden_view_sections(query_world(c)->garden, ret, ret_n);
	return r < 0 ? err_set(err, r, "sections") : 0;
}

int garden_open_section_at(struct tf_context *c, double beat, struct tf_iter *it, struct err *err)
{
	const struct doc_marker *const *m;
	size_t n;
	int r = all_sections(c, &m, &n, err);
	if (r < 0)
		return r;
	size_t i = section_at(m, n, beat);
	if (i < n)
		tf_iter_one(it, section(it->type, m, n, i));
	else
		tf_iter_none(it);
	return 0;
}

static int sections_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	if (it->s[1].n >= it->s[2].n)
		return 0;
	*ret = section(it->type, it->s[0].cp, it->s[2].n, it->s[1].n++);
	return 1;
}

static int open_sections(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	const struct doc_marker *const *m;
	size_t n;
	int r = all_sections(c, &m, &n, err);
	if (r < 0)
		return r;
	it->s[0].cp = m;
	it->s[1].n = 0;
	it->s[2].n = n;
	it->next = sections_next;
	return 0;
}

GETTER_OPTIONAL(get_section_end, struct doc_marker, end_of(v), tf_float(end_of(v)->position_beats))
GETTER_OPTIONAL(get_section_duration, struct doc_marker, end_of(v), tf_float(end_of(v)->position_beats - t->position_beats))
GETTER_OPTIONAL(get_section_seconds, struct doc_marker, end_of(v),
		tf_float(garden_seconds(w, end_of(v)->position_beats) - garden_seconds(w, t->position_beats)))
GETTER(get_is_now, struct doc_marker,
       tf_bool(query_now_beats(w) >= t->position_beats && (!end_of(v) || query_now_beats(w) < end_of(v)->position_beats)))

static const struct tf_property_row section_properties[] = {
	{ "label", "String", "Its name: the label of the marker that begins it.", get_label },
	{ "position_beats", "Float!", "Where it begins, in beats (quarter notes).", get_position },
	{ "end_beats", "Float", "Where it ends, in beats: at the next section; null for the last one.", get_section_end },
	{ "duration_beats", "Float", "How long it is, in beats; null for the last one.", get_section_duration },
	{ "position_seconds", "Float!", "Where it begins, in seconds from beat 0 by the tempo map.", get_seconds },
	{ "duration_seconds", "Float", "How long it is, in seconds by the tempo map; null for the last one.", get_section_seconds },
	{ "bar", "Int!", "The bar that it begins in; bar 1 is the first full one.", get_bar },
	{ "starts_in_beats", "Float!", "Beats from where the transport is to its start; negative: it began before.", get_in },
	{ "is_now", "Boolean!", "Whether the transport is in it.", get_is_now },
};

static double section_end(const struct tf_vertex *v)
{
	return end_of(v) ? end_of(v)->position_beats : INFINITY;
}

static int open_section_regions(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
				const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	return garden_open_over(c, query_marker_of(from)->position_beats, section_end(from), hints, it, err);
}

static int open_section_markers(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
				const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	return garden_open_markers(c, query_marker_of(from)->position_beats, nextafter(section_end(from), -INFINITY), hints, it, err);
}

static int open_marker(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	garden_open_one(it, from->p);
	return 0;
}

static int open_next(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		     struct tf_iter *it, struct err *err)
{
	const struct doc_marker *const *m;
	size_t n;
	int r = all_sections(c, &m, &n, err);
	if (r < 0)
		return r;
	for (size_t i = section_at(m, n, query_marker_of(from)->position_beats); i < n; i--) {
		if (m[i] == from->p && i + 1 < n) {
			tf_iter_one(it, section(it->type, m, n, i + 1));
			return 0;
		}
		if (m[i] == from->p || i == 0)
			break;
	}
	tf_iter_none(it);
	return 0;
}

static const struct tf_edge_row section_edges[] = {
	{ "regions", "[Region!]!", "The regions that have time in common with it, by position.", .open = open_section_regions },
	{ "markers", "[Marker!]!", "The markers in it, the one that begins it among them.", .open = open_section_markers },
	{ "marker", "Marker!", "The marker that begins it.", .open = open_marker },
	{ "next", "Section", "The section after it.", .open = open_next },
};

static const struct tf_type_row types[] = {
	{ .name = "Marker", .doc = "A named place on the timeline.", TF_PROPERTIES(marker_properties), TF_EDGES(marker_edges) },
	{ .name = "Section",
	  .doc = "The stretch from one section_change marker to the next, or to the end.",
	  TF_PROPERTIES(section_properties), TF_EDGES(section_edges) },
};
static const struct tf_edge_row roots[] = {
	{ "Marker", "[Marker!]!", "All markers, by position.", .open = open_all },
	{ "Section", "[Section!]!", "All sections, by position.", .open = open_sections },
};
const struct tf_table garden_markers = { types, COUNT_OF(types), roots, COUNT_OF(roots) };
