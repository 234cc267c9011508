/*
 * handle_ask.c - queries of the garden: threads of their own run them, whatever socket they come by.
 *
 * Threads:   a handler copies the question and defers its reply; a thread answers it from a view (recall.c) that nobody changes. They
 *            are less urgent than the loop, and neither the loop nor the query socket ever waits for them.
 * Bounds:    LIMIT_GARDEN_QUERIES run or wait, more are `busy`; each has its deadline; what has been found by then is answered.
 */
#include <string.h>

#include "base/limits.h"
#include "base/list.h"
#include "base/thread.h"
#include "garden.h"
#include "query/answer.h"
#include "query/garden.h"

#define LOG_TOPIC "query"
#include "base/log.h"

#include "base/banned.h"

enum { THREADS = 2, LONG_MS = 10000, REPLY_MS = 20, ENVELOPE_BYTES = 16384 };

struct question {
	struct list link;
	char *text;
	json_t *variables; /* of its own; NULL: none */
	int64_t max_rows, timeout_ns, deadline_ns;
	bool explain;
	struct wire_reply *reply;
};

struct asker {
	struct garden *garden;
	struct tf_adapter *adapter;
	pthread_t threads[THREADS];
	size_t n_threads;
	_Atomic bool cancel; /* what runs shall end */
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	struct list todo;
	size_t n_open; /* wait or run */
	size_t n_long; /* that run */
	bool stopping;
	struct {
		uint64_t asked, failed, refused;
		int64_t ran_ns, longest_ns;
		int64_t snapshot_age_ns; /* of the view that the last one was answered from, when the answer was ready */
	} stats;
};

static void question_free(struct question *q)
{
	if (!q)
		return;
	free(q->text);
	json_decref(q->variables);
	free(q);
}

/* ---- answering ---- */

static void write_answer(struct question *q, const struct query_answer *a, int64_t revision)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err err = ERR_INIT;
	struct json_out o;
	json_out_init(&o, &text);
	json_out_object_begin(&o);
	query_answer_write(a, &o);
	json_out_key(&o, "revision");
	json_out_int(&o, revision);
	json_out_object_end(&o);
	if (strbuf_ok(&text)) {
		wire_reply_json(q->reply, text.s, text.n);
		return;
	}
	(void)err_set(&err, -ENOMEM, "answer");
	wire_reply_fail(q->reply, &err);
}

static void write_failure(struct question *q, const struct tf_errors *errors, const struct err *err)
{
	AUTO_STRBUF details = STRBUF_INIT;
	if (query_errors_write(errors, &details) < 0)
		strbuf_clear(&details); /* the first of them is the message */
	wire_reply_fail_with(q->reply, err, details.n ? details.s : "", details.n);
}

static int run(struct asker *a, const struct question *q, const struct garden_view *view, struct query_answer *ret,
	       struct tf_errors *errors, struct err *err)
{
	AUTO(query_prepared) p = NULL;
	struct query_world world = query_world_of(view, clock_system());
	int64_t end_ns = clock_monotonic_ns(clock_system()) + q->timeout_ns;
	const struct query_limits limits = {
		.max_rows = q->max_rows,
		.deadline_ns = q->deadline_ns && q->deadline_ns < end_ns ? q->deadline_ns : end_ns,
		.max_bytes = LIMIT_WIRE_MESSAGE_BYTES - ENVELOPE_BYTES,
		.cancel = &a->cancel,
	};
	int r = query_prepare(a->adapter, q->text, strlen(q->text), q->variables, &p, errors, err);
	return r < 0 ? r : query_run(a->adapter, p, &world, &limits, q->explain, ret, errors, err);
}

