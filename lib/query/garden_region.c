/*
 * garden_region.c - the properties of a region: what participants placed, how far its content is, where it is in time.
 */
#include <errno.h>

#include "base/str.h"
#include "query/garden_tables_priv.h"

#include "base/banned.h"

/* ---- where it is ---- */

GETTER(get_id, struct doc_region, tf_string(t->id))
GETTER(get_revision, struct doc_region, tf_int(t->revision))
GETTER(get_position, struct doc_region, tf_float(t->body->position_beats))
GETTER(get_duration, struct doc_region, tf_float(t->body->duration_beats))
GETTER(get_end, struct doc_region, tf_float(doc_region_end(t)))
GETTER(get_position_seconds, struct doc_region, tf_float(garden_seconds(w, t->body->position_beats)))
GETTER(get_end_seconds, struct doc_region, tf_float(garden_seconds(w, doc_region_end(t))))
GETTER(get_duration_seconds, struct doc_region,
       tf_float(garden_seconds(w, doc_region_end(t)) - garden_seconds(w, t->body->position_beats)))
GETTER(get_bar, struct doc_region, tf_int(garden_place(w, t->body->position_beats).bar))
GETTER(get_beat_in_bar, struct doc_region, tf_float(garden_place(w, t->body->position_beats).beat_in_bar))
GETTER(get_starts_in, struct doc_region, tf_float(t->body->position_beats - query_now_beats(w)))

/* ---- what it is ---- */

GETTER(get_behaviour, struct doc_region, tf_string(doc_behaviour_name(t->body->behaviour)))
GETTER(get_name, struct doc_region, tf_string(t->body->name))
GETTER(get_output, struct doc_region, tf_string(t->body->output))
GETTER(get_gain, struct doc_region, tf_float(t->body->gain))
GETTER(get_fade_in, struct doc_region, tf_float(t->body->fade_in_beats))
GETTER(get_fade_out, struct doc_region, tf_float(t->body->fade_out_beats))
GETTER(get_trigger, struct doc_region, tf_string(t->body->trigger))
GETTER(get_custom, struct doc_region, tf_string(t->body->custom))
GETTER(get_actor, struct doc_region, tf_string(garden_maker(t)))

static int get_tags(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const struct region_body *b = query_region_of(v)->body;
	return garden_strings(c, b->tags, b->n_tags, ret, err);
}

/* ---- its content ---- */

#define CONTENT_GETTER(name, has, value) \
	static int name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err) \
	{ \
		const struct doc_content *t = doc_region_content(query_region_of(v)); \
		*ret = t && (has) ? (value) : TF_VALUE_NULL; \
		return 0; \
	}
CONTENT_GETTER(get_content_hash, true, tf_string(t->hash))
CONTENT_GETTER(get_content_path, true, tf_string(t->path))
CONTENT_GETTER(get_mime, true, tf_string(t->mime))
CONTENT_GETTER(get_artifact, true, tf_string(t->artifact_id))
CONTENT_GETTER(get_content_seconds, t->duration_seconds >= 0, tf_float(t->duration_seconds))
CONTENT_GETTER(get_offset, true, tf_float(t->offset_seconds))
CONTENT_GETTER(get_rate, true, tf_float(t->rate))
CONTENT_GETTER(get_reverse, true, tf_bool(t->reverse))

/* ---- what it wants to become, what it moves ---- */

#define INTENT_GETTER(name, field) GETTER_OPTIONAL(name, struct doc_region, t->body->has_intent, tf_string(t->body->intent.field))
INTENT_GETTER(get_verb, verb)
INTENT_GETTER(get_space, space)
INTENT_GETTER(get_prompt, prompt)
INTENT_GETTER(get_parameters, parameters)
INTENT_GETTER(get_constraints, constraints)
INTENT_GETTER(get_context, context)

