/*
 * abc_priv.h - a tune as it is written, between reading (abc_field.c, abc_line.c) and what comes of it: playing
 * (abc_play.c) and printing.
 *
 * What is written between two notes (slurs, decorations, tuplets, fields) are items of their own, in the order of the
 * text; items that make no sound have no ticks. Texts point into the source, or into memory that the tune owns.
 *
 * Units: time is whole ticks, ABC_QUARTER of them a quarter note. The number has the factors 2^10,
 *        3^3, 5^2, 7, 11 and 13, so that lengths, dots and tuplets come out exact.
 */
#ifndef MUSIC_ABC_PRIV_H
#define MUSIC_ABC_PRIV_H

#include "music/abc.h"
#include "music/abc_decor_priv.h"
#include "music/chord.h"
#include "music/microtone.h"

#define ABC_QUARTER INT64_C(691891200)
#define ABC_STEPS 128      /* diatonic steps, seven an octave; middle C is ABC_STEP_C */
#define ABC_STEP_C 49
#define ABC_LANES 4        /* a voice and its overlays */
#define ABC_OVERLAY_BARS 16 /* that an overlay may go back */
#define ABC_LOOK_BYTES 1000 /* how far a line is searched for what closes a sign: nothing that people write is longer */
#define ABC_ENDINGS_MAX 63 /* endings are bits of a word */

struct abc_span {
	const char *s;
	size_t n;
};

enum abc_mode {
	ABC_MAJOR,
	ABC_MINOR,
	ABC_DORIAN,
	ABC_PHRYGIAN,
	ABC_LYDIAN,
	ABC_MIXOLYDIAN,
	ABC_AEOLIAN, /* the same notes as ABC_MINOR, ABC_MAJOR */
	ABC_LOCRIAN,
	ABC_IONIAN,
	ABC_NO_KEY,      /* K:none */
	ABC_PIPES,       /* K:HP, no signature is shown */
	ABC_PIPES_SHOWN, /* K:Hp */
	ABC_MODE_COUNT
};

struct abc_key {
	int8_t accidentals[7]; /* of C D E F G A B, with what was written behind the mode */
	int8_t sharps;         /* of the tonic and mode alone */
	bool minor;
	uint8_t tonic;      /* 0 to 6 for C to B */
	int8_t tonic_alter; /* 1 for F#, -1 for Bb */
	uint8_t mode;       /* enum abc_mode */
	uint8_t written;    /* bit i: accidentals[i] was written out (^c, =f) */
	bool only_written;  /* "exp": the tonic's own signature does not count */
};

struct abc_meter {
	bool free; /* M:none */
	unsigned num, den;
};

/* What a voice plays under; a new voice takes the header's. */
struct abc_state {
	struct abc_key key;
	struct abc_meter meter;
	int64_t unit_ticks;
	int semitones; /* from octave=, transpose= and clefs like treble-8 */
	int midi_semitones; /* from %%MIDI transpose, rtranspose and c */
	bool accidentals_alone; /* %%MIDI nobarlines: they count for their own note */
	uint8_t ratio_long, ratio_short; /* %%MIDI ratio; 0 for the usual ones */
	struct abc_span clef; /* as written: "treble-8", "bass"; empty without one */
};

#define ABC_SEMITONE MICROTONE_SEMITONE

/* What stands before a note: ^^ is 2, _ is -1; ^/ is no semitone and half a one in addition. */
struct abc_accidental {
	int8_t alter;
	int16_t fine;
};

struct abc_head {
	int16_t pitch, fine; /* fine: parts of a semitone above it */
	uint8_t step;
	bool accidental, tie; /* an accidental was written; a tie follows */
	int8_t alter;         /* the written one, -2 to 2 */
	int8_t sounds;        /* the written one, else the bar's or the key's */
	bool dotted_tie;
	bool stacked; /* of a grace note: sounds together with the one before */
	uint32_t column;
	int64_t ticks; /* as written here, before chord, broken rhythm and tuplet had their say */
};

