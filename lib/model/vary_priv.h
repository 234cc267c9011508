/*
 * vary_priv.h - a score being varied: its notes in fine ticks, and what the kinds of variation share.
 *
 * Units: ticks, VARY_TICKS to a quarter note, from the start of the score.
 */
#ifndef MODEL_VARY_PRIV_H
#define MODEL_VARY_PRIV_H

#include "base/rng.h"
#include "model/source_priv.h"
#include "model/variation.h"

#define VARY_TICKS 3840

struct vary_note {
	int64_t at, length;
	uint8_t pitch, velocity, channel;
};

struct vary_line {
	struct vary_note *v;
	size_t n, room;
};

struct vary_voice {
	struct vary_line line;
	bool drums;
};

/* Where a note stands in its bar. */
struct vary_place {
	int64_t bar;            /* from 1; 0 is the pick-up */
	int64_t bar_at, in_bar; /* ticks */
	int64_t bar_ticks, beat_ticks;
	bool on_bar, on_beat;
};

/* From a meter's beginning on. */
struct vary_meter {
	int64_t at, bar; /* tick; number of the bar that begins there */
	int64_t bar_ticks, beat_ticks;
};

struct vary {
	const struct variation_params *p;
	const struct score *source;
	const struct source *src;
	const struct model_watch *watch;
	struct vary_voice *voices;
	size_t n_voices, lead;
	struct vary_meter *meters; /* the first one begins where bar 1 does */
	size_t n_meters;
	int64_t end;
	struct rng rng;
	int64_t amount_milli;
	struct score *frame; /* what the notes are put into at the end */
};

bool vary_chance(struct vary *v, int64_t milli);
/* Whether a kind of variation is to change this voice; `all_by_default` is what voices = auto means for it. */
bool vary_takes(const struct vary *v, size_t voice, bool all_by_default);
struct vary_place vary_place(const struct vary *v, int64_t at);
/* Where a bar begins, 1 or later. */
int64_t vary_bar_at(const struct vary *v, int64_t bar);
int vary_add(struct vary_line *l, const struct vary_note *n, struct err *err);
/* Gives a voice another line; what it had is freed, and `l` is empty after. */
void vary_replace(struct vary_voice *voice, struct vary_line *l);
/* By time, then pitch. */
void vary_sort(struct vary_line *l);
/* A pitch moved along the scale; by octaves back into 0..127. */
int vary_move(const struct vary *v, int pitch, int steps);

typedef int vary_fn(struct vary *v, struct err *err);
vary_fn vary_rhythm, vary_contour, vary_ornament;                          /* vary_line.c */
vary_fn vary_retrograde, vary_augmentation, vary_diminution, vary_sequence; /* vary_time.c */
vary_fn vary_inversion, vary_transposition, vary_thin, vary_thicken;       /* vary_pitch.c */
vary_fn vary_reharmonise;                                                 /* vary_chords.c */

#endif
