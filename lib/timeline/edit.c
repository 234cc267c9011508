#include "timeline/edit.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"

/* An edit in the making: the document so far and what was done to it. */
struct work {
	struct document *d;
	struct changes *changes;
	size_t at; /* number of the operation, for messages */
	struct err *err;
};

static struct change *work_change(struct work *w, enum change_kind kind, const char *id)
{
	struct changes *c = w->changes;
	if (mem_grow(&c->v, &c->room, c->n + 1, sizeof(*c->v)) < 0)
		return NULL;
	struct change *v = &c->v[c->n];
	*v = (struct change){ .kind = kind };
	if (id) {
		v->id = strdup(id);
		if (!v->id)
			return NULL;
	}
	c->n++;
	return v;
}

static int work_no_memory(struct work *w)
{
	return err_set(w->err, -ENOMEM, "operation %zu", w->at);
}

static int work_apply(struct work *w, struct change *c)
{
	const struct changes one = { c, 1, 1 };
	struct document *next = NULL;
	int r = changes_apply(&one, false, w->d, document_revision(w->d), &next, w->err);
	if (r < 0)
		return r;
	document_unref(w->d);
	w->d = next;
	return 0;
}

/* Applies the last change of the list to the document. */
static int work_step(struct work *w)
{
	return work_apply(w, &w->changes->v[w->changes->n - 1]);
}

/* The change of a map, which is one thing however often an edit touches it. */
static struct change *map_change(struct work *w, enum change_kind kind)
{
	for (size_t i = 0; i < w->changes->n; i++)
		if (w->changes->v[i].kind == kind)
			return &w->changes->v[i];
	struct change *c = work_change(w, kind, NULL);
	if (c && kind == CHANGE_TEMPO)
		c->old_tempo = doc_tempo_ref(document_tempo(w->d));
	else if (c)
		c->old_meter = doc_meter_ref(document_meter(w->d));
	return c;
}

/* ---- regions ---- */

static int check_body(const struct work *w, const struct region_body *b)
{
	struct err *e = w->err;
	if (!isfinite(b->position_beats))
		return err_field(e, -EINVAL, "position_beats", "position is not a number");
	if (!isfinite(b->duration_beats) || b->duration_beats <= 0)
		return err_field(e, -EINVAL, "duration_beats", "a region needs a length above 0");
	if (b->position_beats + b->duration_beats <= b->position_beats)
		return err_field(e, -EINVAL, "duration_beats", "%g beats vanish at beat %g",
				 b->duration_beats, b->position_beats);
	if (!isfinite(b->gain) || b->gain < 0)
		return err_field(e, -EINVAL, "gain", "gain is %g", b->gain);
	if (!(b->fade_in_beats >= 0) || b->fade_in_beats > b->duration_beats)
		return err_field(e, -EINVAL, "fade_in_beats", "a fade of %g beats in a region of %g",
				 b->fade_in_beats, b->duration_beats);
	if (!(b->fade_out_beats >= 0) || b->fade_out_beats > b->duration_beats)
		return err_field(e, -EINVAL, "fade_out_beats", "a fade of %g beats in a region of %g",
				 b->fade_out_beats, b->duration_beats);
	const char *colon = b->output ? strchr(b->output, ':') : NULL;
	if (!colon || colon == b->output || !colon[1])
		return err_field(e, -EINVAL, "output", "output '%s' is not node:port",
				 b->output ? b->output : "");
	return 0;
}

static int check_behaviour(const struct work *w, const struct region_body *b)
{
	struct err *e = w->err;
	if (b->has_content && !b->content.hash && !b->content.path)
		return err_hint(e, err_field(e, -EINVAL, "content.hash", "content: a hash or a path is needed"),
				"artifact_get tells an artifact's content_hash");
	if (b->has_content && b->content.path && b->content.path[0] != '/')
		return doc_relative_path("content.path", b->content.path, e);
	if (b->has_content && !(b->content.rate > 0))
		return err_field(e, -EINVAL, "content", "rate is %g", b->content.rate);
	switch (b->behaviour) {
	case DOC_PLAY_CONTENT:
		if (!b->has_content)
			return err_field(e, -EINVAL, "content", "play_content needs content");
		return 0;
	case DOC_LATENT:
		if (b->has_content)
			return err_field(e, -EINVAL, "content",
					 "a latent region gets its content when it is resolved");
		return 0;
	case DOC_APPLY_PROCESSING:
		if (!b->processing.target || !strchr(b->processing.target, ':'))
			return err_field(e, -EINVAL, "processing",
					 "apply_processing needs a target node:parameter");
		return 0;
	case DOC_EMIT_TRIGGER:
		if (!b->trigger)
			return err_field(e, -EINVAL, "trigger", "emit_trigger needs a trigger");
		return 0;
	case DOC_CUSTOM:
	case DOC_BEHAVIOUR_COUNT:
		break;
	}
	return b->behaviour < DOC_BEHAVIOUR_COUNT ? 0 : err_field(e, -EINVAL, "behaviour", "operation %zu", w->at);
}

