/*
 * handle_timeline.c - edits now and later, undo and redo, live tempo. Each single-purpose edit is one operation.
 *
 * Threads:   main.
 */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "garden.h"
#include "ops.h"

#include "base/banned.h"

#define PUT_EDIT(ret, out) \
	do { \
		(ret)->revision = (out)->revision; \
		(ret)->has_at_beats = (out)->has_at_beats; \
		(ret)->at_beats = (out)->at_beats; \
		(ret)->edit_id = (out)->edit_id; \
	} while (0)

/* One operation as an edit; `ret` gets what every edit answers. */
#define RUN_ONE(g, call, req, op, out, ret, err) \
	__extension__({ \
		const struct edit_when when_ = EDIT_WHEN(req); \
		int r_ = ops_run_one((g), (call), (op), &when_, (out), (err)); \
		if (r_ == 0) \
			PUT_EDIT(ret, out); \
		r_; \
	})

int timeline_edit_run(struct garden *g, const struct wire_call *call, const struct timeline_edit *req,
		      struct timeline_edit_result *ret, struct err *err)
{
	const struct edit_when when = EDIT_WHEN(req);
	struct edit_outcome out;
	int r = ops_run(g, call, req->ops.v, req->ops.n, &when, &out, err);
	if (r < 0)
		return r;
	PUT_EDIT(ret, &out);
	ret->ids.v = (const char **)(uintptr_t)out.ids;
	ret->ids.n = req->ops.n;
	return 0;
}

/* The request's fields are those of the object, in the same places, and more behind. */
_Static_assert(offsetof(struct region_create, custom) == offsetof(struct region_new, custom), "region_create");
_Static_assert(offsetof(struct region_update, intent) == offsetof(struct region_change, intent), "region_update");
_Static_assert(offsetof(struct timeline_add_marker, metadata) == offsetof(struct marker_new, metadata), "add_marker");

int region_create_run(struct garden *g, const struct wire_call *call, const struct region_create *req,
		      struct region_create_result *ret, struct err *err)
{
	struct timeline_op op = { .arm = OP_REGION_CREATE };
	struct edit_outcome out;
	memcpy(&op.region_create, req, offsetof(struct region_new, wire_end));
	int r = RUN_ONE(g, call, req, &op, &out, ret, err);
	if (r < 0)
		return r;
	ret->region_id = out.ids[0];
	ret->duration_beats = out.duration_beats;
	return 0;
}

int region_update_run(struct garden *g, const struct wire_call *call, const struct region_update *req,
		      struct region_update_result *ret, struct err *err)
{
	struct timeline_op op = { .arm = OP_REGION_UPDATE };
	struct edit_outcome out;
	memcpy(&op.region_update, req, offsetof(struct region_change, wire_end));
	return RUN_ONE(g, call, req, &op, &out, ret, err);
}

int region_move_run(struct garden *g, const struct wire_call *call, const struct region_move *req,
		    struct region_move_result *ret, struct err *err)
{
	const struct timeline_op op = { .arm = OP_REGION_UPDATE, .region_update = { .region_id = req->region_id,
		.has_position_beats = true, .position_beats = req->position_beats } };
	struct edit_outcome out;
	return RUN_ONE(g, call, req, &op, &out, ret, err);
}

int region_delete_run(struct garden *g, const struct wire_call *call, const struct region_delete *req,
		      struct region_delete_result *ret, struct err *err)
{
	const struct timeline_op op = { .arm = OP_REGION_DELETE, .region_delete = { .region_id = req->region_id } };
	struct edit_outcome out;
	return RUN_ONE(g, call, req, &op, &out, ret, err);
}

int timeline_add_marker_run(struct garden *g, const struct wire_call *call, const struct timeline_add_marker *req,
			    struct timeline_add_marker_result *ret, struct err *err)
{
	struct timeline_op op = { .arm = OP_MARKER_ADD };
	struct edit_outcome out;
	memcpy(&op.marker_add, req, offsetof(struct marker_new, wire_end));
	int r = RUN_ONE(g, call, req, &op, &out, ret, err);
	if (r == 0)
		ret->marker_id = out.ids[0];
	return r;
}

int timeline_remove_marker_run(struct garden *g, const struct wire_call *call, const struct timeline_remove_marker *req,
			       struct timeline_remove_marker_result *ret, struct err *err)
{
	const struct timeline_op op = { .arm = OP_MARKER_REMOVE, .marker_remove = { .marker_id = req->marker_id } };
	struct edit_outcome out;
	return RUN_ONE(g, call, req, &op, &out, ret, err);
}

