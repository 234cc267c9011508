#include "graph.h"

#include <string.h>

#include "base/limits.h"
#include "graph_priv.h"
#include "query/garden.h"
#include "watch.h"

#define LOG_TOPIC "graph"
#include "base/log.h"

#include "base/banned.h"

const struct tf_adapter *graph_adapter(const struct hoot *h)
{
	return h->graph->adapter;
}

bool graph_is_stopping(const struct hoot *h)
{
	return h->graph->stopping;
}

static void on_ran(struct hoot *h, struct graph_task *t)
{
	if (t->is_told || !graph_task_waits(h, t))
		graph_task_end(h, t);
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

/* ---- asking ---- */

int graph_ask(struct hoot *h, const struct graph_ask *a, graph_told_fn *told, void *arg, uint64_t *ret_ticket, struct err *err)
{
	struct graph *g = h->graph;
	if (g->stopping)
		return err_set(err, -EAGAIN, "hootenanny is stopping");
	struct graph_task *t = graph_task_new(g, a, told, arg);
	if (!t)
		return err_set(err, -ENOMEM, "query");
	int r = query_tally_enter(&g->tally, err);
	if (r < 0) {
		graph_task_free(t);
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

/* ---- life ---- */

static void on_garden_changed(void *arg)
{
	look_again(arg);
	watches_changed(arg);
}

static void on_garden_moved(void *arg)
{
	watches_moved(arg);
}

static int open_garden(struct hoot *h, struct graph *g, struct err *err)
{
	AUTO(garden_state) nothing = NULL;
	int r = garden_state_new(48000, NULL, &nothing, err);
	if (r == 0)
		r = garden_state_view(nothing, &g->empty, err);
	if (r < 0)
		return r;
	const char *endpoint = h->options->chaosgarden;
	const struct garden_copy_options o = { .context = h->context, .loop = h->loop, .family = endpoint ? NULL : h->family,
						 .endpoint = endpoint, .changed = on_garden_changed, .moved = on_garden_moved,
						 .arg = h, .heard = graph_event_keep, .heard_arg = h };
	r = garden_copy_new(&o, &g->garden, err);
	if (r == -EINVAL && endpoint) {
		log_warn("queries know nothing of the timeline", LOG_STR("chaosgarden", endpoint), LOG_ERR(err));
		return 0;
	}
	return r;
}

const char *graph_timeline(const struct hoot *h)
{
	const struct garden_copy *c = h->graph->garden;
	if (!c)
		return "nothing is known of it: where chaosgarden tells its events cannot be told from --chaosgarden";
	if (garden_copy_is_current(c))
		return NULL;
	return garden_copy_stats(c).resyncs ? "as it was last known: chaosgarden is away, or is being read again"
					    : "nothing is known of it: chaosgarden has not been heard of";
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
	query_tally_init(&g->tally, LIMIT_QUERIES);
	list_init(&g->tasks);
	list_init(&g->parked);
	int r = open_adapter(g, err);
	if (r == 0)
		r = events_kept_new(0, 0, &g->events, err);
	if (r == 0)
		r = graph_events_open(h, &g->own, err);
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
	query_tally_done(&h->graph->tally);
	free(TAKE(h->graph));
}
