/*
 * pitched_priv.h - the notes that have a pitch, of all voices in one sorted array: what most analyses begin with.
 */
#ifndef MUSIC_PITCHED_PRIV_H
#define MUSIC_PITCHED_PRIV_H

#include "music/notes.h"

#define DRUM_CHANNEL 9
#define FAR_BEATS 1e7 /* two months at 120 bpm: later notes are no music; longer ones count as this long */

/* Sorted by start and pitch, drums left out; malloc'ed, NULL when memory is out. */
struct note *pitched_notes(const struct score *s, size_t *ret_n);
/* End of the last of n notes, 0 without any. */
double notes_end_beats(const struct note *notes, size_t n);
/* The index of the first note that begins at or after a beat. */
size_t notes_lower_bound(const struct note *notes, size_t n, double beats);
/* The median duration, 0 without notes; looks at 4096 notes spread over the piece at most. */
double notes_median_beats(const struct note *notes, size_t n);

#endif
