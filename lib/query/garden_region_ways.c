/*
 * garden_region_ways.c - the ways to regions and on from them: starting points, edges, and how hints save visits.
 *
 * Hints:     region_id (equal, one of): looked up. position_beats and end_beats: only what lies within is visited. tags, state and
 *            behaviour: passed over without leaving this file.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "query/garden_tables_priv.h"

#include "base/banned.h"

/* ---- a walk through regions ---- */

enum { ANY_WORD = -1, NO_WORD = -2 };

struct region_scan {
	struct document_cursor at;
	const char *tag;       /* NULL: any */
	int behaviour, state;  /* or ANY_WORD */
	bool playable;         /* only those that are */
	double heard;          /* only what is heard at that beat; NAN: any */
	const struct doc_region *but; /* not this one */
};

static bool has_tag(const struct region_body *b, const char *tag)
{
	for (size_t i = 0; i < b->n_tags; i++) {
		if (str_eq(b->tags[i], tag))
			return true;
	}
	return false;
}

static bool wanted(const struct region_scan *s, const struct doc_region *r)
{
	return r != s->but && (s->behaviour == ANY_WORD || (int)r->body->behaviour == s->behaviour) &&
	       (s->state == ANY_WORD || (int)r->life->state == s->state) && (!s->tag || has_tag(r->body, s->tag)) &&
	       (!s->playable || (doc_region_content(r) && doc_region_counts(r))) &&
	       (isnan(s->heard) || garden_is_heard(r, s->heard));
}

static int scan_next(struct tf_iter *it, struct tf_vertex *ret, struct err *err)
{
	enum { LOOK_UP_EVERY = 1024 };
	struct region_scan *s = it->s[0].p;
	const struct doc_region *r;
	for (unsigned n = 1; (r = document_regions_next(&s->at)); n++) {
		if (wanted(s, r)) {
			*ret = (struct tf_vertex){ .type = it->type, .p = r };
			return 1;
		}
		if (n % LOOK_UP_EVERY == 0 && tf_context_ends(it->context))
			return 0;
	}
	return 0;
}

/* The number of a word; NO_WORD for one that there is not. */
static int number_of_word(const struct tf_value *v, const char *(*name)(unsigned), unsigned count)
{
	for (unsigned i = 0; v->kind == TF_STRING && i < count; i++) {
		if (str_eq(v->s, name(i)))
			return (int)i;
	}
	return NO_WORD;
}

static const char *behaviour_name(unsigned i)
{
	return doc_behaviour_name((enum doc_behaviour)i);
}

static const char *state_name(unsigned i)
{
	return life_state_name((enum life_state)i);
}

static void use_words(const struct tf_hints *h, struct region_scan *s)
{
	struct tf_value v;
	if (tf_hint_contains(h, "tags", &v) && v.kind == TF_STRING)
		s->tag = v.s;
	if (tf_hint_equal(h, "behaviour", &v))
		s->behaviour = number_of_word(&v, behaviour_name, DOC_BEHAVIOUR_COUNT);
	if (tf_hint_equal(h, "state", &v))
		s->state = number_of_word(&v, state_name, LIFE_STATE_COUNT);
}

/* Those of the ids that are wanted and within the span, in order, each once. */
static int open_ids(struct tf_context *c, const struct tf_value *ids, size_t n, const struct region_scan *s, struct region_span span,
		    struct tf_iter *it, struct err *err)
{
	struct tf_vertex *v;
	size_t n_found = 0;
	v = garden_take(c, n * sizeof(*v), err);
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct doc_region *r =
			ids[i].kind == TF_STRING ? document_region(query_world(c)->garden->document, ids[i].s) : NULL;
		if (r && wanted(s, r) && r->body->position_beats >= span.begins_from &&
		    r->body->position_beats <= span.begins_to && doc_region_end(r) >= span.ends_from)
			v[n_found++] = (struct tf_vertex){ .type = it->type, .p = r };
	}
	garden_open_sorted(it, v, n_found, garden_compare_regions);
	return 0;
}

static struct region_scan all_regions(void)
{
	return (struct region_scan){ .behaviour = ANY_WORD, .state = ANY_WORD, .heard = NAN };
}

/* What the query goes to from each region is asked of memory ahead; where it does not tell, as the document thinks best. */
static void tell_reads(struct document_cursor *at, const struct tf_hints *h, bool tagged)
{
	if (!h)
		return;
	at->words = tagged || tf_hint_uses(h, "name") || tf_hint_uses(h, "tags");
	at->contents = tf_hint_uses(h, "artifact") || tf_hint_uses(h, "artifact_id") || tf_hint_uses(h, "content_hash");
}

