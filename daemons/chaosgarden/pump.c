/*
 * pump.c - from the engine's event ring and from commits to subscribers: every event that chaosgarden declares.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "base/map.h"
#include "garden.h"

#define LOG_TOPIC "events"
#include "base/log.h"

#include "base/banned.h"

enum { POSITIONS_PER_SECOND = 10 };

struct wire_moment garden_moment(void *user)
{
	struct garden *g = user;
	struct engine_position p;
	attention_position(g->main, &p);
	return (struct wire_moment){ .beat = p.beat, .frame = p.clock_frame };
}

void emit(struct garden *g, enum wire_event_id type, const void *event)
{
	struct err err = ERR_INIT;
	if (wire_publish(g->publisher, &wire_events[type], event, &err) < 0)
		log_warn("an event is lost", LOG_STR("event", wire_events[type].name), LOG_ERR(&err));
}

/* The same, stamped with the moment on the audio thread. */
static void emit_at(struct garden *g, enum wire_event_id type, const void *event, const struct rt_event *e)
{
	struct err err = ERR_INIT;
	const struct wire_moment at = { .beat = e->beat, .frame = e->clock_frame };
	if (wire_publish_at(g->publisher, &wire_events[type], event, &at, NULL, &err) < 0)
		log_warn("an event is lost", LOG_STR("event", wire_events[type].name), LOG_ERR(&err));
}

#define COPY_TRANSPORT(dst, src) \
	do { \
		(dst)->state = (src)->state; \
		(dst)->position_beats = (src)->position_beats; \
		(dst)->position_frames = (src)->position_frames; \
		(dst)->tempo_bpm = (src)->tempo_bpm; \
		(dst)->bar = (src)->bar; \
		(dst)->beat_in_bar = (src)->beat_in_bar; \
		(dst)->numerator = (src)->numerator; \
		(dst)->denominator = (src)->denominator; \
		(dst)->engine_frames = (src)->engine_frames; \
	} while (0)

void emit_transport(struct garden *g, const char *reason)
{
	struct transport_view v;
	struct transport_changed_event e = { .reason = reason };
	view_transport(g, &v);
	COPY_TRANSPORT(&e, &v);
	emit(g, WIRE_EVENT_transport_changed, &e);
}

void emit_device(struct garden *g, const char *reason)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct device_changed_event e = { .reason = reason };
	view_device(g, &arena, &e.device);
	emit(g, WIRE_EVENT_device_changed, &e);
}

void emit_recording(struct garden *g)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct recorder_info info;
	struct record_view v;
	recorder_info(g->recorder, &info);
	view_recording(g, &info, &v, &arena);
	const struct recording_done_event e = {
		.recording_id = v.recording_id, .state = v.state, .path = v.path, .format = v.format, .rate_hz = v.rate_hz,
		.channels = v.channels, .frames = v.frames, .lost_frames = v.lost_frames,
		.start_engine_frame = v.start_engine_frame, .peak = v.peak, .has_reason = v.has_reason, .reason = v.reason,
	};
	emit(g, WIRE_EVENT_recording_done, &e);
}

/* ---- commits ---- */

static void emit_life(struct garden *g, const struct edit *e, const struct change *c)
{
	const struct region_life *was = c->old_region->life, *now = c->new_region->life;
	if (was->state == now->state)
		return;
	const struct latent_state_changed_event ev = {
		.region_id = c->id, .state = (enum region_state_view)now->state,
		.previous_state = (enum region_state_view)was->state, .has_job_id = now->job_id, .job_id = now->job_id,
		.has_reason = now->reason, .reason = now->reason, .has_enters_beats = now->has_mix,
		.enters_beats = now->mix.at_beats, .actor = e->actor, .revision = e->revision,
	};
	emit(g, WIRE_EVENT_latent_state_changed, &ev);
	if (now->state == LIFE_RESOLVED) {
		const struct latent_resolved_event resolved = {
			.region_id = c->id, .job_id = now->job_id, .artifact_id = now->content.artifact_id,
			.content_hash = now->content.hash, .position_beats = c->new_region->body->position_beats,
		};
		emit(g, WIRE_EVENT_latent_resolved, &resolved);
	}
}

