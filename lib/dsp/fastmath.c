#include "dsp/fastmath.h"

#include <stdint.h>

/* A double and its bits. */
union bits {
	double d;
	uint64_t u;
};

/* ln 2 in two parts: the first has 32 zero bits at its end, so k * LN2_HI is exact for |k| < 2^20. */
#define LN2_HI 0x1.62e42feep-1
#define LN2_LO 0x1.a39ef35793c76p-33
/* pi / 2 in three parts of 33 bits each, and the rest. */
#define PIO2_1 0x1.921fb544p+0
#define PIO2_2 0x1.0b4611a6p-34
#define PIO2_3 0x1.3198a2e037073p-69

RT_INLINE double make_inf(void)
{
	return (union bits){ .u = 0x7ff0000000000000 }.d;
}

RT_INLINE double make_nan(void)
{
	return (union bits){ .u = 0x7ff8000000000000 }.d;
}

/* 2^k for -1022 <= k <= 1023 */
RT_INLINE double pow2(int k)
{
	return (union bits){ .u = (uint64_t)(k + 1023) << 52 }.d;
}

RT_SAFE double fm_floor(double x)
{
	if (!(x > -0x1p52 && x < 0x1p52))
		return x;
	double whole = (double)(int64_t)x;
	return whole > x ? whole - 1 : whole;
}

RT_SAFE double fm_round(double x)
{
	double whole = fm_floor(x);
	return x - whole >= 0.5 ? whole + 1 : whole;
}

/* exp(r) - 1 for |r| <= 0.36 by its Taylor series: the term after the last is below 2^-56 of the sum. */
RT_INLINE double expm1_small(double r)
{
	double s = 1.0 / 87178291200.0;
	s = s * r + 1.0 / 6227020800.0;
	s = s * r + 1.0 / 479001600.0;
	s = s * r + 1.0 / 39916800.0;
	s = s * r + 1.0 / 3628800.0;
	s = s * r + 1.0 / 362880.0;
	s = s * r + 1.0 / 40320.0;
	s = s * r + 1.0 / 5040.0;
	s = s * r + 1.0 / 720.0;
	s = s * r + 1.0 / 120.0;
	s = s * r + 1.0 / 24.0;
	s = s * r + 1.0 / 6.0;
	s = s * r + 0.5;
	return r + r * r * s;
}

RT_SAFE double fm_exp(double x)
{
	if (x != x)
		return x;
	if (x > 709.782712893384)
		return make_inf();
	if (x < -745.2)
		return 0;
	double k = fm_round(x * 1.4426950408889634074);
	double hi = x - k * LN2_HI, lo = k * LN2_LO;
	double r = hi - lo, rest = (hi - r) - lo;
	double y = 1 + (expm1_small(r) + rest);
	int n = (int)k;
	if (n > 1000)
		return y * pow2(1000) * pow2(n - 1000);
	if (n < -1000)
		return y * pow2(-1000) * pow2(n + 1000);
	return y * pow2(n);
}

RT_SAFE double fm_expm1(double x)
{
	if (x > -0.36 && x < 0.36)
		return expm1_small(x);
	return fm_exp(x) - 1;
}

/*
 * 2 atanh(s) - 2 s for |s| <= 0.1716 (s = (m - 1) / (m + 1), m between sqrt(1/2) and sqrt(2)): its series; the first term
 * left out is below 2^-56 of 2 s.
 */
RT_INLINE double atanh_rest(double s)
{
	double z = s * s, p = 2.0 / 23.0;
	p = p * z + 2.0 / 21.0;
	p = p * z + 2.0 / 19.0;
	p = p * z + 2.0 / 17.0;
	p = p * z + 2.0 / 15.0;
	p = p * z + 2.0 / 13.0;
	p = p * z + 2.0 / 11.0;
	p = p * z + 2.0 / 9.0;
	p = p * z + 2.0 / 7.0;
	p = p * z + 2.0 / 5.0;
	p = p * z + 2.0 / 3.0;
	return s * z * p;
}

/* log(1 + f + c): f is exact, c a small correction; k powers of two are added. */
RT_INLINE double log_of(double f, double c, int k)
{
	double s = f / (2 + f);
	/* log(1 + f) = f - f*f/2 + s * (f*f/2 + R): keeps the leading term exact */
	double half = 0.5 * f * f;
	double rest = s * half + atanh_rest(s);
	/* 2 s = f - s f, and s f = f*f/2 - s*f*f/2 */
	double small = (rest - half) + (c + k * LN2_LO);
	return k * LN2_HI + (f + small);
}

