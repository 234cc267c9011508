/*
 * garden_side.c - one state of the garden, told by messages.
 */
#include <string.h>

#include "base/clock.h"
#include "query-control/garden_copy_priv.h"

#include "base/banned.h"

enum { BELIEVABLE_S = 10 }; /* an event whose moment is further from now has another machine's clock */

int garden_side_open(struct garden_side *s, uint32_t rate_hz, struct err *err)
{
	*s = (struct garden_side){ .doc = document_new() };
	return s->doc ? garden_state_new(rate_hz, NULL, &s->state, err) : err_set(err, -ENOMEM, "garden");
}

void garden_side_close(struct garden_side *s)
{
	garden_state_free(TAKE(s->state));
	document_unref(TAKE(s->doc));
}

int garden_side_show(struct garden_side *s, struct err *err)
{
	s->editing = false;
	return garden_state_document(s->state, s->doc, err);
}

int garden_side_edit(struct garden_side *s, const struct edit_view *v, struct err *err)
{
	const struct garden_edit_row row = {
		.revision = v->revision,
		.kind = (enum edit_kind)v->kind,
		.actor = v->actor,
		.time_unix_ms = v->time_unix_ms,
		.at_beats = v->has_at_beats ? &v->at_beats : NULL,
		.edit_id = v->has_edit_id ? v->edit_id : NULL,
		.of_revision = v->has_of_revision ? v->of_revision : 0,
		.undone = v->undone,
		.touched = v->touched.v,
		.n_touched = v->touched.n,
		.reverted = v->reverted.v,
		.n_reverted = v->has_reverted ? v->reverted.n : 0,
	};
	return garden_state_edit(s->state, &row, err);
}

int garden_side_pending(struct garden_side *s, const struct pending_edit *v, struct err *err)
{
	const struct garden_pending_row row = {
		.edit_id = v->edit_id,
		.actor = v->actor,
		.at_beats = v->at_beats,
		.time_unix_ms = v->time_unix_ms,
		.base_revision = v->base_revision,
		.conflict = v->has_conflict ? v->conflict : NULL,
		.touched = v->touched.v,
		.n_touched = v->touched.n,
	};
	return garden_state_pending(s->state, &row, err);
}

int garden_side_device(struct garden_side *s, const struct device_view *v, struct err *err)
{
	garden_device_read(v, &s->device);
	garden_state_device(s->state, &s->device);
	return garden_state_rate(s->state, (uint32_t)v->rate_hz, err);
}

void garden_side_transport(struct garden_side *s, enum play_state_view state, double beats, int64_t engine_frames, int64_t moment_ns)
{
	s->transport = garden_transport_of(state, beats, engine_frames, moment_ns, &s->device);
	garden_state_transport(s->state, &s->transport);
}

/* ---- events ---- */

/* What is older than the timeline is in it already. */
static bool is_old(const struct garden_side *s, int64_t revision)
{
	return revision <= document_revision(s->doc);
}

static int on_region(struct garden_side *s, const struct region_view *v, struct err *err)
{
	if (is_old(s, v->revision))
		return 0;
	s->editing = true;
	return garden_region_put(v, &s->doc, err);
}

static int on_region_created(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	return on_region(s, &((const struct region_created_event *)body)->region, err);
}

static int on_region_changed(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	return on_region(s, &((const struct region_changed_event *)body)->region, err);
}

/* r is what made *next. */
static int taken_out(struct garden_side *s, int r, struct document *const *next, struct err *err)
{
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_set(err, r, "timeline");
	document_unref(s->doc);
	s->doc = *next;
	return 0;
}

static int on_region_deleted(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	const struct region_deleted_event *v = body;
	struct document *next = NULL;
	if (is_old(s, v->revision))
		return 0;
	s->editing = true;
	return taken_out(s, document_with_region(s->doc, v->region_id, NULL, &next), &next, err);
}

static int on_marker_set(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	const struct marker_set_event *v = body;
	if (is_old(s, v->revision))
		return 0;
	s->editing = true;
	return garden_marker_put(&v->marker, &s->doc, err);
}

static int on_marker_removed(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	const struct marker_removed_event *v = body;
	struct document *next = NULL;
	if (is_old(s, v->revision))
		return 0;
	s->editing = true;
	return taken_out(s, document_with_marker(s->doc, v->marker_id, NULL, &next), &next, err);
}

static int on_tempo_map_changed(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	const struct tempo_map_changed_event *v = body;
	if (is_old(s, v->revision))
		return 0;
	s->editing = true;
	return garden_maps_put(v->tempo.v, v->tempo.n, v->meter.v, v->meter.n, &s->doc, err);
}