/* The last change of an edit that is about this region tells what became of it. */
static bool is_last_of_region(const struct map *last, const struct change *c)
{
	return c->kind <= CHANGE_LIFE && (!last || map_get(last, c->id) == c);
}

/* The last change of each region by its id; NULL when memory is out: then every change tells. */
static struct map *last_changes(const struct edit *e)
{
	AUTO(map) last = map_new();
	for (size_t i = 0; last && i < e->changes.n; i++) {
		struct change *c = &e->changes.v[i];
		if (c->kind <= CHANGE_LIFE && map_set(last, c->id, c, NULL) < 0)
			return NULL;
	}
	return TAKE(last);
}

static void emit_region(struct garden *g, const struct edit *e, const struct change *c, struct wire_arena *arena)
{
	const struct doc_region *r = document_region(e->after, c->id);
	if (!r) {
		const struct region_deleted_event gone = { .region_id = c->id, .revision = e->revision };
		emit(g, WIRE_EVENT_region_deleted, &gone);
		return;
	}
	struct region_changed_event ev;
	if (view_region(r, arena, &ev.region) < 0)
		return;
	if (c->kind == CHANGE_REGION && !c->old_region) {
		const struct region_created_event made = { .region = ev.region };
		emit(g, WIRE_EVENT_region_created, &made);
	} else {
		emit(g, WIRE_EVENT_region_changed, &ev);
	}
}

static void emit_marker(struct garden *g, const struct edit *e, const struct change *c, struct wire_arena *arena)
{
	const struct doc_marker *m = document_marker(e->after, c->id);
	struct marker_set_event set = { .revision = e->revision };
	if (!m) {
		const struct marker_removed_event gone = { .marker_id = c->id, .revision = e->revision };
		emit(g, WIRE_EVENT_marker_removed, &gone);
	} else if (view_marker(m, arena, &set.marker) == 0) {
		emit(g, WIRE_EVENT_marker_set, &set);
	}
}

/* Once an edit, whatever it did to tempo and meter. */
static void emit_maps(struct garden *g, const struct edit *e, struct wire_arena *arena)
{
	struct tempo_map_changed_event ev = { .revision = e->revision, .bar_one_beats = document_meter(e->after)->points[0].beat };
	if (changes_touch(&e->changes, "tempo") || changes_touch(&e->changes, "meter")) {
		if (view_tempo(e->after, arena, &ev.tempo.v, &ev.tempo.n) == 0 &&
		    view_meter(e->after, arena, &ev.meter.v, &ev.meter.n) == 0)
			emit(g, WIRE_EVENT_tempo_map_changed, &ev);
	}
}

/* What the edit has put in the way of those that wait, or out of it. */
static int list_conflicts(struct garden *g, int64_t revision, struct wire_arena *arena, struct pending_conflict **ret, size_t *ret_n)
{
	const struct scheduled_edit *s;
	*ret = wire_arena_array(arena, timeline_n_scheduled(g->timeline) + 1, sizeof(**ret));
	*ret_n = 0;
	for (size_t i = 0; *ret && (s = timeline_scheduled(g->timeline, i)); i++) {
		if (s->judged_revision == revision)
			(*ret)[(*ret_n)++] =
				(struct pending_conflict){ .edit_id = s->id, .has_conflict = *s->conflict, .conflict = s->conflict };
	}
	return *ret ? 0 : -ENOMEM;
}

