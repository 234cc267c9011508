#include "graph.h"

#include <pthread.h>
#include <string.h>

#include "base/limits.h"
#include "graph_priv.h"
#include "query/garden.h"
#include "watch.h"

#define LOG_TOPIC "graph"
#include "base/log.h"

#include "base/banned.h"

enum { REPLY_MS = 20, ENVELOPE_BYTES = 65536 /* around an answer, and the jobs it names */ };

struct graph {
	struct tf_adapter *adapter;
	struct garden_copy *garden; /* NULL: chaosgarden was named by its endpoint alone */
	struct garden_view *empty;
	struct events_kept *events;
	struct wire_subscriber *own; /* what hootenanny tells */
	struct graph_pool *pool;
	struct list tasks, parked; /* parked: wait for a revision */
	struct wire_timer *parked_timer;
	uint64_t last_ticket;
	bool stopping;
	pthread_mutex_t lock; /* guards what follows */
	struct {
		size_t under_way;
		uint64_t asked, failed, refused;
		int64_t ran_ns, longest_ns;
	} stats;
};

const struct tf_adapter *graph_adapter(const struct hoot *h)
{
	return h->graph->adapter;
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
	r = query_run(a, p, &world, &t->limits, t->explain, &t->answer, &t->errors, err);
	control_view_done(&control);
	return r;
}

/* Before the answer is out: whoever has it may ask for these numbers, or the next question, at once. */
static void count(struct graph *g, const struct graph_task *t)
{
	pthread_mutex_lock(&g->lock);
	g->stats.under_way--;
	g->stats.failed += t->code < 0;
	g->stats.ran_ns += t->ran_ns;
	if (t->ran_ns > g->stats.longest_ns)
		g->stats.longest_ns = t->ran_ns;
	pthread_mutex_unlock(&g->lock);
}

static void tell(struct graph_task *t)
{
	const struct graph_told told = {
		.code = t->code,
		.err = &t->err,
		.errors = &t->errors,
		.answer = &t->answer,
		.has_revision = t->has_revision,
		.revision = t->garden ? document_revision(t->garden->document) : 0,
		.n_unknown = (int64_t)t->perceived.n_unknown,
		.jobs = t->perceived.jobs,
		.n_jobs = t->perceived.n_jobs,
	};
	count(t->hoot->graph, t);
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

static void forget_seen(struct graph_task *t)
{
	for (size_t i = 0; i < t->n_workers; i++)
		worker_card_unref(t->workers[i].card);
	free(TAKE(t->workers));
	t->n_workers = 0;
	garden_view_unref(TAKE(t->garden));
}

static void task_free(struct graph_task *t)
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

bool graph_is_stopping(const struct hoot *h)
{
	return h->graph->stopping;
}

void graph_task_end(struct hoot *h, struct graph_task *t)
{
	list_remove(&t->all);
	if (!t->is_told)
		tell(t);
	task_free(t);
}

static void on_ran(struct hoot *h, struct graph_task *t)
{
	if (t->is_told || !graph_task_waits(h, t))
		graph_task_end(h, t);
}

void graph_told_write(const struct graph_told *t, struct json_out *o)
{
	query_answer_write(t->answer, o);
	if (t->has_revision) {
		json_out_key(o, "revision");
		json_out_int(o, t->revision);
	}
}

/* ---- asking ---- */

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

static struct graph_task *task_new(struct graph *g, const struct graph_ask *a, graph_told_fn *told, void *arg)
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
	task_free(t);
	return NULL;
}