#define PROCESSING_GETTER(name, value) GETTER_OPTIONAL(name, struct doc_region, t->body->processing.target, (value))
PROCESSING_GETTER(get_target, tf_string(t->body->processing.target))
PROCESSING_GETTER(get_from_value, tf_float(t->body->processing.from_value))
PROCESSING_GETTER(get_to_value, tf_float(t->body->processing.to_value))
PROCESSING_GETTER(get_curve, tf_string(doc_curve_name(t->body->processing.curve)))

/* ---- how far it is ---- */

GETTER(get_state, struct doc_region, tf_string(life_state_name(t->life->state)))
GETTER(get_job, struct doc_region, tf_string(t->life->job_id))
GETTER_OPTIONAL(get_progress, struct doc_region, t->life->progress >= 0, tf_float(t->life->progress))
GETTER(get_refinements, struct doc_region, tf_int(t->life->refinements))
GETTER(get_reason, struct doc_region, tf_string(t->life->reason))
GETTER_OPTIONAL(get_enters, struct doc_region, t->life->has_mix, tf_float(t->life->mix.at_beats))
GETTER_OPTIONAL(get_enters_how, struct doc_region, t->life->has_mix, tf_string(doc_crossfade_name(t->life->mix.kind)))
GETTER_OPTIONAL(get_enters_over, struct doc_region, t->life->has_mix, tf_float(t->life->mix.fade_beats))
GETTER_OPTIONAL(get_leaves, struct doc_region, t->life->taken_over.other, tf_float(t->life->taken_over.at_beats))
GETTER_OPTIONAL(get_leaves_how, struct doc_region, t->life->taken_over.other, tf_string(doc_crossfade_name(t->life->taken_over.kind)))
GETTER_OPTIONAL(get_leaves_over, struct doc_region, t->life->taken_over.other, tf_float(t->life->taken_over.fade_beats))
GETTER(get_playable, struct doc_region, tf_bool(doc_region_content(t) && doc_region_counts(t)))
GETTER(get_sounds, struct doc_region, tf_bool(query_transport(w)->state == GARDEN_PLAYING && garden_is_heard(t, query_now_beats(w))))

bool garden_is_heard(const struct doc_region *r, double beat)
{
	double from, to;
	doc_region_heard(r, &from, &to);
	return doc_region_content(r) && doc_region_counts(r) && beat >= from && beat < to;
}

/* ---- who changed it when ---- */

static const struct garden_edit *last_edit(const struct query_world *w, const struct doc_region *r)
{
	return garden_view_edit(w->garden, r->revision);
}

static int get_last_edit(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const struct garden_edit *e = last_edit(query_world(c), query_region_of(v));
	*ret = e ? tf_int(e->time_unix_ms) : TF_VALUE_NULL;
	return 0;
}

static int get_last_actor(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const struct garden_edit *e = last_edit(query_world(c), query_region_of(v));
	*ret = e ? tf_string(e->actor) : TF_VALUE_NULL;
	return 0;
}

static int get_first_edit(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const char *key = tf_context_printf(c, "region:%s", query_region_of(v)->id);
	const struct garden_edit *const *edits;
	size_t n;
	if (!key || garden_view_touching(query_world(c)->garden, key, &edits, &n) < 0)
		return err_set(err, -ENOMEM, "query");
	*ret = n ? tf_int(edits[n - 1]->time_unix_ms) : TF_VALUE_NULL;
	return 0;
}

