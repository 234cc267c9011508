#include "query/garden_view.h"

#include <errno.h>

#include "query/garden_priv.h"

#include "base/banned.h"

const char *garden_play_name(enum garden_play p)
{
	static const char *const names[GARDEN_PLAY_COUNT] = { "stopped", "playing", "paused" };
	return p < GARDEN_PLAY_COUNT ? names[p] : "?";
}

const char *edit_kind_name(enum edit_kind k)
{
	static const char *const names[EDIT_KIND_COUNT] = { "edit", "undo", "redo", "revert", "latent" };
	return k < EDIT_KIND_COUNT ? names[k] : "?";
}

/* ---- the maps ---- */

static int make_maps(struct garden_maps *m)
{
	const struct doc_tempo *t = m->tempo_points;
	const struct doc_meter *b = m->meter_points;
	void *tempo = malloc(tempo_map_bytes(t->n)), *meter = malloc(meter_map_bytes(b->n));
	int r = tempo && meter ? tempo_map_init(tempo, t->points, t->n, m->rate_hz, &m->tempo, NULL) : -ENOMEM;
	if (r == 0)
		r = meter_map_init(meter, b->points, b->n, &m->meter, NULL);
	if (r == 0)
		return 0;
	free(tempo);
	free(meter);
	m->tempo = NULL;
	m->meter = NULL;
	return r;
}

int garden_maps_new(const struct document *d, uint32_t rate_hz, struct garden_maps **ret, struct err *err)
{
	struct garden_maps *m = calloc(1, sizeof(*m));
	if (!m)
		return err_set(err, -ENOMEM, "maps");
	atomic_init(&m->refs, 1);
	m->tempo_points = doc_tempo_ref(document_tempo(d));
	m->meter_points = doc_meter_ref(document_meter(d));
	m->rate_hz = rate_hz;
	int r = make_maps(m);
	if (r < 0) {
		garden_maps_unref(m);
		return err_set(err, r, "the maps of revision %lld", (long long)document_revision(d));
	}
	*ret = m;
	return 0;
}

struct garden_maps *garden_maps_ref(struct garden_maps *m)
{
	atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

void garden_maps_unref(struct garden_maps *m)
{
	if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
		return;
	doc_tempo_unref(m->tempo_points);
	doc_meter_unref(m->meter_points);
	free(m->tempo); /* a map begins its memory */
	free(m->meter);
	free(m);
}

/* ---- the history ---- */

/* The newest first. */
static int compare_edits(const void *a, const void *b)
{
	const struct garden_edit *x = a, *y = b;
	return x->revision > y->revision ? -1 : x->revision < y->revision;
}

static int compare_pending(const void *a, const void *b)
{
	const struct garden_pending *x = a, *y = b;
	if (x->at_beats != y->at_beats)
		return x->at_beats < y->at_beats ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void *ref_edit(void *item)
{
	struct garden_edit *e = item;
	atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
	return e;
}

static void *ref_pending(void *item)
{
	struct garden_pending *p = item;
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

static void unref_edit(void *item)
{
	garden_edit_unref(item);
}

static void unref_pending(void *item)
{
	garden_pending_unref(item);
}

const struct ptree_class garden_edit_class = { compare_edits, ref_edit, unref_edit, NULL };
const struct ptree_class garden_pending_class = { compare_pending, ref_pending, unref_pending, NULL };

struct garden_log *garden_log_new(struct ptree *edits, struct ptree *pending)
{
	struct garden_log *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	atomic_init(&l->refs, 1);
	l->edits = ptree_ref(edits);
	l->pending = ptree_ref(pending);
	return l;
}

struct garden_log *garden_log_ref(struct garden_log *l)
{
	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

void garden_log_unref(struct garden_log *l)
{
	if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1)
		return;
	ptree_unref(&garden_edit_class, l->edits);
	ptree_unref(&garden_pending_class, l->pending);
	keyed_list_slot_free(&l->touches);
	keyed_list_slot_free(&l->edit_actors);
	keyed_list_slot_free(&l->pending_actors);
	free(l);
}

/* ---- the view ---- */

struct garden_view *garden_view_ref(const struct garden_view *view)
{
	struct garden_view *v = (struct garden_view *)view;
	atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
	return v;
}

void garden_view_unref(const struct garden_view *view)
{
	struct garden_view *v = (struct garden_view *)view;
	if (!v || atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) != 1)
		return;
	document_unref(v->document);
	garden_maps_unref(v->maps);
	garden_log_unref(v->log);
	garden_index_unref(v->index);
	free(v);
}

double garden_view_beat(const struct garden_view *v, int64_t monotonic_ns)
{
	const struct garden_transport *t = &v->transport;
	if (!t->rolls || monotonic_ns <= t->moment_ns)
		return t->position_beats;
	double since = (double)(monotonic_ns - t->moment_ns) / (double)NS_PER_SEC;
	return tempo_map_beat(v->tempo, tempo_map_seconds(v->tempo, t->position_beats) + since);
}

size_t garden_view_n_edits(const struct garden_view *v)
{
	return ptree_count(v->log->edits);
}

const struct garden_edit *garden_view_oldest_edit(const struct garden_view *v)
{
	return ptree_last(v->log->edits);
}

const struct garden_edit *garden_view_edit(const struct garden_view *v, int64_t revision)
{
	const struct garden_edit key = { .revision = revision };
	return ptree_get(&garden_edit_class, v->log->edits, &key);
}

const struct garden_edit *garden_view_edit_from(const struct garden_view *v, int64_t revision)
{
	const struct garden_edit key = { .revision = revision };
	struct ptree_cursor at;
	ptree_start(&garden_edit_class, v->log->edits, &key, 0, &at);
	return ptree_next(&garden_edit_class, &at);
}

size_t garden_view_n_pending(const struct garden_view *v)
{
	return ptree_count(v->log->pending);
}

const struct garden_pending *garden_view_pending(const struct garden_view *v, const struct garden_pending *p)
{
	struct ptree_cursor at;
	ptree_start(&garden_pending_class, v->log->pending, p, 0, &at);
	const struct garden_pending *next = ptree_next(&garden_pending_class, &at);
	return next && next == p ? ptree_next(&garden_pending_class, &at) : next;
}
