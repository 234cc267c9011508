/*
 * query_watch.c - holler query --watch: rows as they appear (+) and disappear (-).
 *
 * hootenanny asks again when something may have changed, and publishes the difference. It is asked for the whole again at the
 * start, before the watch would end, after a hole in the events and when it is back from a restart; what is printed is always
 * the difference to the rows that were printed before, so that nothing is missed and nothing told twice.
 */
#include "query.h"
#include "query_table.h"

#include "base/bag.h"
#include "base/str.h"
#include "wire/event.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define KEEP_MS   60000
#define RENEW_MS  20000
#define RETRY_MS  1000
#define ASK_MS    15000
#define UNWATCH_MS 500

struct watch {
	const struct question *q;
	struct reach *reach;
	struct wire_loop *loop; /* the client's */
	struct wire_context *context;
	struct wire_subscriber *events;
	struct wire_timer *end, *again;
	struct wire_watch *signals[2];
	struct query_table *table;
	bool headed, asking, ask_again, waiting, done, cut, unknown;
	int status;
	struct query_reply failure; /* that ended it */
	int64_t n_printed;
	char id[80];
	int64_t version;
	char **rows; /* canonical text of each */
	size_t n_rows, room_rows;
};

static void finish(struct watch *w, int status)
{
	w->done = true;
	w->status = w->status ? w->status : status;
}

static void fail(struct watch *w, int r, const char *what)
{
	struct err err = ERR_INIT;
	(void)err_set(&err, r, "%s", what);
	finish(w, holler_fail(w->q->h, "query", &err));
}

/* --- printing ------------------------------------------------------------------------------------------------------ */

static int draw(struct watch *w, char mark, const json_t *row, struct strbuf *b)
{
	if (w->q->form != QUERY_TABLE) {
		char text[] = { mark, '\0' };
		AUTO_JSON json_t *o = json_pack("{s:s, s:O}", "change", text, "row", row);
		int r = o ? json_write(b, o, JSON_OUT_COMPACT) : -ENOMEM;
		return r < 0 ? r : strbuf_addc(b, '\n');
	}
	char text[] = { mark, ' ', '\0' };
	if (query_table_measure(w->table, row) || !w->headed) {
		AUTO_STRBUF head = STRBUF_INIT;
		query_table_head(w->table, &head);
		for (const char *p = head.s; p && *p;) {
			size_t n = strcspn(p, "\n");
			(void)strbuf_addf(b, "  %.*s\n", (int)n, p);
			p += n + 1;
		}
		w->headed = true;
	}
	query_table_row(w->table, text, row, b);
	return strbuf_ok(b) ? 0 : -ENOMEM;
}

