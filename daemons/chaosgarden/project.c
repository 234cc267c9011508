/*
 * project.c - the document as the engine's snapshot: which regions sound, from which frame, with which fades.
 *
 * What did not change since the last projection keeps its place in the set, which shares the rest.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cas/path.h"
#include "garden.h"
#include "rt-host/rt_heap.h"

#define LOG_TOPIC "timeline"
#include "base/log.h"

#include "base/banned.h"

enum { NODE_MASTER = 1, FORESEEN_MAX = 16 };
#define MARKER_BEATS 0.001 /* a trigger has to have some length */

static const struct rt_heap heap = RT_HEAP_MALLOC;

static const enum fade_shape shapes[DOC_CROSSFADE_COUNT] = {
	[DOC_CUT] = FADE_LINEAR, [DOC_LINEAR] = FADE_LINEAR, [DOC_EQUAL_POWER] = FADE_EQUAL_POWER,
};

/* ---- the graph: every region goes through the master level into the mix ---- */

int project_graph(struct garden *g, struct attention *a, struct err *err)
{
	struct node_instance *master = NULL;
	struct plan *plan = NULL;
	int r = node_instance_new(&heap, node_class_find("dsp:gain"), NULL, 0, g->options->rate_hz, 256, &master);
	if (r < 0)
		return err_set(err, r, "master level");
	const struct graph_node node = { .id = NODE_MASTER, .instance = master };
	const struct graph_edge edge = { .from = { NODE_MASTER, 0 }, .to = { 0, 0 }, .gain = 1 };
	const struct graph graph = { .nodes = &node, .n_nodes = 1, .edges = &edge, .n_edges = 1 };
	const struct graph_limits limits = { .rate_hz = g->options->rate_hz, .max_block_frames = 256,
					     .n_channels = DEVICE_CHANNELS, .event_room = 2560, .realtime = true,
					     .max_delay_frames = 48000 };
	struct graph_error why;
	r = graph_compile(&graph, &limits, &heap, &plan, &why);
	node_instance_unref(master);
	if (r == 0)
		r = attention_load(a, 0, plan);
	return r < 0 ? err_set(err, r, "graph: %s", why.text) : 0;
}

static const struct place {
	const char *name;
	struct port_ref port;
	bool parameter; /* something to move, not something to play into */
} places[] = {
	{ "mix:in", { NODE_MASTER, 0 }, false },
	{ "mix:direct", { 0, 0 }, false },
	{ "mix:gain", { NODE_MASTER, 1 }, true },
};

static const struct port_ref *find_place(const char *name, bool parameter)
{
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		if (places[i].parameter == parameter && str_eq(places[i].name, name))
			return &places[i].port;
	}
	return NULL;
}

int project_check_place(const char *name, bool parameter, const char *field, struct err *err)
{
	char known[120] = "";
	if (find_place(name, parameter))
		return 0;
	for (size_t i = 0, at = 0; i < COUNT_OF(places) && at < sizeof(known); i++) {
		if (places[i].parameter == parameter)
			at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s", at ? ", " : "", places[i].name);
	}
	int r = err_field(err, -ENOENT, field, parameter ? "there is no parameter '%s'" : "there is no place '%s' to play into", name);
	return err_hint(err, r, "there is: %s", known);
}

/* ---- the set ---- */

static int leave_set(struct garden *g, struct slot *s)
{
	struct region_set *next = NULL;
	if (!s->in_set)
		return 0;
	int r = region_set_remove(g->projection.set, &heap, s->key, &next);
	if (r < 0)
		return r;
	region_set_unref(g->projection.set);
	g->projection.set = next;
	s->in_set = false;
	return 0;
}

static int enter_set(struct garden *g, struct slot *s, const struct region_spec *spec)
{
	struct region *made = NULL;
	struct region_set *next = NULL;
	const char *field = "";
	int r = region_new(&heap, spec, &made, &field);
	if (r == 0)
		r = region_set_insert(g->projection.set, &heap, made, &next);
	region_unref(made);
	if (r < 0) {
		log_warn("region is silent: the engine refuses it", LOG_STR("region", s->id), LOG_STR("field", field),
			 LOG_INT("code", r));
		return r == -ENOMEM ? r : 0;
	}
	region_set_unref(g->projection.set);
	g->projection.set = next;
	s->in_set = true;
	s->key = (struct region_key){ spec->start_beat, spec->id };
	return 0;
}

