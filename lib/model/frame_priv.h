/*
 * frame_priv.h - the score that new bars are written into: tempo, meter, key and instruments in force at a source's end.
 */
#ifndef MODEL_FRAME_PRIV_H
#define MODEL_FRAME_PRIV_H

#include "model/source_priv.h"

/* With the last lead_in_bars bars of the source before what is new, which begins at *ret_lead_beats. */
int frame_new(const struct score *source, const struct source *src, int64_t lead_in_bars, struct score **ret,
	      double *ret_lead_beats, struct err *err);

#endif
