#include "ops.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/uuid.h"

#include "base/banned.h"

enum { LOOK_AHEAD_QUANTA = 2 };

const char *call_actor(const struct wire_call *call)
{
	return call->actor && *call->actor ? call->actor : "anonymous";
}

/* ---- musical places ---- */

static double earliest(struct garden *g, const struct tempo_map *tempo)
{
	struct engine_position p;
	attention_position(g->main, &p);
	if (p.state != TRANSPORT_PLAYING)
		return p.beat;
	return tempo_map_beat_of_frame(tempo, p.frame + LOOK_AHEAD_QUANTA * (int64_t)g->options->quantum_frames);
}

int garden_when(struct garden *g, const struct musical_when *when, struct wire_arena *arena, double *ret, struct err *err)
{
	AUTO(document) d = garden_document(g);
	struct tempo_map *tempo;
	struct meter_map *meter;
	int r = view_maps(g, d, arena, &tempo, &meter, err);
	if (r < 0)
		return r;
	double soon = earliest(g, tempo);
	switch (when->boundary) {
	case VIEW_BOUNDARY_NOW:
		*ret = soon;
		return 0;
	case VIEW_BOUNDARY_NEXT_BEAT:
		*ret = meter_map_next_beat(meter, soon);
		return 0;
	case VIEW_BOUNDARY_NEXT_BAR:
		*ret = meter_map_next_bar(meter, soon);
		return 0;
	case VIEW_BOUNDARY_AT_BEAT:
		if (!when->has_beat)
			return err_field(err, -EINVAL, "at.beat", "at_beat needs a beat");
		*ret = when->beat;
		return 0;
	case VIEW_BOUNDARY_AT_BAR:
		if (!when->has_bar)
			return err_field(err, -EINVAL, "at.bar", "at_bar needs a bar");
		*ret = meter_map_bar_start(meter, when->bar);
		return 0;
	}
	return err_field(err, -EINVAL, "at.boundary", "unknown boundary");
}

/* ---- regions ---- */

int content_of_spec(const struct content_spec *c, struct doc_content *ret)
{
	const struct doc_content lent = {
		.hash = c->has_hash ? (char *)c->hash : NULL, .path = c->has_path ? (char *)c->path : NULL,
		.mime = c->has_mime ? (char *)c->mime : NULL, .artifact_id = c->has_artifact_id ? (char *)c->artifact_id : NULL,
		.duration_seconds = c->has_duration_seconds ? c->duration_seconds : -1, .offset_seconds = c->offset_seconds,
		.rate = c->rate, .reverse = c->reverse,
	};
	return doc_content_copy(ret, &lent);
}

static int set_json(char **dst, bool has, const json_t *j)
{
	free(*dst);
	*dst = has ? json_text(j, JSON_OUT_COMPACT) : NULL;
	return has && !*dst ? -ENOMEM : 0;
}

static int fill_intent(const struct intent_spec *i, struct doc_intent *d)
{
	int r = doc_set(&d->verb, i->has_verb ? i->verb : NULL);
	r |= doc_set(&d->space, i->has_space ? i->space : NULL);
	r |= doc_set(&d->prompt, i->has_prompt ? i->prompt : NULL);
	r |= set_json(&d->parameters, i->has_parameters, i->parameters);
	r |= set_json(&d->constraints, i->has_constraints, i->constraints);
	r |= set_json(&d->context, i->has_context, i->context);
	return r < 0 ? -ENOMEM : 0;
}

static int fill_body(const struct region_new *n, const char *actor, struct region_body *b)
{
	b->position_beats = n->position_beats;
	b->duration_beats = n->has_duration_beats ? n->duration_beats : 0;
	b->behaviour = (enum doc_behaviour)n->behaviour;
	b->gain = n->gain;
	b->fade_in_beats = n->fade_in_beats;
	b->fade_out_beats = n->fade_out_beats;
	b->has_content = n->has_content;
	b->has_intent = n->has_intent;
	if ((n->has_content && content_of_spec(&n->content, &b->content) < 0) ||
	    (n->has_intent && fill_intent(&n->intent, &b->intent) < 0) || doc_set(&b->name, n->has_name ? n->name : NULL) < 0 ||
	    doc_set(&b->trigger, n->has_trigger ? n->trigger : NULL) < 0 || doc_set(&b->actor, actor) < 0 ||
	    set_json(&b->custom, n->has_custom, n->custom) < 0)
		return -ENOMEM;
	if (n->has_output && doc_set(&b->output, n->output) < 0)
		return -ENOMEM;
	if (n->has_tags && doc_strings_copy((char *const *)n->tags.v, n->tags.n, &b->tags) < 0)
		return -ENOMEM;
	b->n_tags = n->has_tags ? n->tags.n : 0;
	if (!n->has_processing)
		return 0;
	b->processing.from_value = n->processing.from_value;
	b->processing.to_value = n->processing.to_value;
	b->processing.curve = (enum doc_curve)n->processing.curve;
	return doc_set(&b->processing.target, n->processing.target);
}

