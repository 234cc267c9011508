/*
 * tune_draw.h - writes a tune token by token: reads what is given, then draws what follows under rules.
 *
 * Method:    of the model's likelihoods those are kept that the grammar (tune_token.h) and the rules allow; temperature, top_k and
 *            top_p narrow them; one is drawn. What has been copied from earlier bars for long enough is left at a note that is
 *            drawn, too: a model of tunes, which repeat themselves, does not find its own way out. The rules leave something at every place, so that what is drawn is always a tune:
 *            bars are filled exactly, and it ends on a bar line when it has as many bars as were asked for.
 * Units:     bars are bars as they are written; bits are those of the model as it is, before rules and temperature.
 * Same net, tokens, rules and seed: the same tokens on every machine.
 * Threads:   a draw belongs to one thread; several may share a net.
 * Errors:    -EBADMSG for given tokens that are no beginning of a tune, -EMSGSIZE for more than TUNE_STEPS_MAX tokens, -ECANCELED,
 *            -ENOMEM.
 */
#ifndef MODEL_TUNE_DRAW_H
#define MODEL_TUNE_DRAW_H

#include "model/tune.h"
#include "model/tune_home.h"
#include "model/tune_net.h"
#include "model/watch.h"

#define TUNE_BARS_LEAST 4 /* where the model may choose how many bars */

struct tune_rules {
	int bars;     /* written bars in all, those given counted (in a gap: from BEFORE on), a pick-up not; 0: the model ends the tune */
	int bars_most; /* where it may: at most so many */
	int group;     /* the bars that are played come in groups of so many, and sections begin with one; 0 and 1: any number */
	bool repeats; /* REPEAT may be drawn */
	bool in_key;  /* only degrees of the mode's scale; in minor the seventh may be raised */
	bool close;   /* the last sound is the tonic, begins on a beat where tunes end and is held; only with bars != 0 */
	int lowest, highest; /* degrees, as they sound; an octave apart at least */
	const struct tune_home *home; /* the mode that the tune is kept in; NULL: any that the model comes to */
	double temperature;  /* > 0 */
	double top_p;        /* > 0; 1: all */
	int64_t top_k;       /* 0: all */
	int copy_bars; /* so many bars in a row may begin like bars in a row before them, fewer where those lie nearer; 0: any */
};

struct tune_draw;

int tune_draw_new(const struct tune_net *net, const struct tune_rules *rules, uint64_t seed, struct tune_draw **ret,
		  struct err *err);
void tune_draw_free(struct tune_draw *d);
AUTO_DEFINE(tune_draw);
/* Reads given tokens; *ret_bits (may be NULL): what the model needed for them. The first three are free. */
int tune_draw_read(struct tune_draw *d, const uint16_t *tokens, size_t n, double *ret_bits, struct err *err);
/* Draws up to END and adds it all to `to`; progress is told bar by bar. */
int tune_draw_write(struct tune_draw *d, const struct model_watch *watch, struct tune_stream *to, struct err *err);
/* Of what was drawn. */
double tune_draw_bits(const struct tune_draw *d);
size_t tune_draw_n(const struct tune_draw *d);

/* Whether one token may be drawn now. */
bool tune_draw_may(const struct tune_draw *d, int token);

#endif