/* The regions within a span that `base` wants and the hints do not exclude. */
static int open_scan(struct tf_context *c, struct region_scan base, struct region_span span, const struct tf_hints *h,
		     struct tf_iter *it, struct err *err)
{
	double end_high = INFINITY;
	struct tf_value id;
	const struct tf_value *ids;
	size_t n_ids;
	struct region_scan *s;
	if (h) {
		int behaviour = base.behaviour, state = base.state;
		const char *tag = base.tag;
		use_words(h, &base);
		base.tag = tag ? tag : base.tag;
		if ((behaviour != ANY_WORD && base.behaviour != behaviour) || (state != ANY_WORD && base.state != state)) {
			tf_iter_none(it);
			return 0;
		}
		garden_narrow(h, "position_beats", &span.begins_from, &span.begins_to);
		garden_narrow(h, "end_beats", &span.ends_from, &end_high);
		if (tf_hint_equal(h, "region_id", &id))
			return open_ids(c, &id, 1, &base, span, it, err);
		if (tf_hint_one_of(h, "region_id", &ids, &n_ids))
			return open_ids(c, ids, n_ids, &base, span, it, err);
	}
	s = garden_take(c, sizeof(*s), err);
	if (!s)
		return -ENOMEM;
	*s = base;
	/* what ends by then begins before */
	span.begins_to = fmin(span.begins_to, end_high);
	document_regions_start(query_world(c)->garden->document, span, &s->at);
	tell_reads(&s->at, h, base.tag != NULL);
	it->s[0].p = s;
	it->next = scan_next;
	return 0;
}

/* ---- for other tables ---- */

int garden_open_sounding(struct tf_context *c, double beat, const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	struct region_scan s = all_regions();
	s.heard = beat;
	return open_scan(c, s, (struct region_span){ -INFINITY, beat, nextafter(beat, INFINITY) }, hints, it, err);
}

int garden_open_over(struct tf_context *c, double from_beats, double to_beats, const struct tf_hints *hints, struct tf_iter *it,
		     struct err *err)
{
	return open_scan(c, all_regions(), region_span_over(from_beats, to_beats), hints, it, err);
}

int garden_open_beginning(struct tf_context *c, double from_beats, double to_beats, const struct tf_hints *hints, struct tf_iter *it,
			  struct err *err)
{
	return open_scan(c, all_regions(), (struct region_span){ from_beats, to_beats, -INFINITY }, hints, it, err);
}

/* ---- starting points ---- */

static int open_all(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		    struct tf_iter *it, struct err *err)
{
	return open_scan(c, all_regions(), REGION_SPAN_ALL, hints, it, err);
}

static int open_in_range(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	if (params[0].f > params[1].f)
		return err_set(err, -EINVAL, "from_beats: %g lies behind to_beats, %g", params[0].f, params[1].f);
	return garden_open_over(c, params[0].f, params[1].f, hints, it, err);
}

static int open_by_tag(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	struct region_scan s = all_regions();
	s.tag = params[0].s;
	return open_scan(c, s, REGION_SPAN_ALL, hints, it, err);
}

static int open_latent(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	struct region_scan s = all_regions();
	s.behaviour = DOC_LATENT;
	return open_scan(c, s, REGION_SPAN_ALL, hints, it, err);
}

static int open_playable(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	struct region_scan s = all_regions();
	s.playable = true;
	return open_scan(c, s, REGION_SPAN_ALL, hints, it, err);
}

static int open_sounding(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	const struct query_world *w = query_world(c);
	if (params[0].kind != TF_NULL)
		return garden_open_sounding(c, params[0].f, hints, it, err);
	if (query_transport(w)->state == GARDEN_PLAYING)
		return garden_open_sounding(c, query_now_beats(w), hints, it, err);
	tf_iter_none(it);
	return 0;
}

/* ---- edges ---- */

static int open_overlaps(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	const struct doc_region *r = query_region_of(from);
	struct region_scan s = all_regions();
	s.but = r;
	return open_scan(c, s, region_span_over(r->body->position_beats, doc_region_end(r)), hints, it, err);
}

