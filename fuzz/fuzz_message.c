/*
 * fuzz_message.c - arbitrary bytes as the fields of every request, result, event and as flags.
 *
 * What is accepted must encode, and what was encoded must be accepted again and encode to the same text.
 */
#include "base/mem.h"
#include "wire/cli.h"
#include "wire/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_object(const struct wire_object *desc, const json_t *j, unsigned flags)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	AUTO_STRBUF once = STRBUF_INIT;
	AUTO_STRBUF twice = STRBUF_INIT;
	struct err err = ERR_INIT;
	void *value = wire_arena_alloc(&a, desc->size);
	if (!value || wire_decode(desc, j, flags, &a, value, &err) < 0)
		return;
	if (wire_encode(desc, value, &once, &err) < 0)
		abort();
	if (wire_decode_text(desc, once.s, once.n, WIRE_STRICT, &a, value, &err) < 0 ||
	    wire_encode(desc, value, &twice, &err) < 0 || once.n != twice.n ||
	    memcmp(once.s, twice.s, once.n) != 0)
		abort();
}

static void check_flags(const uint8_t *data, size_t size)
{
	char *args[16];
	int n = 0;
	char AUTO_MEM *text = malloc(size + 1);
	if (!text)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	for (char *s = text; n < 16 && s <= text + size; s += strlen(s) + 1)
		args[n++] = s;
	json_t *payload = NULL;
	struct err err = ERR_INIT;
	if (wire_cli_parse(&wire_messages[size % WIRE_MESSAGE_COUNT], n, args, &payload, &err) == 0)
		json_decref(payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_flags(data, size);
	json_t *j = NULL;
	struct err err = ERR_INIT;
	if (json_parse((const char *)data, size, &j, &err) < 0)
		return 0;
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		check_object(wire_messages[i].request, j, WIRE_STRICT);
		check_object(wire_messages[i].result, j, WIRE_IGNORE_UNKNOWN);
	}
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++)
		check_object(wire_events[i].body, j, WIRE_IGNORE_UNKNOWN);
	json_decref(j);
	return 0;
}
