#include "wire/catalogue.h"
#include "wire/handlers.h"

#include "base/str.h"

#include <string.h>

/* Written by gen_sorted at build time: the ids in the order of the names. */
static const uint16_t message_order[] = {
#define WIRE_SORTED_MESSAGE(name) WIRE_MESSAGE_##name,
#include "wire_sorted.inc"
#undef WIRE_SORTED_MESSAGE
};

static const uint16_t event_order[] = {
#define WIRE_SORTED_EVENT(name) WIRE_EVENT_##name,
#include "wire_sorted.inc"
#undef WIRE_SORTED_EVENT
};

const struct wire_message *wire_message_sorted(size_t i)
{
	return i < WIRE_MESSAGE_COUNT ? &wire_messages[message_order[i]] : NULL;
}

const struct wire_event *wire_event_sorted(size_t i)
{
	return i < WIRE_EVENT_COUNT ? &wire_events[event_order[i]] : NULL;
}

const struct wire_message *wire_message_find(const char *name)
{
	size_t lo = 0, hi = WIRE_MESSAGE_COUNT;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct wire_message *m = &wire_messages[message_order[mid]];
		int c = strcmp(name, m->name);
		if (c == 0)
			return m;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct wire_event *wire_event_find(const char *name)
{
	size_t lo = 0, hi = WIRE_EVENT_COUNT;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct wire_event *e = &wire_events[event_order[mid]];
		int c = strcmp(name, e->name);
		if (c == 0)
			return e;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const char *wire_message_nearest(const char *name)
{
	const char *names[WIRE_MESSAGE_COUNT];
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++)
		names[i] = wire_messages[i].name;
	return str_nearest(name, names, WIRE_MESSAGE_COUNT);
}
