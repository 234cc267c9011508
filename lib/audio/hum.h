/*
 * hum.h - a hummed, sung or whistled line as a score with pitch bends.
 *
 * Shapes:    one voice on channel 0: the range of the bends first (RPN 0, then RPN null), then notes that do not overlap, each with
 *            its bends: a note's own pitch plus the bend is what was sung, within 2 cents and the range. A bend stands
 *            exactly where its note begins, so that none is heard with the bend of the note before.
 * Units:     beats at `bpm`; bends 0 to 16383, 8192 is none, 0 and 16384 are bend_range semitones away.
 * Ownership: the caller frees the score.
 * Threads:   pure functions.
 * Errors:    -EINVAL for parameters out of their range, -ENOENT when nothing was sung, -ENOMEM, those of pitch.h.
 */
#ifndef AUDIO_HUM_H
#define AUDIO_HUM_H

#include "audio/melody.h"
#include "model/watch.h"
#include "music/grid.h"
#include "music/notes.h"

struct hum_params {
	double bpm;         /* 20 to 400: of the score */
	double lo_hz, hi_hz; /* what is looked for */
	double shortest_s;
	int64_t bend_range; /* semitones, 1 to 24; more is cut off */
	bool bends;         /* false: the notes only */
	bool quantise;
	int64_t grid;       /* enum grid_name, with quantise */
	double strength;    /* 0 to 1, with quantise */
	int64_t program;    /* General MIDI, 0 to 127 */
	bool keep_tuning;
};
#define HUM_PARAMS_INIT { 120, 60, 1400, 0.08, 12, true, false, GRID_AUTO, 1, 73, false }

struct hum_report {
	size_t n_notes, n_bends, n_cut_off; /* bends that the range was too small for */
	int lowest, highest;                /* keys */
	double tuning_cents, confidence, voiced;
	size_t n_vibrato;                   /* notes with it */
};

int hum_to_score(const char *path, const struct hum_params *p, const struct model_watch *watch, struct score **ret,
		 struct hum_report *ret_report, struct err *err);

#endif
