/*
 * query_saved.c - holler query --save, --list, --remove: queries with names.
 */
#include "query.h"
#include "query_errors.h"
#include "query_table.h"

#include "columns.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

static int print_result(const struct question *q, const json_t *result)
{
	struct err err = ERR_INIT;
	char AUTO_MEM *text = json_text(result, JSON_OUT_COMPACT);
	int r = text ? holler_print_json(q->h, text, strlen(text), &err) : err_set(&err, -ENOMEM, "the answer");
	return r < 0 ? holler_fail(q->h, "query", &err) : 0;
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

int query_save(const struct question *q, struct reach *reach, const char *name)
{
	AUTO_QUERY_REPLY reply = QUERY_REPLY_INIT;
	json_t *p = json_pack("{s:s, s:s, s:s, s:s, s:O}", "type", "query_save", "name", name, "query", q->text, "doc",
			      q->doc ? q->doc : "", "variables", q->variables);
	if (query_send(reach, p, 0, &reply) < 0)
		return query_fail(q->h, q->text, &reply);
	if (q->h->json)
		return print_result(q, reply.result);
	printf("%s %s; ask it with: holler query %s\n", json_is_true(json_object_get(reply.result, "replaced")) ? "replaced" : "saved",
	       name, name);
	return 0;
}

int query_remove(const struct question *q, struct reach *reach, const char *name)
{
	AUTO_QUERY_REPLY reply = QUERY_REPLY_INIT;
	if (query_send(reach, json_pack("{s:s, s:s}", "type", "query_remove", "name", name), 0, &reply) < 0)
		return query_fail(q->h, NULL, &reply);
	if (q->h->json)
		return print_result(q, reply.result);
	printf("removed %s\n", name);
	return 0;
}

/* --- the list ------------------------------------------------------------------------------------------------------ */

static int fetch(struct reach *reach, struct query_reply *reply)
{
	return query_send(reach, json_pack("{s:s}", "type", "query_list"), 0, reply);
}

static const json_t *find(const json_t *result, const char *name)
{
	const json_t *s;
	size_t i;
	json_array_foreach(json_object_get(result, "queries"), i, s)
		if (str_eq(text_of(s, "name"), name))
			return s;
	return NULL;
}

char *query_saved_text(struct reach *reach, const char *name)
{
	AUTO_QUERY_REPLY reply = QUERY_REPLY_INIT;
	const json_t *s = fetch(reach, &reply) == 0 ? find(reply.result, name) : NULL;
	return s ? strdup(text_of(s, "query")) : NULL;
}

/* "2026-11-22"; what ships has no day. */
static json_t *day_of(const json_t *saved)
{
	json_int_t ms = json_integer_value(json_object_get(saved, "saved_unix_ms"));
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	char day[32];
	return ms && localtime_r(&t, &tm) && strftime(day, sizeof(day), "%Y-%m-%d", &tm) ? json_string(day) : json_string("");
}

static int draw_list(const struct question *q, const json_t *all)
{
	AUTO_JSON json_t *rows = json_array();
	AUTO_JSON json_t *columns = json_pack("[{s:s},{s:s},{s:s},{s:s}]", "name", "name", "name", "what it answers", "name", "by",
					      "name", "saved");
	AUTO_STRBUF b = STRBUF_INIT;
	struct err err = ERR_INIT;
	const json_t *s;
	size_t i;
	int r = rows && columns ? 0 : -ENOMEM;
	json_array_foreach(all, i, s)
	{
		json_t *row = json_pack("{s:O, s:O, s:O, s:o}", "name", json_object_get(s, "name"), "what it answers",
					json_object_get(s, "doc"), "by", json_object_get(s, "actor"), "saved", day_of(s));
		if (r == 0)
			r = json_array_append_new(rows, row) < 0 ? -ENOMEM : 0;
	}
	if (r == 0)
		r = query_table_draw(columns, rows, query_width(), &b);
	if (r < 0)
		return holler_fail(q->h, "query", (err_set(&err, r, "the list"), &err));
	fputs(b.s ? b.s : "", stdout);
	return 0;
}

static int show_one(const struct question *q, const json_t *result)
{
	const json_t *s = find(result, q->name);
	struct err err = ERR_INIT;
	if (!s) {
		int r = err_set(&err, -ENOENT, "no query was saved as '%.64s'", q->name);
		(void)err_hint(&err, r, "holler query --list lists them");
		return holler_fail(q->h, "query", &err);
	}
	if (q->h->json)
		return print_result(q, s);
	const char *text = text_of(s, "query");
	const json_t *v = json_object_get(s, "variables");
	char AUTO_MEM *variables = json_object_size(v) ? json_text(v, JSON_OUT_COMPACT) : NULL;
	AUTO_STRBUF b = STRBUF_INIT;
	(void)strbuf_addf(&b, "# %s, by %s\n%s%s%s%s%s", text_of(s, "doc"), text_of(s, "actor"), variables ? "# variables " : "",
			  variables ? variables : "", variables ? "\n" : "", text, str_ends(text, "\n") ? "" : "\n");
	query_make_harmless(&b);
	fputs(b.s ? b.s : "", stdout);
	return 0;
}

int query_list(const struct question *q, struct reach *reach)
{
	AUTO_QUERY_REPLY reply = QUERY_REPLY_INIT;
	if (fetch(reach, &reply) < 0)
		return query_fail(q->h, NULL, &reply);
	if (q->name)
		return show_one(q, reply.result);
	return q->h->json ? print_result(q, reply.result) : draw_list(q, json_object_get(reply.result, "queries"));
}
