/*
 * notes.h - a score: what MIDI files, ABC tunes and generators have in common.
 *
 * Units:     beats are quarter notes (double) from the start of the piece; bpm counts quarter
 *            notes; pitch is the MIDI key number (60 = middle C); channels are 0 to 15.
 * Shapes:    the first bar may be short: bar 1 begins at beat `pickup_beats`, and everything before
 *            it is the pick-up. tempos, meters and keys are sorted by beat, at most one at a beat;
 *            any of them may be empty (120 bpm, 4/4, no signature). Voices keep their notes sorted
 *            by start, then pitch, then channel once score_sort was called; every function that
 *            returns a score has called it.
 * Ownership: a score owns everything in it; strings given are copied. Callers may read the arrays
 *            directly and change notes in place, but add only through the functions here.
 * Threads:   a plain value without shared state; not to be changed by two threads at once.
 * Errors:    -ENOMEM; -EINVAL for values outside their range; -EMSGSIZE past LIMIT_SCORE_NOTES,
 *            LIMIT_SCORE_VOICES, LIMIT_SCORE_EVENTS, LIMIT_SCORE_CHANGES or LIMIT_SCORE_BEATS. Nothing is added when a function
 *            fails. The last limit keeps sums of beats exact to 1e-6: what walks a score by adding to a beat gets on.
 */
#ifndef MUSIC_NOTES_H
#define MUSIC_NOTES_H

#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct note {
	double start_beats, duration_beats; /* finite, >= 0 */
	uint8_t pitch, velocity;            /* 0..127; velocity 1..127 */
	uint8_t channel;                    /* 0..15; 9 is drums in General MIDI */
	uint8_t release;                    /* note-off velocity, 64 when nobody said */
};

enum score_control_kind {
	SCORE_PROGRAM,       /* number unused, value 0..127 */
	SCORE_CONTROLLER,    /* number 0..127, value 0..127 */
	SCORE_BEND,          /* number unused, value 0..16383, 8192 is the middle */
	SCORE_PRESSURE,      /* number unused, value 0..127 */
	SCORE_POLY_PRESSURE, /* number is the pitch, value 0..127 */
	SCORE_CONTROL_KIND_COUNT
};

struct score_control {
	double at_beats;
	enum score_control_kind kind;
	uint8_t channel, number;
	uint16_t value;
};

struct score_voice {
	char *name; /* "" when it has none */
	struct note *notes;
	size_t n_notes, room_notes;
	struct score_control *controls;
	size_t n_controls, room_controls;
};

struct score_tempo {
	double at_beats, bpm; /* quarter notes a minute, > 0 */
};

struct score_meter {
	double at_beats;
	uint16_t num, den; /* num >= 1; den a power of two, 1..32768 */
};

struct score_key {
	double at_beats;
	int8_t sharps; /* -7..7, negative are flats */
	bool minor;
};

enum score_text_kind {
	SCORE_TEXT,   /* any remark */
	SCORE_MARKER, /* a part's name ("A") or rehearsal mark */
	SCORE_LYRIC,  /* one syllable; a trailing '-' joins it to the next */
	SCORE_CHORD,  /* a chord symbol ("Am7"), as written */
	SCORE_CUE,
	SCORE_TEXT_KIND_COUNT
};

struct score_text {
	double at_beats;
	enum score_text_kind kind;
	int voice; /* index of the voice it belongs to, -1 for all */
	char *text;
};

struct score {
	char *title, *composer; /* "" when unknown */
	double pickup_beats;    /* where bar 1 begins; 0 without a pick-up */
	double end_beats;       /* end of the last bar or note, whichever is later */
	struct score_voice *voices;
	size_t n_voices, room_voices;
	struct score_tempo *tempos;
	size_t n_tempos, room_tempos;
	struct score_meter *meters;
	size_t n_meters, room_meters;
	struct score_key *keys;
	size_t n_keys, room_keys;
	struct score_text *texts;
	size_t n_texts, room_texts;
};

struct score *score_new(void);
void score_free(struct score *s);
AUTO_DEFINE(score);
/* A deep copy. */
int score_clone(const struct score *s, struct score **ret, struct err *err);

int score_set_title(struct score *s, const char *title, struct err *err);
int score_set_composer(struct score *s, const char *composer, struct err *err);
/* Adds an empty voice and gives its index; name may be NULL. */
int score_add_voice(struct score *s, const char *name, size_t *ret_voice, struct err *err);
/* -EMSGSIZE when a score cannot be so long; all that is added is checked already. */
int score_check_end(double beats, struct err *err);
/* Adds a note and moves end_beats when it ends later. */
int score_add_note(struct score *s, size_t voice, const struct note *n, struct err *err);
int score_add_control(struct score *s, size_t voice, const struct score_control *c, struct err *err);
/* These replace what stands at the same beat. */
int score_set_tempo(struct score *s, double at_beats, double bpm, struct err *err);
int score_set_meter(struct score *s, double at_beats, unsigned num, unsigned den, struct err *err);
int score_set_key(struct score *s, double at_beats, int sharps, bool minor, struct err *err);
int score_add_text(struct score *s, enum score_text_kind kind, int voice, double at_beats,
		   const char *text, struct err *err);
/* Brings notes, controls and texts into order; stable where the order leaves a choice. */
void score_sort(struct score *s);

size_t score_n_notes(const struct score *s);
/* All notes of all voices in one array sorted by start and pitch; malloc'ed, n in *ret_n. */
struct note *score_merge_notes(const struct score *s, size_t *ret_n);

/* What is in force at a beat. */
double score_bpm_at(const struct score *s, double beats);
struct score_meter score_meter_at(const struct score *s, double beats);
struct score_key score_key_at(const struct score *s, double beats);
double score_seconds_at(const struct score *s, double beats);
double score_beats_at(const struct score *s, double seconds);

/* Length in beats of one bar of a meter: 6/8 is 3. */
double score_bar_beats(const struct score_meter *m);
/*
 * The bar line at or before a beat. Bars are counted from 1 (bar 1 begins at pickup_beats), the
 * pick-up is bar 0; a meter change begins a new bar. *ret_bar may be NULL.
 */
double score_bar_floor(const struct score *s, double beats, int64_t *ret_bar);
/* The first bar line at or after a beat (within 1e-6 beat). */
double score_bar_ceil(const struct score *s, double beats);
/* Where bar n (1, 2, ...) begins; bars may lie past the end. */
double score_bar_start(const struct score *s, int64_t bar);
/* Number of whole or begun bars up to end_beats, without the pick-up. */
int64_t score_n_bars(const struct score *s);

#endif