/* The end of an edit's events. */
static int on_edit_applied(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	const struct edit_applied_event *v = body;
	struct document *next = NULL;
	if (is_old(s, v->revision))
		return 0;
	const struct edit_view edit = {
		.revision = v->revision,
		.kind = v->kind,
		.actor = v->actor,
		.time_unix_ms = v->time_unix_ms,
		.at_beats = v->at_beats,
		.has_at_beats = v->has_at_beats,
		.edit_id = v->edit_id,
		.has_edit_id = v->has_edit_id,
		.of_revision = v->of_revision,
		.has_of_revision = v->has_of_revision,
		.reverted = { v->reverted.v, v->reverted.n },
		.has_reverted = v->has_reverted,
		.undone = v->undone,
		.touched = { v->touched.v, v->touched.n },
	};
	int r = document_with_revision(s->doc, v->revision, &next);
	if (r < 0)
		return err_set(err, r, "timeline");
	document_unref(s->doc);
	s->doc = next;
	r = garden_side_show(s, err);
	if (r == 0)
		r = garden_side_edit(s, &edit, err);
	for (size_t i = 0; r == 0 && v->has_conflicts && i < v->conflicts.n; i++) {
		const struct pending_conflict *p = &v->conflicts.v[i];
		r = garden_state_conflict(s->state, p->edit_id, p->has_conflict ? p->conflict : NULL, err);
	}
	return r;
}

static int on_edit_scheduled(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	const struct edit_scheduled_event *v = body;
	const struct pending_edit p = {
		.edit_id = v->edit_id,
		.actor = v->actor,
		.at_beats = v->at_beats,
		.time_unix_ms = v->time_unix_ms,
		.base_revision = v->base_revision,
		.conflict = v->conflict,
		.has_conflict = v->has_conflict,
		.touched = { v->touched.v, v->touched.n },
	};
	return garden_side_pending(s, &p, err);
}

static int on_edit_dropped(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	return garden_state_pending_gone(s->state, ((const struct edit_dropped_event *)body)->edit_id, err);
}

static int on_latent_progressed(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	const struct latent_progressed_event *v = body;
	int r = garden_progress_put(v->region_id, v->progress, v->refinements, &s->doc, err);
	return r < 0 || s->editing ? r : garden_side_show(s, err);
}

static int64_t moment_of(const struct wire_received *e)
{
	int64_t now = clock_monotonic_ns(clock_system());
	return e->monotonic_ns <= now && now - e->monotonic_ns < BELIEVABLE_S * NS_PER_SEC ? e->monotonic_ns : now;
}

static int on_transport_changed(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	const struct transport_changed_event *v = body;
	garden_side_transport(s, v->state, v->position_beats, v->engine_frames, moment_of(e));
	return 0;
}

static int on_playback_position(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	const struct playback_position_event *v = body;
	garden_side_transport(s, v->state, v->position_beats, v->engine_frames, moment_of(e));
	return 0;
}

static int on_device_changed(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err)
{
	return garden_side_device(s, &((const struct device_changed_event *)body)->device, err);
}

typedef int take_fn(struct garden_side *s, const struct wire_received *e, const void *body, struct err *err);
#define TAKES(name) [WIRE_EVENT_##name] = on_##name
static take_fn *const takes[WIRE_EVENT_COUNT] = {
	TAKES(region_created), TAKES(region_changed), TAKES(region_deleted),	TAKES(marker_set),
	TAKES(marker_removed), TAKES(tempo_map_changed), TAKES(edit_applied),	TAKES(edit_scheduled),
	TAKES(edit_dropped),   TAKES(latent_progressed), TAKES(transport_changed), TAKES(playback_position),
	TAKES(device_changed),
};

static take_fn *take_of(const struct wire_received *e, const struct wire_event **ret_type)
{
	*ret_type = wire_event_find(e->name);
	return *ret_type ? takes[*ret_type - wire_events] : NULL;
}

bool garden_side_wants(const struct wire_received *e)
{
	const struct wire_event *type;
	return take_of(e, &type) != NULL;
}

bool garden_side_moves(const struct wire_received *e)
{
	const struct wire_event *type;
	return take_of(e, &type) == on_playback_position;
}

int garden_side_event(struct garden_side *s, const struct wire_received *e, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	const struct wire_event *type;
	take_fn *take = take_of(e, &type);
	if (!take)
		return 0;
	void *body = wire_arena_alloc(&arena, type->body->size);
	int r = body ? wire_event_decode(e, type, &arena, body, err) : err_set(err, -ENOMEM, "event");
	return r < 0 ? r : take(s, e, body, err);
}
