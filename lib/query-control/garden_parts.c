#include "query-control/garden_parts.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"

#include "base/banned.h"

/* The catalogue's words and the timeline's are in the same order. */
_Static_assert((int)VIEW_BEHAVIOUR_CUSTOM == (int)DOC_CUSTOM, "behaviours");
_Static_assert((int)VIEW_REGION_CANCELLED == (int)LIFE_CANCELLED, "states");
_Static_assert((int)VIEW_CURVE_HOLD == (int)DOC_CURVE_HOLD, "curves");
_Static_assert((int)VIEW_CROSSFADE_EQUAL_POWER == (int)DOC_EQUAL_POWER, "crossfades");
_Static_assert((int)VIEW_TEMPO_RAMP == (int)TEMPO_RAMP, "tempo shapes");
_Static_assert((int)VIEW_TRANSPORT_PAUSED == (int)GARDEN_PAUSED, "transport states");

static int set_text(char **dst, bool has, const char *s)
{
	return doc_set(dst, has ? s : NULL);
}

static int set_json(char **dst, bool has, const json_t *j)
{
	free(*dst);
	*dst = has && j ? json_text(j, JSON_OUT_COMPACT) : NULL;
	return has && j && !*dst ? -ENOMEM : 0;
}

/* ---- regions ---- */

static int read_content(const struct content_spec *v, struct doc_content *c)
{
	c->duration_seconds = v->has_duration_seconds ? v->duration_seconds : -1;
	c->offset_seconds = v->offset_seconds;
	c->rate = v->rate;
	c->reverse = v->reverse;
	int r = set_text(&c->hash, v->has_hash, v->hash);
	r |= set_text(&c->path, v->has_path, v->path);
	r |= set_text(&c->mime, v->has_mime, v->mime);
	r |= set_text(&c->artifact_id, v->has_artifact_id, v->artifact_id);
	return r < 0 ? -ENOMEM : 0;
}

static int read_intent(const struct intent_spec *v, struct doc_intent *i)
{
	int r = set_text(&i->verb, v->has_verb, v->verb);
	r |= set_text(&i->space, v->has_space, v->space);
	r |= set_text(&i->prompt, v->has_prompt, v->prompt);
	r |= set_json(&i->parameters, v->has_parameters, v->parameters);
	r |= set_json(&i->constraints, v->has_constraints, v->constraints);
	r |= set_json(&i->context, v->has_context, v->context);
	return r < 0 ? -ENOMEM : 0;
}

static int read_body_texts(const struct region_view *v, struct region_body *b)
{
	int r = set_text(&b->name, v->has_name, v->name);
	r |= doc_set(&b->output, v->output);
	r |= set_text(&b->trigger, v->has_trigger, v->trigger);
	r |= set_json(&b->custom, v->has_custom, v->custom);
	r |= doc_set(&b->actor, v->actor);
	if (r == 0)
		r = doc_strings_copy((char *const *)v->tags.v, v->tags.n, &b->tags);
	if (r == 0)
		b->n_tags = v->tags.n;
	return r < 0 ? -ENOMEM : 0;
}

static int read_processing(const struct processing_spec *v, struct doc_processing *p)
{
	p->from_value = v->from_value;
	p->to_value = v->to_value;
	p->curve = (enum doc_curve)v->curve;
	return doc_set(&p->target, v->target);
}

/* What a latent's job made is its life's; everything else plays what it was given. */
static bool content_is_made(const struct region_view *v)
{
	return v->behaviour == VIEW_BEHAVIOUR_LATENT || v->state != VIEW_REGION_PLAIN;
}

static int read_body(const struct region_view *v, struct region_body *b)
{
	b->position_beats = v->position_beats;
	b->duration_beats = v->duration_beats;
	b->behaviour = (enum doc_behaviour)v->behaviour;
	b->gain = v->gain;
	b->fade_in_beats = v->fade_in_beats;
	b->fade_out_beats = v->fade_out_beats;
	b->has_intent = v->has_intent;
	b->has_content = v->has_content && !content_is_made(v);
	int r = read_body_texts(v, b);
	if (r == 0 && v->has_intent)
		r = read_intent(&v->intent, &b->intent);
	if (r == 0 && b->has_content)
		r = read_content(&v->content, &b->content);
	if (r == 0 && v->has_processing)
		r = read_processing(&v->processing, &b->processing);
	return r;
}

