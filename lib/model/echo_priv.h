/*
 * echo_priv.h - where what was generated repeats itself.
 *
 * Method:    beside each generated event stands how much of the past before the last one agrees with the past before it. Only events at
 *            one place of the bar, of one length and pitch can agree, so a new event looks at those alone: at most one a bar.
 * Ownership: embedded; _done releases it. Events stay their owner's.
 */
#ifndef MODEL_ECHO_PRIV_H
#define MODEL_ECHO_PRIV_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

struct chain_event;
struct source;
struct echo_match;

/* One event that would go on repeating, and the ticks that would then be repeated. */
struct echo_next {
	int32_t span;
	int16_t pitch;
	int64_t ticks;
};

enum { ECHO_HEADS = 4096 };

struct echo {
	uint32_t heads[ECHO_HEADS];   /* last event of each class of places, plus one; 0 for none */
	uint32_t *before;             /* of each event the one before it in its class, plus one */
	uint16_t *agrees;             /* events of agreeing past up to and including event i; 0 for most */
	struct echo_match *now, *was; /* where it is not 0 */
	size_t n_now, room_before, room_agrees, room_now, room_was;
	struct echo_next *next;       /* different ones */
	size_t n_next, room_next;
};

void echo_init(struct echo *e);
void echo_done(struct echo *e);
/* After event n - 1 was appended to `out`. */
int echo_add(struct echo *e, const struct source *s, const struct chain_event *out, size_t n, struct err *err);
/* What would go on repeating if it came at place `pos`: fills e->next. */
int echo_look(struct echo *e, const struct source *s, const struct chain_event *out, int32_t pos, struct err *err);
/* Ticks that an event would go on repeating, by the last echo_look; 0 for none. */
int64_t echo_ticks(const struct echo *e, int32_t span, int pitch);

#endif
