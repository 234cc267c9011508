/*
 * vec.h - short vectors of fixed width: the compiler's extension, 16 bytes on every processor.
 *
 * Element-wise +, -, *, / round like their scalar forms, so a loop's vector body and its scalar tail give the same bits.
 */
#ifndef DSP_VEC_H
#define DSP_VEC_H

#include "dsp/rt_mark.h"

typedef float v4sf __attribute__((vector_size(16)));
typedef double v2df __attribute__((vector_size(16)));
typedef int v4si __attribute__((vector_size(16)));
/* The same at any address. */
typedef float v4sf_u __attribute__((vector_size(16), aligned(4), may_alias));

RT_INLINE v4sf v4_load(const float *p)
{
	return *(const v4sf_u *)p;
}

RT_INLINE void v4_store(float *p, v4sf v)
{
	*(v4sf_u *)p = v;
}

RT_INLINE v4sf v4_of(float x)
{
	return (v4sf){ x, x, x, x };
}

#endif
