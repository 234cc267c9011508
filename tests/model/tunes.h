/*
 * tunes.h - small pieces, made up for the tests, as scores.
 */
#ifndef TESTS_MODEL_TUNES_H
#define TESTS_MODEL_TUNES_H

#include "music/notes.h"

/* A reel in D, 4/4, sixteen bars of eighths. */
struct score *tune_reel(void);
/* A jig in G, 6/8, with a pick-up of one eighth and a short last bar. */
struct score *tune_jig(void);
/* A waltz in C for three voices: melody, chords, bass; with programs and a drum voice when asked. */
struct score *tune_waltz(bool drums);
/* Something played freely: random pitches, onsets off any grid, 4/4. */
struct score *tune_noise(uint64_t seed, size_t n_notes);

/* FNV-1a over everything that is heard, in ticks of 1/480 beat. */
uint64_t tune_fingerprint(const struct score *s);
/* The longest stretch of notes of the first voice, in bars, that stands in both at the same place of the bar. */
double tune_longest_common(const struct score *s, const struct score *out);

#endif