/* ---- what a region sounds like ---- */

int content_path(const struct garden *g, const struct doc_content *c, char **ret, struct err *err)
{
	if (!c->path && !c->hash)
		return err_hint(err, err_field(err, -EINVAL, "content.hash", "a hash or a path is needed"),
				"artifact_get tells an artifact's content_hash");
	if (!c->path)
		return cas_path(g->cas_root, c->hash, ret, err);
	*ret = strdup(c->path);
	return *ret ? 0 : err_set(err, -ENOMEM, "%s", c->path);
}

static void tell_content_error(struct garden *g, const struct slot *s, const char *path, const char *message)
{
	const struct content_error_event e = { .region_id = s->id, .path = path, .message = message };
	emit(g, WIRE_EVENT_content_error, &e);
}

static int get_content(struct garden *g, struct slot *s, const struct doc_content *c)
{
	char AUTO_MEM *path = NULL;
	struct err why = ERR_INIT;
	if (s->item)
		return 0; /* also one that failed: it is tried again when the region is given other content */
	int r = content_path(g, c, &path, &why);
	const struct content_source source = { .path = path, .rate = c->rate, .reverse = c->reverse };
	if (r >= 0)
		r = content_pool_get(g->pool, &source, &s->item, &why);
	if (r < 0 && r != -ENOMEM && !s->refused)
		tell_content_error(g, s, path ? path : c->hash, err_msg(&why));
	s->refused = r < 0;
	return r;
}

static void forget_content(struct slot *s)
{
	content_pool_put(s->item);
	s->item = NULL;
	s->told = NULL;
	s->refused = false;
}

static void prepare(struct garden *g, const struct doc_region *r)
{
	const struct doc_content *c = r ? doc_region_content(r) : NULL;
	char AUTO_MEM *path = NULL;
	struct content_item *item;
	if (!c || content_path(g, c, &path, NULL) < 0)
		return; /* told when it is to be heard */
	const struct content_source source = { .path = path, .rate = c->rate, .reverse = c->reverse };
	if (content_pool_get(g->pool, &source, &item, NULL) >= 0)
		content_pool_put(item);
}

void project_prepare(struct garden *g, const struct changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		prepare(g, c->v[i].new_region);
}

/* Where the region begins to be heard, and how it fades, after the mix-in has had its say. */
static void shape(const struct doc_region *r, struct region_spec *spec)
{
	const struct region_body *b = r->body;
	double end;
	doc_region_heard(r, &spec->start_beat, &end);
	spec->fade_in_beats = b->fade_in_beats;
	spec->fade_out_beats = b->fade_out_beats;
	spec->fade_in = spec->fade_out = FADE_EQUAL_POWER;
	if (r->life->has_mix) {
		const struct doc_mix *m = &r->life->mix;
		spec->role = REGION_MIX_IN;
		spec->fade_in = shapes[m->kind];
		spec->fade_in_beats = m->kind == DOC_CUT ? 0 : m->fade_beats;
	}
	if (r->life->taken_over.other) {
		const struct doc_mix *m = &r->life->taken_over;
		if (m->at_beats < doc_region_end(r)) {
			if (r->life->state != LIFE_APPROVED) /* what is still to enter is heard of when it does */
				spec->role = REGION_MIX_OUT;
			spec->fade_out = shapes[m->kind];
			spec->fade_out_beats = end - (m->at_beats > spec->start_beat ? m->at_beats : spec->start_beat);
		}
	}
	spec->duration_beats = end - spec->start_beat;
	if (spec->fade_in_beats > spec->duration_beats)
		spec->fade_in_beats = spec->duration_beats;
	if (spec->fade_out_beats > spec->duration_beats)
		spec->fade_out_beats = spec->duration_beats;
}

static int instrument_of(struct garden *g, struct slot *s)
{
	if (s->instrument)
		return 0;
	return instrument_new(&heap, node_class_find("synth:poly"), NULL, 0, g->options->rate_hz, 256, &s->instrument);
}

/* Once for each region and content: it will be silent. */
static void tell_failure(struct garden *g, struct slot *s)
{
	if (!s->item || s->item == s->told || content_pool_state(s->item) != CONTENT_FAILED)
		return;
	tell_content_error(g, s, s->item->path, s->item->message);
	s->told = s->item;
}

