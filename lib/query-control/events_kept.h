/*
 * events_kept.h - the last events of the daemons, in memory, for whoever asks what has just happened.
 *
 * Bounds:    LIMIT_EVENTS_KEPT events and LIMIT_EVENTS_KEPT_BYTES of payloads; the oldest give way.
 * Shapes:    each event gets a number, counted on from 0, in the order in which it was added; those that are kept have the
 *            last numbers.
 * Ownership: copies what it is given. An event that is looked at stays although its place is taken by another.
 * Threads:   any (a lock inside, held for a few instructions).
 * Errors:    -ENOMEM, -EMSGSIZE (a payload that is longer than all of it may be); what was kept stays.
 */
#ifndef QUERY_CONTROL_EVENTS_KEPT_H
#define QUERY_CONTROL_EVENTS_KEPT_H

#include "wire/event.h"

struct kept_event {
	_Atomic unsigned refs;
	uint64_t number;
	char *name, *sender, *payload; /* payload: JSON text, with its "type" */
	uint64_t seq; /* of its sender */
	double beat;
	int64_t frame, monotonic_ns;
	int64_t time_unix_ms; /* when it came here */
};

struct events_kept;
/* 0: the limits. */
int events_kept_new(size_t n_most, size_t most_bytes, struct events_kept **ret, struct err *err);
void events_kept_free(struct events_kept *k);
AUTO_DEFINE(events_kept);

/* Strings and slices are only looked at. */
int events_kept_add(struct events_kept *k, const struct wire_received *e, int64_t time_unix_ms, struct err *err);

/* The number that the next one gets. */
uint64_t events_kept_end(struct events_kept *k);
/* The newest that is kept with a number below `before`, as a reference; NULL: there is none. */
struct kept_event *events_kept_before(struct events_kept *k, uint64_t before);
void kept_event_unref(struct kept_event *e);

struct events_kept_stats {
	size_t n, bytes;  /* kept now */
	uint64_t dropped; /* gave way */
};
struct events_kept_stats events_kept_stats(struct events_kept *k);

#endif
