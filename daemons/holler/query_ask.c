/*
 * query_ask.c - how questions are sent, and how their mistakes are shown.
 */
#include "query.h"
#include "query_errors.h"

#include "columns.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

void query_reply_done(struct query_reply *r)
{
	json_decref(r->result);
	json_decref(r->details);
	r->result = r->details = NULL;
}

void query_reply_read(struct query_reply *ret, const struct wire_answer *a)
{
	AUTO_JSON json_t *payload = NULL;
	query_reply_done(ret);
	ret->code = a->code;
	ret->err = a->err ? *a->err : (struct err)ERR_INIT;
	if (a->code == 0)
		ret->code = json_parse(a->result.s, a->result.n, &ret->result, &ret->err);
	else if (a->payload.n && json_parse(a->payload.s, a->payload.n, &payload, NULL) == 0)
		ret->details = json_incref(json_object_get(payload, "details"));
}

struct wait {
	struct query_reply *reply;
	bool done;
};

static void on_answer(void *arg, const struct wire_answer *a)
{
	struct wait *w = arg;
	query_reply_read(w->reply, a);
	w->done = true;
}

int query_send(struct reach *reach, json_t *payload, int64_t deadline_ms, struct query_reply *ret)
{
	AUTO_JSON json_t *mine = payload;
	AUTO_STRBUF text = STRBUF_INIT;
	const struct wire_request_options o = { .deadline_ms = deadline_ms, .harmless = true };
	struct wait w = { .reply = ret };
	int r = mine ? json_write(&text, mine, JSON_OUT_COMPACT) : -ENOMEM;
	if (r < 0)
		err_set(&ret->err, r, "the question");
	if (r == 0)
		r = wire_client_send_json(reach->client, text.s, text.n, &o, on_answer, &w, NULL, &ret->err);
	while (r == 0 && !w.done)
		r = wire_loop_step(wire_client_loop(reach->client), -1, &ret->err);
	ret->code = r < 0 ? r : ret->code; /* that of the answer */
	return ret->code;
}

json_t *query_payload(const struct question *q, const char *type)
{
	json_t *p = q->name ? json_pack("{s:s, s:s}", "type", type, "name", q->name)
			    : json_pack("{s:s, s:s}", "type", type, "query", q->text);
	if (p && json_object_size(q->variables) && json_object_set(p, "variables", q->variables) < 0) {
		json_decref(p);
		return NULL;
	}
	return p;
}

/* --- mistakes ------------------------------------------------------------------------------------------------------ */

static int fail_json(const struct query_reply *r, const json_t *list)
{
	AUTO_JSON json_t *o = json_pack("{s:s, s:s, s:s, s:O}", "command", "query", "error", err_name(r->err.code), "message",
					err_msg(&r->err), "errors", list);
	char AUTO_MEM *text = o ? json_text(o, JSON_OUT_COMPACT) : NULL;
	fflush(stdout);
	fprintf(stderr, "%s\n", text ? text : "{}");
	return r->err.code == -EINVAL ? 2 : 1;
}

/* Who reads this has no query_list to send: the same by this program. */
static int fail_plainly(const struct holler *h, const struct query_reply *r)
{
	struct err err = r->err;
	if (r->code == -ENOENT && str_eq(err.field, "name") && !str_starts(err.hint, "did you mean"))
		(void)err_hint(&err, r->code, "holler query --list lists them");
	return holler_fail(h, "query", &err);
}

int query_fail(const struct holler *h, const char *text, const struct query_reply *r)
{
	const json_t *list = json_object_get(r->details, "errors");
	AUTO_STRBUF b = STRBUF_INIT;
	if (!json_array_size(list))
		return fail_plainly(h, r);
	if (h->json)
		return fail_json(r, list);
	if (query_errors_draw(list, text, &b) < 0 || !strbuf_ok(&b))
		return holler_fail(h, "query", &r->err);
	fflush(stdout);
	fputs(b.s, stderr);
	return r->err.code == -EINVAL ? 2 : 1;
}

int query_fail_of(const struct question *q, struct reach *reach, const struct query_reply *r)
{
	char AUTO_MEM *saved = q->name && r->details ? query_saved_text(reach, q->name) : NULL;
	return query_fail(q->h, q->text ? q->text : saved, r);
}

size_t query_width(void)
{
	size_t lines, columns = columns_of_terminal(&lines);
	return lines || getenv("COLUMNS") ? columns : 0;
}