/* 1 when there is something to hear. */
static int content_spec_of(struct garden *g, struct slot *s, const struct doc_region *r, struct region_spec *spec)
{
	const struct doc_content *c = doc_region_content(r);
	if (!c || !doc_region_counts(r))
		return 0;
	int e = get_content(g, s, c);
	if (e < 0 || content_pool_state(s->item) != CONTENT_READY) {
		tell_failure(g, s);
		return e == -ENOMEM ? e : 0;
	}
	const struct tempo_map *tempo = time_maps_tempo(g->projection.maps);
	double late = spec->start_beat - r->body->position_beats;
	if (s->item->audio) {
		spec->behaviour = REGION_PLAY_AUDIO;
		spec->audio = s->item->audio;
		spec->source_frame = (int64_t)llrint(c->offset_seconds / c->rate * g->options->rate_hz) +
				     tempo_map_frame(tempo, spec->start_beat) -
				     tempo_map_frame(tempo, r->body->position_beats);
		return spec->source_frame < s->item->audio->n_frames;
	}
	e = instrument_of(g, s);
	if (e < 0)
		return e;
	spec->behaviour = REGION_PLAY_MIDI;
	spec->midi = s->item->midi;
	spec->instrument = s->instrument;
	spec->source_beat = late;
	return 1;
}

static int curve_of(const struct doc_processing *p, double beats, struct curve_content **ret)
{
	enum { STEPS = 64 };
	struct curve_point points[STEPS + 1];
	for (int i = 0; i <= STEPS; i++) {
		double x = (double)i / STEPS, y = x;
		if (p->curve == DOC_CURVE_EXPONENTIAL)
			y = x * x;
		else if (p->curve == DOC_CURVE_LOGARITHMIC)
			y = 1 - (1 - x) * (1 - x);
		else if (p->curve == DOC_CURVE_S)
			y = x * x * (3 - 2 * x);
		else if (p->curve == DOC_CURVE_HOLD)
			y = 0;
		points[i] = (struct curve_point){ .beat = beats * x,
						  .value = (float)(p->from_value + (p->to_value - p->from_value) * y) };
	}
	return curve_content_new(&heap, points, STEPS + 1, ret);
}

static int add_processing(struct garden *g, struct slot *s, const struct doc_region *r, struct region_spec *spec)
{
	const struct port_ref *port = find_place(r->body->processing.target, true);
	if (!port)
		return 0;
	struct curve_content *curve = NULL;
	int e = curve_of(&r->body->processing, r->body->duration_beats, &curve);
	if (e < 0)
		return e;
	spec->behaviour = REGION_PROCESS;
	spec->output = *port;
	spec->curve = curve;
	e = enter_set(g, s, spec);
	curve_content_unref(curve);
	return e;
}

static int project_region(struct garden *g, struct slot *s, struct doc_region *r)
{
	const struct region_body *b = r->body;
	const struct port_ref *port = find_place(b->output, false);
	struct region_spec spec = { .id = s->number, .gain = (float)b->gain, .output = port ? *port : (struct port_ref){ NODE_MASTER, 0 } };
	int e = leave_set(g, s);
	if (e < 0)
		return e;
	shape(r, &spec);
	if (!(spec.duration_beats > 0))
		return 0;
	if (b->behaviour == DOC_APPLY_PROCESSING)
		return add_processing(g, s, r, &spec);
	if (b->behaviour == DOC_EMIT_TRIGGER || b->behaviour == DOC_CUSTOM) {
		spec.behaviour = REGION_TRIGGER;
		spec.fade_in_beats = spec.fade_out_beats = 0;
		return enter_set(g, s, &spec);
	}
	e = content_spec_of(g, s, r, &spec);
	return e <= 0 ? e : enter_set(g, s, &spec);
}

static int project_marker(struct garden *g, struct slot *s, const struct doc_marker *m)
{
	const struct region_spec spec = { .id = s->number, .behaviour = REGION_TRIGGER, .gain = 1,
					  .output = { NODE_MASTER, 0 }, .start_beat = m->position_beats,
					  .duration_beats = MARKER_BEATS };
	int e = leave_set(g, s);
	return e < 0 ? e : enter_set(g, s, &spec);
}

/* ---- the whole document ---- */

struct pass {
	struct garden *g;
	int r;
};