static void emit_edit(struct garden *g, const struct edit *e, struct wire_arena *arena)
{
	struct edit_view v;
	struct pending_conflict *conflicts;
	size_t n_conflicts;
	if (view_edit(e, arena, &v) < 0 || list_conflicts(g, e->revision, arena, &conflicts, &n_conflicts) < 0)
		return;
	struct edit_applied_event ev = {
		.revision = v.revision, .kind = v.kind, .actor = v.actor, .time_unix_ms = v.time_unix_ms,
		.has_at_beats = v.has_at_beats, .at_beats = v.at_beats, .has_edit_id = v.has_edit_id, .edit_id = v.edit_id,
		.has_of_revision = v.has_of_revision, .of_revision = v.of_revision, .undone = v.undone,
		.has_reverted = v.has_reverted, .reverted = { .v = v.reverted.v, .n = v.reverted.n },
	};
	ev.touched.v = v.touched.v;
	ev.touched.n = v.touched.n;
	ev.has_conflicts = n_conflicts > 0;
	ev.conflicts.v = conflicts;
	ev.conflicts.n = n_conflicts;
	emit(g, WIRE_EVENT_edit_applied, &ev);
}

void emit_dropped(struct garden *g, const struct scheduled_edit *s, const char *reason)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	recall_pending_gone(g, s->id);
	struct edit_dropped_event e = { .edit_id = s->id, .actor = s->actor, .at_beats = s->at_beats, .reason = reason };
	e.touched.n = s->changes.n;
	if (view_touched(&s->changes, &arena, &e.touched.v) == 0)
		emit(g, WIRE_EVENT_edit_dropped, &e);
}

void garden_scheduled(struct garden *g, const struct scheduled_edit *s)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct pending_edit v;
	project_prepare(g, &s->changes);
	recall_pending(g, s);
	garden_committed(g, NULL); /* the engine hears of it now, to be on time */
	if (view_pending(s, &arena, &v) < 0)
		return;
	const struct edit_scheduled_event e = { .edit_id = v.edit_id, .actor = v.actor, .at_beats = v.at_beats,
						.time_unix_ms = v.time_unix_ms, .base_revision = v.base_revision,
						.has_conflict = v.has_conflict, .conflict = v.conflict,
						.touched = { .v = v.touched.v, .n = v.touched.n } };
	emit(g, WIRE_EVENT_edit_scheduled, &e);
}

void garden_committed(struct garden *g, const struct edit *e)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	if (e)
		recall_edit(g, e);
	if (project_now(g, e ? &e->changes : NULL, &err) < 0)
		log_error("the engine keeps playing the revision before", LOG_ERR(&err));
	if (!e)
		return;
	AUTO(map) last = last_changes(e);
	for (size_t i = 0; i < e->changes.n; i++) {
		const struct change *c = &e->changes.v[i];
		if (c->kind == CHANGE_LIFE)
			emit_life(g, e, c);
		if (is_last_of_region(last, c))
			emit_region(g, e, c, &arena);
		if (c->kind == CHANGE_MARKER)
			emit_marker(g, e, c, &arena);
	}
	emit_maps(g, e, &arena);
	emit_edit(g, e, &arena);
}

/* ---- scheduled edits ---- */

/* The engine has taken it up already, on its frame (project.c); here it enters the history. */
static void apply_due(struct garden *g, double beat)
{
	if (g->due_retry_ns > 0 && clock_monotonic_ns(clock_system()) < g->due_retry_ns)
		return;
	g->due_retry_ns = 0;
	for (int r = 1; r != 0;) {
		struct err err = ERR_INIT;
		struct edit_receipt receipt = { 0 };
		struct scheduled_edit gone = { 0 };
		pthread_mutex_lock(&g->timeline_lock);
		r = timeline_due(g->timeline, beat, &receipt, &gone, &err);
		pthread_mutex_unlock(&g->timeline_lock);
		if (r < 0 && !gone.number) { /* no room on the disk, or no memory: it was promised, so it is tried again */
			log_error("a scheduled edit cannot be written down, trying again", LOG_ERR(&err));
			g->due_retry_ns = clock_monotonic_ns(clock_system()) + NS_PER_SEC;
			return;
		}
		if (r < 0) {
			log_warn("a scheduled edit is dropped", LOG_STR("edit", gone.id), LOG_ERR(&err));
			emit_dropped(g, &gone, err_msg(&err));
		}
		if (r != 0)
			garden_committed(g, receipt.edit);
		scheduled_edit_done(&gone);
	}
}

