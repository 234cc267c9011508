/*
 * schedule.c - edits that wait for their beat: accepted, listed, called off, applied or dropped; all of it journalled.
 * See timeline.h.
 *
 * An edit is checked against the timeline as it will be at its beat, so that one may build on another; what it starts
 * from is compared by value when its beat comes, so that what was changed and changed back is no conflict.
 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"
#include "timeline/doc_json_priv.h"
#include "timeline/timeline.h"
#include "timeline/timeline_priv.h"

#include "base/banned.h"

void scheduled_edit_done(struct scheduled_edit *s)
{
	free(s->actor);
	changes_done(&s->changes);
	*s = (struct scheduled_edit){ 0 };
}

size_t timeline_n_scheduled(const struct timeline *t)
{
	return t->n_scheduled;
}

const struct scheduled_edit *timeline_scheduled(const struct timeline *t, size_t i)
{
	return i < t->n_scheduled ? &t->scheduled[i] : NULL;
}

static int room(struct timeline *t, struct err *err)
{
	return mem_grow(&t->scheduled, &t->room_scheduled, t->n_scheduled + 1, sizeof(*t->scheduled)) < 0
		       ? err_set(err, -ENOMEM, "schedule")
		       : 0;
}

static bool comes_after(const struct scheduled_edit *a, const struct scheduled_edit *b)
{
	return a->at_beats > b->at_beats || (a->at_beats == b->at_beats && a->number > b->number);
}

/* Takes it over; there is room. By beat, then by order of arrival (one that comes back has an earlier number). */
static void insert(struct timeline *t, struct scheduled_edit s)
{
	size_t at = t->n_scheduled++;
	snprintf(s.id, sizeof(s.id), "s%lld", (long long)s.number);
	for (; at > 0 && comes_after(&t->scheduled[at - 1], &s); at--)
		t->scheduled[at] = t->scheduled[at - 1];
	t->scheduled[at] = s;
	if (s.number > t->last_scheduled)
		t->last_scheduled = s.number;
}

static struct scheduled_edit take(struct timeline *t, size_t i)
{
	struct scheduled_edit s = t->scheduled[i];
	t->n_scheduled--;
	memmove(t->scheduled + i, t->scheduled + i + 1, (t->n_scheduled - i) * sizeof(*t->scheduled));
	return s;
}

void schedule_forget(struct timeline *t, int64_t number)
{
	for (size_t i = 0; i < t->n_scheduled; i++) {
		if (t->scheduled[i].number == number) {
			struct scheduled_edit s = take(t, i);
			scheduled_edit_done(&s);
			return;
		}
	}
}

/* ---- the journal ---- */

int schedule_replay(struct timeline *t, const json_t *j, struct err *err)
{
	struct scheduled_edit s = { 0 };
	int r = scheduled_of_json(j, &s, err);
	if (r >= 0)
		r = room(t, err);
	if (r < 0) {
		scheduled_edit_done(&s);
		return r;
	}
	insert(t, s);
	return 0;
}

int unschedule_replay(struct timeline *t, const json_t *j, struct err *err)
{
	int64_t number = 0;
	if (json_get_int(j, "number", &number, err) < 0)
		return -EBADMSG;
	schedule_forget(t, number);
	return 0;
}

/* ---- what stands in the way ---- */

/* 0, or -ESTALE: what, changed by whom, in which revision. */
static int conflict_of(const struct timeline *t, const struct scheduled_edit *s, struct err *err)
{
	char key[DOC_KEY_SIZE];
	if (changes_fit(&s->changes, t->now, key))
		return 0;
	for (size_t i = t->n_edits; i-- > 0;) {
		const struct edit *e = &t->edits[i];
		if (changes_touch(&e->changes, key))
			return err_set(err, -ESTALE, "%s was changed by '%s' in revision %lld", key, e->actor,
				       (long long)e->revision);
	}
	return err_set(err, -ESTALE, "%s is not what it was when the edit was accepted", key);
}

