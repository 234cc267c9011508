#include "timeline/timeline.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "timeline/doc_json_priv.h"
#include "timeline/timeline_priv.h"

#include "base/banned.h"

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_edits; i++)
		edit_done(&t->edits[i]);
	for (size_t i = 0; i < t->n_scheduled; i++)
		scheduled_edit_done(&t->scheduled[i]);
	free(t->edits);
	free(t->scheduled);
	document_unref(t->base);
	document_unref(t->now);
	journal_free(t->journal);
	free(t);
}

/* ---- the history ---- */

struct edit *timeline_edit_of(const struct timeline *t, int64_t revision)
{
	if (!t->n_edits || revision < t->edits[0].revision || revision > t->edits[t->n_edits - 1].revision)
		return NULL;
	return &t->edits[revision - t->edits[0].revision]; /* revisions have no holes */
}

/* Whether a redo only restores what was so at `since`: what it does again is older, and the undo in between is newer. */
static bool restores(const struct timeline *t, const struct edit *redo, int64_t since)
{
	if (redo->kind != EDIT_REDO || redo->of_revision > since)
		return false;
	for (size_t i = t->n_edits; i-- > 0 && t->edits[i].revision > since;) {
		const struct edit *e = &t->edits[i];
		if (e->kind == EDIT_UNDO && e->revision < redo->revision && e->of_revision == redo->of_revision)
			return true;
	}
	return false;
}

const struct edit *timeline_toucher(const struct timeline *t, int64_t revision, const char *key)
{
	for (size_t i = t->n_edits; i-- > 0 && t->edits[i].revision > revision;) {
		const struct edit *e = &t->edits[i];
		if (!e->undone && e->kind != EDIT_UNDO && e->kind != EDIT_REVERT && changes_touch(&e->changes, key) &&
		    !restores(t, e, revision))
			return e;
	}
	return NULL;
}

void timeline_mark(struct timeline *t, const struct edit *e)
{
	struct edit *of = timeline_edit_of(t, e->of_revision);
	if (e->kind == EDIT_UNDO && of)
		of->undone = true;
	for (size_t i = t->n_edits; e->kind == EDIT_REDO && i-- > 0;) {
		if (t->edits[i].kind == EDIT_UNDO && t->edits[i].of_revision == e->of_revision) {
			t->edits[i].undone = true;
			break;
		}
	}
	for (size_t i = 0; i < e->n_reverted; i++) {
		of = timeline_edit_of(t, e->reverted[i]);
		if (of)
			of->undone = true;
	}
}

static void trim(struct timeline *t)
{
	size_t drop = timeline_n_forgotten(t->n_edits, t->keep_edits);
	if (!drop)
		return;
	document_unref(t->base);
	t->base = document_ref(t->edits[drop - 1].after);
	for (size_t i = 0; i < drop; i++)
		edit_done(&t->edits[i]);
	memmove(t->edits, t->edits + drop, (t->n_edits - drop) * sizeof(*t->edits));
	t->n_edits -= drop;
}

/* Takes the edit over. */
static int push_edit(struct timeline *t, struct edit *e, struct err *err)
{
	if (mem_grow(&t->edits, &t->room_edits, t->n_edits + 1, sizeof(*t->edits)) < 0)
		return err_set(err, -ENOMEM, "history");
	t->edits[t->n_edits++] = *e;
	document_unref(t->now);
	t->now = document_ref(e->after);
	timeline_mark(t, &t->edits[t->n_edits - 1]);
	trim(t);
	return 0;
}

/* ---- the journal ---- */

static int replay_edit(struct timeline *t, const json_t *j, struct err *err)
{
	struct edit e = { 0 };
	int r = edit_of_json(j, &e, err);
	if (r < 0)
		return r;
	if (e.revision != document_revision(t->now) + 1)
		r = err_set(err, -EBADMSG, "revision %lld after %lld", (long long)e.revision,
			    (long long)document_revision(t->now));
	else if ((r = changes_apply(&e.changes, false, t->now, e.revision, &e.after, err)) == -ESTALE)
		r = -EBADMSG;
	if (r >= 0)
		r = push_edit(t, &e, err);
	if (r < 0)
		edit_done(&e);
	else if (e.scheduled)
		schedule_forget(t, e.scheduled);
	return r;
}

