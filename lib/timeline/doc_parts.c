#include "timeline/document.h"

#include <string.h>

#include "base/str.h"

static const char *const behaviour_names[DOC_BEHAVIOUR_COUNT] = {
	"play_content", "latent", "apply_processing", "emit_trigger", "custom",
};
static const char *const state_names[LIFE_STATE_COUNT] = {
	"plain", "pending", "running", "resolved", "held", "approved", "mixed_in", "rejected", "failed", "superseded",
	"cancelled",
};

static const char *const curve_names[DOC_CURVE_COUNT] = { "linear", "exponential", "logarithmic", "s_curve", "hold" };
static const char *const crossfade_names[DOC_CROSSFADE_COUNT] = { "cut", "linear", "equal_power" };

const char *doc_behaviour_name(enum doc_behaviour b)
{
	return b < DOC_BEHAVIOUR_COUNT ? behaviour_names[b] : "?";
}

const char *life_state_name(enum life_state s)
{
	return s < LIFE_STATE_COUNT ? state_names[s] : "?";
}

const char *doc_curve_name(enum doc_curve c)
{
	return c < DOC_CURVE_COUNT ? curve_names[c] : "?";
}

const char *doc_crossfade_name(enum doc_crossfade c)
{
	return c < DOC_CROSSFADE_COUNT ? crossfade_names[c] : "?";
}

int doc_set(char **dst, const char *src)
{
	char *copy = src ? strdup(src) : NULL;
	if (src && !copy)
		return -ENOMEM;
	free(*dst);
	*dst = copy;
	return 0;
}

void doc_strings_free(char **s, size_t n)
{
	for (size_t i = 0; s && i < n; i++)
		free(s[i]);
	free(s);
}

int doc_strings_copy(char *const *src, size_t n, char ***ret)
{
	char **copy = n ? mem_new_array(n, sizeof(*copy)) : NULL;
	if (n && !copy)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		copy[i] = strdup(src[i]);
		if (!copy[i]) {
			doc_strings_free(copy, n);
			return -ENOMEM;
		}
	}
	*ret = copy;
	return 0;
}

static bool strings_equal(char *const *a, size_t n_a, char *const *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++) {
		if (!str_eq(a[i], b[i]))
			return false;
	}
	return true;
}

/* ---- content, intent, mix ---- */

void doc_content_done(struct doc_content *c)
{
	free(c->hash);
	free(c->path);
	free(c->mime);
	free(c->artifact_id);
	*c = (struct doc_content){ .duration_seconds = -1, .rate = 1 };
}

int doc_content_copy(struct doc_content *dst, const struct doc_content *src)
{
	struct doc_content c = { .duration_seconds = src->duration_seconds, .offset_seconds = src->offset_seconds,
				 .rate = src->rate, .reverse = src->reverse };
	if (doc_set(&c.hash, src->hash) < 0 || doc_set(&c.path, src->path) < 0 || doc_set(&c.mime, src->mime) < 0 ||
	    doc_set(&c.artifact_id, src->artifact_id) < 0) {
		doc_content_done(&c);
		return -ENOMEM;
	}
	*dst = c;
	return 0;
}

static bool content_equal(const struct doc_content *a, const struct doc_content *b)
{
	return str_eq(a->hash, b->hash) && str_eq(a->path, b->path) && str_eq(a->mime, b->mime) &&
	       str_eq(a->artifact_id, b->artifact_id) && a->duration_seconds == b->duration_seconds &&
	       a->offset_seconds == b->offset_seconds && a->rate == b->rate && a->reverse == b->reverse;
}

static void intent_done(struct doc_intent *i)
{
	free(i->verb);
	free(i->space);
	free(i->prompt);
	free(i->parameters);
	free(i->constraints);
	free(i->context);
	*i = (struct doc_intent){ 0 };
}

static int intent_copy(struct doc_intent *dst, const struct doc_intent *src)
{
	struct doc_intent i = { 0 };
	if (doc_set(&i.verb, src->verb) < 0 || doc_set(&i.space, src->space) < 0 || doc_set(&i.prompt, src->prompt) < 0 ||
	    doc_set(&i.parameters, src->parameters) < 0 || doc_set(&i.constraints, src->constraints) < 0 ||
	    doc_set(&i.context, src->context) < 0) {
		intent_done(&i);
		return -ENOMEM;
	}
	*dst = i;
	return 0;
}

static bool intent_equal(const struct doc_intent *a, const struct doc_intent *b)
{
	return str_eq(a->verb, b->verb) && str_eq(a->space, b->space) && str_eq(a->prompt, b->prompt) &&
	       str_eq(a->parameters, b->parameters) && str_eq(a->constraints, b->constraints) &&
	       str_eq(a->context, b->context);
}

