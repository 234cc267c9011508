/*
 * history.c - undo, redo and revert: new edits whose values are old ones. See timeline.h.
 */
#include <string.h>

#include "base/str.h"
#include "timeline/timeline.h"
#include "timeline/timeline_priv.h"

static void swap_sides(struct change *c, bool backwards)
{
	if (!backwards)
		return;
	struct doc_region *r = c->old_region;
	struct doc_marker *m = c->old_marker;
	struct doc_tempo *t = c->old_tempo;
	struct doc_meter *e = c->old_meter;
	c->old_region = c->new_region;
	c->old_marker = c->new_marker;
	c->old_tempo = c->new_tempo;
	c->old_meter = c->new_meter;
	c->new_region = r;
	c->new_marker = m;
	c->new_tempo = t;
	c->new_meter = e;
}

/* Appends the changes of an edit, inverted and in reverse order when `backwards`. */
static int append(struct changes *dst, const struct changes *src, bool backwards, struct err *err)
{
	if (mem_grow(&dst->v, &dst->room, dst->n + src->n, sizeof(*dst->v)) < 0)
		return err_set(err, -ENOMEM, "edit");
	for (size_t i = 0; i < src->n; i++) {
		const struct change *s = &src->v[backwards ? src->n - 1 - i : i];
		struct change *d = &dst->v[dst->n];
		*d = (struct change){ .kind = s->kind };
		if (doc_set(&d->id, s->id) < 0)
			return err_set(err, -ENOMEM, "edit");
		d->old_region = doc_region_ref(s->old_region);
		d->new_region = doc_region_ref(s->new_region);
		d->old_marker = doc_marker_ref(s->old_marker);
		d->new_marker = doc_marker_ref(s->new_marker);
		d->old_tempo = doc_tempo_ref(s->old_tempo);
		d->new_tempo = doc_tempo_ref(s->new_tempo);
		d->old_meter = doc_meter_ref(s->old_meter);
		d->new_meter = doc_meter_ref(s->new_meter);
		swap_sides(d, backwards);
		dst->n++;
	}
	return 0;
}

/* What stands in the way of going back (or forth) over an edit: its key, and who changed it after `since`. */
static const struct edit *obstacle(const struct timeline *t, const struct edit *e, int64_t since, char ret_key[DOC_KEY_SIZE])
{
	for (size_t i = 0; i < e->changes.n; i++) {
		const struct change *c = &e->changes.v[i];
		change_key(c, ret_key);
		const struct edit *by = timeline_toucher(t, since, ret_key);
		if (!by && c->kind == CHANGE_REGION && (!c->old_region || !c->new_region)) {
			/* making or removing a region is about its life too */
			struct change life = { .kind = CHANGE_LIFE, .id = c->id };
			change_key(&life, ret_key);
			by = timeline_toucher(t, since, ret_key);
		}
		if (by)
			return by;
	}
	return NULL;
}

/* The region of a life's key; NULL when it is not there, or the key is not one. */
static struct doc_region *region_of_life(const struct timeline *t, const char *key)
{
	const char *colon = strchr(key, ':');
	return str_starts(key, "latent:") ? document_region(t->now, colon + 1) : NULL;
}

/* Whether nobody can make another step of it. */
static bool life_is_over(const struct doc_region *r)
{
	switch (r ? r->life->state : LIFE_PLAIN) {
	case LIFE_PENDING:
	case LIFE_RUNNING:
	case LIFE_RESOLVED:
	case LIFE_HELD:
	case LIFE_APPROVED:
	case LIFE_FAILED:
		return false;
	case LIFE_PLAIN:
	case LIFE_MIXED_IN:
	case LIFE_REJECTED:
	case LIFE_SUPERSEDED:
	case LIFE_CANCELLED:
	case LIFE_STATE_COUNT:
		break;
	}
	return true;
}

/*
 * Whether an edit will never be undone: steps in the life of a latent, which nobody takes back, stand on it and that life is
 * over; or they stand on an edit that stands on it.
 */
static bool is_for_good(const struct timeline *t, const struct edit *e)
{
	char key[DOC_KEY_SIZE];
	for (const struct edit *by = e; (by = obstacle(t, by, by->revision, key));) {
		if (by->kind == EDIT_LATENT)
			return life_is_over(region_of_life(t, key));
	}
	return false;
}

static int conflict(const struct timeline *t, const struct edit *by, const char *key, struct err *err)
{
	int code = err_set(err, -ESTALE, "%s was changed by '%s' in revision %lld", key, by->actor, (long long)by->revision);
	const struct doc_region *r = region_of_life(t, key);
	if (by->kind != EDIT_LATENT)
		return err_hint(err, code, "take revision %lld back first", (long long)by->revision);
	if (life_is_over(r))
		return err_hint(err, code, "what became of a latent is not taken back; region_delete removes it");
	return err_hint(err, code, "it is %s: cancel or delete it, or say which revision to take back",
			life_state_name(r->life->state));
}

static bool can_be_undone(const struct edit *e)
{
	return !e->undone && (e->kind == EDIT_PLAIN || e->kind == EDIT_REDO);
}