static void judge(const struct timeline *t, struct scheduled_edit *s)
{
	struct err why = ERR_INIT;
	(void)str_copy(s->conflict, sizeof(s->conflict), conflict_of(t, s, &why) < 0 ? why.msg : "");
}

/* A region and its life are one thing here. */
static const char *thing_of(const struct change *c, char key[DOC_KEY_SIZE])
{
	change_key(c, key);
	return c->kind == CHANGE_REGION || c->kind == CHANGE_LIFE ? c->id : key;
}

static int name_things(const struct changes *c, struct map **ret)
{
	AUTO(map) things = map_new();
	char key[DOC_KEY_SIZE];
	int r = things ? 0 : -ENOMEM;
	for (size_t i = 0; r >= 0 && i < c->n; i++)
		r = map_set(things, thing_of(&c->v[i], key), &c->v[i], NULL);
	if (r >= 0)
		*ret = TAKE(things);
	return r;
}

static bool touches_any(const struct scheduled_edit *s, const struct map *things)
{
	char key[DOC_KEY_SIZE];
	for (size_t i = 0; i < s->changes.n; i++)
		if (map_has(things, thing_of(&s->changes.v[i], key)))
			return true;
	return false;
}

void schedule_judge(struct timeline *t, const struct changes *c)
{
	AUTO(map) things = NULL;
	if (t->n_scheduled && c && name_things(c, &things) < 0)
		c = NULL; /* no memory: then all of them */
	for (size_t i = 0; i < t->n_scheduled; i++) {
		struct scheduled_edit *s = &t->scheduled[i];
		char was[TIMELINE_CONFLICT_SIZE];
		if (c && !touches_any(s, things))
			continue;
		(void)str_copy(was, sizeof(was), s->conflict);
		judge(t, s);
		if (!str_eq(was, s->conflict))
			s->judged_revision = document_revision(t->now);
	}
}

/* ---- accepting ---- */

/* The timeline as it will be at that beat, when nothing else comes between. */
static int document_then(const struct timeline *t, double at_beats, struct document **ret, struct err *err)
{
	AUTO(document) d = document_ref(t->now);
	for (size_t i = 0; i < t->n_scheduled && t->scheduled[i].at_beats <= at_beats; i++) {
		struct document *next = NULL;
		int r = timeline_foresee(t, i, d, &next, err);
		if (r == -ESTALE)
			continue; /* it will be dropped */
		if (r < 0)
			return r;
		document_unref(d);
		d = next;
	}
	*ret = TAKE(d);
	return 0;
}

/* Refuses what would take away the ground from under an edit that waits for a later beat. */
static int check_later(const struct timeline *t, const struct changes *c, double at_beats, struct err *err)
{
	char key[DOC_KEY_SIZE];
	for (size_t i = 0; i < t->n_scheduled; i++) {
		const struct scheduled_edit *s = &t->scheduled[i];
		for (size_t k = 0; s->at_beats > at_beats && k < c->n; k++) {
			change_key(&c->v[k], key);
			if (!changes_touch(&s->changes, key))
				continue;
			int r = err_set(err, -ESTALE, "%s is changed by the edit '%s' of '%s', which waits for beat %g", key,
					s->id, s->actor, s->at_beats);
			return err_hint(err, r, "call that one off with timeline_cancel_edit first");
		}
	}
	return 0;
}

static int write_scheduled(struct timeline *t, const struct scheduled_edit *s, struct err *err)
{
	return t->journal ? timeline_write(t, scheduled_json(s), err) : 0;
}

