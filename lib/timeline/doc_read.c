#include "timeline/doc_json_priv.h"

#include <math.h>
#include <string.h>

#include "base/limits.h"

/* What json_get says about a type is damage here: the file passed its checksum and still makes no sense. */
static int bad(int r, struct err *err)
{
	if (r < 0 && r != -ENOMEM && err)
		err->code = -EBADMSG;
	return r < 0 && r != -ENOMEM ? -EBADMSG : r;
}

static int take_text(const json_t *j, const char *key, char **dst, struct err *err)
{
	const char *s = NULL;
	int r = json_get_string_or(j, key, NULL, &s, err);
	if (r < 0)
		return bad(r, err);
	return doc_set(dst, s) < 0 ? err_set(err, -ENOMEM, "%s", key) : 0;
}

static int need_text(const json_t *j, const char *key, char **dst, struct err *err)
{
	int r = take_text(j, key, dst, err);
	if (r >= 0 && (!*dst || !**dst))
		return err_field(err, -EBADMSG, key, "%s is missing", key);
	return r;
}

static int take_number(const json_t *j, const char *key, double *dst, struct err *err)
{
	return bad(json_get_number(j, key, dst, err), err);
}

static int take_enum(const json_t *j, const char *key, int64_t count, int64_t *dst, struct err *err)
{
	int64_t v = 0;
	int r = bad(json_get_int(j, key, &v, err), err);
	if (r < 0)
		return r;
	if (v < 0 || v >= count)
		return err_field(err, -EBADMSG, key, "%s is %lld, beyond the last of %lld", key, (long long)v,
				 (long long)count);
	*dst = v;
	return 0;
}

static int take_strings(const json_t *j, const char *key, char ***ret, size_t *ret_n, struct err *err)
{
	const json_t *a = json_object_get(j, key);
	if (!a)
		return 0;
	if (!json_is_array(a))
		return err_field(err, -EBADMSG, key, "%s is not a list", key);
	size_t n = json_array_size(a);
	char **s = mem_new_array(n, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "%s", key);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(a, i));
		s[i] = text ? strdup(text) : NULL;
		if (!s[i]) {
			doc_strings_free(s, n);
			return text ? err_set(err, -ENOMEM, "%s", key)
				    : err_field(err, -EBADMSG, key, "%s holds something else than text", key);
		}
	}
	doc_strings_free(*ret, *ret_n);
	*ret = s;
	*ret_n = n;
	return 0;
}

static int content_of(const json_t *j, struct doc_content *c, struct err *err)
{
	int r;
	if ((r = take_text(j, "hash", &c->hash, err)) < 0 || (r = take_text(j, "path", &c->path, err)) < 0 ||
	    (r = take_text(j, "mime", &c->mime, err)) < 0 || (r = take_text(j, "artifact_id", &c->artifact_id, err)) < 0 ||
	    (r = take_number(j, "duration", &c->duration_seconds, err)) < 0 ||
	    (r = take_number(j, "offset", &c->offset_seconds, err)) < 0 ||
	    (r = take_number(j, "rate", &c->rate, err)) < 0)
		return r;
	c->reverse = json_is_true(json_object_get(j, "reverse"));
	if (!c->hash && !c->path)
		return err_field(err, -EBADMSG, "content", "content has neither hash nor path");
	if (!(c->rate > 0))
		return err_field(err, -EBADMSG, "rate", "content has the rate %g", c->rate);
	return 0;
}

static int intent_of(const json_t *j, struct doc_intent *i, struct err *err)
{
	int r;
	if ((r = take_text(j, "verb", &i->verb, err)) < 0 || (r = take_text(j, "space", &i->space, err)) < 0 ||
	    (r = take_text(j, "prompt", &i->prompt, err)) < 0 ||
	    (r = take_text(j, "parameters", &i->parameters, err)) < 0 ||
	    (r = take_text(j, "constraints", &i->constraints, err)) < 0)
		return r;
	return take_text(j, "context", &i->context, err);
}

static int mix_of(const json_t *j, struct doc_mix *m, struct err *err)
{
	int64_t kind = 0;
	int r;
	if ((r = take_enum(j, "kind", DOC_CROSSFADE_COUNT, &kind, err)) < 0 ||
	    (r = take_number(j, "at", &m->at_beats, err)) < 0 || (r = take_number(j, "fade", &m->fade_beats, err)) < 0)
		return r;
	m->kind = (enum doc_crossfade)kind;
	return take_text(j, "other", &m->other, err);
}