static struct doc_mix mix_of(bool has_how, enum crossfade_view how, double at, bool has_over, double over)
{
	return (struct doc_mix){ .kind = has_how ? (enum doc_crossfade)how : DOC_CUT, .at_beats = at, .fade_beats = has_over ? over : 0 };
}

static int read_mix(const struct region_view *v, struct region_life *l)
{
	l->has_mix = v->has_enters_beats;
	if (l->has_mix)
		l->mix = mix_of(v->has_enters_how, v->enters_how, v->enters_beats, v->has_enters_over_beats, v->enters_over_beats);
	if (v->has_replaces && doc_strings_copy((char *const *)v->replaces.v, v->replaces.n, &l->replaces) < 0)
		return -ENOMEM;
	l->n_replaces = v->has_replaces ? v->replaces.n : 0;
	if (!v->has_taken_over_by)
		return 0;
	l->taken_over = mix_of(v->has_leaves_how, v->leaves_how, v->has_leaves_beats ? v->leaves_beats : 0, v->has_leaves_over_beats,
			       v->leaves_over_beats);
	return doc_set(&l->taken_over.other, v->taken_over_by);
}

static int read_life(const struct region_view *v, struct region_life *l)
{
	l->progress = v->has_progress ? v->progress : -1;
	l->refinements = v->refinements;
	l->has_content = v->has_content && content_is_made(v);
	int r = set_text(&l->job_id, v->has_job_id, v->job_id);
	if (r == 0)
		r = set_text(&l->reason, v->has_reason, v->reason);
	if (r == 0 && l->has_content)
		r = read_content(&v->content, &l->content);
	return r == 0 ? read_mix(v, l) : r;
}

int garden_region_read(const struct region_view *v, struct doc_region **ret, struct err *err)
{
	AUTO(region_body) body = region_body_new();
	AUTO(region_life) life = region_life_new((enum life_state)v->state);
	if (!body || !life || read_body(v, body) < 0 || read_life(v, life) < 0)
		return err_set(err, -ENOMEM, "region '%s'", v->region_id);
	*ret = doc_region_new(v->region_id, body, life, v->revision);
	return *ret ? 0 : err_set(err, -ENOMEM, "region '%s'", v->region_id);
}

/* ---- markers and maps ---- */

int garden_marker_read(const struct marker_view *v, struct doc_marker **ret, struct err *err)
{
	char AUTO_MEM *metadata = NULL;
	if (set_json(&metadata, v->has_metadata, v->metadata) == 0)
		*ret = doc_marker_new(v->marker_id, v->position_beats, v->marker_type, v->has_label ? v->label : NULL, metadata);
	else
		*ret = NULL;
	return *ret ? 0 : err_set(err, -ENOMEM, "marker '%s'", v->marker_id);
}

int garden_tempo_read(const struct tempo_point_view *v, size_t n, struct doc_tempo **ret, struct err *err)
{
	struct tempo_point AUTO_MEM *points = mem_new_array(n, sizeof(*points));
	if (!points)
		return err_set(err, -ENOMEM, "tempo");
	for (size_t i = 0; i < n; i++)
		points[i] = (struct tempo_point){ .beat = v[i].position_beats, .bpm = v[i].bpm, .shape = (enum tempo_shape)v[i].shape };
	if (!n)
		return err_field(err, -EINVAL, "tempo", "a tempo map has at least one point");
	*ret = doc_tempo_new(points, (uint32_t)n);
	return *ret ? 0 : err_set(err, -ENOMEM, "tempo");
}

int garden_meter_read(const struct meter_point_view *v, size_t n, struct doc_meter **ret, struct err *err)
{
	struct meter_point AUTO_MEM *points = mem_new_array(n, sizeof(*points));
	if (!points)
		return err_set(err, -ENOMEM, "meter");
	for (size_t i = 0; i < n; i++) {
		points[i].beat = v[i].position_beats;
		points[i].numerator = (__typeof__(points[i].numerator))v[i].numerator;
		points[i].denominator = (__typeof__(points[i].denominator))v[i].denominator;
	}
	if (!n)
		return err_field(err, -EINVAL, "meter", "a meter map has at least one point");
	*ret = doc_meter_new(points, (uint32_t)n);
	return *ret ? 0 : err_set(err, -ENOMEM, "meter");
}

