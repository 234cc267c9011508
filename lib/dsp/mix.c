#include "dsp/mix.h"

#include "dsp/vec.h"

#include <string.h>

RT_SAFE void mix_clear_rt(float *dst, uint32_t n)
{
	memset(dst, 0, n * sizeof(*dst));
}

RT_SAFE void mix_copy_rt(float *dst, const float *src, uint32_t n)
{
	memcpy(dst, src, n * sizeof(*dst));
}

RT_SAFE void mix_fill_rt(float *dst, float value, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		dst[i] = value;
}

RT_SAFE void mix_add_rt(float *dst, const float *src, float gain, uint32_t n)
{
	v4sf g = v4_of(gain);
	uint32_t i = 0;
	for (; i + 16 <= n; i += 16) {
		v4sf a = v4_load(dst + i) + v4_load(src + i) * g;
		v4sf b = v4_load(dst + i + 4) + v4_load(src + i + 4) * g;
		v4sf c = v4_load(dst + i + 8) + v4_load(src + i + 8) * g;
		v4sf d = v4_load(dst + i + 12) + v4_load(src + i + 12) * g;
		v4_store(dst + i, a);
		v4_store(dst + i + 4, b);
		v4_store(dst + i + 8, c);
		v4_store(dst + i + 12, d);
	}
	for (; i < n; i++)
		dst[i] += src[i] * gain;
}

RT_SAFE void mix_add_both_rt(float *left, float *right, const float *src, float gain, uint32_t n)
{
	v4sf g = v4_of(gain);
	uint32_t i = 0;
	for (; i + 8 <= n; i += 8) {
		v4sf a = v4_load(src + i) * g, b = v4_load(src + i + 4) * g;
		v4_store(left + i, v4_load(left + i) + a);
		v4_store(left + i + 4, v4_load(left + i + 4) + b);
		v4_store(right + i, v4_load(right + i) + a);
		v4_store(right + i + 4, v4_load(right + i + 4) + b);
	}
	for (; i < n; i++) {
		float a = src[i] * gain;
		left[i] += a;
		right[i] += a;
	}
}

RT_SAFE void mix_add_gains_rt(float *dst, const float *src, const float *gains, uint32_t n)
{
	uint32_t i = 0;
	for (; i + 4 <= n; i += 4)
		v4_store(dst + i, v4_load(dst + i) + v4_load(src + i) * v4_load(gains + i));
	for (; i < n; i++)
		dst[i] += src[i] * gains[i];
}

RT_SAFE void mix_scale_gains_rt(float *dst, const float *gains, uint32_t n)
{
	uint32_t i = 0;
	for (; i + 4 <= n; i += 4)
		v4_store(dst + i, v4_load(dst + i) * v4_load(gains + i));
	for (; i < n; i++)
		dst[i] *= gains[i];
}

RT_SAFE void mix_scale_rt(float *dst, float gain, uint32_t n)
{
	v4sf g = v4_of(gain);
	uint32_t i = 0;
	for (; i + 4 <= n; i += 4)
		v4_store(dst + i, v4_load(dst + i) * g);
	for (; i < n; i++)
		dst[i] *= gain;
}

RT_SAFE bool mix_finite_rt(const float *x, uint32_t n)
{
	/* x * 0 is 0 for what is finite and NaN for the rest; NaN survives every addition */
	v4sf sum = v4_of(0), zero = v4_of(0);
	float tail = 0;
	uint32_t i = 0;
	for (; i + 4 <= n; i += 4)
		sum += v4_load(x + i) * zero;
	for (; i < n; i++)
		tail += x[i] * 0;
	tail += sum[0] + sum[1] + sum[2] + sum[3];
	return tail == 0;
}

RT_INLINE float magnitude(float x)
{
	return x < 0 ? -x : x;
}

RT_SAFE float mix_guard_rt(float *x, uint32_t n, uint32_t *ret_bad)
{
	float peak = 0;
	uint32_t bad = 0;
	if (!mix_finite_rt(x, n)) {
		for (uint32_t i = 0; i < n; i++) {
			if (x[i] * 0 == 0)
				continue;
			x[i] = 0;
			bad++;
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		float m = magnitude(x[i]);
		peak = m > peak ? m : peak;
	}
	*ret_bad = bad;
	return peak;
}
