/*
 * report.h - what was heard, as JSON.
 *
 * Ownership: every function gives a new reference, NULL when memory is out. Numbers are rounded to what they are good for.
 */
#ifndef AUDIO_REPORT_H
#define AUDIO_REPORT_H

#include "audio/beat.h"
#include "audio/character.h"
#include "audio/hearing.h"
#include "audio/key.h"
#include "audio/melody.h"
#include "audio/onset.h"
#include "audio/pitch.h"
#include "base/json.h"

/* Rounded to a number of decimals. */
json_t *report_number(double v, int decimals);
/* An array of n numbers that stand `stride` floats apart. */
json_t *report_numbers(const float *v, size_t n, size_t stride, int decimals);

json_t *report_info(const struct hearing *h);     /* facts of the file */
json_t *report_levels(const struct hearing *h);   /* peak, mean, offset, clipping, silence */
json_t *report_loudness(const struct hearing *h, bool curve);
json_t *report_spectrum(const struct hearing *h);
json_t *report_onsets(const struct onsets *o);
/* "6/8", "3/4"; "none" without beats. */
void report_meter(const struct beats *b, char *ret, size_t size);
json_t *report_beats(const struct beats *b);
json_t *report_key(const struct chroma *c, const struct key_report *k);
json_t *report_character(const struct character *c);
json_t *report_pitch(const struct pitch_track *t, const struct melody *m, bool curve);

#endif
