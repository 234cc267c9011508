/*
 * fuzz_envelope.c - arbitrary bytes as a frame: envelopes of requests, replies and events, then what they carry.
 *
 * A frame that is accepted must be accepted again when it is written anew, with the same payload.
 */
#include "base/mem.h"
#include "wire/codec.h"
#include "wire/envelope.h"
#include "wire/event.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode_payload(const struct wire_object *desc, struct wire_slice payload,
			   unsigned flags)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	void *value = wire_arena_alloc(&a, desc->size);
	if (value)
		(void)wire_decode_text(desc, payload.s, payload.n, flags, &a, value, &err);
}

static void read_reply(const struct wire_envelope *e)
{
	struct err err = ERR_INIT;
	struct wire_reply_error error;
	struct wire_reply_progress progress;
	(void)wire_error_parse(e->payload, &error, &err);
	(void)wire_progress_parse(e->payload, &progress, &err);
}

static void write_again(const struct wire_envelope *e)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct wire_envelope again;
	struct err err = ERR_INIT;
	if (wire_envelope_write(&b, e) < 0 || wire_envelope_parse(b.s, b.n, &again, &err) < 0)
		abort();
	if (strcmp(e->id, again.id) != 0 || strcmp(e->actor, again.actor) != 0 ||
	    e->kind != again.kind || e->payload.n != again.payload.n ||
	    memcmp(e->payload.s, again.payload.s, e->payload.n) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct wire_envelope e;
	struct wire_received event;
	struct err err = ERR_INIT;
	if (wire_envelope_parse(bytes, size, &e, &err) == 0) {
		const struct wire_message *m =
			e.kind == WIRE_REQUEST ? wire_message_find(e.type) : NULL;
		if (m)
			decode_payload(m->request, e.payload, WIRE_STRICT);
		read_reply(&e);
		write_again(&e);
	}
	if (wire_event_parse("topic", bytes, size, &event, &err) == 0) {
		const struct wire_event *type = wire_event_find(event.name);
		if (type)
			decode_payload(type->body, event.payload, WIRE_IGNORE_UNKNOWN);
	}
	return 0;
}
