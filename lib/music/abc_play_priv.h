/*
 * abc_play_priv.h - a tune being played: abc_form.c says what comes after what, abc_play.c walks the items and collects
 * sounds, abc_sound.c makes notes of them, abc_accomp.c and abc_drums.c add what chord symbols and %%MIDI drum ask for.
 *
 * Units: ticks as in abc_priv.h.
 */
#ifndef MUSIC_ABC_PLAY_PRIV_H
#define MUSIC_ABC_PLAY_PRIV_H

#include "music/abc_priv.h"

/* A nominal note with everything that may change how it is played. */
struct abc_sound {
	int64_t start, ticks;
	const struct abc_item *item;  /* notes of one item are a chord */
	const struct abc_item *grace; /* in front of it, or NULL */
	uint64_t decor;               /* bit d: enum abc_decor d, up to ABC_LAST_AUDIBLE */
	int64_t grace_ticks;          /* %%MIDI gracedivider: of each grace note; 0 */
	int64_t trim_ticks;           /* %%MIDI trim: at its end */
	int16_t pitch, fine;
	int8_t up, down; /* semitones to the next step of the key above and below (up > 0, down < 0) */
	uint8_t step, velocity, channel;
	uint8_t grace_num, grace_den; /* %%MIDI grace: the part of the note that grace notes take; 0 for the usual one */
	bool joined; /* under a slur, and not its last note */
};

/* Loudness, as written: a level from here on, or the ends of a hairpin. */
struct abc_mark {
	int64_t at;
	size_t order;
	enum abc_mark_kind { ABC_MARK_LEVEL, ABC_MARK_LOUDER, ABC_MARK_SOFTER, ABC_MARK_END } kind;
	int level; /* a velocity; of a hairpin its step */
};

/* One voice of the score: a lane that sounds. */
struct abc_out {
	struct abc_sound *sounds;
	size_t n_sounds, room_sounds;
	struct abc_voice *voice;
	int slurs;
	uint8_t channel;
};

struct abc_played_bar {
	int64_t start, end;
	struct abc_meter meter;
};

/* What the accompaniment goes by, in the order of time: a chord symbol or a directive. */
struct abc_cue {
	int64_t at;
	size_t order;
	const struct abc_item *item;  /* of a chord symbol */
	const struct abc_midi *midi;  /* of a directive */
};

struct abc_pending_tie {
	int64_t start, end;
	size_t sound; /* index in the lane's out */
	int16_t pitch;
	uint8_t step;
};

struct abc_ties {
	struct abc_pending_tie *list;
	size_t n, room;
};

/* %%MIDI beat and its relatives. */
struct abc_beat {
	uint8_t first, strong, other;
	int every;             /* units of the meter from one strong beat to the next; 0 for the usual ones */
	struct abc_span shape; /* beatstring: f, m and p for equal parts of a bar */
	bool flat;             /* nobeataccents */
	int change;            /* beatmod, vol: added to all */
	int step;              /* deltaloudness: of a hairpin without a level behind it */
};

/* The bars around now, in ticks. */
struct abc_grid {
	int64_t from, to;  /* where it holds; nowhere while `to` is 0 */
	int64_t line, bar; /* a bar line far before now; the length of a bar */
	int64_t beat;      /* the unit of the meter */
	int beats;         /* units that make a beat */
};

struct abc_hold {
	int64_t start, end;
};

struct abc_play {
	struct abc_tune *tune;
	const struct abc_play_options *options;
	struct score *score;
	struct err *err;
	struct abc_out *outs; /* by voice of the score */
	size_t n_outs;
	struct abc_played_bar *bars; /* of the first voice */
	size_t n_bars, room_bars;
	struct abc_cue *cues;
	size_t n_cues, room_cues;
	struct abc_mark *marks; /* of the voice that is played */
	size_t n_marks, room_marks;
	struct abc_hold *holds; /* fermatas */
	size_t n_holds, room_holds;
	size_t steps, text_bytes; /* so far; both bounded */
	bool jumps;         /* all voices that sound have a D.C. or D.S. */
	int extra_channels; /* that were given to accompanying voices */
	/* the voice that is played */
	struct abc_voice *voice;
	bool first; /* whose meters, keys, bars and parts count */
	bool leads; /* whose chord symbols are played */
	int64_t now, bar_start, main_end;
	int64_t starts[ABC_OVERLAY_BARS]; /* of the last bars, in a ring */
	size_t n_starts;                  /* all that there were */
	int lane, pass;
	struct abc_key key;
	struct abc_meter meter;
	struct abc_ties ties[ABC_LANES];
	uint64_t decor; /* for the next note */
	bool trills;    /* between !trill(! and !trill)! */
	const struct abc_item *grace;
	struct abc_beat beat;
	struct abc_grid grid;
	uint8_t grace_num, grace_den, grace_divider;
	int64_t trim_ticks, unit_ticks;
	bool part_missing[128]; /* and said so */
	uint32_t part_times[128];
	int part_verse; /* how often the part is played now, from 1 */
};