static int replay(void *arg, const uint8_t *payload, size_t n, uint64_t offset, struct err *err)
{
	struct timeline *t = arg;
	AUTO_JSON json_t *j = NULL;
	const char *type = NULL;
	int r = json_parse((const char *)payload, n, &j, err);
	if (r >= 0)
		r = json_get_string(j, "type", &type, err);
	if (r < 0)
		return r == -ENOMEM ? r : -EBADMSG;
	if (str_eq(type, "edit"))
		return replay_edit(t, j, err);
	if (str_eq(type, "scheduled"))
		return schedule_replay(t, j, err);
	if (str_eq(type, "unscheduled"))
		return unschedule_replay(t, j, err);
	if (!str_eq(type, "document") || t->n_edits || document_revision(t->now))
		return err_set(err, -EBADMSG, "a frame of type '%s' has no place here", type);
	struct document *d = NULL;
	r = document_of_json(j, &d, err);
	if (r >= 0 && json_get_int_or(j, "last_scheduled", 0, &t->last_scheduled, err) < 0)
		r = -EBADMSG;
	if (r < 0) {
		document_unref(d);
		return r;
	}
	document_unref(t->base);
	document_unref(t->now);
	t->base = d;
	t->now = document_ref(d);
	return 0;
}

static char *frame_text(json_t *j)
{
	char *text = j ? json_text(j, JSON_OUT_COMPACT) : NULL;
	json_decref(j);
	return text;
}

/* The document before the history, then the history, then what waits: the file shrinks to what still matters. */
static json_t *frame_json(const struct timeline *t, size_t i)
{
	if (i > t->n_edits)
		return scheduled_json(&t->scheduled[i - t->n_edits - 1]);
	if (i > 0)
		return edit_json(&t->edits[i - 1]);
	json_t *j = document_json(t->base);
	if (j && json_object_set_new(j, "last_scheduled", json_integer(t->last_scheduled)) == 0)
		return j;
	json_decref(j);
	return NULL;
}

static int write_anew(struct timeline *t, struct err *err)
{
	size_t n = 1 + t->n_edits + t->n_scheduled;
	struct journal_payload AUTO_MEM *frames = mem_new_array(n, sizeof(*frames));
	if (!frames)
		return err_set(err, -ENOMEM, "journal");
	int r = 0;
	for (size_t i = 0; i < n && r >= 0; i++) {
		char *text = frame_text(frame_json(t, i));
		frames[i].bytes = text;
		frames[i].n = text ? strlen(text) : 0;
		r = text ? 0 : err_set(err, -ENOMEM, "journal");
	}
	if (r >= 0)
		r = journal_rewrite(t->journal, frames, n, err);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)frames[i].bytes);
	if (r >= 0)
		t->written_bytes = journal_bytes(t->journal);
	return r;
}

int timeline_write(struct timeline *t, json_t *frame, struct err *err)
{
	char AUTO_MEM *text = frame_text(frame);
	if (!text)
		return err_set(err, -ENOMEM, "journal");
	return journal_append(t->journal, text, strlen(text), err);
}

/* When it has grown enough; a failure leaves the old file, which is whole, and is tried again later. */
static void maybe_write_anew(struct timeline *t)
{
	if (t->journal && journal_bytes(t->journal) > LIMIT_JOURNAL_BYTES &&
	    journal_bytes(t->journal) > 2 * t->written_bytes)
		(void)write_anew(t, NULL);
}

int timeline_open(const struct timeline_options *o, struct timeline **ret, struct err *err)
{
	AUTO(timeline) t = calloc(1, sizeof(*t));
	if (!t)
		return err_set(err, -ENOMEM, "timeline");
	t->clock = o->clock ? o->clock : clock_system();
	t->keep_edits = o->keep_edits ? o->keep_edits : (size_t)LIMIT_TIMELINE_HISTORY;
	t->base = document_new();
	t->now = document_ref(t->base);
	if (!t->base)
		return err_set(err, -ENOMEM, "timeline");
	if (o->path) {
		struct journal_options jo = { .path = o->path, .no_sync = o->no_sync, .on_frame = replay, .arg = t };
		int r = journal_open(&jo, &t->journal, err);
		if (r < 0)
			return r;
		schedule_judge(t, NULL);
	}
	*ret = TAKE(t);
	return 0;
}