/* ---- into a document ---- */

/* r is what made *next. */
static int replaced(int r, struct document **doc, struct document *const *next, struct err *err)
{
	if (r < 0)
		return err_set(err, r, "timeline");
	document_unref(*doc);
	*doc = *next;
	return 0;
}

int garden_region_put(const struct region_view *v, struct document **doc, struct err *err)
{
	AUTO(doc_region) region = NULL;
	struct document *next = NULL;
	int r = garden_region_read(v, &region, err);
	return r < 0 ? r : replaced(document_with_region(*doc, v->region_id, region, &next), doc, &next, err);
}

int garden_marker_put(const struct marker_view *v, struct document **doc, struct err *err)
{
	AUTO(doc_marker) marker = NULL;
	struct document *next = NULL;
	int r = garden_marker_read(v, &marker, err);
	return r < 0 ? r : replaced(document_with_marker(*doc, v->marker_id, marker, &next), doc, &next, err);
}

int garden_maps_put(const struct tempo_point_view *tempo, size_t n_tempo, const struct meter_point_view *meter, size_t n_meter,
		    struct document **doc, struct err *err)
{
	AUTO(doc_tempo) t = NULL;
	AUTO(doc_meter) m = NULL;
	struct document *next = NULL;
	int r = garden_tempo_read(tempo, n_tempo, &t, err);
	if (r == 0)
		r = garden_meter_read(meter, n_meter, &m, err);
	if (r == 0)
		r = replaced(document_with_tempo(*doc, t, &next), doc, &next, err);
	return r < 0 ? r : replaced(document_with_meter(*doc, m, &next), doc, &next, err);
}

int garden_progress_put(const char *region_id, double progress, int64_t refinements, struct document **doc, struct err *err)
{
	const struct doc_region *old = document_region(*doc, region_id);
	struct document *next = NULL;
	if (!old)
		return 0;
	AUTO(region_life) life = region_life_copy(old->life);
	if (!life)
		return err_set(err, -ENOMEM, "region '%s'", region_id);
	life->progress = progress;
	life->refinements = refinements;
	AUTO(doc_region) region = doc_region_new(region_id, old->body, life, old->revision);
	if (!region)
		return err_set(err, -ENOMEM, "region '%s'", region_id);
	return replaced(document_with_region(*doc, region_id, region, &next), doc, &next, err);
}

/* ---- device and transport ---- */

void garden_device_read(const struct device_view *v, struct garden_device *ret)
{
	static const char *const kinds[] = {
		[VIEW_DEVICE_NULL] = "null",
		[VIEW_DEVICE_STEPPED] = "stepped",
		[VIEW_DEVICE_PIPEWIRE] = "pipewire",
		[VIEW_DEVICE_OFFLINE] = "offline",
	};
	*ret = (struct garden_device){
		.rate_hz = v->rate_hz,
		.quantum_frames = v->quantum_frames,
		.cycles = v->cycles,
		.xruns = v->xruns,
		.late_wakeups = v->late_wakeups,
		.lost_events = v->lost_events,
		.missing_frames = v->missing_frames,
	};
	(void)str_copy(ret->kind, sizeof(ret->kind), kinds[v->kind]);
	(void)str_copy(ret->wanted, sizeof(ret->wanted), kinds[v->wanted]);
	(void)str_copy(ret->name, sizeof(ret->name), v->name);
}

struct garden_transport garden_transport_of(enum play_state_view state, double position_beats, int64_t engine_frames, int64_t moment_ns,
					    const struct garden_device *device)
{
	bool moves = !str_eq(device->kind, "stepped") && !str_eq(device->kind, "offline");
	return (struct garden_transport){
		.state = (enum garden_play)state,
		.position_beats = position_beats,
		.moment_ns = moment_ns,
		.rolls = state == VIEW_TRANSPORT_PLAYING && moves,
		.engine_frames = engine_frames,
	};
}
