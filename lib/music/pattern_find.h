/*
 * pattern_find.h - what the top line says more than once: motives, also transposed.
 *
 * Units:     beats as in notes.h; lengths are in notes.
 * Method:    the top line as intervals and relative durations (in half octaves of the median one, so that small timing does
 *            not matter), its suffixes sorted; repeats of 4 to 48 notes that do not overlap themselves, those that
 *            explain most notes first, none inside of a longer one that explains as much. Looks at 4096 notes at most.
 * Errors:    -ENOMEM.
 */
#ifndef MUSIC_PATTERN_FIND_H
#define MUSIC_PATTERN_FIND_H

#include "base/err.h"
#include "music/notes.h"

#define PATTERNS_MAX 8
#define PATTERN_PLACES_MAX 16
#define PATTERN_NOTES_MAX 48

struct pattern {
	size_t n_notes, n_times; /* n_times counts all places, also those that are not listed */
	size_t n_exact;          /* places at the pitch of the first one, that included */
	double length_beats;     /* of the first, up to its last onset */
	double at_beats[PATTERN_PLACES_MAX];
	int steps[PATTERN_PLACES_MAX]; /* semitones against the first */
	size_t n_places;               /* listed, in order of time */
};

struct pattern_report {
	struct pattern v[PATTERNS_MAX];
	size_t n;
	size_t longest_notes; /* of anything said twice; 0 */
	double covered;       /* share of the notes inside of a place of a listed pattern but the first */
};

int patterns_find(const struct score *s, struct pattern_report *ret, struct err *err);

#endif
