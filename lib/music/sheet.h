/*
 * sheet.h - a score as it would be written: bars, note values, chords, rests, ties, tuplets, spelling.
 *
 * Units:     whole ticks, SHEET_QUARTER of them a quarter note, so that values down to a 256th and
 *            tuplets of up to 13 come out exact. Time 0 is the start of the sheet: bar 0 is the pick-up
 *            where there is one.
 * Shapes:    a part is one channel of one voice of the score. Its layers hold items that follow one
 *            another without gaps from the first bar to the last; no item crosses a bar line; notes of
 *            a chord begin and end together. The items of a tuplet stand together between `opens` and
 *            `closes`; p of them take the time of q.
 * Ownership: a sheet owns what is in it and keeps no pointer into the score.
 * Errors:    -EINVAL for a score without notes or a meter finer than 1/64, -EMSGSIZE past
 *            LIMIT_SHEET_BARS, LIMIT_SHEET_MEASURES, LIMIT_SHEET_BEATS or LIMIT_SHEET_ITEMS, -ENOMEM.
 * Method:    times are put on a grid bar by bar: the cheapest way from bar line to bar line over binary
 *            steps and tuplets (a tuplet may begin at any step), where distance from the grid and
 *            fine or crooked grids cost. What was written by a program is on such a grid already and keeps
 *            its times exactly; what was played is given the simpler reading.
 */
#ifndef MUSIC_SHEET_H
#define MUSIC_SHEET_H

#include "model/watch.h"
#include "music/microtone.h"
#include "music/notes.h"
#include "music/spell.h"

#define SHEET_QUARTER INT64_C(11531520) /* 2^8 3^2 5 7 11 13 */
#define SHEET_LAYERS_MAX 8

enum sheet_grid {
	SHEET_GRID_AUTO,   /* looks whether the notes are on a grid */
	SHEET_GRID_EXACT,  /* keeps the times as they are, to 1/500 beat */
	SHEET_GRID_PLAYED, /* to the nearest sensible time */
	SHEET_GRID_COUNT
};

struct sheet_options {
	enum sheet_grid grid;
	int smallest; /* PLAYED: 4, 8, 16 or 32 for quarters to thirty-seconds; 0 takes one of the last two */
	bool tuplets; /* PLAYED: whether triplets are looked for */
	int layers;   /* at most so many lines that sound together in a part, 1..SHEET_LAYERS_MAX */
	bool guess_key; /* also where the score has a signature, when its notes contradict it */
	const struct model_watch *watch; /* asked while the score is put on paper and while that is written; may be NULL */
};

#define SHEET_OPTIONS_INIT { SHEET_GRID_AUTO, 0, true, 4, false, NULL }

struct sheet_pitch {
	uint8_t pitch, velocity;
	bool tie_in, tie_out; /* held over from the item before, into the one after */
	struct spelling spelling;
	int16_t fine; /* above what is spelled, of MICROTONE_SEMITONE parts; with its sign -MICROTONE_MOST to MICROTONE_MOST */
};

struct sheet_item {
	int64_t at, ticks; /* as it sounds */
	size_t first;      /* in sheet.pitches, lowest first */
	uint32_t n;        /* 0 is a rest */
	uint32_t bar;
	int8_t value;      /* -1 breve, 0 whole, 1 half, ... 8 */
	uint8_t dots;
	uint8_t p, q;      /* 0 outside of tuplets */
	bool opens, closes;
	bool whole_bar;    /* a rest, and nothing else is in the bar */
};

struct sheet_layer {
	struct sheet_item *items;
	size_t n_items, room_items;
};

enum sheet_clef { SHEET_TREBLE, SHEET_BASS, SHEET_PERCUSSION };

/* A stretch of time on one grid: `parts` equal steps. */
struct sheet_cell {
	int64_t at, ticks;
	uint16_t parts;
	uint8_t p, q; /* 0 for binary steps */
};

struct sheet_part {
	size_t voice; /* of the score */
	uint8_t channel;
	int program; /* at the start, -1 for none */
	enum sheet_clef clef;
	struct sheet_layer layers[SHEET_LAYERS_MAX];
	size_t n_layers;
	struct sheet_cell *cells;
	size_t n_cells, room_cells;
};

struct sheet_bar {
	int64_t at, ticks;
	uint16_t num, den;
	int8_t sharps;
	bool minor;
	bool new_meter, new_key; /* also true in the first bar */
};

struct sheet {
	struct sheet_bar *bars;
	size_t n_bars, room_bars;
	bool pickup; /* bar 0 is shorter than its meter and not counted */
	struct sheet_part *parts;
	size_t n_parts, room_parts;
	struct sheet_pitch *pitches;
	size_t n_pitches, room_pitches;
	int64_t shift;       /* ticks before beat 0 of the score: a pick-up that was rounded up */
	bool played;         /* which grid it was */
	size_t n_shortened;  /* notes cut because more sounded together than layers could hold */
	double worst_beats;  /* how far an onset was moved at most */
	size_t n_microtones; /* notes */
	size_t n_glides;     /* notes that bend as they sound: they stand as their keys */
	double glide_beats;  /* where in the score the first of these begins */
};

int sheet_new(const struct score *s, const struct sheet_options *o, struct sheet **ret, struct err *err);
void sheet_free(struct sheet *s);
AUTO_DEFINE(sheet);

/* Where a time of the score stands in a part. */
int64_t sheet_snap(const struct sheet *s, const struct sheet_part *p, double beats);
/* Three units of the lower number make a beat: 6/8, 9/8, 12/8. */
static inline bool sheet_compound(unsigned num, unsigned den)
{
	return den >= 8 && num % 3 == 0 && num > 3;
}

#endif
