/*
 * tunes.h - the model `tunes`: new tunes, continuations and bridges out of what it learned from dance tunes.
 *
 * Method:    a small transformer (tune_net.h) writes one voice under rules (tune_draw.h): bars are filled exactly, the key is kept,
 *            the tune ends on a bar line and, when asked, on the tonic. A continuation reads the piece's leading voice and goes on. A
 *            bridge reads the bars behind the gap as well; several are written, and the one after which the model finds the
 *            second piece likeliest is kept.
 * Units:     beats are quarter notes. A result begins at beat 0 on a bar line (a new tune: with its pick-up), first lead_in_bars of
 *            the first piece's end as they are.
 * Same weights, parameters, seed and scores: the same notes on every machine.
 * Ownership: results belong to the caller.
 * Threads:   the net is only read; each call has a state of its own.
 * Errors:    -EINVAL (a parameter, a piece without notes or in a meter that tunes do not have), -ECANCELED, -ENOMEM.
 */
#ifndef MODEL_TUNES_H
#define MODEL_TUNES_H

#include "model/params.h"
#include "model/tune_net.h"
#include "model/watch.h"
#include "music/notes.h"

#define TUNES_MODEL "tunes"
/* Changes whenever the same seed and weights give something else. */
#define TUNES_VERSION "3"

enum { TUNES_METER_AUTO = TUNE_METERS };

struct tunes_taste {
	double temperature, top_p;
	int64_t top_k;
	int64_t copy_bars;
	bool accidentals; /* notes outside the scale may come */
};

struct tunes_sample_params {
	int64_t key;   /* pitch class of the tonic */
	int64_t mode, meter, form; /* enum tune_mode, index of tune_meters or TUNES_METER_AUTO, enum tune_form */
	int64_t bars;  /* as written; 0: as many as it likes */
	bool repeats, close;
	double bpm;    /* quarter notes a minute; 0: what fits the form */
	int64_t lowest, highest; /* MIDI pitches */
	int64_t program;
	struct tunes_taste taste;
};
struct tunes_continue_params {
	int64_t bars, lead_in_bars;
	bool close;
	struct tunes_taste taste;
};
struct tunes_bridge_params {
	int64_t bars, lead_in_bars, tries;
	struct tunes_taste taste;
};

extern const char *const tunes_key_names[]; /* by pitch class, NULL at the end */
extern const struct model_table tunes_sample_table, tunes_continue_table, tunes_bridge_table;

struct tunes_report {
	int64_t n_bars, n_notes, n_tokens; /* new ones: bars as played */
	double bits_per_token;             /* of what was drawn; how much of a surprise it was to the model itself */
	int64_t tonic, mode, meter, form;
	bool ends_on_tonic;
	/* of a bridge */
	int64_t leap;        /* semitones from its last note to the first of the second piece */
	int64_t candidate;   /* which of the tries was kept */
	double arrival_bits; /* a token: how the model finds the second piece's beginning after it */
};

int tunes_sample(const struct tune_net *net, const struct tunes_sample_params *p, uint64_t seed, const struct model_watch *watch,
		 struct score **ret, struct tunes_report *ret_report, struct err *err);
int tunes_continue(const struct tune_net *net, const struct score *source, const struct tunes_continue_params *p, uint64_t seed,
		   const struct model_watch *watch, struct score **ret, struct tunes_report *ret_report, struct err *err);
int tunes_bridge(const struct tune_net *net, const struct score *from, const struct score *to, const struct tunes_bridge_params *p,
		 uint64_t seed, const struct model_watch *watch, struct score **ret, struct tunes_report *ret_report,
		 struct err *err);

#endif