/* Before the answer is out: whoever has it may ask for these numbers at once. */
static void count(struct asker *a, int64_t began_ns, bool failed, const struct garden_view *view)
{
	int64_t now = clock_monotonic_ns(clock_system()), took = now - began_ns;
	pthread_mutex_lock(&a->mutex);
	a->n_open--;
	a->stats.failed += failed;
	a->stats.ran_ns += took;
	if (took > a->stats.longest_ns)
		a->stats.longest_ns = took;
	if (view)
		a->stats.snapshot_age_ns = now - view->made_ns;
	pthread_mutex_unlock(&a->mutex);
}

/* The conflicts of edits that wait are worked out only for those who ask for them. */
static bool asks_for_conflicts(const struct question *q)
{
	return strstr(q->text, "conflict");
}

static void answer(struct asker *a, struct question *q)
{
	AUTO(garden_view) view = NULL;
	AUTO_QUERY_ANSWER found = QUERY_ANSWER_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct err err = ERR_INIT;
	int64_t began = clock_monotonic_ns(clock_system());
	int r = recall_view(a->garden, asks_for_conflicts(q), &view, &err);
	if (r == 0)
		r = run(a, q, view, &found, &errors, &err);
	count(a, began, r < 0, view);
	if (r < 0)
		write_failure(q, &errors, &err);
	else
		write_answer(q, &found, document_revision(view->document));
}

/* ---- threads ---- */

static bool is_long(const struct question *q)
{
	return q->timeout_ns > LONG_MS * NS_PER_MS;
}

/* The first in the line; those that may take long leave one thread to the others. */
static struct question *first(struct asker *a)
{
	LIST_EACH(q, &a->todo, struct question, link) {
		if (a->stopping || !is_long(q) || a->n_long < THREADS - 1)
			return q;
	}
	return NULL;
}

/* NULL: it is over, and nothing waits. */
static struct question *next(struct asker *a)
{
	struct question *q;
	pthread_mutex_lock(&a->mutex);
	while (!(q = first(a)) && !a->stopping)
		pthread_cond_wait(&a->wake, &a->mutex);
	if (q) {
		list_remove(&q->link);
		a->n_long += is_long(q);
	}
	pthread_mutex_unlock(&a->mutex);
	return q;
}

static void done(struct asker *a, struct question *q)
{
	pthread_mutex_lock(&a->mutex);
	a->n_long -= is_long(q);
	pthread_cond_signal(&a->wake); /* a long one may go on now */
	pthread_mutex_unlock(&a->mutex);
	question_free(q);
}

static void *work(void *arg)
{
	struct asker *a = arg;
	struct question *q;
	thread_be_patient();
	while ((q = next(a))) {
		answer(a, q);
		done(a, q);
	}
	return NULL;
}

/* What runs is told to end, what waits and what comes is answered with what it finds at once: nothing. */
void ask_stop(struct garden *g)
{
	struct asker *a = g->asker;
	if (!a)
		return;
	atomic_store_explicit(&a->cancel, true, memory_order_relaxed); /* only the flag matters */
}

int ask_open(struct garden *g, struct err *err)
{
	static const struct tf_table *const tables[] = { GARDEN_TABLES, &garden_actors };
	struct asker *a = calloc(1, sizeof(*a));
	if (!a)
		return err_set(err, -ENOMEM, "query");
	g->asker = a;
	a->garden = g;
	list_init(&a->todo);
	pthread_mutex_init(&a->mutex, NULL);
	pthread_cond_init(&a->wake, NULL);
	int r = tf_adapter_new(tables, COUNT_OF(tables), NULL, &a->adapter, err);
	for (; r == 0 && a->n_threads < THREADS; a->n_threads++) {
		r = -pthread_create(&a->threads[a->n_threads], NULL, work, a);
		if (r < 0)
			return err_set(err, r, "a thread for queries");
	}
	return r;
}

