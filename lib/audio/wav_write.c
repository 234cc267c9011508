/*
 * wav_write.c - the WAV writer.
 *
 * Layout: RIFF header; "JUNK" of 28 bytes, room for the "ds64" of an RF64 file; "fmt " (16 bytes, or 40 and
 * extensible for more than two channels or 24 bits and more); "fact" for float; "data". When the file passes
 * riff_max_bytes, "RIFF" becomes "RF64", "JUNK" becomes "ds64" and the 32-bit sizes become ~0.
 */
#include "audio/wav.h"

#include "audio/wav_priv.h"
#include "base/limits.h"
#include "base/str.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

#define STAGE_BYTES 65536
#define HEADER_ROOM 128
#define DS64_AT     12

struct wav_writer {
	int fd;
	struct wav_spec spec;
	uint32_t frame_bytes;
	uint32_t header_bytes;
	uint32_t fact_at; /* the frame count inside "fact"; 0 when there is none */
	uint64_t data_bytes;
	uint64_t n_clipped;
	size_t n_staged; /* bytes */
	bool failed;
	char path[256]; /* for messages; cut when longer */
	uint8_t stage[STAGE_BYTES];
};

static int write_at(struct wav_writer *w, uint64_t at, const uint8_t *bytes, size_t n, struct err *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t put = pwrite(w->fd, bytes + done, n - done, (off_t)(at + done));
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			w->failed = true;
			return err_sys(err, "write '%s'", w->path);
		}
		done += (size_t)put;
	}
	return 0;
}

static uint32_t put_fmt(const struct wav_writer *w, uint8_t *p)
{
	bool is_float = w->spec.encoding >= WAV_FLOAT32;
	bool extensible = w->spec.n_channels > 2 || (!is_float && w->spec.encoding != WAV_PCM16);
	uint32_t format = is_float ? WAV_FORMAT_FLOAT : WAV_FORMAT_PCM, bits = 8 * wav_sample_bytes(w->spec.encoding);
	memcpy(p, "fmt ", 4);
	wav_put32(p + 4, extensible ? 40 : 16);
	wav_put16(p + 8, extensible ? WAV_FORMAT_EXTENSIBLE : format);
	wav_put16(p + 10, w->spec.n_channels);
	wav_put32(p + 12, w->spec.rate_hz);
	wav_put32(p + 16, w->spec.rate_hz * w->frame_bytes);
	wav_put16(p + 20, w->frame_bytes);
	wav_put16(p + 22, bits);
	if (!extensible)
		return 24;
	wav_put16(p + 24, 22);
	wav_put16(p + 26, bits);
	/* Mono and stereo say front speakers; more channels are not assigned to any. */
	wav_put32(p + 28, w->spec.n_channels == 1 ? 4 : w->spec.n_channels == 2 ? 3 : 0);
	wav_put16(p + 32, format);
	memcpy(p + 34, wav_guid_tail, sizeof(wav_guid_tail));
	return 48;
}

/* Fills in the header for the bytes written so far; returns its length, which never changes. */
static uint32_t put_header(struct wav_writer *w, uint8_t p[HEADER_ROOM])
{
	memset(p, 0, HEADER_ROOM);
	memcpy(p + 8, "WAVE", 4);
	memcpy(p + DS64_AT, "JUNK", 4);
	wav_put32(p + DS64_AT + 4, 28);
	uint32_t at = DS64_AT + 8 + 28;
	at += put_fmt(w, p + at);
	if (w->spec.encoding >= WAV_FLOAT32) {
		memcpy(p + at, "fact", 4);
		wav_put32(p + at + 4, 4);
		w->fact_at = at + 8;
		at += 12;
	}
	memcpy(p + at, "data", 4);
	at += 8;

	uint64_t riff_bytes = at - 8 + w->data_bytes + (w->data_bytes & 1), n_frames = w->data_bytes / w->frame_bytes;
	bool rf64 = riff_bytes > w->spec.riff_max_bytes;
	memcpy(p, rf64 ? "RF64" : "RIFF", 4);
	wav_put32(p + 4, rf64 ? UINT32_MAX : (uint32_t)riff_bytes);
	wav_put32(p + at - 4, rf64 ? UINT32_MAX : (uint32_t)w->data_bytes);
	if (w->fact_at)
		wav_put32(p + w->fact_at, n_frames > UINT32_MAX ? UINT32_MAX : (uint32_t)n_frames);
	if (rf64) {
		memcpy(p + DS64_AT, "ds64", 4);
		wav_put64(p + DS64_AT + 8, riff_bytes);
		wav_put64(p + DS64_AT + 16, w->data_bytes);
		wav_put64(p + DS64_AT + 24, n_frames);
	}
	return at;
}

static int spec_check(const struct wav_spec *spec, struct err *err)
{
	if (spec->n_channels < 1 || spec->n_channels > LIMIT_AUDIO_CHANNELS)
		return err_field(err, -EINVAL, "n_channels", "%u channels, allowed are 1 to %d", spec->n_channels,
				 LIMIT_AUDIO_CHANNELS);
	if (spec->rate_hz < WAV_RATE_MIN_HZ || spec->rate_hz > WAV_RATE_MAX_HZ)
		return err_field(err, -EINVAL, "rate_hz", "a rate of %u Hz, allowed are %d to %d", spec->rate_hz,
				 WAV_RATE_MIN_HZ, WAV_RATE_MAX_HZ);
	if (spec->encoding == WAV_PCM8 || wav_sample_bytes(spec->encoding) == 0)
		return err_field(err, -EINVAL, "encoding", "%s cannot be written", wav_encoding_name(spec->encoding));
	return 0;
}

