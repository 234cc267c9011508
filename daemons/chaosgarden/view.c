#include <math.h>
#include <stdio.h>
#include <string.h>

#include "garden.h"

#include "base/banned.h"

/* The catalogue's words and ours are in the same order. */
_Static_assert((int)VIEW_BEHAVIOUR_CUSTOM == (int)DOC_CUSTOM, "behaviours");
_Static_assert((int)VIEW_REGION_CANCELLED == (int)LIFE_CANCELLED, "states");
_Static_assert((int)VIEW_CURVE_HOLD == (int)DOC_CURVE_HOLD, "curves");
_Static_assert((int)VIEW_CROSSFADE_EQUAL_POWER == (int)DOC_EQUAL_POWER, "crossfades");
_Static_assert((int)VIEW_EDIT_KIND_LATENT == (int)EDIT_LATENT, "kinds of edits");
_Static_assert((int)VIEW_TEMPO_RAMP == (int)TEMPO_RAMP, "tempo shapes");
_Static_assert((int)VIEW_TRANSPORT_PAUSED == (int)TRANSPORT_PAUSED, "transport states");
_Static_assert((int)VIEW_DEVICE_PIPEWIRE == (int)DEVICE_PIPEWIRE, "devices");
_Static_assert((int)VIEW_RECORD_FAILED == (int)RECORDER_FAILED, "recordings");

static const char *keep(struct wire_arena *arena, const char *s)
{
	return s ? wire_arena_copy(arena, s, strlen(s)) : NULL;
}

#define VIEW_TEXT(dst, name, src) \
	do { \
		(dst)->name = keep(arena, (src)); \
		(dst)->has_##name = (src) != NULL; \
	} while (0)

static json_t *view_json(struct wire_arena *arena, const char *text)
{
	json_t *j = NULL;
	if (!text || json_parse(text, strlen(text), &j, NULL) < 0)
		return NULL;
	return wire_arena_take(arena, j) < 0 ? NULL : j;
}

static void view_content(const struct doc_content *c, struct wire_arena *arena, struct content_spec *ret)
{
	VIEW_TEXT(ret, hash, c->hash);
	VIEW_TEXT(ret, path, c->path);
	VIEW_TEXT(ret, mime, c->mime);
	VIEW_TEXT(ret, artifact_id, c->artifact_id);
	ret->has_duration_seconds = c->duration_seconds >= 0;
	ret->duration_seconds = c->duration_seconds;
	ret->offset_seconds = c->offset_seconds;
	ret->rate = c->rate;
	ret->reverse = c->reverse;
}

static void view_intent(const struct doc_intent *i, struct wire_arena *arena, struct intent_spec *ret)
{
	VIEW_TEXT(ret, verb, i->verb);
	VIEW_TEXT(ret, space, i->space);
	VIEW_TEXT(ret, prompt, i->prompt);
	ret->parameters = view_json(arena, i->parameters);
	ret->has_parameters = ret->parameters;
	ret->constraints = view_json(arena, i->constraints);
	ret->has_constraints = ret->constraints;
	ret->context = view_json(arena, i->context);
	ret->has_context = ret->context;
}

static void view_body(const struct region_body *b, struct wire_arena *arena, struct region_view *ret)
{
	ret->position_beats = b->position_beats;
	ret->duration_beats = b->duration_beats;
	ret->behaviour = (enum behaviour_view)b->behaviour;
	VIEW_TEXT(ret, name, b->name);
	ret->output = keep(arena, b->output);
	ret->gain = b->gain;
	ret->fade_in_beats = b->fade_in_beats;
	ret->fade_out_beats = b->fade_out_beats;
	ret->has_intent = b->has_intent;
	if (b->has_intent)
		view_intent(&b->intent, arena, &ret->intent);
	ret->has_processing = b->processing.target;
	if (b->processing.target)
		ret->processing = (struct processing_spec){ .target = keep(arena, b->processing.target),
							    .from_value = b->processing.from_value,
							    .to_value = b->processing.to_value,
							    .curve = (enum curve_view)b->processing.curve };
	VIEW_TEXT(ret, trigger, b->trigger);
	ret->custom = view_json(arena, b->custom);
	ret->has_custom = ret->custom;
	ret->actor = keep(arena, b->actor);
}

static int view_ids(char *const *ids, size_t n, struct wire_arena *arena, const char ***ret)
{
	const char **v = wire_arena_array(arena, n ? n : 1, sizeof(*v));
	for (size_t i = 0; v && i < n; i++) {
		v[i] = keep(arena, ids[i]);
		if (!v[i])
			return -ENOMEM;
	}
	*ret = v;
	return v ? 0 : -ENOMEM;
}

