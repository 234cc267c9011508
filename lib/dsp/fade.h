/*
 * fade.h - the two crossfade curves and their gains, frame by frame.
 *
 * Units:     gains are linear. Frame k of n (0 <= k < n) has gain 0 at k = 0; the fade out of the same n frames is its
 *            complement, so linear fades sum to 1 and the squares of equal-power fades sum to 1, at every frame.
 * Threads:   RT_SAFE; no state. A gain depends on k and n alone, never on where a block begins.
 */
#ifndef DSP_FADE_H
#define DSP_FADE_H

#include "dsp/rt_mark.h"

#include <stdbool.h>
#include <stdint.h>

enum fade_shape { FADE_EQUAL_POWER, FADE_LINEAR, FADE_SHAPE_COUNT };

/* Multiplies gains[0..count) by the fade's gain at frames first .. first+count; frames before 0 count as 0, after n as n. */
RT_SAFE void fade_apply_rt(float *gains, enum fade_shape shape, bool fade_out, int64_t first, int64_t n, uint32_t count);
/* One gain. */
RT_SAFE float fade_gain(enum fade_shape shape, bool fade_out, int64_t k, int64_t n);

#endif
