/*
 * chords_ask.h - which chords a generator plays over: those of a text, else of its first input, else new ones.
 *
 * New ones come from the grammar (progression.h), with a stream of their own from the seed.
 */
#ifndef MODEL_CHORDS_ASK_H
#define MODEL_CHORDS_ASK_H

#include "model/generator.h"
#include "model/harmony.h"
#include "model/progression.h"

struct chords_ask {
	char chords[1024];
	int64_t bars; /* 0: as many as there are chords for, 8 when they are new */
	int64_t grammar, key, mode, meter;
	double complexity, bpm; /* 0: the input's tempo, or 100 */
};

/* Rows for a `struct chords_ask on` in `struct type`. */
#define CHORDS_ROW(type, name, kind, lo, hi, fallback, unit, list, doc) \
	{ #name, doc, unit, kind, lo, hi, fallback, offsetof(struct type, on.name), list, sizeof(((struct type *)0)->on.name), "" }
#define CHORDS_ROWS(type) \
	CHORDS_ROW(type, chords, MODEL_PARAM_TEXT, 0, 0, 0, "", NULL, \
		   "chord symbols, bars between |: \"Dm7 | G7 | Cmaj7 | %\"; empty: those of the input, or new ones"), \
	CHORDS_ROW(type, bars, MODEL_PARAM_INT, 0, 256, 0, "bars", NULL, "0: as many as the chords last; 8 for new ones"), \
	CHORDS_ROW(type, grammar, MODEL_PARAM_CHOICE, 0, 0, STYLE_FOLK, "", progression_styles, "style of new chords"), \
	CHORDS_ROW(type, key, MODEL_PARAM_CHOICE, 0, 0, KEY_ANY, "", key_choices, "tonic of new chords, or of those in the text"), \
	CHORDS_ROW(type, mode, MODEL_PARAM_CHOICE, 0, 0, MODE_ANY, "", mode_choices, "mode of new chords, or of those in the text"), \
	CHORDS_ROW(type, meter, MODEL_PARAM_CHOICE, 0, 0, 0, "", meter_names, "meter of new chords, or of those in the text"), \
	CHORDS_ROW(type, complexity, MODEL_PARAM_NUM, 0, 1, 0.3, "", NULL, "of new chords: 0 plain triads, 1 full of changes"), \
	CHORDS_ROW(type, bpm, MODEL_PARAM_NUM, 0, 400, 0, "quarter notes a minute", NULL, "0: the input's tempo, or 100")

struct chords_answer {
	struct harmony harmony; /* the caller's: harmony_done */
	enum harmony_source source;
	double bpm;
};

int chords_ask(const struct chords_ask *on, const struct generator_job *job, struct chords_answer *ret, struct err *err);

struct pen;
/* Writes one voice over the chords; *ret_n notes. */
typedef int chords_play_fn(const struct harmony *h, const void *params, uint64_t seed, const struct model_watch *watch,
			   struct pen *pen, int64_t *ret_n, struct err *err);
/* A generator of one voice: asks for the chords, lets `play` write over them with job->params, and reports. */
int chords_part(const struct chords_ask *on, const struct generator_job *job, const char *name, int program, chords_play_fn *play,
		struct generated *ret, struct err *err);

#endif
