/*
 * sinc_priv.h - our own resampler: a Kaiser-windowed sinc, evaluated at exact rational positions.
 *
 * Units:   frames, interleaved float. Output frame k is the input at k * in_rate / out_rate; what lies before
 *          the first frame and after the last is silence.
 * Errors:  -ENOMEM.
 */
#ifndef AUDIO_SINC_PRIV_H
#define AUDIO_SINC_PRIV_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

struct sinc;

int sinc_new(uint32_t in_rate_hz, uint32_t out_rate_hz, uint32_t n_channels, struct sinc **ret, struct err *err);
void sinc_free(struct sinc *s);
AUTO_DEFINE(sinc);
/* Takes input until its window is full, or with `flush` continues into silence; gives what it can. */
void sinc_process(struct sinc *s, const float *in, size_t n_in, size_t *ret_used, float *out, size_t n_out,
		  size_t *ret_out, bool flush);

#endif
