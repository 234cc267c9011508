/*
 * drum_kit.h - the percussion of General MIDI by name.
 *
 * Units:  a drum is the MIDI key that strikes it on the drum channel (9, counted from 0): 35 to 81.
 * Source: General MIDI 1.0, percussion key map. The names are ours: lower case, one word, easy to type.
 */
#ifndef MUSIC_DRUM_KIT_H
#define MUSIC_DRUM_KIT_H

#include <stddef.h>

enum { DRUM_CHANNEL = 9, DRUM_FIRST = 35, DRUM_LAST = 81 };

enum drum {
	DRUM_KICK_SOFT = 35,
	DRUM_KICK = 36,
	DRUM_RIM = 37,
	DRUM_SNARE = 38,
	DRUM_CLAP = 39,
	DRUM_SNARE_BRIGHT = 40,
	DRUM_TOM_LOWEST = 41,
	DRUM_HAT = 42,
	DRUM_TOM_FLOOR = 43,
	DRUM_HAT_PEDAL = 44,
	DRUM_TOM_LOW = 45,
	DRUM_HAT_OPEN = 46,
	DRUM_TOM_MID = 47,
	DRUM_TOM_HIGH = 48,
	DRUM_CRASH = 49,
	DRUM_TOM_HIGHEST = 50,
	DRUM_RIDE = 51,
	DRUM_CHINA = 52,
	DRUM_BELL = 53,
	DRUM_TAMBOURINE = 54,
	DRUM_SPLASH = 55,
	DRUM_COWBELL = 56,
	DRUM_BONGO_HIGH = 60,
	DRUM_BONGO_LOW = 61,
	DRUM_CONGA_MUTE = 62,
	DRUM_CONGA_HIGH = 63,
	DRUM_CONGA_LOW = 64,
	DRUM_TIMBALE_HIGH = 65,
	DRUM_TIMBALE_LOW = 66,
	DRUM_AGOGO_HIGH = 67,
	DRUM_AGOGO_LOW = 68,
	DRUM_CABASA = 69,
	DRUM_MARACAS = 70,
	DRUM_CLAVES = 75,
	DRUM_BLOCK_HIGH = 76,
	DRUM_TRIANGLE = 81,
};

/* The drum's name, "kick" for 36; "" for a key that is none. */
const char *drum_name(int drum);
/* The drum of a name or one of its other names, upper or lower case; -1 for none. */
int drum_of_name(const char *name);
/* The name that a mistyped one is nearest to; NULL when none is near. */
const char *drum_nearest_name(const char *name);

#endif