static const struct tf_property_row region_properties[] = {
	{ "region_id", "String!", "Its id, the same through its whole life.", get_id },
	{ "revision", "Int!", "The revision of the timeline that last changed it.", get_revision },
	{ "name", "String", "For people to read.", get_name },
	{ "behaviour", "String!", "What it does: play_content, latent, apply_processing, emit_trigger or custom.", get_behaviour },
	{ "tags", "[String!]!", "Words for searching.", get_tags },
	{ "actor", "String", "Who made it.", get_actor },
	{ "position_beats", "Float!", "Where it begins, in beats (quarter notes).", get_position },
	{ "duration_beats", "Float!", "How long it is, in beats.", get_duration },
	{ "end_beats", "Float!", "Where it ends, in beats; it is heard up to there.", get_end },
	{ "position_seconds", "Float!", "Where it begins, in seconds from beat 0 by the tempo map.", get_position_seconds },
	{ "duration_seconds", "Float!", "How long it is, in seconds by the tempo map.", get_duration_seconds },
	{ "end_seconds", "Float!", "Where it ends, in seconds from beat 0 by the tempo map.", get_end_seconds },
	{ "bar", "Int!", "The bar that it begins in; bar 1 is the first full one.", get_bar },
	{ "beat_in_bar", "Float!", "Quarter notes from the start of that bar to where it begins.", get_beat_in_bar },
	{ "starts_in_beats", "Float!", "Beats from where the transport is to where it begins; negative: it began before.", get_starts_in },
	{ "output", "String!", "The node:port that it plays into.", get_output },
	{ "gain", "Float!", "Linear level.", get_gain },
	{ "fade_in_beats", "Float!", "Length of the fade at its start, in beats.", get_fade_in },
	{ "fade_out_beats", "Float!", "Length of the fade at its end, in beats.", get_fade_out },
	{ "content_hash", "String", "The hash of its content; null while there is none, or when it is a file by path.", get_content_hash },
	{ "content_path", "String", "The file that it plays, when it was given by path.", get_content_path },
	{ "mime", "String", "The kind of its content, when it was told: audio/wav, audio/midi.", get_mime },
	{ "artifact_id", "String", "The artifact that its content belongs to, when it is known.", get_artifact },
	{ "content_seconds", "Float", "Length of the whole content in seconds, when it is known.", get_content_seconds },
	{ "content_offset_seconds", "Float", "How much of the content's start is skipped, in seconds.", get_offset },
	{ "rate", "Float", "How much faster than recorded audio is played.", get_rate },
	{ "reverse", "Boolean", "Whether audio is played backwards.", get_reverse },
	{ "verb", "String", "A latent: what is to be done.", get_verb },
	{ "space", "String", "A latent: in which space.", get_space },
	{ "prompt", "String", "A latent: what it wants to become, in words.", get_prompt },
	{ "parameters", "String", "A latent: the parameters of its generation, as JSON.", get_parameters },
	{ "constraints", "String", "A latent: what the result has to fulfil, as JSON.", get_constraints },
	{ "context", "String", "A latent: what it grows out of, as JSON.", get_context },
	{ "target", "String", "Processing: the node:parameter that it moves.", get_target },
	{ "from_value", "Float", "Processing: the value at its start.", get_from_value },
	{ "to_value", "Float", "Processing: the value at its end.", get_to_value },
	{ "curve", "String", "Processing: the way between them: linear, exponential, logarithmic, s_curve or hold.", get_curve },
	{ "trigger", "String", "What it fires when the playhead reaches it.", get_trigger },
	{ "custom", "String", "Its custom data, as JSON.", get_custom },
	{ "state", "String!",
	  "How far it is in its life: plain (never was latent), pending, running, resolved, held, approved, mixed_in, rejected, failed, "
	  "superseded or cancelled.", get_state },
	{ "job_id", "String", "The job that makes or made its content.", get_job },
	{ "progress", "Float", "How far that job is, from 0 to 1; null while that is not known.", get_progress },
	{ "refinements", "Int!", "Finished steps of a chain of jobs so far.", get_refinements },
	{ "reason", "String", "Why it failed or was rejected.", get_reason },
	{ "enters_beats", "Float", "An approved latent: the beat at which it enters the mix.", get_enters },
	{ "enters_how", "String", "How it enters: cut, linear or equal_power.", get_enters_how },
	{ "enters_over_beats", "Float", "Length of that crossfade in beats.", get_enters_over },
	{ "leaves_beats", "Float", "The beat at which another region takes over from it.", get_leaves },
	{ "leaves_how", "String", "How it gives way: cut, linear or equal_power.", get_leaves_how },
	{ "leaves_over_beats", "Float", "Length of that crossfade in beats.", get_leaves_over },
	{ "playable", "Boolean!", "Whether it has content that is part of the music: it never was latent, or it was approved.", get_playable },
	{ "sounds", "Boolean!", "Whether it is heard now: the transport plays and is inside it.", get_sounds },
	{ "last_edit_unix_ms", "Int", "When it was last changed, in milliseconds since 1970; null when the history no longer reaches back.",
	  get_last_edit },
	{ "last_actor", "String", "Who changed it last; null when the history no longer reaches back.", get_last_actor },
	{ "first_edit_unix_ms", "Int",
	  "When the oldest edit of it that the history remembers was, in milliseconds since 1970. While the history remembers all "
	  "(Timeline.oldest_edit is 1) that is when it was made; later a region that is older than the history has the first of its edits that is "
	  "left, or null: never a time before it was made.", get_first_edit },
};

