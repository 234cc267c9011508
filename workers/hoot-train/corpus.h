/*
 * corpus.h - a folder of ABC files as streams of tokens, split into what is learned from, watched and held out.
 *
 * Split:     by the hash of the title's letters and digits (of the notes where there is no title), so that versions of one tune
 *            stand on one side: of 20 parts 18 are learned from, one is watched (early stopping), one is held out.
 * Left out:  tunes that do not parse, change their meter, have more than 128 bars or 1,000 tokens, or have bars that the bar
 *            lines of the rest do not agree with.
 * Ownership: the corpus owns its tunes.
 */
#ifndef HOOT_TRAIN_CORPUS_H
#define HOOT_TRAIN_CORPUS_H

#include "model/tune.h"

enum corpus_part { CORPUS_TRAIN, CORPUS_WATCH, CORPUS_HELD_OUT, CORPUS_PARTS };

struct corpus_tune {
	struct tune tune;
	struct tune_stream stream; /* whole */
	enum corpus_part part;
	uint64_t hash; /* of the stream */
};

struct corpus {
	struct corpus_tune *tunes; /* in the order of file names */
	size_t n, room;
	size_t n_files, n_seen, n_left_out, n_same;
	size_t n_tokens[CORPUS_PARTS], n_tunes[CORPUS_PARTS];
};

void corpus_free(struct corpus *c);
AUTO_DEFINE(corpus);
/* Reads every .abc file in a folder and those below it. */
int corpus_read(const char *folder, struct corpus **ret, struct err *err);

#endif
