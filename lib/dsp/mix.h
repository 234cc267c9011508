/*
 * mix.h - the inner loops of mixing.
 *
 * Shapes:    n floats at any alignment; dst and src do not overlap.
 * Threads:   RT_SAFE; no state. Each output depends on the inputs at its own index alone (one multiplication, one
 *            addition, no contraction), so a range may be cut anywhere.
 */
#ifndef DSP_MIX_H
#define DSP_MIX_H

#include "dsp/rt_mark.h"

#include <stdbool.h>
#include <stdint.h>

RT_SAFE void mix_clear_rt(float *dst, uint32_t n);
RT_SAFE void mix_copy_rt(float *dst, const float *src, uint32_t n);
RT_SAFE void mix_fill_rt(float *dst, float value, uint32_t n);
/* dst += src * gain */
RT_SAFE void mix_add_rt(float *dst, const float *src, float gain, uint32_t n);
/* left += src * gain, right += src * gain: a mono clip into a stereo bus */
RT_SAFE void mix_add_both_rt(float *left, float *right, const float *src, float gain, uint32_t n);
/* dst += src * gains[i] */
RT_SAFE void mix_add_gains_rt(float *dst, const float *src, const float *gains, uint32_t n);
/* dst *= gains[i] */
RT_SAFE void mix_scale_gains_rt(float *dst, const float *gains, uint32_t n);
RT_SAFE void mix_scale_rt(float *dst, float gain, uint32_t n);
/* Largest |x| that is finite; NaN and infinities become 0 and are counted. */
RT_SAFE float mix_guard_rt(float *x, uint32_t n, uint32_t *ret_bad);
/* Whether all are finite; the cheap question. */
RT_SAFE bool mix_finite_rt(const float *x, uint32_t n);

#endif
