/*
 * line.h - the melody of a score as notes one after another in whole ticks.
 *
 * Shapes:    sorted, none overlaps the next; ticks from bar 1 on (a pick-up is left out; line_put_upbeat), rests are gaps.
 * Ownership: a line owns its notes.
 * Errors:    -EINVAL for a score without a note of pitch from bar 1 on, -EMSGSIZE past LIMIT_MODEL_PATH or LIMIT_MODEL_BARS, -ENOMEM.
 */
#ifndef MODEL_LINE_H
#define MODEL_LINE_H

#include "model/meter_shape.h"
#include "model/tonality.h"
#include "music/notes.h"

struct line_note {
	int32_t at, length;
	int pitch;
	uint8_t velocity;
};

struct line {
	struct line_note *notes;
	size_t n, room;
	struct tonality key;
	struct meter_shape meter;
	int32_t end_ticks; /* a bar line */
	double bpm;
	int program; /* of its voice, 0 when nobody said */
};

/* `voice` counts from 1; 0 is the highest one of those with enough notes. Of what begins together the highest note is taken. */
int line_of_score(const struct score *s, int64_t voice, struct line *ret, struct err *err);
/* Lets what was made for a line begin with the pick-up of the score that the line is from, in its first voice, moved by so much. */
int line_put_upbeat(const struct score *from, int64_t voice, int semitones, struct score **made, struct err *err);
void line_done(struct line *l);
#define AUTO_LINE __attribute__((cleanup(line_done))) struct line

#endif