static int see_garden(struct hoot *h, struct graph_task *t, struct err *err)
{
	struct graph *g = h->graph;
	if (!g->garden) {
		t->garden = garden_view_ref(g->empty);
		return 0;
	}
	t->has_revision = garden_copy_is_current(g->garden);
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

/* ---- waiting for a revision ---- */

static bool is_known(const struct graph *g, int64_t revision)
{
	return revision <= 0 || (g->garden && garden_copy_stats(g->garden).revision >= revision);
}

static void look_at_parked(struct hoot *h)
{
	struct graph *g = h->graph;
	int64_t now = clock_monotonic_ns(clock_system()), first = INT64_MAX;
	LIST_EACH_SAFE(t, &g->parked, struct graph_task, link) {
		if (is_known(g, t->at_least_revision)) {
			list_remove(&t->link);
			graph_task_start(h, t);
		} else if (g->stopping || !t->told || t->parked_until_ns <= now) {
			list_remove(&t->link);
			t->code = err_field(&t->err, -EAGAIN, "at_least_revision", "revision %lld has not arrived here",
					    (long long)t->at_least_revision);
			graph_pool_put(g->pool, t);
		} else if (t->parked_until_ns < first) {
			first = t->parked_until_ns;
		}
	}
	if (first < INT64_MAX)
		wire_timer_start(g->parked_timer, (first - now) / NS_PER_MS + 1);
}

/* The garden has changed, or somebody has waited long enough. */
static void look_again(void *arg)
{
	look_at_parked(arg);
}

static void park(struct hoot *h, struct graph_task *t)
{
	t->parked_until_ns = clock_monotonic_ns(clock_system()) + t->timeout_ns;
	if (t->deadline_ns && t->deadline_ns < t->parked_until_ns)
		t->parked_until_ns = t->deadline_ns;
	list_push(&h->graph->parked, &t->link);
	look_at_parked(h);
}

/* A place among those that run or wait. */
static int enter(struct graph *g, struct err *err)
{
	pthread_mutex_lock(&g->lock);
	size_t n = g->stats.under_way;
	bool full = n >= LIMIT_QUERIES;
	g->stats.under_way += !full;
	g->stats.asked += !full;
	g->stats.refused += full;
	pthread_mutex_unlock(&g->lock);
	return full ? err_set(err, -EBUSY, "%zu queries are under way", n) : 0;
}

int graph_ask(struct hoot *h, const struct graph_ask *a, graph_told_fn *told, void *arg, uint64_t *ret_ticket, struct err *err)
{
	struct graph *g = h->graph;
	if (g->stopping)
		return err_set(err, -EAGAIN, "hootenanny is stopping");
	struct graph_task *t = task_new(g, a, told, arg);
	if (!t)
		return err_set(err, -ENOMEM, "query");
	int r = enter(g, err);
	if (r < 0) {
		task_free(t);
		return r;
	}
	t->hoot = h;
	if (ret_ticket)
		*ret_ticket = t->ticket;
	list_push(&g->tasks, &t->all);
	if (is_known(g, t->at_least_revision))
		graph_task_start(h, t);
	else
		park(h, t);
	return 0;
}

void graph_forget(struct hoot *h, uint64_t ticket)
{
	LIST_EACH(t, &h->graph->tasks, struct graph_task, all) {
		if (t->ticket != ticket)
			continue;
		t->told = NULL;
		atomic_store_explicit(&t->cancel, true, memory_order_relaxed);
		return;
	}
}

/* ---- metrics ---- */

static struct metric_view metric(const char *name, double value, const char *unit)
{
	return (struct metric_view){ .name = name, .value = value, .unit = unit };
}

static double ms(int64_t ns)
{
	return (double)ns / 1e6;
}

static size_t garden_metrics(const struct graph *g, struct metric_view *v)
{
	size_t n = 0;
	if (!g->garden)
		return 0;
	const struct garden_copy_stats s = garden_copy_stats(g->garden);
	v[n++] = metric("garden_current", garden_copy_is_current(g->garden), "count");
	v[n++] = metric("garden_revision", (double)s.revision, "count");
	v[n++] = metric("garden_events_total", (double)s.events, "count");
	v[n++] = metric("garden_events_lost_total", (double)s.lost, "count");
	v[n++] = metric("garden_gaps_total", (double)s.gaps, "count");
	v[n++] = metric("garden_resyncs_total", (double)s.resyncs, "count");
	v[n++] = metric("garden_pages_total", (double)s.pages, "count");
	if (!s.heard_ns)
		return n;
	v[n++] = metric("garden_snapshot_age_ms", ms(clock_monotonic_ns(clock_system()) - s.heard_ns), "ms");
	v[n++] = metric("garden_event_lag_ms", ms(s.lag_ns), "ms");
	v[n++] = metric("garden_event_lag_longest_ms", ms(s.longest_lag_ns), "ms");
	return n;
}

int graph_metrics(struct hoot *h, struct wire_arena *arena, struct metric_view **ret, size_t *ret_n, struct err *err)
{
	enum { METRICS = 20 };
	struct graph *g = h->graph;
	struct metric_view *v = wire_arena_array(arena, METRICS, sizeof(*v));
	size_t n = 0;
	if (!v)
		return err_set(err, -ENOMEM, "metrics");
	pthread_mutex_lock(&g->lock);
	v[n++] = metric("queries_total", (double)g->stats.asked, "count");
	v[n++] = metric("queries_failed_total", (double)g->stats.failed, "count");
	v[n++] = metric("queries_refused_total", (double)g->stats.refused, "count");
	v[n++] = metric("queries_under_way", (double)g->stats.under_way, "count");
	v[n++] = metric("query_duration_ms_total", ms(g->stats.ran_ns), "ms");
	v[n++] = metric("query_duration_longest_ms", ms(g->stats.longest_ns), "ms");
	pthread_mutex_unlock(&g->lock);
	*ret = v;
	*ret_n = n + garden_metrics(g, v + n);
	return 0;
}

/* ---- life ---- */

static void on_garden_changed(void *arg)
{
	look_again(arg);
	watches_changed(arg);
}

static int open_garden(struct hoot *h, struct graph *g, struct err *err)
{
	AUTO(garden_state) nothing = NULL;
	int r = garden_state_new(48000, NULL, &nothing, err);
	if (r == 0)
		r = garden_state_view(nothing, &g->empty, err);
	if (r < 0)
		return r;
	if (h->options->chaosgarden) {
		log_warn("queries know nothing of the timeline: --chaosgarden says only where requests go",
			 LOG_STR("chaosgarden", h->options->chaosgarden));
		return 0;
	}
	const struct garden_copy_options o = { .context = h->context, .loop = h->loop, .family = h->family,
						 .changed = on_garden_changed, .arg = h, .heard = graph_event_keep,
						 .heard_arg = g->events };
	return garden_copy_new(&o, &g->garden, err);
}

static int open_adapter(struct graph *g, struct err *err)
{
	static const struct tf_table *const garden[] = { GARDEN_TABLES };
	const struct tf_table *tables[COUNT_OF(garden) + CONTROL_TABLES + PERCEPTION_TABLES];
	memcpy(tables, garden, sizeof(garden));
	memcpy(tables + COUNT_OF(garden), control_tables, sizeof(control_tables));
	memcpy(tables + COUNT_OF(garden) + CONTROL_TABLES, perception_tables, sizeof(perception_tables));
	return tf_adapter_new(tables, COUNT_OF(tables), NULL, &g->adapter, err);
}

int graph_open(struct hoot *h, struct err *err)
{
	struct graph *g = calloc(1, sizeof(*g));
	if (!g)
		return err_set(err, -ENOMEM, "queries");
	h->graph = g;
	pthread_mutex_init(&g->lock, NULL);
	list_init(&g->tasks);
	list_init(&g->parked);
	int r = open_adapter(g, err);
	if (r == 0)
		r = events_kept_new(0, 0, &g->events, err);
	if (r == 0)
		r = graph_events_open(h, g->events, &g->own, err);
	if (r == 0)
		r = wire_timer_new(h->loop, look_again, h, &g->parked_timer, err);
	if (r == 0)
		r = open_garden(h, g, err);
	return r < 0 ? r : graph_pool_new(h, on_ran, &g->pool, err);
}

void graph_stop(struct hoot *h)
{
	if (!h->graph)
		return;
	h->graph->stopping = true;
	look_at_parked(h);
	LIST_EACH(t, &h->graph->tasks, struct graph_task, all)
		atomic_store_explicit(&t->cancel, true, memory_order_relaxed);
}

void graph_close(struct hoot *h)
{
	if (!h->graph)
		return;
	graph_stop(h);
	graph_pool_free(h->graph->pool);
	garden_copy_free(h->graph->garden);
	wire_subscriber_free(h->graph->own);
	events_kept_free(h->graph->events);
	wire_timer_free(h->graph->parked_timer);
	garden_view_unref(h->graph->empty);
	tf_adapter_free(h->graph->adapter);
	pthread_mutex_destroy(&h->graph->lock);
	free(TAKE(h->graph));
}