int timeline_schedule(struct timeline *t, const struct edit_request *q, struct edit_receipt *ret, struct err *err)
{
	AUTO_CHANGES changes = CHANGES_INIT;
	AUTO(document) then = NULL;
	AUTO(document) after = NULL;
	if (t->n_scheduled >= (size_t)LIMIT_TIMELINE_SCHEDULED)
		return err_set(err, -EBUSY, "%zu edits already wait for their beat", t->n_scheduled);
	int r = document_then(t, *q->at_beats, &then, err);
	if (r >= 0)
		r = edit_ops_apply(q->ops, q->n_ops, then, &after, &changes, err);
	if (r >= 0 && q->has_base)
		r = timeline_check_base(t, &changes, q->base_revision, err);
	if (r >= 0)
		r = check_later(t, &changes, *q->at_beats, err);
	if (r >= 0)
		r = room(t, err);
	if (r < 0)
		return r;
	struct scheduled_edit s = { .number = t->last_scheduled + 1, .at_beats = *q->at_beats,
				    .time_unix_ms = timeline_unix_ms(t), .base_revision = document_revision(t->now),
				    .changes = changes };
	*ret = (struct edit_receipt){ 0 };
	snprintf(ret->edit_id, sizeof(ret->edit_id), "s%lld", (long long)s.number);
	if (q->dry_run)
		return 0;
	r = doc_set(&s.actor, q->actor ? q->actor : "") < 0 ? err_set(err, -ENOMEM, "schedule") : write_scheduled(t, &s, err);
	if (r < 0) {
		free(s.actor);
		return r;
	}
	changes = (struct changes)CHANGES_INIT;
	judge(t, &s);
	insert(t, s);
	return 0;
}

/* ---- leaving ---- */

int timeline_unschedule(struct timeline *t, const char *id, const char *reason, struct scheduled_edit *ret, struct err *err)
{
	for (size_t i = 0; i < t->n_scheduled; i++) {
		if (!str_eq(t->scheduled[i].id, id))
			continue;
		int r = t->journal ? timeline_write(t, unscheduled_json(t->scheduled[i].number, reason), err) : 0;
		if (r >= 0)
			*ret = take(t, i);
		return r;
	}
	return err_field(err, -ENOENT, "edit_id", "no scheduled edit '%s'", id);
}

int timeline_foresee(const struct timeline *t, size_t i, struct document *before, struct document **ret, struct err *err)
{
	const struct scheduled_edit *s = timeline_scheduled(t, i);
	char key[DOC_KEY_SIZE];
	if (!s)
		return err_set(err, -ENOENT, "no such scheduled edit");
	if (!changes_fit(&s->changes, before, key))
		return err_set(err, -ESTALE, "%s is not what the edit '%s' starts from", key, s->id);
	return changes_apply(&s->changes, false, before, document_revision(before) + 1, ret, err);
}

/* Whether it can be applied: 0, -ENOMEM, or why never. */
static int try_changes(const struct timeline *t, const struct scheduled_edit *s, struct err *err)
{
	struct document *after = NULL;
	int r = conflict_of(t, s, err);
	if (r >= 0)
		r = changes_apply(&s->changes, false, t->now, document_revision(t->now), &after, err);
	document_unref(after);
	return r;
}

int timeline_due(struct timeline *t, double beat, struct edit_receipt *ret, struct scheduled_edit *ret_gone,
		 struct err *err)
{
	if (!t->n_scheduled || t->scheduled[0].at_beats > beat)
		return 0;
	int r = try_changes(t, &t->scheduled[0], err);
	if (r < 0 && r != -ENOMEM) {
		*ret_gone = take(t, 0);
		if (t->journal) /* when not even this can be written, a restart finds it due and drops it again */
			(void)timeline_write(t, unscheduled_json(ret_gone->number, err ? err->msg : ""), NULL);
		return r;
	}
	if (r >= 0)
		r = changes_renew(&t->scheduled[0].changes, t->now, err);
	if (r < 0)
		return r;
	struct scheduled_edit s = take(t, 0); /* the commit may write the journal anew */
	const struct commit c = { .kind = EDIT_PLAIN, .actor = s.actor, .at_beats = &s.at_beats, .scheduled = s.number };
	r = timeline_commit(t, &c, &s.changes, ret, err);
	if (r < 0) {
		insert(t, s);
		return r;
	}
	*ret_gone = s;
	return 1;
}