static int processing_of(const json_t *j, struct doc_processing *p, struct err *err)
{
	int64_t curve = 0;
	int r;
	if ((r = need_text(j, "target", &p->target, err)) < 0 || (r = take_number(j, "from", &p->from_value, err)) < 0 ||
	    (r = take_number(j, "to", &p->to_value, err)) < 0 ||
	    (r = take_enum(j, "curve", DOC_CURVE_COUNT, &curve, err)) < 0)
		return r;
	p->curve = (enum doc_curve)curve;
	return 0;
}

static int body_parts_of(const json_t *j, struct region_body *b, struct err *err)
{
	const json_t *part;
	int r = take_strings(j, "tags", &b->tags, &b->n_tags, err);
	if (r >= 0 && (part = json_object_get(j, "content"))) {
		r = content_of(part, &b->content, err);
		b->has_content = true;
	}
	if (r >= 0 && (part = json_object_get(j, "intent"))) {
		r = intent_of(part, &b->intent, err);
		b->has_intent = true;
	}
	if (r >= 0 && (part = json_object_get(j, "processing")))
		r = processing_of(part, &b->processing, err);
	return r;
}

static int body_of(const json_t *j, struct region_body **ret, struct err *err)
{
	AUTO(region_body) b = region_body_new();
	if (!b)
		return err_set(err, -ENOMEM, "region");
	int64_t behaviour = 0;
	int r;
	if ((r = take_number(j, "position", &b->position_beats, err)) < 0 ||
	    (r = take_number(j, "duration", &b->duration_beats, err)) < 0 ||
	    (r = take_enum(j, "behaviour", DOC_BEHAVIOUR_COUNT, &behaviour, err)) < 0 ||
	    (r = take_text(j, "name", &b->name, err)) < 0 || (r = need_text(j, "output", &b->output, err)) < 0 ||
	    (r = take_number(j, "gain", &b->gain, err)) < 0 || (r = take_number(j, "fade_in", &b->fade_in_beats, err)) < 0 ||
	    (r = take_number(j, "fade_out", &b->fade_out_beats, err)) < 0 || (r = body_parts_of(j, b, err)) < 0 ||
	    (r = take_text(j, "trigger", &b->trigger, err)) < 0 || (r = take_text(j, "custom", &b->custom, err)) < 0 ||
	    (r = take_text(j, "actor", &b->actor, err)) < 0)
		return r;
	b->behaviour = (enum doc_behaviour)behaviour;
	if (!(b->duration_beats > 0))
		return err_field(err, -EBADMSG, "duration", "a region of %g beats", b->duration_beats);
	if (!b->actor && doc_set(&b->actor, "") < 0)
		return err_set(err, -ENOMEM, "region");
	*ret = TAKE(b);
	return 0;
}

static int life_of(const json_t *j, struct region_life **ret, struct err *err)
{
	AUTO(region_life) l = region_life_new(LIFE_PLAIN);
	if (!l)
		return err_set(err, -ENOMEM, "region");
	int64_t state = 0;
	int r;
	if ((r = take_enum(j, "state", LIFE_STATE_COUNT, &state, err)) < 0 ||
	    (r = take_text(j, "job_id", &l->job_id, err)) < 0 || (r = take_number(j, "progress", &l->progress, err)) < 0 ||
	    (r = bad(json_get_int(j, "refinements", &l->refinements, err), err)) < 0 ||
	    (r = take_strings(j, "replaces", &l->replaces, &l->n_replaces, err)) < 0 ||
	    (r = take_text(j, "reason", &l->reason, err)) < 0)
		return r;
	l->state = (enum life_state)state;
	const json_t *part;
	if ((part = json_object_get(j, "content"))) {
		l->has_content = true;
		if ((r = content_of(part, &l->content, err)) < 0)
			return r;
	}
	if ((part = json_object_get(j, "mix"))) {
		l->has_mix = true;
		if ((r = mix_of(part, &l->mix, err)) < 0)
			return r;
	}
	if ((part = json_object_get(j, "taken_over")) && (r = mix_of(part, &l->taken_over, err)) < 0)
		return r;
	*ret = TAKE(l);
	return 0;
}

static int region_of(const json_t *j, struct doc_region **ret, struct err *err)
{
	AUTO(region_body) body = NULL;
	AUTO(region_life) life = NULL;
	char AUTO_MEM *id = NULL;
	int64_t revision = 0;
	int r;
	if ((r = need_text(j, "id", &id, err)) < 0 || (r = bad(json_get_int(j, "revision", &revision, err), err)) < 0 ||
	    (r = body_of(json_object_get(j, "body"), &body, err)) < 0 ||
	    (r = life_of(json_object_get(j, "life"), &life, err)) < 0)
		return r;
	if (strlen(id) > DOC_KEY_SIZE - 32)
		return err_field(err, -EBADMSG, "id", "the id of a region has %zu bytes", strlen(id));
	*ret = doc_region_new(id, body, life, revision);
	return *ret ? 0 : err_set(err, -ENOMEM, "region '%s'", id);
}

