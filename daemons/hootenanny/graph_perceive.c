/*
 * graph_perceive.c - queries that have met what nobody knew: analyses are started, and whoever has time waits for them.
 *
 * A pass that found something unknown is followed by another when it is known, as long as there is time: what the loudest bars
 * are must be known before their spectrogram can be asked for. Who has no time gets what there is, and the names of the jobs.
 */
#include "graph_priv.h"

#include "base/banned.h"

enum { PASSES_MAX = 32, LAST_PASS_MS = 20 };

static void look_again(void *arg)
{
	struct graph_task *t = arg;
	if (graph_is_stopping(t->hoot) || !t->told)
		graph_task_end(t->hoot, t);
	else
		graph_task_start(t->hoot, t);
}

/* How long it may wait yet: as the request says, or the query, whichever is longer, but its last pass must fit in as well. */
static int64_t wait_left_ns(const struct graph_task *t, int64_t now)
{
	int64_t asked_ms = t->wait_ms < 0 ? 0 : perception_view_wait_ms(t->perception);
	int64_t end = t->asked_ns + (asked_ms > t->wait_ms ? asked_ms : t->wait_ms) * NS_PER_MS;
	int64_t last = t->deadline_ns - t->ran_ns / t->n_passes - LAST_PASS_MS * NS_PER_MS;
	return (t->deadline_ns && last < end ? last : end) - now;
}

bool graph_task_waits(struct hoot *h, struct graph_task *t)
{
	struct err err = ERR_INIT;
	if (t->code < 0 || !t->told || graph_is_stopping(h))
		return false;
	int64_t now = clock_monotonic_ns(clock_system());
	t->asked_ns = t->n_passes++ ? t->asked_ns : now;
	wire_arena_clear(&t->arena);
	perceive_settle(h, t->perception, &t->arena, &t->perceived);
	if (t->n_passes >= PASSES_MAX)
		return false;
	int64_t left = wait_left_ns(t, now);
	if (t->perceived.n_found) /* in the store already: asking again costs nothing */
		left = left > 0 ? left : 1;
	else if (!t->perceived.n_jobs)
		return false;
	if (left <= 0)
		return false;
	size_t n = t->perceived.n_found ? 0 : t->perceived.n_jobs;
	return perceive_wait(h, t->perceived.jobs, n, left / NS_PER_MS + 1, look_again, t, &err) == 0;
}
