/*
 * musicxml.h - a score as MusicXML 4.0 (score-partwise), for notation programs.
 *
 * Shapes:    a part of the file is a part of the sheet (sheet.h); its layers are voices, each after a backup.
 *            Every measure lasts exactly what its bar does in every voice. Written are meters, keys, clefs,
 *            note values with dots, ties, tuplets, accidentals, chord symbols, rehearsal marks, tempos,
 *            lyrics, names, channels and programs; drums are unpitched notes with their MIDI number. Steady bends
 *            are fractions of <alter>, quarter tones with their accidental; notes that bend as they sound stand as their keys.
 * Ownership: *ret is malloc'ed UTF-8 text, NUL-terminated. It holds no date, so that the same score
 *            gives the same bytes.
 * Errors:    those of sheet.h.
 * Source:    MusicXML 4.0, W3C Music Notation Community Group.
 */
#ifndef MUSIC_MUSICXML_H
#define MUSIC_MUSICXML_H

#include "music/sheet.h"

struct musicxml_report {
	bool played;
	size_t n_bars, n_parts, n_voices, n_shortened, n_microtones, n_glides;
	double worst_beats, glide_beats; /* of the first note that bends as it sounds */
};

int musicxml_write(const struct score *s, const struct sheet_options *o, char **ret, size_t *ret_n,
		   struct musicxml_report *ret_report, struct err *err);

#endif
