/*
 * garden_state.c - the side of the garden that changes: what is told is put into new trees, and views share them.
 */
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "query/garden_priv.h"
#include "timeline/timeline.h"

#include "base/banned.h"

struct garden_state {
	const struct clock *clock;
	uint32_t rate_hz;
	struct document *document;
	struct garden_maps *maps;
	struct ptree *edits, *pending;
	struct garden_log *log; /* of these trees; NULL: to be made */
	struct garden_index *index; /* of this document; NULL: to be made */
	struct garden_transport transport;
	struct garden_device device;
	int64_t changed_ns;
	struct garden_view *view; /* the newest; NULL: something changed since */
};

/* ---- rows ---- */

static int copy_edit(const struct garden_edit_row *row, struct garden_edit *e)
{
	e->revision = row->revision;
	e->kind = row->kind;
	e->time_unix_ms = row->time_unix_ms;
	e->has_at = row->at_beats;
	e->at_beats = row->at_beats ? *row->at_beats : 0;
	e->of_revision = row->of_revision;
	e->undone = row->undone;
	int r = doc_set(&e->actor, row->actor);
	if (r == 0)
		r = doc_set(&e->edit_id, row->edit_id);
	if (r == 0)
		r = doc_strings_copy((char *const *)row->touched, row->n_touched, &e->touched);
	if (r == 0)
		e->n_touched = row->n_touched;
	return r;
}

int garden_edit_new(const struct garden_edit_row *row, struct garden_edit **ret)
{
	AUTO(garden_edit) e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	atomic_init(&e->refs, 1);
	int r = copy_edit(row, e);
	if (r == 0)
		*ret = TAKE(e);
	return r;
}

int garden_edit_copy(const struct garden_edit *e, struct garden_edit **ret)
{
	const struct garden_edit_row row = {
		.revision = e->revision, .kind = e->kind, .actor = e->actor, .time_unix_ms = e->time_unix_ms,
		.at_beats = e->has_at ? &e->at_beats : NULL, .edit_id = e->edit_id, .of_revision = e->of_revision,
		.undone = e->undone, .touched = (const char *const *)e->touched, .n_touched = e->n_touched,
	};
	return garden_edit_new(&row, ret);
}

