/*
 * build_ops.h - short words for the operations that the timeline's tests make.
 */
#ifndef TESTS_TIMELINE_BUILD_OPS_H
#define TESTS_TIMELINE_BUILD_OPS_H

#include "timeline/timeline.h"

/* The caller drops op->body. */
static inline struct edit_op op_create(const char *id, double position, double duration, enum doc_behaviour behaviour)
{
	struct region_body *b = region_body_new();
	if (!b)
		abort();
	b->position_beats = position;
	b->duration_beats = duration;
	b->behaviour = behaviour;
	if (behaviour == DOC_PLAY_CONTENT) {
		b->has_content = true;
		if (doc_set(&b->content.path, "/tune.wav") < 0)
			abort();
	}
	return (struct edit_op){ .kind = EDIT_REGION_CREATE, .id = id, .body = b };
}

static inline struct edit_op op_move(const char *id, const double *position)
{
	return (struct edit_op){ .kind = EDIT_REGION_UPDATE, .id = id, .patch = { .position_beats = position } };
}

static inline struct edit_op op_delete(const char *id)
{
	return (struct edit_op){ .kind = EDIT_REGION_DELETE, .id = id };
}

static inline struct edit_op op_tempo(double beat, double bpm)
{
	return (struct edit_op){ .kind = EDIT_TEMPO_SET, .tempo = { beat, bpm, TEMPO_STEP } };
}

static inline struct edit_op op_marker(const char *id, double position)
{
	return (struct edit_op){ .kind = EDIT_MARKER_ADD, .id = id, .position_beats = position, .type = "cue_point" };
}

/* Does one operation as `actor`; -1 as base: without one. */
static inline int do_one(struct timeline *t, const char *actor, struct edit_op op, int64_t base, struct err *err)
{
	struct edit_receipt receipt;
	const struct edit_request q = { .actor = actor, .has_base = base >= 0, .base_revision = base, .ops = &op, .n_ops = 1 };
	int r = timeline_do(t, &q, &receipt, err);
	region_body_unref(op.body);
	return r;
}

#endif
