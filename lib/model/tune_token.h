/*
 * tune_token.h - the alphabet of the learned model: tunes as whole numbers, and the grammar that keeps them well formed.
 *
 * Stream:    MODE METER FORM, then bars, then END. A bar is notes that fill it exactly and BAR. A note is one token: how long
 *            it is and which pitch above the tonic; a rest; or HOLD, which makes the note before it longer, also over the bar
 *            line. After a bar REPEAT(length, ending) may stand: the last `length` bars are played again, but for their
 *            last `ending` bars, which follow written anew. To fill a gap, the bars behind it stand first: MODE METER FORM
 *            AFTER bars BEFORE bars (those before the gap, then those that fill it) END.
 *            Every stream that tune_state allows is a tune; bars with a pick-up begin with a rest.
 * Units:     TUNE_QUARTER to a quarter note; degrees are semitones above the tonic between middle C and the B above.
 * Threads:   plain values.
 */
#ifndef MODEL_TUNE_TOKEN_H
#define MODEL_TUNE_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#define TUNE_QUARTER 24

enum tune_mode { TUNE_MAJOR, TUNE_MINOR, TUNE_DORIAN, TUNE_MIXOLYDIAN, TUNE_MODES };
enum tune_form { TUNE_ANY, TUNE_AIR, TUNE_HORNPIPE, TUNE_JIG, TUNE_REEL, TUNE_SLIP_JIG, TUNE_FORMS };

#define TUNE_METERS 11
#define TUNE_LENGTHS 16
#define TUNE_REPEATS 8
#define TUNE_DEGREE_LO (-15)
#define TUNE_DEGREE_HI 25
#define TUNE_DEGREES (TUNE_DEGREE_HI - TUNE_DEGREE_LO + 1)
/* What a note token says beside its length: a rest, a hold, or a degree. */
enum { TUNE_REST, TUNE_HOLD, TUNE_DEGREE_0, TUNE_SOUNDS = TUNE_DEGREE_0 + TUNE_DEGREES };

enum {
	TUNE_TOKEN_NONE, /* before the first token; never in a stream */
	TUNE_TOKEN_MODE,
	TUNE_TOKEN_METER = TUNE_TOKEN_MODE + TUNE_MODES,
	TUNE_TOKEN_FORM = TUNE_TOKEN_METER + TUNE_METERS,
	TUNE_TOKEN_BAR = TUNE_TOKEN_FORM + TUNE_FORMS,
	TUNE_TOKEN_END,
	TUNE_TOKEN_AFTER,
	TUNE_TOKEN_BEFORE,
	TUNE_TOKEN_REPEAT,
	TUNE_TOKEN_NOTE = TUNE_TOKEN_REPEAT + TUNE_REPEATS,
	TUNE_TOKENS = TUNE_TOKEN_NOTE + TUNE_LENGTHS * TUNE_SOUNDS
};

#define TUNE_BAR_UNITS_MAX 144 /* 12/8, 3/2 and 6/4 */
#define TUNE_BARS_MAX 512      /* of one tune, as played */

struct tune_meter {
	uint8_t num, den;
};

struct tune_repeat {
	uint8_t bars, ending;
};

extern const struct tune_meter tune_meters[TUNE_METERS];
extern const uint8_t tune_lengths[TUNE_LENGTHS]; /* rising */
extern const struct tune_repeat tune_repeats[TUNE_REPEATS];
extern const char *const tune_mode_names[TUNE_MODES + 1]; /* NULL at the end */
extern const char *const tune_form_names[TUNE_FORMS + 1];
extern const char *const tune_meter_names[TUNE_METERS + 1];
/* Bit d: the degree d above the tonic is in the mode's scale. */
extern const uint16_t tune_mode_scales[TUNE_MODES];

static inline int tune_bar_units(int meter)
{
	return 4 * TUNE_QUARTER * tune_meters[meter].num / tune_meters[meter].den;
}
static inline int tune_note(int length, int sound)
{
	return TUNE_TOKEN_NOTE + length * TUNE_SOUNDS + sound;
}
static inline bool tune_is_note(int token)
{
	return token >= TUNE_TOKEN_NOTE && token < TUNE_TOKENS;
}
/* Of a note token. */
static inline int tune_length_of(int token)
{
	return (token - TUNE_TOKEN_NOTE) / TUNE_SOUNDS;
}
static inline int tune_sound_of(int token)
{
	return (token - TUNE_TOKEN_NOTE) % TUNE_SOUNDS;
}
static inline int tune_units_of(int token)
{
	return tune_lengths[tune_length_of(token)];
}
static inline bool tune_is_repeat(int token)
{
	return token >= TUNE_TOKEN_REPEAT && token < TUNE_TOKEN_NOTE;
}
/* -1 when there is no such meter. */
int tune_find_meter(unsigned num, unsigned den);
/* The longest length that is at most `units` (>= 1). */
int tune_longest(int units);
/* Changes whenever a token's meaning does. */
uint64_t tune_alphabet_hash(void);

/* Where in a stream we are: what may come next, and what a model is told beside the tokens. */
struct tune_state {
	uint8_t mode, meter, form;
	uint8_t n_header; /* tokens of the header read, 0 to 3 */
	bool after;       /* among the bars that stand behind the gap */
	bool filling;     /* the stream fills a gap */
	bool at_line;     /* a bar begins here */
	bool sounding;    /* the last note token was no rest */
	bool ended;
	int16_t pos;      /* units into the bar */
	int16_t bar_units;
	int16_t n_bars;   /* whole bars, as played */
	int16_t n_written; /* whole bars, as written */
	int16_t lines;     /* BAR tokens so far; never falls */
	int16_t owed;     /* bars of a repeat's ending that are still to come */
};

void tune_state_init(struct tune_state *s);
bool tune_state_may(const struct tune_state *s, int token);
/* The token must be allowed. */
void tune_state_push(struct tune_state *s, int token);

#endif
