/*
 * event.c - reading an event's envelope. See event.h.
 */
#include "wire/event.h"

#include "base/limits.h"
#include "wire/codec.h"
#include "wire/scan.h"

#include <string.h>

static int read_count(struct wire_slice v, int64_t min, int64_t *ret)
{
	char text[24];
	if (!v.n || v.n >= sizeof(text))
		return -EINVAL;
	memcpy(text, v.s, v.n);
	text[v.n] = '\0';
	return str_to_int(text, ret) == 0 && *ret >= min ? 0 : -EINVAL;
}

static int read_beat(struct wire_slice v, double *ret)
{
	char text[40];
	if (!v.n || v.n >= sizeof(text))
		return -EINVAL;
	memcpy(text, v.s, v.n);
	text[v.n] = '\0';
	return str_to_double(text, ret);
}

static int read_member(struct wire_received *e, struct wire_slice k, struct wire_slice v,
		       bool *seen)
{
	int64_t n = 0;
	int r = 0;
	if (wire_slice_eq(k, "seq")) {
		r = read_count(v, 1, &n);
		e->seq = (uint64_t)n;
	} else if (wire_slice_eq(k, "topic_seq")) {
		r = read_count(v, 1, &n);
		e->topic_seq = (uint64_t)n;
	} else if (wire_slice_eq(k, "sender")) {
		r = wire_string_copy(v, e->sender, sizeof(e->sender)) ? 0 : -EINVAL;
	} else if (wire_slice_eq(k, "incarnation")) {
		r = wire_string_copy(v, e->incarnation, sizeof(e->incarnation)) &&
				    uuid_valid(e->incarnation)
			    ? 0
			    : -EINVAL;
	} else if (wire_slice_eq(k, "beat")) {
		r = read_beat(v, &e->beat);
	} else if (wire_slice_eq(k, "frame")) {
		r = read_count(v, INT64_MIN, &e->frame);
	} else if (wire_slice_eq(k, "monotonic_ns")) {
		r = read_count(v, 0, &e->monotonic_ns);
	} else if (wire_slice_eq(k, "traceparent")) {
		(void)(v.n > 2 && trace_parse(v.s + 1, v.n - 2, &e->trace));
	} else if (wire_slice_eq(k, "payload")) {
		e->payload = v;
		r = wire_string_copy(wire_object_get(v, "type"), e->name, sizeof(e->name))
			    ? 0
			    : -EINVAL;
	} else {
		return 0;
	}
	*seen = true;
	return r;
}

int wire_event_parse(const char *topic, const char *bytes, size_t n, struct wire_received *ret,
		     struct err *err)
{
	struct wire_received e = {.topic = topic, .payload = {"", 0}, .whole = {bytes, n}};
	struct scan c = {bytes, n, 0};
	struct wire_slice k, v;
	size_t at = 0;
	if (n > LIMIT_WIRE_MESSAGE_BYTES)
		return err_set(err, -EMSGSIZE, "the event has %zu bytes, more than %d", n,
			       LIMIT_WIRE_MESSAGE_BYTES);
	int r = scan_value(&c, 0, err);
	if (r < 0)
		return r;
	if (scan_peek(&c) || c.at < n)
		return scan_fail(&c, err, "something follows the event");
	while (wire_object_next(e.whole, &at, &k, &v)) {
		bool seen = false;
		if (read_member(&e, k, v, &seen) < 0) {
			char field[32];
			size_t len = k.n < sizeof(field) - 1 ? k.n : sizeof(field) - 1;
			memcpy(field, k.s, len);
			field[len] = '\0';
			return err_field(err, -EINVAL, field,
					 "%s of an event is not what it should be", field);
		}
	}
	if (!e.seq || !e.topic_seq || !e.sender[0] || !e.incarnation[0] || !e.name[0])
		return err_set(err, -EINVAL,
			       "an event needs seq, topic_seq, sender, incarnation and a payload "
			       "with a type");
	*ret = e;
	return 0;
}

int wire_event_decode(const struct wire_received *e, const struct wire_event *type,
		      struct wire_arena *arena, void *ret, struct err *err)
{
	if (strcmp(e->name, type->name) != 0)
		return err_set(err, -EINVAL, "the event is %s, not %s", e->name, type->name);
	return wire_decode_text(type->body, e->payload.s, e->payload.n, WIRE_IGNORE_UNKNOWN, arena,
				ret, err);
}
