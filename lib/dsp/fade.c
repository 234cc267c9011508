#include "dsp/fade.h"

#include "dsp/vec.h"

/*
 * sin(pi/2 x) for 0 <= x <= 1 by its Taylor series in double: the term left out is below 1e-11. The same additions and
 * multiplications run on two frames at once in fade_apply_rt, so both give the same bits.
 */
#define QUARTER(x, z, p) \
	do { \
		p = 5.692172921967926e-08 + 0 * (z); \
		p = p * (z) - 3.5988432352120853e-06; \
		p = p * (z) + 0.00016044118478735982; \
		p = p * (z) - 0.004681754135318687; \
		p = p * (z) + 0.07969262624616704; \
		p = p * (z) - 0.6459640975062462; \
		p = p * (z) + 1.5707963267948966; \
		p = p * (x); \
	} while (0)

RT_INLINE int64_t clamp_frame(int64_t k, int64_t n)
{
	return k < 0 ? 0 : k > n ? n : k;
}

RT_SAFE float fade_gain(enum fade_shape shape, bool fade_out, int64_t k, int64_t n)
{
	if (n <= 0)
		return fade_out ? 0 : 1;
	k = clamp_frame(k, n);
	double x = (double)(fade_out ? n - k : k) / (double)n;
	if (shape == FADE_LINEAR)
		return (float)x;
	double z = x * x, p;
	QUARTER(x, z, p);
	return (float)p;
}

RT_INLINE v2df frame_pair(int64_t k, int64_t n, bool fade_out)
{
	int64_t a = clamp_frame(k, n), b = clamp_frame(k + 1, n);
	return fade_out ? (v2df){ (double)(n - a), (double)(n - b) } : (v2df){ (double)a, (double)b };
}

RT_SAFE void fade_apply_rt(float *gains, enum fade_shape shape, bool fade_out, int64_t first, int64_t n, uint32_t count)
{
	uint32_t i = 0;
	if (n > 0) {
		v2df whole = { (double)n, (double)n };
		for (; i + 2 <= count; i += 2) {
			v2df x = frame_pair(first + i, n, fade_out) / whole;
			if (shape == FADE_EQUAL_POWER) {
				v2df z = x * x, p;
				QUARTER(x, z, p);
				x = p;
			}
			gains[i] *= (float)x[0];
			gains[i + 1] *= (float)x[1];
		}
	}
	for (; i < count; i++)
		gains[i] *= fade_gain(shape, fade_out, first + i, n);
}