/* ---- the engine's ring ---- */

static void on_beat(struct garden *g, const struct rt_event *e)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	AUTO(document) d = garden_document(g);
	struct tempo_map *tempo;
	struct meter_map *meter;
	if (view_maps(g, d, &arena, &tempo, &meter, NULL) < 0)
		return;
	const struct meter_place place = meter_map_place(meter, e->value);
	const struct beat_tick_event ev = {
		.position_beats = e->value, .engine_frame = e->clock_frame, .bar = place.bar,
		.beat_in_bar = place.beat_in_bar, .tempo_bpm = tempo_map_bpm(tempo, e->value),
	};
	emit_at(g, WIRE_EVENT_beat_tick, &ev, e);
}

static void on_entered(struct garden *g, const struct slot *s, const struct rt_event *e)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct region_view v;
	if (!s->region || view_region(s->region, &arena, &v) < 0)
		return;
	const struct region_entered_event ev = { .region_id = v.region_id, .behaviour = v.behaviour,
						 .position_beats = v.position_beats, .engine_frame = e->clock_frame,
						 .has_custom = v.has_custom, .custom = v.custom };
	emit_at(g, WIRE_EVENT_region_entered, &ev, e);
}

static void on_marker(struct garden *g, const struct slot *s, const struct rt_event *e)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct marker_view m;
	if (!s->mark || view_marker(s->mark, &arena, &m) < 0)
		return;
	const struct marker_reached_event ev = {
		.marker_id = m.marker_id, .position_beats = m.position_beats, .marker_type = m.marker_type,
		.has_label = m.has_label, .label = m.label, .has_metadata = m.has_metadata, .metadata = m.metadata,
		.engine_frame = e->clock_frame, .tempo_bpm = tempo_map_bpm(time_maps_tempo(g->projection.maps), m.position_beats),
	};
	emit_at(g, WIRE_EVENT_marker_reached, &ev, e);
}

static void on_trigger(struct garden *g, const struct rt_event *e)
{
	const struct slot *s = slot_by_number(&g->projection, e->id);
	if (!s)
		return;
	if (s->marker) {
		on_marker(g, s, e);
		return;
	}
	on_entered(g, s, e);
	if (!s->region || !s->region->body->trigger)
		return;
	const struct trigger_fired_event ev = { .region_id = s->id, .trigger = s->region->body->trigger,
						.position_beats = s->region->body->position_beats,
						.engine_frame = e->clock_frame };
	emit_at(g, WIRE_EVENT_trigger_fired, &ev, e);
}

static void on_mixed_in(struct garden *g, const struct rt_event *e)
{
	const struct slot *s = slot_by_number(&g->projection, e->id);
	const struct doc_region *r = s ? document_region(timeline_now(g->timeline), s->id) : NULL;
	if (!r || r->life->state != LIFE_APPROVED)
		return; /* heard again after a seek */
	struct err err = ERR_INIT;
	struct latent_receipt receipt;
	const struct latent_step step = { .kind = LATENT_MIX_IN, .region_id = s->id };
	const struct doc_mix mix = r->life->mix;
	const struct mixed_in_event ev = {
		.region_id = s->id, .beat = e->beat, .frame = e->frame, .engine_frame = e->clock_frame,
		.kind = (enum crossfade_view)mix.kind, .beats = mix.kind == DOC_CUT ? 0 : mix.fade_beats,
	};
	pthread_mutex_lock(&g->timeline_lock);
	int r2 = timeline_latent(g->timeline, "chaosgarden", &step, &receipt, &err);
	pthread_mutex_unlock(&g->timeline_lock);
	if (r2 < 0) {
		log_error("a region sounds but cannot be marked as mixed in", LOG_STR("region", s->id), LOG_ERR(&err));
		return;
	}
	emit_at(g, WIRE_EVENT_mixed_in, &ev, e);
	garden_committed(g, receipt.edit);
}