int tempo_set_run(struct garden *g, const struct wire_call *call, const struct tempo_set *req, struct tempo_set_result *ret,
		  struct err *err)
{
	double beat = garden_beat(g);
	if (req->has_position_beats)
		beat = req->position_beats;
	else if (beat < 0)
		beat = 0;
	const struct timeline_op op = { .arm = OP_TEMPO_SET,
		.tempo_set = { .position_beats = beat, .bpm = req->bpm, .shape = req->shape } };
	struct edit_outcome out;
	ret->position_beats = beat;
	return RUN_ONE(g, call, req, &op, &out, ret, err);
}

/* The map from the playhead on, unless it is that fast already or has followed within the last beat. */
static int follow_taps(struct garden *g, const struct wire_call *call, const struct tempo_tap *req,
		       struct tempo_tap_result *ret, struct err *err)
{
	AUTO(document) d = garden_document(g);
	struct tempo_map *tempo;
	struct meter_map *meter;
	int r = view_maps(g, d, call->arena, &tempo, &meter, err);
	if (r < 0)
		return r;
	double beat = ret->position_beats < 0 ? 0 : ret->position_beats, now = tempo_map_bpm(tempo, beat);
	bool far = fabs(ret->bpm - now) > req->tolerance * now, lately = fabs(beat - g->tap_applied_beats) < 1 && beat != 0;
	if (!far || lately || req->dry_run || !(ret->bpm >= TEMPO_MIN_BPM && ret->bpm <= TEMPO_MAX_BPM))
		return 0;
	const struct timeline_op op = { .arm = OP_TEMPO_SET, .tempo_set = { .position_beats = beat, .bpm = ret->bpm } };
	const struct edit_when when = { .has_base = false };
	struct edit_outcome out;
	r = ops_run_one(g, call, &op, &when, &out, err);
	if (r < 0)
		return r;
	ret->applied = true;
	ret->revision = out.revision;
	g->tap_applied_beats = beat;
	return 0;
}

int tempo_tap_run(struct garden *g, const struct wire_call *call, const struct tempo_tap *req, struct tempo_tap_result *ret,
		  struct err *err)
{
	if (!str_eq(g->tap_source, req->source)) {
		tapper_clear(&g->tapper);
		g->tap_applied_beats = -INFINITY;
		(void)str_copy(g->tap_source, sizeof(g->tap_source), req->source);
	}
	*ret = (struct tempo_tap_result){ .position_beats = garden_beat(g), .revision = document_revision(timeline_now(g->timeline)) };
	int r = tapper_add(&g->tapper, req->has_seconds ? req->seconds : audio_now_s(g), req->beats, &ret->bpm, err);
	if (r < 0)
		return r;
	ret->taps = (int64_t)g->tapper.n;
	ret->has_bpm = r > 0;
	return ret->has_bpm ? follow_taps(g, call, req, ret, err) : 0;
}

int meter_set_run(struct garden *g, const struct wire_call *call, const struct meter_set *req, struct meter_set_result *ret,
		  struct err *err)
{
	const struct timeline_op op = { .arm = OP_METER_SET, .meter_set = { .position_beats = req->position_beats,
		.numerator = req->numerator, .denominator = req->denominator } };
	struct edit_outcome out;
	return RUN_ONE(g, call, req, &op, &out, ret, err);
}

int pickup_set_run(struct garden *g, const struct wire_call *call, const struct pickup_set *req,
		   struct pickup_set_result *ret, struct err *err)
{
	const struct timeline_op op = { .arm = OP_PICKUP_SET, .pickup_set = { .bar_one_beats = req->bar_one_beats } };
	struct edit_outcome out;
	return RUN_ONE(g, call, req, &op, &out, ret, err);
}

/* ---- many at once ---- */

struct gather {
	struct wire_arena *arena;
	struct timeline_op *ops;
	size_t n;
};

static bool gather_region(struct doc_region *r, void *arg)
{
	struct gather *c = arg;
	c->ops[c->n++] = (struct timeline_op){ .arm = OP_REGION_DELETE, .region_delete = { .region_id = r->id } };
	return true;
}

static bool gather_marker(struct doc_marker *m, void *arg)
{
	struct gather *c = arg;
	c->ops[c->n++] = (struct timeline_op){ .arm = OP_MARKER_REMOVE, .marker_remove = { .marker_id = m->id } };
	return true;
}

