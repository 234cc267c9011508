/*
 * recall.c - what queries see of the garden: kept current by the loop, looked at by any thread.
 *
 * Threads:   the loop tells of every edit, of documents and of what waits; recall_view is for any thread. `lock` guards the state and is
 *            held for moments. Order: timeline_lock before it.
 * Errors:    what could not be told for want of memory is made up for by the next view.
 */
#include <string.h>

#include "base/str.h"
#include "garden.h"
#include "query/garden_view.h"

#define LOG_TOPIC "query"
#include "base/log.h"

#include "base/banned.h"

struct recall {
	pthread_mutex_t lock;
	struct garden_state *state;
	bool stale; /* something could not be told */
};

_Static_assert((int)VIEW_TRANSPORT_PAUSED == (int)GARDEN_PAUSED, "transport states");

static void told(struct recall *c, int r, const struct err *err)
{
	if (r >= 0)
		return;
	c->stale = true;
	log_warn("queries do not know of a change yet, reading all of it with the next one", LOG_ERR(err));
}

/* ---- rows ---- */

static int tell_edit(struct recall *c, const struct edit *e, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct edit_view v;
	if (view_edit(e, &arena, &v) < 0)
		return err_set(err, -ENOMEM, "edit %lld", (long long)e->revision);
	const struct garden_edit_row row = {
		.revision = v.revision, .kind = e->kind, .actor = v.actor, .time_unix_ms = v.time_unix_ms,
		.at_beats = v.has_at_beats ? &v.at_beats : NULL, .edit_id = v.has_edit_id ? v.edit_id : NULL,
		.of_revision = v.of_revision, .undone = v.undone, .touched = v.touched.v, .n_touched = v.touched.n,
		.reverted = e->reverted, .n_reverted = e->n_reverted,
	};
	return garden_state_edit(c->state, &row, err);
}

static int tell_pending(struct recall *c, const struct scheduled_edit *s, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct pending_edit v;
	if (view_pending(s, &arena, &v) < 0)
		return err_set(err, -ENOMEM, "edit '%s'", s->id);
	const struct garden_pending_row row = { .edit_id = v.edit_id, .actor = v.actor, .at_beats = v.at_beats,
						.time_unix_ms = v.time_unix_ms, .base_revision = v.base_revision,
						.conflict = v.has_conflict ? v.conflict : NULL, .touched = v.touched.v, .n_touched = v.touched.n };
	return garden_state_pending(c->state, &row, err);
}

/* What stands in the way of edits that wait, where that edit has made a difference. */
static int tell_conflicts(struct garden *g, int64_t revision, struct err *err)
{
	const struct scheduled_edit *s;
	int r = 0;
	for (size_t i = 0; r == 0 && (s = timeline_scheduled(g->timeline, i)); i++)
		if (s->judged_revision == revision)
			r = garden_state_conflict(g->recall->state, s->id, *s->conflict ? s->conflict : NULL, err);
	return r;
}

/* ---- from the loop ---- */

void recall_edit(struct garden *g, const struct edit *e)
{
	struct recall *c = g->recall;
	struct err err = ERR_INIT;
	pthread_mutex_lock(&c->lock);
	int r = tell_edit(c, e, &err);
	if (r == 0)
		r = tell_conflicts(g, e->revision, &err);
	if (r == 0)
		r = garden_state_document(c->state, e->after, &err);
	told(c, r, &err);
	pthread_mutex_unlock(&c->lock);
}

void recall_document(struct garden *g, struct document *d)
{
	struct recall *c = g->recall;
	struct err err = ERR_INIT;
	pthread_mutex_lock(&c->lock);
	told(c, garden_state_document(c->state, d, &err), &err);
	pthread_mutex_unlock(&c->lock);
}

void recall_pending(struct garden *g, const struct scheduled_edit *s)
{
	struct recall *c = g->recall;
	struct err err = ERR_INIT;
	pthread_mutex_lock(&c->lock);
	told(c, tell_pending(c, s, &err), &err);
	pthread_mutex_unlock(&c->lock);
}