#define ABC_LAST_AUDIBLE ABC_BREATH

static inline double abc_beats(int64_t ticks)
{
	return (double)ticks / (double)ABC_QUARTER;
}

static inline int64_t abc_ticks_at(double beats)
{
	return (int64_t)(beats * (double)ABC_QUARTER + 0.5);
}

/* abc_play.c */
int abc_play_range(struct abc_play *p, size_t from, size_t to);
/* Sets again what held at an item when the music goes back to it. */
int abc_play_restore(struct abc_play *p, size_t at);
int abc_play_too_long(struct abc_play *p);
void abc_play_begin_bar(struct abc_play *p);

/* abc_play_midi.c: a directive, now; what the header's say to a voice; a cue for the accompaniment. */
int abc_play_directive(struct abc_play *p, const struct abc_midi *m);
int abc_header_directives(struct abc_play *p, size_t voice);
int abc_add_cue(struct abc_play *p, const struct abc_item *item, const struct abc_midi *midi);
static inline int abc_clamp_velocity(int v)
{
	return v < 1 ? 1 : v > 127 ? 127 : v;
}

/* abc_form.c: plays the voice with its repeats, endings and parts. */
int abc_play_form(struct abc_play *p);
/* Length of a first bar that is shorter than the meter says and than the bar after it; else 0. */
int64_t abc_find_pickup(const struct abc_voice *v, const struct abc_meter *meter);

int abc_play_part(struct abc_play *p, size_t from, size_t to);

/* abc_jump.c: what !D.C.! and !D.S.! ask for. */
struct abc_jump {
	size_t from, to; /* items: behind the bar of the sign, and where it leads back to */
	size_t coda;     /* n_items without one */
};
/* False when nothing asks for a jump, or what it leads to is not there. */
bool abc_find_jump(const struct abc_voice *v, struct abc_jump *ret);
/* After the voice was played up to `from`: the rest. */
int abc_play_jump(struct abc_play *p, const struct abc_jump *j);

/* abc_sound.c: the notes of a voice of the score. */
int abc_sound_out(struct abc_play *p, size_t index);
/* abc_loud.c: velocities by the marks of the voice, into the sounds of its outs. */
int abc_loud(struct abc_play *p);
/* abc_accomp.c, abc_drums.c: voices of their own, behind the others. */
int abc_accompany(struct abc_play *p);
int abc_drum(struct abc_play *p);

/* abc_pattern.c: what repeats in every bar: a row of letters, each with a length ("fzczfzcz", "d2zd"). */
#define ABC_PATTERN_STEPS 64
struct abc_pattern {
	struct {
		char letter;
		int units;
	} steps[ABC_PATTERN_STEPS];
	size_t n;
	int units; /* of all steps; 0 for an empty one */
	int bars;  /* that it lasts */
};
/* Letters that are not in `letters` count as rests. */
void abc_pattern_read(struct abc_pattern *ret, struct abc_span text, const char *letters);
struct abc_stroke {
	char letter;
	size_t index; /* of the letter among those that are no rests (z) */
	int64_t start, end;
};
struct abc_patterned {
	/* Called as the music comes to a bar; the pattern that holds there, or NULL for none. */
	const struct abc_pattern *(*bar)(void *context, const struct abc_played_bar *bar);
	int (*stroke)(void *context, const struct abc_stroke *s);
	void *context;
};
int abc_pattern_play(struct abc_play *p, const struct abc_patterned *how);
/* Cues in the order of time. */
void abc_cues_sort(struct abc_play *p);
/* A voice of its own. Its channel is one that no voice of the tune has, the last ones where all are taken; -1 for drums. */
int abc_add_voice(struct abc_play *p, const char *name, int program, size_t *ret_voice, uint8_t *ret_channel);
/* abc_swing.c */
int abc_swing(struct abc_play *p);
/* abc_tempo.c: fermatas, and a tempo that was asked for. */
int abc_tempo(struct abc_play *p);
/* Quarter notes a minute of a text with "Allegro" in it; 0 when nothing in it is a tempo. */
double abc_tempo_of(struct abc_span text);

#endif
