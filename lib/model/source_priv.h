/*
 * source_priv.h - a score as the chain model reads it: the leading voice as events on a grid, the rest as notes.
 *
 * Units:  ticks, 480 to a quarter note, counted from a bar line (`origin`), so that position in the bar is the tick
 *         modulo bar_ticks; they may be negative.
 * Shapes: events are contiguous: each ends where the next begins, and the last one ends on a bar line at end_tick.
 *         Silences are events of their own and never cross a bar line.
 */
#ifndef MODEL_SOURCE_PRIV_H
#define MODEL_SOURCE_PRIV_H

#include "base/err.h"
#include "base/mem.h"
#include "model/scale_priv.h"
#include "music/notes.h"

#include <stdbool.h>
#include <stdint.h>

#define SOURCE_TICKS 480
#define SOURCE_REST  (-1)

struct source_event {
	int64_t at;
	int32_t pos, span; /* in the bar; to the next event */
	int32_t sound;     /* how long the note is held, at most span; 0 for a silence */
	int16_t pitch;     /* SOURCE_REST for a silence */
	int16_t step;      /* scale steps from the note before */
	uint8_t velocity, channel;
};

struct source_note {
	int64_t at;
	int32_t length;
	uint16_t voice;
	uint8_t pitch, velocity, channel;
};

struct source {
	struct source_event *events;
	size_t n_events, room_events;
	struct source_note *others; /* all notes but the leading ones, sorted by tick, voice, pitch */
	size_t n_others, room_others;
	int32_t bar_ticks, beat_ticks, grid_ticks;
	double origin_beats; /* where tick 0 is in the score */
	int64_t end_tick;    /* the bar line that ends the score */
	int64_t silent_ticks; /* of silence at the score's end that were left out; events stand that much later */
	size_t lead_voice;
	struct scale scale;
	int tonic;   /* pitch class */
	int lo, hi;  /* range of the leading voice */
	int centre;  /* its mean pitch */
	bool drums;  /* the leading voice is percussion: nothing may be transposed */
};

/* -EINVAL for a score without notes. */
int source_new(const struct score *s, struct source **ret, struct err *err);
void source_free(struct source *s);
AUTO_DEFINE(source);

/* Bars from tick 0, rounded down; bar of a negative tick is negative. */
static inline int64_t source_bar(const struct source *s, int64_t tick)
{
	int64_t bar = tick / s->bar_ticks;
	return tick % s->bar_ticks < 0 ? bar - 1 : bar;
}

static inline int32_t source_pos(const struct source *s, int64_t tick)
{
	int64_t pos = tick % s->bar_ticks;
	return (int32_t)(pos < 0 ? pos + s->bar_ticks : pos);
}

#endif