static int mix_copy(struct doc_mix *dst, const struct doc_mix *src)
{
	char *other = NULL;
	if (doc_set(&other, src->other) < 0)
		return -ENOMEM;
	free(dst->other);
	*dst = *src;
	dst->other = other;
	return 0;
}

static bool mix_equal(const struct doc_mix *a, const struct doc_mix *b)
{
	return a->kind == b->kind && a->at_beats == b->at_beats && a->fade_beats == b->fade_beats &&
	       str_eq(a->other, b->other);
}

/* ---- bodies ---- */

struct region_body *region_body_new(void)
{
	struct region_body *b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	atomic_init(&b->refs, 1);
	b->duration_beats = 1;
	b->gain = 1;
	b->content.duration_seconds = -1;
	b->content.rate = 1;
	if (doc_set(&b->output, "mix:in") < 0 || doc_set(&b->actor, "") < 0) {
		region_body_unref(b);
		return NULL;
	}
	return b;
}

struct region_body *region_body_ref(struct region_body *b)
{
	if (b)
		atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void region_body_unref(struct region_body *b)
{
	if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(b->name);
	free(b->output);
	doc_strings_free(b->tags, b->n_tags);
	doc_content_done(&b->content);
	intent_done(&b->intent);
	free(b->processing.target);
	free(b->trigger);
	free(b->custom);
	free(b->actor);
	free(b);
}

static int body_fill(struct region_body *d, const struct region_body *s)
{
	d->position_beats = s->position_beats;
	d->duration_beats = s->duration_beats;
	d->behaviour = s->behaviour;
	d->gain = s->gain;
	d->fade_in_beats = s->fade_in_beats;
	d->fade_out_beats = s->fade_out_beats;
	d->processing.from_value = s->processing.from_value;
	d->processing.to_value = s->processing.to_value;
	d->processing.curve = s->processing.curve;
	d->has_content = s->has_content;
	d->has_intent = s->has_intent;
	if (doc_strings_copy(s->tags, s->n_tags, &d->tags) < 0)
		return -ENOMEM;
	d->n_tags = s->n_tags;
	if (doc_set(&d->name, s->name) < 0 || doc_set(&d->output, s->output) < 0 || doc_set(&d->trigger, s->trigger) < 0 ||
	    doc_set(&d->custom, s->custom) < 0 || doc_set(&d->actor, s->actor) < 0 ||
	    doc_set(&d->processing.target, s->processing.target) < 0)
		return -ENOMEM;
	if (doc_content_copy(&d->content, &s->content) < 0)
		return -ENOMEM;
	return intent_copy(&d->intent, &s->intent);
}

struct region_body *region_body_copy(const struct region_body *b)
{
	AUTO(region_body) copy = region_body_new();
	if (!copy || body_fill(copy, b) < 0)
		return NULL;
	return TAKE(copy);
}

bool region_body_equal(const struct region_body *a, const struct region_body *b)
{
	return a == b ||
	       (a->position_beats == b->position_beats && a->duration_beats == b->duration_beats &&
		a->behaviour == b->behaviour && a->gain == b->gain && a->fade_in_beats == b->fade_in_beats &&
		a->fade_out_beats == b->fade_out_beats && str_eq(a->name, b->name) && str_eq(a->output, b->output) &&
		strings_equal(a->tags, a->n_tags, b->tags, b->n_tags) && a->has_content == b->has_content &&
		a->has_intent == b->has_intent && content_equal(&a->content, &b->content) &&
		intent_equal(&a->intent, &b->intent) && str_eq(a->processing.target, b->processing.target) &&
		a->processing.from_value == b->processing.from_value &&
		a->processing.to_value == b->processing.to_value && a->processing.curve == b->processing.curve &&
		str_eq(a->trigger, b->trigger) && str_eq(a->custom, b->custom) && str_eq(a->actor, b->actor));
}

/* ---- lives ---- */

struct region_life *region_life_new(enum life_state state)
{
	struct region_life *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	atomic_init(&l->refs, 1);
	l->state = state;
	l->progress = -1;
	l->content.duration_seconds = -1;
	l->content.rate = 1;
	return l;
}

struct region_life *region_life_ref(struct region_life *l)
{
	if (l)
		atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

void region_life_unref(struct region_life *l)
{
	if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(l->job_id);
	doc_content_done(&l->content);
	free(l->mix.other);
	doc_strings_free(l->replaces, l->n_replaces);
	free(l->taken_over.other);
	free(l->reason);
	free(l);
}

static int life_fill(struct region_life *d, const struct region_life *s)
{
	d->progress = s->progress;
	d->refinements = s->refinements;
	d->has_content = s->has_content;
	d->has_mix = s->has_mix;
	if (doc_strings_copy(s->replaces, s->n_replaces, &d->replaces) < 0)
		return -ENOMEM;
	d->n_replaces = s->n_replaces;
	if (doc_set(&d->job_id, s->job_id) < 0 || doc_set(&d->reason, s->reason) < 0 ||
	    mix_copy(&d->mix, &s->mix) < 0 || mix_copy(&d->taken_over, &s->taken_over) < 0)
		return -ENOMEM;
	return doc_content_copy(&d->content, &s->content);
}

struct region_life *region_life_copy(const struct region_life *l)
{
	AUTO(region_life) copy = region_life_new(l->state);
	if (!copy || life_fill(copy, l) < 0)
		return NULL;
	return TAKE(copy);
}

bool region_life_equal(const struct region_life *a, const struct region_life *b)
{
	return a == b || (a->state == b->state && str_eq(a->job_id, b->job_id) && a->progress == b->progress &&
			  a->refinements == b->refinements && a->has_content == b->has_content &&
			  content_equal(&a->content, &b->content) && a->has_mix == b->has_mix &&
			  mix_equal(&a->mix, &b->mix) &&
			  strings_equal(a->replaces, a->n_replaces, b->replaces, b->n_replaces) &&
			  mix_equal(&a->taken_over, &b->taken_over) && str_eq(a->reason, b->reason));
}

/* ---- regions, markers, maps ---- */

struct doc_region *doc_region_new(const char *id, struct region_body *body, struct region_life *life, int64_t revision)
{
	size_t n = strlen(id) + 1;
	struct doc_region *r = calloc(1, sizeof(*r) + n);
	if (!r)
		return NULL;
	atomic_init(&r->refs, 1);
	r->id = memcpy(r + 1, id, n); /* behind it: who looks at a region asks for its id */
	r->revision = revision;
	r->body = region_body_ref(body);
	r->life = region_life_ref(life);
	return r;
}

struct doc_region *doc_region_ref(struct doc_region *r)
{
	if (r)
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void doc_region_unref(struct doc_region *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	region_body_unref(r->body);
	region_life_unref(r->life);
	free(r);
}

const struct doc_content *doc_region_content(const struct doc_region *r)
{
	if (r->life->has_content)
		return &r->life->content;
	return r->body->has_content ? &r->body->content : NULL;
}

bool doc_region_counts(const struct doc_region *r)
{
	enum life_state s = r->life->state;
	return s == LIFE_PLAIN || s == LIFE_APPROVED || s == LIFE_MIXED_IN;
}

void doc_region_heard(const struct doc_region *r, double *ret_from, double *ret_to)
{
	const struct doc_mix *in = &r->life->mix, *out = &r->life->taken_over;
	double from = r->body->position_beats, to = doc_region_end(r);
	if (r->life->has_mix && in->at_beats > from)
		from = in->at_beats;
	if (out->other) {
		double gone = out->at_beats + (out->kind == DOC_CUT ? 0 : out->fade_beats);
		to = gone < to ? gone : to;
	}
	*ret_from = from;
	*ret_to = to;
}

struct doc_marker *doc_marker_new(const char *id, double position_beats, const char *type, const char *label,
				  const char *metadata)
{
	struct doc_marker *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	atomic_init(&m->refs, 1);
	m->position_beats = position_beats;
	if (doc_set(&m->id, id) < 0 || doc_set(&m->type, type) < 0 || doc_set(&m->label, label) < 0 ||
	    doc_set(&m->metadata, metadata) < 0) {
		doc_marker_unref(m);
		return NULL;
	}
	return m;
}

struct doc_marker *doc_marker_ref(struct doc_marker *m)
{
	if (m)
		atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

void doc_marker_unref(struct doc_marker *m)
{
	if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(m->id);
	free(m->type);
	free(m->label);
	free(m->metadata);
	free(m);
}

struct doc_tempo *doc_tempo_new(const struct tempo_point *points, uint32_t n)
{
	struct doc_tempo *t = calloc(1, sizeof(*t) + n * sizeof(*points));
	if (!t)
		return NULL;
	atomic_init(&t->refs, 1);
	t->n = n;
	memcpy(t->points, points, n * sizeof(*points));
	return t;
}

struct doc_tempo *doc_tempo_ref(struct doc_tempo *t)
{
	if (t)
		atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void doc_tempo_unref(struct doc_tempo *t)
{
	if (t && atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) == 1)
		free(t);
}

struct doc_meter *doc_meter_new(const struct meter_point *points, uint32_t n)
{
	struct doc_meter *m = calloc(1, sizeof(*m) + n * sizeof(*points));
	if (!m)
		return NULL;
	atomic_init(&m->refs, 1);
	m->n = n;
	memcpy(m->points, points, n * sizeof(*points));
	return m;
}

struct doc_meter *doc_meter_ref(struct doc_meter *m)
{
	if (m)
		atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

void doc_meter_unref(struct doc_meter *m)
{
	if (m && atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) == 1)
		free(m);
}
