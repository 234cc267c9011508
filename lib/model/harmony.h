/*
 * harmony.h - chords over bars: what generators play over, however it came about.
 *
 * Units:     ticks, METER_TICKS to a quarter note, from a bar line; pitch classes 0 (C) to 11.
 * Shapes:    chords are contiguous from tick 0 to harmony.end_ticks, none is empty; the end is a bar line.
 * Ownership: a harmony owns its chords. harmony_init, then add; harmony_done frees.
 * Errors:    -ENOMEM; -EINVAL with what is wrong in the text, or for a score in which nothing can be heard; -EMSGSIZE past
 *            LIMIT_MODEL_BARS bars.
 */
#ifndef MODEL_HARMONY_H
#define MODEL_HARMONY_H

#include "base/err.h"
#include "base/json.h"
#include "model/meter_shape.h"
#include "model/tonality.h"
#include "music/chord.h"
#include "music/notes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct harmony_chord {
	int32_t at, length;
	struct chord chord; /* never none */
};

struct harmony {
	struct harmony_chord *chords;
	size_t n, room;
	int32_t end_ticks;
	struct tonality key;
	struct meter_shape meter;
};

/* Where chords came from: a symbol's text, symbols in the score, or what was heard in its notes. */
enum harmony_source { HARMONY_TEXT, HARMONY_SYMBOLS, HARMONY_HEARD, HARMONY_MADE };

void harmony_init(struct harmony *h, const struct tonality *key, const struct meter_shape *meter);
void harmony_done(struct harmony *h);
#define AUTO_HARMONY __attribute__((cleanup(harmony_done))) struct harmony

/* Appends a chord; one equal to the last one lengthens that. */
int harmony_add(struct harmony *h, int32_t length, const struct chord *c, struct err *err);
/* "Dm7 | G7 | Cmaj7 | %", with the chords of a bar sharing its beats; the key is heard from them when `key` is NULL. */
int harmony_read(const char *text, const struct tonality *key, const struct meter_shape *meter, struct harmony *ret,
		 struct err *err);
/*
 * The chords of a score from its bar 1: its chord symbols, or what its notes sound like. Key and meter are those at its
 * start; without a signature the key is heard.
 */
int harmony_of_score(const struct score *s, struct harmony *ret, enum harmony_source *ret_source, struct err *err);
/* Only its key and meter, and where its last bar ends; no chords. */
int harmony_frame(const struct score *s, struct harmony *ret, int32_t *ret_end, struct err *err);
/* Repeats it from the start, or cuts it, so that it has that many bars. */
int harmony_fit(struct harmony *h, int64_t bars, struct err *err);
/* As harmony_read reads it, bars between |; malloc'ed, NULL when memory is out. */
char *harmony_text(const struct harmony *h);
/* {chords, chords_from, key, bars}, the text cut after some hundred bytes; a new reference, NULL when memory is out. */
json_t *harmony_report(const struct harmony *h, enum harmony_source source);
/* Its symbols as texts of a score. */
int harmony_write(const struct harmony *h, struct score *s, struct err *err);

/* Where the j-th of k chords of a bar begins: on a beat as long as there are enough of them. */
int32_t harmony_place(const struct meter_shape *m, int j, int k);

static inline int64_t harmony_bars(const struct harmony *h)
{
	return h->end_ticks / h->meter.bar_ticks;
}
/* The chord that sounds at a tick (the last one past the end); h->n > 0. */
const struct harmony_chord *harmony_at(const struct harmony *h, int32_t tick);
/* The scale to play over a chord: the key's, with what the chord alters in place of its neighbour. */
uint16_t harmony_scale(const struct harmony *h, const struct chord *c);
#endif