void ask_close(struct garden *g)
{
	struct asker *a = g->asker;
	if (!a)
		return;
	ask_stop(g);
	pthread_mutex_lock(&a->mutex);
	a->stopping = true;
	pthread_cond_broadcast(&a->wake);
	pthread_mutex_unlock(&a->mutex);
	for (size_t i = 0; i < a->n_threads; i++)
		pthread_join(a->threads[i], NULL);
	tf_adapter_free(a->adapter);
	pthread_cond_destroy(&a->wake);
	pthread_mutex_destroy(&a->mutex);
	free(TAKE(g->asker));
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

int ask_metrics(struct garden *g, struct wire_arena *arena, struct metric_view **ret, size_t *ret_n, struct err *err)
{
	enum { METRICS = 7 };
	struct asker *a = g->asker;
	struct metric_view *v = wire_arena_array(arena, METRICS, sizeof(*v));
	size_t n = 0;
	if (!v)
		return err_set(err, -ENOMEM, "metrics");
	pthread_mutex_lock(&a->mutex);
	v[n++] = metric("queries_total", (double)a->stats.asked, "count");
	v[n++] = metric("queries_failed_total", (double)a->stats.failed, "count");
	v[n++] = metric("queries_refused_total", (double)a->stats.refused, "count");
	v[n++] = metric("queries_under_way", (double)a->n_open, "count");
	v[n++] = metric("query_duration_ms_total", ms(a->stats.ran_ns), "ms");
	v[n++] = metric("query_duration_longest_ms", ms(a->stats.longest_ns), "ms");
	v[n++] = metric("query_snapshot_age_ms", ms(a->stats.snapshot_age_ns), "ms");
	pthread_mutex_unlock(&a->mutex);
	*ret = v;
	*ret_n = n;
	return 0;
}

/* ---- requests ---- */

static int question_new(const struct wire_call *call, const struct garden_query *req, struct question **ret, struct err *err)
{
	struct question *q = calloc(1, sizeof(*q));
	if (q)
		q->text = strdup(req->query);
	if (q && req->has_variables)
		q->variables = json_deep_copy(req->variables);
	if (!q || !q->text || (req->has_variables && !q->variables)) {
		question_free(q);
		return err_set(err, -ENOMEM, "query");
	}
	list_init(&q->link);
	q->max_rows = req->limit;
	q->timeout_ns = req->timeout_ms * NS_PER_MS;
	q->deadline_ns = call->deadline_ns ? call->deadline_ns - REPLY_MS * NS_PER_MS : 0;
	q->explain = req->explain;
	*ret = q;
	return 0;
}

/* A place among those that run or wait. */
static int enter(struct asker *a, struct err *err)
{
	pthread_mutex_lock(&a->mutex);
	size_t n = a->n_open;
	bool full = n >= LIMIT_GARDEN_QUERIES;
	a->n_open += !full;
	a->stats.asked += !full;
	a->stats.refused += full;
	pthread_mutex_unlock(&a->mutex);
	return full ? err_set(err, -EBUSY, "%zu queries are under way", n) : 0;
}

static void leave(struct asker *a)
{
	pthread_mutex_lock(&a->mutex);
	a->n_open--;
	pthread_mutex_unlock(&a->mutex);
}

int garden_query_run(struct garden *g, const struct wire_call *call, const struct garden_query *req, struct garden_query_result *ret,
		     struct err *err)
{
	struct asker *a = g->asker;
	struct question *q = NULL;
	int r = enter(a, err);
	if (r < 0)
		return r;
	r = question_new(call, req, &q, err);
	if (r == 0)
		r = wire_call_defer(call, &q->reply, err);
	if (r < 0) {
		question_free(q);
		leave(a);
		return r;
	}
	pthread_mutex_lock(&a->mutex);
	list_push(&a->todo, &q->link);
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->mutex);
	return 0;
}

int garden_schema_run(struct garden *g, const struct wire_call *call, const struct garden_schema *req,
		      struct garden_schema_result *ret, struct err *err)
{
	ret->schema = tf_adapter_text(g->asker->adapter);
	return 0;
}
