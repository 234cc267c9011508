/*
 * call.c - asking and waiting for the answer. See client.h.
 */
#include "wire/client.h"

#include "base/json.h"
#include "wire/codec.h"

struct call {
	bool done;
	int code;
	struct err *err;
	/* one of the two: */
	const struct wire_message *message; /* typed */
	struct wire_arena *arena;
	void *ret;
	struct strbuf *text;
};

static int decode_result(struct call *call, struct wire_slice result)
{
	int r = wire_decode_text(call->message->result, result.s, result.n, WIRE_IGNORE_UNKNOWN,
				 call->arena, call->ret, call->err);
	return r < 0 ? err_wrap(call->err, r, "the answer to %s", call->message->name) : 0;
}

static void answered(void *arg, const struct wire_answer *a)
{
	struct call *call = arg;
	call->done = true;
	call->code = a->code;
	if (a->code < 0) {
		if (call->err)
			*call->err = *a->err;
	} else if (call->message) {
		call->code = decode_result(call, a->result);
	} else if (strbuf_add(call->text, a->result.s, a->result.n) < 0) {
		call->code = err_set(call->err, -ENOMEM, "result");
	}
}

/* The client ends every request by its deadline, so this returns. */
static int wait_for(struct wire_client *c, struct call *call, uint64_t ticket, struct err *err)
{
	int r = wire_loop_until(wire_client_loop(c), &call->done, 0, err);
	if (r < 0) {
		wire_client_cancel(c, ticket);
		return r;
	}
	return call->code;
}

int wire_client_call(struct wire_client *c, const struct wire_message *message, const void *req,
		     const struct wire_request_options *o, struct wire_arena *arena, void *ret,
		     struct err *err)
{
	struct call call = {.err = err, .message = message, .arena = arena, .ret = ret};
	uint64_t ticket;
	int r = wire_client_send(c, message, req, o, answered, &call, &ticket, err);
	return r < 0 ? r : wait_for(c, &call, ticket, err);
}

int wire_client_call_json(struct wire_client *c, const char *payload, size_t n,
			  const struct wire_request_options *o, struct strbuf *ret, struct err *err)
{
	struct call call = {.err = err, .text = ret};
	uint64_t ticket;
	int r = wire_client_send_json(c, payload, n, o, answered, &call, &ticket, err);
	return r < 0 ? r : wait_for(c, &call, ticket, err);
}

/* One page; *ret_cursor receives the next cursor (malloc'ed), NULL at the end. */
static int one_page(struct wire_client *c, json_t *payload, const struct wire_request_options *o,
		    wire_page_fn *page, void *arg, json_t **ret_cursor, struct err *err)
{
	AUTO_STRBUF text = STRBUF_INIT, result = STRBUF_INIT;
	if (json_write(&text, payload, JSON_OUT_COMPACT) < 0)
		return err_set(err, -ENOMEM, "payload");
	int r = wire_client_call_json(c, text.s, text.n, o, &result, err);
	if (r == 0)
		r = page(arg, (struct wire_slice){result.s, result.n}, err);
	if (r < 0)
		return r;
	struct wire_slice next = wire_object_get((struct wire_slice){result.s, result.n}, "cursor");
	if (next.n <= 2 || next.s[0] != '"')
		return 0;
	char *AUTO_MEM cursor = malloc(next.n);
	if (!cursor || !wire_string_copy(next, cursor, next.n))
		return err_set(err, -ENOMEM, "cursor");
	*ret_cursor = json_string(cursor);
	return *ret_cursor ? 0 : err_set(err, -ENOMEM, "cursor");
}

int wire_client_pages(struct wire_client *c, const char *payload, size_t n,
		      const struct wire_request_options *o, wire_page_fn *page, void *arg,
		      struct err *err)
{
	AUTO_JSON json_t *p = NULL;
	int r = json_parse(payload, n, &p, err);
	if (r == 0 && !json_is_object(p))
		r = err_set(err, -EINVAL, "the payload must be an object");
	json_t *cursor = NULL;
	do {
		if (r == 0 && cursor)
			r = json_object_set_new(p, "cursor", cursor) < 0
				    ? err_set(err, -ENOMEM, "cursor")
				    : 0;
		cursor = NULL;
		if (r == 0)
			r = one_page(c, p, o, page, arg, &cursor, err);
	} while (r == 0 && cursor);
	json_decref(cursor);
	return r;
}
