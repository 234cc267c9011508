/*
 * tonality.h - a key and its mode: which pitch classes belong to it, and what its signature is.
 *
 * Units: pitch classes 0 (C) to 11; masks have bit i for the pitch class i above the tonic, or (abs) for pitch class i.
 */
#ifndef MODEL_TONALITY_H
#define MODEL_TONALITY_H

#include <stdbool.h>
#include <stdint.h>

enum mode {
	MODE_MAJOR,
	MODE_MINOR, /* natural; dominants take the raised seventh */
	MODE_DORIAN,
	MODE_PHRYGIAN,
	MODE_LYDIAN,
	MODE_MIXOLYDIAN,
	MODE_COUNT
};

struct tonality {
	int tonic;
	enum mode mode;
	int sharps; /* of its signature, -7 to 7: D flat and C sharp are two keys */
};

extern const char *const mode_names[];  /* by enum mode, NULL at the end */
extern const char *const tonic_names[]; /* "C", "C#", "Db", ..., NULL */
enum { TONIC_NAMES = 17 };

/* By an index into tonic_names. */
struct tonality tonality_of(int tonic_name, enum mode mode);
/* The plain spelling of a pitch class in that mode: at most six signs. */
struct tonality tonality_plain(int tonic, enum mode mode);
/* Whether its third is minor. */
bool tonality_minor(const struct tonality *t);
/* Members relative to the tonic. */
uint16_t mode_scale(enum mode mode);
/* Members as absolute pitch classes. */
uint16_t tonality_scale(const struct tonality *t);
/* "D dorian" */
void tonality_name(const struct tonality *t, char ret[24]);
/* The key that sounds weigh for (weight by pitch class), with the profiles of Krumhansl and Kessler (1982), times 100. */
struct tonality tonality_heard(const int64_t weight[12], int last_class);

/* A mask turned by n pitch classes. */
static inline uint16_t mask_turn(uint16_t mask, int n)
{
	n = (n % 12 + 12) % 12;
	return (uint16_t)(((mask << n) | (mask >> (12 - n))) & 0xfff);
}
static inline bool mask_has(uint16_t mask, int pitch)
{
	return mask >> (((pitch % 12) + 12) % 12) & 1;
}

#endif
