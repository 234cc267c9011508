#include "timeline/latent.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define IN(state) (1u << LIFE_##state)

static const struct {
	const char *name;
	unsigned from;
	enum life_state to;
} steps[LATENT_STEP_COUNT] = {
	[LATENT_START] = { "start", IN(PENDING) | IN(RUNNING) | IN(FAILED) | IN(RESOLVED) | IN(HELD), LIFE_RUNNING },
	[LATENT_PROGRESS] = { "progress", IN(RUNNING), LIFE_RUNNING },
	[LATENT_REFINE] = { "refine", IN(RUNNING), LIFE_RUNNING },
	[LATENT_RESOLVE] = { "resolve", IN(RUNNING), LIFE_RESOLVED },
	[LATENT_FAIL] = { "fail", IN(PENDING) | IN(RUNNING), LIFE_FAILED },
	[LATENT_APPROVE] = { "approve", IN(RESOLVED) | IN(HELD) | IN(APPROVED), LIFE_APPROVED },
	[LATENT_HOLD] = { "hold", IN(RESOLVED) | IN(APPROVED), LIFE_HELD },
	[LATENT_REJECT] = { "reject", IN(RESOLVED) | IN(HELD) | IN(APPROVED), LIFE_REJECTED },
	[LATENT_SUPERSEDE] = { "supersede",
			       IN(PENDING) | IN(RUNNING) | IN(RESOLVED) | IN(HELD) | IN(APPROVED) | IN(FAILED),
			       LIFE_SUPERSEDED },
	[LATENT_CANCEL] = { "cancel", IN(PENDING) | IN(RUNNING) | IN(RESOLVED) | IN(HELD) | IN(APPROVED) | IN(FAILED),
			    LIFE_CANCELLED },
	[LATENT_MIX_IN] = { "mix_in", IN(APPROVED), LIFE_MIXED_IN },
};

const char *latent_step_name(enum latent_step_kind k)
{
	return k < LATENT_STEP_COUNT ? steps[k].name : "?";
}

int latent_next(enum life_state from, enum latent_step_kind k, enum life_state *ret)
{
	if (k >= LATENT_STEP_COUNT || from >= LIFE_STATE_COUNT || !(steps[k].from & (1u << from)))
		return -EPROTO;
	*ret = steps[k].to;
	return 0;
}

static int refuse(const struct doc_region *r, enum latent_step_kind k, struct err *err)
{
	enum life_state state = r->life->state;
	char allowed[160] = "";
	size_t at = 0;
	for (int i = 0; i < LATENT_STEP_COUNT; i++) {
		if (i != LATENT_MIX_IN && (steps[i].from & (1u << state)) && at < sizeof(allowed))
			at += (size_t)snprintf(allowed + at, sizeof(allowed) - at, "%s%s", at ? ", " : "", steps[i].name);
	}
	int code = err_set(err, -EPROTO, "region '%s' is %s: %s is not possible", r->id, life_state_name(state),
			   latent_step_name(k));
	return at ? err_hint(err, code, "possible now: %s", allowed)
		  : err_hint(err, code, "%s is final", life_state_name(state));
}

static bool is_job_step(enum latent_step_kind k)
{
	return k == LATENT_PROGRESS || k == LATENT_REFINE || k == LATENT_RESOLVE || k == LATENT_FAIL;
}

