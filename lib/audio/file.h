/*
 * file.h - open any audio file we can decode: our own WAV reader first, libsndfile for the rest.
 *
 * Units:     samples are float, interleaved, full scale -1 to 1; frames count from the file's start.
 * Ownership: the caller closes a file and frees a buffer; both accept NULL.
 * Threads:   one thread at a time for each file.
 * Errors:    as in wav.h; -ENOTSUP names the build option when a format needs libsndfile and it is absent;
 *            -EMSGSIZE when a whole-file load would pass the frames allowed.
 */
#ifndef AUDIO_FILE_H
#define AUDIO_FILE_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

struct audio_info {
	uint32_t rate_hz;
	uint32_t n_channels;
	int64_t n_frames;
	char format[48]; /* for people: "WAV, 16-bit PCM", "FLAC (Free Lossless Audio Codec)" */
};

struct audio_file;

int audio_file_open(const char *path, struct audio_file **ret, struct err *err);
void audio_file_close(struct audio_file *f);
static inline void audio_file_autofree(struct audio_file **p)
{
	audio_file_close(*p);
}
const struct audio_info *audio_file_info(const struct audio_file *f);
int audio_file_seek(struct audio_file *f, int64_t frame, struct err *err);
/* Up to n_frames into out[n_frames * n_channels]; *ret is 0 at the end. NaN and infinity are read as 0. */
int audio_file_read(struct audio_file *f, float *out, size_t n_frames, size_t *ret, struct err *err);

/* A piece of audio in memory. samples[n_frames * n_channels], interleaved. */
struct audio_buffer {
	float *samples;
	size_t n_frames;
	uint32_t n_channels;
	uint32_t rate_hz;
};

struct audio_buffer *audio_buffer_new(size_t n_frames, uint32_t n_channels, uint32_t rate_hz);
void audio_buffer_free(struct audio_buffer *b);
AUTO_DEFINE(audio_buffer);

/*
 * Loads a whole file as it is (its own rate and channels). max_frames 0 means LIMIT_AUDIO_LOAD_FRAMES; larger
 * values are cut to that.
 */
int audio_load(const char *path, size_t max_frames, struct audio_buffer **ret, struct err *err);

#endif