static int find_undo(const struct timeline *t, int64_t revision, const char *of_actor, const struct edit **ret,
		     struct err *err)
{
	if (revision) {
		const struct edit *e = timeline_edit_of(t, revision);
		if (!e)
			return err_field(err, -ENOENT, "revision", "no edit %lld in the history", (long long)revision);
		if (!can_be_undone(e))
			return err_field(err, -EPROTO, "revision", "edit %lld %s", (long long)revision,
					 e->undone ? "is undone already" : "is not one that can be undone");
		*ret = e;
		return 0;
	}
	const struct edit *kept = NULL;
	for (size_t i = t->n_edits; i-- > 0;) {
		const struct edit *e = &t->edits[i];
		if (!can_be_undone(e) || (of_actor && !str_eq(of_actor, e->actor)))
			continue;
		if (!is_for_good(t, e)) {
			*ret = e;
			return 0;
		}
		kept = kept ? kept : e;
	}
	int code = err_set(err, -ENOENT, "there is nothing to undo");
	return kept ? err_hint(err, code, "revision %lld stays: a latent has lived on it; region_delete removes that",
			       (long long)kept->revision)
		    : code;
}

int timeline_take_back(struct timeline *t, const char *actor, int64_t revision, const char *of_actor, bool dry_run,
		       struct edit_receipt *ret, int64_t *ret_of, struct err *err)
{
	const struct edit *e = NULL;
	int r = find_undo(t, revision, of_actor, &e, err);
	if (r < 0)
		return r;
	char key[DOC_KEY_SIZE];
	const struct edit *by = obstacle(t, e, e->revision, key);
	if (by)
		return conflict(t, by, key, err);
	AUTO_CHANGES changes = CHANGES_INIT;
	r = append(&changes, &e->changes, true, err);
	if (r < 0)
		return r;
	int64_t of = e->revision;
	const struct commit c = { .kind = EDIT_UNDO, .actor = actor, .of_revision = of, .dry_run = dry_run };
	r = timeline_commit(t, &c, &changes, ret, err);
	if (r >= 0)
		*ret_of = of;
	return r;
}

int timeline_do_again(struct timeline *t, const char *actor, bool dry_run, struct edit_receipt *ret, int64_t *ret_of,
		      struct err *err)
{
	const struct edit *undo = NULL;
	for (size_t i = t->n_edits; i-- > 0 && !undo;) {
		if (t->edits[i].kind == EDIT_UNDO && !t->edits[i].undone)
			undo = &t->edits[i];
	}
	if (!undo)
		return err_set(err, -ENOENT, "there is nothing to do again");
	char key[DOC_KEY_SIZE];
	const struct edit *by = obstacle(t, undo, undo->revision, key);
	if (by)
		return conflict(t, by, key, err);
	AUTO_CHANGES changes = CHANGES_INIT;
	int r = append(&changes, &undo->changes, true, err);
	if (r < 0)
		return r;
	int64_t of = undo->of_revision;
	const struct commit c = { .kind = EDIT_REDO, .actor = actor, .of_revision = of, .dry_run = dry_run };
	r = timeline_commit(t, &c, &changes, ret, err);
	if (r >= 0)
		*ret_of = of;
	return r;
}

void revert_result_done(struct revert_result *r)
{
	free(r->reverted);
	doc_strings_free(r->kept, r->n_kept);
	*r = (struct revert_result){ 0 };
}

static int keep_key(struct revert_result *res, const char *key)
{
	char **kept = realloc(res->kept, (res->n_kept + 1) * sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	res->kept = kept;
	kept[res->n_kept] = strdup(key);
	if (!kept[res->n_kept])
		return -ENOMEM;
	res->n_kept++;
	return 0;
}

/* Collects what can be taken back, newest first; marks it undone so that older edits see past it. */
static int collect(struct timeline *t, const char *of_actor, int64_t since, struct changes *changes,
		   struct revert_result *res, struct err *err)
{
	for (size_t i = t->n_edits; i-- > 0 && t->edits[i].revision > since;) {
		struct edit *e = &t->edits[i];
		char key[DOC_KEY_SIZE];
		if (!can_be_undone(e) || !str_eq(e->actor, of_actor))
			continue;
		if (obstacle(t, e, e->revision, key)) {
			if (keep_key(res, key) < 0)
				return err_set(err, -ENOMEM, "revert");
			continue;
		}
		int r = append(changes, &e->changes, true, err);
		if (r < 0)
			return r;
		e->undone = true;
		res->reverted[res->n_reverted++] = e->revision;
	}
	return 0;
}

int timeline_revert_actor(struct timeline *t, const char *actor, const char *of_actor, int64_t since, bool dry_run,
			  struct edit_receipt *ret, struct revert_result *ret_result, struct err *err)
{
	AUTO_CHANGES changes = CHANGES_INIT;
	struct revert_result res = { .reverted = mem_new_array(t->n_edits, sizeof(int64_t)) };
	if (!res.reverted)
		return err_set(err, -ENOMEM, "revert");
	int r = collect(t, of_actor, since, &changes, &res, err);
	if (r >= 0 && res.n_reverted == 0)
		r = err_set(err, -ENOENT, "nothing of '%s' can be taken back", of_actor);
	const struct commit c = { .kind = EDIT_REVERT, .actor = actor, .reverted = res.reverted,
				  .n_reverted = res.n_reverted, .dry_run = dry_run };
	if (r >= 0)
		r = timeline_commit(t, &c, &changes, ret, err);
	for (size_t i = 0; i < res.n_reverted && (r < 0 || dry_run); i++) {
		struct edit *e = timeline_edit_of(t, res.reverted[i]);
		if (e)
			e->undone = false;
	}
	if (r < 0)
		revert_result_done(&res);
	else
		*ret_result = res;
	return r;
}
