/*
 * wav_priv.h - what the WAV reader and writer share: little-endian fields and sample conversion.
 */
#ifndef AUDIO_WAV_PRIV_H
#define AUDIO_WAV_PRIV_H

#include "audio/wav.h"

#include <stddef.h>
#include <stdint.h>

enum { WAV_FORMAT_PCM = 1, WAV_FORMAT_FLOAT = 3, WAV_FORMAT_EXTENSIBLE = 0xFFFE };

/* The last 14 bytes of the extensible format's GUID; the first two are a plain format code. */
extern const uint8_t wav_guid_tail[14];

static inline uint16_t wav_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t wav_get32(const uint8_t *p)
{
	return (uint32_t)wav_get16(p) | (uint32_t)wav_get16(p + 2) << 16;
}
static inline uint64_t wav_get64(const uint8_t *p)
{
	return wav_get32(p) | (uint64_t)wav_get32(p + 4) << 32;
}
static inline void wav_put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}
static inline void wav_put32(uint8_t *p, uint32_t v)
{
	wav_put16(p, v & 0xFFFF);
	wav_put16(p + 2, v >> 16);
}
static inline void wav_put64(uint8_t *p, uint64_t v)
{
	wav_put32(p, (uint32_t)v);
	wav_put32(p + 4, (uint32_t)(v >> 32));
}

/* n samples from file bytes to float; returns how many were not finite (they become 0). */
size_t wav_decode(enum wav_encoding encoding, const uint8_t *in, float *out, size_t n);
/* n samples to file bytes; returns how many were clipped. */
size_t wav_encode(enum wav_encoding encoding, const float *in, uint8_t *out, size_t n);

#endif