static void print(struct watch *w, char mark, const char *text)
{
	AUTO_JSON json_t *row = NULL;
	AUTO_STRBUF b = STRBUF_INIT;
	if (w->done)
		return;
	int r = json_parse(text, strlen(text), &row, NULL);
	if (r == 0)
		r = draw(w, mark, row, &b);
	if (r < 0) {
		fail(w, r, "a row");
	} else if (fwrite(b.s, 1, b.n, stdout) != b.n || fflush(stdout) != 0) {
		fail(w, -EIO, "standard output is closed");
	} else if (++w->n_printed == w->q->count) {
		finish(w, 0);
	}
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

static void free_rows(char **rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(rows[i]);
	free(rows);
}

static int take_row(struct watch *w, char *text)
{
	if (!text || mem_grow(&w->rows, &w->room_rows, w->n_rows + 1, sizeof(*w->rows)) < 0) {
		free(text);
		return -ENOMEM;
	}
	w->rows[w->n_rows++] = text;
	return 0;
}

static struct bag_text *as_bag(char *const *rows, size_t n)
{
	struct bag_text *v = mem_new_array(n, sizeof(*v));
	for (size_t i = 0; v && i < n; i++)
		v[i] = (struct bag_text){ rows[i], strlen(rows[i]) };
	return v;
}

/* The rows are now these, which it takes over. */
static int replace_rows(struct watch *w, char **rows, size_t n)
{
	struct bag_text AUTO_MEM *was = as_bag(w->rows, w->n_rows), *now AUTO_MEM = as_bag(rows, n);
	bool AUTO_MEM *gone = mem_new_array(w->n_rows, sizeof(*gone)), *came AUTO_MEM = mem_new_array(n, sizeof(*came));
	int r = was && now && gone && came ? bag_compare(was, w->n_rows, now, n, gone, came) : -ENOMEM;
	for (size_t i = 0; r == 0 && i < w->n_rows; i++)
		if (gone[i])
			print(w, '-', w->rows[i]);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (came[i])
			print(w, '+', rows[i]);
	free_rows(w->rows, w->n_rows);
	w->rows = rows;
	w->n_rows = w->room_rows = n;
	return r;
}

static int set_rows(struct watch *w, const json_t *list)
{
	size_t n = json_array_size(list), i;
	char **rows = mem_new_array(n, sizeof(*rows));
	const json_t *row;
	if (!rows)
		return -ENOMEM;
	json_array_foreach(list, i, row)
	{
		rows[i] = json_text(row, JSON_OUT_COMPACT | JSON_OUT_SORTED);
		if (!rows[i]) {
			free_rows(rows, i);
			return -ENOMEM;
		}
	}
	return replace_rows(w, rows, n);
}

/* False: it was not there, so that our rows are not those that the difference is of. */
static bool drop_row(struct watch *w, const json_t *row)
{
	char AUTO_MEM *text = json_text(row, JSON_OUT_COMPACT | JSON_OUT_SORTED);
	for (size_t i = w->n_rows; text && i-- > 0;) {
		if (strcmp(w->rows[i], text) != 0)
			continue;
		print(w, '-', text);
		free(w->rows[i]);
		memmove(&w->rows[i], &w->rows[i + 1], (--w->n_rows - i) * sizeof(*w->rows));
		return true;
	}
	return false;
}

static void add_row(struct watch *w, const json_t *row)
{
	char *text = json_text(row, JSON_OUT_COMPACT | JSON_OUT_SORTED);
	if (text)
		print(w, '+', text);
	int r = take_row(w, text);
	if (r < 0)
		fail(w, r, "a row");
}

/* --- asking -------------------------------------------------------------------------------------------------------- */

static void ask(struct watch *w);

/* Once: beyond its limit nothing is watched. */
static void tell_cut(struct watch *w, const json_t *result)
{
	const char *why = json_string_value(json_object_get(result, "stopped"));
	bool cut = why && !str_eq(why, "end");
	if (cut && !w->cut)
		fprintf(stderr, "holler query: these are not all rows (%s), and only these are watched\n",
			str_eq(why, "rows") ? "--limit was reached" : why);
	w->cut = cut;
}

static void tell_unknown(struct watch *w, const json_t *result)
{
	json_int_t n = json_integer_value(json_object_get(result, "n_unknown"));
	if (n && !w->unknown)
		fprintf(stderr, "holler query: not known yet: %lld, found out now\n", (long long)n);
	w->unknown = n;
}

static void take_answer(struct watch *w, const json_t *result)
{
	const char *id = json_string_value(json_object_get(result, "watch_id"));
	const json_t *columns = json_object_get(result, "columns");
	int r = w->table ? 0 : query_table_new(columns, query_width() > 2 ? query_width() - 2 : 0, &w->table);
	w->version = json_integer_value(json_object_get(result, "version"));
	(void)str_copy(w->id, sizeof(w->id), id ? id : "");
	tell_cut(w, result);
	tell_unknown(w, result);
	if (r == 0)
		r = set_rows(w, json_object_get(result, "rows"));
	if (r < 0)
		fail(w, r, "the rows");
}

static void take_failure(struct watch *w, struct query_reply *reply)
{
	if (err_retry(reply->code)) {
		if (!w->waiting)
			fprintf(stderr, "holler query: %s, waiting for it\n", err_msg(&reply->err));
		w->waiting = true;
		wire_timer_start(w->again, RETRY_MS);
		return;
	}
	w->failure = *reply; /* told when the loop has ended, for that may have to ask again */
	*reply = (struct query_reply)QUERY_REPLY_INIT;
	finish(w, 1);
}

static void on_answer(void *arg, const struct wire_answer *a)
{
	struct watch *w = arg;
	AUTO_QUERY_REPLY reply = QUERY_REPLY_INIT;
	w->asking = false;
	query_reply_read(&reply, a);
	if (reply.code == 0) {
		w->waiting = false;
		take_answer(w, reply.result);
		wire_timer_start(w->again, RENEW_MS);
	} else {
		take_failure(w, &reply);
	}
	if (w->ask_again && !w->done)
		ask(w);
}

static json_t *watch_payload(const struct question *q)
{
	json_t *p = query_payload(q, "query_watch");
	bool ok = p && json_object_set_new(p, "keep_ms", json_integer(KEEP_MS)) == 0;
	if (ok && q->limit)
		ok = json_object_set_new(p, "limit", json_integer(q->limit)) == 0;
	if (ok && q->every_ms)
		ok = json_object_set_new(p, "every_ms", json_integer(q->every_ms)) == 0;
	if (ok)
		return p;
	json_decref(p);
	return NULL;
}

/* One question at a time; what comes meanwhile asks once more after it. */
static void ask(struct watch *w)
{
	AUTO_JSON json_t *p = watch_payload(w->q);
	AUTO_STRBUF text = STRBUF_INIT;
	const struct wire_request_options o = { .deadline_ms = ASK_MS, .harmless = true };
	struct err err = ERR_INIT;
	w->ask_again = w->asking;
	if (w->asking)
		return;
	int r = p ? json_write(&text, p, JSON_OUT_COMPACT) : -ENOMEM;
	if (r == 0)
		r = wire_client_send_json(w->reach->client, text.s, text.n, &o, on_answer, w, NULL, &err);
	if (r < 0)
		finish(w, holler_fail(w->q->h, "query", &err));
	else
		w->asking = true;
}

static void on_again(void *arg)
{
	ask(arg);
}

/* --- what happens -------------------------------------------------------------------------------------------------- */

static void apply(struct watch *w, const json_t *e)
{
	const char *trouble = json_string_value(json_object_get(e, "trouble"));
	const json_t *row;
	size_t i;
	bool same = true;
	if (trouble)
		fprintf(stderr, "holler query: it could not be asked again: %s\n", trouble);
	json_array_foreach(json_object_get(e, "removed"), i, row)
		same &= drop_row(w, row);
	json_array_foreach(json_object_get(e, "added"), i, row)
		add_row(w, row);
	w->version++;
	tell_unknown(w, e);
	if (!same || json_integer_value(json_object_get(e, "n_rows")) != (json_int_t)w->n_rows)
		ask(w);
}

static void on_event(void *arg, const struct wire_received *r)
{
	struct watch *w = arg;
	AUTO_JSON json_t *e = NULL;
	if (w->done || strcmp(r->name, "query_changed") != 0 || json_parse(r->payload.s, r->payload.n, &e, NULL) < 0)
		return;
	const char *id = json_string_value(json_object_get(e, "watch_id"));
	json_int_t version = json_integer_value(json_object_get(e, "version"));
	if (!id || strcmp(id, w->id) != 0 || version <= w->version)
		return;
	if (version == w->version + 1)
		apply(w, e);
	else
		ask(w);
}

static void on_resync(void *arg, const struct wire_snapshot *s)
{
	(void)s; /* it is asked again: hootenanny may have been started anew */
	ask(arg);
}

static void on_end(void *arg)
{
	finish(arg, 0);
}

static int open_watch(struct watch *w, struct err *err)
{
	static const char *const topics[] = { "query_changed" };
	if (!w->reach->family)
		return err_field(err, -EINVAL, "--watch", "needs a family; $HOLLER_HOOTENANNY names only where requests go");
	w->loop = wire_client_loop(w->reach->client);
	int r = wire_context_new(&w->context, err);
	const struct wire_subscriber_options o = { .context = w->context, .loop = w->loop, .family = w->reach->family,
						   .daemon = "hootenanny", .topics = topics, .n_topics = COUNT_OF(topics),
						   .on_event = on_event, .on_resync = on_resync, .arg = w };
	if (r == 0)
		r = wire_timer_new(w->loop, on_end, w, &w->end, err);
	if (r == 0)
		r = wire_timer_new(w->loop, on_again, w, &w->again, err);
	if (r == 0)
		r = wire_signal_new(w->loop, SIGINT, on_end, w, &w->signals[0], err);
	if (r == 0)
		r = wire_signal_new(w->loop, SIGTERM, on_end, w, &w->signals[1], err);
	return r < 0 ? r : wire_subscriber_new(&o, &w->events, err);
}

/* Nobody keeps it for us any longer. */
static void unwatch(struct watch *w)
{
	AUTO_QUERY_REPLY ignored = QUERY_REPLY_INIT;
	if (*w->id && !w->waiting)
		(void)query_send(w->reach, json_pack("{s:s, s:s}", "type", "query_unwatch", "watch_id", w->id), UNWATCH_MS, &ignored);
}

static void close_watch(struct watch *w)
{
	wire_subscriber_free(w->events);
	for (size_t i = 0; i < COUNT_OF(w->signals); i++)
		wire_watch_free(w->signals[i]);
	wire_timer_free(w->again);
	wire_timer_free(w->end);
	query_table_free(w->table);
	free_rows(w->rows, w->n_rows);
}

int query_watch(const struct question *q, struct reach *reach)
{
	struct watch w = { .q = q, .reach = reach };
	struct err err = ERR_INIT;
	int r = open_watch(&w, &err);
	if (r == 0 && q->seconds > 0)
		wire_timer_start(w.end, (int64_t)(q->seconds * 1e3));
	if (r == 0)
		ask(&w);
	while (r == 0 && !w.done)
		r = wire_loop_step(w.loop, -1, &err);
	if (w.failure.code)
		w.status = query_fail_of(q, reach, &w.failure);
	else if (r == 0)
		unwatch(&w);
	query_reply_done(&w.failure);
	close_watch(&w);
	/* The client may hold a question of ours: it goes before what its answer would be given to. */
	reach_close(reach);
	wire_context_free(w.context);
	return r < 0 ? holler_fail(q->h, "query", &err) : w.status;
}