enum abc_item_kind {
	ABC_NOTES, /* one note, or the notes of a chord */
	ABC_REST,
	ABC_BAR,
	ABC_ENDING,
	ABC_OVERLAY, /* back behind a bar line, on another lane */
	ABC_TEMPO,
	ABC_METER,
	ABC_KEY,
	ABC_PART,
	ABC_CHORD_SYMBOL,
	ABC_ANNOTATION, /* "^text", with its sign */
	ABC_DECORATION, /* of the notes, rest or bar line that follows */
	ABC_GRACE,      /* of the notes that follow */
	ABC_SLUR,
	ABC_TUPLET, /* stands before its first note */
	ABC_BROKEN, /* stands between the two notes */
	ABC_SPACE,  /* y */
	ABC_UNIT,
	ABC_FIELD, /* a field or directive in the body that changes no note: as written */
	ABC_LINE_END
};

struct abc_item {
	enum abc_item_kind kind;
	uint32_t line, column;
	bool spaced;           /* white space before it */
	bool inlined;          /* a field in [brackets] */
	char letter;           /* of a field; '%' for a directive */
	int64_t ticks;         /* notes and rests: how long they last */
	struct abc_span text;  /* bars, fields, chord symbols, annotations, decorations (the name): as written */
	union {
		struct {
			size_t first;
			uint32_t n, lyric; /* lyric: 1 + index of the first verse, 0 for none */
			int64_t written;   /* ticks as written, before broken rhythm and tuplet */
			bool bracket;      /* a chord, also one of a single note */
			bool overlay;      /* behind an & of its bar */
		} heads;
		struct {
			int64_t written;
			bool invisible; /* x, X */
			uint16_t bars;  /* Z4: 4; 0 for z */
		} rest;
		struct {
			size_t first; /* heads, one note each: grace notes have no chords */
			uint32_t n;
			bool slashed; /* an acciaccatura */
			int64_t unit_ticks; /* the L: in force */
		} grace;
		struct {
			uint8_t ends, starts; /* repeat dots before and after */
			bool thick, invisible, dotted;
			bool overlaid; /* the overlay goes on behind it */
		} bar;
		uint64_t endings; /* bit n: ending n; of the text as written no other endings are known */
		struct {
			int lane;
			unsigned back; /* bar lines before the music so far */
		} overlay;
		double bpm; /* 0 for words alone */
		struct abc_meter meter;
		struct abc_key key;
		char part;
		struct {
			struct chord chord;
			int8_t semitones; /* that its voice is moved by, without octaves */
			bool known; /* else words, or a chord that only what is behind %%MIDI chordname or in other characters tells */
		} symbol;
		enum abc_decor decor;
		struct {
			bool opens, dotted;
		} slur;
		struct {
			int16_t p, q, r;
		} tuplet;
		int broken; /* 1 for >, -2 for << */
		int64_t unit_ticks;
		size_t midi; /* of a field: 1 + index of its %%MIDI directive, 0 for none */
	};
};

/* A syllable under a note. */
struct abc_lyric {
	struct abc_span text;
	bool hyphen; /* joined to the next one */
	bool held;   /* no syllable: the one before is held over this note (_) */
	uint16_t verse; /* from 1 */
	uint32_t next; /* 1 + index of the next verse, 0 for none */
};

/* A field or directive of the header (or of the file's header), in order. */
struct abc_header_field {
	char letter; /* '%' for a directive: then text is what stands behind "%%" */
	bool of_file;
	uint32_t line;
	struct abc_span text;
};

struct abc_tuplet {
	int p, q, left;
};

struct abc_voice {
	struct abc_span id, name, short_name;
	struct abc_state state;
	struct abc_span definition; /* what stood behind the id of the first V: that said more than the id */
	struct abc_item *items;
	size_t n_items, room_items;
	int lane_order[ABC_LANES]; /* order of appearance in the tune, -1 for none */
	bool lane_sounds[ABC_LANES];
	size_t lane_out[ABC_LANES]; /* the score's voice of a lane that sounds */
	size_t part_at[128];       /* 1 + index of the item that begins a part; 0 for none */
	/* while reading */
	int lane;
	unsigned overlay_bars, overlay_back; /* that the overlay still has; that it went back */
	uint8_t bar_lanes[ABC_OVERLAY_BARS]; /* overlays of this bar and of those before it */
	struct abc_state first_state; /* as it was when the music of the voice began */
	struct abc_accidental bar_accidentals[7]; /* of C to B in all octaves; ABC_NO_ACCIDENTAL for none in this bar */
	bool step_accidentals_used;
	struct abc_accidental step_accidentals[ABC_STEPS]; /* of one octave, where %%propagate-accidentals says so */
	struct abc_tuplet tuplet;
	int broken; /* -3..3: what the next note owes to a > or < before it */
	int slurs;  /* that are open */
	size_t last_sound; /* 1 + index of the last notes or rest in this bar's lane; 0 for none */
	size_t lyric_from, lyric_at; /* where the line of music began; the next note without a syllable */
	size_t lyric_begin, lyric_free; /* where this verse began; behind what w: lines have come to */
	bool lyric_overlays; /* notes of overlays have syllables, too */
	int verses; /* w: lines under the line of music above */
	bool bar_plain; /* the bar line before this bar was a single one */
	int64_t bar_ticks, lane_ticks; /* so far in the bar: the voice, its overlay */
	bool bar_reported; /* one error a bar is enough */
	uint8_t bar_letters; /* without a meaning, that this bar had */
};

