/*
 * graph_metrics.c - what `status` tells of queries, of watches, and of the copy of the garden that they see.
 */
#include "graph_priv.h"
#include "watch.h"

#include "base/banned.h"

enum { EVENT_METRICS = 3, WATCH_METRICS = 3, GARDEN_METRICS = 10 };

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

static size_t event_metrics(const struct graph *g, struct metric_view *v)
{
	const struct events_kept_stats s = events_kept_stats(g->events);
	v[0] = metric("events_kept", (double)s.n, "count");
	v[1] = metric("events_kept_bytes", (double)s.bytes, "bytes");
	v[2] = metric("events_dropped_total", (double)s.dropped, "count");
	return EVENT_METRICS;
}

static size_t watch_metrics(const struct hoot *h, struct metric_view *v)
{
	const struct watch_stats s = watches_stats(h);
	v[0] = metric("watches", (double)s.n, "count");
	v[1] = metric("watches_asked_total", (double)s.asked, "count");
	v[2] = metric("watches_rested_total", (double)s.rested, "count");
	return WATCH_METRICS;
}

int graph_metrics(struct hoot *h, struct wire_arena *arena, struct metric_view **ret, size_t *ret_n, struct err *err)
{
	struct metric_view *v = wire_arena_array(arena, QUERY_TALLY_ROWS + EVENT_METRICS + WATCH_METRICS + GARDEN_METRICS, sizeof(*v));
	struct query_tally_row rows[QUERY_TALLY_ROWS];
	if (!v)
		return err_set(err, -ENOMEM, "metrics");
	query_tally_rows(&h->graph->tally, rows);
	for (size_t i = 0; i < QUERY_TALLY_ROWS; i++)
		v[i] = metric(rows[i].name, rows[i].value, rows[i].unit);
	size_t n = QUERY_TALLY_ROWS;
	n += event_metrics(h->graph, v + n);
	n += watch_metrics(h, v + n);
	n += garden_metrics(h->graph, v + n);
	*ret = v;
	*ret_n = n;
	return 0;
}
