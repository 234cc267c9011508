/*
 * fastmath.h - exp, log, sin, cos and pow of our own: the same bits on every processor and C library.
 *
 * Built from +, -, *, / and integer operations alone, without contraction, so IEEE 754 fixes every result.
 *
 * Errors:    relative, against the exact value, tested: fm_exp, fm_log, fm_expm1, fm_log1p < 6e-16 (3 ulp); fm_pow < 1e-14
 *            for |y log x| < 40; fm_sin, fm_cos absolute < 3e-16 for |x| < 1e6. NaN gives NaN; overflow gives infinity;
 *            fm_log(0) = -inf, fm_log(negative) = NaN. fm_sinf_turn: absolute < 2e-7.
 * Threads:   RT_SAFE; no state.
 */
#ifndef DSP_FASTMATH_H
#define DSP_FASTMATH_H

#include "dsp/rt_mark.h"

RT_SAFE double fm_exp(double x);
RT_SAFE double fm_expm1(double x);
RT_SAFE double fm_log(double x);
RT_SAFE double fm_log1p(double x);
RT_SAFE double fm_sin(double x);
RT_SAFE double fm_cos(double x);
RT_SAFE double fm_pow(double x, double y); /* x > 0 */

RT_SAFE double fm_floor(double x);
/* Nearest whole number, halves up; |x| < 2^52. */
RT_SAFE double fm_round(double x);

/* sin(2 pi turns) for 0 <= turns < 1: the oscillators' sine. */
RT_SAFE float fm_sinf_turn(float turns);

RT_INLINE double fm_hz_of_note(double note)
{
	return 440.0 * fm_exp((note - 69.0) * 0.05776226504666210911810267678818); /* ln(2) / 12 */
}

#endif