#define ABC_NO_ACCIDENTAL 100 /* as the alter of one; memset sets it, too */

/* What a letter like ~ or H stands for. */
struct abc_symbol {
	enum { ABC_SYMBOL_UNDEFINED, ABC_SYMBOL_NONE, ABC_SYMBOL_DECORATION, ABC_SYMBOL_TEXT } kind;
	enum abc_decor decor;
	struct abc_span text; /* the decoration's name, or the text with its sign */
};

enum abc_midi_op {
	ABC_MIDI_NOTHING,
	ABC_MIDI_BARLINES,
	ABC_MIDI_BASSPROG,
	ABC_MIDI_BASSVOL,
	ABC_MIDI_BEAT,
	ABC_MIDI_BEATACCENTS,
	ABC_MIDI_BEATMOD,
	ABC_MIDI_BEATSTRING,
	ABC_MIDI_C,
	ABC_MIDI_CHANNEL,
	ABC_MIDI_CHORDNAME,
	ABC_MIDI_CHORDPROG,
	ABC_MIDI_CHORDVOL,
	ABC_MIDI_CONTROL,
	ABC_MIDI_DELTALOUDNESS,
	ABC_MIDI_DRONE,
	ABC_MIDI_DRONEOFF,
	ABC_MIDI_DRONEON,
	ABC_MIDI_DRUM,
	ABC_MIDI_DRUMBARS,
	ABC_MIDI_DRUMMAP,
	ABC_MIDI_DRUMOFF,
	ABC_MIDI_DRUMON,
	ABC_MIDI_GCHORD,
	ABC_MIDI_GCHORDBARS,
	ABC_MIDI_GCHORDOFF,
	ABC_MIDI_GCHORDON,
	ABC_MIDI_GRACE,
	ABC_MIDI_GRACEDIVIDER,
	ABC_MIDI_NOBARLINES,
	ABC_MIDI_NOBEATACCENTS,
	ABC_MIDI_PITCHBEND,
	ABC_MIDI_PROGRAM,
	ABC_MIDI_RATIO,
	ABC_MIDI_RTRANSPOSE,
	ABC_MIDI_TRANSPOSE,
	ABC_MIDI_TRIM,
	ABC_MIDI_VOL
};

#define ABC_MIDI_ARGS 32

/* A %%MIDI directive. */
struct abc_midi {
	enum abc_midi_op op;
	uint32_t line;
	int voice; /* of the header: whom it is for, -1 for all; in the body the voice that has the item */
	struct abc_span word; /* gchord, drum, beatstring, chordname, drummap */
	int n;
	int16_t v[ABC_MIDI_ARGS];
};

struct abc_macro {
	struct abc_span name, text;
	bool transposes;
};