static int marker_of(const json_t *j, struct doc_marker **ret, struct err *err)
{
	char AUTO_MEM *id = NULL, AUTO_MEM *type = NULL, AUTO_MEM *label = NULL, AUTO_MEM *metadata = NULL;
	double position = 0;
	int r;
	if ((r = need_text(j, "id", &id, err)) < 0 || (r = take_number(j, "position", &position, err)) < 0 ||
	    (r = need_text(j, "type", &type, err)) < 0 || (r = take_text(j, "label", &label, err)) < 0 ||
	    (r = take_text(j, "metadata", &metadata, err)) < 0)
		return r;
	if (strlen(id) > DOC_KEY_SIZE - 32)
		return err_field(err, -EBADMSG, "id", "the id of a marker has %zu bytes", strlen(id));
	*ret = doc_marker_new(id, position, type, label, metadata);
	return *ret ? 0 : err_set(err, -ENOMEM, "marker '%s'", id);
}

static int tempo_of(const json_t *a, struct doc_tempo **ret, struct err *err)
{
	size_t n = json_array_size(a);
	if (n < 1 || n > (size_t)LIMIT_TIMELINE_POINTS + 1)
		return err_field(err, -EBADMSG, "tempo", "a tempo map of %zu points", n);
	struct tempo_point AUTO_MEM *points = mem_new_array(n, sizeof(*points));
	if (!points)
		return err_set(err, -ENOMEM, "tempo");
	for (size_t i = 0; i < n; i++) {
		const json_t *j = json_array_get(a, i);
		int64_t shape = 0;
		int r;
		if ((r = take_number(j, "beat", &points[i].beat, err)) < 0 ||
		    (r = take_number(j, "bpm", &points[i].bpm, err)) < 0 ||
		    (r = take_enum(j, "shape", TEMPO_SHAPE_COUNT, &shape, err)) < 0)
			return r;
		points[i].shape = (enum tempo_shape)shape;
		if (!(points[i].bpm >= TEMPO_MIN_BPM && points[i].bpm <= TEMPO_MAX_BPM) ||
		    (i == 0 ? points[i].beat != 0 : !(points[i].beat > points[i - 1].beat)))
			return err_field(err, -EBADMSG, "tempo", "point %zu of the tempo map is no tempo", i);
	}
	*ret = doc_tempo_new(points, (uint32_t)n);
	return *ret ? 0 : err_set(err, -ENOMEM, "tempo");
}

static int meter_of(const json_t *a, struct doc_meter **ret, struct err *err)
{
	size_t n = json_array_size(a);
	if (n < 1 || n > (size_t)LIMIT_TIMELINE_POINTS + 1)
		return err_field(err, -EBADMSG, "meter", "a meter map of %zu points", n);
	struct meter_point AUTO_MEM *points = mem_new_array(n, sizeof(*points));
	if (!points)
		return err_set(err, -ENOMEM, "meter");
	for (size_t i = 0; i < n; i++) {
		const json_t *j = json_array_get(a, i);
		int64_t numerator = 0, denominator = 0;
		int r;
		if ((r = take_number(j, "beat", &points[i].beat, err)) < 0 ||
		    (r = take_enum(j, "numerator", 65, &numerator, err)) < 0 ||
		    (r = take_enum(j, "denominator", 65, &denominator, err)) < 0)
			return r;
		points[i].numerator = (uint32_t)numerator;
		points[i].denominator = (uint32_t)denominator;
		if (numerator < 1 || denominator < 1 || (denominator & (denominator - 1)) ||
		    !(points[i].beat >= 0) || (i > 0 && !(points[i].beat > points[i - 1].beat)))
			return err_field(err, -EBADMSG, "meter", "point %zu of the meter map is no meter", i);
	}
	*ret = doc_meter_new(points, (uint32_t)n);
	return *ret ? 0 : err_set(err, -ENOMEM, "meter");
}

