#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "timeline/edit.h"

static void change_done(struct change *c)
{
	free(c->id);
	doc_region_unref(c->old_region);
	doc_region_unref(c->new_region);
	doc_marker_unref(c->old_marker);
	doc_marker_unref(c->new_marker);
	doc_tempo_unref(c->old_tempo);
	doc_tempo_unref(c->new_tempo);
	doc_meter_unref(c->old_meter);
	doc_meter_unref(c->new_meter);
}

void changes_done(struct changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		change_done(&c->v[i]);
	free(c->v);
	*c = (struct changes)CHANGES_INIT;
}

void change_key(const struct change *c, char ret[DOC_KEY_SIZE])
{
	static const char *const prefixes[CHANGE_KIND_COUNT] = { "region:", "latent:", "marker:", "tempo", "meter" };
	snprintf(ret, DOC_KEY_SIZE, "%s%s", prefixes[c->kind], c->id ? c->id : "");
}

int changes_add_life(struct changes *c, struct doc_region *old_region, struct region_life *life, struct err *err)
{
	if (mem_grow(&c->v, &c->room, c->n + 1, sizeof(*c->v)) < 0)
		return err_set(err, -ENOMEM, "region '%s'", old_region->id);
	struct change *v = &c->v[c->n];
	*v = (struct change){ .kind = CHANGE_LIFE };
	v->id = strdup(old_region->id);
	v->old_region = doc_region_ref(old_region);
	v->new_region = doc_region_new(old_region->id, old_region->body, life, old_region->revision);
	if (!v->id || !v->new_region) {
		change_done(v);
		return err_set(err, -ENOMEM, "region '%s'", old_region->id);
	}
	c->n++;
	return 0;
}

/* The region that stands after the change: the body or the life is the change's, the other stays as it is. */
static int region_after(const struct change *c, struct doc_region *now, struct doc_region *then, int64_t revision,
			struct doc_region **ret)
{
	struct region_body *body = c->kind == CHANGE_REGION || !now ? then->body : now->body;
	struct region_life *life = c->kind == CHANGE_LIFE || !now ? then->life : now->life;
	*ret = doc_region_new(c->id, body, life, revision);
	return *ret ? 0 : -ENOMEM;
}

static int apply_region(const struct change *c, bool backwards, struct document *d, int64_t revision,
			struct document **ret, struct err *err)
{
	struct doc_region *before = backwards ? c->new_region : c->old_region;
	struct doc_region *then = backwards ? c->old_region : c->new_region;
	struct doc_region *now = document_region(d, c->id);
	if (!!before != !!now)
		return err_set(err, -ESTALE, "region '%s' %s meanwhile", c->id, now ? "was made" : "was removed");
	AUTO(doc_region) made = NULL;
	if (then) {
		int r = region_after(c, now, then, revision, &made);
		if (r < 0)
			return err_set(err, r, "region '%s'", c->id);
	}
	int r = document_with_region(d, c->id, made, ret);
	if (r == -ENOSPC)
		return err_set(err, r, "the timeline has as many regions as it can hold");
	return r < 0 ? err_set(err, r, "region '%s'", c->id) : 0;
}

static int apply_marker(const struct change *c, bool backwards, struct document *d, struct document **ret,
			struct err *err)
{
	struct doc_marker *before = backwards ? c->new_marker : c->old_marker;
	struct doc_marker *now = document_marker(d, c->id);
	if (!!before != !!now)
		return err_set(err, -ESTALE, "marker '%s' %s meanwhile", c->id, now ? "was made" : "was removed");
	int r = document_with_marker(d, c->id, backwards ? c->old_marker : c->new_marker, ret);
	if (r == -ENOSPC)
		return err_set(err, r, "the timeline has as many markers as it can hold");
	return r < 0 ? err_set(err, r, "marker '%s'", c->id) : 0;
}