/* The length of the content at the tempo that the operations before this one leave. */
static int fill_duration(struct garden *g, struct wire_arena *arena, const struct ops *before, struct region_body *b,
			 struct err *err)
{
	if (!b->has_content)
		return err_field(err, -EINVAL, "duration_beats", "without content a length is needed");
	if (b->content.path && b->content.path[0] != '/')
		return doc_relative_path("content.path", b->content.path, err);
	char AUTO_MEM *path = NULL;
	double seconds = 0, beats = -1;
	int r = content_path(g, &b->content, &path, err);
	if (r == 0)
		r = content_probe(path, &seconds, &beats, err);
	if (r < 0)
		return err_wrap(err, r, "content");
	AUTO_CHANGES changes = CHANGES_INIT;
	AUTO(document) after = NULL;
	struct tempo_map *tempo;
	struct meter_map *meter;
	r = edit_ops_apply(before->v, before->n, timeline_now(g->timeline), &after, &changes, err);
	if (r == 0)
		r = view_maps(g, after, arena, &tempo, &meter, err);
	if (r < 0)
		return r;
	double length = (seconds - b->content.offset_seconds) / b->content.rate;
	if (beats < 0)
		beats = tempo_map_beat(tempo, tempo_map_seconds(tempo, b->position_beats) + length) - b->position_beats;
	if (!(beats > 0))
		return err_field(err, -EINVAL, "content", "nothing of the content is left to play");
	b->duration_beats = beats;
	return 0;
}

static const char *new_id(struct wire_arena *arena)
{
	char *id = wire_arena_alloc(arena, UUID_SIZE);
	if (id)
		uuid_new(id);
	return id;
}

static int make_region(struct garden *g, const struct wire_call *call, const struct region_new *n, struct ops *o,
		       struct edit_op *op, struct err *err)
{
	op->kind = EDIT_REGION_CREATE;
	op->id = n->has_region_id ? n->region_id : new_id(call->arena);
	op->body = region_body_new();
	if (!op->id || !op->body || fill_body(n, call_actor(call), op->body) < 0)
		return err_set(err, -ENOMEM, "operation %zu", o->n);
	int r = project_check_place(op->body->output, false, "output", err);
	if (r == 0 && op->body->behaviour == DOC_APPLY_PROCESSING && n->has_processing)
		r = project_check_place(n->processing.target, true, "processing.target", err);
	if (r < 0)
		return r;
	return n->has_duration_beats ? 0 : fill_duration(g, call->arena, o, op->body, err);
}

struct patch_parts {
	struct doc_content content;
	struct doc_intent intent;
	char *texts[3];
};

