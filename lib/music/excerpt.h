/*
 * excerpt.h - cut, join and transpose scores at bar lines.
 *
 * Units:     beats as in notes.h; bars are counted from 1, the pick-up is bar 0.
 * Ownership: the results are new scores; the inputs are left alone.
 * Errors:    -EINVAL for an empty range, a beat below 0 or a shift that no note survives; -ENOMEM.
 */
#ifndef MUSIC_EXCERPT_H
#define MUSIC_EXCERPT_H

#include "music/notes.h"

/*
 * The part of a score between two beats, moved to beat 0. Notes that begin before are left out,
 * those that sound past the end are cut there; tempo, meter, key, programs, controllers and bends in
 * force at the start are set again. pickup_beats stays what is left of it.
 */
int score_slice(const struct score *s, double from_beats, double to_beats, struct score **ret,
		struct err *err);
/* Bars first .. first + n - 1; with first <= 1 the pick-up comes along. */
int score_excerpt_bars(const struct score *s, int64_t first_bar, int64_t n_bars, struct score **ret,
		       struct err *err);
/*
 * The start of a score (with its pick-up) cut at the last bar line at or before max_seconds, but
 * one bar at least. A multiple of phrase_bars (4; 0 or 1 for any) is preferred where one fits.
 */
int score_excerpt_seconds(const struct score *s, double max_seconds, int64_t phrase_bars,
			  struct score **ret, struct err *err);
/*
 * Puts `tail` into a copy of `head` so that bar 1 of tail falls on at_beats; its pick-up lies before.
 * Voices are matched by position. Tempo, meter and key of tail apply from there when they differ.
 */
int score_join(const struct score *head, const struct score *tail, double at_beats, struct score **ret,
	       struct err *err);
/* Moves all notes but those of the drum channel, keys and chord symbols by semitones; -ERANGE when one leaves 0..127. */
int score_transpose(const struct score *s, int semitones, struct score **ret, struct err *err);

#endif
