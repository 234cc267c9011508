#include "timeline/doc_json_priv.h"

#include <math.h>
#include <string.h>

#include "base/limits.h"

/* Every failure ends in a NULL that the next call passes on. */

/* Takes both over; false when either is missing or memory is out. */
static bool put(json_t *obj, const char *key, json_t *value)
{
	return value && json_object_set_new(obj, key, value) == 0;
}

static bool put_text(json_t *obj, const char *key, const char *s)
{
	return !s || put(obj, key, json_string(s));
}

static bool put_number(json_t *obj, const char *key, double v)
{
	return put(obj, key, json_real(v));
}

static bool put_int(json_t *obj, const char *key, int64_t v)
{
	return put(obj, key, json_integer(v));
}

static json_t *keep(json_t *j, bool ok)
{
	if (ok)
		return j;
	json_decref(j);
	return NULL;
}

static json_t *strings_json(char *const *s, size_t n)
{
	json_t *a = json_array();
	bool ok = a;
	for (size_t i = 0; ok && i < n; i++)
		ok = json_array_append_new(a, json_string(s[i])) == 0;
	return keep(a, ok);
}

static json_t *content_json(const struct doc_content *c)
{
	json_t *j = json_object();
	return keep(j, put_text(j, "hash", c->hash) && put_text(j, "path", c->path) && put_text(j, "mime", c->mime) &&
			       put_text(j, "artifact_id", c->artifact_id) && put_number(j, "duration", c->duration_seconds) &&
			       put_number(j, "offset", c->offset_seconds) && put_number(j, "rate", c->rate) &&
			       put(j, "reverse", json_boolean(c->reverse)));
}

static json_t *intent_json(const struct doc_intent *i)
{
	json_t *j = json_object();
	return keep(j, put_text(j, "verb", i->verb) && put_text(j, "space", i->space) && put_text(j, "prompt", i->prompt) &&
			       put_text(j, "parameters", i->parameters) && put_text(j, "constraints", i->constraints) &&
			       put_text(j, "context", i->context));
}

static json_t *processing_json(const struct doc_processing *p)
{
	json_t *j = json_object();
	return keep(j, put_text(j, "target", p->target) && put_number(j, "from", p->from_value) &&
			       put_number(j, "to", p->to_value) && put_int(j, "curve", p->curve));
}

static json_t *mix_json(const struct doc_mix *m)
{
	json_t *j = json_object();
	return keep(j, put_int(j, "kind", m->kind) && put_number(j, "at", m->at_beats) &&
			       put_number(j, "fade", m->fade_beats) && put_text(j, "other", m->other));
}

static json_t *body_json(const struct region_body *b)
{
	json_t *j = json_object();
	return keep(j, put_number(j, "position", b->position_beats) && put_number(j, "duration", b->duration_beats) &&
			       put_int(j, "behaviour", b->behaviour) && put_text(j, "name", b->name) &&
			       put_text(j, "output", b->output) && put_number(j, "gain", b->gain) &&
			       put_number(j, "fade_in", b->fade_in_beats) && put_number(j, "fade_out", b->fade_out_beats) &&
			       put(j, "tags", strings_json(b->tags, b->n_tags)) &&
			       (!b->has_content || put(j, "content", content_json(&b->content))) &&
			       (!b->has_intent || put(j, "intent", intent_json(&b->intent))) &&
			       (!b->processing.target || put(j, "processing", processing_json(&b->processing))) &&
			       put_text(j, "trigger", b->trigger) && put_text(j, "custom", b->custom) &&
			       put_text(j, "actor", b->actor));
}

static json_t *life_json(const struct region_life *l)
{
	json_t *j = json_object();
	return keep(j, put_int(j, "state", l->state) && put_text(j, "job_id", l->job_id) &&
			       put_number(j, "progress", l->progress) && put_int(j, "refinements", l->refinements) &&
			       (!l->has_content || put(j, "content", content_json(&l->content))) &&
			       (!l->has_mix || put(j, "mix", mix_json(&l->mix))) &&
			       (!l->n_replaces || put(j, "replaces", strings_json(l->replaces, l->n_replaces))) &&
			       (!l->taken_over.other || put(j, "taken_over", mix_json(&l->taken_over))) &&
			       put_text(j, "reason", l->reason));
}

static json_t *region_json(const struct doc_region *r)
{
	json_t *j = json_object();
	return keep(j, put_text(j, "id", r->id) && put_int(j, "revision", r->revision) &&
			       put(j, "body", body_json(r->body)) && put(j, "life", life_json(r->life)));
}

static json_t *marker_json(const struct doc_marker *m)
{
	json_t *j = json_object();
	return keep(j, put_text(j, "id", m->id) && put_number(j, "position", m->position_beats) &&
			       put_text(j, "type", m->type) && put_text(j, "label", m->label) &&
			       put_text(j, "metadata", m->metadata));
}

