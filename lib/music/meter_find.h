/*
 * meter_find.h - which meter a score is in, from when its notes begin, as they were played.
 *
 * Units:     beats are the score's (its quarter notes); a felt beat is what a foot taps: a dotted quarter in 6/8.
 * Method:    nothing is moved to a grid first. Onsets are folded into the beat as they are, and triplets, swing and
 *            even division told apart by where they lie. Then each meter with each pick-up is tried on the density of
 *            onsets: how often its bar lines, beats and divisions are taken, how long, loud and low what begins there
 *            is, whether it belongs to the tonic triad, how alike the music is to itself one, two, four and eight bars
 *            on. A conditional logit weighs that, fitted on the tunes of O'Neill 1850 with even numbers. Where onsets
 *            keep no relation to the score's beats (a recording without a click) beats are tracked in seconds first
 *            (best regular path, after Ellis 2007). Looks at 4096 onsets at most.
 *            The meter that the score states is never looked at, only compared.
 * Errors:    -ENOMEM. Fewer than 4 onsets give no guesses.
 */
#ifndef MUSIC_METER_FIND_H
#define MUSIC_METER_FIND_H

#include "base/err.h"
#include "music/key_find.h"
#include "music/notes.h"

#define METER_GUESSES_MAX 6

enum meter_feel {
	METER_EVEN,     /* beats divide in two, or are not divided */
	METER_SWUNG,    /* in two, the first part longer */
	METER_TRIPLETS, /* in three */
	METER_FEEL_COUNT
};

struct meter_guess {
	unsigned num, den;
	double confidence;
	double pickup_beats;          /* before the first bar line, less than a bar */
	double bar_beats, beat_beats; /* lengths of a bar and of a felt beat in the score's beats */
};

struct meter_report {
	struct meter_guess guesses[METER_GUESSES_MAX]; /* the likeliest first; a meter stands once */
	size_t n_guesses;
	enum meter_feel feel;
	double swing;         /* first part of a divided beat against the second: 1 even, 2 triplet swing */
	double triplet_share; /* of the beats that are divided */
	double spread_beats;  /* root mean square distance of onsets from the nearest division */
	bool on_grid;         /* whether onsets keep to the score's beats */
	double bpm;           /* felt beats a minute, of the first guess */
	bool stated, agrees;  /* whether the score states a meter, and whether bar and beat are those of the first guess */
};

const char *meter_feel_name(enum meter_feel f); /* "even", "swung", "triplets" */

/* key is the key that downbeats are held against; NULL for none. */
int meter_find(const struct score *s, const struct key_guess *key, struct meter_report *ret, struct err *err);

#endif