void recall_pending_gone(struct garden *g, const char *edit_id)
{
	struct recall *c = g->recall;
	struct err err = ERR_INIT;
	pthread_mutex_lock(&c->lock);
	told(c, garden_state_pending_gone(c->state, edit_id, &err), &err);
	pthread_mutex_unlock(&c->lock);
}

/* ---- from any thread ---- */

struct reading {
	struct recall *recall;
	struct err *err;
	int r;
};

static bool read_edit(const struct edit *e, void *arg)
{
	struct reading *a = arg;
	a->r = tell_edit(a->recall, e, a->err);
	return a->r == 0;
}

static int read_pending(struct garden *g, struct err *err)
{
	const struct scheduled_edit *s;
	int r = 0;
	for (size_t i = 0; r == 0 && (s = timeline_scheduled(g->timeline, i)); i++)
		r = tell_pending(g->recall, s, err);
	return r;
}

/* All of it anew, under both locks. */
static int read_all(struct garden *g, struct err *err)
{
	struct reading a = { g->recall, err, garden_state_clear(g->recall->state, err) };
	if (a.r == 0)
		timeline_each_edit(g->timeline, 0, read_edit, &a);
	if (a.r == 0)
		a.r = read_pending(g, err);
	if (a.r == 0)
		a.r = garden_state_document(g->recall->state, timeline_now(g->timeline), err);
	g->recall->stale = a.r < 0;
	return a.r;
}

static void tell_transport(struct garden *g)
{
	struct engine_position p;
	attention_position(g->main, &p);
	const struct garden_transport t = { .state = (enum garden_play)p.state, .position_beats = p.beat,
					    .moment_ns = clock_monotonic_ns(clock_system()), .engine_frames = p.clock_frame };
	garden_state_transport(g->recall->state, &t);
}

static void tell_device(struct garden *g)
{
	struct engine_counters c;
	attention_counters(g->main, &c);
	struct garden_device d = {
		.rate_hz = g->options->rate_hz, .quantum_frames = g->options->quantum_frames, .cycles = (int64_t)c.cycles,
		.xruns = (int64_t)c.xruns, .late_wakeups = (int64_t)c.late_wakeups, .lost_events = (int64_t)c.events_lost,
		.missing_frames = (int64_t)c.missing_frames,
	};
	pthread_mutex_lock(&g->doc_lock);
	(void)str_copy(d.kind, sizeof(d.kind), device_kind_name(g->shown.kind));
	(void)str_copy(d.wanted, sizeof(d.wanted), device_kind_name(g->shown.wanted));
	(void)str_copy(d.name, sizeof(d.name), g->shown.name);
	pthread_mutex_unlock(&g->doc_lock);
	garden_state_device(g->recall->state, &d);
}

int recall_view(struct garden *g, struct garden_view **ret, struct err *err)
{
	struct recall *c = g->recall;
	int r = 0;
	pthread_mutex_lock(&c->lock);
	bool stale = c->stale;
	pthread_mutex_unlock(&c->lock);
	if (stale)
		pthread_mutex_lock(&g->timeline_lock);
	pthread_mutex_lock(&c->lock);
	if (stale)
		r = read_all(g, err);
	tell_transport(g);
	tell_device(g);
	if (r == 0)
		r = garden_state_view(c->state, ret, err);
	pthread_mutex_unlock(&c->lock);
	if (stale)
		pthread_mutex_unlock(&g->timeline_lock);
	return r;
}

/* ---- life ---- */

int recall_open(struct garden *g, struct err *err)
{
	struct recall *c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, -ENOMEM, "query");
	pthread_mutex_init(&c->lock, NULL);
	g->recall = c;
	int r = garden_state_new(g->options->rate_hz, NULL, &c->state, err);
	return r < 0 ? r : read_all(g, err);
}

void recall_close(struct garden *g)
{
	struct recall *c = TAKE(g->recall);
	if (!c)
		return;
	garden_state_free(c->state);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