/* How it enters the mix, and how it gives way. */
static int view_mix(const struct region_life *l, struct wire_arena *arena, struct region_view *ret)
{
	ret->has_enters_beats = ret->has_enters_how = ret->has_enters_over_beats = l->has_mix;
	ret->enters_beats = l->mix.at_beats;
	ret->enters_how = (enum crossfade_view)l->mix.kind;
	ret->enters_over_beats = l->mix.fade_beats;
	VIEW_TEXT(ret, taken_over_by, l->taken_over.other);
	ret->has_leaves_beats = ret->has_leaves_how = ret->has_leaves_over_beats = ret->has_taken_over_by;
	ret->leaves_beats = l->taken_over.at_beats;
	ret->leaves_how = (enum crossfade_view)l->taken_over.kind;
	ret->leaves_over_beats = l->taken_over.fade_beats;
	ret->has_replaces = l->n_replaces > 0;
	ret->replaces.n = l->n_replaces;
	return view_ids(l->replaces, l->n_replaces, arena, &ret->replaces.v);
}

static int view_life(const struct region_life *l, struct wire_arena *arena, struct region_view *ret)
{
	ret->state = (enum region_state_view)l->state;
	VIEW_TEXT(ret, job_id, l->job_id);
	ret->has_progress = l->progress >= 0;
	ret->progress = l->progress;
	ret->refinements = l->refinements;
	VIEW_TEXT(ret, reason, l->reason);
	return view_mix(l, arena, ret);
}

int view_region(const struct doc_region *r, struct wire_arena *arena, struct region_view *ret)
{
	*ret = (struct region_view){ .region_id = keep(arena, r->id), .revision = r->revision };
	view_body(r->body, arena, ret);
	if (view_life(r->life, arena, ret) < 0)
		return -ENOMEM;
	const struct doc_content *c = doc_region_content(r);
	ret->has_content = c;
	if (c)
		view_content(c, arena, &ret->content);
	ret->tags.n = r->body->n_tags;
	return view_ids(r->body->tags, r->body->n_tags, arena, &ret->tags.v);
}

int view_marker(const struct doc_marker *m, struct wire_arena *arena, struct marker_view *ret)
{
	*ret = (struct marker_view){ .marker_id = keep(arena, m->id), .position_beats = m->position_beats,
				     .marker_type = keep(arena, m->type) };
	VIEW_TEXT(ret, label, m->label);
	ret->metadata = view_json(arena, m->metadata);
	ret->has_metadata = ret->metadata;
	return ret->marker_id ? 0 : -ENOMEM;
}

int view_touched(const struct changes *c, struct wire_arena *arena, const char ***ret)
{
	const char **touched = wire_arena_array(arena, c->n ? c->n : 1, sizeof(*touched));
	for (size_t i = 0; touched && i < c->n; i++) {
		char key[DOC_KEY_SIZE];
		change_key(&c->v[i], key);
		touched[i] = keep(arena, key);
		if (!touched[i])
			return -ENOMEM;
	}
	*ret = touched;
	return touched ? 0 : -ENOMEM;
}

int view_edit(const struct edit *e, struct wire_arena *arena, struct edit_view *ret)
{
	*ret = (struct edit_view){ .revision = e->revision, .kind = (enum edit_kind_view)e->kind,
				   .actor = keep(arena, e->actor), .time_unix_ms = e->time_unix_ms,
				   .has_at_beats = e->has_at, .at_beats = e->at_beats, .has_edit_id = e->scheduled > 0,
				   .has_of_revision = e->of_revision > 0, .of_revision = e->of_revision,
				   .undone = e->undone };
	if (e->scheduled)
		ret->edit_id = wire_arena_printf(arena, "s%lld", (long long)e->scheduled);
	ret->has_reverted = e->n_reverted > 0;
	ret->reverted.v = wire_arena_array(arena, e->n_reverted ? e->n_reverted : 1, sizeof(*ret->reverted.v));
	if (!ret->reverted.v)
		return -ENOMEM;
	ret->reverted.n = e->n_reverted;
	if (e->n_reverted)
		memcpy(ret->reverted.v, e->reverted, e->n_reverted * sizeof(*ret->reverted.v));
	ret->touched.n = e->changes.n;
	return view_touched(&e->changes, arena, &ret->touched.v);
}

int view_pending(const struct scheduled_edit *s, struct wire_arena *arena, struct pending_edit *ret)
{
	*ret = (struct pending_edit){ .edit_id = keep(arena, s->id), .actor = keep(arena, s->actor), .at_beats = s->at_beats,
				      .time_unix_ms = s->time_unix_ms, .base_revision = s->base_revision };
	VIEW_TEXT(ret, conflict, *s->conflict ? s->conflict : NULL);
	ret->touched.n = s->changes.n;
	return view_touched(&s->changes, arena, &ret->touched.v);
}

