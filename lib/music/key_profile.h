/*
 * key_profile.h - how much each scale degree belongs to a key: published profiles, and the modes made from them.
 *
 * Shapes:    a profile has twelve weights, from the tonic up in semitones; pitch classes count from C = 0.
 * Threads:   constant tables.
 * Source:    Krumhansl and Kessler 1982 (probe tones); Temperley 2001, The Cognition of Basic Musical Structures;
 *            Temperley 2007, Music and Probability (Kostka-Payne corpus); Bellman 2005 after Budge 1943; Aarden 2003
 *            and Essen 1995 as given by Huron's group; Albrecht and Shanahan 2013. Modes other than major and minor are
 *            ours: the nearer of the two with the weights of the degrees that differ exchanged.
 */
#ifndef MUSIC_KEY_PROFILE_H
#define MUSIC_KEY_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

enum key_profile {
	KEY_KRUMHANSL_KESSLER,
	KEY_TEMPERLEY,
	KEY_KOSTKA_PAYNE,
	KEY_BELLMAN_BUDGE,
	KEY_AARDEN_ESSEN,
	KEY_ALBRECHT_SHANAHAN,
	KEY_PROFILE_COUNT
};

enum key_mode { KEY_MAJOR, KEY_MINOR, KEY_DORIAN, KEY_MIXOLYDIAN, KEY_LYDIAN, KEY_PHRYGIAN, KEY_MODE_COUNT };

const char *key_profile_name(enum key_profile p); /* "krumhansl_kessler" */
const char *key_mode_name(enum key_mode m);       /* "major", "dorian" */
/* Whether its third is minor. */
bool key_mode_is_minor(enum key_mode m);
/* Bit d is set when d semitones above the tonic belong to the scale; minor has both sevenths. */
unsigned key_mode_scale(enum key_mode m);
/* The sharps (-7..7, flats negative) of the signature with the fewest signs. */
int key_sharps(int tonic, enum key_mode m);
/* The tonic's letter as that signature spells it: "Bb", "F#". */
const char *key_tonic_name(int tonic, enum key_mode m);
/* The twelve weights, which add up to one. */
void key_profile_weights(enum key_profile p, enum key_mode m, double ret[12]);
/* Pearson's correlation of a histogram of pitch classes with a key; 0 for one that is flat. */
double key_profile_fit(const double chroma[12], enum key_profile p, enum key_mode m, int tonic);

#endif
