/* fuzz_soundfont.c - any bytes as a SoundFont: its presets listed, and the keys of some of them. */
#include "audio/soundfont.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	AUTO(soundfont) s = NULL;
	int code = soundfont_read(data, size, &s, &err);
	if (code < 0) {
		if (s || err.code != code || err.msg[0] == '\0')
			abort();
		return 0;
	}
	size_t n_presets, n_samples;
	const struct soundfont_preset *p = soundfont_presets(s, &n_presets);
	const struct soundfont_sample *samples = soundfont_samples(s, &n_samples);
	for (size_t i = 0; i < n_presets; i++) {
		struct soundfont_key keys[128];
		if (memchr(p[i].name, '\0', sizeof(p[i].name)) == NULL || p[i].key_lo > p[i].key_hi || p[i].key_hi > 127)
			abort();
		if (i && (p[i].bank < p[i - 1].bank || (p[i].bank == p[i - 1].bank && p[i].program < p[i - 1].program)))
			abort();
		if (i >= 8)
			continue;
		soundfont_keys(s, &p[i], keys);
		for (int k = 0; k < 128; k++) {
			bool sounds = keys[k].n_layers > 0;
			if (sounds != (keys[k].instrument != NULL) || sounds != (keys[k].sample != NULL))
				abort();
			if (sounds && (keys[k].sample < samples || keys[k].sample >= samples + n_samples || keys[k].root_key > 127))
				abort();
			if (sounds && (k < p[i].key_lo || k > p[i].key_hi))
				abort();
		}
	}
	return 0;
}