static bool meet_region(struct doc_region *r, void *arg)
{
	struct pass *p = arg;
	struct slot *s = NULL;
	p->r = slot_get(&p->g->projection, false, r->id, &s);
	if (p->r < 0)
		return false;
	s->seen = p->g->projection.pass;
	if (s->region == r && !s->dirty)
		return true;
	bool other = !s->region || doc_region_content(s->region) != doc_region_content(r);
	doc_region_unref(s->region);
	s->region = doc_region_ref(r);
	if (other)
		forget_content(s);
	p->r = project_region(p->g, s, r);
	s->dirty = p->r < 0;
	return p->r >= 0;
}

static bool meet_marker(struct doc_marker *m, void *arg)
{
	struct pass *p = arg;
	struct slot *s = NULL;
	p->r = slot_get(&p->g->projection, true, m->id, &s);
	if (p->r < 0)
		return false;
	s->seen = p->g->projection.pass;
	if (s->mark == m && !s->dirty)
		return true;
	doc_marker_unref(s->mark);
	s->mark = doc_marker_ref(m);
	p->r = project_marker(p->g, s, m);
	s->dirty = p->r < 0;
	return p->r >= 0;
}

static int drop(struct garden *g, struct slot *s)
{
	int r = leave_set(g, s);
	if (r < 0)
		return r;
	doc_region_unref(s->region);
	doc_marker_unref(s->mark);
	s->region = NULL;
	s->mark = NULL;
	forget_content(s);
	slot_rest(&g->projection, s);
	return r;
}

/* What this pass did not meet is not on the timeline any more. */
static int drop_unseen(struct garden *g)
{
	struct projection *p = &g->projection;
	int r = 0;
	for (size_t i = 0; i < p->n_slots && r >= 0; i++) {
		struct slot *s = p->slots[i];
		if (s->seen != p->pass && (s->region || s->mark))
			r = drop(g, s);
	}
	return r;
}

static int renew_maps(struct garden *g, const struct document *d)
{
	struct projection *p = &g->projection;
	struct doc_tempo *tempo = document_tempo(d);
	struct doc_meter *meter = document_meter(d);
	if (p->maps && p->tempo == tempo && p->meter == meter)
		return 0;
	struct time_maps *maps = NULL;
	int r = time_maps_new(&heap, tempo->points, tempo->n, meter->points, meter->n, g->options->rate_hz, &maps);
	if (r < 0)
		return r;
	time_maps_unref(p->maps);
	doc_tempo_unref(p->tempo);
	doc_meter_unref(p->meter);
	p->maps = maps;
	p->tempo = doc_tempo_ref(tempo);
	p->meter = doc_meter_ref(meter);
	for (size_t i = 0; i < p->n_slots; i++)
		p->slots[i]->dirty = true; /* source frames of mixed-in content follow the tempo */
	return 0;
}

void garden_share_document(struct garden *g, struct document *d)
{
	pthread_mutex_lock(&g->doc_lock);
	struct document *old = g->doc;
	g->doc = document_ref(d);
	pthread_mutex_unlock(&g->doc_lock);
	document_unref(old);
	recall_document(g, d);
}

static int project_document(struct garden *g, const struct document *d)
{
	struct pass p = { g, 0 };
	g->projection.pass++;
	p.r = renew_maps(g, d);
	if (p.r >= 0)
		document_regions(d, -INFINITY, INFINITY, meet_region, &p);
	if (p.r >= 0)
		document_markers(d, -INFINITY, INFINITY, meet_marker, &p);
	return p.r < 0 ? p.r : drop_unseen(g);
}

static int project_change(struct garden *g, const struct change *c, const struct document *d)
{
	struct pass p = { g, 0 };
	struct slot *s = NULL;
	bool marker = c->kind == CHANGE_MARKER;
	struct doc_region *r = marker ? NULL : document_region(d, c->id);
	struct doc_marker *m = marker ? document_marker(d, c->id) : NULL;
	if (r)
		(void)meet_region(r, &p);
	else if (m)
		(void)meet_marker(m, &p);
	else if ((p.r = slot_get(&g->projection, marker, c->id, &s)) >= 0)
		p.r = drop(g, s);
	return p.r;
}

/* What these changes touch, as it is in `d`. */
static int project_changes(struct garden *g, const struct changes *c, const struct document *d)
{
	int r = 0;
	for (size_t i = 0; i < c->n && r >= 0; i++) {
		if (c->v[i].kind == CHANGE_TEMPO || c->v[i].kind == CHANGE_METER)
			return project_document(g, d);
		r = project_change(g, &c->v[i], d);
	}
	return r;
}

