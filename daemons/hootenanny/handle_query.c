/* handle_query.c - questions about everything: their answers come later, from graph.c. */
#include "graph.h"
#include "question.h"

#include <string.h>

#include "base/banned.h"

static void write_jobs(const struct graph_told *t, struct json_out *o)
{
	json_out_key(o, "n_unknown");
	json_out_int(o, t->n_unknown);
	json_out_key(o, "jobs");
	json_out_array_begin(o);
	for (size_t i = 0; i < t->n_jobs; i++)
		json_out_string(o, t->jobs[i]);
	json_out_array_end(o);
}

void question_refuse(struct wire_reply *reply, const struct err *err, const struct tf_errors *errors)
{
	AUTO_STRBUF details = STRBUF_INIT;
	if (query_errors_write(errors, &details) < 0)
		strbuf_clear(&details); /* the first of them is the message */
	wire_reply_fail_with(reply, err, details.n ? details.s : "", details.n);
}

void question_answer(struct wire_reply *reply, const struct strbuf *result)
{
	struct err err = ERR_INIT;
	if (strbuf_ok(result)) {
		wire_reply_json(reply, result->s, result->n);
		return;
	}
	err_set(&err, -ENOMEM, "answer");
	wire_reply_fail(reply, &err);
}

static void on_told(void *arg, const struct graph_told *t)
{
	struct wire_reply *reply = arg;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json_out o;
	if (t->code < 0) {
		question_refuse(reply, t->err, t->errors);
		return;
	}
	json_out_init(&o, &text);
	json_out_object_begin(&o);
	graph_told_write(t, &o);
	write_jobs(t, &o);
	json_out_object_end(&o);
	question_answer(reply, &text);
}

int graph_query_run(struct hoot *h, const struct wire_call *call, const struct graph_query *req, struct graph_query_result *ret,
		    struct err *err)
{
	struct graph_ask ask = { .max_rows = req->limit,
				 .timeout_ms = req->timeout_ms,
				 .wait_ms = req->wait_ms,
				 .at_least_revision = req->has_at_least_revision ? req->at_least_revision : 0,
				 .deadline_ns = call->deadline_ns,
				 .explain = req->explain,
				 .anywhere = true };
	AUTO_JSON json_t *variables = NULL;
	struct wire_reply *reply = NULL;
	const struct question_asked asked = { req->query, req->name, req->has_variables ? req->variables : NULL };
	int r = question_find(h, call, &asked, &ask.text, &variables, err);
	if (r == 0)
		r = hoot_defer(h, call, &reply, err);
	if (r < 0)
		return r;
	ask.variables = variables;
	ask.n_text = strlen(ask.text);
	struct err why = ERR_INIT;
	if (graph_ask(h, &ask, on_told, reply, NULL, &why) < 0)
		wire_reply_fail(reply, &why);
	return 0;
}

int graph_schema_run(struct hoot *h, const struct wire_call *call, const struct graph_schema *req, struct graph_schema_result *ret,
		     struct err *err)
{
	ret->schema = tf_adapter_text(graph_adapter(h));
	return 0;
}