/* Whether the region already is what this step would make of it. */
static bool was_made(const struct doc_region *r, const struct latent_step *s)
{
	const struct region_life *l = r->life;
	switch (s->kind) {
	case LATENT_START:
		return l->state == LIFE_RUNNING && str_eq(l->job_id, s->job_id);
	case LATENT_RESOLVE:
		return l->state != LIFE_RUNNING && l->has_content && str_eq(l->job_id, s->job_id) &&
		       str_eq(l->content.hash, s->content->hash) &&
		       str_eq(l->content.artifact_id, s->content->artifact_id);
	case LATENT_FAIL:
		return l->state == LIFE_FAILED && str_eq(l->job_id, s->job_id);
	case LATENT_APPROVE: {
		if (l->state == LIFE_MIXED_IN)
			return true; /* an approval that an outbox repeats after the boundary */
		bool same = l->state == LIFE_APPROVED && l->mix.kind == s->mix.kind &&
			    l->mix.at_beats == s->mix.at_beats && l->mix.fade_beats == s->mix.fade_beats &&
			    l->n_replaces == s->n_replaces;
		for (size_t i = 0; same && i < s->n_replaces; i++)
			same = str_eq(l->replaces[i], s->replaces[i]);
		return same;
	}
	case LATENT_HOLD:
	case LATENT_REJECT:
	case LATENT_SUPERSEDE:
	case LATENT_CANCEL:
	case LATENT_MIX_IN:
		return l->state == steps[s->kind].to;
	case LATENT_PROGRESS:
	case LATENT_REFINE:
	case LATENT_STEP_COUNT:
		break;
	}
	return false;
}

static void forget_mix(struct region_life *l)
{
	doc_strings_free(l->replaces, l->n_replaces);
	l->replaces = NULL;
	l->n_replaces = 0;
	free(l->mix.other);
	l->mix = (struct doc_mix){ 0 };
	l->has_mix = false;
}

static int set_mix(struct region_life *l, const struct latent_step *s)
{
	char **replaces = NULL;
	if (doc_strings_copy((char *const *)s->replaces, s->n_replaces, &replaces) < 0)
		return -ENOMEM;
	forget_mix(l);
	l->replaces = replaces;
	l->n_replaces = s->n_replaces;
	l->mix = s->mix;
	l->mix.other = NULL;
	l->has_mix = true;
	return 0;
}

static int start_job(struct region_life *l, const struct latent_step *s)
{
	l->progress = 0;
	l->refinements = 0;
	doc_content_done(&l->content);
	l->has_content = false;
	return doc_set(&l->job_id, s->job_id);
}

/* What the step writes into the life, beside the state. */
static int fill_life(struct region_life *l, const struct latent_step *s)
{
	if (doc_set(&l->reason, s->reason) < 0)
		return -ENOMEM;
	switch (s->kind) {
	case LATENT_START:
		return start_job(l, s);
	case LATENT_PROGRESS:
		l->progress = s->progress;
		return 0;
	case LATENT_REFINE:
		l->refinements++;
		l->progress = 0;
		return s->next_job_id ? doc_set(&l->job_id, s->next_job_id) : 0;
	case LATENT_RESOLVE:
		doc_content_done(&l->content);
		l->has_content = true;
		l->progress = 1;
		return doc_content_copy(&l->content, s->content);
	case LATENT_APPROVE:
		return set_mix(l, s);
	case LATENT_FAIL:
		return l->job_id ? 0 : doc_set(&l->job_id, s->job_id);
	case LATENT_HOLD:
	case LATENT_REJECT:
	case LATENT_SUPERSEDE:
	case LATENT_CANCEL:
		forget_mix(l);
		return 0;
	case LATENT_MIX_IN:
	case LATENT_STEP_COUNT:
		break;
	}
	return 0;
}

/* The life after the step; `taken` says that it is handed over. */
static int change_life(struct doc_region *r, const struct latent_step *s, enum life_state to, struct changes *c,
		       struct err *err)
{
	AUTO(region_life) life = region_life_copy(r->life);
	if (!life)
		return err_set(err, -ENOMEM, "region '%s'", r->id);
	life->state = to;
	if (fill_life(life, s) < 0)
		return err_set(err, -ENOMEM, "region '%s'", r->id);
	return changes_add_life(c, r, life, err);
}

