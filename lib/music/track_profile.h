/*
 * track_profile.h - what each voice of a score is: range, polyphony, density, channel, program.
 *
 * Units:     beats as in notes.h; density is onsets a beat in windows of window_beats, the last one perhaps shorter.
 * Shapes:    one profile a voice of the score, in order; density holds n_windows numbers, at most TRACK_WINDOWS_MAX:
 *            in a piece too long for that windows get longer (window_beats of the result says how long).
 * Ownership: track_profiles_done frees them.
 * Errors:    -EINVAL for a window that is not positive or a threshold outside of 0..1, -ENOMEM.
 */
#ifndef MUSIC_TRACK_PROFILE_H
#define MUSIC_TRACK_PROFILE_H

#include "base/err.h"
#include "music/notes.h"

#define TRACK_WINDOWS_MAX 1024

struct track_profile {
	size_t n_notes;
	int lowest, highest;          /* pitches; -1 without notes */
	double mean_pitch;            /* by number of notes */
	double first_beats, end_beats; /* of the first onset, and of the last note */
	double sounding;              /* share of first..end in which something sounds */
	double polyphony;             /* share of the sounding time with two notes or more */
	int most_at_once;
	double overlap;               /* mean number of notes while it sounds */
	double mean_velocity, mean_held_beats;
	uint16_t channels; /* bit c is set when channel c has notes */
	int channel;       /* of most notes, -1 without notes */
	int program;       /* the first one set on that channel; -1 when none is */
	bool drums;        /* most notes are on channel 9 */
	bool needs_splitting; /* several lines in one: polyphony above the threshold, or several channels; never drums alone */
	double *density;
	size_t n_windows;
	double window_beats;
};

struct track_profiles {
	struct track_profile *v;
	size_t n;
};

struct track_options {
	double window_beats;        /* of the density; 4 */
	double polyphony_threshold; /* 0..1; 0.3 */
};

#define TRACK_OPTIONS_INIT { 4, 0.3 }

int track_profiles_find(const struct score *s, const struct track_options *o, struct track_profiles *ret, struct err *err);
void track_profiles_done(struct track_profiles *t);

#endif
