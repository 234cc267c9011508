/*
 * trace.h - the W3C traceparent: which request of which trace something was done for.
 *
 * Format:    "00-<32 hex trace id>-<16 hex parent id>-<2 hex flags>", lower case; neither id may
 *            be all zero. A higher version with something appended is read as version 00, as the
 *            recommendation asks.
 * Errors:    trace_parse: -EINVAL. Nothing else can fail.
 * Source:    W3C Trace Context, section 3.2.
 */
#ifndef WIRE_TRACE_H
#define WIRE_TRACE_H

#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_TEXT_SIZE 56 /* with the NUL */

struct trace {
	uint8_t trace_id[16]; /* all zero: no trace */
	uint8_t span_id[8];
	uint8_t flags; /* bit 0: sampled */
};

int trace_parse(const char *s, size_t n, struct trace *ret);
void trace_format(const struct trace *t, char ret[TRACE_TEXT_SIZE]);
/* A trace that begins here; its ids come from `rng`, seeded with entropy. */
struct trace trace_new(struct rng *rng);
/* The same trace with a span of its own; a new trace where `parent` is NULL or absent. */
struct trace trace_child(struct rng *rng, const struct trace *parent);

static inline bool trace_present(const struct trace *t)
{
	for (size_t i = 0; i < sizeof(t->trace_id); i++)
		if (t->trace_id[i])
			return true;
	return false;
}

#endif