static int patch_region(const struct wire_call *call, const struct region_change *c, struct edit_op *op)
{
	struct region_patch *p = &op->patch;
	op->kind = EDIT_REGION_UPDATE;
	op->id = c->region_id;
	p->position_beats = c->has_position_beats ? &c->position_beats : NULL;
	p->duration_beats = c->has_duration_beats ? &c->duration_beats : NULL;
	p->gain = c->has_gain ? &c->gain : NULL;
	p->fade_in_beats = c->has_fade_in_beats ? &c->fade_in_beats : NULL;
	p->fade_out_beats = c->has_fade_out_beats ? &c->fade_out_beats : NULL;
	p->name = c->has_name ? c->name : NULL;
	p->output = c->has_output ? c->output : NULL;
	p->has_tags = c->has_tags;
	p->tags = (char *const *)c->tags.v;
	p->n_tags = c->tags.n;
	if (!c->has_content && !c->has_intent)
		return 0;
	struct patch_parts *parts = wire_arena_alloc(call->arena, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	if (c->has_content) {
		const struct content_spec *s = &c->content;
		parts->content = (struct doc_content){
			.hash = s->has_hash ? (char *)s->hash : NULL, .path = s->has_path ? (char *)s->path : NULL,
			.mime = s->has_mime ? (char *)s->mime : NULL,
			.artifact_id = s->has_artifact_id ? (char *)s->artifact_id : NULL,
			.duration_seconds = s->has_duration_seconds ? s->duration_seconds : -1,
			.offset_seconds = s->offset_seconds, .rate = s->rate, .reverse = s->reverse,
		};
		p->content = &parts->content;
	}
	if (c->has_intent) {
		const struct intent_spec *s = &c->intent;
		const json_t *trees[3] = { s->has_parameters ? s->parameters : NULL, s->has_constraints ? s->constraints : NULL,
					   s->has_context ? s->context : NULL };
		for (int i = 0; i < 3; i++) {
			char AUTO_MEM *text = trees[i] ? json_text(trees[i], JSON_OUT_COMPACT) : NULL;
			parts->texts[i] = text ? wire_arena_copy(call->arena, text, strlen(text)) : NULL;
			if (trees[i] && !parts->texts[i])
				return -ENOMEM;
		}
		parts->intent = (struct doc_intent){
			.verb = s->has_verb ? (char *)s->verb : NULL, .space = s->has_space ? (char *)s->space : NULL,
			.prompt = s->has_prompt ? (char *)s->prompt : NULL, .parameters = parts->texts[0],
			.constraints = parts->texts[1], .context = parts->texts[2],
		};
		p->intent = &parts->intent;
	}
	return 0;
}

static int make_marker(const struct wire_call *call, const struct marker_new *m, struct edit_op *op)
{
	char AUTO_MEM *text = m->has_metadata ? json_text(m->metadata, JSON_OUT_COMPACT) : NULL;
	op->kind = EDIT_MARKER_ADD;
	op->id = m->has_marker_id ? m->marker_id : new_id(call->arena);
	op->position_beats = m->position_beats;
	op->type = m->marker_type;
	op->label = m->has_label ? m->label : NULL;
	op->metadata = text ? wire_arena_copy(call->arena, text, strlen(text)) : NULL;
	return op->id && (!m->has_metadata || op->metadata) ? 0 : -ENOMEM;
}

static void set_point(struct edit_op *op, enum edit_op_kind kind, double beat)
{
	op->kind = kind;
	op->position_beats = beat;
}

static int make_op(struct garden *g, const struct wire_call *call, const struct timeline_op *in, struct ops *o,
		   struct err *err)
{
	struct edit_op *op = &o->v[o->n];
	int r = 0;
	switch (in->arm) {
	case OP_REGION_CREATE: return make_region(g, call, &in->region_create, o, op, err);
	case OP_REGION_UPDATE:
		if (in->region_update.has_output && project_check_place(in->region_update.output, false, "output", err) < 0)
			return -ENOENT;
		r = patch_region(call, &in->region_update, op);
		break;
	case OP_REGION_DELETE:
		op->kind = EDIT_REGION_DELETE;
		op->id = in->region_delete.region_id;
		break;
	case OP_MARKER_ADD: r = make_marker(call, &in->marker_add, op); break;
	case OP_MARKER_REMOVE:
		op->kind = EDIT_MARKER_REMOVE;
		op->id = in->marker_remove.marker_id;
		break;
	case OP_TEMPO_SET:
		op->kind = EDIT_TEMPO_SET;
		op->tempo = (struct tempo_point){ in->tempo_set.position_beats, in->tempo_set.bpm,
						  (enum tempo_shape)in->tempo_set.shape };
		break;
	case OP_TEMPO_CLEAR: set_point(op, EDIT_TEMPO_CLEAR, in->tempo_clear.position_beats); break;
	case OP_METER_SET:
		op->kind = EDIT_METER_SET;
		op->meter = (struct meter_point){ in->meter_set.position_beats, (uint32_t)in->meter_set.numerator,
						  (uint32_t)in->meter_set.denominator };
		break;
	case OP_METER_CLEAR: set_point(op, EDIT_METER_CLEAR, in->meter_clear.position_beats); break;
	case OP_PICKUP_SET: set_point(op, EDIT_PICKUP_SET, in->pickup_set.bar_one_beats); break;
	}
	return r < 0 ? err_set(err, r, "operation %zu", o->n) : 0;
}

int ops_make(struct garden *g, const struct wire_call *call, const struct timeline_op *in, size_t n, struct ops *ret,
	     struct err *err)
{
	struct ops o = { .v = wire_arena_array(call->arena, n ? n : 1, sizeof(struct edit_op)) };
	if (!o.v)
		return err_set(err, -ENOMEM, "edit");
	while (o.n < n) {
		int r = make_op(g, call, &in[o.n], &o, err);
		if (r < 0 && err && !str_starts(err->field, "ops[")) /* one before it may be at fault */
			err_within(err, "ops[%zu]", o.n);
		o.n++;
		if (r < 0) {
			ops_done(&o);
			return r;
		}
	}
	*ret = o;
	return 0;
}

void ops_done(struct ops *o)
{
	for (size_t i = 0; i < o->n; i++)
		region_body_unref(o->v[i].body);
	o->n = 0;
}

/* ---- doing it ---- */

static int op_ids(const struct ops *o, struct wire_arena *arena, struct edit_outcome *ret)
{
	static const char *const names[EDIT_OP_KIND_COUNT] = {
		[EDIT_TEMPO_SET] = "tempo", [EDIT_TEMPO_CLEAR] = "tempo", [EDIT_METER_SET] = "meter",
		[EDIT_METER_CLEAR] = "meter", [EDIT_PICKUP_SET] = "meter",
	};
	const char **ids = wire_arena_array(arena, o->n, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (size_t i = 0; i < o->n; i++) {
		const char *id = o->v[i].id ? o->v[i].id : names[o->v[i].kind];
		ids[i] = wire_arena_copy(arena, id, strlen(id));
		if (!ids[i])
			return -ENOMEM;
		if (o->v[i].body)
			ret->duration_beats = o->v[i].body->duration_beats;
	}
	ret->ids = ids;
	return 0;
}

static const struct scheduled_edit *find_scheduled(struct garden *g, const char *id)
{
	const struct scheduled_edit *s;
	for (size_t i = 0; (s = timeline_scheduled(g->timeline, i)); i++) {
		if (str_eq(s->id, id))
			return s;
	}
	return NULL;
}

static int do_ops(struct garden *g, const struct wire_call *call, const struct ops *o, const struct edit_when *when,
		  struct edit_outcome *ret, struct err *err)
{
	double at = 0, now = garden_beat(g);
	int r = when->has_at ? garden_when(g, when->at, call->arena, &at, err) : 0;
	if (r < 0)
		return r;
	bool later = when->has_at && when->at->boundary != VIEW_BOUNDARY_NOW && at > now;
	const struct edit_request q = { .actor = call_actor(call), .has_base = when->has_base,
					.base_revision = when->base_revision, .dry_run = when->dry_run, .ops = o->v,
					.n_ops = o->n, .at_beats = later ? &at : NULL };
	struct edit_receipt receipt = { 0 };
	pthread_mutex_lock(&g->timeline_lock);
	r = timeline_do(g->timeline, &q, &receipt, err);
	pthread_mutex_unlock(&g->timeline_lock);
	if (r < 0)
		return r;
	ret->revision = receipt.revision;
	ret->has_at_beats = later;
	ret->at_beats = at;
	ret->edit_id = wire_arena_copy(call->arena, receipt.edit_id, strlen(receipt.edit_id));
	if (receipt.edit)
		garden_committed(g, receipt.edit);
	if (later && !when->dry_run)
		garden_scheduled(g, find_scheduled(g, receipt.edit_id));
	return ret->edit_id ? op_ids(o, call->arena, ret) : -ENOMEM;
}

int ops_run(struct garden *g, const struct wire_call *call, const struct timeline_op *in, size_t n,
	    const struct edit_when *when, struct edit_outcome *ret, struct err *err)
{
	struct ops o;
	*ret = (struct edit_outcome){ 0 };
	int r = ops_make(g, call, in, n, &o, err);
	if (r < 0)
		return r;
	r = do_ops(g, call, &o, when, ret, err);
	ops_done(&o);
	return r;
}

int ops_run_one(struct garden *g, const struct wire_call *call, const struct timeline_op *in, const struct edit_when *when,
		struct edit_outcome *ret, struct err *err)
{
	static const char first[] = "ops[0]";
	int r = ops_run(g, call, in, 1, when, ret, err);
	if (r < 0 && err && str_starts(err->field, first)) { /* its fields are those of the request */
		char field[sizeof(err->field)];
		const char *rest = err->field + strlen(first);
		(void)str_copy(field, sizeof(field), *rest == '.' ? rest + 1 : rest);
		(void)str_copy(err->field, sizeof(err->field), field);
	}
	return r;
}