RT_SAFE double fm_log(double x)
{
	union bits b = { .d = x };
	int k = 0;
	if (x != x)
		return x;
	if (x <= 0)
		return x < 0 ? make_nan() : -make_inf();
	if (b.u == 0x7ff0000000000000)
		return x;
	if (b.u < 0x0010000000000000) {
		b.d *= 0x1p54;
		k = -54;
	}
	k += (int)(b.u >> 52) - 1023;
	b.u = (b.u & 0x000fffffffffffff) | 0x3ff0000000000000;
	if (b.d > 1.4142135623730951) {
		b.d *= 0.5;
		k++;
	}
	return log_of(b.d - 1, 0, k);
}

RT_SAFE double fm_log1p(double x)
{
	if (x > -0.29 && x < 0.41)
		return log_of(x, 0, 0);
	double u = 1 + x;
	if (!(u > 0) || u > 0x1p1000)
		return fm_log(u);
	/* what was lost when 1 + x was rounded */
	double lost = u > 2 ? 1 - (u - x) : x - (u - 1);
	return fm_log(u) + lost / u;
}

/* sin(r) and cos(r) for |r| <= pi/4 plus a rest of below 2^-53 r: Taylor series. */
RT_INLINE double sin_small(double r, double rest)
{
	double z = r * r, p = 1.0 / 355687428096000.0;
	p = p * z - 1.0 / 1307674368000.0;
	p = p * z + 1.0 / 6227020800.0;
	p = p * z - 1.0 / 39916800.0;
	p = p * z + 1.0 / 362880.0;
	p = p * z - 1.0 / 5040.0;
	p = p * z + 1.0 / 120.0;
	p = p * z - 1.0 / 6.0;
	return r + (r * z * p + rest * (1 - 0.5 * z));
}

RT_INLINE double cos_small(double r, double rest)
{
	double z = r * r, p = 1.0 / 20922789888000.0;
	p = p * z - 1.0 / 87178291200.0;
	p = p * z + 1.0 / 479001600.0;
	p = p * z - 1.0 / 3628800.0;
	p = p * z + 1.0 / 40320.0;
	p = p * z - 1.0 / 720.0;
	p = p * z + 1.0 / 24.0;
	double half = 0.5 * z, w = 1 - half;
	return w + (((1 - w) - half) + (z * z * p - r * rest));
}

RT_INLINE double sin_quadrant(double x, unsigned shift)
{
	if (!(x > -1e9 && x < 1e9))
		return make_nan();
	double k = fm_round(x * 0.63661977236758134308);
	double a = x - k * PIO2_1;
	double t = k * PIO2_2, b = a - t;
	double lost = (a - b) - t;
	double u = k * PIO2_3 - lost, r = b - u;
	double rest = (b - r) - u;
	switch (((unsigned)(int64_t)k + shift) & 3) {
	case 0:
		return sin_small(r, rest);
	case 1:
		return cos_small(r, rest);
	case 2:
		return -sin_small(r, rest);
	default:
		return -cos_small(r, rest);
	}
}

RT_SAFE double fm_sin(double x)
{
	return sin_quadrant(x, 0);
}

RT_SAFE double fm_cos(double x)
{
	return sin_quadrant(x, 1);
}

RT_SAFE double fm_pow(double x, double y)
{
	if (y == 0)
		return 1;
	return fm_exp(y * fm_log(x));
}

RT_SAFE float fm_sinf_turn(float turns)
{
	/* fold to a quarter turn either side of zero, where the odd series is short */
	float t = turns - (turns >= 0.5f ? 1.0f : 0.0f);
	if (t > 0.25f)
		t = 0.5f - t;
	else if (t < -0.25f)
		t = -0.5f - t;
	float x = t * 6.28318530717958647692f, z = x * x;
	float p = -2.5052108e-8f;
	p = p * z + 2.7557319e-6f;
	p = p * z - 1.9841270e-4f;
	p = p * z + 8.3333333e-3f;
	p = p * z - 1.6666667e-1f;
	return x + x * z * p;
}
