/*
 * chord.h - chord symbols ("Bbmaj7/D") and what they stand for.
 *
 * Shapes:  a chord is a root, the tones above it and a bass. Tones are a set of steps of the chromatic scale from the root: bit i
 *          is i semitones above it, bit 0 the root; up to two octaves, so that a ninth (bit 14) is not a second.
 * Units:   pitch classes 0 (C) to 11; semitones.
 * Symbols: what lead sheets and ABC use: a letter A to G, # b or the signs for them, then major ("", M, maj, Δ), minor (m, min, -), diminished (dim, o, °), half diminished (ø, m7b5),
 *          augmented (aug, +), suspended (sus, sus2, sus4), powers (5), 6 7 9 11 13 with maj or m before them, 6/9, alterations (b5
 *          #5 b9 #9 #11 b13), additions (add9 …), omissions (no3, no5), "alt", in brackets or not; then /bass, where the letter may be small.
 *          "N.C." and "NC" say that there is no chord.
 * Threads: pure functions.
 */
#ifndef MUSIC_CHORD_H
#define MUSIC_CHORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chord {
	int8_t root;    /* pitch class; -1 for no chord */
	int8_t bass;    /* pitch class; the root unless the symbol names another */
	uint32_t tones; /* 0 for no chord; bit 0 is set in any other */
};

/* Qualities that have a name of their own, in the order in which chord_quality tries them. */
enum chord_quality {
	CHORD_MAJOR,
	CHORD_MINOR,
	CHORD_DIMINISHED,
	CHORD_AUGMENTED,
	CHORD_SUS2,
	CHORD_SUS4,
	CHORD_POWER,
	CHORD_DOMINANT7,
	CHORD_MAJOR7,
	CHORD_MINOR7,
	CHORD_MINOR_MAJOR7,
	CHORD_HALF_DIMINISHED7,
	CHORD_DIMINISHED7,
	CHORD_AUGMENTED7,
	CHORD_SEVENTH_SUS4,
	CHORD_SIXTH,
	CHORD_MINOR6,
	CHORD_SIX_NINE,
	CHORD_NINTH,
	CHORD_MAJOR9,
	CHORD_MINOR9,
	CHORD_ADD9,
	CHORD_MINOR_ADD9,
	CHORD_ELEVENTH,
	CHORD_MINOR11,
	CHORD_THIRTEENTH,
	CHORD_QUALITY_COUNT
};

#define CHORD_NAME_SIZE 160 /* chord_name never needs more, its end counted */

/* A chord of n bytes of text (blanks around it are skipped); false when it is not a chord symbol. */
bool chord_parse(const char *text, size_t n, struct chord *ret);

/* The note that a symbol begins with, or that stands behind its '/', as written: A to G and -2 to 2. Its bytes, 0 for none. */
size_t chord_note(const char *text, size_t n, char *ret_letter, int *ret_alter);

/* A chord of a quality on a root. */
struct chord chord_make(int root, enum chord_quality q);
/* The tones of a quality. */
uint32_t chord_quality_tones(enum chord_quality q);
/* The named quality with just these tones, CHORD_QUALITY_COUNT when there is none. */
enum chord_quality chord_quality(uint32_t tones);
/*
 * The symbol, spelled as in a key of `sharps` (-7 to 7). What has no named quality is written as the nearest one below
 * it with additions and omissions in brackets, so that chord_parse gives the same chord again. "N.C." for none. Returns ret.
 */
char *chord_name(const struct chord *c, int sharps, char ret[CHORD_NAME_SIZE]);
/* "F#" or "Gb": a pitch class as it is spelled in a key of `sharps`; a static text. */
const char *chord_pitch_name(int pitch_class, int sharps);

/* Its pitch classes, bit 0 is C; the bass among them. */
uint16_t chord_pitch_classes(const struct chord *c);
bool chord_has(const struct chord *c, int pitch);
/* Third, fifth, seventh in semitones above the root; -1 when the chord has none. */
int chord_third(const struct chord *c);
int chord_fifth(const struct chord *c);
int chord_seventh(const struct chord *c);
/* The chord moved up by semitones (may be negative). */
struct chord chord_transpose(struct chord c, int semitones);
bool chord_equal(const struct chord *a, const struct chord *b);

#endif
