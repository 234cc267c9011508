/*
 * musicxml_priv.h - between the frame of a file (musicxml.c), what stands over the notes (musicxml_mark.c) and the
 * notes (musicxml_note.c).
 */
#ifndef MUSIC_MUSICXML_PRIV_H
#define MUSIC_MUSICXML_PRIV_H

#include "base/str.h"
#include "music/musicxml.h"

struct musicxml {
	const struct score *score;
	const struct sheet *sheet;
	int64_t division; /* ticks of one */
	struct strbuf *out;
};

#define MUSICXML_NO_SIGN INT16_MAX

/* A layer on its way through the bars. */
struct musicxml_layer {
	const struct sheet_part *part;
	const struct sheet_layer *layer;
	int part_number, voice; /* from 1 */
	bool first, upper;      /* of the whole file; of its part */
	size_t item, text, tempo, lyric;
	bool in_word; /* the last syllable was joined to the next */
};

/* The signs of a bar by step and octave, so far, in parts of a semitone. */
struct musicxml_signs {
	int16_t key[7], octave[7][12];
};

/* Text with what XML reserves escaped; control characters are left out. */
void musicxml_text(struct strbuf *b, const char *text);
int64_t musicxml_duration(const struct musicxml *x, int64_t ticks);
/* Directions and harmonies that come before an item. */
void musicxml_marks(const struct musicxml *x, struct musicxml_layer *l, const struct sheet_item *i);
/* One item: a note, the notes of a chord, or a rest. */
void musicxml_item(const struct musicxml *x, struct musicxml_layer *l, struct musicxml_signs *signs,
		   const struct sheet_item *i);

#endif