/* Makes region `id` leave where `mix` says (NULL: stay after all). */
static int take_over(const struct document *d, const char *id, const char *by, const struct doc_mix *mix,
		     struct changes *c, struct err *err)
{
	struct doc_region *r = document_region(d, id);
	if (!r)
		return mix ? document_no_region(d, "replaces", id, err) : 0;
	bool ours = str_eq(r->life->taken_over.other, by);
	if (!mix && !ours)
		return 0;
	if (mix && r->life->taken_over.other && !ours)
		return err_field(err, -ESTALE, "replaces", "region '%s' is already replaced by '%s'", id,
				 r->life->taken_over.other);
	AUTO(region_life) life = region_life_copy(r->life);
	if (!life)
		return err_set(err, -ENOMEM, "region '%s'", id);
	free(life->taken_over.other);
	life->taken_over = mix ? *mix : (struct doc_mix){ 0 };
	life->taken_over.other = NULL;
	if (mix && doc_set(&life->taken_over.other, by) < 0)
		return err_set(err, -ENOMEM, "region '%s'", id);
	if (region_life_equal(life, r->life))
		return 0;
	return changes_add_life(c, r, life, err);
}

static bool names(const char *const *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(list[i], id))
			return true;
	}
	return false;
}

/* The regions that this one takes over from, before and after the step. */
static int change_replaced(const struct document *d, const struct doc_region *r, const struct latent_step *s,
			   struct changes *c, struct err *err)
{
	const struct region_life *l = r->life;
	bool approve = s->kind == LATENT_APPROVE;
	if (!approve && s->kind != LATENT_HOLD && s->kind != LATENT_REJECT && s->kind != LATENT_SUPERSEDE &&
	    s->kind != LATENT_CANCEL)
		return 0;
	for (size_t i = 0; i < l->n_replaces; i++) {
		if (approve && names(s->replaces, s->n_replaces, l->replaces[i]))
			continue;
		int e = take_over(d, l->replaces[i], r->id, NULL, c, err);
		if (e < 0)
			return e;
	}
	for (size_t i = 0; approve && i < s->n_replaces; i++) {
		if (str_eq(s->replaces[i], r->id))
			return err_field(err, -EINVAL, "replaces", "region '%s' cannot replace itself", r->id);
		if (names(s->replaces, i, s->replaces[i]))
			continue;
		int e = take_over(d, s->replaces[i], r->id, &s->mix, c, err);
		if (e < 0)
			return e;
	}
	return 0;
}

static int check_entry(const struct doc_region *r, const struct latent_step *s, struct err *err)
{
	if (s->mix.at_beats >= doc_region_end(r))
		return err_field(err, -EINVAL, "mix_in", "region '%s' ends at beat %g, it cannot enter at %g", r->id,
				 doc_region_end(r), s->mix.at_beats);
	if (!(s->mix.fade_beats >= 0))
		return err_field(err, -EINVAL, "mix_in", "a crossfade of %g beats", s->mix.fade_beats);
	return 0;
}

int latent_changes(const struct document *d, const struct latent_step *s, struct changes *ret, struct err *err)
{
	struct doc_region *r = document_region(d, s->region_id);
	if (!r)
		return document_no_region(d, "region_id", s->region_id, err);
	if (r->life->state == LIFE_PLAIN)
		return err_hint(err, err_field(err, -EPROTO, "region_id", "region '%s' is not latent: there is nothing to decide about it", r->id),
				"region_list with behaviour latent lists those that can be decided about");
	AUTO_CHANGES changes = CHANGES_INIT;
	if (was_made(r, s)) {
		*ret = changes;
		return 0;
	}
	enum life_state to;
	if (latent_next(r->life->state, s->kind, &to) < 0)
		return refuse(r, s->kind, err);
	if (is_job_step(s->kind) && r->life->job_id && !str_eq(r->life->job_id, s->job_id)) {
		int code = err_field(err, -EPROTO, "job_id", "region '%s' belongs to job '%s', not to '%s'", r->id,
				     r->life->job_id, s->job_id);
		return err_hint(err, code, "another job may take over with latent_start");
	}
	int e = s->kind == LATENT_APPROVE ? check_entry(r, s, err) : 0;
	if (e >= 0)
		e = change_life(r, s, to, &changes, err);
	if (e >= 0)
		e = change_replaced(d, r, s, &changes, err);
	if (e < 0)
		return e;
	*ret = changes;
	changes = (struct changes)CHANGES_INIT;
	return 0;
}
