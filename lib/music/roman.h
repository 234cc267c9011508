/*
 * roman.h - what a chord is in a key: its roman numeral and its function.
 *
 * Shapes:  capitals have a major third, small letters a minor one; ° diminished, ø half diminished, + augmented, M7 a major
 *          seventh; figures for inversions (6, 64, 65, 43, 42); b and # before degrees that the key does not have;
 *          V7/V is a dominant of another degree. Text is UTF-8.
 */
#ifndef MUSIC_ROMAN_H
#define MUSIC_ROMAN_H

#include "music/chord.h"
#include "music/key_profile.h"

#define ROMAN_SIZE 32

enum chord_function {
	FUNCTION_TONIC,       /* I, vi, iii */
	FUNCTION_SUBDOMINANT, /* IV, ii */
	FUNCTION_DOMINANT,    /* V, vii° */
	FUNCTION_APPLIED,     /* a dominant of something else */
	FUNCTION_OTHER,
	FUNCTION_COUNT
};

const char *chord_function_name(enum chord_function f); /* "tonic" */

/* The numeral of a chord; next is the chord that follows it, NULL for none (it tells an applied dominant). Returns ret. */
char *roman_numeral(const struct chord *c, const struct chord *next, int tonic, enum key_mode mode, char ret[ROMAN_SIZE]);
enum chord_function chord_function_of(const struct chord *c, const struct chord *next, int tonic, enum key_mode mode);

#endif
