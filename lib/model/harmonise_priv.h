/*
 * harmonise_priv.h - a chord with its four voices, and what it costs to have it and to go on from it.
 */
#ifndef MODEL_HARMONISE_PRIV_H
#define MODEL_HARMONISE_PRIV_H

#include "base/rng.h"
#include "model/harmonise.h"
#include "model/line.h"
#include "music/chord.h"

enum { FOUR_STATES = 48, FOUR_NEVER = 1 << 20 };
enum { BASS_VOICE, TENOR, ALTO, SOPRANO };

struct four {
	struct chord chord;
	uint8_t pitch[4]; /* bass, tenor, alto, soprano */
	int8_t offset;    /* of the root above the tonic */
	uint8_t function; /* 0 tonic, 1 predominant, 2 dominant */
	int32_t cost;
};

/* A place that gets a chord. */
struct four_slot {
	int32_t at, end;
	size_t first, last; /* notes of the melody */
	int weight;         /* of its place in the bar: meter_weight */
	bool ends_phrase;
};

struct four_key {
	const struct line *line;
	struct tonality key;
	uint16_t scale;
	int leading; /* pitch class */
};

/* The cheapest FOUR_STATES chords and voicings under a note; their number, at least 1. */
int four_find(const struct four_key *k, const struct four_slot *s, bool final, struct rng *r, int64_t noise, struct four *ret);
int32_t four_move(const struct four_key *k, const struct four *a, const struct four *b, const struct four_slot *from,
		  const struct four_slot *to);

#endif