static json_t *tempo_json(const struct doc_tempo *t)
{
	json_t *a = json_array();
	bool ok = a;
	for (uint32_t i = 0; ok && i < t->n; i++) {
		json_t *j = json_object();
		j = keep(j, put_number(j, "beat", t->points[i].beat) && put_number(j, "bpm", t->points[i].bpm) &&
				    put_int(j, "shape", t->points[i].shape));
		ok = j && json_array_append_new(a, j) == 0;
	}
	return keep(a, ok);
}

static json_t *meter_json(const struct doc_meter *m)
{
	json_t *a = json_array();
	bool ok = a;
	for (uint32_t i = 0; ok && i < m->n; i++) {
		json_t *j = json_object();
		j = keep(j, put_number(j, "beat", m->points[i].beat) && put_int(j, "numerator", m->points[i].numerator) &&
				    put_int(j, "denominator", m->points[i].denominator));
		ok = j && json_array_append_new(a, j) == 0;
	}
	return keep(a, ok);
}

struct appender {
	json_t *array;
	bool ok;
};

static bool append_region(struct doc_region *r, void *arg)
{
	struct appender *a = arg;
	json_t *j = region_json(r);
	a->ok = j && json_array_append_new(a->array, j) == 0;
	return a->ok;
}

static bool append_marker(struct doc_marker *m, void *arg)
{
	struct appender *a = arg;
	json_t *j = marker_json(m);
	a->ok = j && json_array_append_new(a->array, j) == 0;
	return a->ok;
}

json_t *document_json(const struct document *d)
{
	struct appender regions = { json_array(), true }, markers = { json_array(), true };
	if (regions.array)
		document_regions(d, -INFINITY, INFINITY, append_region, &regions);
	if (markers.array)
		document_markers(d, -INFINITY, INFINITY, append_marker, &markers);
	regions.array = keep(regions.array, regions.ok);
	markers.array = keep(markers.array, markers.ok);
	json_t *j = json_object();
	bool has_regions = put(j, "regions", regions.array);
	bool has_markers = put(j, "markers", markers.array);
	return keep(j, has_regions && has_markers && put_text(j, "type", "document") &&
			       put_int(j, "revision", document_revision(d)) &&
			       put(j, "tempo", tempo_json(document_tempo(d))) &&
			       put(j, "meter", meter_json(document_meter(d))));
}

static bool put_sides(json_t *j, const struct change *c)
{
	switch (c->kind) {
	case CHANGE_REGION:
	case CHANGE_LIFE:
		return (!c->old_region || put(j, "old", region_json(c->old_region))) &&
		       (!c->new_region || put(j, "new", region_json(c->new_region)));
	case CHANGE_MARKER:
		return (!c->old_marker || put(j, "old", marker_json(c->old_marker))) &&
		       (!c->new_marker || put(j, "new", marker_json(c->new_marker)));
	case CHANGE_TEMPO:
		return put(j, "old", tempo_json(c->old_tempo)) && put(j, "new", tempo_json(c->new_tempo));
	case CHANGE_METER:
		return put(j, "old", meter_json(c->old_meter)) && put(j, "new", meter_json(c->new_meter));
	case CHANGE_KIND_COUNT:
		break;
	}
	return false;
}

static json_t *change_json(const struct change *c)
{
	json_t *j = json_object();
	return keep(j, put_int(j, "kind", c->kind) && put_text(j, "id", c->id) && put_sides(j, c));
}

static json_t *changes_json(const struct changes *c)
{
	json_t *a = json_array();
	bool ok = a;
	for (size_t i = 0; ok && i < c->n; i++) {
		json_t *j = change_json(&c->v[i]);
		ok = j && json_array_append_new(a, j) == 0;
	}
	return keep(a, ok);
}

json_t *edit_json(const struct edit *e)
{
	json_t *reverted = json_array();
	bool listed = reverted;
	for (size_t i = 0; listed && i < e->n_reverted; i++)
		listed = json_array_append_new(reverted, json_integer(e->reverted[i])) == 0;
	json_t *j = json_object();
	bool has_reverted = put(j, "reverted", keep(reverted, listed));
	return keep(j, has_reverted && put(j, "changes", changes_json(&e->changes)) && put_text(j, "type", "edit") &&
			       put_int(j, "revision", e->revision) && put_int(j, "kind", e->kind) &&
			       put_text(j, "actor", e->actor) && put_int(j, "time", e->time_unix_ms) &&
			       (!e->has_at || put_number(j, "at", e->at_beats)) && put_int(j, "of", e->of_revision) &&
			       (!e->scheduled || put_int(j, "scheduled", e->scheduled)));
}

json_t *scheduled_json(const struct scheduled_edit *s)
{
	json_t *j = json_object();
	return keep(j, put_text(j, "type", "scheduled") && put_int(j, "number", s->number) &&
			       put_text(j, "actor", s->actor) && put_int(j, "time", s->time_unix_ms) &&
			       put_number(j, "at", s->at_beats) && put_int(j, "base", s->base_revision) &&
			       put(j, "changes", changes_json(&s->changes)));
}

json_t *unscheduled_json(int64_t number, const char *reason)
{
	json_t *j = json_object();
	return keep(j, put_text(j, "type", "unscheduled") && put_int(j, "number", number) && put_text(j, "reason", reason));
}
