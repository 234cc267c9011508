/* fuzz_wav.c - any bytes as a WAV file: opened, measured, sought and read to its end. */
#include "audio/wav.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	AUTO(wav_reader) r = NULL;
	int code = wav_reader_open_memory(data, size, &r, &err);
	if (code < 0) {
		if (err.code != code || err.msg[0] == '\0')
			abort();
		return 0;
	}
	const struct wav_info *info = wav_reader_info(r);
	if (info->data_offset_bytes > size || info->data_bytes > size - info->data_offset_bytes)
		abort();
	float *out = malloc((size_t)97 * info->n_channels * sizeof(float));
	int64_t total = 0;
	size_t got = 1;
	while (got > 0) {
		if (!out || wav_reader_read(r, out, 97, &got, &err) < 0)
			abort();
		for (size_t i = 0; i < got * info->n_channels; i++) {
			if (!isfinite(out[i]))
				abort();
		}
		total += (int64_t)got;
	}
	if (total != info->n_frames || wav_reader_seek(r, total, &err) < 0)
		abort();
	if (wav_reader_seek(r, total + 1, &err) != -EINVAL)
		abort();
	free(out);
	return 0;
}