/* What may be emptied: nothing, or a WAV. Whoever names any other file has made a mistake that would cost that file. */
static int check_target(int fd, const char *path, struct err *err)
{
	struct stat st;
	uint8_t head[12] = { 0 };
	if (fstat(fd, &st) < 0)
		return err_sys(err, "open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "'%s' is not a regular file", path);
	if (!(st.st_mode & 0222))
		return err_set(err, -EPERM, "'%s' is read-only", path); /* for root, too: content of a store is */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, -EBUSY, "'%s' is being written", path);
	if (st.st_size == 0)
		return 0;
	if (pread(fd, head, sizeof(head), 0) < 0)
		return err_sys(err, "read '%s'", path);
	bool riff = memcmp(head, "RIFF", 4) == 0 || memcmp(head, "RF64", 4) == 0;
	if (!riff || memcmp(head + 8, "WAVE", 4) != 0)
		return err_set(err, -EEXIST, "'%s' exists and is no WAV file; it is left as it is", path);
	return 0;
}

static int open_target(const char *path, int *ret, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644);
	if (fd < 0)
		return err_sys(err, "open '%s'", path);
	int code = check_target(fd, path, err);
	if (code == 0 && ftruncate(fd, 0) < 0)
		code = err_sys(err, "empty '%s'", path);
	if (code < 0) {
		close(fd);
		return code;
	}
	*ret = fd;
	return 0;
}

int wav_writer_open(const char *path, const struct wav_spec *spec, struct wav_writer **ret, struct err *err)
{
	int code = spec_check(spec, err);
	if (code < 0)
		return code;
	struct wav_writer *w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "open '%s'", path);
	w->spec = *spec;
	if (w->spec.riff_max_bytes == 0 || w->spec.riff_max_bytes > UINT32_MAX)
		w->spec.riff_max_bytes = UINT32_MAX;
	w->frame_bytes = spec->n_channels * wav_sample_bytes(spec->encoding);
	(void)str_copy(w->path, sizeof(w->path), path);
	code = open_target(path, &w->fd, err);
	if (code < 0) {
		free(w);
		return code;
	}
	uint8_t header[HEADER_ROOM];
	w->header_bytes = put_header(w, header);
	code = write_at(w, 0, header, w->header_bytes, err);
	if (code < 0) {
		(void)unlink(path); /* there is nothing in it */
		close(w->fd);
		free(w);
		return code;
	}
	*ret = w;
	return 0;
}

static int flush_stage(struct wav_writer *w, struct err *err)
{
	int code = write_at(w, w->header_bytes + w->data_bytes, w->stage, w->n_staged, err);
	if (code < 0)
		return code;
	w->data_bytes += w->n_staged;
	w->n_staged = 0;
	return 0;
}

int wav_writer_write(struct wav_writer *w, const float *frames, size_t n_frames, struct err *err)
{
	if (w->failed)
		return err_set(err, -EIO, "'%s': an earlier write failed", w->path);
	while (n_frames > 0) {
		size_t n = (STAGE_BYTES - w->n_staged) / w->frame_bytes;
		if (n == 0) {
			int code = flush_stage(w, err);
			if (code < 0)
				return code;
			continue;
		}
		n = n < n_frames ? n : n_frames;
		size_t n_samples = n * w->spec.n_channels;
		w->n_clipped += wav_encode(w->spec.encoding, frames, w->stage + w->n_staged, n_samples);
		w->n_staged += n * w->frame_bytes;
		frames += n_samples;
		n_frames -= n;
	}
	return 0;
}

int64_t wav_writer_frames(const struct wav_writer *w)
{
	return (int64_t)((w->data_bytes + w->n_staged) / w->frame_bytes);
}

uint64_t wav_writer_clipped(const struct wav_writer *w)
{
	return w->n_clipped;
}

int wav_writer_flush(struct wav_writer *w, struct err *err)
{
	if (w->failed)
		return err_set(err, -EIO, "'%s': an earlier write failed", w->path);
	int code = flush_stage(w, err);
	if (code < 0)
		return code;
	if (w->data_bytes & 1) {
		/* The pad byte is overwritten by the next frame, if one comes. */
		code = write_at(w, w->header_bytes + w->data_bytes, (const uint8_t *)"", 1, err);
		if (code < 0)
			return code;
	}
	uint8_t header[HEADER_ROOM];
	(void)put_header(w, header);
	return write_at(w, 0, header, w->header_bytes, err);
}

int wav_writer_sync(struct wav_writer *w, struct err *err)
{
	int code = wav_writer_flush(w, err);
	if (code == 0 && fsync(w->fd) < 0)
		code = err_sys(err, "sync '%s'", w->path);
	return code;
}

int wav_writer_close(struct wav_writer *w, struct err *err)
{
	if (!w)
		return 0;
	int code = wav_writer_sync(w, err);
	if (close(w->fd) < 0 && code == 0)
		code = err_sys(err, "close '%s'", w->path);
	free(w);
	return code;
}
