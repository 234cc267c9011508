/*
 * query.h - what the parts of `holler query` share: the question as it was asked on the command line, and how it is sent.
 *
 * Errors: functions fill `err`; what is wrong inside of a query is in the answer's details, which query_fail draws.
 */
#ifndef HOLLER_QUERY_H
#define HOLLER_QUERY_H

#include "reach.h"

#include "base/json.h"
#include "base/mem.h"

enum query_form { QUERY_TABLE, QUERY_JSON, QUERY_JSONL };

struct question {
	const struct holler *h;
	char *text;       /* owned; NULL: `name` */
	const char *name; /* a saved query */
	json_t *variables;
	int64_t limit, timeout_ms, wait_ms; /* 0: the request's own default */
	int64_t revision;                   /* of the timeline: it waits for that; -1: any */
	bool garden, explain;
	enum query_form form;
	int64_t every_ms, count; /* of a watch; count 0: for ever */
	double seconds;          /* of a watch; 0: for ever */
	const char *doc;         /* of what is saved */
};

struct query_reply {
	int code;
	struct err err;
	json_t *result;  /* of a success */
	json_t *details; /* of a failure; NULL: none */
};
void query_reply_done(struct query_reply *r);
#define QUERY_REPLY_INIT { .err = ERR_INIT }
#define AUTO_QUERY_REPLY __attribute__((cleanup(query_reply_done))) struct query_reply

/* Fills it from the answer to a request. */
void query_reply_read(struct query_reply *ret, const struct wire_answer *a);
/* Sends a payload, which it takes over, and waits for the reply; deadline_ms 0: the client's own. */
int query_send(struct reach *reach, json_t *payload, int64_t deadline_ms, struct query_reply *ret);

/* {"type": type, "query" or "name", "variables"}, what every way of asking says; NULL when memory is out. */
json_t *query_payload(const struct question *q, const char *type);

/* Tells what went wrong, a mistake in a query with its line and a caret; returns the exit status. `text` may be NULL. */
int query_fail(const struct holler *h, const char *text, const struct query_reply *r);
/* The same for a question by text or by name. */
int query_fail_of(const struct question *q, struct reach *reach, const struct query_reply *r);
/* The width of tables: that of the terminal, or of $COLUMNS; 0 (as wide as it takes) where there is neither. */
size_t query_width(void);

/* --- schema.c: "schema" in ret->result --- */
int schema_fetch(const struct holler *h, bool garden, int64_t deadline_ms, struct query_reply *ret);

/* --- query_saved.c: exit status --- */
int query_save(const struct question *q, struct reach *reach, const char *name);
int query_remove(const struct question *q, struct reach *reach, const char *name);
/* All, or the text of one. */
int query_list(const struct question *q, struct reach *reach);
/* The text of a saved query; malloc'ed, NULL where there is none. */
char *query_saved_text(struct reach *reach, const char *name);

/* --- query_watch.c: exit status --- */
int query_watch(const struct question *q, struct reach *reach);

#endif