static int apply_one(const struct change *c, bool backwards, struct document *d, int64_t revision,
		     struct document **ret, struct err *err)
{
	int r = 0;
	switch (c->kind) {
	case CHANGE_REGION:
	case CHANGE_LIFE:
		return apply_region(c, backwards, d, revision, ret, err);
	case CHANGE_MARKER:
		return apply_marker(c, backwards, d, ret, err);
	case CHANGE_TEMPO:
		r = document_with_tempo(d, backwards ? c->old_tempo : c->new_tempo, ret);
		break;
	case CHANGE_METER:
		r = document_with_meter(d, backwards ? c->old_meter : c->new_meter, ret);
		break;
	case CHANGE_KIND_COUNT:
		r = -EINVAL;
	}
	return r < 0 ? err_set(err, r, "edit") : 0;
}

int changes_apply(const struct changes *c, bool backwards, struct document *base, int64_t revision,
		  struct document **ret, struct err *err)
{
	AUTO(document) d = NULL;
	int r = document_with_revision(base, revision, &d);
	if (r < 0)
		return err_set(err, r, "edit");
	for (size_t i = 0; i < c->n; i++) {
		struct document *next = NULL;
		r = apply_one(&c->v[backwards ? c->n - 1 - i : i], backwards, d, revision, &next, err);
		if (r < 0)
			return r;
		document_unref(d);
		d = next;
	}
	*ret = TAKE(d);
	return 0;
}

/* ---- whether they still fit ---- */

bool changes_touch(const struct changes *c, const char *key)
{
	char own[DOC_KEY_SIZE];
	for (size_t i = 0; i < c->n; i++) {
		change_key(&c->v[i], own);
		if (strcmp(own, key) == 0)
			return true;
	}
	return false;
}

static bool marker_equal(const struct doc_marker *a, const struct doc_marker *b)
{
	return a == b || (a && b && a->position_beats == b->position_beats && str_eq(a->type, b->type) &&
			  str_eq(a->label, b->label) && str_eq(a->metadata, b->metadata));
}

static bool tempo_equal(const struct doc_tempo *a, const struct doc_tempo *b)
{
	bool same = a == b || a->n == b->n;
	for (uint32_t i = 0; a != b && same && i < a->n; i++)
		same = a->points[i].beat == b->points[i].beat && a->points[i].bpm == b->points[i].bpm &&
		       a->points[i].shape == b->points[i].shape;
	return same;
}

static bool meter_equal(const struct doc_meter *a, const struct doc_meter *b)
{
	bool same = a == b || a->n == b->n;
	for (uint32_t i = 0; a != b && same && i < a->n; i++)
		same = a->points[i].beat == b->points[i].beat && a->points[i].numerator == b->points[i].numerator &&
		       a->points[i].denominator == b->points[i].denominator;
	return same;
}

static bool change_fits(const struct change *c, const struct document *d)
{
	const struct doc_region *r;
	switch (c->kind) {
	case CHANGE_REGION:
	case CHANGE_LIFE:
		r = document_region(d, c->id);
		if (!r || !c->old_region)
			return !r && !c->old_region;
		return c->kind == CHANGE_REGION ? region_body_equal(r->body, c->old_region->body)
						: region_life_equal(r->life, c->old_region->life);
	case CHANGE_MARKER:
		return marker_equal(document_marker(d, c->id), c->old_marker);
	case CHANGE_TEMPO:
		return tempo_equal(document_tempo(d), c->old_tempo);
	case CHANGE_METER:
		return meter_equal(document_meter(d), c->old_meter);
	case CHANGE_KIND_COUNT:
		break;
	}
	return false;
}

bool changes_fit(const struct changes *c, const struct document *d, char ret_key[DOC_KEY_SIZE])
{
	for (size_t i = 0; i < c->n; i++) {
		change_key(&c->v[i], ret_key);
		const struct changes before = { c->v, i, i };
		if (!changes_touch(&before, ret_key) && !change_fits(&c->v[i], d))
			return false;
	}
	return true;
}

int changes_renew(struct changes *c, const struct document *d, struct err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		struct change *v = &c->v[i];
		const struct doc_region *now = v->kind == CHANGE_REGION && v->old_region ? document_region(d, v->id) : NULL;
		if (!now)
			continue;
		struct doc_region *old = doc_region_new(v->id, v->old_region->body, now->life, now->revision);
		if (!old)
			return err_set(err, -ENOMEM, "region '%s'", v->id);
		doc_region_unref(v->old_region);
		v->old_region = old;
	}
	return 0;
}
