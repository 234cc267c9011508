/*
 * tune.h - a tune of one voice, bar by bar, between a score and the tokens of the learned model.
 *
 * Method:    of a score the leading voice is read (of chords the upper line), put on a grid of 24 to the quarter note, and
 *            cut at bar lines. The tonic is heard from signature, notes and ending; degrees count from it, so that tunes
 *            need not be transposed to be compared. Repeated sections of 4, 8 and 16 bars become REPEAT tokens.
 * Units:     tune_token.h. Bars of a tune are as played; a pick-up is a first bar that begins with a rest.
 * Ownership: a tune owns its bars; plain memory, tune_done frees.
 * Threads:   plain values.
 * Errors:    -EINVAL for a score without notes or in a meter that the alphabet lacks; -EMSGSIZE past TUNE_BARS_MAX bars;
 *            -EBADMSG for a stream that is no tune; -ENOMEM.
 */
#ifndef MODEL_TUNE_H
#define MODEL_TUNE_H

#include "base/err.h"
#include "model/tune_token.h"
#include "music/notes.h"

#include <stddef.h>

/* Note tokens without HOLD at their beginning unless the bar before sounds to its end. */
struct tune_bar {
	uint32_t first, n; /* in tune.notes */
	int16_t held;      /* sound that a HOLD at its beginning goes on with; -1 where nothing is held into the bar */
};

struct tune {
	uint8_t mode, meter, form;
	uint8_t tonic;     /* pitch class */
	int8_t octave;     /* octaves that degrees are moved up when they are played */
	uint8_t velocity;  /* of an ordinary note */
	uint8_t program;   /* 0 to 127 */
	uint8_t channel;
	uint16_t voice;    /* of the score that it was read from */
	bool excerpt;      /* a rest at its beginning is a rest and no pick-up */
	double bpm;        /* quarter notes a minute */
	uint16_t *notes;
	size_t n_notes, room_notes;
	struct tune_bar *bars;
	size_t n_bars, room_bars;
};

#define TUNE_INIT { .velocity = 84, .bpm = 120 }
#define AUTO_TUNE __attribute__((cleanup(tune_done))) struct tune

void tune_done(struct tune *t);

/*
 * Reads a score from its last change of meter on. The form is TUNE_ANY: no score says it. `like` may be NULL; else its tonic, mode and
 * octave are taken over. *ret must be TUNE_INIT.
 */
int tune_from_score(const struct score *s, const struct tune *like, struct tune *ret, struct err *err);
/* One voice, voice 0 on channel 0; the pick-up is taken off the end of the last bar where there is a rest for it. */
int tune_to_score(const struct tune *t, struct score **ret, struct err *err);

/* A growing list of tokens. */
struct tune_stream {
	uint16_t *v;
	size_t n, room;
};
#define AUTO_TUNE_STREAM __attribute__((cleanup(tune_stream_done))) struct tune_stream
void tune_stream_done(struct tune_stream *s);
int tune_stream_add(struct tune_stream *s, int token, struct err *err);
int tune_stream_header(struct tune_stream *s, const struct tune *t, struct err *err);
/* Bars from .. to - 1; `fold` writes repeated sections as REPEAT. What is held into the first bar begins anew. */
int tune_stream_bars(struct tune_stream *s, const struct tune *t, size_t from, size_t to, bool fold, struct err *err);
/* The whole tune: header, bars, END. */
int tune_stream_whole(struct tune_stream *s, const struct tune *t, struct err *err);
/* Header, AFTER, bars gap_to .. after_to - 1, BEFORE, bars before_from .. gap_to - 1, END. */
int tune_stream_gap(struct tune_stream *s, const struct tune *t, size_t before_from, size_t gap_to, size_t after_to,
		    struct err *err);

/*
 * Adds the bars of a stream to a tune (which may have some): header and END are optional; of a stream that fills a gap, the
 * bars after BEFORE. Repeats are played out.
 */
int tune_add_stream(struct tune *t, const uint16_t *tokens, size_t n, struct err *err);
/* Appends a bar of note tokens that fill it; `held` as in struct tune_bar. */
int tune_add_bar(struct tune *t, const uint16_t *notes, size_t n, int held, struct err *err);
/* The sound that a HOLD after the last bar would go on with, -1 for none. */
int tune_last_sound(const struct tune *t);

#endif
