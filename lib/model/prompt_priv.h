/*
 * prompt_priv.h - what a word of the vocabulary says.
 */
#ifndef MODEL_PROMPT_PRIV_H
#define MODEL_PROMPT_PRIV_H

#include "model/prompt.h"

enum prompt_slot {
	SAYS_NOTHING, /* a filler */
	SAYS_GENRE, SAYS_MODE, SAYS_PERCENT, SAYS_BPM, SAYS_DENSITY, SAYS_COMPLEXITY, SAYS_BOLDNESS, SAYS_LOUD, SAYS_SWING, SAYS_REACH,
	SAYS_BARS, SAYS_CHORDS, SAYS_BASS, SAYS_PART, SAYS_PROGRAM, SAYS_METER, SAYS_GRAMMAR,
	SAYS_NO, SAYS_WITH, SAYS_SOLO, SAYS_VERY, SAYS_SLIGHTLY, SAYS_NUMBER,
	SAYS_BAR_UNIT, SAYS_SECOND_UNIT, SAYS_MINUTE_UNIT, SAYS_BPM_UNIT, SAYS_IN, SAYS_SHARP, SAYS_FLAT
};
enum { PART_MELODY = 1, PART_CHORDS = 2, PART_BASS = 4, PART_DRUMS = 8 };
enum { PROGRAM_CHORDAL = 0x100, PROGRAM_BASS = 0x200 }; /* may play chords; plays the bass */

struct prompt_entry {
	const char *word;
	struct {
		enum prompt_slot slot;
		int value; /* thousandths, per cent, an index or bits */
	} says[3];
};

extern const struct prompt_entry prompt_entries[];
extern const size_t prompt_entries_n;

#endif