/* What is to be looked at again although the document is the same: its content has come. */
static int project_dirty(struct garden *g)
{
	struct projection *p = &g->projection;
	int r = 0;
	for (size_t i = 0; i < p->n_slots && r >= 0; i++) {
		struct slot *s = p->slots[i];
		if (!s->dirty)
			continue;
		if (s->region)
			r = project_region(g, s, s->region);
		else if (s->mark)
			r = project_marker(g, s, s->mark);
		s->dirty = r < 0;
	}
	return r;
}

static int snapshot_of(struct garden *g, const struct document *d, struct timeline_snapshot **ret)
{
	return timeline_snapshot_new(&heap, (uint64_t)document_revision(d), g->projection.set, g->projection.maps, ret);
}

/*
 * What is scheduled takes over from `s` at its beat, on that very frame, before anybody here has noticed that it came. Edits
 * that are going to be dropped are left out; those too far down the line come when the ones before them have been.
 */
static int foresee(struct garden *g, struct timeline_snapshot *s)
{
	size_t n = timeline_n_scheduled(g->timeline);
	struct document *now = timeline_now(g->timeline);
	AUTO(document) before = document_ref(now);
	n = n < FORESEEN_MAX ? n : FORESEEN_MAX;
	int r = 0;
	for (size_t i = 0; i < n && r >= 0; i++) {
		const struct scheduled_edit *e = timeline_scheduled(g->timeline, i);
		struct timeline_snapshot *next = NULL;
		struct document *after = NULL;
		if (timeline_foresee(g->timeline, i, before, &after, NULL) < 0)
			continue;
		document_unref(before);
		before = after;
		r = project_changes(g, &e->changes, after);
		if (r >= 0)
			r = snapshot_of(g, after, &next);
		if (r >= 0)
			r = timeline_snapshot_follow(s, next, e->at_beats);
		s = next;
	}
	for (size_t i = 0; i < n; i++) { /* the slots stand for what is, not for what will be */
		int back = project_changes(g, &timeline_scheduled(g->timeline, i)->changes, now);
		r = r < 0 ? r : back;
	}
	return r;
}

static int publish(struct garden *g, const struct document *d)
{
	struct timeline_snapshot *s = NULL;
	int r = snapshot_of(g, d, &s);
	if (r >= 0)
		r = foresee(g, s);
	if (r >= 0)
		r = engine_publish(g->engine, TAKE(s));
	content_ahead_wake(g->ahead);
	timeline_snapshot_unref(s);
	(void)engine_reclaim(g->engine); /* what is still read is freed by a later call */
	return r;
}

int project_now(struct garden *g, const struct changes *c, struct err *err)
{
	struct document *d = timeline_now(g->timeline);
	garden_share_document(g, d);
	int r = g->projection.stale ? project_document(g, d) : c ? project_changes(g, c, d) : project_dirty(g);
	if (r >= 0)
		r = publish(g, d);
	g->projection.stale = r < 0;
	return r < 0 ? err_set(err, r, "the engine cannot take up revision %lld", (long long)document_revision(d)) : 0;
}

int project_instruments(struct garden *g, uint32_t attention)
{
	int r = 0;
	for (size_t i = 0; i < g->projection.n_slots && r == 0; i++) {
		if (g->projection.slots[i]->instrument)
			r = instrument_prepare(g->projection.slots[i]->instrument, attention);
	}
	return r;
}

int project_open(struct garden *g, struct err *err)
{
	g->projection.by_id = map_new();
	if (!g->projection.by_id)
		return err_set(err, -ENOMEM, "timeline");
	g->projection.stale = true; /* all of it, the first time */
	int r = project_graph(g, g->main, err);
	return r < 0 ? r : project_now(g, NULL, err);
}

void project_close(struct garden *g)
{
	struct projection *p = &g->projection;
	for (size_t i = 0; i < p->n_slots; i++) {
		struct slot *s = p->slots[i];
		doc_region_unref(s->region);
		doc_marker_unref(s->mark);
		instrument_unref(s->instrument);
		free(s->id);
		free(s);
	}
	free(p->slots);
	map_free(p->by_id);
	region_set_unref(p->set);
	time_maps_unref(p->maps);
	doc_tempo_unref(p->tempo);
	doc_meter_unref(p->meter);
	*p = (struct projection){ 0 };
}