void garden_edit_unref(struct garden_edit *e)
{
	if (!e || atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(e->actor);
	free(e->edit_id);
	doc_strings_free(e->touched, e->n_touched);
	free(e);
}

static int64_t number_of(const char *edit_id)
{
	int64_t n = 0;
	return edit_id[0] == 's' && str_to_int(edit_id + 1, &n) == 0 ? n : 0;
}

static int copy_pending(const struct garden_pending_row *row, struct garden_pending *p)
{
	p->at_beats = row->at_beats;
	p->time_unix_ms = row->time_unix_ms;
	p->base_revision = row->base_revision;
	p->number = number_of(row->edit_id);
	int r = doc_set(&p->edit_id, row->edit_id);
	if (r == 0)
		r = doc_set(&p->actor, row->actor);
	if (r == 0)
		r = doc_set(&p->conflict, row->conflict);
	if (r == 0)
		r = doc_strings_copy((char *const *)row->touched, row->n_touched, &p->touched);
	if (r == 0)
		p->n_touched = row->n_touched;
	return r;
}

int garden_pending_new(const struct garden_pending_row *row, struct garden_pending **ret)
{
	AUTO(garden_pending) p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	atomic_init(&p->refs, 1);
	int r = copy_pending(row, p);
	if (r == 0)
		*ret = TAKE(p);
	return r;
}

void garden_pending_unref(struct garden_pending *p)
{
	if (!p || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(p->edit_id);
	free(p->actor);
	free(p->conflict);
	doc_strings_free(p->touched, p->n_touched);
	free(p);
}

/* ---- life ---- */

static void changed(struct garden_state *s)
{
	garden_view_unref(TAKE(s->view));
	s->changed_ns = clock_monotonic_ns(s->clock);
}

int garden_state_new(uint32_t rate_hz, const struct clock *clock, struct garden_state **ret, struct err *err)
{
	AUTO(garden_state) s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "garden");
	s->clock = clock ? clock : clock_system();
	s->rate_hz = rate_hz;
	int r = garden_state_clear(s, err);
	if (r == 0)
		*ret = TAKE(s);
	return r;
}

void garden_state_free(struct garden_state *s)
{
	if (!s)
		return;
	garden_view_unref(s->view);
	garden_log_unref(s->log);
	garden_index_unref(s->index);
	ptree_unref(&garden_edit_class, s->edits);
	ptree_unref(&garden_pending_class, s->pending);
	garden_maps_unref(s->maps);
	document_unref(s->document);
	free(s);
}

int garden_state_clear(struct garden_state *s, struct err *err)
{
	AUTO(document) empty = document_new();
	if (!empty)
		return err_set(err, -ENOMEM, "garden");
	int r = garden_state_document(s, empty, err);
	if (r < 0)
		return r;
	ptree_unref(&garden_edit_class, TAKE(s->edits));
	ptree_unref(&garden_pending_class, TAKE(s->pending));
	garden_log_unref(TAKE(s->log));
	s->transport = (struct garden_transport){ 0 };
	s->device = (struct garden_device){ 0 };
	return 0;
}

/* ---- what changes ---- */

static int set_maps(struct garden_state *s, const struct document *d, uint32_t rate_hz, struct err *err)
{
	const struct garden_maps *now = s->maps;
	if (now && now->rate_hz == rate_hz && now->tempo_points == document_tempo(d) && now->meter_points == document_meter(d))
		return 0;
	struct garden_maps *made = NULL;
	int r = garden_maps_new(d, rate_hz, &made, err);
	if (r < 0)
		return r;
	garden_maps_unref(s->maps);
	s->maps = made;
	return 0;
}

int garden_state_document(struct garden_state *s, struct document *d, struct err *err)
{
	int r = set_maps(s, d, s->rate_hz, err);
	if (r < 0)
		return r;
	struct document *was = s->document;
	s->document = document_ref(d);
	document_unref(was);
	garden_index_unref(TAKE(s->index));
	changed(s);
	return 0;
}

int garden_state_rate(struct garden_state *s, uint32_t rate_hz, struct err *err)
{
	int r = set_maps(s, s->document, rate_hz, err);
	if (r < 0)
		return r;
	s->rate_hz = rate_hz;
	changed(s);
	return 0;
}

void garden_state_transport(struct garden_state *s, const struct garden_transport *t)
{
	s->transport = *t;
	changed(s);
}

void garden_state_device(struct garden_state *s, const struct garden_device *d)
{
	s->device = *d;
	changed(s);
}

static void set_edits(struct garden_state *s, struct ptree *edits)
{
	ptree_unref(&garden_edit_class, s->edits);
	s->edits = edits;
	garden_log_unref(TAKE(s->log));
	changed(s);
}

static void set_pending(struct garden_state *s, struct ptree *pending)
{
	ptree_unref(&garden_pending_class, s->pending);
	s->pending = pending;
	garden_log_unref(TAKE(s->log));
	changed(s);
}

/* ---- the history ---- */

/* A tree with one edit more, in place of *t. */
static int put_edit(struct ptree **t, struct garden_edit *e)
{
	struct ptree *made = NULL;
	int r = ptree_put(&garden_edit_class, *t, e, &made);
	if (r < 0)
		return r;
	ptree_unref(&garden_edit_class, *t);
	*t = made;
	return 0;
}

static int mark(struct ptree **t, int64_t revision)
{
	const struct garden_edit key = { .revision = revision };
	const struct garden_edit *of = ptree_get(&garden_edit_class, *t, &key);
	AUTO(garden_edit) taken = NULL;
	if (!of || of->undone)
		return 0;
	int r = garden_edit_copy(of, &taken);
	if (r < 0)
		return r;
	taken->undone = true;
	return put_edit(t, taken);
}

/* The undo that a redo takes back; 0 when it is forgotten. */
static int64_t undo_of(const struct ptree *t, const struct garden_edit_row *redo)
{
	struct ptree_cursor at;
	const struct garden_edit *e;
	const struct garden_edit from = { .revision = redo->revision - 1 };
	ptree_start(&garden_edit_class, t, &from, 0, &at);
	while ((e = ptree_next(&garden_edit_class, &at)))
		if (e->kind == EDIT_UNDO && e->of_revision == redo->of_revision)
			return e->revision;
	return 0;
}

static int mark_taken_back(struct ptree **t, const struct garden_edit_row *e)
{
	int r = 0;
	if (e->kind == EDIT_UNDO)
		r = mark(t, e->of_revision);
	else if (e->kind == EDIT_REDO)
		r = mark(t, undo_of(*t, e));
	for (size_t i = 0; r == 0 && i < e->n_reverted; i++)
		r = mark(t, e->reverted[i]);
	return r;
}

/* Rows are those of the history, also in a copy: who begins anew reads what it has, and knows no less than who heard each edit. */
static int forget_oldest(struct ptree **t)
{
	for (size_t n = timeline_n_forgotten(ptree_count(*t), (size_t)LIMIT_TIMELINE_HISTORY); n > 0; n--) {
		struct ptree *made = NULL;
		int r = ptree_drop(&garden_edit_class, *t, ptree_last(*t), &made);
		if (r < 0)
			return r;
		ptree_unref(&garden_edit_class, *t);
		*t = made;
	}
	return 0;
}

int garden_state_edit(struct garden_state *s, const struct garden_edit_row *row, struct err *err)
{
	AUTO(garden_edit) e = NULL;
	struct ptree *t = ptree_ref(s->edits);
	int r = garden_edit_new(row, &e);
	if (r == 0)
		r = put_edit(&t, e);
	if (r == 0)
		r = mark_taken_back(&t, row);
	if (r == 0)
		r = forget_oldest(&t);
	if (r == 0 && row->edit_id)
		r = garden_state_pending_gone(s, row->edit_id, err);
	if (r < 0) {
		ptree_unref(&garden_edit_class, t);
		return err_set(err, r, "edit %lld", (long long)row->revision);
	}
	set_edits(s, t);
	return 0;
}

/* ---- what waits ---- */

static struct garden_pending *pending_of(const struct garden_state *s, const char *edit_id)
{
	struct ptree_cursor at;
	struct garden_pending *p;
	ptree_start(&garden_pending_class, s->pending, NULL, 0, &at);
	while ((p = ptree_next(&garden_pending_class, &at)) && !str_eq(p->edit_id, edit_id))
		;
	return p;
}

int garden_state_pending(struct garden_state *s, const struct garden_pending_row *row, struct err *err)
{
	AUTO(garden_pending) p = NULL;
	struct ptree *without = ptree_ref(s->pending), *made = NULL;
	struct garden_pending *old = pending_of(s, row->edit_id);
	int r = garden_pending_new(row, &p);
	if (r == 0 && old) {
		ptree_unref(&garden_pending_class, TAKE(without));
		r = ptree_drop(&garden_pending_class, s->pending, old, &without);
	}
	if (r == 0)
		r = ptree_put(&garden_pending_class, without, p, &made);
	ptree_unref(&garden_pending_class, without);
	if (r < 0)
		return err_set(err, r, "edit '%s'", row->edit_id);
	set_pending(s, made);
	return 0;
}

int garden_state_conflict(struct garden_state *s, const char *edit_id, const char *conflict, struct err *err)
{
	const struct garden_pending *p = pending_of(s, edit_id);
	if (!p)
		return 0;
	const struct garden_pending_row row = {
		.edit_id = p->edit_id, .actor = p->actor, .at_beats = p->at_beats, .time_unix_ms = p->time_unix_ms,
		.base_revision = p->base_revision, .conflict = conflict, .touched = (const char *const *)p->touched,
		.n_touched = p->n_touched,
	};
	return garden_state_pending(s, &row, err);
}

int garden_state_pending_gone(struct garden_state *s, const char *edit_id, struct err *err)
{
	struct ptree *made = NULL;
	struct garden_pending *p = pending_of(s, edit_id);
	if (!p)
		return 0;
	int r = ptree_drop(&garden_pending_class, s->pending, p, &made);
	if (r < 0)
		return err_set(err, r, "edit '%s'", edit_id);
	set_pending(s, made);
	return 0;
}

/* ---- views ---- */

static struct garden_view *new_view(struct garden_state *s)
{
	if (!s->log)
		s->log = garden_log_new(s->edits, s->pending);
	if (!s->index)
		s->index = garden_index_new(s->document);
	struct garden_view *v = s->log && s->index ? calloc(1, sizeof(*v)) : NULL;
	if (!v)
		return NULL;
	atomic_init(&v->refs, 1);
	v->document = document_ref(s->document);
	v->maps = garden_maps_ref(s->maps);
	v->tempo = s->maps->tempo;
	v->meter = s->maps->meter;
	v->rate_hz = s->rate_hz;
	v->transport = s->transport;
	v->device = s->device;
	v->made_ns = s->changed_ns;
	v->log = garden_log_ref(s->log);
	v->index = garden_index_ref(s->index);
	return v;
}

int garden_state_view(struct garden_state *s, struct garden_view **ret, struct err *err)
{
	if (!s->view)
		s->view = new_view(s);
	if (!s->view)
		return err_set(err, -ENOMEM, "view of the garden");
	*ret = garden_view_ref(s->view);
	return 0;
}