/* ---- the whole ---- */

GETTER(get_now_revision, void, tf_int(document_revision(w->garden->document)))
GETTER(get_n_regions, void, tf_int((int64_t)document_n_regions(w->garden->document)))
GETTER(get_n_markers, void, tf_int((int64_t)document_n_markers(w->garden->document)))
GETTER(get_n_edits, void, tf_int((int64_t)garden_view_n_edits(w->garden)))
GETTER(get_n_pending, void, tf_int((int64_t)garden_view_n_pending(w->garden)))
GETTER(get_last_end, void, tf_float(document_end_beats(w->garden->document)))
GETTER(get_last_end_seconds, void, tf_float(garden_seconds(w, document_end_beats(w->garden->document))))
GETTER(get_bar_one, void, tf_float(document_meter(w->garden->document)->points[0].beat))
GETTER(get_rate_hz, void, tf_int(w->garden->rate_hz))

static int get_oldest_edit(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const struct garden_edit *e = garden_view_oldest_edit(query_world(c)->garden);
	*ret = e ? tf_int(e->revision) : TF_VALUE_NULL;
	return 0;
}

static const struct tf_property_row timeline_properties[] = {
	{ "revision", "Int!", "How many edits made it what it is.", get_now_revision },
	{ "n_regions", "Int!", "How many regions there are.", get_n_regions },
	{ "n_markers", "Int!", "How many markers there are.", get_n_markers },
	{ "n_edits", "Int!", "How many edits the history remembers.", get_n_edits },
	{ "oldest_edit", "Int", "The revision of the oldest of them: 1 while none has been forgotten; null when there is none.", get_oldest_edit },
	{ "n_pending_edits", "Int!", "How many edits wait for their beat.", get_n_pending },
	{ "end_beats", "Float!", "Where its last region ends, in beats.", get_last_end },
	{ "end_seconds", "Float!", "Where its last region ends, in seconds from beat 0.", get_last_end_seconds },
	{ "bar_one_beats", "Float!", "The beat at which bar 1 begins; what lies before it is the pick-up.", get_bar_one },
	{ "rate_hz", "Int!", "Sample rate of the engine: what frames are counted in.", get_rate_hz },
};

static int open_timeline(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	tf_iter_one(it, (struct tf_vertex){ .type = it->type });
	return 0;
}

static const struct tf_type_row types[] = {
	{ .name = "Timeline", .doc = "What is placed in time, as a whole.", TF_PROPERTIES(timeline_properties) },
	{ .name = "Region",
	  .doc = "A stretch of the timeline that does something: plays content, waits for it (a latent), moves a parameter, fires a trigger.",
	  TF_PROPERTIES(region_properties) },
};
static const struct tf_edge_row roots[] = {
	{ "Timeline", "Timeline!", "The timeline as a whole.", .open = open_timeline },
};
const struct tf_table garden_regions = { types, COUNT_OF(types), roots, COUNT_OF(roots) };