/* ---- edits ---- */

int64_t timeline_unix_ms(const struct timeline *t)
{
	return clock_real_ns(t->clock) / NS_PER_MS;
}

static int fill_edit(const struct timeline *t, const struct commit *c, struct edit *e)
{
	e->revision = document_revision(t->now) + 1;
	e->kind = c->kind;
	e->time_unix_ms = timeline_unix_ms(t);
	e->has_at = c->at_beats;
	e->at_beats = c->at_beats ? *c->at_beats : 0;
	e->of_revision = c->of_revision;
	e->scheduled = c->scheduled;
	if (c->n_reverted) {
		e->reverted = mem_new_array(c->n_reverted, sizeof(*e->reverted));
		if (!e->reverted)
			return -ENOMEM;
		memcpy(e->reverted, c->reverted, c->n_reverted * sizeof(*e->reverted));
		e->n_reverted = c->n_reverted;
	}
	return doc_set(&e->actor, c->actor ? c->actor : "");
}

int timeline_commit(struct timeline *t, const struct commit *c, struct changes *changes, struct edit_receipt *ret,
		    struct err *err)
{
	struct edit e = { 0 };
	int r = fill_edit(t, c, &e);
	e.changes = *changes;
	if (r >= 0) /* room first: once it is in the journal nothing may fail */
		r = mem_grow(&t->edits, &t->room_edits, t->n_edits + 1, sizeof(*t->edits));
	if (r < 0)
		(void)err_set(err, r, "edit");
	else
		r = changes_apply(&e.changes, false, t->now, e.revision, &e.after, err);
	if (r >= 0 && !c->dry_run && (r = t->journal ? timeline_write(t, edit_json(&e), err) : 0) >= 0) {
		r = push_edit(t, &e, err);
		if (r >= 0)
			*changes = (struct changes)CHANGES_INIT;
	}
	if (r >= 0) {
		*ret = (struct edit_receipt){ .revision = e.revision };
		snprintf(ret->edit_id, sizeof(ret->edit_id), "e%lld", (long long)e.revision);
		ret->edit = c->dry_run ? NULL : &t->edits[t->n_edits - 1];
		if (ret->edit)
			schedule_judge(t, &ret->edit->changes);
	}
	if (r < 0 || c->dry_run) {
		e.changes = (struct changes)CHANGES_INIT;
		edit_done(&e);
	} else {
		maybe_write_anew(t);
	}
	return r;
}

int timeline_check_base(const struct timeline *t, const struct changes *c, int64_t base, struct err *err)
{
	if (base > document_revision(t->now))
		return err_field(err, -EINVAL, "base_revision", "revision %lld is in the future, now is %lld", (long long)base,
				 (long long)document_revision(t->now));
	if (base < document_revision(t->base))
		return err_field(err, -ESTALE, "base_revision", "revision %lld is too long ago to compare with",
				 (long long)base);
	for (size_t i = 0; i < c->n; i++) {
		char key[DOC_KEY_SIZE];
		change_key(&c->v[i], key);
		for (size_t k = t->n_edits; k-- > 0 && t->edits[k].revision > base;) {
			const struct edit *e = &t->edits[k];
			if (changes_touch(&e->changes, key))
				return err_field(err, -ESTALE, "base_revision", "%s was changed by '%s' in revision %lld", key,
						 e->actor, (long long)e->revision);
		}
	}
	return 0;
}

int timeline_do(struct timeline *t, const struct edit_request *q, struct edit_receipt *ret, struct err *err)
{
	AUTO_CHANGES changes = CHANGES_INIT;
	AUTO(document) after = NULL;
	if (q->at_beats)
		return timeline_schedule(t, q, ret, err);
	int r = edit_ops_apply(q->ops, q->n_ops, t->now, &after, &changes, err);
	if (r >= 0 && q->has_base)
		r = timeline_check_base(t, &changes, q->base_revision, err);
	if (r < 0)
		return r;
	const struct commit c = { .kind = EDIT_PLAIN, .actor = q->actor, .dry_run = q->dry_run };
	return timeline_commit(t, &c, &changes, ret, err);
}

