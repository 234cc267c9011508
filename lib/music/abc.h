/*
 * abc.h - tunes in ABC notation (2.1 and what older files do) to scores.
 *
 * Units:     lines and columns count from 1, columns in bytes of the line.
 * Shapes:    a file is a book of tunes, each begun by an X: field; text without any X: is one tune.
 *            Repeats, endings, parts and ties are worked out. abc_parse gives the nominal notes; abc_perform
 *            plays them: grace notes, decorations, slurs, dynamics, swing, and voices for chord symbols and drums.
 * Ownership: the report owns its list; abc_report_done frees it. The text is only read.
 * Threads:   plain values.
 * Errors:    -ENOENT when the tune asked for is not there, -EMSGSIZE past LIMIT_ABC_BYTES,
 *            LIMIT_ABC_NOTES or LIMIT_ABC_VOICES, -ENOMEM. Mistakes in the notation are diagnostics:
 *            parsing goes on at the next bar and the call succeeds; report.n_errors says how many.
 */
#ifndef MUSIC_ABC_H
#define MUSIC_ABC_H

#include "base/err.h"
#include "base/str.h"
#include "music/notes.h"

enum abc_severity {
	ABC_ERROR,   /* something could not be understood and was left out */
	ABC_WARNING, /* understood, but probably not meant */
	ABC_SEVERITY_COUNT
};

struct abc_diag {
	enum abc_severity severity;
	uint32_t line, column;
	char message[120];
	char hint[120]; /* a suggestion, "" without one */
};

struct abc_report {
	struct abc_diag *diags; /* sorted by line and column */
	size_t n_diags, room_diags;
	size_t n_errors, n_warnings; /* all of them, also those past LIMIT_ABC_DIAGS */
};

#define ABC_REPORT_INIT { NULL, 0, 0, 0, 0 }

void abc_report_done(struct abc_report *r);
/* "3:17: error: message", the line, a caret under the column, and the hint; appended to b. */
int abc_diag_print(const struct abc_diag *d, const char *text, size_t n, struct strbuf *b);

/* Which tune of a book: by position, or by its X: number. */
struct abc_pick {
	bool by_number;
	size_t index;   /* from 0 */
	int64_t number; /* of the X: field; the first with it */
};

#define ABC_FIRST { false, 0, 0 }

/* Number of tunes in a text; 0 when there is none. */
size_t abc_count(const char *text, size_t n);

enum abc_swing {
	ABC_SWING_OFF,
	ABC_SWING_BY_RHYTHM, /* of tunes that R: calls a hornpipe, schottische, barndance, fling or swing */
	ABC_SWING_ON
};

enum abc_repeats {
	ABC_REPEATS_SENSIBLE, /* sections: endings behind a heavy bar line belong to a new repeat */
	ABC_REPEATS_LITERAL   /* sign by sign, as abc2midi: only |: :: and a plain :| begin a new count of endings */
};

/* How a tune is played; every switch off gives the nominal notes. */
struct abc_play_options {
	bool ornaments;     /* trills, rolls, mordents, turns, slides, tremolo, arpeggio, fermatas */
	bool grace;         /* grace notes, out of the time of the note they lead to */
	bool articulation;  /* staccato, tenuto, slurs; what is not slurred is a little detached */
	bool dynamics;      /* pppp to ffff, hairpins, accents, %%MIDI beat and its relatives */
	bool accompaniment; /* chord symbols, and drones */
	bool drums;         /* %%MIDI drum */
	bool jumps;         /* !D.C.!, !D.S.!, !fine!, !coda!, where all voices have them */
	bool tempo_words;   /* Q:"Allegro" without a number */
	enum abc_swing swing;
	double swing_ratio; /* where the second of two equal notes falls, 0.5 to 0.8; 0: 2/3 */
	double tempo_bpm;   /* quarter notes a minute at the start, later changes in proportion; 0: the tune's own */
	int transpose;      /* semitones, -60 to 60 */
	int velocity;       /* of a note on a beat at mezzoforte; 0: 86 */
	int channel;        /* of all voices of the tune, 0 to 15; -1: one each */
	enum abc_repeats repeats;
};

extern const struct abc_play_options abc_nominal, abc_performed;

/* As abc_parse; -ERANGE when a note is transposed out of 0..127. */
int abc_perform(const char *text, size_t n, const struct abc_pick *pick, const struct abc_play_options *options,
		struct score **ret, struct abc_report *report, struct err *err);

/*
 * One tune after the other in a single pass, where picking each by its index would read the file from the start every time:
 * { .text = text, .n = n }, then until it says -ENOENT. The text is borrowed. Any other error concerns one tune, and the walk can go on.
 */
struct abc_walk {
	const char *text;
	size_t n;
	size_t at, n_tunes, header_bytes; /* where it is; how many there were so far; what stands before the first */
	uint32_t line;
};
int abc_perform_next(struct abc_walk *w, const struct abc_play_options *options, struct score **ret, struct abc_report *report,
		     struct err *err);

/*
 * Parses one tune (pick NULL: the first). Its diagnostics are added to report, which may be NULL;
 * then the first error is put into err as well and the call fails with -EBADMSG.
 */
int abc_parse(const char *text, size_t n, const struct abc_pick *pick, struct score **ret,
	      struct abc_report *report, struct err *err);

#endif