static const char *reason_of(const struct rt_event *e)
{
	switch (e->b) {
	case RT_COMMAND_PLAY: return "play";
	case RT_COMMAND_PAUSE: return "pause";
	case RT_COMMAND_STOP: return "stop";
	case RT_COMMAND_SEEK: return "seek";
	default: return "stop";
	}
}

static void on_xrun(struct garden *g, const struct rt_event *e)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct device_view d;
	view_device(g, &arena, &d);
	const struct xrun_event ev = { .engine_frame = e->clock_frame, .cycle_ns = e->a, .quantum_ns = e->b, .xruns = d.xruns };
	emit_at(g, WIRE_EVENT_xrun, &ev, e);
}

/* Once a gap; device_status counts the frames. */
static void on_missing(struct garden *g, const struct rt_event *e)
{
	const struct slot *s = slot_by_number(&g->projection, e->id);
	log_warn("content was not in memory in time, silence instead", LOG_STR("region", s ? s->id : "?"),
		 LOG_NUM("beat", e->beat));
}

static void dispatch(struct garden *g, const struct rt_event *e)
{
	switch ((enum rt_event_type)e->type) {
	case RT_EVENT_TRANSPORT: emit_transport(g, reason_of(e)); break;
	case RT_EVENT_JUMPED: emit_transport(g, "seek"); break;
	case RT_EVENT_BEAT: on_beat(g, e); break;
	case RT_EVENT_REGION_STARTED:
		if (slot_by_number(&g->projection, e->id))
			on_entered(g, slot_by_number(&g->projection, e->id), e);
		break;
	case RT_EVENT_SUCCEEDED: apply_due(g, e->value); break;
	case RT_EVENT_MIXED_IN: on_mixed_in(g, e); break;
	case RT_EVENT_TRIGGER: on_trigger(g, e); break;
	case RT_EVENT_XRUN: on_xrun(g, e); break;
	case RT_EVENT_CONTENT_MISSING: on_missing(g, e); break;
	case RT_EVENT_NODE_FAILED: log_error("a node failed and is left out", LOG_INT("node", e->id)); break;
	case RT_EVENT_COMMAND_REFUSED:
		log_warn("the engine refused a command", LOG_INT("command", e->a), LOG_INT("code", e->b));
		break;
	default: break; /* counted by the engine, seen in status */
	}
}

static void tell_position(struct garden *g)
{
	struct transport_view v;
	view_transport(g, &v);
	if (v.state != VIEW_TRANSPORT_PLAYING || v.engine_frames - g->position_told < g->options->rate_hz / POSITIONS_PER_SECOND)
		return;
	g->position_told = v.engine_frames;
	struct playback_position_event e = { 0 };
	COPY_TRANSPORT(&e, &v);
	emit(g, WIRE_EVENT_playback_position, &e);
}

/* ---- content ---- */

static void told_content(struct garden *g, const struct content_item *item)
{
	for (size_t i = 0; i < g->projection.n_slots; i++) {
		if (g->projection.slots[i]->item == item)
			g->projection.slots[i]->dirty = true;
	}
}

static void take_content(struct garden *g)
{
	struct err err = ERR_INIT;
	struct content_item *item;
	bool any = false;
	while ((item = content_pool_next_done(g->pool))) {
		told_content(g, item);
		any = true;
	}
	if (any && project_now(g, NULL, &err) < 0)
		log_error("content stays silent", LOG_ERR(&err));
}

void pump(struct garden *g)
{
	struct rt_event e;
	take_content(g);
	while (attention_poll(g->main, &e))
		dispatch(g, &e);
	struct engine_position p;
	attention_position(g->main, &p);
	apply_due(g, p.beat);
	tell_position(g);
	if (!g->restoring)
		position_save(g->position, &(struct saved_position){ p.state, p.beat });
	(void)engine_reclaim(g->engine);
}
