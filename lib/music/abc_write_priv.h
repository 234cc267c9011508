/*
 * abc_write_priv.h - between the header of a tune (abc_write.c) and its bars (abc_write_bar.c).
 */
#ifndef MUSIC_ABC_WRITE_PRIV_H
#define MUSIC_ABC_WRITE_PRIV_H

#include "base/str.h"
#include "music/abc_write.h"

#define ABC_WRITE_VERSES 8

struct abc_writing {
	const struct score *score;
	const struct sheet *sheet;
	const struct abc_write_options *options;
	int64_t unit; /* ticks of L: */
	struct strbuf *out;
};

/* One voice of the tune: a layer of a part. Cursors move on from bar to bar. */
struct abc_out_voice {
	const struct sheet_part *part;
	const struct sheet_layer *layer;
	int id;
	bool first, upper; /* the voice that carries tempo and chord symbols; the first layer of its part */
	size_t item, text, tempo;
	bool lyric; /* the last syllable may be held */
};

/* The text of one bar, without its bar line, and its lyrics. */
struct abc_out_bar {
	struct strbuf music, lyrics[ABC_WRITE_VERSES];
	int verses; /* how many of them have a syllable */
	size_t slots; /* notes that may have one */
	bool hyphen[ABC_WRITE_VERSES];
};

void abc_out_bar_done(struct abc_out_bar *b);
void abc_out_bar_clear(struct abc_out_bar *b);
/* Writes bar `bar` of a voice; bars are asked for in order. */
void abc_write_bar(const struct abc_writing *w, struct abc_out_voice *v, size_t bar, struct abc_out_bar *ret);

/* A bar as it is printed: repeated ones stand once. */
struct abc_cell {
	size_t bar;
	bool opens, ends; /* a repeat: |: before it, :| behind it */
	int ending;       /* 1 or 2: begins it; 0 */
	bool closes;      /* the last of a second ending */
};

/* What decides whether bars may be folded, for all voices alike. */
struct abc_fold_source {
	size_t n_bars, first; /* bars before `first` are the pick-up */
	bool (*same)(const void *arg, size_t a, size_t b);
	bool (*tied)(const void *arg, size_t bar); /* something is held into it */
	const void *arg;
};

/* abc_write_fold.c: writes at most n_bars cells. */
size_t abc_fold(const struct abc_fold_source *s, bool repeats, struct abc_cell *ret);

/* "" "2" "/" "3/2": a length in units. */
void abc_write_length(struct strbuf *b, int64_t ticks, int64_t unit);
/* "^/", "_3/2": parts of a semitone, up to MICROTONE_MOST either way but no whole one, as every reader takes it. */
void abc_write_microtone(struct strbuf *b, int parts);
/* "Q:" and "K:" behind the colon. */
void abc_write_tempo(struct strbuf *b, double bpm, unsigned num, unsigned den);

#endif
