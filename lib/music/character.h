/*
 * character.h - what a piece is like: mood, energy, what kind of piece it may be, what plays.
 *
 * Method:    rules over figures that others found (texture, key, meter, form, chords), no learning. Valence and arousal
 *            are -1..1 as in Russell 1980; which features raise and lower them follows the reviews of Gabrielsson and
 *            Lindstroem 2010 (mode, tempo, loudness, articulation, dissonance, pitch); the weights are ours. The moods are
 *            the quarters of that plane, and one is as sure as its quarter is far from the others. Kinds are those that
 *            meter, speed and texture can tell; each rule gives points for what it asks, and confidences are shares of
 *            those points, with what nothing fits as "other". They are hints: docs/music.md says how often they are right.
 * Shapes:    lists are sorted by confidence or share.
 * Errors:    -ENOMEM. A score without notes has empty lists.
 */
#ifndef MUSIC_CHARACTER_H
#define MUSIC_CHARACTER_H

#include "music/chord_find.h"
#include "music/key_find.h"
#include "music/meter_find.h"
#include "music/texture.h"

#define CHARACTER_GENRES_MAX 5
#define CHARACTER_INSTRUMENTS_MAX 16

struct character_label {
	const char *name; /* static */
	double confidence;
};

struct character_instrument {
	const char *name, *family; /* static: General MIDI's */
	int program;               /* -1 for drums */
	double share;              /* of all notes */
};

struct character_report {
	double valence, arousal, energy;
	struct character_label moods[4]; /* happy, tense, sad, calm in some order */
	struct character_label genres[CHARACTER_GENRES_MAX];
	size_t n_moods, n_genres;
	struct character_instrument instruments[CHARACTER_INSTRUMENTS_MAX];
	size_t n_instruments;
};

struct character_input {
	const struct score *score;
	const struct key_report *key;
	const struct meter_report *meter;
	const struct chord_report *chords;
	const struct texture_report *texture;
	double dissonance; /* mean of the tension's windows */
};

int character_find(const struct character_input *in, struct character_report *ret, struct err *err);

#endif
