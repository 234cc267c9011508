/*
 * graph_task.c - one query: made and started on the loop, run on a thread, told, ended on the loop.
 */
#include "graph_priv.h"

#include <string.h>

#include "base/limits.h"

#include "base/banned.h"

enum { REPLY_MS = 20, ENVELOPE_BYTES = 65536 /* around an answer, and the jobs it names */ };

/* ---- made ---- */

static void forget_seen(struct graph_task *t)
{
	for (size_t i = 0; i < t->n_workers; i++)
		worker_card_unref(t->workers[i].card);
	free(TAKE(t->workers));
	t->n_workers = 0;
	garden_view_unref(TAKE(t->garden));
}

void graph_task_free(struct graph_task *t)
{
	if (!t)
		return;
	list_remove(&t->all);
	forget_seen(t);
	perception_view_free(t->perception);
	wire_arena_done(&t->arena);
	query_answer_done(&t->answer);
	tf_errors_done(&t->errors);
	json_decref(t->variables);
	free(t->text);
	free(t);
}

static int copy_question(const struct graph_ask *a, struct graph_task *t)
{
	t->text = malloc(a->n_text + 1);
	t->variables = a->variables ? json_deep_copy(a->variables) : NULL;
	if (!t->text || (a->variables && !t->variables))
		return -ENOMEM;
	memcpy(t->text, a->text, a->n_text);
	t->text[a->n_text] = '\0';
	t->n_text = a->n_text;
	return 0;
}

struct graph_task *graph_task_new(struct graph *g, const struct graph_ask *a, graph_told_fn *told, void *arg)
{
	struct graph_task *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	list_init(&t->link);
	list_init(&t->all);
	atomic_init(&t->cancel, false);
	t->ticket = ++g->last_ticket;
	t->told = told;
	t->arg = arg;
	t->limits = (struct query_limits){ .max_rows = a->max_rows < LIMIT_WIRE_LIST ? a->max_rows : LIMIT_WIRE_LIST,
					   .max_bytes = LIMIT_WIRE_MESSAGE_BYTES - ENVELOPE_BYTES,
					   .cancel = &t->cancel };
	t->timeout_ns = a->timeout_ms * NS_PER_MS;
	t->deadline_ns = a->deadline_ns ? a->deadline_ns - REPLY_MS * NS_PER_MS : 0;
	t->at_least_revision = a->at_least_revision;
	t->explain = a->explain;
	t->anywhere = a->anywhere;
	t->wait_ms = a->wait_ms;
	t->perception = perception_view_new();
	if (t->perception && copy_question(a, t) == 0)
		return t;
	graph_task_free(t);
	return NULL;
}

/* ---- started ---- */

static int see_garden(struct hoot *h, struct graph_task *t, struct err *err)
{
	struct graph *g = h->graph;
	t->timeline = graph_timeline(h);
	if (!g->garden) {
		t->garden = garden_view_ref(g->empty);
		return 0;
	}
	return garden_copy_view(g->garden, &t->garden, err);
}

/* What it is asked about: as it is now. */
void graph_task_start(struct hoot *h, struct graph_task *t)
{
	forget_seen(t);
	perception_view_clear(t->perception);
	int r = see_garden(h, t, &t->err);
	if (r == 0)
		r = pool_see(h, &t->workers, &t->n_workers, &t->err);
	if (r < 0)
		t->code = r;
	t->events_end = events_kept_end(h->graph->events);
	graph_pool_put(h->graph->pool, t); /* one that failed comes back as it is */
}

/* ---- on a thread ---- */

/* The store is read for as long as the query runs: one snapshot. */
static int run_unit(struct store_conn *c, void *arg, struct err *err)
{
	struct {
		struct hoot *hoot;
		struct graph_task *task;
	} *u = arg;
	struct graph_task *t = u->task;
	const struct tf_adapter *a = u->hoot->graph->adapter;
	AUTO(query_prepared) p = NULL;
	struct query_world world = query_world_of(t->garden, clock_system());
	struct control_view control = { .conn = c,
					.cas_root = cas_root(u->hoot->cas),
					.workers = t->workers,
					.n_workers = t->n_workers,
					.events = u->hoot->graph->events,
					.events_end = t->events_end };
	int r = query_prepare(a, t->text, t->n_text, t->variables, &p, &t->errors, err);
	if (r < 0)
		return r;
	world.control = &control;
	world.perception = t->perception;
	world.saw_transport = &t->saw_transport;
	world.saw_events = &t->saw_events;
	r = query_run(a, p, &world, &t->limits, t->explain, &t->answer, &t->errors, err);
	control_view_done(&control);
	return r;
}

static void tell(struct graph_task *t)
{
	const struct graph_told told = {
		.code = t->code,
		.err = &t->err,
		.errors = &t->errors,
		.answer = &t->answer,
		.timeline = t->timeline,
		.revision = t->garden ? document_revision(t->garden->document) : 0,
		.saw_transport = t->saw_transport,
		.saw_events = t->saw_events,
		.n_unknown = (int64_t)t->perceived.n_unknown,
		.jobs = t->perceived.jobs,
		.n_jobs = t->perceived.n_jobs,
	};
	query_tally_leave(&t->hoot->graph->tally, t->ran_ns, t->code < 0);
	if (t->told)
		t->told(t->arg, &told);
	t->is_told = true;
}

/* Whether it met something for the loop to start, or to keep. */
static bool is_for_the_loop(const struct graph_task *t)
{
	size_t n = 0;
	(void)perception_view_wants(t->perception, &n, NULL);
	return n > 0 || perception_view_learned(t->perception);
}

void graph_task_run(struct hoot *h, struct graph_task *t)
{
	struct {
		struct hoot *hoot;
		struct graph_task *task;
	} unit = { h, t };
	if (t->code < 0)
		return;
	int64_t began = clock_monotonic_ns(clock_system());
	int64_t end = began + t->timeout_ns;
	t->limits.deadline_ns = t->deadline_ns && t->deadline_ns < end ? t->deadline_ns : end;
	t->code = store_read(h->store, run_unit, &unit, &t->err);
	t->ran_ns += clock_monotonic_ns(clock_system()) - began;
	if (t->anywhere && !is_for_the_loop(t)) {
		t->perceived = (struct perceive_told){ 0 }; /* of the pass before */
		tell(t);
	}
}

/* ---- back on the loop ---- */

void graph_task_end(struct hoot *h, struct graph_task *t)
{
	list_remove(&t->all);
	if (!t->is_told)
		tell(t);
	graph_task_free(t);
}

void graph_told_write(const struct graph_told *t, struct json_out *o)
{
	query_answer_write(t->answer, o);
	if (t->timeline) {
		json_out_key(o, "timeline");
		json_out_string(o, t->timeline);
	} else {
		json_out_key(o, "revision");
		json_out_int(o, t->revision);
	}
}
