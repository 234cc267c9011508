/*
 * roles.h - what each voice of a score does in it: the tune, the bass, the chords ...
 *
 * Method:    features of every voice (struct role_features) are weighed by rules, one sum for each role
 *            (role_rules.c has them, with their weights); the sum, between 0 and 1, is the confidence. A score has one
 *            melody and one bass at most: where several voices are best at one of them, the surest keeps it and the
 *            others take what they are next best at. Where nobody is a melody, the counter-melody that is most like one is.
 * Units:     beats, MIDI keys; shares are 0 to 1.
 * Ownership: the caller frees the array.
 * Threads:   no shared state. The same score gives the same answer on every machine.
 * Errors:    -ENOMEM, -ECANCELED.
 */
#ifndef MUSIC_ROLES_H
#define MUSIC_ROLES_H

#include "model/watch.h"
#include "music/notes.h"

enum voice_role {
	ROLE_MELODY,
	ROLE_COUNTER_MELODY,
	ROLE_BASS,
	ROLE_CHORDS, /* chords, or an inner line that moves with the others */
	ROLE_PAD,
	ROLE_ARPEGGIO,
	ROLE_RIFF, /* an ostinato */
	ROLE_DRONE,
	ROLE_PERCUSSION,
	VOICE_ROLE_COUNT
};

/* "melody", "counter_melody", ... */
extern const char *const voice_role_names[VOICE_ROLE_COUNT + 1];

struct role_features {
	size_t n_notes;
	int lowest, highest;       /* keys */
	double mean_pitch;         /* weighted by length */
	double pitch_spread;       /* standard deviation of the keys */
	double notes_per_beat;     /* while it plays: from its first note to its last */
	double activity;           /* share of the piece in which it sounds */
	double polyphony;          /* notes sounding at once while it sounds, on average */
	double chord_share;        /* notes that begin together with another of its own */
	double mean_duration;      /* beats */
	double held_share;         /* notes of three beats and more */
	double step_share;         /* intervals from note to note of one or two semitones */
	double leap_share;         /* of five and more */
	double repeat_share;       /* of none */
	double broken_share;       /* three notes in a row, leap by leap, that are tones of one chord */
	double evenness;           /* share of the commonest distance between onsets */
	double bar_repeats;        /* bars that are, moved up or down, one of the two before them */
	double pitch_classes;      /* different ones in a bar, on average */
	int distinct_classes;      /* in all */
	double downbeat_share;     /* bars in which it plays that it begins */
	double lowest_share;       /* onsets at which nothing sounds below it */
	double highest_share;      /* onsets at which nothing sounds above it */
	double together_share;     /* onsets that it has together with another pitched voice */
	double same_rhythm;        /* onsets in common with the voice whose rhythm is most like its own, of both voices' onsets */
	double mean_velocity;      /* against the mean of the piece: 1 is the same */
	int program;               /* General MIDI, -1 when nobody said */
	bool drums;                /* channel 9 */
};

struct role_guess {
	enum voice_role role; /* after conflicts are resolved */
	double confidence;    /* in that role */
	bool moved;           /* another voice was surer of the role that this one was best at */
	double confidences[VOICE_ROLE_COUNT];
	struct role_features features;
};

/* One guess a voice; NULL without voices. A voice without notes is a pad of confidence 0. watch may be NULL. */
int roles_guess(const struct score *s, const struct model_watch *watch, struct role_guess **ret, struct err *err);

#endif
