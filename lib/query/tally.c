#include "query/tally.h"

#include "base/clock.h"

#include "base/banned.h"

void query_tally_init(struct query_tally *t, size_t n_most)
{
	*t = (struct query_tally){ .n_most = n_most };
	pthread_mutex_init(&t->lock, NULL);
}

void query_tally_done(struct query_tally *t)
{
	pthread_mutex_destroy(&t->lock);
}

int query_tally_enter(struct query_tally *t, struct err *err)
{
	pthread_mutex_lock(&t->lock);
	size_t n = t->n_under_way;
	bool full = n >= t->n_most;
	t->n_under_way += !full;
	t->n_asked += !full;
	t->n_refused += full;
	pthread_mutex_unlock(&t->lock);
	return full ? err_set(err, -EBUSY, "%zu queries are under way", n) : 0;
}

void query_tally_leave(struct query_tally *t, int64_t ran_ns, bool failed)
{
	pthread_mutex_lock(&t->lock);
	t->n_under_way--;
	t->n_failed += failed;
	t->ran_ns += ran_ns;
	if (ran_ns > t->longest_ns)
		t->longest_ns = ran_ns;
	pthread_mutex_unlock(&t->lock);
}

static double ms(int64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

void query_tally_rows(struct query_tally *t, struct query_tally_row ret[QUERY_TALLY_ROWS])
{
	pthread_mutex_lock(&t->lock);
	const struct query_tally_row rows[QUERY_TALLY_ROWS] = {
		{ "queries_total", "count", (double)t->n_asked },
		{ "queries_failed_total", "count", (double)t->n_failed },
		{ "queries_refused_total", "count", (double)t->n_refused },
		{ "queries_under_way", "count", (double)t->n_under_way },
		{ "query_duration_ms_total", "ms", ms(t->ran_ns) },
		{ "query_duration_longest_ms", "ms", ms(t->longest_ns) },
	};
	pthread_mutex_unlock(&t->lock);
	for (size_t i = 0; i < QUERY_TALLY_ROWS; i++)
		ret[i] = rows[i];
}