static int open_followed_by(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			    const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	struct document_cursor at;
	document_regions_start(query_world(c)->garden->document,
			       (struct region_span){ doc_region_end(query_region_of(from)), INFINITY, -INFINITY }, &at);
	const struct doc_region *next = document_regions_next(&at);
	if (next)
		return garden_open_beginning(c, next->body->position_beats, next->body->position_beats, hints, it, err);
	tf_iter_none(it);
	return 0;
}

static int open_replaces(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	const struct region_life *l = query_region_of(from)->life;
	struct tf_vertex *v;
	size_t n = 0;
	v = garden_take(c, l->n_replaces * sizeof(*v), err);
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < l->n_replaces; i++) {
		const struct doc_region *r = document_region(query_world(c)->garden->document, l->replaces[i]);
		if (r)
			v[n++] = (struct tf_vertex){ .type = it->type, .p = r };
	}
	tf_iter_array(it, v, n);
	return 0;
}

static int open_taken_over_by(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,
			      const struct tf_hints *hints, struct tf_iter *it, struct err *err)
{
	query_region_open_id(it, query_region_of(from)->life->taken_over.other);
	return 0;
}

static int open_section(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	return garden_open_section_at(c, query_region_of(from)->body->position_beats, it, err);
}

static int open_markers(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	const struct doc_region *r = query_region_of(from);
	return garden_open_markers(c, r->body->position_beats, nextafter(doc_region_end(r), -INFINITY), hints, it, err);
}

static const char *const touch_kinds[] = { "region", "latent" };

static int open_edits(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		      struct tf_iter *it, struct err *err)
{
	return garden_open_touching(c, touch_kinds, COUNT_OF(touch_kinds), query_region_of(from)->id, it, err);
}

static int open_pending(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	return garden_open_pending_touching(c, touch_kinds, COUNT_OF(touch_kinds), query_region_of(from)->id, it, err);
}

static int open_made_by(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			struct tf_iter *it, struct err *err)
{
	garden_open_one(it, garden_maker(query_region_of(from)));
	return 0;
}

static const struct tf_edge_row region_edges[] = {
	{ "overlaps", "[Region!]!", "The other regions that share time with it, by position.", .open = open_overlaps },
	{ "followed_by", "[Region!]!", "The regions that begin next when it has ended: all of the first beat at which one does.",
	  .open = open_followed_by },
	{ "replaces", "[Region!]!", "The regions that it takes over from when it enters.", .open = open_replaces },
	{ "taken_over_by", "Region", "The region that takes over from it.", .open = open_taken_over_by },
	{ "section", "Section", "The section that it begins in.", .open = open_section },
	{ "markers", "[Marker!]!", "The markers inside it.", .open = open_markers },
	{ "edits", "[Edit!]!", "The edits of it and the steps of its life that the history remembers, newest first.", .open = open_edits },
	{ "pending_edits", "[PendingEdit!]!", "The edits of it that wait for their beat.", .open = open_pending },
	{ "by", "Actor", "Who made it.", .open = open_made_by },
};

static const struct tf_param_row range_params[] = {
	{ "from_beats", "Float!", NULL, "Regions that end at this beat are not among them." },
	{ "to_beats", "Float!", NULL, "Regions that begin at this beat are not among them." },
};
static const struct tf_param_row tag_params[] = {
	{ "tag", "String!", NULL, "The tag, as it was given." },
};
static const struct tf_param_row at_params[] = {
	{ "at_beats", "Float", NULL, "What sounds when the transport plays there; left out, what sounds now, if it plays." },
};

static const struct tf_type_row types[] = {
	{ .name = "Region", TF_EDGES(region_edges) },
};
static const struct tf_edge_row roots[] = {
	{ "Region", "[Region!]!", "All regions, by position.", .open = open_all },
	{ "RegionInRange", "[Region!]!", "The regions that have time in common with a range of beats.", TF_PARAMS(range_params), .open = open_in_range },
	{ "RegionByTag", "[Region!]!", "The regions that have a tag.", TF_PARAMS(tag_params), .open = open_by_tag },
	{ "LatentRegion", "[Region!]!", "The regions that wait for their content, or once did.", .open = open_latent },
	{ "PlayableRegion", "[Region!]!", "The regions that have content which is part of the music.", .open = open_playable },
	{ "Sounding", "[Region!]!", "The regions that are heard now, or would be at a beat.", TF_PARAMS(at_params), .open = open_sounding },
};
const struct tf_table garden_region_ways = { types, COUNT_OF(types), roots, COUNT_OF(roots) };
