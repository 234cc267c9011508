/*
 * wav.h - read and write WAV files: RIFF and RF64, PCM and float, any number of channels up to a limit.
 *
 * Units:     samples are float, full scale is -1 to 1, interleaved; a frame is one sample per channel.
 * Ownership: a reader over memory borrows the bytes until it is closed; readers and writers are closed
 *            by their owner, and closing accepts NULL.
 * Threads:   one thread at a time for each reader or writer.
 * Errors:    -EBADMSG with the byte offset for damaged or truncated files, -ENOTSUP for encodings other
 *            than those below, -EMSGSIZE beyond LIMIT_AUDIO_CHANNELS or LIMIT_WAV_CHUNKS, -EINVAL for
 *            nonsense arguments, else errno. No size that the file states is believed without a check
 *            against the bytes that are there.
 * Source:    Microsoft/IBM "Multimedia Programming Interface and Data Specifications 1.0" and the
 *            WAVE_FORMAT_EXTENSIBLE supplement; EBU Tech 3306 for RF64. The layout is in wav.c.
 */
#ifndef AUDIO_WAV_H
#define AUDIO_WAV_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

enum wav_encoding {
	WAV_PCM8, /* unsigned; read only */
	WAV_PCM16,
	WAV_PCM24,
	WAV_PCM32,
	WAV_FLOAT32,
	WAV_FLOAT64,
	WAV_ENCODING_COUNT
};

#define WAV_RATE_MIN_HZ 100
#define WAV_RATE_MAX_HZ 1536000

struct wav_info {
	uint32_t rate_hz;
	uint32_t n_channels;
	enum wav_encoding encoding;
	int64_t n_frames;
	uint64_t data_offset_bytes; /* where the first frame begins in the file */
	uint64_t data_bytes;        /* whole frames only */
	bool rf64;
};

/* "16-bit PCM", "32-bit float", ...; "unknown" outside the enum. */
const char *wav_encoding_name(enum wav_encoding encoding);
uint32_t wav_sample_bytes(enum wav_encoding encoding);

struct wav_reader;

int wav_reader_open(const char *path, struct wav_reader **ret, struct err *err);
int wav_reader_open_memory(const void *bytes, size_t n_bytes, struct wav_reader **ret, struct err *err);
void wav_reader_close(struct wav_reader *r);
static inline void wav_reader_autofree(struct wav_reader **p)
{
	wav_reader_close(*p);
}

const struct wav_info *wav_reader_info(const struct wav_reader *r);
/* Samples that were NaN or infinite and were read as 0, so far. */
uint64_t wav_reader_bad_samples(const struct wav_reader *r);
/* Moves to a frame between 0 and n_frames; -EINVAL outside. */
int wav_reader_seek(struct wav_reader *r, int64_t frame, struct err *err);
/*
 * Reads up to n_frames into out[n_frames * n_channels]; the number read goes to *ret, 0 at the end.
 * A file that shrank since it was opened is -EBADMSG.
 */
int wav_reader_read(struct wav_reader *r, float *out, size_t n_frames, size_t *ret, struct err *err);

struct wav_spec {
	uint32_t rate_hz;
	uint32_t n_channels;
	enum wav_encoding encoding;
	uint64_t riff_max_bytes; /* past this the file becomes RF64; 0 means 4 GiB, tests use less */
};

struct wav_writer;

/*
 * Creates the file, or empties one that is empty or a WAV. It is a whole, valid WAV after every flush, sync and after
 * the close. -EEXIST for a file of any other kind, -EPERM for a read-only one, -EINVAL for what is no regular file,
 * -EBUSY while another writer has it; such a file is not touched.
 */
int wav_writer_open(const char *path, const struct wav_spec *spec, struct wav_writer **ret, struct err *err);
/* Appends frames; values outside full scale are clipped (and counted) in PCM, kept in float. */
int wav_writer_write(struct wav_writer *w, const float *frames, size_t n_frames, struct err *err);
int64_t wav_writer_frames(const struct wav_writer *w);
uint64_t wav_writer_clipped(const struct wav_writer *w);
/* Writes out what is buffered and patches the sizes: whoever reads it now, or after our death, finds all that was written. */
int wav_writer_flush(struct wav_writer *w, struct err *err);
/* The same, synced to disk. */
int wav_writer_sync(struct wav_writer *w, struct err *err);
/* Syncs and closes; the writer is gone whatever is returned. NULL is fine. */
int wav_writer_close(struct wav_writer *w, struct err *err);
static inline void wav_writer_autofree(struct wav_writer **p)
{
	(void)wav_writer_close(*p, NULL); /* on this path an earlier error is already being reported */
}

#endif