static int regions_of(const json_t *j, struct document **d, struct err *err)
{
	const json_t *a = json_object_get(j, "regions");
	for (size_t i = 0; i < json_array_size(a); i++) {
		AUTO(doc_region) item = NULL;
		struct document *next = NULL;
		int r = region_of(json_array_get(a, i), &item, err);
		if (r < 0)
			return r;
		if (document_region(*d, item->id))
			return err_set(err, -EBADMSG, "two regions '%s'", item->id);
		r = document_with_region(*d, item->id, item, &next);
		if (r < 0)
			return err_set(err, r, "region '%s'", item->id);
		document_unref(*d);
		*d = next;
	}
	return 0;
}

static int markers_of(const json_t *j, struct document **d, struct err *err)
{
	const json_t *a = json_object_get(j, "markers");
	for (size_t i = 0; i < json_array_size(a); i++) {
		AUTO(doc_marker) item = NULL;
		struct document *next = NULL;
		int r = marker_of(json_array_get(a, i), &item, err);
		if (r < 0)
			return r;
		if (document_marker(*d, item->id))
			return err_set(err, -EBADMSG, "two markers '%s'", item->id);
		r = document_with_marker(*d, item->id, item, &next);
		if (r < 0)
			return err_set(err, r, "marker '%s'", item->id);
		document_unref(*d);
		*d = next;
	}
	return 0;
}

static int maps_of(const json_t *j, struct document **d, struct err *err)
{
	AUTO(doc_tempo) tempo = NULL;
	AUTO(doc_meter) meter = NULL;
	AUTO(document) with_tempo = NULL;
	struct document *next = NULL;
	int r;
	if ((r = tempo_of(json_object_get(j, "tempo"), &tempo, err)) < 0 ||
	    (r = meter_of(json_object_get(j, "meter"), &meter, err)) < 0)
		return r;
	if ((r = document_with_tempo(*d, tempo, &with_tempo)) < 0 ||
	    (r = document_with_meter(with_tempo, meter, &next)) < 0)
		return err_set(err, r, "document");
	document_unref(*d);
	*d = next;
	return 0;
}

int document_of_json(const json_t *j, struct document **ret, struct err *err)
{
	AUTO(document) d = document_new();
	int64_t revision = 0;
	if (!d)
		return err_set(err, -ENOMEM, "document");
	int r = bad(json_get_int(j, "revision", &revision, err), err);
	if (r >= 0 && revision < 0)
		r = err_field(err, -EBADMSG, "revision", "revision %lld", (long long)revision);
	if (r < 0 || (r = maps_of(j, &d, err)) < 0 || (r = regions_of(j, &d, err)) < 0 ||
	    (r = markers_of(j, &d, err)) < 0)
		return r;
	r = document_with_revision(d, revision, ret);
	return r < 0 ? err_set(err, r, "document") : 0;
}

static int region_side(const json_t *j, const char *key, struct doc_region **ret, struct err *err)
{
	const json_t *side = json_object_get(j, key);
	return side ? region_of(side, ret, err) : 0;
}

static int marker_side(const json_t *j, const char *key, struct doc_marker **ret, struct err *err)
{
	const json_t *side = json_object_get(j, key);
	return side ? marker_of(side, ret, err) : 0;
}

static int sides_of(const json_t *j, struct change *c, struct err *err)
{
	int r = 0;
	switch (c->kind) {
	case CHANGE_REGION:
	case CHANGE_LIFE:
		r = region_side(j, "old", &c->old_region, err);
		if (r >= 0)
			r = region_side(j, "new", &c->new_region, err);
		if (r >= 0 && c->kind == CHANGE_LIFE && (!c->old_region || !c->new_region))
			return err_set(err, -EBADMSG, "a life that comes from nothing");
		break;
	case CHANGE_MARKER:
		r = marker_side(j, "old", &c->old_marker, err);
		if (r >= 0)
			r = marker_side(j, "new", &c->new_marker, err);
		break;
	case CHANGE_TEMPO:
		r = tempo_of(json_object_get(j, "old"), &c->old_tempo, err);
		return r < 0 ? r : tempo_of(json_object_get(j, "new"), &c->new_tempo, err);
	case CHANGE_METER:
		r = meter_of(json_object_get(j, "old"), &c->old_meter, err);
		return r < 0 ? r : meter_of(json_object_get(j, "new"), &c->new_meter, err);
	case CHANGE_KIND_COUNT:
		break;
	}
	if (r >= 0 && !c->old_region && !c->new_region && !c->old_marker && !c->new_marker)
		return err_set(err, -EBADMSG, "a change of nothing");
	return r;
}

