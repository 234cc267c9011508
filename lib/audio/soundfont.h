/*
 * soundfont.h - what is in a SoundFont: its presets, and what sounds on a key.
 *
 * Format:    SoundFont 2.0 to 2.04 (E-mu/Creative technical specification 2.04): RIFF "sfbk" with INFO and pdta; sample data is
 *            passed over. Compressed SoundFonts (SF3) have the same lists.
 * Shapes:    presets are sorted by bank, then program. Bank 128 is the drum bank. Key and velocity ranges include both ends.
 * Ownership: soundfont_free frees everything; texts belong to it and are UTF-8 (bytes that are none become question marks).
 * Threads:   plain values; any number of readers.
 * Errors:    -EBADMSG with the place for what is no SoundFont or damaged, -EMSGSIZE past LIMIT_SOUNDFONT_BYTES of lists, -ENOMEM,
 *            errno of files. A damaged file is refused whole: half a bank would be worse than none.
 */
#ifndef AUDIO_SOUNDFONT_H
#define AUDIO_SOUNDFONT_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

enum { SOUNDFONT_NAME_SIZE = 64, SOUNDFONT_DRUM_BANK = 128 };

struct soundfont_preset {
	char name[SOUNDFONT_NAME_SIZE];
	uint16_t bank, program;
	uint8_t key_lo, key_hi; /* over all its zones */
	uint32_t n_zones;       /* of its instruments, that have a sample */
	size_t at;              /* its place in the file */
};

struct soundfont_sample {
	char name[SOUNDFONT_NAME_SIZE];
	uint32_t rate_hz, n_frames;
	uint8_t root_key;
};

struct soundfont;

int soundfont_open(const char *path, struct soundfont **ret, struct err *err);
/* The same from memory, which is only read. */
int soundfont_read(const void *bytes, size_t n, struct soundfont **ret, struct err *err);
void soundfont_free(struct soundfont *s);
AUTO_DEFINE(soundfont);

struct soundfont_info {
	char name[256], engine[256], author[256], copyright[256], comment[1024], made[256]; /* "" when unknown */
	uint16_t major, minor;    /* of the format */
	uint64_t sample_bytes;
};
const struct soundfont_info *soundfont_info(const struct soundfont *s);
const struct soundfont_preset *soundfont_presets(const struct soundfont *s, size_t *ret_n);
const struct soundfont_sample *soundfont_samples(const struct soundfont *s, size_t *ret_n);
size_t soundfont_n_instruments(const struct soundfont *s);

/* What sounds when a key is struck. */
struct soundfont_key {
	const char *instrument;                  /* NULL when nothing does; else the first layer's */
	const struct soundfont_sample *sample;   /* of the first layer */
	uint32_t n_layers;                       /* zones that cover the key at any velocity */
	uint8_t root_key;                        /* at which the sample sounds as it was recorded */
	uint8_t exclusive_class;                 /* keys of one class silence each other; 0 for none */
};
void soundfont_keys(const struct soundfont *s, const struct soundfont_preset *p, struct soundfont_key ret[128]);

#endif
