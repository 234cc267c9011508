/*
 * piece_profile.h - what is compared of a piece: its leading line, its rhythm, its pitch classes, its chords, its texture.
 *
 * The leading line is the upper edge of everything but the drums (voices.h), PROFILE_LINE_MAX notes at most. Histograms add up
 * to 1, or are all 0 where there is nothing to count.
 *
 * Units:     beats; durations of the line reach to its next onset. Pitch classes of the chords count from the tonic.
 * Ownership: piece_profile_free.
 * Threads:   no shared state. The same on every machine.
 * Errors:    -EINVAL (err.field "inputs") for a piece without pitched notes; -ENOMEM.
 */
#ifndef MUSIC_PIECE_PROFILE_H
#define MUSIC_PIECE_PROFILE_H

#include "model/watch.h"
#include "music/key_profile.h"
#include "music/notes.h"

enum {
	PROFILE_LINE_MAX = 2000,
	PROFILE_LENGTHS = 11, /* classes of durations, from a sixth of a beat to four beats and more */
	PROFILE_PLACES = 24,  /* places of a bar */
	PROFILE_DEGREES = 24, /* roots above the tonic, with major thirds and then with minor ones */
};

struct line_note {
	double start_beats, duration_beats;
	uint8_t pitch;
	int8_t step;    /* semitones from the note before, -24 to 24; 0 for the first */
	uint8_t length; /* class of its duration */
	uint8_t degree; /* pitch class above the tonic */
};

struct piece_profile {
	struct line_note *line;
	size_t n_line;
	int tonic;
	enum key_mode mode;
	struct score_meter meter; /* at bar 1 */
	double chroma[12];        /* by duration, all voices, from C */
	double places[PROFILE_PLACES];                     /* where in the bar notes of the line begin */
	double length_pairs[PROFILE_LENGTHS * PROFILE_LENGTHS];
	double degrees[PROFILE_DEGREES];                   /* chords, by their length */
	double moves[PROFILE_DEGREES];                     /* roots from chord to chord, by the quality of the second */
	double bpm, notes_per_beat, polyphony, mean_pitch, pitch_range, mean_velocity, gate;
};

int piece_profile_make(const struct score *s, const struct model_watch *watch, struct piece_profile **ret, struct err *err);
void piece_profile_free(struct piece_profile *p);
AUTO_DEFINE(piece_profile);

/* The class of a duration in beats. */
unsigned profile_length_class(double beats);

#endif