static int commit_latent(struct timeline *t, const char *actor, struct changes *changes, struct latent_receipt *ret, struct err *err)
{
	struct edit_receipt receipt;
	const struct commit c = { .kind = EDIT_LATENT, .actor = actor };
	int r = timeline_commit(t, &c, changes, &receipt, err);
	if (r < 0)
		return r;
	ret->revision = receipt.revision;
	ret->edit = receipt.edit;
	return 0;
}

int timeline_latent(struct timeline *t, const char *actor, const struct latent_step *s, struct latent_receipt *ret,
		    struct err *err)
{
	AUTO_CHANGES changes = CHANGES_INIT;
	int r = latent_changes(t->now, s, &changes, err);
	if (r < 0)
		return r;
	const struct doc_region *region = document_region(t->now, s->region_id);
	*ret = (struct latent_receipt){ region->life->state, region->life->state, document_revision(t->now), NULL };
	if (changes.n == 0)
		return 0;
	ret->after = changes.v[0].new_region->life->state;
	if (s->kind == LATENT_PROGRESS) {
		struct document *next = NULL;
		r = document_with_region(t->now, s->region_id, changes.v[0].new_region, &next);
		if (r < 0)
			return err_set(err, r, "region '%s'", s->region_id);
		document_unref(t->now);
		t->now = next;
		return 0;
	}
	return commit_latent(t, actor, &changes, ret, err);
}

/* Adds one step's changes to the list and to the document. */
static int add_step(const struct latent_step *s, struct document **d, struct changes *list, struct err *err)
{
	AUTO_CHANGES step = CHANGES_INIT;
	struct document *next = NULL;
	int r = latent_changes(*d, s, &step, err);
	if (r >= 0)
		r = changes_apply(&step, false, *d, document_revision(*d), &next, err);
	if (r < 0)
		return r;
	document_unref(*d);
	*d = next;
	if (mem_grow(&list->v, &list->room, list->n + step.n, sizeof(*list->v)) < 0)
		return err_set(err, -ENOMEM, "steps");
	for (size_t i = 0; i < step.n; i++)
		list->v[list->n++] = step.v[i];
	step.n = 0; /* they belong to the list now */
	return 0;
}

int timeline_latents(struct timeline *t, const char *actor, const struct latent_step *s, size_t n,
		     struct latent_receipt *ret, struct err *err)
{
	AUTO_CHANGES changes = CHANGES_INIT;
	AUTO(document) d = document_ref(t->now);
	int r = 0;
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = add_step(&s[i], &d, &changes, err);
	if (r < 0)
		return r;
	const char *id = s[n - 1].region_id;
	*ret = (struct latent_receipt){ document_region(t->now, id)->life->state, document_region(d, id)->life->state,
					document_revision(t->now), NULL };
	if (changes.n == 0)
		return 0;
	return commit_latent(t, actor, &changes, ret, err);
}

/* ---- reading ---- */

struct document *timeline_now(const struct timeline *t)
{
	return t->now;
}

int timeline_at(const struct timeline *t, int64_t revision, struct document **ret, struct err *err)
{
	const struct edit *e = timeline_edit_of(t, revision);
	if (revision == document_revision(t->now))
		*ret = t->now;
	else if (e)
		*ret = e->after;
	else if (revision == document_revision(t->base))
		*ret = t->base;
	else
		return err_field(err, -ENOENT, "at_revision", "revision %lld is not among %lld to %lld", (long long)revision,
				 (long long)document_revision(t->base), (long long)document_revision(t->now));
	return 0;
}

size_t timeline_torn_bytes(const struct timeline *t)
{
	return t->journal ? journal_torn_bytes(t->journal) : 0;
}

int64_t timeline_journal_bytes(const struct timeline *t)
{
	return t->journal ? journal_bytes(t->journal) : 0;
}

void timeline_each_edit(const struct timeline *t, int64_t before, edit_visit *visit, void *arg)
{
	for (size_t i = t->n_edits; i-- > 0;) {
		if ((before == 0 || t->edits[i].revision < before) && !visit(&t->edits[i], arg))
			return;
	}
}
