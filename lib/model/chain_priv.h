/*
 * chain_priv.h - the Markov model proper: what may come next, and how likely.
 *
 * Method:  beside each event of the source stands how much of the past that was generated agrees with the past of that
 *          event: exactly (place, length, pitch), moved along the scale (place, length, step), and, to limit copying,
 *          for how many ticks exactly since the generation began. Adding an event updates all three; only events
 *          at its place of the bar can agree, so that those alone, and those at the place of the one before, are touched.
 * Numbers: weights are 2^score; scores are fixed point with 8 bits after the point. No floating point.
 */
#ifndef MODEL_CHAIN_PRIV_H
#define MODEL_CHAIN_PRIV_H

#include "base/rng.h"
#include "model/echo_priv.h"
#include "model/places_priv.h"
#include "model/source_priv.h"

struct chain_event {
	int64_t at; /* ticks from the start of what is new, a bar line */
	int32_t span, sound;
	int16_t pitch;
	uint8_t velocity, channel;
	int32_t from; /* index of the source event it was taken from */
	bool moved;   /* its pitch is not that event's */
};

struct chain {
	const struct source *src;
	uint16_t *exact, *moved; /* events of agreeing past up to and including the source's event i */
	int64_t *copied;         /* ticks, since the generation began */
	int64_t *bars_to_close;  /* from the event's bar to the nearest closing bar at or after it; large when none */
	struct chain_event *out;
	size_t n_out, room_out;
	struct echo echo;        /* the same against what was generated */
	struct places places;
	int32_t matched_pos;     /* where counts may be other than 0: the place of the last event; -1 before the first */
	struct chain_agreeing *agreeing; /* room for the counts of one place */
	struct chain_choice *choices; /* room for two a source event */
	struct rng rng;
	size_t past;        /* source events that count as played before: all of them, or those before a phrase */
	unsigned max_order; /* more agreeing past than this is worth no more */
	int64_t temperature_milli, phrase_bars, max_copy_ticks;
	bool melody; /* one voice alone: pitches may be moved, and it may leap anywhere */
	int64_t end; /* ticks to generate in all */
	int64_t longest_copy, context_sum, n_drawn; /* statistics */
};

struct chain_choice {
	int32_t from;
	int16_t pitch;
	int32_t score; /* fixed point */
	uint64_t weight;
};

int chain_new(const struct source *src, uint64_t seed, struct chain **ret, struct err *err);
void chain_free(struct chain *c);
AUTO_DEFINE(chain);

/* Before anything is drawn: what counts as played before is the source up to event `past`, instead of all of it. */
void chain_begin_at(struct chain *c, size_t past);

static inline int64_t chain_now(const struct chain *c)
{
	return c->n_out ? c->out[c->n_out - 1].at + c->out[c->n_out - 1].span : 0;
}
/* The last pitch that sounded, in what was generated or before it; SOURCE_REST for none. */
int chain_last_pitch(const struct chain *c);
/* Ticks that would be copied in one piece if this event came next. */
int64_t chain_copied_with(const struct chain *c, int32_t pos, int32_t span, int pitch);
/* Appends an event at chain_now. */
int chain_add(struct chain *c, const struct chain_event *e, struct err *err);
/* Draws the next event and appends it; it ends at `limit` (ticks) at the latest. */
int chain_draw(struct chain *c, int64_t limit, struct err *err);
/* One of n choices by weight; the weights are made from the scores. */
size_t chain_pick(struct chain *c, struct chain_choice *choices, size_t n);

#endif