static int change_of(const json_t *j, struct change *c, struct err *err)
{
	int64_t kind = 0;
	int r = take_enum(j, "kind", CHANGE_KIND_COUNT, &kind, err);
	if (r < 0)
		return r;
	c->kind = (enum change_kind)kind;
	if (c->kind != CHANGE_TEMPO && c->kind != CHANGE_METER) {
		r = need_text(j, "id", &c->id, err);
		if (r < 0)
			return r;
		if (strlen(c->id) > DOC_KEY_SIZE - 32)
			return err_field(err, -EBADMSG, "id", "an id has %zu bytes", strlen(c->id));
	}
	return sides_of(j, c, err);
}

void edit_done(struct edit *e)
{
	free(e->actor);
	free(e->reverted);
	changes_done(&e->changes);
	document_unref(e->after);
	*e = (struct edit){ 0 };
}

static int reverted_of(const json_t *a, struct edit *e, struct err *err)
{
	size_t n = json_array_size(a);
	e->reverted = n ? mem_new_array(n, sizeof(*e->reverted)) : NULL;
	if (n && !e->reverted)
		return err_set(err, -ENOMEM, "edit");
	for (size_t i = 0; i < n; i++)
		e->reverted[i] = json_integer_value(json_array_get(a, i));
	e->n_reverted = n;
	return 0;
}

/* What was read before an error stays in the list, for its owner to free. */
static int changes_of(const json_t *a, struct changes *ret, struct err *err)
{
	size_t n = json_array_size(a);
	if (mem_grow(&ret->v, &ret->room, n ? n : 1, sizeof(*ret->v)) < 0)
		return err_set(err, -ENOMEM, "changes");
	for (size_t i = 0; i < n; i++) {
		ret->v[i] = (struct change){ 0 };
		ret->n = i + 1;
		int r = change_of(json_array_get(a, i), &ret->v[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int edit_fill(const json_t *j, struct edit *e, struct err *err)
{
	int64_t kind = 0;
	int r;
	if ((r = bad(json_get_int(j, "revision", &e->revision, err), err)) < 0 ||
	    (r = take_enum(j, "kind", EDIT_KIND_COUNT, &kind, err)) < 0 ||
	    (r = take_text(j, "actor", &e->actor, err)) < 0 ||
	    (r = bad(json_get_int(j, "time", &e->time_unix_ms, err), err)) < 0 ||
	    (r = bad(json_get_int(j, "of", &e->of_revision, err), err)) < 0 ||
	    (r = bad(json_get_int_or(j, "scheduled", 0, &e->scheduled, err), err)) < 0)
		return r;
	e->kind = (enum edit_kind)kind;
	e->has_at = json_object_get(j, "at");
	if (e->has_at && (r = take_number(j, "at", &e->at_beats, err)) < 0)
		return r;
	if ((r = reverted_of(json_object_get(j, "reverted"), e, err)) < 0)
		return r;
	if ((r = changes_of(json_object_get(j, "changes"), &e->changes, err)) < 0)
		return r;
	return !e->actor && doc_set(&e->actor, "") < 0 ? err_set(err, -ENOMEM, "edit") : 0;
}

int edit_of_json(const json_t *j, struct edit *ret, struct err *err)
{
	struct edit e = { 0 };
	int r = edit_fill(j, &e, err);
	if (r < 0) {
		edit_done(&e);
		return r;
	}
	*ret = e;
	return 0;
}

static int scheduled_fill(const json_t *j, struct scheduled_edit *s, struct err *err)
{
	int r;
	if ((r = bad(json_get_int(j, "number", &s->number, err), err)) < 0 ||
	    (r = take_text(j, "actor", &s->actor, err)) < 0 ||
	    (r = bad(json_get_int(j, "time", &s->time_unix_ms, err), err)) < 0 ||
	    (r = take_number(j, "at", &s->at_beats, err)) < 0 ||
	    (r = bad(json_get_int(j, "base", &s->base_revision, err), err)) < 0 ||
	    (r = changes_of(json_object_get(j, "changes"), &s->changes, err)) < 0)
		return r;
	if (s->number < 1 || !isfinite(s->at_beats))
		return err_field(err, -EBADMSG, "number", "a scheduled edit %lld for beat %g", (long long)s->number,
				 s->at_beats);
	return !s->actor && doc_set(&s->actor, "") < 0 ? err_set(err, -ENOMEM, "schedule") : 0;
}

int scheduled_of_json(const json_t *j, struct scheduled_edit *ret, struct err *err)
{
	struct scheduled_edit s = { 0 };
	int r = scheduled_fill(j, &s, err);
	if (r < 0) {
		scheduled_edit_done(&s);
		return r;
	}
	*ret = s;
	return 0;
}
