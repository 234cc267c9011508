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
