/*
 * beat.h - tempo, beats, meter and bar lines of a piece of sound.
 *
 * Method:    the onset strength's autocorrelation in windows of 10 s gives each tempo's likelihood over time, weighed by how
 *            usual it is; the best way through the windows (Viterbi) is the tempo curve. The beats are the chain of columns that
 *            best joins strong onsets with steady distances. How the beats divide (in two or three), and which of them begin
 *            bars (accents, low onsets, change of harmony), is read from what lies on and between them.
 * Units:     seconds, beats a minute.
 * Ownership: beats_done frees the lists.
 * Threads:   pure functions.
 * Errors:    -ENOMEM; -EINVAL for a tempo range that is none. Sound without a pulse gives no beats, bpm 0, confidence 0.
 * Source:    D. Ellis, "Beat tracking by dynamic programming", JNMR 36 (2007), for the chain; P. Grosche and M. Müller, "Extracting
 *            predominant local pulse information" (2011), for tempo over time.
 */
#ifndef AUDIO_BEAT_H
#define AUDIO_BEAT_H

#include "audio/hearing.h"
#include "audio/onset.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define BEAT_BPM_MIN 30.0
#define BEAT_BPM_MAX 300.0

struct beat {
	double at_s;
	double strength;  /* of the onset there, 1 is the usual one of the piece; 0 none */
	unsigned in_bar;  /* 1 begins a bar */
};

struct beat_options {
	double bpm_min, bpm_max; /* 0: BEAT_BPM_MIN and _MAX */
	double bpm;              /* where it is known (+-8 %); 0 finds it */
	unsigned meter;          /* beats of a bar, 2 to 12, where it is known; 0 finds it among 2, 3, 4 and 6 */
};

struct beats {
	struct beat *v;
	size_t n, room;
	double bpm;            /* of the whole piece: what fits its beats best */
	double confidence;     /* 0 to 1: how clearly the pulse stands out */
	double bpm_second;     /* the next likely tempo; 0 none */
	double steadiness;     /* 0 to 1: 1 when all distances are equal */
	unsigned meter;        /* beats of a bar */
	double meter_confidence;
	unsigned division;     /* 2 or 3: how beats divide; 3 with two beats a bar is 6/8 */
	double division_confidence;
};

int beats_find(const struct hearing *h, const struct beat_options *o, struct beats *ret, struct err *err);
void beats_done(struct beats *b);

#endif