static int check_id(const struct work *w, const char *id, const char *field)
{
	if (!id || !*id || strlen(id) > DOC_KEY_SIZE - 32)
		return err_field(w->err, -EINVAL, field, "an id has 1 to %d bytes",
				 DOC_KEY_SIZE - 32);
	return 0;
}

static int region_create(struct work *w, const struct edit_op *op)
{
	int r = check_id(w, op->id, "region_id");
	if (r < 0)
		return r;
	if (document_region(w->d, op->id))
		return err_field(w->err, -EEXIST, "region_id", "there is a region '%s'", op->id);
	r = check_body(w, op->body);
	if (r >= 0)
		r = check_behaviour(w, op->body);
	if (r < 0)
		return r;
	AUTO(region_life) life = region_life_new(op->body->behaviour == DOC_LATENT ? LIFE_PENDING : LIFE_PLAIN);
	struct change *c = life ? work_change(w, CHANGE_REGION, op->id) : NULL;
	if (!c)
		return work_no_memory(w);
	c->new_region = doc_region_new(op->id, op->body, life, 0);
	return c->new_region ? work_step(w) : work_no_memory(w);
}

static int patch_numbers(const struct region_patch *p, struct region_body *b)
{
	if (p->position_beats)
		b->position_beats = *p->position_beats;
	if (p->duration_beats)
		b->duration_beats = *p->duration_beats;
	if (p->gain)
		b->gain = *p->gain;
	if (p->fade_in_beats)
		b->fade_in_beats = *p->fade_in_beats;
	if (p->fade_out_beats)
		b->fade_out_beats = *p->fade_out_beats;
	return 0;
}

