#include "audio/wav_priv.h"

#include <math.h>
#include <string.h>

const uint8_t wav_guid_tail[14] = { 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71 };

const char *wav_encoding_name(enum wav_encoding encoding)
{
	static const char *const names[WAV_ENCODING_COUNT] = {
		[WAV_PCM8] = "8-bit PCM",       [WAV_PCM16] = "16-bit PCM",     [WAV_PCM24] = "24-bit PCM",
		[WAV_PCM32] = "32-bit PCM",     [WAV_FLOAT32] = "32-bit float", [WAV_FLOAT64] = "64-bit float",
	};
	return (unsigned)encoding < WAV_ENCODING_COUNT ? names[encoding] : "unknown";
}

uint32_t wav_sample_bytes(enum wav_encoding encoding)
{
	static const uint8_t bytes[WAV_ENCODING_COUNT] = {
		[WAV_PCM8] = 1, [WAV_PCM16] = 2, [WAV_PCM24] = 3, [WAV_PCM32] = 4, [WAV_FLOAT32] = 4, [WAV_FLOAT64] = 8,
	};
	return (unsigned)encoding < WAV_ENCODING_COUNT ? bytes[encoding] : 0;
}

static float decode_float32(const uint8_t *p)
{
	uint32_t bits = wav_get32(p);
	float f;
	memcpy(&f, &bits, sizeof(f));
	return f;
}

static float decode_float64(const uint8_t *p)
{
	uint64_t bits = wav_get64(p);
	double d;
	memcpy(&d, &bits, sizeof(d));
	return (float)d;
}

size_t wav_decode(enum wav_encoding encoding, const uint8_t *in, float *out, size_t n)
{
	size_t n_bad = 0;
	switch (encoding) {
	case WAV_PCM8:
		for (size_t i = 0; i < n; i++)
			out[i] = (float)((int)in[i] - 128) / 128.0f;
		break;
	case WAV_PCM16:
		for (size_t i = 0; i < n; i++)
			out[i] = (float)(int16_t)wav_get16(in + 2 * i) / 32768.0f;
		break;
	case WAV_PCM24:
		for (size_t i = 0; i < n; i++) {
			uint32_t v = (uint32_t)wav_get16(in + 3 * i) | (uint32_t)in[3 * i + 2] << 16;
			out[i] = (float)((int32_t)(v << 8) / 256) / 8388608.0f;
		}
		break;
	case WAV_PCM32:
		for (size_t i = 0; i < n; i++)
			out[i] = (float)((double)(int32_t)wav_get32(in + 4 * i) / 2147483648.0);
		break;
	case WAV_FLOAT32:
	case WAV_FLOAT64:
		for (size_t i = 0; i < n; i++) {
			float f = encoding == WAV_FLOAT32 ? decode_float32(in + 4 * i) : decode_float64(in + 8 * i);
			bool bad = !isfinite(f);
			n_bad += bad;
			out[i] = bad ? 0.0f : f;
		}
		break;
	case WAV_ENCODING_COUNT:
		break;
	}
	return n_bad;
}

/* Rounds f * scale to nearest even and holds it in [-scale, scale - 1]; NaN is silence. */
static int64_t quantise(float f, double scale, size_t *n_clipped)
{
	double v = (double)f * scale;
	if (!(v == v))
		return 0;
	if (v > scale - 1) {
		/* Exactly full scale has no code of its own; only what is beyond it was clipped. */
		*n_clipped += v > scale;
		return (int64_t)scale - 1;
	}
	if (v < -scale) {
		*n_clipped += 1;
		return -(int64_t)scale;
	}
	return (int64_t)nearbyint(v);
}

size_t wav_encode(enum wav_encoding encoding, const float *in, uint8_t *out, size_t n)
{
	size_t n_clipped = 0;
	for (size_t i = 0; i < n; i++) {
		switch (encoding) {
		case WAV_PCM16:
			wav_put16(out + 2 * i, (uint32_t)quantise(in[i], 32768.0, &n_clipped) & 0xFFFF);
			break;
		case WAV_PCM24: {
			uint32_t v = (uint32_t)quantise(in[i], 8388608.0, &n_clipped);
			wav_put16(out + 3 * i, v & 0xFFFF);
			out[3 * i + 2] = (uint8_t)(v >> 16);
			break;
		}
		case WAV_PCM32:
			wav_put32(out + 4 * i, (uint32_t)quantise(in[i], 2147483648.0, &n_clipped));
			break;
		case WAV_FLOAT32: {
			uint32_t bits;
			memcpy(&bits, &in[i], sizeof(bits));
			wav_put32(out + 4 * i, bits);
			break;
		}
		case WAV_FLOAT64: {
			double d = (double)in[i];
			uint64_t bits;
			memcpy(&bits, &d, sizeof(bits));
			wav_put64(out + 8 * i, bits);
			break;
		}
		case WAV_PCM8:
		case WAV_ENCODING_COUNT:
			break;
		}
	}
	return n_clipped;
}