struct abc_tune {
	struct abc_span text; /* the whole file, for columns */
	struct abc_report *report;
	struct abc_diag first_error; /* line 0 for none */
	bool out_of_memory, too_large;
	struct abc_state header;
	bool unit_given, in_body, continued;
	double bpm; /* 0: none given */
	struct abc_span tempo_text; /* of the header's Q: */
	struct abc_span title, composer, parts;
	int64_t number; /* of X:, 0 without one */
	struct abc_header_field *fields;
	size_t n_fields, room_fields;
	char part; /* the one that was begun last in the body, 0 for none */
	struct abc_voice *voices;
	size_t n_voices, room_voices, current;
	struct abc_head *heads;
	size_t n_heads, room_heads;
	struct abc_lyric *lyrics;
	size_t n_lyrics, room_lyrics;
	int n_lanes;
	struct abc_symbol symbols[128];
	struct abc_macro *macros;
	size_t n_macros, room_macros;
	struct abc_midi *midi;
	size_t n_midi, room_midi, n_header_midi; /* the header's come first */
	void **owned; /* lines in which macros were replaced */
	size_t n_owned, room_owned, expanded_bytes;
	bool letter_reported[128]; /* that it stands for no decoration */
	bool strict; /* %abc-2.1 or later */
	bool lines_break_at_bang; /* I:linebreak ! */
	enum { ABC_CHARSET_GUESSED, ABC_CHARSET_UTF8, ABC_CHARSET_LATIN1 } charset;
	enum { ABC_ACCIDENTALS_PITCH, ABC_ACCIDENTALS_OCTAVE, ABC_ACCIDENTALS_NOT } propagate;
	struct abc_span rhythm; /* R: */
	uint8_t drum_map[128]; /* %%MIDI drummap: 1 + the drum that a pitch stands for; 0 for itself */
	bool lyric_goes_on, own_chords; /* %%MIDI chordname: any name may be a chord's */
	/* while reading */
	uint32_t line;
	struct abc_span field_text; /* of the field that is read */
	char field_letter;
	bool in_file_header, inlined, spaced;
};

/* One line, or the inside of a field; columns count from line_start. */
struct abc_cursor {
	const char *line_start, *s, *end;
	const uint32_t *columns; /* of each byte, where the line is not as it was written; else NULL */
};

/* Sums of lengths stay where no further one overflows them: no tune is so long, but a file may say so. */
static inline int64_t abc_ticks_sum(int64_t sum, int64_t ticks)
{
	return sum > INT64_MAX / 4 ? sum : sum + ticks;
}

/* What moves chord symbols with the notes of their voice: -6 to 5. */
static inline int8_t abc_symbol_shift(const struct abc_state *s)
{
	return (int8_t)(((s->semitones + s->midi_semitones + 6) % 12 + 12) % 12 - 6);
}

static inline int abc_peek(const struct abc_cursor *c)
{
	return c->s < c->end ? (unsigned char)*c->s : -1;
}
static inline int abc_peek_at(const struct abc_cursor *c, size_t i)
{
	return (size_t)(c->end - c->s) > i ? (unsigned char)c->s[i] : -1;
}
static inline uint32_t abc_column(const struct abc_cursor *c)
{
	size_t at = (size_t)(c->s - c->line_start);
	return c->columns ? c->columns[at] : (uint32_t)at + 1;
}
static inline bool abc_digit(int c)
{
	return c >= '0' && c <= '9';
}
void abc_skip_space(struct abc_cursor *c);
/* An unsigned number, held below 100000; -1 when there is none. */
long abc_number(struct abc_cursor *c);
struct abc_span abc_trim(struct abc_span s);
bool abc_span_is(struct abc_span s, const char *word); /* letters in any case */

/* abc_diag.c */
void abc_say(struct abc_tune *t, enum abc_severity severity, uint32_t line, uint32_t column,
	     const char *hint, const char *fmt, ...) PRINTF(6, 7);

/* What brings a caret under a column: tabs stay tabs, and what is one character on the screen is one space. */
void abc_caret(struct abc_span line, uint32_t column, struct strbuf *b);

/* abc_doubt.c: warnings about the whole tune */
void abc_doubts(struct abc_tune *t);

/* abc_book.c: the lines of a tune, from its X: to the blank line after it. */
struct abc_extent {
	struct abc_span text; /* of the tune */
	uint32_t first_line;
	int64_t number;             /* of X:, 0 without one */
	struct abc_span file_header; /* fields before the first tune */
};
int abc_find(struct abc_span file, const struct abc_pick *pick, struct abc_extent *ret, size_t *ret_count);
/* -ENOENT, and which tunes there are instead; count is abc_find's. */
int abc_no_tune(struct abc_span file, const struct abc_pick *pick, size_t count, struct err *err);
/* All tunes of a file that begin with X:, one after the other: { .file = text }, then until it says false. */
struct abc_book {
	struct abc_span file, s;
	uint32_t line;
	const char *header_end;
};
bool abc_next_tune(struct abc_book *b, struct abc_extent *ret);
/* Takes the next line off *rest; the line has no line end. False at the end. */
bool abc_next_line(struct abc_span *rest, struct abc_span *ret);
/* Whether a line is a field ("K:C", not "e:|"). */
bool abc_is_field(struct abc_span line);

