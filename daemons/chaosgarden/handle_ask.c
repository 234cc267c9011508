/*
 * handle_ask.c - queries of the garden: threads of their own run them, whatever socket they come by.
 *
 * Threads:   a handler copies the question and defers its reply; a thread answers it from a view (recall.c) that nobody changes. They
 *            are less urgent than the loop, and neither the loop nor the query socket ever waits for them.
 * Bounds:    LIMIT_GARDEN_QUERIES run or wait, more are `busy`; each has its deadline; what has been found by then is answered.
 */
#include <string.h>

#include "base/limits.h"
#include "garden.h"
#include "query/answer.h"
#include "query/garden.h"
#include "query/line.h"
#include "query/tally.h"

#define LOG_TOPIC "query"
#include "base/log.h"

#include "base/banned.h"

enum { THREADS = 2, REPLY_MS = 20, ENVELOPE_BYTES = 16384 };

struct question {
	struct query_line_item in_line;
	char *text;
	json_t *variables; /* of its own; NULL: none */
	int64_t max_rows, timeout_ns, deadline_ns;
	bool explain;
	struct wire_reply *reply;
};

struct asker {
	struct garden *garden;
	struct tf_adapter *adapter;
	struct query_line *line;
	_Atomic bool cancel; /* what runs shall end */
	struct query_tally tally;
	_Atomic int64_t snapshot_age_ns; /* of the view that the last one was answered from, when the answer was ready */
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

static void count(struct asker *a, int64_t began_ns, bool failed, const struct garden_view *view)
{
	int64_t now = clock_monotonic_ns(clock_system());
	if (view)
		atomic_store_explicit(&a->snapshot_age_ns, now - view->made_ns, memory_order_relaxed); /* a number, no more */
	query_tally_leave(&a->tally, now - began_ns, failed);
}

static void answer(struct asker *a, struct question *q)
{
	AUTO(garden_view) view = NULL;
	AUTO_QUERY_ANSWER found = QUERY_ANSWER_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct err err = ERR_INIT;
	int64_t began = clock_monotonic_ns(clock_system());
	int r = recall_view(a->garden, &view, &err);
	if (r == 0)
		r = run(a, q, view, &found, &errors, &err);
	count(a, began, r < 0, view);
	if (r < 0)
		write_failure(q, &errors, &err);
	else
		write_answer(q, &found, document_revision(view->document));
}

/* ---- threads ---- */

static void run_question(void *arg, struct query_line_item *i)
{
	struct question *q = CONTAINER_OF(i, struct question, in_line);
	answer(arg, q);
	question_free(q);
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
	query_tally_init(&a->tally, LIMIT_GARDEN_QUERIES);
	int r = tf_adapter_new(tables, COUNT_OF(tables), NULL, &a->adapter, err);
	return r < 0 ? r : query_line_new(THREADS, run_question, a, &a->line, err);
}

void ask_close(struct garden *g)
{
	struct asker *a = g->asker;
	if (!a)
		return;
	ask_stop(g);
	query_line_free(a->line);
	tf_adapter_free(a->adapter);
	query_tally_done(&a->tally);
	free(TAKE(g->asker));
}

/* ---- metrics ---- */

static struct metric_view metric(const char *name, double value, const char *unit)
{
	return (struct metric_view){ .name = name, .value = value, .unit = unit };
}

int ask_metrics(struct garden *g, struct wire_arena *arena, struct metric_view **ret, size_t *ret_n, struct err *err)
{
	struct asker *a = g->asker;
	struct metric_view *v = wire_arena_array(arena, QUERY_TALLY_ROWS + 1, sizeof(*v));
	struct query_tally_row rows[QUERY_TALLY_ROWS];
	if (!v)
		return err_set(err, -ENOMEM, "metrics");
	query_tally_rows(&a->tally, rows);
	for (size_t i = 0; i < QUERY_TALLY_ROWS; i++)
		v[i] = metric(rows[i].name, rows[i].value, rows[i].unit);
	int64_t age_ns = atomic_load_explicit(&a->snapshot_age_ns, memory_order_relaxed);
	v[QUERY_TALLY_ROWS] = metric("query_snapshot_age_ms", (double)age_ns / (double)NS_PER_MS, "ms");
	*ret = v;
	*ret_n = QUERY_TALLY_ROWS + 1;
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
	q->max_rows = req->limit < LIMIT_WIRE_LIST ? req->limit : LIMIT_WIRE_LIST;
	q->timeout_ns = req->timeout_ms * NS_PER_MS;
	q->deadline_ns = call->deadline_ns ? call->deadline_ns - REPLY_MS * NS_PER_MS : 0;
	q->explain = req->explain;
	*ret = q;
	return 0;
}

int garden_query_run(struct garden *g, const struct wire_call *call, const struct garden_query *req, struct garden_query_result *ret,
		     struct err *err)
{
	struct asker *a = g->asker;
	struct question *q = NULL;
	int r = query_tally_enter(&a->tally, err);
	if (r < 0)
		return r;
	r = question_new(call, req, &q, err);
	if (r == 0)
		r = wire_call_defer(call, &q->reply, err);
	if (r < 0) {
		question_free(q);
		query_tally_leave(&a->tally, 0, true);
		return r;
	}
	query_line_put(a->line, &q->in_line, q->timeout_ns);
	return 0;
}

int garden_schema_run(struct garden *g, const struct wire_call *call, const struct garden_schema *req,
		      struct garden_schema_result *ret, struct err *err)
{
	ret->schema = tf_adapter_text(g->asker->adapter);
	return 0;
}