static int patch_strings(const struct region_patch *p, struct region_body *b)
{
	if ((p->name && doc_set(&b->name, p->name) < 0) || (p->output && doc_set(&b->output, p->output) < 0))
		return -ENOMEM;
	if (p->has_tags) {
		char **tags = NULL;
		if (doc_strings_copy(p->tags, p->n_tags, &tags) < 0)
			return -ENOMEM;
		doc_strings_free(b->tags, b->n_tags);
		b->tags = tags;
		b->n_tags = p->n_tags;
	}
	if (p->content) {
		struct doc_content copy;
		if (doc_content_copy(&copy, p->content) < 0)
			return -ENOMEM;
		doc_content_done(&b->content);
		b->content = copy;
		b->has_content = true;
	}
	if (p->intent) {
		const struct doc_intent *i = p->intent;
		struct doc_intent *d = &b->intent;
		b->has_intent = true;
		if (doc_set(&d->verb, i->verb) < 0 || doc_set(&d->space, i->space) < 0 ||
		    doc_set(&d->prompt, i->prompt) < 0 || doc_set(&d->parameters, i->parameters) < 0 ||
		    doc_set(&d->constraints, i->constraints) < 0 || doc_set(&d->context, i->context) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int region_update(struct work *w, const struct edit_op *op)
{
	struct doc_region *old = document_region(w->d, op->id);
	if (!old)
		return document_no_region(w->d, "region_id", op->id, w->err);
	if (op->patch.content && old->body->behaviour != DOC_PLAY_CONTENT)
		return err_field(w->err, -EPROTO, "content", "region '%s' is %s; only play_content takes content", op->id, doc_behaviour_name(old->body->behaviour));
	if (op->patch.intent && old->life->state != LIFE_PENDING)
		return err_field(w->err, -EPROTO, "intent", "region '%s' is %s; only pending ones take an intent", op->id, life_state_name(old->life->state));
	AUTO(region_body) body = region_body_copy(old->body);
	if (!body || patch_numbers(&op->patch, body) < 0 || patch_strings(&op->patch, body) < 0)
		return work_no_memory(w);
	int r = check_body(w, body);
	if (r >= 0)
		r = check_behaviour(w, body);
	if (r < 0)
		return r;
	struct change *c = work_change(w, CHANGE_REGION, op->id);
	if (!c)
		return work_no_memory(w);
	c->old_region = doc_region_ref(old);
	c->new_region = doc_region_new(op->id, body, old->life, 0);
	return c->new_region ? work_step(w) : work_no_memory(w);
}

static int region_delete(struct work *w, const struct edit_op *op)
{
	struct doc_region *old = document_region(w->d, op->id);
	if (!old)
		return document_no_region(w->d, "region_id", op->id, w->err);
	struct change *c = work_change(w, CHANGE_REGION, op->id);
	if (!c)
		return work_no_memory(w);
	c->old_region = doc_region_ref(old);
	return work_step(w);
}

/* ---- markers ---- */

static int marker_add(struct work *w, const struct edit_op *op)
{
	int r = check_id(w, op->id, "marker_id");
	if (r < 0)
		return r;
	if (document_marker(w->d, op->id))
		return err_field(w->err, -EEXIST, "marker_id", "there is a marker '%s'", op->id);
	if (!isfinite(op->position_beats))
		return err_field(w->err, -EINVAL, "position_beats", "position is not a number");
	if (!op->type || !*op->type)
		return err_field(w->err, -EINVAL, "marker_type", "a marker needs a type");
	struct change *c = work_change(w, CHANGE_MARKER, op->id);
	if (!c)
		return work_no_memory(w);
	c->new_marker = doc_marker_new(op->id, op->position_beats, op->type, op->label, op->metadata);
	return c->new_marker ? work_step(w) : work_no_memory(w);
}

static int marker_remove(struct work *w, const struct edit_op *op)
{
	struct doc_marker *old = document_marker(w->d, op->id);
	if (!old)
		return err_field(w->err, -ENOENT, "marker_id", "no marker '%s'", op->id);
	struct change *c = work_change(w, CHANGE_MARKER, op->id);
	if (!c)
		return work_no_memory(w);
	c->old_marker = doc_marker_ref(old);
	return work_step(w);
}

/* ---- tempo and meter: points of either map begin with their beat ---- */

_Static_assert(offsetof(struct tempo_point, beat) == 0 && offsetof(struct meter_point, beat) == 0, "points of maps");

static double beat_of(const char *points, uint32_t i, size_t size)
{
	double beat;
	memcpy(&beat, points + i * size, sizeof(beat));
	return beat;
}

/* The map with a point put in its place, instead of the one at its beat when there is one; how many there are then. */
static uint32_t put_point(void *dst, const void *old, uint32_t n, const void *point, size_t size)
{
	char *to = dst;
	const char *from = old;
	double beat = beat_of(point, 0, size);
	uint32_t before = 0;
	while (before < n && beat_of(from, before, size) < beat)
		before++;
	uint32_t after = before < n && beat_of(from, before, size) == beat ? before + 1 : before;
	memcpy(to, from, before * size);
	memcpy(to + before * size, point, size);
	memcpy(to + (before + 1) * size, from + after * size, (n - after) * size);
	return before + 1 + n - after;
}

/* The map without the point at that beat; the first one stays. */
static uint32_t drop_point(void *dst, const void *old, uint32_t n, double beat, size_t size)
{
	char *to = dst;
	const char *from = old;
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (i == 0 || beat_of(from, i, size) != beat)
			memcpy(to + kept++ * size, from + i * size, size);
	}
	return kept;
}

static int put_tempo(struct work *w, const struct tempo_point *points, uint32_t n)
{
	struct change *c = map_change(w, CHANGE_TEMPO);
	struct doc_tempo *map = c ? doc_tempo_new(points, n) : NULL;
	if (!map)
		return work_no_memory(w);
	doc_tempo_unref(c->new_tempo);
	c->new_tempo = map;
	return work_apply(w, c);
}

static int tempo_set(struct work *w, const struct edit_op *op)
{
	const struct doc_tempo *old = document_tempo(w->d);
	const struct tempo_point *p = &op->tempo;
	if (!(p->beat >= 0) || !isfinite(p->beat))
		return err_field(w->err, -EINVAL, "position_beats", "the tempo map begins at beat 0");
	if (!(p->bpm >= TEMPO_MIN_BPM && p->bpm <= TEMPO_MAX_BPM))
		return err_field(w->err, -EINVAL, "bpm", "tempo %g is not within %g to %g", p->bpm,
				 TEMPO_MIN_BPM, TEMPO_MAX_BPM);
	if (old->n >= (uint32_t)LIMIT_TIMELINE_POINTS)
		return err_set(w->err, -ENOSPC, "the tempo map is full");
	struct tempo_point AUTO_MEM *points = mem_new_array((size_t)old->n + 1, sizeof(*points));
	if (!points)
		return work_no_memory(w);
	uint32_t n = put_point(points, old->points, old->n, p, sizeof(*points));
	return put_tempo(w, points, n);
}

static int tempo_clear(struct work *w, const struct edit_op *op)
{
	const struct doc_tempo *old = document_tempo(w->d);
	struct tempo_point AUTO_MEM *points = mem_new_array(old->n, sizeof(*points));
	if (!points)
		return work_no_memory(w);
	uint32_t n = drop_point(points, old->points, old->n, op->position_beats, sizeof(*points));
	if (n == old->n)
		return err_field(w->err, -ENOENT, "position_beats", "no tempo point that could go at beat %g", op->position_beats);
	return put_tempo(w, points, n);
}

static int put_meter(struct work *w, const struct meter_point *points, uint32_t n)
{
	struct change *c = map_change(w, CHANGE_METER);
	struct doc_meter *map = c ? doc_meter_new(points, n) : NULL;
	if (!map)
		return work_no_memory(w);
	doc_meter_unref(c->new_meter);
	c->new_meter = map;
	return work_apply(w, c);
}

static int check_meter(const struct work *w, const struct meter_point *p)
{
	if (p->numerator < 1 || p->numerator > 64)
		return err_field(w->err, -EINVAL, "numerator", "%u beats in a bar", p->numerator);
	if (p->denominator < 1 || p->denominator > 64 || (p->denominator & (p->denominator - 1)))
		return err_field(w->err, -EINVAL, "denominator", "%u is not 1, 2, 4, 8, 16, 32 or 64",
				 p->denominator);
	return 0;
}

static int meter_set(struct work *w, const struct edit_op *op)
{
	const struct doc_meter *old = document_meter(w->d);
	const struct meter_point *p = &op->meter;
	int r = check_meter(w, p);
	if (r < 0)
		return r;
	if (!isfinite(p->beat) || p->beat < old->points[0].beat)
		return err_field(w->err, -EINVAL, "position_beats", "bar 1 starts at beat %g, nothing before it", old->points[0].beat);
	if (old->n >= (uint32_t)LIMIT_TIMELINE_POINTS)
		return err_set(w->err, -ENOSPC, "the meter map is full");
	struct meter_point AUTO_MEM *points = mem_new_array((size_t)old->n + 1, sizeof(*points));
	if (!points)
		return work_no_memory(w);
	uint32_t n = put_point(points, old->points, old->n, p, sizeof(*points));
	return put_meter(w, points, n);
}

static int meter_clear(struct work *w, const struct edit_op *op)
{
	const struct doc_meter *old = document_meter(w->d);
	struct meter_point AUTO_MEM *points = mem_new_array(old->n, sizeof(*points));
	if (!points)
		return work_no_memory(w);
	uint32_t n = drop_point(points, old->points, old->n, op->position_beats, sizeof(*points));
	if (n == old->n)
		return err_field(w->err, -ENOENT, "position_beats", "no meter point that could go at beat %g", op->position_beats);
	return put_meter(w, points, n);
}

static int pickup_set(struct work *w, const struct edit_op *op)
{
	const struct doc_meter *old = document_meter(w->d);
	if (!isfinite(op->position_beats) || op->position_beats < 0)
		return err_field(w->err, -EINVAL, "bar_one_beats", "bar 1 starts at beat 0 or later");
	if (old->n > 1 && op->position_beats >= old->points[1].beat)
		return err_field(w->err, -EINVAL, "bar_one_beats", "the next meter begins at beat %g",
				 old->points[1].beat);
	struct meter_point AUTO_MEM *points = mem_new_array(old->n, sizeof(*points));
	if (!points)
		return work_no_memory(w);
	memcpy(points, old->points, old->n * sizeof(*points));
	points[0].beat = op->position_beats;
	return put_meter(w, points, old->n);
}

static int (*const op_table[EDIT_OP_KIND_COUNT])(struct work *w, const struct edit_op *op) = {
	[EDIT_REGION_CREATE] = region_create, [EDIT_REGION_UPDATE] = region_update, [EDIT_REGION_DELETE] = region_delete,
	[EDIT_MARKER_ADD] = marker_add,	      [EDIT_MARKER_REMOVE] = marker_remove, [EDIT_TEMPO_SET] = tempo_set,
	[EDIT_TEMPO_CLEAR] = tempo_clear,     [EDIT_METER_SET] = meter_set,	    [EDIT_METER_CLEAR] = meter_clear,
	[EDIT_PICKUP_SET] = pickup_set,
};

int edit_ops_apply(const struct edit_op *ops, size_t n, struct document *base, struct document **ret,
		   struct changes *ret_changes, struct err *err)
{
	AUTO_CHANGES changes = CHANGES_INIT;
	AUTO(document) d = document_ref(base);
	struct work w = { d, &changes, 0, err };
	for (; w.at < n; w.at++) {
		if (ops[w.at].kind >= EDIT_OP_KIND_COUNT)
			return err_set(err, -EINVAL, "operation %zu is unknown", w.at);
		int r = op_table[ops[w.at].kind](&w, &ops[w.at]);
		d = w.d;
		if (r < 0) {
			err_within(err, "ops[%zu]", w.at);
			return r;
		}
	}
	*ret = TAKE(d);
	*ret_changes = changes;
	changes = (struct changes)CHANGES_INIT;
	return 0;
}