/* abc_key.c */
void abc_key_field(struct abc_tune *t, struct abc_cursor *c, struct abc_state *state);
void abc_clef_words(struct abc_tune *t, struct abc_cursor *c, struct abc_state *state,
		    struct abc_voice *voice); /* NULL where names mean nothing */

/* abc_field.c */
void abc_state_init(struct abc_state *s);
void abc_version(struct abc_tune *t, struct abc_cursor *c); /* "2.1" */
int64_t abc_bar_ticks(const struct abc_meter *m); /* of a free meter: a whole note */
/* A field on its own line or in brackets; `c` stands behind the colon. */
void abc_field(struct abc_tune *t, int letter, struct abc_cursor *c);
/* The current voice, made when there is none; NULL when memory is out. */
struct abc_voice *abc_current(struct abc_tune *t);
struct abc_item *abc_add_item(struct abc_tune *t, struct abc_voice *v, enum abc_item_kind kind,
			      const struct abc_cursor *c);

/* abc_line.c, abc_note.c, abc_lyric.c */
void abc_music_line(struct abc_tune *t, struct abc_cursor *c);
bool abc_note_or_rest(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c);
void abc_chord(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c);
void abc_tuplet_start(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c);
void abc_broken(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c);
void abc_tie(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c);
void abc_grace(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c);
/* A decoration by letter or name; false when none stands here. */
bool abc_decoration(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c);
void abc_symbol(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *at,
		const struct abc_symbol *symbol);
void abc_quoted(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *at, struct abc_span text);
/* `goes_on`: a line that continues the w: line before it (+:, or a \ at its end). */
void abc_lyric_line(struct abc_tune *t, struct abc_cursor *c, bool goes_on);
/* The next note at or after *at; with `bar`, the first one behind the next bar line. */
struct abc_item *abc_next_note(struct abc_voice *v, size_t *at, bool bar, bool overlays);

/* abc_decor.c: a chord symbol, also with another one in brackets behind it ("G(Em)"); false for mere words. */
bool abc_chord_parse(const char *text, size_t n, struct chord *ret);

/* abc_text.c: a text as malloc'ed UTF-8, NULL when memory is out. */
char *abc_text(const struct abc_tune *t, struct abc_span text);

/* abc_midi.c: behind "MIDI"; 1 + the directive's index in the tune, 0 when there is none to play. */
size_t abc_midi_directive(struct abc_tune *t, struct abc_cursor *c);

/* abc_symbols.c, abc_macro.c */
void abc_symbol_line(struct abc_tune *t, struct abc_cursor *c);
void abc_macro_field(struct abc_tune *t, struct abc_cursor *c);
/* Replaces macros in a line of music; the cursor then stands in memory of the tune. */
void abc_macros_expand(struct abc_tune *t, struct abc_cursor *c);
/* Forgets accidentals, overlays and error suppression; what a bar line does. */
void abc_new_bar(struct abc_voice *v);
void abc_forget_accidentals(struct abc_voice *v);
/* An error inside music: once a bar. */
void abc_bar_error(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *c, const char *hint,
		   const char *fmt, ...) PRINTF(5, 6);

/* abc_decor.c */
/* The decoration of a name ("trill", "<(", "ff"); ABC_DECOR_OTHER for one that is not known. */
enum abc_decor abc_decor_of(struct abc_span name);
/* The usual name that is nearest to a word; NULL when none is near. */
const char *abc_decor_nearest(const char *word);
void abc_symbols_init(struct abc_tune *t);
/* U: T = !trill! */
void abc_symbol_field(struct abc_tune *t, struct abc_cursor *c);

/* abc.c: a tune as it is written. abc_tune_done frees it. */
int abc_read(const char *text, size_t n, const struct abc_pick *pick, struct abc_report *report,
	     struct abc_tune *ret, struct err *err);
/* The same for a tune that was found. */
int abc_read_extent(struct abc_span file, const struct abc_extent *extent, struct abc_report *report,
		    struct abc_tune *ret, struct err *err);
void abc_tune_done(struct abc_tune *t);

/* abc_play.c */
int abc_play(struct abc_tune *t, const struct abc_play_options *options, struct score *s, struct err *err);

#endif