int timeline_clear_run(struct garden *g, const struct wire_call *call, const struct timeline_clear *req,
		       struct timeline_clear_result *ret, struct err *err)
{
	AUTO(document) d = garden_document(g);
	size_t n = document_n_regions(d) + document_n_markers(d);
	struct gather c = { call->arena, wire_arena_array(call->arena, n ? n : 1, sizeof(struct timeline_op)), 0 };
	if (!c.ops)
		return err_set(err, -ENOMEM, "clear");
	document_regions(d, -INFINITY, INFINITY, gather_region, &c);
	document_markers(d, -INFINITY, INFINITY, gather_marker, &c);
	const struct edit_when when = EDIT_WHEN(req);
	struct edit_outcome out;
	int r = ops_run(g, call, c.ops, c.n, &when, &out, err);
	if (r < 0)
		return r;
	PUT_EDIT(ret, &out);
	ret->removed = (int64_t)c.n;
	return 0;
}

int timeline_cancel_edit_run(struct garden *g, const struct wire_call *call, const struct timeline_cancel_edit *req,
			     struct timeline_cancel_edit_result *ret, struct err *err)
{
	struct scheduled_edit gone = { 0 };
	const char *reason = wire_arena_printf(call->arena, "called off by '%s'", call_actor(call));
	if (!reason)
		return err_set(err, -ENOMEM, "cancel");
	pthread_mutex_lock(&g->timeline_lock);
	int r = timeline_unschedule(g->timeline, req->edit_id, reason, &gone, err);
	pthread_mutex_unlock(&g->timeline_lock);
	ret->edit_id = req->edit_id;
	if (r == 0) {
		garden_committed(g, NULL);
		emit_dropped(g, &gone, reason);
	}
	scheduled_edit_done(&gone);
	return r;
}

/* ---- back and forth ---- */

int timeline_undo_run(struct garden *g, const struct wire_call *call, const struct timeline_undo *req,
		      struct timeline_undo_result *ret, struct err *err)
{
	struct edit_receipt receipt = { 0 };
	const char *actor = call_actor(call);
	pthread_mutex_lock(&g->timeline_lock);
	int r = timeline_take_back(g->timeline, actor, req->has_revision ? req->revision : 0, req->mine ? actor : NULL,
				   req->dry_run, &receipt, &ret->of_revision, err);
	pthread_mutex_unlock(&g->timeline_lock);
	ret->revision = receipt.revision;
	if (r == 0 && receipt.edit)
		garden_committed(g, receipt.edit);
	return r;
}

int timeline_redo_run(struct garden *g, const struct wire_call *call, const struct timeline_redo *req,
		      struct timeline_redo_result *ret, struct err *err)
{
	struct edit_receipt receipt = { 0 };
	pthread_mutex_lock(&g->timeline_lock);
	int r = timeline_do_again(g->timeline, call_actor(call), req->dry_run, &receipt, &ret->of_revision, err);
	pthread_mutex_unlock(&g->timeline_lock);
	ret->revision = receipt.revision;
	if (r == 0 && receipt.edit)
		garden_committed(g, receipt.edit);
	return r;
}

static int put_reverted(const struct revert_result *res, struct wire_arena *arena, struct timeline_revert_result *ret)
{
	int64_t *reverted = wire_arena_array(arena, res->n_reverted + 1, sizeof(*reverted));
	const char **kept = wire_arena_array(arena, res->n_kept + 1, sizeof(*kept));
	if (!reverted || !kept)
		return -ENOMEM;
	for (size_t i = 0; i < res->n_reverted; i++)
		reverted[i] = res->reverted[i];
	for (size_t i = 0; i < res->n_kept; i++)
		kept[i] = wire_arena_copy(arena, res->kept[i], strlen(res->kept[i]));
	ret->reverted.v = reverted;
	ret->reverted.n = res->n_reverted;
	ret->kept.v = kept;
	ret->kept.n = res->n_kept;
	return 0;
}

int timeline_revert_run(struct garden *g, const struct wire_call *call, const struct timeline_revert *req,
			struct timeline_revert_result *ret, struct err *err)
{
	struct edit_receipt receipt = { 0 };
	struct revert_result res = { 0 };
	pthread_mutex_lock(&g->timeline_lock);
	int r = timeline_revert_actor(g->timeline, call_actor(call), req->of_actor, req->since_revision, req->dry_run, &receipt,
				      &res, err);
	pthread_mutex_unlock(&g->timeline_lock);
	if (r < 0)
		return r;
	ret->revision = receipt.revision;
	r = put_reverted(&res, call->arena, ret);
	revert_result_done(&res);
	if (receipt.edit)
		garden_committed(g, receipt.edit);
	return r < 0 ? err_set(err, r, "revert") : 0;
}
