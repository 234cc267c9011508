/*
 * rt_mark.h - RT_SAFE marks what may run on the audio thread; tools/check-rt reads the relocations behind it.
 */
#ifndef DSP_RT_MARK_H
#define DSP_RT_MARK_H

#define RT_SAFE __attribute__((section(".text.rt")))
#define RT_INLINE static inline __attribute__((always_inline, unused))

#endif