int view_tempo(const struct document *d, struct wire_arena *arena, struct tempo_point_view **ret, size_t *ret_n)
{
	const struct doc_tempo *t = document_tempo(d);
	struct tempo_point_view *v = wire_arena_array(arena, t->n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->n; i++)
		v[i] = (struct tempo_point_view){ .position_beats = t->points[i].beat, .bpm = t->points[i].bpm,
						  .shape = (enum tempo_shape_view)t->points[i].shape };
	*ret = v;
	*ret_n = t->n;
	return 0;
}

int view_meter(const struct document *d, struct wire_arena *arena, struct meter_point_view **ret, size_t *ret_n)
{
	const struct doc_meter *m = document_meter(d);
	struct meter_point_view *v = wire_arena_array(arena, m->n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (uint32_t i = 0; i < m->n; i++)
		v[i] = (struct meter_point_view){ .position_beats = m->points[i].beat, .numerator = m->points[i].numerator,
						  .denominator = m->points[i].denominator };
	*ret = v;
	*ret_n = m->n;
	return 0;
}

int view_maps(const struct garden *g, const struct document *d, struct wire_arena *arena, struct tempo_map **ret_tempo,
	      struct meter_map **ret_meter, struct err *err)
{
	const struct doc_tempo *t = document_tempo(d);
	const struct doc_meter *m = document_meter(d);
	void *tempo = wire_arena_alloc(arena, tempo_map_bytes(t->n)), *meter = wire_arena_alloc(arena, meter_map_bytes(m->n));
	if (!tempo || !meter)
		return err_set(err, -ENOMEM, "maps");
	int r = tempo_map_init(tempo, t->points, t->n, g->options->rate_hz, ret_tempo, NULL);
	if (r == 0)
		r = meter_map_init(meter, m->points, m->n, ret_meter, NULL);
	return r < 0 ? err_set(err, r, "maps") : 0;
}

struct document *garden_document(struct garden *g)
{
	pthread_mutex_lock(&g->doc_lock);
	struct document *d = document_ref(g->doc);
	pthread_mutex_unlock(&g->doc_lock);
	return d;
}

static void view_meter_at(const struct document *d, double beat, struct transport_view *ret)
{
	const struct doc_meter *m = document_meter(d);
	uint32_t i = 0;
	while (i + 1 < m->n && m->points[i + 1].beat <= beat)
		i++;
	ret->numerator = m->points[i].numerator;
	ret->denominator = m->points[i].denominator;
}

void view_transport(struct garden *g, struct transport_view *ret)
{
	struct engine_position p;
	attention_position(g->main, &p);
	AUTO(document) d = garden_document(g);
	*ret = (struct transport_view){ .state = (enum play_state_view)p.state, .position_beats = p.beat,
					.position_frames = p.frame, .tempo_bpm = p.bpm, .bar = p.bar,
					.beat_in_bar = p.beat_in_bar, .engine_frames = p.clock_frame };
	view_meter_at(d, p.beat, ret);
}

void view_device(struct garden *g, struct wire_arena *arena, struct device_view *ret)
{
	struct engine_counters c;
	attention_counters(g->main, &c);
	pthread_mutex_lock(&g->doc_lock);
	*ret = (struct device_view){
		.kind = (enum device_kind_view)g->shown.kind,
		.wanted = (enum device_kind_view)g->shown.wanted,
		.name = keep(arena, g->shown.name),
		.rate_hz = g->options->rate_hz,
		.quantum_frames = g->options->quantum_frames,
		.cycles = (int64_t)c.cycles,
		.xruns = (int64_t)c.xruns,
		.late_wakeups = (int64_t)c.late_wakeups,
		.lost_events = (int64_t)c.events_lost,
		.missing_frames = (int64_t)c.missing_frames,
	};
	pthread_mutex_unlock(&g->doc_lock);
}

void view_recording(struct garden *g, const struct recorder_info *info, struct record_view *ret, struct wire_arena *arena)
{
	static const enum sample_format_view formats[WAV_ENCODING_COUNT] = {
		[WAV_PCM16] = VIEW_SAMPLE_PCM16, [WAV_PCM24] = VIEW_SAMPLE_PCM24, [WAV_FLOAT32] = VIEW_SAMPLE_FLOAT32,
	};
	*ret = (struct record_view){
		.recording_id = g->recording_id, .state = (enum record_state_view)info->state, .path = keep(arena, info->path),
		.format = formats[info->encoding], .rate_hz = info->rate_hz, .channels = info->n_channels,
		.frames = info->frames, .lost_frames = info->lost_frames, .start_engine_frame = info->start_frame,
		.peak = info->peak, .has_reason = info->state == RECORDER_FAILED, .reason = keep(arena, info->reason),
	};
}
