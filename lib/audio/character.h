/*
 * character.h - what sound is like, in words: energy, mood, and what kinds of instruments make it.
 *
 * Rules, not learning: each number is made from a few features in a way that the table in docs/audio.md states. Confidences are
 * honest about that: a mood is never surer than 0.7, and where the key or the tempo is uncertain, less.
 *
 * Units:     0 to 1, unless the name says otherwise; valence -1 (dark) to 1 (bright).
 * Threads:   pure functions.
 * Source:    the two axes of mood (arousal, valence): J. Russell, "A circumplex model of affect" (1980).
 */
#ifndef AUDIO_CHARACTER_H
#define AUDIO_CHARACTER_H

#include "audio/beat.h"
#include "audio/hearing.h"
#include "audio/key.h"
#include "audio/onset.h"

struct character {
	double energy;           /* how much happens, how loudly and how brightly */
	double brightness;       /* where the spectrum has its centre: 0 at 300 Hz, 1 at 5 kHz */
	double valence;          /* mode, tempo and brightness */
	const char *mood;        /* "lively", "calm", "tense", "sad", "neutral"; "silent" */
	double mood_confidence;
	double percussive, tonal; /* shares of what is heard that are noise-like, and that are pitches */
	double polyphony;        /* pitch classes that sound at once, on average */
	const char *texture;     /* "silence", "noise", "percussion", "single voice", "several voices", "band" */
	double texture_confidence;
	const char *style;       /* what kind of piece its rhythm would suit: "jig", "slip jig", "waltz", "reel", "march", "slow air",
	                          * "drum loop", "drone", "none" */
	double style_confidence; /* at most 0.5: a rhythm suits many styles */
	double onsets_per_s;
	double dynamics_db;      /* the range from quiet to loud, as the loudness range has it */
};

/* onsets, beats and key of the same sound. */
void character_of(const struct hearing *h, const struct onsets *o, const struct beats *b, const struct chroma *c,
		  const struct key_report *k, struct character *ret);

#endif
