/*
 * abc_print_priv.h - between the header and lines (abc_print.c), the items (abc_print_item.c) and transposition
 * (abc_print_move.c) of a tune that is printed.
 */
#ifndef MUSIC_ABC_PRINT_PRIV_H
#define MUSIC_ABC_PRINT_PRIV_H

#include "base/str.h"
#include "music/abc_priv.h"
#include "music/abc_print.h"

#define ABC_PRINT_VERSES 16
#define ABC_DRUM_CHANNEL 10 /* as %%MIDI channel counts */

/* An interval: semitones, and fifths that make the same pitch class and say which letters are meant. */
struct abc_move {
	int semitones, fifths;
};

/* The interval for a part of the tune in this key. */
struct abc_move abc_move_for(const struct abc_key *key, int semitones);
struct abc_key abc_move_key(const struct abc_key *key, struct abc_move m);
/* A step (as in abc_head) with its alteration. */
void abc_move_note(struct abc_move m, int *step, int *alter);
/* A chord symbol; one that is none stays. */
void abc_move_chord(struct abc_move m, struct abc_span text, struct strbuf *out);
/* What stands behind "K:", with what is no key (clefs) taken over from `text`. */
void abc_print_key(const struct abc_key *key, struct abc_span text, struct strbuf *out);

#define ABC_PRINT_FINE_SIGN 99 /* a microtone: what follows needs a sign of its own */
#define ABC_PRINT_NO_SIGN 100

/* What the signs of a bar say so far: by letter, and by letter and octave, for readers of either kind. */
struct abc_print_signs {
	int8_t letter[7], step[ABC_STEPS];
};

struct abc_printing {
	const struct abc_tune *tune;
	const struct abc_print_options *options;
	bool letters; /* letters like T still have their usual meaning everywhere */
	struct strbuf *out;
};

/* A voice on its way through the tune, and its line that is being made. */
struct abc_print_voice {
	const struct abc_voice *voice;
	size_t at;
	struct abc_key key; /* as it is printed */
	struct abc_move move;
	bool may_move, moves; /* drums do not: those of a percussion clef, and those on channel 10 */
	int64_t unit_ticks;
	struct abc_print_signs signs;
	struct strbuf line, lyrics[ABC_PRINT_VERSES];
	int verses;                      /* that have a syllable in this line */
	bool hyphen[ABC_PRINT_VERSES];
	bool overlays; /* in this line */
	bool glued; /* nothing may stand between the last item and the next */
};

void abc_print_new_bar(struct abc_print_voice *v);
/* Prints one item; fields with lines of their own end the line before. */
void abc_print_item(const struct abc_printing *p, struct abc_print_voice *v);
/* Ends the line with what is sung to it. */
void abc_print_end_line(const struct abc_printing *p, struct abc_print_voice *v);

void abc_print_field_line(struct strbuf *b, char letter, struct abc_span text);

#endif
